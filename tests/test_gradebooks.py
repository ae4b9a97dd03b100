"""Whose a notebook is, which of several counts, and the tables that Moodle and Canvas import."""

import csv
import os
from pathlib import Path

import pytest

from gmixlib.grade import _platforms
from gmixlib.grade.__main__ import main
from gmixlib.grade._roster import read_roster, told
from gmixlib.grade._rows import rows_of
from gmixlib.grade._score import Line, Score
from submissions import CHAPTER, NAMES

# As Moodle exports a gradebook, two of whose items have the same title.
MOODLE = """\
"First name","Last name","ID number","Institution","Email address","Assignment: One (Real)","Assignment: One (Real)"
Ann,Lee,1001,,ann@example.org,-,-
Zoë,"van Dam",1002,,zoe@example.org,-,-
Jo,Gibbs,,,jo@example.org,-,-
Ann,Ray,1004,,ray@example.org,-,-
"""
# As Canvas exports one.
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,log_sum_exp (77),log_sum_exp two (78),Current Score
,,,,,Manual Posting,,
    Points Possible,,,,,6,6,(read only)
"Lee, Ann",501,s1,ann@example.org,A,,,
"van Dam, Zoë",502,s2,zoe@example.org,A and B,,,
"Gibbs, Jo",503,,,A,,,
"""


def written(folder: Path, text: str | bytes, name: str = "roster.csv") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.fixture
def moodle(tmp_path):
    return read_roster(written(tmp_path, MOODLE))


@pytest.fixture
def canvas(tmp_path):
    return read_roster(written(tmp_path, CANVAS))


def lines_of(path: Path) -> list[list[str]]:
    """The lines of a CSV."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def score(path: str, points: int = 0, chapter: str = CHAPTER, notes: tuple[str, ...] = ()) -> Score:
    """A score of this many points, of which there are six."""
    lines = [Line(name, "", int(number < points), 1, "", "") for number, name in enumerate(NAMES)]
    return Score(path, "", chapter, lines if chapter else [], list(notes))


def names(roster, path: str) -> list[str]:
    return [student.name for student in roster.owners(path)]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("Ann Lee_12345_assignsubmission_file_/x", ["Ann Lee"]),
        ("Zoë van Dam_7_assignsubmission_file_/sheet/x", ["Zoë van Dam"]),
        ("Zoe\u0308 van Dam_7_assignsubmission_file_x", ["Zoë van Dam"]),  # as a Mac spells it
        ("Participant_12345_assignsubmission_file_/ann lee", []),
        ("leeann_501_67890_x", ["Ann Lee"]),
        ("leeann_LATE_501_67890_x-1", ["Ann Lee"]),
        ("anon_4711_67890_ann lee", []),
        ("ann lee", ["Ann Lee"]),
        ("Lee, Ann", ["Ann Lee"]),
        ("tuesday/ann_lee (1)", ["Ann Lee"]),
        ("ann_lee_03_log_sum_exp", ["Ann Lee"]),
        ("03_log_sum_exp_1001", []),
        ("1001/03_log_sum_exp (2)", ["Ann Lee"]),
        ("1001.ipynb.txt", ["Ann Lee"]),
        ("zoe@example.org", ["Zoë van Dam"]),
        ("jo gibbs", ["Jo Gibbs"]),  # there is a chapter of this name
        ("ann", []),
        ("lee", []),
        ("100", []),
        ("ann lee/jo gibbs", ["Ann Lee", "Jo Gibbs"]),
    ],
)
def test_whose_a_notebook_is(path, found, moodle):
    assert names(moodle, path) == found


def test_canvas_says_it_by_its_number(canvas):
    assert names(canvas, "nobody_502_67890_x") == ["van Dam, Zoë"]
    assert names(canvas, "leeann_9999_67890_x") == []  # another Ann Lee, who is not on the roster
    assert names(canvas, "leeann") == names(canvas, "Ann Lee") == ["Lee, Ann"]
    assert names(canvas, "501") == []  # not a name that Canvas gives
    assert (
        names(canvas, "anon_501_67890_x") == []
    )  # what is behind the mark of anonymous grading is no number


