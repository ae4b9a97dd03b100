"""Where a student stands: kept in a file, so that it survives a restart of the kernel."""

import json
import os
from dataclasses import dataclass
from html import escape
from pathlib import Path

from gmixlib._console import printable
from gmixlib._files import replace_text
from gmixlib.exercises._exercise import Status
from gmixlib.exercises._feedback import MARKS
from gmixlib.exercises._registry import chapters, of_chapter

FILE = ".gmixlib-progress.json"  # in the notebook's folder, unless GMIXLIB_PROGRESS names another file
_unsaved: dict[str, str] = {}  # where no file can be written


def _path() -> Path:
    return Path(os.environ.get("GMIXLIB_PROGRESS") or FILE)


def load() -> dict[str, Status]:
    """The status of each exercise that was checked; what is damaged or unknown counts as not attempted."""
    try:
        stored = json.loads(_path().read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        stored = {}
    entries = (stored if isinstance(stored, dict) else {}) | _unsaved
    return {name: Status(status) for name, status in entries.items() if status in list(Status)}


def store(name: str, status: Status) -> None:
    """Keep the status of an exercise; in memory alone if the file cannot be written."""
    entries = {key: str(value) for key, value in load().items()} | {name: str(status)}
    try:
        replace_text(_path(), json.dumps(entries, indent=1, sort_keys=True))
        _unsaved.clear()
    except OSError:
        _unsaved[name] = str(status)


@dataclass(frozen=True, repr=False)
class Progress:
    """A table of exercises and their status, as text and as HTML."""

    rows: list[tuple[str, str, Status]]

    @property
    def _total(self) -> str:
        correct = sum(status is Status.CORRECT for _, _, status in self.rows)
        return f"{correct} of {len(self.rows)} correct"

    def __repr__(self) -> str:
        width = max((len(name) for name, _, _ in self.rows), default=0)
        lines = [f"{MARKS[s]} {name:{width}}  {s:13}  {title}" for name, title, s in self.rows]
        return printable("\n".join([*lines, self._total]))

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align: left">{escape(name)}</th>'
            f'<td style="text-align: left">{escape(title)}</td>'
            f'<td style="text-align: left">{MARKS[status]} {status}</td></tr>'
            for name, title, status in self.rows
        )
        head = "".join(
            f'<th scope="col" style="text-align: left">{h}</th>' for h in ("Exercise", "Title", "Status")
        )
        return f"<table><caption>{self._total}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def table(chapter: str | None) -> Progress:
    """The exercises of a chapter, or of all, with their status."""
    status = load()
    return Progress(
        [
            (name, exercise.title, status.get(name, Status.OPEN))
            for one in ([chapter] if chapter else chapters())
            for name, exercise in of_chapter(one).items()
        ]
    )
