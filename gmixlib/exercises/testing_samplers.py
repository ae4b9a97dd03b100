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


def _powers(count: int) -> tuple:
    """Mean square and mean fourth power of the distance from the centre of so many equally likely neighbours."""
    return (count**2 - 1) / 12, (count**2 - 1) * (3 * count**2 - 7) / 240


def _discrete(count: int) -> tuple:
    """Mean and variance of the squared distance from the centre of so many equally likely neighbours."""
    second, fourth = _powers(count)
    return second, fourth - second**2


def _from_one(ranks: np.ndarray, L: int) -> np.ndarray:
    return _scores(ranks, _discrete(L), L + 1)


def _own_variance(ddof: int) -> Callable:
    def scores(ranks: np.ndarray, L: int) -> np.ndarray:
        square = (ranks - L / 2) ** 2
        errors = np.array([ranks.std(ddof=ddof), square.std(ddof=ddof)]) / np.sqrt(len(ranks))
        return np.array([ranks.mean() - L / 2, square.mean() - L * (L + 2) / 12]) / errors

    return scores


def _by_listing(
    second: Callable = lambda r, L, mean: (r - L / 2) ** 2,
    error: Callable = np.std,
) -> Callable:
    """Scores whose moments are sums over all possible ranks, with a wrong step."""

    def scores(ranks: np.ndarray, L: int) -> np.ndarray:
        possible, found = np.arange(L + 1), []
        for f in (lambda r, mean: r, lambda r, mean: second(r, L, mean)):
            exact = f(possible, possible.mean())
            off = f(ranks, ranks.mean()).mean() - exact.mean()
            found.append(off / error(exact) * np.sqrt(len(ranks)))
        return np.array(found)

    return scores


def _with_errors(variances: Callable) -> Callable:
    """Scores with the right averages, over wrong variances of a rank and of its square."""

    def scores(ranks: np.ndarray, L: int) -> np.ndarray:
        off = [ranks.mean() - L / 2, ((ranks - L / 2) ** 2).mean() - L * (L + 2) / 12]
        return np.array(off) * np.sqrt(len(ranks) / np.array(variances(L)))

    return scores


def _right_scores(ranks: np.ndarray, L: int) -> np.ndarray:
    return _scores(ranks, _discrete(L + 1), L)


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


def _binomial(p: float, L: int) -> np.ndarray:
    j = np.arange(L + 1)
    return comb(L, j) * p**j * (1 - p) ** (L - j)


def _with_flat_truth(b: float, c: float, L: int) -> np.ndarray:
    t = np.linspace(-8, 8, 3_201)
    return np.mean([_binomial(p, L) for p in ndtr((t - b) / c)], axis=0)


# A step that accepts every proposal, in proportion to pi among the other categories, has flows proportional to
# pi_x pi_u from x to u if x is visited in proportion to pi_x (1 - pi_x): as much forth as back.
PI = np.array([0.4, 0.3, 0.3])
VISITED = PI * (1 - PI)
INVERTED = PI / (1 - PI)
AFTER_ONE = np.array([sum(PI[x] * PI[u] / (1 - PI[x]) for x in range(3) if x != u) for u in range(3)])

# Points of a component, its location, and how many draws are made. Means and distances are such that no two mistakes
# look alike.
POINTS = [
    (np.linspace(-0.5, 2.5, 12), -0.5, 1_000),
    (np.array([-1.7]), 0.8, 1_000),
    (np.array([]), 0.3, 250),
]
STATISTICS = [
    f"{of} of the log of a draw for {points}"
    for points in ("12 points", "a single point", "no points")
    for of in ("the mean", "the standard deviation")
]
GROSS = 0.2  # of a mean of logs


def _square(x: np.ndarray, mu: float) -> float:
    return ((x - mu) ** 2).sum()


def _exact_logs(x: np.ndarray, mu: float) -> tuple:
    """Mean and standard deviation of the log of a right draw."""
    shape = 2 + len(x) / 2
    return np.log(0.5 + 0.5 * _square(x, mu)) - digamma(shape), np.sqrt(polygamma(1, shape))


