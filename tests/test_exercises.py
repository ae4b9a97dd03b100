"""The exercises are what their solutions make of them, and the way from one to the other works."""

import os
import re

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from gmixlib.exercises._exercise import Choice, Status
from gmixlib.exercises._outcome import Kind, Outcome, plain
from gmixlib.exercises._registry import chapters, of_chapter
from gmixlib.grade import _worker
from gmixlib.grade._score import Score, grade
from gmixlib.grade._session import Session
from gmixlib.grade._submission import Submission
from gmixlib.grade._worker import Limits
from tools import exercises
from tools.notebooks import (
    CHAPTERS,
    EXERCISES,
    chapter_paths,
    code_cells,
    read,
    serialise,
    slug,
    solution_paths,
)
from tools.references import DeadReference, places, written_out

SOLUTIONS = solution_paths()
CHECK = re.compile(r'^check\("(\w+\.\w+)", (\w+)\)$')


each_solution = pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)


def checks(notebook: NotebookNode) -> list[tuple[str, str]]:
    """The exercise and the variable of each check in a notebook."""
    found = (CHECK.fullmatch(cell.source) for cell in code_cells(notebook))
    return [match.groups() for match in found if match]


def graded(cells: list[str], chapter: str) -> Score:
    """The score of these cells, run as those of a submission are."""
    submission = Submission("someone", "", chapter, cells)
    limits = Limits(cell_seconds=30, memory=2_000_000_000)
    return grade(submission, limits=limits, seconds=120, data=CHAPTERS / "data", wanted=lambda: True)


def test_every_chapter_has_exercises():
    assert [path.stem for path in SOLUTIONS] == [path.stem for path in chapter_paths()]
    assert sorted(map(slug, SOLUTIONS)) == list(chapters())


@each_solution
def test_exercises_are_what_the_tool_derives(path):
    target = EXERCISES / path.name
    assert target.read_text(encoding="utf-8") == exercises.derived_text(path, target)


def test_no_exercise_is_without_solution():
    assert {path.name for path in EXERCISES.glob("*.ipynb")} == {path.name for path in SOLUTIONS}


@each_solution
def test_solutions_are_collapsed(path):
    for cell in read(path).cells:
        tags = cell.metadata.get("tags", [])
        assert set(tags) <= {"hide-input", "solution"}
        if cell.cell_type == "code":
            assert ("hide-input" in tags) == ("### BEGIN SOLUTION" in cell.source), cell.id
        elif "solution" in tags:
            assert re.fullmatch(r":::\{dropdown\} Why\n.*\n:::", cell.source, re.DOTALL), cell.id


@each_solution
def test_each_exercise_is_asked_and_checked_once(path):
    known = of_chapter(slug(path))
    assert checks(read(path)) == [(name, exercise.variable) for name, exercise in known.items()]
    headings = re.findall(
        r"^## (.+)$", "\n".join(c.source for c in read(path).cells if c.cell_type == "markdown"), re.MULTILINE
    )
    assert headings == [*(exercise.title for exercise in known.values()), "Where you stand"]
    assert len({exercise.variable for exercise in known.values()}) == len(known)


def test_right_letters_are_spread():
    letters = [
        e.right for chapter in chapters() for e in of_chapter(chapter).values() if isinstance(e, Choice)
    ]
    assert max(map(letters.count, letters)) <= len(letters) / 2


@each_solution
def test_an_untouched_notebook_is_not_attempted(path):
    cells = [cell.source for cell in code_cells(read(EXERCISES / path.name))]
    score = graded(cells, slug(path))
    assert [line.status for line in score.lines] == [Status.OPEN] * len(score.lines)
    assert not [note for note in score.notes if note.startswith("cell")]


@pytest.mark.parametrize("offline", [False, True])
def test_the_teacher_is_told_of_a_network_only_where_there_was_one(offline, monkeypatch):
    def answered(session, *_, **__):
        assert session._run_cells()
        return Outcome(Kind.EMPTY)

    monkeypatch.setattr(Session, "_hear", lambda *_: Outcome(Kind.VALUE, plain(offline)))
    monkeypatch.setattr(Session, "ask", answered)
    told = ["the system did not allow to run it without a network"]
    assert graded([], "log_sum_exp").notes == ([] if offline else told)


def refuses(*_):
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize(("unshare", "offline"), [(lambda _: None, True), (refuses, False), (None, False)])
def test_a_process_says_whether_it_is_offline(unshare, offline, monkeypatch):
    """The system may let it leave the network, refuse, or know no such thing, as Windows."""
    monkeypatch.setattr(os, "unshare", unshare, raising=False)
    assert _worker._without_network() is offline


