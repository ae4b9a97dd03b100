"""What was handed in: finding the notebooks, and reading them without trusting them."""

import contextlib
import hashlib
import json
import os
import re
import stat
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unicodedata import category

from gmixlib.exercises._registry import chapters

LARGEST = 20_000_000  # bytes of a notebook
CHECKED = re.compile(r"\bcheck\(\s*[\"'](\w+)\.")  # the chapter of a check
# The ending of a notebook, and what browsers and editors put behind it.
ENDING = re.compile(r"\.ipynb(\.(json|txt|download))?$", re.IGNORECASE)
UNPRINTABLE = {
    "Cc",
    "Cs",
    "Zl",
    "Zp",
}  # Unicode categories: control characters, lone surrogates, ends of lines
ARCHIVE = re.compile(r"\.(zip|7z|rar|tar|tgz|gz|bz2|xz)$", re.IGNORECASE)


@dataclass(frozen=True)
class Submission:
    """One notebook that was handed in.

    Attributes
    ----------
    student
        Its path in the folder, without the ending where no other file has the same.
    digest
        Of the file's bytes.
    chapter
        The chapter whose exercises it holds; empty if that cannot be told.
    cells
        The source of each code cell.
    problem
        Why it cannot be run; empty if it can.
    """

    student: str
    digest: str
    chapter: str = ""
    cells: list[str] = field(default_factory=list)
    problem: str = ""


@dataclass(frozen=True)
class HandedIn:
    """The files in a folder of submissions.

    Attributes
    ----------
    notebooks
        The path of each notebook, by student.
    left_out
        Why a file or folder is not graded, by its path in the folder.
    """

    notebooks: dict[str, Path]
    left_out: dict[str, str]


def handed_in(folder: Path, apart: Collection[Path] = ()) -> HandedIn:
    """Sort the files in a folder, at any depth.

    Hidden folders, as of checkpoints, are passed over, and so is what is ``apart``: the grader's own files.
    """
    notebooks: list[Path] = []
    left_out: dict[str, str] = {}
    folder = folder.resolve()
    for path, problem in sorted(_files(folder, {path.resolve() for path in apart})):
        if why := problem or _left_out(path):
            left_out[printable(path.relative_to(folder).as_posix())] = why
        else:
            notebooks.append(path)
    names = [printable(path.relative_to(folder).as_posix()) for path in notebooks]
    stems = [ENDING.sub("", name) for name in names]
    times = Counter([*stems, *names])
    students = [stem if times[stem] == 1 else name for stem, name in zip(stems, names, strict=True)]
    return HandedIn(dict(zip(students, notebooks, strict=True)), left_out)


def printable(name: str) -> str:
    """A name of a file, with escapes for what no table can hold: bytes that are not UTF-8, and control characters."""
    return "".join(
        char.encode("unicode_escape").decode("ascii")
        if char == "\\" or category(char) in UNPRINTABLE
        else char
        for char in name
    )


def _files(folder: Path, apart: Collection[Path]) -> Iterator[tuple[Path, str]]:
    """Every path that is looked at, and why it cannot be, if so."""
    unread: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=unread.append):
        here = Path(place)
        folders[:] = [name for name in folders if not name.startswith(".") and here / name not in apart]
        for name in folders:
            if (here / name).is_symlink():
                yield here / name, "a link to a folder"
            elif ENDING.search(name):
                yield here / name, ""
        for name in files:
            if here / name not in apart and (not name.startswith(".") or ENDING.search(name)):
                yield here / name, ""
    yield from ((Path(error.filename), f"cannot be read: {error.strerror}") for error in unread)


def _left_out(path: Path) -> str:
    """Why a file is not graded; empty if it is."""
    if path.name.startswith("."):
        return "hidden"
    if ENDING.search(path.name):
        return ""
    return "an archive, which must be unpacked first" if ARCHIVE.search(path.name) else "no notebook"


def read(path: Path, student: str, chapter: str = "") -> Submission:
    """Read one notebook; what is wrong with it becomes its problem.

    Parameters
    ----------
    path, student
        The file, and whose it is.
    chapter
        The chapter that was set, such as ``"log_sum_exp"``; if empty, the notebook tells.
    """
    try:
        content = _content(path)
    except OSError as error:
        return Submission(student, "", chapter, problem=f"the file cannot be read: {error.strerror}")
    digest = hashlib.sha256(content).hexdigest()
    try:
        notebook = _notebook(content)
        cells = [_source(cell) for cell in _cells(notebook) if cell.get("cell_type") == "code"]
    except _NoNotebook as why:
        return Submission(student, digest, chapter, problem=str(why))
    chapter = chapter or _chapter(notebook, cells, path.name)
    problem = "" if chapter else "it holds no exercise of this course"
    return Submission(student, digest, chapter, cells, problem)


class _NoNotebook(Exception):
    """A file without the cells of a notebook; the message says what is wrong with it."""


def _content(path: Path) -> bytes:
    """The bytes of a file, of a large one its beginning; OSError for what is no file, and would never end."""
    with open(
        path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))
    ) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(None, "it is a device, a pipe or a socket")
        return file.read(LARGEST + 1)


def _notebook(content: bytes) -> dict:
    """The JSON of a notebook."""
    if not content.strip():
        raise _NoNotebook("the file is empty")
    if len(content) > LARGEST:
        raise _NoNotebook(f"the file has more than {LARGEST / 1e6:.0f} MB, and no exercise needs as many")
    if content.startswith(b"PK\x03\x04"):
        raise _NoNotebook("the file is an archive, which must be unpacked first")
    try:
        notebook = json.loads(content)
    except UnicodeDecodeError:
        raise _NoNotebook("the file is no notebook: its text is not UTF-8") from None
    except (ValueError, RecursionError):
        raise _NoNotebook("the file is no notebook: its JSON is broken") from None
    if not isinstance(notebook, dict):
        raise _NoNotebook("the file is no notebook: it has no list of cells")
    return notebook


def _cells(notebook: dict) -> list[dict]:
    """The cells, which formats before 4 kept in worksheets."""
    sheets: Any = [notebook] if "cells" in notebook else notebook.get("worksheets")
    with contextlib.suppress(KeyError, TypeError):
        cells = [cell for sheet in sheets for cell in sheet["cells"]]
        if all(isinstance(cell, dict) for cell in cells):
            return cells
    raise _NoNotebook("the file is no notebook: it has no list of cells")


def _source(cell: dict) -> str:
    """The text of a cell, which a notebook keeps whole or in lines; empty where there is none."""
    source = cell.get("source", cell.get("input"))  # before format 4
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))


def _chapter(notebook: dict, cells: list[str], name: str) -> str:
    """The chapter that most checks are of, or that the notebook or the name of its file tells."""
    counts = Counter(chapter for cell in cells for chapter in CHECKED.findall(cell))
    metadata = notebook.get("metadata")
    noted = metadata.get("gmixlib") if isinstance(metadata, dict) else None
    told = [
        *(chapter for chapter, _ in counts.most_common()),
        noted.get("exercises") if isinstance(noted, dict) else None,
        *(chapter for chapter in chapters() if chapter in name),
    ]
    return next((chapter for chapter in told if chapter in chapters()), "")
