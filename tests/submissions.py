"""What students hand in, and browsers, systems and jokers make of it: each kind with the row that it must get."""

import json
import os
import socket
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from gmixlib.exercises._registry import of_chapter
from tools.notebooks import EXERCISES, SOLUTIONS

CHAPTER = "log_sum_exp"
NAMES = list(of_chapter(CHAPTER))
ALL = dict.fromkeys(NAMES, 1)
NONE = dict.fromkeys(NAMES, 0)
LESS_ONE = {**ALL, "log_sum_exp.mean": 0}
UNREAD: dict[str, int] = {}  # the chapter is not known, and so none of its exercises


@dataclass(frozen=True)
class Case:
    """What is handed in, and the row that it must get.

    Attributes
    ----------
    content
        A notebook, the bytes of a file, or what makes something else at a path.
    points
        Of each exercise.
    notes
        A regular expression of all that the notes must say.
    report
        What the student's report must contain.
    ending
        Of the file.
    slow
        Left out of the default run.
    """

    content: dict | bytes | Callable[[Path], object]
    points: dict[str, int]
    notes: str = ""
    report: str = ""
    ending: str = ".ipynb"
    slow: bool = False

    def put(self, folder: Path, name: str) -> None:
        """Hand it in under a name."""
        path = folder / f"{name}{self.ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(self.content):
            self.content(path)
        else:
            path.write_bytes(self.content if isinstance(self.content, bytes) else encoded(self.content))


def encoded(notebook: dict, encoding: str = "ascii") -> bytes:
    """A notebook as the bytes of a file."""
    return json.dumps(notebook, ensure_ascii=encoding == "ascii").encode(encoding)


def _stored(folder: Path) -> dict:
    """The chapter's notebook in a folder, as a dictionary."""
    return json.loads(next(folder.glob(f"*_{CHAPTER}.ipynb")).read_text(encoding="utf-8"))


UNTOUCHED = _stored(EXERCISES)
SOLVED = {**_stored(SOLUTIONS), "metadata": UNTOUCHED["metadata"]}
CHECKS = {f"{exercise.word}-check" for exercise in of_chapter(CHAPTER).values()}


def solved(**fields: object) -> dict:
    """The chapter's exercises with all solutions, and with other fields of the notebook where they are given."""
    return {**deepcopy(SOLVED), **fields}


def code(source: object, **fields: object) -> dict:
    """A code cell."""
    cell = {"cell_type": "code", "id": "more", "metadata": {}, "outputs": [], "execution_count": None}
    return {**cell, "source": source, **fields}


def with_cells(*cells: object, at: int = 2) -> dict:
    """The solved notebook with more cells: the second and those after it, or where `at` says."""
    notebook = solved()
    notebook["cells"][at:at] = [cell if isinstance(cell, dict) else code(cell) for cell in cells]
    return notebook


def with_answer(cell_id: str, source: str) -> dict:
    """The solved notebook with the source of one cell replaced."""
    notebook = solved()
    next(cell for cell in notebook["cells"] if cell["id"] == cell_id)["source"] = source
    return notebook


def function(body: str) -> dict:
    """The solved notebook whose first answer has this body."""
    return with_answer("mean", f"def log_mean_exp(a):\n    {body}")


def without(*ids: str) -> dict:
    """The solved notebook without some cells."""
    return solved(cells=[cell for cell in solved()["cells"] if cell["id"] not in ids])


def each_cell(change: Callable[[dict], dict]) -> dict:
    """The solved notebook with each code cell changed."""
    return solved(cells=[change(cell) if cell["cell_type"] == "code" else cell for cell in solved()["cells"]])


def format_3() -> dict:
    """The solved notebook as Jupyter's ancestor wrote it, until 2015."""
    cells = [
        {"cell_type": "code", "language": "python", "metadata": {}, "outputs": [], "input": cell["source"]}
        for cell in solved()["cells"]
        if cell["cell_type"] == "code"
    ]
    return {"metadata": {"name": ""}, "nbformat": 3, "worksheets": [{"cells": cells, "metadata": {}}]}


