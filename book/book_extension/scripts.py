"""Scripts wait until the page is read."""

from typing import Any

from sphinx.application import Sphinx


def defer(_app: Sphinx, _pagename: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Let each script of a page wait for its text, in the same order."""
    for script in context["script_files"]:
        if script.filename:
            script.attributes["defer"] = "defer"
        elif "DOCUMENTATION_OPTIONS" in script.attributes.get("body", ""):
            script.attributes["type"] = "module"  # waits as well, for the script that defines them


def setup(app: Sphinx) -> None:
    """Connect the handler of this module."""
    app.connect("html-page-context", defer, priority=900)  # after every extension has added its own