def _log_draws(draw: Callable) -> np.ndarray:
    """Mean and standard deviation of the log of draws, for each set of points.

    Few points are left to those who are not far off with many: without the prior, a shape of 0 or 1/2 makes draws that
    are errors or all but arbitrary.
    """
    found: list[tuple] = []
    for number, (x, mu, count) in enumerate(POINTS):
        if number and not np.abs(found[0][0] - _exact_logs(*POINTS[0][:2])[0]) < GROSS:
            found.append(_exact_logs(x, mu))
            continue
        bits = np.random.PCG64([8, number])
        rng = np.random.Generator(bits)
        draws = []
        for _ in range(count):
            bits.advance(1_000)  # an answer gets a copy, which does not move this one on
            draws.append(np.asarray(draw(x, mu, rng)).item())
        with np.errstate(all="ignore"):
            logs = np.log(draws)
            found.append((logs.mean(), logs.std()))
    return np.concatenate(found)


def _log_errors() -> np.ndarray:
    """Standard errors of a difference between two such statistics.

    The log of an inverse gamma variable with shape a has the variance trigamma(a).
    """
    shape, count = np.array([(2 + len(x) / 2, count) for x, _, count in POINTS]).T
    variance = polygamma(1, shape)
    kurtosis = polygamma(3, shape) / variance**2 + 3
    of_spread = variance * (kurtosis - 1) / 4
    return np.sqrt(2 * np.stack([variance / count, of_spread / count], axis=1)).ravel()


def _inverse_gamma(
    shape: Callable = lambda n: 2 + n / 2,
    square: Callable = _square,
    scale: Callable = lambda q: 0.5 + 0.5 * q,
    power: float = 1.0,
) -> Callable:
    """A draw by a gamma variable; the settings are wrong steps."""
    return lambda x, mu, rng: (scale(square(x, mu)) / rng.gamma(shape(len(x)))) ** power


