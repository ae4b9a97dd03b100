"""The generator of random numbers that the explorables share."""

import numpy as np
import pytest
from scipy import stats

pytest_plugins = ["numerics"]

N = 20_000


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**32 - 1])
@pytest.mark.parametrize(
    ("kind", "argument", "law"),
    [
        ("uniform", None, stats.uniform()),
        ("normal", None, stats.norm()),
        ("gamma", 0.3, stats.gamma(0.3)),
        ("gamma", 1.0, stats.gamma(1)),
        ("gamma", 41.0, stats.gamma(41)),
    ],
)
def test_draws_have_their_law(numerics, seed, kind, argument, law):
    draws = np.array(numerics("random", "draws", seed, N, kind, argument))
    assert stats.kstest(draws, law.cdf).pvalue > 1e-4
    neighbours = np.corrcoef(draws[1:], draws[:-1])[0, 1]
    assert abs(neighbours) < 4.5 / np.sqrt(N)


def test_categories_have_their_probabilities(numerics):
    draws = numerics("random", "draws", 3, N, "category", [2, 0, 5, 3])
    assert (
        stats.chisquare(np.bincount(draws, minlength=4)[[0, 2, 3]], N * np.array([0.2, 0.5, 0.3])).pvalue
        > 1e-4
    )
    assert 1 not in draws


def test_the_same_seed_gives_the_same_draws_and_another_others(numerics):
    first, second, other = (numerics("random", "draws", seed, 100, "normal") for seed in (7, 7, 8))
    assert first == second
    assert np.count_nonzero(np.array(first) == other) == 0


def test_neighbouring_seeds_are_not_alike(numerics):
    first = np.array([numerics("random", "draws", seed, 1, "uniform")[0] for seed in range(2000)])
    assert stats.kstest(first, "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 4.5 / np.sqrt(2000)
