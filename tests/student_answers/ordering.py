"""Answers to the exercises on ordering."""

import math
from itertools import pairwise, permutations

import numpy as np

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


def tau_on_a_grid(odds=False):
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
        wrong = np.tril(posterior, -1).sum()
        found = wrong / (posterior.sum() - wrong if odds else posterior.sum())
        low, high = (tau, high) if found < 0.01 else (low, tau)
    return tau


def renumber_by_squares(r, q):
    best = min(permutations(range(3)), key=lambda nu: ((r[:, list(nu)] - q) ** 2).sum())
    return list(best)


ANSWERS = {
    "back": Tried(
        right={"a loop": back_by_loop, "arrays": back_in_arrays},
        wrong={
            "way-there": (back_with_the_way_there, "way there"),
            "no-logarithm": (back_to_gaps, "gaps themselves"),
            "from-first": (back_from_the_first, "every gap"),
            "first-counted": (back_counting_the_first, "first coordinate"),
            "gaps-added": (back_adding_gaps, "added the gaps"),
        },
    ),
    "forgotten": Tried(
        right={"a capital": "D"},
        wrong={"a": ("a", "what one sees"), "b": ("b)", "no place to settle"), "c": (" c", "not so fast")},
    ),
    "walls": Tried(
        right={
            "four decimals": [0.5, 0.3333, 0.1667, 1.0986],
            "fractions": (1 / 2, 1 / 3, 1 / 6, math.log(3)),
        },
        wrong={
            "independent": ([0.5, 0.25, 0.25, 1.3863], "not independent"),
            "violations": ([0.5, 0.6667, 0.8333, 1.0986], "violate"),
            "whole-order": ([0.5, 0.3333, 0.1667, math.log(math.factorial(3))], "whole order"),
            "images-left": ([0.5, 0.3333, 0.1667, 0.6931], "images are left"),
            "sign": ([0.5, 0.3333, 0.1667, -1.0986], "positive"),
            "no-logarithm": ([0.5, 0.3333, 0.1667, 3], "difference"),
        },
    ),
    "unordered": Tried(
        right={"total variance": unordered_by_total_variance, "four points": unordered_by_four_points},
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
        },
    ),
    "renumber": Tried(
        right={"a loop": renumber_by_divergence, "arrays": renumber_with_arrays},
        wrong={
            "squares": (renumber_by_squares, "products"),
            "inverse": (renumber_backwards, "inverse"),
            "worst": (renumber_worst, "least like"),
            "roles-exchanged": (renumber_by_the_other_divergence, "log of `r`"),
            "one-by-one": (renumber_one_by_one, "by itself"),
            "most-probable-only": (renumber_by_votes, "most probable"),
        },
    ),
    "prior": Tried(
        right={"three decimals": 0.922, "on a grid": tau_on_a_grid()},
        wrong={
            "odds-at-one-point": (0.933, "of one point, with"),
            "odds-for-share": (tau_on_a_grid(odds=True), "one in a hundred"),
            "squared": (0.850, "variance"),
            "half-the-gap": (0.6597, "half of the gap"),
            "prior-alone": (math.sqrt(2) / 2.3263, "prior alone"),
        },
    ),
}
