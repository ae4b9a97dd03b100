"""CategoricalGibbs against exact conditionals, enumerated posteriors and PyMC's own step."""

from collections.abc import Callable, Iterator
from itertools import product

import cloudpickle
import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from numpy.typing import NDArray
from scipy.special import expit, gammaln, log_softmax, logit, softmax
from scipy.stats import norm

from gmixlib import CategoricalGibbs, two_gaussians
from gmixlib.step_methods import _independence, categorical_gibbs
from tools.benchmarks import models

QUIET = {"progressbar": False, "compute_convergence_checks": False}


def point_at(n: int, w: list[float], mu: list[float], sigma: float) -> dict[str, NDArray]:
    """Return a point of the model of the three Gaussians, with simplex and interval transforms applied."""
    log_w = np.log(w)
    return {
        "w_simplex__": (log_w - log_w.mean())[:-1],
        "mu": np.array(mu, dtype=float),
        "sigma_interval__": np.array(np.log(sigma) - np.log(20 - sigma)),
        "category": np.zeros(n, dtype=np.int64),
    }


def log_conditional(y: NDArray, w: list[float], mu: list[float], sigma: float) -> NDArray:
    """Return the normalized log probabilities of the categories, shape (K, n)."""
    joint = np.log(w)[:, None] + norm.logpdf(y, np.array(mu)[:, None], sigma)
    return log_softmax(joint, axis=0)


@pytest.fixture(scope="module")
def three_gaussians_step() -> CategoricalGibbs:
    with models.with_categories() as model:
        return CategoricalGibbs([model["category"]], rng=np.random.default_rng(1))


@pytest.fixture(params=["FAST_COMPILE", pytest.param(pytensor.config.mode, marks=pytest.mark.slow)])
def quick_to_compile(request) -> Iterator[None]:
    """Compile as little as will do for a few evaluations; the slow tests compile as `pm.sample` does."""
    with pytensor.config.change_flags(mode=request.param):
        yield


def log_prob_at(step: CategoricalGibbs, point: dict[str, NDArray]) -> NDArray:
    return step._log_prob(point)


def batch_means_error(x: NDArray, batches: int = 50) -> NDArray:
    """Return the standard error of the mean over the first axis of one autocorrelated chain."""
    means = [batch.mean(axis=0) for batch in np.array_split(x, batches)]
    return np.std(means, axis=0, ddof=1) / np.sqrt(batches)


def assert_frequencies(x: NDArray, p: NDArray) -> None:
    """Assert that means of indicators over one chain are within 5 standard errors of their probabilities.

    The error of a rare state cannot be estimated well, so it is taken as at least that of independent draws.
    """
    standard_error = np.maximum(batch_means_error(x), np.sqrt(p * (1 - p) / len(x)))
    z_scores = (x.mean(axis=0) - p) / standard_error
    assert np.abs(z_scores).max() < 5, z_scores


# Exact conditionals

POINTS = {
    "typical": ([0.3, 0.4, 0.3], [-5, 0, 5], 1.0),
    "overlapping": ([0.2, 0.5, 0.3], [-1, 0, 2], 6.0),
    "a tiny weight": ([1e-200, 0.4, 0.6], [-5, 0, 5], 1.0),
    "locations far apart": ([0.3, 0.4, 0.3], [-1e5, 0, 1e5], 1.0),
    "a tiny scale": ([0.3, 0.4, 0.3], [-5, 0, 5], 1e-5),
}


@pytest.mark.parametrize("parameters", POINTS.values(), ids=POINTS.keys())
def test_log_probabilities_of_three_gaussians_are_those_of_scipy(three_gaussians_step, parameters):
    found = log_prob_at(three_gaussians_step, point_at(500, *parameters))
    expected = log_conditional(models.Y, *parameters)
    assert found.shape == (3, 500)
    np.testing.assert_allclose(log_softmax(found, axis=0), expected, rtol=1e-10, atol=1e-10)


