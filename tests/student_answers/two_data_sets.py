"""Answers to the exercises on the story of a mixture."""

import math

import numpy as np

from student_answers import Tried


def draw_one_hot(n, w, mu, sigma, rng):
    one_hot = rng.multinomial(1, w, size=n)
    return rng.normal(one_hot @ mu, one_hot @ sigma), one_hot.argmax(axis=1)


def draw_by_loop(n, w, mu, sigma, rng):
    ys, zs = [], []
    for _ in range(n):
        u, k = rng.random(), 0
        while u > sum(w[: k + 1]):
            k += 1
        zs.append(k)
        ys.append(mu[k] + sigma[k] * rng.standard_normal())
    return ys, zs


def draw_blend(n, w, mu, sigma, rng):
    z = rng.choice(len(w), size=n, p=w)
    y = np.zeros(n)
    for k in range(len(w)):
        y += w[k] * rng.normal(mu[k], sigma[k], size=n)
    return y, z


def draw_from_one(n, w, mu, sigma, rng):
    z = rng.choice(len(w), p=w) * np.ones(n, dtype=int)
    return rng.normal(mu[z], sigma[z]), z


def draw_evenly(n, w, mu, sigma, rng):
    z = rng.integers(0, len(w), size=n)
    return mu[z] + sigma[z] * rng.normal(size=n), z


def draw_with_variance(n, w, mu, sigma, rng):
    z = np.searchsorted(np.cumsum(w), rng.random(n))
    return rng.normal(mu[z], sigma[z] ** 2), z


def draw_categories_first(n, w, mu, sigma, rng):
    y, z = draw_one_hot(n, w, mu, sigma, rng)
    return z, y


def tail(x):
    return math.erfc(x / math.sqrt(2)) / 2


def bell(x):
    return math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


def average_of_half(m):
    return 2 * bell(m) + m * (1 - 2 * tail(m))


def cut_from_squares(w, mu, sigma):
    # (y - mu0)^2 - (y - mu1)^2 = 2 sigma^2 log(w0 / w1), linear in y
    right = 2 * sigma**2 * (math.log(w[0]) - math.log(w[1]))
    return (right - mu[0] ** 2 + mu[1] ** 2) / (2 * (mu[1] - mu[0]))


def cut_by_halving(w, mu, sigma):
    low, high = -200.0, 200.0
    for _ in range(200):
        t = (low + high) / 2
        a = math.log(w[0]) - (t - mu[0]) ** 2 / (2 * sigma**2)
        b = math.log(w[1]) - (t - mu[1]) ** 2 / (2 * sigma**2)
        low, high = (t, high) if a > b else (low, t)
    return low


def cut_halfway(w, mu, sigma):
    return np.mean(mu)


def cut_the_wrong_way(w, mu, sigma):
    return cut_from_squares(w[::-1], mu, sigma)


def cut_without_square(w, mu, sigma):
    return cut_from_squares(w, mu, math.sqrt(sigma))


def cut_for_a_gap_of_two(w, mu, sigma):
    middle = mu[0] + (mu[1] - mu[0]) / 2
    return middle + sigma**2 / 2 * math.log(w[0] / w[1])


def cut_at_the_mean(w, mu, sigma):
    return np.dot(w, mu)


def logistic_steps(y, mu):
    """EM with the responsibility written as a logistic function."""
    a, b = mu
    while True:
        r = [1 / (1 + math.exp((b**2 - a**2) / 2 - (b - a) * t)) for t in y]
        new_b = sum(p * t for p, t in zip(r, y, strict=True)) / sum(r)
        new_a = sum((1 - p) * t for p, t in zip(r, y, strict=True)) / (len(y) - sum(r))
        moved = max(abs(new_a - a), abs(new_b - b))
        a, b = new_a, new_b
        if moved < 1e-10:
            return a, b


def many_steps(y, mu, steps=500):
    mu = np.array(mu)
    for _ in range(steps):
        f = np.exp(-((y - mu[:, None]) ** 2) / 2)
        r = f / f.sum(axis=0)
        mu = np.array([np.average(y, weights=row) for row in r])
    return mu


