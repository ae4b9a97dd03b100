"""Gibbs sweeps over observations in shards, in threads of this process or on the workers of a Dask cluster.

A sweep draws the category of every observation and then the parameters, which need three sums a component: so the
parameters go out to the shards and the sums come back. A shard is a chunk of a Dask array. Each has a stretch of the
chain's random words of its own, and the sums are added up in the order of the chunks: neither the number of workers,
nor which of them holds a shard, nor the loss of a worker changes a draw.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from itertools import product, repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmixlib._checks import Floats
from gmixlib._hyper import Hyper
from gmixlib.samplers import _kernels
from gmixlib.samplers._random import bitgen_of
from gmixlib.samplers._store import Chain, digest

Advance = Callable[[Chain, int], None]  # notes that a chain has made some sweeps
Chunk = NDArray | Callable[[], NDArray]  # its observations, or what reads them
Sums = NDArray[np.float64]  # of shape (shards, chains, 3, K)
UNIT = int(_kernels.UNIT)
MODULUS = 2**64
ATTEMPTS = 5  # to have a part's sums from one worker or another
PATIENCE = 1.0  # seconds between two looks at whether a worker is lost, or the run is interrupted
TIME_TO_COME = 10.0  # seconds in which a new worker may take the place of one that is lost


class Shard(NamedTuple):
    """The sorted observations of a chunk, in blocks, and what is asked of them before a run."""

    first: int  # the index of its first observation in the data
    blocks: _kernels.Blocks | None  # None in a summary
    mean: float
    variance: float
    distinct: Floats  # the least of its distinct values


def is_dask_array(y: object) -> bool:
    """Whether ``y`` is a Dask array; where Dask is not loaded, nothing is one."""
    array = sys.modules.get("dask.array")
    return array is not None and isinstance(y, array.Array)


# What happens where the chunks are


def sort_chunk(chunk: Chunk, number: int, first: int, size: int, distinct: int) -> Shard:
    """Return a chunk's observations as a shard; refuse one of another size, or with what is no finite number."""
    if callable(chunk):
        chunk = chunk()
    if np.ma.is_masked(chunk):
        raise ValueError(f"chunk {number} of y has masked values; every observation must be a number")
    points = np.asarray(chunk, np.float64)
    if points.shape != (size,):
        raise ValueError(
            f"chunk {number} of y has shape {points.shape}; it must be ({size},), as y.chunks says"
        )
    finite = np.isfinite(points)
    if not finite.all():
        wrong = int(finite.argmin())
        raise ValueError(
            f"y[{first + wrong}], in chunk {number}, is {points[wrong]}; every observation must be finite"
        )
    mean, variance = (points.mean(), points.var()) if points.size else (0.0, 0.0)
    points = np.sort(points)
    blocks = _kernels.in_blocks(points)
    return Shard(first, blocks, float(mean), float(variance), _first_distinct(points, distinct))


def _first_distinct(points: Floats, most: int) -> Floats:
    """The least distinct values of sorted points, ``most`` of them at most."""
    values: list[float] = []
    at = 0
    while at < points.size and len(values) < most:
        values.append(points[at])
        at = int(np.searchsorted(points, points[at], side="right"))
    return np.array(values)


