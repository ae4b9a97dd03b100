"""Exercises on the log-sum-exp trick."""

import numpy as np
from scipy.special import logsumexp

from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Value

LARGEST_EXPONENT = np.log(np.finfo(float).max)


def _edge(smallest_log: float, log_constant: float = -0.5 * np.log(2 * np.pi)) -> float:
    """Where a standard normal density, with its constant, falls to a number with this logarithm."""
    return np.sqrt(2 * (log_constant - smallest_log))


def _updated(m: float, s: float, a: float) -> tuple:
    """Running maximum and sum after one more term."""
    top = max(m, a)
    return top, s * np.exp(m - top) + np.exp(a - top)


def _whole_log(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    """Log density of all of y under each component alone, less a constant."""
    return -0.5 * ((y[:, np.newaxis] - mu) ** 2).sum(axis=0)


def _whole_score(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    log_p = _whole_log(y, mu)
    return np.exp(log_p - logsumexp(log_p)) * (y[:, np.newaxis] - mu).sum(axis=0)


def _point_score(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    log_p = -0.5 * (y[:, np.newaxis] - mu) ** 2
    r = np.exp(log_p - logsumexp(log_p, axis=1, keepdims=True))
    return (r * (y[:, np.newaxis] - mu)).sum(axis=0)


def _naive_score(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    density = np.exp(_whole_log(y, mu))
    return density / density.sum() * (y[:, np.newaxis] - mu).sum(axis=0)


EXERCISES: list[Exercise] = [
    Function(
        word="mean",
        title="The log of an average",
        variable="log_mean_exp",
        reference=lambda a: logsumexp(a) - np.log(len(a)),
        calls=[
            (np.array([0.0, 1.0, 2.0]),),
            (np.array([1000.0, 1000.0]),),
            (np.array([-1000.0, -1001.0]),),
            (np.array([-np.inf, 0.0]),),
        ],
        within=1e-12,
        mistakes={
            "naive-exponentials": Mistake(
                lambda a: np.log(np.mean(np.exp(a))),
                "The formula is right and the computer is not: exp(1000) is too large for a float, and exp(-1000)"
                " too small. Take the largest term out before any exponential, as `logsumexp` does.",
            ),
            "forgotten-average": Mistake(
                lambda a: logsumexp(a),
                "That is the log of the sum. The average divides by the number of terms; what does a division"
                " become under the logarithm?",
            ),
            "divided-log": Mistake(
                lambda a: logsumexp(a) / len(a),
                "You divided the logarithm by the number of terms. The number has to be inside the logarithm.",
            ),
            "mean-of-logs": Mistake(
                lambda a: np.mean(a),
                "That is the average of the logarithms, not the logarithm of the average. On (0, 2) the first is 1"
                " and the second is larger.",
            ),
        },
        otherwise="On two equal terms the result is that term, and a term of -inf still counts as one.",
    ),
    Value(
        word="float32",
        title="Where float32 gives out",
        variable="edge",
        expected=_edge(-150 * np.log(2)),
        within=0.005,
        mistakes={
            "no-rounding": Mistake(
                _edge(-149 * np.log(2)),
                "That is where the density equals the smallest positive number. Numbers below it are rounded, and"
                " only those below its half are rounded to 0.",
            ),
            "float64": Mistake(
                _edge(-1075 * np.log(2)),
                "That is the place for float64. In float32 the smallest positive number is 2^-149.",
            ),
            "no-constant": Mistake(
                _edge(-150 * np.log(2), 0.0),
                "The density at 0 is not 1 but 1 / sqrt(2 pi). Which term is missing under the root?",
            ),
            "smallest-normal": Mistake(
                _edge(-126 * np.log(2)),
                "2^-126 is the smallest number with full precision, `np.finfo(np.float32).tiny`. Below it there are"
                " smaller ones with fewer digits, down to 2^-149.",
            ),
            "not-the-root": Mistake(
                _edge(-150 * np.log(2)) ** 2,
                "That is the square of the place. Solve for x and not for its square.",
            ),
        },
        otherwise="Set the log of the density equal to the log of half the smallest positive number and solve for x.",
    ),
    Value(
        word="shift",
        title="The wrong shift",
        variable="gaps",
        expected=np.array([2 * LARGEST_EXPONENT, LARGEST_EXPONENT]),
        within=0.05,
        mistakes={
            "exchanged": Mistake(
                np.array([LARGEST_EXPONENT, 2 * LARGEST_EXPONENT]),
                "You have the two in the other order: first the mean, then the minimum. From the minimum the other"
                " term is a whole gap away, from the mean half of one.",
            ),
            "whole-gap": Mistake(
                np.array([LARGEST_EXPONENT, LARGEST_EXPONENT]),
                "The mean lies halfway between the terms. How far above it is the larger one?",
            ),
            "base-ten": Mistake(
                np.array([2 * 308.25, 308.25]),
                "308 is the largest exponent of ten. The largest exponent of e is larger by a factor of log(10).",
            ),
            "underflow": Mistake(
                np.array([2 * 745.13, 745.13]),
                "Below −745 an exponential becomes 0. This is about the other end, where it becomes infinite.",
            ),
        },
        otherwise="`np.exp(x)` is infinite from about x = 709.78 on. How far is the larger term from the shift?",
    ),
    Choice(
        word="weights",
        title="Forget the weights",
        variable="answer",
        right="c",
        replies={
            "a": "With weights of one half each log density is wrong by the same log 2, whatever the location. What"
            " is the derivative of a constant?",
            "b": "The log of each component's term is wrong by log 0.9 or log 0.1. That changes which component"
            " takes the point, and the score is made of responsibilities.",
            "c": "With equal weights the error is the same constant for every point and every location, and its"
            " derivative is 0. With 0.9 and 0.1 the responsibilities are wrong, and with them the score.",
            "d": "With one half each the error is the same constant everywhere, and its derivative is 0.",
        },
    ),
    Function(
        word="onepass",
        title="One pass",
        variable="update",
        reference=_updated,
        calls=[(0.0, 1.0, -1.0), (0.0, 1.0, 2.0), (1000.0, 1.5, 1001.0), (-1e4, 2.0, 3.0), (5.0, 1.0, 5.0)],
        within=1e-12,
        mistakes={
            "not-rescaled": Mistake(
                lambda m, s, a: (max(m, a), s + np.exp(a - max(m, a))),
                "When a new maximum arrives, the old sum is still measured from the old one. Every term in it has to"
                " be multiplied by the same factor.",
            ),
            "started-anew": Mistake(
                lambda m, s, a: (max(m, a), 1.0 if a > m else s + np.exp(a - m)),
                "When a new maximum arrives you forget the terms before it. They have become smaller relative to"
                " the new one, but not 0.",
            ),
            "inverse-factor": Mistake(
                lambda m, s, a: (max(m, a), s * np.exp(max(m, a) - m) + np.exp(a - max(m, a))),
                "The factor is upside down. Relative to a larger maximum the old terms become smaller.",
            ),
            "old-maximum": Mistake(
                lambda m, s, a: (m, s + np.exp(a - m)),
                "The maximum is never raised, so a large term still overflows.",
            ),
        },
        otherwise="After the update `s * exp(m)` must have grown by exp(a).",
    ),
    Function(
        word="whole",
        title="Where the log-sum-exp stands",
        variable="slope",
        reference=_whole_score,
        calls=[
            (np.array([0.5]), np.array([-1.0, 1.0])),
            (np.array([-1.2, 0.3, 1.1]), np.array([-1.0, 1.0])),
            (np.array([-1.2, 0.3, 1.1, 2.0]), np.array([0.2, 0.9])),
            (np.linspace(-4, 4.5, 2_001), np.array([-1.0, 1.0])),
        ],
        within=1e-8,
        mistakes={
            "point-by-point": Mistake(
                _point_score,
                "That is the score of the mixture of points: each point has responsibilities of its own. Here the"
                " sum over points is inside the log-sum-exp, so there is one set of responsibilities for all.",
            ),
            "naive-product": Mistake(
                lambda y, mu: _naive_score(y, mu),
                "For a few points that is right. With 2,001 the densities of all points together are too small for a"
                " float. Stay with their logarithms until the ratio is formed.",
            ),
            "no-responsibility": Mistake(
                lambda y, mu: (y[:, np.newaxis] - mu).sum(axis=0),
                "Each component pulls as if it had made the data for certain. The gradient of a log-sum-exp weights"
                " the slopes of its terms with their softmax.",
            ),
            "wrong-sign": Mistake(
                lambda y, mu: -_whole_score(y, mu),
                "The sign is the other way: a location below all points has to be pulled upwards.",
            ),
        },
        otherwise="For one data point this is the usual score. Try that first.",
    ),
]
