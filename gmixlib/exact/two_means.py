"""The exact posterior of two unknown locations, by quadrature."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize

from gmixlib import _checks
from gmixlib._checks import Floats
from gmixlib.density import LOG_SQRT_2PI
from gmixlib.exact._cover import find_cover
from gmixlib.exact._likelihood import TERMS_PER_BLOCK, QuickLikelihood
from gmixlib.exact._panels import OTHER_RULE, RULE, Grid, Rule, panel_nodes, truncation_share

TOLERANCE = 1e-11  # for the share of all mass in the highest polynomials of a panel
AGREEMENT = 1e-9  # of two grids: relative for the evidence, in units of the sd for the rest
TAIL = 1e-3  # quantiles of tails of less probability may differ by more
MOST_PANELS = 100  # along each location, before quadrature gives up
NODES, MOST_NODES = 40, 3000  # of quadrature of a Gaussian, in each direction
WIDE = 0.5  # sds of a Gaussian, in units of sigma, up to which that many nodes of Gauss–Hermite suffice
REACH = 8.5  # sds; a Gaussian has a share of 2e-17 beyond
ELBO_TOLERANCE = 1e-6  # nats
ITERATIONS = 4  # of a search, until the number of nodes is looked at for the first time
OUTSIDE = 1e-12  # of all mass: the most that may lie outside of the panels


Rules = Sequence[tuple[Floats, Floats]]  # points and masses, for each direction


class MeanField(NamedTuple):
    """A Gaussian with independent coordinates, and its evidence lower bound."""

    mean: Floats
    sd: Floats
    elbo: float


def _hermite(size: int) -> tuple[Floats, Floats]:
    """Gauss–Hermite quadrature over a standard normal distribution."""
    points, mass = np.polynomial.hermite_e.hermegauss(size)
    return points, mass / mass.sum()


def _trapezoid(size: int) -> tuple[Floats, Floats]:
    """The trapezoidal rule over the same, which can do with any number of nodes."""
    points = np.linspace(-REACH, REACH, size + 1)
    mass = np.exp(-0.5 * points**2)
    return points, mass / mass.sum()


def _entropy(sd: Floats) -> float:
    """Entropy of a Gaussian in two dimensions, of sds each given the coordinates before it."""
    return 1 + 2 * LOG_SQRT_2PI + float(np.log(sd).sum())


class TwoMeansPosterior:
    r"""Posterior of ``mu`` in a mixture of two Gaussians with known weights and scale, by quadrature.

    The model is ``y[i] ~ w[0] N(mu[0], sigma**2) + w[1] N(mu[1], sigma**2)`` with independent priors
    ``mu[k] ~ N(0, prior_sd**2)``. The plane of the two locations is folded along its diagonal. Parts of it
    are left out only where a bound of their mass is negligible, so that no mode is missed: not even one in
    which a component has no observation. The rest is covered with Gauss–Legendre panels, which are halved
    until the density is a polynomial on each. A second grid, with panels of half the width and another rule,
    must give the same evidence, means, sds, correlation and quantiles to 1e-9.

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
    ordered_mean : ndarray
        Means of the smaller and of the larger location, shape (2,).
    ordered_sd : ndarray
        Their standard deviations, shape (2,).
    ordered_corr : float
        Their correlation.

    Raises
    ------
    ValueError
        If an argument is out of range or of the wrong shape.
    RuntimeError
        If the quadrature does not converge: no panels are fine enough, or two grids differ; or if more than
        1e-12 of all mass may lie outside of the panels.
    """

    def __init__(
        self, y: ArrayLike, sigma: float = 1.0, prior_sd: float = 10.0, w: ArrayLike = (0.5, 0.5)
    ) -> None:
        self.y = _checks.observations(y).copy()  # the caller may change theirs
        self.sigma = _checks.positive(sigma, "sigma")
        self.prior_sd = _checks.positive(prior_sd, "prior_sd")
        self.w = _checks.weights(w)
        if self.w.size != 2:
            raise ValueError(f"w has {self.w.size} weights; it must have 2")
        with np.errstate(divide="ignore"):  # a weight of 0 gives log(0) = -inf, which is right
            self._log_w = np.log(self.w)
        self._quick_likelihood = QuickLikelihood(self.y, self.sigma, self._log_w)
        self._cover = find_cover(self.y, self.sigma, self.prior_sd, self._log_w, self._quick_log_joint)
        self._grids = self._two_grids()
        grid = self._grids[0]
        self.log_evidence = float(self._cover.log_height + np.log(grid.total))
        self.ordered_mean, self.ordered_sd, self.ordered_corr = grid.mean, grid.sd, grid.corr

    def log_joint(self, mu1: ArrayLike, mu2: ArrayLike) -> Floats:
        """Log of likelihood times prior at each pair of locations, in nats, in broadcast shape."""
        mu1, mu2 = _checks.numbers(mu1, "mu1"), _checks.numbers(mu2, "mu2")
        _checks.broadcastable(mu1=mu1, mu2=mu2)
        mu1, mu2 = np.broadcast_arrays(mu1, mu2)
        return self._with_prior(mu1, mu2, self._log_likelihood(mu1.ravel(), mu2.ravel()))

    def log_density(self, mu1: ArrayLike, mu2: ArrayLike) -> Floats:
        """Log posterior density over the whole plane, both labellings, in broadcast shape."""
        return self.log_joint(mu1, mu2) - self.log_evidence

    @cached_property
    def mode(self) -> Floats:
        """Ordered locations of the highest posterior mode, shape (2,)."""
        start = np.array(max(self._highest, self._highest[::-1], key=lambda mu: self.log_joint(*mu)))

        def loss(x: Floats) -> float:
            return -float(self.log_joint(*(start + self._narrowest * x)))

        options = {"xatol": 1e-8, "fatol": 1e-12}
        return np.sort(
            start + self._narrowest * minimize(loss, [0, 0], method="Nelder-Mead", options=options).x
        )

    @property
    def _narrowest(self) -> float:
        """The least sd that a mode can have, the unit of searches: that of a location given its observations."""
        return float(1 / np.hypot(np.sqrt(self.y.size) / self.sigma, 1 / self.prior_sd))

    def ordered_quantile(self, p: ArrayLike) -> Floats:
        """Quantiles of the smaller and the larger location.

        Parameters
        ----------
        p : array_like, any shape
            Probabilities, strictly between 0 and 1.

        Returns
        -------
        ndarray, shape of ``p`` plus (2,)
            Where the posterior distribution function of each ordered location is ``p``: to 1e-9 of the sd
            where both tails hold 0.001 or more, beyond that to 1e-12 of the sd over what the tail holds.

        Raises
        ------
        ValueError
            If ``p`` is out of range.
        RuntimeError
            If two grids differ by more than that.
        """
        p = _checks.numbers(p, "p")
        if not ((p > 0) & (p < 1)).all():
            raise ValueError(f"p is {p}; every probability must lie strictly between 0 and 1")
        quantiles, other = (
            np.array([grid.quantile(each) for each in p.flat]).reshape(*p.shape, 2) for grid in self._grids
        )
        allowed = AGREEMENT * np.maximum(1, TAIL / np.minimum(p, 1 - p))[..., None] * self.ordered_sd
        error = np.abs(quantiles - other)
        if not (error <= allowed).all():
            raise RuntimeError(
                f"two quadratures differ by {error} in quantiles; they must agree to {allowed}"
            )
        return quantiles

    def elbo(
        self, mean: ArrayLike, cov: ArrayLike, *, ordered: bool = False, nodes: int | None = None
    ) -> float:
        """Evidence lower bound of a Gaussian approximation, in nats, by quadrature.

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
        nodes : int, optional
            Points of Gauss–Hermite quadrature in each direction; by default a rule that is right to 1e-6 nats.

        Returns
        -------
        float
            ``E_q[log joint] + entropy of q``; at most the log of what the joint integrates to.

        Raises
        ------
        ValueError
            If ``mean`` or ``cov`` is not finite or of another shape, ``cov`` not symmetric and positive
            definite, or ``nodes`` not a positive integer.
        RuntimeError
            If the Gaussian is so wide that it would need over 3,000 points in one direction.
        """
        mean, cov = _checks.numbers(mean, "mean"), _checks.numbers(cov, "cov")
        if mean.shape != (2,) or not np.isfinite(mean).all():
            raise ValueError(f"mean is {mean}; it must be two finite numbers")
        if cov.shape != (2, 2) or not np.isfinite(cov).all():
            raise ValueError(f"cov is {cov}; it must be a finite matrix of shape (2, 2)")
        if not np.allclose(cov, cov.T, rtol=1e-8, atol=0):
            raise ValueError(f"cov is {cov}; it must be symmetric")
        try:
            factor = np.linalg.cholesky(cov)
        except np.linalg.LinAlgError:
            raise ValueError(f"cov is {cov}; it must be positive definite") from None
        _checks.flag(ordered, "ordered")
        rules = (
            self._rules(mean, factor, ordered)
            if nodes is None
            else [_hermite(_checks.at_least(nodes, 1, "nodes"))] * 2
        )
        return self._elbo(mean, factor, ordered, rules)

    def _elbo(self, mean: Floats, factor: Floats, ordered: bool, rules: Rules) -> float:
        """Evidence lower bound of a Gaussian whose covariance has this Cholesky factor."""
        (_, mass1), (_, mass2) = rules
        log_joint = self._log_joint_at_nodes(mean, factor, ordered, rules)
        return float(mass1 @ log_joint @ mass2 + _entropy(np.diag(factor)))

    def _log_joint_at_nodes(self, mean: Floats, factor: Floats, ordered: bool, rules: Rules) -> Floats:
        """Log joint, in the space of a Gaussian, at the nodes of its quadrature, shape (nodes, nodes)."""
        (points1, _), (points2, _) = rules
        grid = np.stack(np.meshgrid(points1, points2, indexing="ij"))
        x1, x2 = mean[:, None, None] + np.einsum("ab,bij->aij", factor, grid)
        if ordered:
            return self._quick_log_joint(x1, x1 + np.exp(x2)) + x2
        return self._quick_log_joint(x1, x2)

    def _elbo_and_gradient(
        self, mean: Floats, sd: Floats, ordered: bool, rules: Rules
    ) -> tuple[float, Floats, Floats]:
        """Evidence lower bound of a mean-field Gaussian, and its derivatives by the means and the logs of the sds.

        For a standard normal z and any function f, E[f'(z)] = E[z f(z)] and E[z f'(z)] = E[(z**2 - 1) f(z)]. So
        the derivatives are averages of the values that the bound itself needs.
        """
        log_joint = self._log_joint_at_nodes(mean, np.diag(sd), ordered, rules)
        (_, mass1), (_, mass2) = rules
        averages = log_joint @ mass2, mass1 @ log_joint  # over the other coordinate
        elbo = float(mass1 @ averages[0] + _entropy(sd))
        by_mean, by_log_sd = np.transpose(
            [
                ((z * mass) @ average, ((z**2 - 1) * mass) @ average + 1)
                for (z, mass), average in zip(rules, averages, strict=True)
            ]
        )
        return elbo, by_mean / sd, by_log_sd

    def _rules(self, mean: Floats, factor: Floats, ordered: bool) -> Rules:
        """Return quadratures that are fine enough for the bound of a Gaussian, one for each direction."""
        # A step of 1 in the log of the gap changes the gap by about its own length.
        length = np.array([1.0, np.exp(mean[1])]) if ordered else np.ones(2)
        is_narrow = length @ np.abs(factor) <= WIDE * self.sigma
        if is_narrow.all():
            return [_hermite(NODES)] * 2
        # A wide Gaussian reaches over many bends of the log density, one at each observation. A direction in which it
        # is narrow can begin with fewer nodes; the bound on twice as many decides in either.
        sizes = [NODES // 2 if narrow else NODES for narrow in is_narrow]
        elbo = self._elbo(mean, factor, ordered, [_trapezoid(n) for n in sizes])
        while max(sizes) <= MOST_NODES:
            finer = [
                self._elbo(
                    mean, factor, ordered, [_trapezoid((1 + (i == j)) * n) for j, n in enumerate(sizes)]
                )
                for i in (0, 1)
            ]
            is_coarse = ~(np.abs(np.subtract(finer, elbo)) <= ELBO_TOLERANCE)
            if not is_coarse.any():
                return [_trapezoid(n) for n in sizes]
            sizes = [n * (1 + coarse) for n, coarse in zip(sizes, is_coarse, strict=True)]
            elbo = self._elbo(mean, factor, ordered, [_trapezoid(n) for n in sizes])
        raise RuntimeError(
            f"the bound of a Gaussian needs over {MOST_NODES} nodes of quadrature in one direction"
        )

    def best_mean_field(self, *, ordered: bool = False) -> MeanField:
        """Mean-field Gaussian of highest `elbo`.

        The search starts from the highest mode and, in the ordered space, also from a gap as wide as the prior; in
        the space of the locations themselves from Gaussians with one component spread over its prior and, where
        weights differ, from either labelling.

        Parameters
        ----------
        ordered : bool
            The space, as in `elbo`.

        Returns
        -------
        MeanField
            ``mean`` and ``sd``, each of shape (2,), in that space, and the ``elbo`` in nats.

        Raises
        ------
        RuntimeError
            As `elbo`, of any Gaussian on the way.
        """
        _checks.flag(ordered, "ordered")
        low, high = self.mode
        step, wide = self._narrowest, self.prior_sd
        if ordered:  # the gap of merged modes is 0 and has no logarithm: begin with a step instead
            gap = max(high - low, step)
            starts = [((low, np.log(gap)), (step, step / gap)), ((low, np.log(wide)), (step, 1.0))]
        else:
            means = [(low, high)] if self.w[0] == self.w[1] else [(low, high), (high, low)]
            starts = [(mean, sd) for mean in means for sd in ((step, step), (step, wide), (wide, step))]
        results = [self._mean_field_from(np.array(mean), np.array(sd), ordered) for mean, sd in starts]
        return max(results, key=lambda result: result.elbo)

    def _mean_field_from(self, mean: Floats, sd: Floats, ordered: bool) -> MeanField:
        """Search for the highest `elbo` from a mean-field Gaussian, with as many nodes as it needs."""

        def gaussian(x: Floats) -> tuple[Floats, Floats]:
            return mean + sd * x[:2], sd * np.exp(x[2:])

        def loss(x: Floats, rules: Rules) -> tuple[float, Floats]:
            elbo, by_mean, by_log_sd = self._elbo_and_gradient(*gaussian(x), ordered, rules)
            return -elbo if np.isfinite(elbo) else np.inf, -np.concatenate([by_mean * sd, by_log_sd])

        x, rules, iterations = np.zeros(4), self._rules(mean, np.diag(sd), ordered), ITERATIONS
        with np.errstate(all="ignore"):  # a step that is too long has no finite bound
            while True:
                found = minimize(
                    loss,
                    x,
                    args=(rules,),
                    method="BFGS",
                    jac=True,
                    options={"gtol": 1e-5, "maxiter": iterations},
                )
                x, used = found.x, rules
                best = gaussian(x)
                rules = self._rules(best[0], np.diag(best[1]), ordered)
                is_fine = all(len(one[0]) >= len(other[0]) for one, other in zip(used, rules, strict=True))
                if is_fine and found.nit < iterations:
                    return MeanField(*best, -found.fun)
                iterations *= 2

    def _log_likelihood(self, mu1: Floats, mu2: Floats) -> Floats:
        """Log likelihood of pairs of locations up to a constant, shape (pairs,)."""
        mu = np.stack([mu1, mu2])[..., None]
        total = np.empty(mu1.size)
        step = max(1, TERMS_PER_BLOCK // self.y.size)
        for start in range(0, mu1.size, step):
            rows = slice(start, start + step)
            first, second = (
                log_w - 0.5 * ((self.y - each[rows]) / self.sigma) ** 2
                for log_w, each in zip(self._log_w, mu, strict=True)
            )
            # This is np.logaddexp, in functions that NumPy vectorizes: four times as fast.
            rest = np.log1p(np.exp(-np.abs(first - second)))
            total[rows] = (np.maximum(first, second) + rest).sum(axis=1)
        return total

    def _quick_log_joint(self, mu1: Floats, mu2: Floats) -> Floats:
        """`log_joint` in less time where observations are many, as right as `QuickLikelihood`."""
        mu1, mu2 = np.broadcast_arrays(mu1, mu2)
        return self._with_prior(mu1, mu2, self._quick_likelihood(mu1.ravel(), mu2.ravel()))

    def _with_prior(self, mu1: Floats, mu2: Floats, log_likelihood: Floats) -> Floats:
        """Complete the log joint of pairs of locations, whose log likelihood lacks its constant."""
        scales = self.y.size * np.log(self.sigma) + 2 * np.log(self.prior_sd)
        prior = -0.5 * (mu1**2 + mu2**2) / self.prior_sd**2 - (self.y.size + 2) * LOG_SQRT_2PI
        return log_likelihood.reshape(mu1.shape) + (prior - scales)

    def _log_folded(self, low: Floats, high: Floats) -> Floats:
        """Log joint density of smaller and larger location, both labellings added up."""
        straight = self._quick_log_joint(low, high)
        return np.logaddexp(
            straight, straight if self.w[0] == self.w[1] else self._quick_log_joint(high, low)
        )

    def _two_grids(self) -> tuple[Grid, Grid]:
        """Return the grid on which the density has converged, and one with panels of half the width.

        Both lie on a cover that is known to hold the mass. What they show is that the quadrature on it has converged.
        """
        edges, density = self._refine_panels()
        halves = np.sort(np.concatenate([edges, (edges[:-1] + edges[1:]) / 2]))
        grids = Grid(edges, RULE, density), Grid(halves, OTHER_RULE, self._density(halves, OTHER_RULE))
        first, second = grids
        error = [
            second.total / first.total - 1,
            *(second.mean - first.mean) / first.sd,
            *second.sd / first.sd - 1,
            second.corr - first.corr,
        ]
        if not (np.abs(error) <= AGREEMENT).all():
            raise RuntimeError(
                f"two quadratures of {self.y.size} observations differ by {error} in evidence, means, sds "
                f"and correlation; they must agree to {AGREEMENT:g}"
            )
        outside = self._cover.log_outside - (self._cover.log_height + np.log(first.total))
        if not outside <= np.log(OUTSIDE):
            raise RuntimeError(f"up to exp({outside:.1f}) of all mass may lie outside of the panels")
        return grids

    def _refine_panels(self) -> tuple[Floats, Floats]:
        """Return edges of panels, halved until the density is a polynomial on each, and the density there."""
        edges = self._cover.edges
        while edges.size <= MOST_PANELS:
            density = self._density(edges, RULE)
            halve = truncation_share(edges, density) > TOLERANCE
            if not halve.any():
                return edges, density
            edges = np.sort(np.concatenate([edges, ((edges[:-1] + edges[1:]) / 2)[halve]]))
        raise RuntimeError(f"quadrature of {self.y.size} observations needs over {MOST_PANELS} panels")

    def _density(self, edges: Floats, rule: Rule) -> Floats:
        """Return the folded density over its peak at pairs of nodes, shape (panels, nodes, panels, nodes)."""
        x = panel_nodes(edges, rule).ravel()
        panels, nodes = edges.size - 1, rule.mass.size
        part = np.searchsorted(self._cover.edges, edges[1:]) - 1
        matters = np.kron(self._cover.is_inside[np.ix_(part, part)], np.ones((nodes, nodes), dtype=bool))
        i, j = np.nonzero(np.triu(matters))
        log_density = self._log_folded(x[i], x[j])
        highest = log_density.argmax()
        self._highest = x[i[highest]], x[j[highest]]
        density = np.zeros((x.size, x.size))
        density[i, j] = density[j, i] = np.exp(log_density - self._cover.log_height)
        return density.reshape(panels, nodes, panels, nodes)
