"""What the book's extension of Sphinx does, on a small book that a fork builds."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from sphinx.errors import ConfigError, ExtensionError

from book_extension import front
from book_extension.copies import opened
from book_extension.edition import PDF, choose_pdf, choose_repository, choose_solutions
from small_book import ABOUT, FORK, build, code_cell, make, write_page


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small book, built."""
    return make(tmp_path_factory.mktemp("small"))


@pytest.fixture
def site(small: Path) -> Path:
    """The built pages of the small book."""
    return small / "_build" / "html"


@pytest.fixture
def copy(small: Path, tmp_path: Path) -> Path:
    """The small book, built, in a folder where it may be changed."""
    shutil.copytree(small, tmp_path, dirs_exist_ok=True)
    return tmp_path


def soup(page: Path) -> BeautifulSoup:
    """A page, parsed."""
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def test_a_page_of_the_folder_book_has_its_own_address_and_leads_to_its_file(site):
    (edit,) = soup(site / "intro.html").select("a[href*='/edit/']")
    assert edit["href"] == f"{FORK}/edit/main/book/intro.md"
    (edit,) = soup(site / "chapters" / "01_more.html").select("a[href*='/edit/']")
    assert edit["href"] == f"{FORK}/edit/main/chapters/01_more.ipynb"


def test_the_books_address_is_its_first_page(site):
    assert (site / "index.html").read_bytes() == (site / "intro.html").read_bytes()
    assert (
        soup(site / "index.html").find("link", rel="canonical")["href"] == "https://teacher.github.io/fork/"
    )


@pytest.mark.parametrize(
    "name", ["intro.html", "chapters/01_more.html", "search.html", "genindex.html", "404.html"]
)
def test_a_page_waits_for_nothing_and_loads_nothing_from_elsewhere(site, name):
    page = soup(site / name)
    (sheet,) = page.find_all("link", rel="stylesheet")
    assert re.fullmatch(r"(\.\./|/fork/)?_static/styles/site\.css\?v=[0-9a-f]{8}", sheet["href"])
    scripts = page.find_all("script", src=True)
    assert scripts
    assert all("defer" in script.attrs for script in scripts)
    assert any("searchindex" in script["src"] for script in scripts) == (name == "search.html")
    loaded = [tag.get("src") or tag["href"] for tag in page.select("[src], link[rel~=icon]")]
    assert not [address for address in loaded if "//" in address]


def test_the_style_sheet_has_what_is_used_and_no_more(site):
    sheet = site / "_static" / "styles" / "site.css"
    text = sheet.read_text(encoding="utf-8")
    assert not [used for used in (".katex", ".fa-rocket", ".bd-article", "data-theme=") if used not in text]
    assert not [unused for unused in (".fa-zhihu", ".sd-tab-set") if unused in text]
    fonts = re.findall(r"""url\(["']?([^"')]+\.woff2)""", text)
    assert any("KaTeX_Main" in name for name in fonts)
    assert not [name for name in fonts if not (sheet.parent / name).exists()]
    (font,) = site.rglob("fa-solid-900.woff2")
    icons = TTFont(font).getBestCmap()
    assert 0xF135 in icons  # the rocket of the launch buttons
    assert len(icons) < 100


def test_images_have_sizes_and_load_when_they_come_near(site):
    images = soup(site / "intro.html").select("article img")
    assert [(image["width"], image["height"], image["loading"]) for image in images] == [
        ("300", "200", "lazy")
    ] * 2


def test_a_bibliography_has_no_withdrawn_roles(site):
    page = soup(site / "intro.html")
    assert page.select(".citation")
    assert not page.select("article [role=doc-biblioentry], article [role=list]")


def test_mathematics_is_rendered(site):
    formula = soup(site / "chapters" / "01_more.html").select_one(".math")
    assert formula.select_one(".katex-html")
    assert formula.select_one("math annotation").text == "x^2"


