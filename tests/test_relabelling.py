"""Relabelling of stored draws, against the labels they were drawn with and against all permutations."""

import itertools
import tracemalloc

import numpy as np
import pymc as pm
import pytensor
import pytest
import xarray as xr
from hypothesis import example
from hypothesis import strategies as st
from scipy.special import rel_entr

from gmixlib import mixture_logpdf, relabel, responsibilities
from gmixlib.samplers import relabelling
from searching import search

METHODS = ["stephens", "assignment"]
PARAMETERS = ["w", "mu", "sigma"]


def tree(y, w, mu, sigma, category=None, **sample_stats):
    """Put draws into the form that `sample_gibbs` returns: two chains if their number is even."""
    chains = 2 - len(mu) % 2

    def variable(values, dim):
        return ("chain", "draw", dim), np.reshape(values, (chains, -1, np.shape(values)[-1]))

    posterior = {name: variable(v, "component") for name, v in zip(PARAMETERS, (w, mu, sigma), strict=True)}
    if category is not None:
        posterior["category"] = variable(category, "point")
    stats = {
        name: variable(values, "component")
        if np.ndim(values) == 2
        else (("chain", "draw"), np.reshape(values, (chains, -1)))
        for name, values in sample_stats.items()
    }
    groups = {"posterior": posterior, "sample_stats": stats, "observed_data": {"y": ("point", y)}}
    return xr.DataTree.from_dict({name: xr.Dataset(group) for name, group in groups.items()})


def flat(idata, name):
    """Return stored values with one axis for the draws of all chains."""
    values = idata["posterior"][name].values
    return values.reshape(-1, values.shape[-1])


def draw_around(rng, n_draws, mu, sigma, n=200):
    """Draw data, and draws around their parameters as wide as a posterior, without label switching."""
    mu, sigma = np.array(mu, float), np.array(sigma, float)
    k = mu.size
    z = np.arange(n) % k
    y = rng.normal(mu[z], sigma[z])
    draws = {
        "w": rng.dirichlet(np.full(k, n / k), n_draws),
        "mu": rng.normal(mu, 1.5 * sigma / np.sqrt(n / k), (n_draws, k)),
        "sigma": sigma * rng.uniform(0.8, 1.2, (n_draws, k)),
    }
    return y, draws


def draw_overlapping(rng, n_draws, k, n, spread=1.0):
    """Draw data, and draws whose components overlap at random."""
    draws = {
        "w": rng.dirichlet(np.full(k, 2.0), n_draws),
        "mu": rng.normal(3 * np.arange(k), spread, (n_draws, k)),
        "sigma": rng.uniform(0.5, 2.0, (n_draws, k)),
    }
    return rng.normal(3 * rng.integers(0, k, n), 1.5), draws


def draw_categories(rng, y, draws):
    """Draw categories for each draw of the parameters."""
    r = [responsibilities(y, *row) for row in zip(*(draws[name] for name in PARAMETERS), strict=True)]
    return (rng.random((len(r), y.size, 1)) > np.cumsum(r, axis=-1)).sum(axis=-1).astype(np.uint8)


def switch_labels(rng, draws, category=None):
    """Permute the labels of each draw at random."""
    order = rng.permuted(np.tile(np.arange(draws["mu"].shape[1]), (len(draws["mu"]), 1)), axis=1)
    mixed = {name: np.take_along_axis(values, order, axis=1) for name, values in draws.items()}
    if category is None:
        return mixed
    return mixed | {"category": np.take_along_axis(order.argsort(axis=1), category, axis=1)}


def divergence(y, draws):
    """Compute Stephens' loss from its definition."""
    p = np.stack(
        [responsibilities(y, *row) for row in zip(*(draws[name] for name in PARAMETERS), strict=True)]
    )
    return rel_entr(p, p.mean(axis=0)).sum()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("stored_categories", [False, True])
