"""What this book writes otherwise than Sphinx and docutils do: images and bibliography entries."""

from pathlib import Path
from typing import Any

from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


class Translator(HTML5Translator):
    """Writes a page's HTML; the theme builds its own translator on top of this one."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        # The text, which comes first on a phone, does not wait for a figure below it.
        self.image_loading = "lazy"

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
