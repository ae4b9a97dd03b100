"""Copies of the notebooks that read like the book: what Binder, Colab and the download button open.

JupyterLab and Colab know nothing of the book: they show its roles and directives as they were written. In a copy they
are plain Markdown, with the numbers and the links that Sphinx has found. Below a figure stands its caption. A copy
differs from its notebook in Markdown cells, and in one code cell before all others: Colab has neither gmixlib nor the
data, and there the cell fetches both as they were in the commit that the book was built from.

A copy is written beside its page, as the source that the page offers for download. The workflow puts the copies into a
commit of their own, which the launch buttons open.
"""

import json
import posixpath
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from book_extension import explorables, plain
from book_extension.references import References

BRANCH = "notebooks"

COLAB = """\
# On Google Colab: install what this notebook needs. Elsewhere this cell does nothing.
import sys
if "google.colab" in sys.modules:
    %cd -q ~
    ![ -d gmixlib-book ] || git clone --quiet {repository} gmixlib-book
    !git -C gmixlib-book fetch --quiet && git -C gmixlib-book checkout --quiet {revision}
    %pip install --quiet './gmixlib-book[course]'
    %cd -q gmixlib-book/{folder}"""


def opened(revision: str, branch: str) -> str:
    """The name in git of the copies made from a commit: the workflow's tag, or its branch where no commit is known."""
    return BRANCH if revision == branch else f"{BRANCH}-{revision}"


def colab_cell(repository: str, revision: str, folder: str) -> dict[str, Any]:
    """The cell that prepares Colab.

    Parameters
    ----------
    repository
        The repository's address.
    revision
        What to check out there.
    folder
        The notebook's folder in the repository, where it is run.
    """
    source = COLAB.format(repository=repository, revision=revision, folder=folder)
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": "colab",
        # Folded but for its first line.
        "metadata": {"jupyter": {"source_hidden": True}},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }


def caption_cell(cell: dict[str, Any], references: References) -> list[dict[str, Any]]:
    """The number and the caption of the figure that a code cell shows, as a cell to go below it; nothing without one."""
    figure = cell["metadata"].get("mystnb", {}).get("figure", {})
    if "name" not in figure:
        return []
    text = (
        f"**{references.markdown('numref', figure['name'])}.** {plain.written(figure['caption'], references)}"
        f"{explorables.below(cell)}"
    )
    return [
        {
            "cell_type": "markdown",
            "id": f"{cell['id']}-caption",
            "metadata": {},
            "source": text.splitlines(keepends=True),
        }
    ]


def copied(notebook: dict[str, Any], references: References, colab: dict[str, Any]) -> dict[str, Any]:
    """The copy of a notebook."""
    cells: list[dict[str, Any]] = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = plain.written("".join(cell["source"]), references)
            cells.append(cell | {"source": text.splitlines(keepends=True)})
        else:
            cells += [cell, *caption_cell(cell, references)]
    first = next(number for number, cell in enumerate(cells) if cell["cell_type"] == "code")
    return notebook | {"cells": [*cells[:first], colab, *cells[first:]]}


def write_copies(app: Sphinx, exception: Exception | None) -> None:
    """Write the copy of each notebook whose page has been written: Sphinx has just put the notebook itself there."""
    if app.builder.format != "html" or exception:
        return
    repository, revision = app.config.html_theme_options["repository_url"], app.config.book_revision
    for page in sorted(app.env.found_docs):
        source = Path(app.env.doc2path(page))
        target = Path(app.outdir, "_sources", f"{page}{source.suffix}")
        if source.suffix == ".ipynb" and target.read_bytes() == source.read_bytes():
            colab = colab_cell(repository, revision, posixpath.dirname(page))
            notebook = json.loads(source.read_text(encoding="utf-8"))
            copy = copied(notebook, References(app, page), colab)
            target.write_text(json.dumps(copy, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Connect the handler of this module."""
    app.connect(
        "build-finished", write_copies, priority=400
    )  # it may warn, which `forget_warnings` is to notice
