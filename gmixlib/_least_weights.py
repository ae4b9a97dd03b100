"""Dirichlet distributions that are cut off where a weight is below a minimum: their integral, and draws."""

import math
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import scipy  # loads scipy.interpolate when it is used: half of the time to import a prior
from scipy.special import betainc, gammaln, log_expit

from gmixlib._checks import Floats
from gmixlib.density import NEGLIGIBLE, logsumexp

NO_CUT = 1e-17  # a probability that is lost in the rounding of 1
EFFICIENT = 0.02  # a share of accepted draws, below which rejection costs more than drawing weight by weight
# Relative and absolute, in nats: of two quadratures, and of a spline with what it replaces; and for draws.
AGREEMENT = 1e-13, 1e-11
COARSE_AGREEMENT = 0.0, 1e-4
ROUGH_AGREEMENT = 0.0, 1e-2
STEP = 0.4  # between nodes, at most: most integrands are this wide
REACH = 50.0  # of the nodes, beyond the logs of all scales: the integrands fall like exp(-abs(t)) there
ZOOMS = 3  # each to a quarter of the step, until a narrow peak is found
FEWEST_NODES, MOST_NODES = 33, 2**15  # of an integrand
NODES_PER_BLOCK = 1_000_000  # held at once
FIRST_KNOTS, DEGREE = 24, 7  # of a spline


def log_integral(concentration: Floats, minimum: float) -> float:
    """Log of the integral of ``prod(w ** (concentration - 1))`` over the weights above the minimum.

    The integral is with respect to all weights but the last; ``concentration`` has the shape (K,), and ``minimum``
    is at least 0 and below 1 / K.
    """
    total = concentration.sum()
    if concentration.size == 1:
        return 0.0
    if betainc(concentration, total - concentration, minimum).sum() < NO_CUT:
        return float(gammaln(concentration).sum() - gammaln(total))
    return _cut_dirichlet(tuple(concentration.tolist()), minimum).log_integral


def draw(concentration: Floats, minimum: float, size: int, rng: np.random.Generator) -> Floats:
    """Draw weights above the minimum, of shape (size, K)."""
    inside = np.exp(log_integral(concentration, minimum) - log_integral(concentration, 0.0))
    # NumPy draws a weight as what others leave of 1, which has no digits below the rounding of 1.
    if size and (inside < EFFICIENT or (inside < 1 and minimum < np.finfo(float).eps)):
        return _cut_dirichlet(tuple(concentration.tolist()), minimum).draw(size, rng)
    w = rng.dirichlet(concentration, size)
    while (too_small := (w < minimum).any(axis=1)).any():
        w[too_small] = rng.dirichlet(concentration, too_small.sum())
    return w


@lru_cache(maxsize=64)
def _cut_dirichlet(concentration: tuple[float, ...], minimum: float) -> "_CutDirichlet":
    return _CutDirichlet(np.array(concentration), minimum)


class _Integrands(NamedTuple):
    """Functions to integrate, as logs at evenly spaced nodes: both of shape (functions, nodes)."""

    t: Floats
    log_value: Floats

    def log_integral(self) -> Floats:
        """Log of each integral, by the trapezoidal rule."""
        return logsumexp(self.log_value, axis=1) + np.log(self.t[:, 1] - self.t[:, 0])

    def draw(self, rng: np.random.Generator) -> Floats:
        """Draw a ``t`` from each, taken as exponential between its nodes."""
        change = np.diff(self.log_value)
        cells = np.cumsum(
            np.exp(self.log_value[:, :-1] - self.log_value.max(axis=1, keepdims=True)) * _mean_exp(change),
            axis=1,
        )
        mass = rng.random((change.shape[0], 1)) * cells[:, -1:]
        cell = (cells[:, :-1] <= mass).sum(axis=1)
        row = np.arange(cell.size)
        slope, u = change[row, cell], rng.random(cell.size)
        is_steep = np.abs(slope) > 1e-9
        steep = np.where(is_steep, slope, 1.0)
        part = np.where(is_steep, np.log1p(u * np.expm1(steep)) / steep, u)
        return self.t[row, cell] + part * (self.t[:, 1] - self.t[:, 0])


def _mean_exp(change: Floats) -> Floats:
    """Mean of ``exp(x)`` for x from 0 to ``change``."""
    is_wide = np.abs(change) > 1e-9
    wide = np.where(is_wide, change, 1.0)
    return np.where(is_wide, np.expm1(wide) / wide, 1.0)