@pytest.mark.parametrize(
    ("mu", "sigma"),
    [
        ([-1.5, 1.5], [1, 1]),
        ([-4, 0, 5], [1, 1, 2]),
        ([0, 0.2], [0.5, 4]),  # the order of the locations says nothing
        ([-9, -3, 0, 3, 3.2], [1, 1, 0.5, 1, 6]),
    ],
)
def test_random_labels_are_undone(method, stored_categories, mu, sigma):
    rng = np.random.default_rng(len(mu))
    y, draws = draw_around(rng, 100, mu, sigma)
    category = draw_categories(rng, y, draws) if stored_categories else None
    found = relabel(tree(y, **switch_labels(rng, draws, category)), method=method)
    # The result is numbered by mean location. So were the draws, unless two close means happen to differ.
    rank = draws["mu"].mean(axis=0).argsort()
    for name in PARAMETERS:
        np.testing.assert_array_equal(flat(found, name), draws[name][:, rank])
    if stored_categories:
        np.testing.assert_array_equal(flat(found, "category"), rank.argsort()[category])


@pytest.mark.parametrize("method", METHODS)
def test_separate_components_are_ordered(method):
    rng = np.random.default_rng(1)
    y, draws = draw_around(rng, 200, [-6, 6], [1, 1])
    found = relabel(tree(y, **switch_labels(rng, draws)), method=method)
    np.testing.assert_array_equal(flat(found, "mu"), np.sort(draws["mu"], axis=1))


@pytest.mark.parametrize("method", METHODS)
def test_close_locations_are_not_ordered(method):
    """Two components that differ in scale, not in location: ordering by location would bias their means."""
    rng = np.random.default_rng(2)
    y, draws = draw_around(rng, 1_000, [0, 0.1], [0.5, 3], n=300)
    relabelled = relabel(tree(y, **switch_labels(rng, draws)), method=method)
    found = flat(relabelled, "mu")
    np.testing.assert_array_equal(found, draws["mu"])
    if method == "stephens":  # the running means of the first pass suffice: the second changes no label
        assert len(relabelled["posterior"].attrs["relabel_losses"]) == 2
    shift = np.sort(found, axis=1).mean(axis=0) - found.mean(axis=0)
    assert (np.abs(shift) > 5 * found[:, 1].std() / np.sqrt(len(found))).all()


@pytest.mark.parametrize("seed", range(20))
def test_stephens_reaches_the_least_divergence(seed):
    """Three draws of three components: no other of all 36 relative labellings has less divergence."""
    rng = np.random.default_rng(seed)
    y, draws = draw_around(rng, 3, [0, 0.5, 3], [0.5, 3, 1], n=60)
    losses = [
        divergence(
            y,
            {name: np.take_along_axis(v, np.array([(0, 1, 2), *rest]), axis=1) for name, v in draws.items()},
        )
        for rest in itertools.product(itertools.permutations(range(3)), repeat=2)
    ]
    found = relabel(tree(y, **switch_labels(rng, draws)))
    assert found["posterior"].attrs["relabel_losses"][-1] == pytest.approx(min(losses), rel=1e-10)
    assert divergence(y, {name: flat(found, name) for name in PARAMETERS}) == pytest.approx(
        min(losses), rel=1e-10
    )


@search(
    50, 6000, seed=st.integers(0, 2**32), k=st.integers(1, 4), n_draws=st.integers(1, 12), n=st.integers(1, 20)
)  # fmt: skip
@example(seed=286, k=4, n_draws=12, n=10)  # seven passes
def test_no_pass_raises_the_divergence(seed, k, n_draws, n):
    y, draws = draw_overlapping(np.random.default_rng(seed), n_draws, k, n, spread=4.0)
    found = relabel(tree(y, **draws))
    losses = np.array(found["posterior"].attrs["relabel_losses"])
    assert (np.diff(losses) <= 1e-9 * (1 + losses[0])).all()
    relabelled = {name: flat(found, name) for name in PARAMETERS}
    assert losses[-1] == pytest.approx(divergence(y, relabelled), rel=1e-9, abs=1e-9)
    # Converged: no other labelling of any draw is closer to the mean.
    p = np.stack([responsibilities(y, *row) for row in zip(*relabelled.values(), strict=True)])
    gain = np.einsum("tij,ik->tjk", p, np.log(p.mean(axis=0) + 1e-300))
    for order in itertools.permutations(range(k)):
        assert (gain[:, order, range(k)].sum(axis=1) <= np.trace(gain, axis1=1, axis2=2) + 1e-9).all()


