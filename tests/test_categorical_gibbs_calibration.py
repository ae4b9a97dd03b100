"""CategoricalGibbs under simulation-based calibration and Geweke's test, which broken samplers must fail.

A sweep draws the categories by the step under test and the parameters by conjugacy, in NumPy. Both tests
check that it leaves the joint distribution of parameters, categories and data invariant. Each runs on the
right sampler and, with the same statistic and bound, on samplers with a known fault.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from calibration import LARGEST_Z, LEAST_P, geweke_z, rank_pvalue
from gmixlib import CategoricalGibbs

N, K = 10, 3
ALPHA = np.array([1.0, 2.0, 3.0])
PRIOR_MEAN = np.array([-1.0, 0.0, 1.0])
PRIOR_SD, SIGMA = 0.5, 1.5


@dataclass
class Draw:
    """One draw from the joint distribution."""

    w: NDArray[np.float64]
    mu: NDArray[np.float64]
    z: NDArray[np.int64]
    y: NDArray[np.float64]


def quantities(draw: Draw) -> NDArray[np.float64]:
    """Return the quantities that both tests compare; renaming the components changes none."""
    own_w, own_mu = draw.w[draw.z], draw.mu[draw.z]
    log_likelihood = np.log(own_w).sum() + norm.logpdf(draw.y, own_mu, SIGMA).sum()
    mean = draw.w @ draw.mu
    spread = draw.w @ (draw.mu - mean) ** 2
    return np.array([*np.sort(draw.mu), own_mu[0], own_w[0], mean, spread, (draw.w**2).sum(), log_likelihood])


def simulate_prior(rng: np.random.Generator) -> Draw:
    w = rng.dirichlet(ALPHA)
    mu = rng.normal(PRIOR_MEAN, PRIOR_SD)
    z = rng.choice(K, size=N, p=w)
    return Draw(w, mu, z, simulate_data(mu, z, rng))


def simulate_data(mu: NDArray, z: NDArray, rng: np.random.Generator) -> NDArray:
    return rng.normal(mu[z], SIGMA)


# The sampler, and its faults


@dataclass
class Sampler:
    """Gibbs sweeps; the defaults are right."""

    step_method: Callable[[list], object] = CategoricalGibbs
    excess_count: int = 0
    scale: Callable[[NDArray], NDArray] = np.sqrt

    def sweep(self, draw: Draw, rng: np.random.Generator) -> Draw:
        """Draw the categories, then the parameters, given the data."""
        step, data = step_and_data(self.step_method)
        step.rng = rng
        data.set_value(draw.y)
        log_w = np.log(draw.w)
        point = {"w_simplex__": (log_w - log_w.mean())[:-1], "mu": draw.mu, "z": draw.z}
        z = step.step(point)[0]["z"]
        counts = np.bincount(z, minlength=K)
        w = rng.dirichlet(ALPHA + counts + self.excess_count)
        variance = 1 / (PRIOR_SD**-2 + counts * SIGMA**-2)
        sums = np.bincount(z, weights=draw.y, minlength=K)
        mean = variance * (PRIOR_MEAN * PRIOR_SD**-2 + sums * SIGMA**-2)
        return Draw(w, rng.normal(mean, self.scale(variance)), z, draw.y)


@cache
def step_and_data(step_method: Callable[[list], object]) -> tuple[object, pt.TensorVariable]:
    """Return the step for the categories of the model, and its data, which `Sampler.sweep` sets."""
    with pm.Model():
        data = pm.Data("data", np.zeros(N))
        w = pm.Dirichlet("w", ALPHA)
        mu = pm.Normal("mu", PRIOR_MEAN, PRIOR_SD)
        z = pm.Categorical("z", w, shape=N)
        pm.Normal("y", mu[z], np.float64(SIGMA), observed=data)
        return step_method([z]), data


def proportional(vars: list) -> pm.CategoricalGibbsMetropolis:
    return pm.CategoricalGibbsMetropolis(vars, proposal="proportional")


BROKEN = {
    "counts too large by one": Sampler(excess_count=1),
    "variance as standard deviation": Sampler(scale=lambda variance: variance),
    "PyMC's proportional proposal": Sampler(step_method=proportional),
}
SAMPLERS = {"right": Sampler(), **BROKEN}


# The tests

DRAWS, BURN_IN, THIN = 9, 5, 3  # of a chain in the test of ranks
LENGTH = 25  # of a chain in Geweke's test


def least_rank_pvalue(sampler: Sampler, simulations: int) -> float:
    """Return the least p-value of all quantities, times their number."""
    rng = np.random.default_rng(1)
    ranks = np.zeros((simulations, len(quantities(simulate_prior(rng)))), dtype=int)
    for rank in ranks:
        truth, draw = simulate_prior(rng), simulate_prior(rng)
        draw.y = truth.y
        for sweep in range(BURN_IN + DRAWS * THIN):
            draw = sampler.sweep(draw, rng)
            if sweep >= BURN_IN and (sweep - BURN_IN) % THIN == 0:
                rank += quantities(draw) < quantities(truth)
    p_values = rank_pvalue(ranks, DRAWS + 1)
    return p_values.min() * p_values.size


def largest_z(sampler: Sampler, chains: int) -> float:
    """Return the largest z-score of Geweke's test, over all quantities."""
    rng = np.random.default_rng(2)
    marginal = np.array([quantities(simulate_prior(rng)) for _ in range(chains * LENGTH)])
    successive = np.empty((chains, LENGTH, marginal.shape[1]))
    for chain in successive:
        draw = simulate_prior(rng)
        for turn in range(LENGTH):
            draw = sampler.sweep(draw, rng)
            draw.y = simulate_data(draw.mu, draw.z, rng)
            chain[turn] = quantities(draw)
    return np.abs(geweke_z(marginal, successive)).max()


def fast_and_slow(fast: int, slow: int, names: Iterable[str]) -> pytest.MarkDecorator:
    """Parametrize by the size of a test and by samplers, the larger size marked slow."""
    cases = [pytest.param(fast, name) for name in names]
    cases += [pytest.param(slow, name, marks=pytest.mark.slow) for name in names]
    return pytest.mark.parametrize(("size", "name"), cases)


@fast_and_slow(200, 600, ["right"])
def test_ranks_are_uniform(size, name):
    assert least_rank_pvalue(SAMPLERS[name], size) > LEAST_P


@fast_and_slow(200, 600, ["counts too large by one", "variance as standard deviation"])
def test_ranks_detect_a_fault(size, name):
    assert least_rank_pvalue(SAMPLERS[name], size) < LEAST_P


@pytest.mark.slow
def test_ranks_detect_the_fault_of_pymc():
    assert least_rank_pvalue(SAMPLERS["PyMC's proportional proposal"], 300) < LEAST_P


@fast_and_slow(60, 800, ["right"])
def test_successive_simulation_agrees_with_marginal_simulation(size, name):
    assert largest_z(SAMPLERS[name], size) < LARGEST_Z


@fast_and_slow(60, 800, BROKEN)
def test_successive_simulation_detects_a_fault(size, name):
    assert largest_z(SAMPLERS[name], size) > LARGEST_Z
