"""What each notebook of the book took when it was last executed, for the book's page on it.

``make chapters`` and ``make exercises`` keep the figures in chapters/execution.csv; the build makes a table of them.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tools.notebooks import CHAPTERS, Run, checked, read

FILE = CHAPTERS / "execution.csv"
STEP = 10  # megabytes
SAME = 0.2  # two executions differ by a fifth for no reason of the notebook's

HEAD = "| Notebook | Seconds | Memory, MB | Claims or checks |\n|---|--:|--:|--:|\n"


class Row(NamedTuple):
    """One notebook: its path from the book's root without suffix, what it took and how much it checks."""

    notebook: str
    seconds: int
    megabytes: int
    checked: int


def load(file: Path) -> dict[str, Row]:
    """The rows by notebook; none without a file."""
    if not file.exists():
        return {}
    _, *lines = csv.reader(file.read_text(encoding="utf-8").splitlines())
    return {name: Row(name, *map(int, figures)) for name, *figures in lines}


def name_of(path: Path) -> str:
    """A notebook's name in the table; empty if it is not in the table's folder."""
    if not path.is_relative_to(FILE.parent):
        return ""
    return path.relative_to(FILE.parent.parent).with_suffix("").as_posix()


def is_missing(path: Path) -> bool:
    """Whether a notebook of the book has no row."""
    name = name_of(path)
    return bool(name) and name not in load(FILE)


def record(path: Path, run: Run | None = None) -> None:
    """Keep what a notebook took, and forget the notebooks that are gone.

    Parameters
    ----------
    path
        The notebook, as stored. It gets no row if it is not of the book.
    run
        Its execution. Without one, its row keeps the time and the memory.
    """
    name, rows = name_of(path), load(FILE)
    if not name:
        return
    before = rows.get(name)
    seconds, megabytes = figures(run, before) if run else (before.seconds, before.megabytes)
    rows[name] = Row(name, seconds, megabytes, checked(read(path)))
    there = [row for row in sorted(rows.values()) if (FILE.parent.parent / f"{row.notebook}.ipynb").is_file()]
    with FILE.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines, lineterminator="\n").writerows([Row._fields, *there])


def figures(run: Run, before: Row | None) -> tuple[int, int]:
    """Seconds and megabytes of an execution, rounded; those of the last one where they are much the same."""
    seconds = max(1, round(run.seconds))
    megabytes = STEP * round(run.peak_bytes / 1e6 / STEP)
    if before and abs(seconds - before.seconds) <= max(1, SAME * before.seconds):
        seconds = before.seconds
    if before and abs(megabytes - before.megabytes) <= SAME * before.megabytes:
        megabytes = before.megabytes
    return seconds, megabytes


def listed(contents: Any) -> Iterator[str]:
    """The paths of all pages in a contents list (``_toc.yml``, loaded), without suffix."""
    if isinstance(contents, list):
        for entry in contents:
            yield from listed(entry)
    elif isinstance(contents, dict):
        for key, value in contents.items():
            if key in {"root", "file"}:
                yield value.removesuffix(".ipynb").removesuffix(".md")
            else:
                yield from listed(value)


def table(rows: dict[str, Row], contents: Any) -> str:
    """The rows of the pages in a contents list, in MyST: a link to each, and the total."""
    shown = [rows[page] for page in listed(contents) if page in rows]
    lines = [
        f"| {{doc}}`/{row.notebook}` | {row.seconds} | {row.megabytes} | {row.checked} |" for row in shown
    ]
    seconds, checked = (sum(getattr(row, column) for row in shown) for column in ("seconds", "checked"))
    megabytes = max((row.megabytes for row in shown), default=0)
    lines.append(f"| **Total**, and the most memory | {seconds} | {megabytes} | {checked} |")
    return HEAD + "\n".join(lines) + "\n"


def write_table(root: Path, contents: Any) -> None:
    """Write the table of the book in the folder `root`, where its page execution.md includes it."""
    rows = load(root / "chapters" / FILE.name)
    (root / "_build" / "execution.md").write_text(table(rows, contents), encoding="utf-8")
