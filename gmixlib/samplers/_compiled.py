"""Functions compiled by numba, kept on disk from one process to the next where there is a place for that."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numba


def njit(function: Callable | None = None, **options: Any) -> Any:
    """Compile as ``numba.njit(cache=True)`` does; where numba can write nowhere, in each process anew.

    numba refuses to cache where neither the installation nor the user's home can be written to, as for a service's
    user, with a RuntimeError ("cannot cache function: no locator available") that would end the import.
    """
    if function is None:
        return partial(njit, **options)
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:
        return numba.njit(**options)(function)


# For functions that only compiled code calls: without what lets Python or C call them, which takes as long to compile.
inner = partial(njit, no_cpython_wrapper=True, no_cfunc_wrapper=True)
