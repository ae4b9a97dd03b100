"""The exact posterior of two locations, against sums over categories, other quadratures and PyMC."""

import numpy as np
import pymc as pm
import pytest
from hypothesis import reject
from hypothesis import strategies as st
from pymc.distributions.transforms import ordered
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm

from gmixlib import TwoMeansPosterior, logsumexp, mixture_logpdf, two_gaussians
from gmixlib.exact import two_means
from gmixlib.exact._likelihood import QuickLikelihood
from gmixlib.exact._panels import compress
from searching import UNITS, observations, search

SETTINGS = {
    "two Gaussians": (two_gaussians()[0], {}),
    "one point": (np.array([0.7]), {}),
    "three points, tight prior": (np.array([-1.0, 0.2, 2.5]), {"prior_sd": 1.5}),
    "unequal weights": (np.array([-1.0, 0.2, 2.5, 2.6]), {"prior_sd": 2.0, "w": (0.3, 0.7)}),
    "merged modes": (np.array([0.1, -0.3, 0.2, 0.4]), {"prior_sd": 1.0}),
    "another scale": (np.array([-10.0, 2.0, 25.0]), {"sigma": 8.0, "prior_sd": 30.0}),
}


@pytest.fixture(scope="module")
def posterior():
    return TwoMeansPosterior(two_gaussians()[0])


class Enumerated:
    """The same posterior as a sum over all 2**n categories, of products of two normals each.

    The moments of the smaller and larger of two normals are Clark's (1961), The greatest of a finite set of
    random variables, Operations Research 9.
    """

    def __init__(self, y, sigma=1.0, prior_sd=10.0, w=(0.5, 0.5)):
        second = (np.arange(2**y.size)[:, None] >> np.arange(y.size)) & 1
        z = np.stack([1 - second, second], axis=1)
        self.variance = 1 / (z.sum(axis=2) / sigma**2 + 1 / prior_sd**2)
        self.centre = self.variance * (z @ y) / sigma**2
        log_share = (
            z.sum(axis=2) @ np.log(w)
            + norm.logpdf(y, 0, sigma).sum()
            + 0.5 * (self.centre**2 / self.variance + np.log(self.variance / prior_sd**2)).sum(axis=1)
        )
        self.log_evidence = logsumexp(log_share)
        self.share = np.exp(log_share - log_share.max())
        self.share /= self.share.sum()  # the log of a small evidence has lost digits

        spread = np.sqrt(self.variance.sum(axis=1))
        gap = (self.centre[:, 1] - self.centre[:, 0]) / spread
        order = np.stack([norm.cdf(gap), norm.cdf(-gap)], axis=1)
        high = (self.centre * order[:, ::-1]).sum(axis=1) + spread * norm.pdf(gap)
        high2 = ((self.centre**2 + self.variance) * order[:, ::-1]).sum(axis=1)
        high2 += self.centre.sum(axis=1) * spread * norm.pdf(gap)
        low, low2 = self.centre.sum(axis=1) - high, (self.centre**2 + self.variance).sum(axis=1) - high2
        self.mean = self.share @ np.stack([low, high], axis=1)
        self.sd = np.sqrt(self.share @ np.stack([low2, high2], axis=1) - self.mean**2)
        covariance = self.share @ self.centre.prod(axis=1) - self.mean.prod()
        self.corr = covariance / self.sd.prod()

    def distribution(self, t):
        """Probabilities that the smaller and that the larger location are at most ``t``."""
        z = (t - self.centre) / np.sqrt(self.variance)
        below = norm.cdf(z)
        smaller = below[:, 0] + norm.sf(z[:, 0]) * below[:, 1]
        return np.array([self.share @ smaller, self.share @ below.prod(axis=1)])

    def quantile(self, p, side):
        reach = 40 * np.sqrt(self.variance.max())
        ends = self.centre.min() - reach, self.centre.max() + reach
        return brentq(lambda t: self.distribution(t)[side] - p, *ends, xtol=1e-300)


