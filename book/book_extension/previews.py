"""What a link to a term, an equation, a figure or a reference leads to, to be shown beside the link.

Each page's own such parts are written into a script, ``_static/previews/PAGE.js``, which book/_static/book.js loads when
a reader first points at a link to one of them: no page waits for it, and it works from a folder too.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

FOLDER = Path("_static", "previews")
# In a preview nothing can be the target of a link or be reached with the keyboard, images are found from any page, and
# formulas are not said twice: the preview is not for screen readers.
UNWANTED = re.compile(
    r'<a class="headerlink".*?</a>|<span class="katex-mathml">.*?</math></span>'
    r'| (?:id|href|loading)="[^"]*"|(?<= src=")(?:\.\./)*',
    re.DOTALL,
)


def targets(document: nodes.document) -> Iterator[tuple[nodes.Element, list[str]]]:
    """What a preview can show of a page, each with the names by which links know it."""
    for kind in (nodes.math_block, nodes.figure, nodes.citation):
        for element in document.findall(kind):
            yield element, element["ids"]
    for glossary in document.findall(addnodes.glossary):
        for item in glossary.findall(nodes.definition_list_item):
            terms = [term for term in item.children if isinstance(term, nodes.term)]
            yield nodes.definition_list("", item), [name for term in terms for name in term["ids"]]


def write_previews(
    app: Sphinx, pagename: str, _template: str, _context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Write the previews of a page, which may have none: a link to it asks for them."""
    if doctree is None or app.builder.name != "html":
        return
    previews: dict[str, str] = {}
    sources = {name: uri for uri, name in app.builder.images.items()}
    for image in doctree.findall(nodes.image):  # which the page's writer has led to the built file
        image["uri"] = sources.get(PurePosixPath(image["uri"]).name, image["uri"])
    for element, names in targets(doctree):
        if names:
            html = app.builder.render_partial(element.deepcopy())["fragment"]  # type: ignore[attr-defined]
            previews |= dict.fromkeys(names, UNWANTED.sub("", html))
    target = Path(app.outdir, FOLDER, f"{pagename}.js")
    target.parent.mkdir(parents=True, exist_ok=True)
    text = f"showPreviews({json.dumps(pagename)}, {json.dumps(previews, ensure_ascii=False)});\n"
    target.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Connect the handler of this module."""
    app.connect("html-page-context", write_previews)
