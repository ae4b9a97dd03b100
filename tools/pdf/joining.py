"""All pages of the built book as one page, in the order of its contents list, with links that stay inside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin, urlsplit

import matplotlib
from bs4 import BeautifulSoup, Tag

FIRST = "intro.html"
SOLUTIONS = "chapters/solutions/"
STYLE = Path(__file__).with_name("book.css")
# The fonts of a package: the book looks the same wherever it is printed.
FONTS = Path(matplotlib.get_data_path(), "fonts", "ttf")
FACES = {
    "STIXGeneral": "font-family: Text",
    "STIXGeneralItalic": "font-family: Text; font-style: italic",
    "STIXGeneralBol": "font-family: Text; font-weight: bold",
    "STIXGeneralBolIta": "font-family: Text; font-weight: bold; font-style: italic",
    "DejaVuSansMono": "font-family: Code",
    "DejaVuSansMono-Oblique": "font-family: Code; font-style: italic",
    "DejaVuSansMono-Bold": "font-family: Code; font-weight: bold",
    "DejaVuSans": "font-family: Signs",
    "DejaVuSans-Bold": "font-family: Signs; font-weight: bold",
}

DOCUMENT = """\
<!doctype html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="stylesheet" href="{site}/_static/styles/site.css">
<style>{style}</style>
<link rel="stylesheet" href="{sheet}">
</head>
<body>
<header id="top">
<p class="title">{title}</p>
<p class="description">{description}</p>
<p class="author">{author}</p>
<img src="{site}/_static/cover.png" alt="">
{about}
<div class="edition">{edition}{address}<p>Text and figures: CC BY 4.0. Code: MIT licence.</p></div>
</header>
<nav id="contents"><h1>Contents</h1>{contents}</nav>
<main>{pages}</main>
</body>
</html>
"""


class Heading(NamedTuple):
    """A heading of the book."""

    level: int
    text: str
    anchor: str
    is_numbered: bool

    @property
    def is_in_contents(self) -> bool:
        """Whether the contents list shows it: parts, pages, and the numbered sections of chapters."""
        return self.level < 3 or (self.level == 3 and self.is_numbered)


@dataclass(frozen=True)
class Book:
    """The book as one page."""

    title: str
    author: str
    description: str
    headings: list[Heading]
    """All of them, in their order, which are the outline of the PDF."""
    html: str
    target: Path
    """Where the site's pages say that the PDF is."""


class Page(NamedTuple):
    """A page of the site, and its place in the book."""

    address: str
    depth: int
    """1 for a chapter, 2 for what stands below one in the sidebar."""


