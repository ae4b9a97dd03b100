"""Exercises on label switching."""

from collections.abc import Callable
from itertools import permutations, product
from math import factorial

import numpy as np
from scipy.optimize import brentq

from gmixlib.data import two_gaussians
from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Value

POINTS, CATEGORIES = two_gaussians()
SIDES = np.array([-1.0, 1.0])[CATEGORIES]


def _curvature(y: np.ndarray, sigma: float, tau: float) -> float:
    """Second derivative across the diagonal at the pass.

    That of a log-sum-exp is the average of its terms' second derivatives plus the variance of their slopes, both
    under the responsibilities. At the pass these are one half, and the slopes are opposite.
    """
    c = np.average([y.mean(), 0], weights=[y.size / sigma**2, 2 / tau**2])
    slope = (y - c) / sigma**2
    return (np.var([-slope, slope], axis=0) - 1 / sigma**2).sum() - 2 / tau**2


def _moved(m: float) -> np.ndarray:
    """The first data set with half gap m."""
    return POINTS + (m - 1) * SIDES


def _border(criterion: Callable) -> float:
    """The half gap at which a criterion is 0, for the scale and the prior of the chapter."""
    return brentq(lambda m: criterion(_moved(m), 1.0, 10.0), 0, 1, xtol=1e-9)


def _criterion(
    *, centre: Callable | None = None, power: int = 0, prior: float = 1.0, scale: float | None = None
) -> Callable:
    """The same in closed form; the settings are wrong steps.

    Another centre, the sum over points times a power of sigma, no prior, or a scale in the place of sigma.
    """

    def criterion(y: np.ndarray, sigma: float, tau: float) -> float:
        sigma = sigma if scale is None else scale
        c = centre(y, tau) if centre else y.sum() / (y.size + 2 * (sigma / tau) ** 2)
        return sigma**power * ((y - c) ** 2 / sigma**4 - sigma**-2).sum() - prior * 2 / tau**2

    return criterion


def _silent(chains: int, K: int) -> tuple:
    """By going through all ways in which the chains can fall."""
    ways = list(product(permutations(range(K)), repeat=chains))
    first = [len({modes[0] for modes in way}) == 1 for way in ways]
    every = [len(set(way)) == 1 for way in ways]
    return np.mean(first), np.mean(every)


# What the exchange meets: equal weights, two cases in which it loses, and one in which it gains.
EXCHANGES = [
    (np.array([-1.0, 1.0]), np.array([0.8, 1.5, -0.3]), np.array([0.5, 0.5])),
    (np.array([-1.0, 1.0]), np.array([0.4, 0.3]), np.array([0.3, 0.7])),
    (np.array([1.0, -1.0]), -np.array([0.8, 0.5, 1.0, 0.2, 0.7, 0.9]), np.array([0.3, 0.7])),
    (np.array([1.0, -1.0]), np.array([0.8, 1.5, 1.0, 1.2, 0.7, 0.9]), np.array([0.3, 0.7])),
]
REPEATS = 500


