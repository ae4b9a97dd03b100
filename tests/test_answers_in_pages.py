"""What a page says of an answer is what ``check`` says: its script is run here on every recorded answer."""

import json
import re
from fractions import Fraction

import numpy as np
import pytest
from py_mini_racer import MiniRacer

from gmixlib.exercises._exercise import Choice, Mistake, Value
from gmixlib.exercises._outcome import Local, plain
from gmixlib.exercises._page import for_page
from gmixlib.exercises._registry import find
from student_answers import answers, others
from tools.notebooks import ROOT

SCRIPT = ROOT / "book" / "_static" / "answers.js"
ECHO = re.compile(
    r"^(`\w+`|Your answer) is (?:[^a-z]|e[-+])*(, and that|: |\. (?=Th))"
)  # the answer, as each shows it


@pytest.fixture(scope="module")
def judge():
    engine = MiniRacer()
    engine.eval(SCRIPT.read_text(encoding="utf-8"))

    def judge(exercise, written: str) -> dict:
        data = json.dumps(for_page(exercise), allow_nan=False)
        return json.loads(engine.eval(f"JSON.stringify(judgeAnswer({data}, {json.dumps(written)}))"))

    return judge


def as_written(answer: object) -> str:
    """An answer as one writes it into a field."""
    if isinstance(answer, str | Fraction):
        return str(answer)
    value = plain(answer)
    if isinstance(value, tuple):
        return ", ".join(map(as_written, value))
    return value if isinstance(value, str) else ", ".join(repr(float(number)) for number in value.flat)


RECORDED = [
    (name, answer)
    for name, tried in answers().items()
    if isinstance(find(name), Value | Choice)
    for answer in (*tried.right.values(), *(wrong for wrong, _ in tried.wrong.values()))
] + [(name, answer) for (name, _), (answer, *_) in others().items() if isinstance(find(name), Value | Choice)]


def agree(judge, exercise, answer: object) -> None:
    """Hold what the page says against what `check` says."""
    verdict, found = exercise.judge(Local(answer)), judge(exercise, as_written(answer))
    assert (found["status"], found["mistake"]) == (verdict.status, verdict.mistake), (found, verdict)
    if verdict.mistake not in (
        "no-such-letter",
        "wrong-form",
        "wrong-shape",
    ):  # of which each speaks in its own way
        assert ECHO.sub(r"\2", found["message"]) == ECHO.sub(r"\2", verdict.message)


@pytest.mark.parametrize(("name", "answer"), RECORDED)
def test_a_page_says_what_check_says(judge, name, answer):
    agree(judge, find(name), answer)


TWO = Value(
    word="two",
    title="Two",
    variable="two",
    expected=np.array([7.04, 0.52]),
    within=0.05,
    mistakes={
        "upside-down": Mistake(np.array([0.1421, 1.9231]), "The other way round."),
        "half": Mistake(np.array([np.nan, 0.26]), "A factor 2."),
        "near": Mistake(np.array([7.15, 0.52]), "Near it."),
        "one": Mistake(7.56, "The sum of both."),
    },
    otherwise="Look again.",
    after="And both are positive.",
)
TENS = Value(
    word="tens", title="To tens", variable="tens", expected=12_345, within=5, mistakes={}, otherwise="No."
)
SMALL = Value(word="s", title="S", variable="s", expected=12.345, within=5e-4, mistakes={}, otherwise="No.")
HALVES = Value(
    word="halves",
    title="Halves",
    variable="halves",
    expected=5.0,
    within=0.05,
    mistakes={"even": Mistake(0.25, "Down."), "odd": Mistake(0.75, "Up.")},
    otherwise="No.",
)
KINDS = [
    (TWO, (7.04, 0.52)),
    (TWO, (Fraction(704, 100), Fraction(13, 25))),
    (TWO, (0.1, 1.9)),
    (TWO, (0.1, 0.7)),
    (TWO, (3.0, 0.3)),
    (TWO, (3.0, 0.26)),
    (TWO, (7.0, 0.9)),
    (TWO, (1.0, 0.5)),
    (TWO, (6.9, 0.5)),
    (TWO, (7.15, 0.5)),
    (TWO, (7.04, 52)),
    (TWO, (1.0, 51)),
    (TWO, (7.04, 50)),
    (TWO, 7.56),
    (TWO, 7),
    (TWO, (7, 8, 9)),
    (TWO, (7, "half")),
    (TENS, 12_340),
    (TENS, 12_355),
    (TENS, 12_300),
    *((HALVES, answer) for answer in (0.2, 0.3, 0.7, 0.8)),
    (SMALL, 12.34),
    (SMALL, 12.35),
    (SMALL, 12.3),
    (SMALL, 12.346),
    (SMALL, 1.2345e1),
]


@pytest.mark.parametrize(("exercise", "answer"), KINDS)
def test_each_rule_is_the_same_in_both(judge, exercise, answer):
    agree(judge, exercise, answer)


@pytest.mark.parametrize(
    "written", ["(7.0, 0.5)", "[7.04; .52]", "7,0.5", "7.04 0.52", "+7.0e0, 13/25", " 7 ,  1 / 2"]
)
def test_numbers_are_read_as_people_write_them(judge, written):
    assert judge(TWO, written)["status"] == "correct"


@pytest.mark.parametrize(("written", "value"), [("−1.5", -1.5), ("-3/2", -1.5), ("1e-3", 0.001)])
def test_a_number_may_have_a_sign(judge, written, value):
    exercise = Value(
        word="x", title="X", variable="x", expected=value, within=1e-4, mistakes={}, otherwise="No."
    )
    assert judge(exercise, written)["status"] == "correct"


@pytest.mark.parametrize("written", ["seven", "7 apples", "1/2/3", "--1", "1e", "NaN", "infinite", "<b>"])
def test_what_is_no_number_is_refused(judge, written):
    found = judge(TWO, written)
    assert (found["status"], found["mistake"]) == ("not yet right", "wrong-form")
    assert "two numbers are expected" in found["message"]


def test_nothing_is_no_answer(judge):
    assert judge(TWO, "  ")["status"] == "not attempted"
