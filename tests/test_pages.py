"""What is done to the pages after Sphinx has built them, on a small book."""

import json
import re
import shutil
from pathlib import Path

import psutil
import pytest
import yaml
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from PIL import Image

from tools import book, pages, styles

ROOT = Path(__file__).resolve().parent.parent
FORK = "https://github.com/Teacher/fork"
NOTEBOOK = {
    "cells": [],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}
MORE = {"cell_type": "markdown", "id": "more", "metadata": {}, "source": "# More\n\nOf $x^2$."}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built pages of a book with two images, a formula and a notebook, as a fork publishes it."""
    root = tmp_path_factory.mktemp("book")
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    (root / "_config.yml").write_text(yaml.safe_dump(config))
    shutil.copytree(ROOT / "_static", root / "_static")
    (root / "references.bib").touch()
    (root / "_toc.yml").write_text("format: jb-book\nroot: intro\nchapters:\n- file: chapters/more\n")
    (root / "descriptions.yml").write_text("intro: What all is about.\nchapters/more: What more is about.\n")
    Image.new("RGB", (300, 200), "white").save(root / "picture.png")
    image = "![A white picture](picture.png)"
    (root / "intro.md").write_text(f"# Title\n\n## One\n\n{image}\n\n## Two\n\n{image}\n")
    (root / "chapters").mkdir()
    (root / "chapters" / "more.ipynb").write_text(json.dumps(NOTEBOOK | {"cells": [MORE]}))
    assert book.build(root, FORK) == 0
    return root / "_build" / "html"


def soup(page: Path) -> BeautifulSoup:
    """A page, parsed."""
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def test_the_renderer_of_mathematics_is_ended(site):
    """One that another build still uses has a parent."""
    left = [
        process.info["cmdline"] or []
        for process in psutil.process_iter(["cmdline", "ppid"])
        if process.info["ppid"] == 1
    ]
    assert not [line for line in left if any("katex-server" in part for part in line)]


@pytest.fixture(params=["intro.html", "chapters/more.html", "search.html", "genindex.html", "404.html"])
def page(site: Path, request: pytest.FixtureRequest) -> BeautifulSoup:
    """Each page of the small book."""
    return soup(site / request.param)


def test_a_page_has_one_style_sheet(page):
    (link,) = page.find_all("link", rel="stylesheet")
    assert re.fullmatch(r"(\.\./|/fork/)?_static/site\.css\?v=\w+", link["href"])


def test_no_script_keeps_a_page_waiting(page):
    loaded = page.find_all("script", src=True)
    assert loaded
    assert all("defer" in script.attrs for script in loaded)


def test_nothing_is_loaded_from_elsewhere(page):
    loaded = [
        tag.get("src") or tag["href"]
        for tag in page.select("script[src], img[src], link[rel~=stylesheet], link[rel~=icon]")
    ]
    assert not [address for address in loaded if "//" in address]


def test_only_the_search_loads_the_index(site):
    for path in pages.page_paths(site):
        assert (soup(path).find("script", src=re.compile(r"searchindex\.js")) is not None) == (
            path.name == "search.html"
        )


def test_what_no_page_names_is_swept_away(site):
    left = {path.name for path in (site / "_static").rglob("*")}
    assert not {"fontawesome.js", "sphinx-book-theme.css", "bootstrap.js.map", "sphinx-thebe.js"} & left
    assert {"site.css", "bootstrap.js", "book.js", "katex.txt"} <= left


def test_the_style_sheet_has_what_it_names(site):
    sheet = site / "_static" / "site.css"
    named = re.findall(r"""url\((?!["']?(?:data:|#))([^)]+)\)""", sheet.read_text(encoding="utf-8"))
    assert any("KaTeX_Main" in name for name in named)
    assert not [name for name in named if not (sheet.parent / name).exists()]


def test_the_style_sheet_keeps_what_is_used(site):
    text = (site / "_static" / "site.css").read_text(encoding="utf-8")
    assert not [
        used for used in (".katex", ".fa-rocket", ".bd-article", "[data-theme=dark]") if used not in text
    ]
    assert not [unused for unused in (".fa-zhihu", ".sd-tab-set") if unused in text]


def test_the_icons_are_those_in_use(site):
    (font,) = site.rglob("fa-solid-900.woff2")
    icons = TTFont(font).getBestCmap()
    assert 0xF135 in icons  # the rocket of the launch buttons
    assert len(icons) < 100


def test_images_have_sizes_and_all_but_the_first_wait(site):
    first, second = soup(site / "intro.html").select("article img")
    assert [(image["width"], image["height"]) for image in (first, second)] == [("300", "200")] * 2
    assert "loading" not in first.attrs
    assert second["loading"] == "lazy"


def test_mathematics_is_rendered(site):
    formula = soup(site / "chapters" / "more.html").select_one(".math")
    assert formula.select_one(".katex-html")
    assert formula.select_one("math annotation").text == "x^2"


def test_a_page_says_what_it_is_about(site):
    head = soup(site / "chapters" / "more.html").head
    assert head.find("link", rel="canonical")["href"] == "https://teacher.github.io/fork/chapters/more.html"
    assert head.find("meta", attrs={"name": "description"})["content"] == "What more is about."
    assert head.find("meta", property="og:title")["content"] == "More"
    assert (
        head.find("meta", property="og:image")["content"]
        == "https://teacher.github.io/fork/_static/cover.png"
    )


def test_the_books_address_is_its_first_page(site):
    assert (site / "index.html").read_bytes() == (site / "intro.html").read_bytes()
    assert (
        soup(site / "index.html").find("link", rel="canonical")["href"] == "https://teacher.github.io/fork/"
    )


def test_launch_buttons_lead_to_what_was_built(site):
    revision = book.edition(
        book.configuration((ROOT / "_config.yml").read_text(encoding="utf-8"), FORK), site
    ).revision
    links = [
        link["href"] for link in soup(site / "chapters" / "more.html").select(".dropdown-launch-buttons a")
    ]
    assert links == [
        f"https://mybinder.org/v2/gh/Teacher/fork/{revision}?urlpath=lab/tree/chapters/more.ipynb",
        "https://colab.research.google.com/github/Teacher/fork/blob/colab/chapters/more.ipynb",
    ]


def test_a_downloaded_notebook_is_the_one_for_colab(site):
    notebook = json.loads((site / "_sources" / "chapters" / "more.ipynb").read_text(encoding="utf-8"))
    assert [cell["id"] for cell in notebook["cells"]] == ["colab", "more"]
    assert f"{FORK} " in "".join(notebook["cells"][0]["source"])


def test_the_footer_says_the_version(site):
    footer = soup(site / "intro.html").select_one("footer.bd-footer-content")
    assert f"Version {book.version()}" in footer.get_text()


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        ("https://github.com/owner/name", "https://owner.github.io/name/"),
        ("https://github.com/Owner/owner.github.io", "https://owner.github.io/"),
        ("https://gitlab.com/owner/name", None),
    ],
)
def test_where_a_repository_is_published(repository, address):
    assert book.published_address(repository) == address


