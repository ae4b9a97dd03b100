"""Runs that are stored: they go on with the very draws that they would have had."""

import itertools
import json
import resource
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from gmixlib import sample_gibbs
from gmixlib.priors import Dirichlet, InverseGamma, Normal, Prior, ScaledNormal
from gmixlib.samplers import _chains, _kernels, _store

Y = np.random.default_rng(5).normal(np.repeat([-2.0, 0, 3], 20))
PRIOR = Prior(Normal(0, 5), InverseGamma(2, 1), Dirichlet(1))
OPTIONS = {
    "plain": {},
    "kept": {"keep": ["categories", "log_likelihood", "responsibilities"], "ordered": True},
    "collapsed": {"collapsed": True, "prior": Prior(ScaledNormal(0, 0.1), InverseGamma(2, 1), Dirichlet(1))},
    "another generator": {"random_seed": "MT19937"},
}


def run(y=Y, *, random_seed=8, **options):
    """Sample, from a generator of its own in each call."""
    if random_seed == "MT19937":
        random_seed = np.random.Generator(np.random.MT19937(3))
    usual = {"prior": PRIOR, "draws": 300, "tune": 100, "chains": 3, "cores": 2}
    return sample_gibbs(y, 3, **usual | options, random_seed=random_seed, progressbar=False)


PROGRAM = """
import sys, numpy as np
sys.path.insert(0, "tests")
from test_store import run
from gmixlib.samplers import _chains, _store
_chains.TERMS_PER_CHUNK = 2_000  # some ten sweeps
_store.Store.interval = 0
run(store=sys.argv[1], draws=200_000)
"""


def assert_same(one, other):
    """Both have the same numbers, bit for bit."""
    for group in ("posterior", "sample_stats", "log_likelihood", "averages"):
        assert (group in one) == (group in other)
        if group in one:
            for name in one[group].data_vars:
                np.testing.assert_array_equal(one[group][name], other[group][name])


@contextmanager
def interrupted_after(calls):
    """A context in which a run is interrupted, as from the keyboard, once there were some calls of its sweeps."""
    reached, count = threading.Event(), itertools.count(1)

    def counted(original, *arguments):
        original(*arguments)
        if next(count) >= calls:
            reached.set()
            time.sleep(0.2)  # until the run has seen it

    def wait(*_arguments):
        reached.wait()
        raise KeyboardInterrupt

    sweeps = {
        name: partial(counted, getattr(_kernels, name)) for name in ("run_sweeps", "run_collapsed_sweeps")
    }
    with patch.multiple(_kernels, **sweeps), patch.object(_chains, "wait_with_progress", wait):
        yield


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("calls", [1, 4, 9])
def test_interrupted_run_goes_on_with_the_same_draws(tmp_path, monkeypatch, options, calls):
    monkeypatch.setattr(
        "gmixlib.samplers._chains.TERMS_PER_CHUNK", 70 * Y.size * 3
    )  # not a divisor of tune or draws
    with interrupted_after(calls), pytest.raises(KeyboardInterrupt):
        run(store=tmp_path, **options)
    stored = [json.loads(str(np.load(path)["about"]))["sweeps"] for path in tmp_path.iterdir()]
    assert 0 < sum(stored) < 3 * 400
    assert_same(run(store=tmp_path, **options), run(**options))


def test_a_stored_run_is_extended(tmp_path):
    run(store=tmp_path, draws=120, tune=50)
    with patch.object(_kernels, "run_sweeps", wraps=_kernels.run_sweeps) as sweeps:
        longer = run(store=tmp_path, draws=200, tune=50)
    assert sum(call.args[9] for call in sweeps.call_args_list) == 3 * 80
    assert_same(longer, run(draws=200, tune=50))


