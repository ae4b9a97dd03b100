"""The pages of the book and their addresses.

Pages of the folder book/ have the addresses they would have at the top: book/glossary.md is glossary.html.
"""

from os import PathLike
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.project import Project

FOLDER = "book/"


class Pages(Project):
    """Sphinx's list of sources, in which a page of the folder book/ goes by its own name."""

    def path2doc(self, filename: str | PathLike[str]) -> str | None:
        """The name of the page in a file; None for a file that is no page."""
        name = super().path2doc(filename)
        return name and name.removeprefix(FOLDER)


def list_pages(app: Sphinx) -> None:
    """Let Sphinx find the pages by their own names."""
    pages = Pages(app.srcdir, app.config.source_suffix)
    pages.restore(app.project)
    app.project = app.env.project = pages


def name_source(app: Sphinx, pagename: str, _template: str, context: dict[str, Any], doctree: object) -> None:
    """Let the edit button and the copy of a page's source have the name of its file."""
    source = Path(app.env.doc2path(pagename, False))
    if doctree and source.is_relative_to(FOLDER):
        context |= {"doc_path": FOLDER, "page_source_suffix": source.suffix, "sourcename": source.name}


def remove_old_pages(app: Sphinx, _exception: Exception | None) -> None:
    """Delete what an earlier build has written for pages that are no longer in the book."""
    sources = Path(app.outdir, "_sources")
    for source in [path for path in sources.rglob("*") if path.is_file()]:
        name = source.relative_to(sources).with_suffix("")
        if name.as_posix() not in app.env.found_docs:
            source.unlink()
            Path(app.outdir, f"{name}.html").unlink(missing_ok=True)


def forget_warnings(app: Sphinx, _exception: Exception | None) -> None:
    """Build anew after a build with warnings: Sphinx warns of a page when it reads it, and not again."""
    if app._warncount:
        Path(app.doctreedir, "environment.pickle").unlink(missing_ok=True)


def write_index(app: Sphinx, exception: Exception | None) -> None:
    """Let the address of the book show its first page; a redirection would have no link preview."""
    first = Path(app.outdir, f"{app.config.root_doc}.html")
    if app.builder.format == "html" and exception is None:
        Path(app.outdir, "index.html").write_bytes(first.read_bytes())


def setup(app: Sphinx) -> None:
    """Connect the handlers of this module."""
    app.connect("builder-inited", list_pages)
    app.connect("html-page-context", name_source, priority=400)  # before the theme makes its buttons
    app.connect("build-finished", forget_warnings)
    app.connect("build-finished", remove_old_pages)
    app.connect("build-finished", write_index)
