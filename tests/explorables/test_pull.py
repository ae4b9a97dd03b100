"""The numerics of the explorable *The pull of a point* against the library, mpmath and NumPy."""

from functools import partial

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from gmixlib import mixture_logpdf, responsibilities

pytest_plugins = ["numerics"]

WEIGHTS = [0.05, 0.3, 0.5, 0.95]  # of the component on the right
PLACES = [-50.0, -41.0, -6.0, -2.0, -0.4, 0.0, 1.15, 2.0, 6.0, 40.0, 45.0]
MU, SIGMA = [-2.0, 2.0], [1.0, 1.0]
FIGURE = [([1 - w, w], MU, SIGMA) for w in WEIGHTS]
APART = ([0.4, 0.6], [-60.0, 60.0], [1.0, 1.0])  # between these, too, every density is 0
OTHERS = [([0.2, 0.3, 0.5], [-1.0, 0.5, 3.0], [0.4, 2.0, 1.3]), ([1.0], [0.7], [1.6])]
each_mixture = pytest.mark.parametrize("mixture", FIGURE + OTHERS)


def gradient(y, w, mu, sigma):
    """The derivatives of the log density with respect to the locations, from differences with 50 digits.

    A location moves its own term of the density only. The others would drown it, far out.
    """
    with mpmath.workdps(50):

        def term(k, location):
            return mpf(w[k]) * mpmath.npdf(mpf(y), location, mpf(sigma[k]))

        density = mpmath.fsum(term(k, mpf(place)) for k, place in enumerate(mu))
        slopes = [mpmath.diff(partial(term, k), mpf(place)) for k, place in enumerate(mu)]
        return [float(slope / density) for slope in slopes]


def naive_density(y, w, mu, sigma):
    x = (y - np.array(mu)) / sigma
    return np.exp(np.log(w) - x**2 / 2 - np.log(2 * np.pi) / 2 - np.log(sigma)).sum()


@each_mixture
@pytest.mark.parametrize("y", PLACES)
def test_score_is_the_gradient(numerics, mixture, y):
    found = numerics("pull", "score", y, *mixture)
    assert found == pytest.approx(gradient(y, *mixture), rel=1e-12, abs=1e-300)
    _, mu, sigma = map(np.array, mixture)
    expected = responsibilities(y, *mixture) * (y - mu) / sigma**2
    assert found == pytest.approx(expected.tolist(), rel=1e-12, abs=1e-300)


@each_mixture
def test_springs_are_the_scores_of_single_normals(numerics, mixture):
    _, mu, sigma = mixture
    for y in PLACES:
        for k in range(len(mu)):
            alone = gradient(y, [1.0], mu[k : k + 1], sigma[k : k + 1])
            assert numerics("pull", "springOf", y, mu[k], sigma[k]) == pytest.approx(alone[0], rel=1e-12)


@each_mixture
def test_naive_way_is_right_where_nothing_underflows(numerics, mixture):
    for y in np.linspace(-14, 14, 29):
        density = numerics("pull", "naiveDensity", y, *mixture)
        assert density == pytest.approx(naive_density(y, *mixture), rel=1e-12)
        assert density == pytest.approx(np.exp(mixture_logpdf(y, *mixture)), rel=1e-12)
        log = numerics("pull", "naiveLogDensity", y, *mixture)
        assert log == pytest.approx(mixture_logpdf(y, *mixture), rel=1e-12)
        found = numerics("pull", "naiveResponsibilities", y, *mixture)
        assert found == pytest.approx(responsibilities(y, *mixture).tolist(), rel=1e-12)


@pytest.mark.parametrize("mixture", [*FIGURE, *OTHERS, APART])
def test_naive_way_ends_where_numpy_ends(numerics, mixture):
    """Up to the last subnormal numbers, in which the exponentials of two programs may differ."""
    ends = numerics("pull", "naiveEnds", *mixture)
    assert ends[0] < min(mixture[1])
    assert ends[1] > max(mixture[1])
    for end, way in zip(ends, (-1, 1), strict=True):
        assert naive_density(end - way * 0.01, *mixture) > 0
        assert naive_density(end + way * 0.01, *mixture) == 0
        assert numerics("pull", "naiveDensity", end - way * 1e-9, *mixture) > 0
        beyond = end + way * 1e-9
        assert numerics("pull", "naiveDensity", beyond, *mixture) == 0
        assert numerics("pull", "naiveLogDensity", beyond, *mixture) == -np.inf
        assert np.isnan(numerics("pull", "naiveResponsibilities", beyond, *mixture)).all()
        assert np.isfinite(numerics("pull", "score", beyond, *mixture)).all()


def test_single_normal_ends_where_the_chapter_says(numerics):
    expected = np.sqrt(2 * 1075 * np.log(2) - np.log(2 * np.pi))
    assert numerics("pull", "naiveEnds", [1], [0], [1]) == pytest.approx([-expected, expected], abs=1e-4)
    assert expected == pytest.approx(38.58, abs=0.005)


@pytest.mark.parametrize("w", WEIGHTS)
def test_stable_way_at_the_far_points_of_the_picture(numerics, w):
    """What the picture says at 45: a log density, and everything let through by the nearer component."""
    mixture = [1 - w, w], MU, SIGMA
    for y in (-50.0, -45.0, 45.0, 50.0):
        found = numerics("mixture", "mixtureLogDensity", y, *mixture)
        assert found == pytest.approx(mixture_logpdf(y, *mixture), rel=1e-12)
        nearer = int(y > 0)
        assert numerics("pull", "score", y, *mixture)[nearer] == pytest.approx(y - MU[nearer], rel=1e-12)
        assert numerics("pull", "naiveDensity", y, *mixture) == 0


@pytest.mark.parametrize("w", WEIGHTS)
def test_spring_is_cut_off_by_the_competitor(numerics, w):
    """To the right of a location the pull on it first grows and then falls; that of a single normal grows on."""
    pulls = [numerics("pull", "score", y, [1 - w, w], MU, SIGMA)[0] for y in np.linspace(-2, 50, 521)]
    assert np.count_nonzero(np.diff(np.sign(np.diff(pulls)))) == 1
    assert max(pulls) < 4
    assert pulls[-1] < 1e-70
