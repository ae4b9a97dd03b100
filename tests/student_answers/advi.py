"""Answers to the exercises on ADVI."""

import math
from decimal import Decimal

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


def cost_by_cholesky(covariance):
    lower = np.linalg.cholesky(covariance)
    upside = np.linalg.inv(lower)
    return np.array([np.log(np.diag(lower)).sum() + 0.5 * np.log((upside**2).sum(axis=0)).sum()])


def cost_of_one_over_the_diagonal(covariance):
    own = 1 / np.diag(covariance)
    return 0.5 * np.log(np.prod(own) / np.linalg.det(np.linalg.inv(covariance)))


def cost_with_determinant_of(matrix):
    def cost(covariance):
        precision = np.linalg.inv(covariance)
        return sum(0.5 * np.log(precision[k, k]) for k in range(len(precision))) - 0.5 * np.log(
            np.linalg.det(matrix(covariance))
        )

    return cost


def cost_of_the_corner(covariance):
    rho = covariance[0, 1] / math.sqrt(covariance[0, 0] * covariance[1, 1])
    return -math.log(1 - rho**2) / 2


def cost_of_the_corner_of_the_inverse(covariance):
    precision = np.linalg.inv(covariance)
    det = np.linalg.det(np.linalg.inv(covariance[:2, :2]))
    return 0.5 * math.log(precision[0, 0] * precision[1, 1] / det)


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


def moments_changed(change):
    def moments(mean, sd, corr):
        centre, covariance = moments_by_nodes(mean, sd, corr)
        return change(mean, sd, corr, centre, covariance)

    return moments


def roots_on_the_diagonal(mean, sd, corr, centre, covariance):
    variances = np.diag(np.diag(covariance))
    return centre, covariance - variances + np.sqrt(variances)


def own_variances(mean, sd, corr, centre, covariance):
    half = (mean[1] - mean[0]) / 2
    off = covariance[0, 1]
    return centre, [[sd[0] ** 2 + half**2, off], [off, sd[1] ** 2 + half**2]]


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


def sweep_of(y, m, variance, alpha, axis=1, factor=0.5, own=1.0, logs=digamma):
    a = logs(alpha) - factor * ((y[:, None] - m) ** 2 + own * variance)
    return softmax(a, axis=axis)


def sweep_from(r, y, v=None, mean_v=None):
    v = 1 / (r.sum(axis=0) + 1 / 100) if v is None else v
    return (v if mean_v is None else mean_v) * (y @ r), v, 1 + r.sum(axis=0)


def sweep_to_roots(y, m, variance, alpha):
    m, v, alpha = sweep_of_arrays(y, m, variance, alpha)
    return m, v**0.5, alpha


def sweep_in_another_order(y, m, variance, alpha):
    m, v, alpha = sweep_of_arrays(y, m, variance, alpha)
    return v, m, alpha


def sweep_weighed_after(y, m, variance, alpha):
    r = sweep_of(y, m, variance, alpha, logs=np.zeros_like)
    return sweep_from(r * np.exp(digamma(alpha) - digamma(alpha.sum())), y)


def sweep_to_averages(y, m, variance, alpha):
    r = sweep_of(y, m, variance, alpha)
    n = r.sum(axis=0)
    return r.T @ y / n, 1 / (n + 0.01), n + 1


def sweep_twice(y, m, variance, alpha):
    alpha = 1 + sweep_of(y, m, variance, alpha).sum(axis=0)
    m, v, _ = sweep_from(sweep_of(y, m, variance, alpha), y)
    return m, v, alpha


def sweep_by_exponentials(y, m, variance, alpha):
    k = len(m)
    r = np.zeros((len(y), k))
    for i in range(len(y)):
        p = np.exp(digamma(alpha) - digamma(alpha.sum()) - 0.5 * ((y[i] - m) ** 2 + variance))
        r[i] = p / p.sum()
    return sweep_from(r, y)


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
        return v * (r * y[:, np.newaxis]).sum(axis=0), v, n + 1 if new_alpha is None else new_alpha(n, alpha)

    return sweep


