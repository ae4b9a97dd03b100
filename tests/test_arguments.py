"""What the public functions say of arguments of a wrong kind or out of range, and which forms of numbers they take."""

import inspect
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr
from scipy.sparse import csr_array

import gmixlib
from gmixlib import (
    CategoricalGibbs,
    TwoMeansPosterior,
    agrees,
    hdr_levels,
    log_evidence,
    logsumexp,
    mixture_logpdf,
    near,
    relabel,
    responsibilities,
    sample_gibbs,
    simulate,
)
from gmixlib.exercises import progress
from gmixlib.priors import Dirichlet, InverseGamma, Normal, Prior, ScaledNormal, Uniform

Y = [0.0, 1.0, 2.5, -1.0]
PRIOR = Prior(ScaledNormal(0, 0.25), InverseGamma(2, 1))
EXACT = TwoMeansPosterior(Y)
MIXTURE = {"w": [0.25, 0.75], "mu": [0.0, 1.0], "sigma": 1.0}
QUIET = {"progressbar": False}
DRAWS = xr.DataTree.from_dict(
    {
        "posterior": xr.Dataset({"mu": (("chain", "draw", "component"), [[[0.0, 1.0], [1.0, 0.0]]])}),
        "observed_data": xr.Dataset({"y": ("point", Y)}),
    }
)
with pm.Model() as MODEL:
    Z = pm.Categorical("z", [0.5, 0.5], shape=2)

# Each function with arguments that it takes.
CALLS: dict[str, tuple[Callable, dict[str, Any]]] = {
    "simulate": (simulate, {"n": 3, **MIXTURE, "rng": np.random.default_rng(1)}),
    "logsumexp": (logsumexp, {"a": Y, "axis": None, "keepdims": False}),
    "mixture_logpdf": (mixture_logpdf, {"y": Y, **MIXTURE}),
    "responsibilities": (responsibilities, {"y": Y, **MIXTURE}),
    "TwoMeansPosterior": (TwoMeansPosterior, {"y": Y, "sigma": 1.0, "prior_sd": 10.0, "w": [0.5, 0.5]}),
    "log_joint": (EXACT.log_joint, {"mu1": 0.0, "mu2": [0.0, 1.0]}),
    "log_density of means": (EXACT.log_density, {"mu1": 0.0, "mu2": [0.0, 1.0]}),
    "ordered_quantile": (EXACT.ordered_quantile, {"p": [0.5]}),
    "elbo": (EXACT.elbo, {"mean": [0.0, 1.0], "cov": [[1.0, 0.0], [0.0, 1.0]], "ordered": False, "nodes": 5}),
    "best_mean_field": (EXACT.best_mean_field, {"ordered": False}),
    "sample_gibbs": (
        sample_gibbs,
        {"y": Y, "k": 2, "prior": PRIOR, "draws": 3, "tune": 2, "chains": 2, "random_seed": 1, "collapsed": False,
         "ordered": False, "keep": (), "initial": None, "cores": 1, **QUIET},
    ),
    "log_evidence": (
        log_evidence,
        {"y": Y, "k": 2, "prior": PRIOR, "draws": 400, "chains": 4, "random_seed": 1, "cores": 1, **QUIET},
    ),
    "CategoricalGibbs": (CategoricalGibbs, {"vars": [Z], "model": MODEL, "rng": 1}),
    "Normal": (Normal, {"mean": 0.0, "sd": [1.0, 2.0]}),
    "ScaledNormal": (ScaledNormal, {"mean": 0.0, "points": 1.0}),
    "InverseGamma": (InverseGamma, {"shape": 2.0, "scale": 1.0}),
    "Uniform": (Uniform, {"upper": 1.0}),
    "Dirichlet": (Dirichlet, {"concentration": [1.0, 2.0], "minimum": 0.0}),
    "Prior": (Prior, {"mu": Normal(), "sigma": [1.0, 2.0], "w": [0.25, 0.75], "shared_sigma": False}),
    "draw": (PRIOR.draw, {"k": 2, "size": 3, "rng": np.random.default_rng(1)}),
    "log_density": (PRIOR.log_density, {**MIXTURE, "sigma": [1.0, 2.0]}),
    "relabel": (
        relabel,
        {"idata": DRAWS, "method": "stephens", "y": "y", "w": 0.5, "mu": "mu", "sigma": 1.0, "category": "category"},
    ),
    "hdr_levels": (hdr_levels, {"density": [1.0, 4.0, 3.0], "shares": [0.5]}),
    "near": (near, {"found": 1.0, "expected": [1.0], "within": 0.1}),
    "agrees": (agrees, {"draws": Y, "expected": 0.0, "method": "mean", "errors": 5.0}),
    "progress": (progress, {"chapter": "advi"}),
}  # fmt: skip

