"""Conjugate Gibbs sampling of Gaussian mixtures."""

import time
from collections.abc import Collection, Mapping
from importlib.metadata import version
from os import PathLike
from typing import Any

import numpy as np
from arviz_base import from_dict  # not from arviz, which loads for another second
from numpy.typing import ArrayLike, NDArray
from pandas import RangeIndex
from xarray import Dataset, DataTree

from gmixlib import _checks
from gmixlib._checks import Floats, RandomSeed
from gmixlib._hyper import Hyper, SigmaKind
from gmixlib.density import LOG_SQRT_2PI
from gmixlib.priors import InverseGamma, Prior, ScaledNormal
from gmixlib.samplers._chains import (
    check_distinct,
    check_model,
    check_problem,
    initial_states,
    run_chains,
    spawn_generators,
)
from gmixlib.samplers._kernels import Record, State
from gmixlib.samplers._shards import Shards, check_array, hold_shards, is_dask_array
from gmixlib.samplers._store import Chain, Store, digest, directory_for

KEEP_OPTIONS = ("categories", "responsibilities", "log_likelihood")


def sample_gibbs(
    y: ArrayLike,
    k: int,
    *,
    prior: Prior,
    draws: int = 1000,
    tune: int = 1000,
    chains: int = 4,
    random_seed: RandomSeed = None,
    collapsed: bool = False,
    ordered: bool = False,
    keep: Collection[str] = (),
    initial: Mapping[str, ArrayLike] | None = None,
    cores: int | None = None,
    progressbar: bool = True,
    store: str | PathLike | None = None,
) -> DataTree:
    r"""Draw from the posterior of a Gaussian mixture by compiled Gibbs sampling.

    Each sweep draws the category of every observation given the parameters, and then scales,
    locations and weights given the categories, all from their exact conditional distributions. The
    collapsed sampler draws each category given all others instead, with the parameters integrated
    out; it draws the parameters only to keep them. The chains run at the same time.

    Parameters
    ----------
    y : array_like or dask.array.Array, shape (n,)
        Observations, finite. Those of a Dask array stay in its chunks: the workers of the active
        Dask client sort and hold them, or, where there is none, threads of this process.
    k : int
        Number of components, from 1 to n.
    prior : Prior
        Prior of weights, locations and scales.
    draws : int
        Draws to keep of each chain, at least 1.
    tune : int
        Sweeps to drop before, at least 0. Nothing adapts: they are for leaving the initial values.
    chains : int
        Number of independent chains, at least 1.
    random_seed : int, SeedSequence, Generator or None
        The same seed gives the same draws, on any number of cores, and the same seed and chunks on any
        number of workers. A Dask array of one chunk gives those of the same array in memory.
    collapsed : bool
        Whether to sample the categories alone. Needs `priors.ScaledNormal` locations,
        `priors.InverseGamma` scales of their own, and `priors.Dirichlet` weights without a minimum or
        known ones.
    ordered : bool
        Whether to number the components of each draw by increasing location. With a prior that
        treats all components alike this samples the posterior under the constraint
        ``mu[0] < mu[1] < ...``.
    keep : collection of str
        What to keep besides, each with a value for each observation: the ``"categories"`` and the
        pointwise ``"log_likelihood"`` of each draw, the ``"responsibilities"`` averaged over the draws.
        Not of a Dask array, nor can ``collapsed`` be true of one.
    initial : mapping of str to array_like, optional
        Initial ``w``, ``mu`` or ``sigma``, of shape (K,) for all chains or (chains, K). By default the
        locations are random observations, the scales the standard deviation of the data, the
        weights equal.
    cores : int, optional
        Chains to run at the same time, by default one on each processor; without a cluster, the threads
        that share the chunks of a Dask array.
    progressbar : bool
        Whether to show progress when sampling takes longer than a second.
    store : path, optional
        Directory in which the run keeps its draws and its state, every half minute and when it ends,
        be it by an interrupt or an error. The same call goes on from there, and so does one with more
        ``draws``: the draws are those of a run that was never interrupted. Without a ``random_seed``,
        what is stored goes on, whatever ``initial`` says.

    Returns
    -------
    xarray.DataTree
        ``posterior`` has ``w``, ``mu`` and ``sigma`` (chain, draw, component), in the units of the data,
        but for known ones, which are in ``constant_data``. ``sample_stats`` has the ``counts`` of
        observations in each component and ``lp``, the joint log density of data, categories
        and parameters in nats. ``observed_data`` has ``y`` (point). Where kept, ``category`` (chain,
        draw, point) is in ``posterior``, ``y`` (chain, draw, point) in ``log_likelihood``, in nats, and
        ``responsibilities`` (chain, point, component) in ``averages``.

    Raises
    ------
    ValueError
        If an argument is out of range, ``collapsed`` does not fit the prior, or ``store`` holds another
        run.
    RuntimeError
        If a chunk of a Dask array cannot be read, or its cluster is lost.
    OSError
        If ``store`` cannot be written to.

    Notes
    -----
    A sweep holds no array over the observations besides a sorted copy of them; what ``keep`` asks
    for comes on top. While a worker of a cluster reads its chunks, it may hold them twice more.

    Sources: Diebolt and Robert (1994), "Estimation of finite mixture distributions through Bayesian
    sampling", *Journal of the Royal Statistical Society B* 56, 363–375; for the collapsed sampler Neal
    (2000), "Markov chain sampling methods for Dirichlet process mixture models", *Journal of
    Computational and Graphical Statistics* 9, 249–265.

    Examples
    --------
    >>> from gmixlib import three_gaussians
    >>> from gmixlib.priors import Dirichlet, Normal, Prior, Uniform
    >>> y, z = three_gaussians()
    >>> prior = Prior(Normal(0, 15), Uniform(20), Dirichlet(1, minimum=0.1), shared_sigma=True)
    >>> idata = sample_gibbs(y, 3, prior=prior, ordered=True, random_seed=1)
    >>> dict(idata.posterior["mu"].sizes)
    {'chain': 4, 'draw': 1000, 'component': 3}
    """
    for name, value, least in (("draws", draws, 1), ("tune", tune, 0), ("chains", chains, 1)):
        _checks.at_least(value, least, name)
    if cores is not None:
        _checks.at_least(cores, 1, "cores")
    if (
        not isinstance(keep, Collection)
        or isinstance(keep, str)
        or any(name not in KEEP_OPTIONS for name in keep)
    ):
        raise ValueError(f"keep is {keep!r}; it must be a collection of {list(KEEP_OPTIONS)}")
    _checks.flag(ordered, "ordered")
    _checks.flag(collapsed, "collapsed")
    directory = None if store is None else directory_for(store)
    points, hyper = (
        _hold_shards(y, k, prior, collapsed, keep, cores) if is_dask_array(y) else check_problem(y, k, prior)
    )
    if collapsed:
        _check_collapsible(prior)
    rngs = spawn_generators(random_seed, chains)
    states = initial_states(points, k, hyper, {} if initial is None else initial, rngs)
    kept = None
    if directory is not None:
        kept = Store(directory, {
            "y": points.digest() if isinstance(points, Shards) else digest(points),
            "k": str(k), "prior": repr(prior), "tune": str(tune), "chains": str(chains),
            "collapsed": str(collapsed), "ordered": str(ordered), "keep": str(sorted(keep)),
            "generator": type(rngs[0].bit_generator).__name__,
            "random_seed or initial": None if random_seed is None else _digest_starts(states, rngs),
        })  # fmt: skip

    began = time.perf_counter()
    runs = run_chains(
        points, hyper, states, rngs, draws=draws, tune=tune, collapsed=collapsed, ordered=ordered, keep=keep,
        cores=cores, progressbar=progressbar, store=kept,
    )  # fmt: skip
    attrs = {
        "inference_library": "gmixlib",
        "inference_library_version": version("gmixlib"),
        "sampling_time": time.perf_counter() - began,
        "tuning_steps": tune,
        "sampler": "collapsed Gibbs" if collapsed else "Gibbs",
        "ordered": int(ordered),
        "prior": repr(prior),
    }
    return _as_datatree(points, prior, hyper, runs, keep, attrs)


