"""Grading reaches the end of a folder of broken and hostile notebooks, and each row is right."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import numpy as np
import pandas as pd
import pytest
from jupyter_client.manager import start_new_kernel

from gmixlib.exercises import check
from gmixlib.exercises._exercise import Status
from gmixlib.exercises._feedback import MARKS
from gmixlib.exercises._outcome import Kind, Local, Outcome
from gmixlib.exercises._registry import chapters, of_chapter
from gmixlib.grade.__main__ import arguments, main, report_path
from gmixlib.grade._score import ungraded
from gmixlib.grade._submission import printable
from gmixlib.grade._wire import LONGEST_TEXT, packed, unpacked
from student_answers import answers
from submissions import (
    AT_HOME,
    CASES,
    CHAPTER,
    LEFT_OUT,
    NAMES,
    ORDINARY,
    UNREAD,
    WRITES,
    Case,
    function,
    solved,
    with_cells,
    without,
)

OFFLINE = re.compile(r"(; )?the system did not allow to run it without a network$")


def rows_of(table: Path) -> dict[str, dict[str, str]]:
    """The rows of a table of points, by student."""
    with table.open(newline="", encoding="utf-8") as file:
        return {row["student"].removeprefix("'"): row for row in csv.DictReader(file)}


def graded_in(folder: Path, handed_in: Mapping[str, Case]) -> dict[str, tuple[dict[str, str], str]]:
    """The row and the report of each student, after one run over all that was handed in."""
    submissions, table, reports = folder / "submissions", folder / "scores.csv", folder / "scores-reports"
    for name, case in handed_in.items():
        case.put(submissions, name)
    assert main([str(submissions), "--csv", str(table), "--cell-seconds", "2", "--memory", "1"]) == 0
    rows = rows_of(table)
    assert set(rows) == set(map(printable, handed_in))
    found = {
        name: (
            rows[printable(name)],
            report_path(reports, printable(name), ".md").read_text(encoding="utf-8"),
        )
        for name in handed_in
    }
    assert len(list(reports.rglob("*.md"))) == len(found)
    return found


def faults(case: Case, row: dict[str, str], report: str) -> list[str]:
    """What is wrong with a row and a report."""
    found = {exercise: int(row[exercise]) for exercise in NAMES if row.get(exercise)}
    notes = OFFLINE.sub("", row["notes"])
    checks = {
        f"points: {found}": found == case.points and int(row["points"]) == sum(case.points.values()),
        f"notes: {notes}": re.fullmatch(case.notes, notes),
        f"report: {report}": case.report in report and len(report) < 10_000,
    }
    return [what for what, holds in checks.items() if not holds]


FAST = {name: case for name, case in CASES.items() if not case.slow}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The row and the report of each of the cases that do not take long, graded in a shell's background.

    There a program ignores Ctrl-C, and so would what it starts; a notebook may still interrupt itself.
    """
    ours = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return graded_in(tmp_path_factory.mktemp("grading"), FAST)
    finally:
        signal.signal(signal.SIGINT, ours)


@pytest.mark.parametrize("name", FAST, ids=printable)
def test_each_gets_its_row(name, graded):
    assert faults(FAST[name], *graded[name]) == []


@pytest.mark.slow
def test_two_hundred_odd_submissions_in_one_run(tmp_path):
    handed_in = {f"{team}/{name}": case for team in "AB" for name, case in CASES.items()}
    assert len(handed_in) >= 200
    graded = graded_in(tmp_path, handed_in)
    wrong = {name: found for name, case in handed_in.items() if (found := faults(case, *graded[name]))}
    assert wrong == {}


@pytest.mark.slow
def test_what_an_ordinary_notebook_does_is_what_a_kernel_runs(tmp_path):
    """The case of that name asks of the grader's shell what it is: that of a kernel."""
    manager, client = start_new_kernel(cwd=tmp_path)
    try:
        for cell in ORDINARY:
            reply = client.execute_interactive(cell, output_hook=lambda message: None, timeout=60)["content"]
            assert reply["status"] == "ok", (cell, reply)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


