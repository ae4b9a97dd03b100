"""An extension of Sphinx: reach KaTeX over the network of this machine.

Over the socket file that sphinxcontrib.katex prefers, it does not wait until KaTeX listens, so that a build on a busy
machine could fail with a refused connection. Over the network it tries again.
"""

from typing import Any

from sphinxcontrib.katex import KaTeXServer


def setup(_app: Any) -> dict[str, bool]:
    """Let Sphinx take this file for an extension."""
    KaTeXServer.start_server_process = KaTeXServer.start_network_socket
    return {"parallel_read_safe": True}
