"""The numerics of the explorable *One sweep* against the library, and its sampler against the exact posterior."""

import ast
from collections.abc import Callable
from itertools import product

import arviz as az
import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp, softmax

from gmixlib import TwoMeansPosterior, responsibilities, three_gaussians, two_gaussians
from tools.explorable_tables import one_sweep as tool
from tools.notebooks import ROOT, read

pytest_plugins = ["numerics"]

DATA = ["apart", "close", "three"]
HALF_LOG_2PI = np.log(2 * np.pi) / 2


@pytest.fixture(scope="module")
def chapter() -> Callable[[str], Callable]:
    """A function that a cell of the chapter defines."""
    namespace = {"np": np, "responsibilities": responsibilities, "half": np.array([0.5, 0.5])}
    for cell in read(ROOT / "chapters" / "06_gibbs.ipynb").cells:
        if cell.cell_type == "code":
            functions = [part for part in ast.parse(cell.source).body if isinstance(part, ast.FunctionDef)]
            exec(compile(ast.Module(functions, []), cell.id, "exec"), namespace)  # noqa: S102  the course's own code
    return namespace.__getitem__


@pytest.fixture(scope="module")
def tables() -> dict:
    return tool.tables()


def model(numerics, name: str) -> dict:
    """A data set of the explorable, as the sampler takes it."""
    return numerics("gibbs_data", "model", name)


# --- the two halves of a sweep --------------------------------------------------------------------------


