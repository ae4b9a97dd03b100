"""The numerics of the explorable *Fold and stretch* against the library, PyMC and quadrature."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pymc.distributions.transforms import ordered
from scipy import integrate, interpolate, stats
from scipy.special import expit

from gmixlib import TwoMeansPosterior, mixture_logpdf, two_gaussians

pytest_plugins = ["numerics"]

# Half gap of the data and known weight: the state at the start, the borders, and some between.
STATES = [(1, 0.5), (0, 0.5), (0.4, 0.8), (0, 0.9), (1, 0.9)]
POINTS = [(-0.9, 1.1), (-2.0, -1.9), (0.15, 0.1501), (-3.2, 0.8), (0.8, 3.0), (1.2, -1.4), (0.3, -2.9)]
SHARES = [0.25, 0.5, 0.75, 0.95]


def data(m: float) -> np.ndarray:
    y, z = two_gaussians()
    return y + (m - 1) * np.array([-1.0, 1.0])[z]


def log_joint(m: float, w: float, mu1: np.ndarray, mu2: np.ndarray) -> np.ndarray:
    """Log of likelihood times prior of the two locations, up to a constant."""
    mu = np.stack(np.broadcast_arrays(mu1, mu2), axis=-1)
    likelihood = sum(mixture_logpdf(y, [w, 1 - w], mu, 1.0) for y in data(m))
    return likelihood - (mu**2).sum(axis=-1) / 200 + 180


def log_parts(m: float, w: float, x1: np.ndarray, x2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log posterior density of the locations in order, of either labelling."""
    upper = x1 + np.exp(x2)
    straight = log_joint(m, w, x1, upper)
    return straight, straight if w == 0.5 else log_joint(m, w, upper, x1)


X1 = np.linspace(-4, 1.2, 79)  # far finer than the posterior is narrow: the trapezoidal rule is exact


@cache
def integrals(m: float, w: float, power: int, low: float, high: float) -> tuple[float, float]:
    """The mass with a log gap between two numbers, and that of the labelling with the first component below."""
    nodes, mass = np.polynomial.legendre.leggauss(12)
    edges = np.linspace(low, high, 1 + int(np.ceil(high - low)))
    x2 = np.concatenate([(a + b) / 2 + (b - a) / 2 * nodes for a, b in pairwise(edges)])
    mass = np.tile(mass, edges.size - 1) * (edges[1] - edges[0]) / 2 * np.exp(power * x2)
    straight, turned = np.exp(log_parts(m, w, X1, x2[:, np.newaxis]))
    return mass @ (straight + turned).sum(axis=1), mass @ straight.sum(axis=1)


# --- the transform ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pymc_says():
    """PyMC's transform of free coordinates: locations, log of the Jacobian, and the way back."""
    x = pt.vector()
    mu = ordered.backward(x)
    return pytensor.function([x], [mu, ordered.log_jac_det(x), ordered.forward(mu)], mode="FAST_COMPILE")


@pytest.mark.parametrize(("x1", "x2"), [(-1.5, 0.8), (0, 0), (0.5, -3.9), (-3, 1.2), (0.2, -8)])
def test_transform(numerics, pymc_says, x1, x2):
    mu, log_jacobian, back = (value.tolist() for value in pymc_says(np.array([x1, x2], dtype=float)))
    assert numerics("order", "toLocations", x1, x2) == pytest.approx(mu, rel=1e-12)
    assert numerics("order", "toFree", *mu) == pytest.approx(back, rel=1e-12)
    assert np.log(numerics("order", "jacobian", x2)) == pytest.approx(log_jacobian, rel=1e-12)


@pytest.mark.parametrize("side", [0.1, 0.5, 0.8, 1])
@pytest.mark.parametrize("x2", [-8, -3.9, 0, 0.8, 1.2])
def test_area_of_the_image(numerics, x2, side):
    """The integral of the Jacobian, and the area between the images of the corners."""
    low, high = -1.5 - side / 2, -1.5 + side / 2
    area, _ = integrate.dblquad(
        lambda b, a: np.exp(b), low, high, x2 - side / 2, x2 + side / 2, epsabs=0, epsrel=1e-13
    )
    found = numerics("order", "imageArea", x2, side)
    assert found == pytest.approx(area, rel=1e-12)
    corners = np.array(numerics("order", "corners", -1.5, x2, side))
    assert corners.min(axis=0) == pytest.approx([low, x2 - side / 2], rel=1e-12)
    assert corners.max(axis=0) == pytest.approx([high, x2 + side / 2], rel=1e-12)
    a, b = (corners + np.array([1.5, 0])).T
    b = a + np.exp(b)
    shoelace = 0.5 * np.sum(a * np.roll(b, -1) - b * np.roll(a, -1))
    assert shoelace == pytest.approx(area, rel=1e-11)


# --- the posterior ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("m", [0, 0.05, 0.4, 1])
def test_data(numerics, m):
    assert numerics("two_gaussians", "twoGaussians", m) == data(m).tolist()


