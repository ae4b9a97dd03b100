"""The numerics of the explorable *Break the sampler* against SciPy and the chapter's own functions."""

import mpmath
import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad_vec
from scipy.special import comb

from tools.explorable_tables.break_the_sampler import CORRELATIONS, SIZES, chain_ranks, of_the_chapter

pytest_plugins = ["numerics"]

ALPHA = 1e-4  # the level of each comparison of frequencies with probabilities
UNIFORM = np.full(20, 1 / 20)
RIGHT = {"shift": 0, "factor": 1, "rho": 0, "ignores": False}
FAULTS = {
    "right": {},
    "variance for scale": {"factor": 0.5**0.5},
    "root taken twice": {"factor": 2**0.25},
    "prior mean too low": {"shift": -0.5},
    "shifted and wide": {"shift": 0.3, "factor": 1.5},
    "no gaps": {"rho": 0.5},
    "hardly moves": {"rho": 0.95},
    "never moves": {"rho": 1},
    "ignores the data": {"ignores": True},
    "ignores the data, too wide": {"ignores": True, "factor": 1.2, "shift": 0.4},
}
each_fault = pytest.mark.parametrize("name", FAULTS)


def named(name):
    return RIGHT | FAULTS[name]


@pytest.mark.parametrize("x", [0, 1e-9, 0.3, 1, 2.49, 2.5, 2.51, 4, 8.5, 25, 37])
def test_normal_tails(numerics, x):
    for at in (x, -x):
        with mpmath.workdps(40):
            exact = [float(mpmath.ncdf(at)), float(mpmath.ncdf(-at))]
        assert numerics("normal_cdf", "normalTails", at) == pytest.approx(exact, rel=1e-13, abs=0)


@pytest.mark.parametrize(
    ("n", "p"), [(1, 0.05), (10, 0.95), (100, 0.5), (2000, 0.05), (5000, 0.35), (5000, 0.9)]
)
def test_binomial_terms(numerics, n, p):
    found = numerics("binomial", "binomial", n, p)
    counts = np.arange(len(found["terms"])) + found["first"]
    with mpmath.workdps(40):
        mpp = mpmath.mpf(p)
        exact = [float(mpmath.binomial(n, int(k)) * mpp ** int(k) * (1 - mpp) ** int(n - k)) for k in counts]
    assert found["terms"] == pytest.approx(exact, rel=1e-12, abs=0)
    assert sum(exact) == pytest.approx(1, abs=1e-13)  # none is missing that matters


@pytest.mark.parametrize("mean", [0, 0.2, 1, 7.5, 250, 5000])
def test_poisson_terms(numerics, mean):
    found = numerics("binomial", "poisson", mean)
    counts = np.arange(len(found["terms"])) + found["first"]
    with mpmath.workdps(40):
        exact = [
            float(mpmath.mpf(mean) ** int(k) * mpmath.exp(-mean) / mpmath.factorial(int(k))) for k in counts
        ]
    assert found["terms"] == pytest.approx(exact, rel=1e-12, abs=0)
    assert sum(exact) == pytest.approx(1, abs=1e-13)


@pytest.mark.parametrize("tail", [0.3, 0.01, 0.00025])
@pytest.mark.parametrize("p", [0.05, 0.45, 0.8])
def test_quantiles(numerics, p, tail):
    for n in (1, 2, 9, 50, 333, 1000, 1777, 4321):
        expected = stats.binom.ppf([tail, 1 - tail], n, p).tolist()
        assert numerics("binomial", "tailQuantiles", n, p, tail) == expected


@pytest.mark.parametrize("size", SIZES)
def test_band_of_the_bars_is_the_chapters(numerics, size):
    assert numerics("rank_bands", "barBand", size) == of_the_chapter("bar_band")(size).tolist()


@pytest.mark.parametrize("size", [10, 100, 2000])
def test_band_of_the_ecdf_is_the_chapters(numerics, size):
    found = numerics("rank_bands", "ecdfBand", size)
    assert found == of_the_chapter("ecdf_band")(size).tolist()


def chance_to_stay(size, p, bars, ecdf):
    """One rank after the other is binomial, given how many are below it."""
    counts = np.arange(size + 1)
    here = np.eye(1, size + 1)[0]
    for rank in range(20):
        share = min(1.0, p[rank] / p[rank:].sum()) if p[rank] else 0.0
        to = np.zeros(size + 1)
        for sum_ in np.flatnonzero(here):
            new = stats.binom.pmf(counts - sum_, size - sum_, share)
            allowed = (counts - sum_ >= bars[0]) & (counts - sum_ <= bars[1])
            to += here[sum_] * np.where(allowed, new, 0)
        if rank < 19:
            to[(counts < ecdf[0][rank]) | (counts > ecdf[1][rank])] = 0
        here = to
    return here[size]


