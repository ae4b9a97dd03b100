"""``check`` and ``progress``: whatever an answer does is a result, and nothing is lost."""

import contextlib
import json
import re
import signal
import sys
import threading
import time
import warnings
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from string import ascii_letters, digits

import numpy as np
import pytest
import xarray as xr

from gmixlib import exercises
from gmixlib.exercises import _registry, check, progress
from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Status, Value
from gmixlib.exercises._limits import Late, limited, remaining, tell_if_unlimited
from gmixlib.exercises._outcome import Kind, Local
from student_answers import answers


@pytest.fixture(autouse=True)
def _own_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("GMIXLIB_PROGRESS", str(tmp_path / "progress.json"))


MEAN = Function(
    word="mean",
    title="A mean",
    variable="mean",
    reference=np.mean,
    calls=[(np.array([1.0, 2.0, 6.0]),), (np.array([5.0]),)],
    mistakes={"sum": Mistake(np.sum, "That is the sum.")},
    otherwise="Divide by the number of terms.",
    seconds=1.0,
)
PAIR = Function(
    word="pair",
    title="Both",
    variable="pair",
    reference=lambda a: (a.min(), a),
    calls=[(np.array([2.0, 1.0]),)],
)
DIGITS = Value(
    word="digits",
    title="Two decimals",
    variable="x",
    expected=1000.004,
    within=0.005,
    mistakes={"half": Mistake(500.002, "That is half.")},
    otherwise="Look again.",
)
SMALL = replace(DIGITS, expected=12.345)
LETTERS = Choice(
    word="letter", title="A letter", variable="letter", right="b", replies={"a": "No.", "b": "Yes."}
)


def judged(exercise, answer):
    return exercise.judge(Local(answer))


class Hostile:
    """Raises at whatever is done with it."""

    def __getattribute__(self, name):
        raise RuntimeError(name)

    def __repr__(self):
        raise RuntimeError("repr")

    def __array__(self, *_, **__):
        raise RuntimeError("array")


class Endless:
    """Turns into an array for ever."""

    def __array__(self, *_, **__):
        while True:
            pass


class BadText(Exception):
    def __str__(self):
        raise RuntimeError("no text")


class ExitText(Exception):
    def __str__(self):
        raise SystemExit


def swallows_everything(a):
    while True:
        try:
            while True:
                pass
        except Exception:  # noqa: BLE001, S110 - what a student may write
            pass


def mutates(a):
    a[0] = 0
    return 3.0


def raises(error):
    def answer(a):
        raise error

    return answer


def deep(a):
    return deep(a) + 1


# For each: the answer, the mistake recognised, and a part of the message.
BAD_FUNCTIONS = {
    "raises": (lambda a: 1 / 0, "raised", "ZeroDivisionError: division by zero (line 1 of your function)"),
    "no text, but an exit": (raises(ExitText()), "raised", "ExitText"),
    "no text": (raises(BadText()), "raised", "BadText"),
    "leaves": (raises(SystemExit(1)), "raised", "SystemExit"),
    "generator exit": (raises(GeneratorExit()), "raised", "GeneratorExit"),
    "signature": (lambda: 0, "raised", "TypeError"),
    "recursion": (deep, "endless", "calls itself without end"),
    "hangs": (swallows_everything, "late", "took longer than 1 seconds"),
    "sleeps": (lambda a: time.sleep(60), "late", "took longer than 1 seconds"),
    "mutates": (mutates, "mutated", "changes the arrays"),
    "text": (lambda a: "three", "wrong-form", "is a text, expected is a number"),
    "dictionary": (lambda a: {"mean": 3}, "unusable", "is of type dict"),
    "object": (lambda a: Hostile(), "raised", ""),
    "endless array": (lambda a: Endless(), "late", "took longer"),
    "generator": (lambda a: (x for x in a), "unusable", "is of type generator"),
    "objects": (lambda a: np.array([object()]), "unusable", "ndarray"),
    "huge": (lambda a: np.broadcast_to(0.0, (20_000, 1_000)), "unusable", "20,000,000 elements"),
    "shape": (lambda a: a, "wrong-shape", "is three numbers, expected is a number"),
    "parts": (lambda a: (1.0, a), "wrong-form", "is 2 parts (a number, three numbers), expected is a number"),
    "nan": (lambda a: np.nan, "nan", "holds NaN"),
    "infinite": (lambda a: np.inf, "", "gives inf where 3. is right"),
    "complex": (lambda a: a.mean() + 1j, "", "is right"),
    "sum": (lambda a: sum(a), "sum", "That is the sum."),
    "almost": (lambda a: np.mean(a) + 1e-6, "", "Divide by the number of terms."),
    "no function": (3.0, "uncallable", "is of type float; a function is expected"),
    "a class": (int, "raised", "TypeError"),
    "masked": (lambda a: np.ma.masked_equal([3.0], 3.0), "unusable", "has masked elements"),
}


