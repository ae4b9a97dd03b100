"""Where the buttons in the head of a page lead, and the links of a text to Binder.

Binder and Colab open the copies of the notebooks that were made from the very commit that was built. The book as a PDF is
offered on every page, if it is made.
"""

from typing import Any

from sphinx.application import Sphinx

from book_extension import copies


def pin_launch_buttons(
    app: Sphinx, _pagename: str, _template: str, context: dict[str, Any], _doctree: object
) -> None:
    """Exchange the branch in the addresses of the launch buttons."""
    branch = app.config.html_theme_options["repository_branch"]
    name = copies.opened(app.config.book_revision, branch)
    pinned = {f"/{branch}?urlpath=": f"/{name}?urlpath=", f"/blob/{branch}/": f"/blob/{name}/"}
    for group in context["header_buttons"]:
        if group["label"] == "launch-buttons":
            for button in group["buttons"]:
                for old, new in pinned.items():
                    button["url"] = button["url"].replace(old, new)


def lead_to_binder(
    app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: object
) -> None:
    """Lead a text's links to ``BINDER/...`` to a notebook on Binder; the first paragraph of exercises gets such a link."""
    theme = app.config.html_theme_options
    name = copies.opened(app.config.book_revision, theme["repository_branch"])
    repository = theme["repository_url"].removeprefix("https://github.com/")
    address = f"{theme['launch_buttons']['binderhub_url']}/v2/gh/{repository}/{name}?urlpath=lab/tree/"
    if "body" in context:
        if pagename.startswith("chapters/exercises/"):
            link = f' <a href="BINDER/{pagename}.ipynb">Run this page on Binder.</a></p>'
            context["body"] = context["body"].replace("</p>", link, 1)
        context["body"] = context["body"].replace('href="BINDER/', f'href="{address}')


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


def setup(app: Sphinx) -> None:
    """Connect the handler of this module."""
    app.connect("html-page-context", pin_launch_buttons, priority=600)  # after the theme has made them
    app.connect("html-page-context", lead_to_binder)
    app.connect("html-page-context", offer_pdf, priority=600)
