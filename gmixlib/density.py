"""The density of a Gaussian mixture and what each component has to do with each point."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp, softmax

from gmixlib import _checks
from gmixlib._checks import Floats

LOG_SQRT_2PI = 0.5 * np.log(2 * np.pi)


def mixture_logpdf(y: ArrayLike, w: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> Floats:
    """Log density of a Gaussian mixture, the categories summed out.

    Parameters
    ----------
    y : array_like, any shape
        Points, in the units of the data. NaN gives NaN.
    w : array_like, shape (K,)
        Weights, non-negative, summing to 1. A weight of 0 drops its component.
    mu : array_like, shape (K,)
        Locations.
    sigma : float or array_like, shape (K,)
        Scales (standard deviations), positive.

    Returns
    -------
    ndarray of float64, shape of ``y``
        ``log(sum_k w[k] N(y | mu[k], sigma[k]**2))``, in nats.

    Raises
    ------
    ValueError
        If ``w``, ``mu`` or ``sigma`` is out of range or of another length.
    """
    return logsumexp(_log_joint(y, w, mu, sigma), axis=-1)


def responsibilities(y: ArrayLike, w: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> Floats:
    """Probability of each category for each point, given the parameters.

    Parameters
    ----------
    y, w, mu, sigma
        As in `mixture_logpdf`.

    Returns
    -------
    ndarray of float64, shape of ``y`` plus (K,)
        ``Pr[z = k | y, w, mu, sigma]``. Each row sums to 1.

    Raises
    ------
    ValueError
        If ``w``, ``mu`` or ``sigma`` is out of range or of another length.
    """
    return softmax(_log_joint(y, w, mu, sigma), axis=-1)


def _log_joint(y: ArrayLike, w: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> Floats:
    """Log of weight times component density, shape of ``y`` plus (K,)."""
    w = _checks.weights(w)
    mu = _checks.locations(mu, w.size)
    sigma = _checks.scales(sigma, w.size)
    standardized = (np.asarray(y, dtype=np.float64)[..., None] - mu) / sigma
    with np.errstate(divide="ignore"):  # log(0) = -inf is what a weight of 0 means
        log_weight = np.log(w)
    return log_weight - np.log(sigma) - LOG_SQRT_2PI - 0.5 * standardized**2
