"""The students of a course, from a table that a learning platform exported, and whose a notebook is."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from pathlib import Path
from unicodedata import normalize

from gmixlib.exercises._registry import chapters
from gmixlib.grade._submission import ENDING

# The names of columns without spaces, hyphens and capitals. Moodle's own come first.
FIRST = ("firstname", "givenname")
LAST = ("lastname", "surname", "familyname")
WHOLE = ("fullname", "student", "studentname", "name")
IDS = (
    "emailaddress", "email", "idnumber", "username", "sisuserid", "sisloginid", "loginid", "studentid",
    "studentnumber", "userid", "id",
)  # fmt: skip
PARTICIPANT = "identifier"  # in Moodle's grading worksheet, with the number that its folders have
NO_STUDENT = re.compile(r"\s*points possible", re.IGNORECASE)  # the second row of Canvas
# `Ann Lee_12345_assignsubmission_file_`, a folder, or with the file's name behind it.
MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_")
# `leeann_LATE_12345_67890_x`: the student's number and the file's. Short numbers are more likely those of a sheet.
CANVAS = re.compile(r"(?!anon_)(?P<name>[^_]+)_(?:LATE_)?(?P<number>\d{2,})_(?P<file>\d{4,})_.")
# What students put behind their name: the chapter's notebook, and a browser's mark of a second download.
BEHIND = re.compile(rf"[\W_]*(\d\d_)?({'|'.join(chapters())}).*$|\s*\(\d+\)$")


@dataclass(frozen=True)
class Student:
    """A row of the roster: its place in the file, a name, what identifies it, and its cells by column."""

    line: int
    name: str
    id: str
    cells: dict[str, str]


@dataclass(frozen=True)
class Handed:
    """What the name of a notebook tells of its student.

    Attributes
    ----------
    names
        Names or ids that the student may have, squeezed.
    platform, number
        The learning platform that named the file, and the student's number in that name; empty if none did.
    file
        The number that Canvas gave the file: a later upload has a larger one.
    """

    names: tuple[str, ...]
    platform: str = ""
    number: str = ""
    file: int | None = None


@dataclass(frozen=True)
class Roster:
    """The students of a course.

    Attributes
    ----------
    columns
        As the file names them.
    students
        One for each row.
    """

    columns: list[str]
    students: list[Student]

    @property
    def is_canvas(self) -> bool:
        """Whether Canvas exported it: then its ID is the number in the names of submissions."""
        return {"ID", "Section"} <= set(self.columns)

    def owners(self, path: str) -> list[Student]:
        """The students whose a notebook may be, by its path in the folder: one, unless nobody or several fit."""
        handed = told(path)
        if handed.number and handed.platform in self._numbered:
            return self._by_key.get(f"{handed.platform} {handed.number}", [])
        found = {student.line: student for name in handed.names for student in self._by_key.get(name, [])}
        return list(found.values())

    @cached_property
    def _numbered(self) -> set[str]:
        """The platforms whose numbers of students the roster has."""
        return {key.partition(" ")[0] for key in self._by_key if " " in key}

    @cached_property
    def _by_key(self) -> dict[str, list[Student]]:
        found: dict[str, list[Student]] = {}
        for student in self.students:
            for key in set(self._keys(student)):
                found.setdefault(key, []).append(student)
        return found

    def _keys(self, student: Student) -> Iterator[str]:
        """What the student's files may be named by; numbers of a platform behind the platform's name."""
        for column, cell in student.cells.items():
            role = squeezed(column)
            if role in IDS and not (self.is_canvas and role == "id") and squeezed(cell):
                yield squeezed(cell)
            if role == PARTICIPANT and (number := re.search(r"\d+$", cell)):
                yield f"moodle {number[0]}"
        if self.is_canvas:
            yield f"canvas {student.cells['ID']}"
        for order in permutations(student.name.split(",")[:2]):
            if name := squeezed("".join(order)):
                yield name
        first, last = (_cell(student.cells, names) for names in (FIRST, LAST))
        if first and last:
            yield squeezed(last + first)


def read_roster(path: Path) -> Roster:
    """Read a roster.

    Raises
    ------
    ValueError
        Where the file is no such table; the message says what it is and what it must be.
    OSError
        Where the file cannot be read.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("whose text is not UTF-8; save it as CSV in UTF-8") from None
    lines = text.splitlines()
    if not lines:
        raise ValueError("which is empty; it must be a CSV with a row for each student")
    separator = max(",;\t", key=lines[0].count)
    try:
        header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    except csv.Error as error:
        raise ValueError(f"which is no CSV: {error}") from None
    columns = [column.strip() for column in header]
    _check_columns(columns)
    students = []
    for line, row in enumerate(rows, 2):
        cells = dict(zip(columns, (cell.strip() for cell in row), strict=False))
        if any(cells.values()) and not (row and NO_STUDENT.match(row[0])):
            students.append(_student(line, {**dict.fromkeys(columns, ""), **cells}))
    known = [
        student for student in students if student.id or student.name
    ]  # not Canvas's row on hidden grades
    if not known:
        raise ValueError("which has no student; it must have a row for each")
    _check_ids(known)
    return Roster(columns, known)