@pytest.mark.parametrize("name", BAD_FUNCTIONS)
def test_whatever_a_function_does_is_a_result(name, capfd):
    answer, mistake, part = BAD_FUNCTIONS[name]
    verdict = judged(MEAN, answer)
    assert (verdict.status, verdict.mistake) == (Status.WRONG, mistake), verdict
    assert part in verdict.message
    assert "Traceback" not in verdict.message
    assert capfd.readouterr() == ("", "")


GOOD_FUNCTIONS = {
    "float32": lambda a: a.astype(np.float32).mean(),
    "one number in an array": lambda a: [a.mean()],
    "a string of prints": lambda a: print("x" * 10**6) or a.mean(),
    "warns": lambda a: np.log(-1.0) if np.isnan(np.float64(0) / 0) and False else a.mean(),
    "xarray": lambda a: xr.DataArray(a).mean(),
    "an integer": lambda a: int(a.mean()),
    "a fraction": lambda a: Fraction(a.mean()),
    "a decimal": lambda a: Decimal(float(a.mean())),
    "decimals in a list": lambda a: [Decimal(float(a.mean()))],
    "an array without masked elements": lambda a: np.ma.masked_invalid([a.mean()]),
    "callable object": np.mean,
    "keyword": lambda *a, axis=None: np.mean(a[0], axis),
}


@pytest.mark.parametrize("name", GOOD_FUNCTIONS)
def test_right_in_another_way_is_correct(name, capfd):
    assert judged(MEAN, GOOD_FUNCTIONS[name]).status is Status.CORRECT
    assert capfd.readouterr() == ("", "")


def test_results_in_parts():
    assert judged(PAIR, lambda a: [min(a), list(a)]).status is Status.CORRECT
    assert judged(PAIR, lambda a: (a.min(), a, 1)).message.endswith("has 3 parts, expected are 2.")
    assert "part 2 of `pair" in judged(PAIR, lambda a: (a.min(), a[:1])).message
    assert judged(PAIR, lambda a: (a.min(), None)).status is Status.OPEN
    alike = replace(PAIR, calls=[(np.array([2.0]),)])  # a number, and an array of one
    assert judged(alike, lambda a: (a, list(a))).status is Status.CORRECT
    assert judged(alike, lambda a: (a, 2 * a)).status is Status.WRONG


INFINITE = Function(
    word="infinite",
    title="Infinite",
    variable="f",
    reference=lambda a: (np.log(a), "text"),
    calls=[(np.array([0.0, 1.0]),)],
    otherwise="No.",
)


def test_single_precision_stays_so_beside_an_integer():
    pair = replace(PAIR, reference=lambda a: (a.sum(), 1 / a.sum()), calls=[(np.array([1.0, 2.0]),)])
    assert judged(pair, lambda a: (3, np.float32(1 / 3))).status is Status.CORRECT
    assert judged(pair, lambda a: (3, 0.33333)).status is Status.WRONG


def test_only_infinite_is_near_infinite():
    assert judged(INFINITE, lambda a: ([-np.inf, 0], "text")).status is Status.CORRECT
    for wrong in ([-1e300, 0], [np.inf, 0], [np.nan, 0]):
        assert judged(INFINITE, lambda a, wrong=wrong: (wrong, "text")).status is Status.WRONG
    assert judged(INFINITE, lambda a: ([-np.inf, 0], "test")).message.endswith("No.")
    assert "part 2" in judged(INFINITE, lambda a: ([-np.inf, 0], 1.0)).message


