"""``python -m gmixlib.grade submissions/ --csv scores.csv``: grade a folder of notebooks."""

import argparse
import csv
import hashlib
import io
import os
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gmixlib._files import replace_text
from gmixlib._surroundings import leave_settings
from gmixlib.exercises._outcome import described
from gmixlib.exercises._registry import chapters
from gmixlib.grade import _platforms
from gmixlib.grade._roster import Roster, read_roster
from gmixlib.grade._rows import BEST, LAST, Row, rows_of
from gmixlib.grade._score import FAILED, Score, grade, ungraded
from gmixlib.grade._submission import Submission, handed_in, read
from gmixlib.grade._worker import Limits

LONGEST_NAME = 200  # bytes of a report's name, without its ending: most file systems allow 255
FORMULA = ("=", "+", "-", "@")  # what a spreadsheet would compute


def arguments(given: list[str] | None) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m gmixlib.grade",
        description="Grade exercise notebooks. An interrupted run resumes when it is started again.",
    )
    parser.add_argument("submissions", type=Path, help="the folder of notebooks, at any depth")
    parser.add_argument("--csv", type=Path, required=True, help="where the points go")
    parser.add_argument(
        "--reports", type=Path, help="folder for the students' reports; beside the CSV if left out"
    )
    parser.add_argument(
        "--chapter",
        default="",
        help="the chapter that was set, such as log_sum_exp; each notebook tells if left out",
    )
    parser.add_argument(
        "--roster",
        type=Path,
        help="the course as Moodle or Canvas exports it, or any CSV with a name and an id",
    )
    parser.add_argument("--moodle", type=Path, help="where the points go for Moodle's import; needs --roster")
    parser.add_argument(
        "--canvas",
        type=Path,
        help="where the points go for Canvas's import; needs the --roster that it exported",
    )
    parser.add_argument(
        "--assignment",
        default="",
        help="its title on the platform; needs --chapter, and is the chapter's name if left out",
    )
    parser.add_argument(
        "--count",
        choices=(BEST, LAST),
        default=BEST,
        help="which of a student's notebooks of a chapter counts; the last is that with the largest file number of"
        " Canvas, or else the one modified last",
    )
    parser.add_argument("--data", type=Path, help="the folder that the notebooks know as ../data")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many to run at once")
    parser.add_argument("--cell-seconds", type=float, default=30, help="time for a cell")
    parser.add_argument("--seconds", type=float, default=180, help="time for the cells of a notebook")
    parser.add_argument("--memory", type=float, default=2, help="memory for a notebook, in GB")
    options = parser.parse_args(given)
    if sys.flags.optimize:
        parser.error(
            "Python runs with -O or PYTHONOPTIMIZE, which leaves out the notebooks' asserts; run it without"
        )
    if not options.submissions.is_dir():
        parser.error(f"{options.submissions} is not a folder")
    if options.chapter and options.chapter not in chapters():
        parser.error(f"--chapter is {options.chapter}; it must be one of {', '.join(chapters())}")
    if options.data is not None and not options.data.is_dir():
        parser.error(f"{options.data} is not a folder")
    _check_files(parser, options)
    for name in ("jobs", "cell_seconds", "seconds", "memory"):
        if not getattr(options, name) > 0:
            parser.error(f"--{name.replace('_', '-')} is {getattr(options, name)}; it must be positive")
    options.reports = options.reports or options.csv.with_name(f"{options.csv.stem}-reports")
    options.students = _roster(parser, options)
    return options


