"""The three kinds of exercise: a value, a function, a choice. Each judges an answer and says what is wrong."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gmixlib.exercises._limits import remaining
from gmixlib.exercises._outcome import Kind, Outcome, Source, plain

SINGLE_PRECISION = 1e-5  # an answer in float32 may be off by this share
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
FEWEST_POINTS = 1_000  # of a call that shows a loop over them
NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
# A letter as people write it: c, (c), answer c, c: and what the option says.
LETTER = re.compile(r"(?:answer |option )?\(?([a-z])(?:[).:,;]+(?:\s.*)?)?", re.DOTALL)

PROBLEMS = {
    Kind.RAISED: "{subject} stops with an error: {text}",
    Kind.LATE: (
        "{subject} took longer than {seconds:g} seconds and was stopped. Is there a loop that never ends, or one over"
        " points that an array could do at once?"
    ),
    Kind.ENDLESS: "{subject} calls itself without end. Does every call come closer to a case that is known?",
    Kind.MUTATED: (
        "{subject} changes the arrays that it is given. Whoever called it still needs them: work on a copy, or write"
        " `a = a - b` instead of `a -= b`."
    ),
    Kind.UNCALLABLE: "`{variable}` {text}; a function is expected.",
    Kind.UNUSABLE: "{subject} {text}. A number, an array of numbers or a text is expected.",
}
# What is said besides an error, by a part of its text.
ERRORS = {"OverflowError": "A number there is too large for a float. Its logarithm is not."}
# What is said of a value; a page of the book says the same (book/_static/answers.js).
NEAR = "{subject} is {found}: very near. Have you rounded the last digit that is asked for?"
FEWER_DIGITS = "{subject} is {found}: right so far, but with fewer digits than are asked for."
PER_CENT = "{subject} is {found}. {parts}in per cent. A share of 1 is asked for, with all its digits."
NOT_IT = "{subject} is {found}, and that is not it. {parts}{otherwise}"
NOTHING_HERE = "{call} returns nothing, though another call did. Does each branch end with a `return`?"


class Status(StrEnum):
    """Where an exercise stands."""

    OPEN = "not attempted"
    WRONG = "not yet right"
    CORRECT = "correct"


@dataclass(frozen=True)
class Verdict:
    """The status of an answer, what to tell the student, and the name of the mistake that was recognised."""

    status: Status
    message: str
    mistake: str = ""


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that students give, and the hint made for it.

    Parameters
    ----------
    answer
        The wrong value, or a function with the wrong step in it. An answer that gives the same results has
        made this mistake. NaN in an array of values stands for any number.
    hint
        What to tell the student: what went wrong, without the solution.
    """

    answer: Any
    hint: str


class _Stop(Exception):
    """Ends a judgement early, with its verdict."""

    def __init__(self, verdict: Verdict):
        super().__init__(verdict.message)
        self.verdict = verdict


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """What all exercises have.

    Parameters
    ----------
    word
        What its name has after the chapter's, such as ``"mean"`` in ``"log_sum_exp.mean"``.
    title
        The heading of the exercise.
    variable
        The name that the student's answer has in the notebook.
    points
        What it counts when graded.
    seconds
        The time that one check may take.
    after
        What to tell a student whose answer is correct: what the exercise asked on the way.
    """

    word: str
    title: str
    variable: str
    points: int = 1
    seconds: float = 10.0
    after: str = ""

    def judge(self, source: Source) -> Verdict:
        """Judge an answer; never raises because of what the answer does."""
        try:
            return self._judge(source, time.monotonic() + self.seconds)
        except _Stop as stop:
            return stop.verdict

    def _judge(self, source: Source, deadline: float) -> Verdict:
        raise NotImplementedError

    def _value(self, outcome: Outcome, subject: str = "") -> Any:
        """The value of an outcome; stops with a verdict on its subject if it has none."""
        # Kinds are compared by ==, since a notebook may have loaded this package twice.
        if outcome.kind == Kind.VALUE:
            return outcome.value
        if outcome.kind == Kind.EMPTY:
            raise _Stop(Verdict(Status.OPEN, self._nothing_yet))
        if outcome.kind == Kind.MISSING:
            raise _Stop(Verdict(Status.OPEN, f"`{self.variable}` {outcome.text}."))
        text = self._problem(outcome).format(
            subject=subject or f"`{self.variable}`",
            variable=self.variable,
            text=outcome.text,
            seconds=self.seconds,
        )
        raise _Stop(Verdict(Status.WRONG, text, outcome.kind.value))

    def _problem(self, outcome: Outcome) -> str:
        return PROBLEMS[outcome.kind]

    @property
    def _nothing_yet(self) -> str:
        return f"Give `{self.variable}` a value in place of `...`, and run the cell again."


