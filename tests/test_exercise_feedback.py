"""Every exercise answers: a stub, the right answers and the wrong ones each get the feedback made for them."""

import pytest

from gmixlib.exercises import check
from gmixlib.exercises._kinds import Choice, Status
from gmixlib.exercises._registry import chapters, find, of_chapter
from tools.feedback import ANSWERS, TABLE, row, rows

FEWEST_EXERCISES, FEWEST_MISTAKES, FEWEST_ROWS = 5, 3, 150

RIGHT = [(name, how) for name, tried in ANSWERS.items() for how in tried.right]
WRONG = [(name, mistake) for name, tried in ANSWERS.items() for mistake in tried.wrong]


def hints(name: str) -> dict[str, str]:
    """Every hint of an exercise by the mistake it is made for."""
    exercise = find(name)
    if isinstance(exercise, Choice):
        return {letter: reply for letter, reply in exercise.replies.items() if letter != exercise.right}
    return {mistake.name: mistake.hint for mistake in exercise.mistakes}


@pytest.mark.parametrize("chapter", chapters())
def test_every_exercise_of_a_chapter_was_tried(chapter):
    assert list(of_chapter(chapter)) == [name for name in ANSWERS if name.startswith(chapter)]
    assert len(of_chapter(chapter)) >= FEWEST_EXERCISES


@pytest.mark.parametrize("name", ANSWERS)
def test_mistakes_are_several_each_tried_and_each_with_its_own_hint(name):
    made = hints(name)
    assert set(made) == set(ANSWERS[name].wrong)
    assert len(set(made.values())) == len(made) >= FEWEST_MISTAKES
    assert not any("$" in hint for hint in made.values())  # a text shows no formulas
    assert ANSWERS[name].right


def test_the_table_has_a_row_for_each_wrong_answer_and_no_other():
    assert len(WRONG) >= FEWEST_ROWS
    assert [row.split(" | ")[:2] for row in rows()] == [[f"| {name}", mistake] for name, mistake in WRONG]


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("stub", [..., None, lambda *_: None, lambda *_: ...])
def test_no_answer_is_not_attempted(name, stub):
    if callable(stub) and not hasattr(find(name), "reference"):
        pytest.skip("the answer is no function")
    assert check(name, stub).verdict.status is Status.OPEN


@pytest.mark.parametrize(("name", "how"), RIGHT)
def test_a_right_answer_written_another_way_is_correct(name, how):
    verdict = check(name, ANSWERS[name].right[how]).verdict
    assert verdict.status is Status.CORRECT, verdict.message


@pytest.mark.parametrize(("name", "mistake"), WRONG)
def test_a_wrong_answer_gets_its_own_hint(name, mistake):
    """The hint made for it, word for word as it was when someone last read the table."""
    verdict = check(name, ANSWERS[name].wrong[mistake]).verdict
    assert (verdict.status, verdict.mistake) == (Status.WRONG, mistake), verdict.message
    assert verdict.message == hints(name)[mistake]
    assert row(name, mistake, verdict.message) in rows(), (
        f"`make exercises` renews {TABLE.name}: read what changed"
    )
