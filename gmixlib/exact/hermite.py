"""Quadrature around the mode of a posterior that is nearly normal."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.differentiate import hessian
from scipy.optimize import minimize
from scipy.special import logsumexp

from gmixlib import _checks
from gmixlib._checks import Floats

MOST_POINTS = 1_000_000
POINTS_AT_ONCE = 1_000  # at which the log density is computed, so that its arrays stay small
STEP = 0.1  # of the finite differences, in the rough standard deviations


class HermiteGrid(NamedTuple):
    """A grid of points with the probability that each stands for.

    Attributes
    ----------
    points : ndarray
        Of shape (d, N): one column for each point.
    mass : ndarray
        Of shape (N,): probabilities, which sum to 1. The mean of a function is the sum of its values times them.
    log_integral : float
        Log of the integral of the density, in nats.
    """

    points: Floats
    mass: Floats
    log_integral: float


def hermite_grid(
    log_density: Callable[[Floats], Floats], start: ArrayLike, *, sd: ArrayLike = 1.0, nodes: int = 5
) -> HermiteGrid:
    r"""Integrate a density that is nearly normal, by Gauss–Hermite quadrature around its mode.

    The mode is searched from ``start``. Its curvature gives a normal distribution, and that a grid of ``nodes``
    points in each direction, whose masses would be exact for the normal distribution times a polynomial of degree
    ``2 * nodes - 1``. Each mass is multiplied by the ratio of the density to the normal one. How good the result
    is shows in how little it changes with ``nodes``. A second mode is not seen.

    Parameters
    ----------
    log_density : callable
        Log of the density, which need not integrate to 1. It takes an array of shape (d, ...) and returns one of
        shape (...).
    start : array_like, shape (d,)
        Where the search for the mode begins. The log density must be finite there.
    sd : array_like, shape (d,) or scalar
        Rough standard deviations, right to a factor of 10, in the units of each coordinate.
    nodes : int
        Points in each direction, at least 1. The grid has ``nodes**d``, at most a million.

    Returns
    -------
    HermiteGrid
        ``points``, their ``mass``, and ``log_integral``.

    Raises
    ------
    ValueError
        If an argument is out of range, or the log density at the start is not one finite number.
    RuntimeError
        If the search ends where the log density does not curve down in every direction.

    Notes
    -----
    Source: Naylor and Smith (1982), "Applications of a method for the efficient computation of posterior
    distributions", *Applied Statistics* 31, 214–225.

    Examples
    --------
    The mean of a variable whose log has a standard normal distribution is the root of e.

    >>> grid = hermite_grid(lambda x: -0.5 * x[0] ** 2, [0.3], nodes=9)
    >>> round(float(grid.mass @ np.exp(grid.points[0])), 6)
    1.648721
    """
    start = np.atleast_1d(_checks.numbers(start, "start"))
    if start.ndim != 1 or start.size == 0:
        raise ValueError(f"start has shape {start.shape}; it must be one row of at least one number")
    unit = _checks.numbers(sd, "sd")
    if unit.shape not in ((), start.shape) or not ((unit > 0) & np.isfinite(unit)).all():
        raise ValueError(f"sd is {sd!r}; it must be positive and finite, one number or as many as in start")
    _checks.at_least(nodes, 1, "nodes")
    if nodes**start.size > MOST_POINTS:
        raise ValueError(
            f"nodes is {nodes}; in {start.size} directions that makes more than {MOST_POINTS:,} points"
        )
    unit = np.broadcast_to(unit, start.shape)
    at_start = np.asarray(log_density(start))
    if at_start.shape != () or not np.isfinite(at_start):
        raise ValueError(f"log_density(start) is {at_start}; it must be one finite number")

    mode, factor = _normal_approximation(log_density, start, unit)
    x, weight = np.polynomial.hermite_e.hermegauss(nodes)
    grid = np.stack(np.meshgrid(*[x] * start.size)).reshape(start.size, -1)
    log_weight = np.stack(np.meshgrid(*[np.log(weight)] * start.size)).reshape(start.size, -1).sum(axis=0)
    points = mode[:, np.newaxis] + factor @ grid
    parts = np.array_split(points, np.ceil(grid.shape[1] / POINTS_AT_ONCE), axis=1)
    log_mass = (
        np.concatenate([log_density(part) for part in parts]) + log_weight + 0.5 * (grid**2).sum(axis=0)
    )
    total = logsumexp(log_mass)
    return HermiteGrid(points, np.exp(log_mass - total), float(total + np.linalg.slogdet(factor)[1]))


def _normal_approximation(
    log_density: Callable[[Floats], Floats], start: Floats, unit: Floats
) -> tuple[Floats, Floats]:
    """Return the mode, and a factor L of the covariance L L' that the curvature there gives."""

    def at(u: Floats) -> Floats:
        shape = -1, *[1] * (u.ndim - 1)
        return log_density(start.reshape(shape) + unit.reshape(shape) * u)

    u = minimize(lambda u: -at(u), np.zeros(start.size), method="BFGS").x
    mode = start + unit * u
    curvature = hessian(at, u, initial_step=STEP, order=4, maxiter=3).ddf
    try:
        inverse = np.linalg.cholesky(-curvature)
    except np.linalg.LinAlgError:
        raise RuntimeError(
            f"at {mode}, where the search for the mode ended, the log density does not curve down in every direction"
        ) from None
    return mode, unit[:, np.newaxis] * np.linalg.inv(inverse).T