def test_moodles_worksheet_says_it_by_the_participant(tmp_path):
    sheet = "Identifier,Full name,Email address,Grade\nParticipant 11,Ann Lee,a@x.org,\nParticipant 12,Ann Lee,b@x.org,\n"
    roster = read_roster(written(tmp_path, sheet))
    assert [one.id for one in roster.owners("Ann Lee_12_assignsubmission_file_/x")] == ["b@x.org"]
    assert [one.id for one in roster.owners("Participant_11_assignsubmission_file_/x")] == ["a@x.org"]
    assert [one.id for one in roster.owners("Ann Lee/x")] == ["a@x.org", "b@x.org"]


@pytest.mark.parametrize(
    "text",
    [
        "name;id\nAnn Lee;1\n",
        "\ufeffName\tID\nAnn Lee\t1\n",
        'Surname,Given name,Student-ID\r\n"Lee",Ann,1\r\n\r\n',
        'NAME,e-mail,note\nAnn Lee,1,"two\nlines"\n',
        "Name,Email,note\nAnn Lee,1,two\u2028lines\n",
        "LastName,FirstName,SIS User ID,ID,Section\nLee,Ann,1,7,A\n",
    ],
)
def test_usual_names_of_columns(text, tmp_path):
    (student,) = read_roster(written(tmp_path, text)).students
    assert (student.name, student.id) == ("Ann Lee", "1")


def test_the_best_counts_or_the_last(tmp_path, moodle):
    times = {"a/Ann Lee": 2, "b/Ann Lee": 3, "c/Ann Lee": 1}
    paths = {path: written(tmp_path, "", path[0]) for path in times}
    for path, time in times.items():
        os.utime(paths[path], (time, time))
    scores = [score("c/Ann Lee", 4), score("b/Ann Lee", 2), score("a/Ann Lee", 5)]
    best, *_ = rows_of(scores, paths, moodle, "best")
    assert (best.score.student, best.notebook, best.score.points) == ("Ann Lee", "a/Ann Lee", 5)
    assert best.score.notes == [
        "the best of 3 notebooks; not counted: c/Ann Lee (4), b/Ann Lee (2)",
    ]
    last, *_ = rows_of(scores, paths, moodle, "last")
    assert (last.notebook, last.score.points) == ("b/Ann Lee", 2)
    assert last.score.notes == ["the last of 3 notebooks; not counted: c/Ann Lee (4), a/Ann Lee (5)"]


@pytest.mark.parametrize("with_roster", [True, False])
def test_the_last_of_canvas_has_the_largest_number(with_roster, tmp_path, canvas):
    """Unpacking gives the files any time."""
    paths = {path: written(tmp_path, "", path) for path in ("leeann_501_10000_x", "leeann_LATE_501_9999_x")}
    os.utime(paths["leeann_501_10000_x"], (1, 1))
    scores = [score("leeann_501_10000_x", 1), score("leeann_LATE_501_9999_x", 3)]
    row, *_ = rows_of(scores, paths, canvas if with_roster else None, "last")
    assert row.notebook == "leeann_501_10000_x"


def test_of_equal_notebooks_the_later_counts(tmp_path, canvas):
    scores = [score("leeann_501_20000_x", 3), score("leeann_501_10000_x", 3)]
    row, *_ = rows_of(scores, {one.student: tmp_path for one in scores}, canvas, "best")
    assert row.notebook == "leeann_501_20000_x"


def test_without_a_roster_only_a_platforms_names_tell():
    paths = [
        "A/ann",
        "A/Ann",
        "A/ann (1)",
        "leeann_501_10000_x",
        "Ann Lee_7_assignsubmission_file_/x",
        "g_1_2_a",
        "g_1_2_b",
    ]
    assert [row.notebook for row in rows_of([score(path) for path in paths], {}, None, "best")] == paths


def test_notebooks_of_two_chapters_have_a_row_each(moodle):
    rows = rows_of([score("Ann Lee/x"), score("Ann Lee/y", chapter="gibbs")], {}, moodle, "best")
    assert [(row.score.chapter, row.notebook) for row in rows[:2]] == [
        ("log_sum_exp", "Ann Lee/x"),
        ("gibbs", "Ann Lee/y"),
    ]
    assert len(rows) == 2 * 4


