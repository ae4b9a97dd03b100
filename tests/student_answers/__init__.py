"""Answers as students give them, right and wrong, each with the feedback that it has to get.

A module for each chapter, of the chapter's name, holds ``ANSWERS`` by the word of the exercise. They are written
without the checks: nothing here is imported from ``gmixlib.exercises``.
"""

from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules


@dataclass(frozen=True)
class Tried:
    """Answers to one exercise.

    Right ones by a word on how they differ. Wrong ones by the mistake made, each with words that are in the hint made
    for it and in no other hint of the exercise.
    """

    right: dict[str, object]
    wrong: dict[str, tuple[object, str]]


def answers() -> dict[str, Tried]:
    """The answers to all exercises, by name such as ``"log_sum_exp.mean"``."""
    return {
        f"{chapter.name}.{word}": tried
        for chapter in iter_modules(__path__)
        for word, tried in import_module(f"{__name__}.{chapter.name}").ANSWERS.items()
    }


def others() -> dict[tuple[str, str], tuple[object, str, str]]:
    """Wrong answers that break a rule of the text or have no hint of their own, by exercise and what is wrong.

    Each with the name under which it is recognised, empty for none, and words of the reply. A chapter's module may hold
    such answers as ``OTHERS``.
    """
    return {
        (f"{chapter.name}.{word}", what): tried
        for chapter in iter_modules(__path__)
        for word, all_tried in getattr(import_module(f"{__name__}.{chapter.name}"), "OTHERS", {}).items()
        for what, tried in all_tried.items()
    }
