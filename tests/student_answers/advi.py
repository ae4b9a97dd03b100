"""Answers to the exercises on ADVI."""

import math

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, softmax

from student_answers import Tried


def cost_by_inverse(covariance):
    precision = np.linalg.inv(covariance)
    return 0.5 * math.log(np.prod(np.diag(precision)) / np.linalg.det(precision))


def cost_by_search(covariance):
    """Looks for the best log variances."""
    precision = np.linalg.inv(covariance)

    def divergence(t):
        own = np.diag(precision)
        value = 0.5 * (own @ np.exp(t) - t.sum() - t.size - np.linalg.slogdet(precision)[1])
        return value, 0.5 * (own * np.exp(t) - 1)

    return minimize(divergence, np.zeros(len(covariance)), jac=True, options={"gtol": 1e-9}).fun


def cost_by_correlation_matrix(covariance):
    sd = np.sqrt(np.diag(covariance))
    return -0.5 * np.log(np.linalg.det(covariance / sd / sd[:, np.newaxis]))


def cost_with_the_same_sd(covariance):
    precision, size = np.linalg.inv(covariance), len(covariance)
    variance = [covariance[k, k] for k in range(size)]
    total = -math.log(np.linalg.det(precision))
    for k in range(size):
        total += precision[k, k] * variance[k] - math.log(variance[k]) - 1
    return total / 2


def cost_pair_by_pair(covariance):
    total = 0
    for i in range(len(covariance)):
        for j in range(i):
            rho_square = covariance[i, j] ** 2 / (covariance[i, i] * covariance[j, j])
            total -= math.log(1 - rho_square) / 2
    return total


def moments_by_hand(mean, sd, corr):
    centre, half = (mean[0] + mean[1]) / 2, (mean[1] - mean[0]) / 2
    variance = (sd[0] ** 2 + sd[1] ** 2) / 2 + half**2
    covariance = corr * sd[0] * sd[1] - half**2
    return [centre, centre], [[variance, covariance], [covariance, variance]]


def moments_by_nodes(mean, sd, corr):
    """Puts four points of equal mass at each mode that have its mean and covariance."""
    root = np.linalg.cholesky([[1, corr], [corr, 1]])
    corners = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]]) @ root.T * sd + mean
    points = np.concatenate([corners, corners[:, ::-1]])
    return points.mean(axis=0), np.cov(points.T, bias=True)


def moments_of_one_mode(mean, sd, corr):
    off = corr * sd[0] * sd[1]
    return mean, np.array([[sd[0] ** 2, off], [off, sd[1] ** 2]])


def moments_as(variance_of, covariance_of):
    def moments(mean, sd, corr):
        gap = mean[1] - mean[0]
        v, c = variance_of(sd, gap), covariance_of(corr * sd[0] * sd[1], gap)
        return np.array([mean.mean()] * 2), np.array([[v, c], [c, v]])

    return moments


def average_variance(sd):
    return (sd[0] ** 2 + sd[1] ** 2) / 2


def sweep_of_arrays(y, m, variance, alpha):
    a = digamma(alpha) - digamma(alpha.sum()) - ((y[:, np.newaxis] - m) ** 2 + variance) / 2
    r = softmax(a, axis=1)
    precision = r.sum(axis=0) + 0.01
    return r.T @ y / precision, 1 / precision, 1 + r.sum(axis=0)


def sweep_by_loops(y, m, variance, alpha):
    """Leaves out what is the same for all categories."""
    size, total = [0.0] * len(m), [0.0] * len(m)
    for point in y:
        p = [
            math.exp(digamma(alpha[k]) + point * m[k] - (m[k] ** 2 + variance[k]) / 2) for k in range(len(m))
        ]
        for k in range(len(m)):
            size[k] += p[k] / sum(p)
            total[k] += p[k] / sum(p) * point
    new = [1 / (n + 0.01) for n in size]
    return [s * t for s, t in zip(new, total, strict=True)], new, [n + 1 for n in size]


