"""hdr_levels: regions of highest density, against the closed form of a normal distribution."""

import numpy as np
import pytest

from gmixlib import hdr_levels

SHARES = np.array([0.99, 0.9, 0.5, 0.1])


def test_levels_of_a_normal_in_two_dimensions():
    """There the region of share p is the disc in which the density exceeds (1 - p) / (2 pi)."""
    axis = np.linspace(-5, 5, 1001)
    density = np.exp(-(axis**2 + axis[:, np.newaxis] ** 2) / 2)
    assert hdr_levels(density) == pytest.approx(1 - SHARES, rel=2e-3)


def test_a_factor_scales_the_levels_and_the_order_of_the_shares_does_not_count():
    density = np.random.default_rng(1).random((7, 9))
    levels = hdr_levels(density, SHARES)
    assert hdr_levels(3 * density, SHARES[::-1]) == pytest.approx(3 * levels)
    assert (np.diff(levels) >= 0).all()


@pytest.mark.parametrize("share", [0.2, 0.55, 0.9])
def test_regions_are_the_smallest_that_hold_their_share(share):
    density = np.random.default_rng(2).random(50)
    (level,) = hdr_levels(density, [share])
    inside, total = density[density >= level], density.sum()
    assert inside.sum() >= share * total > inside.sum() - inside.min()


@pytest.mark.parametrize("density", [[], [0.0, 0.0], [1.0, -1.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_a_density_must_be_finite_and_positive_somewhere(density):
    with pytest.raises(ValueError, match="density must be finite, nowhere negative, and somewhere above 0"):
        hdr_levels(density)


@pytest.mark.parametrize("share", [0, 1, 1.5, -0.1, np.nan])
def test_shares_must_be_between_0_and_1(share):
    with pytest.raises(ValueError, match=r"shares is .*; each share must be between 0 and 1"):
        hdr_levels([1.0, 2.0], [0.5, share])
