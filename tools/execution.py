"""Execute notebooks in fresh kernels, and measure what that takes."""

import os
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import psutil
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

from tools.notebooks import cell_name
from tools.surroundings import neutral

CELL_TIMEOUT = 300  # seconds, as `make test` allows: a model may have to be compiled first
KERNEL_ARGUMENTS = [
    "--HistoryManager.hist_file=:memory:",
    # Without the version of matplotlib in the pictures, which a new version alone would change.
    "--InlineBackend.print_figure_kwargs={'bbox_inches': 'tight', 'metadata': {'Software': None}}",
]
TOLERANCE = 0.2  # two executions differ by a fifth for no reason of the notebook's


class CellFailure(Exception):
    """A cell that did not run, or whose output may not be stored; the message names it."""


@dataclass(frozen=True)
class Execution:
    """An executed copy of a notebook, and what executing it took."""

    notebook: NotebookNode
    seconds: float
    peak_bytes: int

    @property
    def cost(self) -> str:
        """Seconds and peak memory, for a progress line."""
        return f"{self.seconds:6.1f} s {self.peak_bytes / 1e6:6.0f} MB"

    def figures(self, before: Mapping) -> dict[str, int]:
        """Whole seconds and tens of megabytes, for the notebook's metadata.

        Parameters
        ----------
        before
            The metadata so far. A figure there is kept if the new one is within a step or a fifth of it.
        """
        return {
            "seconds": _settle(max(1, round(self.seconds)), before.get("seconds"), 1),
            "megabytes": _settle(10 * round(self.peak_bytes / 1e7), before.get("megabytes"), 10),
        }


def _settle(new: int, old: int | None, step: int) -> int:
    """The old figure if the new one is within a step or a fifth of it, else the new one."""
    return old if old is not None and abs(new - old) <= max(step, TOLERANCE * old) else new


def execute(notebook: NotebookNode, folder: Path, timeout: float = CELL_TIMEOUT) -> Execution:
    """Execute a copy of a notebook in a fresh kernel.

    Parameters
    ----------
    notebook
        What to execute; it is left as it is.
    folder
        The kernel's working directory.
    timeout
        Seconds that one cell may take.

    Raises
    ------
    CellFailure
        When a cell raises, takes too long or ends the kernel.
    """
    notebook = deepcopy(notebook)
    start = time.perf_counter()
    with (
        PeakMemory(lambda: psutil.Process().children(recursive=True)) as peak,
        _kernel(notebook, folder, timeout) as client,
    ):
        for index, cell in enumerate(notebook.cells):
            try:
                client.execute_cell(cell, index)
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                plain = re.sub(r"\x1b\[[\d;]*m", "", getattr(error, "traceback", str(error)))
                raise CellFailure(f"{cell_name(notebook, cell)}: {plain.strip()}") from None
    return Execution(notebook, time.perf_counter() - start, peak.bytes)


@contextmanager
def _kernel(notebook: NotebookNode, folder: Path, timeout: float) -> Iterator[NotebookClient]:
    """A client of a fresh kernel, which sees nothing of the user's settings and writes to nobody's files."""
    with tempfile.TemporaryDirectory() as aside:
        # The kernel of nbval --nbval-current-env: this environment's, whatever else is registered.
        manager = AsyncKernelManager(
            kernel_name=CURRENT_ENV_KERNEL_NAME, kernel_spec_manager=NbvalKernelspecManager()
        )
        client = NotebookClient(
            notebook, km=manager, extra_arguments=KERNEL_ARGUMENTS, timeout=timeout, record_timing=False
        )
        with client.setup_kernel(
            cwd=str(folder),
            env=neutral(os.environ) | {"GMIXLIB_PROGRESS": f"{aside}/progress.json"},
            stderr=subprocess.DEVNULL,
            cleanup_kc=True,
        ):
            yield client


class PeakMemory:
    """Watches the memory of some processes together, for the length of a ``with`` block.

    Parameters
    ----------
    processes
        Says which they are, each time anew.
    pause
        Seconds between two looks.
    """

    def __init__(self, processes: Callable[[], list[psutil.Process]], pause: float = 0.1):
        self.bytes = 0
        self._processes = processes
        self._pause = pause
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(self._pause):
            self.bytes = max(self.bytes, sum(map(_own_memory, self._processes())))


def _own_memory(process: psutil.Process) -> int:
    """A process's memory in bytes; pages shared by forked chains count once where that is known."""
    try:
        info = process.memory_full_info()
    except psutil.Error:  # it has just ended
        return 0
    return getattr(info, "pss", info.uss)