def _check_files(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """An error for files that cannot be what they are given as."""
    taken: dict[Path, str] = {}
    for name in ("roster", "csv", "moodle", "canvas"):
        path = getattr(options, name)
        if path is None:
            continue
        if path.is_dir():
            parser.error(f"--{name} is {path}, a folder; it must be a file")
        if (other := taken.setdefault(path.resolve(), name)) != name:
            parser.error(f"--{name} is {path}, the file of --{other}; it must be another")
    for name in ("moodle", "canvas"):
        if getattr(options, name) is not None and options.roster is None:
            parser.error(f"--{name} is given without --roster; it must know who the students are")
    if options.assignment and not options.chapter:
        parser.error(f"--assignment is {options.assignment}; it must go with --chapter, whose points it gets")


def _roster(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Roster | None:
    """The students, if they are given, and an error where they are not what the platforms need."""
    if options.roster is None:
        return None
    try:
        roster = read_roster(options.roster)
        if options.moodle is not None:
            _platforms.check_moodle(roster)
        if options.canvas is not None:
            _platforms.check_canvas(roster)
    except OSError as error:
        parser.error(f"--roster is {options.roster}, which cannot be read: {error.strerror}")
    except ValueError as error:
        parser.error(f"--roster is {options.roster}, {error}")
    return roster


def main(given: list[str] | None = None) -> int:
    """Grade what is not graded yet, then write all points to one table."""
    options = arguments(given)
    leave_settings()
    console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    ours = (options.reports, options.csv, options.roster, options.moodle, options.canvas)
    found = handed_in(options.submissions, apart=[path for path in ours if path is not None])
    for reason in sorted(set(found.left_out.values())):
        names = [name for name, why in found.left_out.items() if why == reason]
        console.print(f"Left out ({reason}): {', '.join(names)}")
    submissions = [read(path, student, options.chapter) for student, path in found.notebooks.items()]
    scores = {one.student: score for one in submissions if (score := earlier_score(options.reports, one))}
    due = [one for one in submissions if one.student not in scores]
    console.print(
        f"{len(submissions)} notebooks, {len(scores)} of them graded before. Reports: {options.reports}"
    )
    limits = Limits(options.cell_seconds, int(options.memory * 1e9))
    stop = threading.Event()
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=console) as bar, ThreadPoolExecutor(options.jobs) as pool:
        task = bar.add_task("", total=len(submissions), completed=len(scores))
        how = {"limits": limits, "seconds": options.seconds, "data": options.data}
        running = {pool.submit(grade, one, **how, wanted=lambda: not stop.is_set()): one for one in due}
        try:
            for done in as_completed(running):
                if score := result(done, running[done], options.reports):
                    scores[score.student] = score
                    bar.update(task, advance=1, description=f"{score.student}: {score.points} of {score.of}")
        except KeyboardInterrupt:
            stop.set()
            pool.shutdown(cancel_futures=True)
            console.print(
                f"Interrupted: {len(scores)} of {len(submissions)} are in {options.reports}. Start again to go on."
            )
            return 130
    rows = rows_of(
        [scores[one.student] for one in submissions],
        found.notebooks,
        options.students,
        options.count,
        options.chapter,
    )
    for line in remarks(rows, options):
        console.print(line)
    for path, text in tables(rows, options).items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_text(path, text)
        except OSError as error:
            console.print(
                f"{path} could not be written: {error.strerror}. The reports are kept: start again."
            )
            return 1
        console.print(f"Points: {path}")
    return 0


def remarks(rows: list[Row], options: argparse.Namespace) -> list[str]:
    """What the teacher should know of whose the notebooks are."""
    if options.students is None:
        return []
    nobody = [row.notebook for row in rows if row.student is None]
    nothing = [f"{row.score.student} ({row.score.chapter})" for row in rows if not row.notebook]
    unknown = _platforms.left_out(rows) if options.moodle or options.canvas else []
    said = {
        f"Not matched with one student of {options.roster}": nobody,
        "No notebook of": nothing,
        "Not for the platform, since the chapter is not known (--chapter says it)": unknown,
    }
    return [f"{what}: {', '.join(names)}" for what, names in said.items() if names]


def tables(rows: list[Row], options: argparse.Namespace) -> dict[Path, str]:
    """The text of each file that is asked for."""
    texts = {options.csv: table(rows, options.students)}
    for path, made in ((options.moodle, _platforms.moodle), (options.canvas, _platforms.canvas)):
        if path is not None:
            texts[path] = as_csv(made(options.students, rows, options.assignment))
    return texts


def earlier_score(reports: Path, submission: Submission) -> Score | None:
    """The score of the same notebook from an earlier run."""
    try:
        score = Score.from_json(report_path(reports, submission.student, ".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    same = score.digest == submission.digest and score.chapter == submission.chapter
    return score if same and score.student == submission.student else None


def result(done: Future[Score | None], submission: Submission, reports: Path) -> Score | None:
    """The score that was reached, and stored; an error of the grader's own costs this row and no other."""
    try:
        score = done.result()
    except Exception as error:  # noqa: BLE001 - whatever it is; the next run tries again
        return ungraded(submission, f"{FAILED}: {described(error)}")
    return score and stored(reports, score)


def stored(reports: Path, score: Score) -> Score:
    """Store a score, to resume from, and the student's report; its notes say if that fails."""
    try:
        for ending, text in ((".md", score.report()), (".json", score.to_json())):
            path = report_path(reports, score.student, ending)
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_text(path, text)
    except OSError as error:
        return replace(score, notes=[*score.notes, f"the report could not be written: {error.strerror}"])
    return score


def report_path(reports: Path, student: str, ending: str) -> Path:
    """Where a student's report is; a name that is too long with another ending is cut, and told apart by its hash."""
    path = reports / student
    name = path.name.encode()
    if len(name) > LONGEST_NAME:
        short = name[:LONGEST_NAME].decode(errors="ignore")
        path = path.with_name(f"{short}-{hashlib.sha256(name).hexdigest()[:8]}")
    return path.with_name(path.name + ending)


def table(rows: list[Row], roster: Roster | None) -> str:
    """One row a student and chapter, one column an exercise; with a roster, who it is and which notebook."""
    names = sorted({line.name for row in rows for line in row.score.lines})
    who = ["student"] if roster is None else ["student", "id", "notebook"]
    # The mark by which spreadsheets know UTF-8; it stands before a column whose name no program asks for.
    lines: list[list[object]] = [["\ufeffrow", *who, "chapter", "points", "of", *names, "notes"]]
    for number, row in enumerate(rows, 1):
        score = row.score
        by_name = {line.name: line.points for line in score.lines}
        points = [by_name.get(name, "") for name in names]
        said = [score.student, row.student.id if row.student else "", row.notebook][: len(who)]
        notes = as_text("; ".join(score.notes))
        lines.append([number, *map(as_text, said), score.chapter, score.points, score.of, *points, notes])
    return as_csv(lines)


def as_csv(lines: Iterable[Iterable[object]]) -> str:
    """Lines of cells as the text of a file."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue()


def as_text(cell: str) -> str:
    """A cell of the table that no spreadsheet takes for a formula: the apostrophe says that it is text."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


if __name__ == "__main__":
    sys.exit(main())
