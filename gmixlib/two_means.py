"""The exact posterior of two unknown locations: what the samplers of the course are held against."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import cubature
from scipy.optimize import minimize

from gmixlib import _checks
from gmixlib._checks import Floats
from gmixlib.density import LOG_SQRT_2PI

# Outside the box of quadrature the density is below exp(-NEGLIGIBLE) of its peak.
NEGLIGIBLE = 50.0
# Estimated relative error of each integral. Two nested Gauss–Kronrod rules tell it.
TOLERANCE = 1e-11
# Likelihood terms held at once: a few megabytes, whatever the grid and the data.
BLOCK = 250_000


class MeanField(NamedTuple):
    """A Gaussian with independent coordinates, and its evidence lower bound."""

    mean: Floats
    sd: Floats
    elbo: float


class TwoMeansPosterior:
    r"""Posterior of ``mu`` in a mixture of two Gaussians with known weights and scale, by quadrature.

    The model is ``y[i] ~ w[0] N(mu[0], sigma**2) + w[1] N(mu[1], sigma**2)`` with independent priors
    ``mu[k] ~ N(0, prior_sd**2)``. The plane of the two locations is rotated to their centre
    ``(mu[0] + mu[1]) / 2`` and half gap ``(mu[1] - mu[0]) / 2``, folded along the diagonal, and
    integrated by adaptive Gauss–Kronrod quadrature until the log evidence is right to 1e-9.

    Parameters
    ----------
    y : array_like, shape (n,)
        Observations, finite.
    sigma : float
        Known scale of both components, in the units of the data.
    prior_sd : float
        Prior standard deviation of each location, in the units of the data.
    w : array_like, shape (2,)
        Known weights.

    Attributes
    ----------
    log_evidence : float
        Log of the marginal likelihood, in nats, over both labellings.
    ordered_mean, ordered_sd : ndarray, shape (2,)
        Mean and standard deviation of the smaller and the larger location.
    ordered_corr : float
        Their correlation.

    Raises
    ------
    ValueError
        If an argument is out of range or of the wrong shape.
    RuntimeError
        If the quadrature does not converge.
    """

    def __init__(
        self, y: ArrayLike, sigma: float = 1.0, prior_sd: float = 10.0, w: ArrayLike = (0.5, 0.5)
    ) -> None:
        self.y = _checks.observations(y)
        self.sigma = _checks.positive(sigma, "sigma")
        self.prior_sd = _checks.positive(prior_sd, "prior_sd")
        self.w = _checks.weights(w)
        if self.w.size != 2:
            raise ValueError(f"w has {self.w.size} weights; it must have 2")
        # A weight of 0 becomes one that no density can make up for, so that nothing divides by 0.
        self._log_w = np.log(np.maximum(self.w, np.finfo(float).tiny))
        self._starts = self._fixed_points()
        self._box, self._peak = self._bounding_box()
        self._integrate()

    def log_joint(self, mu1: ArrayLike, mu2: ArrayLike) -> Floats:
        """Log of likelihood times prior at each pair of locations, in nats, in broadcast shape."""
        mu1, mu2 = np.broadcast_arrays(np.asarray(mu1, np.float64), np.asarray(mu2, np.float64))
        flat1, flat2 = mu1.ravel(), mu2.ravel()
        loglik = np.empty(flat1.size)
        step = max(1, BLOCK // self.y.size)
        for start in range(0, flat1.size, step):
            rows = slice(start, start + step)
            loglik[rows] = self._log_likelihood(flat1[rows, None], flat2[rows, None])
        prior = -0.5 * (mu1**2 + mu2**2) / self.prior_sd**2 - 2 * (np.log(self.prior_sd) + LOG_SQRT_2PI)
        return loglik.reshape(mu1.shape) + prior

    def log_density(self, mu1: ArrayLike, mu2: ArrayLike) -> Floats:
        """Log posterior density over the whole plane, both labellings, in broadcast shape."""
        return self.log_joint(mu1, mu2) - self.log_evidence

    @cached_property
    def mode(self) -> Floats:
        """Ordered locations of the highest posterior mode, shape (2,)."""
        found = [
            minimize(lambda mu: -self.log_joint(*mu), start, method="Nelder-Mead",
                     options={"xatol": 1e-9, "fatol": 1e-12})
            for start in self._starts
        ]  # fmt: skip
        return np.sort(min(found, key=lambda result: result.fun).x)

    def elbo(self, mean: ArrayLike, cov: ArrayLike, *, ordered: bool = False, nodes: int = 40) -> float:
        """Evidence lower bound of a Gaussian approximation, in nats, by Gauss–Hermite quadrature.

        Parameters
        ----------
        mean : array_like, shape (2,)
            Mean of the Gaussian.
        cov : array_like, shape (2, 2)
            Its covariance.
        ordered : bool
            Whether the Gaussian lives on ``(mu[0], log(mu[1] - mu[0]))``, the space of PyMC's
            ``ordered`` transform, whose Jacobian is then part of the density. As in PyMC that density
            integrates to half the evidence.
        nodes : int
            Quadrature points in each direction.

        Returns
        -------
        float
            ``E_q[log joint] + entropy of q``; at most the log of what the joint integrates to.
        """
        mean, factor = np.asarray(mean, np.float64), np.linalg.cholesky(np.asarray(cov, np.float64))
        points, mass = np.polynomial.hermite_e.hermegauss(nodes)
        grid = np.stack(np.meshgrid(points, points, indexing="ij"))
        x1, x2 = mean[:, None, None] + np.einsum("ab,bij->aij", factor, grid)
        log_joint = self.log_joint(x1, x1 + np.exp(x2)) + x2 if ordered else self.log_joint(x1, x2)
        mass = np.outer(mass, mass) / (2 * np.pi)
        entropy = 1 + 2 * LOG_SQRT_2PI + np.log(np.diag(factor)).sum()
        return float((mass * log_joint).sum() + entropy)

    def best_mean_field(self, *, ordered: bool = False) -> MeanField:
        """Mean-field Gaussian of highest `elbo`, started from the mode ``mu[0] < mu[1]``.

        Parameters
        ----------
        ordered : bool
            The space, as in `elbo`.

        Returns
        -------
        MeanField
            ``mean`` and ``sd``, each of shape (2,), in that space, and the ``elbo`` in nats.
        """
        low, high = self.mode
        start = [low, np.log(high - low) if ordered else high]
        spread = np.full(2, np.log(self.sigma / np.sqrt(self.y.size)))

        def loss(x: Floats) -> float:
            return -self.elbo(x[:2], np.diag(np.exp(2 * x[2:])), ordered=ordered)

        result = minimize(loss, np.concatenate([start, spread]), method="BFGS", options={"gtol": 1e-5})
        return MeanField(result.x[:2], np.exp(result.x[2:]), -float(result.fun))

    def _log_likelihood(self, mu1: Floats, mu2: Floats) -> Floats:
        """Sum over the data of the log mixture density, for columns of locations."""
        first = self._log_w[0] - 0.5 * ((self.y - mu1) / self.sigma) ** 2
        second = self._log_w[1] - 0.5 * ((self.y - mu2) / self.sigma) ** 2
        constant = self.y.size * (np.log(self.sigma) + LOG_SQRT_2PI)
        return np.logaddexp(first, second).sum(axis=-1) - constant

    def _log_folded(self, centre: Floats, half_gap: Floats) -> Floats:
        """Log joint density of smaller and larger location, both labellings added up."""
        low, high = centre - half_gap, centre + half_gap
        straight = self.log_joint(low, high)
        return np.logaddexp(straight, straight if self.w[0] == self.w[1] else self.log_joint(high, low))

    def _fixed_points(self, iterations: int = 100) -> Floats:
        """Where expectation–maximization ends from spread-out starts, shape (starts, 2), as ordered pairs."""
        cuts = np.quantile(self.y, [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
        mu = np.array([(a, b) for i, a in enumerate(cuts) for b in cuts[i:]])
        mu += self.sigma * np.array([-0.01, 0.01])  # off the diagonal, which EM would never leave
        shrink = (self.sigma / self.prior_sd) ** 2
        for _ in range(iterations):
            logit = (self._log_w[1] - self._log_w[0]) + (
                (self.y - mu[:, :1]) ** 2 - (self.y - mu[:, 1:]) ** 2
            ) / (2 * self.sigma**2)
            second = 1 / (1 + np.exp(-np.clip(logit, -700, 700)))
            share = np.stack([1 - second, second], axis=1)
            mu = (share * self.y).sum(axis=2) / (share.sum(axis=2) + shrink)
        return np.sort(mu, axis=1)

    def _bounding_box(self) -> tuple[tuple[float, float, float, float], float]:
        """Centre and half gap between which the density counts, (c0, c1, d0, d1), and its log peak."""
        centre, half_gap = self._starts.mean(axis=1), np.diff(self._starts, axis=1)[:, 0] / 2
        step = self.sigma / np.sqrt(self.y.size)
        peak = self._log_folded(centre, half_gap).max()
        c0, c1, d0, d1 = centre.min(), centre.max(), half_gap.min(), half_gap.max()
        # Move each edge outwards, ever faster, until nothing that counts lies on it.
        along = np.linspace(0, 1, 101)
        grow = dict.fromkeys(("c0", "c1", "d0", "d1"), step)
        while any(grow.values()):
            c, d = c0 + along * (c1 - c0), d0 + along * (d1 - d0)
            edges = {"c0": (c0, d), "c1": (c1, d), "d0": (c, d0), "d1": (c, d1)}
            for name, (x, y) in edges.items():
                done = self._log_folded(*np.broadcast_arrays(x, y)).max() < peak - NEGLIGIBLE
                grow[name] = 0.0 if done or (name == "d0" and d0 == 0) else max(grow[name], step) * 1.3
            c0, c1, d0, d1 = c0 - grow["c0"], c1 + grow["c1"], max(0.0, d0 - grow["d0"]), d1 + grow["d1"]
        return (c0, c1, d0, d1), peak

    def _integrate(self) -> None:
        """Integrate the folded density, and its first and second moments, over the box."""
        c0, c1, d0, d1 = self._box
        # Measured from the corner of the box no moment is negative, so a relative tolerance bounds them all.
        lowest, reach = c0 - d1, c1 - c0 + 2 * d1

        def density_and_moments(points: Floats) -> Floats:
            centre, half_gap = points.T
            mass = np.exp(self._log_folded(centre, half_gap) - self._peak)
            low, high = (centre - half_gap - lowest) / reach, (centre + half_gap - lowest) / reach
            moments = [np.ones_like(mass), low, high, low**2, high**2, low * high]
            return mass[:, None] * np.stack(moments, axis=1)

        result = cubature(density_and_moments, [c0, d0], [c1, d1], rtol=TOLERANCE, max_subdivisions=10_000)
        if result.status != "converged":
            raise RuntimeError(
                f"quadrature of {self.y.size} observations has relative errors of "
                f"{result.error / result.estimate}; they must be below {TOLERANCE:g}"
            )
        total, *moments = result.estimate
        low, high, low2, high2, product = np.array(moments) / total
        # (low, high) are the corner of a square of twice the area that (centre, half gap) have.
        self.log_evidence = float(self._peak + np.log(2 * total))
        self.ordered_mean = lowest + reach * np.array([low, high])
        self.ordered_sd = reach * np.sqrt([low2 - low**2, high2 - high**2])
        self.ordered_corr = float(reach**2 * (product - low * high) / self.ordered_sd.prod())
