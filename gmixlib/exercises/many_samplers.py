"""Exercises on one posterior and many samplers."""

from functools import cache

import numpy as np
from scipy.integrate import quad
from scipy.special import expit

from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Value

SHARE = 0.0095  # by which Laplace's standard deviation is too small
STEP = 0.001 / np.sqrt(10)


def _weight_shift(n1: int, n2: int) -> float:
    """First-order difference between mean and mode of a weight: -C v / 2 with C = n1 n2 / n^3."""
    return (n2 - n1) / (n1 + n2) ** 2


def _one_variance_only(n1: int, n2: int) -> float:
    variance = n1 * n2 / (n1 + n2) ** 3
    return n1 / (n1 + n2) + _weight_shift(n1, n2) / variance


def _start_to_end(sd: float) -> float:
    """Logarithm of e^sd - 1, where the optimizer has to arrive from 0."""
    return sd + np.log(-np.expm1(-sd))


@cache
def _information(a: float) -> tuple[float, float]:
    """Diagonal and other entry of the expected curvature for one point, groups at -a and a."""

    def expected(f) -> float:
        def weighted(y: float) -> float:
            r = expit(-2 * a * y)  # of the group at -a
            density = (np.exp(-((y + a) ** 2) / 2) + np.exp(-((y - a) ** 2) / 2)) / np.sqrt(8 * np.pi)
            return density * f(r, y + a, y - a)

        return quad(weighted, -a - 9, a + 9, points=[-a, 0, a], epsabs=1e-10)[0]

    own = expected(lambda r, t, other: r * (1 - (1 - r) * t**2))
    return own, expected(lambda r, t, other: r * t * (1 - r) * other)


def _variance(a: float) -> float:
    """Posterior variance of a location, times the number of points: the entry of the inverse."""
    own, cross = _information(a)
    return own / (own**2 - cross**2)


def _lag(a: float) -> float:
    return 1 - 2 / _variance(a)


