"""The PDF of the book against the pages that it is made of.

A part of the book is printed here: the page before the chapters, a chapter, its exercises, two pages of reference and
solutions, from the pages in ``_build/html``. The whole book, which takes a minute, is the PDF that `make pdf` has left
there, in `make test-long`.
"""

import re
import shutil
from collections.abc import Iterator
from copy import copy
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin

import pikepdf
import pypdfium2
import pytest
from bs4 import BeautifulSoup, Tag
from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE, FPDF_PAGEOBJ_TEXT

from book_extension.edition import PDF
from tools.browser import NoBrowser
from tools.notebooks import ROOT
from tools.pdf.__main__ import main

BUILT = ROOT / "_build" / "html"
PART = [
    "chapters/04_label_switching.html",
    "chapters/exercises/04_label_switching.html",
    "chapters/solutions/04_label_switching.html",
    "notation.html",
    "execution.html",
    "before_you_start.html",
]
BUTTON = f'<a class="btn-download-book-button" href="{PDF}">Book</a>'
FOLD = '<details class="admonition hide above-input"><summary>Show code cell source</summary>{}</details>'
LARGEST = 15_000_000  # bytes
MM = 72 / 25.4  # points


def parse(path: Path) -> BeautifulSoup:
    """A page, parsed."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def words(tag: Tag) -> str:
    """The text of an element in one line, as it is seen."""
    seen = [text for text in tag.strings if not text.find_parent(class_=["headerlink", "katex-mathml"])]
    return " ".join("".join(seen).split())


def print_part(site: Path) -> None:
    """Print the book as if it had only some of its pages, a cell that is folded and a heading with a formula."""
    shutil.copytree(
        BUILT, site, ignore=lambda folder, names: [n for n in names if n.endswith((".ipynb", ".pdf"))]
    )
    first = parse(site / "intro.html")
    for link in first.select("nav.bd-docs-nav ul.bd-sidenav a"):
        if link["href"] not in PART:
            link.decompose()
    first.body.append(BeautifulSoup(BUTTON, "html.parser"))
    (site / "intro.html").write_text(str(first), encoding="utf-8")
    chapter = parse(site / PART[0])
    code = chapter.select_one(".cell_input")
    code.replace_with(BeautifulSoup(FOLD.format(code), "html.parser"))
    chapter.select_one("article h2").append(
        copy(next(formula for formula in chapter.select(".katex") if not formula.select(".vlist")))
    )
    (site / PART[0]).write_text(str(chapter), encoding="utf-8")
    main(site)


class Printed:
    """A PDF, and the pages of the site that are in it."""

    def __init__(self, site: Path) -> None:
        self.path = site / PDF
        self.pdf = pikepdf.Pdf.open(self.path)
        self.drawn = pypdfium2.PdfDocument(self.path)
        first = parse(site / "intro.html")
        links = [
            link["href"] for link in first.select("nav.bd-docs-nav ul.bd-sidenav a") if link["href"] != "#"
        ]
        paths = sorted(links, key=lambda path: "/solutions/" in path)  # which are last
        self.articles = {path: parse(site / path).select_one("article") for path in paths}
        self.address = first.find("link", rel="canonical")["href"]

    @cached_property
    def texts(self) -> list[str]:
        """The text of each page, as it is copied."""
        return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in self.drawn]

    @cached_property
    def text(self) -> str:
        """All text, in one line."""
        return " ".join(" ".join(self.texts).split())

    @cached_property
    def outline(self) -> list["Mark"]:
        """The outline, in its order."""
        return [
            Mark(item.get_title(), item.level, item.get_dest().get_index() + 1)
            for item in self.drawn.get_toc()
        ]

    def select(self, selector: str) -> list[Tag]:
        """Elements of all pages."""
        return [tag for article in self.articles.values() for tag in article.select(selector)]

    def elements(self, kind: str) -> list[pikepdf.Object]:
        """The elements of one kind in the tree that screen readers follow, in its order."""
        return [element for element in walk(self.pdf.Root.StructTreeRoot.K) if str(element.S) == kind]

    def objects(self, kind: int) -> Iterator[tuple[int, tuple[float, float, float, float]]]:
        """The number of the page, and left, bottom, right and top, of each text or image that is drawn."""
        for number, page in enumerate(self.drawn, 1):
            for drawn in page.get_objects([kind], max_depth=9):
                yield number, drawn.get_bounds()


class Mark(NamedTuple):
    """An entry of the outline."""

    title: str
    level: int
    page: int


def walk(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """An element of the tree of a tagged PDF and all below it, in their order."""
    waiting = [element]
    while waiting:
        element = waiting.pop()
        if isinstance(element, pikepdf.Array):
            waiting += reversed(list(element))
        elif isinstance(element, pikepdf.Dictionary) and "/S" in element:
            yield element
            waiting += [element.K] if "/K" in element else []


@pytest.fixture(scope="module", params=["part", pytest.param("whole", marks=pytest.mark.slow)])
def book(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """A part of the book, printed, and the whole."""
    if request.param == "whole":
        assert (BUILT / PDF).exists(), "run `make pdf`"
        return Printed(BUILT)
    assert (BUILT / PART[0]).exists(), "run `make book`"
    site = tmp_path_factory.mktemp("a part & more") / "html"
    try:
        print_part(site)
    except NoBrowser as error:
        pytest.skip(str(error))
    return Printed(site)


def test_size_title_and_language(book):
    assert book.path.stat().st_size < LARGEST
    assert book.pdf.Root.Lang == "en"
    assert book.pdf.Root.MarkInfo.Marked
    assert book.pdf.Root.ViewerPreferences.DisplayDocTitle
    assert book.pdf.docinfo.Title == "Bayesian Gaussian Mixtures"
    assert book.pdf.docinfo.Author == "The gmixlib authors"


def test_the_outline_has_each_heading_and_leads_to_it(book):
    headings = [words(tag) for tag in book.select("h1, h2, h3, h4")]
    parts = {mark.title for mark in book.outline if mark.level == 0}
    assert {"Credits", "Contents", "I. The model", "Reference", "Appendix: solutions"} <= parts
    assert [mark.title for mark in book.outline if mark.level] == headings
    texts = ["".join(text.split()) for text in book.texts]  # a formula in a heading may stand apart
    strayed = [mark for mark in book.outline if "".join(mark.title.split()) not in texts[mark.page - 1]]
    assert strayed == []


def test_the_contents_have_the_pages_of_the_headings(book):
    parts = pairwise(mark for mark in book.outline if mark.level == 0)
    start, end = next((mark.page, after.page) for mark, after in parts if mark.title == "Contents")
    lines = re.findall(r"^(.*\S) (\d+)$", "\n".join(book.texts[start - 1 : end - 1]), re.MULTILINE)
    listed = [(title, int(page)) for title, page in lines]
    all_marks = [(mark.title, mark.page) for mark in book.outline]
    assert [line for line in listed if line not in all_marks] == []
    chapters = [(mark.title, mark.page) for mark in book.outline if mark.level == 1]
    assert [line for line in chapters if line not in listed] == []


def test_running_heads_name_the_chapter_and_number_the_page(book):
    starts = {
        mark.page: mark.title for mark in book.outline if re.match(r"\d+(\.\d+\. Exercises|\. )", mark.title)
    }
    title = ""
    for number, text in list(enumerate(book.texts, 1))[min(starts) - 1 : max(starts)]:
        title = starts.get(number, title)
        assert {title, str(number)} <= set(text.splitlines()), number


def test_each_figure_is_there_once_whole_and_described(book):
    images = book.select("img")
    drawn = list(book.objects(FPDF_PAGEOBJ_IMAGE))
    assert len(drawn) == len(images) + 1  # the title page has one
    assert [str(figure.Alt) for figure in book.elements("/Figure")] == [image["alt"] for image in images]
    assert outside(drawn) == []


def test_each_formula_is_there_once_whole_and_in_words(book):
    formulas = book.elements("/Formula")
    # Those in the replies of self-tests are on a page of their own, and folded where the questions are.
    sources = [
        " ".join(tag.get_text().split())
        for tag in book.select(".katex annotation")
        if tag.find_parent("summary") or not tag.find_parent("details", class_="answer-of-test")
    ]
    assert [" ".join(str(formula.Alt).split()) for formula in formulas] == sources
    split = [
        str(formula.Alt)
        for formula in formulas
        if len({part.Pg.objgen for part in walk(formula) if "/Pg" in part}) != 1
    ]
    assert split == []


def test_nothing_is_cut(book):
    assert outside(book.objects(FPDF_PAGEOBJ_TEXT)) == []


def outside(drawn) -> list[tuple[int, tuple[float, ...]]]:
    """What reaches over the margins, or further down than the text."""
    left, bottom, right, top = 24.5 * MM, 15 * MM, (210 - 24.5) * MM, 290 * MM
    return [
        (page, bounds)
        for page, bounds in drawn
        if bounds[0] < left or bounds[1] < bottom or bounds[2] > right or bounds[3] > top
    ]


def test_links_lead_to_their_places(book):
    notes = [note for page in book.pdf.pages for note in page.get("/Annots", [])]
    inner = {str(note.Dest) for note in notes if "/Dest" in note}
    outer = {str(note.A.URI) for note in notes if "/A" in note}
    assert inner <= set(book.pdf.Root.Dests.keys())
    expected_inner, expected_outer = set(), set()
    for path, article in book.articles.items():
        for link in article.select("a[href]:not(.headerlink)"):
            target, name = urldefrag(urljoin(path, link["href"]))
            if target in book.articles:
                expected_inner.add(
                    "/" + "-".join([*Path(target).with_suffix("").parts, *filter(None, [name])])
                )
            elif target != "intro.html":
                expected_outer.add(urljoin(book.address, target) + (f"#{name}" if name else ""))
    assert expected_inner <= inner
    assert expected_outer <= outer
    assert [address for address in outer if not address.startswith("https://")] == []


def test_text_can_be_searched_and_copied(book):
    first = [article.select_one("p:not(.answered)") for article in book.articles.values()]
    assert [words(p) for p in first if not p.select(".katex, code") and words(p) not in book.text] == []
    # KaTeX has spaces without a width, for one browser. Some viewers would copy each as a line of its own.
    drawn = b"".join(page.Contents.read_bytes() for page in book.pdf.pages)
    assert b"200B" not in b"".join(re.findall(rb"/ActualText *<[^>]*>", drawn))


def test_fonts_are_inside_and_none_is_the_machines(book):
    described = filter(
        lambda thing: isinstance(thing, pikepdf.Dictionary) and "/FontName" in thing, book.pdf.objects
    )
    fonts = {str(font.FontName): font for font in described}
    assert [name for name in fonts if not re.search("STIXGeneral|DejaVuSans|KaTeX|FontAwesome", name)] == []
    assert [name for name, font in fonts.items() if "/FontFile2" not in font] == []


def test_solutions_are_open_and_folded_code_is_left_out(book):
    solutions = [article for article in book.articles.values() if "Solutions:" in words(article.h1)]
    assert book.text.count("### BEGIN SOLUTION") == str(solutions).count("### BEGIN SOLUTION") > 0
    assert "Hide code" not in book.text
    assert "Show code" not in book.text
    if book.path.parent != BUILT:
        assert "import permutations" not in book.text
