"""The simulator and the two data sets."""

import numpy as np
import pytest
from scipy.stats import kstest, norm

from gmixlib import simulate, three_gaussians, two_gaussians


def test_two_gaussians_is_the_documented_data_set():
    y, z = two_gaussians()
    np.testing.assert_allclose(y[:3], [1.35738, -0.20832, 0.99555], atol=5e-6)
    assert y.shape == z.shape == (100,)
    assert np.bincount(z).tolist() == [44, 56]


def test_three_gaussians_is_the_data_set_of_the_notebook_to_the_last_digit():
    y, z = three_gaussians()
    state = np.random.get_state()
    try:
        np.random.seed(12345)
        v = np.random.randint(0, 3, 500)
        data = np.array([-5, 0, 5])[v] + np.random.randn(500)
    finally:
        np.random.set_state(state)
    np.testing.assert_array_equal(z, v)
    np.testing.assert_array_equal(y, data)
    assert np.bincount(z).tolist() == [156, 180, 164]


def test_three_gaussians_leaves_the_global_generator_alone():
    before = np.random.get_state()[1].copy()
    three_gaussians()
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_simulated_points_follow_the_mixture(seed):
    n, w, mu, sigma = 50_000, np.array([0.2, 0.5, 0.3]), np.array([-4.0, 0.5, 3.0]), np.array([0.5, 1.0, 2.0])
    y, z = simulate(n, w, mu, sigma, np.random.default_rng(seed))
    assert y.shape == z.shape == (n,)
    counts = np.bincount(z, minlength=3)
    assert (np.abs(counts - n * w) < 5 * np.sqrt(n * w * (1 - w))).all()
    standardized = (y - mu[z]) / sigma[z]
    # A wrong location, scale or category would show here, in each component.
    for k in range(3):
        assert kstest(standardized[z == k], norm.cdf).pvalue > 1e-6


def test_the_same_generator_gives_the_same_points():
    arguments = (10, [0.5, 0.5], [-1.0, 1.0], 1.0)
    first, second = (simulate(*arguments, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((5, [0.5, 0.6], [0.0, 1.0], 1.0), "w sums to 1.1"),
        ((5, [0.5, 0.5], [0.0], 1.0), "mu has shape"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        simulate(*arguments, np.random.default_rng(0))