@dataclass(frozen=True, kw_only=True)
class Value(Exercise):
    """An exercise whose answer is a number or an array.

    Parameters
    ----------
    expected
        The right value.
    within
        How far off an answer may be, absolutely: half a unit of the last digit that is asked for.
    mistakes
        Wrong values and their hints, by a short name of the mistake such as ``"exchanged"``.
    otherwise
        What to tell a student whose value is none of these.
    """

    expected: ArrayLike
    within: float
    mistakes: Mapping[str, Mistake]
    otherwise: str

    def _judge(self, source: Source, deadline: float) -> Verdict:
        found = self._value(source.look(remaining(deadline)))
        subject, right = f"`{self.variable}`", plain(self.expected)

        def say(text: str, parts: str = "") -> str:
            return text.format(subject=subject, found=_shown(found), parts=parts, otherwise=self.otherwise)

        if _agree([found], [right], self.within):
            return Verdict(Status.CORRECT, self.after)
        name, hint = self._recognised(found)
        if unlike := None if hint else _unlike(subject, found, right):
            return unlike
        if _agree(
            [found], [right], np.maximum(self.within, np.minimum(3 * self.within, 0.03 * np.abs(right)))
        ):
            text = say(NEAR)
            return Verdict(Status.WRONG, f"{text} If so: {hint}" if hint else text, name or "last-digit")
        if hint:
            return Verdict(Status.WRONG, hint, name)
        if self._rounded(found):
            return Verdict(Status.WRONG, say(FEWER_DIGITS), "rounded")
        # A hundred times the right share, to two per cent of it.
        share = (np.abs(right) < 1) & (np.abs(found - 100 * right) < 2 * np.abs(right))
        if share.any():
            parts = ("They are " if share.size > 1 else "That is ") if share.all() else _which(share)
            return Verdict(Status.WRONG, say(PER_CENT, parts), "per-cent")
        return Verdict(Status.WRONG, say(NOT_IT, self._parts(found)))

    @property
    def _digits(self) -> int:
        """How many decimals are asked for."""
        return round(-np.log10(2 * self.within))

    def _recognised(self, found: Any) -> tuple[str, str]:
        """The name and the hint of the mistake that gives this value, or gives it after rounding; else empty."""
        rounded = []
        for name, mistake in self.mistakes.items():
            wrong = plain(mistake.answer)
            if not (isinstance(found, np.ndarray) and _same_shape(found, wrong)):
                continue
            wrong = np.where(np.isnan(wrong), found.reshape(wrong.shape), wrong)
            if _agree([found], [wrong], np.minimum(self.within, 0.02 * np.abs(wrong))):
                return name, mistake.hint
            if _agree([found], [np.round(wrong, self._digits)], 1e-9):
                rounded.append((name, mistake.hint))
        return rounded[0] if len(rounded) == 1 else ("", "")

    def _rounded(self, found: Any) -> bool:
        """Whether this is the right answer with one or two digits fewer than are asked for."""
        right = plain(self.expected)
        return any(
            _agree([found], [np.round(right, fewer)], 1e-9) and np.allclose(found, right, rtol=0.1, atol=0)
            for fewer in range(max(self._digits - 2, 0), self._digits)
        )

    def _parts(self, found: Any) -> str:
        """Which of a few numbers are right, if some are."""
        right = plain(self.expected)
        if right.ndim != 1 or right.size > len(ORDINALS):
            return ""
        good = [_agree([found[i]], [right[i]], self.within) for i in range(right.size)]
        return f"{_which(good)}right. " if any(good) else ""


