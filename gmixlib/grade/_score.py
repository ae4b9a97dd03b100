"""The score of a submission: each exercise judged by the library's own checks."""

import dataclasses
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gmixlib.exercises._exercise import Status, Verdict
from gmixlib.exercises._feedback import MARKS
from gmixlib.exercises._registry import of_chapter
from gmixlib.grade._session import Session
from gmixlib.grade._submission import Submission
from gmixlib.grade._worker import Limits

FAILED = "the grader failed"  # how the note of a score begins that is no fault of the notebook
MOST_NOTES = 20  # beyond which a row of the table is not readable any more


@dataclass(frozen=True)
class Line:
    """One exercise of a submission."""

    name: str
    title: str
    points: int
    of: int
    status: str
    message: str


@dataclass(frozen=True)
class Score:
    """A submission's lines, and what the teacher should know about it."""

    student: str
    digest: str
    chapter: str
    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def points(self) -> int:
        """Points reached."""
        return sum(line.points for line in self.lines)

    @property
    def of(self) -> int:
        """Points that could be reached."""
        return sum(line.of for line in self.lines)

    def to_json(self) -> str:
        """As text, to resume from."""
        return json.dumps(dataclasses.asdict(self), indent=1)  # in ASCII, so that it holds any text

    @classmethod
    def from_json(cls, text: str) -> "Score":
        """From such a text; ValueError if it is none."""
        try:
            kept = json.loads(text)
            return cls(**{**kept, "lines": [Line(**line) for line in kept["lines"]]})
        except (KeyError, TypeError) as error:
            raise ValueError(f"no score: {error}") from None

    def report(self) -> str:
        """For the student, in Markdown."""
        parts = [
            f"# {self.student}",
            f"Chapter {self.chapter or 'unknown'}: {self.points} of {self.of} points.",
            *(f"- {note}" for note in self.notes),
        ]
        for line in self.lines:
            said = f"{MARKS[Status(line.status)]} {line.status}, {line.points} of {line.of}. {line.message}"
            parts += [f"## {line.name} {line.title}", said.rstrip()]
        return "\n\n".join(parts) + "\n"


def grade(
    submission: Submission, *, limits: Limits, seconds: float, data: Path | None, wanted: Callable[[], bool]
) -> Score | None:
    """Run a submission and judge every exercise of its chapter; None if it is no longer wanted."""
    start = time.monotonic()
    exercises = of_chapter(submission.chapter)
    if submission.problem:
        return ungraded(submission, submission.problem)
    lines = []
    with Session(submission, limits, seconds, data) as session:
        for name, exercise in exercises.items():
            if not wanted():
                return None
            try:
                verdict = exercise.judge(session.answer(exercise.variable))
            except Exception as error:  # noqa: BLE001 - a forged message must not end the run of all others
                text = f"The notebook's process sent what no answer can be ({type(error).__name__})."
                verdict = Verdict(Status.WRONG, text)
            points = exercise.points if verdict.status is Status.CORRECT else 0
            lines.append(Line(name, exercise.title, points, exercise.points, verdict.status, verdict.message))
        notes = session.notes[:MOST_NOTES]
        if more := len(session.notes) - len(notes):
            notes.append(f"and {more} more cells that failed")
        if not session.offline:
            notes.append("the system did not allow to run it without a network")
    took = time.monotonic() - start
    return Score(submission.student, submission.digest, submission.chapter, lines, notes, round(took, 1))


def ungraded(submission: Submission, problem: str) -> Score:
    """The score of what cannot be run: no points, and the reason."""
    lines = [
        Line(name, exercise.title, 0, exercise.points, Status.OPEN, problem)
        for name, exercise in of_chapter(submission.chapter).items()
    ]
    return Score(submission.student, submission.digest, submission.chapter, lines, [problem])
