"""Answers to the exercises on summing out the categories."""

import math
from decimal import Decimal
from fractions import Fraction
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


def line_terms(y, w, mu, sigma):
    """A column for each point."""
    return np.log(w)[:, None] + norm.logpdf(y, np.reshape(mu, (-1, 1)), np.reshape(sigma, (-1, 1)))


def line_by_columns(y, w, mu, sigma):
    return [np.logaddexp.reduce(line_terms(y, w, mu, sigma), axis=0).sum()]


def line_over_points(y, w, mu, sigma):
    return logsumexp(line_terms(y, w, mu, sigma), axis=1).sum()


def line_for_each_point(y, w, mu, sigma):
    return [np.logaddexp.reduce(column) for column in line_terms(y, w, mu, sigma).T]


def line_average(y, w, mu, sigma):
    return np.mean(line_for_each_point(y, w, mu, sigma))


def line_of_logs(y, w, mu, sigma):
    return np.sum([math.log(a) + log_normal(y, m, s) for a, m, s in zip(w, mu, sigma, strict=True)])


def line_of_maxima(y, w, mu, sigma):
    return sum(max(column) for column in line_terms(y, w, mu, sigma).T)


def line_with_variances(y, w, mu, sigma):
    return line_by_loop(y, w, mu, np.square(sigma))


def line_with_roots(y, w, mu, sigma):
    return line_by_loop(y, w, mu, sigma**0.5)


def line_with_w_added(y, w, mu, sigma):
    total = 0
    for t in y:
        total += logsumexp([w[k] + log_normal(t, mu[k], sigma[k]) for k in range(len(w))])
    return total


def line_with_w_times(y, w, mu, sigma):
    total = 0
    for t in y:
        total += logsumexp([w[k] * log_normal(t, mu[k], sigma[k]) for k in range(len(w))])
    return total


def line_of_a_product(y, w, mu, sigma):
    likelihood = 1.0
    for t in y:
        likelihood *= sum(a * norm.pdf(t, m, s) for a, m, s in zip(w, mu, sigma, strict=True))
    return np.log(likelihood)


def line_with_a_floor(y, w, mu, sigma):
    return np.sum(np.log((w * norm.pdf(y[:, None], mu, sigma)).sum(axis=1) + 1e-300))


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


def tie_one_less(y, a):
    return tie_by_loop(y, a, exponent=a - 1) if a > 1 else math.nan


def tie_doubled(y, a):
    return tie_by_loop(y, 2 * a)


def tie_of_joint(y, a):
    total = {"first": 0.0, "second": 0.0, "both": 0.0}
    for z in product((0, 1), repeat=len(y)):
        n2 = sum(z)
        p = math.exp(log_beta(len(y) - n2 + a, n2 + a) - log_beta(a, a))
        p *= np.prod([norm.pdf(t, -1 + 2 * k) for t, k in zip(y, z, strict=True)])
        total["first"] += p * z[0]
        total["second"] += p * z[1]
        total["both"] += p * z[0] * z[1]
    return total["both"] - total["first"] * total["second"]


def tie_on_a_coarse_grid(y, a):
    v = np.linspace(0.01, 0.99, 99)
    p, q = (1 - v) * norm.pdf(y[:, None], -1), v * norm.pdf(y[:, None], 1)
    mass = np.exp((a - 1) * np.log(4 * v * (1 - v))) * (p + q).prod(axis=0)
    r = q / (p + q)
    return np.cov(r[0], r[1], aweights=mass, ddof=0)[0, 1]


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


def worth_quarter_over_one(r, p):
    one = variances(r, p)
    return one[0] / one[1], 1 / (4 * one[1])


def worth_doubled(r, p):
    one = worth_by_loop(r, p)[0]
    return one, one + one


def worth_with_two_wholes(r, p):
    both = variances([*r, *(1 - r)], [*p, *p])
    return worth_by_loop(r, p)[0], both[0] / both[1] if both[1] else 0.0


def worth_over_squares(r, p):
    m = np.average(r, weights=p)
    both = np.average(np.append(r, 1 - r) ** 2, weights=np.append(p, p))
    return (m - m**2) / np.average(r**2, weights=p), 1 / 4 / both


def worth_by_default_cov(r, p):
    m = r @ p
    both = np.cov(np.r_[r, 1 - r], aweights=np.r_[p, p] / 2)
    return m * (1 - m) / np.cov(r, aweights=p), 0.25 / both