@pytest.mark.parametrize("name", [name for name in FAULTS if name != "hardly moves"])
@pytest.mark.parametrize("size", [10, 63])
def test_chance_to_stay(numerics, size, name):
    p = np.array(numerics("ranks", "rankProbabilities", named(name)))
    bars, ecdf = of_the_chapter("bar_band")(size), numerics("rank_bands", "ecdfBand", size)
    wide = [[0] * 19, [size] * 19]
    for bands, expected in (
        ({"bars": bars}, chance_to_stay(size, p, bars, wide)),
        ({"ecdf": ecdf}, chance_to_stay(size, p, [0, size], ecdf)),
        ({"bars": bars, "ecdf": ecdf}, chance_to_stay(size, p, bars, ecdf)),
    ):
        assert numerics("rank_bands", "chanceToStay", size, p, bands) == pytest.approx(
            expected, rel=1e-11, abs=1e-15
        )


@pytest.mark.parametrize(
    ("fault", "size"), [({}, 2000), ({}, 5000), ({"factor": 2**0.05}, 2000), ({"shift": 0.05}, 5000)]
)
def test_chance_to_stay_is_how_often_simulated_ranks_do(numerics, fault, size):
    p = np.array(numerics("ranks", "rankProbabilities", RIGHT | fault))
    counts = np.random.default_rng(5).multinomial(size, p / p.sum(), 20_000)
    below = counts.cumsum(axis=1)[:, :-1]
    for key, band, values in (
        ("bars", of_the_chapter("bar_band")(size), counts),
        ("ecdf", numerics("rank_bands", "ecdfBand", size), below),
    ):
        stays = ((values >= np.array(band[0])) & (values <= np.array(band[1]))).all(axis=1).sum()
        chance = numerics("rank_bands", "chanceToStay", size, p, {key: band})
        assert stats.binomtest(stays, len(counts), chance).pvalue > ALPHA


@pytest.mark.parametrize("size", SIZES)
def test_a_right_sampler_leaves_each_band_in_about_one_of_a_hundred_runs(numerics, size):
    bars, ecdf = ({key: numerics("rank_bands", f"{key}Band", size)} for key in ("bar", "ecdf"))
    assert numerics("rank_bands", "chanceToStay", size, UNIFORM, {"bars": bars["bar"]}) >= 0.99
    stay = numerics("rank_bands", "chanceToStay", size, UNIFORM, ecdf)
    assert 0.985 < stay < 0.9925  # the band is simulated, and counts are whole numbers


def test_what_leaves_a_band(numerics):
    counts = np.array([5, *[7] * 18, 9])
    assert numerics("rank_bands", "below", counts) == counts.cumsum()[:-1].tolist()
    for low, high, leaves in ((5, 9, False), (6, 9, True), (5, 8, True)):
        assert numerics("rank_bands", "barsLeave", counts, [low, high]) is leaves
    sums = counts.cumsum()[:-1]
    for j in range(19):
        for side, step in ((0, 1), (1, -1)):
            band = [sums.copy(), sums.copy()]
            assert numerics("rank_bands", "ecdfLeaves", counts, band) is False
            band[side][j] += step
            assert numerics("rank_bands", "ecdfLeaves", counts, band) is True


@pytest.mark.parametrize("mean", [0, 0.07, -0.7071, 1.4])
@pytest.mark.parametrize("scale", [0.5, 0.7071, 1, 1.2, 2])
def test_ranks_among_independent_draws(numerics, mean, scale):
    """Given the truth, the number of draws below it is binomial."""

    def at(truth):
        z = (truth - mean) / scale
        k = np.arange(20)
        return stats.norm.pdf(truth) * comb(19, k) * stats.norm.cdf(z) ** k * stats.norm.sf(z) ** (19 - k)

    exact = quad_vec(at, -12, 12, epsabs=1e-15, epsrel=1e-13, points=[mean])[0]
    assert numerics("ranks", "amongIndependent", mean, scale) == pytest.approx(exact, rel=1e-11, abs=1e-14)


def test_ranks_are_uniform_for_a_right_sampler_and_one_that_ignores_the_data(numerics):
    for fault in (RIGHT, RIGHT | {"ignores": True}):
        assert numerics("ranks", "rankProbabilities", fault) == pytest.approx(UNIFORM, rel=1e-13)
    assert numerics("ranks", "rankProbabilities", RIGHT | {"rho": 0.5, "shift": 0.05}) is None


@pytest.mark.parametrize("rho", [0.05, 0.3, 0.55])
def test_ranks_among_the_draws_of_a_chain(numerics, rho):
    assert any(rho == pytest.approx(listed) for listed in CORRELATIONS)
    found = numerics("ranks", "rankProbabilities", RIGHT | {"rho": rho})
    assert found == pytest.approx(chain_ranks(rho, 0.1), rel=1e-11)


def test_quadrature_over_a_chain_of_two():
    """The truth less each draw: two normals with correlation (1 + rho) / 2, both positive as their angle says."""
    for rho in (0.2, 0.9):
        below_both = 1 / 4 + np.arcsin((1 + rho) / 2) / (2 * np.pi)
        assert chain_ranks(rho, 0.25, draws=2) == pytest.approx(
            [below_both, 1 - 2 * below_both, below_both], abs=1e-13
        )


