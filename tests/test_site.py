"""The built book in a real browser: each page at the width of a desk and of a phone, in light and in dark.

It looks at ``_build/html`` as it is, and leaves pictures of each page in ``reports/site``.
"""

import gzip
import html
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import urlopen

import nbformat
import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

import browser_rules as rules
from book_extension.edition import published_address
from static_server import static_server
from tools.notebooks import ROOT, prose, read

pytest_plugins = ["browser"]

BUILT = ROOT / "_build" / "html"
PICTURES = ROOT / "reports" / "site"
TALLEST = 3_000  # pixels of a page, in its picture

WINDOWS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
# The theme's sidebar has the book's title outside of all landmarks, and pandas a header without text above an index.
NOT_OURS = {"region": {"enabled": False}, "empty-table-header": {"enabled": False}}

# Read when the tests are collected, so that each page is a test of its own. index.html repeats the first page.
FILES = [page.relative_to(BUILT) for page in sorted(BUILT.rglob("*.html"))]
PAGES = [str(file) for file in FILES if file.name != "index.html" and not file.parts[0].startswith("_")]
NOTEBOOKS = [page for page in PAGES if page.startswith("chapters/")]
CHAPTERS = [f"chapters/{notebook.stem}.html" for notebook in sorted((ROOT / "chapters").glob("*.ipynb"))]
NOWHERE = "chapters/exercises/nothing.html"
MADE = {"search.html", "genindex.html", "404.html", NOWHERE}  # by Sphinx, from no text of ours

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
REPOSITORY = (os.environ.get("BOOK_REPOSITORY") or CONFIG["repository"]["url"]).rstrip("/")
ADDRESS = published_address(REPOSITORY)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address at which the book is served, under the path that it will have where it is published."""
    with static_server(BUILT, urlsplit(ADDRESS).path or "/") as site:
        yield site


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab in a wide window that was never used."""
    with browser.new_context(**WINDOWS["desktop"]) as context:
        yield context.new_page()


def test_there_is_a_built_book():
    assert {"intro.html", "search.html", "404.html", *CHAPTERS} <= set(PAGES), "run `make book`"


# --- each page ----------------------------------------------------------------------------------------


@contextmanager
def open_page(browser: Browser, window: str, url: str) -> Iterator[tuple[Page, rules.Traffic]]:
    """A page in a window that was never used, and its traffic."""
    with browser.new_context(**WINDOWS[window]) as context:
        context.add_init_script(rules.ALL_IN_VIEW)
        page = context.new_page()
        traffic = rules.Traffic(page)
        page.goto(url)
        rules.lay_out(page)
        yield page, traffic


def keep_picture(page: Page, path: str, look: str) -> None:
    """Keep a picture of the page from its top, as far as a picture goes."""
    width, height = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST)}
    file = PICTURES / f"{path.removesuffix('.html').replace('/', '-')}-{look}.jpg"
    page.screenshot(path=file, quality=60, full_page=True, clip=clip, animations="disabled")


def layout_faults(page: Page, scheme: str) -> list[str]:
    """What depends on the width of the window or on the colours."""
    rules.set_scheme(page, scheme)
    return [*rules.scheme_faults(page, scheme), *rules.sideways_scroll(page), *rules.lost_parts(page)]


def required_elements(path: str) -> list[str]:
    """What a page must have: its head, and the links of a notebook if it shows one."""
    # The first page stands at the book's address, and the page for what is not found anywhere.
    address = {"intro.html": ADDRESS, "404.html": "", NOWHERE: ""}.get(path, ADDRESS and ADDRESS + path)
    elements = rules.head(address)
    if path in NOTEBOOKS and "/solutions/" not in path:
        elements += rules.launch_links(REPOSITORY, path.replace(".html", ".ipynb"))
    return elements


