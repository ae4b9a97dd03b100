"""Observations in the chunks of a Dask array, sampled in this process and on real workers."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, nullcontext
from functools import partial
from unittest.mock import patch

import dask.array as da
import numpy as np
import pytest
from distributed import Client, LocalCluster

from gmixlib import sample_gibbs
from gmixlib.priors import Dirichlet, InverseGamma, Normal, Prior, ScaledNormal, Uniform
from gmixlib.samplers import _chains, _kernels, _shards

Y = np.random.default_rng(4).normal(np.repeat([-2.0, 0, 3], 1000))
np.random.default_rng(5).shuffle(Y)
PRIOR = Prior(Normal(0, 5), InverseGamma(2, 1), Dirichlet(1))
PRIORS = {
    "own scales": PRIOR,
    "conjugate": Prior(ScaledNormal(0, 0.1), InverseGamma(2, 1), Dirichlet(2)),
    "shared, least weight": Prior(Normal(0, 5), Uniform(9), Dirichlet(1, minimum=0.1), shared_sigma=True),
    "known": Prior(Normal(0, 5), 1.0, [0.3, 0.3, 0.4]),
}
run = partial(sample_gibbs, k=3, prior=PRIOR, draws=40, tune=20, chains=3, random_seed=8, progressbar=False)
CHUNKS = ((1000, 7, 0, 993, 1000),)


@contextmanager
def two_workers():
    """The client of two processes of one thread. A test makes it active."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def client():
    """The client of a cluster for all tests that do no harm to it."""
    with two_workers() as client:
        yield client


def assert_same(one, other):
    """Both have the same numbers, bit for bit."""
    for group in ("posterior", "sample_stats"):
        for name in one[group].data_vars:
            np.testing.assert_array_equal(one[group][name], other[group][name])


@pytest.mark.parametrize("prior", PRIORS.values(), ids=PRIORS)
def test_one_chunk_gives_the_draws_of_the_array_in_memory(prior):
    one_chunk = run(da.from_array(Y, chunks=-1), prior=prior, ordered=True)
    assert_same(one_chunk, run(Y, prior=prior, ordered=True))


def test_workers_give_the_draws_of_this_process(client):
    y = da.from_array(Y, chunks=CHUNKS)
    in_process = run(y)
    assert_same(run(y, cores=1), in_process)
    with client.as_current():
        assert_same(run(y), in_process)
    with Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=":0"):
        assert_same(run(y), in_process)


def test_sums_of_shards_are_those_of_their_categories():
    """With components far apart every category is known."""
    y = np.array([1.0, 101, -1, 99, 98, 0, 2, 100.5])
    holder = _shards.Holder([y[:3], y[3:]], [0, 1], [0, 3], [3, 5], 4, 2)
    states = np.array([[[0.5, 0.5], [0.25, 100], [1, 1]]])
    sums = holder.sweep(states, [12]).sum(axis=0)[0]
    low, high = y[y < 50] - 0.25, y[y > 50] - 100
    expected = [[4, 4], [low.sum(), high.sum()], [(low**2).sum(), (high**2).sum()]]
    np.testing.assert_allclose(sums, expected, rtol=1e-14)


def run_with_event(y, sweep, event, *arguments, **options):
    """Sample, and let something happen after a number of sweeps of all chains."""
    made, finish_sweep = itertools.count(), _kernels.finish_sweep

    def finish(*of_sweep):
        if next(made) == sweep:
            event(*arguments)
        return finish_sweep(*of_sweep)

    with patch.object(_kernels, "finish_sweep", finish):
        return run(y, **options)


def put_to_sleep(pid):
    """Let a process stand still for a second."""
    os.kill(pid, signal.SIGSTOP)
    threading.Timer(1, os.kill, [pid, signal.SIGCONT]).start()


def pid_of_a_worker(client, rng):
    return int(rng.choice(list(client.run(os.getpid).values())))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 50))])
def test_a_worker_that_is_killed_changes_no_draw(seed):
    y, rng = da.from_array(Y, chunks=CHUNKS), np.random.default_rng(seed)
    with two_workers() as client, client.as_current():
        killed = run_with_event(y, rng.integers(180), os.kill, pid_of_a_worker(client, rng), signal.SIGKILL)
    assert_same(killed, run(y))


def test_a_worker_that_leaves_or_sleeps_changes_no_draw(monkeypatch):
    monkeypatch.setattr(_shards, "PATIENCE", 0.3)
    y, rng = da.from_array(Y, chunks=CHUNKS), np.random.default_rng(1)
    with two_workers() as client, client.as_current():
        slept = run_with_event(y, 50, put_to_sleep, pid_of_a_worker(client, rng))
        left = run_with_event(y, 50, client.retire_workers, [next(iter(client.nthreads()))])
        alone = run(y)
    expected = run(y)
    for one in (slept, left, alone):
        assert_same(one, expected)


