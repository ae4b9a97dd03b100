"""A Gibbs chain, and the files that hold its draws and its state, from which a run goes on.

A directory holds one file for each chain, which is replaced in one step: a process that ends at any moment leaves the
last state that was stored whole.
"""

import hashlib
import json
import os
import time
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gmixlib.samplers._kernels import Pointwise, Record, State

WITHOUT_DRAWS = {"responsibilities"}  # what has no row for each draw


@dataclass
class Chain:
    """One chain of a run. Its arrays are changed in place."""

    number: int
    state: State
    rng: np.random.Generator
    own_state: NDArray  # the counter of the random words, or, collapsed, the categories
    record: Record
    pointwise: Pointwise | None
    tune: int  # sweeps that are not recorded
    sweeps: int = 0  # that were made

    def stored_arrays(self) -> dict[str, NDArray]:
        """All that is recorded, by name."""
        return self.record._asdict() | (self.pointwise._asdict() if self.pointwise else {})

    def next_draw(self) -> int:
        """Where the next sweep is recorded, or a negative number if it is not."""
        return self.sweeps - self.tune

    def sweeps_left(self) -> int:
        """Sweeps that are left of those that are recorded, or before of those that are not."""
        return (0 if self.next_draw() < 0 else self.record.w.shape[0]) - self.next_draw()


def digest(*arrays: NDArray) -> str:
    """A short text that differs if any array does."""
    summary = hashlib.blake2b(digest_size=16)
    for array in arrays:
        summary.update(np.ascontiguousarray(array).data)
    return summary.hexdigest()


def directory_for(store: str | os.PathLike) -> Path:
    """Make the directory of a store, or say why there can be none."""
    try:
        directory = Path(store)
        directory.mkdir(parents=True, exist_ok=True)
    except (TypeError, FileExistsError, NotADirectoryError):
        raise ValueError(f"store is {store!r}; it must be the path of a directory") from None
    return directory


class Store:
    """Keeps the chains of one run in a directory.

    ``problem`` tells by name what a run must share with another that goes on from it. An entry that is None is not
    compared.
    """

    interval = 30.0  # seconds from one time that a chain is stored to the next

    def __init__(self, directory: Path, problem: Mapping[str, str | None]) -> None:
        self.directory, self.problem = directory, problem
        self.stored: dict[int, tuple[int, float]] = {}  # by chain: how many sweeps, and when

    def path(self, chain: Chain) -> Path:
        """Where a chain is stored."""
        return self.directory / f"chain-{chain.number}.npz"

    def restore(self, chain: Chain) -> None:
        """Set a chain to where it was stored; if it was not, store it, so that a bad place is known at once."""
        path = self.path(chain)
        for draft in self.directory.glob(f"{path.stem}.*.tmp"):  # of a process that was killed
            draft.unlink(missing_ok=True)
        found = path.exists()
        if found:
            self.read(path, chain)
        self.stored[chain.number] = chain.sweeps if found else -1, time.monotonic()
        self.save([chain], now=True)

    def read(self, path: Path, chain: Chain) -> None:
        """Set a chain to what a file holds."""
        try:
            with np.load(path, allow_pickle=False) as file:
                stored = dict(file)
            about = json.loads(str(stored["about"]))
        except (ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(
                f"{str(path)!r} is no stored chain; choose another store, or remove it"
            ) from error
        self.check(about["problem"])
        draws, most = max(0, about["sweeps"] - chain.tune), chain.record.w.shape[0]
        if draws > most:
            raise ValueError(f"draws is {most}; it must be at least the {draws} that {path} holds")
        chain.sweeps = about["sweeps"]
        chain.rng.bit_generator.state = about["rng"]
        chain.own_state[:] = stored["own_state"]
        for name, array in chain.state._asdict().items():
            array[:] = stored[f"state_{name}"]
        for name, array in chain.stored_arrays().items():
            array[: array.shape[0] if name in WITHOUT_DRAWS else draws] = stored[name]

    def check(self, problem: Mapping[str, str | None]) -> None:
        """Refuse to go on from a run of another problem."""
        for name, value in self.problem.items():
            if value is not None and problem.get(name) != value:
                raise ValueError(
                    f"store is {str(self.directory)!r}, which holds a run with another {name} "
                    f"({problem.get(name)}, not {value}); it must be of the same run, or empty"
                )

    def save(self, chains: list[Chain], *, now: bool = False) -> None:
        """Store the chains that have moved on, if it is time or ``now``; all that can be stored, if one cannot.

        It is called by the thread that changes the chains.
        """
        errors = []
        for chain in chains:
            sweeps, when = self.stored[chain.number]
            if sweeps != chain.sweeps and (now or time.monotonic() - when >= self.interval):
                try:
                    self.write(chain)
                except OSError as error:
                    errors.append(error)
        if errors:
            raise errors[0]

    def write(self, chain: Chain) -> None:
        """Replace a chain's file."""
        about = {"problem": self.problem, "sweeps": chain.sweeps, "rng": chain.rng.bit_generator.state}
        draws = max(0, chain.sweeps - chain.tune)
        arrays = {f"state_{name}": array for name, array in chain.state._asdict().items()}
        for name, array in chain.stored_arrays().items():
            arrays[name] = array if name in WITHOUT_DRAWS else array[:draws]
        text = json.dumps(about, default=np.ndarray.tolist)
        path = self.path(chain)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            with open(draft, "wb") as file:
                np.savez(file, about=text, own_state=chain.own_state, **arrays)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)
        except OSError as error:
            reason = f"{error.strerror}; the run ends, and can go on from what {self.directory} holds"
            raise OSError(error.errno, reason, str(path)) from error
        finally:
            draft.unlink(missing_ok=True)
        self.stored[chain.number] = chain.sweeps, time.monotonic()
