"""Answers to the exercises on Gibbs sampling over categories."""

import math
from itertools import product

import numpy as np

from student_answers import Tried


def parameters_by_loop(n, alpha):
    parameters = []
    for k in range(len(n)):
        parameters.append(float(n[k]) + float(alpha[k]))
    return parameters


def parameters_by_points(n, alpha):
    parameters = alpha.copy()
    for k, count in enumerate(n):
        for _ in range(count):
            parameters[k] += 1
    return parameters


def mean_weights(n, alpha):
    total = n.sum() + alpha.sum()
    return [(n[k] + alpha[k]) / total for k in range(n.size)]


def scale_by_inverse_gamma(n, q, size, rng):
    from scipy.stats import invgamma

    return np.sqrt(invgamma((n - 1) / 2, scale=q / 2).rvs(size, random_state=rng))


def scale_by_chi_square(n, q, size, rng):
    return [math.sqrt(q / rng.chisquare(n - 1)) for _ in range(size)]


def scale_with_n(n, q, size, rng):
    return np.sqrt(q / rng.chisquare(n, size=size))


def scale_without_jacobian(n, q, size, rng):
    return np.sqrt(q / rng.chisquare(n + 2, size=size))


def scale_with_inverse_jacobian(n, q, size, rng):
    return np.sqrt(q / rng.chisquare(n + 5, size=size))


def scale_without_half(n, q, size, rng):
    return np.sqrt(1 / rng.gamma((n - 1) / 2, 1 / q, size=size))


def scale_with_rate(n, q, size, rng):
    lam = rng.gamma(shape=(n - 1) / 2, scale=q / 2, size=size)
    return 1 / np.sqrt(lam)


def precision_instead(n, q, size, rng):
    return rng.gamma(shape=(n - 1) / 2, scale=2 / q, size=size)


def variance_instead(n, q, size, rng):
    return 1 / rng.gamma(shape=(n - 1) / 2, scale=2 / q, size=size)


def log_normal(x, mean, variance):
    return -0.5 * math.log(2 * math.pi * variance) - (x - mean) ** 2 / (2 * variance)


def second_by_counts(y, z, i):
    log_p = []
    for k in (0, 1):
        n = total = 0
        for j in range(len(y)):
            if j != i and z[j] == k:
                n += 1
                total += y[j]
        v = 1 / (n + 0.01)
        log_p.append(math.log((n + 1) / (len(y) + 1)) + log_normal(y[i], v * total, 1 + v))
    return 1 / (1 + math.exp(log_p[0] - log_p[1]))


def second_by_chain(y, z, i):
    """Builds the joint density point by point, and sums over all assignments that agree outside i."""
    joint = {}
    for assignment in product([0, 1], repeat=len(y)):
        if any(a != b for j, (a, b) in enumerate(zip(assignment, z, strict=True)) if j != i):
            continue
        log_joint, n, total = 0.0, [0, 0], [0.0, 0.0]
        for y_j, k in zip(y, assignment, strict=True):
            v = 1 / (n[k] + 1 / 100)
            log_joint += math.log((n[k] + 1) / (sum(n) + 2)) + log_normal(y_j, v * total[k], 1 + v)
            n[k] += 1
            total[k] += y_j
        joint[assignment[i]] = math.exp(log_joint)
    return joint[1] / (joint[0] + joint[1])


def second_of_equal_weights(y, z, i):
    y_others, z_others = np.delete(y, i), np.delete(z, i)
    n, total = np.bincount(z_others, minlength=2), np.bincount(z_others, y_others, minlength=2)
    v = 1 / (n + 1 / 10**2)
    p = np.exp(-0.5 * (y[i] - v * total) ** 2 / (1 + v)) / np.sqrt(1 + v)
    return p[1] / p.sum()


def second_counted_in(y, z, i):
    n, total = np.bincount(z, minlength=2), np.bincount(z, y, minlength=2)
    v = 1 / (n + 1 / 10**2)
    p = (n + 1) * np.exp(-0.5 * (y[i] - v * total) ** 2 / (1 + v)) / np.sqrt(1 + v)
    return p[1] / p.sum()


