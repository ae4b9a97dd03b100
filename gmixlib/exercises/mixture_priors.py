"""Exercises on a prior for a mixture."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaincinv, logsumexp
from scipy.stats import norm

from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Value

LOG_SQRT_2PI = 0.5 * np.log(2 * np.pi)


def _common_scale(y: np.ndarray, r: np.ndarray, alpha: float, beta: float) -> float:
    """Where the derivative of the expected log joint density with respect to the log variance is 0."""
    apart = (y[:, np.newaxis] - y) ** 2
    squares = sum(
        column @ apart @ column / (2 * column.sum()) for column in r.T
    )  # by pairs, without a location

    def slope(log_variance: float) -> float:
        return (squares / 2 + beta) * np.exp(-log_variance) - (r.sum() / 2 + alpha + 1)

    return float(np.exp(brentq(slope, -40, 40, xtol=1e-14) / 2))


def _squares(y: np.ndarray, r: np.ndarray) -> np.ndarray:
    mu = y @ r / r.sum(axis=0)
    return (r * (y[:, np.newaxis] - mu) ** 2).sum(axis=0)


def _scale_with(variance: Callable) -> Callable:
    """A scale from sums of squares and sizes of the components, and the prior's parameters."""
    return lambda y, r, alpha, beta: np.sqrt(variance(_squares(y, r), r.sum(axis=0), alpha, beta))


def _around_one_centre(y: np.ndarray, r: np.ndarray, alpha: float, beta: float) -> float:
    squares = r.sum(axis=1) @ (y - y.mean()) ** 2
    return float(np.sqrt((squares + 2 * beta) / (y.size + 2 * alpha + 2)))


def _not_over_sizes(y: np.ndarray, r: np.ndarray, alpha: float, beta: float) -> float:
    squares = (r * (y[:, np.newaxis] - y @ r / y.size) ** 2).sum()
    return float(np.sqrt((squares + 2 * beta) / (y.size + 2 * alpha + 2)))


def _with_squared_weights(y: np.ndarray, r: np.ndarray, alpha: float, beta: float) -> float:
    squares = ((r * (y[:, np.newaxis] - y @ r / r.sum(axis=0))) ** 2).sum()
    return float(np.sqrt((squares + 2 * beta) / (y.size + 2 * alpha + 2)))


def _hard(y: np.ndarray, r: np.ndarray, alpha: float, beta: float) -> float:
    """Each point is given to the component that is most responsible for it."""
    owner = np.eye(r.shape[1])[r.argmax(axis=1)]
    occupied = owner[:, owner.any(axis=0)]
    return np.sqrt((_squares(y, occupied).sum() + 2 * beta) / (y.size + 2 * alpha + 2))


def _pole(
    y: np.ndarray, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, at: float, tiny: float = 1e-100
) -> tuple:
    """Power of the pole, and its constant read off the likelihood at a scale as good as 0."""
    mu, sigma = np.append(mu[:-1], at), np.append(sigma[:-1], tiny)
    height = logsumexp(np.log(w) + norm.logpdf(y[:, np.newaxis], mu, sigma), axis=1)
    power = np.count_nonzero(y == at)
    return power, height.sum() + power * np.log(tiny)


def _one(at_spike: np.ndarray) -> int:
    return 1


def _pole_with(
    *,
    power: Callable = np.count_nonzero,
    spikes: Callable = np.count_nonzero,
    log: Callable = np.log,
    rest: Callable = np.logical_not,
    weights: Callable = lambda w: w[:-1],
    norming: float = LOG_SQRT_2PI,
    total: Callable = lambda log_p: logsumexp(log_p, axis=1),
    components: int | None = None,
) -> Callable:
    """The same by its formula, with a wrong step: each setting is a part of the formula.

    Which points are at the spike's place tells the power, the number of the spike's terms, and the rest of the points.
    The rest have the density of as many components as there are weights.
    """

    def pole(y: np.ndarray, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, at: float) -> tuple:
        at_spike, others = y == at, weights(w)[:components]
        k = others.size
        log_p = np.log(others) + norm.logpdf(y[rest(at_spike), np.newaxis], mu[:k], sigma[:k])
        constant = spikes(at_spike) * (log(w[-1]) - norming) + total(log_p).sum()
        return power(at_spike), constant

    return pole


