"""The exact posterior of two locations, against other quadratures, closed forms and PyMC."""

import numpy as np
import pymc as pm
import pytest
from pymc.distributions.transforms import ordered
from scipy.integrate import dblquad
from scipy.stats import multivariate_normal, norm

from gmixlib import TwoMeansPosterior, mixture_logpdf, two_gaussians

SETTINGS = {
    "seed A": (two_gaussians()[0], {}),
    "one point": (np.array([0.7]), {}),
    "three points, tight prior": (np.array([-1.0, 0.2, 2.5]), {"prior_sd": 1.5}),
    "unequal weights": (np.array([-1.0, 0.2, 2.5, 2.6]), {"prior_sd": 2.0, "w": (0.3, 0.7)}),
    "another scale": (np.array([-10.0, 2.0, 25.0]), {"sigma": 8.0, "prior_sd": 30.0}),
}


@pytest.fixture(scope="module")
def seed_a():
    return TwoMeansPosterior(two_gaussians()[0])


def wide_grid(posterior, size=1201):
    """Log joint density on a plain grid over all that matters, and the area of a cell."""
    reach = np.abs(posterior.y).max() + (9 if posterior.y.size < 50 else 1.5) * min(
        posterior.prior_sd, 40 * posterior.sigma / np.sqrt(posterior.y.size)
    )
    axis = np.linspace(-reach, reach, size)
    return axis[:, None], axis[None, :], (axis[1] - axis[0]) ** 2


def test_the_documented_numbers_of_seed_a(seed_a):
    assert seed_a.log_evidence == pytest.approx(-180.5088, abs=5e-5)
    np.testing.assert_allclose(seed_a.ordered_mean, [-0.88681, 1.13043], atol=5e-6)
    np.testing.assert_allclose(seed_a.ordered_sd, [0.18511, 0.17405], atol=5e-6)
    assert seed_a.ordered_corr == pytest.approx(0.1376, abs=5e-5)
    np.testing.assert_allclose(seed_a.mode, [-0.8853, 1.1302], atol=5e-5)
    assert seed_a.log_joint(*seed_a.mode) == pytest.approx(-179.5832, abs=5e-5)
    assert -seed_a.best_mean_field().elbo == pytest.approx(181.2154, abs=5e-5)
    assert -seed_a.best_mean_field(ordered=True).elbo == pytest.approx(181.5191, abs=5e-5)


@pytest.mark.parametrize("setting", SETTINGS)
def test_moments_agree_with_a_plain_grid(setting):
    """The trapezoidal rule on an unrotated, unfolded grid: for analytic densities it is as good as exact."""
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


def test_merged_modes_agree_with_adaptive_quadrature():
    y = np.array([0.1, -0.3, 0.2, 0.4])
    posterior = TwoMeansPosterior(y, prior_sd=1.0)
    half, _ = dblquad(lambda b, a: np.exp(posterior.log_joint(a, b)), -9, 9, lambda a: a, 9, epsabs=1e-13)
    assert posterior.log_evidence == pytest.approx(np.log(2 * half), abs=1e-8)
    low, _ = dblquad(lambda b, a: a * np.exp(posterior.log_joint(a, b)), -9, 9, lambda a: a, 9, epsabs=1e-13)
    assert posterior.ordered_mean[0] == pytest.approx(low / half, abs=1e-7)


def test_one_observation_has_a_closed_form():
    """With one point: half of the time its component is drawn, so Z is a normal density."""
    posterior = TwoMeansPosterior([1.3], sigma=0.8, prior_sd=3.0)
    assert posterior.log_evidence == pytest.approx(norm.logpdf(1.3, 0, np.hypot(0.8, 3.0)), abs=1e-9)


def test_a_weight_of_zero_leaves_a_normal_model():
    y = np.array([0.5, 1.5, -0.2])
    posterior = TwoMeansPosterior(y, prior_sd=2.0, w=(1.0, 0.0))
    covariance = np.eye(3) + 4.0
    assert posterior.log_evidence == pytest.approx(multivariate_normal.logpdf(y, cov=covariance), abs=1e-9)


