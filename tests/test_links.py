"""Links to other sites, followed in a small book to a server that is there and to what is not."""

import shutil
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml
from nbformat.v4 import new_markdown_cell, new_notebook

from tools import links
from tools.notebooks import ROOT, normalise, serialise


class Site(BaseHTTPRequestHandler):
    """A site that has a page and another place for it, and turns programs away elsewhere."""

    def do_GET(self) -> None:
        self.send_response({"/page": 200, "/moved": 301, "/private": 403}.get(self.path, 404))
        if self.path == "/moved":
            self.send_header("Location", "/page")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


@pytest.fixture
def site() -> Iterator[str]:
    """The address of such a site on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def folder(tmp_path, site, monkeypatch) -> Path:
    """A book of a page, a notebook and a bibliography, with a README beside it. Each has a link that is alive."""
    monkeypatch.setenv("HTTPS_PROXY", site)  # which is none: nothing that is asked for leaves this machine
    shutil.copy(ROOT / "_config.yml", tmp_path)
    (tmp_path / "chapters").mkdir()
    contents = {"format": "jb-book", "root": "intro", "parts": [{"chapters": [{"file": "notebook"}]}]}
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(contents))
    cited = "@misc{x, title={T}, author={A}, year=2000, howpublished={H}, %s}\n"
    (tmp_path / "references.bib").write_text(cited % f"url={{{site}/page}}")
    (tmp_path / "intro.md").write_text(
        f"# Title\n\n[a]({site}/moved) {{cite}}`x`\n\n```{{bibliography}}\n```\n"
    )
    (tmp_path / "README.md").write_text(
        f"# Read\n\n[here]({site}/page#) [there](../../actions) [it](intro.md)\n"
    )
    (tmp_path / "notebook.ipynb").write_text(notebook(f"{site}/page"), encoding="utf-8")
    return tmp_path


def notebook(address: str) -> str:
    """The text of a notebook with a link."""
    return serialise(normalise(new_notebook(cells=[new_markdown_cell(f"# Code\n\n[b]({address})")])))


def test_living_links_pass(folder, capsys):
    assert links.main(folder) == 0
    said = capsys.readouterr().out
    assert "3 followed, 0 dead" in said
    assert (folder / "reports" / "links.md").read_text(encoding="utf-8") == said.removesuffix("\n")


def test_dead_links_are_named_with_their_place(folder, site, capsys):
    with (folder / "intro.md").open("a") as page:
        page.write(f"\n[c]({site}/gone)\n")
    (folder / "notebook.ipynb").write_text(notebook(f"{site}/private"), encoding="utf-8")
    with (folder / "README.md").open("a") as page:
        page.write("\n[d](http://127.0.0.1:9/)\n")
    bib = folder / "references.bib"
    bib.write_text(bib.read_text().replace("url=", "doi={10.0/none}, url="))
    assert links.main(folder) == 1
    said = capsys.readouterr().out
    assert "7 followed, 4 dead" in said
    for place, address, why in [
        ("README.md", "http://127.0.0.1:9/", "refused"),
        ("intro.md", f"{site}/gone", "404"),
        ("intro.md", "https://doi.org/10.0/none", "/api/handles/10.0/none"),
        ("notebook.ipynb", f"{site}/private", "403"),
    ]:
        (line,) = [line for line in said.splitlines() if f"<{address}>" in line]
        assert line.startswith(f"- `{place}`: ")
        assert why in line


def test_a_book_that_cannot_be_read_is_no_success(folder):
    (folder / "_toc.yml").write_text("format: jb-book\nroot: nowhere\nparts: []\n")
    with pytest.raises(subprocess.CalledProcessError):
        links.main(folder)