def check_against_enumeration(y, **options):
    """Compare everything, quantiles too, to 1e-9 and to the rounding of Clark's differences of squares."""
    posterior, exact = TwoMeansPosterior(y, **options), Enumerated(y, **options)
    assert posterior.log_evidence == pytest.approx(exact.log_evidence, abs=1e-9)
    slack = 1e-9 + 1e-14 * (np.abs(exact.mean).max() / exact.sd.min()) ** 2
    np.testing.assert_allclose((posterior.ordered_mean - exact.mean) / exact.sd, 0, atol=slack)
    np.testing.assert_allclose(posterior.ordered_sd / exact.sd, 1, atol=slack)
    assert posterior.ordered_corr == pytest.approx(exact.corr, abs=slack)
    for p in (1e-6, 1e-3, 0.025, 0.6, 0.999):
        expected = [exact.quantile(p, side) for side in (0, 1)]
        error = (posterior.ordered_quantile(p) - expected) / exact.sd
        np.testing.assert_allclose(error, 0, atol=1e-9 * max(1, 1e-3 / p))


@st.composite
def small_settings(draw):
    """Up to eight observations, near the prior's mean or far from it, with scales, weights and priors of all sizes."""
    sigma = draw(st.sampled_from([0.1, 1.0, 7.0]))
    prior_sd = sigma * draw(st.floats(0.2, 30))
    reach = 3 * max(sigma, prior_sd)
    y = draw(st.lists(st.floats(-reach, reach), min_size=1, max_size=8))
    w = draw(st.sampled_from([0.5, 0.5, 0.3, 0.02, 0.9]))
    y = np.array(y) + draw(st.sampled_from([0.0, 0.0, 5.0, -20.0])) * prior_sd
    return y, {"sigma": sigma, "prior_sd": prior_sd, "w": (w, 1 - w)}


@search(12, 2000, setting=small_settings())
def test_everything_agrees_with_the_sum_over_all_categories(setting):
    y, options = setting
    try:
        TwoMeansPosterior(y, **options)
    except RuntimeError:
        reject()  # too many panels
    check_against_enumeration(y, **options)


@search(
    4,
    400,
    y=observations(1, 40),
    sigma=st.sampled_from([0.3, 1.0, 3.0]),
    prior_sd=st.sampled_from([0.3, 1.0, 10.0, 30.0]),
    w=st.sampled_from([0.5, 0.3, 0.9, 1e-6]),
    unit=UNITS,
)
def test_everything_is_the_same_in_any_unit(y, sigma, prior_sd, w, unit):
    change = y.size * np.log(unit)
    try:
        one = TwoMeansPosterior(y, sigma, prior_sd, (w, 1 - w))
        bounds = [one.best_mean_field(ordered=is_ordered).elbo for is_ordered in (False, True)]
    except RuntimeError:
        reject()  # too many panels or nodes
    other = TwoMeansPosterior(y * unit, sigma * unit, prior_sd * unit, (w, 1 - w))
    assert other.log_evidence + change == pytest.approx(one.log_evidence, rel=1e-12, abs=1e-9)
    np.testing.assert_allclose((other.ordered_mean / unit - one.ordered_mean) / one.ordered_sd, 0, atol=1e-8)
    np.testing.assert_allclose(other.ordered_sd / unit, one.ordered_sd, rtol=1e-8)
    quantiles = (other.ordered_quantile(0.1) / unit - one.ordered_quantile(0.1)) / one.ordered_sd
    np.testing.assert_allclose(quantiles, 0, atol=1e-8)
    in_sds = (other.mode / unit - one.mode) * np.sqrt(y.size) / sigma
    np.testing.assert_allclose(in_sds, 0, atol=1e-4)
    for is_ordered, bound in zip((False, True), bounds, strict=True):
        assert bound <= one.log_evidence + 1e-6
        assert other.best_mean_field(ordered=is_ordered).elbo + change == pytest.approx(bound, abs=1e-4)


@pytest.mark.parametrize(
    ("n", "prior_sd", "w"), [(2, 1000.0, 0.3), (12, 70.0, 0.04), (5, 0.01, 0.5), (3, 1e4, 0.5)]
)
def test_narrow_peaks_in_a_wide_prior_are_not_missed(n, prior_sd, w):
    y = np.random.default_rng(0).normal(size=n)
    check_against_enumeration(y, prior_sd=prior_sd, w=(w, 1 - w))


