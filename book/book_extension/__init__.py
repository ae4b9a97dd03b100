"""The book's own Sphinx extension: what `jupyter-book build .` does for this book beyond Jupyter Book.

Each module has one subject and its own `setup`.
"""

from sphinx.application import Sphinx

from book_extension import addresses, buttons, edition, execution, heads, links, mathematics, scripts, styles, translator

MODULES = (addresses, edition, mathematics, translator, heads, scripts, styles, buttons, execution, links)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect every handler to Sphinx."""
    for module in MODULES:
        module.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
