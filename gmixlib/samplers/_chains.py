"""The runner of Gibbs chains: what it accepts, where chains begin, and the threads they run in."""

import os
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from gmixlib import _checks
from gmixlib._checks import Floats, RandomSeed
from gmixlib._hyper import Hyper, SigmaKind
from gmixlib.priors import Prior
from gmixlib.samplers import _kernels
from gmixlib.samplers._random import bitgen_of
from gmixlib.samplers._shards import Advance, Shards, run_on_shards
from gmixlib.samplers._store import Chain, Store

# Likelihood terms between two checks for an interrupt or for progress: a tenth of a second.
TERMS_PER_CHUNK = 20_000_000
PROGRESS_DELAY = 1.0  # seconds before the progress bar appears


def check_problem(y: ArrayLike, k: int, prior: Prior) -> tuple[Floats, Hyper]:
    """Return the observations and the numbers behind the prior, or raise an error if they do not fit."""
    points = _checks.observations(y)
    hyper = check_model(points.size, k, prior)
    first = points[: 10 * k + 10]  # as a rule these suffice, and spare sorting millions
    if hyper.sigma_kind == SigmaKind.UNIFORM and np.unique(first).size <= k:
        check_distinct(np.unique(points).size, k)
    return points, hyper


def check_model(n: int, k: int, prior: Prior) -> Hyper:
    """Return the numbers behind the prior of ``k`` components for ``n`` observations."""
    _checks.at_least(k, 1, "k")
    if k > n:
        raise ValueError(f"k is {k}; it must be at most {n}, the number of observations")
    if not isinstance(prior, Prior):
        raise TypeError(f"prior is {prior!r}; it must be a gmixlib.priors.Prior")
    return prior.for_components(k)


def check_distinct(distinct: int, k: int) -> None:
    """Refuse fewer distinct values than a `Uniform` prior of the scales needs."""
    if distinct <= k:
        raise ValueError(
            f"y has {distinct} distinct values; with a Uniform prior of sigma it must have "
            f"more than the {k} components, or the posterior does not exist"
        )


def spawn_generators(random_seed: RandomSeed, count: int) -> list[np.random.Generator]:
    """Return independent generators, one for each chain."""
    return _checks.seeded(random_seed, "random_seed").spawn(count)


def initial_states(
    y: Floats | Shards,
    k: int,
    hyper: Hyper,
    initial: Mapping[str, ArrayLike],
    rngs: list[np.random.Generator],
) -> list[_kernels.State]:
    """Return the state in which each chain begins: ``initial`` values, and defaults for the others."""
    if not isinstance(initial, Mapping):
        raise ValueError(  # noqa: TRY004 - as for all arguments
            f"initial is {initial!r}; it must be a mapping of names to values"
        )
    if unknown := set(initial) - {"w", "mu", "sigma"}:
        raise ValueError(f"initial has {sorted(map(str, unknown))}; it must be of ['w', 'mu', 'sigma']")
    chains = len(rngs)
    given = {name: _checks.numbers(value, f"initial['{name}']") for name, value in initial.items()}
    for name, array in given.items():
        if array.shape not in ((k,), (chains, k)):
            raise ValueError(
                f"initial['{name}'] has shape {array.shape}; it must be ({k},) or ({chains}, {k})"
            )
    spread = y.std() or 1.0
    states = []
    for chain, rng in enumerate(rngs):
        start = {name: array if array.ndim == 1 else array[chain] for name, array in given.items()}
        if "w" not in start:
            start["w"] = hyper.w if hyper.w_known else np.full(k, 1 / k)
        if "mu" not in start:
            start["mu"] = y[rng.choice(y.size, k, replace=False, shuffle=False)]
        if "sigma" not in start:
            start["sigma"] = hyper.sigma if hyper.sigma_kind == SigmaKind.KNOWN else np.full(k, spread)
            if hyper.sigma_kind == SigmaKind.UNIFORM:
                start["sigma"] = np.full(k, min(spread, 0.5 * hyper.upper))
        _check_start(start, hyper, k)
        states.append(_kernels.State(*(np.array(start[name]) for name in _kernels.State._fields)))
    return states


def _check_start(start: Mapping[str, Floats], hyper: Hyper, k: int) -> None:
    """Refuse initial values outside the prior's support, or other than the known ones."""
    w = _checks.weights(start["w"], "initial['w']")
    _checks.locations(start["mu"], k, "initial['mu']")
    sigma = _checks.scales(start["sigma"], k, "initial['sigma']")
    if hyper.w_known and not np.array_equal(w, hyper.w):
        raise ValueError(f"initial['w'] is {w}; it must be the known {hyper.w}")
    if (w < hyper.minimum).any():
        raise ValueError(f"initial['w'] is {w}; every weight must be at least {hyper.minimum}")
    if hyper.sigma_kind == SigmaKind.KNOWN and not np.array_equal(sigma, hyper.sigma):
        raise ValueError(f"initial['sigma'] is {sigma}; it must be the known {hyper.sigma}")
    if hyper.shared and (sigma != sigma[0]).any():
        raise ValueError(f"initial['sigma'] is {sigma}; all must be equal with a shared scale")
    if hyper.sigma_kind == SigmaKind.UNIFORM and (sigma >= hyper.upper).any():
        raise ValueError(f"initial['sigma'] is {sigma}; it must be below {hyper.upper}")


