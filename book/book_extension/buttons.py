"""Where the buttons in the head of a page lead, and the links of a text to Binder and Colab.

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


def lead_to_notebooks(
    app: Sphinx, _pagename: str, _template: str, context: dict[str, Any], _doctree: object
) -> None:
    """Lead a text's links to ``BINDER/...`` and ``COLAB/...`` to a notebook there."""
    theme = app.config.html_theme_options
    name = copies.opened(app.config.book_revision, theme["repository_branch"])
    repository = theme["repository_url"].removeprefix("https://github.com/")
    binder = f"{theme['launch_buttons']['binderhub_url']}/v2/gh/{repository}/{name}?urlpath=lab/tree/"
    colab = f"{theme['launch_buttons']['colab_url']}/github/{repository}/blob/{name}/"
    if "body" in context:
        context["body"] = context["body"].replace('href="BINDER/', f'href="{binder}')
        context["body"] = context["body"].replace('href="COLAB/', f'href="{colab}')


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
    app.connect("html-page-context", lead_to_notebooks)
    app.connect("html-page-context", offer_pdf, priority=600)
