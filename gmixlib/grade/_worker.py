"""The process of one submission: it runs the cells, then calls what they defined as often as the grader asks.

Nothing that it says is trusted; the checks run in the grader.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

# Imported once, in the server that every submission's process is forked from.
import matplotlib as mpl
import matplotlib.pyplot
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from gmixlib.exercises._limits import Late, limited
from gmixlib.exercises._outcome import Kind, Local, Outcome, plain
from gmixlib.grade._wire import Request, packed

LARGEST_FILE = 100_000_000  # bytes that a submission may write to one file
MOST_FILES = 4096  # descriptors that may be open


@dataclass(frozen=True)
class Limits:
    """What a submission may use: seconds for a cell, bytes beyond those of the libraries."""

    cell_seconds: float
    memory: int


def serve(link: Connection, folder: str, cells: Sequence[str], skipped: set[int], limits: Limits) -> None:
    """Run the cells but those skipped, then answer requests until the link is closed.

    Parameters
    ----------
    link
        Gives packed outcomes: first whether the process is without a network, then one for each cell as it ends,
        then one for each request. Takes ``(Request.LOOK, name, seconds)`` and ``(Request.CALL, name, arguments,
        seconds)``.
    folder
        The working directory.
    """
    _confine(folder, limits.memory, link.fileno())
    offline = _without_network()
    shell = _shell()
    link.send_bytes(packed(Outcome(Kind.VALUE, plain(offline))))
    for number, source in enumerate(cells):
        if number not in skipped:
            link.send_bytes(packed(_run(shell, source, limits.cell_seconds)))
    with contextlib.suppress(EOFError, OSError):
        while True:
            link.send_bytes(packed(_answer(shell.user_ns, *link.recv())))


def _answer(names: dict, request: Request, name: str, *rest: object) -> Outcome:
    """The outcome of looking at, or calling, what the notebook has under a name."""
    if name not in names:
        return Outcome(Kind.MISSING, text="is not in the notebook")
    answer = Local(names[name])
    handlers: dict[Request, Callable[..., Outcome]] = {Request.LOOK: answer.look, Request.CALL: answer.call}
    try:
        return handlers[request](*rest)
    except KeyboardInterrupt:
        return Outcome(Kind.RAISED, text="KeyboardInterrupt")


def _run(shell: InteractiveShell, source: str, seconds: float) -> Outcome:
    """Run one cell; what it raises is in the outcome's text."""
    try:
        with limited(seconds):
            result = shell.run_cell(source, store_history=False)
            error = result.error_before_exec or result.error_in_exec
    except Late as late:  # unless IPython keeps it to itself, as what the cell has raised
        error = late
    except BaseException as error:  # noqa: BLE001 - whatever a cell lets through
        return Outcome(Kind.RAISED, text=type(error).__name__)
    finally:
        mpl.pyplot.close("all")
    if error is None:
        return Outcome(Kind.VALUE)
    if isinstance(error, Late):
        return Outcome(Kind.RAISED, text=f"took longer than {seconds:g} seconds and was stopped")
    text = type(error).__name__
    with contextlib.suppress(Exception):  # its own text may raise
        text = f"{text}: {' '.join(str(error).split())[:200]}"
    return Outcome(Kind.RAISED, text=text)


def _shell() -> InteractiveShell:
    """An IPython without history, colours or a terminal."""
    mpl.rcdefaults()  # whatever the matplotlibrc at home says
    mpl.use("Agg")
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    return InteractiveShell.instance(config=config)


def _confine(folder: str, memory: int, link: int) -> None:
    """A process group of its own, nothing open but the link, and no more memory than allowed."""
    os.chdir(folder)
    os.environ["GMIXLIB_PROGRESS"] = str(Path(folder, "progress.json"))
    if hasattr(os, "setsid"):
        os.setsid()
    os.closerange(3, link)  # pipes of the server, which must not get junk
    os.closerange(link + 1, MOST_FILES)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(n, mode, encoding="utf-8", errors="replace") for n, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    with contextlib.suppress(ImportError):
        import resource  # not on Windows

        used = 0
        with contextlib.suppress(OSError):  # Linux tells; elsewhere the limit counts from 0
            pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
            used = int(pages) * resource.getpagesize()
        for kind, limit in (
            (resource.RLIMIT_AS, used + memory),
            (resource.RLIMIT_FSIZE, LARGEST_FILE),
            (resource.RLIMIT_CORE, 0),
        ):
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(kind, (limit, limit))


def _without_network() -> bool:
    """Leave the network, if the system lets a process do so."""
    unshare = getattr(os, "unshare", None)
    if unshare is None:
        return False
    for flags in (os.CLONE_NEWNET, os.CLONE_NEWUSER | os.CLONE_NEWNET):
        with contextlib.suppress(OSError):
            unshare(flags)
            return True
    return False