DRAWN = Function(
    word="drawn",
    title="Draws",
    variable="drawn",
    reference=lambda n, rng: rng.normal(size=n),
    measure=lambda draw: [
        np.mean(draw(400, np.random.default_rng(1))),
        np.std(draw(400, np.random.default_rng(2))),
    ],
    within=0.25,
    statistics=("the mean", "the standard deviation"),
    seeded=(5, np.random.default_rng(3)),
    arrays=((2_000, np.random.default_rng(4)), "Without a loop."),
    unused={"standard_normal": "Not that one."},
    otherwise="Think.",
    after="As many as you like.",
)


def by_loop(n, rng):
    return [rng.normal() for _ in range(n)]


DRAWS = {
    "right": (DRAWN.reference, Status.CORRECT, "", "As many as you like."),
    "own generator": (
        lambda n, rng: np.random.default_rng().normal(size=n),
        Status.WRONG,
        "not-from-rng",
        "same seed",
    ),
    "own seed": (
        lambda n, rng: np.random.default_rng(7).normal(size=n),
        Status.WRONG,
        "own-seed",
        "Two calls give",
    ),
    "a loop": (by_loop, Status.WRONG, "loop-over-points", "Without a loop."),
    "forbidden": (
        lambda n, rng: rng.standard_normal(n),
        Status.WRONG,
        "uses-standard_normal",
        "Not that one.",
    ),
    "forbidden within": (
        lambda n, rng: np.array([draw() for draw in [lambda: rng.standard_normal(n)]])[0],
        Status.WRONG,
        "uses-standard_normal",
        "Not that one.",
    ),
    "too wide": (
        lambda n, rng: rng.normal(0, 2, n),
        Status.WRONG,
        "",
        "the standard deviation is 2.02, and 1.01 is right",
    ),
}


@pytest.mark.parametrize("name", DRAWS)
def test_what_draws_takes_its_numbers_from_the_generator_and_keeps_the_rules(name):
    answer, status, mistake, part = DRAWS[name]
    verdict = judged(DRAWN, answer)
    assert (verdict.status, verdict.mistake) == (status, mistake), verdict
    assert part in verdict.message


def test_an_overflow_that_nobody_sees_is_told_where_the_text_forbids_it():
    bounded = replace(MEAN, bounded=((np.array([1.0, 1e3]),), "Not so large."))
    assert judged(bounded, MEAN.reference).status is Status.CORRECT
    verdict = judged(bounded, lambda a: np.where(np.exp(a.max()) > 0, a.mean(), 0.0))
    assert (verdict.mistake, verdict.message) == ("overflow", "Not so large.")


def test_a_branch_that_returns_nothing_is_told():
    verdict = judged(MEAN, lambda a: a.mean() if a.size > 1 else None)
    assert (verdict.status, verdict.mistake) == (Status.WRONG, "nothing-returned")
    assert verdict.message.startswith("`mean([5.])` returns nothing, though another call did.")
    calls = []
    verdict = judged(
        DRAWN, lambda n, rng: calls.append(n) or (rng.normal(size=n) if len(calls) % 2 else None)
    )
    assert verdict.mistake == "nothing-returned"
    assert verdict.message.startswith("`drawn` returns nothing, though")


def test_a_function_of_another_language_has_no_lines_and_no_names():
    assert judged(replace(DRAWN, reference=np.ones, measure=np.mean), np.float64).status is Status.WRONG
    assert Local(np.mean).names(1.0).value[0] == ""


def test_a_limit_of_time_may_have_words_of_its_own():
    slow = replace(MEAN, late="Too many terms.")
    assert judged(slow, lambda a: time.sleep(60)).message == "Too many terms."


def test_a_number_changed_in_a_list_is_noticed():
    def changes(a):
        a[0] = 7
        return 3.0

    assert Local(changes).call(([1.0, 2.0],), 1.0).kind is Kind.MUTATED


