"""The numerics of the explorable *The pole* against the library."""

from functools import cache

import mpmath
import numpy as np
import pytest
from scipy.special import gammaln

from gmixlib import mixture_logpdf, responsibilities
from gmixlib.priors import InverseGamma, Normal, Prior
from tools.notebooks import ROOT

pytest_plugins = ["numerics"]

Y = np.loadtxt(ROOT / "chapters" / "data" / "galaxies.csv", skiprows=2) / 1000
BETWEEN = (Y[1:] + Y[:-1]) / 2
PLACES = [Y[-1], Y[0], Y[57], Y[58], Y[40], BETWEEN[57], BETWEEN[-1], BETWEEN[6], 33.05, 6.0, 37.0]
SCALES = [1e-18, 1e-12, 5.5e-9, 1e-3, 0.3, 2.0, 100.0]
PRIORS = [(2.0, 1.0), (0.1, 1e-12), (5.0, 10.0), (2.0, 1e-6), (0.5, 1e-3), (5.0, 1e-9), (1.0, 0.02)]

places = pytest.mark.parametrize("mu", PLACES)
priors = pytest.mark.parametrize(("alpha", "beta"), PRIORS)


def em_end():
    """Where EM ends, as in chapter 10."""
    w, mu, sigma = np.full(3, 1 / 3), np.array([10.0, 20.0, 33.0]), np.ones(3)
    for _ in range(500):
        r = responsibilities(Y, w, mu, sigma)
        size = r.sum(axis=0)
        mu = Y @ r / size
        sigma = np.sqrt((r * (Y[:, np.newaxis] - mu) ** 2).sum(axis=0) / size)
        w = size / Y.size
    return w, mu, sigma


END = em_end()
LEVEL = mixture_logpdf(Y, *END).sum()


def log_densities(points, mu, scales):
    """Log density of each point, with the third component elsewhere, for each of its scales."""
    w, locations, sigma = (np.repeat(part[np.newaxis, np.newaxis], np.size(scales), axis=0) for part in END)
    locations[..., 2], sigma[..., 2] = mu, np.reshape(scales, (-1, 1))
    return mixture_logpdf(points, w, locations, sigma)


def log_likelihood(mu, scales):
    return log_densities(Y, mu, scales).sum(axis=1)


def log_prior(scales, alpha, beta):
    """Log prior density of the variance, from that of the scale."""
    column = np.reshape(scales, (-1, 1))
    zero = np.zeros_like(column)
    of_scale = Prior(Normal(0, 1), InverseGamma(alpha, beta)).log_density(zero + 1, zero, column)
    return of_scale + np.log(2 * np.pi) / 2 - np.log(2 * np.ravel(scales))


def test_the_galaxies_are_those_of_the_book(numerics):
    assert [numerics("pole", "nearest", y) for y in Y] == list(range(Y.size))
    assert [numerics("pole", "nearest", y) for y in BETWEEN - 1e-6] == list(range(Y.size - 1))
    assert all("crossing" in numerics("pole", "atZero", y) for y in Y)


def test_em_ends_where_it_is_said_to_end(numerics):
    assert numerics("pole", "level") == pytest.approx(LEVEL, rel=1e-12)
    assert pytest.approx(-203.4820, abs=5e-5) == LEVEL  # as in the book


@places
def test_log_likelihood(numerics, mu):
    found = [numerics("pole", "logLikelihood", mu, sigma) for sigma in SCALES]
    assert found == pytest.approx(log_likelihood(mu, SCALES), rel=1e-12)


@places
def test_density(numerics, mu):
    points = np.array([6.0, 9.7, 21.0, 33.0, 37.0, mu])
    for sigma in SCALES:
        found = [numerics("pole", "logDensity", y, mu, sigma) for y in points]
        assert found == pytest.approx(log_densities(points, mu, sigma)[0], rel=1e-12, abs=1e-12)


@priors
def test_prior(numerics, alpha, beta):
    found = [numerics("pole", "logPrior", sigma, alpha, beta) for sigma in SCALES]
    assert found == pytest.approx(log_prior(SCALES, alpha, beta), rel=1e-12, abs=1e-12)


def test_log_gamma(numerics):
    for x in (0.1, 0.3, 0.5, 0.9, 1, 1.5, 2, 3.7, 5, 40):
        assert numerics("gamma", "logGamma", x) == pytest.approx(gammaln(x), rel=1e-13, abs=1e-14)


def test_on_each_galaxy_it_grows_without_end_and_passes_the_end_of_em_once(numerics):
    for mu in Y:
        limit = numerics("pole", "atZero", mu)
        small = np.array([1e-13, 1e-18, 1e-30])
        assert log_likelihood(mu, small) + np.log(small) == pytest.approx(limit["constant"], rel=1e-12)
        assert log_likelihood(mu, limit["crossing"]) == pytest.approx(LEVEL, rel=1e-12)
        assert 1e-18 < limit["crossing"] < 1e-2  # within the slider
        above = log_likelihood(mu, limit["crossing"] * np.logspace(0.01, 18, 400))
        assert (above < LEVEL).all()


def test_beside_galaxies_it_ends_below_the_end_of_em(numerics):
    for mu in [*BETWEEN, 6, 37]:
        limit = numerics("pole", "atZero", mu)
        assert "crossing" not in limit
        assert limit["constant"] == pytest.approx(log_likelihood(mu, 1e-18)[0], rel=1e-12)
        assert limit["constant"] < LEVEL


LOGS = np.linspace(np.log(1e-18), np.log(100), 4_001)


@cache
def fine(mu):
    return log_likelihood(mu, np.exp(LOGS))


@places
@priors
def test_summits(numerics, mu, alpha, beta):
    """They are those that a fine grid has."""
    heights = fine(mu) + log_prior(np.exp(LOGS), alpha, beta)
    top = np.flatnonzero((heights[1:-1] > heights[:-2]) & (heights[1:-1] >= heights[2:])) + 1
    found = numerics("pole", "summits", mu, alpha, beta)
    assert np.log(found) == pytest.approx(LOGS[top], abs=LOGS[1] - LOGS[0])
    assert found


@pytest.mark.parametrize(("mu", "sigma"), [(Y[-1], 0.9), (Y[40], 1e-5), (BETWEEN[-1], 0.4), (22.7465, 3e-4)])
def test_slope(numerics, mu, sigma):
    w, locations, scales = (list(map(mpmath.mpf, part.tolist())) for part in END)

    def height(log):
        own = [*locations[:2], mpmath.mpf(mu)], [*scales[:2], mpmath.exp(log)]
        terms = [sum(a * mpmath.npdf(y, m, s) for a, m, s in zip(w, *own, strict=True)) for y in Y.tolist()]
        return sum(map(mpmath.log, terms)) - 6 * log - mpmath.exp(-2 * log) / 1000

    with mpmath.workdps(40):
        expected = float(mpmath.diff(height, mpmath.log(sigma)))
    assert numerics("pole", "slope", mu, sigma, 2, 1e-3) == pytest.approx(expected, rel=1e-12)