def test_who_handed_in_nothing_and_whose_is_nobodys(moodle):
    rows = rows_of([score("somebody", 3), score("Ann Lee/Jo Gibbs", 2), score("1001", 6)], {}, moodle, "best")
    assert [(row.score.student, row.score.points, row.score.of, row.notebook) for row in rows] == [
        ("Ann Lee", 6, 6, "1001"),
        ("Zoë van Dam", 0, 6, ""),
        ("Jo Gibbs", 0, 6, ""),
        ("Ann Ray", 0, 6, ""),
        ("somebody", 3, 6, "somebody"),
        ("Ann Lee/Jo Gibbs", 2, 6, "Ann Lee/Jo Gibbs"),
    ]
    assert [row.score.notes for row in rows] == [
        [],
        *[["no notebook of this chapter was handed in"]] * 3,
        ["it matches nobody in the roster"],
        [
            "it matches more than one student in the roster: Ann Lee (ann@example.org), Jo Gibbs (jo@example.org)"
        ],
    ]


SCORES = [score("ann lee", 5), score("zoë van dam", 0), score("somebody", 6), score("jo gibbs", 0, "")]


def test_moodle_gets_who_it_knows(moodle):
    """Neither a user that it does not know, which would end the import, nor an id that is blank for some."""
    _platforms.check_moodle(moodle)
    assert _platforms.moodle(moodle, rows_of(SCORES, {}, moodle, "best"), "Sheet 3") == [
        ["First name", "Last name", "Email address", "Sheet 3"],
        ["Ann", "Lee", "ann@example.org", "5"],
        ["Zoë", "van Dam", "zoe@example.org", "0"],
        ["Jo", "Gibbs", "jo@example.org", "-"],
        ["Ann", "Ray", "ray@example.org", "-"],
    ]


def test_canvas_gets_its_own_columns_and_the_assignment_by_its_number(canvas):
    _platforms.check_canvas(canvas)
    rows = rows_of(SCORES, {}, canvas, "best")
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert _platforms.canvas(canvas, rows, "") == [
        [*header, "log_sum_exp (77)"],
        ["    Points Possible", "", "", "", "", "6"],
        ["Lee, Ann", "501", "s1", "ann@example.org", "A", "5"],
        ["van Dam, Zoë", "502", "s2", "zoe@example.org", "A and B", "0"],
        ["Gibbs, Jo", "503", "", "", "A", ""],
    ]
    assert _platforms.canvas(canvas, rows, "Sheet 3")[0] == [*header, "Sheet 3"]


def test_a_mark_of_utf_8_is_no_part_of_a_column(tmp_path):
    roster = read_roster(written(tmp_path, "\ufeff" + CANVAS))
    assert roster.columns[0] == "Student"
    _platforms.check_canvas(roster)


def test_the_graders_own_failure_is_no_grade(moodle):
    rows = rows_of([score("ann lee", 0, notes=("the grader failed: OSError",))], {}, moodle, "best")
    assert [line[-1] for line in _platforms.moodle(moodle, rows, "")] == [CHAPTER, "-", "-", "-", "-"]


def put(folder: Path, *names: str) -> None:
    """Notebooks that nobody has to run."""
    for name in names:
        path = folder / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"null")


def test_all_tables_of_one_run(tmp_path, capsys):
    put(
        tmp_path / "in",
        "leeann_501_67890_x",
        "leeann_501_67891_x-1",
        "vandamzoë_LATE_502_67892_x",
        "somebody",
    )
    files = {
        name: tmp_path / "in" / f"{name}.csv" for name in ("roster", "csv", "moodle", "canvas")
    }  # beside the notebooks, and none of them
    given = [part for name, path in files.items() for part in (f"--{name}", str(path))]
    roster = written(
        tmp_path / "in", CANVAS.replace("SIS Login ID", "Email").replace(",,,A,", ",,j@x.org,A,")
    )
    assert roster == files["roster"]
    assert main([str(tmp_path / "in"), "--chapter", CHAPTER, "--assignment", "Three", *given]) == 0
    said = capsys.readouterr().err
    assert "Left out" not in said
    assert f"Not matched with one student of {roster}: somebody" in said
    assert "No notebook of: Gibbs, Jo (log_sum_exp)" in said
    header, *rows = lines_of(files["csv"])
    assert header[1:7] == ["student", "id", "notebook", "chapter", "points", "of"]
    assert [row[1:4] for row in rows] == [
        ["Lee, Ann", "ann@example.org", "leeann_501_67891_x-1"],
        ["van Dam, Zoë", "zoe@example.org", "vandamzoë_LATE_502_67892_x"],
        ["Gibbs, Jo", "j@x.org", ""],
        ["somebody", "", "somebody"],
    ]
    assert [line[-1] for line in lines_of(files["moodle"])] == ["Three", "0", "0", "-"]
    assert [line[-1] for line in lines_of(files["canvas"])] == ["Three", "6", "0", "0", ""]
    assert not files["moodle"].read_bytes().startswith(b"\xef")  # either platform takes the mark for a letter