@dataclass(frozen=True, kw_only=True)
class Function(Exercise):
    """An exercise whose answer is a function.

    Parameters
    ----------
    reference
        A function that gives the right results, written without the worked solution.
    calls
        The arguments of each call that is compared, simplest first: a failing call is shown.
    measure
        Instead of `calls`, for what is random: takes a function and returns statistics of its results.
    within
        How far off a result may be: absolutely, and relatively to results larger than 1. For statistics of draws,
        five standard errors.
    mistakes
        Functions with a wrong step and their hints, by a short name of the mistake.
    otherwise
        What to tell a student whose function is none of these.
    statistics
        For each number that `measure` returns, what it is, such as ``"the share of category 0"``; the one that is
        furthest off is told.
    seeded
        For what draws: the arguments of a call, one of them a generator. The same seed must give the same draws, and
        a second call with the same generator others.
    arrays
        For what needs no loop over points: the arguments of a call with at least 1,000 points, and for a student who
        loops over them what to tell.
    bounded
        For what must not exponentiate large numbers, not even to throw the result away: the arguments of a call in
        which nothing may overflow, and what to tell a student in whose function something does.
    unused
        Names that an answer must not use, each with what to tell.
    late
        What to tell a student whose function takes too long, in place of the usual text.
    errors
        Parts of an error's text, each with what to tell, besides the error, a student in whose function it is raised.
    """

    reference: Callable
    calls: Sequence[tuple] = ()
    measure: Callable[[Callable], ArrayLike] | None = None
    within: ArrayLike = 1e-9
    mistakes: Mapping[str, Mistake] = field(default_factory=dict)
    otherwise: str = ""
    statistics: Sequence[str] = ()
    seeded: tuple = ()
    arrays: tuple[tuple, str] = ((), "")
    bounded: tuple[tuple, str] = ((), "")
    unused: Mapping[str, str] = field(default_factory=dict)
    late: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def _nothing_yet(self) -> str:
        return (
            f"`{self.variable}` returns nothing yet. Write its body, and run the cell again. If you have, is its"
            " `return` missing?"
        )

    def _problem(self, outcome: Outcome) -> str:
        if self.late and outcome.kind == Kind.LATE:
            return self.late
        told = [text for part, text in {**ERRORS, **self.errors}.items() if part in outcome.text]
        return ". ".join([PROBLEMS[outcome.kind], *told[:1]])

    @cached_property
    def expected(self) -> list:
        """The results of the reference."""
        return self._results(_called_as_answers_are(self.reference))

    @cached_property
    def mistaken(self) -> dict[str, list]:
        """The results of each mistake, by its name."""
        return {
            name: self._results(_called_as_answers_are(mistake.answer))
            for name, mistake in self.mistakes.items()
        }

    def _results(self, function: Callable) -> list:
        """What a function gives: the result of each call, or the statistics of all."""
        if self.measure is None:
            return [function(*arguments) for arguments in self.calls]
        return [plain(self.measure(function))]

    def _judge(self, source: Source, deadline: float) -> Verdict:
        returned = False

        def answer(*arguments: object) -> Any:
            nonlocal returned
            outcome = source.call(arguments, remaining(deadline))
            if outcome.kind == Kind.EMPTY and returned:
                call = f"`{self.variable}`" if self.measure else self._call(arguments)
                raise _Stop(Verdict(Status.WRONG, NOTHING_HERE.format(call=call), "nothing-returned"))
            returned = True
            return self._value(outcome, "" if self.measure else self._call(arguments))

        try:
            found = self._results(answer)
        except _Stop:
            raise
        except Exception:  # noqa: BLE001 - the measure cannot digest what the answer returned
            text = f"`{self.variable}` returns something of the wrong form. {self.otherwise}"
            return Verdict(Status.WRONG, text, "wrong-form")
        right = self._agree(found, self.expected)
        broken = self._broken_rule(source, deadline) if right or self.measure else None
        if broken:
            return broken
        if right:
            return Verdict(Status.CORRECT, self.after)
        for name, mistake in self.mistakes.items():
            if self._agree(found, self.mistaken[name]):
                return Verdict(Status.WRONG, mistake.hint, name)
        return self._first_difference(found)

    def _broken_rule(self, source: Source, deadline: float) -> Verdict | None:
        """What to say of a function whose results may be right, and which does what it must not do."""
        if self.unused:
            used = self._value(source.names(remaining(deadline)))
            for name, text in self.unused.items():
                if name in used:
                    return Verdict(Status.WRONG, text, f"uses-{name}")
        if self.seeded:

            def call(arguments: tuple) -> Any:
                return self._value(source.call(arguments, remaining(deadline)))

            if not _agree([call(self.seeded)], [call(self.seeded)], 0.0):
                text = "Your numbers do not come from `rng`: with the same seed two calls must agree, and yours do not."
                return Verdict(Status.WRONG, text, "not-from-rng")
            advanced = deepcopy(self.seeded)
            for generator in (one for one in advanced if isinstance(one, np.random.Generator)):
                generator.random(1_000)
            if _agree([call(self.seeded)], [call(advanced)], 0.0):
                text = "Two calls give the same draws, whatever the state of `rng`. Draw from the `rng` that is given."
                return Verdict(Status.WRONG, text, "own-seed")
        arguments, text = self.bounded
        if arguments and "overflow" in source.strict(arguments, remaining(deadline)).text:
            return Verdict(Status.WRONG, text, "overflow")
        arguments, text = self.arrays
        if arguments and self._value(source.lines(arguments, remaining(deadline))) >= FEWEST_POINTS:
            return Verdict(Status.WRONG, text, "loop-over-points")
        return None

    def _agree(self, found: list, expected: list) -> bool:
        """Whether results are the expected ones; statistics have standard errors, other results rounding errors."""
        return _agree(found, expected, self.within, share=0.0 if self.measure else self.within)

    def _furthest(self, found: np.ndarray) -> str:
        """The statistic that is off by most standard errors, in words."""
        if not self.statistics or found.shape != self.expected[0].shape:
            return ""
        off = np.nan_to_num(np.abs(found - self.expected[0]) / self.within, nan=np.inf)
        worst = int(np.argmax(off))
        one, right = found[worst], self.expected[0][worst]
        return f"With yours {self.statistics[worst]} is {one:.3g}, and {right:.3g} is right. "

    def _call(self, arguments: tuple) -> str:
        """How a call looks in code."""
        return f"`{self.variable}({', '.join(map(_shown, arguments))})`"

    def _first_difference(self, found: list) -> Verdict:
        """What to say of results that no known mistake gives."""
        if self.measure is not None:
            return Verdict(Status.WRONG, f"{self._furthest(found[0])}{self.otherwise}")
        for arguments, one, right in zip(self.calls, found, self.expected, strict=True):
            call = self._call(arguments)
            if unlike := _unlike(call, one, right):
                return unlike
            if not self._agree([one], [right]):
                digits = next((d for d in (4, 6, 8, 10) if _shown(one, d) != _shown(right, d)), 12)
                gives = f"{call} gives {_shown(one, digits)} where {_shown(right, digits)} is right."
                return Verdict(Status.WRONG, f"{gives} {self.otherwise}")
        raise AssertionError("no result differs")


