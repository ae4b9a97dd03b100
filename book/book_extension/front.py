"""What the first page shows of the chapters: the directive ``chapter-cards`` and the role ``counted``.

A chapter's question and the name of its best figure stand in its notebook's metadata, as ``question`` and ``picture``.
"""

import json
import re
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from typing import Any

from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book_extension.answers import note_checks

WIDTH = 480  # pixels of a picture, twice what a card is wide


def chapters(env: Any) -> list[str]:
    """The pages of the chapters, in the book's order."""
    return [page for page in env.external_site_map if re.fullmatch(r"chapters/\w+", page)]


def read(env: Any, page: str) -> dict[str, Any]:
    """The notebook of a page."""
    path = Path(env.doc2path(page))
    env.note_dependency(str(path))
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def minutes(notebook: dict[str, Any]) -> int:
    """How long a chapter takes to read, to five minutes.

    Of its text one reads 200 words a minute, and two displayed formulas; of code that stands open 20 lines.
    """
    time = 0.0
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            text, formulas = re.subn(r"\$\$.*?\$\$", "", source, flags=re.DOTALL)
            time += len(text.split()) / 200 + formulas / 2
        elif "hide-input" not in cell["metadata"].get("tags", []) and "claim(" not in source:
            time += len(source.splitlines()) / 20
    return 5 * round(time / 5)


def draw_picture(env: Any, page: str, notebook: dict[str, Any]) -> str:
    """Write a small picture of a chapter's figure; returns its path, as the book's sources have it."""
    name = notebook["metadata"]["picture"]
    for cell in notebook["cells"]:
        if cell["metadata"].get("mystnb", {}).get("figure", {}).get("name") == name:
            png = next(output["data"]["image/png"] for output in cell["outputs"] if "data" in output)
            break
    else:
        raise ExtensionError(f"{page}: its metadata name the picture {name!r}, and no figure has this name")
    target = Path(env.app.outdir).parent / "cards" / f"{Path(page).name}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(BytesIO(b64decode(png))) as figure:
        small = figure.convert("RGB")
        small.thumbnail((WIDTH, WIDTH))
        small.quantize(64).save(target, optimize=True)
    return "/" + target.relative_to(env.srcdir).as_posix()


class ChapterCards(SphinxDirective):
    """A card for each chapter: a figure, its title, its question, and how long it takes."""

    def run(self) -> list[nodes.Node]:
        """Make the cards."""
        lines = ["::::{grid} 1 2 2 3", ":gutter: 3", ""]
        for number, page in enumerate(chapters(self.env), start=1):
            notebook = read(self.env, page)
            title = re.search(r"^# (.+)", "".join(notebook["cells"][0]["source"]), re.MULTILINE)
            assert title, f"{page} has no title"
            lines += [
                f":::{{grid-item-card}} {number}. {title[1]}",
                f":link: /{page}",
                ":link-type: doc",
                f":img-top: {draw_picture(self.env, page, notebook)}",
                ":class-card: chapter",
                "",
                notebook["metadata"]["question"],
                "",
                "```{card-footer}",
                f"{minutes(notebook)} minutes",
                "```",
                ":::",
                "",
            ]
        return self.parse_text_to_nodes("\n".join([*lines, "::::"]))


class Counted(SphinxRole):
    """How many ``chapters``, ``claims``, ``exercises`` or ``hints`` (replies made for one mistake) there are."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Count them."""
        if self.text == "chapters":
            number = len(chapters(self.env))
        elif self.text == "claims":
            notebooks = [read(self.env, page) for page in chapters(self.env)]
            outputs = [out for book in notebooks for cell in book["cells"] for out in cell.get("outputs", [])]
            number = sum(line.startswith("✓ ") for output in outputs for line in output.get("text", []))
        else:
            from gmixlib.exercises import _registry

            note_checks(self.env)
            exercises = [one for name in _registry.chapters() for one in _registry.of_chapter(name).values()]
            hints = [
                len(getattr(one, "mistakes", ())) + len(getattr(one, "replies", "-")) - 1 for one in exercises
            ]
            number = len(exercises) if self.text == "exercises" else sum(hints)
        return [nodes.Text(f"{number:,}")], []


def setup(app: Sphinx) -> None:
    """Add the directive and the role."""
    app.add_directive("chapter-cards", ChapterCards)
    app.add_role("counted", Counted())