@pytest.mark.parametrize("w", [[0.5, 0.5], [0.1, 0.9], [1 / 3, 1 / 3, 1 / 3], [0.2, 0.5, 0.3]])
@pytest.mark.parametrize("y", [-8.5, -1.0, 0.0, 0.37, 5.2, 20.0, 45.0])
def test_categories_have_the_responsibilities_as_probabilities(numerics, y, w):
    mu = [-1.9, 2.1, 5.0][: len(w)]
    found = numerics("gibbs", "responsibilitiesOf", y, w, mu)
    assert found == pytest.approx(responsibilities(y, w, mu, 1.0).tolist(), rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("seed", range(4))
def test_locations_have_the_conditionals_of_the_chapter(numerics, name, seed):
    data = model(numerics, name)
    y, k = np.array(data["y"]), len(data["w"])
    z = np.random.default_rng(seed).integers(0, k, y.size)
    if seed == 0:
        z[:] = 0  # the other components are empty
    found = numerics("gibbs", "conditionals", data, z)
    n, total = np.bincount(z, minlength=k), np.bincount(z, y, minlength=k)
    p = n / 1.0**2 + 1 / data["priorSd"] ** 2
    assert found["count"] == n.tolist()
    assert found["mean"] == pytest.approx((total / p).tolist(), rel=1e-12)
    assert found["sd"] == pytest.approx((p**-0.5).tolist(), rel=1e-12)


@pytest.mark.parametrize("lags", [1, 20])
def test_autocorrelation_is_that_of_the_chapter(numerics, chapter, tables, lags):
    for _, table in tables.values():
        draws = table["draws"][:500] / tool.UNIT
        found = numerics("gibbs", "autocorrelation", draws, lags)
        assert found == pytest.approx(chapter("autocorrelation")(draws, lags).tolist(), abs=1e-12)


@pytest.mark.parametrize("sweeps", [0, 1, 60])
def test_a_chain_that_is_kept_is_the_same_chain(numerics, sweeps):
    data = model(numerics, "close")
    found = numerics("gibbs", "keptChain", data, data["start"], 4, sweeps)
    assert found["mu"] == [data["start"], *numerics("gibbs", "locations", data, data["start"], 4, sweeps)]
    assert len(found["z"]) == sweeps + 1


# --- the sampler ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("w", "points"), [([0.3, 0.7], 6), ([0.5, 0.5], 12), ([0.2, 0.3, 0.5], 12)])
def test_ranks_of_true_locations_are_uniform(numerics, w, points):
    settings = {"w": w, "priorSd": 1, "points": points, "draws": 19, "apart": 30}
    ranks = np.array(numerics("gibbs_ranks", "ranks", 1, 800, settings))
    for column in ranks.T:
        assert stats.chisquare(np.bincount(column, minlength=20)).pvalue > 1e-4


@pytest.mark.parametrize("name", ["apart", "close"])
def test_long_run_has_the_moments_of_the_exact_posterior(numerics, name):
    data = model(numerics, name)
    draws = np.array(numerics("gibbs", "locations", data, data["start"], 3, 20_000))[200:]
    draws, exact = np.sort(draws, axis=1), TwoMeansPosterior(data["y"])
    for column, mean, sd in zip(draws.T, exact.ordered_mean, exact.ordered_sd, strict=True):
        for method, value, expected in (("mean", column.mean(), mean), ("sd", column.std(), sd)):
            assert abs(value - expected) < 5 * float(az.mcse(column[np.newaxis], method=method))


@pytest.mark.parametrize("name", DATA)
def test_correlation_from_sweep_to_sweep_is_the_share_of_the_doubt(numerics, name):
    data = model(numerics, name)
    first = np.array(numerics("gibbs", "locations", data, data["start"], 11, 8_000))[:, 0]
    centred = first - first.mean()
    expected = data["doubt"]
    # Batches of the difference between a product and its mean under that correlation: their spread gives the error.
    excess = (centred[1:] * centred[:-1] - expected * centred[1:] ** 2) / first.var()
    batches = excess[: 40 * (excess.size // 40)].reshape(40, -1).mean(axis=1)
    assert abs(excess.mean()) < 5 * batches.std(ddof=1) / 40**0.5
    assert batches.std(ddof=1) / 40**0.5 < 0.02


# --- what is stored -------------------------------------------------------------------------------------


def test_points_are_the_libraries(numerics):
    y, z = two_gaussians()
    for name, m in tool.GAPS.items():
        points = y + (m - 1) * np.array([-1.0, 1.0])[z]
        assert model(numerics, name)["y"] == pytest.approx(points.tolist(), rel=1e-15)
    assert model(numerics, "three")["y"] == three_gaussians()[0].tolist()


@pytest.mark.parametrize("name", DATA)
def test_stored_table_is_what_python_computes(numerics, tables, name):
    stored, (computed, table) = model(numerics, name), tables[name]
    assert stored["w"] == computed.w.tolist()
    assert stored["priorSd"] == computed.prior_sd
    for key in ("start", "levels", "doubt"):
        assert stored[key] == pytest.approx(np.array(table[key]).tolist(), abs=2.1e-6)
    assert stored["draws"] == table["draws"].tolist()
    assert [node["mu"] for node in stored.get("others", [])] == [
        pytest.approx(node["mu"], abs=2.1e-6) for node in table.get("others", [])
    ]


@pytest.mark.parametrize("name", ["apart", "close"])
def test_stored_chain_is_the_chapters(chapter, tables, name):
    data, table = tables[name]
    path, _ = chapter("two_locations")(data.y, table["start"], 500, np.random.default_rng(tool.SEED))
    assert np.rint(tool.UNIT * path[:, 1, 0]).tolist() == table["draws"][:500].tolist()


@pytest.mark.parametrize("name", DATA)
def test_stored_chain_has_the_exact_mean(tables, name):
    data, table = tables[name]
    draws = table["draws"] / tool.UNIT
    mean = table["start"][0]  # of three groups: a mode, and nearly the mean of its hill
    if name != "three":
        ordered = TwoMeansPosterior(data.y).ordered_mean
        mean = ordered[0] if name == "apart" else ordered.mean()  # one hill, or both
    assert abs(draws.mean() - mean) < 5 * float(az.mcse(draws[np.newaxis]))


@pytest.mark.parametrize("prior_sd", [1.0, 3.0])
def test_share_of_the_doubt_is_that_of_all_assignments(prior_sd):
    """Of six points, and of every assignment of them to two categories, everything is known in closed form."""
    y = np.array([-1.3, -0.4, 0.2, 0.9, 1.1, 2.0])
    small = tool.Model(y, np.array([0.4, 0.6]), prior_sd)
    z = np.array(list(product([0, 1], repeat=y.size)))
    log_p, means, variances = np.zeros(len(z)), np.zeros(len(z)), np.zeros(len(z))
    for row, categories in enumerate(z):
        for k, weight in enumerate(small.w):
            group = y[categories == k]
            covariance = np.eye(group.size) + prior_sd**2
            log_p[row] += group.size * np.log(weight)
            if group.size:
                log_p[row] += stats.multivariate_normal(np.zeros(group.size), covariance).logpdf(group)
        group = y[categories == 0]
        variances[row] = 1 / (group.size + 1 / prior_sd**2)
        means[row] = variances[row] * group.sum()
    p = softmax(log_p)
    between = p @ (means - p @ means) ** 2
    plane = np.linspace(-9 * prior_sd, 9 * prior_sd, 361)
    mu = np.array([*map(np.ravel, np.meshgrid(plane, plane))])
    found = tool.share_of_doubt(small, mu, softmax(tool.log_joint(small, mu)))
    assert found == pytest.approx(between / (between + p @ variances), rel=1e-9)


# --- the regions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["apart", "close"])
@pytest.mark.parametrize("seed", range(3))
def test_posterior_on_the_plane(numerics, name, seed):
    data = model(numerics, name)
    (left, right), (below, above) = data["window"]
    rng = np.random.default_rng(seed)
    first, second = rng.uniform(left, right, 3), rng.uniform(below, above, 4)
    found = np.array(numerics("gibbs_posterior", "logPosterior", data, first, second)).reshape(4, 3)
    constant = -(len(data["y"]) + 2) * HALF_LOG_2PI - 2 * np.log(data["priorSd"])
    expected = TwoMeansPosterior(data["y"]).log_joint(first, second[:, np.newaxis])
    assert (found + constant) == pytest.approx(expected, rel=1e-12)


def test_posterior_of_three_with_the_third_integrated_out(numerics):
    data = model(numerics, "three")
    y, (x_range, y_range) = np.array(data["y"]), data["window"]
    first, second = np.linspace(*x_range, 4), np.linspace(*y_range, 3)
    found = np.array(numerics("gibbs_posterior", "logPosterior", data, first, second, data["others"]))
    third = data["start"][2] + np.linspace(-0.6, 0.6, 121)
    a, b, c = np.meshgrid(first, second, third)
    centred = (y[:, np.newaxis, np.newaxis, np.newaxis, np.newaxis] - np.array([a, b, c])) / 1.0
    log_joint = logsumexp(-(centred**2) / 2 - np.log(3), axis=1).sum(axis=0) - (a**2 + b**2 + c**2) / 450
    expected = logsumexp(log_joint, axis=2).ravel()
    assert found - found[0] == pytest.approx(expected - expected[0], abs=2e-3)


@pytest.mark.parametrize("name", ["apart", "close"])
def test_regions_hold_their_shares_of_draws(numerics, name):
    data = model(numerics, name)
    exact = TwoMeansPosterior(data["y"])
    draws = np.array(numerics("gibbs", "locations", data, data["start"], 5, 16_000))[
        :: 40 if name == "close" else 4
    ]
    heights = exact.log_joint(*draws.T) - exact.log_joint(*data["start"])
    held, shares = (heights[:, np.newaxis] > data["levels"]).mean(axis=0), np.array([0.99, 0.9, 0.5, 0.1])
    assert (np.abs(held - shares) < 5 * np.sqrt(shares * (1 - shares) / len(draws))).all()


def test_regions_of_three_are_nearly_those_of_a_normal(numerics):
    """Whose log density, from its top, is below log(1 - share) outside the region of a share, in two dimensions."""
    levels = np.array(model(numerics, "three")["levels"])
    assert levels == pytest.approx(np.log([0.01, 0.1, 0.5, 0.9]), abs=0.05)
