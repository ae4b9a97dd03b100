"""All exercises by name. A chapter's are imported when one of them is first asked for."""

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from gmixlib.exercises._kinds import Exercise


@cache
def chapters() -> tuple[str, ...]:
    """The numbers of the chapters that have exercises, such as ``"03"``."""
    modules = (module.name for module in iter_modules(import_module("gmixlib.exercises").__path__))
    return tuple(sorted(name.removeprefix("chapter_") for name in modules if name.startswith("chapter_")))


@cache
def of_chapter(chapter: str) -> dict[str, Exercise]:
    """The exercises of one chapter by name, in order; empty if there is no such chapter."""
    if chapter not in chapters():
        return {}
    exercises = import_module(f"gmixlib.exercises.chapter_{chapter}").EXERCISES
    return {exercise.name: exercise for exercise in exercises}


def find(name: str) -> Exercise | None:
    """The exercise of this name, or None."""
    return of_chapter(name[:2]).get(name)


def similar(name: str) -> str | None:
    """The name that was perhaps meant."""
    known = [other for chapter in chapters() for other in of_chapter(chapter)]
    return next(iter(get_close_matches(name, known, n=1)), None)