def worth_by_drawing(r, p):
    rng = np.random.default_rng(3)
    x = rng.choice(r, 20_000, p=p)
    other = np.where(rng.random(x.size) < 0.5, x, 1 - x)
    return [np.var(rng.random(x.size) < v) / np.var(v) for v in (x, other)]


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
    """The matrices multiplied from the right, in logarithms."""
    with np.errstate(divide="ignore"):
        move = np.log([[s, 1 - s], [1 - s, s]])
    column = np.zeros(2)
    for t in y[:0:-1]:
        column = np.logaddexp(*(move + norm.logpdf(t, mu) + column).T)
    return np.array([np.logaddexp(*(math.log(0.5) + norm.logpdf(y[0], mu) + column))])


def chain_without_memory(y, mu, s):
    return sum(np.log(0.5 * norm.pdf(t, mu[0]) + 0.5 * norm.pdf(t, mu[1])) for t in y)


def chain_changing_with_s(y, mu, s):
    return chain_in_logs(y, mu, 1 - s)


def chain_without_start(y, mu, s):
    return chain_in_logs(y, mu, s) + math.log(2)


def chain_from(y, mu, s, first, stop=None):
    """In logarithms, with other probabilities of the first category."""
    with np.errstate(divide="ignore"):
        a, b = np.log(first) + norm.logpdf(y[0], mu)
        stay, change = np.log(s), np.log(1 - s)
    for t in y[1:stop]:
        a, b = (
            np.logaddexp(a + stay, b + change) + log_normal(t, mu[0], 1),
            np.logaddexp(a + change, b + stay) + log_normal(t, mu[1], 1),
        )
    return np.logaddexp(a, b)


def chain_per_point(y, mu, s):
    return chain_from(y, mu, s, [0.5, 0.5]) / len(y)


def chain_with_s_below_one(y, mu, s):
    return chain_from(y, mu, min(s, 1 - 1e-10), [0.5, 0.5])


def chain_changing_with_s_in_densities(y, mu, s):
    return chain_with_shares(y, mu, 1 - s)


def chain_with_shares(y, mu, s):
    """The probabilities of the categories given the points so far, and the density of each point."""
    share, total = np.array([0.5, 0.5]), 0.0
    for t in y:
        joint = share * norm.pdf(t, mu)
        total += np.log(joint.sum())
        share = joint / joint.sum()
        share = np.array([s * share[0] + (1 - s) * share[1], (1 - s) * share[0] + s * share[1]])
    return total


def chain_by_assignments(y, mu, s):
    z = np.array(list(product([0, 1], repeat=len(y))))
    moves = np.where(z[:, 1:] == z[:, :-1], s, 1 - s).prod(axis=1)
    return np.log(np.sum(0.5 * moves * norm.pdf(y, np.asarray(mu)[z]).prod(axis=1)))


def chain_by_counting(y, mu, s):
    """The assignments one by one, as the digits of a number."""
    total = 0.0
    for number in range(2 ** len(y)):
        z = [(number >> i) & 1 for i in range(len(y))]
        p = 0.5
        for i, t in enumerate(y):
            p *= math.exp(-((t - mu[z[i]]) ** 2) / 2) / math.sqrt(2 * math.pi)
            p *= 1 if i == 0 else s if z[i] == z[i - 1] else 1 - s
        total += p
    return math.log(total)


