"""Answers to the exercises on a prior for a mixture."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
from scipy import stats
from scipy.optimize import fsolve, minimize_scalar
from scipy.special import logsumexp

from student_answers import Tried


def squares_by_loop(y, r):
    """Sum of squares and size of each component."""
    result = []
    for k in range(r.shape[1]):
        size = sum(r[i, k] for i in range(len(y)))
        centre = sum(r[i, k] * y[i] for i in range(len(y))) / size
        result.append((sum(r[i, k] * (y[i] - centre) ** 2 for i in range(len(y))), size))
    return result


def common_by_loop(y, r, alpha, beta):
    q = sum(square for square, _ in squares_by_loop(y, r))
    return math.sqrt((q / 2 + beta) / (len(y) / 2 + alpha + 1))


def common_by_moments(y, r, alpha, beta):
    size, total = r.sum(axis=0), r.T @ y
    q = (y**2).sum() - (total**2 / size).sum()
    return [np.sqrt((q + 2 * beta) / (r.sum() + 2 * (alpha + 1)))]


def common_by_sizes(y, r, alpha, beta):
    """The average of the components' own variances, without the prior, which then is added."""
    pairs = squares_by_loop(y, r)
    variance = sum(size * (q / size) for q, size in pairs) / len(y)
    return np.sqrt((len(y) * variance + 2 * beta) / (len(y) + 2 * alpha + 2))


def own_variances(y, r, alpha, beta):
    return np.array([(q + 2 * beta) / (size + 2 * alpha + 2) for q, size in squares_by_loop(y, r)])


def common_with_k_priors(y, r, alpha, beta):
    k = r.shape[1]
    q = sum(square for square, _ in squares_by_loop(y, r))
    return np.sqrt((q + 2 * k * beta) / (len(y) + k * (2 * alpha + 2)))


def common_of_averages(y, r, alpha, beta):
    return np.sqrt(np.average(own_variances(y, r, alpha, beta), weights=r.sum(axis=0)))


def common_with(numerator=2, denominator=2, n_times=1.0):
    def common(y, r, alpha, beta):
        q = sum(square for square, _ in squares_by_loop(y, r))
        return np.sqrt((q + numerator * beta) / (n_times * len(y) + 2 * alpha + denominator))

    return common


def common_not_doubled(y, r, alpha, beta):
    q = sum(square for square, _ in squares_by_loop(y, r))
    return ((q + beta) / (len(y) + alpha + 1)) ** 0.5


def common_without_prior(y, r, alpha, beta):
    return math.sqrt(sum(square for square, _ in squares_by_loop(y, r)) / len(y))


def common_around_all(y, r, alpha, beta):
    return math.sqrt((sum((y - sum(y) / len(y)) ** 2) + 2 * beta) / (len(y) + 2 * alpha + 2))


def common_hard(y, r, alpha, beta):
    q, owner = 0.0, np.argmax(r, axis=1)
    for k in set(owner):
        group = y[owner == k]
        q += ((group - group.mean()) ** 2).sum()
    return math.sqrt((q + 2 * beta) / (len(y) + 2 * alpha + 2))


def common_from(above, below):
    """The root of a quotient, of which both parts are made from the sum of squares, n, K, alpha and beta."""

    def common(y, r, alpha, beta):
        given = sum(square for square, _ in squares_by_loop(y, r)), len(y), len(r[0]), alpha, beta
        return math.sqrt(above(*given) / below(*given))

    return common


def common_with_means_over_all(y, r, alpha, beta):
    mu = r.T @ y / len(y)
    q = sum(r[i, k] * (y[i] - mu[k]) ** 2 for i in range(len(y)) for k in range(len(mu)))
    return math.sqrt((q + 2 * beta) / (len(y) + 2 * alpha + 2))


def common_with_weighted_residuals(y, r, alpha, beta):
    mu = np.average(np.tile(y[:, None], r.shape[1]), axis=0, weights=r)
    residuals = r * (y[:, None] - mu)
    return np.sqrt((np.sum(residuals**2) + 2 * beta) / (len(y) + 2 * alpha + 2))


def log_normal(v, m, s):
    return -0.5 * ((v - m) / s) ** 2 - math.log(s) - 0.5 * math.log(2 * math.pi)


