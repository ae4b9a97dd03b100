"""sample_gibbs under simulation-based calibration and Geweke's test, which samplers with a fault must fail.

Simulation-based calibration draws parameters from the prior, then data, and runs the sampler on them: among
the draws from the posterior the true parameters have every rank equally often. Geweke's test alternates
sweeps of the sampler and draws of new data, which must leave the joint distribution of both invariant. Every
prior has to pass both tests. The same statistic, with the same bound, has to reject each fault where it
matters.

The compiled functions here are not cached: numba's cache would not notice a change of the library's functions
that they call.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from unittest.mock import patch

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from calibration import LARGEST_Z, LEAST_P, geweke_z, rank_pvalue
from gmixlib import mixture_logpdf, sample_gibbs
from gmixlib._hyper import Hyper, SigmaKind
from gmixlib.priors import Dirichlet, InverseGamma, Normal, Prior, ScaledNormal, Uniform
from gmixlib.samplers import _kernels
from gmixlib.samplers._chains import initial_states, run_chains
from gmixlib.samplers._kernels import Pointwise, Record, State, Statistics, draw_categories, draw_parameters
from gmixlib.samplers._random import bitgen_of, standard_uniform


@dataclass(frozen=True)
class Case:
    """A model, and how many sweeps the test of ranks makes for one nearly independent draw (``thin``)."""

    prior: Prior
    k: int
    n: int
    thin: int
    collapsed: bool = False

    @cached_property
    def hyper(self) -> Hyper:
        return self.prior.for_components(self.k)

    @cached_property
    def exchangeable(self) -> bool:
        """Whether the prior treats all components alike: then components are numbered by location."""
        h = self.hyper
        return all(np.unique(values).size == 1 for values in (h.mean, h.sd, h.sigma, h.w, h.concentration))


# Scales well below and above 1, so that they differ from their squares, and with heavy tails.
GAMMA, LOOSE = InverseGamma(2, 0.5), InverseGamma(3, 12)
UNEQUAL = {"sigma": GAMMA, "w": Dirichlet((0.7, 1.5, 3.0))}
CASES = {
    "own scales": Case(Prior(Normal(0.5, 1.5), GAMMA, Dirichlet(2)), 3, 40, 60),
    "own scales, conjugate": Case(Prior(ScaledNormal(0.5, 2), GAMMA, Dirichlet(1)), 2, 12, 30),
    "shared scale": Case(Prior(Normal(-1, 2), LOOSE, Dirichlet(1.5), shared_sigma=True), 3, 20, 40),
    "shared scale, conjugate": Case(
        Prior(ScaledNormal(0, 0.5), LOOSE, Dirichlet(1), shared_sigma=True), 5, 25, 40
    ),
    "three Gaussians": Case(
        Prior(Normal(0, 2), Uniform(1.5), Dirichlet(1, minimum=0.28), shared_sigma=True), 3, 8, 40
    ),
    "least weight": Case(Prior(Normal(0, 2), 0.7, Dirichlet(0.3, minimum=0.1)), 5, 6, 60),
    "uniform scale, one component": Case(Prior(Normal(1, 1), Uniform(2), shared_sigma=True), 1, 2, 20),
    "one component": Case(Prior(Normal(1, 1), GAMMA), 1, 12, 10),
    "known scale": Case(Prior(Normal(0, 2), 0.7, Dirichlet(1)), 5, 30, 40),
    "known weights": Case(Prior(Normal(0, 1.5), LOOSE, (0.2, 0.8)), 2, 15, 120),
    "unequal": Case(Prior(Normal((-1, 0, 2), (1, 2, 1.5)), **UNEQUAL), 3, 15, 100),
    "many observations": Case(Prior(ScaledNormal(0, 20), GAMMA, Dirichlet(30)), 3, 300, 40),
    "collapsed": Case(Prior(ScaledNormal(0.5, 0.3), GAMMA, Dirichlet(1)), 3, 20, 30, True),
    "collapsed, unequal": Case(Prior(ScaledNormal((-1, 0, 2), 0.5), **UNEQUAL), 3, 8, 50, True),
    "collapsed, known weights": Case(Prior(ScaledNormal(0, 0.5), GAMMA, (0.1, 0.3, 0.6)), 3, 15, 80, True),
    "collapsed, one component": Case(Prior(ScaledNormal(1, 0.5), GAMMA), 1, 12, 1, True),
}

# Samplers with a fault

(
    RIGHT,
    COUNT,  # counts are too large by one when parameters are drawn
    SPREAD,  # the sum of squares is not halved
    SQUARED,  # variances instead of scales in the responsibilities
    EXCHANGED,  # the counts of the first and the last component are exchanged
    NO_WEIGHT,  # the log weight is missing from the responsibilities
    NEXT_CATEGORY,  # the search for the category goes one too far
    NOT_REMOVED,  # a point is added to its new component, but not removed from the old one
    REMOVED_LATE,  # a point is removed only after its category is drawn
) = range(9)
# The cases in which each fault must be detected.
FAULTS = {
    COUNT: ("three Gaussians", "shared scale, conjugate", "known scale", "unequal"),
    SPREAD: (
        "known weights", "own scales, conjugate", "one component", "many observations",
        "collapsed, known weights", "collapsed, one component",
    ),
    SQUARED: ("shared scale, conjugate", "shared scale", "many observations"),
    EXCHANGED: ("unequal", "collapsed", "collapsed, unequal"),
    NO_WEIGHT: ("own scales", "own scales, conjugate", "collapsed, unequal"),
    NEXT_CATEGORY: ("collapsed", "collapsed, unequal", "collapsed, known weights"),
    NOT_REMOVED: ("collapsed, unequal", "collapsed", "collapsed, known weights"),
}  # fmt: skip


@njit
def draw_parameters_with(fault, state, statistics, hyper, bitgen):
    counts, _, spreads = statistics
    for k in range(counts.size):
        counts[k] += fault == COUNT
        spreads[k] *= 1 + (fault == SPREAD)
    if fault == EXCHANGED:
        counts[0], counts[-1] = counts[-1], counts[0]
    draw_parameters(state, statistics, hyper, bitgen)


@njit
def run_sweeps_with(
    fault, blocks, order, hyper, state, bitgen, counter, record, pointwise, start, sweeps, store, ordered
):
    """Do what `_kernels.run_sweeps` does, with a fault."""
    k_all = state.mu.size
    statistics = Statistics(np.empty(k_all), np.empty(k_all), np.empty(k_all))
    seen = State(np.empty(k_all), state.mu, np.empty(k_all))
    for draw in range(start, start + sweeps):
        for k in range(k_all):
            seen.w[k] = 1.0 if fault == NO_WEIGHT else state.w[k]
            seen.sigma[k] = state.sigma[k] ** (1 + (fault == SQUARED))
        categories = None
        if pointwise is not None:
            categories = pointwise.categories[draw] if store else pointwise.categories[0][:0]
        counter[0] = draw_categories(blocks, seen, counter[0], statistics, order, categories)
        draw_parameters_with(fault, state, statistics, hyper, bitgen)
        if store:
            _kernels.store_draw(record, pointwise, draw, blocks.y, order, state, statistics, ordered)


@njit
def draw_categories_collapsed_with(fault, y, z, statistics, ratios, hyper, bitgen):
    k_all = statistics.counts.size
    p = np.empty(k_all)
    for part in statistics:
        part[:] = 0.0
    for i in range(y.size):
        _kernels.update_statistics(y[i], statistics, z[i], 1)
    for i in range(y.size):
        if fault not in (NOT_REMOVED, REMOVED_LATE):
            _kernels.update_statistics(y[i], statistics, z[i], -1)
        total = 0.0
        for k in range(k_all):
            count, mean, spread = statistics.counts[k], statistics.means[k], statistics.spreads[k]
            p[k] = math.exp(_kernels.log_predictive(y[i], count, mean, spread, hyper.mean[k], ratios, hyper))
            if fault != NO_WEIGHT:
                p[k] *= hyper.w[k] if hyper.w_known else hyper.concentration[k] + count
            total += p[k]
        if fault == REMOVED_LATE:
            _kernels.update_statistics(y[i], statistics, z[i], -1)
        u, z[i] = standard_uniform(bitgen) * total - p[0], 0
        while u >= 0 and z[i] < k_all - 1:
            z[i] += 1
            u -= p[z[i]]
        if fault == NEXT_CATEGORY:
            z[i] = min(z[i] + 1, k_all - 1)
        _kernels.update_statistics(y[i], statistics, z[i], 1)


@njit
def run_collapsed_sweeps_with(
    fault, y, order, hyper, state, bitgen, z, record, pointwise, start, sweeps, store, ordered
):
    """Do what `_kernels.run_collapsed_sweeps` does, with a fault."""
    k = state.mu.size
    statistics = Statistics(np.empty(k), np.empty(k), np.empty(k))
    ratios = _kernels.gamma_ratios(2 * y.size, hyper)  # twice the points, as some count twice with a fault
    for draw in range(start, start + sweeps):
        draw_categories_collapsed_with(fault, y, z, statistics, ratios, hyper, bitgen)
        if store:
            draw_parameters_with(fault, state, statistics, hyper, bitgen)
            if pointwise is not None:
                for i in range(pointwise.categories.shape[1]):
                    pointwise.categories[draw, i] = z[i]
            _kernels.store_draw(record, pointwise, draw, y, order, state, statistics, ordered)


@contextmanager
def sampler_with(fault: int) -> Iterator[None]:
    """Replace the sweeps of `sample_gibbs` by ones with a fault."""
    if fault == RIGHT:
        yield
    else:
        with copies_with(fault):
            yield


def copies_with(fault: int):
    """Return a context in which the copies of the sweeps run, with a fault or without."""
    return patch.multiple(
        _kernels,
        run_sweeps=partial(run_sweeps_with, fault),
        run_collapsed_sweeps=partial(run_collapsed_sweeps_with, fault),
    )


# Quantities


def simulate(case: Case, size: int, rng: np.random.Generator) -> tuple:
    """Draw parameters, categories and data from their joint distribution; order exchangeable components."""
    w, mu, sigma = case.prior.draw(case.k, size, rng)
    if case.exchangeable:
        by_location = mu.argsort(axis=1)
        w, mu, sigma = (np.take_along_axis(values, by_location, axis=1) for values in (w, mu, sigma))
    u = rng.random((size, case.n, 1))
    z = (u > w.cumsum(axis=1)[:, None, :-1]).sum(axis=2)
    y = np.take_along_axis(mu, z, 1) + np.take_along_axis(sigma, z, 1) * rng.standard_normal(z.shape)
    return w, mu, sigma, z, y


def unknown(case: Case, w, mu, sigma) -> list:
    """Return the unknown parameters of the case, and the least weight."""
    columns = [mu]
    if case.hyper.sigma_kind != SigmaKind.KNOWN:
        columns.append(sigma[:, :1] if case.hyper.shared else sigma)
    if case.k > 1 and not case.hyper.w_known:
        columns += [w, w.min(axis=1, keepdims=True)]
    return columns


# Simulation-based calibration

DRAWS, BURN_IN = 9, 5  # draws of a chain that are used, and draws dropped before them


def draw_by_chain(case: Case, y, rng: np.random.Generator) -> tuple:
    """Return arrays of the parameters, of shape (draws, K), from the runner of chains alone."""
    hyper, chain = case.hyper, [np.random.default_rng(rng.integers(2**63))]
    states = initial_states(y, case.k, hyper, {}, chain)
    (ran,) = run_chains(
        y, hyper, states, chain, draws=DRAWS * case.thin, tune=BURN_IN * case.thin, collapsed=case.collapsed,
        ordered=case.exchangeable,
    )  # fmt: skip
    return ran.record.w, ran.record.mu, ran.record.sigma


def draw_by_sample_gibbs(case: Case, y, rng: np.random.Generator) -> tuple:
    """Return the same from `sample_gibbs` itself."""
    idata = sample_gibbs(
        y, case.k, prior=case.prior, draws=DRAWS * case.thin, tune=BURN_IN * case.thin, chains=1,
        random_seed=rng, collapsed=case.collapsed, ordered=case.exchangeable, progressbar=False,
    )  # fmt: skip
    return tuple(
        idata["posterior"][name].values[0]
        if name in idata["posterior"]
        else np.tile(idata["constant_data"][name], (DRAWS * case.thin, 1))
        for name in ("w", "mu", "sigma")
    )


def least_rank_pvalue(case: Case, simulations: int, seed: int, fault: int = RIGHT, draw=draw_by_chain):
    """Return the least p-value of all quantities, times their number."""
    rng = np.random.default_rng(seed)
    ranks = []
    with sampler_with(fault):
        for *truth, _, y in zip(*simulate(case, simulations, rng), strict=True):
            posterior = [values[case.thin - 1 :: case.thin] for values in draw(case, y, rng)]
            both = [np.concatenate([t[None], p]) for t, p in zip(truth, posterior, strict=True)]
            log_likelihood = mixture_logpdf(y[:, None], *both).sum(axis=0)[:, None]
            quantities = np.hstack([*unknown(case, *both), log_likelihood])
            ranks.append((quantities[1:] < quantities[0]).sum(axis=0))
    p_values = rank_pvalue(ranks, DRAWS + 1)
    return p_values.min() * p_values.size


# Geweke's test


def chain_of_both(case: Case, length: int, start: tuple, rng: np.random.Generator) -> list:
    """Alternate sweeps of the sampler and draws of new data, and return the draws of each turn."""
    w, mu, sigma, z, y = start
    hyper, state = case.hyper, State(w.copy(), mu.copy(), sigma.copy())
    record = Record(*np.empty((6, length, case.k)))
    pointwise = Pointwise(
        categories=np.empty((length, case.n), np.int8),
        log_likelihood=np.empty((length, case.n)),
        responsibilities=np.empty((0, case.k)),
    )
    order, z, counter = np.arange(case.n), z.copy(), rng.integers(2**64, size=1, dtype=np.uint64)
    data = np.empty((length, case.n))
    for turn in range(length):
        where = record, pointwise, turn, 1, True, case.exchangeable
        if case.collapsed:
            _kernels.run_collapsed_sweeps(y, order, hyper, state, bitgen_of(rng), z, *where)
        else:
            order = y.argsort()
            _kernels.run_sweeps(
                _kernels.in_blocks(y[order]), order, hyper, state, bitgen_of(rng), counter, *where
            )
        own = pointwise.categories[turn]
        y = record.mu[turn, own] + record.sigma[turn, own] * rng.standard_normal(case.n)
        data[turn] = y
    return [record.w, record.mu, record.sigma, record.counts, pointwise.log_likelihood.sum(axis=1), data]


def joint(case: Case, w, mu, sigma, counts, log_likelihood, y) -> NDArray[np.float64]:
    """Return the quantities that Geweke's test compares, one row for each draw."""
    sums = np.stack([log_likelihood, y[:, 0], y.mean(axis=1), y.std(axis=1)], axis=1)
    return np.hstack([*unknown(case, w, mu, sigma), counts if case.k > 1 else counts[:, :0], sums])


