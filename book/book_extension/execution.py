"""The directive ``execution-table``: what each notebook of the book took when it was run, and what it checks.

A notebook has seconds and memory in its own metadata, where `make chapters` and `make exercises` write them.
"""

import json
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

HEAD = "| Notebook | Seconds | Memory, MB | Claims or checks |\n|---|--:|--:|--:|\n"


class Row(NamedTuple):
    """One notebook."""

    page: str
    seconds: int
    megabytes: int
    checked: int
    """The claims that its outputs show to hold, and the answers that it has checked."""


def read_row(page: str, path: Path) -> Row:
    """The row of a notebook."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    took, checked = notebook["metadata"]["gmixlib"], 0
    for cell in notebook["cells"]:
        checked += "".join(cell["source"]).startswith('check("')
        for output in cell.get("outputs", []):
            checked += sum(line.startswith("✓ ") for line in output.get("text", []))
    return Row(page, took["seconds"], took["megabytes"], checked)


class ExecutionTable(SphinxDirective):
    """A table of all notebooks in the book's contents list, in its order, with the total."""

    def run(self) -> list[nodes.Node]:
        """Make the table."""
        listed = self.env.external_site_map  # type: ignore[attr-defined]  # by sphinx_external_toc
        pages = [page for page in listed if page in self.env.found_docs]
        paths = {page: Path(self.env.doc2path(page)) for page in pages}
        rows = [read_row(page, path) for page, path in paths.items() if path.suffix == ".ipynb"]
        for path in paths.values():
            self.env.note_dependency(str(path))
        lines = [
            f"| {{doc}}`/{row.page}` | {row.seconds} | {row.megabytes} | {row.checked} |" for row in rows
        ]
        seconds, checked = sum(row.seconds for row in rows), sum(row.checked for row in rows)
        most = max((row.megabytes for row in rows), default=0)
        lines.append(f"| **Total**, and the most memory | {seconds} | {most} | {checked} |")
        return self.parse_text_to_nodes(HEAD + "\n".join(lines))


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("execution-table", ExecutionTable)
