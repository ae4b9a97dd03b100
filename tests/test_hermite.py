"""hermite_grid: against closed forms, and against the quadrature over panels."""

import numpy as np
import pytest
from scipy.special import digamma, gammaln, polygamma

from gmixlib import TwoMeansPosterior, hermite_grid, two_gaussians

MEAN = np.array([3.0, -1.0, 200.0])
FACTOR = np.array([[1.0, 0, 0], [0.8, 0.5, 0], [-3.0, 2.0, 10.0]])


def log_normal_density(x):
    """Log of a correlated normal density, times 7."""
    shape = 3, *[1] * (x.ndim - 1)
    u = np.tensordot(np.linalg.inv(FACTOR), x - MEAN.reshape(shape), 1)
    return np.log(7) - 0.5 * (u**2).sum(axis=0) - 1.5 * np.log(2 * np.pi) - np.linalg.slogdet(FACTOR)[1]


def moments(grid):
    mean = grid.points @ grid.mass
    centred = grid.points - mean[:, np.newaxis]
    return mean, (centred * grid.mass) @ centred.T


@pytest.mark.parametrize("nodes", [2, 3, 6])
def test_three_unknowns_with_a_normal_distribution_are_exact(nodes):
    grid = hermite_grid(log_normal_density, [0, 0, 190], sd=[1, 1, 10], nodes=nodes)
    mean, covariance = moments(grid)
    assert grid.points.shape == (3, nodes**3)
    np.testing.assert_allclose(mean, MEAN, rtol=1e-6)
    np.testing.assert_allclose(covariance, FACTOR @ FACTOR.T, rtol=1e-5)
    assert grid.log_integral == pytest.approx(np.log(7), abs=1e-6)


@pytest.mark.parametrize(
    ("shape", "nodes", "error"), [(5, 15, 1e-4), (50, 9, 1e-5), (50, 15, 1e-8), (500, 5, 2e-5)]
)
def test_the_log_of_a_gamma_variable(shape, nodes, error):
    """The more of it there is, the nearer to normal, and the fewer nodes are needed."""
    grid = hermite_grid(
        lambda x: shape * x[0] - np.exp(x[0]), [np.log(shape) + 0.3], sd=shape**-0.5, nodes=nodes
    )
    (mean,), ((variance,),) = moments(grid)
    sd = polygamma(1, shape) ** 0.5
    assert abs(mean - digamma(shape)) < error * sd
    assert abs(variance**0.5 - sd) < error * sd
    assert abs(grid.log_integral - gammaln(shape)) < error


def test_two_locations_far_apart_agree_with_panels():
    y, z = two_gaussians()
    y = y + 3 * np.array([-1, 1])[z]
    exact = TwoMeansPosterior(y)
    grid = hermite_grid(lambda mu: exact.log_joint(*mu), [-4, 4], sd=0.2, nodes=7)
    mean, covariance = moments(grid)
    np.testing.assert_allclose(mean, exact.ordered_mean, atol=1e-7)
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), exact.ordered_sd, rtol=1e-6)
    assert grid.log_integral + np.log(2) == pytest.approx(exact.log_evidence, abs=1e-7)  # both images


@pytest.mark.parametrize("unit", [1e-9, 1e-3, 1e3, 1e9])
@pytest.mark.parametrize("wrong", [0.1, 10.0])
def test_the_unit_changes_nothing_nor_do_rough_standard_deviations(unit, wrong):
    def log_density(x):
        return 50 * x[0] / unit - np.exp(x[0] / unit)

    grid = hermite_grid(log_density, [4 * unit], sd=0.14 * unit * wrong, nodes=15)
    (mean,), _ = moments(grid)
    assert abs(mean / unit - digamma(50)) < 1e-8
    assert grid.log_integral == pytest.approx(gammaln(50) + np.log(unit), abs=1e-8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": []}, "start has shape"),
        ({"start": [[1.0]]}, "start has shape"),
        ({"start": [np.nan]}, "log_density.* is nan"),
        ({"sd": 0}, "sd is 0; it must be positive"),
        ({"sd": np.inf}, "sd is inf; it must be positive and finite"),
        ({"sd": [1, 1]}, "sd is .*one number or as many as in start"),
        ({"nodes": 0}, "nodes is 0"),
        ({"start": np.zeros(9)}, "nodes is 5; in 9 directions"),
        ({"log_density": lambda x: x}, r"log_density\(start\) is \[1.\]"),
        ({"log_density": lambda x: np.log(x[0] - 2)}, r"log_density\(start\) is nan"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        hermite_grid(**({"log_density": lambda x: -0.5 * (x**2).sum(axis=0), "start": [1.0]} | arguments))


def test_a_density_without_a_mode_is_refused():
    with pytest.raises(RuntimeError, match="does not curve down"):
        hermite_grid(lambda x: 0.5 * x[0] ** 2 - x[1] ** 2, [0.0, 1.0])
