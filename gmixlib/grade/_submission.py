"""What was handed in: finding the notebooks, and reading them without trusting them."""

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from gmixlib.exercises._registry import chapters

LARGEST = 20_000_000  # bytes of a notebook
CHECKED = re.compile(r"\bcheck\(\s*[\"'](\w+)\.")  # the chapter of a check


@dataclass(frozen=True)
class Submission:
    """One notebook that was handed in.

    Attributes
    ----------
    student
        Its path in the folder, without the ending.
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


def notebook_files(folder: Path) -> list[Path]:
    """The notebooks in a folder, at any depth; no checkpoints and nothing hidden."""
    return sorted(
        path
        for path in folder.rglob("*.ipynb")
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def read(path: Path, folder: Path, chapter: str = "") -> Submission:
    """Read one notebook; what is wrong with it becomes its problem.

    Parameters
    ----------
    path, folder
        The file, and the folder of all submissions.
    chapter
        The chapter that was set, such as ``"log_sum_exp"``; if empty, the notebook tells.
    """
    student = path.relative_to(folder).with_suffix("").as_posix()
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST else b""
    except OSError as error:
        return Submission(student, "", chapter, problem=f"the file cannot be read: {error.strerror}")
    digest = hashlib.sha256(content).hexdigest()
    if size > LARGEST:
        problem = f"the file has {size / 1e6:.0f} MB, and no exercise needs more than {LARGEST / 1e6:.0f}"
        return Submission(student, f"{digest}-{size}", chapter, problem=problem)
    try:
        notebook = json.loads(content)
        cells = [_source(cell) for cell in notebook["cells"] if cell.get("cell_type") == "code"]
    except (ValueError, RecursionError):
        return Submission(student, digest, chapter, problem="the file is no notebook: its JSON is broken")
    except (KeyError, TypeError, AttributeError):
        return Submission(
            student, digest, chapter, problem="the file is no notebook: it has no list of cells"
        )
    chapter = chapter or _chapter(notebook, cells, path.stem)
    problem = "" if chapter else "it holds no exercise of this course"
    return Submission(student, digest, chapter, cells, problem)


def _source(cell: dict) -> str:
    """The text of a cell, which a notebook keeps whole or in lines."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


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
