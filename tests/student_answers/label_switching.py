"""Answers to the exercises on label switching."""

import math

import numpy as np
from scipy.stats import norm

from gmixlib import mixture_logpdf
from student_answers import Tried


def silent_by_powers(chains, K):
    return 1 / K ** (chains - 1), 1 / math.factorial(K) ** (chains - 1)


def silent_chain_by_chain(chains, K):
    first = every = 1.0
    for _ in range(1, chains):
        first = first * math.factorial(K - 1) / math.factorial(K)
        every = every / math.factorial(K)
    return np.array([first, every])


def silent_on_a_named_level(chains, K):
    return (1 / K) ** chains, (1 / math.factorial(K)) ** chains


def silent_with_two_modes(chains, K):
    return [2 ** (1 - chains) for _ in range(2)] if chains == 1 else [0.5 ** (chains - 1)] * 2


def silent_with_all_modes(chains, K):
    p = 1 / math.factorial(K) ** (chains - 1)
    return p, p


def silent_as_if_independent(chains, K):
    one = (1 / K) ** (chains - 1)
    return one, one**K


def warned(chains, K):
    first, every = silent_by_powers(chains, K)
    return 1 - first, 1 - every


def criterion_by_loop(y, sigma, tau):
    c = sum(y) / (len(y) + 2 * sigma**2 / tau**2)
    total = 0
    for point in y:
        total += ((point - c) ** 2 - sigma**2) / sigma**4
    return total - 2 / tau**2


def criterion_by_differences(y, sigma, tau):
    def log_joint(d):
        c = y.sum() / (y.size + 2 * sigma**2 / tau**2)
        p = norm.pdf(y, c - d, sigma) / 2 + norm.pdf(y, c + d, sigma) / 2
        return np.log(p).sum() + norm.logpdf([c - d, c + d], 0, tau).sum()

    h = 0.01 * sigma
    wide, narrow = (2 * (log_joint(step) - log_joint(0)) / step**2 for step in (2 * h, h))
    return (4 * narrow - wide) / 3


def criterion_for_scale_1(y, sigma, tau):
    c = y.sum() / (y.size + 2 / tau**2)
    return np.sum((y - c) ** 2 - 1) - 2 / tau**2


def criterion_divided_once(y, sigma, tau):
    c = y.sum() / (y.size + 2 * sigma**2 / tau**2)
    return np.sum((y - c) ** 2 / sigma**2 - 1) - 2 / tau**2


def criterion_not_divided(y, sigma, tau):
    c = y.sum() / (y.size + 2 * sigma**2 / tau**2)
    return np.sum((y - c) ** 2 - sigma**2) - 2 / tau**2


def criterion_at_the_old_centre(y, sigma, tau):
    t = y - np.sum(y) / (len(y) + 2 / tau**2)
    return np.sum(t**2 / sigma**4) - len(y) / sigma**2 - 2 / tau**2


def criterion_without_prior(y, sigma, tau):
    t = y - np.sum(y) / (len(y) + 2 * sigma**2 / tau**2)
    return np.sum(t**2 / sigma**4) - len(y) / sigma**2


def likelihood(mu, y, w):
    product = 1.0
    for point in y:
        product *= w[0] * norm_pdf(point - mu[0]) + w[1] * norm_pdf(point - mu[1])
    return product


def norm_pdf(t):
    return math.exp(-t * t / 2) / math.sqrt(2 * math.pi)


def exchange_by_products(mu, y, w, rng):
    proposal = [mu[1], mu[0]]
    ratio = likelihood(proposal, y, w) / likelihood(mu, y, w)
    if ratio >= 1:
        return proposal
    return proposal if rng.uniform() < ratio else list(mu)


def exchange_in_logs(mu, y, w, rng):
    image = mu[[1, 0]]
    gain = mixture_logpdf(y, w, image, 1.0).sum() - mixture_logpdf(y, w, mu, 1.0).sum()
    return image.copy() if -rng.exponential() < gain else mu.copy()


def exchange_always(mu, y, w, rng):
    return np.flip(mu)


def exchange_with_the_ratio_upside_down(mu, y, w, rng):
    ratio = likelihood(mu, y, w) / likelihood(mu[::-1], y, w)
    return mu[::-1] if rng.random() < ratio else mu


def exchange_by_the_mean(mu, y, w, rng):
    before, after = mixture_logpdf(y, w, mu, 1.0), mixture_logpdf(y, w, mu[::-1], 1.0)
    return mu[::-1] if np.log(rng.random()) < np.mean(after - before) else mu


def exchange_uphill(mu, y, w, rng):
    return mu[::-1] if likelihood(mu[::-1], y, w) >= likelihood(mu, y, w) else mu


