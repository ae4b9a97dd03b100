"""Answers to the exercises on the number of components."""

import math
from fractions import Fraction

import numpy as np
from scipy import special, stats

from student_answers import Tried


def share_by_logs(c, d):
    if c <= math.sqrt(0.5):
        return 0
    return math.exp(d * (0.5 * math.log(2 * c * c - 1) - 2 * math.log(c)))


def share_by_sum(c, d):
    """The integral as a sum over a fine grid that is wide enough."""
    x = np.linspace(-60, 60, 240_001)
    log_square = 2 * stats.norm.logpdf(x) - stats.norm.logpdf(x, scale=c)
    if log_square[0] > log_square[60_000]:
        return 0.0
    return (1 / (np.exp(log_square).sum() * (x[1] - x[0]))) ** d


def share_by_widths(c, d):
    """The square of p over q is a normal density again, times the ratio of two constants."""
    precision = 2 - c**-2
    return (precision**0.5 / c) ** d if precision > 0 else 0.0


def share_without_border(c, d):
    return np.sqrt(2 - 1 / c**2) ** d / c**d


def share_with_modulus(c, d):
    return (math.sqrt(abs(2 * c * c - 1)) / c**2) ** d


def inverse_share(c, d):
    share = share_by_logs(c, d)
    return 1 / share if share else math.inf


def share_by_power(c, d):
    return ((2 * c * c - 1) ** 0.5 / (c * c)) ** d


def share_from_half(c, d):
    if c > 0.5:
        return share_without_border(c, d)
    return 0


def share_without_heights(c, d):
    precision = 2 - 1 / c**2
    return precision ** (d / 2) if precision > 0 else 0


def mean_square_or_0(c, d):
    if 2 * c * c <= 1:
        return 0.0
    return c ** (2 * d) / (2 * c * c - 1) ** (d / 2)


LOG_EVIDENCE = [-251.1, -239.0, -229.3, -225.7, -224.0, -222.7]


def above_six(prior, most=150):
    """Bayes' rule with a list of priors, the evidence going on as it is at six."""
    joint = [prior(k) * math.exp(LOG_EVIDENCE[min(k, 6) - 1] + 222.7) for k in range(1, most + 1)]
    return sum(joint[6:]) / sum(joint)


def flat_prior(k):
    return float(k <= 12)


def geometric_prior(k):
    return 2.0**-k


def poisson_prior(k):
    return math.exp(-1) / math.factorial(k - 1)


def poisson_of_k(k):
    return math.exp(-1) / math.factorial(k)


BEYOND = [above_six(prior) for prior in (flat_prior, geometric_prior, poisson_prior)]


def above_six_with(first, rest, unit=1.0):
    """The six prior probabilities, and what is said to be above."""
    joint = [p * math.exp(e + 222.7) for p, e in zip(first, LOG_EVIDENCE, strict=True)]
    return rest * unit / (rest * unit + sum(joint))


POISSON_TO_SIX = [poisson_prior(k) for k in range(1, 7)]
GEOMETRIC_TO_SIX = [geometric_prior(k) for k in range(1, 7)]
SIX_TWICE = [
    above_six_with(6 * [1 / 12], 7 / 12),
    above_six_with(GEOMETRIC_TO_SIX, 1 / 32),
    above_six_with(POISSON_TO_SIX, 1 - sum(POISSON_TO_SIX[:5])),
]


def above_six_by_logs(prior):
    joint = [prior(k) * -LOG_EVIDENCE[min(k, 6) - 1] for k in range(1, 60)]
    return round(sum(joint[6:]) / sum(joint), 3)


def t_after(seen, m0, lam, alpha, beta, freedom=2, offset=True, location=True):
    n = len(seen)
    mean = sum(seen) / n if n else 0.0
    lam_n = lam + n
    rate = beta + 0.5 * sum((v - mean) ** 2 for v in seen)
    if offset:
        rate += 0.5 * lam * n / lam_n * (mean - m0) ** 2
    a = alpha + n / 2
    widening = 1 + 1 / lam_n if location else 1
    return stats.t(freedom * a, loc=(lam * m0 + n * mean) / lam_n, scale=math.sqrt(rate / a * widening))


def chain_by_t(y, *prior):
    return [t_after(y[:i], *prior).logpdf(y[i]) for i in range(len(y))]


def evidence(y, m0, lam, alpha, beta):
    n = len(y)
    lam_n, a = lam + n, alpha + n / 2
    m = (lam * m0 + sum(y)) / lam_n
    b = beta + (sum(y**2) + lam * m0**2 - lam_n * m**2) / 2
    total = math.lgamma(a) - math.lgamma(alpha) + alpha * math.log(beta) - a * math.log(b)
    return total + 0.5 * math.log(lam / lam_n) - n / 2 * math.log(2 * math.pi)


