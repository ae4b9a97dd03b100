"""Search at random for what breaks a property: a little in `make test`, much in `make test-long`."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

UNITS = st.sampled_from([1e-9, 1e-3, 1.0, 1e3, 1e9])


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


@st.composite
def observations(draw, least: int, most: int) -> np.ndarray:
    """Data of many kinds: one group or two, ties, an outlier, heavy tails, all equal; about 0 or far from it."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(least, most))
    y = rng.normal(size=n)
    match draw(st.sampled_from(["one group", "two groups", "ties", "outlier", "tails", "equal"])):
        case "two groups":
            y += rng.choice([-1, 1], n) * draw(st.sampled_from([1, 2, 5, 20]))
        case "ties":
            y = np.round(y)
        case "outlier":
            y[0] += draw(st.sampled_from([-100, 10]))
        case "tails":
            y = rng.standard_t(2, n)
        case "equal":
            y[:] = y[0]
    return y + draw(st.sampled_from([0.0, 0.0, 3.0, -30.0, 170.0]))