@each_fault
def test_ranks_are_those_of_the_same_numbers_in_python(numerics, name):
    fault, size = named(name), 400
    numbers = np.array(numerics("random", "draws", 11, 21 * size, "normal")).reshape(size, 21)
    theta, y = numbers[:, 0], numbers[:, 0] + numbers[:, 1]
    place = numbers[:, 2:].copy()
    for draw in range(1, 19):
        place[:, draw] = (
            fault["rho"] * place[:, draw - 1] + (1 - fault["rho"] ** 2) ** 0.5 * numbers[:, draw + 2]
        )
    centre, scale = (0 * y, 1) if fault["ignores"] else (y / 2, 0.5**0.5)
    draws = (centre + fault["shift"])[:, np.newaxis] + fault["factor"] * scale * place
    rank = (draws < theta[:, np.newaxis]).sum(axis=1)
    expected = [np.bincount(rank[:some], minlength=20).tolist() for some in (10, 63, size)]
    assert numerics("ranks", "countsFrom", 11, [10, 63, size], fault) == expected


@each_fault
def test_ranks_have_their_probabilities(numerics, name):
    """Over many seeds the p-values of the chi-square test are uniform; for a right sampler this is its calibration."""
    fault, size, seeds = named(name), 1000, range(60)
    p = np.array(numerics("ranks", "rankProbabilities", fault))
    counts = np.array([numerics("ranks", "countsFrom", seed, [size], fault)[0] for seed in seeds])
    assert not counts[:, p == 0].any()
    usual = p > 0
    expected = size * p[usual] / p.sum()
    if expected.min() > 5:
        p_values = stats.chisquare(counts[:, usual], expected, axis=1).pvalue
        assert stats.kstest(p_values, "uniform").pvalue > ALPHA
    total = counts.sum(axis=0)[usual]
    assert stats.chisquare(total, total.sum() * p[usual] / p.sum()).pvalue > ALPHA


def test_slope_and_spread(numerics):
    rank = np.arange(20) - 9.5
    for seed in range(20):
        counts = np.random.default_rng(seed).multinomial(500, UNIFORM)
        expected = []
        for f in (rank, rank**2):
            expected.append((np.average(f, weights=counts) - f.mean()) / np.sqrt(f.var() / 500))
        assert numerics("ranks", "slopeAndSpread", counts) == pytest.approx(expected, rel=1e-11)


def test_hidden_faults_can_be_set_and_are_found(numerics):
    """Each is a state of the controls, and 5,000 data sets show it; each kind occurs."""
    kinds = set()
    for secret in range(1, 61):
        fault = numerics("hidden_fault", "hiddenFault", secret)
        kinds.add((fault["shift"] != 0, fault["power"] != 0, fault["rho"] != 0))
        for key, least in (("shift", -1), ("power", -1), ("rho", 0)):
            assert least <= fault[key] <= 1
            assert 20 * fault[key] == pytest.approx(round(20 * fault[key]), abs=1e-9)
        fault["factor"] = 2 ** fault.pop("power")
        p = numerics("ranks", "rankProbabilities", fault)
        bands = {
            "bars": numerics("rank_bands", "barBand", 5000),
            "ecdf": numerics("rank_bands", "ecdfBand", 5000),
        }
        assert numerics("rank_bands", "chanceToStay", 5000, p, bands) < 0.01
    assert kinds == {(True, False, False), (False, True, False), (False, False, True), (True, True, False)}


@pytest.mark.parametrize("key", ["bars", "ecdf"])
@pytest.mark.parametrize("fault", [{"shift": 0.4}, {"factor": 2**0.4}, {"factor": 2**-0.4}])
def test_a_fault_half_as_large_needs_about_four_times_the_data_sets(numerics, fault, key):
    """The least size at which half of the runs are outside of those listed."""
    band = {"bars": "barBand", "ecdf": "ecdfBand"}[key]
    halved = {name: value / 2 if name == "shift" else value**0.5 for name, value in fault.items()}
    needed = []
    for one in (fault, halved):
        p = numerics("ranks", "rankProbabilities", RIGHT | one)
        found = (
            numerics("rank_bands", "chanceToStay", n, p, {key: numerics("rank_bands", band, n)}) < 0.5
            for n in SIZES
        )
        needed.append(SIZES[list(found).index(True)])
    assert 3 < needed[1] / needed[0] < 5


def test_who_looks_again_and_again_sees_a_right_sampler_outside(numerics):
    ranks = np.random.default_rng(3).integers(20, size=(500, SIZES[-1]))
    ever, end = np.zeros(500, bool), None
    for size in SIZES:
        counts = np.array([np.bincount(row[:size], minlength=20) for row in ranks])
        bars, ecdf = (np.array(numerics("rank_bands", name, size)) for name in ("barBand", "ecdfBand"))
        below = counts.cumsum(axis=1)[:, :-1]
        end = ((counts < bars[0]) | (counts > bars[1])).any(axis=1) | (
            (below < ecdf[0]) | (below > ecdf[1])
        ).any(axis=1)
        ever |= end
    assert ever.mean() > 0.15
    assert end.mean() < 0.04