def chain_by_evidences(y, *prior):
    return np.array([evidence(y[: i + 1], *prior) - evidence(y[:i], *prior) for i in range(len(y))])


def chain_seen(y, *prior):
    return [t_after(y[: i + 1], *prior).logpdf(y[i]) for i in range(len(y))]


def chain_from_all_others(y, *prior):
    whole = evidence(y, *prior)
    return np.array([whole - evidence(np.delete(y, i), *prior) for i in range(len(y))])


def chain_with(**wrong):
    def log_terms(y, *prior):
        return [t_after(y[:i], *prior, **wrong).logpdf(y[i]) for i in range(len(y))]

    return log_terms


def chain_too_early(y, m0, lam, alpha, beta):
    result = []
    for point in y:
        scale = math.sqrt(beta / alpha * (1 + 1 / lam))
        result.append(stats.t.logpdf(point, df=2 * alpha, loc=m0, scale=scale))
        m0 = (lam * m0 + point) / (lam + 1)
        lam += 1
        alpha += 1 / 2
        beta += lam * (point - m0) ** 2 / (2 * (lam + 1))
    return result


def chain_from_prior(y, *prior):
    return [t_after(y[:0], *prior).logpdf(point) for point in y]


def chain_normal(y, *prior):
    terms = []
    for i, point in enumerate(y):
        t = t_after(y[:i], *prior)
        terms.append(stats.norm.logpdf(point, t.kwds["loc"], t.kwds["scale"]))
    return terms


def chain_of_expected_variance(y, *prior):
    terms = []
    for i, point in enumerate(y):
        t = t_after(y[:i], *prior)
        alpha, (_, scale) = prior[2] + i / 2, t.kwds.values()
        variance = scale**2 * alpha / (alpha - 1)
        terms.append(stats.norm.logpdf(point, t.kwds["loc"], np.sqrt(variance)))
    return terms


def chain_without_root(y, m0, lam, alpha, beta):
    terms = []
    for point in y:
        terms.append(stats.t.logpdf(point, 2 * alpha, m0, beta / alpha * (1 + 1 / lam)))
        beta += lam / (lam + 1) * (point - m0) ** 2 / 2
        m0, lam, alpha = (lam * m0 + point) / (lam + 1), lam + 1, alpha + 0.5
    return terms


def chain_keeping(kept):
    def log_terms(y, m0, lam, alpha, beta):
        terms = []
        for point in y:
            terms.append(stats.t.logpdf(point, 2 * alpha, m0, math.sqrt(beta * (lam + 1) / (alpha * lam))))
            if kept != "beta":
                beta += (point - m0) ** 2 * lam / (2 * lam + 2)
            if kept != "m0":
                m0 += (point - m0) / (lam + 1)
            if kept != "lam":
                lam += 1
            if kept != "alpha":
                alpha += 1 / 2
        return terms

    return log_terms


def chain_with_whole_steps(y, m0, lam, alpha, beta):
    terms = []
    for point in y:
        terms.append(stats.t.logpdf(point, 2 * alpha, m0, math.sqrt(beta / alpha * (1 + 1 / lam))))
        beta += lam / (lam + 1) * (point - m0) ** 2 / 2
        m0, lam, alpha = (lam * m0 + point) / (lam + 1), lam + 1, alpha + 1
    return terms


def chain_step_by_step(*, rise=lambda off, lam: lam / (2 * lam + 2) * off**2, scale=None):
    def log_terms(y, m, lam, a, b):
        terms = []
        for point in y:
            spread = math.sqrt(b / a * (1 + 1 / lam)) if scale is None else scale(lam, a, b)
            terms.append(stats.t(2 * a, m, spread).logpdf(point))
            b = b + rise(point - m, lam)
            m, lam, a = m + (point - m) / (lam + 1), lam + 1, a + 0.5
        return terms

    return log_terms


def chain_moving_first(y, m0, lam, alpha, beta):
    terms = []
    for point in y:
        terms += [stats.t.logpdf(point, 2 * alpha, m0, math.sqrt(beta / alpha * (1 + 1 / lam)))]
        m0 = (lam * m0 + point) / (lam + 1)
        beta = beta + lam / (lam + 1) * (point - m0) ** 2 / 2
        lam, alpha = lam + 1, alpha + 0.5
    return terms


