"""CategoricalGibbs under simulation-based calibration and Geweke's test, which broken samplers must fail.

A sweep draws the categories by the step under test and the parameters by conjugacy, in NumPy. Both tests ask
whether it leaves the joint distribution of parameters, categories and data as it is. Each is run on the right
sampler and, with the same statistic and bound, on samplers with a known fault.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest
from numpy.typing import NDArray
from scipy.stats import chisquare, norm

from gmixlib.categorical_gibbs import CategoricalGibbs

N, K = 10, 3
ALPHA = np.array([1.0, 2.0, 3.0])
PRIOR_MEAN = np.array([-1.0, 0.0, 1.0])
PRIOR_SD, SIGMA = 0.5, 1.5


@dataclass
class Draw:
    """One point of the joint distribution."""

    w: NDArray[np.float64]
    mu: NDArray[np.float64]
    z: NDArray[np.int64]
    y: NDArray[np.float64]


def quantities(draw: Draw) -> NDArray[np.float64]:
    """Return the numbers that the tests look at; none changes as components are renamed."""
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
    counted_too_often: int = 0
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
        w = rng.dirichlet(ALPHA + counts + self.counted_too_often)
        variance = 1 / (PRIOR_SD**-2 + counts * SIGMA**-2)
        sums = np.bincount(z, weights=draw.y, minlength=K)
        mean = variance * (PRIOR_MEAN * PRIOR_SD**-2 + sums * SIGMA**-2)
        return Draw(w, rng.normal(mean, self.scale(variance)), z, draw.y)


@cache
def step_and_data(step_method: Callable[[list], object]) -> tuple[object, pt.TensorVariable]:
    """Return the step for the categories of the model, and the data that both share."""
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
    "a count too many": Sampler(counted_too_often=1),
    "a variance for a standard deviation": Sampler(scale=lambda variance: variance),
    "PyMC's proportional proposal": Sampler(step_method=proportional),
}
SAMPLERS = {"right": Sampler(), **BROKEN}


# Simulation-based calibration (Talts et al. 2018)

DRAWS, BURN_IN, THIN = 9, 10, 5


def sbc_p_value(sampler: Sampler, simulations: int, seed: int) -> float:
    """Return the chi-square p-value of uniform ranks, the least of all quantities', times their number."""
    rng = np.random.default_rng(seed)
    ranks = np.zeros((simulations, len(quantities(simulate_prior(rng)))), dtype=int)
    for rank in ranks:
        truth, draw = simulate_prior(rng), simulate_prior(rng)
        draw.y = truth.y
        for sweep in range(BURN_IN + DRAWS * THIN):
            draw = sampler.sweep(draw, rng)
            if sweep >= BURN_IN and (sweep - BURN_IN) % THIN == 0:
                rank += quantities(draw) < quantities(truth)
    p_values = [chisquare(np.bincount(column, minlength=DRAWS + 1)).pvalue for column in ranks.T]
    return len(p_values) * min(p_values)


SBC_BOUND = 1e-6  # rejects a right sampler this often


def in_fast_and_long_form(fast: int, long: int, names: Iterable[str]) -> list:
    return [
        pytest.param(size, name, marks=[pytest.mark.slow] if size == long else [])
        for size in (fast, long)
        for name in names
    ]


@pytest.mark.parametrize(("simulations", "name"), in_fast_and_long_form(300, 600, ["right"]))
def test_ranks_are_uniform(simulations, name):
    assert sbc_p_value(SAMPLERS[name], simulations, seed=1) > SBC_BOUND


@pytest.mark.parametrize(
    ("simulations", "name"),
    [
        *in_fast_and_long_form(300, 600, ["a count too many", "a variance for a standard deviation"]),
        pytest.param(300, "PyMC's proportional proposal", marks=pytest.mark.slow),
    ],
)
def test_ranks_reveal_a_broken_sampler(simulations, name):
    assert sbc_p_value(SAMPLERS[name], simulations, seed=1) < SBC_BOUND


# Geweke's test (2004)

GEWEKE_BOUND = 5  # with 18 averages and 100 batches, rejects a right sampler once in 20,000 times


def geweke_score(sampler: Sampler, sweeps: int, seed: int) -> float:
    """Return the largest difference, in standard errors, between simulating the joint and walking on it."""
    rng = np.random.default_rng(seed)
    independent = np.array([quantities(simulate_prior(rng)) for _ in range(sweeps)])
    draw, chain = simulate_prior(rng), []
    for _ in range(sweeps):
        draw = sampler.sweep(draw, rng)
        draw.y = simulate_data(draw.mu, draw.z, rng)
        chain.append(quantities(draw))
    samples = [np.hstack([sample, sample**2]) for sample in (independent, np.array(chain))]
    difference = samples[1].mean(axis=0) - samples[0].mean(axis=0)
    return np.abs(difference / np.hypot(*[batch_means_error(sample) for sample in samples])).max()


def batch_means_error(sample: NDArray) -> NDArray:
    """Return the standard error of means along the first axis, whatever the autocorrelation."""
    means = [batch.mean(axis=0) for batch in np.array_split(sample, 100)]
    return np.std(means, axis=0, ddof=1) / np.sqrt(100)


@pytest.mark.parametrize(("sweeps", "name"), in_fast_and_long_form(2000, 20_000, ["right"]))
def test_sweeps_leave_the_joint_distribution_as_it_is(sweeps, name):
    assert geweke_score(SAMPLERS[name], sweeps, seed=2) < GEWEKE_BOUND


@pytest.mark.parametrize(("sweeps", "name"), in_fast_and_long_form(2000, 20_000, BROKEN))
def test_sweeps_of_a_broken_sampler_do_not(sweeps, name):
    assert geweke_score(SAMPLERS[name], sweeps, seed=2) > GEWEKE_BOUND