VALUES = {
    "right": (1000.004, Status.CORRECT, ""),
    "rounded": (1000.00, Status.CORRECT, ""),
    "float32": (np.float32(1000.004), Status.CORRECT, ""),
    "an array": ([1000.0], Status.CORRECT, ""),
    "cut off": (1000.01, Status.WRONG, "last-digit"),
    "not near": (1000.02, Status.WRONG, ""),
    "relatively near": (1000.5, Status.WRONG, ""),
    "a known mistake": (500, Status.WRONG, "half"),
    "a text": ("1000", Status.WRONG, "wrong-form"),
    "nan": (float("nan"), Status.WRONG, "nan"),
    "two": ([1, 2], Status.WRONG, "wrong-shape"),
    "hostile": (Hostile(), Status.WRONG, "raised"),
    "a digit too few": (12.3, Status.WRONG, "rounded"),
    "none": (None, Status.OPEN, ""),
    "ellipsis": (..., Status.OPEN, ""),
}


@pytest.mark.parametrize("name", VALUES)
def test_values(name):
    answer, status, mistake = VALUES[name]
    verdict = judged(SMALL if name == "a digit too few" else DIGITS, answer)
    assert (verdict.status, verdict.mistake) == (status, mistake), verdict


TWO = replace(
    DIGITS,
    expected=np.array([7.04, 0.52]),
    within=0.05,
    mistakes={
        "upside-down": Mistake(np.array([0.1421, 1.9231]), "That is the other way round."),
        "half": Mistake(np.array([np.nan, 0.26]), "The second lacks a factor 2."),
    },
)


@pytest.mark.parametrize(
    ("answer", "mistake", "part"),
    [
        ((Fraction(704, 100), Decimal("0.52")), "", ""),
        ((0.1, 1.9), "upside-down", "the other way round"),  # rounded as asked
        ((0.1, 0.7), "", "is not it. Look"),
        ((3.0, 0.26), "half", "lacks a factor"),
        ((7.0, 0.9), "", "The first is right. Look again."),
        ((6.9, 0.5), "last-digit", "very near"),
        ((7.0, 52), "per-cent", "[ 7., 52.]. The second is in per cent. A share of 1"),
        ((7.0, 50), "", "The first is right. Look again."),  # too far off to be the right one
        (7, "wrong-shape", "is a number, expected is two numbers"),
        ((7, "0.5"), "wrong-form", "is 2 parts (a number, a text), expected is two numbers"),
    ],
)
def test_numbers_of_a_pair_are_judged_one_by_one(answer, mistake, part):
    verdict = judged(TWO, answer)
    assert verdict.mistake == mistake, verdict
    assert part in verdict.message
    assert (verdict.status is Status.CORRECT) == (part == "")


@pytest.mark.parametrize(
    ("answer", "status", "message"),
    [
        ("b", Status.CORRECT, "Yes."),
        (" B) ", Status.CORRECT, "Yes."),
        (["b"], Status.CORRECT, "Yes."),
        (np.array("b"), Status.CORRECT, "Yes."),
        ("answer b", Status.CORRECT, "Yes."),
        ("(b) those in an interval around 0", Status.CORRECT, "Yes."),
        ("b: a narrow one", Status.CORRECT, "Yes."),
        ("b,", Status.CORRECT, "Yes."),
        ("both", Status.WRONG, '`letter` is \'both\'; it must be one of "a", "b".'),
        ("a or b", Status.WRONG, '`letter` is \'a or b\'; it must be one of "a", "b".'),
        ("a", Status.WRONG, "No."),
        ("c", Status.WRONG, '`letter` is \'c\'; it must be one of "a", "b".'),
        (2, Status.WRONG, '`letter` is 2; it must be one of "a", "b".'),
        (..., Status.OPEN, 'Set `letter` to the letter of your answer, such as `letter = "a"`.'),
    ],
)
def test_choices(answer, status, message):
    verdict = judged(LETTERS, answer)
    assert (verdict.status, verdict.message) == (status, message)


