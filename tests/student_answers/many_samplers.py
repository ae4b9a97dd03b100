"""Answers to the exercises on one posterior and many samplers."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
from scipy import integrate, optimize, stats

from student_answers import Tried


def worth_by_error(b, N):
    error = math.hypot(b, N**-0.5)
    return error**-2


def worth_by_moments(b, N):
    # an average is normal with mean b and variance 1 / N: its second moment
    return 1 / (stats.norm(b, math.sqrt(1 / N)).moment(2))


def corrected_by_differences(n1, n2):
    def curvature(w):
        return n1 / w**2 + n2 / (1 - w) ** 2

    mode, h = n1 / (n1 + n2), 1e-3  # as the chapter does
    C = 1 / curvature(mode)
    v = C * (curvature(mode + h) - curvature(mode - h)) / (2 * h)
    return mode - C * v / 2


def corrected(n1, n2, factor=0.5, power=2):
    n = n1 + n2
    w = n1 / n
    H = n1 / w / w + n2 / (1 - w) / (1 - w)
    dH = -2 * n1 / w**3 + 2 * n2 / (1 - w) ** 3
    return np.float64(w - factor * dH / H**power)


def corrected_from(curvature, slope):
    """The mode and half of C v, from H and its derivative as functions of w and of both counts."""

    def corrected(n1, n2):
        w = n1 / (n1 + n2)
        return w - 0.5 * slope(w, n1, n2) / curvature(w, n1, n2) ** 2

    return corrected


def H(w, n1, n2):
    return n1 / w**2 + n2 / (1 - w) ** 2


def dH(w, n1, n2):
    return -2 * n1 / w**3 + 2 * n2 / (1 - w) ** 3


def corrected_in_sds(n1, n2):
    mode = n1 / (n1 + n2)
    sd = H(mode, n1, n2) ** -0.5
    return mode + (corrected(n1, n2) - mode) / sd


def steps_by_search(sd):
    """The inverse by a search in log x below 0 and in x above."""
    if sd < 0.6:
        low = optimize.brentq(
            lambda x: np.log(np.log1p(np.exp(x))) - np.log(sd), -60, 1, xtol=1e-14, rtol=1e-14
        )
    else:
        low = optimize.brentq(lambda x: np.logaddexp(0, x) - sd, -5, 2_000, xtol=1e-14, rtol=1e-14)
    return abs(low) * math.sqrt(10) * 1000


def steps_by_cases(sd):
    end = math.log(math.expm1(sd)) if sd < 30 else sd
    return abs(end - 0) / (0.001 / 10**0.5)


def steps_by_factor(sd):
    return np.abs(sd + np.log(-np.expm1(-sd))) / (0.001 / np.sqrt(10))


# x by three formulas, two of which floats cannot follow to both ends
X = {
    "": lambda sd: sd + np.log(-np.expm1(-sd)),
    "-and-overflow": lambda sd: np.log(np.expm1(sd)),
    "-and-naive": lambda sd: np.log(np.exp(sd) - 1),
}
BESIDES = {"": ".", "-and-overflow": "; besides, exp(800)", "-and-naive": "; besides, for a float"}


def by_each_formula(name, steps, words):
    """A wrong number of steps from x, with each of the formulas for x."""
    return {name + how: (lambda sd, x=x: steps(x(sd)), words + BESIDES[how]) for how, x in X.items()}


def matrix_by_grid(a):
    """Expected products of pulls."""
    y = np.linspace(-15, 15, 6001)
    p1, p2 = stats.norm.pdf(y, -a) / 2, stats.norm.pdf(y, a) / 2
    total = p1 + p2
    pulls = [p1 / total * (y + a), p2 / total * (y - a)]
    return np.array([[np.sum(total * one * two) * (y[1] - y[0]) for one in pulls] for two in pulls])


def lag_by_grid(a):
    C = np.linalg.inv(matrix_by_grid(a))
    return 1 - 2 / C[1, 1]


def curvature_by_grid(a, r_of=None, density=None):
    """The expectation of H, with another responsibility of the second group or another density."""
    y = np.arange(-a - 12, a + 12, 0.01)
    f = (stats.norm.pdf(y, -a) + stats.norm.pdf(y, a)) / 2 if density is None else density(y)
    r2 = 1 / (1 + np.exp(-2 * a * y)) if r_of is None else r_of(y)
    H = np.empty((2, 2))
    for k, (r, mu) in enumerate([(1 - r2, -a), (r2, a)]):
        H[k, k] = np.sum(f * r * (1 - (1 - r) * (y - mu) ** 2)) * 0.01
    H[0, 1] = H[1, 0] = np.sum(f * (1 - r2) * (y + a) * r2 * (y - a)) * 0.01
    return H


def pulls_by_grid(a, r_of=None, density=None, power=1):
    """The same of the products of the pulls."""
    y = np.arange(-a - 12, a + 12, 0.01)
    f = (stats.norm.pdf(y, -a) + stats.norm.pdf(y, a)) / 2 if density is None else density(y)
    r2 = 1 / (1 + np.exp(-2 * a * y)) if r_of is None else r_of(y)
    P = np.stack([(1 - r2) ** power * (y + a), r2**power * (y - a)])
    return 0.01 * (P * f) @ P.T


def lag_from(matrix):
    return 1 - 2 / np.linalg.inv(matrix)[0, 0]


def lag_by_curvature(a):
    return [lag_from(curvature_by_grid(a))]


def soft(a):
    return lambda y: 1 / (1 + np.exp(-a * y))


def lag_by_quad(a):
    def f(y):
        return 0.5 * stats.norm.pdf(y + a) + 0.5 * stats.norm.pdf(y - a)

    def r(y):
        return 0.5 * stats.norm.pdf(y + a) / f(y)

    # H_11 and H_12 of the chapter, over y
    H11 = integrate.quad(lambda y: f(y) * r(y) * (1 - (1 - r(y)) * (y + a) ** 2), -10, 10, limit=200)[0]
    H12 = integrate.quad(lambda y: f(y) * r(y) * (y + a) * (1 - r(y)) * (y - a), -10, 10, limit=200)[0]
    rho2 = (H12 / H11) ** 2
    return 1 - 2 * H11 * (1 - rho2)


ANSWERS = {
    "worth": Tried(
        right={
            "rounded": 5540,
            "as computed": 0.5 * 0.0095**-2,
            "a fraction": [1 / (2 * Fraction(95, 10_000) ** 2)],
            "a decimal": Decimal(5540),
        },
        wrong={
            "as-for-the-mean": (11080, "for the mean"),
            "two-on-the-wrong-side": (22160, "wrong side"),
            "per-cent": (0.55, "put in per cent"),
            "not-squared": (53, "goes with the square"),
            "two-squared": (1 / (2 * 0.0095) ** 2, "squared the 2"),
            "error-of-the-mean": (7440, "0.0082 is"),
            "mean-for-spread": (14_870, "Laplace's mean is worth"),
            "root": (74, "root of the number"),
            "per-cent-as-for-the-mean": (1.108, "0.95 per cent is not"),
            "one-over-share": (110, "without a square"),
            "two-under-a-root": (2**-0.5 / 0.0095**2, "still under a root"),
            "hundreds": (5500, "rounded to hundreds"),
        },
    ),
    "draws": Tried(
        right={"by the error": worth_by_error, "by moments": worth_by_moments},
        wrong={
            "number-of-draws": (lambda b, N: float(N), "However many"),
            "bias-only": (lambda b, N: b**-2, "infinitely many"),
            "errors-added": (lambda b, N: (b + N**-0.5) ** -2, "added the two errors"),
            "smaller-of-two": (lambda b, N: N if b**2 * N < 1 else b**-2, "far larger"),
            "larger-of-two": (lambda b, N: N if b**2 * N > 1 else b**-2, "larger of the two"),
            "worths-added": (lambda b, N: 1 / b**2 + N, "better than either"),
            "mean-square": (lambda b, N: b * b + 1 / N, "That is the mean square"),
            "error": (lambda b, N: math.hypot(b, 1 / math.sqrt(N)), "size of the error itself"),
            "root": (lambda b, N: (b**2 + 1 / N) ** -0.5, "one over the error"),
            "bias-not-squared": (lambda b, N: N / (1 + N * b), "a bias and a variance"),
            "noise-not-squared": (lambda b, N: 1 / (b**2 + N**-0.5), "a square and a standard error"),
            "noise-of-one-draw": (lambda b, N: 1 / stats.norm(b, 1).moment(2), "of a single draw"),
            "bias-averaged": (lambda b, N: N / (1 + b**2), "let the bias fall"),
            "difference": (lambda b, N: N / (1 - N * b**2), "worse than one"),
            "rounded-off": (lambda b, N: round(1 / worth_by_error(b, N) ** -1), "You rounded"),
        },
    ),
    "corrected": Tried(
        right={
            "by differences": corrected_by_differences,
            "by hand": corrected,
            "a fraction": lambda n1, n2: Fraction(n1, n1 + n2) + Fraction(n2 - n1, (n1 + n2) ** 2),
            "rounded": lambda n1, n2: round(corrected(n1, n2), 4),
        },
        wrong={
            "mode-only": (lambda n1, n2: n1 / (n1 + n2), "where the correction starts"),
            "wrong-sign": (lambda n1, n2: corrected(n1, n2, factor=-0.5), "wrong way"),
            "no-half": (lambda n1, n2: corrected(n1, n2, factor=1), "twice too large"),
            "one-variance-only": (lambda n1, n2: corrected(n1, n2, power=1), "enters twice"),
            "exact-mean": (lambda n1, n2: stats.beta(n1 + 1, n2 + 1).mean(), "exact mean"),
            "shift-alone": (lambda n1, n2: (n2 - n1) / (n1 + n2) ** 2, "shift alone"),
            "half-the-shift": (corrected_from(H, lambda *at: dH(*at) / 2), "half of the right one"),
            "equal-signs": (
                corrected_from(H, lambda w, n1, n2: -2 * (n1 / w**3 + n2 / (1 - w) ** 3)),
                "falls as w grows",
            ),
            "last-term-missing": (corrected_from(H, lambda w, n1, n2: -2 * n1 / w**3), "has two terms"),
            "not-inverted": (corrected_from(lambda *at: 1 / H(*at), dH), "multiplied by H"),
            "no-inverse-at-all": (corrected_from(lambda *at: 1, dH), "C stands twice"),
            "curvature-for-its-slope": (lambda n1, n2: corrected_from(H, H)(n1, n2), "in the place of its"),
            "standard-deviations": (corrected_in_sds, "in standard deviations"),
            "difference-for-curvature": (
                corrected_from(lambda w, n1, n2: n1 / w**2 - n2 / (1 - w) ** 2, dH),
                "second term in H.",
            ),
            "prior-counted": (lambda n1, n2: corrected(n1 + 1, n2 + 1), "to both counts"),
            "three-decimals": (lambda n1, n2: round(corrected(n1, n2), 3), "three decimals"),
            "other-weight": (lambda n1, n2: corrected(n2, n1), "other weight"),
        },
    ),
    "steps": Tried(
        right={"by search": steps_by_search, "by cases": steps_by_cases, "by a factor": steps_by_factor},
        wrong={
            **by_each_formula("longest-steps", lambda x: 1000 * abs(x), "of ten equal squares"),
            "exponential": (lambda sd: abs(math.log(sd)) / (0.001 / math.sqrt(10)), "PyMC's s"),
            "exponential-down": (lambda sd: -1000 * math.sqrt(10) * math.log(sd), "minus the logarithm"),
            "not-inverted": (lambda sd: np.log(np.exp(sd) + 1) * 1000 * np.sqrt(10), "s in the place of x"),
            "distance-in-s": (lambda sd: abs(sd - math.log(2)) * math.sqrt(10) / 0.001, "measured the way"),
            **by_each_formula("negative", lambda x: (0 - x) / (0.001 / 10**0.5), "over that of a step"),
            **by_each_formula("negative-below", lambda x: x * 1000 * np.sqrt(10), "counted either way"),
            "naive": (lambda sd: abs(X["-and-naive"](sd)) * 1000 * np.sqrt(10), "not for every float"),
            "overflow": (lambda sd: abs(X["-and-overflow"](sd)) * 1000 * np.sqrt(10), "Right for small"),
            "cancelled": (
                lambda sd: abs(sd + np.log1p(-np.exp(-sd))) * 1000 * np.sqrt(10),
                "Right for large",
            ),
            **by_each_formula("root-of-steps", lambda x: abs(x) / 0.001 / 10**0.5, "by the root of 10"),
            **by_each_formula("start-at-log-2", lambda x: abs(x - np.log(2)) * 10**3.5, "x starts at 0"),
            **by_each_formula("whole-steps", lambda x: np.ceil(abs(x) * 10**3.5), "not rounded"),
        },
    ),
    "breaks": Tried(
        right={
            "plain": "d",
            "with its words": "(d) Laplace's grows without bound, the posterior's does not",
            "in a list": ["d"],
            "after a word": "Answer d",
            "with a colon": "d:",
        },
        wrong={"a": ("a", "always 100 points"), "b": ("B", "One of the two"), "c": ("(c)", "sharper peak")},
    ),
    "lag": Tried(
        right={
            "on a grid": lag_by_grid,
            "by quadrature": lag_by_quad,
            "by curvatures, in a list": lag_by_curvature,
            "rounded": lambda a: lag_from(pulls_by_grid(a)).round(5),
        },
        wrong={
            "other-held-fixed": (lambda a: 1 - 2 * matrix_by_grid(a)[0, 0], "invert the matrix"),
            "all-points": (lambda a: 1 - 1 / np.linalg.inv(matrix_by_grid(a))[0, 0], "all n points"),
            "share-left": (lambda a: 1 - lag_by_grid(a), "is the rest"),
            "scales": (lambda a: 1 - (1 - lag_by_grid(a)) ** 0.5, "divides variances"),
            "worth": (lambda a: (1 - lag_by_grid(a)) / (1 + lag_by_grid(a)), "bound"),
            "half-the-exponent": (lambda a: lag_from(pulls_by_grid(a, soft(a))), "squared and halved"),
            "half-the-exponent-in-H": (lambda a: lag_from(curvature_by_grid(a, soft(a))), "in your H"),
            "one-group": (
                lambda a: lag_from(pulls_by_grid(a, density=lambda y: stats.norm.pdf(y, a))),
                "not from the one of the location",
            ),
            "other-group": (
                lambda a: 1 - 2 / np.linalg.inv(pulls_by_grid(a, density=stats.norm(a).pdf))[1, 1],
                "Half of them come from the other",
            ),
            "one-group-in-H": (
                lambda a: lag_from(curvature_by_grid(a, density=stats.norm(a).pdf)),
                "not that of the location",
            ),
            "other-group-in-H": (
                lambda a: lag_from(curvature_by_grid(a, density=stats.norm(-a).pdf)),
                "other half of the points",
            ),
            "inverted": (lambda a: 1 - np.linalg.inv(matrix_by_grid(a))[0, 0] / 2, "wrong way round"),
            "entry-for-variance": (lambda a: 1 - 2 / matrix_by_grid(a)[0, 0], "I is a curvature"),
            "no-density": (lambda a: lag_from(2 * matrix_by_grid(a)), "integrates to 2"),
            "fixed-categories": (lambda a: 1 - 2 / 2, "0 for all a"),
            "other-entry": (
                lambda a: 1 - 2 / np.linalg.inv(matrix_by_grid(a))[0, 1],
                "covariance of the two",
            ),
            "responsibility-not-squared": (lambda a: lag_from(pulls_by_grid(a, power=0.5)), "holds two"),
            "correlation-not-squared": (
                lambda a: 1 - 2 * matrix_by_grid(a)[0] @ [1, -1],
                "the correlation of the two locations as it is",
            ),
            "whole-variance": (
                lambda a: 1 - 2 * np.linalg.det(matrix_by_grid(a)),
                "one over the determinant",
            ),
            "product": (lambda a: 1 - 2 * np.linalg.inv(matrix_by_grid(a))[1, 1], "below the line"),
        },
    ),
}
