"""Print the built book as one PDF: ``python -m tools.pdf [SITE]``, which `make pdf` runs after it has built the pages.

The PDF is written to where the pages' button leads.
"""

import sys
from pathlib import Path

from tools.pdf.joining import join
from tools.pdf.printing import print_book

SITE = Path("_build", "html")


def main(site: Path = SITE) -> None:
    """Join the pages of a site into one, beside the site, and print it."""
    book = join(site)
    print_book(book, site.parent / "pdf" / "book.html")
    print(f"{book.target}: {book.target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
