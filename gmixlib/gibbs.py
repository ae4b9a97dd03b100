"""Conjugate Gibbs sampling of Gaussian mixtures."""

import os
import threading
import time
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from importlib.metadata import version

import arviz as az
import numpy as np
from numpy.typing import ArrayLike
from pandas import RangeIndex
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from xarray import Dataset, DataTree

from gmixlib import _checks, _kernels
from gmixlib._checks import Floats
from gmixlib.density import LOG_SQRT_2PI
from gmixlib.priors import KNOWN, UNIFORM, Hyper, InverseGamma, Prior, ScaledNormal

RandomSeed = int | np.random.SeedSequence | np.random.Generator | None
KEEPABLE = ("categories", "responsibilities", "log_likelihood")
# Terms of the likelihood between two looks at the progress and at the keyboard: a tenth of a second.
CHUNK = 20_000_000
PATIENCE = 1.0  # seconds before the progress bar shows


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
) -> DataTree:
    r"""Draw from the posterior of a Gaussian mixture by compiled Gibbs sampling.

    Each sweep draws the category of every observation given the parameters, and then scales,
    locations and weights given the categories, all from their exact conditional distributions. The
    collapsed sampler draws each category given all others instead, with the parameters integrated
    out; it draws the parameters only to keep them. The chains run at the same time.

    Parameters
    ----------
    y : array_like, shape (n,)
        Observations, finite.
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
        The same seed gives the same draws, on any number of cores.
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
    initial : mapping of str to array_like, optional
        Initial ``w``, ``mu`` or ``sigma``, of shape (K,) for all chains or (chains, K). By default the
        locations are random observations, the scales the standard deviation of the data, the
        weights equal.
    cores : int, optional
        Chains to run at the same time, by default one on each processor.
    progressbar : bool
        Whether to show progress when sampling takes longer than a second.

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
        If an argument is out of range, or ``collapsed`` does not fit the prior.

    Notes
    -----
    A sweep holds no array over the observations besides a sorted copy of them; what ``keep`` asks
    for comes on top.

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
    y, hyper = checked_problem(y, k, prior)
    for name, value, least in (("draws", draws, 1), ("tune", tune, 0), ("chains", chains, 1)):
        _checks.at_least(value, least, name)
    if cores is not None:
        _checks.at_least(cores, 1, "cores")
    if isinstance(keep, str) or set(keep) - set(KEEPABLE):
        raise ValueError(f"keep is {keep!r}; it must be a collection of {list(KEEPABLE)}")
    if collapsed:
        _check_collapsible(prior)
    rngs = _generators(random_seed, chains)
    states = _initial_states(y, k, hyper, chains, initial or {}, rngs)

    began = time.perf_counter()
    records = run_chains(
        y, hyper, states, rngs, draws=draws, tune=tune, collapsed=collapsed, ordered=ordered, keep=keep,
        cores=cores, progressbar=progressbar,
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
    return _as_datatree(y, prior, hyper, records, keep, attrs)


def checked_problem(y: ArrayLike, k: int, prior: Prior) -> tuple[Floats, Hyper]:
    """Return the observations and the numbers behind the prior, or say what does not fit."""
    y = _checks.observations(y)
    _checks.at_least(k, 1, "k")
    if k > y.size:
        raise ValueError(f"k is {k}; it must be at most {y.size}, the number of observations")
    if not isinstance(prior, Prior):
        raise TypeError(f"prior is {prior!r}; it must be a gmixlib.priors.Prior")
    hyper = prior.for_components(k)
    if hyper.sigma_kind == UNIFORM and np.unique(y[: 10 * k + 10]).size <= k and np.unique(y).size <= k:
        raise ValueError(
            f"y has {np.unique(y).size} distinct values; with a Uniform prior of sigma it must have more than "
            f"the {k} components, or the posterior does not exist"
        )
    return y, hyper


def _check_collapsible(prior: Prior) -> None:
    """Refuse to collapse what is not conjugate."""
    requirements = {
        "prior.mu": (isinstance(prior.mu, ScaledNormal), prior.mu, "a ScaledNormal"),
        "prior.sigma": (isinstance(prior.sigma, InverseGamma), prior.sigma, "an InverseGamma"),
        "prior.shared_sigma": (not prior.shared_sigma, prior.shared_sigma, "False"),
        "prior.w": (getattr(prior.w, "minimum", 0) == 0, prior.w, "without a minimum"),
    }
    for name, (met, value, must_be) in requirements.items():
        if not met:
            raise ValueError(f"{name} is {value}; it must be {must_be} when collapsed is True")


def _generators(random_seed: RandomSeed, chains: int) -> list[np.random.Generator]:
    """Return a generator for each chain."""
    try:
        return np.random.default_rng(random_seed).spawn(chains)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"random_seed is {random_seed!r}; it must be None, an integer from 0, or a Generator"
        ) from error


def _initial_states(
    y: Floats, k: int, hyper: Hyper, chains: int, initial: Mapping[str, ArrayLike], rngs: list
) -> list[_kernels.State]:
    """Return the state in which each chain begins."""
    if unknown := set(initial) - {"w", "mu", "sigma"}:
        raise ValueError(f"initial has {sorted(unknown)}; it must be of ['w', 'mu', 'sigma']")
    spread = y.std() or 1.0
    states = []
    for chain, rng in enumerate(rngs):
        start = {
            "w": hyper.w if hyper.w_known else np.full(k, 1 / k),
            "mu": rng.choice(y, k, replace=False, shuffle=False) if "mu" not in initial else None,
            "sigma": hyper.sigma if hyper.sigma_kind == KNOWN else np.full(k, spread),
        }
        if hyper.sigma_kind == UNIFORM:
            start["sigma"] = np.full(k, min(spread, 0.5 * hyper.upper))
        for name, value in initial.items():
            array = np.asarray(value, np.float64)
            if array.shape not in ((k,), (chains, k)):
                raise ValueError(
                    f"initial['{name}'] has shape {array.shape}; it must be ({k},) or ({chains}, {k})"
                )
            start[name] = array if array.ndim == 1 else array[chain]
        _check_start(start, hyper, k)
        states.append(_kernels.State(*(np.array(start[name], np.float64) for name in _kernels.State._fields)))
    return states


def _check_start(start: Mapping[str, Floats], hyper: Hyper, k: int) -> None:
    """Refuse initial values outside of the prior's support, or other than the known ones."""
    w = _checks.weights(start["w"], "initial['w']")
    _checks.locations(start["mu"], k, "initial['mu']")
    sigma = _checks.scales(start["sigma"], k, "initial['sigma']")
    if hyper.w_known and not np.array_equal(w, hyper.w):
        raise ValueError(f"initial['w'] is {w}; it must be the known {hyper.w}")
    if (w < hyper.minimum).any():
        raise ValueError(f"initial['w'] is {w}; every weight must be at least {hyper.minimum}")
    if hyper.sigma_kind == KNOWN and not np.array_equal(sigma, hyper.sigma):
        raise ValueError(f"initial['sigma'] is {sigma}; it must be the known {hyper.sigma}")
    if hyper.shared and (sigma != sigma[0]).any():
        raise ValueError(f"initial['sigma'] is {sigma}; all must be equal with a shared scale")
    if hyper.sigma_kind == UNIFORM and (sigma >= hyper.upper).any():
        raise ValueError(f"initial['sigma'] is {sigma}; it must be below {hyper.upper}")


