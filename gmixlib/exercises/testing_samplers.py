"""Exercises on testing a sampler."""

from collections.abc import Callable

import numpy as np
from scipy.integrate import quad_vec
from scipy.special import comb, digamma, ndtr, polygamma

from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Value


def _scores(ranks: np.ndarray, moments: tuple, places: float, size: float | None = None) -> np.ndarray:
    """Scores of ranks around half of `places`, given mean and variance of the squared distance from there."""
    centre, (spread, spread_variance) = places / 2, moments
    size = len(ranks) if size is None else size
    first = (ranks.mean() - centre) / np.sqrt(spread / size)
    second = (((ranks - centre) ** 2).mean() - spread) / np.sqrt(spread_variance / size)
    return np.array([first, second])


def _discrete(count: int) -> tuple:
    """Mean and variance of the squared distance from the centre of so many equally likely neighbours."""
    second, fourth = (count**2 - 1) / 12, (count**2 - 1) * (3 * count**2 - 7) / 240
    return second, fourth - second**2


def _from_one(ranks: np.ndarray, L: int) -> np.ndarray:
    return _scores(ranks, _discrete(L), L + 1)


def _own_variance(ranks: np.ndarray, L: int) -> np.ndarray:
    square = (ranks - L / 2) ** 2
    errors = np.array([ranks.std(), square.std()]) / np.sqrt(len(ranks))
    return np.array([ranks.mean() - L / 2, square.mean() - L * (L + 2) / 12]) / errors


def _no_root(ranks: np.ndarray, L: int) -> np.ndarray:
    errors = np.array(_discrete(L + 1)) / len(ranks)
    return _scores(ranks, _discrete(L + 1), L) / np.sqrt(errors)


def _rank_probabilities(below: Callable, L: int, chosen: np.ndarray | None = None) -> np.ndarray:
    """Probabilities of ranks if a draw is below a standard normal truth t with probability below(t)."""
    j = np.arange(L + 1)
    chosen = comb(L, j) if chosen is None else chosen

    def joint(t: float) -> np.ndarray:
        p = below(t)
        return np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi) * chosen * p**j * (1 - p) ** (L - j)

    return quad_vec(joint, -9, 9, epsabs=1e-9, points=[-3, -1, 0, 1, 3])[0]


def _at_the_mean(b: float, c: float, L: int) -> np.ndarray:
    p, j = ndtr(-b / c), np.arange(L + 1)
    return comb(L, j) * p**j * (1 - p) ** (L - j)


# A step that accepts every proposal, in proportion to pi among the other categories, has flows proportional to
# pi_x pi_u from x to u if x is visited in proportion to pi_x (1 - pi_x): as much forth as back.
PI = np.array([0.4, 0.3, 0.3])
VISITED = PI * (1 - PI)
INVERTED = PI / (1 - PI)
AFTER_ONE = np.array([sum(PI[x] * PI[u] / (1 - PI[x]) for x in range(3) if x != u) for u in range(3)])

# Points of a component and its location: their own means are 0.4 and 1 away from it.
POINTS = [(np.array([0.1, 0.3, 0.5, 0.7]), 0.0), (np.linspace(0.2, 1.8, 12), 0.0)]
DRAWS = 3_000


def _square(x: np.ndarray, mu: float) -> float:
    return ((x - mu) ** 2).sum()


def _log_draws(draw: Callable) -> np.ndarray:
    """Means of the log of draws for both sets of points, and their standard deviation for the second."""
    draws = [
        [np.asarray(draw(x, mu, np.random.default_rng([8, number, i]))).item() for i in range(DRAWS)]
        for number, (x, mu) in enumerate(POINTS)
    ]
    with np.errstate(all="ignore"):
        logs = np.log(draws)
        return np.array([*logs.mean(axis=1), logs[1].std()])


def _log_errors() -> np.ndarray:
    """Standard errors of a difference between two such statistics.

    The log of an inverse gamma variable with shape a has the variance trigamma(a). The shapes are 4 and 8; the
    first is counted as 2, the shape without the prior, so that the mistake to forget it is recognised as well.
    """
    variance = polygamma(1, [2, 8])
    kurtosis = polygamma(3, 8) / variance[1] ** 2 + 3
    of_spread = variance[1] * (kurtosis - 1) / 4
    return np.sqrt(2 * np.append(variance, of_spread) / DRAWS)


