"""The numerics of the explorable *The wall* against the library and other routes."""

from functools import cache

import mpmath
import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize_scalar

from gmixlib import TwoMeansPosterior, mixture_logpdf, responsibilities, two_gaussians

pytest_plugins = ["numerics"]

HALVES = [0.5, 0.5]
SETS = [
    *(("ours", m, 1) for m in (0, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.4)),
    *(("groups", m, seed) for m, seed in ((0, 1), (0.35, 7), (0.6, 2), (1, 999), (1.4, 3), (1.4, 44))),
    *(("none", m, seed) for m, seed in ((0, 4), (0, 5), (0, 6), (0.5, 8), (1, 9), (1.4, 685), (1.4, 698))),
]
NAMES = ["-".join(map(str, each)) for each in SETS]
each_set = pytest.mark.parametrize("data", SETS, ids=NAMES)


@pytest.fixture(scope="module")
def cases(numerics):
    @cache
    def find(data):
        y = points(numerics, *data)
        landscape = numerics("two_locations", "summit", y)
        lattice = numerics("two_locations", "lattice", y, landscape)
        return y, landscape, lattice, TwoMeansPosterior(np.array(y))

    return find


@pytest.fixture
def case(cases, data):
    """Points, what the explorable says of their landscape, its lattice, and the library's posterior."""
    return cases(data)


def points(numerics, kind, m, seed):
    if kind == "ours":
        return numerics("two_gaussians", "twoGaussians", m)
    return numerics("two_gaussians", "newPoints", kind == "groups", m, seed)


def score(y, mu):
    """The derivatives of the log joint density, by Fisher's identity."""
    r = responsibilities(np.array(y), HALVES, np.array(mu), 1.0)
    return (r * (np.array(y)[:, np.newaxis] - mu)).sum(axis=0) - np.array(mu) / 100


# --- data -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("m", [1, 0.9, 0.6, 0.1, 0, 1.4])
def test_our_points_are_the_librarys_to_the_last_digit(numerics, m):
    y, z = two_gaussians()
    expected = y + (m - 1) * np.array([-1.0, 1.0])[z]  # as the chapter moves them
    assert numerics("two_gaussians", "twoGaussians", m) == expected.tolist()


@pytest.mark.parametrize("m", [0, 0.7, 1.4])
def test_new_points_have_their_law(numerics, m):
    new = {
        groups: np.concatenate([points(numerics, groups, m, seed) for seed in range(1, 101)])
        for groups in ("groups", "none")
    }
    mixture = lambda t: (stats.norm.cdf(t, -m) + stats.norm.cdf(t, m)) / 2
    assert stats.kstest(new["groups"], mixture).pvalue > 1e-3
    assert stats.kstest(new["none"], stats.norm(0, np.sqrt(1 + m * m)).cdf).pvalue > 1e-3


def test_new_points_move_with_the_half_gap_as_ours_do(numerics):
    near, far = (np.array(points(numerics, "groups", m, 5)) for m in (0.5, 1.0))
    assert np.abs(far - near) == pytest.approx(0.5, abs=1e-12)


# --- the landscape --------------------------------------------------------------------------------------


@each_set
def test_log_joint_density_and_slope(numerics, case):
    y, _, _, exact = case
    for mu in ([0, 0], [-0.9, 1.1], [1.1, -0.9], [2.5, 2.4], [-8, 0.3], [60, -45]):
        assert numerics("two_locations", "logJoint", y, *mu) == pytest.approx(exact.log_joint(*mu), rel=1e-12)
        found = numerics("two_locations", "slope", y, *mu)
        assert found == pytest.approx((-score(y, mu)).tolist(), rel=1e-12, abs=1e-11)