# What is wrong for each kind of argument.
SPARSE = csr_array(np.eye(2))
NOT_NUMBERS = {
    "masked": np.ma.masked_equal([1.0, -999.0], -999.0),
    "a masked row": [np.ma.masked_equal([1.0, -999.0], -999.0), np.ma.array([1.0, 2.0])],
    "masked objects": np.ma.array([Fraction(1), Fraction(2)], mask=[False, True]),
    "a masked element": (1.0, np.ma.masked),
    "complex": np.array([1.0, 1j]),
    "text": ["1", "2"],
    "bytes": np.array([b"1"]),
    "text among numbers": np.array([1.0, "2"], dtype=object),
    "truth values": [True, False],
    "a truth value among others": np.array([1.0, True], dtype=object),
    "dates": np.array(["2020-01-01", "2020-01-02"], "datetime64[D]"),
    "dates with a time zone": pd.date_range("2020-01-01", periods=2, tz="UTC"),
    "durations": np.array([1, 2], "timedelta64[s]"),
    "nullable truth values": pd.Series([True, False], dtype="boolean"),
    "None among numbers": [1.0, None],
    "missing among objects": pd.Series([1.0, pd.NA], dtype=object),
    "missing in a nullable array": pd.array([1, None], dtype="Int64"),
    "rows of unequal length": [[1.0], [1.0, 2.0]],
    "too large for a float": [10**400, 1],
    "a signalling Decimal": [Decimal("sNaN")],
    "a dictionary": {"a": 1.0},
    "a generator": (x for x in (1.0, 2.0)),
    "sparse": SPARSE,
    "a record": np.ma.masked_all(2, "f8, i4"),
    "None": None,
}
NOT_ONE = {"two": [1.0, 1.0], "one in a list": [1.0], "True": True, "text": "1", "None": None, "complex": 1j}
NOT_ONE |= {"masked": np.ma.masked, "a DataFrame": pd.DataFrame({"a": [1.0]}), "NaN": np.nan}
NOT_INTEGER = {
    "a float": 1e3,
    "text": "2",
    "True": True,
    "negative": -1,
    "a list": [2],
    "a fraction": Fraction(2),
}
NOT_INTEGER |= {"NaN": np.nan, "an array": np.array([2])}
LEGACY = np.random.RandomState(1)
BAD: dict[str, dict[str, Any]] = {
    "numbers": NOT_NUMBERS,
    "one number": NOT_ONE,
    "integer": NOT_INTEGER,
    "from 1": {"zero": 0},
    "positive": {"zero": 0, "negative": -1.0, "inf": np.inf},
    "flag": {"text": "no", "an integer": 1, "None": None, "an array": np.array([True, False])},
    "generator": {"a seed": 42, "None": None, "legacy": LEGACY, "the module": np.random},
    "seed": {"negative": -1, "a float": 1.5, "text": "1", "True": True, "legacy": LEGACY, "a list": [[1, "a"]]},
    "name": {"an integer": 3, "None": None, "a list": ["mu"], "unknown": "nu"},
    "vector": {"two dimensions": [[1.0, 2.0]], "a column": pd.DataFrame({"a": Y}), "no dimension": 1.0,
               "empty": [], "NaN": [0.0, np.nan], "inf": [0.0, np.inf], "missing": pd.Series([1, pd.NA], dtype="Float64")},
}  # fmt: skip