def count_dropdowns(path: str) -> int:
    """How many parts of a notebook wait until a reader opens them."""
    notebook = read(ROOT / path.replace(".html", ".ipynb"))
    hidden = sum("hide-" in tag for cell in notebook.cells for tag in cell.metadata.get("tags", []))
    return hidden + len(re.findall(r"^[`:]{3,}\{dropdown\}", prose(notebook), re.MULTILINE))


@pytest.mark.parametrize("path", [*PAGES, NOWHERE])
def test_page(browser, site, path):
    with open_page(browser, "desktop", site + path) as (page, traffic):
        keep_picture(page, path, "desktop-light")
        dropdowns = page.locator("article details:not([open])").count()
        assert path not in NOTEBOOKS or dropdowns == count_dropdowns(path)
        faults = rules.stuck_dropdowns(page)
        light = rules.figures(page)
        faults += layout_faults(page, "light") + rules.forbidden_elements(page)
        faults += rules.missing_elements(page, required_elements(path))
        faults += rules.dead_links(page, site, BUILT) + rules.raw_markup(page.locator("html"))
        faults += [] if path in MADE else rules.description_faults(page)
        faults += layout_faults(page, "dark") + rules.dark_figure_faults(light, rules.figures(page))
        rules.simplify(page)
        faults += rules.contrast_faults(page)
        rules.set_scheme(page, "light")
        faults += rules.axe(page, rules=NOT_OURS)
        faults += rules.skip_link_faults(page) + traffic.faults(site)
    with open_page(browser, "phone", site + path) as (page, traffic):
        faults += layout_faults(page, "light") + layout_faults(page, "dark") + rules.forbidden_elements(page)
        keep_picture(page, path, "phone-dark")
        rules.simplify(page)
        faults += rules.axe(page, rules=NOT_OURS | {"color-contrast": {"enabled": False}})
        faults += rules.skip_link_faults(page) + traffic.faults(site)
    assert not faults, "\n".join(faults)


def test_no_two_heads_are_the_same():
    assert not rules.repeated_heads(
        (BUILT / path).read_text(encoding="utf-8") for path in PAGES if path not in MADE
    )


# --- notebooks' pages ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_download(site, path):
    notebook = path.replace(".html", ".ipynb")
    with urlopen(f"{site}_sources/{notebook}") as answer:
        downloaded = nbformat.reads(gzip.decompress(answer.read()).decode(), as_version=4)
    nbformat.validate(downloaded)
    # A cell for Colab comes first.
    assert downloaded.cells[1:] == read(ROOT / notebook).cells


# --- what a reader does -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", CHAPTERS)
def test_search_finds_a_chapter_by_its_title(page, site, path):
    title = re.search(r"<title>\d+\. (.*?) — ", html.unescape((BUILT / path).read_text(encoding="utf-8")))[1]
    page.goto(f"{site}search.html?q={title}")
    page.locator(f'#search-results a[href*="{path}"]').first.click()
    expect(page.locator("article h1")).to_contain_text(title)


def test_code_is_copied(page, site):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(site + CHAPTERS[0])
    code = page.locator("div.cell_input").filter(visible=True)
    for number in (0, 1):
        code.nth(number).hover()
        code.nth(number).locator("button.copybtn").click()
        copy = page.evaluate("navigator.clipboard.readText()")
        assert copy.strip() == code.nth(number).locator("pre").inner_text().strip() != ""


def test_theme_switch_is_remembered(page, site):
    page.goto(site + CHAPTERS[0])
    for _ in range(3):  # as the system has it, light, dark
        if page.locator("html").get_attribute("data-mode") != "dark":
            page.locator(".theme-switch-button:visible").click()
    page.goto(site + CHAPTERS[1])
    assert not rules.scheme_faults(page, "dark")


@pytest.mark.parametrize(("path", "scheme"), [(CHAPTERS[0], "dark"), (CHAPTERS[-1], "light")])
def test_print(browser, site, path, scheme):
    with open_page(browser, "desktop", site + path) as (page, _):
        rules.set_scheme(page, scheme)
        assert not rules.print_faults(page)