def chain_counting_first(y, m0, lam, alpha, beta):
    terms = []
    for point in y:
        terms += [stats.t.logpdf(point, 2 * alpha, m0, math.sqrt(beta / alpha * (1 + 1 / lam)))]
        lam += 1
        beta += 0.5 * lam / (lam + 1) * (point - m0) ** 2
        m0 += (point - m0) / lam
        alpha += 0.5
    return terms


def chain_with_new_distance(y, m0, lam, alpha, beta):
    terms = []
    for point in y:
        terms += [stats.t.logpdf(point, 2 * alpha, m0, math.sqrt(beta / alpha * (1 + 1 / lam)))]
        m0 = (lam * m0 + point) / (lam + 1)
        lam, alpha, beta = lam + 1, alpha + 0.5, beta + 0.5 * (point - m0) ** 2
    return terms


def chain_with_mean_of_nothing(y, m0, lam, alpha, beta):
    terms = []
    for i in range(len(y)):
        mean, spread = np.mean(y[:i]), np.var(y[:i])  # NaN at first
        rate = beta + i * spread / 2 + lam * i / (lam + i) * (mean - m0) ** 2 / 2
        worth, shape, centre = lam + i, alpha + i / 2, (lam * m0 + i * mean) / (lam + i)
        terms.append(stats.t.logpdf(y[i], 2 * shape, centre, math.sqrt(rate / shape * (1 + 1 / worth))))
    return np.array(terms)


def limit_by_gammas(n, k, gamma):
    log_moment = special.gammaln(k * gamma) - special.gammaln(gamma)
    return np.log(k) + log_moment + special.gammaln(n + gamma) - special.gammaln(n + k * gamma)


def limit_by_beta(n, k, gamma):
    rest = (k - 1) * gamma
    return math.log(k) + special.betaln(n + gamma, rest) - special.betaln(gamma, rest)


def limit_of_first(n, k, gamma):
    rest = (k - 1) * gamma
    return special.betaln(n + gamma, rest) - special.betaln(gamma, rest)


def limit_with_labels(n, k, gamma):
    return limit_of_first(n, k, gamma) + math.log(math.factorial(k))


def limit_of_one_empty(n, k, gamma):
    total = 0.0
    for i in range(n):  # none of the points falls to the first
        total += math.log(((k - 1) * gamma + i) / (k * gamma + i))
    return total


def limit_overflowing(n, k, gamma):
    ratio = special.gamma(n + gamma) / special.gamma(n + k * gamma)
    return np.log(k * ratio * special.gamma(k * gamma) / special.gamma(gamma))


def limit_by_seats(n, k, gamma):
    """The first point falls anywhere, and the others join it one by one."""
    return sum(math.log((gamma + i) / (k * gamma + i)) for i in range(1, n))


def limit_by_product(n, k, gamma):
    probability = 1.0
    for i in range(n):
        probability *= (gamma + i) / (k * gamma + i)
    return np.log(k * probability)


def limit_with_one_seat_more(n, k, gamma):
    return math.log(k) + sum(math.log((gamma + i) / (k * gamma + i)) for i in range(1, n + 1))


def limit_unnormalized(n, k, gamma):
    return math.log(k) + math.lgamma(n + gamma) - math.lgamma(n + k * gamma)


