"""Every exercise answers: a stub, the right answers and the wrong ones each get the feedback made for them."""

import sys

import numpy as np
import pytest

from gmixlib.exercises import check
from gmixlib.exercises._exercise import Choice, Function, Status
from gmixlib.exercises._registry import chapters, find, of_chapter
from student_answers import answers, others
from test_imports import SLOW

FEWEST_EXERCISES, FEWEST_MISTAKES = 5, 3  # of a chapter, of an exercise
STUBS, STUBS_OF_FUNCTIONS = [..., None], [lambda *_: None, lambda *_: ...]

ANSWERS = answers()
OPEN = [
    (name, stub)
    for name in ANSWERS
    for stub in STUBS + (STUBS_OF_FUNCTIONS if isinstance(find(name), Function) else [])
]
RIGHT = [(name, how) for name, tried in ANSWERS.items() for how in tried.right]
WRONG = [(name, mistake) for name, tried in ANSWERS.items() for mistake in tried.wrong]


@pytest.fixture(autouse=True, scope="module")
def _without_slow_libraries():
    """A student's first check is not to wait for PyMC: None in sys.modules makes an import fail."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in SLOW:
            monkeypatch.setitem(sys.modules, name, None)
        yield


def hints(name: str) -> dict[str, str]:
    """Every hint of an exercise by the mistake it is made for."""
    exercise = find(name)
    if isinstance(exercise, Choice):
        return {letter: reply for letter, reply in exercise.replies.items() if letter != exercise.right}
    return {mistake: made.hint for mistake, made in exercise.mistakes.items()}


@pytest.mark.parametrize("chapter", chapters())
def test_every_exercise_of_a_chapter_was_tried(chapter):
    assert list(of_chapter(chapter)) == [name for name in ANSWERS if name.startswith(f"{chapter}.")]
    assert len(of_chapter(chapter)) >= FEWEST_EXERCISES, "a chapter has at least five exercises"


@pytest.mark.parametrize("name", ANSWERS)
def test_mistakes_are_several_each_tried_and_each_with_a_hint_of_its_own(name):
    made = hints(name)
    assert set(made) == set(ANSWERS[name].wrong)
    assert len(made) >= FEWEST_MISTAKES, "an exercise has at least three mistakes"
    assert ANSWERS[name].right
    for mistake, (_, words) in ANSWERS[name].wrong.items():
        assert [other for other, hint in made.items() if words in hint] == [mistake]
    assert not any("$" in hint for hint in made.values()), "a hint is plain text, which shows no formulas"


@pytest.mark.parametrize(("name", "stub"), OPEN)
def test_no_answer_is_not_attempted(name, stub):
    assert check(name, stub).verdict.status is Status.OPEN


@pytest.mark.parametrize(("name", "how"), RIGHT)
def test_a_right_answer_written_another_way_is_correct(name, how):
    verdict = check(name, ANSWERS[name].right[how]).verdict
    assert verdict.status is Status.CORRECT, verdict.message


@pytest.mark.parametrize(("name", "mistake"), WRONG)
def test_a_wrong_answer_gets_the_hint_made_for_it(name, mistake):
    answer, _ = ANSWERS[name].wrong[mistake]
    verdict = check(name, answer).verdict
    assert (verdict.status, verdict.mistake) == (Status.WRONG, mistake), verdict.message
    assert verdict.message.endswith(
        hints(name)[mistake]
    )  # after a word on rounding, if it is near the right value


OTHERS = others()


@pytest.mark.parametrize(("name", "what"), OTHERS)
def test_a_wrong_answer_without_a_hint_of_its_own_gets_a_fitting_reply(name, what):
    answer, mistake, words = OTHERS[name, what]
    verdict = check(name, answer).verdict
    assert (verdict.status, verdict.mistake) == (Status.WRONG, mistake), verdict.message
    assert words in verdict.message


DRAWING = [name for name in ANSWERS if getattr(find(name), "seeded", ())]


@pytest.mark.parametrize("name", DRAWING)
@pytest.mark.parametrize(
    ("generator", "mistake"),
    [(np.random.default_rng, "not-from-rng"), (lambda: np.random.default_rng(7), "own-seed")],
)
def test_right_draws_from_another_generator_are_told_so(name, generator, mistake):
    exercise = find(name)

    def draw(*arguments):
        return exercise.reference(
            *(generator() if isinstance(one, np.random.Generator) else one for one in arguments)
        )

    verdict = check(name, draw).verdict
    assert (verdict.status, verdict.mistake) == (Status.WRONG, mistake), verdict.message


@pytest.mark.parametrize("name", [name for name in ANSWERS if getattr(find(name), "arrays", ((), ""))[0]])
def test_right_results_by_a_loop_over_points_are_told_so(name):
    exercise = find(name)

    def loop(*arguments):
        for _ in range(10_000):
            pass
        return exercise.reference(*arguments)

    assert check(name, loop).verdict.mistake == "loop-over-points"
