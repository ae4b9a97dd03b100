"""Links to other sites: `make links` follows them with Sphinx's linkcheck, in the pages and in the files beside them."""

from sphinx.application import Sphinx

BESIDE = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
DOI, REGISTER = "https://doi.org/10.", "https://doi.org/api/handles/10."


def include_files_beside(app: Sphinx) -> None:
    """Let linkcheck read the README and its like, which are no pages of the book."""
    if app.builder.name == "linkcheck":
        app.config.exclude_patterns = [name for name in app.config.exclude_patterns if name not in BESIDE]


def ask_register(_app: Sphinx, address: str) -> str | None:
    """Look up a DOI in the register of DOIs and not at the publisher, since many publishers turn programs away."""
    return address.replace(DOI, REGISTER, 1) if address.startswith(DOI) else None


def setup(app: Sphinx) -> None:
    """Connect the handlers of this module."""
    app.connect("builder-inited", include_files_beside)
    app.connect("linkcheck-process-uri", ask_register)