def parse(path: Path) -> BeautifulSoup:
    """A page of the site."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def text_of(tag: Tag) -> str:
    """The text of an element, in one line."""
    return " ".join(tag.get_text().split())


def anchor(address: str, name: str = "") -> str:
    """What a page of the site, or a place in it, is called in the book."""
    return "-".join([*PurePosixPath(address).with_suffix("").parts, *([name] if name else [])])


def list_parts(first: BeautifulSoup) -> Iterator[tuple[str, list[Page]]]:
    """The titles of the parts and their pages, as the sidebar has them; solutions are an appendix."""
    solutions = []
    for part in first.select("nav.bd-docs-nav ul.bd-sidenav:not(.bd-sidenav__home-link)"):
        caption = part.find_previous_sibling("p", class_="caption")
        pages = []
        for link in part.select("a.internal"):
            address = link["href"]
            if address.startswith(SOLUTIONS):
                solutions.append(Page(address, 1))
            else:
                pages.append(Page(address, len(link.find_parents("ul"))))
        if pages:
            yield text_of(caption) if caption else "", pages
    if solutions:
        yield "Appendix: solutions", solutions


class Joiner:
    """Makes parts of one page out of pages of a site."""

    def __init__(self, site: Path, addresses: set[str], published: str) -> None:
        self.site, self.addresses, self.published = site, addresses, published

    def article(self, page: Page, choice: str = "article > section") -> Tag:
        """What a page says, made for paper."""
        text = parse(self.site / page.address).select_one(choice)
        for tag in text.select(".headerlink"):
            tag.decompose()
        for formula in text.select(".katex"):
            self.speak_formula(formula)
        for image in text.select("img"):
            image["src"] = (self.site / page.address).parent.joinpath(image["src"]).resolve().as_uri()
            image.attrs.pop("loading", None)
        for details in text.select("details"):
            # Code that a chapter folds stays folded; a solution is what its reader came for.
            if page.address.startswith(SOLUTIONS) or "sd-dropdown" in details.get("class", []):
                details["open"] = ""
        for heading in text.select("h1, h2, h3, h4, h5"):
            heading.name = f"h{int(heading.name[1]) + page.depth}"
        for link in text.select("a[href]"):
            self.lead(link, page.address)
        for tag in text.select("[id]"):
            tag["id"] = anchor(page.address, tag["id"])
        return text

    @staticmethod
    def speak_formula(formula: Tag) -> None:
        """Let screen readers say the LaTeX of a formula, and leave out what is not seen."""
        latex = formula.select_one("annotation").get_text().strip()
        formula["role"], formula["aria-label"] = "img", f"${latex}$"
        formula.select_one(".katex-mathml").decompose()
        del formula.select_one(".katex-html")["aria-hidden"]
        for space in formula.select(".vlist-s"):  # which some viewers would copy as a line of its own
            space.clear()

    def lead(self, link: Tag, address: str) -> None:
        """Let a link to a page of the book lead to its place here, and one to another file to where it is published."""
        target = urljoin(address, link["href"])
        page, name = urldefrag(target)
        if page in self.addresses:
            link["href"] = f"#{anchor(page, name)}"
        elif page == FIRST:
            link["href"] = "#top"
        elif self.published or urlsplit(target).scheme:
            link["href"] = urljoin(self.published, target)
        else:
            link.unwrap()


def join(site: Path) -> Book:
    """Join the built pages in a folder."""
    first = parse(site / FIRST)
    button = first.select_one("a.btn-download-book-button")
    if button is None:
        raise SystemExit("The pages have no link to a PDF: build them with BOOK_PDF=yes, as `make pdf` does.")
    canonical = first.find("link", rel="canonical")
    published = canonical["href"] if canonical else ""
    parts = list(list_parts(first))
    joiner = Joiner(site, {page.address for _, pages in parts for page in pages}, published)

    main, rules = BeautifulSoup("", "html.parser"), []
    for number, (title, pages) in enumerate(parts, 1):
        for page in pages:
            article = joiner.article(page)
            name, heading = anchor(page.address), article.find(["h2", "h3"])
            section = main.new_tag("section", id=name, style=f"page: page-{name}")
            if title and page is pages[0]:
                part = main.new_tag("h1", id=f"part-{number}")
                part.string = title
                section.append(part)
            section.append(article)
            main.append(section)
            rules.append(f"@page page-{name} {{ @top-left {{ content: {css_string(text_of(heading))} }} }}")
    about = BeautifulSoup("", "html.parser")
    about.extend(joiner.article(Page(FIRST, -1), "#credits") for _ in first.select("#credits"))
    listed = list(list_headings(main))
    headings = [*list_headings(about), Heading(1, "Contents", "contents", False), *listed]
    faces = [
        f"@font-face {{ {face}; src: url({(FONTS / name).as_uri()}.ttf) }}" for name, face in FACES.items()
    ]
    title = text_of(first.select_one(".navbar-brand .title"))
    author = text_of(first.select_one(".component-author")).removeprefix("By ")
    description = first.find("meta", {"name": "description"})["content"]
    html = DOCUMENT.format(
        title=escape(title),
        author=escape(author),
        description=escape(description),
        edition=first.select_one(".extra_footer").decode_contents(),
        address=f'<p><a href="{published}">{published}</a></p>' if published else "",
        about=about,
        contents="".join(map(entry, filter(lambda heading: heading.is_in_contents, listed))),
        pages=main,
        style="\n".join(faces + rules),
        site=site.resolve().as_uri(),
        sheet=STYLE.as_uri(),
    )
    return Book(title, author, description, headings, html, site / button["href"])


def list_headings(main: BeautifulSoup) -> Iterator[Heading]:
    """The headings of the book."""
    for tag in main.select("h1, h2, h3, h4, h5, h6"):
        name = tag.get("id") or tag.parent["id"]
        yield Heading(int(tag.name[1]), text_of(tag), name, bool(tag.select(".section-number")))


def entry(heading: Heading) -> str:
    """A line of the contents list; the number of its page is written later."""
    return (
        f'<p class="level-{heading.level}"><a href="#{heading.anchor}">'
        f'<span>{escape(heading.text)}</span><span class="number"></span></a></p>'
    )


def css_string(text: str) -> str:
    """A text as a string of CSS."""
    return '"{}"'.format(text.replace("\\", r"\\").replace('"', r"\""))