def test_frequencies_of_a_step_are_the_conditional_probabilities(three_gaussians_step):
    parameters = POINTS["overlapping"]
    point = point_at(500, *parameters)
    draws = np.array([three_gaussians_step.step(point)[0]["category"] for _ in range(4000)])
    p = np.exp(log_conditional(models.Y, *parameters))
    for k in range(3):
        z_scores = ((draws == k).mean(axis=0) - p[k]) / np.sqrt(p[k] * (1 - p[k]) / len(draws))
        assert np.abs(z_scores).max() < 6  # 1,500 of them
        assert abs(z_scores.mean()) < 5 / np.sqrt(500)
        # Elements are drawn independently of each other, so the number of them in k has this variance.
        count = (draws == k).sum(axis=1)
        variance = (p[k] * (1 - p[k])).sum()
        assert abs(count.var(ddof=1) / variance - 1) < 5 * np.sqrt(2 / len(draws))


def test_a_step_changes_the_categories_alone(three_gaussians_step):
    point = point_at(500, *POINTS["typical"])
    before = {name: value.copy() for name, value in point.items()}
    after, stats = three_gaussians_step.step(point)
    assert stats == [{}]
    assert after.keys() == point.keys()
    assert all(np.array_equal(point[name], before[name]) for name in point)
    assert all(after[name] is point[name] for name in point if name != "category")
    assert after["category"].dtype == np.int64
    assert after["category"].shape == (500,)


@pytest.mark.parametrize("u", [0.0, 0.5, np.nextafter(1, 0)])
@pytest.mark.parametrize("possible", [{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}])
def test_an_impossible_category_is_never_drawn(possible, u):
    log_prob = np.array([[0.0 if k in possible else -np.inf] for k in range(3)])
    assert categorical_gibbs._draw(log_prob, np.array([u]))[0] in possible


@pytest.mark.parametrize("level", [-1e4, 1e4])
def test_draws_do_not_depend_on_the_level_of_log_probabilities(level):
    log_prob = np.log([[0.2], [0.5], [0.3]]) + level
    assert [categorical_gibbs._draw(log_prob, np.array([u]))[0] for u in (0.1, 0.3, 0.6, 0.8)] == [0, 1, 1, 2]


@pytest.mark.parametrize("bad", [[-np.inf, -np.inf], [np.nan, 0], [0, np.nan], [np.inf, 0]])
def test_log_probabilities_that_define_no_distribution_are_an_error(bad):
    log_prob = np.array([[0.0, 0.0], bad]).T
    with pytest.raises(FloatingPointError, match="element 1"):
        categorical_gibbs._draw(log_prob, np.array([0.5, 0.5]))


def test_an_element_without_a_possible_category_stops_the_sampler(quick_to_compile):
    with pm.Model() as model:
        mu = pm.Normal("mu", shape=2)
        z = pm.Categorical("z", [0.5, 0.5], shape=3)
        pm.Uniform("y", mu[z] - 1, mu[z] + 1, observed=np.zeros(3))
        step = CategoricalGibbs([z])
    with pytest.raises(pm.exceptions.SamplingError, match="z: element 0"):
        step.step(model.initial_point() | {"mu": np.array([5.0, 7.0])})


# Posteriors that can be enumerated

Y3 = np.array([-0.5, 0.3, 1.4])
MU3 = np.array([-1.0, 0.0, 1.5])
STATES = np.array(list(product(range(3), repeat=3)))


def state_frequencies(draws: NDArray) -> NDArray:
    """Return one indicator a state of STATES for each draw."""
    return (draws @ [9, 3, 1])[:, None] == np.arange(27)


def test_fixed_parameters_give_the_enumerated_posterior():
    w = np.array([0.2, 0.5, 0.3])
    with pm.Model() as model:
        z = pm.Categorical("z", w, shape=3)
        pm.Normal("y", pt.as_tensor(MU3)[z], np.float64(0.8), observed=Y3)
        step = CategoricalGibbs(z, rng=np.random.default_rng(2))
    posterior = softmax(np.log(w[STATES]).sum(axis=1) + norm.logpdf(Y3, MU3[STATES], 0.8).sum(axis=1))
    point = model.initial_point()
    draws = np.array([step.step(point)[0]["z"] for _ in range(10_000)])
    assert_frequencies(state_frequencies(draws), posterior)