def _with_old_scale(y: np.ndarray, w: np.ndarray, mu: np.ndarray, sigma: np.ndarray, at: float) -> tuple:
    power, constant = _pole(y, w, mu, sigma, at)
    return power, constant - power * np.log(sigma[-1])


def _plain_sum(log_p: np.ndarray) -> np.ndarray:
    """As naive code adds the densities up: 0 for a point that is far from all."""
    return np.log(np.exp(log_p).sum(axis=1))


def _between(low: float, high: float, tail: float = 0.01) -> tuple[float, float]:
    """Shape and scale by bisection of the shape, with the quantiles of the precision, a gamma variable."""

    def too_wide(log_shape: float) -> float:
        narrow, wide = gammaincinv(np.exp(log_shape), [tail, 1 - tail])
        return np.log(wide / narrow) - 2 * np.log(high / low)

    shape = np.exp(brentq(too_wide, np.log(0.05), np.log(5000), xtol=1e-14))
    return shape, high**2 * gammaincinv(shape, tail)


def _variance_between(low: float, high: float) -> tuple[float, float]:
    return _between(np.sqrt(low), np.sqrt(high))


def _gamma_variance(low: float, high: float) -> tuple[float, float]:
    """A gamma distribution with this shape and rate, for the variance itself."""
    shape, _ = _between(low, high)
    return shape, gammaincinv(shape, 0.01) / low**2


def _inverted(low: float, high: float) -> tuple[float, float]:
    shape, scale = _between(low, high)
    return shape, 1 / scale


def _other_order(low: float, high: float) -> tuple[float, float]:
    return _between(low, high)[::-1]


def _by_moments(low: float, high: float) -> tuple[float, float]:
    """As if the variance were normal, with its quantiles there."""
    mean, sd = (low**2 + high**2) / 2, (high**2 - low**2) / (2 * norm.ppf(0.99))
    shape = 2 + (mean / sd) ** 2
    return shape, mean * (shape - 1)


def _by_log_moments(low: float, high: float) -> tuple[float, float]:
    """As if the log variance were normal, with a variance of one over the shape."""
    shape = (norm.ppf(0.99) / np.log(high / low)) ** 2
    return shape, shape * low * high


K, GAMMA, LAM = 6, 1.0, 0.05  # of the exercise on a pair


def _together() -> float:
    """Probability that the second of two points joins the first in Polya's urn."""
    return (1 + GAMMA) / (1 + K * GAMMA)


def _pair(together: float, given_together: float) -> np.ndarray:
    """That two are together, and their correlation, which is 0 unless they are."""
    return np.array([together, together * given_together])


GIVEN = (1 / LAM) / (1 + 1 / LAM)  # the share of the location in the variance of a point