class Holder:
    """Holds the shards of some chunks: in this process, or on a worker, as a Dask actor, which keeps its state there.

    Its threads share the work of a sweep: an actor has one thread of its own, however many its worker has.
    """

    def __init__(
        self,
        chunks: Sequence[Chunk],
        numbers: Sequence[int],
        firsts: Sequence[int],
        sizes: Sequence[int],
        distinct: int,
        threads: int,
    ) -> None:
        self.map = ThreadPoolExecutor(threads).map if threads > 1 else map
        self.shards = list(self.map(sort_chunk, chunks, numbers, firsts, sizes, repeat(distinct)))

    def summaries(self) -> list[Shard]:
        """The shards without their points."""
        return [shard._replace(blocks=None) for shard in self.shards]

    def sweep(self, states: Floats, counters: Sequence[int]) -> Sums:
        """Draw the categories of all observations of the shards for some chains, and return the sums.

        ``states``, shape (chains, 3, K), holds weights, locations and scales.
        """
        # What comes over a network may be read-only, and would be compiled for anew.
        states = np.array(states)
        sums = np.zeros((len(self.shards), *states.shape))

        def draw(shard: int, chain: int) -> None:
            start = np.uint64((counters[chain] + self.shards[shard].first * UNIT) % MODULUS)
            _kernels.add_shard(self.shards[shard].blocks, *states[chain], start, sums[shard, chain])

        pairs = product(range(len(self.shards)), range(len(states)))
        list(self.map(draw, *zip(*pairs, strict=True)))
        return sums


# Where the chunks are


class Shards:
    """A Dask array of observations whose sorted chunks are held: here, or, in a subclass, on a cluster.

    What a run asks of a NumPy array it can ask of this too: ``size``, ``std()`` and some observations by their index.
    """

    overlap = False  # whether a sweep that has begun goes on while something else is done

    def __init__(self, y: Any, distinct: int, cores: int | None = None) -> None:
        self.y, self.size, self.most_distinct = y, y.size, distinct
        self.stop = threading.Event()
        self.chunks = list(y.to_delayed().ravel())
        self.firsts = np.concatenate([[0], np.cumsum(y.chunks[0])[:-1]]).tolist()
        self.hold(cores or os.cpu_count() or 1)

    def hold(self, threads: int) -> None:
        """Read and sort the chunks, and say what they are."""
        numbers = range(len(self.chunks))
        chunks = [partial(self.read, number) for number in numbers]
        self.holder = Holder(chunks, numbers, self.firsts, self.y.chunks[0], self.most_distinct, threads)
        self.summaries = self.holder.summaries()

    def read(self, number: int) -> NDArray:
        """The observations of a chunk."""
        try:
            return self.chunks[number].compute(scheduler="synchronous")
        except Exception as error:
            raise _unreadable(number, error) from error

    def sweep(self, states: Floats, counters: list[int]) -> Callable[[], list[Sums]]:
        """Begin a sweep; return what waits for the sums."""
        return lambda: [self.holder.sweep(states, counters)]

    def std(self) -> float:
        """The standard deviation of all observations."""
        shares = [size / self.size for size in self.y.chunks[0]]
        parts = list(zip(shares, self.summaries, strict=True))
        mean = sum(share * shard.mean for share, shard in parts)
        return float(
            np.sqrt(sum(share * (shard.variance + (shard.mean - mean) ** 2) for share, shard in parts))
        )

    def digest(self) -> str:
        """A text that differs if the chunks, or what is known of them, do."""
        known = [(shard.mean, shard.variance) for shard in self.summaries]
        return digest(np.array(self.y.chunks[0]), np.array(known))

    def distinct(self) -> Floats:
        """Distinct values of the observations, each if there are not too many to tell."""
        return np.unique(np.concatenate([shard.distinct for shard in self.summaries]))

    def __getitem__(self, indices: NDArray[np.integer]) -> Floats:
        """The observations at some indices."""
        return np.asarray(self.y[indices].compute(), np.float64)


class Lost(Exception):
    """A worker is gone, with what it held."""


class Stopped(Exception):
    """The run is interrupted."""


class Placed:
    """A holder on a worker, as long as that lives."""

    def __init__(self, future: Any) -> None:
        self.future = future
        try:
            self.actor = future.result()
        except RuntimeError as error:
            if "Worker holding Actor was lost" not in str(error):
                raise
            self.actor = None

    def call(self, method: str, *arguments: Any) -> Any:
        """Begin to call a method; return what waits for the result, or None if the worker is lost."""
        try:
            return self.actor and getattr(self.actor, method)(*arguments)
        except RuntimeError:
            return None

    def result(self, call: Any, stop: threading.Event) -> Any:
        """Wait for a result that a worker sends, or until the worker is lost."""
        while call is not None:
            if stop.is_set():
                raise Stopped
            try:
                return call.result(timeout=PATIENCE)
            except TimeoutError:  # a worker may be slow
                if self.future.status != "finished":
                    break
            except OSError:
                break
        raise Lost


