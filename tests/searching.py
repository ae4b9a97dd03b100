"""Search at random for what breaks a property: a little in `make test`, much in `make test-long`."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy


def search(
    few: int, many: int, **strategies: SearchStrategy
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make two tests of a property: of the same few examples each time, and, slow, of many others each time."""

    def decorate(holds: Callable[..., None]) -> Callable[..., None]:
        @pytest.mark.parametrize("examples", [few, pytest.param(many, marks=pytest.mark.slow)])
        def test(examples: int) -> None:
            chosen = settings(
                max_examples=examples, derandomize=examples == few, deadline=None, database=None
            )
            chosen(given(**strategies)(holds))()

        test.__doc__ = holds.__doc__
        return test

    return decorate
