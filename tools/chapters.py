"""Re-execute the chapters whose stored outputs are out of date (``make chapters``).

    python -m tools.chapters              the chapters that changed
    python -m tools.chapters NOTEBOOK...  these, changed or not
    python -m tools.chapters --all        every chapter

A chapter has changed when its code, its outputs, the library's code, the data or the locked versions are not those
of its last execution. A digest of them all is kept in the notebook's metadata, beside the seconds and the megabytes
that the execution took, which the page *Execution* shows. A failing chapter's file is left untouched. So
is one of which a cell shows less than it has stored: a figure or a claim may not get lost on another machine. And so
is one that fails with another value of its ``SEED``, since a claim must not be true of one seed only.
"""

import argparse
import ast
import hashlib
import json
import re
import sys
from base64 import b64decode
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbformat import NotebookNode

from gmixlib._console import printable
from gmixlib._files import replace_text
from tools.execution import CellFailure, execute
from tools.notebooks import (
    ROOT,
    SEED_LINE,
    SOLUTIONS,
    cell_name,
    chapter_path,
    chapter_paths,
    code_cells,
    count_checks,
    figure_name,
    images,
    normalise,
    output_faults,
    read,
    serialise,
    shown,
    with_seed,
)

OTHER_SEED = 101
COVER = ROOT / "book" / "_static" / "cover.png"  # the landing page's picture is a figure of a chapter
COVER_CHAPTER, COVER_FIGURE = "label_switching", "fig-plane"


def code_of(source: str) -> str:
    """A module's code without its comments and docstrings, which no output depends on."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            del node.body[0]
    return ast.unparse(tree)


def locked_versions(requirements: str) -> list[str]:
    """The packages and their versions in the text of requirements.txt, without its comments, markers and hashes."""
    return sorted(re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==[^\s;\\]+", requirements, re.MULTILINE))


def shared_inputs(path: Path, root: Path = ROOT) -> Iterator[bytes]:
    """What a notebook's outputs depend on beside its own cells: the library, the data and the locked versions."""
    slug = path.stem.partition("_")[2]

    def is_used(module: Path) -> bool:
        if module.parent.name == "exercises":  # a solution shows what its own checks say
            return path.parent == SOLUTIONS and (module.stem.startswith("_") or module.stem == slug)
        return module.parent.name not in ("grade", "explorables")

    for module in filter(is_used, sorted((root / "gmixlib").rglob("*.py"))):
        yield code_of(module.read_text(encoding="utf-8")).encode()
    for data in sorted((root / "chapters" / "data").glob("*")):
        if data.is_file():
            yield data.read_bytes()
    yield from map(str.encode, locked_versions((root / "requirements.txt").read_text(encoding="utf-8")))


def digest(notebook: NotebookNode, path: Path) -> str:
    """A short digest of the code of a notebook, which has this path, its outputs and all that these depend on."""
    cells = [(cell.source, cell.execution_count, cell.outputs) for cell in code_cells(notebook)]
    state = hashlib.sha256(json.dumps(cells, sort_keys=True).encode())
    for part in shared_inputs(path):
        state.update(part)
    return state.hexdigest()[:16]


def is_current(notebook: NotebookNode, path: Path) -> bool:
    """Whether the stored outputs are those of the last execution, made from what is there now."""
    return notebook.metadata.get("gmixlib", {}).get("made_from") == digest(notebook, path)


def cover() -> bytes:
    """The picture of the landing page, as its chapter stores it."""
    chapter = read(chapter_path(COVER_CHAPTER))
    cell = next(cell for cell in code_cells(chapter) if figure_name(cell) == COVER_FIGURE)
    return b64decode(images(cell)[0])


def store(path: Path, before: str, after: str) -> None:
    """Replace a file's text in one step, unless someone else has changed it meanwhile."""
    if path.read_text(encoding="utf-8") != before:
        raise CellFailure("the file was saved by another program while it was executed")
    if after != before:
        replace_text(path, after)


def check_nothing_is_lost(before: NotebookNode, after: NotebookNode) -> None:
    """Raise CellFailure if a cell shows fewer claims, figures or other outputs than are stored."""
    for old, new in zip(code_cells(before), code_cells(after), strict=True):
        if lost := shown(old) - shown(new):
            what = ", ".join(f"{number} {kind}" for kind, number in lost.items())
            raise CellFailure(
                f"{cell_name(after, new)} no longer shows {what}; if you have changed it so, clear its outputs first"
            )


def check_other_seed(notebook: NotebookNode, folder: Path) -> None:
    """Raise CellFailure if a notebook that draws from a seed does not run with another one, or a claim fails."""
    if any(SEED_LINE.search(cell.source) for cell in code_cells(notebook)[:1]):
        try:
            execute(with_seed(notebook, OTHER_SEED), folder)
        except CellFailure as failure:
            raise CellFailure(f"with SEED = {OTHER_SEED}: {failure}") from failure


def renew(path: Path, *, force: bool) -> str:
    """Bring one notebook file up to date; returns what there is to report.

    Raises
    ------
    CellFailure
        When a cell does not run, or shows what may not be stored.
    """
    before = path.read_text(encoding="utf-8")
    notebook = normalise(read(path))
    if is_current(notebook, path) and not force:
        after = serialise(notebook)
        store(path, before, after)
        return "unchanged" if after == before else "nothing to execute; what an editor added is removed"
    execution = execute(notebook, path.parent)
    result = normalise(execution.notebook)
    for cell in code_cells(result):
        if faults := output_faults(cell):
            raise CellFailure(f"{cell_name(result, cell)} shows {'; '.join(faults)}")
    check_nothing_is_lost(notebook, result)
    check_other_seed(notebook, path.parent)
    figures = execution.figures(notebook.metadata.get("gmixlib", {}))
    result.metadata["gmixlib"] = {"made_from": digest(result, path), **figures}
    store(path, before, serialise(result))
    return f"{execution.cost} {count_checks(result):4d} claims or checks"


def renew_all(paths: Iterable[Path], *, force: bool) -> bool:
    """Bring notebook files up to date, with a line on each; whether any of them failed."""
    failed = False
    for path in paths:
        print(f"{path.stem:<32}", end="", flush=True)
        try:
            print(renew(path, force=force), flush=True)
        except CellFailure as failure:
            failed = True
            print(printable(f"FAILED, left as it was\n  {failure}"), flush=True)
    return failed


def main(arguments: list[str] | None = None) -> int:
    """Renew the notebooks asked for; the exit status is 1 when any of them failed."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.chapters",
        description="Re-execute the chapters whose stored outputs are out of date.",
    )
    parser.add_argument("notebooks", nargs="*", type=Path, help="execute these, changed or not")
    parser.add_argument("--all", action="store_true", help="execute every chapter, changed or not")
    options = parser.parse_args(arguments)
    for path in options.notebooks:
        if not path.is_file():
            parser.error(f"{path} is not a file")

    paths = [path.resolve() for path in options.notebooks] or chapter_paths()
    failed = renew_all(paths, force=options.all or bool(options.notebooks))
    if chapter_path(COVER_CHAPTER) in paths:
        COVER.write_bytes(cover())
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
