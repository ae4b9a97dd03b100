"""Answers to the exercises on label switching."""

import math
from decimal import Decimal
from fractions import Fraction
from itertools import permutations, product

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


def silent_for_one_further_chain(chains, K):
    return math.factorial(K - 1) / math.factorial(K), 1 / math.factorial(K) ** (chains - 1)


def silent_by_pairs(chains, K):
    pairs = math.comb(chains, 2)
    return (1 / K) ** pairs, (1 / math.factorial(K)) ** pairs


def silent_by_counting(chains, K):
    """Of all ways in which the chains can fall, as exact fractions."""
    modes = list(permutations(range(K)))
    ways = list(product(modes, repeat=chains))
    first = sum(all(mode[0] == way[0][0] for mode in way) for way in ways)
    every = sum(all(mode == way[0] for mode in way) for way in ways)
    return Fraction(first, len(ways)), Fraction(every, len(ways))


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


def criterion_with(centre=None, terms=None, prior=None):
    """The right one, or one with a part exchanged."""

    def criterion(y, sigma, tau):
        c = np.sum(y) / (len(y) + 2 * sigma**2 / tau**2) if centre is None else centre(y, sigma, tau)
        t = y - c
        inside = t**2 / sigma**4 - 1 / sigma**2 if terms is None else terms(t, sigma)
        return np.sum(inside) - (2 / tau**2 if prior is None else prior(y, sigma, tau))

    return criterion


def criterion_in_units_of_sigma(y, sigma, tau):
    """Measure in units of sigma, take the chapter's formula, and go back."""
    u, t = y / sigma, tau / sigma
    u = u - u.sum() / (u.size + 2 / t**2)
    return (np.sum(u**2 - 1) - 2 / t**2) / sigma**2


def criterion_point_by_point(y, sigma, tau):
    c = y.sum() / (y.size + 2 * sigma**2 / tau**2)
    return (y - c) ** 2 / sigma**4 - 1 / sigma**2 - 2 / tau**2


def criterion_by_one_difference(y, sigma, tau):
    c = np.sum(y) / (len(y) + 2 * sigma**2 / tau**2)

    def f(d):
        both = mixture_logpdf(y, [0.5, 0.5], np.array([c - d, c + d]), sigma).sum()
        return both + norm.logpdf(c - d, 0, tau) + norm.logpdf(c + d, 0, tau)

    return (f(0.001) - 2 * f(0) + f(-0.001)) / 0.001**2


def likelihood(mu, y, w):
    product = 1.0
    for point in y:
        product *= w[0] * norm_pdf(point - mu[0]) + w[1] * norm_pdf(point - mu[1])
    return product


def norm_pdf(t):
    return math.exp(-t * t / 2) / math.sqrt(2 * math.pi)


def exchange_in_logs(mu, y, w, rng):
    image = mu[[1, 0]]
    gain = mixture_logpdf(y, w, image, 1.0).sum() - mixture_logpdf(y, w, mu, 1.0).sum()
    return image.copy() if -rng.exponential() < gain else mu.copy()


def exchange_always(mu, y, w, rng):
    return np.flip(mu)


def exchange_by_the_mean(mu, y, w, rng):
    before, after = mixture_logpdf(y, w, mu, 1.0), mixture_logpdf(y, w, mu[::-1], 1.0)
    return mu[::-1] if np.log(rng.random()) < np.mean(after - before) else mu


def exchange_half_of_the_time(mu, y, w, rng):
    if rng.random() < 0.5:
        return mu
    return exchange_in_logs(mu, y, w, rng)


def exchange_by_shares(mu, y, w, rng):
    lp = np.array([mixture_logpdf(y, w, m, 1.0).sum() for m in (mu, mu[::-1])])
    two = np.exp(lp - lp.max())
    return [mu, mu[::-1]][rng.choice(2, p=two / two.sum())]


def gain_of(mu, y, w):
    return mixture_logpdf(y, w, mu[::-1], 1.0).sum() - mixture_logpdf(y, w, mu, 1.0).sum()