@pytest.mark.parametrize(("n", "w"), [(100, 0.5), (20, 0.5), (20, 0.8)])
def test_log_density(numerics, n, w):
    """With unequal weights for a part of the data, of which the library's quadrature is quick."""
    exact = TwoMeansPosterior(data(0.4)[:n], sigma=1.0, prior_sd=10.0, w=(w, 1 - w))
    for mu1, mu2 in POINTS:
        found = numerics("ordered_posterior", "logJoint", exact.y, w, mu1, mu2)
        joint = [float(exact.log_joint(mu1, mu2)), float(exact.log_joint(mu2, mu1))]
        assert found == pytest.approx(joint, rel=1e-12)
        density = [float(exact.log_density(mu1, mu2)), float(exact.log_density(mu2, mu1))]
        assert [log - exact.log_evidence for log in found] == pytest.approx(density, rel=1e-12, abs=2e-10)


@pytest.mark.parametrize(("m", "w"), STATES)
def test_log_density_on_a_grid(numerics, m, w):
    middles, x2 = np.linspace(-1.5, 1.7, 7), np.array([1.2, 0.4, -1.0, -4.0, -8.0])
    found = numerics("ordered_posterior", "onGrid", data(m), w, middles, x2)
    straight, turned = log_parts(m, w, middles - np.exp(x2)[:, np.newaxis] / 2, x2[:, np.newaxis])
    both = np.logaddexp(straight, turned)
    for name, expected in (("straight", straight), ("turned", turned), ("both", both)):
        assert found[name] == pytest.approx((expected - both.max()).ravel().tolist(), rel=1e-12, abs=2e-10)


# --- what is shown ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("power", [0, 1])
@pytest.mark.parametrize(("m", "w"), STATES)
def test_shares(numerics, m, w, power):
    """They are right to more than the digits that are shown."""
    for cut in (-8.0, -4.0, -2.5):
        near, near_straight = integrals(m, w, power, cut, np.log(0.1))
        far, far_straight = integrals(m, w, power, np.log(0.1), 1.6)
        found = numerics("ordered_cloud", "shareOfGapsBelow", 0.1, m, w, power, cut)
        assert found == pytest.approx(near / (near + far), abs=5e-5)
        found = numerics("ordered_cloud", "shareOfStraight", m, w, power, cut)
        assert found == pytest.approx((near_straight + far_straight) / (near + far), abs=5e-5)


@pytest.mark.parametrize(("m", "w"), STATES)
def test_without_the_jacobian_a_lower_cut_adds_as_much_again(numerics, m, w):
    """Two units of the log gap hold the same mass far down; with the Jacobian each holds e**-2 of the former."""
    for power, ratio in ((0, 1), (1, np.exp(-2))):
        last = numerics("ordered_cloud", "shareOfGapsBelow", np.exp(-6), m, w, power, -8)
        both = numerics("ordered_cloud", "shareOfGapsBelow", np.exp(-4), m, w, power, -8)
        assert last / (both - last) == pytest.approx(ratio, rel=0.02)


