"""What a student sees: a verdict as text and as HTML."""

import re
from dataclasses import dataclass
from html import escape

from gmixlib._console import printable
from gmixlib.exercises._exercise import Status, Verdict

MARKS = {Status.OPEN: "○", Status.WRONG: "✗", Status.CORRECT: "✓"}
COLOURS = {
    Status.OPEN: "#767676",
    Status.WRONG: "#b35900",
    Status.CORRECT: "#1a7f37",
}  # beside words and marks


@dataclass(frozen=True, repr=False)
class Feedback:
    """The answer to an answer: shown by a notebook as HTML, elsewhere as text.

    Its ``name`` is that of the exercise; its ``verdict`` has the ``status``, the ``message`` and the name of the
    ``mistake`` that was recognised.
    """

    name: str
    verdict: Verdict

    @property
    def _head(self) -> str:
        return f"{MARKS[self.verdict.status]} {self.name}: {self.verdict.status}."

    def __repr__(self) -> str:
        return printable(f"{self._head} {self.verdict.message}".strip())

    def _repr_html_(self) -> str:
        message = re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(self.verdict.message))
        colour = COLOURS[self.verdict.status]
        return (
            f'<div role="status" style="border-left: 0.3em solid {colour}; padding-left: 0.8em">'
            f"<strong>{escape(self._head)}</strong> {message}</div>"
        )