@each_set
def test_pass_criterion_modes_and_wall(case):
    y, found, _, exact = case
    y = np.array(y)
    c = y.sum() / (y.size + 2 / 100)
    assert found["c"] == pytest.approx(c, rel=1e-12, abs=1e-15)
    criterion = np.sum((y - c) ** 2 - 1) - 2 / 100
    assert found["criterion"] == pytest.approx(criterion, rel=1e-12, abs=1e-12)
    assert score(y, found["mode"]) == pytest.approx(0, abs=1e-11)
    if found["wall"] > 0.1:  # the library's search stops where the last digits of its density tell no more
        assert found["mode"] == pytest.approx(exact.mode.tolist(), abs=1e-6)
    top = exact.log_joint(*found["mode"])
    assert found["top"] == pytest.approx(top, rel=1e-12)
    assert top >= exact.log_joint(*exact.mode) - 1e-12 * abs(top)
    assert found["wall"] == pytest.approx(top - exact.log_joint(c, c), abs=1e-12 * abs(top))
    assert (found["mode"][0] < found["mode"][1]) == (found["criterion"] > 0)


def test_the_walls_of_the_chapter(numerics):
    heights = {1: 16.3467, 0.9: 11.42, 0.8: 7.54, 0.7: 4.62, 0.6: 2.54}
    for m, height in heights.items():
        found = numerics("two_locations", "summit", points(numerics, "ours", m, 1))["wall"]
        assert found == pytest.approx(height, abs=0.005)


@pytest.mark.parametrize("data", [SETS[1], SETS[6], SETS[-1]], ids=[NAMES[1], NAMES[6], NAMES[-1]])
def test_criterion_is_the_second_derivative(case):
    y, found, _, _ = case

    def log_joint(d):
        first, second = found["c"] - d, found["c"] + d
        terms = [mpmath.log((mpmath.npdf(t, first) + mpmath.npdf(t, second)) / 2) for t in y]
        return mpmath.fsum(terms) - (first**2 + second**2) / 200

    with mpmath.workdps(40):
        assert found["criterion"] == pytest.approx(float(mpmath.diff(log_joint, 0, 2)), rel=1e-12)


@pytest.mark.parametrize("data", SETS[3::3], ids=NAMES[3::3])
def test_no_other_mode(case):
    """Climbs from many places, by EM, end at the mode or at its mirror image."""
    y, found, _, _ = case
    y, mu = np.tile(y, (40, 1)), np.random.default_rng(0).uniform(-5, 5, (40, 2))
    for _ in range(500):
        r = responsibilities(y, HALVES, mu[:, np.newaxis], 1.0)
        mu = (r * y[..., np.newaxis]).sum(axis=1) / (r.sum(axis=1) + 1 / 100)
    assert abs(found["criterion"]) > 2  # near the border climbs would be too slow
    assert np.sort(mu, axis=1) == pytest.approx(np.tile(found["mode"], (40, 1)), abs=1e-3)


@each_set
def test_lowest_way(numerics, case):
    y, found, _, exact = case
    ds = np.linspace(0, 2.4, 49)
    way = numerics("two_locations", "lowestWay", y, found, ds)
    for d, at in zip(ds, way, strict=True):
        assert at["d"] == d
        height = found["top"] - exact.log_joint(at["s"] - d, at["s"] + d)
        assert at["height"] == pytest.approx(height, abs=1e-10)
        if height > 25:  # above the picture
            continue
        s = np.linspace(found["c"] - 2, found["c"] + 2, 41)
        coarse = s[exact.log_joint(s - d, s + d).argmax()]
        best = minimize_scalar(
            lambda s, d=d: -exact.log_joint(s - d, s + d), (coarse - 0.1, coarse, coarse + 0.1)
        )
        assert found["top"] + best.fun == pytest.approx(height, abs=1e-9)


# --- the posterior --------------------------------------------------------------------------------------

STEP, SIDE, DEPTH = 0.05, 48, 64


@each_set
def test_lattice_and_evidence(numerics, case):
    _, found, values, exact = case
    s = found["c"] + STEP * np.arange(-SIDE, SIDE + 1)
    d = STEP * np.arange(DEPTH + 1)[:, np.newaxis]
    expected = exact.log_joint(s - d, s + d) - found["top"]
    values = np.array(values).reshape(expected.shape)
    inside = values > -np.inf
    assert values[inside] == pytest.approx(expected[inside], abs=1e-10)
    assert np.exp(expected[~inside]).sum() < 1e-12 * np.exp(expected).sum()  # what is left out
    evidence = numerics("two_locations", "logEvidence", values.ravel(), found)
    assert evidence == pytest.approx(exact.log_evidence, rel=1e-12)


