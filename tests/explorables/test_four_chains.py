"""The numerics of the explorable *Four chains* against ArviZ, SciPy and the exact posterior."""

from itertools import product

import arviz as az
import numpy as np
import pytest
from scipy import stats

from gmixlib import TwoMeansPosterior, two_gaussians

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
    few = {f"{n} draws {copy}": rng.normal(size=(2, n)) for n in (*range(4, 15), 20) for copy in range(6)}
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


def patterned(numerics, pattern, length=1000, seed=1, **options):
    """The first location in four chains of the explorable."""
    chains = numerics("four_chains", "fourChains", seed, length)
    options = {"switches": False, "ordered": False} | options
    return np.array(numerics("four_chains", "firstLocation", chains, pattern, options))