def _gains(mu: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """What each point's log density gains by the exchange."""
    straight, exchanged = (
        np.logaddexp(*(np.log(w) - 0.5 * (y[:, np.newaxis] - m) ** 2).T) for m in (mu, mu[::-1])
    )
    return exchanged - straight


def _exchange(accept: Callable) -> Callable:
    """An exchange that is accepted with a probability that depends on the gains."""
    return lambda mu, y, w, rng: mu[::-1] if rng.random() < accept(_gains(mu, y, w)) else mu


def _shares_exchanged(exchange: Callable) -> list:
    """How often each case is exchanged, and how often the result is neither the old pair nor its image."""
    shares, neither = [], 0
    for case, (mu, y, w) in enumerate(EXCHANGES):
        exchanged = 0
        for repeat in range(REPEATS):
            found = np.asarray(exchange(mu, y, w, np.random.default_rng([4, case, repeat])))
            is_image = np.array_equal(found, mu[::-1])
            exchanged += is_image
            neither += not (is_image or np.array_equal(found, mu))
        shares.append(exchanged / REPEATS)
    return [*shares, neither / REPEATS]


EXERCISES: list[Exercise] = [
    Value(
        word="modes",
        title="Count the modes",
        variable="members",
        expected=[len(set(permutations(components))) for components in ("abcd", "abcc", "abbb", "aaaa")],
        within=0.01,
        mistakes={
            "every-permutation": Mistake(
                [24, 24, 24, 24],
                "There are always 24 permutations, but they need not lead to 24 different points. Exchange two"
                " components that are alike in everything: what changes?",
            ),
            "location-only": Mistake(
                [12, 12, 4, 1],
                "In the first case you took two components for the same that are not. A component is its weight,"
                " its location and its scale.",
            ),
            "kinds-only": Mistake(
                [24, 6, 2, 1],
                "You counted the orders of the different kinds of component. But there are four places to fill, and"
                " components that are alike take one each.",
            ),
            "divided-by-number": Mistake(
                [24, 12, 8, 6],
                "You divided by how many components are alike. Divide by the number of ways in which these can be"
                " exchanged among themselves.",
            ),
        },
        otherwise="List the 24 permutations of four letters, some of them equal, and count the different words.",
    ),
    Choice(
        word="wall",
        title="Twice the data",
        variable="answer_wall",
        right="b",
        replies={
            "a": "The posterior standard deviations shrink with the root of n. But the wall is a difference of log"
            " likelihoods, and these are sums over points.",
            "b": "Both log likelihoods, at the mode and at the pass, are sums over points and double. The kicks"
            " depend on the wall through exp(-b), so they nearly square.",
            "c": "Only the shape of the mixture stays. The log likelihood of the repeated points is twice what it"
            " was, at the mode and at the pass.",
            "d": "The wall is right. The number of kicks does not go down in proportion: put the new wall into the"
            " formula for their probability.",
            "e": "More data make each mode narrower and the place between them less probable, not more.",
        },
    ),
    Function(
        word="silent",
        title="Chains that agree by chance",
        variable="silent",
        reference=_silent,
        calls=[(2, 2), (4, 2), (2, 3), (4, 3), (3, 4), (1, 3)],
        mistakes={
            "given-level": Mistake(
                lambda chains, K: (K**-chains, factorial(K) ** -chains),
                "That is the probability that all chains fall on one level that was named beforehand. Any level"
                " will do: the first chain is free to choose it.",
            ),
            "two-modes": Mistake(
                lambda chains, K: (2.0 ** (1 - chains), 2.0 ** (1 - chains)),
                "That is the formula for two modes. How many modes are there with K components, and how many levels"
                " for one location?",
            ),
            "modes-for-levels": Mistake(
                lambda chains, K: (factorial(K) ** (1.0 - chains), factorial(K) ** (1.0 - chains)),
                "The second is right. For the first location alone the chains need not be in the same mode: several"
                " modes have the same group first.",
            ),
            "independent-locations": Mistake(
                lambda chains, K: (K ** (1.0 - chains), K ** (K * (1.0 - chains))),
                "The first is right. For the second you multiplied as if the locations of a chain fell independently."
                " No two of them can be on the same level.",
            ),
            "opposite": Mistake(
                lambda chains, K: (1 - K ** (1.0 - chains), 1 - factorial(K) ** (1.0 - chains)),
                "These are the probabilities that R-hat warns. Asked are those that it stays near 1.",
            ),
            "exchanged": Mistake(
                lambda chains, K: _silent(chains, K)[::-1],
                "You have the two in the other order: first one location, then all of them.",
            ),
        },
        otherwise="A single chain always agrees with itself; two chains with K = 2 agree half of the time.",
    ),
    Value(
        word="border",
        title="The border",
        variable="border",
        expected=_border(_curvature),
        within=1e-4,
        mistakes={
            "no-prior": Mistake(
                _border(_criterion(centre=lambda y, tau: y.mean(), prior=0.0)),
                "There is a term in the criterion that does not come from the data.",
            ),
            "fixed-centre": Mistake(
                _border(_criterion(centre=lambda y, tau: POINTS.sum() / 100.02)),
                "You kept the centre c of the original data. There are more points in one group than in the other,"
                " so c moves when the groups do.",
            ),
            "whole-gap": Mistake(
                2 * _border(_curvature),
                "That is the distance of the two centres. Asked is m, half of it.",
            ),
            "expected-criterion": Mistake(
                1 / np.sqrt(99),
                "That is where the criterion is 0 on average over data sets. Solve for these 100 points, whose"
                " noise has a variance of its own.",
            ),
            "squared": Mistake(
                _border(_curvature) ** 2,
                "That is the square of the half gap. Take the root.",
            ),
        },
        otherwise="Write the criterion as a function of m, with c computed anew for each m, and find its root.",
    ),
    Function(
        word="scale",
        title="Another scale",
        variable="criterion",
        reference=_curvature,
        calls=[
            (np.array([-1.0, 1.0]), 1.0, 10.0),
            (np.array([-2.0, 0.5, 3.0]), 2.0, 10.0),
            (np.array([1.0, 2.0, 4.5]), 0.5, 1.0),
            (np.array([3.0, 4.0, 6.0, 9.0]), 3.0, 2.0),
        ],
        within=1e-6,
        mistakes={
            "unit-scale": Mistake(
                _criterion(scale=1.0),
                "That is the criterion for scale 1. Where does `sigma` enter the log density of a point?",
            ),
            "times-variance": Mistake(
                _criterion(power=2),
                "You measured the points in units of the scale, but `d` is still in the units of the data. The second"
                " derivative with respect to it has another factor.",
            ),
            "squares-less-variance": Mistake(
                _criterion(power=4),
                "The sum has the right sign and the wrong size: it lacks a factor, which the term of the prior must"
                " not get.",
            ),
            "old-centre": Mistake(
                _criterion(centre=lambda y, tau: y.sum() / (y.size + 2 / tau**2)),
                "The formula is right, its centre is not. The pass depends on `sigma` as well: look again for the"
                " maximum along the diagonal.",
            ),
            "no-prior": Mistake(
                _criterion(prior=0.0),
                "The prior's own second derivative is missing.",
            ),
        },
        otherwise="Compare with a second difference of the log joint density across the diagonal at the pass.",
    ),
    Function(
        word="exchange",
        title="An exchange that must be weighed",
        variable="exchange",
        reference=_exchange(lambda gains: np.exp(gains.sum())),
        measure=_shares_exchanged,
        within=5 * np.sqrt(2) * np.sqrt(0.25 / REPEATS),
        mistakes={
            "always": Mistake(
                _exchange(lambda gains: 1.0),
                "You always exchange. That is right for equal weights. With others the pair and its image have"
                " different densities, if the weights stay where they are.",
            ),
            "inverse": Mistake(
                _exchange(lambda gains: np.exp(-gains.sum())),
                "The ratio is upside down: you accept readily what makes the data less probable. The density of the"
                " proposal belongs on top.",
            ),
            "average": Mistake(
                _exchange(lambda gains: np.exp(gains.mean())),
                "You compare the log density of one point, or of an average point. The likelihood of all points is a"
                " product, and its log a sum.",
            ),
            "uphill-only": Mistake(
                _exchange(lambda gains: gains.sum() >= 0),
                "You accept only what does not lower the density. That climbs to a mode and stays there; a sampler"
                " must now and then go down.",
            ),
            "coin-as-well": Mistake(
                _exchange(lambda gains: 0.5 * np.exp(min(gains.sum(), 0))),
                "You toss a coin before you propose. That is a valid move, but here each call proposes the exchange.",
            ),
            "barker": Mistake(
                _exchange(lambda gains: 1 / (1 + np.exp(-gains.sum()))),
                "You accept with the proposal's share of the two densities. That leaves the posterior as it is, too,"
                " but it is Barker's rule and exchanges less often. Metropolis accepts with the ratio, or 1 if that"
                " is more.",
            ),
        },
        otherwise="Return either `mu` or its image; with equal weights it is always the image. The acceptance"
        " depends on the ratio of the two likelihoods.",
    ),
]
