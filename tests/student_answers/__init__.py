"""Answers as students give them, right and wrong, each with the feedback that it has to get.

A module for each chapter holds ``ANSWERS``. They are written without the checks: nothing here is imported from
``gmixlib.exercises``.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tried:
    """Answers to one exercise: right ones by a word on how they differ, wrong ones by the mistake made."""

    right: dict[str, object]
    wrong: dict[str, object]