@pytest.mark.parametrize("pivot_by", ["lp", "logp", None])
@pytest.mark.parametrize("stored_categories", [False, True])
def test_assignment_agrees_most_with_the_pivot(pivot_by, stored_categories):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        y, draws = draw_overlapping(rng, 6, 3, 15, spread=3.0)
        category = rng.integers(0, 3, (6, 15))
        rows = list(zip(*(draws[name] for name in PARAMETERS), strict=True))
        density = rng.normal(size=6) if pivot_by else [mixture_logpdf(y, *row).sum() for row in rows]
        stats = {pivot_by: density} if pivot_by else {}
        found = relabel(
            tree(y, **draws, category=category if stored_categories else None, **stats), method="assignment"
        )
        if stored_categories:
            z = flat(found, "category")
        else:
            relabelled = zip(*(flat(found, name) for name in PARAMETERS), strict=True)
            z = np.array([responsibilities(y, *row).argmax(axis=-1) for row in relabelled])
        pivot = z[np.argmax(density)]
        for order in itertools.permutations(range(3)):
            assert ((np.array(order)[z] == pivot).sum(axis=1) <= (z == pivot).sum(axis=1)).all()


def test_the_likelihood_of_a_draw_is_that_of_the_mixture():
    """It chooses the pivot where no log posterior is stored."""
    rng = np.random.default_rng(4)
    y, draws = draw_overlapping(rng, 5, 3, 20, spread=3.0)
    stored = relabelling._Draws(y, *(draws[name] for name in PARAMETERS))
    found = [relabelling._allocation(stored, t)[1] for t in range(5)]
    expected = [mixture_logpdf(y, *(draws[name][t] for name in PARAMETERS)).sum() for t in range(5)]
    np.testing.assert_allclose(np.diff(found), np.diff(expected), rtol=1e-12)


@search(30, 2000, method=st.sampled_from(METHODS), seed=st.integers(0, 2**32), k=st.integers(1, 4))
def test_only_the_labels_change(method, seed, k):
    rng = np.random.default_rng(seed)
    y, draws = draw_overlapping(rng, 7, k, 10, spread=3.0)
    category = draw_categories(rng, y, draws)
    counts = np.array([np.bincount(z, minlength=k) for z in category])
    idata = tree(y, **draws, category=category, counts=counts, lp=rng.normal(size=7))
    idata["posterior"].attrs["kept"] = 1
    before = idata.copy(deep=True)
    found = relabel(idata, method=method)
    xr.testing.assert_identical(idata, before)

    assert found["posterior"].attrs["kept"] == 1
    assert found["posterior"].attrs["relabel_method"] == method
    assert found["posterior"]["category"].dtype == np.uint8
    xr.testing.assert_identical(found["sample_stats"]["lp"], idata["sample_stats"]["lp"])
    new = {name: flat(found, name) for name in (*PARAMETERS, "category")}
    assert (np.diff(new["mu"].mean(axis=0)) >= 0).all()
    for t in range(7):
        old_rows = np.stack([draws[name][t] for name in PARAMETERS] + [counts[t]])
        new_rows = np.stack(
            [new[name][t] for name in PARAMETERS] + [found["sample_stats"]["counts"].values[0, t]]
        )
        np.testing.assert_array_equal(new_rows[:, new_rows[1].argsort()], old_rows[:, old_rows[1].argsort()])
        np.testing.assert_array_equal(new["mu"][t][new["category"][t]], draws["mu"][t][category[t]])
        np.testing.assert_allclose(
            mixture_logpdf(y, *new_rows[:3]), mixture_logpdf(y, *old_rows[:3]), rtol=1e-12
        )


@pytest.mark.parametrize("seed", range(5))
def test_the_labels_of_the_input_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    y, draws = draw_overlapping(rng, 40, 3, 50, spread=1.5)
    first, second = (relabel(tree(y, **stored)) for stored in (draws, switch_labels(rng, draws)))
    for name in PARAMETERS:
        np.testing.assert_array_equal(flat(first, name), flat(second, name))