def log_rest(v, w, mu, sigma):
    """Log of the weighted densities at a point."""
    terms = [math.log(a) + log_normal(v, m, s) for a, m, s in zip(w, mu, sigma, strict=True)]
    return max(terms) + math.log(sum(math.exp(t - max(terms)) for t in terms))


def pole_by_loop(y, w, mu, sigma, at):
    power, constant = 0, 0.0
    for v in y:
        if v == at:
            power += 1
            constant += math.log(w[-1] / math.sqrt(2 * math.pi))
        else:
            constant += log_rest(v, w[:-1], mu[:-1], sigma[:-1])
    return power, constant


def pole_by_arrays(y, w, mu, sigma, at):
    here = y == at
    log_p = stats.norm.logpdf(y[~here, None], mu[:-1], sigma[:-1])
    rest = logsumexp(log_p, axis=1, b=w[:-1])
    return [here.sum(), here.sum() * np.log(w[-1] / np.sqrt(2 * np.pi)) + rest.sum()]


def pole_naive(y, w, mu, sigma, at):
    here = y == at
    rest = stats.norm.pdf(y[~here, None], mu[:-1], sigma[:-1]) @ w[:-1]
    return here.sum(), here.sum() * np.log(w[-1] / np.sqrt(2 * np.pi)) + np.log(rest).sum()


def pole_of_one(y, w, mu, sigma, at):
    j = list(y).index(at)
    constant = math.log(w[-1] / math.sqrt(2 * math.pi))
    return 1, constant + sum(log_rest(v, w[:-1], mu[:-1], sigma[:-1]) for i, v in enumerate(y) if i != j)


def pole_with_one_spike_term(y, w, mu, sigma, at):
    m, constant = pole_by_loop(y, w, mu, sigma, at)
    return m, constant - (m - 1) * math.log(w[-1] / math.sqrt(2 * math.pi))


def pole_without_weight(y, w, mu, sigma, at):
    m = list(y).count(at)
    rest = sum(log_rest(v, w[:-1], mu[:-1], sigma[:-1]) for v in y if v != at)
    return m, rest - m * np.log(2 * np.pi) / 2


def pole_without_pi(y, w, mu, sigma, at):
    m = list(y).count(at)
    rest = sum(log_rest(v, w[:-1], mu[:-1], sigma[:-1]) for v in y if v != at)
    return m, rest + m * np.log(w[-1])


def pole_with_new_weights(y, w, mu, sigma, at):
    m = list(y).count(at)
    others = w[:-1] / w[:-1].sum()
    rest = sum(log_rest(v, others, mu[:-1], sigma[:-1]) for v in y if v != at)
    return m, rest + m * math.log(w[-1] / math.sqrt(2 * math.pi))


def pole_with_all_components(y, w, mu, sigma, at):
    m = list(y).count(at)
    rest = sum(log_rest(v, w, mu, sigma) for v in y if v != at)
    return m, rest + m * math.log(w[-1] / math.sqrt(2 * math.pi))


def pole_with_spike(term):
    """With this term of the spike for each of its points, from its weight and the scale it had."""

    def pole(y, w, mu, sigma, at):
        m = list(y).count(at)
        return m, m * term(w[-1], sigma[-1]) + sum(
            log_rest(v, w[:-1], mu[:-1], sigma[:-1]) for v in y if v != at
        )

    return pole


def pole_with_one_left_out(y, w, mu, sigma, at):
    rest = list(y)
    rest.remove(at)
    m = np.sum(y == at)
    others = sum(log_rest(v, w[:-1], mu[:-1], sigma[:-1]) for v in rest)
    return m, others + m * np.log(w[-1] / np.sqrt(2 * np.pi))


def pole_with_small_scale(y, w, mu, sigma, at):
    mu, sigma = np.r_[mu[:-1], at], np.r_[sigma[:-1], 0.001]
    m = np.sum(y == at)
    return m, sum(log_rest(v, w, mu, sigma) for v in y) + m * np.log(0.001)


def pole_without_other_weights(y, w, mu, sigma, at):
    m = list(y).count(at)
    rest = sum(log_rest(v, np.ones(len(w) - 1), mu[:-1], sigma[:-1]) for v in y if v != at)
    return m, rest + m * math.log(w[-1] / math.sqrt(2 * math.pi))


def pole_counted_twice(y, w, mu, sigma, at):
    m = list(y).count(at)
    rest = sum(log_rest(v, w[:-1], mu[:-1], sigma[:-1]) for v in y)
    return m, rest + m * math.log(w[-1] / math.sqrt(2 * math.pi))


