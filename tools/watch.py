"""Show the book in a browser, and build it anew whenever a source is saved: ``make watch``."""

import subprocess
import sys
from pathlib import Path

from livereload import Server

BUILD = [Path(sys.executable).parent / "jupyter-book", "build", ".", "--quiet"]
SOURCES = ("_config.yml", "_toc.yml", "book/", "chapters/", "gmixlib/")


def build() -> None:
    """Build the book; what is wrong with it is printed, and the pages that could be built are shown."""
    subprocess.run(BUILD, check=False)


def main() -> None:
    """Build, serve and watch until interrupted."""
    build()
    server = Server()
    for source in SOURCES:
        server.watch(source, build)
    server.serve(root="_build/html", open_url_delay=1)


if __name__ == "__main__":
    main()