def run_chains(
    y: Floats | Shards,
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
    store: Store | None = None,
) -> list[Chain]:
    """Run one chain from each state, or from where it is stored, and return them."""
    k = states[0].mu.size
    chains = []
    for number, (state, rng) in enumerate(zip(states, rngs, strict=True)):
        own_state = (
            rng.integers(k, size=y.size) if collapsed else rng.integers(2**64, size=1, dtype=np.uint64)
        )
        record = _kernels.Record(*np.empty((6, draws, k)))
        pointwise = _empty_pointwise(draws, k, y.size, keep)
        chain = Chain(number, state, rng, own_state, record, pointwise, tune)
        if store:
            store.restore(chain)
        chains.append(chain)
    done = [chain.sweeps for chain in chains]

    def advance(chain: Chain, sweeps: int) -> None:
        chain.sweeps += sweeps
        done[chain.number] = chain.sweeps
        if store:
            store.save([chain])

    def keep_all(chains: list[Chain]) -> None:
        if store:
            store.save(chains, now=True)

    work: Callable[[Any, threading.Event], None]
    tasks: list[Any]
    if isinstance(y, Shards):
        work, tasks = (
            partial(run_on_shards, y, hyper, ordered=ordered, advance=advance, keep=keep_all),
            [chains],
        )
    else:
        work, tasks = _in_memory(y, hyper, k, collapsed, ordered, keep, advance, keep_all), chains
    total = (draws + tune) * len(chains)
    run_in_threads(work, tasks, done, total, unit="sweeps", cores=cores, progressbar=progressbar)
    return chains


def _in_memory(
    y: Floats,
    hyper: Hyper,
    k: int,
    collapsed: bool,
    ordered: bool,
    keep: Collection[str],
    advance: Advance,
    keep_all: Callable[[list[Chain]], None],
) -> Callable[[Chain, threading.Event], None]:
    """Return what makes all sweeps of a chain over observations in memory."""
    # The index of each sorted observation in the data is needed only where something is stored for each.
    order = None
    if keep:
        order = np.arange(y.size) if collapsed else np.argsort(y)
    points = y if collapsed else _kernels.in_blocks(y[order] if order is not None else np.sort(y))
    chunk = int(np.clip(TERMS_PER_CHUNK / (y.size * k), 1, 1000))
    run = _kernels.run_collapsed_sweeps if collapsed else _kernels.run_sweeps

    def run_chain(chain: Chain, stop: threading.Event) -> None:
        while (left := chain.sweeps_left()) and not stop.is_set():
            sweeps, first = min(chunk, left), chain.next_draw()
            run(
                points, order, hyper, chain.state, bitgen_of(chain.rng), chain.own_state, chain.record, chain.pointwise,
                max(first, 0), sweeps, first >= 0, ordered,
            )  # fmt: skip
            advance(chain, sweeps)
        keep_all([chain])

    return run_chain


def _empty_pointwise(draws: int, k: int, points: int, keep: Collection[str]) -> _kernels.Pointwise | None:
    """Return the arrays in which a chain stores what is kept for each observation."""
    if not keep:
        return None
    integer = np.int8 if k <= np.iinfo(np.int8).max else np.int32
    return _kernels.Pointwise(
        categories=np.empty((draws, points if "categories" in keep else 0), integer),
        log_likelihood=np.empty((draws, points if "log_likelihood" in keep else 0)),
        responsibilities=np.zeros((points if "responsibilities" in keep else 0, k)),
    )


def run_in_threads[Task](
    work: Callable[[Task, threading.Event], None],
    tasks: Iterable[Task],
    done: list[int],
    total: int,
    *,
    unit: str,
    cores: int | None,
    progressbar: bool,
) -> None:
    """Run ``work`` on each task, ``cores`` of them at a time, and wait for all.

    ``work`` adds to ``done`` its part of the ``total``, in a ``unit`` that the progress bar names.
    It also receives an event, and returns early once that is set. An interrupt by the keyboard, or an error in a
    task, sets the event and drops the tasks that have not begun.
    """
    stop = threading.Event()

    def run(task: Task) -> None:
        if stop.is_set():
            return
        try:
            work(task, stop)
        except BaseException:
            stop.set()
            raise

    with ThreadPoolExecutor(cores or os.cpu_count() or 1) as pool:
        futures = [pool.submit(run, task) for task in tasks]
        try:
            wait_with_progress(futures, done, total, unit, progressbar)
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
    for future in futures:
        future.result()


def wait_with_progress(
    futures: list[Future], done: list[int], total: int, unit: str, progressbar: bool
) -> None:
    """Wait for the threads; show how far they are if they take longer than `PROGRESS_DELAY`."""
    if not progressbar:
        wait(futures)
        return
    if not wait(futures, PROGRESS_DELAY).not_done:
        return
    columns = (BarColumn(), TextColumn(f"{{task.completed}}/{{task.total}} {unit}"), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("", total=total)
        while wait(futures, 0.1).not_done:
            progress.update(task, completed=sum(done))
        progress.update(task, completed=sum(done))
