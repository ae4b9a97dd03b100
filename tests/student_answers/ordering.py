"""Answers to the exercises on ordering."""

import math
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, permutations

import numpy as np
from scipy.optimize import linear_sum_assignment

from student_answers import Tried


def back_by_loop(mu):
    x, log_det = [mu[0]], 0.0
    for before, after in pairwise(mu):
        x.append(math.log(after - before))
        log_det -= math.log(after - before)
    return x, log_det


def back_in_arrays(mu):
    x = np.array(mu, dtype=float)
    x[1:] = np.log(np.diff(mu))
    return x, np.log(np.prod(1 / np.diff(mu)))


def back_with_the_way_there(mu):
    x = np.concatenate([mu[:1], np.log(np.diff(mu))])
    return x, x[1:].sum()


def back_to_gaps(mu):
    gaps = np.diff(mu)
    return np.concatenate([mu[:1], gaps]), -np.log(gaps).sum()


def back_from_the_first(mu):
    x = [mu[0]] + [math.log(m - mu[0]) for m in mu[1:]]
    return x, -sum(x[1:])


def back_counting_the_first(mu):
    x = np.concatenate([mu[:1], np.log(np.diff(mu))])
    return x, -np.sum(x)


def back_adding_gaps(mu):
    gaps = np.diff(mu)
    return np.concatenate([mu[:1], np.log(gaps)]), -np.sum(gaps)


def back_by_slogdet(mu):
    """With the whole matrix."""
    k = len(mu)
    jacobian = np.eye(k)
    for i in range(1, k):
        jacobian[i, i - 1], jacobian[i, i] = -1 / (mu[i] - mu[i - 1]), 1 / (mu[i] - mu[i - 1])
    return [mu[0], *np.log(np.diff(mu))], np.linalg.slogdet(jacobian)[1]


def back_with(second):
    """The right coordinates, and something else beside them."""

    def back(mu):
        gaps = mu[1:] - mu[:-1]
        x = np.hstack((mu[0], np.log(gaps)))
        return x, second(x, gaps)

    return back


def back_in_the_other_order(mu):
    return back_by_loop(mu)[1], back_by_loop(mu)[0]


def unordered_by_total_variance(mean, sd, corr):
    a = (mean[1] - mean[0]) / 2
    variance = (sd[0] ** 2 + sd[1] ** 2) / 2 + a**2
    return math.sqrt(variance), (corr * sd[0] * sd[1] - a**2) / variance


def unordered_by_four_points(mean, sd, corr):
    """Two equally probable points have any mean and covariance along a line; two lines have any covariance."""
    cov = np.array([[sd[0] ** 2, corr * sd[0] * sd[1]], [corr * sd[0] * sd[1], sd[1] ** 2]])
    root = np.linalg.cholesky(cov) * np.sqrt(2)
    points = np.array([mean + step * column for column in root.T for step in (-1, 1)])
    both = np.vstack([points, points[:, ::-1]])
    return both[:, 0].std(), np.corrcoef(both.T)[0, 1]


def unordered_within(mean, sd, corr):
    variance = (sd[0] ** 2 + sd[1] ** 2) / 2
    return math.sqrt(variance), corr * sd[0] * sd[1] / variance


def unordered_with(spread, sign=-1):
    def unordered(mean, sd, corr):
        part = spread(mean[0], mean[1])
        variance = (sd[0] ** 2 + sd[1] ** 2) / 2 + part
        return math.sqrt(variance), (corr * sd[0] * sd[1] + sign * part) / variance

    return unordered


def unordered_keeping(mean, sd, corr):
    return unordered_by_total_variance(mean, sd, corr)[0], corr


def unordered_without_root(mean, sd, corr):
    s, rho = unordered_by_total_variance(mean, sd, corr)
    return s * s, rho


def unordered_and(second):
    """The right standard deviation, and something else beside it."""

    def unordered(mean, sd, corr):
        h = (mean[1] - mean[0]) / 2
        s = np.sqrt((sd**2).sum() / 2 + h**2)
        return s, second(h, s, sd, corr)

    return unordered


def unordered_with_the_average_sd(mean, sd, corr):
    s = sd.sum() / 2
    return unordered_by_total_variance(mean, [s, s], corr)


def unordered_with_the_average_sd_in_the_variance(mean, sd, corr):
    h, s = (mean[1] - mean[0]) / 2, (sd[0] + sd[1]) / 2
    return (s**2 + h**2) ** 0.5, (corr * sd[0] * sd[1] - h**2) / (s**2 + h**2)


def divergence(r, q, nu):
    total = 0.0
    for point in range(len(r)):
        for k in range(3):
            share = r[point][nu[k]]
            if share > 0:
                total += share * math.log(share / q[point][k])
    return total


def renumber_by_divergence(r, q):
    return min(permutations(range(3)), key=lambda nu: divergence(r, q, nu))


def renumber_with_arrays(r, q):
    all_six = np.array(list(permutations([0, 1, 2])))
    loss = -np.einsum("isk,ik->s", r[:, all_six], np.log(q))
    return all_six[np.argmin(loss)]


