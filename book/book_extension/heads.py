"""What search engines and link previews are told of a page.

A page's description stands in its own metadata, as `description`: the front matter of a text, the metadata of a
notebook. book/_templates/layout.html shows it.
"""

from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

LENGTH = range(50, 161)  # characters: what a search engine shows of a description
logger = logging.getLogger(__name__)


def describe(app: Sphinx, pagename: str, _template: str, context: dict[str, Any], doctree: object) -> None:
    """Give the page's description and its address to its template."""
    description = (context.get("meta") or {}).get("description")
    if doctree and (not description or len(description) not in LENGTH):
        logger.warning(
            "the page needs a description of %d to %d characters in its metadata",
            LENGTH[0],
            LENGTH[-1],
            location=pagename,
        )
    context["description"] = description
    context["book_address"] = app.config.html_baseurl
    if pagename == app.config.root_doc:
        context["pageurl"] = app.config.html_baseurl  # it is what the book's address shows


def setup(app: Sphinx) -> None:
    """Connect the handler of this module."""
    app.connect("html-page-context", describe)