@each_set
def test_share_of_strong_kicks(numerics, case):
    """The chapter's own sum."""
    _, found, values, exact = case
    axis = np.linspace(-3, 3, 201)
    height = found["top"] - exact.log_joint(axis[:, np.newaxis], axis)
    mass = np.exp(-height) / np.exp(-height).sum()
    share = (mass * np.exp(np.minimum(height - found["wall"], 0))).sum()
    result = numerics("two_locations", "strongShare", values, found["wall"])
    assert result == pytest.approx(share, rel=2e-3, abs=1e-10)


@pytest.mark.parametrize(("m", "strong"), [(0.9, 1.514), (0.8, 50.39), (0.7, 611.08), (0.6, 2967.85)])
def test_share_of_strong_kicks_in_the_chapter(numerics, m, strong):
    y = points(numerics, "ours", m, 1)
    found = numerics("two_locations", "summit", y)
    share = numerics(
        "two_locations", "strongShare", numerics("two_locations", "lattice", y, found), found["wall"]
    )
    assert 10_000 * share == pytest.approx(strong, rel=4e-4)


@pytest.mark.parametrize("b", [0, 0.1, 2.54, 16.35, 60])
def test_share_of_strong_kicks_over_a_normal_mode(numerics, b):
    assert numerics("two_locations", "strongShareOfNormal", b) == pytest.approx(
        stats.gamma(2).sf(b), rel=1e-12
    )


@pytest.mark.parametrize("data", SETS[::4], ids=NAMES[::4])
def test_regions_hold_their_shares(numerics, case):
    _, found, values, exact = case
    shares = np.array([0.99, 0.9, 0.5, 0.1])
    levels = numerics("two_locations", "regionLevels", values, shares)
    middle = (found["mode"][1] - found["mode"][0]) / 2
    s = found["c"] + np.arange(-0.7, 0.7, 0.01)
    d = np.arange(max(0, middle - 0.8) + 0.004, middle + 1, 0.008)[:, np.newaxis]
    log_density = exact.log_joint(s - d, s + d) - found["top"]
    mass = np.exp(log_density)
    held = [mass[log_density >= level].sum() / mass.sum() for level in levels]
    assert held == pytest.approx(shares, abs=0.012)


def test_both_halves(numerics):
    values = np.arange((2 * SIDE + 1) * (DEPTH + 1)).reshape(DEPTH + 1, -1)
    halves = np.array(numerics("two_locations", "bothHalves", values.ravel(), 2, 3)).reshape(7, 5)
    expected = values[:4, SIDE - 2 : SIDE + 3]
    assert (halves == np.concatenate([expected[:0:-1], expected])).all()


# --- kicks ----------------------------------------------------------------------------------------------

KICKED = [("ours", 0.6, 1), ("ours", 1, 1), ("ours", 0.1, 1), ("none", 1, 9), ("groups", 1.4, 3)]
each_kicked = pytest.mark.parametrize("data", KICKED, ids=["-".join(map(str, each)) for each in KICKED])


def energies(exact, path):
    x1, x2, p1, p2 = np.array(path).T
    return 0.5 * (p1**2 + p2**2) - exact.log_joint(x1, x2)


@each_kicked
def test_leapfrog(numerics, case):
    """It keeps the energy, the better the smaller the steps, and runs back when the momentum is turned round."""
    y, found, _, exact = case
    for number in range(8):
        kick = numerics("kicks", "kick", 7, number)
        path = numerics("kicks", "leapfrog", y, found["mode"], kick["momentum"], kick["steps"])
        assert len(path) == kick["steps"] + 1
        error = np.ptp(energies(exact, path))
        assert error < 0.05
        x1, x2, p1, p2 = path[-1]
        back = numerics("kicks", "leapfrog", y, [x1, x2], [-p1, -p2], kick["steps"])
        assert back[-1][:2] == pytest.approx(found["mode"], abs=1e-9)
        fine = numerics("kicks", "leapfrog", y, found["mode"], kick["momentum"], 2 * kick["steps"], 0.01)
        assert np.ptp(energies(exact, fine)) < 0.3 * error  # a quarter
        # And it goes the right way: the first step is that of Newton's second law.
        start, force = np.array(found["mode"]), score(y, found["mode"])
        first = start + 0.02 * np.array(kick["momentum"]) + 0.02**2 / 2 * force
        assert path[1][:2] == pytest.approx(first.tolist(), abs=1e-12)


