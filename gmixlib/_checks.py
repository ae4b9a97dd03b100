"""Checks of arguments. Each error names the argument, says what it is, and what it must be."""

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


def weights(w: ArrayLike, name: str = "w", *, batched: bool = False) -> Floats:
    """Return ``w`` as a vector, or a batch of vectors, of probabilities that sum to 1."""
    values = np.asarray(w, dtype=np.float64)
    if values.ndim == 0 or values.shape[-1] == 0 or (values.ndim > 1 and not batched):
        raise ValueError(f"{name} has shape {values.shape}; it must be a vector with one weight a component")
    if not (values >= 0).all():
        raise ValueError(f"{name} is {values}; every weight must be at least 0")
    total = values.sum(axis=-1)
    if not np.isclose(total, 1, rtol=0, atol=1e-8).all():
        raise ValueError(f"{name} sums to {total}; weights must sum to 1")
    return values


def locations(mu: ArrayLike, k: int, name: str = "mu", *, batched: bool = False) -> Floats:
    """Return ``mu`` as a vector, or a batch of vectors, of ``k`` finite locations."""
    values = np.asarray(mu, dtype=np.float64)
    if not _has_components(values, k, batched):
        raise ValueError(
            f"{name} has shape {values.shape}; it must have one value for each of {k} components"
        )
    if not np.isfinite(values).all():
        raise ValueError(f"{name} is {values}; every location must be finite")
    return values


def scales(sigma: ArrayLike, k: int, name: str = "sigma", *, batched: bool = False) -> Floats:
    """Return ``sigma``, one value or one a component, as a vector, or a batch, of ``k`` positive scales."""
    values = np.asarray(sigma, dtype=np.float64)
    if values.ndim and not _has_components(values, k, batched):
        raise ValueError(
            f"{name} has shape {values.shape}; it must be one number or one for each of {k} components"
        )
    if not ((values > 0) & np.isfinite(values)).all():
        raise ValueError(f"{name} is {values}; every scale must be positive and finite")
    return values if values.ndim else np.broadcast_to(values, (k,))


def _has_components(values: Floats, k: int, batched: bool) -> bool:
    """Whether the last dimension counts ``k`` components, the only one unless it is a batch."""
    return values.shape[-1:] == (k,) and (batched or values.ndim == 1)


def positive(value: float, name: str) -> float:
    """Return ``value`` as a positive, finite float."""
    number = float(value)
    if not (np.isfinite(number) and number > 0):
        raise ValueError(f"{name} is {value}; it must be positive and finite")
    return number


def at_least(value: int, least: int, name: str) -> int:
    """Return ``value`` as an integer of at least ``least``."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name} is {value!r}; it must be an integer of at least {least}")
    return int(value)