def test_a_page_says_what_it_is_about(site):
    head = soup(site / "chapters" / "01_more.html").head
    said = {tag.get("name") or tag.get("property"): tag["content"] for tag in head.select("meta[content]")}
    assert said["description"] == said["og:description"] == ABOUT
    assert said["og:title"] == "More"
    assert said["og:url"] == head.find("link", rel="canonical")["href"]
    assert said["og:url"] == "https://teacher.github.io/fork/chapters/01_more.html"
    assert said["og:image"] == "https://teacher.github.io/fork/_static/cover.png"


def test_launch_buttons_and_footer_are_of_the_commit_that_was_built(small, site):
    command = ["git", "-C", small, "rev-parse", "HEAD"]
    commit = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout.strip()
    page = soup(site / "chapters" / "01_more.html")
    assert [link["href"] for link in page.select(".dropdown-launch-buttons a")] == [
        f"https://mybinder.org/v2/gh/Teacher/fork/notebooks-{commit}?urlpath=lab/tree/chapters/01_more.ipynb",
        f"https://colab.research.google.com/github/Teacher/fork/blob/notebooks-{commit}/chapters/01_more.ipynb",
    ]
    assert page.select_one(f"footer a[href='{FORK}/commit/{commit}']")
    assert opened("main", "main") == "notebooks", "where no commit is known"


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("intro.html", PDF),
        ("chapters/01_more.html", f"../{PDF}"),
        ("search.html", PDF),
        ("404.html", f"/fork/{PDF}"),
    ],
)
def test_every_page_offers_the_pdf(site, name, address):
    (button,) = soup(site / name).select("header a[href$='.pdf'], .article-header-buttons a[href$='.pdf']")
    assert button["href"] == address


def copied_cells(root: Path) -> list[dict]:
    """The cells of the copy of the chapter, which is what the download button hands out."""
    copy = root / "_build" / "html" / "_sources" / "chapters" / "01_more.ipynb"
    return json.loads(copy.read_text(encoding="utf-8"))["cells"]


def copied_text(link: Callable[[str, str], str]) -> str:
    """The chapter's text in its copy, where links are made of their texts and places in this way."""
    figure = link("Figure 1", "chapters/01_more.html#fig-white")
    return rf"""# More

Of $x^2$, by A ({link("2000", "intro.html#id3")}).

$$
\begin{{equation*}}
y^2
\tag{{1}}
\end{{equation*}}
$$

`` {{eq}}`eq-y` `` is {link("(1)", "chapters/01_more.html#equation-eq-y")}, and {figure} is white.

```text
{{eq}}`eq-y`
```

![A white picture](../book/picture.png)

**{figure}.** Nothing.

> **Why**
>
> As {link("above", "chapters/01_more.html#more")}:
>
> $$ \begin{{equation*}} z \end{{equation*}} $$"""


def test_a_copy_shows_what_the_page_shows_and_leads_to_it(small):
    text, colab, code, *_ = copied_cells(small)
    assert "".join(text["source"]) == copied_text(
        lambda text, place: f"[{text}](https://teacher.github.io/fork/{place})"
    )
    assert (colab["id"], code["source"]) == ("colab", "2")
    assert f"{FORK} " in "".join(colab["source"])


def test_where_the_book_has_no_address_its_copies_have_no_links(copy):
    config = copy / "_config.yml"  # Colab opens what is on GitHub alone
    config.write_text(re.sub(" *colab_url: .*", "", config.read_text(encoding="utf-8")), encoding="utf-8")
    run = build(copy, BOOK_REPOSITORY="https://gitlab.com/teacher/fork")
    assert run.returncode == 0, run.stderr
    assert "".join(copied_cells(copy)[0]["source"]) == copied_text(lambda text, _place: text)


def test_the_execution_table_has_each_notebook_and_the_total(site):
    rows = [[cell.text for cell in row.select("td")] for row in soup(site / "intro.html").select("tbody tr")]
    assert rows == [["More", "7", "320", "3"], ["Total, and the most memory", "7", "320", "3"]]