@pytest.mark.parametrize(("centre", "sd"), [(170, 1), (170, 2), (300, 1)])
def test_a_component_without_observations_is_not_missed(centre, sd):
    """A hundred heights, and a prior about 0, which is so far that it is likelier to pull one location than two.

    With one component empty the other has a normal evidence, and the other assignments add next to nothing.
    """
    y = np.random.default_rng(1).normal(centre, sd, 100)
    posterior = TwoMeansPosterior(y)
    alone = multivariate_normal.logpdf(y, np.zeros(100), np.eye(100) + 100) - 99 * np.log(2)
    assert posterior.log_evidence == pytest.approx(alone, abs=1e-3)
    assert posterior.mode[0] == pytest.approx(0, abs=1e-3)


def wide_grid(posterior, size=401):
    """Axes of an even grid that covers the posterior, and the area of a cell."""
    reach = np.abs(posterior.y).max() + (9 if posterior.y.size < 50 else 1.5) * min(
        posterior.prior_sd, 40 * posterior.sigma / np.sqrt(posterior.y.size)
    )
    axis = np.linspace(-reach, reach, size)
    return axis[:, None], axis[None, :], (axis[1] - axis[0]) ** 2


def test_the_documented_numbers_of_two_gaussians(posterior):
    assert posterior.log_evidence == pytest.approx(-180.5088, abs=5e-5)
    np.testing.assert_allclose(posterior.ordered_mean, [-0.88681, 1.13043], atol=5e-6)
    np.testing.assert_allclose(posterior.ordered_sd, [0.18511, 0.17405], atol=5e-6)
    assert posterior.ordered_corr == pytest.approx(0.1376, abs=5e-5)
    np.testing.assert_allclose(posterior.mode, [-0.8853, 1.1302], atol=5e-5)
    assert posterior.log_joint(*posterior.mode) == pytest.approx(-179.5832, abs=5e-5)


@pytest.mark.parametrize("setting", SETTINGS)
def test_moments_agree_with_a_plain_grid(setting):
    """The trapezoidal rule on a grid without a fold: it converges exponentially for analytic densities."""
    y, options = SETTINGS[setting]
    posterior = TwoMeansPosterior(y, **options)
    mu1, mu2, area = wide_grid(posterior)
    joint = posterior.log_joint(mu1, mu2)
    total = np.exp(joint).sum() * area
    assert np.log(total) == pytest.approx(posterior.log_evidence, abs=1e-9)

    mass = np.exp(joint) * area / total
    centre, square = (mass * (mu1 + mu2)).sum() / 2, (mass * (mu1**2 + mu2**2)).sum()
    assert posterior.ordered_mean.mean() == pytest.approx(centre, abs=1e-8)
    assert (posterior.ordered_mean**2 + posterior.ordered_sd**2).sum() == pytest.approx(square, rel=1e-8)
    # The fold has a kink on the diagonal, where the plain grid is accurate to the square of its step.
    low = (mass * np.minimum(mu1, mu2)).sum()
    assert posterior.ordered_mean[0] == pytest.approx(low, abs=30 * area)
    product = (mass * mu1 * mu2).sum() - posterior.ordered_mean.prod()
    assert posterior.ordered_corr * posterior.ordered_sd.prod() == pytest.approx(product, abs=1e-7)


def test_one_observation_has_a_closed_form():
    """One point has one location, whichever the component, so the evidence is a normal density."""
    posterior = TwoMeansPosterior([1.3], sigma=0.8, prior_sd=3.0)
    assert posterior.log_evidence == pytest.approx(norm.logpdf(1.3, 0, np.hypot(0.8, 3.0)), abs=1e-9)


def test_a_weight_of_zero_leaves_a_normal_model():
    y = np.array([0.5, 1.5, -0.2])
    posterior = TwoMeansPosterior(y, prior_sd=2.0, w=(1.0, 0.0))
    covariance = np.eye(3) + 4.0
    assert posterior.log_evidence == pytest.approx(multivariate_normal.logpdf(y, cov=covariance), abs=1e-9)