@pytest.mark.parametrize("method", METHODS)
def test_a_component_without_weight_or_far_away_does_no_harm(method, recwarn):
    y = np.array([-1e3, 0.0, 1.0, 1e4])
    draws = {"w": [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]], "mu": [[0.0, 1e4, 5.0], [5.0, 1e4, 0.5]]}
    found = relabel(tree(y, **draws, sigma=np.ones((2, 3))), method=method)
    np.testing.assert_array_equal(flat(found, "mu"), [[0.0, 5.0, 1e4], [0.5, 5.0, 1e4]])
    assert not recwarn


def test_labels_stay_where_others_are_no_better_but_for_rounding():
    """Otherwise two labellings could take turns in the passes of Stephens' method, without end."""
    gain, current = np.full((3, 3), 1e3), np.array([2, 0, 1])
    gain[0, 0] += 1e-11
    np.testing.assert_array_equal(relabelling._best_labels(gain, current), current)
    gain[0, 0] += 1e-6
    assert relabelling._best_labels(gain, current)[0] == 0


def test_a_method_that_does_not_converge_is_an_error(monkeypatch):
    monkeypatch.setattr(relabelling, "MAX_PASSES", 0)
    y, draws = draw_overlapping(np.random.default_rng(0), 4, 2, 5)
    with pytest.raises(RuntimeError, match="did not converge in 0 passes"):
        relabel(tree(y, **draws))


def test_draws_of_pymc():
    """Each variable has its own dimension, weights are known and the scale is shared."""
    y, _ = draw_around(np.random.default_rng(3), 1, [-3, 3], [1, 1], n=40)
    with pytensor.config.change_flags(mode="FAST_COMPILE"), pm.Model():
        locations = pm.Normal("locations", 0, 10, shape=2)
        scale = pm.HalfNormal("scale", 2)
        z = pm.Categorical("z", np.full(2, 0.5), shape=40)
        pm.Normal("x", locations[z], scale, observed=y)
        idata = pm.sample(
            draws=10, tune=0, chains=2, cores=1, step=pm.Metropolis([locations, scale]), progressbar=False,
            random_seed=1, compute_convergence_checks=False,
            initvals=[{"locations": [-3, 3]}, {"locations": [3, -3]}],
        )  # fmt: skip
    names = {"y": "x", "w": 0.5, "mu": "locations", "sigma": "scale", "category": "z"}
    for method in METHODS:
        found = relabel(idata, method=method, **names)["posterior"]
        np.testing.assert_array_equal(found["locations"], np.sort(idata["posterior"]["locations"], axis=-1))
        np.testing.assert_array_equal(found["scale"], idata["posterior"]["scale"])
        expected = idata["posterior"]["z"].values.copy()
        expected[1] = 1 - expected[1]
        np.testing.assert_array_equal(found["z"], expected)


def test_each_variable_along_a_component_dimension_is_permuted():
    rng = np.random.default_rng(4)
    y, draws = draw_around(rng, 8, [-3, 3], [1, 1], n=40)
    idata = tree(y, **switch_labels(rng, draws))
    posterior = idata["posterior"].to_dataset()
    posterior["precision"] = 1 / posterior["sigma"] ** 2
    other = posterior["sigma"].rename(component="w_dim_0")
    posterior["ratio"] = (posterior["sigma"] / other).transpose("w_dim_0", ...)
    posterior["w"] = posterior["w"].rename(component="w_dim_0")
    idata["posterior"].dataset = posterior.transpose("draw", ..., "chain")
    found = relabel(idata)["posterior"]
    assert found["precision"].dims == idata["posterior"]["precision"].dims
    np.testing.assert_array_equal(found["precision"], 1 / found["sigma"] ** 2)
    expected = found["sigma"] / found["sigma"].rename(component="w_dim_0")
    np.testing.assert_array_equal(found["ratio"].transpose(*expected.dims), expected)
    w = found["w"].transpose("chain", "draw", ...).values.reshape(8, 2)
    np.testing.assert_array_equal(w, draws["w"])