def chain_with_no_log_of_zero(y, mu, s):
    stay, change = math.log(s), np.log(1 - s)
    a = b = math.log(0.5)
    a, b = a + log_normal(y[0], mu[0], 1), b + log_normal(y[0], mu[1], 1)
    for t in y[1:]:
        top = max(a, b)
        p, q = math.exp(a - top), math.exp(b - top)
        a = top + math.log(p * s + q * (1 - s)) + log_normal(t, mu[0], 1) + 0 * (stay + change)
        b = top + math.log(p * (1 - s) + q * s) + log_normal(t, mu[1], 1)
    return np.logaddexp(a, b)


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
        right={"with scipy's b": line_in_scipy, "a loop": line_by_loop, "by columns": line_by_columns},
        wrong={
            "whole-data-set": (line_for_the_data_set, "whole data set"),
            "axis-forgotten": (line_without_axis, "Without an axis"),
            "points-within": (line_over_points, "Which axis is that"),
            "not-summed": (line_for_each_point, "terms of the points"),
            "mean": (line_average, "average over the points"),
            "logs-added": (line_of_logs, "log of a product"),
            "best-component": (line_of_maxima, "largest term alone"),
            "variance-as-scale": (line_with_variances, "enters squared"),
            "root-as-scale": (line_with_roots, "a root"),
            "weights-not-logged": (line_with_w_added, "weight itself"),
            "weights-times-logs": (line_with_w_times, "makes a power"),
            "no-weights": (line_without_weights, "do not enter"),
            "averaged-logs": (line_of_averaged_logs, "weighted average"),
            "product": (line_of_a_product, "product of 500"),
            "naive-exponentials": (line_in_densities, "Stay with `norm.logpdf`"),
        },
    ),
    "three": Tried(
        right={
            "four decimals": [243, 0.0638],
            "a tuple": (3**5, 0.0637693),
            "a fraction": (Fraction(243), Fraction(638, 10_000)),
            "decimals": [Decimal(243), Decimal("0.0638")],
        },
        wrong={
            "exchanged": ([0.0638, 243], "other order"),
            "power-exchanged": ([125, 0.0638], "5^3"),
            "multiplied": ([15, 0.0638], "5 times 3"),
            "two-choices": ([32, 0.0638], "2^5"),
            "two-components": ([32, 0.3275], "values for two components"),
            "not-normalized": ([243, 0.0], "joint density"),
            "densities": ([243, 0.0038], "density of the points"),
            "average": ([243, 0.5954], "average of the largest"),
            "truth": ([243, 0.0269], "made with"),
            "second-best": ([243, 0.0545], "second best"),
            "prior": ([243, 1 / 243], "before the points are seen"),
        },
    ),
    "ridges": Tried(
        right={
            "in brackets": "(d)",
            "with words": "d) sqrt(10) times as wide, and mu_1 at the average is higher",
            "in a list": ["d"],
            "after a word": "Answer d",
            "with a colon": "d:",
        },
        wrong={"a": ("a", "depends on n"), "b": ("B", "explains all the data"), "c": ("c", "whole surface")},
    ),
    "tie": Tried(
        right={
            "an integral": tie_by_integral,
            "a loop": tie_by_loop,
            "rounded": lambda y, a: round(tie_by_loop(y, a), 8),
        },
        wrong={
            "correlation": (tie_as_correlation, "correlation"),
            "underflow": (tie_in_plain_betas, "betaln"),
            "flat-prior": (tie_of_flat_prior, "same for every a"),
            "off-by-one": (tie_off_by_one, "count them again"),
            "one-less": (tie_one_less, "taken off already"),
            "doubled": (tie_doubled, "for 2a"),
            "not-normalized": (tie_of_joint, "do not sum to 1"),
            "zero": (lambda y, a: 0, "says something about it"),
            "prior-only": (tie_before_data, "before the points are seen"),
            "mean-product": (tie_of_products, "mean of the product"),
        },
    ),
    "worth": Tried(
        right={"a loop": worth_by_loop, "noise added": worth_by_cov},
        wrong={
            "exchanged": (lambda r, p: worth_by_loop(r, p)[::-1], "other order"),
            "same-for-both": (worth_of_one_twice, "one image again"),
            "variance-of-one": (worth_quarter_over_one, "variance within one image"),
            "doubled": (worth_doubled, "not worth double"),
            "not-halved": (worth_with_two_wholes, "sum to 2"),
            "mean-square": (worth_over_squares, "mean of r^2"),
            "of-a-sample": (worth_by_default_cov, "those of a sample"),
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
            "start-known": (lambda y, mu, s: chain_from(y, mu, s, [1, 0]), "always begins"),
            "start-moved": (lambda y, mu, s: chain_from(y, mu, s, [s, 1 - s]), "repeated one before it"),
            "last-point": (lambda y, mu, s: chain_from(y, mu, s, [0.5, 0.5], -1), "last point is missing"),
            "average": (chain_per_point, "divide by the number of points"),
            "no-impossible-moves": (chain_with_s_below_one, "keep s away"),
            "best-path": (chain_of_maxima, "keep the better"),
            "underflow": (chain_of_products, "product of a thousand"),
            "scaled": (chain_with_shares, "is not enough"),
        },
    ),
}

# Answers that break a rule of the text or that no mistake is made for: what is recognised, and words of the reply.
OTHERS = {
    "line": {"a floor": (line_with_a_floor, "", "a small number added against log 0")},
    "three": {
        "in per cent": ([243, 6.3769], "per-cent", "The second is in per cent"),
        "last digit": ([243, 0.0637], "last-digit", "very near"),
        "only one": (243, "wrong-shape", "two numbers"),
    },
    "tie": {
        "to six decimals": (lambda y, a: round(tie_by_loop(y, a), 6), "", "Eight decimals"),
        "a coarse grid": (tie_on_a_coarse_grid, "", "too few of them near one half"),
    },
    "worth": {"by drawing": (worth_by_drawing, "", "the exact ratios are asked for")},
    "chain": {
        "a list of assignments": (chain_by_assignments, "enumerated", "2^n of them"),
        "a loop over assignments": (chain_by_counting, "enumerated", "2^n of them"),
        "two at once": (chain_changing_with_s_in_densities, "exchanged", "change the category"),
        "zero times infinity": (chain_with_no_log_of_zero, "nan", "holds NaN"),
    },
}