NUMBERS = {
    "simulate": "w mu sigma", "logsumexp": "a", "mixture_logpdf": "y w mu sigma",
    "responsibilities": "y w mu sigma", "TwoMeansPosterior": "y w sigma prior_sd", "log_joint": "mu1 mu2",
    "log_density of means": "mu1 mu2", "ordered_quantile": "p", "elbo": "mean cov", "sample_gibbs": "y",
    "log_evidence": "y", "Normal": "mean sd", "ScaledNormal": "mean points", "InverseGamma": "shape scale",
    "Uniform": "upper", "Dirichlet": "concentration minimum", "Prior": "sigma w", "log_density": "w mu sigma",
    "relabel": "y w sigma", "hdr_levels": "density shares", "near": "found expected within",
    "agrees": "draws errors expected",
}  # fmt: skip
KINDS = {
    "numbers": NUMBERS,
    "one number": {"TwoMeansPosterior": "sigma prior_sd", "ScaledNormal": "points", "InverseGamma": "shape scale",
                   "Uniform": "upper", "Dirichlet": "minimum", "agrees": "errors"},
    "integer": {"simulate": "n", "sample_gibbs": "k draws tune chains cores", "log_evidence": "k draws chains cores",
                "draw": "k size", "elbo": "nodes"},
    "from 1": {"simulate": "n", "sample_gibbs": "k draws chains cores", "log_evidence": "k chains cores",
               "draw": "k", "elbo": "nodes"},
    "positive": {"TwoMeansPosterior": "sigma prior_sd", "Normal": "sd", "ScaledNormal": "points",
                 "InverseGamma": "shape scale", "Uniform": "upper", "Dirichlet": "concentration", "Prior": "sigma",
                 "agrees": "errors", "mixture_logpdf": "sigma", "simulate": "sigma", "responsibilities": "sigma"},
    "flag": {"logsumexp": "keepdims", "elbo": "ordered", "best_mean_field": "ordered", "Prior": "shared_sigma",
             "sample_gibbs": "collapsed ordered"},
    "generator": {"simulate": "rng", "draw": "rng"},
    "seed": {"sample_gibbs": "random_seed", "log_evidence": "random_seed", "CategoricalGibbs": "rng"},
    "name": {"relabel": "idata method mu category", "CategoricalGibbs": "vars", "sample_gibbs": "keep initial",
             "progress": "chapter code"},
    "vector": {"TwoMeansPosterior": "y", "sample_gibbs": "y", "log_evidence": "y", "relabel": "y"},
}  # fmt: skip
# What is no mistake: NaN gives NaN, and what is masked does so, SciPy sums truth values too, claims are made of frequencies, and None may have a meaning.
TRUTH = ("truth values", "nullable truth values")
MASKED = ("masked", "a masked row", "masked objects", "a masked element", "missing in a nullable array")
FINE = {
    ("logsumexp", "a"): MASKED + TRUTH, ("mixture_logpdf", "y"): MASKED, ("responsibilities", "y"): MASKED,
    ("near", "found"): TRUTH, ("near", "expected"): TRUTH, ("agrees", "expected"): TRUTH,
    ("sample_gibbs", "initial"): ("None",), ("progress", "chapter"): ("None",),
    ("progress", "code"): ("None",),
}  # fmt: skip
ARGUMENTS = [
    (call, argument, kind)
    for kind, calls in KINDS.items()
    for call, arguments in calls.items()
    for argument in arguments.split()
]


@pytest.mark.filterwarnings("ignore:Warning. converting a masked element")
@pytest.mark.parametrize(("call", "argument", "kind"), ARGUMENTS)
def test_an_argument_of_a_wrong_kind_is_named(call, argument, kind):
    function, good = CALLS[call]
    unnamed = {}
    for label, value in BAD[kind].items():
        try:
            function(**(good | {argument: value}))
            unnamed[label] = "taken without a word"
        except ValueError as error:
            if not str(error).startswith((f"{argument} ", f"{argument}[")):
                unnamed[label] = str(error)
    assert unnamed.keys() == set(FINE.get((call, argument), ()))


# Forms of numbers that are taken

