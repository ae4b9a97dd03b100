"""The copies of the notebooks that readers open: the code is that of the notebooks, the text that of the pages.

It looks at ``_build/html`` as it is.
"""

import re
from pathlib import Path
from urllib.parse import urljoin

import nbformat
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser
from nbformat import NotebookNode

from built_book import ADDRESS, BUILT, CONFIG, COPIES, NOTEBOOKS
from tools.notebooks import ROOT, prose, read

PATHS = [str(path.relative_to(ROOT)) for path in NOTEBOOKS]
EXTENSIONS = set(CONFIG["parse"]["myst_enable_extensions"])
PARSER = create_md_parser(MdParserConfig(enable_extensions=EXTENSIONS), RendererHTML)
OURS = {"myst_role", "myst_target", "myst_line_comment", "math_block_label", "colon_fence"}


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest) -> str:
    """A notebook, by its path in the repository."""
    return request.param


@pytest.fixture
def copy(path: str) -> NotebookNode:
    """Its copy."""
    return read(COPIES / path)


def test_a_copy_differs_in_markdown_alone_but_for_the_cell_for_colab(path, copy):
    nbformat.validate(copy)
    notebook = read(ROOT / path)
    assert copy.metadata == notebook.metadata
    colab, *code = [cell for cell in copy.cells if cell.cell_type == "code"]
    assert (colab.id, colab.outputs) == ("colab", [])
    assert code == [cell for cell in notebook.cells if cell.cell_type == "code"]
    kept = [cell for cell in copy.cells if not re.fullmatch(r"colab|.+-caption", cell.id)]
    assert [(cell.id, cell.metadata) for cell in kept] == [
        (cell.id, cell.metadata) for cell in notebook.cells
    ]


def myst(text: str) -> list[str]:
    """What of a text is MyST and no plain Markdown, by the book's own parser."""
    tokens = PARSER.parse(text)
    inline = [token for parent in tokens for token in parent.children or []]
    return [
        f"{token.type} {token.info} {token.content}"
        for token in [*tokens, *inline]
        if token.type in OURS or (token.type == "fence" and token.info.startswith("{"))
    ]


def test_myst_is_noticed():
    text = "(a)=\n\n{eq}`b`\n\n$$\nc\n$$ (d)\n\n:::{note}\n:::\n\n```{note}\n```\n\n% e\n\n`{eq}` $$f$$\n\n```python\n```"
    kinds = [found.split()[0] for found in myst(text)]
    assert kinds == [
        "myst_target",
        "math_block_label",
        "colon_fence",
        "fence",
        "myst_line_comment",
        "myst_role",
    ]


def test_a_copy_is_plain_markdown(path, copy):
    assert myst(prose(read(ROOT / path))) or "/exercises/" in path
    assert not myst(prose(copy))


def numbers_and_links_of_page(path: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The numbers of equations, and texts and targets of all links and captions, in the order of the page."""
    name = path.replace(".ipynb", ".html")
    article = BeautifulSoup((BUILT / name).read_text(encoding="utf-8"), "html.parser").article
    for reply in article.select(".answer-of-test > :not(summary)"):  # of a self-test, which a copy leads to
        reply.decompose()
    links = []
    for part in article.select("a.reference, figcaption"):
        if part.name == "a":
            links.append((part.text, urljoin(ADDRESS + name, part["href"])))
        else:
            target = part.select_one("a.headerlink")["href"]
            links.append((part.select_one(".caption-number").text.strip(), urljoin(ADDRESS + name, target)))
    return [number.text.rstrip("#") for number in article.select(".eqno")], links


def numbers_and_links_of_copy(path: str, copy: NotebookNode) -> tuple[list[str], list[tuple[str, str]]]:
    """The same of its copy, in which other notebooks and files of book/ take the places of their pages."""
    text = prose(copy)
    rendered = BeautifulSoup(MarkdownIt().render(text), "html.parser")
    links = []
    for link in rendered.select("a"):
        target = urljoin(ADDRESS + path, link["href"])
        if target.startswith(ADDRESS):
            target = re.sub(r"\.ipynb$", ".html", re.sub(r"book/(\w+)\.md$", r"\1.html", target))
        if not target.endswith("/self_tests.html"):
            links.append((link.text, target))
    return [f"({number})" for number in re.findall(r"\\tag\{(.+?)\}", text)], links


@pytest.mark.skipif(not ADDRESS, reason="the book is built for a place without an address")
def test_numbers_and_links_are_those_of_the_page(path, copy):
    numbers, links = numbers_and_links_of_page(path)
    assert (numbers, links) == numbers_and_links_of_copy(path, copy)
    assert Path(path).parent != Path("chapters") or (numbers and links)