# Quantiles of many observations are compared with a plain grid below, in less time.
@pytest.mark.parametrize("n", [2, 30, *(pytest.param(n, marks=pytest.mark.slow) for n in (1_000, 10_000))])
@pytest.mark.parametrize("gap", [0.0, 1.0, 5.0])
def test_quadrature_converges_whatever_the_data(n, gap):
    rng = np.random.default_rng(n)
    y = rng.normal(np.array([-gap, gap])[rng.integers(0, 2, n)], 1.0)
    posterior = TwoMeansPosterior(y)
    assert posterior.ordered_mean[0] < posterior.ordered_mean[1]
    median = posterior.ordered_quantile(0.5)
    assert (np.abs(median - posterior.ordered_mean) < posterior.ordered_sd).all()
    mirrored = TwoMeansPosterior(-y)
    assert mirrored.log_evidence == pytest.approx(posterior.log_evidence, abs=2e-9)
    np.testing.assert_allclose(mirrored.ordered_mean, -posterior.ordered_mean[::-1], atol=2e-9)
    quantiles = -mirrored.ordered_quantile([0.9, 0.5, 0.01])[:, ::-1]
    np.testing.assert_allclose(quantiles, posterior.ordered_quantile([0.1, 0.5, 0.99]), atol=2e-9)


@pytest.mark.parametrize(("n", "gap", "w"), [(2_000, 0.3, (0.5, 0.5)), (300, 2.0, (0.3, 0.7))])
def test_quantiles_of_many_observations_agree_with_a_plain_grid(n, gap, w):
    """Quadrature of the density on a fixed grid; the larger location is below t where both are."""
    rng = np.random.default_rng(8)
    y = rng.normal(np.array([-gap, gap])[rng.choice(2, n, p=w)], 1.0)
    posterior = TwoMeansPosterior(y, w=w)
    low, high = (
        posterior.ordered_mean - 9 * posterior.ordered_sd,
        posterior.ordered_mean + 9 * posterior.ordered_sd,
    )
    found = posterior.ordered_quantile([0.05, 0.9])
    for p, row in zip([0.05, 0.9], found, strict=True):
        # Both locations are below the quantile of the larger one with probability p, and above that of the
        # smaller one with probability 1 - p.
        for (a, b), expected in (((low[0], row[1]), p), ((row[0], high[1]), 1 - p)):
            x, mass = np.polynomial.legendre.leggauss(100)
            x, mass = a + (b - a) * (x + 1) / 2, mass * (b - a) / 2
            joint = np.exp(posterior.log_density(x[:, None], x))
            assert mass @ joint @ mass == pytest.approx(expected, abs=1e-9)


def test_quantiles_take_any_shape_and_lie_in_order(posterior):
    p = np.array([[0.025, 0.25, 0.5], [0.75, 0.975, 0.9999]])
    found = posterior.ordered_quantile(p)
    assert found.shape == (2, 3, 2)
    assert posterior.ordered_quantile(0.5).shape == (2,)
    np.testing.assert_array_equal(posterior.ordered_quantile(0.5), found[0, 2])
    assert (np.diff(found.reshape(6, 2), axis=0) > 0).all()
    assert (found[..., 0] < found[..., 1]).all()


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, np.nan, [0.5, 1.5]])
def test_probabilities_must_lie_between_zero_and_one(posterior, p):
    with pytest.raises(ValueError, match="every probability must lie strictly between 0 and 1"):
        posterior.ordered_quantile(p)


def test_quadrature_that_does_not_converge_is_an_error(monkeypatch):
    posterior = TwoMeansPosterior([0.0, 1.0])
    monkeypatch.setattr(two_means, "AGREEMENT", 0.0)
    with pytest.raises(RuntimeError, match=r"two quadratures differ by .* in quantiles"):
        posterior.ordered_quantile(0.3)
    with pytest.raises(RuntimeError, match="two quadratures of 2 observations differ by"):
        TwoMeansPosterior([0.0, 1.0])
    monkeypatch.setattr(two_means, "MOST_PANELS", 5)
    with pytest.raises(RuntimeError, match="quadrature of 2 observations needs over 5 panels"):
        TwoMeansPosterior([0.0, 1.0])


def test_smooth_functions_have_the_same_sum_over_compressed_observations():
    y = np.random.default_rng(2).normal(size=5_000)
    points, weights = compress(y, 0.7 * np.pi / 6)
    assert points.size < y.size / 4
    assert weights.sum() == pytest.approx(y.size, rel=1e-13)
    for mu in ([-3.0, 3.0], [0.0, 0.1], [-1.0, 4.9]):
        expected = mixture_logpdf(y, [0.3, 0.7], mu, 1.0).sum()
        assert weights @ mixture_logpdf(points, [0.3, 0.7], mu, 1.0) == pytest.approx(expected, rel=1e-13)
    few = compress(y[:50], 1.0)
    np.testing.assert_array_equal(few, [y[:50], np.ones(50)])