@pytest.mark.parametrize(
    ("roster", "given", "said"),
    [
        (None, ["--moodle", "m.csv"], "--moodle is given without --roster; it must know who the students are"),
        (None, ["--canvas", "c.csv"], "--canvas is given without --roster"),
        (None, ["--roster", "none.csv"], "--roster is none.csv, which cannot be read: No such file"),
        (None, ["--roster", "."], "--roster is ., a folder; it must be a file"),
        (None, ["--assignment", "One"], "--assignment is One; it must go with --chapter"),
        (None, ["--count", "first"], "argument --count: invalid choice: 'first' (choose from"),
        (MOODLE, ["--moodle", "r.csv"], "--moodle is r.csv, the file of --roster; it must be another"),
        (MOODLE, ["--moodle", "x/../s.csv"], "--moodle is x/../s.csv, the file of --csv; it must be another"),
        (MOODLE, ["--canvas", "c.csv"], "--roster is r.csv, whose columns must have Student, ID and Section"),
        ("Name,ID\nAnn,1\n", ["--moodle", "m.csv"], "or a Username for every student, by which Moodle knows them; they"),
        ("Name,Email\nAnn,1\nBob,\n", ["--moodle", "m.csv"], "for every student"),
        ("", [], "--roster is r.csv, which is empty; it must be a CSV with a row for each student"),
        ("Name,ID\n", [], "--roster is r.csv, which has no student"),
        ("Who,Grade\nAnn,1\n", [], "Username, SIS Login ID or ID); they are: Who, Grade"),
        ("First name,ID\nAnn,1\n", [], "they are: First name, ID"),
        ("Name,ID,id\nAnn,1,2\n", [], "whose columns must differ; more than one is id: Name, ID, id"),
        ("Name,ID\nAnn,1\nBob,2\nEve,1\n", [], "whose rows 2 and 4 have the same id, 1"),
        ("Name,ID\nZoë,1\n".encode("latin-1"), [], "whose text is not UTF-8; save it as CSV in UTF-8"),
        ('Name,ID\n"Ann"x,1\n', [], "--roster is r.csv, which is no CSV: "),
    ],
)  # fmt: skip
def test_bad_rosters_and_options_are_named(roster, given, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    if roster is not None:
        written(tmp_path, roster, "r.csv")
        given = ["--roster", "r.csv", *given]
    before = set(tmp_path.iterdir())
    with pytest.raises(SystemExit):
        main([".", "--csv", "s.csv", *given])
    assert said in capsys.readouterr().err
    assert set(tmp_path.iterdir()) == before


def test_a_table_for_a_platform_that_cannot_be_written_is_named(tmp_path, capsys, monkeypatch):
    put(tmp_path / "in", "ann lee")
    roster, table = written(tmp_path, MOODLE), tmp_path / "m.csv"
    replace = os.replace

    def replaced(source, target):
        if target == table:
            raise PermissionError(13, "it is open elsewhere")
        replace(source, target)

    monkeypatch.setattr(os, "replace", replaced)
    given = ["--csv", str(tmp_path / "s.csv"), "--roster", str(roster), "--moodle", str(table)]
    assert main([str(tmp_path / "in"), *given]) == 1
    said = capsys.readouterr().err
    assert f"{table} could not be written: it is open elsewhere" in said
    assert "Not for the platform, since the chapter is not known (--chapter says it): ann lee" in said
    assert not list(tmp_path.glob("m.csv*"))


def test_short_numbers_are_no_platforms():
    assert told("sheet_3_2_ann").platform == ""
    assert told("leeann_501_67890_x").file == 67890
