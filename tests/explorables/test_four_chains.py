"""The numerics of the explorable *Four chains* against ArviZ, SciPy and the exact posterior."""

import re
from itertools import product

import arviz as az
import numpy as np
import pytest
from scipy import stats

from gmixlib import TwoMeansPosterior, two_gaussians
from tools.notebooks import ROOT

pytest_plugins = ["numerics"]

LENGTHS = [100, 300, 1000]  # of the chains that the explorable shows
PATTERNS = [list(pattern) for pattern in product([False, True], repeat=4)]


def autoregressive(coefficient: float, shape: tuple[int, int]) -> np.ndarray:
    """Chains in which each draw is the one before it times a coefficient, plus noise."""
    draws = np.random.default_rng(3).normal(size=shape)
    for i in range(1, shape[1]):
        draws[:, i] += coefficient * draws[:, i - 1]
    return draws


def arrays() -> dict[str, np.ndarray]:
    """Draws of many kinds, shape (chains, draws)."""
    rng = np.random.default_rng(2)
    levels = np.array([0, 0, 0, 20])[:, np.newaxis]
    found = {
        "normal": rng.normal(size=(4, 1000)),
        "two chains": rng.normal(size=(2, 250)),
        "heavy tails": rng.standard_cauchy(size=(4, 400)),
        "skewed": rng.gamma(0.1, size=(3, 300)),
        "other places": rng.normal(np.arange(4)[:, np.newaxis], size=(4, 200)),
        "other scales": rng.normal(scale=[[1], [1], [1], [4]], size=(4, 200)),
        "one of four apart": levels + rng.normal(size=(4, 500)),
        "two of four apart": levels[[0, 0, 3, 3]] + rng.normal(size=(4, 500)),
        "a trend": np.linspace(0, 2, 300) + rng.normal(size=(4, 300)),
        "ties": rng.poisson(2, size=(4, 300)),
        "two values": rng.integers(0, 2, size=(4, 300)),
        "all equal": np.ones((4, 50)),
        "an odd number": rng.normal(size=(3, 101)),
        "two modes": rng.normal(rng.choice([-9, 9], size=(4, 400))),
        "slow": autoregressive(0.97, (4, 600)),
        "antithetic": autoregressive(-0.5, (4, 600)),
        "very antithetic": autoregressive(-0.98, (4, 600)),
        "far from 0": 1e6 + rng.normal(size=(4, 200)),
        "tiny": 1e-200 * rng.normal(size=(4, 200)),
    }
    # In few draws the sums of autocorrelations end in every way that they can.
    few = {f"{n} draws {copy}": rng.normal(size=(2, n)) for n in (*range(4, 15), 20) for copy in range(3)}
    # The last pair of lags has a positive sum, and begins below 0.
    below = [(10, 33), (12, 53), (16, 19)]
    few |= {f"{n} draws at last below 0": np.random.default_rng(k).normal(size=(2, n)) for n, k in below}
    up = {f"{n} draws upwards": np.arange(2 * n).reshape(2, n) * 1.0 for n in (8, 12, 40)}
    return found | few | up


ARRAYS = arrays()


@pytest.mark.parametrize("kind", ARRAYS)
def test_rhat_and_effective_size_are_those_of_arviz(numerics, kind):
    draws = ARRAYS[kind]
    with np.errstate(invalid="ignore"):
        expected = float(az.rhat(draws))
    assert numerics("rhat", "rhat", draws) == pytest.approx(expected, rel=1e-12, nan_ok=True)
    # ArviZ takes autocovariances from a Fourier transform, which rounds in another way than sums do.
    assert numerics("rhat", "effectiveSize", draws) == pytest.approx(float(az.ess(draws)), rel=1e-12)


def test_quantiles_of_the_normal(numerics):
    for p in (5e-300, 1e-20, 1e-12, 2e-11, 1e-5, 0.01, 0.0749, 0.0751, 0.3, 0.5, 0.6, 0.9249, 0.9251, 0.9999):
        found = numerics("normal", "normalQuantile", p)
        assert found == pytest.approx(stats.norm.ppf(p), rel=2e-15, abs=1e-16)
        assert numerics("normal", "normalQuantile", 0.5) == 0
    for p in 2.0 ** -np.arange(2, 53):
        found = numerics("normal", "normalQuantile", 1 - p)
        assert found == pytest.approx(-stats.norm.ppf(p), rel=2e-15)


def shown(numerics, mirrored, *, seed=4, length=1000, switches=False, ordered=False):
    """The first location in the chains that the explorable shows, and both locations before anything was done to them."""
    chains = numerics("four_chains", "fourChains", seed, length)
    options = {"switches": switches, "ordered": ordered}
    first = numerics("four_chains", "firstLocation", chains, mirrored, options)
    return np.array(first), np.array(chains)


@pytest.fixture(scope="module")
def exact():
    y, _ = two_gaussians()
    return TwoMeansPosterior(y, sigma=1.0, prior_sd=10.0)


def test_moments_are_those_of_the_posterior(exact):
    source = (ROOT / "book" / "explorables" / "numerics" / "four_chains.js").read_text(encoding="utf-8")
    written = re.search(r"mean: \[(.*), (.*)\], sd: \[(.*), (.*)\], corr: (.*) \}", source).groups()
    expected = [*exact.ordered_mean, *exact.ordered_sd, exact.ordered_corr]
    assert [float(text) for text in written] == pytest.approx(expected, abs=6e-7)


