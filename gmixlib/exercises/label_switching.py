"""Exercises on label switching."""

from collections.abc import Callable
from itertools import permutations, product
from math import factorial

import numpy as np
from scipy.optimize import brentq

from gmixlib.data import two_gaussians
from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Value, _Stop
from gmixlib.exercises._outcome import Kind

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


def _border(criterion: Callable, points: Callable = _moved) -> float:
    """The half gap at which a criterion is 0, for the scale and the prior of the chapter."""
    return brentq(lambda m: criterion(points(m), 1.0, 10.0), 0, 1, xtol=1e-9)


def _criterion(
    *,
    centre: Callable | None = None,
    pull: Callable = lambda sigma, tau: 2 * sigma**2 / tau**2,
    square: float = -4,
    unit: float = -2,
    prior: Callable = lambda tau, n: 2 / tau**2,
    of_all: Callable = np.sum,
    over: Callable = lambda sigma: 1.0,
) -> Callable:
    """The same in closed form; the settings are wrong steps.

    Another centre, or another term of the prior in it; the power of sigma at the squares and at the 1; another term of
    the prior; something else than the sum over points; and a factor of everything.
    """

    def criterion(y: np.ndarray, sigma: float, tau: float) -> float:
        c = centre(y, tau) if centre else y.sum() / (y.size + pull(sigma, tau))
        terms = (y - c) ** 2 * sigma**square - sigma**unit
        return over(sigma) * (of_all(terms) - prior(tau, y.size))

    return criterion


def _second_difference(y: np.ndarray, sigma: float, tau: float, h: float = 1e-3) -> float:
    """The criterion by a numerical derivative."""
    c = y.sum() / (y.size + 2 * sigma**2 / tau**2)

    def height(d: float) -> float:
        both = np.logaddexp(-0.5 * ((y - c + d) / sigma) ** 2, -0.5 * ((y - c - d) / sigma) ** 2)
        return both.sum() - ((c - d) ** 2 + (c + d) ** 2) / (2 * tau**2)

    return (height(h) - 2 * height(0.0) + height(-h)) / h**2


def _silent(chains: int, K: int) -> tuple:
    """By going through all ways in which the chains can fall."""
    ways = list(product(permutations(range(K)), repeat=chains))
    first = [len({modes[0] for modes in way}) == 1 for way in ways]
    every = [len(set(way)) == 1 for way in ways]
    return np.mean(first), np.mean(every)