def test_a_dirichlet_weight_gives_the_enumerated_posterior():
    """The weights are drawn by conjugacy given the categories, whose marginal is Dirichlet-multinomial."""
    rng = np.random.default_rng(3)
    alpha = np.array([0.5, 1.0, 2.0])
    with pm.Model() as model:
        w = pm.Dirichlet("w", alpha)
        z = pm.Categorical("z", w, shape=3)
        pm.Normal("y", pt.as_tensor(MU3)[z], np.float64(0.8), observed=Y3)
        step = CategoricalGibbs([z], rng=rng)
    counts = (STATES[:, :, None] == np.arange(3)).sum(axis=1)
    posterior = softmax(gammaln(alpha + counts).sum(axis=1) + norm.logpdf(Y3, MU3[STATES], 0.8).sum(axis=1))
    point, draws = model.initial_point(), []
    for _ in range(10_000):
        log_w = np.log(rng.dirichlet(alpha + np.bincount(point["z"], minlength=3)))
        point, _ = step.step(point | {"w_simplex__": (log_w - log_w.mean())[:-1]})
        draws.append(point["z"])
    assert_frequencies(state_frequencies(np.array(draws)), posterior)


def test_two_variables_are_drawn_one_after_the_other():
    locations = np.array([[0.0, 1.0], [1.0, 0.2], [-1.0, 2.0]])
    with pm.Model() as model:
        row = pm.Categorical("row", [0.2, 0.3, 0.5], shape=2)
        column = pm.Bernoulli("column", 0.6, shape=2)
        pm.Normal("y", pt.as_tensor(locations)[row, column], np.float64(1), observed=[0.0, 1.2])
        step = CategoricalGibbs([row, column], rng=4)
    prior = np.outer([0.2, 0.3, 0.5], [0.4, 0.6])
    point, draws = model.initial_point(), []
    for _ in range(10_000):
        point, _ = step.step(point)
        draws.append(2 * point["row"] + point["column"])
    for i, y in enumerate([0.0, 1.2]):
        posterior = prior * norm.pdf(y, locations, 1)
        assert_frequencies(np.array(draws)[:, i, None] == np.arange(6), (posterior / posterior.sum()).ravel())


def test_unknown_categories_among_known_ones_are_drawn_from_their_conditional():
    known = np.ma.masked_less([1, -1, 0, -1, -1], 0)
    y, w, mu = np.array([0.0, -0.5, 0.3, 0.4, 1.4]), np.array([0.2, 0.5, 0.3]), MU3
    with pm.Model() as model:
        z = pm.Categorical("z", w, observed=known)
        pm.Normal("y", pt.as_tensor(mu)[z], np.float64(0.8), observed=y)
        step = CategoricalGibbs([z], rng=5)
    assert step.vars == [model.rvs_to_values[model["z_unobserved"]]]
    point = model.initial_point()
    draws = np.array([step.step(point)[0]["z_unobserved"] for _ in range(4000)])
    p = np.exp(log_conditional(y, w, mu, 0.8))[:, known.mask]
    for k in range(3):
        assert_frequencies(draws == k, p[k])


# In pm.sample


@pytest.mark.slow
@pytest.mark.parametrize("step_class", [CategoricalGibbs, pm.CategoricalGibbsMetropolis])
def test_partially_observed_categories_in_pm_sample(step_class):
    """With unknown weights and locations, by our step and by PyMC's: known categories stay, others agree."""
    y, labels = two_gaussians()
    known = np.ma.masked_where(np.arange(y.size) % 2 == 0, labels)
    with pm.Model() as model:
        w, mu = pm.Beta("w", 1, 1), pm.Normal("mu", 0, 10, shape=2)
        z = pm.Bernoulli("z", w, observed=known)
        pm.Normal("y", mu[z], 1.0, observed=y)
        step = step_class([model["z_unobserved"]])
        run = pm.sample(1000, tune=500, chains=2, cores=1, step=step, random_seed=3, **QUIET).posterior
    assert (run["z"].values[..., ~known.mask] == labels[~known.mask]).all()
    mu, w = (run[name].values.reshape(-1, *run[name].shape[2:]) for name in ("mu", "w"))
    p = expit(logit(w)[:, None] + norm.logpdf(y, mu[:, 1:], 1) - norm.logpdf(y, mu[:, :1], 1))[:, known.mask]
    drawn = run["z_unobserved"].values.reshape(p.shape)
    assert np.abs((drawn - p).mean(axis=0) / np.sqrt((p * (1 - p)).mean(axis=0) / len(p))).max() < 5