SEEDS = [1, 4, 9999]


@pytest.fixture(scope="module")
def runs(numerics):
    """The chains of three seeds, shape (3, 4, 2, 1000)."""
    return np.array([numerics("four_chains", "fourChains", seed, 1000) for seed in SEEDS])


@pytest.mark.parametrize("location", [0, 1])
def test_draws_have_the_law_of_each_location(runs, exact, location):
    draws = runs[:, :, location]
    law = stats.norm(exact.ordered_mean[location], exact.ordered_sd[location])
    assert stats.kstest(draws.ravel(), law.cdf).pvalue > 1e-4
    # Sixteen bins that the posterior fills equally: it is near enough to a normal for 4,000 draws not to tell.
    bins = exact.ordered_quantile(np.arange(1, 16) / 16)[:, location]
    for run in draws:
        counts = np.bincount(np.searchsorted(bins, run.ravel()), minlength=16)
        assert stats.chisquare(counts).pvalue > 1e-4
    chains = draws.reshape(12, 1000)
    assert np.abs(np.corrcoef(chains) - np.eye(12)).max() < 4.5 / np.sqrt(1000)
    assert np.abs([np.corrcoef(one[1:], one[:-1])[0, 1] for one in chains]).max() < 4.5 / np.sqrt(1000)


@pytest.mark.parametrize("sign", [1, -1])
def test_draws_have_the_law_of_both_locations_together(runs, exact, sign):
    low, high = exact.ordered_mean
    variance = exact.ordered_sd @ exact.ordered_sd + 2 * sign * exact.ordered_corr * exact.ordered_sd.prod()
    together = runs[:, :, 1] + sign * runs[:, :, 0]
    assert stats.kstest(together.ravel(), stats.norm(high + sign * low, np.sqrt(variance)).cdf).pvalue > 1e-4


def test_a_seed_fixes_the_draws_and_fewer_are_the_first_ones_of_more(numerics):
    long, again, short, other = (
        np.array(numerics("four_chains", "fourChains", seed, length))
        for seed, length in [(7, 1000), (7, 1000), (7, 100), (8, 1000)]
    )
    assert (long == again).all()
    assert (long[..., :100] == short).all()
    assert np.intersect1d(long, other).size == 0
    assert np.unique(long).size == long.size


@pytest.mark.parametrize("mirrored", PATTERNS)
def test_every_pattern(numerics, mirrored):
    first, chains = shown(numerics, mirrored)
    assert (first == chains[range(4), np.array(mirrored, dtype=int)]).all()
    assert numerics("rhat", "rhat", first) == pytest.approx(float(az.rhat(first)), rel=1e-12)
    assert numerics("rhat", "effectiveSize", first) == pytest.approx(float(az.ess(first)), rel=1e-12)
    assert numerics("rhat", "rhat", first) == pytest.approx(limit(sum(mirrored), 4), abs=0.01)
    assert numerics("four_chains", "mirroredHalves", mirrored, False) == 2 * sum(mirrored)


@pytest.mark.parametrize("mirrored", PATTERNS[::5])
@pytest.mark.parametrize("length", LENGTHS)
def test_the_last_chain_switches_half_way(numerics, mirrored, length):
    first, chains = shown(numerics, mirrored, switches=True, length=length)
    halves = np.vstack(np.split(first, 2, axis=1))
    low, high = chains[:, 0], chains[:, 1]
    assert ((first == low) | (first == high)).all()
    upper = (halves > 0.15).all(axis=1)
    assert (upper | (halves < 0.15).all(axis=1)).all()  # each half is in one mode
    assert upper.tolist() == [*mirrored, *mirrored[:3], not mirrored[3]]
    assert numerics("four_chains", "mirroredHalves", mirrored, True) == upper.sum()
    assert numerics("rhat", "rhat", first) == pytest.approx(float(az.rhat(first)), rel=1e-12)
    assert numerics("rhat", "effectiveSize", first) == pytest.approx(float(az.ess(first)), rel=1e-12)
    assert numerics("rhat", "rhat", first) == pytest.approx(limit(upper.sum(), 8), abs=10 / length)


def limit(upper: int, count: int) -> float:
    """R-hat of four long chains, of which so many of `count` equal parts lie on the upper of two levels: chapter 4."""
    if upper in (0, count):
        return 1.0
    share = upper / count
    between = stats.norm.pdf(stats.norm.ppf(share)) ** 2 / (share * (1 - share))
    return np.sqrt(1 + 8 / 7 * between / (1 - between))


@pytest.mark.parametrize("switches", [False, True])
def test_ordered_draws_do_not_depend_on_the_pattern(numerics, switches):
    for mirrored in PATTERNS[::5]:
        first, chains = shown(numerics, mirrored, length=100, switches=switches, ordered=True)
        assert (first == np.sort(chains, axis=1)[:, 0]).all()


def test_random_starts_choose_every_pattern_equally_often(numerics):
    found = [numerics("four_chains", "randomModes", seed) for seed in range(1, 1601)]
    numbers = np.array(found) @ [8, 4, 2, 1]
    assert stats.chisquare(np.bincount(numbers, minlength=16)).pvalue > 1e-4
    pairs = stats.contingency.crosstab(numbers[1:] // 4, numbers[:-1] // 4).count  # one seed after the other
    assert stats.chi2_contingency(pairs).pvalue > 1e-4
