"""Answers to the exercises on summing out the categories."""

import math
from itertools import product

import numpy as np
from scipy.integrate import quad
from scipy.special import gammaln, logsumexp
from scipy.stats import beta as beta_distribution
from scipy.stats import norm

from student_answers import Tried


def log_normal(t, mu, sigma):
    return -(((t - mu) / sigma) ** 2) / 2 - math.log(sigma) - math.log(2 * math.pi) / 2


def line_in_scipy(y, w, mu, sigma):
    return logsumexp(norm.logpdf(np.expand_dims(y, 1), mu, sigma), b=w, axis=1).sum()


def line_by_loop(y, w, mu, sigma):
    total = 0
    for t in y:
        terms = [math.log(a) + log_normal(t, m, s) for a, m, s in zip(w, mu, sigma, strict=True)]
        total += max(terms) + math.log(sum(math.exp(term - max(terms)) for term in terms))
    return total


def line_for_the_data_set(y, w, mu, sigma):
    each = [np.log(w[k]) + np.sum(norm.logpdf(y, mu[k], sigma[k])) for k in range(len(w))]
    return np.logaddexp.reduce(each)


def line_without_axis(y, w, mu, sigma):
    return np.log(sum(w[k] * np.exp(log_normal(t, mu[k], sigma[k])) for t in y for k in range(len(w))))


def line_without_weights(y, w, mu, sigma):
    return logsumexp(norm.logpdf(y[:, None], mu, sigma), axis=1).sum()


def line_of_averaged_logs(y, w, mu, sigma):
    return sum(w[k] * log_normal(t, mu[k], sigma[k]) for t in y for k in range(len(w)))


def line_in_densities(y, w, mu, sigma):
    total = 0.0
    for t in y:
        total += np.log(np.sum(w * norm.pdf(t, mu, sigma)))
    return total


def log_beta(a, b):
    return gammaln(a) + gammaln(b) - gammaln(a + b)


def tie_by_integral(y, a):
    """Means over the weight, as in the chapter, on a fine grid around one half."""
    width = min(0.5, 8 / math.sqrt(a))

    def mean(f):
        def weighted(v):
            p, q = (1 - v) * norm.pdf(y, -1), v * norm.pdf(y, 1)
            return beta_distribution.pdf(v, a, a) * np.prod((p + q) / 0.3) * f(q / (p + q))

        return quad(weighted, 0.5 - width, 0.5 + width, epsabs=0, epsrel=1e-11, limit=200)[0]

    whole = mean(lambda r: 1.0)
    both = mean(lambda r: r[0] * r[1]) / whole
    return both - mean(lambda r: r[0]) / whole * mean(lambda r: r[1]) / whole


def tie_by_loop(y, a, exponent=None, seen=True, subtract=True):
    exponent = a if exponent is None else exponent
    total = first = second = both = 0.0
    for z in product((0, 1), repeat=len(y)):
        ones = sum(z)
        log_p = log_beta(len(y) - ones + exponent, ones + exponent) - log_beta(exponent, exponent)
        if seen:
            log_p += sum(-((t - (1 if k else -1)) ** 2) / 2 for t, k in zip(y, z, strict=True))
        p = math.exp(log_p)
        total += p
        first += p * z[0]
        second += p * z[1]
        both += p * z[0] * z[1]
    return both / total - subtract * first * second / total**2


def tie_in_plain_betas(y, a):
    def b(x, z):
        return np.exp(gammaln(x) + gammaln(z) - gammaln(x + z))

    rows = np.array(list(product((0, 1), repeat=len(y))))
    ones = rows.sum(axis=1)
    joint = b(len(y) - ones + a, ones + a) * np.array(
        [math.prod(norm.pdf(t, 2 * k - 1) for t, k in zip(y, row, strict=True)) for row in rows]
    )
    share = joint / joint.sum()
    means = share @ rows
    return share @ (rows[:, 0] * rows[:, 1]) - means[0] * means[1]


def tie_of_flat_prior(y, a):
    return tie_by_loop(y, a, exponent=1)


def tie_off_by_one(y, a):
    return tie_by_loop(y, a, exponent=a + 1)


def tie_before_data(y, a):
    return tie_by_loop(y, a, seen=False)


def tie_of_products(y, a):
    return tie_by_loop(y, a, subtract=False)


def variances(values, shares):
    mean = sum(v * s for v, s in zip(values, shares, strict=True))
    square = sum(v * v * s for v, s in zip(values, shares, strict=True))
    return mean - mean**2, square - mean**2


def worth_by_loop(r, p):
    one = variances(r, p)
    both = variances([*r, *(1 - r)], [*(p / 2), *(p / 2)])
    return one[0] / one[1], both[0] / both[1]


def worth_by_cov(r, p):
    def ratio(x, q):
        return 1 + np.sum(q * x * (1 - x)) / np.cov(x, aweights=q, ddof=0)

    return np.array([ratio(r, p), ratio(np.append(r, 1 - r), np.append(p, p) / 2)])


def worth_of_one_twice(r, p):
    other = variances(1 - r, p)
    one = worth_by_loop(r, p)[0]
    return one, (one + other[0] / other[1]) / 2


def worth_of_noise(r, p):
    mean = np.sum(r * p)
    noise = np.sum(p * r * (1 - r))
    return noise / np.sum(p * (r - mean) ** 2), noise / np.sum(p * (r - 0.5) ** 2)


def worth_upside_down(r, p):
    one = variances(r, p)
    both = variances([*r, *(1 - r)], [*(p / 2), *(p / 2)])
    return one[1] / one[0], both[1] / both[0]


def worth_of_sds(r, p):
    return np.sqrt(worth_by_loop(r, p))


