"""A page as a PDF, printed by Chromium, with what Chromium leaves out."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from pikepdf import Dictionary, Name, ObjectStreamMode, OutlineItem, Pdf

from tools.browser import chromium
from tools.pdf.joining import Book

# Writes into the contents list where its lines lead.
NUMBER_CONTENTS = """numbers => {
    for (const link of document.querySelectorAll("#contents a"))
        link.querySelector(".number").textContent = numbers[link.hash.slice(1)];
}"""


def print_book(book: Book, page: Path) -> None:
    """Write the book as a page, and print it to its target."""
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(book.html, encoding="utf-8")
    with TemporaryDirectory() as folder, chromium() as browser:
        draft, tagged = Path(folder, "draft.pdf"), Path(folder, "tagged.pdf")
        tab = browser.new_page()
        tab.goto(page.resolve().as_uri())
        # The numbers of pages are known when the book is printed; they have their place in the draft.
        tab.pdf(path=draft, prefer_css_page_size=True, print_background=True)
        tab.evaluate(NUMBER_CONTENTS, page_numbers(draft))
        tab.pdf(path=tagged, prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
        finish(book, tagged)


def page_numbers(path: Path) -> dict[str, int]:
    """The number of the page that each link inside a PDF leads to, by the name of the place."""
    with Pdf.open(path) as pdf:
        numbers = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
        return {name[1:]: numbers[place[0].objgen] for name, place in pdf.Root.Dests.items()}


def finish(book: Book, path: Path) -> None:
    """Mend what Chromium has printed, and write it to its target in a small file."""
    with Pdf.open(path) as pdf:
        pdf.docinfo.update({"/Author": book.author, "/Subject": book.description})
        name_outline(pdf, book)
        name_formulas(pdf)
        pdf.save(book.target, object_stream_mode=ObjectStreamMode.generate, recompress_flate=True)


def name_outline(pdf: Pdf, book: Book) -> None:
    """Write the headings into the outline, where Chromium joins the words of two lines and repeats some."""
    with pdf.open_outline() as outline:
        items = list(flatten(outline.root))
        for item, heading in zip(items, book.headings, strict=True):
            item.title = heading.text


def flatten(items: list[OutlineItem]) -> Iterator[OutlineItem]:
    """The items of an outline and all below them, in the order of their pages."""
    for item in items:
        yield item
        yield from flatten(item.children)


def name_formulas(pdf: Pdf) -> None:
    """Tell formulas from figures."""
    for element in pdf.objects:
        if isinstance(element, Dictionary) and element.get(Name.S) == Name.Figure:
            alt = str(element.get(Name.Alt, ""))
            if alt.startswith("$"):
                element.S, element.Alt = Name.Formula, alt.strip("$")
            elif not alt:
                element.S = Name.Div  # an HTML figure, which holds the image and its caption