@pytest.mark.slow  # four chains with three other steps each; the exact references above see more
def test_posterior_agrees_with_the_step_of_pymc():
    runs = []
    for step_class in (CategoricalGibbs, pm.CategoricalGibbsMetropolis):
        with models.with_categories(models.Y[:12]) as model:
            step = [pm.Metropolis([model["w"], model["sigma"], model["mu"]]), step_class([model["category"]])]
            kwargs = {"draws": 1500, "tune": 1000, "chains": 2, "cores": 2, "random_seed": 5}
            runs.append(pm.sample(step=step, initvals={"mu": [-5, 0, 5]}, **kwargs, **QUIET).posterior)
    quantities = [lambda p: p["w"], lambda p: p["mu"], lambda p: p["sigma"]]
    quantities += [lambda p, k=k: p["category"] == k for k in range(3)]
    for quantity in quantities:
        chains = [quantity(run).values for run in runs]
        means = [x.mean(axis=(0, 1)) for x in chains]
        variances = [np.mean([batch_means_error(c, 20) ** 2 for c in x], axis=0) / 2 for x in chains]
        # The error of a category of a few draws cannot be estimated well: hence 0.005.
        assert (np.abs(means[0] - means[1]) <= 5 * np.sqrt(sum(variances)) + 0.005).all()


def test_draws_follow_from_the_seed_on_one_core_and_on_two():
    with pm.Model():
        z = pm.Categorical("z", [0.2, 0.3, 0.5], shape=12)
        step = CategoricalGibbs([z])

        def draws(cores: int, random_seed: int) -> NDArray:
            kwargs = {"draws": 50, "tune": 20, "chains": 2, "cores": cores, "random_seed": random_seed}
            return pm.sample(step=step, **kwargs, **QUIET).posterior["z"].values

        first = draws(1, 6)
        assert np.array_equal(first, draws(2, 6))
        assert not np.array_equal(first, draws(1, 7))
        assert not np.array_equal(first[0], first[1])


def test_a_pickled_step_draws_the_same(three_gaussians_step):
    copy = cloudpickle.loads(cloudpickle.dumps(three_gaussians_step))
    point = point_at(500, *POINTS["overlapping"])
    state = three_gaussians_step.sampling_state
    expected = three_gaussians_step.step(point)[0]["category"]
    copy.sampling_state = state
    assert np.array_equal(copy.step(point)[0]["category"], expected)


def test_name_is_that_shown_by_pymc(three_gaussians_step):
    assert three_gaussians_step.name == "categorical_gibbs"


# Other models that it accepts

RNG = np.random.default_rng(8)
MATRIX = RNG.normal(size=(4, 3))
SUBJECT = np.array([2, 0, 0, 1, 3, 2, 2, 3])


def repeated_measurements() -> None:
    """Several observed variables: one value for each element, long format, and several values in a row."""
    w = pm.Dirichlet("w", np.ones(3))
    mu = pm.Normal("mu", shape=3)
    z = pm.Categorical("z", w, shape=4)
    pm.Normal("one", mu[z], observed=MATRIX[:, 0])
    pm.Normal("long", mu[z[SUBJECT]], observed=RNG.normal(size=8))
    pm.Normal("rows", mu[z][:, None], observed=MATRIX)


def own_scales_and_weights() -> None:
    """Each element has its weights, and a scale plus that of its component, which may be negative."""
    sigma = pt.concatenate([[1.0], pm.Normal("sigma", shape=2)])
    z = pm.Categorical("z", pm.Dirichlet("w", np.ones(3), shape=(4, 3)))
    pm.Normal("y", 0, sigma[z] + [0.0, 0.5, 1.0, 3.0], observed=MATRIX[:, 0])


def matrix_of_bernoulli() -> None:
    mu = pm.Normal("mu", shape=2)
    z = pm.Bernoulli("z", pm.Beta("p", 1, 1), shape=(4, 3))
    pm.Normal("x", mu[z], pm.HalfNormal("tau"), observed=MATRIX)


def scalar_with_a_potential() -> None:
    """Anything may depend on a single element."""
    z = pm.Categorical("z", [0.2, 0.3, 0.5])
    pm.Potential("bonus", pm.Normal("x") * z**2)


def student_t_with_hyperpriors() -> None:
    """Location, scale and degrees of freedom are those of the component; locations have hyperpriors."""
    mu = pm.Normal("mu", pm.Normal("m"), pm.HalfNormal("tau"), shape=3)
    sigma, nu = pm.HalfNormal("sigma", shape=3), pm.Gamma("nu", 2, 0.1, shape=3)
    z = pm.Categorical("z", pm.Dirichlet("w", np.ones(3)), shape=4)
    pm.StudentT("y", nu=nu[z], mu=mu[z], sigma=sigma[z], observed=MATRIX[:, 0])