def exchange_if_needed_by_chance(mu, y, w, rng):
    gain = gain_of(mu, y, w)
    if gain >= 0 or rng.uniform() < math.exp(gain):
        return [mu[1], mu[0]]
    return [mu[0], mu[1]]


def exchange_with_the_prior(mu, y, w, rng):
    def target(m):
        return mixture_logpdf(y, w, m, 1.0).sum() + norm.logpdf(m, 0, 10).sum()

    image = np.roll(mu, 1)
    accepted = rng.random() < np.exp(min(0.0, target(image) - target(mu)))
    return np.where(accepted, image, mu)


def exchange_by_python_products(mu, y, w, rng):
    ratio = likelihood(mu[::-1], y, w) / likelihood(mu, y, w)
    return mu[::-1] if rng.random() < min(ratio, 1) else mu


def exchange_by_exponentials(mu, y, w, rng):
    new = mu[::-1].copy()
    with np.errstate(all="ignore"):
        ratio = np.prod(np.exp(mixture_logpdf(y, w, new, 1.0))) / np.prod(
            np.exp(mixture_logpdf(y, w, mu, 1.0))
        )
    return new if rng.random() < min(1, ratio) else mu.copy()


def exchange_by_logs(mu, y, w, rng):
    new = np.flip(mu)
    alpha = min(1, np.sum(mixture_logpdf(y, w, new, 1.0)) / np.sum(mixture_logpdf(y, w, mu, 1.0)))
    return new if rng.random() < alpha else mu


def exchange_of_the_sign(mu, y, w, rng):
    new = -mu
    change = (mixture_logpdf(y, w, new, 1.0) - mixture_logpdf(y, w, mu, 1.0)).sum()
    return new if np.log(rng.random()) < change else mu.copy()


def exchange_with_numbers_of_numpy(mu, y, w, rng):
    u = np.random.random()  # noqa: NPY002 - as many would
    return mu[::-1] if np.log(u) < gain_of(mu, y, w) else mu


def exchange_with_a_seed(mu, y, w, rng):
    rng = np.random.default_rng(42)
    return mu[::-1].copy() if np.log(rng.random()) < gain_of(mu, y, w) else mu.copy()


def exchange_if_all_agree(mu, y, w, rng):
    gains = mixture_logpdf(y, w, mu[::-1], 1.0) - mixture_logpdf(y, w, mu, 1.0)
    return mu[::-1] if (np.log(rng.random()) < gains).all() else mu


def exchange_if(rule):
    """Exchanges where a rule says so, which knows the log ratio, the weights and a random number."""

    def exchange(mu, y, w, rng):
        return mu[::-1].copy() if rule(gain_of(mu, y, w), w, rng.random()) else mu.copy()

    return exchange


def exchange_by_the_first_point(mu, y, w, rng):
    return mu[::-1] if np.log(rng.random()) < gain_of(mu, y[:1], w) else mu


def border_of(data, criterion):
    """Halve the interval from 0 to 1."""
    rng = np.random.default_rng(0)
    z = rng.integers(0, 2, 100)
    noise = rng.normal(2.0 * z - 1, 1.0) - (2 * z - 1)
    low, high = 0.0, 1.0
    for _ in range(40):
        m = (low + high) / 2
        low, high = (low, m) if criterion(data(noise, z, m)) > 0 else (m, high)
    return low


def moved(noise, z, m):
    return noise + m * (2 * z - 1)