POINTS = np.array([2.0, 0.5, 1.0, 2.5, 0.75, 4.0])  # no form rounds them
FORMS: dict[str, Callable[[np.ndarray], Any]] = {
    "a list": np.ndarray.tolist,
    "half precision": lambda x: x.astype(np.float16),
    "single precision": lambda x: x.astype(np.float32),
    "extended precision": lambda x: x.astype(np.longdouble),
    "byte-swapped": lambda x: x.astype(">f8"),
    "strided": lambda x: np.repeat(x, 2)[::2],
    "read-only": lambda x: np.frombuffer(x.tobytes()),
    "nothing masked": np.ma.masked_invalid,
    "fractions": lambda x: [Fraction(value) for value in x],
    "decimals": lambda x: np.array([Decimal(value) for value in x]),
    "a Series with another index": lambda x: pd.Series(x, index=np.arange(x.size)[::-1]),
    "a nullable Series": lambda x: pd.Series(x, dtype="Float64"),
    "a DataArray": xr.DataArray,
}
TAKERS: dict[str, Callable[[Any], Any]] = {
    "simulate": lambda x: simulate(3, np.ones(6) / 6, x, x, np.random.default_rng(1)),
    "logsumexp": lambda x: np.round(float(logsumexp(x)), 1),
    "mixture_logpdf": lambda x: mixture_logpdf(x, **MIXTURE),
    "parameters of mixture_logpdf": lambda x: mixture_logpdf(0.0, np.ones(6) / 6, x, x),
    "responsibilities": lambda x: responsibilities(x, **MIXTURE),
    "hdr_levels": lambda x: hdr_levels(x, [0.5]),
    "log_joint": lambda x: EXACT.log_joint(x, x),
    "sample_gibbs": lambda x: draws_of(y=x),
    "sample_gibbs, collapsed": lambda x: draws_of(y=x, collapsed=True),
    "sample_gibbs, initial": lambda x: draws_of(y=range(6), k=6, initial={"mu": x, "sigma": x}),
    "relabel": lambda x: relabel(DRAWS, y=x, w=0.5, sigma=1.0).posterior["mu"].values,
    "near": lambda x: near(x, 0.0, 1.0).found,
    "Normal": lambda x: Normal(x, x).sd,
    "log_density": lambda x: PRIOR.log_density(np.ones(6) / 6, x, x),
}


def draws_of(**changes: Any) -> np.ndarray:
    return sample_gibbs(**(CALLS["sample_gibbs"][1] | changes))["posterior"]["mu"].values


@pytest.mark.parametrize("taker", TAKERS.values(), ids=TAKERS)
def test_the_form_of_numbers_does_not_matter_and_they_are_left_as_they_are(taker):
    expected = taker(POINTS)
    for label, form in FORMS.items():
        given = form(POINTS)
        np.testing.assert_array_equal(taker(given), expected, label)
        np.testing.assert_array_equal(np.asarray(given, float), form(POINTS.copy()), label)
    np.testing.assert_array_equal(POINTS, [2.0, 0.5, 1.0, 2.5, 0.75, 4.0])


def test_a_posterior_does_not_follow_its_data_when_they_change():
    y = np.array(Y)
    posterior = TwoMeansPosterior(y)
    before = posterior.log_joint(0.0, 1.0)
    y += 100
    assert posterior.log_joint(0.0, 1.0) == before


WEIGHTS = np.random.default_rng(1).dirichlet([1, 1, 1], (2, 50))


@pytest.mark.parametrize(
    ("dtype", "precision"), [(np.float16, 2e-2), (np.float32, 1e-5), (np.float64, 1e-12)]
)
def test_weights_sum_to_1_within_the_rounding_of_their_precision(dtype, precision):
    """The density of rounded weights is that of weights that sum to 1."""
    w = WEIGHTS.astype(dtype)
    exact = w.astype(float) / w.astype(float).sum(axis=-1, keepdims=True)
    mu = np.sort(np.random.default_rng(2).normal(size=w.shape))
    found, expected = (mixture_logpdf(0.5, each, mu, 1.0) for each in (w, exact))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)
    np.testing.assert_allclose(responsibilities(0.5, w, mu, 1.0).sum(axis=-1), 1, rtol=1e-14)
    for one in w[0, :10]:
        simulate(3, one, mu[0, 0], 1.0, np.random.default_rng(1))
        assert sum(Prior(Normal(), 1.0, one).w) == pytest.approx(1, abs=1e-8)
    variables = {
        name: (("chain", "draw", "component"), x) for name, x in {"w": w, "mu": mu.astype(dtype)}.items()
    }
    posterior = {"posterior": xr.Dataset(variables), "observed_data": xr.Dataset({"y": ("point", Y)})}
    relabelled = relabel(xr.DataTree.from_dict(posterior), sigma=1.0)
    assert relabelled["posterior"]["w"].dtype == dtype
    with pytest.raises(ValueError, match=r"^w\[0, 0\] sums to"):
        mixture_logpdf(0.5, w * dtype(1 + 2 * precision + 2e-5), mu, 1.0)