# Makes each answer, or what it returns, one of 32 bits.
SMALL = """
import numpy as np
def small(value):
    array = np.asarray(value)
    return array.astype({"f": np.float32, "i": np.int32}.get(array.dtype.kind, array.dtype))
def smaller(one):
    return (lambda *arguments: small(one(*arguments))) if callable(one) else small(one)
globals().update({name: smaller(globals()[name]) for name in ANSWERS})
assert log_mean_exp(np.zeros(3)).dtype == np.float32
"""
ANSWERS = [exercise.variable for exercise in of_chapter(CHAPTER).values()]
IN_ALL_NUMBERS = {
    "ann": solved(),
    "bob": with_cells(f"ANSWERS = {ANSWERS}", SMALL, at=99),
    "eve": function("return np.log(np.mean(np.exp(a)))"),
}


@pytest.fixture(scope="module")
def in_all_numbers(tmp_path_factory):
    """The folders of two runs over the same notebooks: one at a time, and all at once."""
    folders = [tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("all")]
    for folder, jobs in zip(folders, "14", strict=True):
        for name, content in IN_ALL_NUMBERS.items():
            Case(content, {}).put(folder / "submissions", name)
        assert main([str(folder / "submissions"), "--csv", str(folder / "scores.csv"), "--jobs", jobs]) == 0
    return folders


def test_one_at_a_time_or_all_at_once(in_all_numbers):
    """Neither the table nor what a student reads depends on --jobs."""
    one, more = (
        {
            path.relative_to(folder): path.read_bytes()
            for path in (folder / "scores.csv", *folder.rglob("*.md"))
        }
        for folder in in_all_numbers
    )
    assert len(one) == 1 + len(IN_ALL_NUMBERS)
    assert one == more


def test_answers_in_single_precision_get_the_same_points(in_all_numbers):
    rows = rows_of(in_all_numbers[0] / "scores.csv")
    assert {name: row["points"] for name, row in rows.items()} == {"ann": "6", "bob": "6", "eve": "5"}
    assert {OFFLINE.sub("", row["notes"]) for row in rows.values()} == {""}


def small(value: object) -> object:
    """A result, or the parts of one that is no array, in 32 bits."""
    try:
        array = np.asarray(value)
    except ValueError:  # parts of unequal lengths
        return tuple(map(small, value)) if isinstance(value, list | tuple) else value
    bits = {"f": np.float32, "i": np.int32}.get(array.dtype.kind)
    return value if bits is None else array.astype(bits)


@dataclass(frozen=True)
class Sent:
    """An answer in 32 bits whose outcomes go through the wire, as all that the grader judges do."""

    answer: object

    def look(self, seconds):
        return unpacked(packed(Local(small(self.answer)).look(seconds)))

    def call(self, arguments, seconds):
        answer = self.answer
        called = (lambda *given: small(answer(*given))) if callable(answer) else answer
        return unpacked(packed(Local(called).call(arguments, seconds)))

    def strict(self, arguments, seconds):
        return unpacked(packed(Local(self.answer).strict(arguments, seconds)))

    def lines(self, arguments, seconds):
        return unpacked(packed(Local(self.answer).lines(arguments, seconds)))

    def names(self, seconds):
        return unpacked(packed(Local(self.answer).names(seconds)))


@pytest.mark.parametrize("chapter", chapters())
def test_right_answers_in_32_bits_are_right(chapter):
    """All but those that draw at random, which take long: there a result has an error that is much larger."""
    wrong = {
        (name, how): verdict.message
        for name, exercise in of_chapter(chapter).items()
        if getattr(exercise, "measure", None) is None
        for how, answer in answers()[name].right.items()
        if (verdict := exercise.judge(Sent(answer))).status is not Status.CORRECT
    }
    assert wrong == {}


