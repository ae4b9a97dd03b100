"""Derive the exercises from their worked solutions (``make exercises``).

    python -m tools.exercises        the solutions that changed, and their exercises
    python -m tools.exercises --all  every one

The solutions that changed are executed anew first. A student's notebook is what is left of one without its outputs,
what stands between ``### BEGIN SOLUTION`` and ``### END SOLUTION``, and the text cells tagged ``solution``. It is
executed too, as the student gets it: what that took is kept in its metadata, the outputs are not.
"""

import argparse
import re
import sys
from copy import deepcopy
from pathlib import Path

from nbformat import NotebookNode

from gmixlib._console import printable
from tools.chapters import renew_all, store
from tools.execution import CellFailure, execute
from tools.notebooks import EXERCISES, normalise, read, serialise, solution_paths
from tools.references import written_out

BLOCK = re.compile(
    r"^(?P<indent> *)### BEGIN SOLUTION\n.*?^ *### END SOLUTION$", flags=re.MULTILINE | re.DOTALL
)
TITLE = re.compile(r"^# Solutions: (?P<subject>.+)$", flags=re.MULTILINE)
DESCRIPTION = re.compile(
    r"Worked solutions, with reasons, of the (?P<number>\w+) exercises on (?P<subject>.+)\."
)
OPENING = """\
# Exercises: {subject}

These go with {{doc}}`../{chapter}`. Put your answer where it says *your code here*, run the cell, then the check below \
it, and read what the check says. Nothing breaks if an exercise is left open.

Binder stops after ten idle minutes and forgets your answers. Above the notebook there, *Download* keeps them in a file and \
*Save to browser storage*, the cloud beside it, in your browser, even when Binder has stopped; in the next session, \
*Restore from browser storage* brings them back."""


DESCRIBED = (
    "{number} exercises on {subject}. Each check recognizes the usual mistakes and says what is wrong."
)


class Unsolved(Exception):
    """A notebook that exercises cannot be made of; the message says why."""


def without_solution(code: str) -> str:
    """Replace each worked solution in a cell by a place for the student's own."""
    return BLOCK.sub(
        lambda block: block["indent"] + ("...  # your code here" if block["indent"] else "# your code here"),
        code,
    )


def exercise(solutions: NotebookNode, chapter: str) -> NotebookNode:
    """The notebook that a student gets.

    Parameters
    ----------
    solutions
        The notebook with worked solutions.
    chapter
        The file name of the chapter that it belongs to, such as ``"03_log_sum_exp"``.

    Raises
    ------
    Unsolved
        If the first cell has no title ``# Solutions: ...``, or the metadata no description of solutions.
    DeadReference
        If a text refers to what no chapter has.
    """
    notebook = deepcopy(solutions)
    notebook.cells = [cell for cell in notebook.cells if "solution" not in cell.metadata.get("tags", [])]
    title = TITLE.search(notebook.cells[0].source)
    if title is None:
        raise Unsolved("the first cell must have the title `# Solutions: ...`")
    described = DESCRIPTION.fullmatch(notebook.metadata.get("description", ""))
    if described is None:
        raise Unsolved(f"the metadata must have a description of the form {DESCRIPTION.pattern}")
    notebook.cells[0].source = OPENING.format(subject=title["subject"], chapter=chapter)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = without_solution(cell.source)
            cell.update(outputs=[], execution_count=None)
            cell.metadata.pop("tags", None)
        else:
            cell.source = written_out(cell.source)
    notebook.metadata["description"] = DESCRIBED.format(
        number=described["number"].capitalize(), subject=described["subject"]
    )
    notebook.metadata["gmixlib"] = {"exercises": chapter.partition("_")[2]}
    return normalise(notebook)


def figures(target: Path) -> dict[str, int]:
    """What executing the exercises took when it was last measured; empty if it never was."""
    kept = read(target).metadata.get("gmixlib", {}) if target.exists() else {}
    return {key: kept[key] for key in ("seconds", "megabytes") if key in kept}


def derived_text(source: Path, target: Path) -> str:
    """The text of the exercises of one notebook of solutions, with the figures of those that are there."""
    notebook = exercise(read(source), source.stem)
    notebook.metadata["gmixlib"].update(figures(target))
    return serialise(notebook)


def derive(source: Path, target: Path) -> bool:
    """Write the exercises of one notebook of solutions, if they are not what is there; whether they were not."""
    after = derived_text(source, target)
    before = target.read_text(encoding="utf-8") if target.exists() else ""
    if not before:
        target.touch()
    store(target, before, after)
    return after != before


def measure(path: Path) -> bool:
    """Execute exercises as the student gets them, and keep what that took; whether it failed."""
    print(f"{path.stem:<32}", end="", flush=True)
    before, notebook = path.read_text(encoding="utf-8"), read(path)
    try:
        execution = execute(notebook, path.parent)
        notebook.metadata["gmixlib"].update(execution.figures(notebook.metadata["gmixlib"]))
        store(path, before, serialise(notebook))
    except CellFailure as failure:
        print(printable(f"FAILED\n  {failure}"), flush=True)
        return True
    print(execution.cost, flush=True)
    return False


def main(arguments: list[str] | None = None) -> int:
    """Renew solutions and exercises; the exit status is 1 when any of them failed."""
    parser = argparse.ArgumentParser(description="Derive the exercises from their worked solutions.")
    parser.add_argument("--all", action="store_true", help="execute every one, changed or not")
    force = parser.parse_args(arguments).all

    EXERCISES.mkdir(exist_ok=True)
    for target in EXERCISES.glob("*.ipynb"):
        if target.name not in {source.name for source in solution_paths()}:
            target.unlink()
    failed = renew_all(solution_paths(), force=force)
    for source in solution_paths():
        target = EXERCISES / source.name
        if derive(source, target) or force or not figures(target):
            failed |= measure(target)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
