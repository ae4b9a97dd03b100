"""Priors: densities against scipy, fractions, quadrature and their own draws."""

from fractions import Fraction
from itertools import product
from math import comb, log

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betainc, betaln, logsumexp
from scipy.stats import beta, dirichlet, invgamma, kstest, norm, uniform

from gmixlib.priors import Dirichlet, InverseGamma, Normal, Prior, ScaledNormal, Uniform
from searching import search

W, MU, SIGMA = np.array([0.2, 0.5, 0.3]), np.array([-4.0, 0.5, 3.0]), np.array([0.5, 1.0, 2.0])


def log_scale_density(sigma, shape, scale):
    """Log density of sigma when its square is inverse-gamma."""
    return invgamma.logpdf(sigma**2, shape, scale=scale) + np.log(2 * sigma)


def test_log_density_of_independent_parts_is_that_of_scipy():
    prior = Prior(
        Normal((-1.0, 0.0, 2.0), (3.0, 4.0, 5.0)), InverseGamma(2.5, 1.5), Dirichlet((0.5, 1.0, 2.0))
    )
    expected = (
        norm.logpdf(MU, [-1, 0, 2], [3, 4, 5]).sum()
        + log_scale_density(SIGMA, 2.5, 1.5).sum()
        + dirichlet.logpdf(W, [0.5, 1, 2])
    )
    assert prior.log_density(W, MU, SIGMA) == pytest.approx(expected, rel=1e-13)


def test_log_density_of_scaled_locations_follows_the_scales():
    prior = Prior(ScaledNormal(1.0, 0.25), InverseGamma(2.5, 1.5), W)
    expected = norm.logpdf(MU, 1, SIGMA / 0.5).sum() + log_scale_density(SIGMA, 2.5, 1.5).sum()
    assert prior.log_density(W, MU, SIGMA) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("scale", "expected"),
    [(Uniform(20), uniform.logpdf(2.0, 0, 20)), (InverseGamma(2, 3), log_scale_density(np.array(2.0), 2, 3))],
)
def test_a_shared_scale_counts_once(scale, expected):
    prior = Prior(Normal(0, 15), scale, W, shared_sigma=True)
    found = prior.log_density(W, MU, np.full(3, 2.0))
    assert found == pytest.approx(norm.logpdf(MU, 0, 15).sum() + expected, rel=1e-13)


def test_known_parts_have_no_density():
    found = Prior(Normal(0, 10), 1.0, [0.5, 0.5]).log_density([0.5, 0.5], [1.0, 2.0], [1.0, 1.0])
    assert found == pytest.approx(norm.logpdf([1, 2], 0, 10).sum(), rel=1e-13)


def test_the_density_of_a_scale_integrates_to_one():
    prior = Prior(Normal(), InverseGamma(2.5, 1.5), [1.0])
    at_zero = norm.logpdf(0, 0, 10)
    total, _ = quad(lambda s: np.exp(prior.log_density([1.0], [0.0], [s]) - at_zero), 0, np.inf)
    assert total == pytest.approx(1, abs=1e-8)


@pytest.mark.parametrize("minimum", [0.0, 0.1, 0.33])
def test_no_draws_are_no_error(minimum):
    w, mu, sigma = Prior(Normal(), 1.0, Dirichlet(1, minimum)).draw(3, 0, np.random.default_rng(1))
    assert w.shape == mu.shape == sigma.shape == (0, 3)


def test_outside_the_support_the_density_is_zero():
    prior = Prior(Normal(), Uniform(2.0), Dirichlet(1, minimum=0.1), shared_sigma=True)
    mu = np.zeros(3)
    assert prior.log_density([0.05, 0.5, 0.45], mu, np.ones(3)) == -np.inf
    assert prior.log_density(W, mu, np.full(3, 2.5)) == -np.inf
    assert np.isfinite(prior.log_density(W, mu, np.ones(3)))
    for mean, scale in ((Normal(), InverseGamma()), (ScaledNormal(), InverseGamma())):
        for sigma in ([1.0, 0.0, 1.0], [1.0, -2.0, 1.0]):
            assert Prior(mean, scale).log_density(W, mu, sigma) == -np.inf


