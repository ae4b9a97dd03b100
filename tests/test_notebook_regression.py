"""The net that catches a wrong number in a chapter is itself proved to catch one.

Small notebooks are run through pytest with the options of ``make test``, which stand in ``pyproject.toml``.
"""

import os
import re
import shutil
import subprocess
import sys

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from notebook_rules import executed_in_order
from notebooks import ROOT, serialised

BROKEN_DENSITY = """

def mixture_logpdf(y, w, mu, sigma):
    return 0.9
"""


def small_chapter() -> NotebookNode:
    """A notebook that prints a number of the library's and shows one of its own, both stored right."""
    cells = [
        new_code_cell("from gmixlib import mixture_logpdf", execution_count=1),
        new_code_cell(
            "print(f'{mixture_logpdf(0.0, [1.0], [0.0], [1.0]):.4f}')",
            execution_count=2,
            outputs=[new_output("stream", name="stdout", text="-0.9189\n")],
        ),
        new_code_cell(
            "1 / 8",
            execution_count=3,
            outputs=[new_output("execute_result", data={"text/plain": "0.125"}, execution_count=3)],
        ),
    ]
    return new_notebook(cells=cells)


def tampered_chapter() -> NotebookNode:
    """The same, with both outputs stored a second time, one digit of each changed."""
    notebook = small_chapter()
    printed, result = small_chapter().cells[1:]
    printed.outputs[0].text = "-0.9188\n"
    result.outputs[0].data["text/plain"] = "0.126"
    notebook.cells += [printed, result]
    return notebook


@pytest.fixture(scope="module")
def failed(tmp_path_factory) -> dict[str, list[int]]:
    """The numbers of the cells that nbval fails, in each of two notebooks."""
    folder = tmp_path_factory.mktemp("net")
    for name, notebook in {"tampered": tampered_chapter(), "broken": small_chapter()}.items():
        (folder / name).mkdir()
        (folder / name / f"{name}.ipynb").write_text(serialised(notebook), encoding="utf-8")

    # The kernel starts in the notebook's folder and finds this copy of the library before the installed one.
    copied = folder / "broken" / "gmixlib"
    shutil.copytree(ROOT / "gmixlib", copied, ignore=shutil.ignore_patterns("__pycache__"))
    with (copied / "__init__.py").open("a", encoding="utf-8") as init:
        init.write(BROKEN_DENSITY)

    settings = [
        "-c",
        str(ROOT / "pyproject.toml"),
        f"--rootdir={folder}",
        "-p",
        "no:cacheprovider",
        "--color=no",
    ]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", *settings, "."],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    seen = re.findall(r"^(PASSED|FAILED) (\w+)/\w+\.ipynb::Cell (\d+)", run.stdout, re.MULTILINE)
    assert len(seen) == 5 + 3, run.stdout + run.stderr
    failures: dict[str, list[int]] = {"tampered": [], "broken": []}
    for outcome, name, cell in seen:
        if outcome == "FAILED":
            failures[name].append(int(cell))
    return failures


def test_one_changed_digit_turns_its_cell_red_and_no_other(failed):
    """Cells 1 and 2 show the right numbers; 3 and 4 are the same with a digit changed."""
    assert failed["tampered"] == [3, 4]


def test_a_broken_library_function_turns_the_cell_that_calls_it_red(failed):
    assert failed["broken"] == [1]


def test_a_cell_that_nbval_would_not_compare_is_caught_by_its_form():
    """nbval runs a cell without an execution count, and compares nothing when it has no output stored."""
    notebook = small_chapter()
    notebook.cells[1].update(execution_count=None, outputs=[])
    assert executed_in_order(notebook) == [
        "Cell 1 (print(f'{mixture_logpdf(0.0, [1.0], [0.0], [1.0]):.4f}')): execution count is None, not 2"
    ]