def _gains(mu: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """What each point's log density gains by the exchange."""
    return _log_density(mu[::-1], y, w) - _log_density(mu, y, w)


def _log_density(mu: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Of each point, for scale 1 and up to a constant that cancels in ratios."""
    return np.logaddexp(*(np.log(w) - 0.5 * (y[:, np.newaxis] - mu) ** 2).T)


LOCATIONS = np.array([-1.0, 2.0])  # not -m and m, so that the image is not the negative
MANY = np.tile(POINTS, 6)  # so many that a product of densities is 0
NARROW = np.array([-0.8, 1.3])
SHARE = brentq(lambda w: _gains(NARROW, MANY, np.array([w, 1 - w])).sum() + np.log(2), 0.5, 0.6)
# What the exchange meets: what is said of it, how often it is called at most, and the arguments.
EXCHANGES = [
    ("equal weights", 150, (LOCATIONS, np.array([0.8, 1.5, -0.3]), np.array([0.5, 0.5]))),
    ("a ratio near 1/2", 150, (LOCATIONS, np.array([-1.2, -1.0, 1.8, -0.9, 0.6]), np.array([0.6, 0.4]))),
    (
        "a ratio near 0.05",
        150,
        (LOCATIONS[::-1], np.array([0.9, -0.7, -1.3, -0.9, -1.1]), np.array([0.3, 0.7])),
    ),
    ("a ratio of 1.43", 150, (LOCATIONS[::-1], np.array([0.0, 0.9, 1.6, 0.2]), np.array([0.3, 0.7]))),
    (
        "a ratio of 633",
        150,
        (LOCATIONS[::-1], np.array([-0.6, 1.7, 1.9, 2.2, 2.4]), np.array([0.1, 0.9])),
    ),
    ("600 points and a ratio near 1/2", 100, (NARROW, MANY, np.array([SHARE, 1 - SHARE]))),
    ("a ratio of 0.97", 10, (LOCATIONS, np.array([0.52, 0.53]), np.array([0.4, 0.6]))),
]
# The last is only for whoever has one random number for all calls.
*WEIGHED, NEARLY_EVEN = range(len(EXCHANGES))
MIDDLE, LOW, LONG = 1, 2, 5
CALLS = np.array([calls for _, calls, _ in EXCHANGES])
ENOUGH = 30  # calls that all do the same: the next would, too
NOT_FROM_RNG, OWN_SEED = -1.0, -2.0


def _exchange(accept: Callable) -> Callable:
    """An exchange that is accepted with a probability that depends on the gains and the weights."""
    return lambda mu, y, w, rng: mu[::-1] if rng.random() < accept(_gains(mu, y, w), w) else mu


def _weighed(gains: np.ndarray, _: np.ndarray) -> float:
    """The ratio of the likelihoods."""
    return np.exp(gains.sum())


def _by_products(no_number: float) -> Callable:
    """The ratio of two products of densities, and what a student's code makes of 0/0."""

    def exchange(mu: np.ndarray, y: np.ndarray, w: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        after, before = (
            np.exp((_log_density(m, y, w) - np.log(2 * np.pi) / 2).sum()) for m in (mu[::-1], mu)
        )
        ratio = no_number if before == 0 else after / before
        return mu[::-1] if rng.random() < ratio else mu

    return exchange


def _by_logs(mu: np.ndarray, y: np.ndarray, w: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Divides log densities."""
    after, before = ((_log_density(m, y, w) - np.log(2 * np.pi) / 2).sum() for m in (mu[::-1], mu))
    return mu[::-1] if rng.random() < after / before else mu


def _from(generator: Callable) -> Callable:
    """The right exchange, but with the numbers of another generator."""
    return lambda mu, y, w, rng: _exchange(_weighed)(mu, y, w, generator())


def _negative(mu: np.ndarray, y: np.ndarray, w: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Proposes the locations with the other sign."""
    gain = (_log_density(-mu, y, w) - _log_density(mu, y, w)).sum()
    return -mu if np.log(rng.random()) < gain else mu


def _outcome(exchange: Callable, case: int, repeat: int) -> float:
    """1 if a call exchanged, 0 if it did not, NaN if it returned something else.

    With many points a ratio of products is 0/0. In plain Python that is an error, and no exchange.
    """
    mu, y, w = EXCHANGES[case][2]
    try:
        found = np.asarray(exchange(mu, y, w, np.random.default_rng([4, case, repeat])))
    except _Stop as stop:
        if case == LONG and stop.verdict.mistake == Kind.RAISED:
            return 0.0
        raise
    if found.shape != mu.shape:
        return np.nan
    is_image, is_mu = (np.abs(found - m).max() < 1e-6 for m in (mu[::-1], mu))
    return 1.0 if is_image else 0.0 if is_mu else np.nan


def _outcomes(exchange: Callable, case: int) -> np.ndarray:
    """Those of the calls in one case; after a few that all are the same there are no more."""
    outcomes = [_outcome(exchange, case, repeat) for repeat in range(min(ENOUGH, CALLS[case]))]
    if outcomes not in ([0.0] * ENOUGH, [1.0] * ENOUGH):
        outcomes += [_outcome(exchange, case, repeat) for repeat in range(len(outcomes), CALLS[case])]
    return np.array(outcomes)


def _shares_exchanged(exchange: Callable) -> np.ndarray:
    """How often each case is exchanged, and how often the result is neither the old pair nor its image.

    Where the outcome does not depend on the generator as it must, all are a number that says so.
    """
    outcomes = [_outcomes(exchange, case) for case in WEIGHED]
    shares = np.array([np.mean(one == 1) for one in outcomes])
    neither = np.mean([np.isnan(one).mean() for one in outcomes])
    once = outcomes[MIDDLE][:ENOUGH]
    again = [_outcome(exchange, MIDDLE, repeat) for repeat in range(ENOUGH)]
    if not np.array_equal(once, again, equal_nan=True):
        return np.full(shares.size + 1, NOT_FROM_RNG)
    if set(shares) == {0.0, 1.0} and shares[LOW] == 0 and np.all(_outcomes(exchange, NEARLY_EVEN) == 1):
        # Of the ratios below 1 one is always accepted and another never: there is no chance in it.
        return np.full(shares.size + 1, OWN_SEED)
    return np.append(shares, neither)


OWN = np.random.default_rng(0)

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
                [12, np.nan, np.nan, np.nan],
                "In the first case you took two components for the same that are not. A component is its weight,"
                " its location and its scale.",
            ),
            "kinds-only": Mistake(
                [24, 6, 2, np.nan],
                "You counted the orders of the different kinds of component. But there are four places to fill, and"
                " components that are alike take one each.",
            ),
            "divided-by-number": Mistake(
                [24, 12, 8, np.nan],
                "You divided by how many components are alike. Divide by the number of ways in which these can be"
                " exchanged among themselves.",
            ),
            "permutations-per-point": Mistake(
                [1, 2, 6, 24],
                "These are the permutations that leave a point where it is. Into how many groups of that size do all"
                " 24 fall?",
            ),
            "alike-not-divided": Mistake(
                [24, 12, 6, np.nan],
                "In the third case six permutations exchange only what is alike. They all lead to one point; how many"
                " points are left?",
            ),
            "reversed": Mistake(
                [1, 4, 12, 24],
                "You have the four in the other order.",
            ),
            "without-itself": Mistake(
                [23, 11, 3, 0],
                "You counted the images without the mode itself, which belongs to its family.",
            ),
            "none-left": Mistake(
                [24, 12, 4, 0],
                "Three are right. If all are alike every permutation leads back to the mode. How many points is that?",
            ),
            "places-only": Mistake(
                [np.nan, 6, 4, 1],
                "You counted the places that those which are alike can take. The others differ among themselves, and"
                " can be exchanged, too.",
            ),
        },
        otherwise="List the 24 permutations of four letters, some of them equal, and count the different words.",
        after="It is 4! over m! if m components are alike in everything. Components that differ in a weight alone are as"
        " different as any others.",
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
            "levels-for-modes": Mistake(
                lambda chains, K: (K ** (1.0 - chains), K ** (1.0 - chains)),
                "The first is right. With two components the second location agrees if the first does. With more, the"
                " others may still be in different orders.",
            ),
            "last-location-given": Mistake(
                lambda chains, K: (K ** (1.0 - chains), K ** ((K - 1) * (1.0 - chains))),
                "The first is right. For the second you multiplied K - 1 equal probabilities. Once the first location"
                " has its level, how many are open to the next?",
            ),
            "one-chain": Mistake(
                lambda chains, K: (1 / K, factorial(K) ** (1.0 - chains)),
                "The second is right. Your first is the probability that one further chain agrees with the first one."
                " All of them have to.",
            ),
            "pairs": Mistake(
                lambda chains, K: _silent(2, K) ** np.array(chains * (chains - 1) / 2),
                "You multiplied over all pairs of chains. The pairs are not independent: if the first agrees with two"
                " others, these agree.",
            ),
            "times-locations": Mistake(
                lambda chains, K: (K ** (1.0 - chains), K * K ** (1.0 - chains)),
                "The first is right. You added the probabilities of the K locations. Asked is that all of them agree"
                " at once, which is less probable than one.",
            ),
            "arguments-exchanged": Mistake(
                lambda chains, K: (chains ** (1.0 - K), factorial(chains) ** (1.0 - K)),
                "You have exchanged the roles of chains and components. Of how many modes does each chain find one?",
            ),
        },
        otherwise="A single chain always agrees with itself; two chains with K = 2 agree half of the time."
        " Of the six modes of three components two have a given group first.",
        after="With four chains and three components they are 1/27 and 1/216. So where the first location gives no"
        " alarm, the chains disagree in the others seven times out of eight: look at all of them.",
    ),
    Value(
        word="border",
        title="The border",
        variable="border",
        expected=_border(_curvature),
        within=5e-5,
        mistakes={
            "no-prior": Mistake(
                _border(_criterion(prior=lambda tau, n: 0.0)),
                "These are the digits of the border without the prior: is there the term in your criterion that does"
                " not come from the data? If so, give all four decimals.",
            ),
            "half-the-prior": Mistake(
                _border(_criterion(prior=lambda tau, n: 1 / tau**2)),
                "There is one prior in your criterion, and there are two locations.",
            ),
            "prior-added": Mistake(
                _border(_criterion(prior=lambda tau, n: -2 / tau**2)),
                "Your term of the prior has the wrong sign. A prior pulls both locations together.",
            ),
            "root-of-prior-variance": Mistake(
                _border(_criterion(prior=lambda tau, n: 2 / tau)),
                "In your term of the prior 10 stands for the variance. It is the standard deviation.",
            ),
            "prior-too-strong": Mistake(
                _border(_criterion(prior=lambda tau, n: 2.0)),
                "The prior weighs too much with you. Is tau 10, and did you add up the points rather than average"
                " them?",
            ),
            "not-centred": Mistake(
                _border(_criterion(centre=lambda y, tau: 0.0)),
                "You squared the points themselves. In the criterion they are measured from the pass.",
            ),
            "fixed-centre": Mistake(
                _border(_criterion(centre=lambda y, tau: POINTS.sum() / 100.02)),
                "You kept the centre c of the original data. There are more points in one group than in the other,"
                " so c moves when the groups do.",
            ),
            "sample-variance": Mistake(
                _border(lambda y, sigma, tau: np.var(y, ddof=1) - 1),
                "You set the sample variance to 1. The criterion has the sum over all n points, and the divisor"
                " n - 1 has no place in it.",
            ),
            "scaled-points": Mistake(
                _border(_criterion(), points=lambda m: m * POINTS),
                "You multiplied whole points by m, so their noise shrinks as well. Only the centres move.",
            ),
            "signs-exchanged": Mistake(
                _border(_criterion(), points=lambda m: POINTS - (m + 1) * SIDES),
                "You have the signs of the two categories exchanged.",
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
            "expected-spread": Mistake(
                0.1,
                "There n times the square of m is 1, a guess from the size of the terms. The border of these points"
                " is a root of their own criterion.",
            ),
            "squared": Mistake(
                _border(_curvature) ** 2,
                "That is the square of the half gap. Take the root.",
            ),
        },
        otherwise="Write the criterion as a function of m, with c computed anew for each m, and find its root.",
        after="On average over data sets the border is near 0.10. The noise of these points has a variance of 0.96, a"
        " little below 1, so the groups must be further apart before two modes part. With the plain mean for c the four"
        " decimals are the same: a prior as weak as this one hardly moves the pass.",
    ),
    Function(
        word="scale",
        title="Another scale",
        variable="criterion",
        reference=_curvature,
        calls=[
            # Two with the sum 0, where any centre is right if it is a multiple of the mean.
            (np.array([-1.0, 1.0]), 1.0, 10.0),
            (np.array([-2.5, -0.5, 3.0]), 2.0, 3.0),
            (np.array([1.0, 2.0, 4.5]), 0.5, 1.0),
            (np.array([3.0, 4.0, 6.0, 9.0]), 3.0, 2.0),
            (np.array([-1.5]), 0.7, 1.4),
        ],
        within=1e-6,
        mistakes={
            "unit-scale": Mistake(
                lambda y, sigma, tau: _curvature(y, 1.0, tau),
                "That is the criterion for scale 1. Where does `sigma` enter the log density of a point?",
            ),
            "times-variance": Mistake(
                _criterion(square=-2, unit=0),
                "You measured the points in units of the scale, but `d` is still in the units of the data. The second"
                " derivative with respect to it has another factor.",
            ),
            "squares-less-variance": Mistake(
                _criterion(square=0, unit=2),
                "The sum has the right sign and the wrong size: it lacks a factor, which the term of the prior must"
                " not get.",
            ),
            "square-not-in-units": Mistake(
                _criterion(square=-2),
                "Your two terms in the sum are of different kinds: one is a number over a square, the other a pure"
                " number. The slope of each log density has the variance below it, and here slopes are squared.",
            ),
            "scale-for-variance": Mistake(
                _criterion(square=-2, unit=-1),
                "You have the scale where its square belongs, in both terms of the sum.",
            ),
            "times-variance-all": Mistake(
                _criterion(over=lambda sigma: sigma**2),
                "Yours is `sigma` squared times the second derivative. The sign is right; asked is the derivative"
                " itself.",
            ),
            "no-sum": Mistake(
                lambda y, sigma, tau: _criterion(of_all=lambda terms: terms)(y, sigma, tau),
                "You return a number for each point. The log likelihood is a sum over the points; the prior's term"
                " comes once.",
            ),
            "average": Mistake(
                _criterion(of_all=np.mean),
                "You average over the points. The log likelihood is their sum.",
            ),
            "no-prior": Mistake(
                _criterion(prior=lambda tau, n: 0.0),
                "The prior's own second derivative is missing.",
            ),
            "one-prior": Mistake(
                _criterion(prior=lambda tau, n: 1 / tau**2),
                "Your prior has one location in it. Both move when `d` grows, one to either side.",
            ),
            "prior-at-each-point": Mistake(
                _criterion(prior=lambda tau, n: 2 * n / tau**2),
                "You have the prior's term inside the sum, once for each point. It belongs there once.",
            ),
            "prior-variance": Mistake(
                _criterion(prior=lambda tau, n: 2 / tau),
                "You took `tau` for the prior's variance. It is a standard deviation.",
            ),
            "prior-with-scale": Mistake(
                lambda y, sigma, tau: _curvature(y, sigma, tau) + 2 / tau**2 - 2 * sigma**2 / tau**2,
                "You multiplied the prior's term by the variance of a point. It does not know `sigma`.",
            ),
            "old-centre": Mistake(
                _criterion(pull=lambda sigma, tau: 2 / tau**2),
                "The formula is right, its centre is not. The pass depends on `sigma` as well: look again for the"
                " maximum along the diagonal.",
            ),
            "centre-is-mean": Mistake(
                _criterion(centre=lambda y, tau: y.mean()),
                "The formula is right, but you measure from the mean of the points. The prior pulls the pass towards"
                " 0.",
            ),
            "centre-one-prior": Mistake(
                _criterion(pull=lambda sigma, tau: sigma**2 / tau**2),
                "The formula is right, but in `c` there is the prior of one location. On the diagonal both have one.",
            ),
            "centre-scale": Mistake(
                _criterion(pull=lambda sigma, tau: 2 * sigma / tau**2),
                "The formula is right, but in `c` there is `sigma` and not its square.",
            ),
            "centre-upside-down": Mistake(
                _criterion(pull=lambda sigma, tau: 2 / (sigma * tau) ** 2),
                "The formula is right, but in `c` the variance is on the wrong side: the less a point says, the more"
                " the prior counts.",
            ),
            "centre-of-the-chapter": Mistake(
                _criterion(pull=lambda sigma, tau: 0.02),
                "The formula is right, but in `c` the prior is still the one of the chapter, with tau = 10.",
            ),
            "centre-zero": Mistake(
                _criterion(centre=lambda y, tau: 0.0),
                "The formula is right, but you measure the points from 0 and not from the pass.",
            ),
            "numerical": Mistake(
                _second_difference,
                "That is a numerical derivative: right in the first digits, and only a check. Asked is the formula.",
            ),
        },
        otherwise="Compare with a second difference of the log joint density across the diagonal at the pass. If it"
        " fails where the points have the sum 0, look at the formula; if only elsewhere, at the centre `c`. If the first"
        " digits are right, is it a numerical derivative?",
        after="Up to the prior's term the sign is that of the sum of (y - c)^2 - sigma^2: the modes part where the data"
        " vary more about their centre than one component does, whatever its scale.",
    ),
    Function(
        word="exchange",
        title="An exchange that must be weighed",
        variable="exchange",
        reference=_exchange(_weighed),
        measure=_shares_exchanged,
        # Both shares are counted, of results that are neither there must be none.
        within=np.append(5 * np.sqrt(2) * np.sqrt(0.25 / CALLS[WEIGHED]), 1e-9),
        statistics=[
            *(f"the share of calls that exchange, with {case}," for case, _, _ in EXCHANGES[:NEARLY_EVEN]),
            "the share of results that are neither `mu` nor its image",
        ],
        mistakes={
            "not-from-rng": Mistake(
                _from(lambda: OWN),
                "Your numbers do not come from `rng`: with the same seed two calls must agree, and yours do not.",
            ),
            "own-seed": Mistake(
                _from(lambda: np.random.default_rng(0)),
                "Your random number is the same in every call, whatever the state of `rng`. Draw it from the `rng` that"
                " is given.",
            ),
            "never-with-many": Mistake(
                _by_products(np.nan),
                "With few points it is right. A product of 600 densities is 0 for the computer, and the ratio 0/0:"
                " nothing is accepted. Compare the difference of the logs with the log of the random number.",
            ),
            "always-with-many": Mistake(
                _by_products(1.0),
                "With few points it is right. With 600 you accept every time, since both products of densities are 0"
                " for the computer. What can be compared in their place?",
            ),
            "negative": Mistake(
                _negative,
                "Your proposal is the negative of `mu`, not the exchange. Both agree only if the locations are -m and"
                " m.",
            ),
            "neither": Mistake(
                lambda mu, y, w, rng: True,
                "You return something that is neither `mu` nor its image. Asked is the array of two locations after"
                " the move, and not whether it was accepted.",
            ),
            "always": Mistake(
                _exchange(lambda gains, w: 1.0),
                "In all calls of this check you exchanged. That is right for equal weights. With others the pair and"
                " its image have different densities, if the weights stay where they are. If you do compare: are both"
                " sides logs, or neither?",
            ),
            "never": Mistake(
                _exchange(lambda gains, w: 0.0),
                "You returned `mu` as it was in all calls of this check. With equal weights the exchange is always"
                " accepted.",
            ),
            "ratio-of-logs": Mistake(
                _by_logs,
                "You divide a log density by another. The ratio of two densities is that of the exponentials, and its"
                " log a difference.",
            ),
            "fair-coin": Mistake(
                _exchange(lambda gains, w: 0.5),
                "You exchange half of the time, whatever the points say. How probable are they before and after?",
            ),
            "weights-alone": Mistake(
                _exchange(lambda gains, w: w[1] / w[0]),
                "You compare the weights alone, the second with the first. The points must enter.",
            ),
            "weights-alone-inverse": Mistake(
                _exchange(lambda gains, w: w[0] / w[1]),
                "You compare the weights alone, the first with the second. What do the points say to the exchange?",
            ),
            "inverse": Mistake(
                _exchange(lambda gains, w: np.exp(-gains.sum())),
                "The ratio is upside down: you accept readily what makes the data less probable. The density of the"
                " proposal belongs on top.",
            ),
            "average": Mistake(
                _exchange(lambda gains, w: np.exp(gains.mean())),
                "You compare the log density of an average point. The likelihood of all points is a product, and its"
                " log a sum.",
            ),
            "one-point": Mistake(
                _exchange(lambda gains, w: np.exp(gains[0])),
                "You compare the density of the first point alone. All of them have a say.",
            ),
            "every-point": Mistake(
                _exchange(lambda gains, w: np.exp(gains.min())),
                "You accept only if each point for itself would. The rule has one ratio for all points together.",
            ),
            "log-ratio": Mistake(
                _exchange(lambda gains, w: gains.sum()),
                "You compare a random number between 0 and 1 with the log of the ratio. Take the logs of both, or of"
                " neither.",
            ),
            "uphill-only": Mistake(
                _exchange(lambda gains, w: gains.sum() >= 0),
                "You accept only what does not lower the density. That climbs to a mode and stays there; a sampler"
                " must now and then go down.",
            ),
            "gains-only": Mistake(
                _exchange(lambda gains, w: gains.sum() > 0),
                "You accept only what raises the density, and not even what leaves it the same. Where does chance come"
                " in?",
            ),
            "coin-as-well": Mistake(
                _exchange(lambda gains, w: 0.5 * np.exp(min(gains.sum(), 0))),
                "You toss a coin before you propose. That is a valid move, but here each call proposes the exchange.",
            ),
            "barker": Mistake(
                _exchange(lambda gains, w: 1 / (1 + np.exp(-gains.sum()))),
                "You accept with the proposal's share of the two densities. That leaves the posterior as it is, too,"
                " but it is Barker's rule and exchanges less often. Metropolis accepts with the ratio, or 1 if that"
                " is more.",
            ),
        },
        otherwise="Return either `mu` or its image; with equal weights it is always the image. The acceptance"
        " depends on the ratio of the two likelihoods.",
        after="With equal weights the ratio is 1 and every exchange is accepted. So it is if the weights change places as"
        " well, for that is only another numbering. Here the image is a different statement about the data, and the"
        " share of draws in each mode is something to get right.",
    ),
]
