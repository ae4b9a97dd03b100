"""A time limit for code that may never end, where the system has the timer for it."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from functools import cache


class Late(BaseException):
    """Raised in a block that takes too long; no `except Exception` of a student catches it."""


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise Late in the block after so many seconds, and again each second until the block ends.

    Only Python code is stopped, and only in the main thread of a system with interval timers: not on Windows, nor in
    a browser. Elsewhere the block has no limit.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: object) -> None:
        raise Late

    outer_handler = signal.signal(signal.SIGALRM, ring)
    outer_timer = signal.getitimer(signal.ITIMER_REAL)
    try:
        # Once may not be enough: Python ignores what is raised in a destructor.
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3), 1.0)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:  # of its own, since the timer may ring before the line above
        signal.signal(signal.SIGALRM, outer_handler)
        signal.setitimer(signal.ITIMER_REAL, *outer_timer)


@cache
def tell_if_unlimited() -> None:
    """Say once that answers have no time limit, where that is so."""
    if not hasattr(signal, "setitimer"):
        print("Answers have no time limit here. If a check does not end, interrupt it or restart the kernel.")


def remaining(deadline: float) -> float:
    """Seconds until a deadline of time.monotonic, never negative."""
    return max(0.0, deadline - time.monotonic())
