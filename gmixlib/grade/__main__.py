"""``python -m gmixlib.grade submissions/ --csv scores.csv``: grade a folder of notebooks."""

import argparse
import csv
import hashlib
import io
import os
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gmixlib._files import replace_text
from gmixlib._surroundings import leave_settings
from gmixlib.exercises._outcome import described
from gmixlib.exercises._registry import chapters
from gmixlib.grade._score import Score, grade, ungraded
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
    if options.csv.is_dir():
        parser.error(f"--csv is {options.csv}, a folder; it must be a file")
    for name in ("jobs", "cell_seconds", "seconds", "memory"):
        if not getattr(options, name) > 0:
            parser.error(f"--{name.replace('_', '-')} is {getattr(options, name)}; it must be positive")
    options.reports = options.reports or options.csv.with_name(f"{options.csv.stem}-reports")
    return options


def main(given: list[str] | None = None) -> int:
    """Grade what is not graded yet, then write all points to one table."""
    options = arguments(given)
    leave_settings()
    console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    found = handed_in(options.submissions, apart=[options.reports, options.csv])
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
    try:
        write_table(options.csv, [scores[one.student] for one in submissions])
    except OSError as error:
        console.print(
            f"{options.csv} could not be written: {error.strerror}. The reports are kept: start again."
        )
        return 1
    console.print(f"Points: {options.csv}")
    return 0


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
        return ungraded(submission, f"the grader failed: {described(error)}")
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


def write_table(path: Path, scores: list[Score]) -> None:
    """One row a submission, one column an exercise."""
    names = sorted({line.name for score in scores for line in score.lines})
    text = io.StringIO(newline="")
    table = csv.writer(text)
    # The mark by which spreadsheets know UTF-8; it stands before a column whose name no program asks for.
    table.writerow(["\ufeffrow", "student", "chapter", "points", "of", *names, "notes"])
    for number, score in enumerate(scores, 1):
        by_name = {line.name: line.points for line in score.lines}
        points = [by_name.get(name, "") for name in names]
        said = as_text(score.student), score.chapter, score.points, score.of, *points
        table.writerow([number, *said, as_text("; ".join(score.notes))])
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, text.getvalue())


def as_text(cell: str) -> str:
    """A cell of the table that no spreadsheet takes for a formula: the apostrophe says that it is text."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


if __name__ == "__main__":
    sys.exit(main())
