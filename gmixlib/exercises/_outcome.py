"""Calling a student's answer so that whatever it does is an outcome and never an error of ours."""

import contextlib
import io
import sys
import warnings
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from numbers import Real
from types import CodeType, FrameType
from typing import Any, Protocol

import numpy as np

from gmixlib.exercises._limits import Late, limited

LARGEST = 10_000_000  # elements of an answer
LONGEST_MESSAGE = 200  # characters of an exception's text


class Kind(StrEnum):
    """What became of a call, or of an answer that was only looked at."""

    VALUE = "value"
    EMPTY = "empty"  # None or ..., which is what an untouched exercise holds
    RAISED = "raised"
    LATE = "late"
    ENDLESS = "endless"  # recursion
    MUTATED = "mutated"
    UNUSABLE = "unusable"  # neither number, array nor text
    UNCALLABLE = "uncallable"  # not a function where one is called
    MISSING = "missing"  # a submission without it


@dataclass(frozen=True)
class Outcome:
    """The kind of an outcome, with its value if it has one and a few words if it has not."""

    kind: Kind
    value: Any = None
    text: str = ""


class Source(Protocol):
    """Where an answer comes from: this process, or that of a submission."""

    def look(self, seconds: float) -> Outcome:
        """The answer itself, as plain data."""

    def call(self, arguments: tuple, seconds: float) -> Outcome:
        """What the answer, a function, returns for these arguments."""

    def strict(self, arguments: tuple, seconds: float) -> Outcome:
        """The same, but what overflows in NumPy is an error."""

    def lines(self, arguments: tuple, seconds: float) -> Outcome:
        """How many lines of Python a call runs, each as often as it runs."""

    def names(self, seconds: float) -> Outcome:
        """The names in the code of the answer, a function, as parts."""


@dataclass(frozen=True)
class Local:
    """An answer in this process."""

    answer: object

    def look(self, seconds: float) -> Outcome:
        """The answer as plain data."""
        return _outcome(lambda: self.answer, (), seconds)

    def call(self, arguments: tuple, seconds: float) -> Outcome:
        """The value of the answer for copies of these arguments, as plain data."""
        if self.answer is None or self.answer is ...:
            return Outcome(Kind.EMPTY)
        if not callable(self.answer):
            return Outcome(Kind.UNCALLABLE, text=f"is of type {type(self.answer).__name__}")
        return _outcome(self.answer, arguments, seconds)

    def strict(self, arguments: tuple, seconds: float) -> Outcome:
        """The value of the answer for copies of these arguments; an error where NumPy overflows."""

        def call(*given: object) -> Any:
            with np.errstate(over="raise"):
                return self.answer(*given)  # type: ignore[operator]

        return _outcome(call, arguments, seconds)

    def lines(self, arguments: tuple, seconds: float) -> Outcome:
        """The number of lines of Python that a call runs."""
        return _outcome(lambda *given: _lines_run(self.answer, given), arguments, seconds)

    def names(self, seconds: float) -> Outcome:
        """The names in the code of the answer and of the functions in it."""
        return _outcome(lambda: _names_in(getattr(self.answer, "__code__", None)), (), seconds)