def exchange_half_of_the_time(mu, y, w, rng):
    if rng.random() < 0.5:
        return mu
    return exchange_by_products(mu, y, w, rng)


def exchange_by_shares(mu, y, w, rng):
    two = np.array([likelihood(mu, y, w), likelihood(mu[::-1], y, w)])
    return [mu, mu[::-1]][rng.choice(2, p=two / two.sum())]


def border_from_the_quadratic(keep_prior=True):
    """Centre and noise are linear in m, so the criterion is a parabola through three of its points."""
    rng = np.random.default_rng(0)
    z = rng.integers(0, 2, 100)
    sides = 2 * z - 1
    noise = rng.normal(sides.astype(float), 1.0) - sides
    prior = 0.02 if keep_prior else 0.0
    heights = []
    for m in (0, 1, 2):
        points = noise + m * sides
        c = points.sum() / (100 + prior)
        heights.append(((points - c) ** 2).sum() - 100 - prior)
    return max(np.roots(np.polyfit([0, 1, 2], heights, 2)))


def border_from_heights(h=0.005):
    """Halve until a step across the diagonal neither gains nor loses."""
    rng = np.random.default_rng(0)
    sides = 2.0 * rng.integers(0, 2, 100) - 1
    noise = rng.normal(sides, 1.0) - sides

    def gain(m):
        y = noise + m * sides
        c = y.sum() / 100.02
        near, at = mixture_logpdf(y, [0.5, 0.5], [c - h, c + h], 1.0), norm.logpdf(y, c)
        prior = norm.logpdf([c - h, c + h], 0, 10).sum() - 2 * norm.logpdf(c, 0, 10)
        return near.sum() - at.sum() + prior

    low, high = 0.1, 0.4
    for _ in range(30):
        m = (low + high) / 2
        low, high = (low, m) if gain(m) > 0 else (m, high)
    return low


ANSWERS = {
    "modes": Tried(
        right={
            "a list": [24, 12, 4, 1],
            "quotients of factorials": np.array([24, 24 / 2, 24 / 6, 24 / 24]),
        },
        wrong={
            "every-permutation": ([24] * 4, "always 24"),
            "location-only": ((12, 12, 4, 1), "that are not"),
            "kinds-only": ([math.factorial(kinds) for kinds in (4, 3, 2, 1)], "different kinds"),
            "divided-by-number": ([24 / alike for alike in (1, 2, 3, 4)], "number of ways"),
        },
    ),
    "wall": Tried(
        right={"a capital": "B"},
        wrong={
            "a": ("a", "shrink"),
            "c": ("(c)", "repeated points"),
            "d": ("d", "in proportion"),
            "e": ("e.", "narrower"),
        },
    ),
    "silent": Tried(
        right={"powers": silent_by_powers, "chain by chain": silent_chain_by_chain},
        wrong={
            "exchanged": (
                lambda chains, K: (math.factorial(K) ** (1.0 - chains), K ** (1.0 - chains)),
                "other order",
            ),
            "given-level": (silent_on_a_named_level, "Any level will do"),
            "two-modes": (silent_with_two_modes, "for two modes"),
            "modes-for-levels": (silent_with_all_modes, "several modes"),
            "independent-locations": (silent_as_if_independent, "fell independently"),
            "opposite": (warned, "warns"),
        },
    ),
    "border": Tried(
        right={
            "four decimals": 0.1985,
            "from the quadratic": border_from_the_quadratic(),
            "from heights": border_from_heights(),
        },
        wrong={
            "no-prior": (border_from_the_quadratic(keep_prior=False), "does not come from the data"),
            "fixed-centre": (0.1719, "kept the centre"),
            "whole-gap": (0.3970, "distance"),
            "expected-criterion": (0.1005, "on average"),
            "squared": (0.0394, "Take the root"),
        },
    ),
    "scale": Tried(
        right={"a loop": criterion_by_loop, "differences": criterion_by_differences},
        wrong={
            "unit-scale": (criterion_for_scale_1, "for scale 1"),
            "times-variance": (criterion_divided_once, "units of the scale"),
            "squares-less-variance": (criterion_not_divided, "lacks a factor"),
            "old-centre": (criterion_at_the_old_centre, "its centre"),
            "no-prior": (criterion_without_prior, "prior's own"),
        },
    ),
    "exchange": Tried(
        right={"products": exchange_by_products, "in logarithms": exchange_in_logs},
        wrong={
            "always": (exchange_always, "always exchange"),
            "inverse": (exchange_with_the_ratio_upside_down, "upside down"),
            "average": (exchange_by_the_mean, "one point"),
            "uphill-only": (exchange_uphill, "climbs"),
            "coin-as-well": (exchange_half_of_the_time, "coin"),
            "barker": (exchange_by_shares, "Barker's rule"),
        },
    ),
}
