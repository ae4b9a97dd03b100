"""Answers to the exercises on Gibbs sampling over categories."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
from scipy.stats import norm

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


def scale_by_normals(n, q, size, rng):
    return np.sqrt(q / (rng.standard_normal((size, n - 1)) ** 2).sum(axis=1))


def scale_root_of_precision(n, q, size, rng):
    return np.sqrt(rng.gamma((n - 1) / 2, 2 / q, size))


def scale_with_shape(shape, scale=lambda q: 2 / q):
    def draw(n, q, size, rng):
        return 1 / np.sqrt(rng.gamma(shape(n), scale(q), size))

    return draw


def scale_within_the_bound(n, q, size, rng):
    draws = []
    while len(draws) < size:
        sigma = rng.gamma((n - 1) / 2, 2 / q) ** -0.5
        if sigma < 20:
            draws.append(sigma)
    return draws


def scale_sorted(n, q, size, rng):
    return np.sort(np.sqrt(q / rng.chisquare(n - 1, size)))


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
        joint[assignment[i]] = log_joint
    return 1 / (1 + math.exp(joint[0] - joint[1]))


def second_of_the_joint(y, z, i):
    """From the density of all points and categories, locations and weights integrated out by hand."""
    log_joint = []
    for k in (0, 1):
        assigned = z.copy()
        assigned[i] = k
        total = 0
        for group in (y[assigned == 0], y[assigned == 1]):
            v = 1 / (group.size + 0.01)
            total += math.lgamma(group.size + 1) + 0.5 * math.log(v) + 0.5 * v * group.sum() ** 2
        log_joint.append(total)
    return 1 / (1 + math.exp(log_joint[0] - log_joint[1]))


def log_predictive(y_i, n, total):
    v = 1 / (n + 1 / 10**2)
    return -0.5 * np.log(1 + v) - 0.5 * (y_i - v * total) ** 2 / (1 + v)


def second_from(log_weight, count_out=True, sum_out=True, density=log_predictive):
    def probability(y, z, i):
        n, total = np.bincount(z, minlength=2) + 0.0, np.bincount(z, y, minlength=2)
        if count_out:
            n[z[i]] -= 1
        if sum_out:
            total[z[i]] -= y[i]
        log_p = log_weight(n, z, i) + density(y[i], n, total)
        p = np.exp(log_p - log_p.max())
        return p[1] / p.sum()

    return probability


def plus_one(n, z, i):
    return np.log(n + 1)


def log_ratio(y, z, i):
    return math.log(second_by_counts(y, z, i)) - math.log(second_by_counts(y, 1 - z, i))


def second_by_densities(y, z, i):
    rest = np.arange(len(y)) != i
    p = []
    for k in (0, 1):
        members = y[rest & (z == k)]
        v = 1 / (len(members) + 0.01)
        density = np.exp(-((y[i] - v * members.sum()) ** 2) / (2 * (1 + v))) / np.sqrt(1 + v)
        p.append((len(members) + 1) * density)
    return p[1] / (p[0] + p[1])


def second_without_its_equals(y, z, i):
    other = y != y[i]
    n, total = np.bincount(z[other], minlength=2), np.bincount(z[other], y[other], minlength=2)
    log_p = np.log(n + 1) + log_predictive(y[i], n, total)
    return 1 / (1 + np.exp(log_p[0] - log_p[1]))


def second_odds(y, z, i):
    p = second_by_counts(y, z, i)
    return p / (1 - p)


def at_the_mean(y_i, n, total):
    return -0.5 * (y_i - total / np.where(n > 0, n, 1)) ** 2


ANSWERS = {
    "weights": Tried(
        right={"a loop": parameters_by_loop, "point by point": parameters_by_points},
        wrong={
            "no-data": (lambda n, alpha: np.array(alpha), "parameters of the prior."),
            "one-prior-only": (lambda n, alpha: n + 2, "for any"),
            "whole-prior": (lambda n, alpha: [count + sum(alpha) for count in n], "sum of"),
            "product": (lambda n, alpha: alpha * n, "You multiplied"),
            "shares": (lambda n, alpha: alpha + n / n.sum(), "shares of the categories"),
            "no-prior": (lambda n, alpha: n, "counts alone"),
            "flat-prior": (lambda n, alpha: [count + 1 for count in n], "another one"),
            "flat-as-well": (
                lambda n, alpha: [1 + count + a for count, a in zip(n, alpha, strict=True)],
                "two priors",
            ),
            "exponents": (lambda n, alpha: n + (alpha - 1), "exponents of the weights"),
            "mean": (mean_weights, "mean weights"),
        },
    ),
    "thin": Tried(
        right={
            "whole numbers": [526, 515],
            "fractions": [Fraction(10_000, 19), Fraction(51495, 100)],
            "geometric series": (1e4 * 0.1 / 1.9, 2e3 * 0.40951 / 1.59049),
        },
        wrong={
            "same-autocorrelation": ([526, 105], "five sweeps"),
            "all-draws": ([526, 2575], "how many draws"),
            "divided-autocorrelation": ([526.3, 2_000 * 0.82 / 1.18], "divided"),
            "one-sided": ([1000, 819], "missing before the sum?"),
            "exchanged": ([515, 526], "other order"),
            "one-sided-after": ([526, 819], "In the second number"),
            "from-lag-zero": ([476, 340], "begin at lag 0"),
            "first-lag-only": ([3571, 917], "stopped at lag 1"),
            "without-the-one": ([556, 694], "The 1 before"),
            "kept-independent": ([526, 2000], "independent ones"),
            "nothing-lost": ([526, 526], "nearly as much"),
            "root-of-autocorrelation": ([526, 2_000 * (1 - 0.9**0.2) / (1 + 0.9**0.2)], "fifth root"),
        },
    ),
    "scales": Tried(
        right={
            "inverse gamma": scale_by_inverse_gamma,
            "chi-square, one by one": scale_by_chi_square,
            "squares of normals": scale_by_normals,
        },
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
            "root-of-precision": (scale_root_of_precision, "roots of the precision"),
            "exponents": (scale_with_shape(lambda n: (n - 1) / 2 - 1), "exponent of the precision"),
            "flat-in-the-variance": (scale_with_shape(lambda n: n / 2 - 1), "flat in the variance"),
            "half-subtracted": (scale_with_shape(lambda n: n - 1 / 2), "with each point"),
            "rate-not-halved-twice": (
                scale_with_shape(lambda n: (n - 1) / 2, lambda q: 1 / (q / 2 / 2)),
                "half of the right one",
            ),
            "no-squares": (scale_with_shape(lambda n: (n - 1) / 2, lambda q: 1), "do not depend on"),
            "bound": (scale_within_the_bound, "nothing above 20"),
            "in-order": (scale_sorted, "order of their size"),
        },
    ),
    "variance": Tried(
        right={
            "in brackets": "(c)",
            "with its words": "(c) They are centred well and spread too little",
            "in a list": ["c"],
            "after a word": "Answer c",
            "with a colon": "c:",
        },
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
            "natural-log": (-112.02, "the natural logarithm"),
            "all-three": (-77.76, "three weights"),
            "one-power-less": (-48.55, "One power"),
            "not-normalized": (-54.05, "without its constant"),
            "no-integral": (-43.05, "at one corner"),
            "not-the-log": (2.24e-49, "the probability itself; "),
            "log-of-one": (0, "logarithm of 1"),
            "simulated": (-math.inf, "A simulation"),
        },
    ),
    "collapse": Tried(
        right={
            "counts": second_by_counts,
            "the chain of all points": second_by_chain,
            "the joint density": second_of_the_joint,
            "softmax": second_from(plus_one),
        },
        wrong={
            "other-category": (lambda y, z, i: 1 - second_by_counts(y, z, i), "category 0"),
            "equal-weights": (second_from(lambda n, z, i: 0), "equal and known"),
            "counted-in": (second_from(plus_one, count_out=False, sum_out=False), "own neighbours"),
            "weight-counted-in": (
                second_from(lambda n, z, i: np.log([1 + (z == 0).sum(), 1 + (z == 1).sum()])),
                "and the weight does not",
            ),
            "no-prior": (second_from(lambda n, z, i: np.log(n)), "bare counts"),
            "location-known": (
                second_from(plus_one, density=lambda y_i, n, s: -0.5 * (y_i - s / (n + 0.01)) ** 2),
                "location as known",
            ),
            "no-error": (
                second_from(
                    plus_one, density=lambda y_i, n, s: norm.logpdf(y_i, s / (n + 0.01), (n + 0.01) ** -0.5)
                ),
                "plus an error",
            ),
            "count-left-in": (second_from(plus_one, count_out=False), "out of the sum and not"),
            "sum-left-in": (second_from(plus_one, sum_out=False), "out of the count and not"),
            "weight-not-logged": (second_from(lambda n, z, i: (n + 1) / (z.size + 1)), "added the weight"),
            "count-not-logged": (second_from(lambda n, z, i: n + 1), "added a count"),
            "variance-for-scale": (
                second_from(
                    plus_one, density=lambda y_i, n, s: norm.logpdf(y_i, s / (n + 0.01), 1 + 1 / (n + 0.01))
                ),
                "standard deviation",
            ),
            "plug-in": (second_from(plus_one, density=at_the_mean), "mean of the others"),
            "equal-points": (second_without_its_equals, "value of point"),
            "half-a-point": (second_from(lambda n, z, i: np.log(n + 0.5)), "added 1/2"),
            "log-odds": (log_ratio, "log odds"),
            "odds": (second_odds, "Those are the odds"),
            "densities": (second_by_densities, "0/0"),
        },
    ),
}

# Answers that no mistake is made for: what is recognised, and words of the reply.
OTHERS = {
    "weights": {
        "a floor": (
            lambda n, alpha: np.maximum(n + alpha, 0.1 * n.sum()),
            "",
            "where [ 1., 500., 3.] is right",
        ),
    },
}