def sweep_with(log_weights=None, variance_counts=True, hard=False, new_alpha=None, prior=0.01):
    def sweep(y, m, variance, alpha):
        logs = digamma(alpha) if log_weights is None else log_weights(alpha)
        a = logs - (y[:, None] - m[None, :]) ** 2 / 2
        if variance_counts:
            a = a - variance / 2
        r = np.exp(a - a.max(axis=1)[:, None])
        r /= r.sum(axis=1)[:, None]
        if hard:
            r = np.eye(len(m))[r.argmax(axis=1)]
        n = r.sum(axis=0)
        v = 1 / (n + prior)
        return v * (r * y[:, None]).sum(axis=0), v, n + 1 if new_alpha is None else new_alpha(n, alpha)

    return sweep


ANSWERS = {
    "nat": Tried(
        right={"three decimals": 0.93, "more": math.sqrt(1 - math.exp(-2))},
        wrong={
            "no-half": (0.795, "half a nat"),
            "not-the-root": (0.865, "square"),
            "ratio-of-spreads": (0.368, "too narrow"),
            "bits": (0.866, "one bit"),
        },
    ),
    "cost": Tried(
        right={"inverse": cost_by_inverse, "search": cost_by_search},
        wrong={
            "marginal-variances": (cost_by_correlation_matrix, "diagonal"),
            "spreads-kept": (cost_with_the_same_sd, "no correlations"),
            "pairs": (cost_pair_by_pair, "all pairs"),
            "no-half": (lambda covariance: 2 * cost_by_inverse(covariance), "twice too large"),
            "wrong-sign": (lambda covariance: -cost_by_inverse(covariance), "never negative"),
        },
    ),
    "moments": Tried(
        right={"by hand": moments_by_hand, "eight points": moments_by_nodes},
        wrong={
            "one-mode": (moments_of_one_mode, "mirror image"),
            "within-alone": (
                moments_as(lambda sd, gap: average_variance(sd), lambda c, gap: c),
                "inside a mode",
            ),
            "wrong-sign": (
                moments_as(lambda sd, gap: average_variance(sd) + gap**2 / 4, lambda c, gap: c + gap**2 / 4),
                "which sign",
            ),
            "whole-gap": (
                moments_as(lambda sd, gap: average_variance(sd) + gap**2, lambda c, gap: c - gap**2),
                "distance between",
            ),
            "uncorrelated-modes": (
                moments_as(lambda sd, gap: average_variance(sd) + gap**2 / 4, lambda c, gap: c),
                "makes a covariance",
            ),
            "spreads-averaged": (
                moments_as(lambda sd, gap: sd.mean() ** 2 + gap**2 / 4, lambda c, gap: c - gap**2 / 4),
                "standard deviations",
            ),
        },
    ),
    "entropy": Tried(
        right={"a letter": "b"},
        wrong={"a": ("a", "gradient"), "c": ("(c)", "wide fit"), "d": ("D", "not a constant")},
    ),
    "closer": Tried(
        right={"with a dot": "d."},
        wrong={"a": ("a", "far apart"), "b": ("b", "do grow"), "c": ("c", "more doubt")},
    ),
    "weights": Tried(
        right={"arrays": sweep_of_arrays, "loops": sweep_by_loops},
        wrong={
            "log-of-the-mean": (sweep_with(log_weights=np.log), "mean of the log weight"),
            "equal-weights": (sweep_with(log_weights=np.zeros_like), "expected log"),
            "locations-certain": (sweep_with(variance_counts=False), "expectation"),
            "hard-categories": (sweep_with(hard=True), "for good"),
            "added-to-the-old": (sweep_with(new_alpha=lambda n, alpha: n + alpha), "once more"),
            "no-weight-prior": (sweep_with(new_alpha=lambda n, alpha: n), "flat prior"),
            "no-location-prior": (sweep_with(prior=0), "hundredth"),
        },
    ),
}