def _check_columns(columns: list[str]) -> None:
    """ValueError for columns that do not name and identify a student."""
    roles = {squeezed(column) for column in columns}
    named = roles & set(WHOLE) or (roles & set(FIRST) and roles & set(LAST))
    if not named or not roles & set(IDS):
        raise ValueError(
            "whose columns must have a name (First name and Last name, Full name, Student or Name) and an id (such as"
            f" Email address, ID number, Username, SIS Login ID or ID); they are: {', '.join(columns)}"
        )
    known = [squeezed(column) for column in columns]
    if twice := sorted(
        {role for role in known if role in (*FIRST, *LAST, *WHOLE, *IDS) and known.count(role) > 1}
    ):
        raise ValueError(
            f"whose columns must differ; more than one is {', '.join(twice)}: {', '.join(columns)}"
        )


def _check_ids(students: list[Student]) -> None:
    """ValueError for an id that two rows have."""
    lines: dict[str, int] = {}
    for student in students:
        if student.id and lines.setdefault(student.id, student.line) != student.line:
            raise ValueError(
                f"whose rows {lines[student.id]} and {student.line} have the same id, {student.id}; each student"
                " must have one row"
            )


def _student(line: int, cells: dict[str, str]) -> Student:
    whole = " ".join(part for names in (FIRST, LAST) if (part := _cell(cells, names)))
    return Student(line, whole or _cell(cells, WHOLE), _cell(cells, IDS), cells)


def _cell(cells: dict[str, str], names: tuple[str, ...]) -> str:
    """The first cell that is filled, of the columns with such a name in the order of these."""
    by_role = {squeezed(column): cell for column, cell in cells.items()}
    return next((by_role[name] for name in names if by_role.get(name)), "")


def squeezed(text: str) -> str:
    """The letters and digits of a text, without capitals: systems differ in the rest."""
    return "".join(char for char in normalize("NFKC", text).casefold() if char.isalnum())


def told(path: str) -> Handed:
    """What the path of a notebook in its folder tells of the student."""
    *folders, last = path.split("/")
    stem = ENDING.sub("", last)
    if match := CANVAS.match(stem):
        return Handed((squeezed(match["name"]),), "canvas", match["number"], int(match["file"]))
    for part in (*folders, stem):
        if match := MOODLE.match(part):
            return Handed((squeezed(match["name"]),), "moodle", match["number"])
    # Both, for a student may be called like a chapter.
    names = (squeezed(name) for part in (*folders, stem) for name in (part, BEHIND.sub("", part)))
    return Handed(tuple(name for name in names if name))