@pytest.mark.parametrize("name", IN_ALL_NUMBERS)
def test_a_report_says_word_for_word_what_check_says(name, in_all_numbers, monkeypatch, tmp_path):
    monkeypatch.setenv("GMIXLIB_PROGRESS", str(tmp_path / "progress.json"))
    names: dict = {}
    for cell in IN_ALL_NUMBERS[name]["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # noqa: S102 - a notebook of this course
    found = (in_all_numbers[0] / "scores-reports" / f"{name}.md").read_text(encoding="utf-8")
    for exercise_name, exercise in of_chapter(CHAPTER).items():
        verdict = check(exercise_name, names[exercise.variable]).verdict
        points = exercise.points if verdict.status is Status.CORRECT else 0
        said = f"{MARKS[verdict.status]} {verdict.status}, {points} of {exercise.points}. {verdict.message}"
        assert f"\n\n## {exercise_name} {exercise.title}\n\n{said.rstrip()}\n" in found


def test_an_interrupted_run_resumes(tmp_path):
    """Ctrl-C in the middle loses nothing that was graded, and the second run does the rest only.

    Here the grader is a program with an output of its own, in which nothing must appear that a notebook writes. Its
    user has no home; each notebook has one.
    """
    submissions, table = tmp_path / "submissions", tmp_path / "scores.csv"
    for number in range(6):
        Case(with_cells(WRITES, AT_HOME), {}).put(submissions, str(number))
    (tmp_path / "a file").touch()
    # Without the fonts that matplotlib has found before, it would look for them.
    environment = {"HOME": str(tmp_path / "a file" / "home"), "MPLCONFIGDIR": matplotlib.get_cachedir()}
    command = [sys.executable, "-m", "gmixlib.grade", str(submissions), "--csv", str(table), "--jobs", "1"]
    # Where the tests run in a shell's background, they ignore Ctrl-C, and so would what they start.
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)
    how = {"encoding": "utf-8", "env": {**os.environ, **environment}}
    first = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)
    signal.signal(signal.SIGINT, ours)
    reports = tmp_path / "scores-reports"
    deadline = time.monotonic() + 60
    while len(list(reports.glob("*.json"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    first.send_signal(signal.SIGINT)
    written, said = first.communicate(timeout=60)
    assert first.returncode == 130, said
    assert "Start again to go on" in said
    assert not table.exists()
    kept = {path: path.stat().st_mtime_ns for path in reports.glob("*.json")}
    assert 2 <= len(kept) < 6
    second = subprocess.run(command, capture_output=True, check=True, timeout=120, **how)
    assert f"6 notebooks, {len(kept)} of them graded before" in second.stderr
    assert "LEAK" not in written + said + second.stdout + second.stderr
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    rows = rows_of(table).values()
    assert [(row["points"], OFFLINE.sub("", row["notes"])) for row in rows] == [("6", "")] * 6


def graded_again(folder: Path, **files: dict | bytes) -> dict[str, dict[str, str]]:
    """The rows of a run over a folder, after some notebooks were written to it."""
    (folder / "submissions").mkdir(exist_ok=True)
    for name, content in files.items():
        Case(content, {}).put(folder / "submissions", name)
    assert main([str(folder / "submissions"), "--csv", str(folder / "scores.csv")]) == 0
    return rows_of(folder / "scores.csv")


def test_a_notebook_that_changed_is_graded_again(tmp_path):
    for content, points in ((without("mean"), "5"), (solved(), "6")):
        assert graded_again(tmp_path, ann=content)["ann"]["points"] == points


def test_files_that_differ_by_their_ending_are_told_apart(tmp_path):
    names = ["ann.ipynb", "ann.IPYNB", "bob.ipynb", "eve.ipynb", "eve.ipynb.ipynb", "eve.ipynb.txt"]
    for name in names:
        Case(b"null", UNREAD, ending="").put(tmp_path / "submissions", name)
    assert set(graded_again(tmp_path)) == {name.replace("bob.ipynb", "bob") for name in names}


def test_what_is_left_out_is_named(tmp_path, capsys, monkeypatch):
    for name in LEFT_OUT:
        Case(b"", UNREAD, ending="").put(tmp_path / "submissions", name)
    (tmp_path / "submissions" / "linked").symlink_to(tmp_path)
    (tmp_path / "submissions" / "locked").mkdir()
    scandir = os.scandir

    def scan_unless_locked(place):
        if Path(place).name == "locked":  # mode 0 would not stop root
            raise PermissionError(13, "Permission denied", place)
        return scandir(place)

    monkeypatch.setattr(os, "scandir", scan_unless_locked)
    (tmp_path / "submissions" / ".ipynb_checkpoints").mkdir()
    assert graded_again(tmp_path, ann=b"null").keys() == {"ann"}
    said = capsys.readouterr().err
    named = re.findall(r"^Left out \((.*)\): (.*)$", said, re.MULTILINE)
    found = {name: reason for reason, names in named for name in names.split(", ")}
    expected = {"linked": "a link to a folder", "locked": "cannot be read: Permission denied"}
    assert found == {**LEFT_OUT, **expected}


def test_the_graders_own_files_are_no_submissions(tmp_path, capsys):
    """The table and the reports may lie among the submissions."""
    Case(b"null", UNREAD).put(tmp_path, "ann.ipynb")  # its report is ann.ipynb.json
    for _ in range(2):
        assert main([str(tmp_path), "--csv", str(tmp_path / "scores.csv")]) == 0
        assert rows_of(tmp_path / "scores.csv").keys() == {"ann.ipynb"}
        assert "Left out" not in capsys.readouterr().err


def test_the_table_opens_in_a_spreadsheet(tmp_path):
    names = ["Zoë Ångström", "=1+1", "-ann", "@bob", "+eve"]
    graded_again(tmp_path, **dict.fromkeys(names, b"null"))
    table = tmp_path / "scores.csv"
    assert table.read_bytes().startswith(
        b"\xef\xbb\xbf"
    )  # without which it reads UTF-8 as the system's old code
    expected = sorted([names[0], *(f"'{name}" for name in names[1:])])
    assert sorted(pd.read_csv(table)["student"]) == expected
    assert rows_of(table).keys() == set(names)


def test_a_name_is_no_markup(tmp_path, capsys):
    assert graded_again(tmp_path, **{"[/red]": b"null"}).keys() == {"[/red]"}
    assert "[/red]: 0 of 0" in capsys.readouterr().err  # in the line of the progress


def test_a_table_that_cannot_be_written_loses_nothing(tmp_path, capsys, monkeypatch):
    graded_again(tmp_path, ann=b"null")
    before = (tmp_path / "scores.csv").read_bytes()
    monkeypatch.setattr(os, "replace", replaced_unless("scores.csv"))
    Case(b"null", UNREAD).put(tmp_path / "submissions", "bob")
    assert main([str(tmp_path / "submissions"), "--csv", str(tmp_path / "scores.csv")]) == 1
    assert "scores.csv could not be written: it is open elsewhere" in capsys.readouterr().err
    assert (tmp_path / "scores.csv").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"submissions", "scores.csv", "scores-reports"}
    monkeypatch.undo()
    monkeypatch.setattr(os, "replace", replaced_unless("bob.md"))
    (tmp_path / "scores-reports" / "bob.json").unlink()
    assert "the report could not be written" in graded_again(tmp_path)["bob"]["notes"]


def replaced_unless(name: str):
    """The function os.replace, which fails for one file as it does on Windows where that is open in Excel."""
    replace = os.replace

    def replaced(source: Path, target: Path) -> None:
        if target.name == name:
            raise PermissionError(13, "it is open elsewhere")
        replace(source, target)

    return replaced


def test_an_error_of_the_graders_own_costs_one_row(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "tempfile.mkdtemp", lambda **_: (tmp_path / "no such folder").mkdir(parents=False) or 1 / 0
    )
    rows = graded_again(tmp_path, ann=solved(), bob=b"null")
    assert (rows["ann"]["points"], rows["ann"]["of"]) == ("0", "6")
    assert rows["ann"]["notes"].startswith("the grader failed: ZeroDivisionError")
    assert rows["bob"]["notes"] == "the file is no notebook: it has no list of cells"
    monkeypatch.undo()
    assert graded_again(tmp_path)["ann"]["points"] == "6"


def test_defaults_of_the_command_line(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    table = tmp_path / "scores.csv"
    assert vars(arguments([str(tmp_path), "--csv", str(table)])) == {
        "submissions": tmp_path, "csv": table, "reports": tmp_path / "scores-reports", "chapter": "", "data": None,
        "jobs": 3, "cell_seconds": 30, "seconds": 180, "memory": 2, "roster": None, "students": None, "moodle": None,
        "canvas": None, "assignment": "", "count": "best",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["nowhere"], "nowhere is not a folder"),
        ([".", "--chapter", "77"], "--chapter is 77; it must be one of advi"),
        ([".", "--jobs", "0"], "--jobs is 0; it must be positive"),
        ([".", "--data", "nowhere"], "nowhere is not a folder"),
        ([".", "--csv", "."], "--csv is ., a folder; it must be a file"),
    ],
)
def test_bad_arguments_are_named(given, said, capsys):
    with pytest.raises(SystemExit):
        main(["--csv", os.devnull, *given])
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


def test_the_text_of_an_outcome_is_cut():
    message = packed(Outcome(Kind.RAISED, text="x" * 1_000_000))
    assert unpacked(message).text == "x" * LONGEST_TEXT


def test_what_cannot_be_run_has_a_row_for_each_exercise():
    submission = SimpleNamespace(student="Ada", digest="0", chapter="log_sum_exp")
    exercises = of_chapter("log_sum_exp")
    lines = ungraded(submission, "It is no notebook.").lines
    assert [(line.name, line.title) for line in lines] == [
        (name, one.title) for name, one in exercises.items()
    ]
    assert {line.points for line in lines} == {0}