EXERCISES: list[Exercise] = [
    Function(
        word="common",
        title="One scale for all",
        variable="common_scale",
        reference=_common_scale,
        calls=[
            (np.array([1.0, 2.0, 6.0]), np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), 2.0, 1.0),
            (np.array([4.0]), np.array([[0.7, 0.3]]), 2.0, 1.0),
            (np.array([1.0, 2.0, 6.0, 4.0]), np.ones((4, 1)), 3.0, 0.5),
            (
                np.array([-1.0, 0.5, 3.0, 7.0, 8.5]),
                np.array([[0.8, 0.2, 0], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0, 0.4, 0.6], [0, 0.1, 0.9]]),
                0.5,
                4.0,
            ),
            (np.array([1.0, 2.0, 6.0]), np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9]]), -1.0, 0.0),
        ],
        within=1e-8,
        mistakes={
            "prior-for-each": Mistake(
                _scale_with(lambda q, n, a, b: (q + 2 * b).sum() / (n + 2 * a + 2).sum()),
                "You counted the prior once for each component. There is one variance now. How many factors of its"
                " prior has the joint density?",
            ),
            "average-of-variances": Mistake(
                _scale_with(lambda q, n, a, b: ((q + 2 * b) / (n + 2 * a + 2)).mean()),
                "You updated each variance for itself and averaged. A small component would count as much as a"
                " large one. Write down the sum that the step maximizes and set its derivative to 0.",
            ),
            "average-of-scales": Mistake(
                lambda *arguments: _scale_with(lambda q, n, a, b: (q + 2 * b) / (n + 2 * a + 2))(
                    *arguments
                ).mean(),
                "You averaged the scales of the components. Write down the sum that the step maximizes, with one"
                " variance in all of its terms.",
            ),
            "weighted-average": Mistake(
                _scale_with(lambda q, n, a, b: n @ ((q + 2 * b) / (n + 2 * a + 2)) / n.sum()),
                "You averaged the components' own variances by their sizes. That is right without a prior; with it"
                " each of them has used the prior once already.",
            ),
            "own-scales": Mistake(
                _scale_with(lambda q, n, a, b: (q + 2 * b) / (n + 2 * a + 2)),
                "Those are the scales of the components, each from its own points. Asked is the single scale that"
                " they share.",
            ),
            "variance": Mistake(
                _scale_with(lambda q, n, a, b: ((q.sum() + 2 * b) / (n.sum() + 2 * a + 2)) ** 2),
                "That is the variance. The scale is its root.",
            ),
            "mean": Mistake(
                _scale_with(lambda q, n, a, b: (q.sum() + 2 * b) / (n.sum() + 2 * a - 2)),
                "That variance is a mean of an inverse gamma distribution. EM climbs to where its density is"
                " highest.",
            ),
            "density-of-the-scale": Mistake(
                _scale_with(lambda q, n, a, b: (q.sum() + 2 * b) / (n.sum() + 2 * a + 1)),
                "You turned the prior into a density of the scale, whose mode is elsewhere. The chapter maximizes the"
                " likelihood times the density of the variance as it is given.",
            ),
            "prior-forgotten": Mistake(
                _scale_with(lambda q, n, a, b: q.sum() / n.sum()),
                "Without the prior you would be right. Which of the terms contain `alpha` and `beta`?",
            ),
            "not-doubled": Mistake(
                _scale_with(lambda q, n, a, b: (q.sum() + b) / (n.sum() + a + 1)),
                "In the log of a normal density the squares have a factor of one half, and beta has none. Which"
                " multiple of beta stands beside the squares?",
            ),
            "counted-for-each": Mistake(
                _scale_with(lambda q, n, a, b: (q.sum() + 2 * b) / (n.sum() * n.size + 2 * a + 2)),
                "You counted every observation once for each component. The responsibilities of a point add up to 1.",
            ),
            "one-centre": Mistake(
                _around_one_centre,
                "You took the squares around the mean of all points. The scale is shared, the locations are not.",
            ),
            "hard": Mistake(
                _hard,
                "You gave each point to one component. A point counts for each with its responsibility.",
            ),
            "repeated": Mistake(
                lambda y, r, alpha, beta: np.full(r.shape[1], _common_scale(y, r, alpha, beta)),
                "The value is right. Return it once, as a number: there is one scale.",
            ),
            "own-squares": Mistake(
                _scale_with(lambda q, n, a, b: (q + 2 * b) / (n.sum() + 2 * a + 2)),
                "Your denominator has all points, and each numerator has the squares of one component. There is one"
                " scale: add the squares up.",
            ),
            "prior-for-each-in-the-denominator": Mistake(
                _scale_with(lambda q, n, a, b: (q.sum() + 2 * b) / (n.sum() + 2 * a + 2 * n.size)),
                "You have 2 in the denominator once for each component. It belongs to the prior, and of that there is"
                " one factor.",
            ),
            "all-of-the-prior-below": Mistake(
                _scale_with(lambda q, n, a, b: (q.sum() + 2 * b) / (n.sum() + n.size * (2 * a + 2))),
                "Above, the prior is there once, and below once for each component. There is one variance, with one prior.",
            ),
            "beta-for-each": Mistake(
                _scale_with(lambda q, n, a, b: (q.sum() + 2 * b * n.size) / (n.sum() + 2 * a + 2)),
                "You added beta once for each component. There is one variance, and so one factor of its prior.",
            ),
            "degrees-of-freedom": Mistake(
                _scale_with(lambda q, n, a, b: (q.sum() + 2 * b) / (n.sum() - n.size + 2 * a + 2)),
                "You subtracted the number of locations, as for an unbiased variance. A step of EM maximizes: set the"
                " derivative to 0 and see which number of points is left.",
            ),
            "beta-not-doubled": Mistake(
                _scale_with(lambda q, n, a, b: (q.sum() + b) / (n.sum() + 2 * a + 2)),
                "Your denominator is right. Above, the squares come with a factor of one half in the log density, and beta"
                " without.",
            ),
            "shape-not-doubled": Mistake(
                _scale_with(lambda q, n, a, b: (q.sum() + 2 * b) / (n.sum() + a + 1)),
                "Your numerator is right. Below, each point has a factor of one half, and alpha + 1 has none.",
            ),
            "no-two-below": Mistake(
                _scale_with(lambda q, n, a, b: (q.sum() + 2 * b) / (n.sum() + 2 * a)),
                "The density has the power alpha + 1 of the variance and not alpha.",
            ),
            "locations-over-all": Mistake(
                _not_over_sizes,
                "Your locations are divided by the number of all points. Each is a mean over the points of its component,"
                " whose size is the sum of its responsibilities.",
            ),
            "responsibilities-squared": Mistake(
                _with_squared_weights,
                "You multiplied the distances by the responsibilities before you squared. A responsibility is the weight of"
                " a square, and is not squared itself.",
            ),
        },
        otherwise="One point that is all its component's has no square. With `alpha = 2` and `beta = 1` its scale"
        " comes out as the root of 2/7.",
        after="Without the prior the scale can fall to 0 only if every point sits on the location of its component, which"
        " takes at most K different values. The galaxies have 82: one common scale leaves no pole.",
    ),
    Function(
        word="ties",
        title="Equal observations",
        variable="pole",
        reference=_pole,
        calls=[
            (
                np.array([0.0, 1.0, 5.0]),
                np.array([0.6, 0.4]),
                np.array([0.5, 4.0]),
                np.array([1.0, 2.0]),
                5.0,
            ),
            (
                np.array([52.0, 54.0, 78.0, 78.0, 78.0, 81.0]),
                np.array([0.3, 0.5, 0.2]),
                np.array([54.0, 80.0, 79.0]),
                np.array([6.0, 5.0, 4.0]),
                78.0,
            ),
            (
                np.array([3.0, 3.0, 1.0]),
                np.array([0.3, 0.7]),
                np.array([0.0, 3.0]),
                np.array([1.0, 1.0]),
                3.0,
            ),
            (
                np.array([2.0, 100.0, 2.0, -1.0]),
                np.array([0.1, 0.5, 0.4]),
                np.array([0.0, 1.0, 2.5]),
                np.array([1.0, 2.0, 1.5]),
                2.0,
            ),
            (  # nothing elsewhere
                np.array([-7.0, -7.0]),
                np.array([0.3, 0.2, 0.5]),
                np.array([-6.0, 2.0, 0.0]),
                np.array([1.0, 2.0, 0.5]),
                -7.0,
            ),
            (  # the value lies beyond the others, and beside it another that is not quite it
                np.array([-4.0, 9.0, 9.00001, 9.0, 9.0, 0.0]),
                np.array([0.25, 0.35, 0.4]),
                np.array([-3.0, 9.0, 1.0]),
                np.array([0.5, 2.0, 3.0]),
                9.0,
            ),
        ],
        mistakes={
            "one-point": Mistake(
                _pole_with(
                    power=_one,
                    spikes=_one,
                    rest=lambda at_spike: np.arange(at_spike.size) != at_spike.argmax(),
                ),
                "You let one observation sit under the spike. Equal observations all sit there together, and each"
                " of them has a density that grows.",
            ),
            "counted-once": Mistake(
                _pole_with(spikes=_one),
                "The power counts all the equal observations, and the constant has the spike's term for only one"
                " of them.",
            ),
            "no-weight": Mistake(
                _pole_with(log=lambda w: 0.0),
                "The spike enters the density of a point with its weight. Where is the log of that weight?",
            ),
            "no-constant": Mistake(
                _pole_with(norming=0.0),
                "At its centre a normal density is not 1 over its scale. Which number is missing at the spike?",
            ),
            "renormalized": Mistake(
                _pole_with(weights=lambda w: w[:-1] / (1 - w[-1])),
                "You gave the other components weights that add up to 1. The spike keeps its weight although it"
                " does nothing for the other points, so theirs stay as they are.",
            ),
            "spike-elsewhere": Mistake(
                _pole_with(weights=lambda w: w),
                "The points elsewhere still get density from the last component at its old place. It has moved to"
                " `at`, and with a scale near 0 it reaches nothing else.",
            ),
            "counted-twice": Mistake(
                _pole_with(rest=np.ones_like),
                "The points under the spike are counted twice: next to a density without bound those of the other"
                " components vanish.",
            ),
            "spike-alone": Mistake(
                _pole_with(total=np.zeros_like),
                "Your constant holds the terms of the spike. The observations elsewhere have a density as well, and"
                " it stays as it is when the scale falls.",
            ),
            "underflow": Mistake(
                _pole_with(total=_plain_sum),
                "The formula is right, and the density of a far point underflows: exp(-1000) is 0 for a float, and"
                " its logarithm is lost. Stay in logarithms, as `logsumexp` does.",
            ),
            "other-order": Mistake(
                lambda *arguments: _pole(*arguments)[::-1],
                "You have the two in the other order: first how often the value occurs, then the constant.",
            ),
            "sign": Mistake(
                lambda *arguments: (-_pole(*arguments)[0], _pole(*arguments)[1]),
                "The constant is right. The first of the two is how often the value occurs, and so not negative.",
            ),
            "one-left-out": Mistake(
                _pole_with(rest=lambda at_spike: np.arange(at_spike.size) != at_spike.argmax()),
                "Of the equal observations you left out one only. Under the spike the other components vanish at each of"
                " them.",
            ),
            "two-pi": Mistake(
                _pole_with(norming=2 * LOG_SQRT_2PI),
                "At the spike you divide by 2 pi. At its centre a normal density is 1 over its scale and the root of"
                " 2 pi.",
            ),
            "half-a-log": Mistake(
                _pole_with(norming=LOG_SQRT_2PI / 2),
                "At the spike the log of the root of 2 pi came out as a quarter of the log of 2 pi. How often have you taken"
                " the root?",
            ),
            "multiplied": Mistake(
                _pole_with(norming=-LOG_SQRT_2PI),
                "The root of 2 pi stands below the line, so its log is subtracted.",
            ),
            "small-scale": Mistake(
                lambda y, w, mu, sigma, at: _pole(y, w, mu, sigma, at, tiny=1e-3),
                "Near, since you put in a small scale. c is the limit: which terms have vanished there?",
            ),
            "nearly-equal": Mistake(
                lambda y, *rest: _pole(np.where(np.isclose(y, rest[-1]), rest[-1], y), *rest),
                "You count 9.00001 as equal to 9, as `isclose` does. However near an observation is, a scale that goes to 0"
                " leaves it outside of the spike.",
            ),
            "old-scale": Mistake(
                _with_old_scale,
                "Your spike has the scale that the component came with. The log of the falling scale goes with m, and c has"
                " no scale of the last component.",
            ),
            "weights-forgotten": Mistake(
                _pole_with(weights=np.ones_like, components=-1),
                "The observations elsewhere have densities without weights. Each component counts with its own.",
            ),
            "one-power-less": Mistake(
                lambda *arguments: (_pole(*arguments)[0] - 1, _pole(*arguments)[1]),
                "The constant is right. One power less is what remains after the location is integrated out; here the"
                " location is at the value.",
            ),
        },
        otherwise="Compare with the log likelihood at a scale of 1e-9 and 1e-12: with m times the log of the scale"
        " added to it, the sum has to settle.",
        after="The most frequent wait of Old Faithful, 78 minutes, occurs 15 times. There the likelihood grows like the"
        " scale to the power -15.",
    ),
    Choice(
        word="closes",
        title="Which prior closes the pole?",
        variable="answer_prior",
        right="b",
        replies={
            "a": "An upper limit does nothing at the lower end. Near 0 this density is a constant, and the integral"
            " over a power of -14 diverges there.",
            "b": "Its density near 0 falls faster than any power of the scale, so it beats a power of -14, and that"
            " of any number of equal waits. The inverse gamma prior of the variance does the same.",
            "c": "It forbids no small scale: near 0 its density is almost a constant. The long tail is at the other"
            " end.",
            "d": "Its density falls to 0 with the scale, and only in proportion to it. That turns the power of -14"
            " into -13. From which power on does the integral converge at 0?",
        },
    ),
    Function(
        word="between",
        title="Scales between two numbers",
        variable="shape_and_scale",
        reference=_between,
        calls=[(0.5, 20.0), (0.3, 3.0), (2.0, 15.0), (1.0, 1.5), (5.0, 500.0)],
        within=5e-5,  # four decimals are asked for
        mistakes={
            "two-per-cent-each": Mistake(
                lambda low, high: _between(low, high, 0.02),
                "You left two per cent on each side, so only 96 lie between. Two per cent are for both together.",
            ),
            "one-side": Mistake(
                lambda low, high: _between(low, high, 0.005),
                "You left half a per cent on each side, and 99 lie between. How many lie outside of 98?",
            ),
            "variance-between": Mistake(
                _variance_between,
                "You put the variance between the two numbers. They are scales: where is the variance when the scale"
                " is at `low`?",
            ),
            "gamma-for-the-variance": Mistake(
                _gamma_variance,
                "Your shape is right. But the scale belongs to a gamma distribution of the variance, and it is one"
                " over the variance that has such a distribution.",
            ),
            "rate-inverted": Mistake(
                _inverted,
                "Your second number is one over the right one. A larger beta makes the variances larger.",
            ),
            "scale-not-squared": Mistake(
                lambda low, high: (_between(low, high)[0], _between(low, high)[1] / low),
                "The shape is right. The scale beta goes with the variance, and so with the square of `low` or `high`.",
            ),
            "multiplied": Mistake(
                lambda low, high: (_between(low, high)[0], low**4 / _between(low, high)[1]),
                "The shape is right. A quantile of the variance is beta times that for beta = 1. You multiplied where"
                " this has to be solved for beta.",
            ),
            "other-quantile": Mistake(
                lambda low, high: (
                    _between(low, high)[0],
                    low**2 * gammaincinv(_between(low, high)[0], 0.01),
                ),
                "The shape is right. For beta you put `low` on the upper quantile.",
            ),
            "other-order": Mistake(
                _other_order,
                "You have the two in the other order: first the shape alpha, then the scale beta.",
            ),
            "as-if-normal": Mistake(
                _by_moments,
                "You matched mean and standard deviation as if the variance were normal. An inverse gamma"
                " distribution is skewed, with a long tail to the right: use its own quantiles.",
            ),
            "as-if-log-normal": Mistake(
                _by_log_moments,
                "You treated the logarithm of the variance as normal. That is near for a large shape only: use the quantiles"
                " of the inverse gamma distribution.",
            ),
            "ratio-not-squared": Mistake(
                lambda low, high: (
                    _variance_between(low, high)[0],
                    low**2 * gammaincinv(_variance_between(low, high)[0], 0.99),
                ),
                "For beta you squared `low`, and for the shape you did not square the ratio of the two. Both quantiles are"
                " of the variance.",
            ),
            "twice-the-shape": Mistake(
                lambda low, high: (2 * _between(low, high)[0], _between(low, high)[1]),
                "Your shape is twice too large. An inverse gamma shape is half of the degrees of freedom of a chi-square.",
            ),
            "middle-ninety": Mistake(
                lambda low, high: _between(low, high, 0.05),
                "You left five per cent on each side. How many lie outside of 98?",
            ),
            "middle-ninety-five": Mistake(
                lambda low, high: _between(low, high, 0.025),
                "You left two and a half per cent on each side, as for an interval of 95 per cent.",
            ),
        },
        otherwise="For 0.3881 and 2.5945 the result is 2 and 1, to three digits. The ratio of two quantiles depends"
        " on the shape alone, which lies between 0.5 and 34 for factors from 100 to 1.5: a search has to reach that"
        " far.",
        late="`shape_and_scale` took longer than 10 seconds and was stopped. One search for the shape is enough, by bisection"
        " or with `brentq`: what is left to find for beta when the shape is known?",
        after="The tuned prior of the chapter has 98 per cent of its scales between 0.39 and 2.59. The vague one puts 21 per"
        " cent above 1,000, more than three times the speed of light.",
    ),
    Value(
        word="pair",
        title="Two galaxies before the data",
        variable="pair",
        expected=_pair(_together(), GIVEN),
        within=0.0005,
        mistakes={
            "equal-weights": Mistake(
                _pair(1 / K, GIVEN),
                "You took every weight as 1/6. The weights are unknown: a component that got the first galaxy is"
                " likely to have a large one.",
            ),
            "given-together": Mistake(
                np.array([_together(), GIVEN]),
                "The first number is right. The second holds for two galaxies of the same component, and most pairs"
                " are not. What is the covariance of a pair from two components?",
            ),
            "equal-weights-given-together": Mistake(
                np.array([1 / K, GIVEN]),
                "Two mistakes lead here. The weights are not known to be equal, and the second number is only for"
                " two galaxies of one component.",
            ),
            "same-velocity": Mistake(
                _pair(_together(), 1.0),
                "The first number is right. The second takes galaxies of one component as equal. They share a"
                " location, and each has a distance from it of its own.",
            ),
            "equal-weights-same-velocity": Mistake(
                _pair(1 / K, 1.0),
                "Two mistakes lead here: the weights are not known to be equal, and galaxies of one component do not"
                " have the same velocity.",
            ),
            "wrong-part": Mistake(
                _pair(_together(), 1 - GIVEN),
                "The first number is right. In the second the location has a small part of the variance. Is its variance"
                " lambda times that of a point around it, or is it divided by lambda?",
            ),
            "wrong-part-given-together": Mistake(
                np.array([_together(), 1 - GIVEN]),
                "The first number is right. The second is the part of the variance that is within a component. Asked"
                " is what two galaxies have in common, and how often they have it.",
            ),
            "independent": Mistake(
                np.array([np.nan, 0.0]),
                "The velocities are independent given the parameters. Here the parameters are drawn, too, and both"
                " galaxies may have the same.",
            ),
            "root": Mistake(
                _pair(_together(), np.sqrt(GIVEN)),
                "The first number is right. For the second you divided standard deviations; a correlation is a"
                " covariance over a variance.",
            ),
            "standard-deviation-of-the-location": Mistake(
                _pair(_together(), np.sqrt(1 / LAM) / (1 + np.sqrt(1 / LAM))),
                "The first number is right. In the second you put the standard deviation of a location beside a variance.",
            ),
            "covariance": Mistake(
                _pair(_together(), 1 / LAM),
                "The first number is right. The second is the covariance. What is the variance of one velocity?",
            ),
            "named-component": Mistake(
                _pair(_together() / K, GIVEN),
                "That is the probability that both are in one component named beforehand. Any of the six may be the"
                " one.",
            ),
            "first-forgotten": Mistake(
                _pair(GAMMA / (1 + K * GAMMA), GIVEN),
                "You counted the first galaxy in the sum of the parameters, and not in the parameter of the component"
                " that got it.",
            ),
            "counted-with-itself": Mistake(
                _pair(2 / (K + 2), GIVEN),
                "Your denominator counts one galaxy too many. After the first, the parameters of the Dirichlet"
                " distribution sum to 7.",
            ),
            "other-order": Mistake(
                _pair(_together(), GIVEN)[::-1],
                "You have the two in the other order: first the probability, then the correlation.",
            ),
            "equal-weights-first": Mistake(
                np.array([1 / K, np.nan]),
                "For the first number you took every weight as 1/6. What a galaxy tells about the weights is missing.",
            ),
            "named-and-equal": Mistake(
                np.array([1 / K**2, np.nan]),
                "For the first number you took every weight as 1/6, and let both galaxies be in one component that is"
                " named beforehand.",
            ),
            "different": Mistake(
                np.array([1 - _together(), np.nan]),
                "The first number is the probability that they belong to two components.",
            ),
            "always-together": Mistake(
                np.array([np.nan, GIVEN]),
                "The second number holds if both belong to one component, and you know how probable that is.",
            ),
        },
        otherwise="Given the weights, two galaxies share a component with a probability that is the sum of the"
        " squared weights. Two of different components have independent locations.",
        after="It is more than 1/6, since the component that got the first galaxy probably has a large weight. So the"
        " observations of one data set are more alike than those of two.",
    ),
    Choice(
        word="narrower",
        title="A smaller beta",
        variable="answer_narrower",
        right="c",
        replies={
            "a": "The groups do become narrower. But what becomes of the distances between them? The prior of a"
            " location has the scale of its component in it.",
            "b": "The locations do come closer to 20 and to each other. But what becomes of the scales, in proportion?",
            "c": "All scales and all distances from 20 shrink by the same factor, the root of ten, and a picture that"
            " is seen from farther away has as many humps as before. Whoever wants narrower groups at the old"
            " distances has to divide lambda by ten as well, and then expects three humps more than twice as often.",
            "d": "The number of humps depends on these, and so it is the same kind of question before and after. Take"
            " the random numbers of one draw, and write down the density that they give for either beta. What is the"
            " one in terms of the other?",
        },
    ),
]
