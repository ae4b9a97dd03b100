"""Answers to the exercises on testing a sampler."""

import math

import numpy as np
from scipy import stats

from student_answers import Tried


def scores_by_listing(ranks, L):
    result = []
    for f in (lambda r: r, lambda r: (r - L / 2) ** 2):
        values = [f(r) for r in range(L + 1)]
        mean = sum(values) / (L + 1)
        variance = sum((v - mean) ** 2 for v in values) / (L + 1)
        found = sum(f(r) for r in ranks) / len(ranks)
        result.append((found - mean) / math.sqrt(variance / len(ranks)))
    return result


def scores_by_scipy(ranks, L):
    uniform = stats.randint(0, L + 1)
    square = (ranks - uniform.mean()) ** 2
    variance = uniform.var()
    fourth = sum((k - L / 2) ** 4 for k in range(L + 1)) / (L + 1)
    n = np.size(ranks)
    return (
        np.sqrt(n) * (np.mean(ranks) - uniform.mean()) / uniform.std(),
        np.sqrt(n) * (np.mean(square) - variance) / np.sqrt(fourth - variance**2),
    )


def scores_from_one(ranks, L):
    k = np.arange(1, L + 1)
    c = k.mean()
    n = len(ranks)
    d = (k - c) ** 2
    return (
        (np.mean(ranks) - c) / (k.std() / n**0.5),
        (np.mean((ranks - c) ** 2) - d.mean()) / (d.std() / n**0.5),
    )


def scores_of_continuous_ranks(ranks, L):
    u = stats.uniform(0, L)
    second = u.var()
    fourth = L**4 / 80
    n = len(ranks)
    return [
        (ranks.mean() - u.mean()) / (u.std() / n**0.5),
        (((ranks - L / 2) ** 2).mean() - second) / np.sqrt((fourth - second**2) / n),
    ]


def scores_of_one_rank(ranks, L):
    return [score / len(ranks) ** 0.5 for score in scores_by_listing(ranks, L)]


def scores_from_the_sample(ranks, L):
    n = len(ranks)
    d = (ranks - L / 2) ** 2
    exact = np.mean([(k - L / 2) ** 2 for k in range(L + 1)])
    return [
        (ranks.mean() - L / 2) / np.sqrt(np.var(ranks) / n),
        (d.mean() - exact) / np.sqrt(np.var(d) / n),
    ]


def scores_without_root(ranks, L):
    k = np.arange(L + 1)
    d = (k - L / 2) ** 2
    n = len(ranks)
    return np.array(
        [
            (ranks.mean() - k.mean()) / (k.var() / n),
            (((ranks - L / 2) ** 2).mean() - d.mean()) / (d.var() / n),
        ]
    )


grid = np.linspace(-8, 8, 3201)
mass = stats.norm.pdf(grid) * (grid[1] - grid[0])


def shape_on_a_grid(b, c, L):
    p = stats.norm.cdf(grid, loc=b, scale=c)
    return [np.sum(mass * stats.binom.pmf(j, L, p)) for j in range(L + 1)]


def shape_by_hermite(b, c, L):
    x, w = np.polynomial.hermite_e.hermegauss(150)
    total = np.zeros(L + 1)
    for node, weight in zip(x, w / w.sum(), strict=True):
        total += weight * stats.binom(L, stats.norm.cdf((node - b) / c)).pmf(np.arange(L + 1))
    return total


def shape_exchanged(b, c, L):
    draw = b + c * grid
    truth_is_above = 1 - stats.norm.cdf(draw)
    return [(mass * stats.binom.pmf(j, L, truth_is_above)).sum() for j in range(L + 1)]


def shape_with_variance(b, c, L):
    p = stats.norm.cdf(grid, b, c**2)
    return np.array([mass @ stats.binom.pmf(j, L, p) for j in range(L + 1)])


def shape_above(b, c, L):
    p = stats.norm.sf(grid, b, c)
    return np.array([mass @ stats.binom.pmf(j, L, p) for j in range(L + 1)])


def shape_of_one_order(b, c, L):
    p = stats.norm.cdf(grid, b, c)
    return np.array([mass @ (p**j * (1 - p) ** (L - j)) for j in range(L + 1)])


def shape_at_zero(b, c, L):
    return stats.binom.pmf(range(L + 1), L, stats.norm.cdf(0, b, c))


def variance_by_invgamma(x, mu, rng):
    return stats.invgamma.rvs(2 + len(x) / 2, scale=0.5 + sum((x - mu) ** 2) / 2, random_state=rng)


