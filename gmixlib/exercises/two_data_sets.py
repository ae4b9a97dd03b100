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
FIVE_WEIGHTS = np.array([0.1, 0.3, 0.1, 0.1, 0.4])
CALLS, EACH, MANY = (
    400,
    25,
    4_000,
)  # many calls, which are independent, for a few points each; points of a single call
# Each statistic is the share of so many points or pairs, or more (0.1 of the points are in the last component),
# and its standard error at most 0.5 / sqrt(points). Two shares are compared.
POINTS = np.repeat([CALLS, 2 * CALLS, CALLS * EACH // 10, CALLS * EACH // 2 - CALLS, MANY], [4, 1, 6, 2, 2])
STORY_STATISTICS = (
    *(f"the share of category {k}, for the weights 0.8, 0.1 and 0.1," for k in range(3)),
    "the share of category 0 among last points, for the weight 0.8,",
    "the share of pairs of points with the same category",
    *(f"the share of category {k}'s points that lie below its location" for k in range(3)),
    *(f"the share of category {k}'s points within one scale of its location" for k in range(3)),
    "the share of neighbours that lie on the same side of their locations",
    "the share of points that lie on the same side of their location as in the call before",
    "the share of category 4, for five components and its weight 0.4,",
    "the share of category 0, for two components and its weight 0.3,",
)


ONE_BY_ONE = (
    "You go through the points one by one. Draw all categories in one call of `rng`, and all observations in another:"
    " what is `mu[z]` if z is an array?"
)


def _story(draw: Callable) -> np.ndarray:
    """Shares of the categories, of equal pairs, and of points below and within a scale of their location."""

    def drawn(n: int, theta: tuple, *seed: int) -> tuple[np.ndarray, np.ndarray]:
        y, z = draw(n, *theta, np.random.default_rng([1, *seed]))
        if np.shape(y) != (n,) or np.shape(z) != (n,):
            raise ValueError("y and z must have one entry for each point")
        return y, z

    three = WEIGHTS, LOCATIONS, SCALES
    y, z = np.array([drawn(EACH, three, 0, i) for i in range(CALLS)]).swapaxes(0, 1)
    shares = [*(np.mean(z[:, 0] == k) for k in range(3)), np.mean(z[:, -1] == 0)]
    together = np.mean(z[:, :3:2] == z[:, 1:4:2])

    given = [(z == k, (y - LOCATIONS[k]) / SCALES[k]) for k in range(3)]
    below = [np.sum(mine & (t < 0)) / max(mine.sum(), 1) for mine, t in given]
    inside = [np.sum(mine & (np.abs(t) < 1)) / max(mine.sum(), 1) for mine, t in given]
    # The noise of a point is its own, and not that of its neighbour or of another call.
    side = np.any([mine & (t < 0) for mine, t in given], axis=0)
    noise = [np.mean(side[:, :-1:2] == side[:, 1::2]), np.mean(side[::2] == side[1::2])]

    five = drawn(MANY, (FIVE_WEIGHTS, np.arange(5.0), np.ones(5)), 1)[1]
    two = drawn(MANY, (np.array([0.3, 0.7]), np.array([0.0, 1.0]), np.ones(2)), 2)[1]
    return np.array([*shares, together, *below, *inside, *noise, np.mean(five == 4), np.mean(two == 0)])


def _one_for_all(n: int, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, rng: np.random.Generator) -> tuple:
    k = rng.choice(w.size, p=w)
    return rng.normal(mu[k], sigma[k], n), np.full(n, k)


def _one_noise(n: int, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, rng: np.random.Generator) -> tuple:
    z = rng.choice(w.size, n, p=w)
    return mu[z] + sigma[z] * rng.normal(), z


def _one_each(n: int, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, rng: np.random.Generator) -> tuple:
    z = rng.choice(w.size, n, p=w)
    return rng.normal(mu, sigma)[z], z


def _drawn_anew(n: int, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, rng: np.random.Generator) -> tuple:
    """Categories that are not those of the points."""
    return simulate(n, w, mu, sigma, rng)[0], rng.choice(w.size, n, p=w)


def _two_only(n: int, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, rng: np.random.Generator) -> tuple:
    z = rng.binomial(1, w[1], n)
    return rng.normal(mu[z], sigma[z]), z


def _fixed_counts(
    n: int, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, rng: np.random.Generator
) -> tuple:
    z = np.minimum(np.searchsorted(np.cumsum(w), (np.arange(n) + 0.5) / n), w.size - 1)
    return rng.normal(mu[z], sigma[z]), z


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


def _iterated(step: Callable, rests: Callable = lambda moved: np.abs(moved).max() < 1e-10) -> Callable:
    """The locations after steps that are repeated until nothing moves."""

    def iterate(y: np.ndarray, start: list) -> np.ndarray:
        mu = np.array(start, dtype=float)
        for _ in range(5_000):
            before, mu = mu, step(y, mu)
            if rests(mu - before):
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


def _step_by_half(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    return 2 * _step_by_all_points(y, mu)


def _step_without_half(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    """A step with e to the minus square, not to the minus half the square."""
    return _soft_step(np.sqrt(2) * y, np.sqrt(2) * mu) / np.sqrt(2)


def _lonely_step(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    return np.average(np.column_stack([y, y]), axis=0, weights=_densities(y, mu))


TWO_POINTS, (HUNDRED, WHOSE) = np.array([-2.0, 2.0]), two_gaussians()
CLOSE = HUNDRED - 0.75 * (2 * WHOSE - 1)  # the half gap is 0.25: some 400 rounds
# Up to 1 both locations end at 0. Here the end takes some 1,900 rounds, with weights that are fitted, too.
BARELY_TWO = np.array([-1.002, 1.002])
# From here the first location does not move in the first round, and the second does.
AT_REST_AT_FIRST = brentq(lambda a: _soft_step(HUNDRED, np.array([a, 3.0]))[0] - a, -1, 1, xtol=1e-14)


def _counted_from_one(*arguments: Any) -> tuple:
    y, z = simulate(*arguments)
    return y, z + 1


def _with_weights(y: np.ndarray, start: list) -> np.ndarray:
    """The same iteration, with the weights brought along."""
    mu, w = np.array(start, dtype=float), np.ones(2) / 2
    for _ in range(20_000):
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
        statistics=STORY_STATISTICS,
        seeded=(5, WEIGHTS, LOCATIONS, SCALES, np.random.default_rng(2)),
        arrays=((2_000, WEIGHTS, LOCATIONS, SCALES, np.random.default_rng(3)), ONE_BY_ONE),
        unused={
            "simulate": "You call `simulate`, which is what is asked for. Write the two draws yourself: first the"
            " categories, then the observations given them."
        },
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
            "root-as-scale": Mistake(
                lambda n, w, mu, sigma, rng: simulate(n, w, mu, np.sqrt(sigma), rng),
                "You take a root of `sigma`. It holds scales already, no variances.",
            ),
            "no-scale": Mistake(
                lambda n, w, mu, sigma, rng: simulate(n, w, mu, np.ones(w.size), rng),
                "All components have the same scale, 1. Where does `sigma` enter?",
            ),
            "one-noise": Mistake(
                _one_noise,
                "All points of a call lie equally many scales from their locations: one normal number is drawn for"
                " all of them. How many does `rng.normal()` give without a size?",
            ),
            "one-point-each": Mistake(
                _one_each,
                "You draw one observation for each component, and all points of a component are that one. Choose the"
                " locations and scales of the points first, and draw afterwards.",
            ),
            "drawn-anew": Mistake(
                _drawn_anew,
                "The categories are not those that the observations came from. Draw them once, and use the same z"
                " for the location, for the scale and for what you return.",
            ),
            "two-only": Mistake(
                _two_only,
                "Your categories are 0 and 1, however many components there are. A comparison with one weight chooses"
                " between two; `w` may have more entries.",
            ),
            "fixed-counts": Mistake(
                _fixed_counts,
                "The categories come in order, first all points of one, then all of the next. Each point has its own draw:"
                " which ones a component gets, and how many, is left to chance.",
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
            "Return the pair `(y, z)`, both of shape (n,), z with whole numbers from 0 on. Every point has a category"
            " of its own, independent of the others, and given it a normal draw of its own with the location and the"
            " scale of that component, all from `rng`."
        ),
        after="Averages of the components, weighted with w, would have had the mean of the mixture, too. That each point"
        " has a category, and that it can be returned, is what makes this a mixture.",
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
                "Those are the new values over the old. By what factor does each fall: the old value divided by the"
                " new?",
            ),
            "differences": Mistake(
                np.array([norm.cdf(-1) - norm.cdf(-2), _bias(1) - _bias(2)]),
                "Those are the old values less the new. A factor is a ratio.",
            ),
            "one-tenth": Mistake(  # what both of these are, rounded as asked
                np.array([0.1, 0.1]),
                "0.1 twice is what new over old gives, and what differences give, when they are rounded. Asked is the"
                " old value divided by the new, which is more than 1.",
            ),
            "average-for-bias": Mistake(
                np.array([np.nan, (1 + _bias(1)) / (2 + _bias(2))]),
                "The second compares the averages E|y| themselves; the bias is what is left of each when the right"
                " value m is taken off.",
            ),
            "one-off-both": Mistake(
                np.array([np.nan, _bias(1) / (1 + _bias(2))]),
                "In the second you took 1 off both averages. The right value m is 1 before and 2 after.",
            ),
            "relative-bias": Mistake(
                np.array([np.nan, 2 * _bias(1) / _bias(2)]),
                "The second compares the bias as a share of m. The bias itself, E|y| − m, is asked for.",
            ),
            "whole-gap": Mistake(
                np.array([norm.cdf(-2) / norm.cdf(-4), _bias(2) / _bias(4)]),
                "You took the distance between the components for m. The cut is halfway, and m is the distance from"
                " there to one of them.",
            ),
            "density-once": Mistake(
                np.array([np.nan, (norm.pdf(1) - 2 * norm.cdf(-1)) / (norm.pdf(2) - 4 * norm.cdf(-2))]),
                "In E|y| the density stands twice, once for each side of 0. With one of them the bias would be"
                " negative; can it be?",
            ),
            "half-formula": Mistake(
                np.array([np.nan, norm.pdf(1) / norm.pdf(2)]),
                "For the bias you kept only the density term of E|y|. When m is taken off, a term with the"
                " distribution function is left as well.",
            ),
        },
        otherwise="The error rate is the probability beyond the cut, and the formula for E|y| is in the chapter; both"
        " with m = 1 and with m = 2.",
        after="The error rate falls from 0.159 to 0.023, the bias from 0.167 to 0.017: the bias falls faster. Fewer"
        " points lie beyond the cut, and those that do lie closer to it.",
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
            ([0.8, 0.2], [-4.0, 2.0], 1.5),
            ([0.99, 0.01], [0.0, 0.5], 0.7),
        ],
        within=1e-8,
        errors={
            "different signs": "Where do you look for the cut? A large weight pushes it beyond the other location."
        },
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
            "factor-two": Mistake(
                lambda w, mu, sigma: sum(mu) / 2 + 2 * sigma**2 * np.log(w[0] / w[1]) / (mu[1] - mu[0]),
                "The cut lies twice as far from the middle as it should. The difference of two"
                " squares holds a factor 2, which goes against the one half of the exponent.",
            ),
            "half-as-far": Mistake(
                lambda w, mu, sigma: sum(mu) / 2 + sigma**2 * np.log(w[0] / w[1]) / (mu[1] - mu[0]) / 2,
                "The cut moves half as far from the middle as it should. The one half of the exponent goes against a"
                " factor in the difference of two squares.",
            ),
            "gap-forgotten": Mistake(
                lambda w, mu, sigma: sum(mu) / 2 + sigma**2 * np.log(w[0] / w[1]),
                "The gap between the locations does not enter. Do close components move the cut further, or less far?",
            ),
            "times-gap": Mistake(
                lambda w, mu, sigma: sum(mu) / 2 + sigma**2 * np.log(w[0] / w[1]) * (mu[1] - mu[0]),
                "You multiply by the gap between the locations. If they lie far apart, few points are in doubt: does"
                " the weight then move the cut a lot?",
            ),
            "no-middle": Mistake(
                lambda w, mu, sigma: sigma**2 * np.log(w[0] / w[1]) / (mu[1] - mu[0]),
                "Right for locations that lie on either side of 0, equally far. Where is the cut for equal weights if"
                " they do not?",
            ),
            "clipped": Mistake(
                lambda w, mu, sigma: np.clip(_even_odds(w, mu, sigma), *mu),
                "You keep the cut between the locations. A large weight can push it beyond the other location: up to"
                " there all points go to the first component.",
            ),
            "odds-not-logged": Mistake(
                lambda w, mu, sigma: sum(mu) / 2 + sigma**2 * (w[0] / w[1]) / (mu[1] - mu[0]),
                "The odds of the weights enter without their logarithm. With equal weights the cut has to be halfway.",
            ),
            "weighted-mean": Mistake(
                lambda w, mu, sigma: w[0] * mu[0] + w[1] * mu[1],
                "That is the mean of the mixture. Ask instead where the two terms of the mixture density are equal.",
            ),
        },
        otherwise="Set the two weighted densities equal, take logarithms and solve for y; a grid of values does not give"
        " ten digits.",
        after="The component with the larger weight gets more points. With the weights 0.9 and 0.1, the locations −1 and"
        " 1 and unit scales the cut lies at 1.10, beyond the second location.",
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
        expected=3 * BORDER,
        within=0.005,
        mistakes={
            "equal-weights": Mistake(
                3.0,
                "That is the border for equal weights. At 0 the density is not even flat if the weights differ: the"
                " second hump has to stand up against the slope of the first.",
            ),
            "unit-scale": Mistake(
                BORDER,
                "That is the border for sigma = 1. What does a change of units do to it?",
            ),
            "whole-gap": Mistake(
                6 * BORDER,
                "That is the distance between the two components. The half gap m is asked for.",
            ),
            "scale-squared": Mistake(
                9 * BORDER,
                "That is the border for sigma = 9. You squared the scale: lengths go with sigma, not with sigma^2.",
            ),
            "scale-as-variance": Mistake(
                np.sqrt(3) * BORDER,
                "That is the border if 3 is the variance. Here it is the scale, as in `mixture_logpdf`.",
            ),
            "first-step-above": Mistake(
                4.98,
                "The border is nearer to another hundredth. The first of the steps of 0.01 at which there are two humps is"
                " above it: take finer ones.",
            ),
            "overtaking": Mistake(
                3 * np.sqrt(np.log(9) / 2),
                "There the second component becomes the higher one at its own centre. The sum can still fall all"
                " the way through: look at its slope.",
            ),
        },
        otherwise="Count the peaks of the density on a fine grid, for many values of m: is there one below your m and are"
        " there two above it?",
        after="From the half gap 3 on two equal components show two humps. With the weights 0.9 and 0.1 the small one is"
        " no more than a shoulder of the large one up to 4.97.",
    ),
    Function(
        word="iterate",
        title="Iterate",
        variable="iterate",
        reference=_maximum,
        calls=[
            (TWO_POINTS, np.array([-1.0, 1.0])),
            (HUNDRED, np.array([-0.5, 2.0])),
            (HUNDRED, np.array([2.0, -0.5])),
            (HUNDRED, np.array([1.5, 3.0])),
            (HUNDRED, np.array([-3.0, -1.5])),
            (HUNDRED, np.array([AT_REST_AT_FIRST, 3.0])),
            (CLOSE, np.array([-0.5, 2.0])),
            (BARELY_TWO, np.array([-1.0, 1.0])),
        ],
        within=2e-6,  # on the last data set an answer that ends at a move of 1e-8, not 1e-10, is off by 1.2e-6
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
                "You divide by the number of all points. A weighted average divides by the sum of its weights.",
            ),
            "divided-by-half": Mistake(
                _iterated(_step_by_half),
                "You divide by half the number of points. With equal weights each component owns half of them on"
                " average, and here it owns the sum of its responsibilities.",
            ),
            "no-half": Mistake(
                _iterated(_step_without_half),
                "The exponents of your densities are twice too large. In the normal density the square is halved.",
            ),
            "sorted": Mistake(
                lambda y, start: np.sort(_iterated(_soft_step)(y, start)),
                "The lower location comes first, whatever the start was. They are to come back in the order of"
                " `mu`: if it begins with the larger one, so does the result.",
            ),
            "one-at-rest": Mistake(
                _iterated(_soft_step, lambda moved: np.abs(moved).min() < 1e-10),
                "You stop as soon as one of the two is at rest. The other may still be on its way: neither may move.",
            ),
            "no-absolute-value": Mistake(
                _iterated(_soft_step, lambda moved: moved.max() < 1e-10),
                "You stop when both locations fall, however far they fall. A move has a size and a sign.",
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
            "If yours come close, the loop ends too early: it has to go on until neither location moves by more than"
            " 1e-10, and where the groups are close that takes well over a thousand rounds. If not: on the points −2 and 2 the"
            " locations end at −m and m with m = 2 tanh(2 m)."
        ),
        late="`iterate` took longer than 10 seconds and was stopped. Is the end of its loop ever reached? Compare the new"
        " locations with the old ones before you overwrite them, and do not wait for a difference of exactly 0.",
        after="This is the EM algorithm. On the first data set it ends at −0.886 and 1.131 from any two different points;"
        " the start decides only which location ends where. From two equal values both go to the average and stay.",
    ),
]