class _CutDirichlet:
    """Weights above a minimum, each the minimum and an excess; the excesses share what the minima leave.

    Components are added one by one, in the order of their concentrations, since splines are easier the smaller
    these are. The integral over the first ones, whose excesses sum to x, is a convolution of that over one component
    less. In ``t``, the logit of the last one's share of x, every integrand is analytic in a strip and falls like an
    exponential at both ends, however far apart the scales of excess and minimum lie. For such integrands the
    trapezoidal rule converges exponentially: Trefethen and Weideman (2014), "The exponentially convergent
    trapezoidal rule", *SIAM Review* 56, 385–458.

    Weights are in units of the minimum. ``zeta`` is ``log(1 + x)``, and what is stored is the log of the integral
    over the power of x that it has near 0: as a function of zeta it bends little, and has straight ends.
    """

    def __init__(self, concentration: Floats, minimum: float) -> None:
        self.order = concentration.argsort()
        self.power = concentration[self.order] - 1
        self.minimum, self.log_minimum = minimum, np.log(minimum)
        self.log_room = np.log(math.fsum([1.0, *[-minimum] * concentration.size]))
        self.stored: list[scipy.interpolate.PPoly] = []
        for component in range(1, concentration.size - 1):
            self.stored.append(self._interpolate(component))

    @cached_property
    def log_integral(self) -> float:
        """Log of the integral with respect to all weights but one."""
        last = self.power.size - 1
        units = self.power.sum() * self.log_minimum + last * self.log_room
        return float(units + self._log_integral(last, np.array([self._log_most]))[0])

    def draw(self, size: int, rng: np.random.Generator) -> Floats:
        """Draw weights of shape (size, K): each given the sum of those before it, from the last one down."""
        excess = np.empty((size, self.power.size))
        log_sum = np.full(size, self._log_most)
        for component in range(self.power.size - 1, 0, -1):
            parts = self._integrands(component, log_sum, COARSE_AGREEMENT, finer=3)
            t = np.concatenate([part.draw(rng) for part in parts])
            excess[:, component] = np.exp(self.log_minimum + log_sum + log_expit(t))
            log_sum = log_sum + log_expit(-t)
        excess[:, 0] = np.exp(self.log_minimum + log_sum)
        w = np.empty_like(excess)
        w[:, self.order] = self.minimum + excess
        return w

    @property
    def _log_most(self) -> float:
        """Log of the sum of all excesses, in units of the minimum."""
        return self.log_room - self.log_minimum

    def _interpolate(self, component: int) -> "scipy.interpolate.PPoly":
        """Return a spline of the integral over components 0 to ``component``, with knots where it needs them."""

        def value(zeta: Floats) -> Floats:
            return self._log_integral(component, np.log(np.expm1(zeta)))

        # Where the integral bends, it does so on scales from the inverse of the concentrations.
        narrowest = 1 / (self.power.size + self.power.sum() + 1)
        last = np.logaddexp(0, self._log_most)
        zeta = narrowest * np.sinh(np.linspace(0, np.arcsinh(last / narrowest), FIRST_KNOTS))
        values = np.append(-gammaln(component + 1), value(zeta[1:]))  # with no excess, all weights are 1
        while True:
            spline = scipy.interpolate.make_interp_spline(zeta, values, k=DEGREE)
            middle = (zeta[1:] + zeta[:-1]) / 2
            found = value(middle)
            is_wrong = ~np.isclose(spline(middle), found, *AGREEMENT)
            if not is_wrong.any():
                return scipy.interpolate.PPoly.from_spline(spline)  # three times as fast
            near = np.convolve(is_wrong, np.ones(5), "same") > 0
            zeta, values = np.append(zeta, middle[near]), np.append(values, found[near])
            order = zeta.argsort()
            zeta, values = zeta[order], values[order]

    def _log_integral(self, component: int, log_sum: Floats) -> Floats:
        """Log of the integral over components 0 to ``component`` over the power of the sum of their excesses."""
        return np.concatenate([part.log_integral() for part in self._integrands(component, log_sum)])

    def _integrands(
        self, component: int, log_sum: Floats, agreement: tuple[float, float] = AGREEMENT, finer: int = 1
    ) -> Iterator[_Integrands]:
        """Return the integrands for each sum of excesses, in blocks, at nodes that are enough to integrate them.

        In the end the nodes are made ``finer``.
        """
        reach = np.logaddexp(0, self._log_most) + REACH
        nodes = int(2 * reach / STEP)
        for block in np.array_split(log_sum[:, None], 1 + log_sum.size * nodes * finer // NODES_PER_BLOCK):
            low, high = self._ends(component, block, np.linspace(-reach, reach, nodes))
            enough = FEWEST_NODES + 4 * int((high - low).max() / STEP / 4)
            while True:
                t = low + (high - low) * np.linspace(0, 1, enough)
                found = _Integrands(t, self._log_integrand(component, block, t))
                half, quarter = (
                    _Integrands(t[:, ::n], found.log_value[:, ::n]).log_integral() for n in (2, 4)
                )
                # Of a symmetric peak every second node alone may give the same by chance.
                is_close = np.allclose(half, found.log_integral(), *agreement)
                if is_close and np.allclose(quarter, found.log_integral(), *ROUGH_AGREEMENT):
                    break
                enough = 2 * enough - 1
                if enough > MOST_NODES:
                    raise RuntimeError(f"weights above a minimum need over {MOST_NODES} nodes of quadrature")
            if finer > 1:
                t = low + (high - low) * np.linspace(0, 1, finer * enough)
                found = _Integrands(t, self._log_integrand(component, block, t))
            yield found

    def _ends(self, component: int, log_sum: Floats, t: Floats) -> tuple[Floats, Floats]:
        """Return the ends of the range outside of which each integrand is negligible."""
        log_value, step = self._log_integrand(component, log_sum, t), t[1] - t[0]
        # A peak that lies between two nodes is narrow, and then it is the only one.
        peak, width = t[log_value.argmax(axis=1)][:, None], step
        for _ in range(ZOOMS):
            near = peak + width * np.linspace(-1, 1, 9)
            at_near = self._log_integrand(component, log_sum, near)
            peak = np.take_along_axis(near, at_near.argmax(axis=1)[:, None], axis=1)
            width /= 4
        matters = log_value > at_near.max(axis=1, keepdims=True) - NEGLIGIBLE
        low = np.where(matters, t, peak).min(axis=1, keepdims=True)
        high = np.where(matters, t, peak).max(axis=1, keepdims=True)
        return low - step, high + step

    def _log_integrand(self, component: int, log_sum: Floats, t: Floats) -> Floats:
        own, others = log_expit(t), log_expit(-t)
        zeta, zeta_others = np.logaddexp(0, log_sum + own), np.logaddexp(0, log_sum + others)
        rest = self.power[0] * zeta_others if component == 1 else self.stored[component - 2](zeta_others)
        return self.power[component] * zeta + rest + own + component * others
