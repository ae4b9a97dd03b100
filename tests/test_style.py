"""The course's own look."""

import logging

import matplotlib as mpl

from gmixlib import PALETTE, use_course_style


def test_course_style_is_opaque_and_quiet():
    """A figure without a background of its own is dark on dark where the page is dark."""
    with mpl.rc_context():
        use_course_style()
        assert mpl.rcParams["figure.facecolor"] == mpl.rcParams["savefig.facecolor"] == "white"
        assert mpl.rcParams["axes.prop_cycle"].by_key()["color"] == list(PALETTE)
    assert logging.getLogger("pymc").getEffectiveLevel() == logging.ERROR
