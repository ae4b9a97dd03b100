"""The tool that estimates the evidences of the twelfth chapter's galaxies with one left out."""

import csv

import numpy as np
import pytest

from tools import left_out

files = pytest.mark.parametrize(("path", "header", "prior"), left_out.FILES, ids=["tuned", "vaguer"])


def stored(path) -> list[dict[str, str]]:
    """The rows of a file."""
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()[1:]))


@files
def test_a_stored_file_has_a_row_for_each_galaxy(path, header, prior):
    assert path.read_text(encoding="utf-8").startswith(header)
    rows = stored(path)
    galaxies = np.loadtxt(left_out.GALAXIES, skiprows=2) / 1000
    assert tuple(rows[0]) == left_out.COLUMNS
    assert [float(row["left_out"]) for row in rows[1:]] == galaxies.tolist()


@files
def test_a_stored_evidence_is_found_again(path, header, prior):
    before = stored(path)[1]
    galaxies = np.loadtxt(left_out.GALAXIES, skiprows=2) / 1000
    again = left_out.row(galaxies[1:], galaxies[0], draws=500, prior=prior)
    for name in ("two", "three"):
        error = np.hypot(float(before[f"error_{name}"]), float(again[f"error_{name}"]))
        assert abs(float(before[name]) - float(again[name])) < 5 * error