class ClusterShards(Shards):
    """The same on the workers of a cluster, in one part for each.

    The part of a worker that is lost is read once more, on another, and the sweep is made again.
    """

    overlap = True

    def __init__(self, y: Any, distinct: int, client: Any) -> None:
        self.client = client
        super().__init__(y, distinct)

    def hold(self, _threads: int) -> None:
        self.threads = self.client.nthreads()  # of each worker, by its address
        if not self.threads:
            raise RuntimeError(
                f"{self.client} has no workers; start some, or close it to sample in this process"
            )
        self.parts = np.array_split(np.arange(len(self.chunks)), min(len(self.threads), len(self.chunks)))
        self.placed = self.place(self.parts)
        self.summaries = [shard for summaries in self.ask("summaries")() for shard in summaries]

    def place(self, parts: list[NDArray]) -> list[Placed]:
        """Let workers hold some parts."""
        from distributed import wait

        read: dict[int, Any] = {}
        futures = []
        for part in parts:
            chunks = self.client.compute([self.chunks[number] for number in part])
            read |= dict(zip(part, chunks, strict=True))
            firsts = [self.firsts[number] for number in part]
            sizes = [self.y.chunks[0][number] for number in part]
            about = part.tolist(), firsts, sizes, self.most_distinct, max(self.threads.values())
            futures.append(self.client.submit(Holder, chunks, *about, actor=True, pure=False))
        # An actor belongs to the client that is current in the thread that receives it.
        with self.cluster(), self.client.as_current():
            while not all(future.done() for future in (*read.values(), *futures)):
                if self.stop.is_set():
                    raise Stopped
                with suppress(TimeoutError):
                    wait([*read.values(), *futures], timeout=PATIENCE)
            for number, chunk in read.items():
                if chunk.status == "error":
                    raise _unreadable(number, chunk.exception()) from chunk.exception()
            return [Placed(future) for future in futures]

    def sweep(self, states: Floats, counters: list[int]) -> Callable[[], list[Sums]]:
        return self.ask("sweep", states, counters)

    def ask(self, method: str, *arguments: Any) -> Callable[[], list[Any]]:
        """Begin to call a method of all holders; return what waits for the results."""
        asked = [(placed, placed.call(method, *arguments)) for placed in self.placed]
        return lambda: [self.result(part, *call, method, *arguments) for part, call in enumerate(asked)]

    def result(self, part: int, placed: Placed, call: Any, method: str, *arguments: Any) -> Any:
        """Wait for a part's result; where its worker is lost, let another hold the part, and ask that."""
        for attempt in range(ATTEMPTS):
            try:
                return placed.result(call, self.stop)
            except Lost:
                if self.client.status != "running":
                    raise self.gone() from None
            # The other half of the chains may have had it replaced.
            if placed is self.placed[part] and attempt < ATTEMPTS - 1:
                with self.cluster(), suppress(TimeoutError):
                    self.client.wait_for_workers(len(self.threads), timeout=TIME_TO_COME)
                (self.placed[part],) = self.place([self.parts[part]])
            placed = self.placed[part]
            call = placed.call(method, *arguments)
        first, last = self.parts[part][[0, -1]]
        raise RuntimeError(
            f"chunks {first} to {last} of y were lost with their worker {ATTEMPTS} times; has it enough memory for them?"
        )

    def gone(self) -> RuntimeError:
        """What a run ends with when there is no cluster any more."""
        return RuntimeError(
            f"the Dask cluster is lost ({self.client}); with store, the same call goes on from what is stored"
        )

    @contextmanager
    def cluster(self) -> Iterator[None]:
        """Where the cluster is asked for something: without its scheduler Dask cancels that, or finds nobody."""
        try:
            yield
        except (CancelledError, OSError) as error:
            raise self.gone() from error

    def __getitem__(self, indices: NDArray[np.integer]) -> Floats:
        with self.cluster():
            return np.asarray(self.client.compute(self.y[indices]).result(), np.float64)


