"""Data with a known story: a simulator, and the data sets of the two notebooks the course grew from."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmixlib import _checks
from gmixlib._checks import Floats

Categories = NDArray[np.int64]


def simulate(
    n: int, w: ArrayLike, mu: ArrayLike, sigma: ArrayLike, rng: np.random.Generator
) -> tuple[Floats, Categories]:
    """Draw observations and their categories from a Gaussian mixture.

    Parameters
    ----------
    n : int
        Number of observations, at least 1.
    w : array_like, shape (K,)
        Weights, non-negative, summing to 1.
    mu : array_like, shape (K,)
        Locations, in the units of the data.
    sigma : float or array_like, shape (K,)
        Scales (standard deviations, not variances), positive, in the units of the data.
    rng : numpy.random.Generator
        Source of randomness, for instance ``numpy.random.default_rng(SEED)``.

    Returns
    -------
    y : ndarray of float64, shape (n,)
        Observations.
    z : ndarray of int64, shape (n,)
        Categories, 0 to K − 1: ``y[i]`` came from component ``z[i]``.

    Raises
    ------
    ValueError
        If ``n`` is no integer from 1, ``w``, ``mu`` or ``sigma`` is out of range or of another length, or ``rng``
        is no generator.
    """
    n = _checks.at_least(n, 1, "n")
    w = _checks.weights(w)
    mu = _checks.locations(mu, w.size)
    sigma = _checks.scales(sigma, w.size)
    rng = _checks.generator(rng)
    z = rng.choice(w.size, size=n, p=w / w.sum())
    return rng.normal(mu[z], sigma[z]), z


def two_gaussians() -> tuple[Floats, Categories]:
    """Return 100 points from two unit Gaussians at −1 and 1, equally weighted.

    The notebook behind it fixed no seed, so its own points are lost. These follow the same recipe
    with a fixed one.

    Returns
    -------
    y : ndarray of float64, shape (100,)
        Observations.
    z : ndarray of int64, shape (100,)
        Categories, 0 (location −1) or 1 (location 1).

    References
    ----------
    AM207, "2 Gaussian mixture models with marginalization and ADVI".
    """
    rng = np.random.default_rng(0)
    z = rng.integers(0, 2, 100)
    return rng.normal(np.array([-1.0, 1.0])[z], 1.0), z


def three_gaussians() -> tuple[Floats, Categories]:
    """Return 500 points from three unit Gaussians at −5, 0 and 5, to the notebook's last digit.

    Returns
    -------
    y : ndarray of float64, shape (500,)
        Observations.
    z : ndarray of int64, shape (500,)
        Categories 0, 1, 2 (locations −5, 0, 5), with counts 156, 180 and 164.

    References
    ----------
    Flaxman and Wiecki (2015), "Mixture Model in PyMC3".
    """
    # The notebook called numpy.random.seed(12345): the same stream, without touching the global one.
    legacy = np.random.RandomState(12345)
    z = legacy.randint(0, 3, 500)
    return np.array([-5.0, 0.0, 5.0])[z] + legacy.randn(500), z.astype(np.int64)