def _hold_shards(
    y: Any, k: int, prior: Prior, collapsed: bool, keep: Collection[str], cores: int | None
) -> tuple[Shards, Hyper]:
    """Return the observations of a Dask array, held where they will be sampled, and the numbers behind the prior."""
    if collapsed:
        raise ValueError("collapsed is True; it must be False for a Dask array, whose points are apart")
    if keep:
        raise ValueError(f"keep is {keep!r}; it must be empty for a Dask array")
    check_array(y)
    hyper = check_model(y.size, k, prior)
    shards = hold_shards(y, k + 1, cores)
    if hyper.sigma_kind == SigmaKind.UNIFORM:
        check_distinct(shards.distinct().size, k)
    return shards, hyper


def _digest_starts(states: list[State], rngs: list[np.random.Generator]) -> str:
    """A text that tells apart where chains begin, and their seeds."""
    seeds = [rng.bit_generator.state for rng in rngs]
    return digest(np.array(states), np.frombuffer(repr(seeds).encode(), np.uint8))


def _check_collapsible(prior: Prior) -> None:
    """Refuse priors whose parameters cannot be integrated out."""
    requirements = {
        "prior.mu": (isinstance(prior.mu, ScaledNormal), prior.mu, "a ScaledNormal"),
        "prior.sigma": (isinstance(prior.sigma, InverseGamma), prior.sigma, "an InverseGamma"),
        "prior.shared_sigma": (not prior.shared_sigma, prior.shared_sigma, "False"),
        "prior.w": (getattr(prior.w, "minimum", 0) == 0, prior.w, "without a minimum"),
    }
    for name, (met, value, must_be) in requirements.items():
        if not met:
            raise ValueError(f"{name} is {value}; it must be {must_be} when collapsed is True")


