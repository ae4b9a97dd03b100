"""Checks of arguments, shared by every public function: name it, say what it was, say what it must be."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def observations(y: ArrayLike, name: str = "y") -> Floats:
    """Return ``y`` as a non-empty vector of finite float64, or say what is wrong with it."""
    values = np.asarray(y, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"{name} has {values.ndim} dimensions; it must be a vector of observations")
    if values.size == 0:
        raise ValueError(f"{name} is empty; it must hold at least one observation")
    if not np.isfinite(values).all():
        bad = np.flatnonzero(~np.isfinite(values))
        raise ValueError(f"{name}[{bad[0]}] is {values[bad[0]]}; every observation must be finite")
    return values


def weights(w: ArrayLike, name: str = "w") -> Floats:
    """Return ``w`` as a vector of probabilities that sum to 1."""
    values = np.asarray(w, dtype=np.float64)
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"{name} has shape {values.shape}; it must be a vector with one weight a component")
    if not (values >= 0).all():
        raise ValueError(f"{name} is {values}; every weight must be at least 0")
    if not np.isclose(values.sum(), 1, rtol=0, atol=1e-8):
        raise ValueError(f"{name} sums to {values.sum()}; weights must sum to 1")
    return values


def locations(mu: ArrayLike, k: int, name: str = "mu") -> Floats:
    """Return ``mu`` as a vector of ``k`` finite locations."""
    values = np.asarray(mu, dtype=np.float64)
    if values.shape != (k,):
        raise ValueError(
            f"{name} has shape {values.shape}; it must have one value for each of {k} components"
        )
    if not np.isfinite(values).all():
        raise ValueError(f"{name} is {values}; every location must be finite")
    return values


def scales(sigma: ArrayLike, k: int, name: str = "sigma") -> Floats:
    """Return ``sigma``, one value or one a component, as a vector of ``k`` positive scales."""
    values = np.asarray(sigma, dtype=np.float64)
    if values.shape not in ((), (k,)):
        raise ValueError(
            f"{name} has shape {values.shape}; it must be one number or one for each of {k} components"
        )
    if not ((values > 0) & np.isfinite(values)).all():
        raise ValueError(f"{name} is {values}; every scale must be positive and finite")
    return np.broadcast_to(values, (k,))


def positive(value: float, name: str) -> float:
    """Return ``value`` as a positive, finite float."""
    number = float(value)
    if not (np.isfinite(number) and number > 0):
        raise ValueError(f"{name} is {value}; it must be positive and finite")
    return number