def link(target: str) -> Callable[[Path], object]:
    """A symbolic link."""
    return lambda path: path.symlink_to(target)


def unix_socket(path: Path) -> None:
    """A socket, whose full path may be too long."""
    here = os.getcwd()
    os.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)
    os.chdir(here)


MUTED = """
import signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
time.sleep(1000)
"""
ANOTHER_LIBRARY = """
import sys, pathlib, importlib
pathlib.Path("gmixlib").mkdir()
pathlib.Path("gmixlib/__init__.py").write_text("def logsumexp(a): return 0.0")
sys.path.insert(0, ".")
for name in [name for name in sys.modules if name.startswith("gmixlib")]:
    del sys.modules[name]
import gmixlib
"""
FORGED = """
import gmixlib.exercises._exercise as theirs
theirs.Exercise.judge = lambda *_: theirs.Verdict(theirs.Status.CORRECT, "")
theirs._agree = lambda *_, **__: True
def check(*_):
    return "correct"
"""
JUNK = """
import os
for descriptor in range(3, 200):
    try:
        os.write(descriptor, b"\\x00\\x00\\x00\\x04junk")
    except OSError:
        pass
"""
SPEAKS = """
import gc
for one in gc.get_objects():
    if type(one).__name__ == "Connection":
        one.send_bytes(b"junk")
"""
FULL = "hoard = []\nwhile True:\n    hoard.append(bytearray(10**8))"
# Whether memory or time runs out first, the machine decides; the answers need some of both.
CRUMBS = """
crumbs = []
try:
    while True:
        crumbs.append([0.0] * 1000)
finally:
    crumbs.clear()
"""
NETWORK = """
import socket
probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
probe.connect(("192.0.2.1", 9))  # needs a route to the outside, and sends nothing
"""
WEIRD = """
class Weird:
    def __array__(self, *_, **__):
        raise RuntimeError("no")
    def __repr__(self):
        raise RuntimeError("no")
edge = Weird()
"""
RAISES_TWICE = """
class Twice(Exception):
    def __str__(self):
        raise SystemExit
raise Twice
"""
FORKS = """
import os
if os.fork() == 0:
    log_mean_exp = None  # and goes on with the notebook
"""
THREAD = """
import threading
def spin():
    while True:
        pass
threading.Thread(target=spin, daemon=True).start()
"""
WRITES = """
import os, subprocess, sys
print("LEAK")
for file in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
    file.write("LEAK")
    file.flush()
for descriptor in (1, 2):
    os.write(descriptor, b"LEAK")
os.system("echo LEAK; echo LEAK >&2")
subprocess.run(["echo", "LEAK"])
"""
DEEP = """
import sys
sys.setrecursionlimit(10**9)
def f():
    return sorted([1], key=lambda _: f())
f()
"""
AT_HOME = """
import pathlib
(pathlib.Path.home() / "notes").write_text("text")
assert pathlib.Path.home() == pathlib.Path.cwd().parent
"""
BROKEN = "the file is no notebook: its JSON is broken"
NO_TEXT = "the file is no notebook: its text is not UTF-8"
NO_CELLS = "the file is no notebook: it has no list of cells"
NO_EXERCISE = "it holds no exercise of this course"
LATE = "cell 2: took longer than 2 seconds and was stopped"
ENDED = "cell 2 ended the process"
FULL_OR_LATE = f"cell 2: MemoryError|{LATE}"
NO_ANSWER = "cell {}: NameError: name 'log_mean_exp' is not defined"
# Each of them is a cell, and runs without an error in the kernel of a Jupyter notebook.
ORDINARY = [
    "import matplotlib.pyplot as plt\nassert 'inline' in plt.get_backend()",
    "%config InlineBackend.figure_format = 'retina'\n%matplotlib inline",
    "%matplotlib notebook",
    "%pylab inline --no-import-all",
    "plt.plot([1, 2])\nplt.show()",
    "%pip --version",
    "!ls\nlisted = !ls\nassert list(listed) is not None",
    "%%time\nx = 3",
    "%time x += 1\n%timeit -n1 -r1 x\nassert x == 4",
    "%%bash\nls",
    "%%writefile helper.py\ny = 5",
    "import helper\n%run helper.py\nassert y == helper.y == 5",
    "%load_ext autoreload\n%autoreload 2",
    "%%capture said\nprint('text')",
    "assert said.stdout == 'text\\n'",
    "%autosave 60\n%store x\n%who\n%cd ..\n%cd -\n%env NAME=1",
    "%%html\n<b>text</b>",
    "%%javascript\nalert(1)",
    "sum?",
    "get_ipython().run_line_magic('pwd', '')\nassert get_ipython().kernel is not None",
    "handle = display('text', display_id=True)\nhandle.update('other')",
    "from IPython.display import HTML, clear_output\ndisplay(HTML('<b>'))\nclear_output()",
    "import asyncio\nawait asyncio.sleep(0)",
    "async def later():\n    await asyncio.sleep(0)\n    return 7\ntask = asyncio.create_task(later())",
    "assert await task == 7",
    "40 + 2",
    "assert _ == 42 and 42 in Out.values() and In[-2] == '40 + 2' == _i",
    "import multiprocessing\nchild = multiprocessing.get_context('fork').Process(target=len, args=('',))",
    "child.start()\nchild.join()\nassert child.exitcode == 0",
    "from comm import create_comm\ncomm = create_comm(target_name='widget')\ncomm.send({})\ncomm.close()",
    "import ipywidgets\ndisplay(ipywidgets.IntSlider())\nipywidgets.interact(lambda x: x, x=3)",
    "import faulthandler, os, pathlib\nfaulthandler.enable()\nos.chdir('/')\nos.chdir(pathlib.Path.home())",
    "import inspect\ndef double(x): return 2 * x\nassert '2 * x' in inspect.getsource(double)",
    "import pickle\nclass Point: pass",
    "assert isinstance(pickle.loads(pickle.dumps(Point())), Point)",
]

