"""The tool that draws three components in the plane for the thirteenth chapter."""

import numpy as np
import pytest

from tools import three_in_the_plane as tool

K = 3


def stored() -> np.ndarray:
    """The rows of the file."""
    return np.loadtxt(tool.RESULT, delimiter=",", skiprows=2)


def test_the_stored_file_has_as_many_draws_as_its_header_says():
    first, second = tool.RESULT.read_text(encoding="utf-8").splitlines()[:2]
    assert f"{tool.CHAINS} chains of {tool.DRAWS} draws" in first
    assert tuple(second.split(",")) == tool.COLUMNS
    rows = stored()
    assert len(rows) == tool.CHAINS * tool.DRAWS // tool.EVERY
    assert np.allclose(rows[:, :K].sum(axis=1), 1, atol=1e-4)
    assert (np.abs(rows[:, K : 2 * K]) < 1).all()
    lengths = rows[:, 2 * K : 4 * K : 2]
    assert (np.diff(lengths) > 0).all(), "components by increasing length"


@pytest.mark.slow  # compiles a model, a minute
def test_the_tool_draws_from_the_same_posterior():
    before = stored()
    again, _ = tool.draw(tune=500, draws=1_000, every=10)
    # The long group is always one component, which mixes well.
    for column in (2, 5, 10, 11, 16, 17):
        error = np.hypot(before[:, column].std(), again[:, column].std()) / 10  # some 100 effective draws
        assert abs(before[:, column].mean() - again[:, column].mean()) < 5 * error
