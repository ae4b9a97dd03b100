"""Exercises that answer back: ``check`` an answer, see your ``progress``."""

from gmixlib.exercises import _progress, _registry
from gmixlib.exercises._exercise import Status, Verdict
from gmixlib.exercises._feedback import Feedback
from gmixlib.exercises._limits import tell_if_unlimited
from gmixlib.exercises._outcome import Local
from gmixlib.exercises._progress import Progress

__all__ = ["Feedback", "Progress", "check", "progress"]


def check(name: str, answer: object) -> Feedback:
    """Check an answer to an exercise, and say what is wrong with it.

    Parameters
    ----------
    name : str
        The exercise: its chapter and a word, such as ``"log_sum_exp.mean"``.
    answer : object
        The answer: a number, an array, a letter or a function, as the exercise asks. ``...`` is no answer yet.

    Returns
    -------
    Feedback
        Whether the exercise is not attempted, correct or not yet right, and in that case a hint. A notebook
        shows it. Nothing that an answer does makes this raise.

    Notes
    -----
    The best result is kept for `progress`: what is tried after it takes nothing away.

    An answer that takes longer than ten seconds is stopped, if Python itself is at work, in the main thread, and not
    in a loop that catches whatever is raised in it. On Windows and in a browser (Pyodide) no answer is stopped; there
    the first check says so.
    """
    tell_if_unlimited()
    exercise = _registry.find(name) if isinstance(name, str) else None
    if exercise is None:
        guess = _registry.similar(str(name))
        text = f"There is no exercise of this name.{f' Did you mean {guess}?' if guess else ''}"
        return Feedback(str(name), Verdict(Status.OPEN, text))
    verdict = exercise.judge(Local(answer))
    _progress.store(name, verdict.status)
    return Feedback(name, verdict)


def progress(chapter: str | None = None, *, code: str | None = None) -> Progress:
    """Show where you stand, and carry it on.

    Parameters
    ----------
    chapter : str, optional
        The name of a chapter, such as ``"log_sum_exp"``; all chapters in alphabetical order if left out.
    code : str, optional
        What ``progress().code`` gave in another place. Its results are added here before the table is made: of each
        exercise the best result is kept.

    Returns
    -------
    Progress
        Each exercise with the best result of all checks, and the day of the first check that gave it. A notebook
        shows it as a table. Its ``code`` is a text with these results, to be copied.

    Raises
    ------
    ValueError
        If there is no such chapter, or the code is incomplete or changed. Then nothing is kept and nothing is lost.

    Notes
    -----
    The results are kept in the file ``.gmixlib-progress.json`` of the notebook's folder, or in the one that the
    environment variable ``GMIXLIB_PROGRESS`` names; delete the file to start over. The answers are not
    there, and not in the code: they are in the notebook.
    """
    if chapter is not None and chapter not in _registry.chapters():
        raise ValueError(f"chapter is {chapter!r}; it must be one of {', '.join(_registry.chapters())}")
    if code is not None:
        if not isinstance(code, str):
            raise ValueError(f"code must be a text, not {type(code).__name__}")
        _progress.merge(_progress.decode(code))
    return _progress.table(chapter)