def _lines_run(function: Any, arguments: tuple) -> int:
    """How many lines of Python, here and in what it calls, a call runs; a loop's lines count each time."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Callable:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function(*arguments)
    finally:
        sys.settrace(before)
    return count


def _names_in(code: CodeType | None) -> list[str]:
    """The names that code asks for, besides its own variables; at least one, so that this is never empty."""
    if code is None:
        return [""]
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return ["", *code.co_names, *(name for one in inner for name in _names_in(one))]


class _Silent(io.TextIOBase):
    """Takes whatever is printed, and keeps nothing."""

    def write(self, text: str) -> int:
        return len(text)


def _outcome(function: Callable, arguments: tuple, seconds: float) -> Outcome:
    """Call a function with copies of the arguments and turn whatever happens into an outcome."""
    given = deepcopy(arguments)
    silent = _Silent()
    try:
        with (
            contextlib.redirect_stdout(silent),
            contextlib.redirect_stderr(silent),
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            limited(seconds),
        ):
            warnings.simplefilter("ignore")
            value = plain(function(*given))
    except Late:
        return Outcome(Kind.LATE)
    except RecursionError:
        return Outcome(Kind.ENDLESS)
    except _Unusable as problem:
        return Outcome(Kind.UNUSABLE, text=str(problem))
    except KeyboardInterrupt:
        raise
    except NotImplementedError:
        return Outcome(Kind.EMPTY)  # what nbgrader's own stubs raise
    except BaseException as error:  # noqa: BLE001 - SystemExit as well: it ends the answer, not the notebook
        return Outcome(Kind.RAISED, text=_with_line(error, function))
    if value is None:
        return Outcome(Kind.EMPTY)
    if not _unchanged(given, arguments):
        return Outcome(Kind.MUTATED)
    return Outcome(Kind.VALUE, value)


class _Unusable(Exception):
    """An answer that is no plain data; the message says what it is instead."""


def plain(value: object) -> Any:
    """A number or array of numbers as an array, a text as it is, a sequence of such as a tuple; None if empty."""
    if value is None or value is ...:
        return None
    if isinstance(value, np.ndarray) and value.dtype.kind == "U":
        value = value.tolist()
    if isinstance(value, str):
        return str(value)
    array = _as_array(value)
    if array is not None:
        return array
    if isinstance(value, list | tuple):
        if len(value) > 1_000:
            raise _Unusable(f"is a {type(value).__name__} of {len(value):,} unequal parts")
        parts = tuple(plain(part) for part in value)
        return None if any(part is None for part in parts) else parts
    raise _Unusable(f"is of type {type(value).__name__}")


def _as_array(value: object) -> np.ndarray | None:
    """The value as an array of numbers that shares no memory with it, or None if it is no such thing."""
    try:
        array = np.asarray(value)
    except ValueError:  # rows of unequal lengths
        return None
    if np.ma.is_masked(value):
        raise _Unusable("has masked elements")
    if (
        array.dtype == object
        and array.size <= LARGEST
        and all(isinstance(x, Real | Decimal) for x in array.flat)
    ):
        array = array.astype(np.float64)  # fractions, decimals, or integers of many digits
    if array.dtype.kind not in "biufc":
        return None
    if array.size > LARGEST:
        raise _Unusable(f"has {array.size:,} elements")
    if isinstance(value, list | tuple) and any(isinstance(part, np.float32) for part in value):
        # Beside an integer NumPy has widened it, and it would be judged as wide.
        array = array.astype(np.float32)
    return np.array(array)


def _unchanged(given: Any, arguments: Any) -> bool:
    """Whether the arguments are what they were; random generators may advance."""
    if isinstance(arguments, tuple | list):
        return len(given) == len(arguments) and all(map(_unchanged, given, arguments))
    if isinstance(arguments, np.ndarray):
        return given.shape == arguments.shape and np.array_equal(
            given, arguments, equal_nan=given.dtype.kind in "fc"
        )
    if isinstance(arguments, int | float | str):
        return given is arguments or bool(
            np.array_equal(given, arguments)
        )  # NaN is a number that equals none
    return True


def described(error: BaseException) -> str:
    """Type and text of an exception, on one line and cut where they are long."""
    name = type(error).__name__
    try:
        message = str(error)
    except BaseException:  # noqa: BLE001 - its own text may raise, and whatever it likes
        message = ""
    return " ".join((f"{name}: {message}" if message else name).split())[:LONGEST_MESSAGE]


def _with_line(error: BaseException, function: Callable) -> str:
    """An exception described, and the line of the student's function that raised it."""
    where = ""
    code = getattr(function, "__code__", None)
    trace = error.__traceback__
    while trace is not None and code is not None:
        if trace.tb_frame.f_code is code:
            where = f" (line {trace.tb_lineno - code.co_firstlineno + 1} of your function)"
        trace = trace.tb_next
    return described(error) + where
