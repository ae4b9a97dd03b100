"""The process of one submission: it runs the cells, then calls what they defined as often as the grader asks.

Nothing that it says is trusted; the checks run in the grader.
"""

import asyncio
import builtins
import contextlib
import getpass
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

# Imported once, in the server that every submission's process is forked from.
import matplotlib as mpl
import matplotlib.pyplot
from ipykernel.inprocess.ipkernel import InProcessKernel
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.session import Session
from traitlets.config import Config

from gmixlib.exercises._limits import Late, limited
from gmixlib.exercises._outcome import Kind, Local, Outcome, described, plain
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
        then one for each request. Takes a request, the name of an answer and what the answer's method of the
        request's name takes, such as ``(Request.CALL, name, arguments, seconds)``.
    folder
        The working directory.
    """
    _confine(folder, link.fileno())
    if hasattr(os, "register_at_fork"):  # a copy of this process must not answer for it
        os.register_at_fork(after_in_child=link.close)
    offline = _without_network()
    shell = _shell()
    _limit_memory(limits.memory)
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
    handlers: dict[Request, Callable[..., Outcome]] = {
        Request.LOOK: answer.look,
        Request.CALL: answer.call,
        Request.STRICT: answer.strict,
        Request.LINES: answer.lines,
        Request.NAMES: answer.names,
    }
    try:
        return handlers[request](*rest)
    except KeyboardInterrupt:
        return Outcome(Kind.RAISED, text="KeyboardInterrupt")


def _run(shell: InteractiveShell, source: str, seconds: float) -> Outcome:
    """Run one cell; what it raises is in the outcome's text."""
    _silence()  # anew: the cell before may have closed or replaced the streams
    try:
        with limited(seconds):
            # In a running event loop, as in Jupyter, where a cell may await something or start a task.
            cell = shell.run_cell_async(
                source, store_history=True, transformed_cell=shell.transform_cell(source)
            )
            result = asyncio.get_event_loop().run_until_complete(cell)
            error = result.error_before_exec or result.error_in_exec
    except Late as late:  # unless IPython keeps it to itself, as what the cell has raised
        error = late
    except BaseException as other:  # noqa: BLE001 - whatever a cell lets through
        error = other
    finally:
        mpl.pyplot.close("all")
    if error is None:
        return Outcome(Kind.VALUE)
    if isinstance(error, Late):
        return Outcome(Kind.RAISED, text=f"took longer than {seconds:g} seconds and was stopped")
    return Outcome(Kind.RAISED, text=described(error))


class _Unheard(Session):
    """Sends no message, for nobody listens: what a notebook shows may be of any size, and not even text."""

    def send(self, *_: object, **__: object) -> None: ...


def _shell() -> InteractiveShell:
    """The shell of a Jupyter kernel, with its magics and messages, to which no one listens."""
    mpl.rcdefaults()  # whatever the matplotlibrc at home says
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Minimal"  # no traceback, which takes seconds for a deep one
    asyncio.set_event_loop(asyncio.new_event_loop())
    sys.path.insert(0, "")  # the notebook's folder
    kernel = InProcessKernel.instance(config=config, session=_Unheard())
    builtins.input, getpass.getpass = kernel.raw_input, kernel.getpass  # these say that nobody answers
    shell = InteractiveShell.instance()  # the kernel's
    shell.run_line_magic("load_ext", "storemagic")  # as every program with IPython does
    mpl.use("inline")
    return shell


def _confine(folder: str, link: int) -> None:
    """A process group and a home of its own, interrupts as in a kernel, and nothing open but the link."""
    # What a shell has put in the background ignores interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ["GMIXLIB_PROGRESS"] = str(Path(folder, "progress.json"))
    os.environ["HOME"] = os.environ["USERPROFILE"] = str(Path(folder).parent)
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        os.environ.pop(name, None)
    if hasattr(os, "setsid"):
        os.setsid()
    os.closerange(3, link)  # pipes of the server, which must not get junk
    os.closerange(link + 1, MOST_FILES)
    _silence()


def _silence() -> None:
    """Nothing to read, and nobody to hear what is written."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    if nothing > 2:
        os.close(nothing)
    stream = partial(os.fdopen, encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.stdin, sys.stdout, sys.stderr = stream(0, "r"), stream(1, "w"), stream(2, "w")


def _limit_memory(memory: int) -> None:
    """No more memory than allowed beyond that of the libraries, no large files and no core dumps."""
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