def run_chains(
    y: Floats,
    hyper: Hyper,
    states: list[_kernels.State],
    rngs: list[np.random.Generator],
    *,
    draws: int,
    tune: int,
    collapsed: bool = False,
    ordered: bool = False,
    keep: Collection[str] = (),
    cores: int | None = None,
    progressbar: bool = False,
) -> list[_kernels.Record]:
    """Run one chain from each state, in threads, and return what they recorded."""
    k = states[0].mu.size
    # Where each observation stands in the data matters only when something is kept of it.
    order = np.empty(0, np.int64)
    if keep:
        order = np.arange(y.size) if collapsed else np.argsort(y)
    points = y if collapsed else y[order] if keep else np.sort(y)
    small = np.int8 if k <= np.iinfo(np.int8).max else np.int32
    records = [
        _kernels.Record(
            *(np.empty((draws, k)) for _ in range(6)),
            categories=np.empty((draws, y.size if "categories" in keep else 0), small),
            log_likelihood=np.empty((draws, y.size if "log_likelihood" in keep else 0)),
            responsibilities=np.zeros((y.size if "responsibilities" in keep else 0, k)),
        )
        for _ in states
    ]
    stop, done = threading.Event(), [0] * len(states)
    chunk = int(np.clip(CHUNK / (y.size * k), 1, 1000))

    def run(chain: int) -> None:
        state, rng, record = states[chain], rngs[chain], records[chain]
        if collapsed:
            z = rng.integers(k, size=y.size)
            advance = partial(_kernels.run_collapsed, points, order, hyper, state, rng, z)
        else:
            counter = rng.integers(2**64, size=1, dtype=np.uint64)
            advance = partial(_kernels.run, points, order, hyper, state, rng, counter)
        for start, end, keeping in ((0, tune, False), (0, draws, True)):
            for first in range(start, end, chunk):
                if stop.is_set():
                    return
                sweeps = min(chunk, end - first)
                advance(record, first, sweeps, keeping, ordered)
                done[chain] += sweeps

    with ThreadPoolExecutor(min(cores or os.cpu_count() or 1, len(states))) as pool:
        futures = [pool.submit(run, chain) for chain in range(len(states))]
        try:
            _watch(futures, done, (draws + tune) * len(states), progressbar)
        finally:  # also when the keyboard interrupts
            stop.set()
    for future in futures:
        future.result()
    return records