def renumber_backwards(r, q):
    nu = renumber_by_divergence(r, q)
    new = [0, 0, 0]
    for k in range(3):
        new[nu[k]] = k
    return new


def renumber_worst(r, q):
    return max(permutations(range(3)), key=lambda nu: divergence(r, q, nu))


def renumber_by_the_other_divergence(r, q):
    return min(permutations(range(3)), key=lambda nu: np.sum(q * np.log(q / r[:, list(nu)])))


def renumber_one_by_one(r, q):
    nu = []
    for k in range(3):
        gains = [np.dot(r[:, j], np.log(q[:, k])) for j in range(3)]
        nu.append(int(np.argmax(gains)))
    return nu


def renumber_by_votes(r, q):
    def votes(nu):
        return sum(np.argmax(r[i][list(nu)]) == np.argmax(q[i]) for i in range(len(r)))

    return max(permutations(range(3)), key=votes)


def renumber_by_distance(r, q):
    return min(permutations(range(3)), key=lambda nu: np.abs(r[:, list(nu)] - q).sum())


def renumber_in_turn(r, q):
    left, nu = [0, 1, 2], []
    for k in range(3):
        best = min(left, key=lambda j: np.sum(r[:, j] * np.log(r[:, j] / q[:, k])))
        left.remove(best)
        nu.append(best)
    return nu


def renumber_by_swaps(r, q):
    tried = [(0, 1, 2), (1, 0, 2), (2, 1, 0), (0, 2, 1)]
    return tried[np.argmin([divergence(r, q, nu) for nu in tried])]


def renumber_by_size(r, q):
    nu = np.empty(3, int)
    nu[np.argsort(q.sum(axis=0))] = np.argsort(r.sum(axis=0))
    return nu


def renumber_by_one_point(r, q):
    return min(permutations(range(3)), key=lambda nu: divergence(r[:1], q[:1], nu))


def renumber_in_the_logarithm(r, q):
    return min(permutations(range(3)), key=lambda nu: np.sum(r * np.log(r[:, list(nu)] / q)))


def tau_on_a_grid(odds=False, weak=False, goal=0.01):
    rng = np.random.default_rng(0)
    z = rng.integers(0, 2, 100)
    y = rng.normal(2.0 * z - 1, 1.0)
    axis = np.linspace(-3, 3, 121)
    likelihood = np.ones((axis.size, axis.size))
    for point in y:
        p = np.exp(-0.5 * (point - axis) ** 2)
        likelihood *= p[:, np.newaxis] + p
    low, high = 0.5, 2.0
    for _ in range(40):
        tau = (low + high) / 2
        first, second = (np.exp(-0.5 * ((axis - m) / tau) ** 2) for m in (-1, 1))
        posterior = likelihood * first[:, np.newaxis] * second
        if weak:
            posterior *= np.exp(-0.5 * (axis[:, np.newaxis] ** 2 + axis**2) / 100)
        wrong = np.tril(posterior, -1).sum()
        found = wrong / (posterior.sum() - wrong if odds else posterior.sum())
        low, high = (tau, high) if found < goal else (low, tau)
    return tau


def renumber_by_squares(r, q):
    best = min(permutations(range(3)), key=lambda nu: ((r[:, list(nu)] - q) ** 2).sum())
    return list(best)