@pytest.mark.parametrize("method", METHODS)
def test_known_values_are_what_draws_of_them_would_be(method):
    rng = np.random.default_rng(6)
    y, draws = draw_overlapping(rng, 10, 3, 30)
    draws = draws | {"w": np.full((10, 3), 1 / 3), "sigma": np.full((10, 3), 1.5)}
    drawn = relabel(tree(y, **draws), method=method)
    other = tree(y, **draws | {"sigma": np.ones((10, 3)), "w": np.full((10, 3), [0.8, 0.1, 0.1])})
    known = relabel(other, method=method, y=y, w=[1 / 3, 1 / 3, 1 - 2 / 3], sigma=1.5)
    np.testing.assert_array_equal(flat(drawn, "mu"), flat(known, "mu"))
    if method == "stephens":
        losses = drawn["posterior"].attrs["relabel_losses"]
        assert known["posterior"].attrs["relabel_losses"] == pytest.approx(losses, rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_known_values_may_stand_in_constant_data(method):
    y, draws = draw_overlapping(np.random.default_rng(9), 10, 3, 30)
    idata = tree(y, **draws)
    drawn, expected = relabel(idata, method=method), relabel(idata, method=method, sigma=0.7)
    idata["constant_data"] = xr.DataTree(xr.Dataset({"sigma": ("component", np.full(3, 0.7))}))
    assert relabel(idata, method=method)["posterior"].identical(drawn["posterior"])  # draws come first
    idata["posterior"].dataset = idata["posterior"].to_dataset().drop_vars("sigma")
    found = relabel(idata, method=method)
    assert found["posterior"].attrs == expected["posterior"].attrs
    np.testing.assert_array_equal(flat(found, "mu"), flat(expected, "mu"))


@pytest.mark.parametrize("method", METHODS)
def test_responsibilities_are_averaged_anew(method):
    rng = np.random.default_rng(10)
    y, draws = draw_around(rng, 20, [-4, 0, 5], [1, 1, 2], n=30)
    idata = tree(y, **switch_labels(rng, draws))
    variables = {"responsibilities": (("chain", "point", "component"), np.zeros((2, 30, 3)))}
    idata["averages"] = xr.DataTree(xr.Dataset(variables))
    found = relabel(idata, method=method)
    r = [responsibilities(y, *row) for row in zip(*draws.values(), strict=True)]
    expected = np.reshape(r, (2, 10, 30, 3)).mean(axis=1)
    np.testing.assert_allclose(found["averages"]["responsibilities"], expected, rtol=1e-12)
    assert not idata["averages"]["responsibilities"].any()


@pytest.mark.parametrize("method", METHODS)
def test_no_array_of_draws_by_points_by_components_is_held(method):
    n_draws, n, k = 800, 5_000, 3
    y, draws = draw_around(np.random.default_rng(7), n_draws, [-5, 0, 5], [1, 1, 1], n=n)
    idata = tree(y, **draws)
    tracemalloc.start()
    relabel(idata, method=method)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The responsibilities of a draw take 8 n k bytes, labels and copies of the draws 8 n_draws k bytes each.
    assert peak < 10 * 8 * n * k + 15 * 8 * n_draws * k < n_draws * n / 2


RNG = np.random.default_rng(8)
DATA, DRAWS = draw_overlapping(RNG, 4, 3, 5)
CATEGORY = RNG.integers(0, 3, (4, 5))


def with_nan(values):
    return np.where(np.arange(values.size).reshape(values.shape) == 1, np.nan, values)


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"method": "ordering"}, 'method is \'ordering\'; it must be "stephens" or "assignment"'),
        ({}, {"mu": "nu"}, "mu is 'nu'; it must name a variable of group posterior: w, mu, sigma"),
        ({}, {"mu": [1.0, 2.0, 3.0]}, r"mu is \[1.0, 2.0, 3.0\]; it must name a variable"),
        ({}, {"category": "z"}, "category is 'z'; it must name a variable of group posterior"),
        ({}, {"y": "x"}, "y is 'x'; it must name a variable of group observed_data: y"),
        ({}, {"w": [0.2, 0.3, 0.5]}, "w is .*; known values must be finite and equal"),
        ({}, {"sigma": [1.0, 1.0, 2.0]}, "sigma is .*; known values must be finite and equal"),
        ({}, {"sigma": np.nan}, "sigma is nan; known values must be finite and equal"),
        ({}, {"sigma": np.inf}, "sigma is inf; known values must be finite and equal"),
        ({}, {"sigma": [1.0, 1.0]}, r"sigma has shape \(2,\); it must be one number or one for each of 3"),
        ({}, {"sigma": 0.0}, "(?s)sigma is .*; every scale must be positive"),
        ({}, {"w": 0.5}, r"w\[0\] sums to 1.5; weights must sum to 1"),
        ({"mu": with_nan(DRAWS["mu"])}, {}, "mu has draws that are not finite"),
        ({"w": with_nan(DRAWS["w"])}, {}, "w has draws that are not finite"),
        ({"sigma": -DRAWS["sigma"]}, {}, "(?s)sigma is .*; every scale must be positive"),
        ({"w": [[1.5, -0.25, -0.25]] * 4}, {}, "(?s)w is .*; every weight must be at least 0"),
        ({"category": CATEGORY + 1}, {}, "category must hold integers from 0 to 2"),
        ({"category": CATEGORY - 1}, {}, "category must hold integers from 0 to 2"),
        ({"category": CATEGORY / 1.0}, {}, "category must hold integers from 0 to 2"),
        ({"category": CATEGORY}, {"y": [1.0, 2.0]}, "category has dimensions .* one for the 2 points of y"),
        ({"lp": [0.0, np.nan, 0.0, 0.0]}, {"method": "assignment"}, "lp has draws that are not finite"),
    ],
)
def test_bad_arguments_are_named(change, options, message):
    with pytest.raises(ValueError, match=message):
        relabel(tree(**({"y": DATA} | DRAWS | change)), **options)


