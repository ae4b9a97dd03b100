"""Answers to the exercises on testing a sampler."""

import math
from fractions import Fraction

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


def scores_in_one_line(ranks, L):
    n, m = len(ranks), L * (L + 2) / 12
    return (
        sum(ranks - L / 2) / math.sqrt(n * m),
        sum((ranks - L / 2) ** 2 - m) / math.sqrt(n * (L - 1) * L * (L + 2) * (L + 3) / 180),
    )


def scores_as(variance=None, second_variance=None, square=None, exact=None):
    """The averages, less what they should be, over roots of the variances given."""

    def scores(ranks, L):
        k = np.arange(L + 1)
        f = (lambda r: (r - L / 2) ** 2) if square is None else lambda r: square(r, L)
        v = k.var() if variance is None else variance(k, L)
        w = f(k).var() if second_variance is None else second_variance(k, L)
        n = len(ranks)
        m = f(k).mean() if exact is None else exact(k, L)
        return [(ranks.mean() - L / 2) / (v / n) ** 0.5, (f(ranks).mean() - m) / (w / n) ** 0.5]

    return scores


def scores_from_the_sample_less_one(ranks, L):
    n = len(ranks)
    d = (ranks - L / 2) ** 2
    return [
        (ranks.mean() - L / 2) / np.sqrt(np.var(ranks, ddof=1) / n),
        (d.mean() - L * (L + 2) / 12) / np.sqrt(np.var(d, ddof=1) / n),
    ]


def scores_around_the_average(ranks, L):
    first, _ = scores_in_one_line(ranks, L)
    m = L * (L + 2) / 12
    error = np.sqrt((L - 1) * L * (L + 2) * (L + 3) / 180 / len(ranks))
    return first, (np.var(ranks) - m) / error


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


def shape_of(below, weight=mass):
    def shape(b, c, L):
        p = below(grid, b, c)
        return [np.sum(weight * stats.binom.pmf(j, L, p)) for j in range(L + 1)]

    return shape


def shape_from_one_chance(b, c, L):
    p = np.sum(mass * stats.norm.cdf(grid, b, c))
    return stats.binom.pmf(np.arange(L + 1), L, p)


def variance_with(shape=lambda n: 2 + n / 2, rate=lambda d: 0.5 + sum(d**2) / 2):
    def draw(x, mu, rng):
        return rate(x - mu) / rng.standard_gamma(shape(len(x)))

    return draw


def variance_without_mu(x, mu, rng):
    return 1 / rng.gamma(2 + len(x) / 2, 1 / (0.5 + 0.5 * np.sum(x**2)))


def variance_plus_mu(x, mu, rng):
    return 1 / rng.gamma(2 + len(x) / 2, 1 / (0.5 + 0.5 * np.sum((x + mu) ** 2)))


def variance_by_chi_square(x, mu, rng):
    return (1 + ((x - mu) ** 2).sum()) / rng.chisquare(4 + x.size)


def variance_by_mean(x, mu, rng):
    return (0.5 + len(x) * np.mean((x - mu) ** 2) / 2) / rng.gamma(2 + len(x) / 2)


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


def standard_deviation(x, mu, rng):
    return math.sqrt(variance_by_precision(x, mu, rng).item())


def variance_with_rate(x, mu, rng):
    rate = 0.5 + 0.5 * np.sum((x - mu) ** 2)
    return 1 / rng.gamma(2 + x.size / 2, rate)


def variance_not_inverted(x, mu, rng):
    rate = 0.5 + 0.5 * np.sum((x - mu) ** 2)
    return rng.gamma(2 + x.size / 2, 1 / rate)