def counts_in_three_dimensions() -> None:
    rate = pm.Gamma("rate", 2, 1, shape=3)
    z = pm.Categorical("z", pm.Dirichlet("w", np.ones(3)), shape=(2, 3, 2))
    pm.Poisson("y", rate[z], observed=RNG.poisson(2, size=(2, 3, 2)))


def rows_of_vectors() -> None:
    mu, scale = pm.Normal("mu", shape=(2, 3)), pm.HalfNormal("scale", shape=3)
    z = pm.Categorical("z", pm.Dirichlet("w", np.ones(3)), shape=4)
    pm.MvNormal("shared", mu[:, z].T, cov=np.array([[1, 0.3], [0.3, 2]]), observed=MATRIX[:, :2])
    pm.MvNormal("own", mu.T[z], chol=(scale[:, None, None] * np.eye(2))[z], observed=MATRIX[:, 1:])


def latent_and_censored() -> None:
    """A latent variable for each element in between; other data is censored, missing or has extra zeros."""
    mu = pm.Normal("mu", shape=3)
    z = pm.Categorical("z", logit_p=pm.Normal("logit", shape=3), shape=4)
    x = pm.Normal("x", mu[z], shape=4)
    pm.Censored("y", pm.Normal.dist(x + mu[z]), lower=-1, upper=1, observed=MATRIX[:, 0].clip(-1, 1))
    pm.ZeroInflatedPoisson("counts", 0.5, pt.exp(mu[z]), observed=[0, 3, 1, 0])
    pm.Normal("gaps", mu[z], observed=np.where(MATRIX[:, 1] < 0, np.nan, MATRIX[:, 1]))


def indicators() -> None:
    """Products with one-hot categories, and a likelihood that is a sum of terms written one by one."""
    mu = pm.Normal("mu", shape=3)
    z = pm.Categorical("z", [0.2, 0.3, 0.5], shape=4)
    one_hot = pt.eq(z[:, None], np.arange(3)).astype("float64")
    pm.Normal("product", one_hot @ mu, observed=MATRIX[:, 0])
    terms = [pm.logp(pm.Normal.dist(mu[z[i]]), MATRIX[i, 1]) for i in range(4)]
    pm.Potential("sum", pt.stack(terms).sum())


def batched_products() -> None:
    """One-hot categories as the first and as the second factor of products of many matrices."""
    mu = pm.Normal("mu", shape=(2, 1, 1, 3))
    z = pm.Categorical("z", [0.2, 0.3, 0.5], shape=(2, 3, 2))
    one_hot = pt.eq(z[..., None], np.arange(3)).astype("float64")
    column = pt.tile(mu.mT, (1, 3, 1, 1))
    pm.Normal("first", one_hot @ column, observed=MATRIX.reshape(2, 3, 2, 1))
    pm.Normal("second", column.mT @ one_hot.mT, observed=MATRIX.reshape(2, 3, 1, 2))


def partially_observed() -> None:
    """The known categories share the weights with the others, and pick a location in the same array."""
    mu = pm.Normal("mu", shape=3)
    known = np.ma.masked_less([2, -1, -1, 0], 0)
    z = pm.Categorical("z", pm.Dirichlet("w", np.ones(3), shape=(4, 3)), observed=known)
    pm.Normal("y", mu[z], observed=MATRIX[:, 0])


def put_in_place() -> None:
    """Elements in place of others: by slices, by indices, and of a table."""
    mu = pm.Normal("mu", shape=3)
    z = pm.Categorical("z", [0.2, 0.3, 0.5], shape=4)
    pm.Normal("y", mu[pt.zeros(6, int)[1:5].set(z)[[4, 1, 2, 0, 3, 5]]], observed=np.arange(6.0))
    pm.Normal("x", mu[pt.set_subtensor(z[np.array([3, 0])], 1)], observed=MATRIX[:, 1])


