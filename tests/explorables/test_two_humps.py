"""The numerics of the explorable *Two humps* against the library."""

import mpmath
import numpy as np
import pytest

from gmixlib import mixture_logpdf, responsibilities

pytest_plugins = ["numerics"]

# Half gap and weight on the right: below, at and above the border, and equal and unequal weights.
GAPS_AND_WEIGHTS = [(m, w) for m in (0, 0.3, 0.9, 1, 1.1, 1.5, 2.2, 3) for w in (0.05, 0.3, 0.5, 0.8, 0.95)]


@pytest.mark.parametrize(("m", "w"), GAPS_AND_WEIGHTS)
def test_density(numerics, m, w):
    for y in (-4.5, -0.7, 0.0, 2.0, 45.0):
        found = numerics("mixture", "mixtureLogDensity", y, [1 - w, w], [-m, m], [1, 1])
        assert found == pytest.approx(mixture_logpdf(y, [1 - w, w], [-m, m], 1.0), rel=1e-12)
        found = numerics("mixture", "responsibilities", y, [1 - w, w], [-m, m], [1, 1])
        assert found == pytest.approx(responsibilities(y, [1 - w, w], [-m, m], 1.0).tolist(), rel=1e-12)


@pytest.mark.parametrize(("m", "w"), GAPS_AND_WEIGHTS)
def test_flat_points_are_where_the_score_is_zero(numerics, m, w):
    """The density is flat where y is the average of the locations, weighted by the responsibilities."""

    def excess(y):
        return responsibilities(y, [1 - w, w], [-m, m], 1.0) @ [-m, m] - y

    found = numerics("humps", "flatPoints", m, w)
    assert excess(np.array(found)) == pytest.approx(0, abs=1e-12)
    signs = np.sign(excess(np.linspace(-3.1, 3.1, 100_000)))  # no place of it is a flat point
    if (m, w) != (1, 0.5):  # where three fall into one
        assert len(found) == np.count_nonzero(np.diff(signs))
    assert found == sorted(found)


@pytest.mark.parametrize("m", [1.1, 1.5, 2.5])
def test_a_peak_ends_where_its_flat_point_and_the_dip_meet(numerics, m):
    """There the slope of m tanh(m y + h) is 1, so that tanh² = 1 - 1 / m²."""
    half_log_odds = m * np.sqrt(m * m - 1) - np.arccosh(m)
    for nearer, count in ((0.999, 3), (1.001, 1)):
        for side in (-1, 1):
            w = 1 / (1 + np.exp(-2 * side * nearer * half_log_odds))
            assert len(numerics("humps", "flatPoints", m, w)) == count


@pytest.mark.parametrize(("m", "w"), GAPS_AND_WEIGHTS)
def test_second_derivative_in_the_middle(numerics, m, w):
    with mpmath.workdps(40):
        curvature = mpmath.diff(lambda y: (1 - w) * mpmath.npdf(y, -m) + w * mpmath.npdf(y, m), 0, 2)
    assert numerics("humps", "middleCurvature", m) == pytest.approx(float(curvature), abs=1e-12)
