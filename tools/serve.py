"""Serve the built book as a web server does: ``python -m tools.serve [PORT]``.

Texts are sent compressed. Where there is no such page, the book's own 404.html is the answer.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, StaticFileHandler

BUILT = Path(__file__).resolve().parent.parent / "_build" / "html"


class _File(StaticFileHandler):
    """A file of the folder, or the folder's page for what is not there."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        page = Path(self.root) / "404.html"
        if status_code == 404 and page.exists():
            self.finish(page.read_bytes())
        else:
            super().write_error(status_code, **kwargs)


@contextmanager
def serving(folder: Path, port: int = 0, prefix: str = "/") -> Iterator[str]:
    """Serve a folder to this machine alone, from a thread, until the context ends.

    Parameters
    ----------
    folder
        What is served.
    port
        Where; 0 takes a free port.
    prefix
        The path that the folder has on the server, such as ``/name/`` on GitHub Pages.

    Yields
    ------
    str
        The folder's address, with a slash at its end.
    """
    options = {"path": str(folder), "default_filename": "index.html"}
    application = Application([(f"{prefix}(.*)", _File, options)], compress_response=True)
    # Bound before the thread starts, so that no one asks too early.
    sockets = bind_sockets(port, "127.0.0.1")
    loop = asyncio.new_event_loop()

    def run() -> None:
        asyncio.set_event_loop(loop)
        server = HTTPServer(application)
        server.add_sockets(sockets)
        loop.run_forever()
        server.stop()
        loop.run_until_complete(server.close_all_connections())
        loop.close()

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}{prefix}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


if __name__ == "__main__":
    if not BUILT.exists():
        sys.exit("There is no built book: run `make book`")
    with serving(BUILT, int(sys.argv[1]) if len(sys.argv) > 1 else 8000) as address:
        print(f"The book is at {address} until you press Ctrl+C")
        try:
            Event().wait()
        except KeyboardInterrupt:
            print()
