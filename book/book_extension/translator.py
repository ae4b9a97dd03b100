"""What this book writes otherwise than Sphinx and docutils do: sections, images and bibliography entries."""

from math import ceil
from pathlib import Path
from typing import Any

from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from book_extension.code import Folded
from book_extension.explorables import MARK


def height(section: nodes.section) -> int:
    """About how high a section is on a phone, in rem, and rather too much than too little."""
    return ceil(sum(height_of_block(block) for block in section.findall(nodes.Element)))


def height_of_block(block: nodes.Element) -> float:
    """The height of an element apart from its children, in rem."""
    match block:
        case nodes.image():
            return 25
        case Folded():
            return 2
        case nodes.raw() if MARK in block.astext():  # with what one moves, and its texts
            return 110
        case nodes.raw():  # a form, or a table
            return 12 + 5 * block.astext().count("</tr>")
        case nodes.math_block():
            return 4 + 3 * block.astext().count(r"\\")
        case nodes.literal_block():
            return 3 + 1.3 * block.astext().count("\n") if not isinstance(block.parent, Folded) else 0
        case nodes.TextElement() if not isinstance(block.parent, nodes.TextElement):
            return 1 + 1.75 * ceil(len(block.astext()) / 38)
    return 0


class Translator(HTML5Translator):
    """Writes a page's HTML; the theme builds its own translator on top of this one."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        # The text, which comes first on a phone, does not wait for a figure below it.
        self.image_loading = "lazy"

    def visit_section(self, node: nodes.section) -> None:
        """Tell the style sheet a section's height, for the time until the browser lays it out."""
        start = len(self.body)
        super().visit_section(node)
        self.body[start] = self.body[start].replace(
            "<section ", f'<section style="--height: {height(node)}rem" ', 1
        )

    def visit_image(self, node: nodes.image) -> None:
        """Give an image its size, so that text does not move when it arrives."""
        source = Path(self.builder.srcdir, node["uri"])
        super().visit_image(node)
        if "sd-card-img-top" in node["classes"]:  # it decorates a title
            self.body[-1] = self.body[-1].replace("<img ", '<img role="presentation" ', 1)
        if source.suffix == ".png":
            with Image.open(source) as picture:
                width, height = picture.size
            self.body[-1] = self.body[-1].replace("<img ", f'<img width="{width}" height="{height}" ', 1)

    def visit_citation(self, node: nodes.citation) -> None:
        """Leave out the roles of a bibliography, which the accessibility standard has withdrawn."""
        start = len(self.body)
        super().visit_citation(node)
        roles = (' role="list"', ' role="doc-biblioentry"')
        for role in roles:
            self.body[start:] = [text.replace(role, "") for text in self.body[start:]]


def setup(app: Sphinx) -> None:
    """Let Sphinx write pages with this translator."""
    app.set_translator("html", Translator)
