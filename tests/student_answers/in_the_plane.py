"""Answers to the exercises on mixtures in the plane."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
from scipy import integrate, linalg, stats
from scipy.special import logsumexp

from student_answers import Tried


def solved(y, mu, L):
    """The u of each row, by the equations from the top."""
    u = np.zeros_like(y)
    for j in range(y.shape[1]):
        u[:, j] = (y[:, j] - mu[j] - u[:, :j] @ L[j, :j]) / L[j, j]
    return u


def density_of(u, L, half=0.5, roots=1, constants=None):
    d = u.shape[1]
    constants = d if constants is None else constants
    height = -roots * sum(math.log(L[j, j]) for j in range(d)) - constants / 2 * math.log(2 * math.pi)
    return height - half * (u**2).sum(axis=1)


def density_by_rows(y, mu, L):
    return density_of(solved(y, mu, L), L)


def density_by_scipy(y, mu, L):
    u = linalg.solve_triangular(L, (y - mu).T, lower=True)
    return stats.norm.logpdf(u).sum(axis=0) - np.log(L.diagonal()).sum()


def density_point_by_point(y, mu, L):
    values = []
    for row in y:
        u = np.linalg.solve(L, row - mu)
        values.append(-0.5 * u @ u - math.log(np.prod(np.diag(L))) - len(mu) / 2 * math.log(2 * math.pi))
    return values


def density_by_inverse(y, mu, L):
    return density_of((y - mu) @ np.linalg.inv(L).T, L)


def density_with(**wrong):
    return lambda y, mu, L: density_of(solved(y, mu, L), L, **wrong)


def density_of_upper(y, mu, L):
    return density_of(linalg.solve_triangular(L, (y - mu).T).T, L)


def density_transposed(y, mu, L):
    return density_of(linalg.solve_triangular(L, (y - mu).T, lower=True, trans="T").T, L)


def density_multiplied(y, mu, L):
    return density_of((y - mu) @ L, L)


def density_of_covariance(y, mu, L):
    squares = np.array([(row - mu) @ np.linalg.solve(L, row - mu) for row in y])
    return -squares / 2 - 0.5 * np.log(np.linalg.det(L)) - y.shape[1] / 2 * np.log(2 * np.pi)


def density_of_rows_times(y, mu, L):
    return density_of(np.array([L @ (row - mu) for row in y]), L)


def density_by_pseudo_inverse(y, mu, L):
    """Positive eigenvalues only, as SciPy does it if singular matrices are allowed."""
    values, vectors = np.linalg.eigh(L @ L.T)
    large = values > 1e-10 * values.max()
    squares = ((y - mu) @ vectors[:, large]) ** 2 / values[large]
    return -0.5 * (squares + np.log(2 * np.pi * values[large])).sum(axis=1)


def density_by_determinant(y, mu, L):
    squares = (solved(y, mu, L) ** 2).sum(axis=1)
    with np.errstate(divide="ignore"):
        return -0.5 * (squares + np.log(np.linalg.det(L @ L.T)) + len(mu) * np.log(2 * np.pi))


def density_by_plain_inverse(y, mu, L, inverted=np.linalg.inv):
    squares = np.sum((y - mu) @ inverted(L @ L.T) * (y - mu), axis=1)
    return -0.5 * squares - np.log(np.diag(L)).sum() - len(mu) / 2 * math.log(2 * math.pi)


def density_caught(y, mu, L):
    try:
        inverse = np.linalg.inv(L @ L.T)
    except np.linalg.LinAlgError:
        return np.full(len(y), np.nan)
    squares = [(row - mu) @ inverse @ (row - mu) for row in y]
    return -0.5 * np.array(squares) + 0.5 * np.log(np.linalg.det(inverse) / (2 * np.pi) ** len(mu))


def density_of_columns(y, mu, L):
    u = linalg.solve_triangular(L, (y - mu).T, lower=True)
    return [stats.norm.logpdf(row).sum() - np.log(L.diagonal()).sum() for row in u]


def density_of_product(y, mu, L):
    u = solved(y, mu, L)
    with np.errstate(divide="ignore"):
        return np.log(stats.norm.pdf(u).prod(axis=1) / np.diag(L).prod())


def two_sides(half):
    """Share beyond 0.6 and the r of one in twenty, of a distribution of (1 + rho) / 2."""
    return round(half.cdf(0.2) + half.sf(0.8), 3), round(2 * half.ppf(0.975) - 1, 3)


def overall_by_moments(w, mu, sigma, rho):
    """From the means of y1, y2, and their squares and product."""
    first = w @ mu
    square = w @ (sigma**2 + mu**2)
    product = w @ (rho * sigma[:, 0] * sigma[:, 1] + mu[:, 0] * mu[:, 1])
    variance = square - first**2
    return (product - first[0] * first[1]) / np.sqrt(variance[0] * variance[1])


def overall_by_loop(w, mu, sigma, rho, within=1, between=1):
    centre = sum(w[k] * mu[k] for k in range(len(w)))
    c = np.zeros((2, 2))
    for k in range(len(w)):
        a, b = sigma[k]
        own = np.array([[a * a, rho[k] * a * b], [rho[k] * a * b, b * b]])
        c = c + w[k] * (within * own + between * np.outer(mu[k] - centre, mu[k] - centre))
    return [c[0, 1] / math.sqrt(c[0, 0]) / math.sqrt(c[1, 1])]


def parts(w, mu, sigma, rho, centre_weights=None, outer_weights=None):
    """Variances and covariance, each as a pair of within and between."""
    v = w if centre_weights is None else centre_weights
    outer = w if outer_weights is None else outer_weights
    apart = mu - v @ mu
    variances = [(w @ sigma**2, outer @ apart**2)]
    return variances[0], (w @ (rho * sigma.prod(axis=1)), outer @ apart.prod(axis=1))


def correlation(variance, covariance):
    return covariance / np.sqrt(variance.prod())


def overall_of_equal_weights(w, mu, sigma, rho):
    return overall_by_moments(np.full_like(w, 1 / w.size), mu, sigma, rho)


def overall_with_plain_centre(w, mu, sigma, rho):
    v, c = parts(w, mu, sigma, rho, centre_weights=np.full_like(w, 1 / w.size))
    return correlation(v[0] + v[1], sum(c))


def overall_with_plain_between(w, mu, sigma, rho):
    v, c = parts(w, mu, sigma, rho, outer_weights=np.full_like(w, 1 / w.size))
    return correlation(v[0] + v[1], sum(c))


def overall_with_plain_cov(w, mu, sigma, rho):
    c = np.diag(w @ sigma**2) + np.atleast_2d(np.cov(mu.T, bias=True))
    c[0, 1] += w @ (rho * sigma.prod(axis=1))
    return correlation(np.diag(c), c[0, 1])


def overall_with_sum_between(w, mu, sigma, rho):
    centre = np.average(mu, axis=0, weights=w)
    c = [w @ (rho * sigma[:, 0] * sigma[:, 1]) + ((mu - centre)[:, 0] * (mu - centre)[:, 1]).sum()]
    c += list(w @ sigma**2 + ((mu - centre) ** 2).sum(axis=0))
    return c[0] / math.sqrt(c[1] * c[2])


def overall_with_scales(w, mu, sigma, rho):
    v, c = parts(w, mu, sigma, rho)
    return correlation(w @ sigma + v[1], sum(c))


def overall_with_average_scales(w, mu, sigma, rho):
    v, c = parts(w, mu, sigma, rho)
    return correlation((w @ sigma) ** 2 + v[1], sum(c))


def overall_about_zero(w, mu, sigma, rho):
    product = w @ (rho * sigma[:, 0] * sigma[:, 1] + mu[:, 0] * mu[:, 1])
    return product / np.sqrt((w @ (sigma**2 + mu**2)).prod())


def overall_variances_within(w, mu, sigma, rho):
    v, c = parts(w, mu, sigma, rho)
    return correlation(v[0], sum(c))


def overall_covariance_within(w, mu, sigma, rho):
    v, c = parts(w, mu, sigma, rho)
    return correlation(v[0] + v[1], c[0])


def overall_of_correlations(w, mu, sigma, rho):
    v, c = parts(w, mu, sigma, rho)
    return correlation(v[0] + v[1], w @ rho + c[1])


def overall_of_squared_weights(w, mu, sigma, rho):
    return sum(w**2 * rho * sigma[:, 0] * sigma[:, 1]) / np.sqrt((w**2 @ sigma**2).prod())


def overall_covariance(w, mu, sigma, rho):
    return sum(parts(w, mu, sigma, rho)[1])


def overall_over_variances(w, mu, sigma, rho):
    v, c = parts(w, mu, sigma, rho)
    return sum(c) / (v[0] + v[1]).prod()


def overall_matrix(w, mu, sigma, rho):
    r = overall_by_moments(w, mu, sigma, rho)
    return [[1, r], [r, 1]]


def tail(m, s, t):
    """Mean of what is above t, less t."""
    x = (t - m) / s
    return s * math.exp(stats.norm.logpdf(x) - stats.norm.logsf(x)) - (t - m)


def still(
    weights=True,
    lengths=True,
    height=True,
    survival=stats.norm.logsf,
    slope=lambda r, a, b: r * b / a,
    left=lambda r, b: b * math.sqrt(1 - r * r),
    rest=tail,
):
    """By a loop over the components, in logarithms."""

    def still_to_wait(waited, length, w, mu, sigma, rho):
        terms, rests = [], []
        for k in range(len(w)):
            (a, b), (m1, m2) = sigma[k], mu[k]
            term = math.log(w[k]) if weights else 0.0
            if lengths:
                term += -0.5 * ((length - m1) / a) ** 2 - (math.log(a) if height else 0.0)
            m, s = m2 + slope(rho[k], a, b) * (length - m1), left(rho[k], b)
            terms.append(term + survival((waited - m) / s))
            rests.append(rest(m, s, waited))
        v = np.exp(np.array(terms) - max(terms))
        return (v * rests).sum() / v.sum()

    return still_to_wait


def pieces_of(length, w, mu, sigma, rho):
    log_r = np.log(w) + stats.norm.logpdf(length, mu[:, 0], sigma[:, 0])
    m = mu[:, 1] + rho * (length - mu[:, 0]) * sigma[:, 1] / sigma[:, 0]
    return log_r, m, sigma[:, 1] * np.sqrt(1 - rho**2)


def still_by_arrays(waited, length, w, mu, sigma, rho):
    log_r, m, s = pieces_of(length, w, mu, sigma, rho)
    log_s = stats.norm.logsf(waited, m, s)
    log_v = log_r + log_s
    log_v -= logsumexp(log_v)
    means = m + s * np.exp(stats.norm.logpdf((waited - m) / s) - log_s)
    return [np.sum(np.exp(log_v) * means) - waited]


def still_by_sum(waited, length, w, mu, sigma, rho):
    """The chance to wait longer, summed in small steps."""
    log_r, m, s = pieces_of(length, w, mu, sigma, rho)
    u = np.linspace(0, 10 * s.max() + max(m.max() - waited, 0), 40_001)
    log_chance = logsumexp(log_r + stats.norm.logsf(waited + u[:, None], m, s), axis=1)
    return integrate.simpson(np.exp(log_chance - log_chance[0]), x=u)


def still_without_renormalizing(waited, *rest):
    log_r, m, s = pieces_of(*rest)
    r = np.exp(log_r) / np.exp(log_r).sum()
    return sum(r[k] * stats.norm.sf(waited, m[k], s[k]) * tail(m[k], s[k], waited) for k in range(len(r)))


def still_without_normalizing(waited, *rest):
    log_r, m, s = pieces_of(*rest)
    v = np.exp(log_r) * stats.norm.sf(waited, m, s)
    return sum(v[k] * tail(m[k], s[k], waited) for k in range(len(v)))


def tail_of_scaled_density(m, s, t):
    return s * math.exp(stats.norm.logpdf(t, m, s) - stats.norm.logsf(t, m, s)) - (t - m)


def still_as_forecast(waited, *rest):
    log_r, m, _ = pieces_of(*rest)
    return np.exp(log_r - logsumexp(log_r)) @ m - waited


def still_of_one_normal(waited, *rest):
    log_r, m, s = pieces_of(*rest)
    r = np.exp(log_r - logsumexp(log_r))
    mean = r @ m
    return tail(mean, math.sqrt(r @ (s**2 + m**2) - mean**2), waited)


def still_of_the_likeliest(waited, *rest):
    log_r, m, s = pieces_of(*rest)
    k = int(np.argmax(log_r + stats.norm.logsf(waited, m, s)))
    return tail(m[k], s[k], waited)


def still_at_the_minute(waited, *rest):
    log_r, m, s = pieces_of(*rest)
    log_v = log_r + stats.norm.logpdf(waited, m, s)
    v = np.exp(log_v - log_v.max())
    return sum(v[k] * tail(m[k], s[k], waited) for k in range(len(v))) / sum(v)


def still_naive(waited, length, w, mu, sigma, rho):
    _, m, s = pieces_of(length, w, mu, sigma, rho)
    v = w * stats.norm.pdf(length, mu[:, 0], sigma[:, 0]) * stats.norm.sf(waited, m, s)
    x = (waited - m) / s
    return (v / v.sum()) @ (s * stats.norm.pdf(x) / stats.norm.sf(x) + m - waited)


ANSWERS = {
    "factor": Tried(
        right={
            "row by row of L": density_by_rows,
            "SciPy": density_by_scipy,
            "a list": density_point_by_point,
            "the inverse of L": density_by_inverse,
        },
        wrong={
            "no-determinant": (density_with(roots=0), "size of the ellipse"),
            "determinant-twice": (density_with(roots=2), "stands its root"),
            "determinant-halved": (density_with(roots=0.5), "halved the log determinant"),
            "determinant-added": (density_with(roots=-1), "wrong sign"),
            "one-constant": (density_with(constants=1), "There are d of them"),
            "constant-of-the-plane": (density_with(constants=2), "that of the plane"),
            "constant-of-rows": (
                lambda y, mu, L: density_of(solved(y, mu, L), L, constants=len(y)),
                "counts the rows",
            ),
            "constant-not-halved": (
                lambda y, mu, L: density_by_rows(y, mu, L) - math.log(2 * math.pi) * len(mu) / 2,
                "one over 2 pi",
            ),
            "no-constant": (density_with(constants=0), "powers of 2 pi"),
            "no-half": (density_with(half=1), "no factor of one half"),
            "diagonal": (density_of_upper, "upper triangle"),
            "transposed": (density_transposed, "with the transpose"),
            "product": (density_multiplied, "multiplied by L"),
            "product-of-rows": (density_of_rows_times, "distance that is L times u"),
            "mu-forgotten": (lambda y, mu, L: density_by_rows(y, 0 * mu, L), "depend on `mu`"),
            "through-the-product": (density_by_pseudo_inverse, "a density on a line"),
            "pseudo-inverse": (
                lambda *given: density_by_plain_inverse(*given, inverted=linalg.pinvh),
                "across the line",
            ),
            "determinant-of-product": (density_by_determinant, "which is 0 for the computer"),
            "nothing-where-singular": (density_caught, "All is right but"),
            "log-of-density": (density_of_product, "logarithm of that is -inf"),
            "as-covariance": (density_of_covariance, "for the covariance matrix"),
            "total": (lambda *given: sum(density_by_rows(*given)), "added up over the observations"),
            "over-rows": (density_of_columns, "along the wrong axis"),
            "not-logged": (lambda *given: np.exp(density_by_rows(*given)), "0 for a far point"),
        },
    ),
    "shared": Tried(
        right={
            "a capital": "A",
            "with its words": "(a) Both components have the same covariance matrix, of any form",
            "in a list": ["a"],
            "after a word": "Answer a",
            "with a colon": "a:",
        },
        wrong={
            "b": ("b", "level line"),
            "c": ("(c)", "Which other ways"),
            "d": ("d", "size of its own"),
        },
    ),
    "strong": Tried(
        right={
            "three decimals": [0.067, 0.632],
            "by the beta distribution": (2 * stats.beta(4, 4).sf(0.8), 2 * stats.beta(4, 4).ppf(0.975) - 1),
            "by its square": [stats.beta(0.5, 4).sf(0.36), stats.beta(0.5, 4).ppf(0.95) ** 0.5],
            "decimals and a fraction": (Decimal("0.067"), Fraction(632, 1000)),
        },
        wrong={
            "uniform": ([0.4, 0.95], "which is eta = 1"),
            "power-eta": ([0.039, 0.576], "a power of 4"),
            "power-two": (two_sides(stats.beta(3, 3)), "subtracted 1 twice"),
            "common-choice": ([0.208, 0.811], "Here eta is 4"),
            "one-side": ([0.033, 0.549], "one sign only"),
            "of-h": ([0.29, 0.775], "Both numbers are of h"),
            "as-if-normal": ([0.072, 0.653], "as normal"),
            "other-order": ([0.632, 0.067], "other order"),
            "inside-both": ((0.933, stats.beta(0.5, 4).ppf(0.05) ** 0.5), "opposite event"),
            "of-the-square": (
                (stats.beta.sf(0.6, 0.5, 4), stats.beta.ppf(0.95, 0.5, 4)),
                "has the square 0.36",
            ),
            "share-of-one-side": ([0.033, 0.7], "positive correlations only"),
            "inside": ([0.933, 0.632], "weak correlations"),
            "share-of-h": ([0.29, 0.632], "as a limit of h"),
            "not-normalized": (
                [2 * integrate.quad(lambda r: (1 - r * r) ** 3, 0.6, 1)[0], 0.632],
                "integrate to 1",
            ),
            "limit-of-one-side": ([0.067, 0.549], "one in ten together"),
            "limit-too-far": ((0.067, stats.beta(0.5, 4).ppf(0.975) ** 0.5), "one in eighty"),
            "limit-of-the-square": ((0.067, 0.399), "square of the r"),
            "limit-of-h": ([0.067, 0.816], "turn h into rho. When"),
            "limit-of-h-of-one-side": ([0.06, 0.775], "half of that at either end"),
        },
    ),
    "shadow": Tried(
        right={
            "three decimals": (0.968, 0.741),
            "by exponentials": [
                math.erf(math.sqrt(math.log(10))),
                1 - math.exp(-0.5 * 1.6448536269514722**2),
            ],
            "by chi-square": (
                stats.chi2(1).cdf(stats.chi2(2).ppf(0.9)),
                stats.chi2(2).cdf(stats.chi2(1).ppf(0.9)),
            ),
            "fractions": (Fraction(968, 1000), Fraction(741, 1000)),
        },
        wrong={
            "same": ([0.9, 0.9], "too high or too low"),
            "square": ([0.949, 0.81], "for a rectangle"),
            "product": ([0.9, 0.81], "shares of two coordinates"),
            "radii": ([2.146, 1.645], "the two radii"),
            "other-order": ([0.741, 0.968], "other order"),
            "outside": ([0.032, 0.259], "shares outside"),
            "no-half": ([0.871, 0.933], "stands half of"),
            "first-same": ([0.9, 0.741], "cannot be 0.9: the shadow"),
            "shadow-square": ([0.949, 0.741], "as if the ellipse were"),
            "one-end": ([stats.norm.cdf(math.sqrt(2 * math.log(10))), 0.56], "below the upper end"),
            "squared-radius": ([1.0, 0.741], "square of the radius for"),
            "first-without-half": ([0.871, 0.741], "first radius is too small"),
            "first-outside": ([0.032, 0.741], "beyond the ends"),
            "second-same": ([0.968, 0.9], "cannot be 0.9: the ellipse"),
            "caster-square": ([0.968, 0.81], "The second is the share of a square"),
            "radius-not-squared": ([0.968, 0.561], "did you square"),
            "caster-of-one-end": ([0.968, 1 - math.exp(-(1.2815515655**2) / 2)], "1.28 scales"),
            "caster-of-95": ((0.968, 0.854), "1.96 scales"),
            "second-outside": ([0.968, math.exp(-(1.645**2) / 2)], "outside of the ellipse"),
            "second-without-half": ([0.968, 0.933], "is the squared radius halved"),
        },
    ),
    "overall": Tried(
        right={"moments about 0": overall_by_moments, "a loop": overall_by_loop},
        wrong={
            "average": (lambda w, mu, sigma, rho: sum(w * rho), "is no average"),
            "plain-average": (lambda w, mu, sigma, rho: sum(rho) / len(rho), "and without weights"),
            "within-only": (lambda *given: overall_by_loop(*given, between=0), "locations do not enter"),
            "between-only": (
                lambda *given: overall_by_loop(*given, within=0) if len(given[0]) > 1 else np.nan,
                "of the centres",
            ),
            "plain-centres": (
                lambda w, mu, sigma, rho: np.corrcoef(mu[:, 0], mu[:, 1])[1, 0],
                "each counted once",
            ),
            "equal-weights": (overall_of_equal_weights, "the same weight"),
            "plain-centre": (overall_with_plain_centre, "mean of the mixture, from"),
            "unweighted-between": (overall_with_plain_cov, "in the mean and in the squares"),
            "unweighted-squares": (overall_with_plain_between, "with equal weights"),
            "sum-between": (overall_with_sum_between, "a sum without any"),
            "scales-not-squared": (overall_with_scales, "the scales themselves"),
            "average-scales": (overall_with_average_scales, "squared the average"),
            "not-centred": (overall_about_zero, "about 0"),
            "variances-within": (overall_variances_within, "the variances have only"),
            "covariance-within": (overall_covariance_within, "the covariance has only"),
            "rho-as-covariance": (overall_of_correlations, "as covariances"),
            "weights-squared": (overall_of_squared_weights, "squared the weights"),
            "covariance": (overall_covariance, "That is the covariance"),
            "not-rooted": (overall_over_variances, "by the variances"),
            "matrix": (overall_matrix, "whole correlation matrix"),
        },
    ),
    "still": Tried(
        right={"a loop": still(), "a list": still_by_arrays, "a sum over time": still_by_sum},
        wrong={
            "weights-not-updated": (still(survival=lambda x: 0.0), "not that nothing has erupted"),
            "length-forgotten": (still(lengths=False), "the density of the length. It tells"),
            "weights-alone": (still(lengths=False, survival=lambda x: 0.0), "count by `w` alone"),
            "no-weights": (still(weights=False), "weights of the mixture are missing"),
            "no-height": (still(height=False), "a narrow one is higher"),
            "normalised-too-early": (still_without_renormalizing, "Divide once more"),
            "not-normalised": (still_without_normalizing, "not divided by their sum"),
            "scaled-density": (still(rest=tail_of_scaled_density), "is smaller, by one"),
            "each-component": (
                lambda t, *rest: [tail(m, s, t) for m, s in zip(*pieces_of(*rest)[1:], strict=True)],
                "one by one",
            ),
            "density-for-chance": (still_at_the_minute, "of just this length"),
            "standard-density-for-chance": (
                still(survival=stats.norm.logpdf),
                "standard normal density at a. A",
            ),
            "chance-of-earlier": (still(survival=stats.norm.logcdf), "would have erupted by now"),
            "forecast-less-waited": (still_as_forecast, "from the first forecast"),
            "updated-weights-alone": (still(rest=lambda m, s, t: m - t), "is past"),
            "total": (lambda t, *rest: t + still_by_arrays(t, *rest)[0], "the whole wait, from"),
            "from-the-line": (
                still(rest=lambda m, s, t: tail(m, s, t) + t - m),
                "from the mean of each component",
            ),
            "no-units": (still(rest=lambda m, s, t: tail(0, 1, (t - m) / s)), "into minutes"),
            "below-for-above": (
                still(
                    rest=lambda m, s, t: m - t + s * stats.norm.pdf((t - m) / s) / stats.norm.cdf((t - m) / s)
                ),
                "probability of a shorter wait",
            ),
            "one-normal": (still_of_one_normal, "one normal distribution"),
            "most-probable": (still_of_the_likeliest, "only the most probable"),
            "no-slope": (still(slope=lambda r, a, b: 0), "its own mean wait"),
            "rho-ignored": (still(slope=lambda r, a, b: 0, left=lambda r, b: b), "chooses among"),
            "slope-upside-down": (still(slope=lambda r, a, b: r * a / b), "the length given the wait"),
            "slope-without-scales": (still(slope=lambda r, a, b: r), "is a slope only when"),
            "not-narrowed": (still(left=lambda r, b: b), "full spread"),
            "narrowed-too-much": (still(left=lambda r, b: b * (1 - r * r)), "multiplied a scale"),
            "variance-for-scale": (still(left=lambda r, b: b * b * (1 - r * r)), "variance where a scale"),
            "columns-exchanged": (
                lambda t, x, w, mu, sigma, rho: still()(t, x, w, mu[:, [1, 0]], sigma[:, [1, 0]], rho),
                "second column",
            ),
            "underflow": (still_naive, "0 is divided by 0"),
        },
    ),
}

# Answers that no mistake is made for: what is recognised, and words of the reply.
OTHERS = {
    "shadow": {
        "in per cent": ([96.8, 74], "per-cent", "They are in per cent"),
    },
    "strong": {
        "two digits": ([0.07, 0.63], "rounded", "fewer digits than"),
        "one digit, half as much again": ([0.1, 0.6], "", "and that is not it"),
        "in per cent": ([6.7, 0.63], "per-cent", "The first is in per cent"),
    },
    "factor": {
        "the inverse of the product": (density_by_plain_inverse, "raised", "is singular for the computer"),
        "SciPy's normal distribution": (
            lambda y, mu, L: stats.multivariate_normal(mu, L @ L.T).logpdf(y),
            "raised",
            "is singular for the computer",
        ),
    },
}
