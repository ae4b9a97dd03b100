"""The book's own Sphinx extension: what `jupyter-book build .` does for this book beyond Jupyter Book.

Each module has one subject and its own `setup`.
"""

from pathlib import Path
from zlib import crc32

from sphinx.application import Sphinx

from book_extension import (
    addresses,
    answers,
    buttons,
    citations,
    code,
    copies,
    edition,
    execution,
    explorables,
    front,
    heads,
    links,
    mathematics,
    previews,
    scripts,
    self_tests,
    styles,
    translator,
)

MODULES = (
    addresses,
    edition,
    mathematics,
    previews,
    citations,
    translator,
    heads,
    scripts,
    styles,
    buttons,
    copies,
    execution,
    explorables,
    answers,
    self_tests,
    front,
    links,
    code,
)


def setup(app: Sphinx) -> dict[str, int]:
    """Connect every handler to Sphinx."""
    for module in MODULES:
        module.setup(app)
    sources = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    # With another version Sphinx builds from nothing, and so it does with another text of the extension.
    return {"env_version": crc32(sources), "parallel_read_safe": True, "parallel_write_safe": True}
