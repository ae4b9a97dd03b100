"""A submission's process, seen from the grader: started, asked, and started again if it dies."""

import contextlib
import multiprocessing
import os
import pickle
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gmixlib.exercises._outcome import Kind, Outcome
from gmixlib.grade._submission import Submission
from gmixlib.grade._wire import LONGEST, Request, unpacked
from gmixlib.grade._worker import Limits, serve

STARTING = 60.0  # seconds that a process may take to start
GRACE = 3.0  # seconds for an answer to come through, beyond what the code may take
MOST_STARTS = 4
# What exercises and a kernel import: it is loaded before their time begins, and counts for nothing in their memory.
PRELOADED = ["gmixlib.data", "gmixlib.density", "scipy.optimize", "scipy.stats", "ipykernel.debugger"]


def context() -> Any:
    """Processes forked from a server that has the libraries in memory; new ones where there is no fork."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    chosen = multiprocessing.get_context("forkserver")
    chosen.set_forkserver_preload(["gmixlib.grade._worker", *PRELOADED])
    os.environ.setdefault(
        "PYDEVD_DISABLE_FILE_VALIDATION", "1"
    )  # the debugger would warn that it is not used
    return chosen


@dataclass
class Session:
    """The answers of a submission, as a source that the checks can ask.

    Parameters
    ----------
    submission
        What was handed in.
    limits
        Of each cell.
    seconds
        What the whole submission may take.
    data
        The folder that its notebooks know as ``../data``, if there is one.
    """

    submission: Submission
    limits: Limits
    seconds: float
    data: Path | None = None
    notes: list[str] = field(default_factory=list)

    def __enter__(self):
        self._folder = Path(tempfile.mkdtemp(prefix="gmixlib-grade-"))
        (self._folder / "exercises").mkdir()
        if self.data is not None:
            shutil.copytree(self.data, self._folder / "data")
        self._deadline = time.monotonic() + self.seconds
        self._skipped: set[int] = set()
        self._starts, self.offline = 0, False
        self._process: Any = None
        return self

    def __exit__(self, *_):
        self._stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def ask(self, *request: object, seconds: float) -> Outcome:
        """Send a request to the process, started if need be, and wait for its outcome."""
        if not self._running() and not self._start():
            return Outcome(Kind.MISSING, text="could not be asked: the notebook does not run to its end")
        try:
            self._link.send((*request, seconds))
        except (OSError, pickle.PicklingError):
            self._stop()
            return Outcome(Kind.RAISED, text="the process of the notebook ended")
        outcome = self._hear(seconds + GRACE)
        if outcome is None:
            late = self._alive()
            self._stop()
            return (
                Outcome(Kind.LATE) if late else Outcome(Kind.RAISED, text="the process of the notebook ended")
            )
        return outcome

    def answer(self, variable: str) -> "Remote":
        """What the notebook has under this name."""
        return Remote(self, variable)

    def _running(self) -> bool:
        return self._process is not None and self._alive()

    def _alive(self) -> bool:
        """Whether the process is there and says nothing unasked.

        The link tells, for exit codes come from the server, which a notebook can kill.
        """
        try:
            return not self._link.poll()
        except OSError:
            return False

    def _start(self) -> bool:
        """Run the cells in a new process, and again without the one that ended it; whether that succeeded."""
        while self._starts < MOST_STARTS and time.monotonic() < self._deadline:
            self._stop()
            self._starts += 1
            ours, theirs = multiprocessing.Pipe()
            folder = str(self._folder / "exercises")
            cells = self.submission.cells
            # No daemon: a notebook may start processes of its own.
            self._process = context().Process(
                target=serve, args=(theirs, folder, cells, self._skipped, self.limits)
            )
            self._link = ours
            try:
                self._process.start()
            except (OSError, EOFError):  # the server was killed; the next start finds another
                self._process = None
                continue
            finally:
                theirs.close()
            if self._run_cells():
                return True
        self._stop()
        return False

    def _run_cells(self) -> bool:
        """Follow the cells to their end; one that ends the process, or does not end, is skipped next time."""
        started = self._hear(STARTING)
        if started is None:
            return False
        self.offline = bool(started.value)
        for number in range(len(self.submission.cells)):
            if number in self._skipped:
                continue
            patience = min(self.limits.cell_seconds + GRACE, self._deadline - time.monotonic())
            outcome = self._hear(max(patience, 0.0))
            if outcome is None:
                what = "did not end and was stopped" if self._alive() else "ended the process"
                self._note(f"cell {number + 1} {what}")
                self._skipped.add(number)
                return False
            if outcome.kind == Kind.RAISED:
                self._note(f"cell {number + 1}: {outcome.text}")
        return True

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _hear(self, seconds: float) -> Outcome | None:
        """The next outcome, or None if none comes in time, or the process is gone."""
        with contextlib.suppress(EOFError, OSError):
            if self._link.poll(seconds):
                message = self._link.recv_bytes(LONGEST)
                try:
                    return unpacked(message)
                except ValueError:  # whatever follows it may not be the next outcome
                    self._process.kill()
                    self._process.join()
        return None

    def _stop(self) -> None:
        """End the process and all that it started."""
        if self._process is None:
            return
        self._link.close()
        with contextlib.suppress(OSError, AttributeError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.join()
        self._process = None


@dataclass(frozen=True)
class Remote:
    """An answer in the process of a submission."""

    session: Session
    variable: str

    def look(self, seconds: float) -> Outcome:
        """The answer itself, as plain data."""
        return self.session.ask(Request.LOOK, self.variable, seconds=seconds)

    def call(self, arguments: tuple, seconds: float) -> Outcome:
        """What the answer, a function, returns for these arguments."""
        return self.session.ask(Request.CALL, self.variable, arguments, seconds=seconds)

    def strict(self, arguments: tuple, seconds: float) -> Outcome:
        """The same, but what overflows in NumPy is an error."""
        return self.session.ask(Request.STRICT, self.variable, arguments, seconds=seconds)

    def lines(self, arguments: tuple, seconds: float) -> Outcome:
        """How many lines of Python a call runs."""
        return self.session.ask(Request.LINES, self.variable, arguments, seconds=seconds)

    def names(self, seconds: float) -> Outcome:
        """The names in the code of the answer."""
        return self.session.ask(Request.NAMES, self.variable, seconds=seconds)
