"""Figures that can be moved: the place on the page that one takes, and the line for notebooks that leads to it.

A code cell's ``mystnb.figure.classes`` of ``explorable NAME`` puts the explorable NAME in the place of the picture that
the cell has drawn. The page's script (book/_static/book.js) fetches it when it comes near. Without scripts, on paper
and elsewhere than on the page the picture stands.
"""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)

MARK = "explorable"


def name_in(classes: list[str]) -> str | None:
    """The explorable that the classes of a figure name, if they do."""
    return classes[classes.index(MARK) + 1] if MARK in classes[:-1] else None


def below(cell: dict[str, Any]) -> str:
    """What a notebook says below a figure that can be moved; nothing below another."""
    name = name_in(cell["metadata"]["mystnb"]["figure"].get("classes", "").split())
    return (
        f'\n\nIn a live notebook, `gmixlib.explorable("{name}")` shows this as a figure that you can move.'
        if name
        else ""
    )


class MakePlace(SphinxPostTransform):
    """Mark the picture's place, of which the style sheet keeps as much as the explorable will need."""

    default_priority = 200  # after MyST-NB has chosen the picture
    formats = ("html",)

    def run(self, **_: object) -> None:
        """Go through the figures of the page."""
        for figure in self.document.findall(nodes.figure):
            if name := name_in(figure["classes"]):
                if not Path(self.app.srcdir, "gmixlib", "explorables", "static", f"{name}.js").exists():
                    logger.warning("there is no explorable %r", name, location=figure)
                figure["classes"] = []
                place = f'<div class="{MARK}" data-{MARK}="{name}">'
                figure.insert(0, nodes.raw("", place, format="html"))
                figure.insert(-1, nodes.raw("", "</div>", format="html"))


def setup(app: Sphinx) -> None:
    """Connect the handler of this module."""
    app.add_post_transform(MakePlace)