def pole_of_the_spike(y, w, mu, sigma, at):
    m = (y == at).sum()
    return m, m * np.log(w[-1]) - m / 2 * np.log(2 * np.pi)


def between_by_fsolve(low, high):
    def off(x):
        quantiles = stats.invgamma.ppf([0.01, 0.99], np.exp(x[0]), scale=np.exp(x[1]))
        return np.log(quantiles) - 2 * np.log([low, high])

    return np.exp(fsolve(off, [0.0, np.log(low * high)], xtol=1e-12))


def between_by_search(low, high):
    """The shape by minimizing the distance of the ratio of precisions' quantiles."""

    def off(log_shape):
        few, many = stats.gamma.ppf([0.01, 0.99], math.exp(log_shape))
        return (math.log(many / few) - 2 * math.log(high / low)) ** 2

    shape = math.exp(minimize_scalar(off, bounds=(-2, 6), method="bounded", options={"xatol": 1e-12}).x)
    return shape, low**2 * stats.gamma.ppf(0.99, shape)


def between_by_halving(low, high, tail=0.01, square=2):
    few, many = 0.1, 1_000.0
    for _ in range(100):
        shape = (few + many) / 2
        ratio = stats.invgamma.ppf(1 - tail, shape) / stats.invgamma.ppf(tail, shape)
        few, many = (shape, many) if ratio > (high / low) ** square else (few, shape)
    return [shape, low**square / stats.invgamma.ppf(tail, shape)]


def scale_not_squared(low, high):
    shape, _ = between_by_halving(low, high)
    return shape, low / stats.invgamma.ppf(0.01, shape)


def scale_multiplied(low, high):
    shape, _ = between_by_halving(low, high)
    return shape, low**2 * stats.invgamma(shape).ppf(0.01)


def scale_of_other_quantile(low, high):
    shape, _ = between_by_halving(low, high)
    return shape, low**2 / stats.invgamma(shape).ppf(0.99)


def shape_from_ratio(low, high):
    """The shape from the ratio itself, and the scale from the square."""
    shape, _ = between_by_halving(low, high, square=1)
    return shape, low**2 / stats.invgamma.ppf(0.01, shape)


def log_moments_matched(low, high):
    spread = (math.log(high**2) - math.log(low**2)) / (2 * stats.norm.ppf(0.99))
    centre = (math.log(high**2) + math.log(low**2)) / 2
    return spread**-2, spread**-2 * math.exp(centre)


def gamma_for_the_variance(low, high):
    shape, _ = between_by_halving(low, high)
    return shape, stats.gamma.ppf(0.99, shape) / high**2


def moments_matched(low, high):
    mean = (high**2 + low**2) / 2
    variance = ((high**2 - low**2) / 2 / 2.3263478740408408) ** 2
    shape = mean**2 / variance + 2
    return shape, (shape - 1) * mean