def average(idata):
    idata["posterior"]["responsibilities"] = xr.DataArray(np.zeros((5, 3)), dims=("point", "component"))


def other_draws(idata):
    idata["sample_stats"].dataset = xr.Dataset({"lp": (("chain", "draw"), np.zeros((2, 9)))})


def two_weights(idata):
    idata["posterior"]["w"] = idata["posterior"]["w"].isel(component=slice(2)).rename(component="w_dim_0")


def one_weight(idata):
    idata["posterior"]["w"] = idata["posterior"]["w"].isel(component=0)


def one_location(idata):
    idata["posterior"]["mu"] = idata["posterior"]["mu"].isel(component=0)


def one_draw(idata):
    idata["posterior"].dataset = idata["posterior"].to_dataset().isel(draw=0)


def no_posterior(idata):
    del idata["posterior"]


def no_data(idata):
    del idata["observed_data"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (average, "responsibilities has dimensions .*; an average over draws .* drop it from idata"),
        (other_draws, "sample_stats has 9 values along draw, posterior has 2; both must hold the same draws"),
        (two_weights, "w has dimensions .*; it must have 3 components as mu"),
        (one_weight, "w has dimensions .*; it must have 3 components as mu"),
        (one_location, "mu has dimensions .*; it must have chain, draw and one for the components"),
        (one_draw, "mu has dimensions .*; it must have chain and draw"),
        (no_posterior, "idata has no group posterior; it must be a DataTree with that group"),
        (no_data, "idata has no group observed_data; it must be a DataTree with that group"),
    ],
)
def test_draws_of_another_form_are_refused(spoil, message):
    idata = tree(DATA, **DRAWS)
    spoil(idata)
    with pytest.raises(ValueError, match=message):
        relabel(idata)


def test_draws_without_the_average_are_relabelled_as_the_message_says():
    idata = tree(DATA, **DRAWS)
    expected = relabel(idata)["posterior"].to_dataset()
    average(idata)
    with pytest.raises(ValueError, match=r"responsibilities has .* drop it from idata"):
        relabel(idata)
    del idata["posterior"]["responsibilities"]
    xr.testing.assert_equal(relabel(idata)["posterior"].to_dataset(), expected)


def test_a_dictionary_is_refused():
    with pytest.raises(ValueError, match="idata has no group observed_data; it must be a DataTree"):
        relabel({"mu": [1.0, 2.0]})