EXERCISES: list[Exercise] = [
    Function(
        word="scores",
        title="Two scores for ranks",
        variable="rank_scores",
        reference=lambda ranks, L: _scores(ranks, _discrete(L + 1), L),
        calls=[
            (np.array([0, 0, 1, 2]), 2),
            (np.array([5, 4, 6, 5, 3, 5]), 9),
            (np.array([0, 19, 3, 17, 19, 0, 12, 1]), 19),
        ],
        mistakes={
            "ranks-from-one": Mistake(
                _from_one,
                "Your ranks run from 1 to L. Count again how many draws can lie below the truth: there may be none,"
                " or all L.",
            ),
            "continuous": Mistake(
                lambda ranks, L: _scores(ranks, (L**2 / 12, L**4 / 180), L),
                "Those are the moments of a continuous uniform variable between 0 and L. A rank has only whole"
                " values; sum over them.",
            ),
            "single-rank": Mistake(
                lambda ranks, L: _scores(ranks, _discrete(L + 1), L, 1),
                "You divide by the standard deviation of one rank. How much less does an average of N of them"
                " scatter?",
            ),
            "own-variance": Mistake(
                _own_variance,
                "The scatter is taken from the ranks themselves. Here the story is known exactly, and so is the"
                " variance that a right sampler would have.",
            ),
            "variance-for-scale": Mistake(
                _no_root,
                "You divide by the variance of the average. It is the fault of this chapter's sampler once more: a"
                " score is measured in standard errors.",
            ),
            "exchanged": Mistake(
                lambda ranks, L: _scores(ranks, _discrete(L + 1), L)[::-1],
                "You have the two in the other order: first the score of the ranks.",
            ),
        },
        otherwise="With L = 2 the ranks 0, 1, 2 have the mean 1 and the variance 2/3; their squared distances from"
        " 1 have the mean 2/3 and the variance 2/9.",
    ),
    Value(
        word="labelled",
        title="The labelled location",
        variable="chances",
        expected=np.array([0.5 / 20 + 0.5 * 0.5, 0.5 / 20]),
        within=0.0006,
        mistakes={
            "flat": Mistake(
                np.array([1 / 20, 1 / 20]),
                "That is right if the draws come from the whole posterior. This chain stays with one numbering,"
                " and in half of the data sets that is not the one of the truth.",
            ),
            "ends-only": Mistake(
                np.array([0.5, 0.0]),
                "All of your ranks are at the ends. What happens in the half of the data sets in which chain and"
                " truth number alike?",
            ),
            "one-end-only": Mistake(
                np.array([0.5 / 20 + 0.5, 0.5 / 20]),
                "If the numberings differ, you put every rank at 0. The true location is the smaller one in half of"
                " these cases, and the larger one in the others.",
            ),
            "nineteen-ranks": Mistake(
                np.array([0.5 / 19 + 0.25, 0.5 / 19]),
                "There are 19 draws. How many ranks are possible among them?",
            ),
            "agreement-forgotten": Mistake(
                np.array([0.25, 0.5 / 20]),
                "Rank 0 also occurs when the numberings agree, as every other rank does.",
            ),
            "exchanged": Mistake(
                np.array([0.5 / 20, 0.5 / 20 + 0.5 * 0.5]),
                "You have the two in the other order.",
            ),
        },
        otherwise="Take two cases: chain and truth number alike, or not. What does the histogram look like in each?",
    ),
    Choice(
        word="half",
        title="Half of the points",
        variable="answer_half",
        right="b",
        replies={
            "a": "A wrong posterior need not show in the ranks. Look at the proof: of which data must the truth and"
            " the draws be independent draws of one distribution?",
            "b": "Given the first five points alone, the truth and the draws are independent draws of one"
            " distribution. So every function of the parameters and of those five points has uniform ranks. The"
            " likelihood of all ten tells the truth, which made them, from draws that never saw five of them.",
            "c": "The likelihood of all ten points knows something that the draws do not: five points that only the"
            " true parameters have made. How well do those parameters fit them, compared with the draws?",
            "d": "The first part is right. Go through the proof with the first five points in place of y: which"
            " test quantities does it allow?",
        },
    ),
    Function(
        word="shape",
        title="The shape, computed",
        variable="rank_probabilities",
        reference=lambda b, c, L: _rank_probabilities(lambda t: ndtr((t - b) / c), L),
        calls=[(0.0, 1.0, 3), (0.0, 0.5, 3), (1.0, 1.0, 4), (-0.5, 2.0, 9), (0.3, 0.7, 19)],
        within=1e-5,
        mistakes={
            "exchanged": Mistake(
                lambda b, c, L: _rank_probabilities(lambda t: ndtr(b + c * t), L)[::-1],
                "You averaged over where a draw lies and counted truths below it. In one data set there is one"
                " truth, with standard normal density, and there are L draws with mean b and scale c.",
            ),
            "variance-for-scale": Mistake(
                lambda b, c, L: _rank_probabilities(lambda t: ndtr((t - b) / c**2), L),
                "`norm` takes a standard deviation, and here c is one. You gave it a variance, as the sampler of"
                " this chapter did.",
            ),
            "counted-above": Mistake(
                lambda b, c, L: _rank_probabilities(lambda t: 1 - ndtr((t - b) / c), L),
                "Your histogram leans the wrong way: it counts the draws above the truth, or has the sign of b"
                " wrong. If the draws are too low, are high ranks frequent or rare?",
            ),
            "one-order-only": Mistake(
                lambda b, c, L: _rank_probabilities(lambda t: ndtr((t - b) / c), L, np.ones(L + 1)),
                "You have the probability that j given draws are below the truth and all others above. In how many"
                " ways can the j be chosen?",
            ),
            "truth-at-its-mean": Mistake(
                _at_the_mean,
                "You put the truth at 0. It has a posterior of its own: average over where it may lie.",
            ),
            "not-standardized": Mistake(
                lambda b, c, L: _rank_probabilities(lambda t: ndtr(b + c * t), L),
                "A draw is b + c x with a standard normal x. You put the truth in the place of x. For which x is "
                "the draw below t?",
            ),
        },
        otherwise="With b = 0 and c = 1 each of the L + 1 ranks has the same probability. Fix the truth first.",
    ),
    Value(
        word="liu",
        title="The wrong step, by hand",
        variable="kept",
        expected=VISITED / VISITED.sum(),
        within=0.0006,
        mistakes={
            "target": Mistake(
                PI,
                "That is what Liu's own step keeps, by rejecting now and then. How often does this one reject?",
            ),
            "one-step": Mistake(
                AFTER_ONE,
                "That is the distribution after one step from the target. The stationary one stays what it is; take"
                " more steps, or solve for it.",
            ),
            "transposed": Mistake(
                np.full(3, 1 / 3),
                "A uniform vector solves the transposed equation, whatever the step, because every row of a"
                " transition matrix sums to 1. The vector has to stand on the left of the matrix.",
            ),
            "not-normalized": Mistake(
                VISITED,
                "The proportions are right, but probabilities sum to 1.",
            ),
            "inverted": Mistake(
                INVERTED / INVERTED.sum(),
                "Two mistakes lead here. An acceptance probability cannot be above 1: is the min there? Or a factor"
                " is upside down: the flow from x to u is the share of x times a proposal that has 1 minus the"
                " target's x in the denominator.",
            ),
        },
        otherwise="Compute the acceptance probability for all pairs first. Then look for shares with which as much"
        " flows back as forth.",
    ),
    Function(
        word="variance",
        title="Unknown scales",
        variable="draw_variance",
        # an inverse gamma variable with half-whole shape is a constant over a sum of squared normal ones
        reference=lambda x, mu, rng: (1 + _square(x, mu)) / (rng.standard_normal(len(x) + 4) ** 2).sum(),
        measure=_log_draws,
        within=5 * _log_errors(),
        mistakes={
            "not-halved": Mistake(
                lambda x, mu, rng: (0.5 + _square(x, mu)) / rng.gamma(2 + len(x) / 2),
                "Your draws are too large, nearly by a factor of two where there are many points. Look at the"
                " exponent of the normal density: what stands before the square?",
            ),
            "prior-forgotten": Mistake(
                lambda x, mu, rng: 0.5 * _square(x, mu) / rng.gamma(len(x) / 2),
                "The draws follow from the likelihood alone. The prior adds to the shape and to the scale, as it"
                " adds 1 to the counts of the weights.",
            ),
            "scale-inverted": Mistake(
                lambda x, mu, rng: 1 / rng.gamma(2 + len(x) / 2, 0.5 + 0.5 * _square(x, mu)),
                "NumPy's `gamma` takes a scale, and the inverse of a scale where it should stand is a rate. Do more"
                " scattered points make your variance larger or smaller?",
            ),
            "precision": Mistake(
                lambda x, mu, rng: rng.gamma(2 + len(x) / 2) / (0.5 + 0.5 * _square(x, mu)),
                "You return the precision, one over the variance.",
            ),
            "own-mean": Mistake(
                lambda x, mu, rng: (0.5 + 0.5 * _square(x, x.mean())) / rng.gamma(2 + len(x) / 2),
                "The squares are taken around the mean of the points. In a Gibbs step the location is given; which"
                " distance does the likelihood contain?",
            ),
        },
        otherwise="For no points at all a draw has to come from the prior, whose log has the mean"
        f" {np.log(0.5) - digamma(2):.3f}. Return the variance, not its root.",
    ),
]