def z_scores(case: Case, chains: int, length: int, seed: int, fault: int = RIGHT) -> NDArray[np.float64]:
    """Return the z-scores of all quantities, shape (2, quantities)."""
    rng = np.random.default_rng(seed)
    *parameters, z, y = simulate(case, chains * length, rng)
    counts = (z[:, :, None] == np.arange(case.k)).sum(axis=1)
    log_likelihood = mixture_logpdf(y, *(values[:, None] for values in parameters)).sum(axis=1)
    marginal = joint(case, *parameters, counts, log_likelihood, y)
    with sampler_with(fault):
        starts = zip(*simulate(case, chains, rng), strict=True)
        successive = [joint(case, *chain_of_both(case, length, start, rng)) for start in starts]
    return geweke_z(marginal, successive)


# The tests

SHORT, LONG = 150, 1000  # simulations of the test of ranks
SHORT_CHAINS, LONG_CHAINS, LENGTH = 200, 1500, 25  # of Geweke's test
SEED = 1
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def every_fault(*fast: int) -> pytest.MarkDecorator:
    """Parametrize a test by faults and their cases: the first case of some faults is fast."""
    return pytest.mark.parametrize(
        ("fault", "name"),
        [
            pytest.param(fault, name, marks=pytest.mark.slow if i or fault not in fast else [])
            for fault, names in FAULTS.items()
            for i, name in enumerate(names)
        ],
    )