@pytest.mark.slow
def test_without_a_scheduler_a_run_ends_and_goes_on_from_its_store(tmp_path):
    y, file = da.from_array(Y, chunks=CHUNKS), str(tmp_path / "scheduler.json")
    options = ["--scheduler-file", file, "--no-dashboard"]
    processes = [
        subprocess.Popen([sys.executable, "-m", f"distributed.cli.dask_{kind}", *options])
        for kind in ("scheduler", "worker")
    ]
    try:
        with Client(scheduler_file=file, set_as_default=False, timeout=30) as client, client.as_current():
            client.wait_for_workers(1, timeout=30)
            with pytest.raises(
                RuntimeError, match=r"the Dask cluster is lost .* goes on from what is stored"
            ):
                run_with_event(y, 70, processes[0].kill, store=tmp_path / "run")
    finally:
        for process in processes:
            process.kill()
    with patch.object(_kernels, "finish_sweep", wraps=_kernels.finish_sweep) as finish:
        assert_same(run(y, store=tmp_path / "run"), run(y))
    assert finish.call_count < 2 * 180


def unreadable(block_info=None):
    if block_info[None]["chunk-location"] == (2,):
        raise FileNotFoundError("part-2.parquet")
    return np.zeros(10)


BAD = {
    "NaN": (da.from_array(np.where(np.arange(30) == 17, np.nan, 1.0), chunks=10), ValueError, r"y\[17\], in chunk 1, is nan"),
    "unreadable": (
        da.map_blocks(unreadable, chunks=((10, 10, 10),), dtype=float),
        RuntimeError,
        "chunk 2 of y could not be read: FileNotFoundError",
    ),
    "masked": (da.from_array(np.ma.masked_greater([1.0, 2, 99], 50), chunks=2), ValueError, "chunk 1 of y has masked values"),
    "other sizes": (
        da.map_blocks(lambda: np.zeros(12), chunks=((10, 10),), dtype=float),
        ValueError,
        r"chunk 0 of y has shape \(12,\); it must be \(10,\)",
    ),
    "durations": (da.from_array(np.arange(9).astype("m8[s]")), ValueError, "y has the type timedelta64"),
    "two dimensions": (da.zeros((5, 5)), ValueError, "y has 2 dimensions"),
    "no numbers": (da.from_array(np.array(["a", "b"])), ValueError, "y has the type <U1"),
    "unknown sizes": (da.ones(10)[da.ones(10) > 0], ValueError, "compute_chunk_sizes"),
    "empty": (da.zeros(0), ValueError, "y is empty"),
    "few": (da.zeros(2), ValueError, "k is 3; it must be at most 2"),
}  # fmt: skip


@pytest.mark.parametrize("on_cluster", [False, True])
@pytest.mark.parametrize(("y", "error", "words"), BAD.values(), ids=BAD)
def test_bad_data_are_refused(client, y, error, words, on_cluster):
    with client.as_current() if on_cluster else nullcontext(), pytest.raises(error, match=words):
        run(y)


def test_an_interrupt_ends_a_run_whose_workers_are_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(_shards, "TIME_TO_COME", 0.1)
    y = da.from_array(Y, chunks=CHUNKS)

    def leave():
        client.retire_workers(list(client.nthreads()), close_workers=True, remove=True)
        cluster.scale(0)

    def wait(*_arguments):
        while cluster.workers:
            time.sleep(0.1)
        time.sleep(1)
        raise KeyboardInterrupt

    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster, set_as_default=False) as client,
        client.as_current(),
        patch.object(_chains, "wait_with_progress", wait),
        pytest.raises(KeyboardInterrupt),
    ):
        run_with_event(y, 70, threading.Thread(target=leave).start, store=tmp_path)
    assert_same(run(y, store=tmp_path), run(y))


@pytest.mark.parametrize("kind", ["int64", "float32"])
def test_numbers_of_other_types_are_those_of_float64(kind):
    y = (10 * Y).astype(kind)
    assert_same(
        run(da.from_array(y, chunks=700), chains=1), run(da.from_array(y.astype(float), chunks=700), chains=1)
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"collapsed": True, "prior": PRIORS["conjugate"]},
            "collapsed is True; it must be False for a Dask array",
        ),
        ({"keep": ["categories"]}, "it must be empty for a Dask array"),
    ],
)
def test_what_shards_cannot_do_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        run(da.from_array(Y, chunks=500), **options)


def test_few_distinct_values_are_refused():
    uniform = PRIORS["shared, least weight"]
    with pytest.raises(ValueError, match="y has 3 distinct values"):
        run(da.from_array(np.repeat([1.0, 2, 3], 5), chunks=4), prior=uniform)
    run(da.from_array(np.repeat([1.0, 2, 3, 4], 5), chunks=5), prior=uniform)