@dataclass(frozen=True, kw_only=True)
class Choice(Exercise):
    """A question with several answers, each with a reply of its own.

    Parameters
    ----------
    replies
        For each letter, what to tell a student who chose it.
    right
        The right letter.
    """

    replies: Mapping[str, str] = field(default_factory=dict)
    right: str = ""

    @property
    def _nothing_yet(self) -> str:
        return f'Set `{self.variable}` to the letter of your answer, such as `{self.variable} = "a"`.'

    def _judge(self, source: Source, deadline: float) -> Verdict:
        found = self._value(source.look(remaining(deadline)))
        if isinstance(found, tuple) and len(found) == 1:
            found = found[0]
        written = LETTER.fullmatch(found.strip().lower()) if isinstance(found, str) else None
        letter = written[1] if written else ""
        if letter not in self.replies:
            letters = ", ".join(f'"{letter}"' for letter in self.replies)
            text = f"`{self.variable}` is {_shown(found)}; it must be one of {letters}."
            return Verdict(Status.WRONG, text, "no-such-letter")
        status = Status.CORRECT if letter == self.right else Status.WRONG
        return Verdict(status, self.replies[letter], "" if status is Status.CORRECT else letter)


def _which(chosen: ArrayLike) -> str:
    """The chosen ones of a few numbers, as the beginning of a sentence."""
    names = [ORDINALS[i] for i in np.flatnonzero(chosen)]
    return f"The {' and the '.join(names)} {'is' if len(names) == 1 else 'are'} "


def _called_as_answers_are(function: Callable) -> Callable:
    """A function of ours that gets copies of its arguments and returns plain data, as an answer does."""

    def call(*arguments: object) -> Any:
        with np.errstate(all="ignore"):
            return plain(function(*deepcopy(arguments)))

    return call