def test_what_an_answer_says_is_unheard_and_the_settings_stay(capfd):
    def loud(a):
        print("out")
        print("err", file=sys.stderr)
        warnings.warn("warned", stacklevel=1)
        np.seterr(all="warn")
        return np.zeros(1) / np.zeros(1)

    with np.errstate(all="raise"):
        filters, errors = list(warnings.filters), np.geterr()
        assert Local(loud).call((1.0,), 1.0).kind is Kind.VALUE
        assert Local(lambda a: np.zeros(1) / a).call((0.0,), 1.0).kind is Kind.VALUE
        assert (list(warnings.filters), np.geterr()) == (filters, errors)
    assert capfd.readouterr() == ("", "")


def test_once_the_file_can_be_written_it_alone_counts(tmp_path, monkeypatch):
    """So that a student who deletes it starts over, as is documented."""
    monkeypatch.setenv("GMIXLIB_PROGRESS", str(tmp_path / "later" / "progress.json"))
    check("log_sum_exp.mean", 1.0)
    assert "not yet right" in repr(progress("log_sum_exp"))
    (tmp_path / "later").mkdir()
    check("log_sum_exp.mean", 1.0)
    (tmp_path / "later" / "progress.json").unlink()
    assert "not yet right" not in repr(progress("log_sum_exp"))


def test_an_interrupt_by_the_student_goes_through():
    with pytest.raises(KeyboardInterrupt):
        judged(MEAN, raises(KeyboardInterrupt()))


def test_the_limit_leaves_no_alarm_behind():
    with pytest.raises(Late), limited(0.05):
        time.sleep(10)
    with limited(0.05):
        pass
    time.sleep(0.1)


def test_the_limit_leaves_the_handler_as_it_was():
    def outer(*_): ...

    before = signal.signal(signal.SIGALRM, outer)
    try:
        with limited(10):
            assert signal.getsignal(signal.SIGALRM) is not outer
        assert signal.getsignal(signal.SIGALRM) is outer
    finally:
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("seconds", [0.0, 0.01])
def test_no_time_left_is_a_limit_too(seconds):
    with pytest.raises(Late), limited(seconds):
        time.sleep(5)


def test_who_catches_the_limit_is_stopped_again():
    def stubborn():
        with contextlib.suppress(BaseException):
            time.sleep(5)
        time.sleep(5)

    with pytest.raises(Late), limited(0.01):
        stubborn()


def test_a_deadline_that_is_past_leaves_no_time(monkeypatch):
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    assert [remaining(deadline) for deadline in (99.0, 100.0, 103.5)] == [0.0, 0.0, 3.5]


def test_an_exercise_counts_one_point_and_has_the_ten_seconds_that_are_documented():
    exercise = Exercise(word="word", title="Title", variable="x")
    assert (exercise.points, exercise.seconds) == (1, 10.0)
    assert "longer than ten seconds" in check.__doc__


@pytest.fixture
def on_windows(monkeypatch):
    """As Python is there: no timer, and no signal of one."""
    for name in ("setitimer", "getitimer", "SIGALRM", "ITIMER_REAL"):
        monkeypatch.delattr(signal, name)
    tell_if_unlimited.cache_clear()
    yield
    tell_if_unlimited.cache_clear()


def test_on_windows_nothing_is_stopped_and_the_first_check_says_so(on_windows, capsys):
    with limited(0.0):
        time.sleep(0.01)
    with pytest.raises(ZeroDivisionError), limited(1.0):
        raise ZeroDivisionError
    statuses = [check("log_sum_exp.mean", answer).verdict.status for answer in (..., 1.0, np.mean)]
    assert statuses[:2] == [Status.OPEN, Status.WRONG]
    said = capsys.readouterr().out
    assert said.startswith("Answers have no time limit here.")
    assert said.count("time limit") == 1


def test_a_limit_within_another_leaves_that_one_in_force():
    """As in a graded notebook, whose cells have a limit and call `check`."""

    def cell():
        with limited(0.2):
            judged(MEAN, np.mean)
            time.sleep(10)

    with pytest.raises(Late):
        cell()