@pytest.mark.parametrize(
    ("n", "gap", "w"),
    [(1, 0, 0.02), (60, 5, 1.0), (60, 5, 0.02), (3_000, 0, 0.5), (3_000, 2, 0.3), (3_000, 20, 0.02)],
)
def test_few_points_give_the_log_joint_of_all_observations(n, gap, w):
    """For locations next to each other up to far outside of the data, and in one and the same place."""
    rng = np.random.default_rng(5)
    y = 3 * rng.normal(np.array([-gap, gap])[rng.integers(0, 2, n)], 1.0)
    posterior = TwoMeansPosterior(y, sigma=3.0, w=(w, 1 - w))
    for distance in 3 * 2.0 ** np.arange(-6, 12):
        mu1 = rng.uniform(y.min() - distance, y.max() + distance, 50)
        mu2 = mu1 + distance * rng.choice([-1, 1], 50) * rng.uniform(0.5, 1, 50)
        mu2[0] = mu1[0]
        found = posterior._quick_log_joint(mu1, mu2)
        np.testing.assert_allclose(found, posterior.log_joint(mu1, mu2), rtol=1e-13)


def test_ten_thousand_observations_take_few_terms_and_evaluations(monkeypatch):
    """Each pair of locations takes the terms of one in fifty observations; a search takes no finite differences."""
    pairs, terms, evaluations = [], [], []
    of_pairs, of_odds = QuickLikelihood.__call__, QuickLikelihood._of_odds
    at_nodes = TwoMeansPosterior._log_joint_at_nodes
    monkeypatch.setattr(
        QuickLikelihood, "__call__", lambda self, *mu: pairs.append(mu[0].size) or of_pairs(self, *mu)
    )
    monkeypatch.setattr(
        QuickLikelihood,
        "_of_odds",
        lambda self, *args: terms.append(args[0].size * args[2].size) or of_odds(self, *args),
    )
    monkeypatch.setattr(
        TwoMeansPosterior, "_log_joint_at_nodes", lambda *args: evaluations.append(1) or at_nodes(*args)
    )
    rng = np.random.default_rng(6)
    y = rng.normal(np.array([-1, 1])[rng.integers(0, 2, 10_000)], 1.0)
    TwoMeansPosterior(y).best_mean_field()
    assert sum(terms) < sum(pairs) * y.size / 50
    assert sum(evaluations) < 150


def test_log_joint_is_likelihood_times_prior(posterior):
    mu = np.array([[0.3, -1.2], [-2.0, 0.4], [1.0, 1.0]])
    expected = [
        mixture_logpdf(posterior.y, [0.5, 0.5], pair, 1.0).sum() + norm.logpdf(pair, 0, 10).sum()
        for pair in mu
    ]
    np.testing.assert_allclose(posterior.log_joint(mu[:, 0], mu[:, 1]), expected, rtol=1e-13)
    assert posterior.log_joint(np.zeros((2, 1)), np.zeros(3)).shape == (2, 3)


@pytest.mark.parametrize("transform", [None, ordered])
def test_log_joint_is_that_of_pymc(posterior, transform):
    with pm.Model() as model:
        mu = pm.Normal("mu", 0, np.float64(10), shape=2, default_transform=transform)
        pm.NormalMixture("y", w=[0.5, 0.5], mu=mu, sigma=1, observed=posterior.y)
    x = np.array([-1.1, 0.6])
    if transform:
        found = model.compile_logp(mode="FAST_COMPILE")({"mu_ordered__": x})
        expected = posterior.log_joint(x[0], x[0] + np.exp(x[1])) + x[1]
    else:
        found, expected = model.compile_logp(mode="FAST_COMPILE")({"mu": x}), posterior.log_joint(*x)
    assert found == pytest.approx(float(expected), rel=1e-9)


def test_density_integrates_to_one(posterior):
    mu1, mu2, area = wide_grid(posterior)
    assert np.exp(posterior.log_density(mu1, mu2)).sum() * area == pytest.approx(1, abs=1e-9)