@pytest.mark.parametrize(
    "build",
    [
        repeated_measurements,
        own_scales_and_weights,
        matrix_of_bernoulli,
        scalar_with_a_potential,
        student_t_with_hyperpriors,
        counts_in_three_dimensions,
        rows_of_vectors,
        latent_and_censored,
        indicators,
        batched_products,
        partially_observed,
        put_in_place,
    ],
)
def test_log_probabilities_are_differences_of_the_joint(build: Callable[[], None], quick_to_compile):
    rng = np.random.default_rng(9)
    with pm.Model() as model:
        build()
        step = CategoricalGibbs([model["z"]])
        name = step.vars[0].name  # of the unobserved part, where some elements are observed
        joint = model.compile_logp(mode="FAST_COMPILE")
    for _ in range(3):
        point = model.initial_point()
        point |= {name: rng.normal(size=x.shape) for name, x in point.items() if x.dtype.kind == "f"}
        found = log_prob_at(step, point)
        # From a point where the joint is finite, change one element at a time to each category.
        start = found.argmax(axis=0)
        before = joint(point | {name: start.reshape(point[name].shape)})
        assert np.isfinite(before)
        for k, i in np.ndindex(found.shape):
            moved = start.copy()
            moved[i] = k
            expected = joint(point | {name: moved.reshape(point[name].shape)}) - before
            np.testing.assert_allclose(found[k, i] - found[start[i], i], expected, rtol=1e-6, atol=1e-6)


def test_log_probabilities_follow_the_data(quick_to_compile):
    def model(y: NDArray) -> pm.Model:
        with pm.Model() as built:
            mu = pm.Normal("mu", shape=3)
            z = pm.Categorical("z", [0.2, 0.3, 0.5], shape=4)
            data = pm.Data("data", y)
            pm.Normal("y", mu[z.reshape(data.shape)], observed=data)
        return built

    changed = model(np.zeros(4))
    with changed:
        step = CategoricalGibbs([changed["z"]])
        pm.set_data({"data": MATRIX[:, 0]})
    with model(MATRIX[:, 0]) as anew:
        expected = CategoricalGibbs([anew["z"]])
    point = anew.initial_point() | {"mu": MU3}
    step.step(point)
    np.testing.assert_array_equal(log_prob_at(step, point), log_prob_at(expected, point))


