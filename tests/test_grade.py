"""Grading reaches the end of a folder of broken and hostile notebooks, and each row is right."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest

from gmixlib.exercises._registry import of_chapter
from gmixlib.grade.__main__ import main
from gmixlib.grade._wire import unpacked
from tools.notebooks import EXERCISES, SOLUTIONS

CHAPTER = "log_sum_exp"
NAMES = list(of_chapter(CHAPTER))
ALL = dict.fromkeys(NAMES, 1)
NONE = dict.fromkeys(NAMES, 0)
CHECKS = [f"{exercise.word}-check" for exercise in of_chapter(CHAPTER).values()]

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
print("online")
"""
WEIRD = """
class Weird:
    def __array__(self, *_, **__):
        raise RuntimeError("no")
    def __repr__(self):
        raise RuntimeError("no")
edge = Weird()
"""


def stored(folder: Path) -> dict:
    """The chapter's notebook in a folder, as a dictionary."""
    return json.loads(next(folder.glob(f"*_{CHAPTER}.ipynb")).read_text(encoding="utf-8"))


UNTOUCHED = stored(EXERCISES)
SOLVED = {**stored(SOLUTIONS), "metadata": UNTOUCHED["metadata"]}


def solved() -> dict:
    """The chapter's exercises with all solutions."""
    return deepcopy(SOLVED)


def with_cell(source: str, at: int | None = None) -> dict:
    """The solved notebook with one more cell: the second, or where `at` says."""
    notebook = solved()
    cell = {"cell_type": "code", "id": "more", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"].insert(2 if at is None else at, {**cell, "source": source})
    return notebook


def with_answer(cell_id: str, source: str) -> dict:
    """The solved notebook with the source of one cell replaced."""
    notebook = solved()
    next(cell for cell in notebook["cells"] if cell["id"] == cell_id)["source"] = source
    return notebook


def without(*ids: str) -> dict:
    """The solved notebook without some cells."""
    notebook = solved()
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] not in ids]
    return notebook


def renamed() -> dict:
    """The solved notebook with a function under another name."""
    text = json.dumps(solved()).replace("log_mean_exp", "my_function")
    return json.loads(text)


def function(body: str) -> dict:
    """The solved notebook whose first answer has this body."""
    return with_answer("mean", f"def log_mean_exp(a):\n    {body}")


def reported(text: str) -> Callable[[dict, str], bool]:
    """Whether the student's report holds a text."""
    return lambda row, report: text in report


def noted(text: str) -> Callable[[dict, str], bool]:
    """Whether the notes of the row hold a text."""
    return lambda row, report: text in row["notes"]