def test_each_page_needs_a_description():
    with pytest.raises(ValueError, match=r"descriptions\.yml lacks b, c"):
        book.check_descriptions({"a": "A page."}, {"a", "b", "c"})
    with pytest.raises(ValueError, match=r"descriptions\.yml has b, which _toc.yml has not"):
        book.check_descriptions({"a": "A page.", "b": "Gone."}, {"a"})


def test_descriptions_have_the_length_of_a_preview():
    descriptions = yaml.safe_load((ROOT / "descriptions.yml").read_text(encoding="utf-8"))
    assert not {page: len(text) for page, text in descriptions.items() if not 50 <= len(text) <= 160}
    assert len(set(descriptions.values())) == len(descriptions)


def test_another_theme_is_noticed(tmp_path):
    for name, *_ in pages.MENDED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("something else")
    with pytest.raises(pages.UnknownTheme, match="0 times, not 1"):
        pages.mend_scripts_of_others(tmp_path)
    with pytest.raises(pages.UnknownTheme, match="no longer sets the theme"):
        pages.mend_scripts(
            BeautifulSoup("<head><script>other</script></head>", "html.parser"), tmp_path, "a.html"
        )


def test_style_sheets_are_joined_with_what_they_import(tmp_path):
    static = tmp_path / "_static"
    (static / "styles").mkdir(parents=True)
    (static / "base.css").write_text("a{}")
    (static / "styles" / "one.css").write_text('@import "../base.css";b{background:url("pictures/b.png")}')
    (static / "two.css").write_text('c{background:url("data:image/png;base64,x")}')
    styles.join([static / "styles" / "one.css", static / "two.css"], static / "all.css")
    assert (static / "all.css").read_text() == (
        'a{}b{background:url(styles/pictures/b.png)}\nc{background:url("data:image/png;base64,x")}'
    )


def test_what_is_no_list_is_marked_as_none():
    soup = BeautifulSoup(
        '<div class="citation-list" role="list"><div class="citation" role="doc-biblioentry">A paper.</div></div>'
        '<dl class="py"><dt class="sig">f(<dl><dd>x</dd></dl>)</dt><dd>Its text.</dd></dl>',
        "html.parser",
    )
    pages.mend_roles(soup)
    assert not soup.select("[role]")
    assert str(soup.dt) == '<dt class="sig">f(<div class="sig-parameters"><div>x</div></div>)</dt>'
    assert soup.find_all("dd")[0].text == "Its text."