def test_mode_is_a_stationary_point(posterior):
    h, (a, b) = 1e-5, posterior.mode
    gradient = [
        posterior.log_joint(a + h, b) - posterior.log_joint(a - h, b),
        posterior.log_joint(a, b + h) - posterior.log_joint(a, b - h),
    ]
    assert np.abs(gradient).max() / (2 * h) < 1e-3


def test_mode_is_the_highest_of_several():
    """Three clusters for two components: either pair of neighbours can share one."""
    rng = np.random.default_rng(0)
    y = np.concatenate([rng.normal(centre, 0.5, size) for centre, size in ((-9, 4), (0, 10), (6, 12))])
    posterior = TwoMeansPosterior(y)
    axis = np.linspace(-10, 8, 181)
    on_grid = posterior.log_joint(axis[:, None], axis[None, :])
    assert posterior.log_joint(*posterior.mode) >= on_grid.max()


@pytest.mark.parametrize("is_ordered", [False, True])
def test_elbo_agrees_with_simulation(posterior, is_ordered):
    mean, cov = np.array([-0.9, 0.7]), np.array([[0.03, -0.01], [-0.01, 0.02]])
    x = np.random.default_rng(3).multivariate_normal(mean, cov, 200_000)
    joint = (
        posterior.log_joint(x[:, 0], x[:, 0] + np.exp(x[:, 1])) + x[:, 1]
        if is_ordered
        else posterior.log_joint(x[:, 0], x[:, 1])
    )
    terms = joint - multivariate_normal.logpdf(x, mean, cov)
    error = terms.std() / np.sqrt(terms.size)
    assert abs(posterior.elbo(mean, cov, ordered=is_ordered) - terms.mean()) < 5 * error


@pytest.mark.parametrize("sd", [0.49, 0.51, 1.0, 1.5])  # on both sides of where the rule changes
@pytest.mark.parametrize("mean", [(-1.0, 2.0), (0.0, 0.3), (-1.0, -1.0)])
def test_elbo_is_right_to_a_millionth_of_a_nat(mean, sd):
    rng = np.random.default_rng(4)
    y = np.concatenate([rng.normal(-1, 1, 70), rng.normal(2, 1, 130)])
    posterior = TwoMeansPosterior(y, w=(0.3, 0.7))
    z = np.linspace(-9, 9, 181)
    mass = np.exp(-0.5 * z**2) / np.exp(-0.5 * z**2).sum()
    joint = posterior.log_joint(mean[0] + sd * z[:, None], mean[1] + sd * z)
    expected = mass @ joint @ mass + np.log(2 * np.pi * np.e * sd**2)
    assert posterior.elbo(mean, sd**2 * np.eye(2)) == pytest.approx(expected, abs=1e-6, rel=0)