def test_what_a_message_proposes_is_taken():
    """Each message that shows code; test_categorical_gibbs.py has the one that names another step method."""

    def proposed(call: str, change: dict[str, Any], before: str) -> Any:
        function, good = CALLS[call]
        with pytest.raises(ValueError, match=before) as refused:
            function(**(good | change))
        return eval(str(refused.value).partition(before)[2], {"numpy": np})

    function, good = CALLS["hdr_levels"]
    assert function(**(good | {"shares": proposed("hdr_levels", {"shares": 0.9}, "such as ")})).shape == (1,)
    for call in ("simulate", "draw"):
        function, good = CALLS[call]
        function(**(good | {"rng": proposed(call, {"rng": 42}, "such as ")}))


DEFAULTS = {
    "CategoricalGibbs": {"model": None, "rng": None, "blocked": False},
    "Comparison": {"standard_error": None, "is_exact": False},
    "TwoMeansPosterior": {"sigma": 1.0, "prior_sd": 10.0, "w": (0.5, 0.5)},
    "TwoMeansPosterior.elbo": {"ordered": False, "nodes": None},
    "TwoMeansPosterior.best_mean_field": {"ordered": False},
    "agrees": {"method": "mean", "errors": 5.0},
    "hdr_levels": {"shares": (0.99, 0.9, 0.5, 0.1)},
    "hermite_grid": {"sd": 1.0, "nodes": 5},
    "log_evidence": {"draws": 4000, "chains": 128, "random_seed": None, "cores": None, "progressbar": True},
    "logsumexp": {"axis": None, "keepdims": False},
    "near": {"within": None, "standard_error": None},
    "relabel": {
        "method": "stephens", "y": "y", "w": "w", "mu": "mu", "sigma": "sigma", "category": "category",
    },
    "sample_gibbs": {
        "draws": 1000, "tune": 1000, "chains": 4, "random_seed": None, "collapsed": False, "ordered": False,
        "keep": (), "initial": None, "cores": None, "progressbar": True, "store": None,
    },
    "progress": {"chapter": None, "code": None},
    "Normal": {"mean": 0.0, "sd": 10.0},
    "ScaledNormal": {"mean": 0.0, "points": 1.0},
    "InverseGamma": {"shape": 2.0, "scale": 1.0},
    "Dirichlet": {"concentration": 1.0, "minimum": 0.0},
    "Prior": {"w": Dirichlet(1.0, 0.0), "shared_sigma": False},
}  # fmt: skip


def public_callables() -> Iterator[tuple[str, Callable]]:
    """What a user calls, by its name; a method's has that of its class before it."""
    offered = [getattr(gmixlib, name) for name in gmixlib.__all__] + [progress]
    offered += [x for x in vars(gmixlib.priors).values() if getattr(x, "__module__", "") == "gmixlib.priors"]
    for one in offered:
        if not callable(one) or one.__name__.startswith("_"):
            continue
        yield one.__name__, one
        for name, member in vars(one).items() if inspect.isclass(one) else ():
            if inspect.isfunction(member) and not name.startswith("_"):
                yield f"{one.__name__}.{name}", member


def test_defaults_are_those_that_are_promised():
    """A change of one is a change of what everybody's code does, and belongs in the change log."""
    found = {}
    for name, one in public_callables():
        parameters = inspect.signature(one).parameters.values()
        if given := {p.name: p.default for p in parameters if p.default is not p.empty}:
            found[name] = given
    found["Prior"]["w"] = Prior(Normal(), 1.0).w  # made anew each time
    assert found == DEFAULTS
