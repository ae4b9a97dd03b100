"""Answers to the exercises on the story of a mixture."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from gmixlib import simulate
from student_answers import Tried


def draw_one_hot(n, w, mu, sigma, rng):
    one_hot = rng.multinomial(1, w, size=n)
    return rng.normal(one_hot @ mu, one_hot @ sigma), one_hot.argmax(axis=1)


def draw_in_blocks(n, w, mu, sigma, rng):
    """How many points each component has, then their order."""
    counts = rng.multinomial(n, w)
    blocks = [norm.rvs(mu[k], sigma[k], size=counts[k], random_state=rng) for k in range(len(w))]
    order = rng.permutation(n)
    return np.concatenate(blocks)[order], np.repeat(np.arange(len(w)), counts)[order]


def draw_from_a_table(n, w, mu, sigma, rng):
    """Normal draws of every component for every point, of which one is taken."""
    table = rng.standard_normal((n, len(w))) * sigma + mu
    z = (rng.random((n, 1)) > np.cumsum(w)[:-1]).sum(axis=1)
    return table[range(n), z], list(z)


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


def draw_with_root(n, w, mu, sigma, rng):
    z = rng.choice(range(len(w)), n, p=w)
    return mu[z] + sigma[z] ** 0.5 * rng.normal(0, 1, n), z


def draw_unit_noise(n, w, mu, sigma, rng):
    z = np.digitize(rng.random(n), np.cumsum(w)[:-1])
    return mu[z] + rng.normal(size=n), z


def draw_same_noise(n, w, mu, sigma, rng):
    noise = rng.normal()
    z = np.digitize(rng.random(n), np.cumsum(w)[:-1])
    return mu[z] + noise * sigma[z], z


def draw_one_of_each(n, w, mu, sigma, rng):
    values = [rng.normal(m, s) for m, s in zip(mu, sigma, strict=True)]
    z = rng.choice(len(w), size=n, p=w)
    return np.array(values)[z], z


def draw_three_times(n, w, mu, sigma, rng):
    def z():
        return rng.choice(len(w), n, p=w)

    return mu[z()] + sigma[z()] * rng.normal(size=n), z()


def draw_first_or_second(n, w, mu, sigma, rng):
    z = np.where(rng.random(n) < w[1], 1, 0)
    return rng.normal(mu[z], sigma[z]), z


def draw_by_shares(n, w, mu, sigma, rng):
    edges = np.round(n * np.cumsum(w)).astype(int)
    z = np.searchsorted(edges, np.arange(n), "right")
    return rng.normal(mu[z], sigma[z]), z


def draw_one_of_three(n, w, mu, sigma, rng):
    u = rng.random(n)
    z = (u > w[0]).astype(int) + (u > w[0] + w[1])
    return rng.normal(mu[z], sigma[z]), z


def draw_with_another_generator(n, w, mu, sigma, rng):
    z = rng.choice(len(w), n, p=w)
    return norm.rvs(mu[z], sigma[z]), z


def draw_with_a_seed(n, w, mu, sigma, rng):
    rng = np.random.default_rng(42)
    return draw_one_hot(n, w, mu, sigma, rng)


def draw_by_the_course(n, w, mu, sigma, rng):
    return simulate(n, w, mu, sigma, rng)


def draw_same_noise_in_each_call(n, w, mu, sigma, rng):
    noise = np.random.default_rng(0).normal(size=n)
    z = rng.choice(len(w), n, p=w)
    return mu[z] + sigma[z] * noise, z


def draw_rows(n, w, mu, sigma, rng):
    one_hot = rng.multinomial(1, w, n)
    return rng.normal(one_hot @ mu, one_hot @ sigma), one_hot


def draw_in_order(n, w, mu, sigma, rng):
    z = np.sort(rng.choice(len(w), n, p=w))
    return rng.normal(mu[z], sigma[z]), z


def draw_and_sort_by_density(n, w, mu, sigma, rng):
    y, _ = draw_one_hot(n, w, mu, sigma, rng)
    return y, (w * norm.pdf(y[:, None], mu, sigma)).argmax(axis=1)


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


def cut_from_logits(w, mu, sigma):
    slope = (mu[1] - mu[0]) / sigma**2
    offset = math.log(w[1] / w[0]) - (mu[1] ** 2 - mu[0] ** 2) / (2 * sigma**2)
    return [-offset / slope]


def cut_halfway(w, mu, sigma):
    return np.mean(mu)


def cut_the_wrong_way(w, mu, sigma):
    return cut_from_squares(w[::-1], mu, sigma)


def cut_without_square(w, mu, sigma):
    return cut_from_squares(w, mu, math.sqrt(sigma))


def cut_for_a_gap_of_two(w, mu, sigma):
    middle = mu[0] + (mu[1] - mu[0]) / 2
    return middle + sigma**2 / 2 * math.log(w[0] / w[1])


def cut_twice_as_far(w, mu, sigma):
    # (y - mu0)^2 - (y - mu1)^2 = 4 sigma^2 log(w0 / w1)
    right = 4 * sigma**2 * (math.log(w[0]) - math.log(w[1]))
    return (right - mu[0] ** 2 + mu[1] ** 2) / (2 * (mu[1] - mu[0]))


def cut_with_the_half_kept(w, mu, sigma):
    right = sigma**2 * (math.log(w[0]) - math.log(w[1]))
    return (right - mu[0] ** 2 + mu[1] ** 2) / (2 * (mu[1] - mu[0]))


def cut_for_a_gap_of_one(w, mu, sigma):
    return mu[0] / 2 + mu[1] / 2 - sigma**2 * math.log(w[1] / w[0])


def cut_times_the_gap(w, mu, sigma):
    return np.mean(mu) + np.diff(mu)[0] * sigma**2 * math.log(w[0] / w[1])


def cut_around_zero(w, mu, sigma):
    return math.log(w[0] / w[1]) / ((mu[1] - mu[0]) / sigma**2)


def cut_between(w, mu, sigma):
    return min(max(cut_from_squares(w, mu, sigma), mu[0]), mu[1])


def cut_without_log(w, mu, sigma):
    return np.mean(mu) + w[0] / w[1] / ((mu[1] - mu[0]) / sigma**2)


def cut_on_a_grid(w, mu, sigma):
    t = np.linspace(-50, 50, 100_001)
    gap = math.log(w[0] / w[1]) - ((t - mu[0]) ** 2 - (t - mu[1]) ** 2) / (2 * sigma**2)
    return t[np.abs(gap).argmin()]


def cut_by_root_between(w, mu, sigma):
    def difference(t):
        return w[0] * norm.pdf(t, mu[0], sigma) - w[1] * norm.pdf(t, mu[1], sigma)

    return brentq(difference, mu[0], mu[1])


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


def rounds(y, mu, enough=lambda moved: abs(moved).max() < 1e-10, scale=2.0, per=None):
    """Rounds until a rule on the moves is kept, at most 50,000."""
    mu = np.array(mu)
    for _ in range(50_000):
        f = np.exp(-((y - mu[:, None]) ** 2) / scale)
        r = f / f.sum(axis=0)
        old, mu = mu, r @ y / (r.sum(axis=1) if per is None else per)
        if enough(mu - old):
            return mu
    return mu


def many_steps(y, mu, steps):
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


def halves_of_the_data(y, mu):
    return rounds(y, mu, per=len(y) / 2)


def no_half_in_the_exponent(y, mu):
    return rounds(y, mu, scale=1.0)


def smaller_first(y, mu):
    return sorted(rounds(y, mu))


def any_at_rest(y, mu):
    return rounds(y, mu, enough=lambda moved: np.any(abs(moved) < 1e-10))


def no_abs(y, mu):
    return rounds(y, mu, enough=lambda moved: np.all(moved < 1e-10))


def until_small(y, mu):
    return rounds(y, mu, enough=lambda moved: np.linalg.norm(moved) < 1e-8)


def fifty_rounds(y, mu):
    return many_steps(y, mu, steps=50)


def thousand_rounds(y, mu):
    return many_steps(y, mu, steps=1_000)


def until_close(y, mu):
    return rounds(y, mu, enough=lambda moved: np.allclose(moved, 0, atol=1e-4))


def until_equal(y, mu):
    mu = np.array(mu)
    while True:
        old = mu
        old[:] = np.array(many_steps(y, mu, steps=1))
        if (abs(mu - old) > 1e-10).any():
            return mu


def into_mu(y, mu):
    for _ in range(3_000):
        f = np.exp(-((y - mu[:, None]) ** 2) / 2)
        r = f / f.sum(axis=0)
        mu[:] = r @ y / r.sum(axis=1)
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
    z = rng.choice(np.arange(1, len(w) + 1), size=n, p=w)
    return mu[z - 1] + sigma[z - 1] * rng.normal(size=n), z


def iterate_weights_too(y, mu):
    first, second, share = mu[0], mu[1], 0.5
    moved = 1
    while moved > 1e-10:
        odds = share / (1 - share) * np.exp((y - first) ** 2 / 2 - (y - second) ** 2 / 2)
        r, old = odds / (1 + odds), (first, second)
        first, second, share = np.sum((1 - r) * y) / np.sum(1 - r), np.sum(r * y) / np.sum(r), r.mean()
        moved = max(abs(first - old[0]), abs(second - old[1]))
    return first, second


ANSWERS = {
    "story": Tried(
        right={"one-hot": draw_one_hot, "in blocks": draw_in_blocks, "from a table": draw_from_a_table},
        wrong={
            "blended": (draw_blend, "average the draws"),
            "one-for-all": (draw_from_one, "same component"),
            "equal-weights": (draw_evenly, "equally often"),
            "variance-as-scale": (draw_with_variance, "second argument"),
            "root-as-scale": (draw_with_root, "a root"),
            "no-scale": (draw_unit_noise, "the same scale"),
            "one-noise": (draw_same_noise, "one normal number"),
            "one-point-each": (draw_one_of_each, "one observation for each component"),
            "drawn-anew": (draw_three_times, "Draw them once"),
            "two-only": (draw_first_or_second, "are 0 and 1"),
            "fixed-counts": (draw_by_shares, "left to chance"),
            "exchanged": (draw_categories_first, "categories first"),
            "from-one": (draw_counting_from_one, "count from 1"),
        },
    ),
    "apart": Tried(
        right={
            "one decimal": [7.0, 9.8],
            "fractions": (Fraction(7), Fraction(98, 10)),
            "decimals": [Decimal("7.0"), Decimal("9.8")],
            "computed": (error_factor, (average_of_half(1) - 1) / (average_of_half(2) - 2)),
        },
        wrong={
            "exchanged": ([9.8, 7.0], "other order"),
            "upside-down": ([0.143, 0.102], "new values over the old"),
            "differences": ([0.1359, 0.1496], "less the new"),
            "one-tenth": ([0.1, 0.1], "0.1 twice"),
            "average-for-bias": ([7.0, 0.6], "E|y| themselves"),
            "one-off-both": ([7, 0.2], "took 1 off"),
            "relative-bias": ([7.0, 19.6], "share of m"),
            "whole-gap": ([718.3, 1188.3], "halfway"),
            "density-once": ([7.0, 2.0], "stands twice"),
            "half-formula": ([error_factor, math.exp(1.5)], "density term"),
        },
    ),
    "cut": Tried(
        right={
            "from the squares": cut_from_squares,
            "halving": cut_by_halving,
            "from logits": cut_from_logits,
        },
        wrong={
            "halfway": (cut_halfway, "Halfway"),
            "wrong-way": (cut_the_wrong_way, "wrong way"),
            "scale-for-variance": (cut_without_square, "squared"),
            "fixed-gap": (cut_for_a_gap_of_two, "2 apart"),
            "factor-two": (cut_twice_as_far, "twice as far"),
            "half-as-far": (cut_with_the_half_kept, "half as far"),
            "gap-forgotten": (cut_for_a_gap_of_one, "does not enter"),
            "times-gap": (cut_times_the_gap, "multiply by the gap"),
            "no-middle": (cut_around_zero, "either side of 0"),
            "clipped": (cut_between, "keep the cut between"),
            "odds-not-logged": (cut_without_log, "without their logarithm"),
            "weighted-mean": (cut_at_the_mean, "mean of the mixture"),
        },
    ),
    "scales": Tried(
        right={
            "in brackets": "(b)",
            "a capital": "B",
            "with its words": "(b) those in an interval around 0",
            "in a list": ["b"],
        },
        wrong={"a": ("a", "can belong"), "c": ("C", "sides exchanged"), "d": ("d", "Compare their heights")},
    ),
    "humps": Tried(
        right={"two decimals": 4.97, "computed": np.float32(4.97175), "a decimal": Decimal("4.97")},
        wrong={
            "equal-weights": (3, "equal weights"),
            "unit-scale": (1.66, "change of units"),
            "whole-gap": (9.94, "distance"),
            "scale-squared": (14.92, "squared the scale"),
            "scale-as-variance": (2.87, "is the variance"),
            "first-step-above": (4.98, "another hundredth"),
            "overtaking": (3.14, "higher one"),
        },
    ),
    "iterate": Tried(
        right={
            "a loop": logistic_steps,
            "many steps": lambda y, mu: many_steps(y, mu, steps=4_000),
            "to 1e-8": until_small,
        },
        wrong={
            "one-step": (single_step, "first step"),
            "hard-cut": (nearest_points, "nearer location"),
            "divided-by-all": (averages_over_everything, "number of all points"),
            "divided-by-half": (halves_of_the_data, "half the number"),
            "no-half": (no_half_in_the_exponent, "square is halved"),
            "sorted": (smaller_first, "begins with the larger"),
            "one-at-rest": (any_at_rest, "as soon as one"),
            "no-absolute-value": (no_abs, "both locations fall"),
            "no-competition": (each_for_itself, "is that the axis"),
            "weights-too": (iterate_weights_too, "update the weights"),
        },
    ),
}

# Answers that break a rule of the text or that no mistake is made for: what is recognised, and words of the reply.
OTHERS = {
    "story": {
        "a loop": (draw_by_loop, "loop-over-points", "one by one"),
        "scipy's own generator": (draw_with_another_generator, "not-from-rng", "same seed"),
        "a seed": (draw_with_a_seed, "own-seed", "the same draws"),
        "the course's function": (draw_by_the_course, "uses-simulate", "Write the two draws yourself"),
        "the same noise in each call": (draw_same_noise_in_each_call, "", "as in the call before"),
        "three components": (draw_one_of_three, "", "category 4, for five components"),
        "rows": (draw_rows, "wrong-form", "both of shape (n,)"),
        "in order": (draw_in_order, "fixed-counts", "left to chance"),
        "the best guess": (draw_and_sort_by_density, "", "With yours the share"),
    },
    "apart": {
        "too few digits": ([7, 10], "rounded", "fewer digits"),
        "truncated": ([6.9, 9.8], "last-digit", "very near"),
        "one number": (9.8, "wrong-shape", "expected is two numbers"),
    },
    "cut": {
        "on a grid": (cut_on_a_grid, "", "does not give ten digits"),
        "a root between the locations": (
            cut_by_root_between,
            "raised",
            "pushes it beyond the other location",
        ),
    },
    "humps": {
        "the step before": (4.96, "last-digit", "very near"),
        "coarse steps": (5.05, "", "is there one below your m"),
    },
    "iterate": {
        "fifty rounds": (fifty_rounds, "", "the loop ends too early"),
        "a thousand rounds": (thousand_rounds, "", "the loop ends too early"),
        "until close": (until_close, "", "the loop ends too early"),
        "into the argument": (into_mu, "mutated", "work on a copy"),
        "never ends": (until_equal, "late", "before you overwrite them"),
    },
}