def fast_and_slow(name: str, fast: int, slow: int) -> pytest.MarkDecorator:
    """Parametrize a test by its size, the larger one marked slow."""
    return pytest.mark.parametrize(name, [fast, pytest.param(slow, marks=pytest.mark.slow)])


@every_case
@fast_and_slow("simulations", SHORT, LONG)
def test_ranks_are_uniform(case, simulations):
    assert least_rank_pvalue(case, simulations, SEED) > LEAST_P


@every_case
@fast_and_slow("chains", SHORT_CHAINS, LONG_CHAINS)
def test_successive_simulation_agrees_with_marginal_simulation(case, chains):
    assert np.abs(z_scores(case, chains, LENGTH, SEED)).max() < LARGEST_Z


@every_fault(COUNT, NEXT_CATEGORY)  # Geweke's test, which is faster, sees all
def test_ranks_detect_a_fault(fault, name):
    assert least_rank_pvalue(CASES[name], SHORT, SEED, fault) < LEAST_P


@every_fault(*FAULTS)
def test_successive_simulation_detects_a_fault(fault, name):
    assert np.abs(z_scores(CASES[name], SHORT_CHAINS, LENGTH, SEED, fault)).max() > LARGEST_Z


def test_the_copy_without_a_fault_is_the_sampler():
    for name in ("own scales", "collapsed, unequal"):
        case = CASES[name]
        y = np.random.default_rng(0).normal(size=case.n)
        draw = partial(
            sample_gibbs, y, case.k, prior=case.prior, draws=50, collapsed=case.collapsed, random_seed=1,
            progressbar=False,
        )  # fmt: skip
        original = draw()
        with copies_with(RIGHT):
            copy = draw()
        np.testing.assert_allclose(copy["posterior"]["mu"], original["posterior"]["mu"], rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["three Gaussians", "known weights", "collapsed"])
def test_ranks_of_what_sample_gibbs_returns_are_uniform(name):
    assert least_rank_pvalue(CASES[name], 500, SEED, draw=draw_by_sample_gibbs) > LEAST_P


@pytest.mark.slow
def test_successive_simulation_detects_points_removed_late():
    """The fault changes little: only a long run detects it."""
    case = Case(Prior(ScaledNormal(0, 0.5), GAMMA, (0.3, 0.7)), 2, 4, 10, True)
    assert np.abs(z_scores(case, LONG_CHAINS, LENGTH, SEED)).max() < LARGEST_Z
    assert np.abs(z_scores(case, LONG_CHAINS, LENGTH, SEED, REMOVED_LATE)).max() > LARGEST_Z