ANSWERS = {
    "common": Tried(
        right={"a loop": common_by_loop, "moments": common_by_moments, "by sizes": common_by_sizes},
        wrong={
            "prior-for-each": (common_with_k_priors, "the prior once for each"),
            "average-of-variances": (
                lambda *given: np.sqrt(own_variances(*given).mean()),
                "each variance for itself",
            ),
            "average-of-scales": (
                lambda *given: np.sqrt(own_variances(*given)).mean(),
                "averaged the scales",
            ),
            "weighted-average": (common_of_averages, "by their sizes"),
            "own-scales": (lambda *given: np.sqrt(own_variances(*given)), "from its own points"),
            "variance": (lambda *given: common_by_loop(*given) ** 2, "That is the variance"),
            "mean": (common_with(denominator=-2), "density is"),
            "density-of-the-scale": (common_with(denominator=1), "density of the scale"),
            "prior-forgotten": (common_without_prior, "Without the prior you would be right"),
            "not-doubled": (common_not_doubled, "multiple of beta"),
            "counted-for-each": (
                lambda y, r, alpha, beta: common_with(n_times=r.shape[1])(y, r, alpha, beta),
                "every observation once for each",
            ),
            "one-centre": (common_around_all, "mean of all points"),
            "hard": (common_hard, "each point to one component"),
            "repeated": (
                lambda y, r, alpha, beta: [common_by_loop(y, r, alpha, beta)] * len(r[0]),
                "Return it once",
            ),
            "own-squares": (
                lambda y, r, alpha, beta: [
                    math.sqrt((q + 2 * beta) / (len(y) + 2 * alpha + 2)) for q, _ in squares_by_loop(y, r)
                ],
                "add the squares up",
            ),
            "prior-for-each-in-the-denominator": (
                common_from(lambda q, n, k, a, b: q + 2 * b, lambda q, n, k, a, b: n + 2 * a + 2 * k),
                "You have 2 in the denominator",
            ),
            "all-of-the-prior-below": (
                common_from(lambda q, n, k, a, b: q + 2 * b, lambda q, n, k, a, b: n + k * (2 * a + 2)),
                "Above, the prior is there once",
            ),
            "beta-for-each": (
                common_from(lambda q, n, k, a, b: q + 2 * k * b, lambda q, n, k, a, b: n + 2 * a + 2),
                "added beta once for each",
            ),
            "degrees-of-freedom": (
                common_from(lambda q, n, k, a, b: q + 2 * b, lambda q, n, k, a, b: n - k + 2 * a + 2),
                "unbiased",
            ),
            "beta-not-doubled": (
                common_from(lambda q, n, k, a, b: q + b, lambda q, n, k, a, b: n + 2 * a + 2),
                "Your denominator is right",
            ),
            "shape-not-doubled": (
                common_from(lambda q, n, k, a, b: q + 2 * b, lambda q, n, k, a, b: n + a + 1),
                "Your numerator is right",
            ),
            "no-two-below": (common_with(denominator=0), "and not alpha"),
            "locations-over-all": (common_with_means_over_all, "by the number of all points"),
            "responsibilities-squared": (common_with_weighted_residuals, "before you squared"),
        },
    ),
    "ties": Tried(
        right={"a loop": pole_by_loop, "a list": pole_by_arrays},
        wrong={
            "counted-twice": (pole_counted_twice, "counted twice"),
            "one-point": (pole_of_one, "one observation"),
            "counted-once": (pole_with_one_spike_term, "only one"),
            "no-weight": (pole_without_weight, "log of that weight"),
            "no-constant": (pole_without_pi, "Which number is missing"),
            "renormalized": (pole_with_new_weights, "add up to 1"),
            "spike-elsewhere": (pole_with_all_components, "old place"),
            "spike-alone": (pole_of_the_spike, "holds the terms of the spike"),
            "underflow": (pole_naive, "underflows"),
            "other-order": (lambda *given: pole_by_loop(*given)[::-1], "other order"),
            "sign": (
                lambda *given: (-pole_by_loop(*given)[0], pole_by_loop(*given)[1]),
                "not negative",
            ),
            "one-left-out": (pole_with_one_left_out, "left out one only"),
            "two-pi": (pole_with_spike(lambda a, s: math.log(a / (2 * math.pi))), "divide by 2 pi"),
            "half-a-log": (
                pole_with_spike(lambda a, s: math.log(a) - 0.5 * math.log(math.sqrt(2 * math.pi))),
                "taken the root",
            ),
            "multiplied": (
                pole_with_spike(lambda a, s: math.log(a * math.sqrt(2 * math.pi))),
                "below the line",
            ),
            "small-scale": (pole_with_small_scale, "you put in a small scale"),
            "nearly-equal": (
                lambda y, w, mu, sigma, at: pole_by_loop(
                    [at if math.isclose(v, at, rel_tol=1e-5) else v for v in y], w, mu, sigma, at
                ),
                "as `isclose` does",
            ),
            "old-scale": (pole_with_spike(lambda a, s: math.log(a) + log_normal(0, 0, s)), "came with"),
            "weights-forgotten": (pole_without_other_weights, "densities without weights"),
            "one-power-less": (
                lambda *given: (pole_by_loop(*given)[0] - 1, pole_by_loop(*given)[1]),
                "One power less",
            ),
        },
    ),
    "closes": Tried(
        right={
            "in brackets": "(b)",
            "with its words": "(b) log-normal with median 7",
            "in a list": ["b"],
            "after a word": "Answer b",
            "with a colon": "b:",
        },
        wrong={"a": ("a", "upper limit"), "c": ("C", "no small scale"), "d": ("d", "in proportion")},
    ),
    "between": Tried(
        right={
            "halving": between_by_halving,
            "a search": between_by_search,
            "both at once": between_by_fsolve,
        },
        wrong={
            "two-per-cent-each": (lambda low, high: between_by_halving(low, high, tail=0.02), "only 96"),
            "one-side": (lambda low, high: between_by_halving(low, high, tail=0.005), "half a per cent"),
            "variance-between": (
                lambda low, high: between_by_halving(low, high, square=1),
                "They are scales",
            ),
            "gamma-for-the-variance": (gamma_for_the_variance, "gamma distribution of the variance"),
            "rate-inverted": (
                lambda low, high: (between_by_halving(low, high)[0], 1 / between_by_halving(low, high)[1]),
                "one over the right one",
            ),
            "scale-not-squared": (scale_not_squared, "square of `low`"),
            "multiplied": (scale_multiplied, "You multiplied"),
            "other-quantile": (scale_of_other_quantile, "on the upper quantile"),
            "other-order": (lambda low, high: between_by_halving(low, high)[::-1], "other order"),
            "as-if-normal": (moments_matched, "as if the variance were normal"),
            "as-if-log-normal": (log_moments_matched, "logarithm of the variance as normal"),
            "ratio-not-squared": (shape_from_ratio, "did not square the ratio"),
            "twice-the-shape": (
                lambda low, high: np.array(between_by_halving(low, high)) * [2, 1],
                "twice too large",
            ),
            "middle-ninety": (
                lambda low, high: between_by_halving(low, high, tail=0.05),
                "left five per cent",
            ),
            "middle-ninety-five": (
                lambda low, high: between_by_halving(low, high, tail=0.025),
                "interval of 95",
            ),
        },
    ),
    "pair": Tried(
        right={
            "three decimals": [0.286, 0.272],
            "fractions": (Fraction(2, 7), Fraction(2, 7) / Fraction(105, 100)),
            "an array": np.array([2 / 7, 40 / 147]),
            "decimals in a tuple": (Decimal("0.2857"), Decimal("0.2721")),
        },
        wrong={
            "equal-weights": ([0.167, 0.159], "every weight as 1/6. The weights are unknown"),
            "given-together": ([0.286, 0.952], "most pairs"),
            "equal-weights-given-together": ([1 / 6, 0.952], "only for two galaxies of one component"),
            "same-velocity": ([0.286, 0.286], "as equal"),
            "equal-weights-same-velocity": ([0.167, 0.167], "do not have the same velocity"),
            "wrong-part": ([0.286, 0.014], "divided by lambda"),
            "wrong-part-given-together": ([0.286, 0.048], "how often they have it"),
            "independent": ([0.167, 0], "independent given"),
            "root": ([0.286, 0.279], "divided standard deviations"),
            "named-component": ([1 / 21, 1 / 21 / 1.05], "Any of the six"),
            "first-forgotten": ([0.143, 0.136], "not in the parameter of the component"),
            "counted-with-itself": ([0.25, 0.238], "one galaxy too many"),
            "other-order": ([0.272, 0.286], "other order"),
            "standard-deviation-of-the-location": (
                (2 / 7, 2 / 7 * 20**0.5 / (20**0.5 + 1)),
                "beside a variance",
            ),
            "covariance": ([0.286, 5.714], "The second is the covariance"),
            "equal-weights-first": ([0.167, 0.3], "For the first number you took every weight as 1/6. What"),
            "named-and-equal": ((1 / 36, 1 / 36), "is named beforehand"),
            "different": ([5 / 7, 0.272], "belong to two components"),
            "always-together": ((0.5, 20 / 21), "holds if both"),
        },
    ),
    "narrower": Tried(
        right={
            "in brackets": "(c)",
            "with its words": "(c) Nothing: they have the same distribution as before",
            "in a list": ["c"],
            "after a word": "Answer c",
            "with a colon": "c:",
        },
        wrong={
            "a": ("a", "distances between them"),
            "b": ("B.", "in proportion"),
            "d": ("d", "random numbers"),
        },
    ),
}

# Answers that no mistake is made for: what is recognised, and words of the reply.
OTHERS = {
    "between": {
        "a short search": (
            lambda low, high: np.minimum(between_by_halving(low, high), 10),
            "",
            "has to reach that far",
        ),
    },
    "pair": {
        "in per cent": ([28.6, 27.2], "per-cent", "They are in per cent"),
        "in whole per cent": ((29, 27), "per-cent", "They are in per cent"),
        "the first in per cent": ((29, 0.3), "per-cent", "The first is in per cent"),
    },
}