def variance_by_precision(x, mu, rng):
    rate = 0.5 + 0.5 * np.sum(np.square(x - mu))
    precision = rng.gamma(shape=2 + x.size / 2, scale=1 / rate)
    return np.array([1 / precision])


def variance_not_halved(x, mu, rng):
    rate = 0.5 + np.sum((x - mu) ** 2)
    return 1 / rng.gamma(2 + x.size / 2, 1 / rate)


def variance_without_prior(x, mu, rng):
    return stats.invgamma.rvs(x.size / 2, scale=np.sum((x - mu) ** 2) / 2, random_state=rng)


def variance_with_rate(x, mu, rng):
    rate = 0.5 + 0.5 * np.sum((x - mu) ** 2)
    return 1 / rng.gamma(2 + x.size / 2, rate)


def variance_not_inverted(x, mu, rng):
    rate = 0.5 + 0.5 * np.sum((x - mu) ** 2)
    return rng.gamma(2 + x.size / 2, 1 / rate)


def variance_around_mean(x, mu, rng):
    rate = 0.5 + 0.5 * len(x) * np.var(x)
    return 1 / rng.gamma(2 + x.size / 2, 1 / rate)


pi = [0.4, 0.3, 0.3]
step = np.array([[0 if u == x else pi[u] / (1 - pi[x]) for u in range(3)] for x in range(3)])


def shape_not_standardized(b, c, L):
    t = np.linspace(-8, 8, 8_001)
    p = stats.norm.cdf(b + c * t)
    weight = stats.norm.pdf(t) * (t[1] - t[0])
    return [np.sum(weight * stats.binom.pmf(j, L, p)) for j in range(L + 1)]


ANSWERS = {
    "scores": Tried(
        right={"by listing": scores_by_listing, "by SciPy": scores_by_scipy},
        wrong={
            "exchanged": (lambda ranks, L: scores_by_listing(ranks, L)[::-1], "other order"),
            "ranks-from-one": (scores_from_one, "from 1 to L"),
            "continuous": (scores_of_continuous_ranks, "continuous"),
            "single-rank": (scores_of_one_rank, "of one rank"),
            "own-variance": (scores_from_the_sample, "ranks themselves"),
            "variance-for-scale": (scores_without_root, "variance of the average"),
        },
    ),
    "labelled": Tried(
        right={"a list": [0.275, 0.025], "fractions": (11 / 40, 1 / 40)},
        wrong={
            "exchanged": ([0.025, 0.275], "other order"),
            "flat": ([0.05, 0.05], "whole posterior"),
            "ends-only": ([0.5, 0], "at the ends"),
            "one-end-only": ([0.525, 0.025], "every rank at 0"),
            "nineteen-ranks": ([0.276, 0.026], "How many ranks"),
            "agreement-forgotten": ([0.25, 0.025], "also occurs"),
        },
    ),
    "half": Tried(
        right={"in brackets": "(b)"},
        wrong={"a": ("a", "need not show"), "c": ("C", "knows something"), "d": ("d", "test quantities")},
    ),
    "shape": Tried(
        right={"on a grid": shape_on_a_grid, "by quadrature": shape_by_hermite},
        wrong={
            "not-standardized": (shape_not_standardized, "place of x"),
            "exchanged": (shape_exchanged, "truths below"),
            "variance-for-scale": (shape_with_variance, "gave it a variance"),
            "counted-above": (shape_above, "leans the wrong way"),
            "one-order-only": (shape_of_one_order, "how many ways"),
            "truth-at-its-mean": (shape_at_zero, "truth at 0"),
        },
    ),
    "liu": Tried(
        right={"fractions": [4 / 11, 7 / 22, 7 / 22], "a power": np.linalg.matrix_power(step, 50)[0]},
        wrong={
            "target": (pi, "Liu's own step"),
            "one-step": (pi @ step, "after one step"),
            "transposed": ([0.333, 0.333, 0.333], "transposed"),
            "not-normalized": ([0.24, 0.21, 0.21], "sum to 1"),
            "inverted": ([0.438, 0.281, 0.281], "Two mistakes"),
        },
    ),
    "variance": Tried(
        right={"by SciPy": variance_by_invgamma, "by the precision": variance_by_precision},
        wrong={
            "not-halved": (variance_not_halved, "factor of two"),
            "prior-forgotten": (variance_without_prior, "likelihood alone"),
            "scale-inverted": (variance_with_rate, "takes a scale"),
            "precision": (variance_not_inverted, "return the precision"),
            "own-mean": (variance_around_mean, "mean of the points"),
        },
    ),
}
