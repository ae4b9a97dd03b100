"""Exercises on the story of a mixture."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import brentq, root
from scipy.stats import norm

from gmixlib.data import simulate, two_gaussians
from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Value

# --- the story --------------------------------------------------------------------------------------

WEIGHTS, LOCATIONS, SCALES = (
    np.array([0.8, 0.1, 0.1]),
    np.array([-10.0, 0.0, 10.0]),
    np.array([3.0, 2.0, 4.0]),
)
SHORT, LONG = 1_000, 100  # calls: many for a few points, which are independent, and few for many
# Each statistic is the share of so many points or pairs, or more (0.1 of the points are in the last component),
# and its standard error at most 0.5 / sqrt(points). Two shares are compared.
POINTS = np.repeat([SHORT, 2 * SHORT, LONG * 40], [3, 1, 6])


def _story(draw: Callable) -> np.ndarray:
    """Shares of the categories, of equal pairs, and of points below and within a scale of their location."""

    def drawn(n: int, *seed: int) -> tuple[np.ndarray, np.ndarray]:
        y, z = draw(n, WEIGHTS, LOCATIONS, SCALES, np.random.default_rng([1, *seed]))
        if np.shape(y) != (n,) or np.shape(z) != (n,):
            raise ValueError("y and z must have one entry for each point")
        return y, z

    few = np.array([drawn(4, 0, i)[1] for i in range(SHORT)])
    shares = [np.mean(few[:, 0] == k) for k in range(3)]
    together = np.mean(few[:, ::2] == few[:, 1::2])

    y, z = np.array([drawn(400, 1, i) for i in range(LONG)]).swapaxes(0, 1)
    given = [(z == k, (y - LOCATIONS[k]) / SCALES[k]) for k in range(3)]
    below = [np.sum(mine & (t < 0)) / max(mine.sum(), 1) for mine, t in given]
    inside = [np.sum(mine & (np.abs(t) < 1)) / max(mine.sum(), 1) for mine, t in given]
    return np.array([*shares, together, *below, *inside])


def _one_for_all(n: int, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, rng: np.random.Generator) -> tuple:
    k = rng.choice(w.size, p=w)
    return rng.normal(mu[k], sigma[k], n), np.full(n, k)


def _blended(n: int, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, rng: np.random.Generator) -> tuple:
    return rng.normal(mu, sigma, (n, w.size)) @ w, rng.choice(w.size, n, p=w)


# --- the other exercises ----------------------------------------------------------------------------


def _bias(m: float) -> float:
    """Mean of |y| less m."""
    return 2 * norm.pdf(m) - 2 * m * norm.cdf(-m)


def _even_odds(w: list, mu: list, sigma: float) -> float:
    """Where the two weighted densities are equal, by looking for it."""

    def log_odds(t: float) -> float:
        first, second = (np.log(w[k]) + norm.logpdf(t, mu[k], sigma) for k in range(2))
        return first - second

    return brentq(log_odds, -100, 100, xtol=1e-12)


# With unit scales the slope of the density is 0 where log((m + y) / (m - y)) - 2 m y = -log(w1 / w2). The left
# side is lowest at y = sqrt(m^2 - 1), where it is 2 arccosh(m) - 2 m sqrt(m^2 - 1). A second hump needs two
# solutions with y > 0, so this must be below the right side.
BORDER = brentq(lambda m: 2 * m * np.sqrt(m * m - 1) - 2 * np.arccosh(m) - np.log(9), 1, 3)


def _maximum(y: np.ndarray, mu: list) -> np.ndarray:
    """The locations, in the order of the start, at which the score is 0."""

    def score(mu: np.ndarray) -> np.ndarray:
        pull = y - mu[:, np.newaxis]
        return (pull / (1 + np.exp(0.5 * (pull**2 - pull[::-1] ** 2)))).sum(axis=1)

    top = np.sort(root(score, [y[y < y.mean()].mean(), y[y > y.mean()].mean()], tol=1e-13).x)
    return top if mu[0] < mu[1] else top[::-1]


def _iterated(step: Callable) -> Callable:
    """The locations after steps that are repeated until nothing moves."""

    def iterate(y: np.ndarray, start: list) -> np.ndarray:
        mu = np.array(start, dtype=float)
        for _ in range(5_000):
            before, mu = mu, step(y, mu)
            if np.abs(mu - before).max() < 1e-10:
                break
        return mu

    return iterate


def _densities(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * (y[:, np.newaxis] - mu) ** 2)


def _soft_step(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    r = _densities(y, mu)
    r /= r.sum(axis=1, keepdims=True)
    return y @ r / r.sum(axis=0)


def _step_by_all_points(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    r = _densities(y, mu)
    return y @ (r / r.sum(axis=1, keepdims=True)) / y.size


def _hard_step(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    nearest = np.abs(y[:, np.newaxis] - mu).argmin(axis=1)
    return np.array([y[nearest == k].mean() for k in range(2)])


def _lonely_step(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    return np.average(np.column_stack([y, y]), axis=0, weights=_densities(y, mu))


TWO_POINTS, HUNDRED = np.array([-2.0, 2.0]), two_gaussians()[0]


def _counted_from_one(*arguments: Any) -> tuple:
    y, z = simulate(*arguments)
    return y, z + 1


def _with_weights(y: np.ndarray, start: list) -> np.ndarray:
    """The same iteration, with the weights brought along."""
    mu, w = np.array(start, dtype=float), np.ones(2) / 2
    for _ in range(5_000):
        r = w * _densities(y, mu)
        r /= r.sum(axis=1, keepdims=True)
        before, mu, w = mu, y @ r / r.sum(axis=0), r.mean(axis=0)
        if np.abs(mu - before).max() < 1e-10:
            break
    return mu


EXERCISES: list[Exercise] = [
    Function(
        word="story",
        title="Write the story",
        variable="draw",
        reference=simulate,
        measure=_story,
        within=5 * np.sqrt(2) * 0.5 / np.sqrt(POINTS),
        mistakes={
            "blended": Mistake(
                _blended,
                "You draw from every component and average the draws with the weights. A point of a mixture comes"
                " from one component; the weights say how often from which.",
            ),
            "one-for-all": Mistake(
                _one_for_all,
                "All points of a call come from the same component. Each point needs a category of its own: the"
                " arrow from w to z stands inside the plate.",
            ),
            "equal-weights": Mistake(
                lambda n, w, mu, sigma, rng: simulate(n, np.ones(w.size) / w.size, mu, sigma, rng),
                "All components come up equally often, whatever `w` says.",
            ),
            "variance-as-scale": Mistake(
                lambda n, w, mu, sigma, rng: simulate(n, w, mu, sigma**2, rng),
                "The points lie too far from their locations. In N(mu, sigma^2) the second argument is the"
                " variance; what is it in `rng.normal`?",
            ),
            "exchanged": Mistake(
                lambda *arguments: simulate(*arguments)[::-1],
                "You return the categories first. The observations y are asked for first, the categories z second.",
            ),
            "from-one": Mistake(
                _counted_from_one, "Your categories count from 1; in code they count from 0."
            ),
        },
        otherwise=(
            "Return the pair `(y, z)`, both of shape (n,), z with whole numbers from 0 on. Look at the points"
            " of each category: are their share, mean and standard deviation those of the component? If they "
            "are: are the categories of different points independent, in random order, and drawn anew from "
            "`rng` in each call?"
        ),
    ),
    Value(
        word="apart",
        title="Predict, then run",
        variable="factors",
        expected=np.array([norm.cdf(-1) / norm.cdf(-2), _bias(1) / _bias(2)]),
        within=0.05,
        mistakes={
            "exchanged": Mistake(
                np.array([_bias(1) / _bias(2), norm.cdf(-1) / norm.cdf(-2)]),
                "You have the two in the other order: first the error rate, then the bias.",
            ),
            "upside-down": Mistake(
                np.array([norm.cdf(-2) / norm.cdf(-1), _bias(2) / _bias(1)]),
                "Those are the new values over the old, or differences. By what factor does each fall: the old value"
                " divided by the new?",
            ),
            "average-for-bias": Mistake(
                np.array([norm.cdf(-1) / norm.cdf(-2), (1 + _bias(1)) / (2 + _bias(2))]),
                "The first factor is right. The second compares the averages E|y| themselves; the bias is what is"
                " left of each when the right value m is taken off.",
            ),
            "whole-gap": Mistake(
                np.array([norm.cdf(-2) / norm.cdf(-4), _bias(2) / _bias(4)]),
                "You took the distance between the components for m. The cut is halfway, and m is the distance from"
                " there to one of them.",
            ),
            "half-formula": Mistake(
                np.array([norm.cdf(-1) / norm.cdf(-2), norm.pdf(1) / norm.pdf(2)]),
                "The first factor is right. For the bias you kept only the density term of E|y|. When m is taken"
                " off, a term with the distribution function is left as well.",
            ),
        },
        otherwise="The error rate is the probability beyond the cut, and the formula for E|y| is in the chapter; both"
        " with m = 1 and with m = 2.",
    ),
    Function(
        word="cut",
        title="Unequal weights",
        variable="cut",
        reference=_even_odds,
        calls=[
            ([0.5, 0.5], [-1.0, 1.0], 1.0),
            ([0.9, 0.1], [-1.0, 1.0], 1.0),
            ([0.3, 0.7], [2.0, 5.0], 1.0),
            ([0.9, 0.1], [-1.0, 2.0], 2.0),
        ],
        within=1e-8,
        mistakes={
            "halfway": Mistake(
                lambda w, mu, sigma: sum(mu) / 2,
                "Halfway between the locations the densities are equal. With unequal weights the weighted densities"
                " are not.",
            ),
            "wrong-way": Mistake(
                lambda w, mu, sigma: sum(mu) / 2 - sigma**2 * np.log(w[0] / w[1]) / (mu[1] - mu[0]),
                "The cut moves the wrong way. Should the component with the larger weight get more points or fewer?",
            ),
            "scale-for-variance": Mistake(
                lambda w, mu, sigma: sum(mu) / 2 + sigma * np.log(w[0] / w[1]) / (mu[1] - mu[0]),
                "Right for sigma = 1 only. The scale stands squared in the exponent of the density; follow it"
                " through the equation.",
            ),
            "fixed-gap": Mistake(
                lambda w, mu, sigma: sum(mu) / 2 + sigma**2 * np.log(w[0] / w[1]) / 2,
                "Right for locations that are 2 apart. How far does a point have to go to change the log odds by 1"
                " if the gap is another?",
            ),
            "weighted-mean": Mistake(
                lambda w, mu, sigma: w[0] * mu[0] + w[1] * mu[1],
                "That is the mean of the mixture. Ask instead where the two terms of the mixture density are equal.",
            ),
        },
        otherwise="Set the two weighted densities equal, take logarithms and solve for y.",
    ),
    Choice(
        word="scales",
        title="One location, two scales",
        variable="answer_scales",
        right="b",
        replies={
            "a": "At y and at −y both densities are the same, so no side can belong to one component alone.",
            "b": "Near 0 the narrow component is higher, further out the wide one. The border is where the densities"
            " are equal, at about 1.57 on either side.",
            "c": "You have the right kind of border and the two sides exchanged. Which of the two densities is higher"
            " at 0, and which one far out?",
            "d": "The locations are equal and the densities are not. Compare their heights at 0 and at 3.",
        },
    ),
    Value(
        word="humps",
        title="Another border",
        variable="half_gap",
        expected=2 * BORDER,
        within=0.01,
        mistakes={
            "equal-weights": Mistake(
                2.0,
                "That is the border for equal weights. At 0 the density is not even flat if the weights differ: the"
                " second hump has to stand up against the slope of the first.",
            ),
            "unit-scale": Mistake(
                BORDER,
                "That is the border for sigma = 1. What does a change of units do to it?",
            ),
            "whole-gap": Mistake(
                4 * BORDER,
                "That is the distance between the two components. The half gap m is asked for.",
            ),
            "overtaking": Mistake(
                2 * np.sqrt(np.log(9) / 2),
                "There the second component becomes the higher one at its own centre. The sum can still fall all"
                " the way through: look at its slope.",
            ),
        },
        otherwise="Count the peaks of the density on a fine grid, for many values of m.",
    ),
    Function(
        word="iterate",
        title="Iterate",
        variable="iterate",
        reference=_maximum,
        calls=[
            (TWO_POINTS, [-1.0, 1.0]),
            (HUNDRED, [-0.5, 2.0]),
            (HUNDRED, [2.0, -0.5]),
        ],
        within=1e-6,
        mistakes={
            "one-step": Mistake(
                lambda y, mu: _soft_step(y, np.asarray(mu)),
                "That is where the first step leads. Compute the responsibilities anew with the locations that you"
                " have found, and go on until nothing moves.",
            ),
            "hard-cut": Mistake(
                _iterated(_hard_step),
                "You give each point to the nearer location as a whole. That is the sorting of the chapter, which"
                " pushes the averages apart; let each point count with its responsibility.",
            ),
            "divided-by-all": Mistake(
                _iterated(_step_by_all_points),
                "You divide by the number of points. A weighted average divides by the sum of its weights.",
            ),
            "no-competition": Mistake(
                _iterated(_lonely_step),
                "Each location averages the points near it as if the other were not there. The responsibilities of"
                " one point sum to 1 over the components: is that the axis you divided by?",
            ),
            "weights-too": Mistake(
                _with_weights,
                "You update the weights, too. Here they are known, one half each.",
            ),
        },
        otherwise=(
            "On the points −2 and 2 the locations end at −m and m with m = 2 tanh(2 m). Return them in the "
            "order of the start, and divide by the sum of the responsibilities."
        ),
    ),
]