def test_outside_the_main_thread_a_check_works_without_a_limit():
    found = []
    thread = threading.Thread(target=lambda: found.append(judged(MEAN, np.mean).status))
    thread.start()
    thread.join()
    assert found == [Status.CORRECT]


@pytest.fixture
def in_a_browser(monkeypatch):
    """As Python is there (Pyodide): it can start no thread and has no timer."""

    def refuse(*_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    monkeypatch.delattr(signal, "setitimer")
    tell_if_unlimited.cache_clear()
    yield
    tell_if_unlimited.cache_clear()


def test_without_threads_and_timers_checks_work_and_say_once_that_nothing_is_stopped(in_a_browser, capsys):
    for name in ("log_sum_exp.mean", "log_sum_exp.shift", "label_switching.exchange", "ordering.renumber"):
        verdict = check(name, next(iter(answers()[name].right.values()))).verdict
        assert verdict.status is Status.CORRECT, (name, verdict.message)
    assert capsys.readouterr().out.count("no time limit") == 1
    assert "ZeroDivisionError" in check("log_sum_exp.mean", lambda a: 1 / 0).verdict.message


def test_with_a_timer_nothing_is_said(capsys):
    tell_if_unlimited.cache_clear()
    check("log_sum_exp.mean", ...)
    assert capsys.readouterr().out == ""


def test_nbgraders_own_stub_is_not_attempted():
    assert judged(MEAN, raises(NotImplementedError())).status is Status.OPEN


def test_local_calls_copy_the_arguments():
    given = np.array([1.0, 2.0])
    assert Local(mutates).call((given,), 1.0).kind is Kind.MUTATED
    assert given.tolist() == [1.0, 2.0]


# --- what is shown --------------------------------------------------------------------------------


class _Text(HTMLParser):
    """The words of a piece of HTML, its tags balanced."""

    def __init__(self, html):
        super().__init__()
        self.words, self.open, self.roles = [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.roles += [value for name, value in attributes if name == "role"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.mark.parametrize(
    ("answer", "head"),
    [
        (..., "○ log_sum_exp.mean: not attempted."),
        (lambda a: a[0], "✗ log_sum_exp.mean: not yet right."),
        (lambda a: np.logaddexp.reduce(a) - np.log(a.size), "✓ log_sum_exp.mean: correct."),
    ],
)
def test_feedback_says_in_words_and_by_a_mark_what_colour_shows(answer, head):
    feedback = check("log_sum_exp.mean", answer)
    assert repr(feedback).startswith(head)
    shown = _Text(feedback._repr_html_())
    assert (
        "".join(shown.words).replace(head, "").split()
        == repr(feedback).replace(head, "").replace("`", "").split()
    )
    assert shown.roles == ["status"]


def test_what_a_student_writes_is_escaped():
    html = check("log_sum_exp.mean", raises(ValueError("<script>alert(1)</script>")))._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "name", ["log_sum_exp.men", "logsumexp.mean", "03.mean", "", None, 7, "log_sum_exp", "../x"]
)
def test_an_unknown_name_is_no_error(name):
    feedback = check(name, 1)
    assert feedback.verdict.status is Status.OPEN
    assert "no exercise of this name" in feedback.verdict.message
    assert ("log_sum_exp.mean" in feedback.verdict.message) == (
        name in ("log_sum_exp.men", "logsumexp.mean", "log_sum_exp")
    )


# --- progress -------------------------------------------------------------------------------------


def right(a):
    return np.logaddexp.reduce(a) - np.log(len(a))


def test_progress_counts_the_best_check_of_each():
    assert repr(progress("log_sum_exp")).endswith("0 of 6 correct")
    check("log_sum_exp.mean", right)
    check("log_sum_exp.weights", "a")
    assert repr(progress("log_sum_exp")).endswith("1 of 6 correct")
    assert re.search(r"✗ log_sum_exp.weights +not yet right", repr(progress("log_sum_exp")))
    check("log_sum_exp.mean", ...)
    check("log_sum_exp.mean", max)
    words = "".join(_Text(progress("log_sum_exp")._repr_html_()).words)
    assert "1 of 6 correct" in words
    assert "✗ not yet right" in words


def test_progress_is_in_a_file(tmp_path):
    check("log_sum_exp.mean", right)
    kept = json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))
    assert kept == {"log_sum_exp.mean": ["correct", date.today().isoformat()]}
    assert list(tmp_path.iterdir()) == [tmp_path / "progress.json"]


