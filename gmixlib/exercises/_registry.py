"""All exercises by name. A chapter's are imported when one of them is first asked for."""

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from gmixlib.exercises._exercise import Exercise


@cache
def chapters() -> tuple[str, ...]:
    """The chapters that have exercises, such as ``"log_sum_exp"``: each has a module of its name here.

    They are in alphabetical order, so that no chapter has to know which one it follows. The order of the book is a
    matter of the book's contents alone.
    """
    modules = (module.name for module in iter_modules(import_module(__package__).__path__))
    return tuple(sorted(name for name in modules if not name.startswith("_")))


@cache
def of_chapter(chapter: str) -> dict[str, Exercise]:
    """The exercises of one chapter by name, in order; empty if there is no such chapter."""
    if chapter not in chapters():
        return {}
    exercises = import_module(f"{__package__}.{chapter}").EXERCISES
    return {f"{chapter}.{exercise.word}": exercise for exercise in exercises}


def find(name: str) -> Exercise | None:
    """The exercise of this name, such as ``"log_sum_exp.mean"``, or None."""
    return of_chapter(name.partition(".")[0]).get(name)


def similar(name: str) -> str | None:
    """The name that was perhaps meant."""
    known = [other for chapter in chapters() for other in of_chapter(chapter)]
    return next(iter(get_close_matches(name, known, n=1)), None)
