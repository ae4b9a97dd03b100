"""Where a student stands: kept in a file, so that it survives a restart of the kernel, and carried on as a code."""

import json
import os
import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path

from gmixlib._console import printable
from gmixlib._files import replace_text
from gmixlib.exercises._exercise import Status
from gmixlib.exercises._feedback import MARKS
from gmixlib.exercises._registry import chapters, of_chapter

FILE = ".gmixlib-progress.json"  # in the notebook's folder, unless GMIXLIB_PROGRESS names another file
RANKS = {status: rank for rank, status in enumerate((Status.OPEN, Status.WRONG, Status.CORRECT))}
_unsaved: dict[str, list[str]] = {}  # where no file can be written


def _path() -> Path:
    return Path(os.environ.get("GMIXLIB_PROGRESS") or FILE)


@dataclass(frozen=True)
class Best:
    """The best result of an exercise so far, and the day on which it was reached; empty if that is not known."""

    status: Status
    day: str = ""

    @property
    def since(self) -> str:
        """The day in words: today's is the same on every day, as in what a solution stores."""
        return "today" if self.day == date.today().isoformat() else self.day


def load() -> dict[str, Best]:
    """The best result of each exercise that was checked; what is damaged or unknown counts as not attempted."""
    try:
        stored = json.loads(_path().read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        stored = {}
    entries = (stored if isinstance(stored, dict) else {}) | _unsaved
    return {name: best for name, entry in entries.items() if (best := _best(entry))}


def _best(entry: object) -> Best | None:
    """A result from the file: status and day, or the status alone, as earlier versions wrote it."""
    status, day = entry if isinstance(entry, list) and len(entry) == 2 else (entry, "")
    if not isinstance(status, str) or status not in list(Status):
        return None
    return Best(Status(status), day if isinstance(day, str) else "")


def store(name: str, status: Status) -> None:
    """Keep the status of an exercise if it is the best so far; in memory alone if the file cannot be written."""
    merge({name: Best(status, date.today().isoformat())})


def merge(found: dict[str, Best]) -> None:
    """Keep the better of what is known and what was found of each exercise; of two that are equal, the earlier."""
    known = load()
    entries = known | {
        name: min(best, known.get(name, best), key=lambda one: (-RANKS[one.status], one.day))
        for name, best in found.items()
    }
    if entries == known and not _unsaved:
        return
    written = {name: [str(best.status), best.day] for name, best in entries.items()}
    try:
        replace_text(_path(), json.dumps(written, indent=1, sort_keys=True))
        _unsaved.clear()
    except OSError:
        _unsaved.update({name: written[name] for name in found})


def encode(results: dict[str, Best]) -> str:
    """Results as a text of letters, digits, - and _: what the file would have, compressed, with a checksum."""
    entries = {name: [str(best.status), best.day] for name, best in results.items()}
    packed = zlib.compress(json.dumps(entries, separators=(",", ":"), sort_keys=True).encode(), 9)
    return urlsafe_b64encode(zlib.crc32(packed).to_bytes(4) + packed).decode().rstrip("=")


def decode(code: str) -> dict[str, Best]:
    """The results in a code, whatever blanks, line breaks and quotes stand around or in it.

    Raises
    ------
    ValueError
        If it is not as `encode` made it.
    """
    text = re.sub(r"[^A-Za-z0-9_-]", "", code)
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        packed = data[4:]
        if zlib.crc32(packed).to_bytes(4) != data[:4]:
            raise ValueError("the checksum differs")
        entries = json.loads(zlib.decompress(packed))
        return {name: best for name, entry in entries.items() if (best := _best(entry))}
    except (ValueError, zlib.error, AttributeError):
        raise ValueError(
            "code is incomplete or changed, and nothing was taken from it; copy all of what progress().code shows"
        ) from None


@dataclass(frozen=True, repr=False)
class Progress:
    """A table of exercises and the best result of each, as text and as HTML."""

    rows: list[tuple[str, str, Best]]

    @property
    def code(self) -> str:
        """The results in the table as a text, which ``progress(code=...)`` takes elsewhere."""
        return encode({name: best for name, _, best in self.rows if best.status is not Status.OPEN})

    @property
    def _total(self) -> str:
        correct = sum(best.status is Status.CORRECT for _, _, best in self.rows)
        return f"{correct} of {len(self.rows)} correct"

    def __repr__(self) -> str:
        width = max((len(name) for name, _, _ in self.rows), default=0)
        lines = [
            f"{MARKS[best.status]} {name:{width}}  {best.status:13}  {best.since:10}  {title}"
            for name, title, best in self.rows
        ]
        return printable("\n".join([*lines, self._total]))

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align: left">{escape(name)}</th>'
            f'<td style="text-align: left">{escape(title)}</td>'
            f'<td style="text-align: left">{MARKS[best.status]} {best.status}</td>'
            f'<td style="text-align: left">{escape(best.since)}</td></tr>'
            for name, title, best in self.rows
        )
        head = "".join(
            f'<th scope="col" style="text-align: left">{h}</th>'
            for h in ("Exercise", "Title", "Best so far", "Since")
        )
        return f"<table><caption>{self._total}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def table(chapter: str | None) -> Progress:
    """The exercises of a chapter, or of all, each with its best result."""
    known = load()
    return Progress(
        [
            (name, exercise.title, known.get(name, Best(Status.OPEN)))
            for one in ([chapter] if chapter else chapters())
            for name, exercise in of_chapter(one).items()
        ]
    )
