"""Answers to the exercises on the log-sum-exp trick."""

import math

import numpy as np

from student_answers import Tried


def mean_by_loop(a):
    top = max(a)
    return top + math.log(sum(math.exp(term - top) for term in a) / len(a))


def mean_in_float32(a):
    a = np.asarray(a, dtype=np.float32)
    return np.float32(a.max()) + np.log(np.mean(np.exp(a - a.max()), dtype=np.float32))


def mean_of_exponentials(a):
    total = 0.0
    for term in a:
        total += np.exp(term)
    return np.log(total / len(a))


def sum_instead(a):
    top = a.max()
    return top + np.log(np.exp(a - top).sum())


def divided_afterwards(a):
    return sum_instead(a) / a.size


def update_by_cases(m, s, a):
    if a <= m:
        return [m, s + math.exp(a - m)]
    return [a, 1 + s * math.exp(m - a)]


def update_in_logs(m, s, a):
    total = np.logaddexp(m + np.log(s), a)
    top = np.maximum(m, a)
    return np.array([top, np.exp(total - top)])


def update_keeping_the_sum(m, s, a):
    if a > m:
        m = a
    return m, s + np.exp(a - m)


def update_anew(m, s, a):
    if a > m:
        return a, 1.0
    return m, s + np.exp(a - m)


def update_upside_down(m, s, a):
    if a > m:
        return a, s * np.exp(a - m) + 1
    return m, s + np.exp(a - m)


def update_without_maximum(m, s, a):
    return m, s + np.exp(a - m)


def slope_by_softmax(y, mu):
    result = []
    log_p = [-sum((point - m) ** 2 for point in y) / 2 for m in mu]
    shares = [1 / sum(math.exp(min(other - own, 700)) for other in log_p) for own in log_p]
    for m, share in zip(mu, shares, strict=True):
        result.append(share * (sum(y) - len(y) * m))
    return result


def slope_by_differences(y, mu, h=1e-5):
    def log_density(mu):
        return np.logaddexp.reduce([-0.5 * np.sum((y - m) ** 2) for m in mu])

    return [(log_density(mu + h * e) - log_density(mu - h * e)) / (2 * h) for e in np.eye(len(mu))]


def slope_by_product(y, mu):
    likelihoods = np.array([np.prod(np.exp(-((y - m) ** 2) / 2)) for m in mu])
    return likelihoods / np.sum(likelihoods) * np.array([np.sum(y - m) for m in mu])


def slope_of_points(y, mu):
    total = np.zeros(len(mu))
    for point in y:
        p = np.exp(-0.5 * (point - mu) ** 2)
        total += p / p.sum() * (point - mu)
    return total


def slope_of_all_alike(y, mu):
    return np.array([np.sum(y - m) for m in mu])


def slope_downwards(y, mu):
    return -np.asarray(slope_by_softmax(y, mu))


largest = 1024 * math.log(2)

ANSWERS = {
    "mean": Tried(
        right={"a loop": mean_by_loop, "in float32": mean_in_float32},
        wrong={
            "naive-exponentials": (mean_of_exponentials, "too large for a float"),
            "forgotten-average": (sum_instead, "division"),
            "divided-log": (divided_afterwards, "inside the logarithm"),
            "mean-of-logs": (lambda a: sum(a) / len(a), "average of the logarithms"),
        },
    ),
    "float32": Tried(
        right={"two decimals": 14.36, "found by halving": np.float32(14.3564)},
        wrong={
            "no-rounding": (14.31, "rounded to 0"),
            "float64": (38.58, "float64"),
            "no-constant": (14.42, "sqrt(2 pi)"),
            "smallest-normal": (13.15, "full precision"),
            "not-the-root": (206.11, "square"),
        },
    ),
    "shift": Tried(
        right={"a list": [1419.6, 709.8], "a tuple": (2 * largest, largest)},
        wrong={
            "exchanged": ([709.8, 1419.6], "other order"),
            "whole-gap": (np.full(2, 709.78), "halfway"),
            "base-ten": ([616.5, 308.25], "exponent of ten"),
            "underflow": ([1490.26, 745.13], "other end"),
        },
    ),
    "weights": Tried(
        right={"a capital": "C"},
        wrong={"a": ("a", "same log 2"), "b": ("b", "which component"), "d": (" d.", "everywhere")},
    ),
    "onepass": Tried(
        right={"by cases": update_by_cases, "in logarithms": update_in_logs},
        wrong={
            "not-rescaled": (update_keeping_the_sum, "measured from the old"),
            "started-anew": (update_anew, "forget"),
            "inverse-factor": (update_upside_down, "upside down"),
            "old-maximum": (update_without_maximum, "never raised"),
        },
    ),
    "whole": Tried(
        right={"a loop": slope_by_softmax, "differences": slope_by_differences},
        wrong={
            "point-by-point": (slope_of_points, "mixture of points"),
            "naive-product": (slope_by_product, "2,001"),
            "no-responsibility": (slope_of_all_alike, "for certain"),
            "wrong-sign": (slope_downwards, "sign"),
        },
    ),
}