# For each: what is handed in, the points it must get, and what must be said about it.
LESS_ONE = {**ALL, "log_sum_exp.mean": 0}
HANDED_IN: dict[str, tuple[dict | bytes, dict, Callable[[dict, str], bool]]] = {
    "solved": (solved(), ALL, lambda row, report: row["chapter"] == CHAPTER),
    "untouched": (UNTOUCHED, NONE, reported("not attempted")),
    "broken json": (b'{"cells": [', {}, noted("its JSON is broken")),
    "log_sum_exp empty": (b"", {}, noted("its JSON is broken")),
    "nested": (b"[" * 100_000, {}, noted("its JSON is broken")),
    "a list": (b"[1, 2]", {}, noted("no list of cells")),
    "not text": (b"\xff\xfe\x00\x80", {}, noted("its JSON is broken")),
    "cells are numbers": (json.dumps({"cells": [1, 2]}).encode(), {}, noted("no list of cells")),
    "another course": (json.dumps({"cells": []}).encode(), {}, noted("no exercise of this course")),
    "huge": (b" " * 20_000_001, {}, noted("20 MB")),
    "crashes": (with_cell("1 / 0"), ALL, noted("cell 2: ZeroDivisionError: division by zero")),
    "syntax": (with_cell("def ("), ALL, noted("cell 2: SyntaxError")),
    "hangs": (with_cell("while True: pass"), ALL, noted("cell 2: took longer than 2 seconds")),
    "hangs for good": (with_cell(MUTED), ALL, noted("cell 2 did not end and was stopped")),
    "sleeps": (with_cell("import time\ntime.sleep(1000)"), ALL, noted("cell 2: took longer")),
    "hoards": (
        with_cell(FULL),
        ALL,
        lambda row, report: "Memory" in row["notes"] or "longer" in row["notes"],
    ),
    "hoards crumbs": (with_cell(CRUMBS), ALL, noted("cell 2")),
    "exits": (with_cell("import sys\nsys.exit(3)"), ALL, lambda row, report: True),
    "ends the process": (with_cell("import os\nos._exit(1)"), ALL, noted("cell 2 ended the process")),
    "segfaults": (with_cell("import ctypes\nctypes.string_at(0)"), ALL, noted("cell 2 ended the process")),
    "kills itself": (
        with_cell("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"),
        ALL,
        noted("cell 2 ended the process"),
    ),
    "leaves a child": (
        with_cell("import subprocess\nsubprocess.Popen(['sleep', '900'])"),
        ALL,
        lambda *_: True,
    ),
    "closes everything": (with_cell("import os\nos.closerange(3, 200)"), ALL, noted("cell 2")),
    "writes junk": (with_cell(JUNK), ALL, lambda row, report: True),
    "deletes a cell": (without("mean"), LESS_ONE, reported("`log_mean_exp` is not in the notebook")),
    "deletes the checks": (without(*CHECKS), ALL, lambda *_: True),
    f"03_{CHAPTER} (1)": (
        {**without(*CHECKS), "metadata": {}},
        ALL,
        lambda row, report: row["chapter"] == CHAPTER,
    ),
    "renames": (renamed(), LESS_ONE, reported("`log_mean_exp` is not in the notebook")),
    "prints": (with_cell("print('x' * 2_000_000)"), ALL, lambda row, report: len(report) < 5_000),
    "ships a library": (with_cell(ANOTHER_LIBRARY), ALL, lambda row, report: row["notes"] == ""),
    "forges checks": (
        {**with_cell(FORGED), "cells": [c for c in with_cell(FORGED)["cells"] if c["id"] != "mean"]},
        LESS_ONE,
        lambda row, report: True,
    ),
    "answers raise": (function("raise SystemExit"), LESS_ONE, reported("SystemExit")),
    "answers hang": (function("import time; time.sleep(1000)"), LESS_ONE, reported("took longer than")),
    "answers end the process": (
        function("import os; os._exit(0)"),
        LESS_ONE,
        reported("process of the notebook ended"),
    ),
    "answers recurse": (function("return log_mean_exp(a)"), LESS_ONE, reported("calls itself without end")),
    "answers mutate": (function("a -= 1; return 0.0"), LESS_ONE, reported("changes the arrays")),
    "answers are weird": (
        with_cell(WEIRD, -1),
        {**ALL, "log_sum_exp.float32": 0},
        reported("log_sum_exp.float32"),
    ),
    "answers are huge": (
        function("return np.zeros(10**8)"),
        LESS_ONE,
        lambda row, report: "elements" in report or "MemoryError" in report,
    ),
    "no source": (without("title") | {"cells": [{"cell_type": "code"}]}, {}, noted("no list of cells")),
    "phones": (
        with_cell(NETWORK),
        ALL,
        lambda row, report: "cell 2: OSError" in row["notes"] or "without a network" in row["notes"],
    ),
    "asks": (with_cell("input('name? ')"), ALL, noted("cell 2")),
    'a name, "quoted"': (solved(), ALL, lambda row, report: True),
    "folder/inside": (solved(), ALL, lambda row, report: True),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> tuple[dict[str, dict], Path]:
    """The rows of one run over all of them, by student, and the folder of the reports."""
    folder = tmp_path_factory.mktemp("grading")
    submissions = folder / "submissions"
    for name, (content, _, _) in HANDED_IN.items():
        path = submissions / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    (submissions / "a folder.ipynb").mkdir()
    (submissions / "gmixlib").mkdir()
    (submissions / "gmixlib" / "__init__.py").write_text("raise SystemExit", encoding="utf-8")
    table = folder / "scores.csv"
    assert main([str(submissions), "--csv", str(table), "--cell-seconds", "2", "--memory", "1"]) == 0
    with table.open(newline="", encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    return rows, folder / "scores-reports"


@pytest.mark.parametrize("name", HANDED_IN)
def test_each_gets_its_row(name, graded):
    rows, reports = graded
    _, points, said = HANDED_IN[name]
    row, report = rows[name], (reports / f"{name}.md").read_text(encoding="utf-8")
    found = {exercise: int(row[exercise]) for exercise in NAMES if row[exercise]}
    assert found == points, report
    assert int(row["points"]) == sum(points.values())
    assert said(row, report), (row["notes"], report)


def test_every_file_has_one_row_and_no_more(graded):
    rows, _ = graded
    assert set(rows) == {*HANDED_IN, "a folder"}
    assert "cannot be read" in rows["a folder"]["notes"]
    assert len(HANDED_IN) >= 20


def test_an_interrupted_run_resumes(tmp_path):
    """Ctrl-C in the middle loses nothing that was graded, and the second run does the rest only."""
    submissions, table = tmp_path / "submissions", tmp_path / "scores.csv"
    submissions.mkdir()
    for number in range(6):
        (submissions / f"{number}.ipynb").write_text(json.dumps(solved()), encoding="utf-8")
    command = [sys.executable, "-m", "gmixlib.grade", str(submissions), "--csv", str(table), "--jobs", "1"]
    # Where the tests run in a shell's background, they ignore Ctrl-C, and so would what they start.
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)
    first = subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8")
    signal.signal(signal.SIGINT, ours)
    reports = tmp_path / "scores-reports"
    deadline = time.monotonic() + 60
    while len(list(reports.glob("*.json"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    first.send_signal(signal.SIGINT)
    said = first.communicate(timeout=60)[1]
    assert first.returncode == 130, said
    assert "Start again to go on" in said
    assert not table.exists()
    kept = {path: path.stat().st_mtime_ns for path in reports.glob("*.json")}
    assert 2 <= len(kept) < 6
    second = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=120)
    assert f"6 notebooks, {len(kept)} of them graded before" in second.stderr
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    with table.open(newline="", encoding="utf-8") as file:
        assert [row["points"] for row in csv.DictReader(file)] == ["6"] * 6


def test_a_notebook_that_changed_is_graded_again(tmp_path):
    submissions, table = tmp_path / "submissions", tmp_path / "scores.csv"
    submissions.mkdir()
    path = submissions / "ann.ipynb"
    for content, points in ((without("mean"), "5"), (solved(), "6")):
        path.write_text(json.dumps(content), encoding="utf-8")
        assert main([str(submissions), "--csv", str(table)]) == 0
        with table.open(newline="", encoding="utf-8") as file:
            assert next(csv.DictReader(file))["points"] == points


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere is not a folder"),
        ([".", "--chapter", "77"], "--chapter is 77; it must be one of advi"),
        ([".", "--jobs", "0"], "--jobs is 0; it must be positive"),
        ([".", "--data", "nowhere"], "nowhere is not a folder"),
    ],
)
def test_bad_arguments_are_named(arguments, said, capsys):
    with pytest.raises(SystemExit):
        main([*arguments, "--csv", os.devnull])
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"junk",
        b"[]",
        b'{"kind": "value"}',
        b'{"kind": "other", "value": null, "text": ""}',
        b'{"kind": "value", "value": {"dtype": "O", "shape": [1], "data": ""}, "text": ""}',
        b'{"kind": "value", "value": {"dtype": "<f8", "shape": [3], "data": ""}, "text": ""}',
        b'{"kind": "value", "value": 3, "text": ""}',
        b'{"kind": "value", "value": ' + b'{"parts": [' * 5_000,
    ],
)
def test_what_is_no_outcome_is_refused(message):
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        unpacked(message)
