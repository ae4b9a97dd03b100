"""Binder and Colab open the copies of the notebooks that were made from the very commit that was built."""

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


def setup(app: Sphinx) -> None:
    """Connect the handler of this module."""
    app.connect("html-page-context", pin_launch_buttons, priority=600)  # after the theme has made them