@pytest.mark.parametrize("power", [0, 1])
@pytest.mark.parametrize(("m", "w"), STATES)
def test_draws_are_from_the_density(numerics, m, w, power):
    """Log gaps, first locations given them, and labels given both, by their exact distributions."""
    cut, n = -4.0, 700
    drawn = numerics("ordered_cloud", "cloud", m, w, power, cut, n, 11)
    x1, x2 = (np.array([draw[name] for draw in drawn]) for name in ("x1", "x2"))
    assert x2.min() >= cut

    edges = np.linspace(cut, 1.6, 141)
    density = np.exp(np.logaddexp(*log_parts(m, w, X1, edges[:, np.newaxis]))).sum(axis=1)
    masses = integrate.cumulative_simpson(density * np.exp(power * edges), x=edges, initial=0)
    first = np.interp(x2, edges, masses / masses[-1])
    fine = np.linspace(-3.6, 1, 93)
    rows = np.exp(np.logaddexp(*log_parts(m, w, fine, x2[:, np.newaxis])))
    sums = integrate.cumulative_simpson(rows, x=fine, axis=1, initial=0)
    second = np.array([np.interp(x, fine, row / row[-1]) for x, row in zip(x1, sums, strict=True)])
    assert stats.kstest(first, "uniform").pvalue > 1e-3
    assert stats.kstest(second, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(n)

    straight, turned = log_parts(m, w, x1, x2)
    probability = expit(straight - turned)
    is_straight = np.array([draw["straight"] for draw in drawn])
    error = np.sqrt(np.sum(probability * (1 - probability)))
    assert abs(np.sum(is_straight - probability)) < 4 * error


@pytest.mark.parametrize("w", [0.5, 0.65, 0.8, 0.9])
@pytest.mark.parametrize("m", [0, 0.4, 1])
def test_no_draw_lies_where_there_is_nothing(numerics, m, w):
    """Not even between the two ridges that unequal weights make."""
    for seed in range(1, 9):
        drawn = numerics("ordered_cloud", "cloud", m, w, 1, -8, 400, seed)
        x1, x2 = (np.array([draw[name] for draw in drawn]) for name in ("x1", "x2"))
        of_label = np.where([draw["straight"] for draw in drawn], *log_parts(m, w, x1, x2))
        highest = np.log(np.max(fine_densities(m, w) * np.exp(FINE2)[:, np.newaxis]))
        assert (of_label + x2).min() > highest - 20


@pytest.mark.parametrize("m", [0, 0.4, 1])
def test_draws_with_the_jacobian_have_the_ordered_quantiles(numerics, m):
    exact = TwoMeansPosterior(data(m), sigma=1.0, prior_sd=10.0)
    drawn = numerics("ordered_cloud", "cloud", m, 0.5, 1, -8, 10_000, 5)
    mu = np.array([[draw["x1"], draw["x1"] + np.exp(draw["x2"])] for draw in drawn])
    p = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
    for column, quantiles in zip(mu.T, exact.ordered_quantile(p).T, strict=True):
        below = (column[:, np.newaxis] < quantiles).mean(axis=0)
        assert (np.abs(below - p) < 4.5 * np.sqrt(p * (1 - p) / len(mu))).all()


def test_another_seed_gives_other_draws(numerics):
    first, again, other = (numerics("ordered_cloud", "cloud", 1, 0.5, 1, -4, 400, seed) for seed in (1, 1, 2))
    assert first == again
    assert not {draw["x1"] for draw in first} & {draw["x1"] for draw in other}


def test_the_start_shows_the_correlation_of_the_figure(numerics):
    drawn = numerics("ordered_cloud", "cloud", 1, 0.5, 1, -4, 400, 1)
    correlation = np.corrcoef([[draw["x1"], draw["x2"]] for draw in drawn], rowvar=False)[0, 1]
    assert correlation == pytest.approx(-0.7, abs=0.1)


FINE2 = np.linspace(-7.99, 1.39, 313)


def fine_middles(w: float) -> np.ndarray:
    return 0.1 + (0.75 + 2.1 * (w - 0.5)) * np.linspace(-0.999, 0.999, 101)


@cache
def fine_densities(m: float, w: float) -> tuple[np.ndarray, np.ndarray]:
    x1 = fine_middles(w) - np.exp(FINE2)[:, np.newaxis] / 2
    straight, turned = np.exp(log_parts(m, w, x1, FINE2[:, np.newaxis]))
    return straight, turned


@pytest.fixture
def inside(numerics, w):
    """The shares of the exact mass where fields, made of their values on the grid, exceed each height."""
    columns, rows = numerics("ordered_cloud", "gridSize")
    x2 = [numerics("ordered_cloud", "at", w, 0, row)[1] for row in range(rows)][::-1]
    last = x2[-1]
    middles = [numerics("ordered_cloud", "at", w, k, 0)[0] + np.exp(last) / 2 for k in range(columns)]
    places = tuple(np.meshgrid(FINE2, fine_middles(w), indexing="ij"))

    def inside(fields, heights, densities):
        shape = len(x2), len(middles)
        values = [
            interpolate.RegularGridInterpolator((x2, middles), np.reshape(field, shape)[::-1])(places)
            for field in fields
        ]
        masses = np.stack(densities)
        return [masses[np.stack(values) > height].sum() / masses.sum() for height in heights]

    return inside


@pytest.mark.parametrize("power", [0, 1])
@pytest.mark.parametrize(("m", "w"), STATES)
def test_contours_in_the_free_plane(numerics, inside, m, w, power):
    """Each region holds its share of the exact mass above the cut."""
    cut = -4.0
    shown = numerics("ordered_cloud", "freeRegions", m, w, power, cut)
    factor = np.where(cut < FINE2, np.exp(power * FINE2), 0)[:, np.newaxis]
    density = sum(fine_densities(m, w)) * factor
    found = inside([shown["logDensity"]], shown["heights"], [density])
    assert found == pytest.approx(SHARES, abs=0.02)


@pytest.mark.parametrize("unfolded", [False, True])
@pytest.mark.parametrize(("m", "w"), STATES)
def test_contours_in_the_plane_of_the_locations(numerics, inside, m, w, unfolded):
    """There, too, with the gap as the area that belongs to an area of free coordinates."""
    shown = numerics("ordered_cloud", "locationRegions", m, w, unfolded)
    halves = [density * np.exp(FINE2)[:, np.newaxis] for density in fine_densities(m, w)]
    densities = halves if unfolded else [sum(halves)]
    assert inside(shown["halves"], shown["heights"], densities) == pytest.approx(SHARES, abs=0.02)


# --- its parts --------------------------------------------------------------------------------------------


def test_sums_of_a_known_density(numerics):
    places = np.arange(81)
    law = stats.norm(40, 5)
    whole = numerics("grid_draws", "cumulative", law.pdf(places))
    for place in (20.3, 33.3, 40, 47.9, 60.5):
        found = numerics("grid_draws", "sumAt", whole, place)
        assert found == pytest.approx(law.cdf(place), abs=2e-5)
        assert numerics("grid_draws", "placeOfSum", whole, found) == pytest.approx(place, abs=1e-6)
