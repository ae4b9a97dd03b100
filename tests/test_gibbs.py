"""sample_gibbs: each conditional against its exact distribution, and posteriors that can be enumerated."""

import itertools
import os
import subprocess
import sys
import threading
import tracemalloc
from itertools import product
from pathlib import Path

import arviz as az
import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import gammaln, softmax
from scipy.stats import beta, invgamma, kstest, multivariate_t, norm, t, uniform

from gmixlib import TwoMeansPosterior, agrees, mixture_logpdf, responsibilities, sample_gibbs, two_gaussians
from gmixlib.priors import Dirichlet, InverseGamma, Normal, Prior, ScaledNormal, Uniform
from gmixlib.samplers import _chains, _kernels
from gmixlib.samplers._random import bitgen_of

CONJUGATE = Prior(ScaledNormal(0.5, 0.2), InverseGamma(2.0, 1.5), Dirichlet(1.5))
INDEPENDENT = Prior(Normal(0.5, 3.0), InverseGamma(2.0, 1.5), Dirichlet(1.5))
THREE_GAUSSIANS = Prior(Normal(0, 15), Uniform(20), Dirichlet(1, minimum=0.1), shared_sigma=True)
QUIET = {"progressbar": False, "random_seed": 1}
MIXTURES = {
    "separate": ([0.3, 0.4, 0.3], [-5, 0, 5], [1, 1, 1]),
    "overlapping, own scales": ([0.3, 0.5, 0.2], [-1, 0, 1.5], [1, 0.6, 1.4]),
    "one inside the other": ([0.5, 0.5], [0, 0.1], [0.05, 4]),
    "a weight of 0, and a tiny one": ([0, 1 - 1e-9, 1e-9], [0, 0.5, 1], [1, 2, 1]),
    "one component": ([1.0], [0], [1]),
    "six": ([0.1, 0.2, 0.1, 0.2, 0.2, 0.2], [-6, -4, -1, 0, 1, 9], [1, 2, 0.3, 1, 3, 0.5]),
}


def callable_from_python(function):
    """Give Python what was compiled for compiled code alone."""
    return numba.njit(function.py_func)


bound_responsibilities = callable_from_python(_kernels.bound_responsibilities)
draw_categories = callable_from_python(_kernels.draw_categories)
draw_parameters = callable_from_python(_kernels.draw_parameters)
draw_scale = callable_from_python(_kernels.draw_scale)
draw_weights = callable_from_python(_kernels.draw_weights)
fill_random = callable_from_python(_kernels.fill_random)
log_factors = callable_from_python(_kernels.log_factors)
mark = callable_from_python(_kernels.mark)
slice_step = callable_from_python(_kernels.slice_step)
sums_of_marked = callable_from_python(_kernels.sums_of_marked)


def arrays(w, mu, sigma):
    return tuple(np.array(values, dtype=float) for values in (w, mu, sigma))


# Categories