def single_step(y, mu):
    return many_steps(y, mu, steps=1)


def nearest_points(y, mu):
    for _ in range(100):
        lower = abs(y - mu[0]) < abs(y - mu[1])
        mu = y[lower].mean(), y[~lower].mean()
    return mu


def averages_over_everything(y, mu):
    mu = np.array(mu)
    for _ in range(3_000):
        f = np.exp(-((y - mu[:, None]) ** 2) / 2)
        mu = np.mean(f / f.sum(axis=0) * y, axis=1)
    return mu


def each_for_itself(y, mu):
    mu = np.array(mu)
    for _ in range(3_000):
        f = np.exp(-((y - mu[:, None]) ** 2) / 2)
        r = f / f.sum(axis=1)[:, None]
        mu = r @ y
    return mu


error_factor = tail(1) / tail(2)


def draw_counting_from_one(n, w, mu, sigma, rng):
    z = np.array([rng.choice(len(w), p=w) for _ in range(n)])
    return np.array([rng.normal(mu[k], sigma[k]) for k in z]), z + 1


def iterate_weights_too(y, mu):
    first, second, share = mu[0], mu[1], 0.5
    for _ in range(3_000):
        odds = share / (1 - share) * np.exp((y - first) ** 2 / 2 - (y - second) ** 2 / 2)
        r = odds / (1 + odds)
        first, second, share = sum((1 - r) * y) / sum(1 - r), sum(r * y) / sum(r), r.mean()
    return first, second


ANSWERS = {
    "story": Tried(
        right={"one-hot": draw_one_hot, "a loop": draw_by_loop},
        wrong={
            "from-one": (draw_counting_from_one, "count from 1"),
            "blended": (draw_blend, "average the draws"),
            "one-for-all": (draw_from_one, "same component"),
            "equal-weights": (draw_evenly, "equally often"),
            "variance-as-scale": (draw_with_variance, "second argument"),
            "exchanged": (draw_categories_first, "categories first"),
        },
    ),
    "apart": Tried(
        right={
            "one decimal": [7.0, 9.8],
            "computed": (error_factor, (average_of_half(1) - 1) / (average_of_half(2) - 2)),
        },
        wrong={
            "exchanged": ([9.8, 7.0], "other order"),
            "upside-down": ([0.1434, 0.1019], "new values over the old"),
            "average-for-bias": ([7.0, average_of_half(1) / average_of_half(2)], "averages"),
            "whole-gap": (
                [
                    tail(2) / tail(4),
                    (average_of_half(2) - 2) / (average_of_half(4) - 4),
                ],
                "halfway",
            ),
            "half-formula": ([error_factor, math.exp(1.5)], "density term"),
        },
    ),
    "cut": Tried(
        right={"from the squares": cut_from_squares, "halving": cut_by_halving},
        wrong={
            "halfway": (cut_halfway, "Halfway"),
            "wrong-way": (cut_the_wrong_way, "wrong way"),
            "scale-for-variance": (cut_without_square, "squared"),
            "fixed-gap": (cut_for_a_gap_of_two, "2 apart"),
            "weighted-mean": (cut_at_the_mean, "mean of the mixture"),
        },
    ),
    "scales": Tried(
        right={"in brackets": "(b)", "a capital": "B"},
        wrong={"a": ("a", "can belong"), "c": ("C", "sides exchanged"), "d": ("d", "Compare their heights")},
    ),
    "humps": Tried(
        right={"two decimals": 3.31, "a step too far": np.float32(3.32)},
        wrong={
            "equal-weights": (2, "equal weights"),
            "unit-scale": (1.66, "change of units"),
            "whole-gap": (6.63, "distance"),
            "overtaking": (2.10, "higher one"),
        },
    ),
    "iterate": Tried(
        right={"a loop": logistic_steps, "500 steps": many_steps},
        wrong={
            "weights-too": (iterate_weights_too, "update the weights"),
            "one-step": (single_step, "first step"),
            "hard-cut": (nearest_points, "nearer location"),
            "divided-by-all": (averages_over_everything, "number of points"),
            "no-competition": (each_for_itself, "is that the axis"),
        },
    ),
}