ANSWERS = {
    "back": Tried(
        right={"a loop": back_by_loop, "arrays": back_in_arrays, "a matrix": back_by_slogdet},
        wrong={
            "way-there": (back_with_the_way_there, "way there"),
            "no-logarithm": (back_to_gaps, "gaps themselves"),
            "from-first": (back_from_the_first, "every gap"),
            "first-counted": (back_counting_the_first, "first coordinate"),
            "gaps-added": (back_adding_gaps, "added the gaps"),
            "determinant-itself": (back_with(lambda x, gaps: 1 / np.prod(gaps)), "second is the determinant"),
            "log-of-sum": (back_with(lambda x, gaps: -np.log(np.sum(gaps))), "log of a sum"),
            "last-gap-only": (back_with(lambda x, gaps: -x[-1]), "only the last one"),
            "sign-of-each": (back_with(lambda x, gaps: sum(abs(np.log(gaps)))), "either sign"),
            "exchanged": (back_in_the_other_order, "other order"),
        },
    ),
    "forgotten": Tried(
        right={
            "a capital": "D",
            "with its words": "(d) It falls towards 0 like 1 / log(1 / delta)",
            "in a list": ["d"],
            "after a word": "Answer d",
            "with a colon": "d:",
        },
        wrong={"a": ("a", "what one sees"), "b": ("b)", "no place to settle"), "c": (" c", "not so fast")},
    ),
    "walls": Tried(
        right={
            "four decimals": [0.5, 0.3333, 0.1667, 1.0986],
            "fractions": (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6), math.log(3)),
        },
        wrong={
            "independent": ([0.5, 0.25, 0.1667, 1.3863], "not independent"),
            "neighbours-independent": ([0.5, 0.3333, 0.25, 1.0986], "still as likely"),
            "violations": ([0.5, 0.6667, 0.8333, 0.4055], "violate"),
            "whole-order": ([0.5, 0.3333, 0.1667, math.log(math.factorial(3))], "whole order"),
            "images-left": ([0.5, 0.3333, 0.1667, 0.6931], "images are left"),
            "sign": ([0.5, 0.3333, 0.1667, -1.0986], "positive"),
            "no-logarithm": ([0.5, 0.3333, 0.1667, 3], "difference"),
            "log-of-two-walls": ([0.5, 0.3333, 0.1667, 1.3863], "two halves"),
            "share-lost": ([0.5, 0.3333, 0.1667, 0.6667], "is lost"),
            "share-kept": ([0.5, 0.3333, 0.1667, 0.3333], "multiplied by"),
            "base-ten": ([0.5, 0.3333, 0.1667, 0.4771], "base ten"),
            "bits": ([0.5, 0.3333, 0.1667, 1.585], "bits"),
        },
    ),
    "unordered": Tried(
        right={
            "total variance": unordered_by_total_variance,
            "four points": unordered_by_four_points,
            "an array": lambda mean, sd, corr: np.array(unordered_by_total_variance(mean, sd, corr)),
        },
        wrong={
            "within-only": (unordered_within, "also jumps"),
            "whole-gap": (unordered_with(lambda low, high: (high - low) ** 2), "too much"),
            "sample-variance": (unordered_with(lambda low, high: (high - low) ** 2 / 2), "divisor 1"),
            "wrong-sign": (
                unordered_with(lambda low, high: (high - low) ** 2 / 4, sign=1),
                "where is the other",
            ),
            "correlation-kept": (unordered_keeping, "opposite directions"),
            "variance": (unordered_without_root, "Take the root"),
            "covariance": (
                unordered_and(lambda h, s, sd, corr: corr * sd[0] * sd[1] - h * h),
                "is the covariance",
            ),
            "ordered-deviations": (
                unordered_and(lambda h, s, sd, corr: (corr * sd[0] * sd[1] - h * h) / (sd[0] * sd[1])),
                "those of the ordered",
            ),
            "means-in-variance-only": (
                unordered_and(lambda h, s, sd, corr: corr * sd[0] * sd[1] / s**2),
                "add to the covariance",
            ),
            "no-correlation": (unordered_and(lambda h, s, sd, corr: 0), "Symmetry"),
            "mean-of-deviations": (unordered_with_the_average_sd, "averaged the standard deviations"),
            "mean-of-deviations-once": (unordered_with_the_average_sd_in_the_variance, "average the squares"),
            "exchanged": (
                lambda mean, sd, corr: unordered_by_total_variance(mean, sd, corr)[::-1],
                "other order",
            ),
        },
    ),
    "renumber": Tried(
        right={
            "a loop": renumber_by_divergence,
            "arrays": renumber_with_arrays,
            "an assignment": lambda r, q: linear_sum_assignment(-np.log(q).T @ r)[1],
        },
        wrong={
            "squares": (renumber_by_squares, "products"),
            "inverse": (renumber_backwards, "inverse"),
            "worst": (renumber_worst, "least like"),
            "roles-exchanged": (renumber_by_the_other_divergence, "log of `r`"),
            "one-by-one": (renumber_one_by_one, "by itself"),
            "most-probable-only": (renumber_by_votes, "most probable"),
            "absolute-differences": (renumber_by_distance, "absolute differences"),
            "greedy": (renumber_in_turn, "of those that are left"),
            "swaps-only": (renumber_by_swaps, "in a circle"),
            "by-size": (renumber_by_size, "average responsibility"),
            "first-point": (renumber_by_one_point, "first point alone"),
            "logarithm-only": (renumber_in_the_logarithm, "not in the factor"),
            "from-one": (lambda r, q: [k + 1 for k in renumber_by_divergence(r, q)], "from 1"),
            "renumbered": (lambda r, q: r[:, renumber_by_divergence(r, q)], "that leads to them"),
            "least-sum": (
                lambda r, q: min(divergence(r, q, nu) for nu in permutations(range(3))),
                "that has it",
            ),
        },
    ),
    "prior": Tried(
        right={"four decimals": 0.922, "on a grid": tau_on_a_grid(), "a decimal": Decimal("0.9220")},
        wrong={
            "weak-prior-kept": (round(tau_on_a_grid(weak=True), 4), "weak prior"),
            "odds-at-one-point": (0.933, "of one point, with"),
            "odds-of-a-hundred": (0.932, "good first guess"),
            "odds-for-share": (tau_on_a_grid(odds=True), "the odds to one in a hundred"),
            "squared": (0.850, "variance"),
            "root": (0.9602, "takes the standard deviation"),
            "half-the-gap": (0.6597, "half of the gap"),
            "log-to-base-ten": (1.4142, "base ten"),
            "prior-alone": (math.sqrt(2) / 2.3263, "prior alone"),
            "prior-on-the-grid": (0.6116, "no data"),
            "five-per-cent": (tau_on_a_grid(goal=0.05), "five per cent"),
            "half-of-one-per-cent": (tau_on_a_grid(goal=0.005), "on either side"),
        },
    ),
}