def test_what_has_changed_is_written_anew_and_nothing_else(copy):
    assert build(copy).returncode == 0  # the copied files are new to Sphinx
    run = build(copy)
    assert run.returncode == 0
    assert "0 added, 0 changed, 0 removed" in run.stdout
    assert "no targets are out of date" in run.stdout
    before = copied_cells(copy)
    assert before[1]["id"] == "colab"
    (copy / "book" / "_static" / "book.css").write_text(".bd-article { color: #012345 }", encoding="utf-8")
    assert build(copy).returncode == 0
    sheet = copy / "_build" / "html" / "_static" / "styles" / "site.css"
    assert "#012345" in sheet.read_text(encoding="utf-8")
    assert copied_cells(copy) == before, "the page has been written, and with it its source"


def test_what_counts_exercises_is_written_anew_when_a_check_has_changed(copy):
    check = copy / "gmixlib" / "exercises" / "more.py"
    check.parent.mkdir()
    check.touch()
    pages = {
        "book/intro.md": "{counted}`exercises`",
        "chapters/solutions/01_more.md": "```{exercises-answered}\n```",
    }
    for name, text in pages.items():
        with (copy / name).open("a", encoding="utf-8") as page:
            page.write(f"\n{text}\n")
    assert build(copy).returncode == 0
    check.write_text("# changed", encoding="utf-8")
    run = build(copy)
    assert run.returncode == 0
    assert "0 added, 2 changed, 0 removed" in run.stdout


def test_what_is_wrong_with_pages_fails_every_build(copy):
    write_page(copy / "book" / "intro.md", "# Title\n\n{py:func}`nowhere`", "''")
    odd = "{kbd}`Tab`\n\n:::{epigraph}\nSo it goes.\n:::"
    write_page(copy / "chapters" / "01_more.ipynb", f"# More\n\n$\\frac{{1}}$\n\n{odd}", "Too short.")
    write_page(copy / "chapters" / "solutions" / "01_more.md", "# Solutions: more", "Long. " * 40)
    for _ in range(2):  # the second must not pass over the pages that it has read
        run = build(copy)
        assert run.returncode != 0
        assert "py:func reference target not found: nowhere" in run.stderr
        assert "the formula \\frac{1} cannot be rendered" in run.stderr
        assert "{kbd} has no form in plain Markdown yet" in run.stderr
        assert "{epigraph} has no form in plain Markdown yet" in run.stderr
        assert run.stderr.count("needs a description of 50 to 160 characters") == 3


def test_solutions_are_left_out_without_a_trace(copy):
    def traces() -> list[Path]:
        files = [
            path for path in (copy / "_build" / "html").rglob("*") if path.suffix in (".html", ".js", ".md")
        ]
        return [path for path in files if "Forty-two" in path.read_text(encoding="utf-8")]

    assert traces()
    run = build(copy, SOLUTIONS="no")
    assert run.returncode == 0, run.stderr
    assert not traces()


@pytest.mark.parametrize(
    ("handler", "variable", "value", "message"),
    [
        (choose_solutions, "SOLUTIONS", "never", "SOLUTIONS is 'never'; it must be yes or no"),
        (choose_pdf, "BOOK_PDF", "evince", "BOOK_PDF is 'evince'; it must be yes or no"),
        (
            choose_repository,
            "BOOK_REPOSITORY",
            "me/fork",
            "BOOK_REPOSITORY is 'me/fork'; it must be an address",
        ),
    ],
)
def test_a_setting_that_is_none_stops_the_build(monkeypatch, handler, variable, value, message):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError, match=message):
        handler(None, SimpleNamespace(html_theme_options={"repository_url": FORK}))


def test_katex_of_another_version_than_its_style_sheet_stops_the_build(copy):
    sheet = copy / "book" / "_static" / "styles" / "katex.min.css"
    text = re.sub(r'content:"[\d.]+"', 'content:"0.1.0"', sheet.read_text(encoding="utf-8"))
    sheet.write_text(text, encoding="utf-8")
    assert "is of another version" in build(copy).stderr


class Site(BaseHTTPRequestHandler):
    """A site that has one page, and turns programs away from another."""

    def do_GET(self) -> None:
        self.send_response({"/page": 200, "/private": 403}.get(self.path, 404))
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of such a site on this machine, which is the proxy too: no request leaves the machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("HTTPS_PROXY", address)
        yield address
        server.shutdown()