def test_a_weight_of_zero_has_a_density_under_a_uniform_prior():
    prior = Prior(Normal(), 1.0, Dirichlet(1))
    assert np.isfinite(prior.log_density([0.0, 0.4, 0.6], MU, np.ones(3)))


def test_densities_of_a_batch_are_those_of_its_rows():
    prior = Prior(ScaledNormal(0, 0.1), InverseGamma(), Dirichlet(2.0))
    w, mu, sigma = prior.draw(3, 5, np.random.default_rng(1))
    rows = [prior.log_density(*row) for row in zip(w, mu, sigma, strict=True)]
    np.testing.assert_allclose(prior.log_density(w, mu, sigma), rows, rtol=1e-14)


# Weights above a minimum


def log_integral(concentration, minimum):
    """Log of the integral of the density without its constant, as `Prior.log_density` has it."""
    concentration = np.asarray(concentration, dtype=float)
    k = concentration.size
    prior = Prior(Normal(), 1.0, Dirichlet(concentration.tolist(), minimum))
    even = np.full(k, 1 / k)
    log_density = prior.log_density(even, np.zeros(k), np.ones(k)) - k * norm.logpdf(0, 0, 10)
    return (concentration - 1) @ np.log(even) - log_density


def exact_log_integral(concentration, minimum):
    """The same for integer concentrations, in fractions: the integral is a polynomial of what the minima leave."""
    minimum = Fraction(minimum)

    def power(n):
        return [comb(n, i) * minimum ** (n - i) for i in range(n + 1)]

    integral = power(concentration[0] - 1)
    for one in concentration[1:]:
        terms = [Fraction(0)] * (len(integral) + one)
        for (i, c), (j, d) in product(enumerate(integral), enumerate(power(one - 1))):
            terms[i + j + 1] += c * d / ((i + j + 1) * comb(i + j, i))
        integral = terms
    room = 1 - len(concentration) * minimum
    total = sum(c * room**i for i, c in enumerate(integral))
    return log(total.numerator) - log(total.denominator)


shares = st.one_of(st.sampled_from([1e-300, 1e-12, 1e-4, 0.5, 1 - 1e-9]), st.floats(0.01, 0.99))
concentrations = st.floats(-3, 4).map(lambda x: 10**x)


@search(20, 1500, concentration=st.lists(st.integers(1, 25), min_size=2, max_size=5), share=shares)
def test_weights_above_a_minimum_have_the_density_that_fractions_give(concentration, share):
    minimum = share / len(concentration)
    exact = exact_log_integral(concentration, minimum)
    assert log_integral(concentration, minimum) == pytest.approx(exact, rel=1e-12, abs=1e-10)


@search(
    15,
    1500,
    concentration=st.lists(concentrations, min_size=2, max_size=5),
    share=shares,
    equal=st.booleans(),
)
def test_integrals_over_the_weights_add_up_as_the_weights_do(concentration, share, equal):
    """The weights sum to 1: so do the integrals with one more power of one weight each, to that without."""
    concentration = np.array([concentration[0]] * len(concentration) if equal else concentration)
    minimum = share / concentration.size
    parts = [log_integral(concentration + one, minimum) for one in np.eye(concentration.size)]
    whole = log_integral(concentration, minimum)
    assert logsumexp(parts) == pytest.approx(whole, rel=1e-12, abs=1e-9)


@search(30, 3000, a=concentrations, b=concentrations, share=shares)
def test_two_weights_above_a_minimum_are_a_cut_off_beta(a, b, share):
    inside = 1 - betainc(a, b, share / 2) - betainc(b, a, share / 2)
    assume(inside > 1e-3)  # below, the difference has lost digits
    assert log_integral([a, b], share / 2) == pytest.approx(
        betaln(a, b) + np.log(inside), rel=1e-12, abs=3e-9
    )