@each_kicked
def test_what_is_said_of_each_kick(numerics, case):
    y, found, _, exact = case
    made = numerics("kicks", "firstKicks", y, found, 3, 40)
    place = found["mode"]
    for kick in made:
        assert kick["start"] == place
        height = found["top"] - exact.log_joint(*place)
        energy = 0.5 * np.square(kick["momentum"]).sum()
        assert [kick["height"], kick["energy"]] == pytest.approx([height, energy], abs=1e-10)
        assert kick["strong"] == (height + energy > found["wall"])
        path = np.array(numerics("kicks", "leapfrog", y, place, kick["momentum"], kick["steps"]))
        assert kick["end"] == path[-1, :2].tolist()
        sides = np.sign(path[:, 1] - path[:, 0])
        assert kick["crossed"] == (sides[0] * sides[-1] < 0)
        if height + energy < found["wall"] - 0.05:  # the error of the steps
            assert abs(sides.sum()) == sides.size  # too weak: nowhere across
        place = kick["end"]


def test_energies_of_kicks_are_exponential_and_lengths_uniform(numerics):
    kicks = [numerics("kicks", "kick", seed, number) for seed in range(1, 21) for number in range(60)]
    momentum = np.array([kick["momentum"] for kick in kicks])
    assert stats.kstest(0.5 * (momentum**2).sum(axis=1), "expon").pvalue > 1e-3
    assert stats.kstest(np.arctan2(*momentum.T), stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 1e-3
    steps = np.array([kick["steps"] for kick in kicks])
    assert (steps.min(), steps.max()) == (30, 120)
    assert stats.chisquare(np.bincount(steps, minlength=121)[30:]).pvalue > 1e-3


@pytest.mark.parametrize("data", [("ours", 0.6, 1), ("none", 0.62, 17)], ids=["ours", "no groups"])
def test_as_many_kicks_are_strong_as_expected(numerics, case):
    y, found, values, _ = case
    expected = numerics("two_locations", "strongShare", values, found["wall"])
    shares = []
    for seed in range(1, 31):
        made = numerics("kicks", "firstKicks", y, found, seed, 70)[10:]  # the first start too low
        shares.append(np.mean([kick["strong"] for kick in made]))
    standard_error = np.std(shares, ddof=1) / np.sqrt(len(shares))
    assert abs(np.mean(shares) - expected) < 4 * standard_error
    assert standard_error < 0.025


@pytest.mark.parametrize("data", [("ours", 1, 1), ("ours", 0.4, 1)], ids=["two hills", "nearly one"])
def test_where_kicks_end_has_the_exact_posterior(numerics, case):
    """The last of eight kicks, of many balls: the smaller and the larger location fall between exact quantiles."""
    y, found, _, exact = case
    ends = [numerics("kicks", "firstKicks", y, found, seed, 8)[-1]["end"] for seed in range(1, 301)]
    edges = exact.ordered_quantile([0.1, 0.25, 0.5, 0.75, 0.9])
    probabilities = np.diff([0, 0.1, 0.25, 0.5, 0.75, 0.9, 1])
    for which in (0, 1):
        ordered = np.sort(ends, axis=1)[:, which]
        counts = np.bincount(np.searchsorted(edges[:, which], ordered), minlength=6)
        assert stats.chisquare(counts, len(ends) * probabilities).pvalue > 1e-3


def test_mixture_density_of_the_chapter(numerics):
    """The log joint density is the chapter's: mixture density and prior."""
    y = points(numerics, "ours", 1, 1)
    mu = [-0.7, 1.3]
    expected = (
        mixture_logpdf(np.array(y), HALVES, np.array(mu), 1.0).sum() + stats.norm(0, 10).logpdf(mu).sum()
    )
    assert numerics("two_locations", "logJoint", y, *mu) == pytest.approx(expected, rel=1e-12)
