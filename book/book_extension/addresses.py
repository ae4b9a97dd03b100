"""Pages of the folder book/ keep the addresses they would have at the top: book/glossary.md is glossary.html."""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.project import Project

FOLDER = "book/"


class Pages(Project):
    """Sphinx's list of sources, in which a page of the folder book/ goes by its own name."""

    def path2doc(self, filename: str) -> str | None:
        """The name of the page in a file; None for a file that is no page."""
        name = super().path2doc(filename)
        return name and name.removeprefix(FOLDER)


def list_pages(app: Sphinx) -> None:
    """Let Sphinx find the pages by their own names."""
    pages = Pages(app.srcdir, app.config.source_suffix)
    pages.restore(app.project)
    app.project = app.env.project = pages


def remember_folder(app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Let the edit button of a page lead to its file."""
    if app.env.doc2path(pagename, False).startswith(FOLDER):
        context["doc_path"] = FOLDER


def remove_old_pages(
    app: Sphinx, _env: BuildEnvironment, _added: set[str], _changed: set[str], removed: set[str]
) -> list[str]:
    """Delete what an earlier build has written for pages that are no longer in the book."""
    for name in removed:
        Path(app.outdir, f"{name}.html").unlink(missing_ok=True)
    return []


def write_index(app: Sphinx, exception: Exception | None) -> None:
    """Let the address of the book show its first page; a redirection would have no link preview."""
    first = Path(app.outdir, f"{app.config.root_doc}.html")
    if app.builder.format == "html" and exception is None:
        Path(app.outdir, "index.html").write_bytes(first.read_bytes())


def setup(app: Sphinx) -> None:
    """Connect the handlers of this module."""
    app.connect("builder-inited", list_pages)
    app.connect("env-get-outdated", remove_old_pages)
    app.connect("html-page-context", remember_folder, priority=400)  # before the theme makes its buttons
    app.connect("build-finished", write_index)
