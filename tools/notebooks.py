"""Reading, executing and storing notebooks, shared by ``make chapters`` and the tests.

The tests accept exactly what the tool writes because both use the functions of this file.
"""

import os
import re
import subprocess
import tempfile
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = ROOT / "chapters"
SOLUTIONS = CHAPTERS / "solutions"  # the source of each exercise
EXERCISES = CHAPTERS / "exercises"  # derived from it
COVER = ROOT / "_static" / "cover.png"  # the landing page's picture is a figure of a chapter
COVER_OF = (CHAPTERS / "04_label_switching.ipynb", "fig-plane")

CELL_TIMEOUT = 120  # seconds, as `make test` allows
LARGEST_IMAGE = 150_000  # bytes: the pages are read on phones
IMAGE_TYPES = ("image/png", "image/jpeg", "image/svg+xml")

SEED_LINE = re.compile(r"^SEED = \d+$", re.MULTILINE)  # the form that the test with other seeds rewrites

# What no stored output may show, since it would differ on the next machine or run.
TEXT_FAULTS = {
    "a warning": re.compile(r"\b[A-Z]\w*Warning\b"),
    "a progress bar": re.compile(r"\r(?!\n)|[━╸╺█▉▊▋▌▍▎▏]{2}|\d%\||\d ?(?:it|draws)/s\b|<progress"),
    "an absolute path": re.compile(r"(?<![\w.:/])/(?:home|Users|root|tmp)/|\b[A-Z]:\\|site-packages"),
    "an object's address": re.compile(r"\b0x[0-9a-fA-F]{6,}\b"),
    "an ANSI escape code": re.compile(r"\x1b\["),
}


class CellFailure(Exception):
    """A cell that did not run, or whose output may not be stored; the message names it."""


@dataclass(frozen=True)
class Run:
    """One execution of a notebook: the executed copy, and what it took."""

    notebook: NotebookNode
    seconds: float
    peak_bytes: int

    @property
    def cost(self) -> str:
        """Seconds and peak memory, for a progress line."""
        return f"{self.seconds:6.1f} s {self.peak_bytes / 1e6:6.0f} MB"


def chapter_paths() -> list[Path]:
    """The chapters of the book, in order."""
    return sorted(CHAPTERS.glob("*.ipynb"))


def solution_paths() -> list[Path]:
    """The notebooks with worked solutions, in order."""
    return sorted(SOLUTIONS.glob("*.ipynb"))


def read(path: Path) -> NotebookNode:
    """Read a notebook file."""
    return nbformat.read(path, as_version=4)


def serialised(notebook: NotebookNode) -> str:
    """The text of the file, byte for byte as JupyterLab writes it."""
    return nbformat.writes(notebook) + "\n"


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells; a cell's place in this list is the number that nbval gives it."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def cell_name(notebook: NotebookNode, cell: NotebookNode) -> str:
    """Name a cell by its kind, its number among its kind and its first line.

    A code cell gets the name that nbval reports, such as ``Cell 3``.
    """
    same_kind = [other for other in notebook.cells if other.cell_type == cell.cell_type]
    number = next(number for number, other in enumerate(same_kind) if other is cell)
    kind = "Cell" if cell.cell_type == "code" else f"{cell.cell_type} cell"
    first_line = next(iter(cell.source.strip().splitlines()), "")
    return f"{kind} {number} ({first_line})"


def output_texts(cell: NotebookNode) -> Iterator[str]:
    """Every piece of text in a cell's stored outputs."""
    for output in cell.outputs:
        if output.output_type == "stream":
            yield output.text
        yield from (text for kind, text in output.get("data", {}).items() if kind.startswith("text/"))


def images(cell: NotebookNode) -> list[str]:
    """Every picture in a cell's stored outputs, as stored."""
    return [
        data
        for output in cell.outputs
        for kind, data in output.get("data", {}).items()
        if kind in IMAGE_TYPES
    ]


def figure_name(cell: NotebookNode) -> str:
    """The name under which a cell's figure can be referred to; empty when it has none."""
    return cell.metadata.get("mystnb", {}).get("figure", {}).get("name", "")


def cover() -> bytes:
    """The picture of the landing page, as the chapter stores it."""
    path, name = COVER_OF
    cell = next(cell for cell in code_cells(read(path)) if figure_name(cell) == name)
    return b64decode(images(cell)[0])


