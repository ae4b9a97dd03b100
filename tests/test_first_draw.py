"""The tool that measures the waits of the ninth chapter's samplers. No time is asserted."""

import csv
from itertools import chain

import pytest

from tools import first_draw
from tools.notebooks import read


@pytest.mark.slow  # two processes; the tool is run by hand, and a failure shows there
def test_a_sampler_gives_a_row():
    """The collapsed one, as the others compile."""
    row = first_draw.measure("collapsed")
    assert tuple(row) == first_draw.COLUMNS
    assert row["sampler"] == "collapsed"
    assert float(row["empty"]) > 0
    assert float(row["full"]) > 0


def test_the_chapter_has_every_sampler_s_cells():
    cells = {cell.id for cell in read(first_draw.CHAPTER).cells}
    assert cells.issuperset({*first_draw.SHARED, *chain.from_iterable(first_draw.SAMPLERS.values())})


def test_the_stored_file_is_what_the_tool_writes():
    text = first_draw.RESULT.read_text(encoding="utf-8")
    assert text.startswith(first_draw.HEADER)
    rows = list(csv.DictReader(text.splitlines()[1:]))
    assert [row["sampler"] for row in rows] == list(first_draw.SAMPLERS)
    assert all(float(row[name]) > 0 for row in rows for name in ("empty", "full"))