def _watch(futures: list, done: list[int], total: int, progressbar: bool) -> None:
    """Wait for the chains, showing how far they are when it takes long."""
    if not progressbar:
        wait(futures)
        return
    if not wait(futures, PATIENCE).not_done:
        return
    columns = (TextColumn("Gibbs"), BarColumn(), TextColumn("{task.completed}/{task.total} sweeps"))
    with Progress(*columns, TimeRemainingColumn()) as progress:
        task = progress.add_task("", total=total)
        while wait(futures, 0.1).not_done:
            progress.update(task, completed=sum(done))
        progress.update(task, completed=sum(done))


def complete_log_likelihood(record: _kernels.Record) -> Floats:
    """Log density of data and categories given the parameters, in nats, shape (draws,)."""
    occupied = record.counts > 0
    about = record.spreads + record.counts * (record.means - record.mu) ** 2
    with np.errstate(divide="ignore"):  # an empty component may have weight 0
        log_factor = np.log(record.w) - np.log(record.sigma) - LOG_SQRT_2PI
    terms = record.counts * np.where(occupied, log_factor, 0.0) - 0.5 * about / record.sigma**2
    return terms.sum(axis=-1)


def _as_datatree(
    y: Floats, prior: Prior, hyper: Hyper, records: list[_kernels.Record], keep: Collection[str], attrs: dict
) -> DataTree:
    """Gather the records of all chains in ArviZ's form."""
    stacked = {
        name: np.stack([getattr(record, name) for record in records])
        for name in ("w", "mu", "sigma", "counts")
    }
    lp = [complete_log_likelihood(r) + prior.log_density(r.w, r.mu, r.sigma) for r in records]
    is_known = {"w": hyper.w_known, "sigma": hyper.sigma_kind == KNOWN}
    known = [name for name in is_known if is_known[name]]
    groups = {
        "posterior": {name: stacked[name] for name in ("w", "mu", "sigma") if name not in known},
        "sample_stats": {"lp": np.stack(lp), "counts": stacked["counts"].astype(np.int64)},
    }
    if known:
        groups["constant_data"] = {name: getattr(hyper, name) for name in known}
    if "categories" in keep:
        groups["posterior"]["category"] = np.stack([r.categories for r in records])
    if "log_likelihood" in keep:
        groups["log_likelihood"] = {"y": np.stack([r.log_likelihood for r in records])}
    dims = {name: ["component"] for name in ("w", "mu", "sigma", "counts")}
    dims |= {"y": ["point"], "category": ["point"]}
    idata = az.from_dict(
        groups, dims=dims, check_conventions=False, attrs={"/": attrs} | dict.fromkeys(groups, attrs)
    )
    point = {"point": RangeIndex(y.size)}  # an index that takes no memory
    idata["observed_data"] = DataTree(Dataset({"y": ("point", y.copy())}, point, attrs))
    if "responsibilities" in keep:
        average = np.stack([r.responsibilities / r.w.shape[0] for r in records])
        coords = {name: idata["posterior"].coords[name] for name in ("chain", "component")} | point
        variables = {"responsibilities": (("chain", "point", "component"), average)}
        idata["averages"] = DataTree(Dataset(variables, coords, attrs))
    return idata
