"""Exercises on one posterior and many samplers."""

from collections.abc import Callable
from functools import cache

import numpy as np
from scipy.integrate import quad
from scipy.special import expit

from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Value

SHARE = 0.0095  # by which Laplace's standard deviation is too small
MEAN_OFF = 0.0082  # of Laplace's mean, in posterior standard deviations
STEP = 0.001 / np.sqrt(10)


def _weight_shift(n1: int, n2: int) -> float:
    """First-order difference between mean and mode of a weight: -C v / 2 with C = n1 n2 / n^3."""
    return (n2 - n1) / (n1 + n2) ** 2


def _curvature(n1: int, n2: int) -> float:
    """Negative second derivative at the mode."""
    return (n1 + n2) ** 3 / (n1 * n2)


def _curvature_slopes(n1: int, n2: int) -> np.ndarray:
    """The two terms of the derivative of the curvature at the mode, one for each component."""
    n = n1 + n2
    return 2 * n**3 * np.array([-1 / n1**2, 1 / n2**2])


def _moved(n1: int, n2: int, slope: float) -> float:
    """The mode, moved as if this were the derivative of the curvature."""
    return n1 / (n1 + n2) - slope / _curvature(n1, n2) ** 2 / 2


def _one_variance_only(n1: int, n2: int) -> float:
    variance = n1 * n2 / (n1 + n2) ** 3
    return n1 / (n1 + n2) + _weight_shift(n1, n2) / variance


def _start_to_end(sd: float) -> float:
    """Logarithm of e^sd - 1, where the optimizer has to arrive from 0."""
    return sd + np.log(-np.expm1(-sd))


# The same as it is often written, and what a float cannot hold there.
ENDS = {
    "": (_start_to_end, "."),
    "-and-overflow": (
        lambda sd: np.log(np.expm1(sd)),
        "; besides, exp(800) is infinite for a float.",
    ),
    "-and-naive": (
        lambda sd: np.log(np.exp(sd) - 1),
        "; besides, for a float exp(sd) - 1 is 0 at 1e-17 and infinite at 800.",
    ),
}


def _steps_by(name: str, steps: Callable[[float], float], hint: str) -> dict[str, Mistake]:
    """A mistake in what is done with the end of the way, for each form in which that end is written."""
    return {
        name + form: Mistake(lambda sd, end=end: steps(end(sd)), hint + besides)
        for form, (end, besides) in ENDS.items()
    }


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


def _covariance(a: float) -> float:
    """Posterior covariance of the locations, times the number of points."""
    own, cross = _information(a)
    return -cross / (own**2 - cross**2)


def _lag(a: float) -> float:
    return 1 - 2 / _variance(a)


def _normal(u: np.ndarray) -> np.ndarray:
    return np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi)


def _mixture(y: np.ndarray, a: float) -> np.ndarray:
    return (_normal(y + a) + _normal(y - a)) / 2


def _lag_if(
    first: Callable = lambda y, a: expit(-2 * a * y),
    density: Callable = _mixture,
    by_pulls: bool = True,
    power: float = 1.0,
) -> Callable:
    """The limit with a wrong step: in the responsibility of the group at -a, or in the density of a point.

    The matrix is the expectation of products of pulls, or that of the curvature, which is the same without a mistake.
    A pull holds a power of the responsibility.
    """

    def lag(a: float) -> float:
        y, width = np.linspace(-a - 10, a + 10, 2_001, retstep=True)
        r = np.stack([first(y, a), 1 - first(y, a)])
        t = np.stack([y + a, y - a])
        weight = width * density(y, a)
        pull = r**power * t
        own = (pull**2 if by_pulls else r * (1 - (1 - r) * t**2)) @ weight
        both = pull.prod(axis=0) @ weight
        return 1 - 2 / np.linalg.inv([[own[0], both], [both, own[1]]])[0, 0]

    return lag


