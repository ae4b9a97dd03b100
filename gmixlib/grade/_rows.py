"""The rows of the table: each student's notebooks of a chapter as one, and those who handed in none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gmixlib.grade._roster import Roster, Student, told
from gmixlib.grade._score import Score, ungraded
from gmixlib.grade._submission import Submission

BEST, LAST = "best", "last"  # which of several notebooks counts
NOTHING = "no notebook of this chapter was handed in"
SEVERAL_SHOWN = 3


@dataclass(frozen=True)
class Row:
    """A score that counts.

    Attributes
    ----------
    score
        With notes on what else was handed in.
    student
        Whose it is; None where the roster does not tell, or where there is none.
    notebook
        The notebook's path in the folder, without its ending; empty if none was handed in.
    """

    score: Score
    student: Student | None = None
    notebook: str = ""


def rows_of(
    scores: list[Score], paths: Mapping[str, Path], roster: Roster | None, count: str, chapter: str = ""
) -> list[Row]:
    """The rows of all scores: in the roster's order if there is one, then in that of the notebooks.

    Parameters
    ----------
    scores
        One for each notebook.
    paths
        The files of the notebooks, by the student of their score.
    count
        Which of several notebooks of a student counts, ``"best"`` or ``"last"``.
    chapter
        The chapter that was set: those who handed in nothing have a row for it and for each that was graded.
    """
    groups: dict[tuple, list[Score]] = {}
    for score in scores:
        groups.setdefault((*_owner(score.student, roster), score.chapter), []).append(score)
    rows = [_row(group, paths, roster, count) for group in groups.values()]
    if roster is None:
        return rows
    for name in sorted({score.chapter for score in scores if score.chapter} | ({chapter} - {""})):
        there = {row.student.line for row in rows if row.student and row.score.chapter == name}
        rows += [_nothing(student, name) for student in roster.students if student.line not in there]
    return sorted(rows, key=lambda row: (row.student is None, row.student.line if row.student else 0))


def _owner(path: str, roster: Roster | None) -> tuple[object, ...]:
    """What is the same for all notebooks of a student: nothing, unless the roster or a platform tells it."""
    owners = roster.owners(path) if roster else []
    if len(owners) == 1:
        return (owners[0].line,)
    handed = told(path)
    return (handed.platform, handed.number, *handed.names) if handed.platform else (path,)


def _row(group: list[Score], paths: Mapping[str, Path], roster: Roster | None, count: str) -> Row:
    """The row of one student's notebooks of a chapter."""
    group = _by_time(group, paths) if len(group) > 1 else group
    # Of two equal ones the later counts.
    chosen = group[-1] if count == LAST else max(reversed(group), key=lambda score: score.points)
    others = [f"{score.student} ({score.points})" for score in group if score is not chosen]
    notes = [*chosen.notes]
    if others:
        notes.append(f"the {count} of {len(group)} notebooks; not counted: {', '.join(others)}")
    if roster is None:
        return Row(replace(chosen, notes=notes), notebook=chosen.student)
    owners = roster.owners(chosen.student)
    if len(owners) == 1:
        return Row(replace(chosen, student=owners[0].name, notes=notes), owners[0], chosen.student)
    return Row(replace(chosen, notes=[*notes, _unmatched(owners)]), notebook=chosen.student)


def _unmatched(owners: list[Student]) -> str:
    """Why a notebook is nobody's."""
    if not owners:
        return "it matches nobody in the roster"
    shown = [f"{owner.name} ({owner.id})" for owner in owners[:SEVERAL_SHOWN]]
    shown += ["and more"] * (len(owners) > SEVERAL_SHOWN)
    return f"it matches more than one student in the roster: {', '.join(shown)}"


def _by_time(group: list[Score], paths: Mapping[str, Path]) -> list[Score]:
    """First the earliest: by the number that Canvas gave each file, or else by the time of modification.

    Unpacking an archive may give all files the same time; then the order of the paths decides.
    """
    numbers = [told(score.student).file for score in group]
    if None not in numbers:
        return sorted(group, key=lambda score: told(score.student).file or 0)
    return sorted(group, key=lambda score: paths[score.student].lstat().st_mtime_ns)


def _nothing(student: Student, chapter: str) -> Row:
    return Row(ungraded(Submission(student.name, "", chapter), NOTHING), student)
