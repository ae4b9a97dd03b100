"""What a page of the book needs to judge an answer by itself, as ``check`` does: plain data for a script."""

from typing import Any

import numpy as np

from gmixlib.exercises import _exercise
from gmixlib.exercises._exercise import Choice, Exercise, Value
from gmixlib.exercises._outcome import plain


def for_page(exercise: Exercise) -> dict[str, Any] | None:
    """An exercise as data for the book's script ``answers.js``; None for a function, which needs Python.

    Parameters
    ----------
    exercise
        A value, a choice or a function.

    Returns
    -------
    dict or None
        For JSON: what `Value` or `Choice` judges by, with the texts that it says. NaN, in a mistake any number, is
        None, and what is infinite a word.
    """
    if isinstance(exercise, Choice):
        return {"right": exercise.right, "replies": dict(exercise.replies)}
    if not isinstance(exercise, Value):
        return None
    expected = plain(exercise.expected)
    return {
        "expected": _numbers(expected),
        "form": _exercise._form(expected),
        "within": exercise.within,
        "mistakes": [
            {"name": name, "answer": _numbers(plain(mistake.answer)), "hint": mistake.hint}
            for name, mistake in exercise.mistakes.items()
        ],
        "otherwise": exercise.otherwise,
        "after": exercise.after,
        "texts": {
            "near": _exercise.NEAR,
            "fewer": _exercise.FEWER_DIGITS,
            "perCent": _exercise.PER_CENT,
            "not": _exercise.NOT_IT,
        },
        "ordinals": _exercise.ORDINALS,
        "counts": _exercise.NUMBERS,
    }


def _numbers(array: np.ndarray) -> Any:
    """An array as numbers or lists of them, with None for NaN and a word for what JSON has no number for."""
    if array.ndim:
        return [_numbers(part) for part in array]
    number = float(array)
    if np.isnan(number):
        return None
    return number if np.isfinite(number) else f"{'-' if number < 0 else ''}Infinity"