def printed_claims(notebook: NotebookNode) -> int:
    """How many claims the stored outputs show to hold."""
    printed = [
        output.text
        for cell in code_cells(notebook)
        for output in cell.outputs
        if output.output_type == "stream"
    ]
    return sum(line.startswith("✓ ") for line in "".join(printed).splitlines())


def checked(notebook: NotebookNode) -> int:
    """How many claims a chapter's outputs show to hold, or how many exercises a notebook of them checks."""
    checks = sum(cell.source.startswith('check("') for cell in code_cells(notebook))
    return printed_claims(notebook) + checks


def output_faults(cell: NotebookNode) -> list[str]:
    """What in a code cell's outputs must not be stored, in words; empty when all is well."""
    faults = []
    for output in cell.outputs:
        if output.output_type == "error":
            faults.append(f"an error: {output.ename}: {output.evalue}")
        if output.get("name") == "stderr":
            faults.append(f"text on stderr: {output.text.strip()}")
        if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
            faults.append("a widget, which is empty once the kernel has gone")
    for text in output_texts(cell):
        for fault, pattern in TEXT_FAULTS.items():
            if found := pattern.search(text):
                faults.append(f"{fault}: {found.group()!r}")
    for data in images(cell):
        if (size := len(data) * 3 // 4) > LARGEST_IMAGE:
            faults.append(f"an image of {size // 1000} kB, more than {LARGEST_IMAGE // 1000} kB")
    return faults


def normalised(notebook: NotebookNode) -> NotebookNode:
    """A copy of the notebook in the one form that is committed.

    Keeps what the book and the tests read (tags, figure metadata, cell ids, outputs, the description) and drops what editors
    and kernels add (versions, timestamps, widget states, folded cells).
    """
    notebook = deepcopy(notebook)
    kept = {key: notebook.metadata[key] for key in ("description", "gmixlib") if key in notebook.metadata}
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            **kept,
        }
    )
    notebook.nbformat_minor = 5
    for number, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"cell-{number}")
        cell.metadata = nbformat.from_dict(
            {k: cell.metadata[k] for k in ("tags", "mystnb") if cell.metadata.get(k)}
        )
        if cell.cell_type == "code":
            cell.outputs = _merged_streams(cell.outputs)
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    output.data["image/png"] = _without_text_chunks(output.data["image/png"])
    return notebook


def _merged_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join consecutive outputs of one stream, which the kernel cuts up by timing."""
    merged: list[NotebookNode] = []
    for output in outputs:
        if merged and output.output_type == "stream" and output.name == merged[-1].get("name"):
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def _without_text_chunks(data: str) -> str:
    """Drop a base64 PNG's text chunks: they hold matplotlib's version, not the picture."""
    png = b64decode(data)
    kept, start = [png[:8]], 8
    while start < len(png):
        end = start + 12 + int.from_bytes(png[start : start + 4])  # length, type, data, checksum
        if png[start + 4 : start + 8] != b"tEXt":
            kept.append(png[start:end])
        start = end
    return b64encode(b"".join(kept)).decode()


def execute(notebook: NotebookNode, folder: Path, timeout: float = CELL_TIMEOUT) -> Run:
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
    client = NotebookClient(
        notebook,
        # The kernel of nbval --nbval-current-env: this environment's, whatever else is registered.
        km=AsyncKernelManager(
            kernel_name=CURRENT_ENV_KERNEL_NAME, kernel_spec_manager=NbvalKernelspecManager()
        ),
        extra_arguments=["--HistoryManager.hist_file=:memory:"],
        timeout=timeout,
        record_timing=False,
    )
    start = time.perf_counter()
    with (
        PeakMemory(lambda: psutil.Process().children(recursive=True)) as peak,
        tempfile.TemporaryDirectory() as aside,
        client.setup_kernel(
            cwd=str(folder),
            env={**os.environ, "GMIXLIB_PROGRESS": f"{aside}/progress.json"},  # nobody's progress
            stderr=subprocess.DEVNULL,
            cleanup_kc=True,
        ),
    ):
        for index, cell in enumerate(notebook.cells):
            try:
                client.execute_cell(cell, index)
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                plain = re.sub(r"\x1b\[[\d;]*m", "", getattr(error, "traceback", str(error)))
                raise CellFailure(f"{cell_name(notebook, cell)}: {plain.strip()}") from None
    return Run(notebook, time.perf_counter() - start, peak.bytes)


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
