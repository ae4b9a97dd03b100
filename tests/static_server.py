"""A server of built pages for the tests: as GitHub Pages answers, and without a request to anywhere else."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


@contextmanager
def static_server(folder: Path, prefix: str = "/") -> Iterator[str]:
    """Serve a folder as GitHub Pages does: compressed, under a path, with its 404.html where there is no such file.

    Yields the folder's address, which ends in the path.
    """

    class Handler(SimpleHTTPRequestHandler):
        disable_nagle_algorithm = True  # else each answer, of two writes, would wait for an acknowledgement

        def do_GET(self) -> None:
            file = Path(self.translate_path(self.path.removeprefix(prefix)))
            exists = self.path.startswith(prefix) and file.is_file()
            file = file if exists else folder / "404.html"
            body = gzip.compress(file.read_bytes() if file.exists() else b"", compresslevel=6)
            self.send_response(200 if exists else 404)
            self.send_header("Content-Type", self.guess_type(file))
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: Handler(*args, directory=str(folder)))
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        server.server_close()