def hold_shards(y: Any, distinct: int, cores: int | None) -> Shards:
    """Hold a Dask array on the active client's workers, or, where no client is active, in this process."""
    client = active_client()
    return ClusterShards(y, distinct, client) if client else Shards(y, distinct, cores)


def active_client() -> Any:
    """The active client of a Dask cluster, or None."""
    distributed = sys.modules.get("distributed")
    try:
        return distributed and distributed.get_client()
    except ValueError:
        return None


def run_on_shards(
    shards: Shards,
    hyper: Hyper,
    chains: list[Chain],
    stop: threading.Event,
    *,
    ordered: bool,
    advance: Advance,
    keep: Callable[[list[Chain]], None],
) -> None:
    """Make all sweeps of the chains, and ``keep`` them, also where the run is interrupted or the cluster lost."""
    shards.stop = stop
    try:
        _sweep(shards, hyper, chains, ordered, advance)
    except Stopped:
        pass
    except RuntimeError:
        keep(chains)
        raise
    keep(chains)


def _sweep(shards: Shards, hyper: Hyper, chains: list[Chain], ordered: bool, advance: Advance) -> None:
    """Make all sweeps of the chains.

    On a cluster, the workers have one half of the chains to do while parameters are drawn here for the other.
    """
    halves = [chains[::2], chains[1::2]] if shards.overlap else [chains]
    pending = [_begin_sweep(shards, half) for half in halves]
    while any(pending) and not shards.stop.is_set():
        for i, half in enumerate(halves):
            if not (begun := pending[i]):
                continue
            active, results = begun
            sums = add_shards(results())
            for chain, own in zip(active, sums, strict=True):
                draw, bitgen = chain.next_draw(), bitgen_of(chain.rng)
                _kernels.finish_sweep(
                    own, hyper, chain.state, bitgen, chain.record, max(draw, 0), draw >= 0, ordered
                )
                chain.own_state[0] = (int(chain.own_state[0]) + shards.size * UNIT) % MODULUS
                advance(chain, 1)
            pending[i] = _begin_sweep(shards, half)


def add_shards(results: list[Sums]) -> Floats:
    """The sums over all shards in the order of the chunks, shape (chains, 3, K)."""
    return np.concatenate(results).sum(axis=0)


def _begin_sweep(shards: Shards, chains: list[Chain]) -> tuple[list[Chain], Callable[[], list[Sums]]] | None:
    """Send the parameters of the chains that have sweeps left; return them, and what waits for the sums."""
    active = [chain for chain in chains if chain.sweeps_left()]
    if not active:
        return None
    states = np.array([chain.state for chain in active])
    return active, shards.sweep(states, [int(chain.own_state[0]) for chain in active])


def check_array(y: Any) -> None:
    """Refuse a Dask array that is no vector of numbers in chunks of known sizes."""
    if y.ndim != 1:
        raise ValueError(f"y has {y.ndim} dimensions; it must be a vector of observations")
    if y.dtype.kind not in "iuf":
        raise ValueError(f"y has the type {y.dtype}; it must hold real numbers")
    if np.isnan(y.size):
        raise ValueError("y has chunks of unknown sizes; call y.compute_chunk_sizes() first")
    if y.size == 0:
        raise ValueError("y is empty; it must hold at least one observation")


def _unreadable(number: int, error: BaseException) -> RuntimeError:
    return RuntimeError(f"chunk {number} of y could not be read: {error!r}")
