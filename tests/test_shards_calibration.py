"""Sampling of shards under simulation-based calibration and Geweke's test, and faults that these must detect.

The shards are held in this process and swept one after the other, by the same code as on a cluster.
"""

from contextlib import nullcontext
from unittest.mock import patch

import numpy as np
import pytest

from calibration import LARGEST_Z, LEAST_P, geweke_z
from gmixlib import mixture_logpdf
from gmixlib.samplers import _shards
from gmixlib.samplers._chains import initial_states, run_chains
from gmixlib.samplers._kernels import State
from gmixlib.samplers._shards import Holder, Shards
from test_gibbs_calibration import BURN_IN, CASES, DRAWS, SEED, Case, least_rank_pvalue, simulate, unknown


class ShardsAtHand(Shards):
    """Three shards of some observations."""

    def __init__(self, y):
        self.y, self.size, self.overlap = y, y.size, len(y) % 2 == 0
        firsts = [0, y.size // 2, y.size // 2 + 1]
        self.holders = [
            Holder([chunk], [number], [first], [chunk.size], 1, 1)
            for number, (chunk, first) in enumerate(zip(np.split(y, firsts[1:]), firsts, strict=True))
        ]

    def sweep(self, states, counters):
        results = [holder.sweep(states, counters) for holder in self.holders]
        return lambda: results

    def std(self):
        return self.y.std()

    def __getitem__(self, indices):
        return self.y[indices]


# Faults, each as what replaces a part of the code


def lose_one(results):
    return add_shards(results[1:])


def count_one_twice(results):
    return add_shards([*results, results[0]])


def merge_about_own_means(results):
    """Add up squares about each shard's own means, as if these were the same."""
    sums = np.concatenate(results)
    counts, totals = sums[:, :, 0], sums[:, :, 1]
    own = np.divide(totals**2, counts, out=np.zeros_like(totals), where=counts > 0)
    merged = sums.sum(axis=0)
    whole = np.divide(
        merged[:, 1] ** 2, merged[:, 0], out=np.zeros_like(merged[:, 1]), where=merged[:, 0] > 0
    )
    merged[:, 2] += whole - own.sum(axis=0)
    return merged


def sweep_with_old_parameters(self, states, counters):
    """Let one shard use the parameters of the sweep before."""
    if self.shards[0].first == 0:
        self.before, states = states, getattr(self, "before", states)
    return sweep(self, states, counters)


def sweep_with_the_same_numbers(self, states, counters):
    """Let every shard begin with the same random word."""
    for i, shard in enumerate(self.shards):
        self.shards[i] = shard._replace(first=0)
    return sweep(self, states, counters)


add_shards, sweep = _shards.add_shards, Holder.sweep
FAULTS = {
    "lost": (_shards, "add_shards", lose_one),
    "twice": (_shards, "add_shards", count_one_twice),
    "merged": (_shards, "add_shards", merge_about_own_means),
    "old": (Holder, "sweep", sweep_with_old_parameters),
    "same numbers": (Holder, "sweep", sweep_with_the_same_numbers),
}


def with_fault(name):
    """A context in which the sampler has a fault."""
    return patch.object(*FAULTS[name]) if name else nullcontext()


def draw_on_shards(case: Case, y, rng):
    """Return arrays of the parameters, of shape (draws, K)."""
    shards, hyper, chain = ShardsAtHand(y), case.hyper, [np.random.default_rng(rng.integers(2**63))]
    states = initial_states(shards, case.k, hyper, {}, chain)
    (ran,) = run_chains(
        shards, hyper, states, chain, draws=DRAWS * case.thin, tune=BURN_IN * case.thin, ordered=case.exchangeable
    )  # fmt: skip
    return ran.record.w, ran.record.mu, ran.record.sigma


def z_scores(case: Case, chains: int, length: int, fault: str | None = None):
    """Geweke's: sweeps in turn with new categories and data, against draws of all from their joint distribution."""
    rng = np.random.default_rng(SEED)

    def quantities(w, mu, sigma, y):
        parameters = w[:, None], mu[:, None], sigma[:, None]
        log_likelihood = mixture_logpdf(y, *parameters).sum(axis=1, keepdims=True)
        return np.hstack(
            [*unknown(case, w, mu, sigma), log_likelihood, y[:, :1], y.mean(axis=1, keepdims=True)]
        )

    w, mu, sigma, _, y = simulate(case, chains * length, rng)
    marginal, successive = quantities(w, mu, sigma, y), []
    with with_fault(fault):
        for start in zip(*simulate(case, chains, rng), strict=True):
            *parameters, _, y = start
            rows = []
            for _ in range(length):
                state = State(*(values.copy() for values in parameters))
                (ran,) = run_chains(
                    ShardsAtHand(y), case.hyper, [state], [rng], draws=1, tune=0, ordered=case.exchangeable
                )  # fmt: skip
                parameters = ran.record.w[0], ran.record.mu[0], ran.record.sigma[0]
                rows.append((*parameters, y))
                z = rng.choice(case.k, case.n, p=parameters[0])
                y = parameters[1][z] + parameters[2][z] * rng.standard_normal(case.n)
            successive.append(quantities(*(np.array(values) for values in zip(*rows, strict=True))))
    return geweke_z(marginal, successive)


# Only what adds up the sums differs from the sampler in memory, whatever the prior: `make test` looks at one.
each_prior = pytest.mark.parametrize(
    "name",
    [
        "three Gaussians",
        pytest.param("own scales, conjugate", marks=pytest.mark.slow),
        pytest.param("known weights", marks=pytest.mark.slow),
    ],
)


@each_prior
def test_ranks_are_uniform(name):
    assert least_rank_pvalue(CASES[name], 150, SEED, draw=draw_on_shards) > LEAST_P


@each_prior
def test_successive_simulation_agrees_with_marginal_simulation(name):
    assert np.abs(z_scores(CASES[name], 200, 25)).max() < LARGEST_Z


def test_ranks_detect_old_parameters():
    """Geweke's test begins anew in each turn, and does not see them."""
    with with_fault("old"):
        assert least_rank_pvalue(CASES["three Gaussians"], 400, SEED, draw=draw_on_shards) < LEAST_P


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("lost", "three Gaussians"),
        # That the test can see a fault is shown by one; these two are seen in the sums (test_shards.py).
        pytest.param("twice", "three Gaussians", marks=pytest.mark.slow),
        pytest.param("merged", "three Gaussians", marks=pytest.mark.slow),
        ("same numbers", "many observations"),
    ],
)
def test_successive_simulation_detects_a_fault(fault, name):
    assert np.abs(z_scores(CASES[name], 200, 25, fault)).max() > LARGEST_Z