EXERCISES: list[Exercise] = [
    Value(
        word="worth",
        title="What a spread is worth",
        variable="worth_of_spread",
        expected=1 / (2 * SHARE**2),
        within=5,
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
            "two-squared": Mistake(
                1 / (2 * SHARE) ** 2,
                "You squared the 2 as well. It stands under the root together with N, and squaring 1 / sqrt(2 N) leaves"
                " it as it is.",
            ),
            "error-of-the-mean": Mistake(
                1 / (2 * MEAN_OFF**2),
                "The formula is right, and 0.0082 is the error of Laplace's mean. Asked is what the standard deviation"
                " is worth.",
            ),
            "mean-for-spread": Mistake(
                1 / MEAN_OFF**2,
                "That is what Laplace's mean is worth. Asked is its standard deviation, with its own share c and its own"
                " standard error.",
            ),
            "root": Mistake(
                1 / (np.sqrt(2) * SHARE),
                "That is the root of the number of draws.",
            ),
            "per-cent-as-for-the-mean": Mistake(
                1 / (100 * SHARE) ** 2,
                "Two mistakes lead here: 0.95 per cent is not 0.95, and the standard error of a standard deviation has"
                " a 2 under its root.",
            ),
            "one-over-share": Mistake(
                1 / SHARE,
                "You took one over the share, without a square and without the 2. Set 1 / sqrt(2 N) equal to c, and solve"
                " for N.",
            ),
            "two-under-a-root": Mistake(
                1 / (np.sqrt(2) * SHARE**2),
                "The c was squared, and the 2 is still under a root. Square both sides of 1 / sqrt(2 N) = c.",
            ),
            "hundreds": Mistake(
                5_500,
                "Right so far, but rounded to hundreds. Tens are asked for.",
            ),
        },
        otherwise="With how many draws is the standard error of a standard deviation, relative to it, equal to c?",
        after="Laplace's mean was worth 15,000 draws. An approximation has one worth for each question that it is asked.",
    ),
    Function(
        word="draws",
        title="Draws of an approximation",
        variable="worth_of_draws",
        reference=lambda b, N: N / (1 + N * b**2),
        calls=[(0.1, 50), (0.05, 10_000), (0.001, 400), (0.0096, 1_000), (2.0, 1), (1e-9, 7)],
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
            "larger-of-two": Mistake(
                lambda b, N: max(N, 1 / b**2),
                "You took the larger of the two worths. An average is never better than the worse of its errors lets it"
                " be.",
            ),
            "worths-added": Mistake(
                lambda b, N: N + 1 / b**2,
                "You added what both are worth, so two errors have become better than either. It is the squared"
                " errors that add up.",
            ),
            "mean-square": Mistake(
                lambda b, N: b**2 + 1 / N,
                "That is the mean square of the error. Which number of effective draws from the posterior has the"
                " same?",
            ),
            "error": Mistake(
                lambda b, N: np.sqrt(b**2 + 1 / N),
                "That is the size of the error itself. Which number of effective draws from the posterior has the same"
                " error?",
            ),
            "root": Mistake(
                lambda b, N: 1 / np.sqrt(b**2 + 1 / N),
                "You took one over the error. N effective draws have an error of 1 / sqrt(N): solve that for N.",
            ),
            "bias-not-squared": Mistake(
                lambda b, N: 1 / (b + 1 / N),
                "You added a bias and a variance. In a mean square the bias counts with its square.",
            ),
            "noise-not-squared": Mistake(
                lambda b, N: 1 / (b**2 + 1 / np.sqrt(N)),
                "You added a square and a standard error. Noise of variance 1/N has the mean square 1/N.",
            ),
            "noise-of-one-draw": Mistake(
                lambda b, N: 1 / (b**2 + 1),
                "You gave the average the noise of a single draw. How does the variance of an average depend on N?",
            ),
            "bias-averaged": Mistake(
                lambda b, N: 1 / ((b**2 + 1) / N),
                "You let the bias fall as more draws are averaged. All of them are off by b in the same direction, and"
                " so is their mean.",
            ),
            "difference": Mistake(
                lambda b, N: 1 / (1 / N - b**2),
                "You subtracted the square of the bias. Two errors together are worse than one.",
            ),
            "rounded-off": Mistake(
                lambda b, N: np.round(N / (1 + N * b**2)),
                "You rounded. A fraction of a draw may be kept here.",
            ),
        },
        otherwise="What is the mean squared error of the average, in squared standard deviations? N effective draws"
        " have 1/N.",
        after="That is nearly N while N is far below 1/b^2, half of 1/b^2 there, and never more than 1/b^2. The effective"
        " sample size that a program computes from such draws is N, since it knows nothing of the bias.",
    ),
    Function(
        word="corrected",
        title="A mean corrected",
        variable="corrected_mean",
        reference=lambda n1, n2: n1 / (n1 + n2) + _weight_shift(n1, n2),
        calls=[(3, 7), (1, 4), (61, 20), (9, 2), (2, 30)],
        within=5e-5,  # four decimals are asked for
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
            "shift-alone": Mistake(
                _weight_shift,
                "That is the shift alone. The mode has to be added.",
            ),
            "half-the-shift": Mistake(
                lambda n1, n2: n1 / (n1 + n2) + _weight_shift(n1, n2) / 2,
                "The correction is half of the right one. In the derivative of H, is there the 2 that comes from 1 over"
                " a square?",
            ),
            "equal-signs": Mistake(
                lambda n1, n2: _moved(n1, n2, float(_curvature_slopes(n1, n2) @ [1, -1])),
                "Check the sign of the second term in the derivative of H: 1 - w falls as w grows.",
            ),
            "last-term-missing": Mistake(
                lambda n1, n2: _moved(n1, n2, float(_curvature_slopes(n1, n2) @ [1, 0])),
                "The derivative of H has two terms, as H has. Points of the second component have a part in it.",
            ),
            "not-inverted": Mistake(
                lambda n1, n2: n1 / (n1 + n2) + _weight_shift(n1, n2) * _curvature(n1, n2) ** 4,
                "You multiplied by H where C is asked for, which is 1/H.",
            ),
            "no-inverse-at-all": Mistake(
                lambda n1, n2: n1 / (n1 + n2) + _weight_shift(n1, n2) * _curvature(n1, n2) ** 2,
                "You took half the derivative of H as it is. C stands twice beside it: in front, and in the trace.",
            ),
            "curvature-for-its-slope": Mistake(
                lambda n1, n2: _moved(n1, n2, _curvature(n1, n2)),
                "You put H in the place of its derivative.",
            ),
            "standard-deviations": Mistake(
                lambda n1, n2: n1 / (n1 + n2) + _weight_shift(n1, n2) * _curvature(n1, n2) ** 0.5,
                "That is the shift in standard deviations, added to a weight. Multiply by the standard deviation again.",
            ),
            "difference-for-curvature": Mistake(
                lambda n1, n2: n1 / (n1 + n2) + _weight_shift(n1, n2) * ((n1 + n2) / (n2 - n1)) ** 2,
                "Check the sign of the second term in H. With n1 = n2 yours is 0, and the peak has no width there.",
            ),
            "prior-counted": Mistake(
                lambda n1, n2: (n1 + 1) / (n1 + n2 + 2) + _weight_shift(n1 + 1, n2 + 1),
                "You added 1 to both counts. The uniform prior is a constant: the exponents are n1 and n2.",
            ),
            "three-decimals": Mistake(
                lambda n1, n2: np.round(n1 / (n1 + n2) + _weight_shift(n1, n2), 3),
                "Right so far, but rounded to three decimals. Four are asked for.",
            ),
            "other-weight": Mistake(
                lambda n1, n2: n2 / (n1 + n2) - _weight_shift(n1, n2),
                "That is the mean of the other weight, w2. Is w to the power of n1?",
            ),
        },
        otherwise=(
            "For n1 = 3 and n2 = 7 the mode is 0.3, H there is 47.62 and the derivative of H is -181.4. Which"
            " of the three do you get?"
        ),
        after="The error that is left is 2 (n2 - n1) / n^3 or nearly so. In standard deviations, which shrink like"
        " n^(-1/2), that is of the order n^(-3/2), where the mode's is n^(-1/2). So the worth of the corrected mean grows"
        " like n^3: ten times more points make it a thousand times as large.",
    ),
    Function(
        word="steps",
        title="Steps that fit",
        variable="steps_needed",
        reference=lambda sd: abs(_start_to_end(sd)) / STEP,
        calls=[(1.0,), (0.2,), (0.0185,), (0.0015,), (3.0,), (1e-17,), (800.0,)],
        mistakes={
            **_steps_by(
                "longest-steps",
                lambda end: abs(end) / 0.001,
                "No step is longer than 0.001, but under a steady pull each is shorter: the root is taken of a sum"
                " of ten equal squares",
            ),
            "exponential": Mistake(
                lambda sd: abs(np.log(sd)) / STEP,
                "You took the logarithm of the standard deviation. PyMC's s is not the exponential of x but"
                " log(1 + exp(x)).",
            ),
            "exponential-down": Mistake(
                lambda sd: -np.log(sd) / STEP,
                "You took minus the logarithm of the standard deviation. That is nearly right for a small one only: which x"
                " has log(1 + exp(x)) = 1? And a large one lies above the start.",
            ),
            "not-inverted": Mistake(
                lambda sd: np.log(1 + np.exp(sd)) / STEP,
                "You put s in the place of x. Solve s = log(1 + exp(x)) for x first.",
            ),
            "distance-in-s": Mistake(
                lambda sd: abs(np.log(2) - sd) / STEP,
                "You measured the way in s. The steps are taken in x.",
            ),
            **_steps_by(
                "negative",
                lambda end: -end / STEP,
                "For a standard deviation of 1 your number is negative. The way may lead up or down, and the number"
                " of steps is its length over that of a step",
            ),
            **_steps_by(
                "negative-below",
                lambda end: end / STEP,
                "For a small standard deviation your number is negative. Steps lead down as well as up, and are counted"
                " either way",
            ),
            "naive": Mistake(
                lambda sd: abs(ENDS["-and-naive"][0](sd)) / STEP,
                "The formula is right, and not for every float: exp(1e-17) is 1, so that 0 is left, and exp(800) is"
                " infinite. Which function of NumPy keeps the small difference, and which factor can be taken out of"
                " exp(sd) - 1 where sd is large?",
            ),
            "overflow": Mistake(
                lambda sd: abs(ENDS["-and-overflow"][0](sd)) / STEP,
                "Right for small standard deviations, and exp(800) is infinite for a float, although its logarithm is"
                " only 800. Which factor can be taken out of exp(sd) - 1 before the logarithm?",
            ),
            "cancelled": Mistake(
                lambda sd: abs(sd + np.log(1 - np.exp(-sd))) / STEP,
                "Right for large standard deviations. For 1e-17 the exponential is 1 and the difference 0, whose"
                " logarithm is infinite. Which function of NumPy keeps such a difference?",
            ),
            **_steps_by(
                "root-of-steps",
                lambda end: abs(end) / (0.001 * np.sqrt(10)),
                "Your steps are ten times too long: the 0.001 is divided by the root of 10",
            ),
            **_steps_by(
                "start-at-log-2",
                lambda end: abs(end - np.log(2)) / STEP,
                "You measured from x = log 2. That is where s starts, and x starts at 0",
            ),
            **_steps_by(
                "whole-steps",
                lambda end: np.ceil(abs(end) / STEP),
                "You rounded up. Asked is the length of the way in steps, not rounded",
            ),
        },
        otherwise="Find the x at which the run has to end. It starts at x = 0, and steps are 0.001 / sqrt(10) long. The"
        " result has to be a finite number for tiny and for large standard deviations, too.",
        after="The number grows like the logarithm of n, more slowly than both: about 5,100 steps at a hundred points,"
        " 12,700 at 10,000 and 20,000 at a million. For unknowns whose standard deviation is 1 it would be 1,712.",
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
        within=5e-6,  # five decimals are asked for
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
            "half-the-exponent": Mistake(
                _lag_if(lambda y, a: expit(-a * y)),
                "Your responsibilities are too soft. How large is the difference of y + a and y - a, after both are"
                " squared and halved?",
            ),
            "half-the-exponent-in-H": Mistake(
                _lag_if(lambda y, a: expit(-a * y), by_pulls=False),
                "The responsibilities in your H are too soft. Their log odds are the difference of two half squares. Did"
                " you take half of that again?",
            ),
            "one-group": Mistake(
                _lag_if(density=lambda y, a: _normal(y - a)),
                "You let all points come from one group, and not from the one of the location. The expectation is over"
                " points of the mixture.",
            ),
            "other-group": Mistake(
                _lag_if(density=lambda y, a: _normal(y + a)),
                "You let all points come from the location's own group. Half of them come from the other.",
            ),
            "one-group-in-H": Mistake(
                _lag_if(density=lambda y, a: _normal(y - a), by_pulls=False),
                "Your expectation of H is over points of one group, which is not that of the location. Points come from"
                " both.",
            ),
            "other-group-in-H": Mistake(
                _lag_if(density=lambda y, a: _normal(y + a), by_pulls=False),
                "Your expectation of H is over the location's own group. The other half of the points is missing.",
            ),
            "inverted": Mistake(
                lambda a: 1 - _variance(a) / 2,
                "You divided the wrong way round: the variance that is left once the categories are known stands above,"
                " the variance that is there below.",
            ),
            "entry-for-variance": Mistake(
                lambda a: 1 - 2 / _information(a)[0],
                "You put an entry of I where its inverse belongs: I is a curvature, and a variance is one over that.",
            ),
            "no-density": Mistake(
                _lag_if(density=lambda y, a: 2 * _mixture(y, a)),
                "Your density of y integrates to 2. Each of the two groups has half of the points.",
            ),
            "fixed-categories": Mistake(
                lambda a: 0.0,
                "You have 0 for all a. That is the limit if the categories are known, as they are for groups far apart.",
            ),
            "other-entry": Mistake(
                lambda a: 1 - 2 / _covariance(a),
                "You took the covariance of the two locations. The variance of one is on the diagonal of the inverse.",
            ),
            "correlation-not-squared": Mistake(
                lambda a: 1 - 2 * (_information(a)[0] - _information(a)[1]),
                "You took the correlation of the two locations as it is. The determinant of I has the squares of its"
                " entries.",
            ),
            "whole-variance": Mistake(
                lambda a: 1 - 2 * (_information(a)[0] ** 2 - _information(a)[1] ** 2),
                "You took one over the determinant of I for the variance. The entry of an inverse has an entry of I above"
                " the determinant.",
            ),
            "responsibility-not-squared": Mistake(
                _lag_if(power=0.5),
                "In your products the responsibility of a group is there once. A pull holds it, and a product of two pulls"
                " holds two.",
            ),
            "product": Mistake(
                lambda a: 1 - 2 * _variance(a),
                "You multiplied by the variance that is there. It stands below the line.",
            ),
        },
        otherwise=(
            "Groups far apart leave nothing to guess: there the limit is 0. It grows as they come together. "
            "Integrate as far as -a - 8 and a + 8. Random numbers do not give five decimals."
        ),
        late="`lag_limit` took longer than 10 seconds and was stopped. The integrand is smooth: a few thousand points in"
        " one array are enough, and no random numbers are needed.",
        after="From a = 2 to 1 the limit grows from 0.17 to 0.37, and from 1 to 0.7 only to 0.41. It rises steeply only"
        " below: 0.52 at 0.5.",
    ),
]