def test_what_no_answer_can_be_costs_one_exercise(monkeypatch):
    """A notebook that forges its process's messages gets a zero, and the grader goes on."""
    forged = Outcome(Kind.VALUE, None)
    monkeypatch.setattr(Session, "ask", lambda *_, **__: forged)
    score = graded([], "log_sum_exp")
    assert score.points == 0
    assert {line.message for line in score.lines if line.name == "log_sum_exp.float32"} == {
        "The notebook's process sent what no answer can be (AttributeError)."
    }


# Answers that are called thousands of times: what these notebooks say of themselves is compared in any case.
MANY_CALLS = "04_label_switching", "08_testing_samplers"


@pytest.mark.parametrize(
    "path",
    [pytest.param(p, id=p.stem, marks=pytest.mark.slow if p.stem in MANY_CALLS else []) for p in SOLUTIONS],
)
def test_a_notebook_with_the_solutions_put_in_is_correct(path):
    solved = {cell.id: cell.source for cell in code_cells(read(path))}
    notebook = read(EXERCISES / path.name)
    for cell in code_cells(notebook):
        cell.source = solved[cell.id]
    score = graded([cell.source for cell in code_cells(notebook)], slug(path))
    assert [line.message for line in score.lines if line.status != Status.CORRECT] == []
    assert score.points == score.of == sum(line.of for line in score.lines) > 0


# --- the tool -------------------------------------------------------------------------------------


def small() -> NotebookNode:
    """Solutions in small."""
    function = 'def f(x):\n    """Twice x."""\n    ### BEGIN SOLUTION\n    y = 2 * x\n    return y\n    ### END SOLUTION'
    value = "x = ...\n### BEGIN SOLUTION\nx = 2\n### END SOLUTION\ny = 1"
    return new_notebook(
        cells=[
            new_markdown_cell("# Solutions: small things", id="title"),
            new_code_cell(function, id="f", execution_count=3, metadata={"tags": ["hide-input"]}),
            new_markdown_cell("Because.", id="why", metadata={"tags": ["solution"]}),
            new_code_cell(value, id="x"),
        ],
        metadata={"description": "Worked solutions, with reasons, of the three exercises on small things."},
    )


def test_what_is_left_of_a_solution():
    notebook = exercises.exercise(small(), "03_log_sum_exp")
    assert [cell.id for cell in notebook.cells] == ["title", "f", "x"]
    title, function, value = notebook.cells
    opening = "# Exercises: small things\n\nThese go with [The log-sum-exp trick](../03_log_sum_exp.ipynb)."
    assert title.source.startswith(opening)
    assert "\n\nBinder stops after ten idle minutes and forgets your answers. " in title.source
    assert function.source == 'def f(x):\n    """Twice x."""\n    ...  # your code here'
    assert (function.execution_count, function.outputs, function.metadata) == (None, [], {})
    assert value.source == "x = ...\n# your code here\ny = 1"
    assert notebook.metadata["gmixlib"] == {"exercises": "log_sum_exp"}
    assert notebook.metadata["description"].startswith("Three exercises on small things. Each check")
    assert "2 * x" not in serialise(notebook)


def test_solutions_without_a_title_or_a_description_are_refused():
    untitled, undescribed = small(), small()
    untitled.cells[0].source = "# Solutions"
    undescribed.metadata["description"] = "Some solutions."
    with pytest.raises(exercises.Unsolved, match="must have the title"):
        exercises.exercise(untitled, "03_log_sum_exp")
    with pytest.raises(exercises.Unsolved, match="must have a description"):
        exercises.exercise(undescribed, "03_log_sum_exp")


def test_references_are_written_out():
    text = written_out(
        "In {eq}`eq-lse-score` and {eq}`eq-log-sum-exp`, by {eq}`eq-lse-score`. {numref}`fig-pull`."
    )
    sentence, _, rest = text.partition("\n\n")
    assert sentence.startswith("In (1) and (2), by (1). The figure in [")
    assert sentence.endswith("](../03_log_sum_exp.ipynb).")
    named = re.findall(r"^\((\w)\), from \[.+?\]\(\.\./03_log_sum_exp\.ipynb\):$", rest, re.MULTILINE)
    assert named == ["1", "2"]
    assert rest.count("$$") == 4
    plain = written_out("Of {term}`modes <mode>`, {py:func}`~gmixlib.near`, {doc}`../06_gibbs`.")
    assert plain == "Of modes, `near`, [Gibbs over categories](../06_gibbs.ipynb)."


@pytest.mark.parametrize("path", chapter_paths(), ids=lambda path: path.stem)
def test_an_equation_ends_where_it_ends(path):
    """It once ran on, from an equation without a label to the end of the next one that has one."""
    formulas = [place.formula for place in places().values() if path.name in place.link]
    assert not [formula for formula in formulas if "$$" in formula or "`" in formula]


@pytest.mark.parametrize("dead", ["{eq}`eq-none`", "{numref}`fig-none`", "{doc}`../77_none`"])
def test_a_dead_reference_is_refused(dead):
    with pytest.raises(DeadReference, match="none"):
        written_out(dead)
