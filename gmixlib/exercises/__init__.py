"""Exercises that answer back: ``check`` an answer, see your ``progress``."""

from gmixlib.exercises import _progress, _registry
from gmixlib.exercises._feedback import Feedback
from gmixlib.exercises._guard import Local
from gmixlib.exercises._kinds import Status, Verdict
from gmixlib.exercises._progress import Progress

__all__ = ["Feedback", "Progress", "check", "progress"]


def check(name: str, answer: object) -> Feedback:
    """Check an answer to an exercise, and say what is wrong with it.

    Parameters
    ----------
    name : str
        The exercise, such as ``"03.stable"``.
    answer : object
        The answer: a number, an array, a letter or a function, as the exercise asks. ``...`` is no answer yet.

    Returns
    -------
    Feedback
        Whether the exercise is not attempted, correct or not yet right, and in that case a hint. A notebook
        shows it. Nothing that an answer does makes this raise; an answer that takes longer than ten seconds is
        stopped, if Python itself is at work and in the main thread.

    Notes
    -----
    The status is kept for `progress`.
    """
    exercise = _registry.find(name) if isinstance(name, str) else None
    if exercise is None:
        guess = _registry.similar(str(name))
        text = f"There is no exercise of this name.{f' Did you mean {guess}?' if guess else ''}"
        return Feedback(str(name), Verdict(Status.OPEN, text))
    verdict = exercise.judge(Local(answer))
    _progress.record(name, verdict.status)
    return Feedback(name, verdict)


def progress(chapter: str | int | None = None) -> Progress:
    """Show where you stand.

    Parameters
    ----------
    chapter : str or int, optional
        The number of a chapter; all chapters if left out.

    Returns
    -------
    Progress
        Each exercise with the status of its last check. A notebook shows it as a table.

    Raises
    ------
    ValueError
        If there is no such chapter.

    Notes
    -----
    The status is kept in the file ``.gmixlib-progress.json`` of the notebook's folder, or in the one that the
    environment variable ``GMIXLIB_PROGRESS`` names; delete the file to start over.
    """
    number = None if chapter is None else f"{chapter:0>2}"
    if number is not None and number not in _registry.chapters():
        raise ValueError(f"chapter is {chapter!r}; it must be one of {', '.join(_registry.chapters())}")
    return _progress.table(number)