ANSWERS = {
    "nat": Tried(
        right={
            "three decimals": 0.93,
            "more": math.sqrt(1 - math.exp(-2)),
            "a decimal in a list": [Decimal("0.930")],
        },
        wrong={
            "no-half": (0.795, "half a nat"),
            "not-the-root": (0.865, "square"),
            "square-in-two-digits": (0.86, "two of its digits"),
            "ratio-of-spreads": (0.368, "too narrow"),
            "bits": (0.866, "one bit"),
            "half-twice": (0.991, "two nats"),
            "base-ten": (0.995, "base ten"),
            "negative": (-0.93, "The size is right"),
            "left-over": (0.135, "that is left. How"),
            "root-of-a-share": (0.607, "1/e"),
            "above-one": (2.528, "above 1"),
        },
    ),
    "cost": Tried(
        right={"inverse": cost_by_inverse, "search": cost_by_search, "Cholesky": cost_by_cholesky},
        wrong={
            "marginal-variances": (cost_by_correlation_matrix, "wide as each coordinate"),
            "spreads-kept": (cost_with_the_same_sd, "no correlations"),
            "pairs": (cost_pair_by_pair, "all pairs"),
            "no-half": (lambda covariance: 2 * cost_by_inverse(covariance), "twice too large"),
            "wrong-sign": (lambda covariance: -cost_by_inverse(covariance), "never negative"),
            "inverse-of-diagonal": (cost_of_one_over_the_diagonal, "invert the matrix first"),
            "sign-of-determinant": (cost_with_determinant_of(lambda c: c), "the other sign"),
            "determinant-alone": (lambda c: -np.log(np.linalg.det(c)) / 2, "units"),
            "diagonal-alone": (cost_with_determinant_of(lambda c: np.eye(len(c))), "two parts"),
            "two-coordinates": (cost_of_the_corner, "Only the first two"),
            "two-of-the-inverse": (cost_of_the_corner_of_the_inverse, "inverted the whole"),
            "per-coordinate": (lambda c: cost_by_inverse(c) * 2 / len(c), "divide by K"),
        },
    ),
    "moments": Tried(
        right={
            "by hand": moments_by_hand,
            "eight points": moments_by_nodes,
            "lists": moments_changed(lambda *given: [given[3].tolist(), given[4].tolist()]),
        },
        wrong={
            "one-mode": (moments_of_one_mode, "mirror image, too"),
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
                "averaged standard deviations and squared",
            ),
            "not-squared": (
                moments_as(lambda sd, gap: sd.mean() + gap**2 / 4, lambda c, gap: c - gap**2 / 4),
                "Square each first",
            ),
            "kept-apart": (moments_changed(own_variances), "two variances"),
            "correlation-for-covariance": (
                moments_changed(
                    lambda m, s, corr, c, v: (c, v + (np.ones((2, 2)) - np.eye(2)) * corr * (1 - s.prod()))
                ),
                "correlation for the covariance",
            ),
            "sd-on-the-diagonal": (moments_changed(roots_on_the_diagonal), "their roots"),
            "correlation-matrix": (
                moments_changed(lambda m, s, corr, c, v: (c, v / np.sqrt(np.outer(np.diag(v), np.diag(v))))),
                "matrix of correlations",
            ),
            "about-zero": (moments_changed(lambda m, s, corr, c, v: (c, v + c[0] ** 2)), "about 0"),
            "mean-zero": (moments_changed(lambda m, s, corr, c, v: ([0, 0], v)), "mirror is the diagonal"),
            "mean-of-one-mode": (
                moments_changed(lambda m, s, corr, c, v: (m, v)),
                "the mean is that of one mode",
            ),
            "gap-not-squared": (
                moments_as(
                    lambda sd, gap: average_variance(sd) + gap / 2,
                    lambda c, gap: c - gap / 2,
                ),
                "it is squared",
            ),
        },
    ),
    "entropy": Tried(
        right={
            "a letter": "b",
            "with its words": "(b) The means go to a mode, and the standard deviations go to 0",
            "in a list": ["b"],
            "after a word": "Answer b",
            "with a colon": "b:",
        },
        wrong={"a": ("a", "gradient"), "c": ("(c)", "wide fit"), "d": ("D", "not a constant")},
    ),
    "closer": Tried(
        right={
            "with a dot": "d.",
            "with its words": "(d) The ratio falls",
            "in a list": ["d"],
            "after a word": "Answer d",
            "with a colon": "d:",
        },
        wrong={"a": ("a", "far apart"), "b": ("b", "do grow"), "c": ("c", "more doubt")},
    ),
    "weights": Tried(
        right={
            "arrays": sweep_of_arrays,
            "loops": sweep_by_loops,
            "an array of rows": lambda *given: np.array(sweep_of_arrays(*given)),
        },
        wrong={
            "log-of-the-mean": (sweep_with(log_weights=np.log), "mean of the log weight"),
            "equal-weights": (sweep_with(log_weights=np.zeros_like), "expected log"),
            "locations-certain": (sweep_with(variance_counts=False), "expectation"),
            "hard-categories": (sweep_with(hard=True), "for good"),
            "added-to-the-old": (sweep_with(new_alpha=lambda n, alpha: n + alpha), "once more"),
            "no-weight-prior": (sweep_with(new_alpha=lambda n, alpha: n), "flat prior"),
            "no-location-prior": (sweep_with(prior=0), "hundredth"),
            "weighed-after": (sweep_weighed_after, "do not sum to 1"),
            "over-points": (lambda y, *now: sweep_from(sweep_of(y, *now, axis=0), y), "over the points"),
            "no-half": (lambda y, *now: sweep_from(sweep_of(y, *now, factor=1), y), "One half is missing"),
            "square-alone-halved": (lambda y, *now: sweep_from(sweep_of(y, *now, own=2), y), "before both"),
            "roots": (sweep_to_roots, "in the second place"),
            "exchanged": (sweep_in_another_order, "other order"),
            "old-variance": (
                lambda y, m, v, alpha: sweep_from(sweep_of(y, m, v, alpha), y, mean_v=v),
                "that you were given",
            ),
            "bare-average": (sweep_to_averages, "averages of the points"),
            "shares-again": (sweep_twice, "a second time"),
            "prior-scale": (sweep_with(prior=1 / 10), "one over 10"),
            "prior-variance": (sweep_with(prior=10**2), "precisions that add"),
            "underflow": (sweep_by_exponentials, "as `softmax` does"),
        },
    ),
}

# Answers that no mistake is made for: what is recognised, and words of the reply.
OTHERS = {
    "nat": {
        "in per cent": (93, "per-cent", "That is in per cent"),
    },
}