EXERCISES: list[Exercise] = [
    Value(
        word="worth",
        title="One line",
        variable="worth_of_spread",
        expected=1 / (2 * SHARE**2),
        within=6,
        mistakes={
            "as-for-the-mean": Mistake(
                1 / SHARE**2,
                "That is the formula for the mean. The relative standard error of a standard deviation is smaller"
                " than 1 over the root of N.",
            ),
            "two-on-the-wrong-side": Mistake(
                2 / SHARE**2,
                "The 2 is on the wrong side. Set 1 / sqrt(2 N) equal to c, square both sides, and solve for N.",
            ),
            "per-cent": Mistake(
                1 / (2 * (100 * SHARE) ** 2),
                "You put in per cent. What share of 1 is 0.95 per cent?",
            ),
            "not-squared": Mistake(
                1 / (2 * SHARE),
                "The error falls like the root of N, so N goes with the square of the share.",
            ),
        },
        otherwise="With how many draws is the standard error of a standard deviation, relative to it, equal to c?",
    ),
    Function(
        word="draws",
        title="Draws of an approximation",
        variable="worth_of_draws",
        reference=lambda b, N: N / (1 + N * b**2),
        calls=[(0.1, 100), (0.05, 10_000), (0.001, 400), (0.0096, 1_000)],
        mistakes={
            "number-of-draws": Mistake(
                lambda b, N: N,
                "However many draws you average, their mean goes to the mean of the approximation, and that is off"
                " by b.",
            ),
            "bias-only": Mistake(
                lambda b, N: 1 / b**2,
                "That is the worth of the approximation itself, of infinitely many draws. N draws add an error of"
                " their own.",
            ),
            "errors-added": Mistake(
                lambda b, N: 1 / (b + 1 / np.sqrt(N)) ** 2,
                "You added the two errors. The mean square of a constant plus noise of mean 0 is the sum of two"
                " squares.",
            ),
            "smaller-of-two": Mistake(
                lambda b, N: min(N, 1 / b**2),
                "That holds where one of the errors is far larger than the other. In between both count.",
            ),
            "worths-added": Mistake(
                lambda b, N: N + 1 / b**2,
                "You added what both are worth, so two errors have become better than either. It is the squared"
                " errors that add up.",
            ),
        },
        otherwise="What is the mean squared error of the average, in squared standard deviations? N effective draws"
        " have 1/N.",
    ),
    Function(
        word="corrected",
        title="A mean corrected",
        variable="corrected_mean",
        reference=lambda n1, n2: n1 / (n1 + n2) + _weight_shift(n1, n2),
        calls=[(3, 7), (1, 4), (60, 20), (5, 5)],
        within=6e-5,  # four decimals are asked for
        mistakes={
            "mode-only": Mistake(
                lambda n1, n2: n1 / (n1 + n2),
                "That is the mode, which is where the correction starts.",
            ),
            "wrong-sign": Mistake(
                lambda n1, n2: n1 / (n1 + n2) - _weight_shift(n1, n2),
                "The correction goes the wrong way. H is the negative of the second derivative, so its derivative is"
                " the negative of the third.",
            ),
            "no-half": Mistake(
                lambda n1, n2: n1 / (n1 + n2) + 2 * _weight_shift(n1, n2),
                "The correction is twice too large. Which factor stands in front of it in the chapter?",
            ),
            "one-variance-only": Mistake(
                _one_variance_only,
                "The variance enters twice: once in front, and once in the trace.",
            ),
            "exact-mean": Mistake(
                lambda n1, n2: (n1 + 1) / (n1 + n2 + 2),
                "That is the exact mean, to compare with. Asked is what Laplace's mode and the first-order shift"
                " give.",
            ),
        },
        otherwise=(
            "For n1 = 3 and n2 = 7 the mode is 0.3, H there is 47.62 and the derivative of H is -181.4. Which"
            " of the three do you get?"
        ),
    ),
    Function(
        word="steps",
        title="Steps that fit",
        variable="steps_needed",
        reference=lambda sd: abs(_start_to_end(sd)) / STEP,
        calls=[(1.0,), (0.2,), (0.0185,), (0.0015,)],
        mistakes={
            "longest-steps": Mistake(
                lambda sd: abs(_start_to_end(sd)) / 0.001,
                "No step is longer than 0.001, but under a steady pull each is shorter: the root is taken of a sum"
                " of ten equal squares.",
            ),
            "exponential": Mistake(
                lambda sd: abs(np.log(sd)) / STEP,
                "You took the logarithm of the standard deviation. PyMC's s is not the exponential of x but"
                " log(1 + exp(x)).",
            ),
            "not-inverted": Mistake(
                lambda sd: np.log1p(np.exp(sd)) / STEP,
                "You put s in the place of x. Which x has log(1 + exp(x)) equal to the standard deviation?",
            ),
            "distance-in-s": Mistake(
                lambda sd: abs(np.log(2) - sd) / STEP,
                "You measured the way in s. The steps are taken in x.",
            ),
            "negative": Mistake(
                lambda sd: -_start_to_end(sd) / STEP,
                "For a standard deviation of 1 your number is negative. The way may lead up or down, and the number"
                " of steps is its length over that of a step.",
            ),
        },
        otherwise="Find the x at which the run has to end. It starts at x = 0, and steps are 0.001 / sqrt(10) long.",
    ),
    Choice(
        word="breaks",
        title="Where Laplace breaks",
        variable="answer_breaks",
        right="d",
        replies={
            "a": "There are always 100 points. Write down the second derivative at the mode as m goes to 0, and"
            " then what is left of the log likelihood.",
            "b": "One of the two does. For the other, take the log likelihood at the merging: what is the first"
            " power of m that does not vanish, and how wide is the exponential of that?",
            "c": "A sharper peak would need a larger curvature. Between two modes that merge, does the curvature grow"
            " or go to 0?",
            "d": "At the merging the second derivative vanishes at the mode, and 1 / sqrt(H) has no bound. The"
            " fourth derivative is negative and keeps the posterior together: its width falls like the fourth root"
            " of 1/n instead of the square root.",
        },
    ),
    Function(
        word="lag",
        title="A Gibbs draw, predicted",
        variable="lag_limit",
        reference=_lag,
        calls=[(3.0,), (2.0,), (1.0,), (0.7,), (0.5,)],
        within=1e-5,
        mistakes={
            "other-held-fixed": Mistake(
                lambda a: 1 - 2 * _information(a)[0],
                "One over an entry of I is the variance with the other location held fixed. For the variance in the"
                " joint posterior invert the matrix first.",
            ),
            "all-points": Mistake(
                lambda a: 1 - 1 / _variance(a),
                "You gave all n points to the component. How many does it have on average?",
            ),
            "share-left": Mistake(
                lambda a: 2 / _variance(a),
                "That is the share of the variance that is left once the categories are known. The autocorrelation"
                " is the rest.",
            ),
            "scales": Mistake(
                lambda a: 1 - np.sqrt(2 / _variance(a)),
                "You divided standard deviations. The formula divides variances.",
            ),
            "worth": Mistake(
                lambda a: (1 - _lag(a)) / (1 + _lag(a)),
                "That is the bound for the worth of a draw. Asked is the autocorrelation itself.",
            ),
        },
        otherwise=(
            "Groups far apart leave nothing to guess: there the limit is 0. It grows as they come together. "
            "Integrate as far as -a - 8 and a + 8."
        ),
    ),
]
