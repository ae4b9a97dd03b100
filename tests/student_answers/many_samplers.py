"""Answers to the exercises on one posterior and many samplers."""

import math

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


def steps_by_search(sd):
    x = optimize.brentq(lambda x: math.log1p(math.exp(x)) - sd, -40, 40, xtol=1e-15, rtol=1e-15)
    return abs(x) * math.sqrt(10) * 1000


def steps_by_formula(sd):
    end = np.log(np.exp(sd) - 1)
    return np.abs(end - 0) / (0.001 / 10**0.5)


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
        right={"rounded": 5540, "as computed": 0.5 * 0.0095**-2},
        wrong={
            "as-for-the-mean": (11080, "for the mean"),
            "two-on-the-wrong-side": (22160, "wrong side"),
            "per-cent": (0.55, "per cent"),
            "not-squared": (53, "goes with the square"),
        },
    ),
    "draws": Tried(
        right={"by the error": worth_by_error, "by moments": worth_by_moments},
        wrong={
            "number-of-draws": (lambda b, N: float(N), "However many"),
            "bias-only": (lambda b, N: b**-2, "infinitely many"),
            "errors-added": (lambda b, N: (b + N**-0.5) ** -2, "added the two errors"),
            "smaller-of-two": (lambda b, N: N if b**2 * N < 1 else b**-2, "far larger"),
            "worths-added": (lambda b, N: 1 / b**2 + N, "better than either"),
        },
    ),
    "corrected": Tried(
        right={"by differences": corrected_by_differences, "by hand": corrected},
        wrong={
            "mode-only": (lambda n1, n2: n1 / (n1 + n2), "where the correction starts"),
            "wrong-sign": (lambda n1, n2: corrected(n1, n2, factor=-0.5), "wrong way"),
            "no-half": (lambda n1, n2: corrected(n1, n2, factor=1), "twice too large"),
            "one-variance-only": (lambda n1, n2: corrected(n1, n2, power=1), "trace"),
            "exact-mean": (lambda n1, n2: stats.beta(n1 + 1, n2 + 1).mean(), "exact mean"),
        },
    ),
    "steps": Tried(
        right={"by search": steps_by_search, "by formula": steps_by_formula},
        wrong={
            "longest-steps": (lambda sd: 1000 * abs(math.log(math.exp(sd) - 1)), "each is shorter"),
            "exponential": (lambda sd: -math.log(sd) / (0.001 / math.sqrt(10)), "PyMC's s"),
            "not-inverted": (lambda sd: np.logaddexp(0, sd) * 1000 * np.sqrt(10), "Which x"),
            "distance-in-s": (lambda sd: abs(sd - math.log(2)) * math.sqrt(10) / 0.001, "measured the way"),
            "negative": (lambda sd: -math.log(math.exp(sd) - 1) / (0.001 / math.sqrt(10)), "negative"),
        },
    ),
    "breaks": Tried(
        right={"plain": "d"},
        wrong={"a": ("a", "always 100 points"), "b": ("B", "One of the two"), "c": ("(c)", "sharper peak")},
    ),
    "lag": Tried(
        right={"on a grid": lag_by_grid, "by quadrature": lag_by_quad},
        wrong={
            "other-held-fixed": (lambda a: 1 - 2 * matrix_by_grid(a)[0, 0], "invert the matrix"),
            "all-points": (lambda a: 1 - 1 / np.linalg.inv(matrix_by_grid(a))[0, 0], "all n points"),
            "share-left": (lambda a: 1 - lag_by_grid(a), "is the rest"),
            "scales": (lambda a: 1 - (1 - lag_by_grid(a)) ** 0.5, "divides variances"),
            "worth": (lambda a: (1 - lag_by_grid(a)) / (1 + lag_by_grid(a)), "bound"),
        },
    ),
}