def sum_about_c(y):
    return ((y - y.sum() / 100.02) ** 2 - 1).sum()


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
            "fractions": tuple(Fraction(24, same) for same in (1, 2, 6, 24)),
        },
        wrong={
            "every-permutation": ([24] * 4, "always 24"),
            "location-only": ((12, 12, 4, 1), "that are not"),
            "kinds-only": ([math.factorial(kinds) for kinds in (4, 3, 2, 1)], "different kinds"),
            "divided-by-number": ([24 / alike for alike in (1, 2, 3, 4)], "number of ways"),
            "permutations-per-point": ((1, 2, 6, 24), "leave a point"),
            "alike-not-divided": ((24, 12, 6, 1), "In the third case"),
            "reversed": ([1, 4, 12, 24], "in the other order"),
            "without-itself": ([23, 11, 3, 0], "without the mode itself"),
            "none-left": ([24, 12, 4, 0], "How many points is that"),
            "places-only": (
                [math.comb(4, 2), math.comb(4, 2), math.comb(4, 3), 1],
                "differ among themselves",
            ),
        },
    ),
    "wall": Tried(
        right={
            "a capital": "B",
            "with its words": "(b) 32.7 nats and 4e-9 kicks",
            "in a list": ["b"],
            "after a word": "Answer b",
            "with a colon": "b:",
        },
        wrong={
            "a": ("a", "shrink"),
            "c": ("(c)", "repeated points"),
            "d": ("d", "in proportion"),
            "e": ("e.", "narrower"),
        },
    ),
    "silent": Tried(
        right={
            "powers": silent_by_powers,
            "chain by chain": silent_chain_by_chain,
            "counted": silent_by_counting,
        },
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
            "levels-for-modes": (lambda chains, K: [1 / K ** (chains - 1)] * 2, "in different orders"),
            "last-location-given": (
                lambda chains, K: (1 / K ** (chains - 1), (1 / K ** (chains - 1)) ** (K - 1)),
                "open to the next",
            ),
            "one-chain": (silent_for_one_further_chain, "one further chain"),
            "pairs": (silent_by_pairs, "not independent"),
            "times-locations": (
                lambda chains, K: (K / K**chains, sum(K / K**chains for _ in range(K))),
                "added the probabilities",
            ),
            "arguments-exchanged": (lambda chains, K: silent_by_powers(K, chains), "exchanged the roles"),
        },
    ),
    "border": Tried(
        right={
            "four decimals": 0.1985,
            "from the quadratic": border_from_the_quadratic(),
            "from heights": border_from_heights(),
            "a decimal": Decimal("0.1985"),
        },
        wrong={
            "no-prior": (border_from_the_quadratic(keep_prior=False), "does not come from the data"),
            "half-the-prior": (border_of(moved, lambda y: sum_about_c(y) - 0.01), "two locations"),
            "prior-added": (border_of(moved, lambda y: sum_about_c(y) + 0.02), "wrong sign"),
            "root-of-prior-variance": (0.2030, "stands for the variance"),
            "prior-too-strong": (
                border_of(moved, lambda y: sum_about_c(y) / 100 - 0.02),
                "rather than average",
            ),
            "not-centred": (border_of(moved, lambda y: (y**2 - 1).sum() - 0.02), "from the pass"),
            "fixed-centre": (0.1719, "kept the centre"),
            "sample-variance": (border_of(moved, lambda y: y.std(ddof=1) - 1), "sample variance"),
            "scaled-points": (
                border_of(lambda noise, z, m: m * (noise + 2 * z - 1), lambda y: sum_about_c(y) - 0.02),
                "whole points",
            ),
            "signs-exchanged": (
                border_of(lambda noise, z, m: moved(noise, 1 - z, m), lambda y: sum_about_c(y) - 0.02),
                "two categories exchanged",
            ),
            "whole-gap": (0.3970, "distance"),
            "expected-criterion": (0.1005, "on average"),
            "expected-spread": (0.1, "a guess"),
            "squared": (0.0394, "Take the root"),
        },
    ),
    "scale": Tried(
        right={
            "a loop": criterion_by_loop,
            "differences": criterion_by_differences,
            "units of sigma": criterion_in_units_of_sigma,
        },
        wrong={
            "unit-scale": (criterion_for_scale_1, "for scale 1"),
            "times-variance": (criterion_divided_once, "units of the scale"),
            "squares-less-variance": (criterion_not_divided, "lacks a factor"),
            "square-not-in-units": (
                criterion_with(terms=lambda t, sigma: (t**2 - 1) / sigma**2),
                "of different kinds",
            ),
            "scale-for-variance": (
                criterion_with(terms=lambda t, sigma: t**2 / sigma**2 - 1 / sigma),
                "where its square belongs",
            ),
            "times-variance-all": (
                lambda y, sigma, tau: sigma**2 * criterion_by_loop(y, sigma, tau),
                "derivative itself",
            ),
            "no-sum": (criterion_point_by_point, "a number for each point"),
            "average": (
                criterion_with(terms=lambda t, sigma: (t**2 / sigma**4 - 1 / sigma**2) / len(t)),
                "average over",
            ),
            "no-prior": (criterion_without_prior, "prior's own"),
            "one-prior": (criterion_with(prior=lambda y, sigma, tau: tau**-2), "one to either side"),
            "prior-at-each-point": (
                criterion_with(prior=lambda y, sigma, tau: sum(2 / tau**2 for _ in y)),
                "inside the sum",
            ),
            "prior-variance": (
                criterion_with(prior=lambda y, sigma, tau: 2 / tau),
                "for the prior's variance",
            ),
            "prior-with-scale": (
                criterion_with(prior=lambda y, sigma, tau: 2 * (sigma / tau) ** 2),
                "does not know",
            ),
            "old-centre": (criterion_at_the_old_centre, "its centre"),
            "centre-is-mean": (criterion_with(lambda y, sigma, tau: np.mean(y)), "from the mean"),
            "centre-one-prior": (
                criterion_with(lambda y, sigma, tau: sum(y) / (len(y) + (sigma / tau) ** 2)),
                "On the diagonal both",
            ),
            "centre-scale": (
                criterion_with(lambda y, sigma, tau: sum(y) / (len(y) + 2 * sigma / tau**2)),
                "not its square",
            ),
            "centre-upside-down": (
                criterion_with(lambda y, sigma, tau: sum(y) / (len(y) + 2 / sigma**2 / tau**2)),
                "wrong side",
            ),
            "centre-of-the-chapter": (
                criterion_with(lambda y, sigma, tau: sum(y) / (len(y) + 2 / 10**2)),
                "of the chapter",
            ),
            "centre-zero": (criterion_with(lambda y, sigma, tau: 0), "from 0"),
            "numerical": (criterion_by_one_difference, "numerical derivative"),
        },
    ),
    "exchange": Tried(
        right={
            "in logarithms": exchange_in_logs,
            "chance only if needed, a list": exchange_if_needed_by_chance,
            "with the prior": exchange_with_the_prior,
        },
        wrong={
            "not-from-rng": (exchange_with_numbers_of_numpy, "do not come from `rng`"),
            "own-seed": (exchange_with_a_seed, "the same in every call"),
            "never-with-many": (exchange_by_python_products, "nothing is accepted"),
            "always-with-many": (exchange_by_exponentials, "accept every time"),
            "negative": (exchange_of_the_sign, "the negative"),
            "neither": (
                lambda mu, y, w, rng: bool(np.log(rng.random()) < gain_of(mu, y, w)),
                "whether it was accepted",
            ),
            "always": (exchange_always, "In all calls of this check you exchanged"),
            "never": (lambda mu, y, w, rng: mu.copy(), "as it was in all"),
            "ratio-of-logs": (exchange_by_logs, "divide a log density"),
            "fair-coin": (exchange_if(lambda gain, w, u: u > 0.5), "whatever the points say"),
            "weights-alone": (
                exchange_if(lambda gain, w, u: u < min(1, w[1] / w[0])),
                "second with the first",
            ),
            "weights-alone-inverse": (
                exchange_if(lambda gain, w, u: u * w[1] < w[0]),
                "first with the second",
            ),
            "inverse": (exchange_if(lambda gain, w, u: u < np.exp(-gain)), "upside down"),
            "average": (exchange_by_the_mean, "average point"),
            "one-point": (exchange_by_the_first_point, "first point alone"),
            "every-point": (exchange_if_all_agree, "each point for itself"),
            "log-ratio": (exchange_if(lambda gain, w, u: u < gain), "Take the logs of both"),
            "uphill-only": (exchange_if(lambda gain, w, u: gain >= 0), "climbs"),
            "gains-only": (exchange_if(lambda gain, w, u: gain > 0), "leaves it the same"),
            "coin-as-well": (exchange_half_of_the_time, "You toss a coin"),
            "barker": (exchange_by_shares, "Barker's rule"),
        },
    ),
}