def test_data_that_index_the_variable_may_not_change(quick_to_compile):
    with pm.Model() as model:
        mu = pm.Normal("mu", shape=3)
        z = pm.Categorical("z", [0.2, 0.3, 0.5], shape=4)
        subject = pm.Data("subject", SUBJECT)
        column = pm.Data("column", SUBJECT % 2)
        table = pt.stack([mu, 2 * mu], axis=1)
        pm.Normal("y", table[z[subject], column], observed=RNG.normal(size=8))
        step = CategoricalGibbs([z])
        point = model.initial_point() | {"mu": MU3}
        before = log_prob_at(step, point)
        pm.set_data({"column": 1 - SUBJECT % 2})
        step.step(point)
        assert not np.allclose(log_prob_at(step, point), before)
        pm.set_data({"subject": SUBJECT[::-1]})
        with pytest.raises(
            pm.exceptions.SamplingError, match=r"'subject', by which.*construct the step anew"
        ):
            step.step(point)
        assert CategoricalGibbs([z]).step(point)[0]["z"].shape == (4,)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_model_in_single_precision_gives_the_same(dtype, quick_to_compile):
    """Its data may have double precision: then so have some of the terms."""
    n = 500
    y = np.random.default_rng(4).normal(size=n)

    def log_prob(precision: str) -> NDArray:
        with pytensor.config.change_flags(floatX=precision), pm.Model() as model:
            mu = pm.Normal("mu", 0, 2, shape=3)
            z = pm.Categorical("z", pm.Dirichlet("w", np.ones(3)), shape=n)
            pm.Normal("y", mu[z], pm.HalfNormal("sigma"), observed=y.astype(dtype))
            pm.Potential("twice", pm.logp(pm.Normal.dist(mu[z[np.arange(2 * n) // 2]], 1), np.repeat(y, 2)))
            step = CategoricalGibbs([z], rng=1)
        point = model.initial_point() | {"mu": MU3.astype(precision)}
        assert step.step(point)[0]["z"].shape == (n,)
        assert point["w_simplex__"].dtype == precision
        return log_prob_at(step, point)

    np.testing.assert_allclose(log_prob("float32"), log_prob("float64"), rtol=1e-4, atol=1e-4)


# Models that it refuses


def mixture() -> tuple[pt.TensorVariable, pt.TensorVariable]:
    mu = pm.Normal("mu", shape=3)
    return mu, pm.Categorical("z", pm.Dirichlet("w", np.ones(3)), shape=4)


def potential_on_counts() -> None:
    _, z = mixture()
    pm.Potential("term", -((pt.eq(z, 0).sum() - 2) ** 2))


def no_empty_component() -> None:
    """The dependence rarely matters: random changes of elements would hardly detect it."""
    mu, z = mixture()
    pm.Normal("term", pt.switch(pt.eq(z, 0).any(), mu[z], 9.0), observed=MATRIX[:, 0])


def neighbours() -> None:
    mu, z = mixture()
    pm.Normal("term", mu[z[1:]] - mu[z[:-1]], observed=MATRIX[1:, 0])


def categorical_on_categorical() -> None:
    _, z = mixture()
    pm.Categorical("term", pm.Dirichlet("rows", np.ones(3), shape=(3, 3))[z])


def bernoulli_on_categorical() -> None:
    _, z = mixture()
    pm.Bernoulli("term", pm.Beta("p", 1, 1, shape=3)[z])


def correlated_noise() -> None:
    mu, z = mixture()
    pm.MvNormal("term", mu[z], cov=np.eye(4) + 0.5, observed=MATRIX[:, 0])


def sorted_categories() -> None:
    mu, z = mixture()
    pm.Normal("term", mu[pt.sort(z)], observed=MATRIX[:, 0])


def all_pairs() -> None:
    mu, z = mixture()
    pm.Normal("term", mu[z][:, None] + mu[z], observed=np.zeros((4, 4)))


def sums_in_batched_products() -> None:
    mu = pm.Normal("mu", shape=3)
    z = pm.Categorical("z", [0.2, 0.3, 0.5], shape=(4, 3))
    pairs = mu[z].reshape((2, 2, 3))
    pm.Normal("term", np.ones((2, 3, 2)) @ pairs, observed=np.zeros((2, 3, 3)))


def random_element() -> None:
    mu, z = mixture()
    pm.Normal("term", mu[z[pm.DiscreteUniform("which", 0, 3)]], observed=1.0)


@pytest.mark.parametrize(
    "build",
    [
        potential_on_counts,
        no_empty_component,
        neighbours,
        categorical_on_categorical,
        bernoulli_on_categorical,
        correlated_noise,
        sorted_categories,
        all_pairs,
        sums_in_batched_products,
        random_element,
    ],
)
def test_dependent_elements_are_refused(build: Callable[[], None], quick_to_compile):
    """The message says why, and what it proposes instead is code that runs."""
    with pm.Model() as model:
        build()
        with pytest.raises(ValueError, match=r"'z'.*'term'.* Use pm\.CategoricalGibbsMetropolis") as refused:
            CategoricalGibbs([model["z"]])
        instead = eval(str(refused.value).partition("Use ")[2].partition(" instead")[0])
        moved, _ = instead.step(model.initial_point())
        assert moved["z"].shape == model["z"].eval().shape


def test_a_wrong_proof_is_detected_by_numbers(monkeypatch, quick_to_compile):
    def wrong(*args):
        owners, index_data = _independence.owners_of_terms(*args)
        return [np.roll(of_term, 1) for of_term in owners], index_data

    monkeypatch.setattr(categorical_gibbs, "owners_of_terms", wrong)
    with pm.Model():
        mu, z = mixture()
        pm.Normal("y", mu[z], observed=MATRIX[:, 0])
        with pytest.raises(ValueError, match=r"moves the model's log prob.*CategoricalGibbsMetropolis"):
            CategoricalGibbs([z])


def test_other_variables_are_refused():
    with pm.Model() as model:
        mu, z = mixture()
        pm.Deterministic("fixed", 2 * mu)
        count = pm.Poisson("count", 3)
        y = pm.Categorical("y", [0.5, 0.5], observed=[0, 1])
        for wrong in (mu, count):
            with pytest.raises(ValueError, match=f"'{wrong.name}', which is neither pm.Categorical nor"):
                CategoricalGibbs([wrong])
        for wrong in ([y], y, "z", model["fixed"]):
            with pytest.raises(
                ValueError, match=f"^vars is .*{getattr(wrong, 'name', '')}; it must hold unobserved"
            ):
                CategoricalGibbs(wrong)
        with pytest.raises(ValueError, match="blocked is True with 2 variables"):
            CategoricalGibbs([z, mu], blocked=True)