def test_the_day_is_that_of_the_first_time_and_files_of_earlier_versions_count(tmp_path):
    file = tmp_path / "progress.json"
    file.write_text(
        '{"log_sum_exp.mean": ["correct", "2025-03-01"], "log_sum_exp.tie": "correct"}', encoding="utf-8"
    )
    check("log_sum_exp.mean", right)
    check("log_sum_exp.weights", "a")
    shown = repr(progress("log_sum_exp"))
    assert re.search(r"✓ log_sum_exp.mean +correct +2025-03-01", shown)
    assert re.search("✗ log_sum_exp.weights +not yet right +today", shown)


@pytest.mark.parametrize(
    "unusable",
    [
        "",
        "{",
        "[]",
        '{"log_sum_exp.mean": 7, "x": "correct"}',
        '{"log_sum_exp.mean": []}',
        '{"log_sum_exp.mean": [["correct"], 3]}',
        "[" * 10_000,
        '{"03.mean": "correct"}',
    ],
)
def test_a_file_that_is_damaged_or_of_another_time_counts_as_nothing(tmp_path, unusable):
    (tmp_path / "progress.json").write_text(unusable, encoding="utf-8")
    assert repr(progress("log_sum_exp")).endswith("0 of 6 correct")
    check("log_sum_exp.mean", right)
    assert repr(progress("log_sum_exp")).endswith("1 of 6 correct")


def test_where_no_file_can_be_written_progress_is_kept_in_memory(tmp_path, monkeypatch):
    monkeypatch.setenv("GMIXLIB_PROGRESS", str(tmp_path / "no folder" / "progress.json"))
    monkeypatch.setattr(exercises._progress, "_unsaved", {})
    check("log_sum_exp.mean", right)
    assert repr(progress("log_sum_exp")).endswith("1 of 6 correct")


def test_where_no_file_can_be_written_the_best_result_is_kept_too(tmp_path, monkeypatch):
    monkeypatch.setenv("GMIXLIB_PROGRESS", str(tmp_path / "no folder" / "progress.json"))
    monkeypatch.setattr(exercises._progress, "_unsaved", {})
    check("log_sum_exp.mean", right)
    check("log_sum_exp.mean", max)
    assert repr(progress("log_sum_exp")).endswith("1 of 6 correct")


def elsewhere(tmp_path, monkeypatch, kept="{}"):
    """Go to another place, whose file of progress is given; return that file."""
    file = tmp_path / "elsewhere.json"
    file.write_text(kept, encoding="utf-8")
    monkeypatch.setenv("GMIXLIB_PROGRESS", str(file))
    return file


def test_a_code_carries_progress_elsewhere_and_the_best_result_of_each_counts(tmp_path, monkeypatch):
    kept = {
        "log_sum_exp.mean": ["correct", "2026-03-02"],
        "log_sum_exp.weights": ["not yet right", "2026-03-02"],
        "log_sum_exp.float32": ["not yet right", "2026-03-02"],
        "advi.nat": ["correct", "2026-03-02"],
    }
    (tmp_path / "progress.json").write_text(json.dumps(kept), encoding="utf-8")
    code, part = progress().code, progress("log_sum_exp").code
    own = {
        "log_sum_exp.mean": ["correct", "2026-03-01"],
        "log_sum_exp.weights": ["correct", "2026-03-03"],
        "advi.nat": ["not yet right", "2026-03-01"],
    }
    file = elsewhere(tmp_path, monkeypatch, json.dumps(own))
    assert repr(progress("log_sum_exp", code=part)).endswith("2 of 6 correct")
    merged = own | {"log_sum_exp.float32": kept["log_sum_exp.float32"]}
    assert json.loads(file.read_text(encoding="utf-8")) == merged
    for _ in range(2):  # what was taken once may be taken again
        progress(code=code)
        assert json.loads(file.read_text(encoding="utf-8")) == merged | {"advi.nat": kept["advi.nat"]}