def test_a_complete_run_is_read(tmp_path):
    first = run(store=tmp_path)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    with patch.object(_kernels, "run_sweeps") as sweeps:
        assert_same(run(store=tmp_path), first)
    assert not sweeps.called
    assert files == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"prior": Prior(Normal(0, 6), InverseGamma(2, 1), Dirichlet(1))}, "another prior"),
        ({"tune": 101}, r"another tune \(100, not 101\)"),
        ({"chains": 2}, "another chains"),
        ({"ordered": True}, "another ordered"),
        ({"keep": ["categories"]}, "another keep"),
        ({"random_seed": 9}, "another random_seed or initial"),
        ({"initial": {"mu": [0.0, 1, 2]}}, "another random_seed or initial"),
        ({"draws": 299}, "draws is 299; it must be at least the 300 that"),
    ],
)
def test_another_run_is_refused(tmp_path, change, words):
    first = run(store=tmp_path)
    with pytest.raises(ValueError, match=words):
        run(store=tmp_path, **change)
    assert_same(run(store=tmp_path), first)


def test_other_data_are_refused(tmp_path):
    run(store=tmp_path)
    with pytest.raises(ValueError, match="another y"):
        run(Y + 1e-9, store=tmp_path)


def test_without_a_seed_a_run_goes_on(tmp_path):
    first = run(store=tmp_path, random_seed=None)
    longer = run(store=tmp_path, random_seed=None, draws=310)
    np.testing.assert_array_equal(longer["posterior"]["mu"][:, :300], first["posterior"]["mu"])


@pytest.mark.parametrize("content", ["text", "array", "arrays", "cut"])
def test_a_file_that_is_no_store_is_refused(tmp_path, content):
    path = tmp_path / "chain-1.npz"
    if content == "cut":
        run(store=tmp_path)
        path.write_bytes(path.read_bytes()[:-500])
    else:
        with path.open("wb") as file:
            save = {
                "text": lambda file: file.write(b"nothing"),
                "array": partial(np.save, arr=Y),
                "arrays": partial(np.savez, y=Y),
            }
            save[content](file)
    with pytest.raises(ValueError, match=r"chain-1\.npz.* is no stored chain"):
        run(store=tmp_path)


@pytest.mark.parametrize("store", [3, "a_file", "a_file/folder"])
def test_a_store_that_is_no_directory_is_refused(tmp_path, monkeypatch, store):
    monkeypatch.chdir(tmp_path)
    Path("a_file").touch()
    with pytest.raises(ValueError, match=r"store is .* it must be the path of a directory"):
        run(store=store)


def test_without_a_seed_another_generator_is_refused(tmp_path):
    run(store=tmp_path, random_seed="MT19937")
    with pytest.raises(ValueError, match="another generator"):
        run(store=tmp_path, random_seed=None)


def draws_stored(directory):
    return max((np.load(path)["w"].shape[0] for path in directory.glob("*.npz")), default=0)


def test_a_killed_process_leaves_a_state_to_go_on_from(tmp_path):
    for _ in range(3):
        before = draws_stored(tmp_path)
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, tmp_path])
        while draws_stored(tmp_path) == before:
            assert process.poll() is None
        process.kill()
        process.wait()
    draws = draws_stored(tmp_path) + 100
    assert_same(run(store=tmp_path, draws=draws), run(draws=draws))


def test_a_full_disk_leaves_the_last_state(tmp_path):
    run(store=tmp_path, draws=50)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(OSError, match="the run ends, and can go on from what"):
            run(store=tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert_same(run(store=tmp_path), run())


def test_a_chain_is_stored_while_it_runs(tmp_path, monkeypatch):
    monkeypatch.setattr("gmixlib.samplers._chains.TERMS_PER_CHUNK", 70 * Y.size * 3)
    monkeypatch.setattr(_store.Store, "interval", 0.0)
    with patch.object(_store.os, "replace", wraps=_store.os.replace) as replace:
        run(store=tmp_path, chains=1)
    assert replace.call_count == 8  # at first, then after 70 and 30 sweeps, and after 70, 70, 70, 70 and 20