@search(
    6, 300, concentration=st.lists(concentrations, min_size=2, max_size=4), share=shares, seed=st.integers(0)
)
def test_draws_of_weights_above_a_minimum_have_the_moments_of_their_density(concentration, share, seed):
    concentration, size = np.array(concentration), 1000
    k = concentration.size
    minimum = share / k
    prior = Prior(Normal(), 1.0, Dirichlet(concentration.tolist(), minimum))
    w, _, _ = prior.draw(k, size, np.random.default_rng(seed))
    assert (w >= minimum).all()
    np.testing.assert_allclose(w.sum(axis=1), 1, rtol=1e-12)
    whole = log_integral(concentration, minimum)
    for j, one in enumerate(np.eye(k)):
        mean, square = (np.exp(log_integral(concentration + n * one, minimum) - whole) for n in (1, 2))
        # Means of bounded variables: Bernstein's inequality, which a right draw breaks once in 10**10.
        variance, width = max(square - mean**2, 0) + 1e-9, 1 - k * minimum
        assert (
            abs(w[:, j].mean() - mean)
            <= np.sqrt(2 * 24 * variance / size) + 2 * 24 * width / (3 * size) + 1e-7
        )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_draws_follow_the_prior(seed):
    rng = np.random.default_rng(seed)
    prior = Prior(Normal((-1.0, 2.0), (3.0, 4.0)), InverseGamma(2.5, 1.5), Dirichlet((0.5, 2.0)))
    w, mu, sigma = prior.draw(2, 4000, rng)
    uniform_when_right = [
        beta.cdf(w[:, 0], 0.5, 2),
        norm.cdf(mu[:, 0], -1, 3),
        norm.cdf(mu[:, 1], 2, 4),
        invgamma.cdf(sigma[:, 0] ** 2, 2.5, scale=1.5),
        invgamma.cdf(sigma[:, 1] ** 2, 2.5, scale=1.5),
    ]
    w, mu, sigma = Prior(ScaledNormal(1.0, 0.25), Uniform(7), Dirichlet(1, 0.2), True).draw(2, 4000, rng)
    assert (sigma[:, 0] == sigma[:, 1]).all()
    uniform_when_right += [(w[:, 0] - 0.2) / 0.6, norm.cdf(mu[:, 1], 1, sigma[:, 1] / 0.5), sigma[:, 0] / 7]
    for values in uniform_when_right:
        assert kstest(values, uniform.cdf).pvalue > 1e-6


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Normal(np.nan, 1), "mean is nan; it must be finite"),
        (lambda: Normal([[0.0]], 1), r"mean has shape \(1, 1\); it must be one number or one for each"),
        (lambda: ScaledNormal(np.inf), "mean is inf; it must be finite"),
        (lambda: InverseGamma(0.01, 0.01), "shape is 0.01; it must be at least 0.1"),
        (lambda: Dirichlet(1, -0.1), "minimum is -0.1; it must be at least 0"),
        (lambda: Dirichlet(1, np.nan), "minimum is nan; it must be at least 0"),
        (lambda: Prior(0.0, 1.0), "mu is 0.0; it must be a Normal or a ScaledNormal"),
        (lambda: Prior(Normal(), Uniform(20)), "shared_sigma is False; it must be True"),
        (lambda: Prior(Normal(), 1.0, shared_sigma=True), "shared_sigma is True; it must be False"),
        (lambda: Prior(Normal(), 1.0, [0.5, 0.6]), "w sums to 1.1"),
        (lambda: Prior(Normal(), 1.0, [0.5, 0.5]).for_components(3), "w has 2 weights; it must have one for"),
        (lambda: Prior(Normal((0, 1)), 1.0).for_components(3), "mean has 2 values; it must have one, or one"),
        (lambda: Prior(Normal(), (1, 2)).for_components(3), "sigma has 2 values"),
        (lambda: Prior(Normal(), 1.0, Dirichlet((1, 2))).for_components(3), "concentration has 2 values"),
        (
            lambda: Prior(Normal(), 1.0, Dirichlet(1, 0.5)).for_components(2),
            "minimum is 0.5; it must be below",
        ),
    ],
)
def test_bad_priors_are_named(build, message):
    with pytest.raises((ValueError, TypeError), match=message):
        build()
