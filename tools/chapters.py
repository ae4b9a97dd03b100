"""Re-execute the chapters whose stored outputs are out of date (``make chapters``).

    python tools/chapters.py              the chapters that changed
    python tools/chapters.py NOTEBOOK...  these, changed or not
    python tools/chapters.py --all        every chapter

A chapter has changed when its code, its outputs, gmixlib, the data or the locked environment are not those of
its last execution; a digest of them all is kept in its metadata. A failing chapter's file is left untouched.
What an execution took is kept in chapters/execution.csv; a chapter without a row there is executed too.
"""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from nbformat import NotebookNode

from tools import execution
from tools.notebooks import (
    CHAPTERS,
    COVER,
    COVER_OF,
    ROOT,
    SOLUTIONS,
    CellFailure,
    Run,
    cell_name,
    chapter_paths,
    checked,
    code_cells,
    cover,
    execute,
    normalised,
    output_faults,
    read,
    serialised,
)


def shared_inputs(folder: Path = CHAPTERS) -> list[Path]:
    """The files beside their own cells that the outputs of a folder's notebooks depend on.

    A solution shows what the checks of the exercises say; a chapter does not.
    """
    unused = {"grade"} if folder == SOLUTIONS else {"exercises", "grade"}
    library = [
        path for path in (ROOT / "gmixlib").rglob("*.py") if not unused & set(path.relative_to(ROOT).parts)
    ]
    data = [path for path in (CHAPTERS / "data").glob("*") if path.is_file()]
    return sorted([*library, *data, ROOT / "requirements.txt"])


def digest(notebook: NotebookNode, folder: Path = CHAPTERS) -> str:
    """A short digest of a notebook's code, its outputs and everything that these depend on."""
    cells = [(cell.source, cell.execution_count, cell.outputs) for cell in code_cells(notebook)]
    state = hashlib.sha256(json.dumps(cells, sort_keys=True).encode())
    for path in shared_inputs(folder):
        state.update(path.read_bytes())
    return state.hexdigest()[:16]


def is_current(notebook: NotebookNode, folder: Path = CHAPTERS) -> bool:
    """Whether the stored outputs are those of the last execution, made from what is there now."""
    return notebook.metadata.get("gmixlib", {}).get("made_from") == digest(notebook, folder)


def executed(notebook: NotebookNode, folder: Path) -> Run:
    """Execute a notebook; a CellFailure names the first cell whose output may not be stored."""
    run = execute(notebook, folder)
    result = normalised(run.notebook)
    for cell in code_cells(result):
        if faults := output_faults(cell):
            raise CellFailure(f"{cell_name(result, cell)} shows {'; '.join(faults)}")
    result.metadata["gmixlib"] = {"made_from": digest(result, folder)}
    return Run(result, run.seconds, run.peak_bytes)


def store(path: Path, before: str, after: str) -> None:
    """Replace a file's text in one step, unless someone else has changed it meanwhile."""
    if path.read_text(encoding="utf-8") != before:
        raise CellFailure("the file was saved by another program while it was executed")
    if after != before:
        draft = path.with_suffix(".ipynb.tmp")
        draft.write_text(after, encoding="utf-8", newline="\n")
        os.replace(draft, path)


def renew(path: Path, *, force: bool) -> str:
    """Bring one notebook file up to date; returns what there is to report."""
    before = path.read_text(encoding="utf-8")
    notebook = normalised(read(path))
    if is_current(notebook, path.parent) and not force and not execution.is_missing(path):
        store(path, before, serialised(notebook))
        execution.record(path)
        return "unchanged"
    run = executed(notebook, path.parent)
    store(path, before, serialised(run.notebook))
    execution.record(path, run)
    return f"{run.cost} {checked(run.notebook):4d} claims or checks"


def renew_all(paths: Iterable[Path], *, force: bool) -> bool:
    """Bring notebook files up to date, with a line on each; whether any of them failed."""
    failed = False
    for path in paths:
        print(f"{path.stem:<32}", end="", flush=True)
        try:
            print(renew(path, force=force), flush=True)
        except CellFailure as failure:
            failed = True
            print(f"FAILED, left as it was\n  {failure}", flush=True)
    return failed


def main(arguments: list[str] | None = None) -> int:
    """Renew the notebooks asked for; the exit status is 1 when any of them failed."""
    parser = argparse.ArgumentParser(
        description="Re-execute the chapters whose stored outputs are out of date."
    )
    parser.add_argument("notebooks", nargs="*", type=Path, help="execute these, changed or not")
    parser.add_argument("--all", action="store_true", help="execute every chapter, changed or not")
    options = parser.parse_args(arguments)
    for path in options.notebooks:
        if not path.is_file():
            parser.error(f"{path} is not a file")

    paths = [path.resolve() for path in options.notebooks] or chapter_paths()
    failed = renew_all(paths, force=options.all or bool(options.notebooks))
    if COVER_OF[0] in paths:
        COVER.write_bytes(cover())
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
