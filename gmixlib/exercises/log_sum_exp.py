"""Exercises on the log-sum-exp trick."""

from collections.abc import Callable

import numpy as np
from scipy.special import logsumexp, softmax

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


def _share_times_pull(log_p: Callable) -> Callable:
    """The slope with other logarithms under its softmax."""

    def slope(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
        return softmax(log_p(y, mu)) * (y[:, np.newaxis] - mu).sum(axis=0)

    return slope


def _softmax_of_points(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    pull = y[:, np.newaxis] - mu
    return (softmax(-0.5 * pull**2, axis=0) * pull).sum(axis=0)


def _winner_alone(y: np.ndarray, mu: np.ndarray) -> np.ndarray:
    log_p = _whole_log(y, mu)
    return (log_p == log_p.max()) * (y[:, np.newaxis] - mu).sum(axis=0)


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
            (np.array([-1000.0, 1000.0]),),
            (np.array([-np.inf, -np.inf]),),
            (np.array([5.0]),),
        ],
        within=1e-12,
        mistakes={
            "naive-exponentials": Mistake(
                lambda a: np.log(np.mean(np.exp(a))),
                "The formula is right and the computer is not: exp(1000) is too large for a float, and exp(-1000)"
                " too small. Take the largest term out before any exponential, as `logsumexp` does.",
            ),
            "own-shift": Mistake(
                lambda a: np.max(a) + np.log(np.mean(np.exp(a - np.max(a)))),
                "Right as long as one term is finite. If all terms are -inf the maximum is, too, and -inf − (-inf) is"
                " not a number. `logsumexp` knows that case.",
            ),
            "first-as-shift": Mistake(
                lambda a: a[0] + np.log(np.mean(np.exp(a - a[0]))),
                "You shift by the first term, and a later one may be larger by 2000. By which term is the shift safe?",
            ),
            "finite-terms": Mistake(
                lambda a: logsumexp(a) - np.log(np.isfinite(a).sum()),
                "You divide by the number of finite terms. A term of -inf adds nothing to the sum, and it counts.",
            ),
            "left-out": Mistake(
                lambda a: logsumexp(a) - np.log(max(np.isfinite(a).sum(), 1)),
                "You leave out the terms of -inf. The average of 0 and 1 is not 1: what is exp(-inf)?",
            ),
            "number-taken-off": Mistake(
                lambda a: logsumexp(a) - len(a),
                "You take off the number of terms itself. What does a division by n become under the logarithm?",
            ),
            "other-sign": Mistake(
                lambda a: logsumexp(a) + np.log(len(a)),
                "You add the log of the number of terms. Is the average larger than the sum or smaller?",
            ),
            "one-term-less": Mistake(
                lambda a: logsumexp(a) - np.log(len(a) - 1),
                "You divide by n − 1. That belongs to a variance from a sample; an average divides by n.",
            ),
            "always-two": Mistake(
                lambda a: logsumexp(a) - np.log(2),
                "Right for two terms. There may be any number of them.",
            ),
            "divided-terms": Mistake(
                lambda a: logsumexp(a / len(a)),
                "You divide the exponents by the number of terms. That takes a root of each exponential.",
            ),
            "largest": Mistake(
                lambda a: np.max(a),
                "That is the largest term. It is right if all are equal; the average of 1 and e is less than e.",
            ),
            "base-ten": Mistake(
                lambda a: logsumexp(a) - np.log10(len(a)),
                "The two logarithms have different bases.",
            ),
            "forgotten-average": Mistake(
                lambda a: logsumexp(a),
                "That is the log of the sum. The average divides by the number of terms; what is the log of a"
                " quotient?",
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
        otherwise="On equal terms the result is that term, whatever it is, and a term of -inf still counts as one.",
        after="It also took terms that are all -inf. A shift by the maximum, written by hand, fails there: -inf − (-inf) is"
        " not a number.",
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
            "other-sign": Mistake(
                np.sqrt(300 * np.log(2) + np.log(2 * np.pi)),
                "The constant has the wrong sign. The density at 0 is below 1, so does it fall to 2^-150 earlier or"
                " later than without it?",
            ),
            "not-doubled": Mistake(
                np.sqrt(150 * np.log(2) - 0.5 * np.log(2 * np.pi)),
                "The exponent of the density is half of the square. Multiply by 2 before you take the root.",
            ),
            "whole-constant": Mistake(
                np.sqrt(300 * np.log(2) - 2 * np.log(2 * np.pi)),
                "The constant is the root of 2 pi, so its logarithm is halved.",
            ),
            "no-log-of-two": Mistake(
                np.sqrt(300 - np.log(2 * np.pi)),
                "150 is the logarithm to the base 2. The density has an exponent of e.",
            ),
            "twice-the-smallest": Mistake(
                _edge(-148 * np.log(2)),
                "2^-148 is twice the smallest positive number. What is half of it?",
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
        otherwise="Set the log of the density equal to the log of half the smallest positive number and solve for x. The"
        " density is computed in float64 and rounded only when it is stored.",
        after="In float32 a point 14.4 scales away is lost, in float64 one 38.6 scales away.",
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
            "halved": Mistake(
                np.array([LARGEST_EXPONENT / 2, np.nan]),
                "For the mean you halved. The larger term stands half a gap above it: how large is the whole gap if half"
                " of it is 709.8?",
            ),
            "whole-gap": Mistake(
                np.array([LARGEST_EXPONENT, np.nan]),
                "The mean lies halfway between the terms. How far above it is the larger one?",
            ),
            "both-doubled": Mistake(
                np.array([np.nan, 2 * LARGEST_EXPONENT]),
                "From the smaller term the larger one is a whole gap away, and not half of one.",
            ),
            "float32": Mistake(
                np.array([2 * 128 * np.log(2), 128 * np.log(2)]),
                "Those are the gaps for float32.",
            ),
            "base-two": Mistake(
                np.array([2048.0, 1024.0]),
                "1024 is the exponent of two at which a float64 becomes infinite. Which exponent of e is that?",
            ),
            "one-exponent-less": Mistake(
                np.array([2 * 1023 * np.log(2), 1023 * np.log(2)]),
                "You took 2^1023 for the largest float. Its exponent is 1023, but the digits before it go up to nearly 2.",
            ),
            "base-ten": Mistake(
                np.log10(np.finfo(float).max) * np.array([2, 1]),
                "308 is the largest exponent of ten. The largest exponent of e is larger by a factor of log(10).",
            ),
            "underflow": Mistake(
                np.array([2 * 745.13, 745.13]),
                "Below −745 an exponential becomes 0. This is about the other end, where it becomes infinite.",
            ),
        },
        otherwise="`np.exp(x)` is infinite from about x = 709.78 on. How far is the larger term from the shift?",
        after="From the maximum no exponent is above 0, and no gap does harm. Small terms may vanish, but beside the largest"
        " one they are nothing.",
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
        calls=[
            (0.0, 1.0, -1.0),
            (0.0, 1.0, 2.0),
            (1000.0, 1.5, 1001.0),
            (-1e4, 2.0, 3.0),
            (5.0, 1.5, 5.0),
            (1e9, 1.5, 1e9 - 1),
            (2.0, 3.0, -np.inf),
            (-np.inf, 1.0, 0.5),
        ],
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
            "from-the-old": Mistake(
                lambda m, s, a: (max(m, a), s + np.exp(a - m)),
                "The maximum is raised, but the new term and the old sum are still measured from the old one. Which"
                " exponentials change if m does?",
            ),
            "own-term-forgotten": Mistake(
                lambda m, s, a: (a, s * np.exp(m - a)) if a > m else (m, s + np.exp(a - m)),
                "A new maximum rescales the old sum and does not join it. What is its own exponential, measured from"
                " itself?",
            ),
            "tie-forgotten": Mistake(
                lambda m, s, a: _updated(m, s, a) if a != m else (m, s),
                "A term that equals the maximum is lost: it raises nothing, but it adds exp(0).",
            ),
            "exchanged": Mistake(
                lambda m, s, a: _updated(m, s, a)[::-1],
                "You return the sum first. The maximum is asked for first, then the sum.",
            ),
            "undone": Mistake(
                lambda m, s, a: (max(m, a), (s * np.exp(m) + np.exp(a)) / np.exp(max(m, a))),
                "You go back to the plain exponentials, which are too large for m = 1000. Take the difference before the"
                " exponential, not the quotient after it.",
            ),
            "log-of-all": Mistake(
                lambda m, s, a: (max(m, a), max(m, a) + np.log(_updated(m, s, a)[1])),
                "The second is the log-sum-exp of all terms. That is for the end; in between s is a sum.",
            ),
            "sum-in-exponent": Mistake(
                lambda m, s, a: (max(m, a), np.exp(s * (m - max(m, a))) + np.exp(a - max(m, a))),
                "The old sum stands in the exponent. It is multiplied by an exponential.",
            ),
            "by-logarithms": Mistake(
                lambda m, s, a: (max(m, a), np.exp(np.logaddexp(m + np.log(s), a) - max(m, a))),
                "You go through the log of all terms, m + log(s). Its exponential, measured from the maximum, is one of a"
                " positive number; and beside m = 1e9 a float has no room for the digits of log(s).",
            ),
        },
        bounded=(
            (0.0, 1.0, 800.0),
            (
                "The result is right, but on the way the exponential of a positive number is computed and thrown away."
                " `np.where` computes both of its branches; an `if` computes one."
            ),
        ),
        otherwise="After the update `s * exp(m)` must have grown by exp(a). A term may be larger than m, smaller, equal to"
        " it, or -inf.",
        after="s * exp(m), the sum of all terms so far, is never formed. At the end m + log(s) is their log-sum-exp, after"
        " one pass.",
    ),
    Function(
        word="whole",
        title="Where the log-sum-exp stands",
        variable="slope",
        reference=_whole_score,
        calls=[
            (np.array([0.5]), np.array([-1.0, 1.0])),
            (np.array([-1.2, 0.3, 1.1]), np.array([-1.0, 1.0])),
            (np.array([-1.2, 0.3, 1.1, 2.0]), np.array([0.2, 1.2])),
            (np.array([-1.2, 0.3, 1.1, 2.0]), np.array([0.2, 1.2, -0.7])),
            (np.linspace(-2, 2.01, 200), np.array([-0.5, 0.5])),
            (np.linspace(-4, 4.5, 2_001), np.array([-1.0, 1.0])),
        ],
        within=1e-11,  # differences of the log density are further off, where the shares turn fast
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
            "average-point": Mistake(
                _share_times_pull(lambda y, mu: -0.5 * (y.mean() - mu) ** 2),
                "Your responsibilities are those of the average point. The densities of all points are multiplied, so"
                " their logarithms add up.",
            ),
            "mean-of-pulls": Mistake(
                lambda y, mu: _whole_score(y, mu) / y.size,
                "You average the pulls of the points. The log density of all has a sum, and so has its derivative.",
            ),
            "half-kept": Mistake(
                lambda y, mu: 0.5 * _whole_score(y, mu),
                "Half of what it should be. What does the square give when it is differentiated?",
            ),
            "softmax-over-points": Mistake(
                _softmax_of_points,
                "Your shares sum to 1 over the points. Here the components compete, with all points on one side.",
            ),
            "no-half": Mistake(
                _share_times_pull(lambda y, mu: 2 * _whole_log(y, mu)),
                "Under the softmax the logarithms are twice too large. Where is the one half of the exponent?",
            ),
            "farther-is-better": Mistake(
                _share_times_pull(lambda y, mu: -_whole_log(y, mu)),
                "Your shares favour the component that is farther from the points. What is the sign of the exponent?",
            ),
            "equal-shares": Mistake(
                lambda y, mu: (y[:, np.newaxis] - mu).sum(axis=0) / mu.size,
                "You give each component the same share. Equal weights are shares before the data; which component has"
                " made them?",
            ),
            "winner-alone": Mistake(
                _winner_alone,
                "Only the best component is pulled. With many points that is nearly so; for a few, and where two are"
                " nearly as good, both have their share.",
            ),
            "one-number": Mistake(
                lambda y, mu: _whole_score(y, mu).sum(),
                "You add up the components. A gradient has an entry for each of them.",
            ),
            "wrong-sign": Mistake(
                lambda y, mu: -_whole_score(y, mu),
                "The sign is the other way: a location below all points has to be pulled upwards.",
            ),
        },
        otherwise="For one data point this is the usual score. If only the last digits differ: a derivative is asked for,"
        " and differences of the log density come near it only.",
        after="With many points the shares are nearly 0 and 1, whatever the points say one by one: a single component takes"
        " all of them. That is why the sum over points has to stand outside.",
    ),
]