@pytest.mark.parametrize(("mean", "sd"), [((0.3, 0.8), (0.9, 0.6)), ((3.0, -3.0), (0.4, 3.0))])
def test_elbo_of_a_wide_normal_agrees_with_a_plain_grid(posterior, mean, sd):
    """Much of the mass of these normals is in neither mode, where few Gauss–Hermite nodes do not suffice."""
    mean, sd = np.array(mean), np.array(sd)
    z = np.linspace(-8.5, 8.5, 341)
    mass = norm.pdf(z) * (z[1] - z[0])
    joint = posterior.log_joint(mean[0] + sd[0] * z[:, None], mean[1] + sd[1] * z)
    expected = mass @ joint @ mass + np.log(2 * np.pi * np.e * sd.prod())
    assert posterior.elbo(mean, np.diag(sd**2)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("is_ordered", [False, True])
@pytest.mark.parametrize("sd", [(0.2, 0.3), (0.02, 2.0)])
def test_derivatives_of_the_bound_agree_with_its_differences(posterior, sd, is_ordered):
    x, h = np.array([-0.7, 0.4, *np.log(sd)]), 1e-4
    rules = posterior._rules(x[:2], np.diag(sd), is_ordered)

    def bound(x):
        return posterior._elbo_and_gradient(x[:2], np.exp(x[2:]), is_ordered, rules)

    elbo, by_mean, by_log_sd = bound(x)
    differences = [(bound(x + step)[0] - bound(x - step)[0]) / (2 * h) for step in h * np.eye(4)]
    np.testing.assert_allclose([*by_mean, *by_log_sd], differences, rtol=1e-4, atol=1e-5)
    assert elbo == pytest.approx(posterior.elbo(x[:2], np.diag(sd) ** 2, ordered=is_ordered), abs=1e-9)


@pytest.mark.parametrize(("is_ordered", "loss"), [(False, 181.2154), (True, 181.5191)])
def test_best_mean_field_is_best_and_below_the_evidence(posterior, is_ordered, loss):
    best = posterior.best_mean_field(ordered=is_ordered)
    assert -best.elbo == pytest.approx(loss, abs=5e-5)
    assert best.elbo < posterior.log_evidence - np.log(2)
    assert best.elbo == pytest.approx(posterior.elbo(best.mean, np.diag(best.sd**2), ordered=is_ordered))
    for shift in np.vstack([np.eye(2), -np.eye(2)]) * 0.01:
        moved = posterior.elbo(best.mean + shift, np.diag(best.sd**2), ordered=is_ordered)
        scaled = posterior.elbo(best.mean, np.diag((best.sd * (1 + shift)) ** 2), ordered=is_ordered)
        assert max(moved, scaled) < best.elbo


@pytest.mark.parametrize("is_ordered", [False, True])
@pytest.mark.parametrize("y", [[0.7], [0.1, -0.3, 0.2, 0.4], [0.0] * 20])
def test_best_mean_field_of_merged_modes(y, is_ordered):
    posterior = TwoMeansPosterior(y)
    assert np.diff(posterior.mode) < 1e-5
    best = posterior.best_mean_field(ordered=is_ordered)
    assert best.elbo < posterior.log_evidence - (np.log(2) if is_ordered else 0)
    rng = np.random.default_rng(0)
    for factor in np.exp(rng.normal(0, 0.3, (20, 2))):
        mean = best.mean + best.sd * rng.normal(0, 0.3, 2)
        assert posterior.elbo(mean, np.diag((best.sd * factor) ** 2), ordered=is_ordered) < best.elbo


def test_best_mean_field_of_one_observation_leaves_one_component_to_its_prior():
    """One location near the point and one anywhere beats both sharing it, by 0.6 nats."""
    best = TwoMeansPosterior([0.7]).best_mean_field()
    assert best.sd.max() > 5
    assert best.sd.min() < 2


def test_best_mean_field_chooses_the_labelling_of_unequal_weights():
    y = np.concatenate([np.full(16, -5.0), np.full(4, 5.0)]) + np.random.default_rng(0).normal(0, 1, 20)
    best = TwoMeansPosterior(y, w=(0.2, 0.8)).best_mean_field()
    assert best.mean[0] > best.mean[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": [0.0]}, "mean is .*; it must be two finite numbers"),
        ({"mean": [0.0, np.nan]}, "mean is .*; it must be two finite numbers"),
        ({"cov": [1.0, 1.0]}, r"cov is .*; it must be a finite matrix of shape \(2, 2\)"),
        ({"cov": [[1.0, np.inf], [np.inf, 1.0]]}, "it must be a finite matrix"),
        ({"cov": [[1.0, 0.5], [0.0, 1.0]]}, "it must be symmetric"),
        ({"cov": [[1.0, 2.0], [2.0, 1.0]]}, "it must be positive definite"),
    ],
)
def test_bad_approximations_are_named(posterior, change, message):
    with pytest.raises(ValueError, match=f"(?s){message}"):
        posterior.elbo(**({"mean": [-1.0, 1.0], "cov": np.eye(2)} | change))


def test_elbo_of_a_normal_posterior_is_the_evidence():
    """With one component the posterior is normal in one direction and the prior in the other."""
    y = np.array([0.5, 1.5, -0.2])
    posterior = TwoMeansPosterior(y, prior_sd=2.0, w=(1.0, 0.0))
    variance = 1 / (3 + 1 / 4)
    found = posterior.elbo([variance * y.sum(), 0.0], np.diag([variance, 4.0]))
    assert found == pytest.approx(posterior.log_evidence, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"w": (0.5, 0.4)}, "w sums to 0.9"),
        ({"w": (0.2, 0.3, 0.5)}, "w has 3 weights; it must have 2"),
    ],
)
def test_bad_arguments_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        TwoMeansPosterior(**({"y": [0.0, 1.0]} | change))