EXERCISES: list[Exercise] = [
    Function(
        word="scores",
        title="Two scores for ranks",
        variable="rank_scores",
        reference=_right_scores,
        calls=[
            (np.array([0, 0, 1, 3]), 3),
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
                _own_variance(ddof=0),
                "The scatter is taken from the ranks themselves. Here the story is known exactly, and so is the"
                " variance that a right sampler would have.",
            ),
            "unbiased-own-variance": Mistake(
                _own_variance(ddof=1),
                "You estimate the scatter from these ranks, with N − 1. Under a right sampler it is known without any"
                " ranks.",
            ),
            "l-values": Mistake(
                _with_errors(lambda L: _discrete(L)),
                "Your standard errors are those of L possible values. How many ranks are there among L draws?",
            ),
            "l-values-throughout": Mistake(
                lambda ranks, L: _scores(ranks, _discrete(L), L),
                "Your moments are those of L equally likely values around L / 2. From 0 to L there is one more.",
            ),
            "one-wider": Mistake(
                lambda ranks, L: _scores(ranks, ((L + 1) ** 2 / 12, (L + 1) ** 4 / 180), L),
                "Those are the moments of a continuous variable on a length of L + 1. Whole values scatter a little"
                " less: sum over them.",
            ),
            "fourth-moment": Mistake(
                _with_errors(lambda L: _powers(L + 1)),
                "The first score is right. In the second you divide by the root of the mean fourth power. A variance is"
                " that less the square of a mean.",
            ),
            "as-if-normal": Mistake(
                _with_errors(lambda L: (L * (L + 2) / 12, 2 * (L * (L + 2) / 12) ** 2)),
                "The first score is right. Twice the squared variance is the variance of the squares of a normal"
                " variable. A rank is uniform.",
            ),
            "sample-variance-of-all": Mistake(
                _by_listing(error=lambda values: values.std(ddof=1)),
                "You took the variance over all possible ranks with one less than their number. They are the whole"
                " distribution and no sample of it.",
            ),
            "around-own-mean": Mistake(
                _by_listing(second=lambda r, L, mean: (r - mean) ** 2),
                "The first score is right. In the second the squares are taken around the average of the ranks, so a"
                " shift does not show. The text says from where.",
            ),
            "not-centred": Mistake(
                _by_listing(second=lambda r, L, mean: r**2),
                "The first score is right. The second is that of the squared rank, which a shift moves most. Measure"
                " the distance from the middle.",
            ),
            "absolute": Mistake(
                _by_listing(second=lambda r, L, mean: np.abs(r - L / 2)),
                "The first score is right. The second is that of the distance itself, and its square is asked for.",
            ),
            "floor": Mistake(
                _by_listing(second=lambda r, L, mean: (r - L // 2) ** 2),
                "The first score is right. For an odd L the middle of the ranks is no whole number: `//` cuts it off.",
            ),
            "sign": Mistake(
                lambda ranks, L: -_right_scores(ranks, L),
                "The signs are the other way round: the average comes first, and its exact mean is taken from it.",
            ),
            "variance-for-scale": Mistake(
                _no_root,
                "You divide by the variance of the average. It is the fault of this chapter's sampler once more: a"
                " score is measured in standard errors.",
            ),
            "exchanged": Mistake(
                lambda ranks, L: _right_scores(ranks, L)[::-1],
                "You have the two in the other order: first the score of the ranks.",
            ),
        },
        otherwise="With L = 3 the ranks 0, 1, 2, 3 have the mean 1.5 and the variance 5/4; their squared distances from"
        " 1.5 are 9/4 and 1/4, with the mean 5/4 and the variance 1.",
        after="A shift of the draws shows in the first score, and a wrong spread in the second. A chi-square test looks in"
        " L directions at once, and so sees less of a shift. But a fault of another shape escapes both scores.",
    ),
    Value(
        word="labelled",
        title="The labelled location",
        variable="chances",
        expected=np.array([0.5 / 20 + 0.5 * 0.5, 0.5 / 20]),
        within=0.0005,
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
            "ten-as-ever": Mistake(
                np.array([np.nan, 1 / 20]),
                "Rank 10 has 1/20 if the numberings agree. What is its chance if they differ, and how often is that?",
            ),
            "no-ten": Mistake(
                np.array([np.nan, 0.0]),
                "Rank 10 does occur: in which of the two cases?",
            ),
            "one-of-two-ends": Mistake(
                np.array([0.5, 0.5 / 20]),
                "The second is right. For the first: if the numberings differ, is the true location below all draws"
                " every time?",
            ),
            "differing-alone": Mistake(
                np.array([0.5 / 2 + 1 / 20, np.nan]),
                "In the first number one of the two cases has its whole weight. Each occurs in half of the data sets.",
            ),
        },
        otherwise="Take two cases: chain and truth number alike, or not. What does the histogram look like in each?",
        after="So the test calls a right sampler wrong. Its draws are those of one half of the posterior: as a sampler of"
        " the whole it does not mix, and the ranks say so. To exchange the two numbers by the toss of a coin after each"
        " sweep makes them uniform.",
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
        calls=[(0.0, 1.0, 3), (0.0, 0.5, 3), (1.0, 1.0, 4), (-0.5, 1.5, 9), (0.3, 0.7, 19)],
        within=5e-6,
        mistakes={
            "exchanged": Mistake(
                lambda b, c, L: _rank_probabilities(lambda t: ndtr(b + c * t), L)[::-1],
                "Two mistakes lead here. You averaged over where a draw lies and counted truths below it; or you"
                " multiply t by c. The truth is standard normal, the draws have the mean b and the scale c, and the"
                " question is how probably a draw is below t.",
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
                lambda b, c, L: _binomial(ndtr(-b / c), L),
                "You put the truth at 0. It has a posterior of its own: average over where it may lie.",
            ),
            "not-standardized": Mistake(
                lambda b, c, L: _rank_probabilities(lambda t: ndtr(b + c * t), L),
                "A draw is b + c x with a standard normal x. Either you put the truth in the place of x, or truth and"
                " draws have changed places. If the truth is at t, for which x is the draw below it?",
            ),
            "root-of-scale": Mistake(
                lambda b, c, L: _rank_probabilities(lambda t: ndtr((t - b) / np.sqrt(c)), L),
                "You divided by the root of c, as if it were a variance. It is a scale already.",
            ),
            "averaged-too-early": Mistake(
                lambda b, c, L: _binomial(ndtr(-b / np.sqrt(1 + c**2)), L),
                "You averaged the probability of a draw below the truth first, and then counted L draws as if they were"
                " independent. They share one truth: where it is high, all of them are likely to be below it.",
            ),
            "flat-truth": Mistake(
                _with_flat_truth,
                "You weigh all places of the truth from −8 to 8 alike. It has a density of its own.",
            ),
            "uniform": Mistake(
                lambda b, c, L: np.full(L + 1, 1 / (L + 1)),
                "You have a flat histogram for all b and c, as from an exact sampler. Truth and draws have one distribution"
                " with b = 0 and c = 1 alone.",
            ),
            "scale-of-truth": Mistake(
                lambda b, c, L: _rank_probabilities(lambda t: ndtr(t - b / c), L),
                "You gave the scale c to the truth as well. Its scale is 1, whatever the sampler does.",
            ),
            "no-shift": Mistake(
                lambda b, c, L: _rank_probabilities(lambda t: ndtr(t / c), L),
                "Your probabilities do not depend on b.",
            ),
            "no-scale": Mistake(
                lambda b, c, L: _rank_probabilities(lambda t: ndtr(t - b), L),
                "Your probabilities do not depend on c.",
            ),
            "last-rank-missing": Mistake(
                lambda b, c, L: _rank_probabilities(lambda t: ndtr((t - b) / c), L)[:-1],
                "The last rank is missing: all L draws may lie below the truth.",
            ),
        },
        otherwise="With b = 0 and c = 1 each of the L + 1 ranks has the same probability. Hold the truth at a known t"
        " first. Do your probabilities sum to 1? If not, are the step of the grid and the density of the truth there? If they are near, and not right"
        " to five decimals: take a wider or a finer grid. A simulation does not come so far.",
        late="It took longer than 10 seconds. A grid of a few thousand places of the truth is fine enough; take all of them"
        " at once, as an array.",
        after="With b = 0 and c = 1 all ranks are equally likely. Draws that are too narrow, c < 1, make both ends stick"
        " out; too wide ones make a hump; and if they are too low, b < 0, high ranks are frequent.",
    ),
    Value(
        word="liu",
        title="The wrong step, by hand",
        variable="kept",
        expected=VISITED / VISITED.sum(),
        within=0.0005,
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
                "From equal shares more flows to the first category than back. If you solved an equation, it was the"
                " transposed one: every row of a transition matrix sums to 1, and the vector has to stand on the left"
                " of the matrix.",
            ),
            "transposed-of-length-one": Mistake(
                np.full(3, 3**-0.5),
                "That is an eigenvector of length 1 of the matrix, with the vector on its right. Take the one on the left,"
                " and divide by its sum.",
            ),
            "of-length-one": Mistake(
                VISITED / np.linalg.norm(VISITED),
                "The proportions are right, but the vector has length 1, as eigenvectors of NumPy have. Probabilities"
                " have another sum.",
            ),
            "of-the-chapter": Mistake(
                np.array([0.5, 0.3, 0.2]),
                "Those are the probabilities of the chapter's example. Here pi is (0.4, 0.3, 0.3), and it is not what this"
                " step keeps.",
            ),
            "complements": Mistake(
                (1 - PI) / 2,
                "Those are in proportion to 1 − pi. It is a part of the answer: a category is also proposed in proportion"
                " to something.",
            ),
            "squares": Mistake(
                PI**2 / (PI**2).sum(),
                "Those are in proportion to the squares of pi, more uneven than the target. This step leaves the largest"
                " category more often than Liu's. Do the shares become more even, or less?",
            ),
            "both-roots": Mistake(
                np.sqrt(PI) / np.sqrt(PI).sum(),
                "Those are in proportion to the roots of pi. Flatter than the target is right; write down the flows to see"
                " by how much.",
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
        after="The step never rejects, and what it keeps is flatter than the target. With equal probabilities of 1/3 Liu's"
        " step does not reject either: both are the same step then, and no test can tell them apart. Test a step where"
        " the fault would show.",
    ),
    Function(
        word="variance",
        title="Unknown scales",
        variable="draw_variance",
        # an inverse gamma variable with half-whole shape is a constant over a sum of squared normal ones
        reference=lambda x, mu, rng: (1 + _square(x, mu)) / (rng.standard_normal(len(x) + 4) ** 2).sum(),
        measure=_log_draws,
        within=5 * _log_errors(),
        statistics=STATISTICS,
        seeded=(np.array([0.2, 1.1]), 0.4, np.random.default_rng(8)),
        mistakes={
            "not-halved": Mistake(
                _inverse_gamma(scale=lambda q: 0.5 + q),
                "Your draws are too large, nearly by a factor of two where there are many points. Look at the"
                " exponent of the normal density: what stands before the square?",
            ),
            "whole-count": Mistake(
                _inverse_gamma(lambda n: 2 + n),
                "Each point raises your shape by 1. The normal density has sigma to the power −1: what power of the"
                " variance is that?",
            ),
            "one-less": Mistake(
                _inverse_gamma(lambda n: 2 + (n - 1) / 2),
                "Your shape has n − 1 points. That is for a location that is not known, and here it is given.",
            ),
            "one-less-if-any": Mistake(
                _inverse_gamma(lambda n: 2 + max(n - 1, 0) / 2),
                "With points your shape has one too few of them, and without points it is right. The location is given,"
                " and uses up none.",
            ),
            "exponent-for-shape": Mistake(
                _inverse_gamma(lambda n: 3 + n / 2),
                "Your shape is the exponent of 1/v in the density. By the text that is the shape plus 1.",
            ),
            "shape-too-low": Mistake(
                _inverse_gamma(lambda n: 1 + n / 2),
                "Your shape is too low by 1. InverseGamma(2, 1/2) has the shape 2, and its density the power −3: which of"
                " the two does a point add to?",
            ),
            "prior-forgotten": Mistake(
                _inverse_gamma(lambda n: n / 2, scale=lambda q: 0.5 * q),
                "The draws follow from the likelihood alone. The prior adds to the shape and to the scale, as it"
                " adds 1 to the counts of the weights.",
            ),
            "prior-upside-down": Mistake(
                _inverse_gamma(scale=lambda q: 2 + 0.5 * q),
                "You took 2 for the scale of the prior. Its density has e to the power −1/(2v): which scale is that?",
            ),
            "scale-inverted": Mistake(
                lambda x, mu, rng: 1 / rng.gamma(2 + len(x) / 2, 0.5 + 0.5 * _square(x, mu)),
                "NumPy's `gamma` takes a scale, and the inverse of a scale where it should stand is a rate. Do more"
                " scattered points make your variance larger or smaller?",
            ),
            "precision": Mistake(
                _inverse_gamma(power=-1.0),
                "You return the precision, one over the variance.",
            ),
            "root": Mistake(
                _inverse_gamma(power=0.5),
                "You return the standard deviation. The prior is one of the variance, and the variance is asked for.",
            ),
            "own-mean": Mistake(
                _inverse_gamma(square=lambda x, mu: _square(x, x.mean()) if len(x) else 0.0),
                "The squares are taken around the mean of the points. In a Gibbs step the location is given; which"
                " distance does the likelihood contain?",
            ),
            "no-location": Mistake(
                _inverse_gamma(square=lambda x, mu: _square(x, 0.0)),
                "Your draws do not depend on `mu`. The squares are those of the distances from the location.",
            ),
            "wrong-side": Mistake(
                _inverse_gamma(square=lambda x, mu: _square(x, -mu)),
                "You added `mu` to the points. Their distance from it is a difference.",
            ),
            "square-of-the-sum": Mistake(
                _inverse_gamma(square=lambda x, mu: (x - mu).sum() ** 2),
                "You squared the sum of the distances. Each distance is squared first, then they are added.",
            ),
            "absolute": Mistake(
                _inverse_gamma(square=lambda x, mu: np.abs(x - mu).sum()),
                "You added the distances themselves. The normal density has their squares.",
            ),
            "mean-of-squares": Mistake(
                _inverse_gamma(square=lambda x, mu: _square(x, mu) / max(len(x), 1)),
                "You took the mean of the squares. Each point brings a factor of its own, so their sum counts.",
            ),
            "mean-of-none": Mistake(
                _inverse_gamma(square=lambda x, mu: _square(x, mu) if len(x) else np.nan),
                "With points your draws are right. Without any you take the mean of nothing, which is no number: a sum of"
                " nothing is 0.",
            ),
        },
        otherwise="A draw is inverse gamma, of the shape and the scale that come out when the prior and a factor for each"
        f" point are multiplied. Without points it is from the prior, whose log has the mean {np.log(0.5) - digamma(2):.3f}.",
        after="A component without points draws from the prior; with a flat one there would be no distribution to draw from."
        " If the sum of squares were not halved, the truth would lie below most draws, and the ranks of the scales would"
        " pile up at 0.",
    ),
]
