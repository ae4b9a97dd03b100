"""The points as learning platforms import them: Moodle's gradebook and Canvas's."""

import re

from gmixlib.grade._roster import Roster, squeezed
from gmixlib.grade._rows import Row
from gmixlib.grade._score import FAILED

# What Moodle's import can know a user by, and what helps the teacher to read the table.
MOODLE_IDS = ("emailaddress", "email", "idnumber", "username")
MOODLE_NAMES = ("firstname", "lastname", "surname", "fullname")
MOODLE_EMPTY = "-"  # no grade, as in Moodle's own exports; a blank cell would be a grade of a new item
CANVAS = (
    "Student", "LastName", "FirstName", "ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account",
    "Section",
)  # fmt: skip


def check_moodle(roster: Roster) -> None:
    """ValueError for a roster by which Moodle would not know each student."""
    if not _moodle_ids(roster):
        raise ValueError(
            "whose columns must have an Email address, an ID number or a Username for every student, by which Moodle"
            f" knows them; they are: {', '.join(roster.columns)}"
        )


def check_canvas(roster: Roster) -> None:
    """ValueError for a roster that Canvas has not exported."""
    columns = set(roster.columns)
    named = "Student" in columns or {"LastName", "FirstName"} <= columns
    if not named or not {"ID", "Section"} <= columns:
        raise ValueError(
            "whose columns must have Student, ID and Section, as in a gradebook that Canvas exports; they are:"
            f" {', '.join(roster.columns)}"
        )


def moodle(roster: Roster, rows: list[Row], title: str) -> list[list[str]]:
    """The table for Moodle: who it is, and a column of points for each chapter.

    It has no row but those of the roster: Moodle refuses a file with a user that it does not know.

    Parameters
    ----------
    title
        Of the column, where only one chapter was graded; the chapter's name if empty.
    """
    ids = _moodle_ids(roster)
    columns = [column for column in roster.columns if column in ids or squeezed(column) in MOODLE_NAMES]
    found = _points(rows)
    named = _chapters(rows)
    header = [*columns, *(title or chapter for chapter in named)]
    return [
        header,
        *(
            [
                *(student.cells[column] for column in columns),
                *(found.get((student.line, chapter), MOODLE_EMPTY) for chapter in named),
            ]
            for student in roster.students
        ),
    ]


def canvas(roster: Roster, rows: list[Row], title: str) -> list[list[str]]:
    """The table for Canvas: the columns that it exported, the points of each chapter, and what they are of.

    Parameters
    ----------
    title
        Of the assignment, where only one chapter was graded; the chapter's name if empty.
    """
    columns = [column for column in CANVAS if column in roster.columns]
    found = _points(rows)
    named = _chapters(rows)
    possible = {row.score.chapter: str(row.score.of) for row in rows}
    return [
        [*columns, *(_assignment(roster, title or chapter) for chapter in named)],
        ["    Points Possible", *[""] * (len(columns) - 1), *(possible[chapter] for chapter in named)],
        *(
            [
                *(student.cells[column] for column in columns),
                *(found.get((student.line, chapter), "") for chapter in named),
            ]
            for student in roster.students
        ),
    ]


def _moodle_ids(roster: Roster) -> list[str]:
    """The columns that identify each user.

    One that is not filled for all is none: Moodle would give the points of a row without an id to the user before it.
    """

    def filled(column: str) -> bool:
        return all(student.cells[column] for student in roster.students)

    return [column for column in roster.columns if squeezed(column) in MOODLE_IDS and filled(column)]


def _assignment(roster: Roster, title: str) -> str:
    """The column of this assignment as Canvas exported it, with its number, if there is exactly one."""
    known = [
        column for column in roster.columns if re.fullmatch(re.escape(title) + r"( \(\d+\))?", column.strip())
    ]
    return known[0] if len(known) == 1 else title


def _chapters(rows: list[Row]) -> list[str]:
    return sorted({row.score.chapter for row in rows} - {""})


def _points(rows: list[Row]) -> dict[tuple[int, str], str]:
    """The points by the student's line and the chapter, of what was handed in and graded."""
    return {
        (row.student.line, row.score.chapter): str(row.score.points)
        for row in rows
        if row.student and row.notebook and not any(note.startswith(FAILED) for note in row.score.notes)
    }


def left_out(rows: list[Row]) -> list[str]:
    """The notebooks of students whose points no platform gets, for their chapter is not known."""
    return [row.notebook for row in rows if row.student and not row.score.chapter]