# First those that are told by their files, then those that run.
CASES: dict[str, Case] = {
    "broken json": Case(b'{"cells": [', UNREAD, BROKEN),
    "log_sum_exp empty": Case(b"", UNREAD, "the file is empty"),
    "blank": Case(b" \n", UNREAD, "the file is empty"),
    "nested": Case(b"[" * 100_000, UNREAD, BROKEN),
    "nested cells": Case(b'{"cells":' * 100_000, UNREAD, BROKEN, slow=True),
    "cut": Case(encoded(solved())[:-9], UNREAD, BROKEN),
    "long number": Case(b'{"cells": 1' + b"0" * 9_999 + b"}", UNREAD, BROKEN),
    "a list": Case(b"[1, 2]", UNREAD, NO_CELLS),
    "a text": Case(b'"cells"', UNREAD, NO_CELLS),
    "nothing": Case(b"null", UNREAD, NO_CELLS),
    "no cells": Case(b"{}", UNREAD, NO_CELLS),
    "cells are numbers": Case(b'{"cells": [1, 2]}', UNREAD, NO_CELLS),
    "cells are a number": Case(b'{"cells": 7}', UNREAD, NO_CELLS),
    "cells are named": Case(b'{"cells": {"a": {}}}', UNREAD, NO_CELLS),
    "worksheets are texts": Case(b'{"worksheets": ["a"]}', UNREAD, NO_CELLS),
    "cut UTF-16": Case(b"\xff\xfe\x00\x80\x00", UNREAD, NO_TEXT),
    "latin": Case('{"cells": ["ñ"]}'.encode("latin-1"), UNREAD, NO_TEXT),
    "a picture": Case(b"\x89PNG\r\n\x1a\n" + bytes(range(256)), UNREAD, NO_TEXT),
    "an archive": Case(b"PK\x03\x04" + bytes(30), UNREAD, "the file is an archive, which .* unpacked first"),
    "a page": Case(b"<!DOCTYPE html><title>Log in</title>", UNREAD, BROKEN),
    "another course": Case(b'{"cells": []}', UNREAD, NO_EXERCISE),
    "no source": Case(b'{"cells": [{"cell_type": "code"}]}', UNREAD, NO_EXERCISE),
    "odd chapter": Case(b'{"cells": [], "metadata": {"gmixlib": {"exercises": ["a"]}}}', UNREAD, NO_EXERCISE),
    "huge": Case(b" " * 20_000_000 + b"{}", UNREAD, "the file has more than 20 MB, .*"),
    "a folder": Case(Path.mkdir, UNREAD, "the file cannot be read: Is a directory"),
    "a pipe": Case(os.mkfifo, UNREAD, "the file cannot be read: it is a device, a pipe or a socket"),
    "a socket": Case(unix_socket, UNREAD, "the file cannot be read: No such device or address"),
    "a device": Case(
        link("/dev/zero"), UNREAD, "the file cannot be read: it is a device, a pipe or a socket"
    ),
    "link to nothing": Case(link("nothing"), UNREAD, "the file cannot be read: No such file or directory"),
    "link to itself": Case(
        link("link to itself.ipynb"), UNREAD, "the file cannot be read: Too many levels of symbolic links"
    ),
    "link to another": Case(link("broken json.ipynb"), UNREAD, BROKEN),
    "link out": Case(link("/etc/passwd"), UNREAD, BROKEN),
    "solved": Case(solved(), ALL),
    "untouched": Case(UNTOUCHED, NONE, report="not attempted"),
    "byte order mark": Case(encoded(solved(), "utf-8-sig"), ALL, slow=True),
    "UTF-16": Case(encoded(solved(), "utf-16"), ALL, slow=True),
    "UTF-32": Case(encoded(solved(), "utf-32"), ALL, slow=True),
    "format 3": Case(format_3(), ALL),
    "format 5": Case(solved(nbformat=5, nbformat_minor="x"), ALL, slow=True),
    "lines": Case(
        each_cell(lambda cell: {**cell, "source": "".join(cell["source"]).splitlines(True)}), ALL, slow=True
    ),
    "bare cells": Case(
        each_cell(lambda cell: {"cell_type": "code", "source": cell["source"]}), ALL, slow=True
    ),
    "same ids": Case(each_cell(lambda cell: {**cell, "id": "a"}), ALL, slow=True),
    "odd fields": Case(
        each_cell(lambda cell: {**cell, "id": 7, "outputs": None, "metadata": [], "execution_count": "x"}),
        ALL,
        slow=True,
    ),
    "odd cells": Case(
        with_cells(*({"cell_type": kind, "source": source} for kind in (7, "x") for source in (None, {}))),
        ALL,
        slow=True,
    ),
    "odd sources": Case(with_cells(*(code(source) for source in (None, 7, {}, [7, None]))), ALL, slow=True),
    "cells without source": Case(with_cells({"cell_type": "code"}), ALL, slow=True),
    "odd metadata": Case(solved(metadata=[1]), ALL, slow=True),
    "no numbers": Case(solved(metadata={"a": float("nan"), "b": float("inf")}), ALL, slow=True),
    "same keys": Case(b'{"cells": 7, ' + encoded(solved())[1:], ALL, slow=True),
    "many cells": Case(with_cells(*["pass"] * 1_000), ALL, slow=True),
    "lone surrogates": Case(
        with_cells(
            code("'\\ud800'", outputs=["\ud800"]),
            code("print('\\ud800')"),
            {"cell_type": "\ud800", "a": "\ud800"},
        ),
        ALL,
    ),
    "surrogate in a source": Case(
        with_cells("'\ud800'"), ALL, "cell 2: UnicodeEncodeError: .*surrogates.*", slow=True
    ),
    "surrogate in an error": Case(
        with_cells("raise ValueError('\\ud800')"), ALL, r"cell 2: ValueError: \\ud800", slow=True
    ),
    "surrogate in an answer": Case(
        function("raise ValueError('\\ud800')"), LESS_ONE, report="ValueError: \\ud800"
    ),
    "null character": Case(with_cells("x = 1\0"), ALL, "cell 2: SyntaxError: .*null.*", slow=True),
    "Mu\udcf1oz": Case(b"null", UNREAD, NO_CELLS),
    "line\nbreak \x1b[31m": Case(b"null", UNREAD, NO_CELLS),
    "[/red] [bold]": Case(b"null", UNREAD, NO_CELLS),
    "x" * 247: Case(b"null", UNREAD, NO_CELLS),
    "ж" * 123: Case(b"null", UNREAD, NO_CELLS),
    "=1+1": Case(b"null", UNREAD, NO_CELLS),
    'a name, "quoted"': Case(solved(), ALL, slow=True),
    "Zoë Ångström": Case(b"null", UNREAD, NO_CELLS),
    "folder/inside": Case(solved(), ALL, slow=True),
    "folder/solved": Case(b"null", UNREAD, NO_CELLS),
    "SOLVED": Case(b"null", UNREAD, NO_CELLS),
    "windows": Case(b"null", UNREAD, NO_CELLS, ending=".IPYNB"),
    "safari": Case(b"null", UNREAD, NO_CELLS, ending=".ipynb.json"),
    "notepad": Case(b"null", UNREAD, NO_CELLS, ending=".ipynb.txt"),
    "download": Case(b"null", UNREAD, NO_CELLS, ending=".ipynb.download"),
    f"03_{CHAPTER} (1)": Case({**without(*CHECKS), "metadata": {}}, ALL),
    "an ordinary notebook": Case(with_cells(*ORDINARY), ALL),
    "crashes": Case(with_cells("1 / 0"), ALL, "cell 2: ZeroDivisionError: division by zero"),
    "crashes often": Case(
        with_cells(*["1 / 0"] * 100),
        ALL,
        "(cell [0-9]+: ZeroDivisionError: division by zero; ){20}and 80 .*",
        slow=True,
    ),
    "syntax": Case(with_cells("def ("), ALL, "cell 2: SyntaxError: .*"),
    "no such magic": Case(with_cells("%nothing"), ALL, "cell 2: UsageError: .*%nothing.*", slow=True),
    "recurses": Case(with_cells("def f(): f()\nf()"), ALL, "cell 2: RecursionError: .*", slow=True),
    "parentheses": Case(with_cells("(" * 9_999), ALL, "cell 2: SyntaxError: .*", slow=True),
    "long error": Case(
        with_cells("raise ValueError('x' * 10**6)"), ALL, "cell 2: ValueError: x{188}", slow=True
    ),
    "long name": Case(with_cells("raise type('A' * 10**6, (Exception,), {})"), ALL, "cell 2: A{200}"),
    "error in an error": Case(with_cells(RAISES_TWICE), ALL, "cell 2: SystemExit", slow=True),
    "hangs": Case(with_cells("while True: pass"), ALL, LATE),
    "hangs for good": Case(with_cells(MUTED), ALL, "cell 2 did not end and was stopped"),
    "sleeps": Case(with_cells("import time\ntime.sleep(1000)"), ALL, LATE),
    "awaits": Case(with_cells("import asyncio\nawait asyncio.sleep(1000)"), ALL, LATE, slow=True),
    "hoards": Case(with_cells(FULL), ALL, FULL_OR_LATE, slow=True),
    "hoards crumbs": Case(with_cells(CRUMBS), ALL, FULL_OR_LATE),
    "exits": Case(with_cells("import sys\nsys.exit(3)"), ALL, "cell 2: SystemExit: 3", slow=True),
    "quits": Case(with_cells("exit", "quit()"), ALL, slow=True),
    "ends the process": Case(with_cells("import os\nos._exit(1)"), ALL, ENDED),
    "segfaults": Case(with_cells("import ctypes\nctypes.string_at(0)"), ALL, ENDED, slow=True),
    "kills itself": Case(
        with_cells("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"),
        ALL,
        ENDED,
        slow=True,
    ),
    "kills its group": Case(with_cells("import os\nos.killpg(0, 9)"), ALL, ENDED, slow=True),
    "kills the server": Case(with_cells("import os\nos.kill(os.getppid(), 9)"), ALL),
    "interrupts": Case(
        with_cells("import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(1)"),
        ALL,
        "cell 2: KeyboardInterrupt",
    ),
    "forks": Case(with_cells(FORKS), ALL),
    "leaves a child": Case(
        with_cells("import subprocess\nsubprocess.Popen(['sleep', '900'])"), ALL, slow=True
    ),
    "leaves a thread": Case(with_cells(THREAD), ALL, slow=True),
    "closes everything": Case(with_cells("import os\nos.closerange(3, 200)"), ALL, ENDED),
    "closes the output": Case(with_cells("import sys\nsys.stdout.close()", "print('text')"), ALL, slow=True),
    "loses the output": Case(with_cells("import sys\nsys.stdout = sys.stderr = None", "print('text')"), ALL),
    "closes the descriptors": Case(
        with_cells("import os\nos.close(1)\nos.close(2)", "print('text', flush=True)"), ALL, slow=True
    ),
    "writes junk": Case(with_cells(JUNK), ALL, ENDED),
    "sends what is no outcome": Case(with_cells(SPEAKS), ALL, ENDED),
    "writes everywhere": Case(with_cells(WRITES), ALL),
    "prints": Case(with_cells("print('x' * 2_000_000)"), ALL, slow=True),
    "asks": Case(with_cells("input('name? ')"), ALL, "cell 2: StdinNotImplementedError: .*"),
    "asks for a password": Case(
        with_cells("import getpass\ngetpass.getpass()"),
        ALL,
        "cell 2: StdinNotImplementedError: .*",
        slow=True,
    ),
    "phones": Case(with_cells(NETWORK), ALL, "(cell 2: OSError: .*)?"),
    "recurses in C": Case(with_cells(DEEP), ALL, f"{ENDED}|cell 2: RecursionError: .*", slow=True),
    "wanders": Case(with_cells("import os\nos.chdir('/')"), ALL, slow=True),
    "removes its folder": Case(
        with_cells("import os, shutil\nshutil.rmtree(os.getcwd())", "2"), ALL, slow=True
    ),
    "ships a library": Case(with_cells(ANOTHER_LIBRARY), ALL),
    "deletes a cell": Case(
        without("mean"), LESS_ONE, NO_ANSWER.format(2), report="`log_mean_exp` is not in the notebook"
    ),
    "deletes the checks": Case(without(*CHECKS), ALL, slow=True),
    "renames": Case(
        json.loads(json.dumps(solved()).replace("log_mean_exp", "my_function")),
        LESS_ONE,
        report="`log_mean_exp` is not in the notebook",
    ),
    "forges checks": Case(
        solved(cells=[cell for cell in with_cells(FORGED)["cells"] if cell["id"] != "mean"]),
        LESS_ONE,
        NO_ANSWER.format(3),
        report="`log_mean_exp` is not in the notebook",
    ),
    "answers raise": Case(function("raise SystemExit"), LESS_ONE, report="SystemExit"),
    "answers hang": Case(
        function("import time; time.sleep(1000)"), LESS_ONE, ".*", report="took longer than"
    ),
    "answers end the process": Case(
        function("import os; os._exit(0)"), LESS_ONE, ".*", report="process of the notebook ended"
    ),
    "answers recurse": Case(function("return log_mean_exp(a)"), LESS_ONE, report="calls itself without end"),
    "answers mutate": Case(function("a -= 1; return 0.0"), LESS_ONE, report="changes the arrays"),
    "answers are weird": Case(with_cells(WEIRD, at=99), {**ALL, "log_sum_exp.float32": 0}),
    "answers are huge": Case(function("return np.zeros(10**8)"), LESS_ONE, ".*", report="log_sum_exp.mean"),
}
LEFT_OUT = {
    "moodle.zip": "an archive, which must be unpacked first",
    "homework.pdf": "no notebook",
    ".ipynb": "hidden",
    "gmixlib/__init__.py": "no notebook",
}