ANSWERS = {
    "proposal": Tried(
        right={"logarithms": share_by_logs, "a sum": share_by_sum, "precisions": share_by_widths},
        wrong={
            "no-variance": (share_without_border, "right where it holds"),
            "complex-root": (share_by_power, "complex number"),
            "border-below": (share_from_half, "those half as wide"),
            "border-rounded-up": (lambda c, d: share_without_border(c, d) if c > 0.71 else 0.0, "at 0.71 is"),
            "border-rounded-down": (
                lambda c, d: share_without_border(c, d) if c > 0.7 else 0.0,
                "at 0.705 it",
            ),
            "no-heights": (share_without_heights, "a height is missing"),
            "not-rooted": (lambda c, d: share_by_logs(c, 2 * d), "the square of the share"),
            "infinite-share": (
                lambda c, d: share_by_logs(c, d) if 2 * c**2 > 1 else math.inf,
                "Infinite is the mean",
            ),
            "narrow-is-nothing": (lambda c, d: 0 if c < 1 else share_by_logs(c, d), "does no harm"),
            "positive-root": (share_with_modulus, "absolute value"),
            "one-dimension": (lambda c, d: share_by_widths(c, 1), "depend on d"),
            "divided": (lambda c, d: share_by_widths(c, 1) / d, "divide by the number"),
            "other-way": (lambda c, d: share_by_widths(1 / c, d), "posterior be c times"),
            "variance": (lambda c, d: share_by_widths(math.sqrt(c), d), "for the variance"),
            "upside-down": (inverse_share, "inverse of a share"),
            "upside-down-or-0": (mean_square_or_0, "no share is"),
            "relative-variance": (lambda c, d: inverse_share(c, d) - 1, "enters the error"),
            "ratio": (lambda c, d: (c if c < 1 else 1 / c) ** d, "compare the widths"),
        },
    ),
    "harmonic": Tried(
        right={
            "a float": 51.0,
            "in a list": [51],
            "a whole fraction": Fraction(51),
            "counted": sum(1 + (82 - 2 * m) / 20.25 > 0 for m in range(1, 83)),
        },
        wrong={
            "all": (82, "up to all of them"),
            "all-but-one": (81, "is not enough"),
            "one": (1, "Go on"),
            "prior-forgotten": (41, "nearly it"),
            "prior-forgotten-and-strict": (40, "flat prior"),
            "no-half": (102, "counts twice"),
            "posterior-of-the-rest": (34, "that of all 82"),
            "prior-subtracted": (30, "on the side of the terms"),
            "prior-not-halved": (61, "not what the prior is worth"),
            "prior-from-all": (62, "But the prior helps"),
            "kept": (31, "how many stay in"),
            "no-square": (43, "Look at the units"),
            "prior-alone": (20, "So many galaxies"),
            "half-of-the-prior": (10, "with the prior alone"),
            "second-question": (0.497, "second question"),
            "border": ((82 + 4.5**2) / 2, "the border lies"),
            "too-many": (52, "One too many"),
            "too-few": (50, "One more"),
        },
    ),
    "stop": Tried(
        right={
            "three decimals": [0.819, 0.363, 0.053],
            "by Bayes' rule": BEYOND,
            "a fraction": (Fraction(819, 1000), 0.363, 0.0533),
        },
        wrong={
            "up-to-six": ([0.181, 0.637, 0.947], "of six or fewer."),
            "six": ((0.137, 0.363, 0.275), "exactly six"),
            "seven": (
                [above_six(prior, 7) for prior in (flat_prior, geometric_prior, poisson_prior)],
                "stopped at seven",
            ),
            "prior-ignored": (np.full(3, 0.819), "three times"),
            "prior-of-twelve": (
                [above_six(prior, 12) for prior in (flat_prior, geometric_prior, poisson_prior)],
                "Only the first",
            ),
            "seven-of-the-geometric": ((0.8193, 0.2217, 0.0533), "counted 1/128"),
            "six-twice": (SIX_TWICE, "Six is among those"),
            "logs-as-weights": (
                [above_six_by_logs(prior) for prior in (flat_prior, geometric_prior, poisson_prior)],
                "the logs of the evidences",
            ),
            "odds": ([4.533, 0.57, 0.056], "Those are odds"),
            "evidence-ignored": ((1 / 2, 1 / 64, 0.001), "the prior probabilities. The"),
            "five-forgotten": ((6 / 7, 0.5, 0.162), "five and fewer away"),
            "flat-counts-twelve": ((0.901, 0.363, 0.053), "added twelve numbers"),
            "poisson-from-eight": (
                [*BEYOND[:2], above_six_with(POISSON_TO_SIX, stats.poisson(1).sf(6))],
                "you left out seven",
            ),
            "half-shifted": (
                (
                    0.819,
                    0.363,
                    above_six_with([poisson_of_k(k) for k in range(1, 7)], stats.poisson(1).sf(5)),
                ),
                "K - 1 throughout",
            ),
            "not-shifted": ([0.82, 0.36, above_six(poisson_of_k)], "took K itself"),
            "flat-without-end": ((1, 0.363, 0.0533), "the first again"),
            "at-least-six": ([0.956, 0.726, 0.329], "six or more"),
            "two-decimals": ((0.82, 0.36, 0.05), "Three decimals"),
            "other-order": ((0.053, 0.363, 0.819), "another order"),
        },
    ),
    "chain": Tried(
        right={
            "t distributions": chain_by_t,
            "differences of evidences": chain_by_evidences,
            "one update after the other": chain_step_by_step(),
        },
        wrong={
            "never-updated": (chain_from_prior, "prior alone"),
            "normal": (chain_normal, "heavier tails"),
            "normal-of-mean-variance": (chain_of_expected_variance, "beta / (alpha - 1)"),
            "scale-squared": (chain_without_root, "square of its scale"),
            "m0-kept": (chain_keeping("m0"), "stays at `m0`"),
            "lam-kept": (chain_keeping("lam"), "Your `lam` stays"),
            "alpha-kept": (chain_keeping("alpha"), "Your `alpha` stays"),
            "beta-kept": (chain_keeping("beta"), "Your `beta` stays"),
            "shape-by-one": (chain_with_whole_steps, "adds 1 to your alpha"),
            "updated-too-early": (chain_too_early, "the old ones"),
            "location-too-early": (chain_moving_first, "has already moved"),
            "worth-too-early": (chain_counting_first, "already been raised"),
            "beta-not-halved": (
                chain_step_by_step(rise=lambda off, lam: lam / (lam + 1) * off**2),
                "twice as fast",
            ),
            "beta-from-full-squares": (
                chain_step_by_step(rise=lambda off, lam: 0.5 * off**2),
                "as if the location were `m0`",
            ),
            "beta-from-new-location": (chain_with_new_distance, "new location alone"),
            "location-alone": (
                chain_step_by_step(scale=lambda lam, a, b: math.sqrt(b / a / lam)),
                "scatters around the location",
            ),
            "first-missing": (lambda *given: chain_by_t(*given)[1:], "One term is missing"),
            "mean-of-nothing": (chain_with_mean_of_nothing, "Only the first term"),
            "sorted": (lambda y, *prior: chain_by_t(sorted(y), *prior), "You sorted"),
            "worth-upside-down": (
                chain_step_by_step(scale=lambda lam, a, b: math.sqrt(b * (1 + lam) / a)),
                "the more the prior is worth",
            ),
            "alpha-over-beta": (
                chain_step_by_step(scale=lambda lam, a, b: math.sqrt(a / b * (lam + 1) / lam)),
                "mean of the precision",
            ),
            "running-total": (
                lambda y, *prior: [evidence(y[: i + 1], *prior) for i in range(len(y))],
                "first observations, added up",
            ),
            "total": (lambda *given: evidence(*given), "You return the sum"),
            "not-logged": (lambda *given: [math.exp(x) for x in chain_by_t(*given)], "Those are densities"),
            "own-point": (chain_seen, "already seen"),
            "leave-one-out": (chain_from_all_others, "leave-one-out"),
            "location-known": (chain_with(location=False), "location were known"),
            "half-the-freedom": (chain_with(freedom=1), "degrees of freedom"),
            "prior-and-data-agree": (chain_with(offset=False), "beta a term is missing"),
        },
    ),
    "lindley": Tried(
        right={
            "in brackets": "(c)",
            "a capital": "C",
            "with its words": "(c) Only the prediction of the first galaxy gets worse",
            "in a list": ["c"],
            "after a word": "Answer c",
            "with a colon": "c:",
        },
        wrong={
            "a": ("a", "fall with the evidence"),
            "b": ("b)", "formula is exact"),
            "d": ("D", "as good as 82"),
        },
    ),
    "vaguer": Tried(
        right={
            "gamma functions": limit_by_gammas,
            "a beta moment": limit_by_beta,
            "point by point": limit_by_seats,
        },
        wrong={
            "named-component": (limit_of_first, "beforehand"),
            "equal-weights": (lambda n, k, gamma: math.log(k) - n * math.log(k), "1/K"),
            "labellings": (limit_with_labels, "K! labellings"),
            "named-and-equal": (lambda n, k, gamma: n * math.log(1 / k), "probability of one z"),
            "product": (limit_by_product, "underflows to 0"),
            "one-too-far": (limit_with_one_seat_more, "n - 1 have to join"),
            "gamma-shared": (lambda n, k, gamma: limit_by_beta(n, k, gamma / k), "sum over all components"),
            "gamma-is-one": (lambda n, k, gamma: limit_by_gammas(n, k, 1), "right for gamma = 1"),
            "no-normalization": (limit_unnormalized, "is divided by is"),
            "as-of-two": (
                lambda n, k, gamma: math.log(k) + stats.betabinom(n, gamma, gamma).logpmf(n),
                "Right for two components",
            ),
            "upside-down": (lambda *given: -limit_by_beta(*given), "opposite sign"),
            "not-logged": (lambda *given: math.exp(limit_by_seats(*given)), "the limit itself"),
            "to-zero": (lambda n, k, gamma: -math.inf, "pays"),
            "overflow": (limit_overflowing, "overflows"),
            "one-is-empty": (limit_of_one_empty, "one component is empty"),
        },
    ),
}

# Answers that no mistake is made for: what is recognised, and words of the reply.
OTHERS = {
    "stop": {
        "in per cent": ([100 * probability for probability in BEYOND], "per-cent", "They are in per cent"),
        "in whole per cent": ((82, 36, 5.3), "per-cent", "They are in per cent"),
    },
}