def test_links_to_other_sites_are_followed_in_pages_and_in_the_readme(copy, other):
    write_page(copy / "book" / "intro.md", f"# Title\n\n[a]({other}/page)")
    write_page(
        copy / "chapters" / "01_more.ipynb", f"# More\n\n[b]({other}/private) [c](https://doi.org/10.0/no)"
    )
    (copy / "README.md").write_text(f"# Read\n\n[d]({other}/gone)\n", encoding="utf-8")
    run = build(copy, "--builder", "linkcheck")
    assert run.returncode != 0
    lines = (copy / "_build" / "html" / "output.json").read_text(encoding="utf-8").splitlines()
    found = {(row["filename"], row["uri"]): row["status"] for row in map(json.loads, lines)}
    assert found[("book/intro.md", f"{other}/page")] == "working"
    assert found[("chapters/01_more.ipynb", f"{other}/private")] == "broken"
    assert found[("chapters/01_more.ipynb", "https://doi.org/api/handles/10.0/no")] == "broken"
    assert found[("README.md", f"{other}/gone")] == "broken"


def test_code_that_teaches_is_open_and_a_claim_is_the_line_that_unfolds_its_own(site):
    page = soup(site / "chapters" / "01_more.html")
    parts = {part.pre.text.strip(): part for part in page.select("details.code")}
    assert {code: part.has_attr("open") for code, part in parts.items()} == {
        "2": False,
        "3": True,
        "4": False,
    }
    claims = [claim.text for claim in parts["2"].summary.select(".claim")]
    assert claims == ["Two is two.", "So is 3 3.001, expected <3> within 0.1"]
    assert parts["2"].summary.select_one(".evidence").text == "3.001, expected <3> within 0.1"
    assert [parts[code].summary.text for code in "34"] == ["Code", "Code"]
    outputs = [output.text for output in page.select(".cell_output")]
    assert outputs == ["\n3\n✓ Three is three.\n\n\n", "\n4\n\n\n"]


def test_the_switch_of_code_is_in_the_head_of_notebooks(site):
    choices = soup(site / "chapters" / "01_more.html").select(".bd-header-article .code-switch button[value]")
    assert [choice["value"] for choice in choices] == ["all", "teaches", "none"]
    assert not soup(site / "intro.html").select(".code-switch")


def test_a_page_has_previews_of_what_others_refer_to(site):
    script = (site / "_static" / "previews" / "intro.js").read_text(encoding="utf-8")
    previews = json.loads(re.fullmatch(r'showPreviews\("intro", (\{.*\})\);\n', script)[1])
    (shown,) = [html for name, html in previews.items() if f"#{name}" in str(soup(site / "intro.html"))]
    assert "A. T. 2000." in BeautifulSoup(shown, "html.parser").text
    assert not BeautifulSoup(shown, "html.parser").select("[id], [href]")
    chapter = (site / "_static" / "previews" / "chapters" / "01_more.js").read_text(encoding="utf-8")
    assert '"equation-eq-y"' in chapter
    assert "Figure 1" in chapter
    assert "katex-mathml" not in chapter


def test_a_chapter_takes_as_long_as_its_text_its_formulas_and_its_code():
    def cell(kind: str, source: str, *tags: str) -> dict:
        return {"cell_type": kind, "source": [source], "metadata": {"tags": tags}}

    text, formulas = cell("markdown", "word " * 2_000), cell("markdown", "$$\nx y z\n$$\n" * 20)
    code = cell("code", "x = 1\n" * 100)
    folded = [cell("code", "x = 1\n" * 100, "hide-input"), cell("code", "claim(...)\n" * 100)]
    for cells, expected in [([text], 10), ([text, formulas], 20), ([text, formulas, code, *folded], 25)]:
        assert front.minutes({"cells": cells}) == expected


def test_a_card_without_its_figure_stops_the_build():
    notebook = {"cells": [code_cell("code", "1")], "metadata": {"picture": "fig-none"}}
    with pytest.raises(ExtensionError, match=r"01_more: .*picture 'fig-none', and no figure has this name"):
        front.draw_picture(None, "chapters/01_more", notebook)