def _agree(found: list, expected: list, within: ArrayLike, share: ArrayLike = 0.0) -> bool:
    """Whether two lists of results are the same: in shape, in what is not finite, and nearly in value.

    A value may be off by `within`, or by a `share` of the expected value if that is more.
    """
    return len(found) == len(expected) and all(
        _same(one, other, within, share) for one, other in zip(found, expected, strict=True)
    )


def _same(found: Any, expected: Any, within: ArrayLike, share: ArrayLike) -> bool:
    """Whether one result is another, nearly."""
    found = _in_parts(found, expected)
    if isinstance(expected, tuple) or isinstance(found, tuple):
        return (
            isinstance(expected, tuple)
            and isinstance(found, tuple)
            and _agree(list(found), list(expected), within, share)
        )
    if isinstance(expected, str) or isinstance(found, str):
        return isinstance(expected, str) and isinstance(found, str) and found == expected
    if not _same_shape(found, expected):
        return False
    share = SINGLE_PRECISION if found.dtype == np.float32 else share
    found = found.reshape(expected.shape)
    with np.errstate(all="ignore"):
        off = np.abs(found - expected)  # near an infinite value is only itself
        near = np.isfinite(expected) & (off <= np.maximum(within, share * np.abs(expected)))
    alike = (found == expected) | (np.isnan(found) & np.isnan(expected))
    return bool(np.all(near | alike))


def _in_parts(found: Any, expected: Any) -> Any:
    """A result in parts, where parts are expected and they were alike enough to become one array."""
    if (
        isinstance(expected, tuple)
        and isinstance(found, np.ndarray)
        and found.ndim
        and len(found) == len(expected)
    ):
        return tuple(found)
    return found


def _same_shape(found: np.ndarray, expected: np.ndarray) -> bool:
    """Whether shapes agree; one number in an array is as good as the number."""
    return found.shape == expected.shape or (found.size == 1 and expected.ndim == 0)


def _unlike(subject: str, found: Any, expected: Any) -> Verdict | None:
    """What to say if a result is not even of the form expected; None if it is."""
    found = _in_parts(found, expected)
    if isinstance(expected, str) and isinstance(found, str):
        return None
    if any(isinstance(expected, form) != isinstance(found, form) for form in (str, tuple)):
        text = f"{subject} is {_form(found)}, expected is {_form(expected)}."
        return Verdict(Status.WRONG, text, "wrong-form")
    if isinstance(found, tuple):
        if len(found) != len(expected):
            text = f"{subject} has {len(found)} parts, expected are {len(expected)}."
            return Verdict(Status.WRONG, text, "wrong-form")
        parts = (
            _unlike(f"part {number} of {subject}", one, other)
            for number, (one, other) in enumerate(zip(found, expected, strict=True), 1)
        )
        return next((verdict for verdict in parts if verdict), None)
    if not _same_shape(found, expected):
        text = f"{subject} is {_form(found)}, expected is {_form(expected)}."
        return Verdict(Status.WRONG, text, "wrong-shape")
    if np.isnan(found).any() and not np.isnan(expected).any():
        text = (
            f"{subject} holds NaN, not a number. Look for 0/0, inf − inf, 0 · inf, or the logarithm or root of"
            " something negative."
        )
        return Verdict(Status.WRONG, text, "nan")
    return None


def _form(value: Any) -> str:
    """What kind of thing a result is, in words."""
    if isinstance(value, str):
        return "a text"
    if isinstance(value, tuple):
        return f"{len(value)} parts ({', '.join(map(_form, value))})"
    if value.ndim == 1 and 1 < value.size < len(NUMBERS):
        return f"{NUMBERS[value.size]} numbers"
    return "a number" if value.ndim == 0 else f"an array of shape {value.shape}"


def _shown(value: Any, digits: int = 4) -> str:
    """A value in few characters."""
    if isinstance(value, np.random.Generator):
        return "rng"
    if isinstance(value, tuple):
        return "(" + ", ".join(_shown(part, digits) for part in value) + ")"
    if isinstance(value, np.ndarray | np.generic | float):
        text = np.array2string(np.asarray(value), precision=digits, threshold=6, edgeitems=2, separator=", ")
        return " ".join(text.split())
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