def worth_in_plain_means(r, p):
    both = np.concatenate([r, 1 - r])
    return [np.mean(x) * (1 - np.mean(x)) / np.var(x) for x in (r, both)]


def chain_in_logs(y, mu, s):
    with np.errstate(divide="ignore"):
        stay, change = np.log(s), np.log(1 - s)
    a, b = (math.log(0.5) + log_normal(y[0], m, 1) for m in mu)
    for t in y[1:]:
        a, b = (
            np.logaddexp(a + stay, b + change) + log_normal(t, mu[0], 1),
            np.logaddexp(a + change, b + stay) + log_normal(t, mu[1], 1),
        )
    return np.logaddexp(a, b)


def chain_from_the_end(y, mu, s):
    """The matrices multiplied from the right, a power of two taken out now and then."""
    move = np.array([[s, 1 - s], [1 - s, s]])
    column, taken = np.ones(2), 0
    for t in y[:0:-1]:
        column = move @ (norm.pdf(t, mu) * column)
        exponent = math.frexp(column.max())[1]
        column, taken = column / 2.0**exponent, taken + exponent
    return math.log(0.5 * norm.pdf(y[0], mu) @ column) + taken * math.log(2)


def chain_without_memory(y, mu, s):
    return sum(math.log(0.5 * norm.pdf(t, mu[0]) + 0.5 * norm.pdf(t, mu[1])) for t in y)


def chain_changing_with_s(y, mu, s):
    return chain_in_logs(y, mu, 1 - s)


def chain_without_start(y, mu, s):
    return chain_in_logs(y, mu, s) + math.log(2)


def chain_of_maxima(y, mu, s):
    a, b = (math.log(0.5) + log_normal(y[0], m, 1) for m in mu)
    with np.errstate(divide="ignore"):
        stay, change = np.log(s), np.log(1 - s)
    for t in y[1:]:
        a, b = (
            max(a + stay, b + change) + log_normal(t, mu[0], 1),
            max(a + change, b + stay) + log_normal(t, mu[1], 1),
        )
    return max(a, b)


def chain_of_products(y, mu, s):
    row = np.array([0.5, 0.5])
    move = np.array([[s, 1 - s], [1 - s, s]])
    for i in range(len(y)):
        row = row @ (move if i else np.eye(2)) @ np.diag(norm.pdf(y[i], mu))
    return np.log(row.sum())


def tie_as_correlation(y, a):
    """Over a fine grid of the second weight."""
    w = (np.arange(20_000) + 0.5) / 20_000
    mass = (w * (1 - w)) ** (a - 1) if a < 50 else np.exp((a - 1) * np.log(4 * w * (1 - w)))
    r = []
    for point in y:
        first, second = (1 - w) * np.exp(-((point + 1) ** 2) / 2), w * np.exp(-((point - 1) ** 2) / 2)
        mass = mass * (first + second)
        r.append(second / (first + second))
    mass = mass / mass.sum()
    m1, m2 = mass @ r[0], mass @ r[1]
    return (mass @ (r[0] * r[1]) - m1 * m2) / math.sqrt(m1 * (1 - m1) * m2 * (1 - m2))


ANSWERS = {
    "line": Tried(
        right={"with scipy's b": line_in_scipy, "a loop": line_by_loop},
        wrong={
            "whole-data-set": (line_for_the_data_set, "whole data set"),
            "axis-forgotten": (line_without_axis, "Without an axis"),
            "no-weights": (line_without_weights, "do not enter"),
            "averaged-logs": (line_of_averaged_logs, "weighted average"),
            "naive-exponentials": (line_in_densities, "norm.logpdf"),
        },
    ),
    "three": Tried(
        right={"four decimals": [243, 0.0638], "a tuple": (3**5, 0.0637693)},
        wrong={
            "exchanged": ([0.0638, 243], "other order"),
            "power-exchanged": ([125, 0.0638], "choices multiply"),
            "not-normalized": ([243, 1.57e-5], "joint density"),
            "two-components": ([32, 0.3275], "two components"),
            "prior": ([243, 1 / 243], "before the points are seen"),
        },
    ),
    "ridges": Tried(
        right={"in brackets": "(d)"},
        wrong={"a": ("a", "depends on n"), "b": ("B", "explains all the data"), "c": ("c", "whole surface")},
    ),
    "tie": Tried(
        right={"an integral": tie_by_integral, "a loop": tie_by_loop},
        wrong={
            "correlation": (tie_as_correlation, "correlation"),
            "underflow": (tie_in_plain_betas, "betaln"),
            "flat-prior": (tie_of_flat_prior, "same for every a"),
            "off-by-one": (tie_off_by_one, "count them again"),
            "prior-only": (tie_before_data, "before the points are seen"),
            "mean-product": (tie_of_products, "mean of the product"),
        },
    ),
    "worth": Tried(
        right={"a loop": worth_by_loop, "noise added": worth_by_cov},
        wrong={
            "exchanged": (lambda r, p: worth_by_loop(r, p)[::-1], "other order"),
            "same-for-both": (worth_of_one_twice, "one image again"),
            "noise-only": (worth_of_noise, "noise"),
            "upside-down": (worth_upside_down, "reciprocals"),
            "root": (worth_of_sds, "standard deviations"),
            "unweighted": (worth_in_plain_means, "count alike"),
        },
    ),
    "chain": Tried(
        right={"in logarithms": chain_in_logs, "from the end": chain_from_the_end},
        wrong={
            "independent": (chain_without_memory, "independent"),
            "exchanged": (chain_changing_with_s, "change the category"),
            "no-start": (chain_without_start, "Too large by log 2"),
            "best-path": (chain_of_maxima, "keep the better"),
            "underflow": (chain_of_products, "product of a thousand"),
        },
    ),
}
