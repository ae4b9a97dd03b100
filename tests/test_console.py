"""What is printed can be read on a console or in a file that is not in UTF-8, and no draft of a file is left behind."""

import io
import os
import sys
from pathlib import Path

import pytest

from gmixlib import claim
from gmixlib._files import replace_text
from gmixlib.exercises import check, progress
from tools import chapters

SAID = {
    "a claim": (lambda: claim("Two – and σ.", True), "✓ Two – and σ."),
    "a check": (lambda: print(check("log_sum_exp.weights", "a")), "✗ log_sum_exp.weights: not yet right."),
    "progress": (lambda: print(progress("log_sum_exp")), "○ log_sum_exp.mean"),
    "a chapter that fails": (
        lambda: chapters.renew_all([Path("chapter")], force=True),
        "FAILED, left as it was\n  ✗ σ",
    ),
}
# What each encoding lacks, and what stands for it.
PLAIN = {
    "utf-8": {},
    "cp1252": {"✓": "+", "✗": "x", "○": "o", "σ": r"\u03c3"},
    "ascii": {"✓": "+", "✗": "x", "○": "o", "σ": r"\u03c3", "–": "-"},
}


@pytest.mark.parametrize("coding", PLAIN)
@pytest.mark.parametrize(("say", "expected"), SAID.values(), ids=SAID)
def test_a_console_shows_plain_signs_for_those_it_lacks(say, expected, coding, tmp_path, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise chapters.CellFailure("✗ σ")

    monkeypatch.setattr(chapters, "renew", fail)
    monkeypatch.setenv("GMIXLIB_PROGRESS", str(tmp_path / "progress.json"))
    console = io.TextIOWrapper(io.BytesIO(), encoding=coding)
    monkeypatch.setattr(sys, "stdout", console)
    say()
    console.flush()
    shown = console.buffer.getvalue().decode(coding)
    assert expected.translate(str.maketrans(PLAIN[coding])) in shown


def test_a_file_is_replaced_and_its_line_ends_are_kept(tmp_path):
    for text in ("before\n", "after – σ\r\n\n"):
        replace_text(tmp_path / "file", text)
    assert (tmp_path / "file").read_bytes().decode() == text
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


@pytest.mark.parametrize("failure", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize("write", [replace_text, lambda path, text: chapters.store(path, "before", text)])
def test_a_failure_leaves_the_file_and_no_draft(write, failure, tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_text("before", encoding="utf-8")

    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(failure):
        write(path, "after")
    assert [file.read_text(encoding="utf-8") for file in tmp_path.iterdir()] == ["before"]


def test_progress_that_cannot_be_written_leaves_no_draft(tmp_path, monkeypatch):
    (tmp_path / "progress.json").mkdir()  # which no file can replace
    monkeypatch.setenv("GMIXLIB_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.setattr("gmixlib.exercises._progress._unsaved", {})
    check("log_sum_exp.weights", "c")
    assert list(tmp_path.iterdir()) == [tmp_path / "progress.json"]
