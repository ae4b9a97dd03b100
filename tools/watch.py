"""Show the book in a browser, and build it anew whenever a source is saved: ``make watch``."""

import socket
import subprocess
import sys
from pathlib import Path

from livereload import Server

BUILD = [Path(sys.executable).parent / "jupyter-book", "build", "."]
SOURCES = ("_config.yml", "_toc.yml", "book/", "chapters/", "gmixlib/")
HOST, PORT = "127.0.0.1", 5500


def build() -> None:
    """Build the book; what is wrong with it is printed, and the pages that could be built are shown."""
    print("Building the book ...", flush=True)
    # Its progress is left out, since it ends with the address of a page that does not follow the sources.
    subprocess.run(BUILD, check=False, stdout=subprocess.DEVNULL)
    print(f"The book is at http://{HOST}:{PORT} and follows what you save. Ctrl-C stops.", flush=True)


def main() -> None:
    """Build, serve and watch until interrupted."""
    with socket.socket() as probe:
        if probe.connect_ex((HOST, PORT)) == 0:
            sys.exit(f"Port {PORT} is in use. Is another `make watch` running?")
    build()
    server = Server()
    for source in SOURCES:
        server.watch(source, build)
    server.serve(host=HOST, port=PORT, root="_build/html", open_url_delay=1)


if __name__ == "__main__":
    main()
