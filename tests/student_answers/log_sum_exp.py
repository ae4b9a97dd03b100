"""Answers to the exercises on the log-sum-exp trick."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
from scipy.special import logsumexp, softmax

from student_answers import Tried


def mean_by_loop(a):
    top = max(a)
    if top == -math.inf:
        return top
    return top + math.log(sum(math.exp(term - top) for term in a) / len(a))


def mean_in_float32(a):
    a = np.asarray(a, dtype=np.float32)
    return np.logaddexp.reduce(a) - np.log(np.float32(len(a)))


def mean_with_weights(a):
    return [logsumexp(a, b=np.ones(len(a)) / len(a))]


def mean_by_hand(a):
    top = max(a)
    return top + np.log(sum(np.exp(term - top) for term in a) / len(a))


def mean_from_the_first(a):
    return np.log(np.mean([np.exp(term - a[0]) for term in a])) + a[0]


def mean_by_finite(a):
    n = sum(1 for term in a if term > -math.inf)
    return sum_instead(a) - np.log(n)


def mean_without_infinite(a):
    kept = [term for term in a if term != -math.inf]
    return logsumexp(kept) - math.log(len(kept)) if kept else -math.inf


def mean_less_number(a):
    return np.logaddexp.reduce(a) - np.size(a)


def mean_plus_log(a):
    return np.logaddexp.reduce(a) + np.log(np.size(a))


def mean_of_all_but_one(a):
    return np.logaddexp.reduce(a) - np.log(np.size(a) - 1)


def mean_of_two(a):
    return np.logaddexp.reduce(a) + np.log(0.5)


def mean_of_divided(a):
    return np.logaddexp.reduce([term / len(a) for term in a])


def mean_in_base_ten(a):
    return np.logaddexp.reduce(a) - math.log10(len(a))


def mean_of_exponentials(a):
    total = 0.0
    for term in a:
        total += np.exp(term)
    return np.log(total / len(a))


def mean_by_the_formula(a):
    return math.log(sum(math.exp(x) for x in a) / len(a))


def sum_instead(a):
    total = -math.inf
    for term in a:
        total = np.logaddexp(total, term)
    return total


def divided_afterwards(a):
    return sum_instead(a) / a.size


def update_by_cases(m, s, a):
    if a <= m:
        return [m, s + math.exp(a - m)]
    return [a, 1 + s * math.exp(m - a)]


def update_by_products(m, s, a):
    new = np.fmax(m, a)
    return np.array([new, np.exp([m - new, a - new]) @ [s, 1.0]])


def update_in_logs(m, s, a):
    total = np.logaddexp(m + np.log(s), a)
    top = np.maximum(m, a)
    return np.array([top, np.exp(total - top)])


def update_from_the_old(m, s, a):
    s = s + np.exp(a - m)
    return max(m, a), s


def update_without_its_own(m, s, a):
    if a > m:
        s, m = s * np.exp(m - a), a
    else:
        s = s + np.exp(a - m)
    return m, s


def update_without_ties(m, s, a):
    if a > m:
        return a, 1 + s * np.exp(m - a)
    if a < m:
        return m, s + np.exp(a - m)
    return m, s


def update_sum_first(m, s, a):
    return update_by_cases(m, s, a)[::-1]


def update_in_full(m, s, a):
    total = s * np.exp(m) + np.exp(a)
    m = max(m, a)
    return m, total / np.exp(m)


def update_to_the_log(m, s, a):
    m, s = update_by_cases(m, s, a)
    return m, m + math.log(s)


def update_s_in_the_exponent(m, s, a):
    new = max(m, a)
    return new, np.exp((m - new) * s) + np.exp(a - new)


def update_by_where(m, s, a):
    return max(m, a), np.where(a > m, s * np.exp(m - a) + 1, s + np.exp(a - m))


def update_sum_alone(m, s, a):
    return update_by_cases(m, s, a)[1]


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


def slope_by_average(y, mu):
    """The data enter by their number and average alone."""
    n, average = len(y), sum(y) / len(y)
    a, *others = (-n / 2 * (m - average) ** 2 for m in mu)
    log_sum = np.logaddexp.reduce([a, *others])
    return np.exp(np.array([a, *others]) - log_sum) * n * (average - np.asarray(mu))


def slope_of_average_point(y, mu):
    r = softmax([-((np.mean(y) - m) ** 2) / 2 for m in mu])
    return r * [np.sum(y - m) for m in mu]


def slope_of_one_point(y, mu):
    return np.array(slope_by_softmax(y, mu)) / len(y)


def slope_with_half(y, mu):
    return [value / 2 for value in slope_by_softmax(y, mu)]


def slope_over_points(y, mu):
    result = []
    for m in mu:
        share = np.exp(-((y - m) ** 2) / 2)
        result.append(np.sum(share / share.sum() * (y - m)))
    return result


def slope_from_squares(y, mu, factor=-1.0):
    r = softmax([factor * np.sum((y - m) ** 2) for m in mu])
    return r * [np.sum(y - m) for m in mu]


def slope_half_each(y, mu):
    return [np.sum(y - m) / len(mu) for m in mu]


def slope_of_the_best(y, mu):
    best = np.argmin([np.sum((y - m) ** 2) for m in mu])
    return [np.sum(y - m) if k == best else 0.0 for k, m in enumerate(mu)]


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
        right={"a loop": mean_by_loop, "in float32": mean_in_float32, "with weights": mean_with_weights},
        wrong={
            "naive-exponentials": (mean_of_exponentials, "too large for a float"),
            "own-shift": (mean_by_hand, "knows that case"),
            "first-as-shift": (mean_from_the_first, "by the first term"),
            "finite-terms": (mean_by_finite, "number of finite terms"),
            "left-out": (mean_without_infinite, "leave out"),
            "forgotten-average": (sum_instead, "log of a quotient"),
            "number-taken-off": (mean_less_number, "take off the number"),
            "other-sign": (mean_plus_log, "add the log"),
            "one-term-less": (mean_of_all_but_one, "n − 1"),
            "always-two": (mean_of_two, "Right for two"),
            "divided-terms": (mean_of_divided, "divide the exponents"),
            "divided-log": (divided_afterwards, "inside the logarithm"),
            "largest": (lambda a: max(*a, -math.inf), "largest term."),
            "base-ten": (mean_in_base_ten, "different bases"),
            "mean-of-logs": (lambda a: sum(a) / len(a), "average of the logarithms"),
        },
    ),
    "float32": Tried(
        right={
            "two decimals": 14.36,
            "found by halving": np.float32(14.3564),
            "a fraction": Fraction(1436, 100),
            "in a list": [14.36],
        },
        wrong={
            "no-rounding": (14.31, "only those below its half"),
            "float64": (38.58, "place for float64"),
            "no-constant": (14.42, "missing under the root"),
            "other-sign": (14.48, "wrong sign"),
            "not-doubled": (10.15, "half of the square"),
            "whole-constant": (14.29, "is halved"),
            "no-log-of-two": (17.27, "base 2"),
            "twice-the-smallest": (14.26, "twice the smallest"),
            "smallest-normal": (13.15, "full precision"),
            "not-the-root": (206.11, "square of the place"),
        },
    ),
    "shift": Tried(
        right={
            "a list": [1419.6, 709.8],
            "a tuple": (2 * largest, largest),
            "fractions": (Fraction(14196, 10), Fraction(7098, 10)),
            "decimals": (Decimal("1419.6"), Decimal("709.8")),
        },
        wrong={
            "exchanged": ([709.8, 1419.6], "other order"),
            "halved": ([354.9, 709.8], "you halved"),
            "whole-gap": (np.full(2, 709.78), "halfway"),
            "both-doubled": ((1419.6, 1419.6), "From the smaller term"),
            "float32": ((177.4, 88.7), "for float32"),
            "base-two": ([2048, 1024], "exponent of two"),
            "one-exponent-less": ([1418.2, 709.1], "2^1023"),
            "base-ten": ([616.5, 308.3], "exponent of ten"),
            "underflow": ([1490.3, 745.1], "other end"),
        },
    ),
    "weights": Tried(
        right={
            "a capital": "C",
            "with words": "(c) only with (0.9, 0.1)",
            "in a list": ["c"],
            "after a word": "Answer c",
            "with a colon": "c:",
        },
        wrong={"a": ("a", "same log 2"), "b": ("b", "which component"), "d": (" d.", "everywhere")},
    ),
    "onepass": Tried(
        right={"by cases": update_by_cases, "a product": update_by_products},
        wrong={
            "not-rescaled": (update_keeping_the_sum, "multiplied by the same factor"),
            "started-anew": (update_anew, "forget"),
            "inverse-factor": (update_upside_down, "upside down"),
            "old-maximum": (update_without_maximum, "never raised"),
            "from-the-old": (update_from_the_old, "still measured from the old one. Which"),
            "own-term-forgotten": (update_without_its_own, "does not join it"),
            "tie-forgotten": (update_without_ties, "is lost"),
            "exchanged": (update_sum_first, "sum first"),
            "undone": (update_in_full, "plain exponentials"),
            "log-of-all": (update_to_the_log, "for the end"),
            "sum-in-exponent": (update_s_in_the_exponent, "stands in the exponent"),
            "by-logarithms": (update_in_logs, "no room"),
        },
    ),
    "whole": Tried(
        right={"a loop": slope_by_softmax, "from the average": slope_by_average},
        wrong={
            "point-by-point": (slope_of_points, "mixture of points"),
            "naive-product": (slope_by_product, "2,001"),
            "no-responsibility": (slope_of_all_alike, "for certain"),
            "average-point": (slope_of_average_point, "average point"),
            "mean-of-pulls": (slope_of_one_point, "average the pulls"),
            "half-kept": (slope_with_half, "differentiated"),
            "softmax-over-points": (slope_over_points, "sum to 1 over the points"),
            "no-half": (slope_from_squares, "twice too large"),
            "farther-is-better": (lambda y, mu: slope_from_squares(y, mu, 0.5), "farther from"),
            "equal-shares": (slope_half_each, "the same share"),
            "winner-alone": (slope_of_the_best, "Only the best"),
            "one-number": (lambda y, mu: sum(slope_by_softmax(y, mu)), "an entry for each"),
            "wrong-sign": (slope_downwards, "sign is the other way"),
        },
    ),
}

# Answers that break a rule of the text or that no mistake is made for: what is recognised, and words of the reply.
OTHERS = {
    "mean": {
        "the plain formula": (mean_by_the_formula, "raised", "too large for a float. Its logarithm is not")
    },
    "float32": {
        "a step too far": (14.37, "last-digit", "very near"),
        "one decimal": (14.4, "rounded", "fewer digits"),
    },
    "shift": {
        "whole numbers": ([1420, 710], "rounded", "fewer digits"),
        "truncated": ([1419.5, 709.7], "last-digit", "very near"),
        "one number": (1419.6, "wrong-shape", "two numbers"),
    },
    "onepass": {
        "the sum alone": (update_sum_alone, "wrong-shape", "expected is two numbers"),
        "both branches": (update_by_where, "overflow", "computes both of its branches"),
    },
    "whole": {"differences": (slope_by_differences, "", "a derivative is asked for")},
}
