"""Density of a Gaussian mixture, and the responsibilities of its components."""

from collections.abc import Iterator
from functools import reduce

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax

from gmixlib import _checks
from gmixlib._checks import Floats

LOG_SQRT_2PI = 0.5 * np.log(2 * np.pi)
NEGLIGIBLE = 40.0  # nats: a term exp(-40) = 4e-18 times the largest is lost in the rounding of their sum
FEW_TERMS = 8  # are summed one by one


def logsumexp(a: ArrayLike, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Floats:
    """Log of the sum of exponentials, without overflow, underflow or a lost digit.

    The largest terms are taken out of the sum and ``numpy.log1p`` adds the others, so that the result keeps
    its full relative precision where one term dominates. It agrees with ``scipy.special.logsumexp`` in
    dtype, shape and special values. SciPy's loses dozens of units in the last place where the largest term
    and the result are both near 0, which is why this one exists.

    Parameters
    ----------
    a : array_like of real numbers, any shape
        Logarithms of the terms, in nats. Integers are taken as float64; the result has the precision of others.
    axis : int, tuple of int or None
        What to sum over; all of it by default.
    keepdims : bool
        Whether axes that are summed over stay, with length 1.

    Returns
    -------
    scalar or ndarray
        ``log(sum(exp(a)))``, in nats: NaN if a term is NaN or masked, else inf if one is inf, else -inf if all are
        -inf or there is none. Within 8 units in the last place of the larger of ``abs(a.max())`` and its
        own absolute value, however many terms there are and along whichever axis.

    Raises
    ------
    ValueError
        If ``a`` does not hold real numbers or ``axis`` is not one of its axes.

    References
    ----------
    Blanchard, Higham and Higham (2021), Accurately computing the log-sum-exp and softmax functions,
    IMA Journal of Numerical Analysis 41(4).
    """
    a = np.atleast_1d(_checks.real(a, "a", masked_as_nan=True))
    dtype = a.dtype.type if a.dtype.kind == "f" else np.float64
    # Half precision neither holds a sum beyond 65504 nor counts so far.
    a = a.astype(np.float32 if dtype is np.float16 else dtype, copy=False)
    try:
        axes = None if axis is None else normalize_axis_tuple(axis, a.ndim)
    except (TypeError, ValueError) as error:
        raise ValueError(f"axis is {axis!r}; it must be one or some of the axes of a ({error})") from None
    _checks.flag(keepdims, "keepdims")

    top = a.max(axis=axes, keepdims=True, initial=-np.inf)
    is_top = a == top
    with np.errstate(all="ignore"):
        shift = np.where(np.isfinite(top), top, 0)
        gap = a - shift
        # Rounding error of the subtraction. It matters where the largest term is as small as the sum of the
        # others: exp(gap + rounding) is exp(gap) * (1 + rounding) to first order.
        rounding = np.where(np.isfinite(gap), (a - gap) - shift, 0)
        others = _sum(np.where(is_top, 0, np.exp(gap) * (1 + rounding)), axes)
        count = is_top.sum(axis=axes, keepdims=True).astype(a.dtype)
        total = top + (np.log(count) + np.log1p(others / count))
        total = np.where(np.isfinite(top), total, top).astype(dtype, copy=False)
    return total if keepdims else total.squeeze(axes)[()]


def _sum(terms: NDArray, axes: tuple[int, ...] | None) -> NDArray:
    """Sum over axes, or all; they keep length 1. Changes ``terms``, an array that nobody else holds.

    ``numpy.sum`` adds pairwise, with a rounding error that grows as the logarithm of the length, over the whole array
    and along the last axis in memory. Along another it adds one by one, and the error grows as the length: there the
    halves are added first, until few terms are left.
    """
    for axis in axes or ():
        rest = terms.swapaxes(0, axis)
        while (length := len(rest)) > FEW_TERMS and rest.strides[0] > terms.itemsize:
            rest[: length // 2] += rest[length - length // 2 :]
            rest = rest[: length - length // 2]
        terms = rest.swapaxes(0, axis)
    return terms.sum(axis=axes, keepdims=True)


def mixture_logpdf(y: ArrayLike, w: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> Floats:
    """Log density of a Gaussian mixture, the categories summed out.

    Parameters
    ----------
    y : array_like, any shape
        Points, in the units of the data. What is NaN or masked gives NaN.
    w : array_like, shape (..., K)
        Weights, non-negative, summing to 1. A weight of 0 drops its component.
    mu : array_like, shape (..., K)
        Locations.
    sigma : float or array_like, shape (..., K)
        Scales (standard deviations), positive.

    Returns
    -------
    ndarray of float64, shape of ``y``
        ``log(sum_k w[k] N(y | mu[k], sigma[k]**2))``, in nats. Leading dimensions of the parameters are a
        batch, which broadcasts with the shape of ``y``.

    Raises
    ------
    ValueError
        If ``w``, ``mu`` or ``sigma`` is out of range or of another length, or a batch does not broadcast.
    """
    # One component at a time: an array of points by components may not fit in memory.
    with np.errstate(invalid="ignore"):  # NaN stays NaN
        return reduce(np.logaddexp, _log_joint(y, w, mu, sigma))


def responsibilities(y: ArrayLike, w: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> Floats:
    """Probability of each category for each point, given the parameters.

    Parameters
    ----------
    y, w, mu, sigma
        As in `mixture_logpdf`.

    Returns
    -------
    ndarray of float64, shape of ``y`` (broadcast with that of a batch) plus (K,)
        ``Pr[z = k | y, w, mu, sigma]``. Each row sums to 1, or is NaN where the density is 0 or NaN.

    Raises
    ------
    ValueError
        If ``w``, ``mu`` or ``sigma`` is out of range or of another length, or a batch does not broadcast.
    """
    joint = np.stack(list(_log_joint(y, w, mu, sigma)), axis=-1)
    with np.errstate(invalid="ignore"):  # 0 / 0 where the density is 0
        return softmax(joint, axis=-1)


def _log_joint(y: ArrayLike, w: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> Iterator[Floats]:
    """Log of weight times density of each component in turn, in the broadcast shape of points and batch."""
    y = _checks.numbers(y, "y", masked_as_nan=True)
    w = _checks.weights(w, batched=True)
    k = w.shape[-1]
    mu = _checks.locations(mu, k, batched=True)
    sigma = _checks.scales(sigma, k, batched=True)
    try:
        batch = np.broadcast_shapes(w.shape[:-1], mu.shape[:-1], sigma.shape[:-1])
        y = np.broadcast_to(y, np.broadcast_shapes(y.shape, batch))
    except ValueError:
        raise ValueError(
            f"y, w, mu and sigma have shapes {y.shape}, {w.shape}, {mu.shape} and {sigma.shape}; "
            "all but the last dimension of the parameters must broadcast with the shape of y"
        ) from None
    for component in range(k):
        scale = sigma[..., component]
        # A weight of 0 gives log(0) = -inf, and a square that overflows gives a density of 0: both are right.
        with np.errstate(divide="ignore", over="ignore"):
            height = np.log(w[..., component]) - np.log(scale) - LOG_SQRT_2PI
            joint = height - 0.5 * ((y - mu[..., component]) / scale) ** 2
        yield joint
