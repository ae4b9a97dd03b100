"""The code keeps the style that pyproject.toml sets, and figures the course's own."""

import logging
import subprocess
import sys

import matplotlib as mpl
import pytest

from gmixlib import PALETTE, use_course_style
from tools.notebooks import ROOT


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_has_nothing_to_say(command):
    run = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_course_style_is_opaque_and_quiet():
    """A figure without a background of its own is dark on dark where the page is dark."""
    with mpl.rc_context():
        use_course_style()
        assert mpl.rcParams["figure.facecolor"] == mpl.rcParams["savefig.facecolor"] == "white"
        assert mpl.rcParams["axes.prop_cycle"].by_key()["color"] == list(PALETTE)
    assert logging.getLogger("pymc").getEffectiveLevel() == logging.ERROR