def second_with_weight_counted_in(y, z, i):
    n, total = np.bincount(z, minlength=2), np.bincount(z, y, minlength=2)
    w = n + 1.0
    n[z[i]] -= 1
    total[z[i]] -= y[i]
    v = 1 / (n + 1 / 10**2)
    p = w * np.exp(-0.5 * (y[i] - v * total) ** 2 / (1 + v)) / np.sqrt(1 + v)
    return p[1] / p.sum()


def second_with(weight, variance):
    def probability(y, z, i):
        rest = [j for j in range(len(y)) if j != i]
        p = []
        for k in (0, 1):
            members = [y[j] for j in rest if z[j] == k]
            v = 1 / (len(members) + 0.01)
            p.append(weight(len(members)) * math.exp(log_normal(y[i], v * sum(members), variance(v))))
        return p[1] / sum(p)

    return probability


ANSWERS = {
    "weights": Tried(
        right={"a loop": parameters_by_loop, "point by point": parameters_by_points},
        wrong={
            "no-prior": (lambda n, alpha: n, "counts alone"),
            "flat-prior": (lambda n, alpha: [count + 1 for count in n], "another one"),
            "flat-as-well": (
                lambda n, alpha: [1 + count + a for count, a in zip(n, alpha, strict=True)],
                "two priors",
            ),
            "exponents": (lambda n, alpha: n + (alpha - 1), "exponents"),
            "mean": (mean_weights, "mean weights"),
        },
    ),
    "thin": Tried(
        right={"whole numbers": [526, 515], "geometric series": (1e4 * 0.1 / 1.9, 2e3 * 0.40951 / 1.59049)},
        wrong={
            "same-autocorrelation": ([526, 105], "five sweeps"),
            "all-draws": ([526, 2575], "how many draws"),
            "divided-autocorrelation": ([526.3, 2_000 * 0.82 / 1.18], "divided"),
            "one-sided": ([1000, 819], "before it and after it"),
            "exchanged": ([515, 526], "other order"),
        },
    ),
    "scales": Tried(
        right={"inverse gamma": scale_by_inverse_gamma, "chi-square, one by one": scale_by_chi_square},
        wrong={
            "not-differentiated": (
                lambda n, q, size, rng: np.sqrt((q / 2) / rng.gamma(n / 2 + 0.5, size=size)),
                "multiplied by sigma",
            ),
            "flat-in-the-log": (scale_with_n, "flat in the log"),
            "no-jacobian": (scale_without_jacobian, "left the density"),
            "inverse-jacobian": (scale_with_inverse_jacobian, "upside down"),
            "whole-sum": (scale_without_half, "twice too large"),
            "rate-for-scale": (scale_with_rate, "second argument"),
            "precision": (precision_instead, "draws of the precision"),
            "variance": (variance_instead, "draws of the variance"),
        },
    ),
    "variance": Tried(
        right={"in brackets": "(c)"},
        wrong={"a": ("a", "second parameter"), "b": ("B", "below 1"), "d": ("d", "another distribution")},
    ),
    "trapped": Tried(
        right={"two decimals": -48.65, "power of 0.8": math.log10(0.8) * 502},
        wrong={
            "sign": (48.65, "negative"),
            "one-weight": (-22.97, "at the same time"),
            "independent": (-45.94, "independent"),
            "sum-of-both": (-46.55, "0.2 together"),
            "height-alone": (-48.46, "height"),
            "natural-log": (-112.02, "base ten"),
        },
    ),
    "collapse": Tried(
        right={"counts": second_by_counts, "the chain of all points": second_by_chain},
        wrong={
            "other-category": (lambda y, z, i: 1 - second_by_counts(y, z, i), "category 0"),
            "equal-weights": (second_of_equal_weights, "equal and known"),
            "counted-in": (second_counted_in, "own neighbours"),
            "weight-counted-in": (second_with_weight_counted_in, "and the weight does not"),
            "no-prior": (second_with(lambda n: n, lambda v: 1 + v), "bare counts"),
            "location-known": (second_with(lambda n: n + 1, lambda v: 1), "location as known"),
            "no-error": (second_with(lambda n: n + 1, lambda v: v), "plus an error"),
        },
    ),
}