def variance_around_mean(x, mu, rng):
    rate = 0.5
    if len(x) > 0:
        rate += 0.5 * len(x) * np.var(x)
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
        right={
            "by listing": scores_by_listing,
            "by SciPy": scores_by_scipy,
            "closed form": scores_in_one_line,
        },
        wrong={
            "exchanged": (lambda ranks, L: scores_by_listing(ranks, L)[::-1], "other order"),
            "unbiased-own-variance": (scores_from_the_sample_less_one, "N − 1"),
            "l-values": (
                scores_as(
                    lambda k, L: np.arange(L).var(),
                    lambda k, L: ((np.arange(L) - (L - 1) / 2) ** 2).var(),
                ),
                "L possible values",
            ),
            "l-values-throughout": (
                scores_as(
                    lambda k, L: np.arange(L).var(),
                    lambda k, L: ((np.arange(L) - (L - 1) / 2) ** 2).var(),
                    exact=lambda k, L: np.arange(L).var(),
                ),
                "L equally likely",
            ),
            "one-wider": (
                scores_as(
                    lambda k, L: (L + 1) ** 2 / 12,
                    lambda k, L: (L + 1) ** 4 * (1 / 80 - 1 / 144),
                    exact=lambda k, L: (L + 1) ** 2 / 12,
                ),
                "length of L + 1",
            ),
            "fourth-moment": (
                scores_as(second_variance=lambda k, L: np.mean((k - L / 2) ** 4)),
                "fourth power",
            ),
            "as-if-normal": (scores_as(second_variance=lambda k, L: 2 * k.var() ** 2), "A rank is uniform"),
            "sample-variance-of-all": (
                scores_as(lambda k, L: k.var(ddof=1), lambda k, L: np.var((k - L / 2) ** 2, ddof=1)),
                "one less than their number",
            ),
            "around-own-mean": (scores_around_the_average, "average of the ranks"),
            "not-centred": (scores_as(square=lambda r, L: r**2), "squared rank"),
            "absolute": (scores_as(square=lambda r, L: abs(r - L / 2)), "distance itself"),
            "floor": (scores_as(square=lambda r, L: (r - L // 2) ** 2), "cuts it off"),
            "sign": (lambda ranks, L: [-score for score in scores_in_one_line(ranks, L)], "signs"),
            "ranks-from-one": (scores_from_one, "from 1 to L"),
            "continuous": (scores_of_continuous_ranks, "between 0 and L"),
            "single-rank": (scores_of_one_rank, "of one rank"),
            "own-variance": (scores_from_the_sample, "from the ranks themselves"),
            "variance-for-scale": (scores_without_root, "variance of the average"),
        },
    ),
    "labelled": Tried(
        right={"a list": [0.275, 0.025], "fractions": (Fraction(11, 40), Fraction(1, 40))},
        wrong={
            "exchanged": ([0.025, 0.275], "other order"),
            "flat": ([0.05, 0.05], "whole posterior"),
            "ends-only": ([0.5, 0], "at the ends"),
            "one-end-only": ([0.525, 0.025], "every rank at 0"),
            "nineteen-ranks": ([0.276, 0.026], "How many ranks"),
            "ten-as-ever": ([0.275, 0.05], "1/20 if the"),
            "no-ten": ([0.275, 0], "does occur"),
            "one-of-two-ends": ([0.5, 0.025], "below all draws"),
            "differing-alone": ([0.3, 0.025], "whole weight"),
            "agreement-forgotten": ([0.25, 0.025], "also occurs"),
        },
    ),
    "half": Tried(
        right={
            "in brackets": "(b)",
            "with its words": "(b) for the smaller location, and for the log likelihood of the first five points",
            "in a list": ["b"],
            "after a word": "Answer b",
            "with a colon": "b:",
        },
        wrong={"a": ("a", "need not show"), "c": ("C", "knows something"), "d": ("d", "test quantities")},
    ),
    "shape": Tried(
        right={"on a grid": shape_on_a_grid, "by quadrature": shape_by_hermite},
        wrong={
            "root-of-scale": (shape_of(lambda t, b, c: stats.norm.cdf(t, b, c**0.5)), "root of c"),
            "averaged-too-early": (shape_from_one_chance, "share one truth"),
            "flat-truth": (
                shape_of(lambda t, b, c: stats.norm.cdf(t, b, c), np.full(grid.size, 1 / grid.size)),
                "from −8 to 8",
            ),
            "no-shift": (shape_of(lambda t, b, c: stats.norm.cdf(t, scale=c)), "depend on b"),
            "no-scale": (shape_of(lambda t, b, c: stats.norm.cdf(t, loc=b)), "depend on c"),
            "uniform": (lambda b, c, L: [1 / (L + 1)] * (L + 1), "for all b and c"),
            "scale-of-truth": (shape_of(lambda t, b, c: stats.norm.cdf(c * t, b, c)), "to the truth as well"),
            "last-rank-missing": (lambda b, c, L: shape_on_a_grid(b, c, L)[:L], "last rank"),
            "not-standardized": (shape_not_standardized, "place of x"),
            "exchanged": (shape_exchanged, "truths below"),
            "variance-for-scale": (shape_with_variance, "gave it a variance"),
            "counted-above": (shape_above, "leans the wrong way"),
            "one-order-only": (shape_of_one_order, "how many ways"),
            "truth-at-its-mean": (shape_at_zero, "truth at 0"),
        },
    ),
    "liu": Tried(
        right={
            "fractions": (Fraction(4, 11), Fraction(7, 22), Fraction(7, 22)),
            "divided": [4 / 11, 7 / 22, 7 / 22],
            "a power": np.linalg.matrix_power(step, 50)[0],
        },
        wrong={
            "target": (pi, "Liu's own step"),
            "one-step": (pi @ step, "after one step"),
            "transposed": ([0.333, 0.333, 0.333], "transposed"),
            "transposed-of-length-one": ([0.577, 0.577, 0.577], "on its right"),
            "of-length-one": ([0.629, 0.55, 0.55], "the vector has length 1"),
            "of-the-chapter": ((0.5, 0.3, 0.2), "chapter's example"),
            "complements": ([0.3, 0.35, 0.35], "1 − pi"),
            "squares": ([0.471, 0.265, 0.265], "squares of pi"),
            "both-roots": ([0.366, 0.317, 0.317], "roots of pi"),
            "not-normalized": ([0.24, 0.21, 0.21], "sum to 1"),
            "inverted": ([0.438, 0.281, 0.281], "Two mistakes"),
        },
    ),
    "variance": Tried(
        right={
            "by SciPy": variance_by_invgamma,
            "by the precision": variance_by_precision,
            "chi-square": variance_by_chi_square,
        },
        wrong={
            "not-halved": (variance_not_halved, "factor of two"),
            "whole-count": (variance_with(lambda n: 2 + n), "raises your shape"),
            "one-less": (variance_with(lambda n: 1.5 + n / 2), "n − 1"),
            "one-less-if-any": (variance_with(lambda n: 2 + (n - 1) / 2 if n else 2), "one too few"),
            "exponent-for-shape": (variance_with(lambda n: 3 + n / 2), "the exponent of 1/v"),
            "shape-too-low": (variance_with(lambda n: 1 + n / 2), "too low by 1"),
            "prior-forgotten": (variance_without_prior, "likelihood alone"),
            "prior-upside-down": (variance_with(rate=lambda d: 2 + sum(d**2) / 2), "2 for the scale"),
            "scale-inverted": (variance_with_rate, "takes a scale"),
            "precision": (variance_not_inverted, "return the precision"),
            "root": (standard_deviation, "return the standard deviation"),
            "own-mean": (variance_around_mean, "mean of the points"),
            "no-location": (variance_without_mu, "do not depend on"),
            "wrong-side": (variance_plus_mu, "is a difference"),
            "square-of-the-sum": (variance_with(rate=lambda d: 0.5 + np.sum(d) ** 2 / 2), "squared the sum"),
            "absolute": (variance_with(rate=lambda d: 0.5 + np.abs(d).sum() / 2), "distances themselves"),
            "mean-of-squares": (
                variance_with(rate=lambda d: 0.5 + (np.mean(d**2) if d.size else 0) / 2),
                "mean of the squares",
            ),
            "mean-of-none": (variance_by_mean, "mean of nothing"),
        },
    ),
}

# Answers that no mistake is made for: what is recognised, and words of the reply.
OTHERS = {
    "shape": {
        "no density of the truth": (
            shape_of(lambda t, b, c: stats.norm.cdf(t, b, c), np.full(grid.size, grid[1] - grid[0])),
            "",
            "the density of the truth there?",
        ),
    },
    "liu": {
        "in per cent": ([36.4, 31.8, 31.8], "per-cent", "They are in per cent"),
        "in whole per cent": ((36, 32, 32), "per-cent", "They are in per cent"),
        "two digits": ((0.36, 0.32, 0.32), "rounded", "fewer digits than"),
    },
    "labelled": {
        "in per cent": ([27.5, 2.5], "per-cent", "They are in per cent"),
    },
}