@pytest.mark.parametrize("n", [1, 7, 63, 64, 65, 200, 512])
def test_sums_in_a_band(n):
    rng = np.random.default_rng(n)
    words = -(-n // 64)
    random, y = rng.integers(2**64, size=16 * words, dtype=np.uint64), rng.normal(3, 2, n)
    u = random.view(np.uint16)
    # Some of the edges are numbers themselves; bands are narrow, broad, or all there is.
    edges = np.sort([0, 1000, *u[[n // 4, n // 2]], 2**16]).tolist()
    for low, high in itertools.combinations(sorted(set(edges)), 2):
        marks = np.empty(words, np.uint64)
        count = mark(random, low, high - low - 1, n, marks)
        inside = (u >= low) & (u < high) & (np.arange(u.size) < n)
        np.testing.assert_array_equal(np.unpackbits(marks.view(np.uint8), bitorder="little"), inside)
        deviations = y[inside[:n]] - 2.5
        assert count == deviations.size
        expected = deviations.sum(), (deviations**2).sum()
        np.testing.assert_allclose(sums_of_marked(marks, count, y, 2.5), expected, rtol=1e-12, atol=1e-12)


def test_neither_the_processor_nor_whose_distributions_change_a_draw(tmp_path):
    """Compiled anew for the least of all processors of this make, and with numba's own distributions in place of
    NumPy's as where those are not found, the sampler has the same draws, to the last bit."""
    program = """
import ctypes, numba, sys
find, ctypes.CDLL = ctypes.CDLL, lambda file: None
from gmixlib.samplers import _random
assert not _random.EXPORTED
ctypes.CDLL = find
import test_gibbs
sys.stdout.write(test_gibbs.draws_in_bits())
"""
    target = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    elsewhere = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parent, env=os.environ | target, stdout=subprocess.PIPE,
        encoding="utf-8", check=True,
    )  # fmt: skip
    assert elsewhere.stdout == draws_in_bits()


def draws_in_bits():
    """The locations drawn with one prior that needs slice steps, and with another, collapsed."""
    y = np.random.default_rng(0).normal(np.repeat([-5.0, 0, 5], 200), 2)
    one = sample_gibbs(y[:220], 3, prior=THREE_GAUSSIANS, draws=300, **QUIET)
    conjugate = Prior(ScaledNormal(0, 0.1), InverseGamma(2, 2), Dirichlet(1))
    other = sample_gibbs(y[::10], 3, prior=conjugate, draws=100, collapsed=True, **QUIET)
    return "".join(idata["posterior"]["mu"].values.tobytes().hex() for idata in (one, other))


@pytest.mark.parametrize("n", [1, 7, 16, 17, 300, 3000, 20_000])
@pytest.mark.parametrize("mixture", MIXTURES.values(), ids=MIXTURES.keys())
def test_frequencies_of_categories_are_the_responsibilities(mixture, n):
    w, mu, sigma = arrays(*mixture)
    rng = np.random.default_rng(n)
    y = np.sort(np.concatenate([rng.normal(0, 4, n - n // 5), np.full(n // 5, 0.3)]))  # with ties
    y[-1] += 1e6  # and an outlier, far from all components
    sweeps = 60_000 // (n + 2) + 300
    blocks, order = _kernels.in_blocks(y), np.arange(n)
    statistics = _kernels.Statistics(*np.zeros((3, w.size)))
    drawn = np.empty((sweeps, n), np.int8)
    counter, state = rng.integers(2**63), _kernels.State(w, mu, sigma)
    for row in drawn:
        counter = draw_categories(blocks, state, np.uint64(counter), statistics, order, row)
    expected = responsibilities(y, w, mu, sigma)
    for k in range(w.size):
        frequency, p = (drawn == k).mean(axis=0), expected[:, k]
        assert frequency[p == 0].sum() == 0
        error = np.sqrt(p * (1 - p) / sweeps)
        # Frequencies of rare events are not normal: 3 / sweeps allows for three of them.
        assert (np.abs(frequency - p) <= 6 * error + 3 / sweeps).all()
        assert abs((frequency - p).sum()) <= 5 * np.sqrt((error**2).sum()) + 3 / sweeps
    last = drawn[-1]
    for k in range(w.size):
        mine = y[last == k]
        assert statistics.counts[k] == mine.size
        if mine.size:
            assert statistics.means[k] == pytest.approx(mine.mean(), rel=1e-12, abs=1e-12)
            assert statistics.spreads[k] == pytest.approx(
                ((mine - mine.mean()) ** 2).sum(), rel=1e-9, abs=1e-9
            )


finite = st.floats(-8, 8)


@settings(deadline=None)  # the first example waits for the compiler
@given(
    st.lists(st.tuples(st.floats(0.01, 1), finite, st.floats(0.05, 5)), min_size=1, max_size=5),
    finite,
    st.floats(0, 5),
)
def test_bounds_hold_all_over_the_block(components, first, width):
    w, mu, sigma = arrays(*zip(*components, strict=True))
    w /= w.sum()
    lower, highest = np.empty(w.size), np.empty(w.size)
    last = first + width
    bound_responsibilities(first, last, log_factors(w, sigma), mu, sigma, lower, highest)
    everywhere = responsibilities(np.linspace(first, last, 200), w, mu, sigma)
    assert (lower <= everywhere.min(axis=0) * (1 + 1e-12)).all()
    assert lower.sum() <= 1 + 1e-12
    if width == 0:
        np.testing.assert_allclose(lower, everywhere[0], rtol=1e-9)


def test_random_bits_are_uniform_and_continue_from_the_counter():
    words = np.empty(100_000, np.uint64)
    counter = fill_random(np.uint64(7), words)
    u = words.view(np.uint16) / 2**16
    assert kstest(u, uniform.cdf).pvalue > 1e-6
    assert np.abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 5 / np.sqrt(u.size)
    halves = np.empty((2, 50_000), np.uint64)
    middle = fill_random(np.uint64(7), halves[0])
    assert fill_random(np.uint64(middle), halves[1]) == counter
    np.testing.assert_array_equal(halves.ravel(), words)


@pytest.mark.parametrize(
    ("seed", "published"),
    [
        (
            1234567,
            [
                6457827717110365317,
                3203168211198807973,
                9817491932198370423,
                4593380528125082431,
                16408922859458223821,
            ],
        ),
        (0, [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC]),
    ],
)
def test_random_words_are_those_of_splitmix64(seed, published):
    """The outputs for 1234567 are those in Rosetta Code."""
    words = np.empty(len(published), np.uint64)
    first = seed + int(_kernels.STEP)
    counter = fill_random(np.uint64(first), words)
    assert counter == (first + len(published) * int(_kernels.STEP)) % 2**64
    assert words.tolist() == published


# Parameters

COUNTS, MEANS, SPREADS = np.array([5.0, 0.0, 12.0]), np.array([-1.0, 0.0, 2.0]), np.array([4.0, 0.0, 9.0])


def parameter_draws(prior, sweeps=3000, *, thin=1, start=None):
    """Draw parameters again and again given the same categories, and return arrays of (w, mu, sigma)."""
    hyper, rng = prior.for_components(3), np.random.default_rng(3)
    state = _kernels.State(*(np.array(x) for x in start or (np.full(3, 1 / 3), np.zeros(3), np.ones(3))))
    if not np.isnan(hyper.sigma).any():
        state.sigma[:] = hyper.sigma
    draws = []
    for sweep in range(sweeps * thin):
        statistics = _kernels.Statistics(COUNTS.copy(), MEANS.copy(), SPREADS.copy())
        draw_parameters(state, statistics, hyper, bitgen_of(rng))
        if sweep % thin == 0:
            draws.append([part.copy() for part in state])
    return np.moveaxis(np.array(draws), 0, 1)


def assert_distribution(values, cdf):
    assert kstest(values, cdf).pvalue > 1e-6


def test_scales_and_locations_follow_their_joint_conditional_under_the_conjugate_prior():
    _, mu, sigma = parameter_draws(Prior(ScaledNormal(3.5, 4.0), InverseGamma(2.0, 1.5)))
    for k in range(3):
        points = 4 + COUNTS[k]
        rate = 1.5 + 0.5 * (SPREADS[k] + 4 * COUNTS[k] / points * (MEANS[k] - 3.5) ** 2)
        shape, centre = 2 + 0.5 * COUNTS[k], (4 * 3.5 + COUNTS[k] * MEANS[k]) / points
        assert_distribution(sigma[:, k] ** 2, invgamma(shape, scale=rate).cdf)
        assert_distribution((mu[:, k] - centre) * np.sqrt(points) / sigma[:, k], norm.cdf)
        assert_distribution(mu[:, k], t(2 * shape, centre, np.sqrt(rate / (shape * points))).cdf)


def test_locations_of_known_scales_follow_their_conditional():
    sigma = np.array([0.5, 1.0, 2.0])
    _, mu, _ = parameter_draws(Prior(Normal((0.0, 1.0, 2.0), (3.0, 4.0, 5.0)), sigma))
    precision = COUNTS / sigma**2 + 1 / np.array([3.0, 4.0, 5.0]) ** 2
    centre = (COUNTS * MEANS / sigma**2 + np.array([0, 1, 2]) / np.array([3, 4, 5]) ** 2) / precision
    for k in range(3):
        assert_distribution((mu[:, k] - centre[k]) * np.sqrt(precision[k]), norm.cdf)


def test_scales_follow_their_conditional_given_the_locations():
    """The distribution function given the locations of the same draw makes each draw of a scale uniform."""
    for shared in (False, True):
        prior = Prior(INDEPENDENT.mu, INDEPENDENT.sigma, INDEPENDENT.w, shared_sigma=shared)
        _, mu, sigma = parameter_draws(prior)
        about = SPREADS + COUNTS * (MEANS - mu) ** 2
        if shared:
            u = invgamma.cdf(sigma[:, 0] ** 2, 2 + 0.5 * COUNTS.sum(), scale=1.5 + 0.5 * about.sum(axis=1))
            assert_distribution(u, uniform.cdf)
            assert (sigma == sigma[:, :1]).all()
        else:
            for k in range(3):
                u = invgamma.cdf(sigma[:, k] ** 2, 2 + 0.5 * COUNTS[k], scale=1.5 + 0.5 * about[:, k])
                assert_distribution(u, uniform.cdf)


@pytest.mark.parametrize("upper", [20.0, 0.6, 0.2])
def test_a_uniform_scale_follows_its_conditional_also_where_it_is_cut_off(upper):
    """With the smallest limit every draw comes from slice steps, which are autocorrelated: hence thinning."""
    start = (np.full(3, 1 / 3), MEANS, np.full(3, upper / 2))
    _, mu, sigma = parameter_draws(
        Prior(Normal(0, 15), Uniform(upper), Dirichlet(), True), thin=5 if upper < 1 else 1, start=start
    )
    about = (SPREADS + COUNTS * (MEANS - mu) ** 2).sum(axis=1)
    square = invgamma(0.5 * (COUNTS.sum() - 1), scale=0.5 * about)
    # In logs, as far below the mode this is the ratio of two tiny numbers.
    u = np.exp(square.logcdf(sigma[:, 0] ** 2) - square.logcdf(upper**2))
    assert_distribution(u, uniform.cdf)


def test_weights_follow_their_conditional():
    w, _, _ = parameter_draws(INDEPENDENT)
    shape = 1.5 + COUNTS
    for k in range(3):
        assert_distribution(w[:, k], beta(shape[k], shape.sum() - shape[k]).cdf)


def chain_of(step, start):
    """Make 10,000 steps, and return every fifth state: those are independent, or nearly."""
    states = [start]
    for _ in range(10_000):
        states.append(step(states[-1]))
    return np.array(states[1::5])


def weight_draws(prior, counts):
    """Draw weights again and again given the same counts."""
    hyper, rng = prior.for_components(counts.size), np.random.default_rng(3)

    def step(w):
        new = w.copy()
        draw_weights(new, counts, hyper, bitgen_of(rng))
        return new

    return chain_of(step, np.full(counts.size, 1 / counts.size))


def test_two_weights_above_a_minimum_follow_a_cut_off_beta():
    w = weight_draws(Prior(Normal(), 1.0, Dirichlet(1.5, 0.3)), np.array([4.0, 1.0]))
    low, high = beta.cdf([0.3, 0.7], 5.5, 2.5)
    assert_distribution(w[:, 0], lambda x: (beta.cdf(x, 5.5, 2.5) - low) / (high - low))


def test_weights_that_the_data_push_below_the_minimum_follow_their_conditional():
    """Rejection accepts one in ten thousand, so slice steps make the draws."""
    w = weight_draws(Prior(Normal(), 1.0, Dirichlet(1.0, 0.01)), np.array([99.0, *np.zeros(9)]))
    for k in range(1, 10):
        assert_distribution(w[:, k], lambda x: 1 - ((0.92 - x) / 0.91) ** 108)
    assert w.min() >= 0.01


@pytest.mark.parametrize(
    ("low", "high", "p", "q", "r"),
    [
        (0.1, 0.8, 1.5, 0.3, 0.0),
        (0.0, 1.0, -3.0, 0.0, 0.2),
        (0.2, 0.8, -0.5, -0.5, 0.0),
        (0.0, 1.0, -1, 0, 0.01),
    ],
)
def test_slice_steps_leave_their_density_unchanged(low, high, p, q, r):
    def density(x):
        return x**p * (1 - x) ** q * np.exp(-r / x**2)

    rng, powers = np.random.default_rng(5), (float(p), float(q), float(r))
    drawn = chain_of(lambda x: slice_step(x, low, high, *powers, bitgen_of(rng)), (low + high) / 2)
    total = quad(density, low, high)[0]
    assert_distribution(drawn, np.vectorize(lambda x: quad(density, low, x)[0] / total))


@pytest.mark.parametrize("count", [1.0, 2.0])
def test_the_scale_behind_few_deviations_follows_its_conditional(count):
    """Given one deviation there is no gamma distribution, so every draw is a slice step."""
    hyper, rng = Prior(Normal(), Uniform(3.0), Dirichlet(), True).for_components(1), np.random.default_rng(5)
    drawn = chain_of(lambda sigma: draw_scale(sigma, count, 0.8, hyper, bitgen_of(rng)), 1.0)

    def density(sigma):
        return sigma**-count * np.exp(-0.4 / sigma**2)

    total = quad(density, 0, 3)[0]
    assert_distribution(drawn, np.vectorize(lambda x: quad(density, 0, x)[0] / total))


# Posteriors

Y = np.array([-1.6, -0.1, 0.4, 2.5, 3.0, -2.0])  # in an order that is not its own inverse


def assignment_posterior(y, k, prior):
    """All assignments of the points and their exact posterior probabilities, conjugate prior."""
    z = np.array(list(product(range(k), repeat=y.size)))
    a, m = np.full(k, prior.w.concentration), np.full(k, prior.mu.mean)
    log_p = np.zeros(len(z))
    for row, assignment in enumerate(z):
        for j in range(k):
            mine = y[assignment == j]
            log_p[row] += gammaln(a[j] + mine.size)
            if mine.size:
                covariance = np.eye(mine.size) + 1 / prior.mu.points
                log_p[row] += multivariate_t.logpdf(
                    mine, np.full(mine.size, m[j]), prior.sigma.scale / prior.sigma.shape * covariance,
                    df=2 * prior.sigma.shape,
                )  # fmt: skip
    return z, softmax(log_p)


@pytest.mark.parametrize("collapsed", [False, True])
def test_categories_have_their_enumerated_posterior(collapsed):
    z, p = assignment_posterior(Y, 2, CONJUGATE)
    idata = sample_gibbs(
        Y, 2, prior=CONJUGATE, draws=10_000, tune=100, collapsed=collapsed, keep=["categories"], **QUIET
    )
    drawn = idata.posterior["category"].values
    for i, j in [(0, 1), (0, 2), (2, 3), (3, 4), (0, 5)]:
        assert agrees(drawn[..., i] == drawn[..., j], p[z[:, i] == z[:, j]].sum())
    for i in range(Y.size):
        assert agrees(drawn[..., i], (p * z[:, i]).sum())
    sizes = (z == 0).sum(axis=1)
    counts = idata.sample_stats["counts"].values[..., 0]
    for size in range(Y.size + 1):
        assert agrees(counts == size, p[sizes == size].sum())


@pytest.mark.parametrize("collapsed", [False, True])
def test_parameters_have_their_enumerated_posterior(collapsed):
    z, p = assignment_posterior(Y, 2, CONJUGATE)
    idata = sample_gibbs(Y, 2, prior=CONJUGATE, draws=10_000, collapsed=collapsed, **QUIET)
    moments = np.zeros(3)
    for assignment, probability in zip(z, p, strict=True):
        mine = Y[assignment == 0]
        points, shape = 0.2 + mine.size, 2 + mine.size / 2
        spread = ((mine - mine.mean()) ** 2).sum() if mine.size else 0.0
        centre = (0.2 * 0.5 + mine.sum()) / points
        shift = 0.2 * mine.size / points * (mine.mean() - 0.5) ** 2 if mine.size else 0.0
        variance = (1.5 + 0.5 * (spread + shift)) / (shape - 1)
        moments += probability * np.array([(1.5 + mine.size) / (3 + Y.size), centre, variance])
    for name, power, expected in zip(("w", "mu", "sigma"), (1, 1, 2), moments, strict=True):
        assert agrees(idata.posterior[name].values[..., 0] ** power, expected)


def test_collapsing_takes_known_weights():
    known = Prior(CONJUGATE.mu, CONJUGATE.sigma, [0.7, 0.3])
    runs = [
        sample_gibbs(Y, 2, prior=known, draws=10_000, collapsed=collapsed, **QUIET)
        for collapsed in (True, False)
    ]
    for name in ("mu", "sigma"):
        collapsed, plain = (run.posterior[name].values[..., 0] for run in runs)
        errors = [float(az.mcse(x, method="mean")) for x in (collapsed, plain)]
        assert abs(collapsed.mean() - plain.mean()) < 5 * np.hypot(*errors)


def test_two_locations_have_the_posterior_of_quadrature():
    y, _ = two_gaussians()
    exact = TwoMeansPosterior(y)
    # The components are so far apart that a chain never changes its labelling: ordering makes all the same.
    prior = Prior(Normal(0, 10), 1.0, [0.5, 0.5])
    idata = sample_gibbs(y, 2, prior=prior, draws=5000, ordered=True, **QUIET)
    mu = idata.posterior["mu"].values
    for k in range(2):
        assert agrees(mu[..., k], exact.ordered_mean[k])
        assert agrees(mu[..., k], exact.ordered_sd[k], method="sd")
    assert set(idata.posterior.data_vars) == {"mu"}
    np.testing.assert_array_equal(idata.constant_data["w"], [0.5, 0.5])
    np.testing.assert_array_equal(idata.constant_data["sigma"], [1.0, 1.0])


# The returned tree


def test_values_of_each_observation_belong_to_the_draws():
    y = np.random.default_rng(4).permutation(np.concatenate([Y, Y + 0.05, 3 * Y, [40.0]]))
    for collapsed in (False, True):
        idata = sample_gibbs(
            y, 3, prior=CONJUGATE, draws=40, chains=2, collapsed=collapsed, ordered=True,
            keep=["categories", "responsibilities", "log_likelihood"], **QUIET,
        )  # fmt: skip
        w, mu, sigma = (idata.posterior[name].values for name in ("w", "mu", "sigma"))
        assert (np.diff(mu) > 0).all()
        for chain in range(2):
            each = [responsibilities(y, w[chain, d], mu[chain, d], sigma[chain, d]) for d in range(40)]
            np.testing.assert_allclose(
                idata["averages"]["responsibilities"][chain], np.mean(each, axis=0), rtol=1e-10, atol=1e-14
            )
            for draw in range(40):
                np.testing.assert_allclose(
                    idata.log_likelihood["y"][chain, draw],
                    mixture_logpdf(y, w[chain, draw], mu[chain, draw], sigma[chain, draw]),
                    rtol=1e-12,
                )
        category = idata.posterior["category"].values
        counts = (category[..., None] == np.arange(3)).sum(axis=2)
        np.testing.assert_array_equal(idata.sample_stats["counts"], counts)
        # The joint density would differ if the categories were not renumbered with the locations.
        chain, draw = np.indices(category.shape)[:2]
        terms = np.log(w[chain, draw, category]) + norm.logpdf(
            y, mu[chain, draw, category], sigma[chain, draw, category]
        )
        expected = terms.sum(axis=-1) + CONJUGATE.log_density(w, mu, sigma)
        np.testing.assert_allclose(idata.sample_stats["lp"], expected, rtol=1e-9)
        np.testing.assert_array_equal(idata.observed_data["y"], y)
        assert idata.posterior["category"].dims == ("chain", "draw", "point")


def test_attributes_say_what_was_done():
    idata = sample_gibbs(Y, 2, prior=CONJUGATE, draws=5, tune=7, **QUIET)
    assert idata.posterior.attrs["inference_library"] == "gmixlib"
    assert idata.posterior.attrs["tuning_steps"] == 7
    assert "ScaledNormal(mean=0.5, points=0.2)" in idata.attrs["prior"]
    assert idata.posterior["mu"].dims == ("chain", "draw", "component")
    assert idata.posterior["mu"].shape == (4, 5, 2)


@pytest.mark.parametrize("collapsed", [False, True])
def test_the_seed_alone_decides_the_draws(collapsed, monkeypatch):
    def draws(seed, cores):
        idata = sample_gibbs(
            Y, 2, prior=CONJUGATE, draws=30, tune=30, chains=3, random_seed=seed, cores=cores,
            collapsed=collapsed, progressbar=False,
        )  # fmt: skip
        return np.concatenate([idata.posterior[name] for name in ("w", "mu", "sigma")], axis=-1)

    first = draws(5, 1)
    np.testing.assert_array_equal(first, draws(5, 3))
    assert not np.array_equal(first, draws(6, 1))
    assert not np.array_equal(first[0], first[1])
    np.testing.assert_array_equal(draws(np.random.default_rng(5), 2), first)
    monkeypatch.setattr(_chains, "TERMS_PER_CHUNK", 1)  # one sweep at a time
    np.testing.assert_array_equal(draws(5, 2), first)


def test_chains_begin_where_they_are_told():
    initial = {"mu": [[-5.0, 5.0], [5.0, -5.0]], "w": [0.9, 0.1]}
    y = np.concatenate([np.full(50, -5.0), np.full(50, 5.0)]) + np.tile([-0.1, 0.1], 50)
    prior = Prior(Normal(0, 10), 1.0, Dirichlet(1))
    idata = sample_gibbs(y, 2, prior=prior, draws=50, tune=0, chains=2, initial=initial, **QUIET)
    first = idata.posterior["mu"].values[..., 0]
    assert (first[0] < 0).all()
    assert (first[1] > 0).all()


def test_chains_differ_from_the_first_categories_on():
    options = {"initial": {"mu": [-1.0, 1.0]}, "keep": ["categories"], **QUIET}
    prior = Prior(Normal(), 1.0)
    idata = sample_gibbs(np.zeros(100), 2, prior=prior, draws=1, tune=0, chains=2, **options)
    first, second = idata.posterior["category"].values[:, 0]
    assert 20 < (first == second).sum() < 80


@pytest.mark.parametrize("collapsed", [False, True])
def test_what_is_kept_changes_no_draw(collapsed):
    """It decides which code is compiled."""
    options = {"prior": CONJUGATE, "draws": 50, "collapsed": collapsed, "ordered": True, **QUIET}
    one, other = (sample_gibbs(Y, 3, keep=keep, **options) for keep in ([], ["categories", "log_likelihood"]))
    for name in ("w", "mu", "sigma"):
        np.testing.assert_array_equal(one.posterior[name], other.posterior[name])


def test_an_empty_component_of_weight_0_leaves_the_density_finite():
    idata = sample_gibbs(Y, 2, prior=Prior(Normal(), 1.0, [1.0, 0.0]), draws=5, **QUIET)
    assert np.isfinite(idata.sample_stats["lp"]).all()


def test_the_observations_are_left_alone():
    y = np.array([3.0, 1.0, 2.0])
    idata = sample_gibbs(y, 2, prior=INDEPENDENT, draws=5, **QUIET)
    assert y.tolist() == [3, 1, 2]
    y[:] = 0
    assert idata.observed_data["y"].values.tolist() == [3, 1, 2]


def test_memory_is_one_sorted_copy_of_the_data():
    y = np.random.default_rng(1).normal(size=1_000_000)
    sample_gibbs(y[:100], 3, prior=INDEPENDENT, draws=2, tune=0, **QUIET)
    tracemalloc.start()
    try:
        idata = sample_gibbs(y, 3, prior=INDEPENDENT, draws=2, tune=0, chains=2, **QUIET)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert idata.observed_data["y"].size == y.size
    assert peak < 10 * y.size


@pytest.mark.parametrize(
    ("y", "k"),
    [
        ([0.5], 1),
        ([1.0, 1.0, 1.0], 2),
        ([0.0, 1.0], 2),
        (np.array([1e9, 1e9 + 1, 1e9 + 2]), 2),
        ([1e-9, 2e-9, 1.0, 5.0], 3),
        ([0, 1, 5], 3),
    ],
)
@pytest.mark.parametrize("prior", [CONJUGATE, INDEPENDENT, Prior(Normal(), 1.0)])
def test_awkward_data_give_finite_draws(y, k, prior, recwarn):
    idata = sample_gibbs(y, k, prior=prior, draws=50, **QUIET)
    assert all(np.isfinite(values).all() for values in idata.posterior.data_vars.values())
    assert np.isfinite(idata.sample_stats["lp"]).all()
    assert not recwarn.list


# Long runs


def test_a_long_run_shows_its_progress_and_a_short_one_does_not(capsys, monkeypatch):
    sample_gibbs(Y, 2, prior=CONJUGATE, draws=50, **QUIET)  # what is not compiled yet takes long
    sample_gibbs(Y, 2, prior=CONJUGATE, draws=50, random_seed=1)
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(_chains, "PROGRESS_DELAY", 0.0)
    sample_gibbs(np.tile(Y, 1000), 2, prior=CONJUGATE, draws=1000, random_seed=1)
    assert "8000/8000 sweeps" in capsys.readouterr().out


def test_an_interrupt_ends_all_chains_soon(monkeypatch):
    """Each chain checks for an interrupt after a chunk of its sweeps, here 111 of 101,000."""
    progress = {}

    def interrupt(futures, done, total, *args):
        progress.update(done=done, total=total)
        raise KeyboardInterrupt

    monkeypatch.setattr(_chains, "wait_with_progress", interrupt)
    threads = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        sample_gibbs(np.tile(Y, 10_000), 3, prior=CONJUGATE, draws=100_000, **QUIET)
    assert threading.active_count() == threads
    assert progress["total"] == 4 * 101_000
    assert sum(progress["done"]) < progress["total"] / 10


@pytest.mark.parametrize("progressbar", [False, True])
@pytest.mark.parametrize("failing", [0, 1])
def test_an_error_in_one_thread_stops_the_others_and_reaches_the_caller(failing, progressbar, monkeypatch):
    monkeypatch.setattr(_chains, "PROGRESS_DELAY", 0.0)
    both, told = threading.Barrier(2), {}

    def work(task, stop):
        if task < 2:
            both.wait(60)
        if task == failing:
            raise FloatingPointError(f"in {task}")
        told[task] = stop.wait(10)  # the sign to stop comes long before

    def pool():  # and not the thread that a progress bar may leave
        return {thread for thread in threading.enumerate() if thread.name.startswith("ThreadPool")}

    threads = pool()
    how = {"unit": "tasks", "cores": 2, "progressbar": progressbar}
    with pytest.raises(FloatingPointError, match=f"in {failing}"):
        _chains.run_in_threads(work, range(9), [0], 9, **how)
    assert told == {1 - failing: True}  # and the others have not begun
    assert pool() == threads


# Bad input

GOOD = {"y": Y, "k": 2, "prior": CONJUGATE, "draws": 5, "tune": 5, "chains": 2}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": 7}, "k is 7; it must be at most 6, the number of observations"),
        ({"prior": None}, "prior is None; it must be a gmixlib.priors.Prior"),
        ({"prior": Prior(Normal(), 1.0, [0.2, 0.3, 0.5])}, "w has 3 weights; it must have one for each of 2"),
        (
            {"prior": THREE_GAUSSIANS, "y": [1.0, 1.0, 2.0]},
            "y has 2 distinct values; with a Uniform prior of sigma",
        ),
        ({"keep": ["weights"]}, r"keep is \['weights'\]; it must be a collection of"),
        ({"keep": "categories"}, "keep is 'categories'; it must be a collection of"),
        ({"initial": {"means": [0, 1]}}, r"initial has \['means'\]; it must be of"),
        ({"initial": {"mu": [0, 1, 2]}}, r"initial\['mu'\] has shape \(3,\); it must be \(2,\) or \(2, 2\)"),
        ({"initial": {"mu": [0, None]}}, r"initial\['mu'\]\[1\] is None; it must be a real number"),
        ({"initial": {"mu": [0, np.nan]}}, r"initial\['mu'\] is .*; every location must be finite"),
        ({"initial": {"sigma": [1, 0]}}, r"initial\['sigma'\] is .*; every scale must be positive"),
        ({"initial": {"w": [0.5, 0.6]}}, r"initial\['w'\] sums to 1.1"),
        (
            {"initial": {"w": [0.95, 0.05]}, "prior": THREE_GAUSSIANS},
            r"initial\['w'\] is .*; every weight must be at least 0.1",
        ),
        (
            {"initial": {"sigma": [1, 2]}, "prior": THREE_GAUSSIANS},
            r"initial\['sigma'\] is .*; all must be equal",
        ),
        (
            {"initial": {"sigma": [30, 30]}, "prior": THREE_GAUSSIANS},
            r"initial\['sigma'\] is .*; it must be below 20",
        ),
        (
            {"initial": {"sigma": [2, 2]}, "prior": Prior(Normal(), 1.0)},
            r"initial\['sigma'\] is .*; it must be the known",
        ),
        (
            {"initial": {"w": [0.4, 0.6]}, "prior": Prior(Normal(), 1.0, [0.5, 0.5])},
            r"initial\['w'\] is .*; it must be the known",
        ),
        (
            {"collapsed": True, "prior": INDEPENDENT},
            "prior.mu is .*; it must be a ScaledNormal when collapsed",
        ),
        (
            {"collapsed": True, "prior": Prior(ScaledNormal(), 1.0)},
            "prior.sigma is 1.0; it must be an InverseGamma when collapsed",
        ),
        (
            {"collapsed": True, "prior": Prior(ScaledNormal(), InverseGamma(), shared_sigma=True)},
            "prior.shared_sigma is True; it must be False when collapsed",
        ),
        (
            {"collapsed": True, "prior": Prior(ScaledNormal(), InverseGamma(), Dirichlet(1, 0.1))},
            "prior.w is .*; it must be without a minimum when collapsed",
        ),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises((ValueError, TypeError), match=message):
        sample_gibbs(**(GOOD | change))