def complete_log_likelihood(record: Record) -> Floats:
    """Log density of data and categories given the parameters, in nats, shape (draws,)."""
    about_mu = record.spreads + record.counts * (record.means - record.mu) ** 2
    with np.errstate(divide="ignore"):  # an empty component may have weight 0
        log_factor = np.log(record.w) - np.log(record.sigma) - LOG_SQRT_2PI
    log_factor = np.where(record.counts > 0, log_factor, 0.0)
    return (record.counts * log_factor - 0.5 * about_mu / record.sigma**2).sum(axis=-1)


def _as_datatree(
    y: Floats | Shards,
    prior: Prior,
    hyper: Hyper,
    chains: list[Chain],
    keep: Collection[str],
    attrs: dict[str, Any],
) -> DataTree:
    """Gather what all chains recorded in ArviZ's form."""
    arrays = [chain.stored_arrays() for chain in chains]

    def stack(name: str) -> NDArray:
        return np.stack([own[name] for own in arrays])

    known: dict[str, Floats] = {}
    if hyper.w_known:
        known["w"] = hyper.w
    if hyper.sigma_kind == SigmaKind.KNOWN:
        known["sigma"] = hyper.sigma
    records = [chain.record for chain in chains]
    lp = [complete_log_likelihood(r) + prior.log_density(r.w, r.mu, r.sigma) for r in records]
    groups = {
        "posterior": {name: stack(name) for name in ("w", "mu", "sigma") if name not in known},
        "sample_stats": {"lp": np.stack(lp), "counts": stack("counts").astype(np.int64)},
    }
    if known:
        groups["constant_data"] = known
    if "categories" in keep:
        groups["posterior"]["category"] = stack("categories")
    if "log_likelihood" in keep:
        groups["log_likelihood"] = {"y": stack("log_likelihood")}
    dims = {name: ["component"] for name in ("w", "mu", "sigma", "counts")}
    dims |= {"y": ["point"], "category": ["point"]}
    idata = from_dict(
        groups, dims=dims, check_conventions=False, attrs={"/": attrs} | dict.fromkeys(groups, attrs)
    )
    # The coordinate of the points is a RangeIndex, which takes no memory however many there are.
    point = {"point": RangeIndex(y.size)}
    observed = y.y if isinstance(y, Shards) else y.copy()
    idata["observed_data"] = DataTree(Dataset({"y": ("point", observed)}, point, attrs))
    if "responsibilities" in keep:
        average = stack("responsibilities") / records[0].w.shape[0]
        coords = {name: idata["posterior"].coords[name] for name in ("chain", "component")} | point
        variables = {"responsibilities": (("chain", "point", "component"), average)}
        idata["averages"] = DataTree(Dataset(variables, coords, attrs))
    return idata
