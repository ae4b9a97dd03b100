"""Where the buttons in the head of a page lead.

Binder opens the very commit that was built; Colab and the download button, notebooks that install it on Colab. The book
as a PDF is offered on every page, if it is made.
"""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from book_extension import colab


def pin_launch_buttons(
    app: Sphinx, _pagename: str, _template: str, context: dict[str, Any], _doctree: object
) -> None:
    """Exchange the branch in the addresses of the launch buttons."""
    branch = app.config.html_theme_options["repository_branch"]
    pinned = {
        f"/{branch}?urlpath=": f"/{app.config.book_revision}?urlpath=",
        f"/blob/{branch}/": f"/blob/{colab.BRANCH}/",
    }
    for group in context["header_buttons"]:
        if group["label"] == "launch-buttons":
            for button in group["buttons"]:
                for old, new in pinned.items():
                    button["url"] = button["url"].replace(old, new)


def offer_pdf(app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Add the PDF of the book to what can be downloaded."""
    if not app.config.book_pdf:
        return
    button = {
        "type": "link",
        "url": context["pathto"](app.config.book_pdf, 1),
        "text": "Book (.pdf)",
        "icon": "fas fa-book",
        "tooltip": "The whole book as a PDF",
        "label": "download-book-button",
    }
    groups = {group["label"]: group for group in context["header_buttons"]}
    if "download-buttons" in groups:
        groups["download-buttons"]["buttons"].append(button)
    else:  # a page that Sphinx makes
        context["header_buttons"].append(button | {"text": ""})


def write_downloads(app: Sphinx, exception: Exception | None) -> None:
    """Let the download button of a notebook hand out its copy for Colab."""
    if app.builder.format != "html" or exception:
        return
    repository = app.config.html_theme_options["repository_url"]
    for name in sorted(app.env.found_docs):
        source = Path(app.env.doc2path(name))
        if source.suffix == ".ipynb":
            target = Path(app.outdir, "_sources", f"{name}.ipynb")
            colab.copy(source, target, str(Path(name).parent), repository, app.config.book_revision)


def setup(app: Sphinx) -> None:
    """Connect the handlers of this module."""
    app.connect("html-page-context", pin_launch_buttons, priority=600)  # after the theme has made them
    app.connect("html-page-context", offer_pdf, priority=600)
    app.connect("build-finished", write_downloads)
