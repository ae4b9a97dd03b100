"""The code of a notebook's cells: what teaches stands open, what draws or imports is folded, a claim is a line.

A cell with the tag ``hide-input`` is folded. So is one that shows claims and nothing else: its claims are the line that
unfolds it. The switch in the page's head (book/_templates/code-switch.html, book/_static/book.js) folds or unfolds all.
JupyterLab folds nothing.
"""

from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

TICK, SEPARATOR = "✓ ", " · "  # as gmixlib/course/claims.py prints them


class Folded(nodes.Element):
    """A cell's code, and what is seen of it while it is folded."""


def visit_folded(self: HTML5Translator, node: Folded) -> None:
    """Begin the element, with its line."""
    self.body.append(
        self.starttag(node, "details", "", **({"open": ""} if "teaches" in node["classes"] else {}))
    )
    self.body.append(f"<summary>{node['line']}</summary>\n")


def depart_folded(self: HTML5Translator, _node: Folded) -> None:
    """End the element."""
    self.body.append("</details>\n")


def claims_of(cell: nodes.Element) -> list[str]:
    """The claims that a cell shows; none where it shows anything else."""
    shown = [output for container in cell.children[1:] for output in container.children]
    if not all(isinstance(output, nodes.literal_block) for output in shown):
        return []
    lines = [line for output in shown for line in output.astext().splitlines()]
    return lines if all(line.startswith(TICK) for line in lines) else []


def claim_line(text: str) -> str:
    """A claim as HTML, its evidence apart from its statement."""
    statement, _, evidence = text.removeprefix(TICK).partition(SEPARATOR)
    evidence = f' <span class="evidence">{escape(evidence)}</span>' if evidence else ""
    return f'<span class="claim">{escape(statement)}{evidence}</span>'


class FoldCode(SphinxPostTransform):
    """Wrap the code of each cell."""

    default_priority = 190  # before MyST-NB hides what its tags say
    formats = ("html",)

    def run(self, **_: object) -> None:
        """Go through the cells of the page."""
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") == "cell_code" and cell.children:
                code = cell.children[0]
                claims = claims_of(cell)
                hidden = cell.attributes.pop("hide_mode", None) == "input"
                kind = "claims" if claims else "hidden" if hidden else "teaches"
                line = "".join(map(claim_line, claims)) or "Code"
                folded = Folded("", code.deepcopy(), classes=["code", kind], line=line)
                if claims:
                    cell.children = []
                    cell += folded
                else:
                    cell.replace(code, folded)


def add_switch(_app: Sphinx, config: Config) -> None:
    """Show the switch in the head of each page, before the theme's buttons."""
    config.html_theme_options["article_header_end"] = ["code-switch.html", "article-header-buttons.html"]


def setup(app: Sphinx) -> None:
    """Connect the handlers of this module."""
    app.add_node(Folded, html=(visit_folded, depart_folded))
    app.add_post_transform(FoldCode)
    app.connect("config-inited", add_switch)