def test_a_code_of_another_version_of_the_course_counts(tmp_path, monkeypatch):
    """There were exercises that are gone here, and some that will come; chapters had other numbers."""
    best = exercises._progress.Best(Status.CORRECT, "2026-03-01")
    file = elsewhere(tmp_path, monkeypatch)
    progress(code=exercises._progress.encode({"log_sum_exp.mean": best, "log_sum_exp.to_come": best}))
    assert repr(progress("log_sum_exp")).endswith("1 of 6 correct")
    assert "log_sum_exp.to_come" in json.loads(file.read_text(encoding="utf-8"))
    # Made when this was written: what students have noted down must be read for ever.
    noted = "t7p-x3jaq1bKyU-PLy7NjU-tKNBLy8lPLDE2UrKKVkrOLypKTS5R0lEyMjAy0zUw1jUwVYqtBQCYdw8M"
    progress(code=noted)
    assert re.search(r"✓ log_sum_exp.float32 +correct +2026-03-05", repr(progress("log_sum_exp")))


def test_a_code_is_short_plain_and_read_as_it_is_copied(tmp_path, monkeypatch):
    every = [name for chapter in _registry.chapters() for name in _registry.of_chapter(chapter)]
    days = {name: f"2026-03-{1 + number // 3:02}" for number, name in enumerate(every)}
    best = {name: exercises._progress.Best(Status.CORRECT, day) for name, day in days.items()}
    code = exercises._progress.encode(best)
    assert len(code) < 1000
    assert re.fullmatch(r"[\w-]+", code, re.ASCII)
    lines = "\n> ".join(re.findall(".{1,60}", code))
    for copied in (code, f" {code}\n", repr(code), f"“{code}”", lines):
        elsewhere(tmp_path, monkeypatch)
        assert repr(progress(code=copied)).endswith(f"{len(every)} of {len(every)} correct")


def test_a_damaged_code_is_refused_and_nothing_is_lost(tmp_path, monkeypatch):
    for name in ("log_sum_exp.mean", "log_sum_exp.weights", "log_sum_exp.float32"):
        check(name, "a")
    code = progress().code
    file = elsewhere(tmp_path, monkeypatch, before := '{"log_sum_exp.mean": ["correct", "2026-03-01"]}')
    letters = ascii_letters + digits + "-_"
    changed = [
        code[:at] + letters[(letters.index(code[at]) + 1) % 64] + code[at + 1 :]
        for at in range(len(code) - 1)
    ]
    swapped = [code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(len(code) - 1)]
    cut = [code[:end] for end in range(len(code))] + [code[1:]]
    foreign = [
        "log_sum_exp.mean",
        "4",
        code + code,
        code.lower(),
        json.dumps({"log_sum_exp.mean": "correct"}),
    ]
    for damaged in {*changed, *swapped, *cut, *foreign} - {code}:
        with pytest.raises(
            ValueError, match=r"^code is incomplete or changed, and nothing was taken from it; copy"
        ):
            progress(code=damaged)
    with pytest.raises(ValueError, match="chapter is 'em'"):
        progress("em", code=code)
    assert file.read_text(encoding="utf-8") == before


def test_progress_of_all_chapters_and_of_none():
    count = sum(len(_registry.of_chapter(chapter)) for chapter in _registry.chapters())
    assert repr(progress()).endswith(f"0 of {count} correct")
    with pytest.raises(ValueError, match="chapter is 'em'; it must be one of advi"):
        progress("em")


def test_progress_stands_beside_the_notebook_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("GMIXLIB_PROGRESS")
    assert exercises._progress._path() == Path(".gmixlib-progress.json")


@pytest.mark.parametrize("place", [".", "/"])
def test_a_folder_in_place_of_the_file_is_no_error(monkeypatch, place):
    monkeypatch.setenv("GMIXLIB_PROGRESS", place)
    monkeypatch.setattr(exercises._progress, "_unsaved", {})
    assert check("log_sum_exp.mean", right).verdict.status is Status.CORRECT