@pytest.mark.parametrize("n", [2, 30, 1_000, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("gap", [0.0, 1.0, 5.0])
def test_quadrature_settles_whatever_the_data(n, gap):
    rng = np.random.default_rng(n)
    y = rng.normal(np.array([-gap, gap])[rng.integers(0, 2, n)], 1.0)
    posterior = TwoMeansPosterior(y)
    assert posterior.ordered_mean[0] < posterior.ordered_mean[1]
    shifted = TwoMeansPosterior(-y)  # mirrored data mirror everything
    assert shifted.log_evidence == pytest.approx(posterior.log_evidence, abs=2e-9)
    np.testing.assert_allclose(shifted.ordered_mean, -posterior.ordered_mean[::-1], atol=2e-9)


def test_log_joint_is_likelihood_times_prior(seed_a):
    mu = np.array([[0.3, -1.2], [-2.0, 0.4], [1.0, 1.0]])
    expected = [
        mixture_logpdf(seed_a.y, [0.5, 0.5], pair, 1.0).sum() + norm.logpdf(pair, 0, 10).sum() for pair in mu
    ]
    np.testing.assert_allclose(seed_a.log_joint(mu[:, 0], mu[:, 1]), expected, rtol=1e-13)
    assert seed_a.log_joint(np.zeros((2, 1)), np.zeros(3)).shape == (2, 3)


@pytest.mark.parametrize("transform", [None, ordered])
def test_log_joint_is_that_of_pymc(seed_a, transform):
    with pm.Model() as model:
        mu = pm.Normal("mu", 0, np.float64(10), shape=2, default_transform=transform)
        pm.NormalMixture("y", w=[0.5, 0.5], mu=mu, sigma=1, observed=seed_a.y)
    x = np.array([-1.1, 0.6])
    if transform:
        found = model.compile_logp()({"mu_ordered__": x})
        expected = seed_a.log_joint(x[0], x[0] + np.exp(x[1])) + x[1]
    else:
        found, expected = model.compile_logp()({"mu": x}), seed_a.log_joint(*x)
    assert found == pytest.approx(float(expected), rel=1e-9)


def test_density_integrates_to_one(seed_a):
    mu1, mu2, area = wide_grid(seed_a)
    assert np.exp(seed_a.log_density(mu1, mu2)).sum() * area == pytest.approx(1, abs=1e-9)


def test_mode_is_a_stationary_point(seed_a):
    h, (a, b) = 1e-5, seed_a.mode
    gradient = [
        seed_a.log_joint(a + h, b) - seed_a.log_joint(a - h, b),
        seed_a.log_joint(a, b + h) - seed_a.log_joint(a, b - h),
    ]
    assert np.abs(gradient).max() / (2 * h) < 1e-3


def test_mode_is_the_highest_of_several():
    """Three clusters for two components: either pair of neighbours can share one."""
    rng = np.random.default_rng(0)
    y = np.concatenate([rng.normal(centre, 0.5, size) for centre, size in ((-6, 10), (0, 10), (6, 12))])
    posterior = TwoMeansPosterior(y)
    axis = np.linspace(-8, 8, 321)
    on_grid = posterior.log_joint(axis[:, None], axis[None, :])
    assert posterior.log_joint(*posterior.mode) >= on_grid.max()


@pytest.mark.parametrize("is_ordered", [False, True])
def test_elbo_agrees_with_simulation(seed_a, is_ordered):
    mean, cov = np.array([-0.9, 0.7]), np.array([[0.03, -0.01], [-0.01, 0.02]])
    x = np.random.default_rng(3).multivariate_normal(mean, cov, 200_000)
    joint = (
        seed_a.log_joint(x[:, 0], x[:, 0] + np.exp(x[:, 1])) + x[:, 1]
        if is_ordered
        else seed_a.log_joint(x[:, 0], x[:, 1])
    )
    terms = joint - multivariate_normal.logpdf(x, mean, cov)
    error = terms.std() / np.sqrt(terms.size)
    assert abs(seed_a.elbo(mean, cov, ordered=is_ordered) - terms.mean()) < 5 * error


def test_elbo_of_a_wide_normal_agrees_with_a_plain_grid(seed_a):
    """Half of this normal lies in neither mode, where few Gauss–Hermite nodes are not enough."""
    mean, sd = np.array([0.3, 0.8]), np.array([0.9, 0.6])
    z = np.linspace(-8.5, 8.5, 341)
    mass = norm.pdf(z) * (z[1] - z[0])
    joint = seed_a.log_joint(mean[0] + sd[0] * z[:, None], mean[1] + sd[1] * z)
    expected = mass @ joint @ mass + np.log(2 * np.pi * np.e * sd.prod())
    assert seed_a.elbo(mean, np.diag(sd**2)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("is_ordered", [False, True])
def test_best_mean_field_is_best_and_below_the_evidence(seed_a, is_ordered):
    best = seed_a.best_mean_field(ordered=is_ordered)
    assert best.elbo < seed_a.log_evidence - np.log(2)
    assert best.elbo == pytest.approx(seed_a.elbo(best.mean, np.diag(best.sd**2), ordered=is_ordered))
    for shift in np.vstack([np.eye(2), -np.eye(2)]) * 0.01:
        moved = seed_a.elbo(best.mean + shift, np.diag(best.sd**2), ordered=is_ordered)
        scaled = seed_a.elbo(best.mean, np.diag((best.sd * (1 + shift)) ** 2), ordered=is_ordered)
        assert max(moved, scaled) < best.elbo


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
        ({"y": []}, "y is empty; it must hold at least one observation"),
        ({"y": [[1.0]]}, "y has 2 dimensions; it must be a vector"),
        ({"y": [0.0, np.nan]}, r"y\[1\] is nan; every observation must be finite"),
        ({"sigma": 0}, "sigma is 0; it must be positive"),
        ({"prior_sd": -1}, "prior_sd is -1; it must be positive"),
        ({"w": (0.5, 0.4)}, "w sums to 0.9"),
        ({"w": (0.2, 0.3, 0.5)}, "w has 3 weights; it must have 2"),
    ],
)
def test_bad_arguments_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        TwoMeansPosterior(**({"y": [0.0, 1.0]} | change))
