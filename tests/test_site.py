"""The built book in a real browser: each page at the width of a phone and of a desk, in light and in dark.

It looks at ``_build/html`` as it is, served with compression. What each page took, and what is wrong with it, goes into
``reports/site.json``, pictures of it into ``reports/site``.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import nbformat
import pytest
import yaml
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tools.book import configuration, listed, path_on_server, published_address

import browser_rules as seen
import html_rules as written
from tools.notebooks import chapter_paths, prose, read, solution_paths
from tools.serve import BUILT, serving

pytest_plugins = ["browser"]

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "reports" / "site.json"
PICTURES = ROOT / "reports" / "site"
TALLEST = 3_000  # pixels of a page, in its picture

WINDOWS = {
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
    "desktop": {"viewport": {"width": 1280, "height": 900}},
}
SCHEMES = ("light", "dark")

# Read when the tests are collected, so that each page is a test of its own.
PAGES = written.pages(BUILT)
CONFIG = (ROOT / "_config.yml").read_text(encoding="utf-8")
REPOSITORY = configuration(CONFIG, os.environ.get("BOOK_REPOSITORY"))["repository"]["url"]
ADDRESS = published_address(REPOSITORY)
PREFIX = path_on_server(REPOSITORY)
MADE = {"search.html", "genindex.html", "404.html"}  # by Sphinx, from no text of ours
NOWHERE = "chapters/exercises/nothing.html"

CHAPTERS = [f"chapters/{path.stem}.html" for path in chapter_paths()]
SOLUTIONS = [f"chapters/solutions/{path.stem}.html" for path in solution_paths()]
SOLUTIONS = [path for path in SOLUTIONS if path in PAGES]  # the book may be built without them
NOTEBOOKS = [path for path in PAGES if path.startswith("chapters/")]
TEMPLATES = ["intro.html", CHAPTERS[0], "api.html", "search.html"]  # one page of each make
PRINTED = [CHAPTERS[0], CHAPTERS[-1]]


def sources_of_book() -> list[Path]:
    """Every file that the pages are made from."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = [file for page in listed(contents) for file in ROOT.glob(f"{page}.*")]
    names = ("_config.yml", "_toc.yml", "descriptions.yml", "references.bib")
    settings = [ROOT / name for name in (*names, "tools/book.py", "tools/pages.py", "tools/styles.py")]
    return [*pages, *settings, *(ROOT / "_static").rglob("*.*"), *(ROOT / "gmixlib").rglob("*.py")]


@pytest.fixture(scope="module")
def built() -> Path:
    """The folder of the built book; fails where it is absent or older than what it is made from."""
    assert PAGES, "there is no built book: run `make book`"
    made = min((BUILT / path).stat().st_mtime for path in PAGES)
    newer = [str(path.relative_to(ROOT)) for path in sources_of_book() if path.stat().st_mtime > made]
    assert not newer, f"the built book is older than {', '.join(newer)}: run `make book`"
    return BUILT


@pytest.fixture(scope="module")
def site(built: Path) -> Iterator[str]:
    """The address at which the book is served."""
    with serving(built, prefix=PREFIX) as address:
        yield address


@pytest.fixture(scope="module")
def windows(browser: Browser) -> Iterator[dict[str, BrowserContext]]:
    """A window of each width, which all tests share."""
    contexts = {name: browser.new_context(**options) for name, options in WINDOWS.items()}
    for context in contexts.values():
        context.set_default_timeout(10_000)
    yield contexts
    for context in contexts.values():
        context.close()


@pytest.fixture
def page(windows: dict[str, BrowserContext]) -> Iterator[Page]:
    """A tab in the wide window."""
    page = windows["desktop"].new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def report() -> Iterator[dict[str, dict]]:
    """What is known of each page; it is written when all have been seen."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    pages: dict[str, dict] = {}
    yield pages
    REPORT.write_text(json.dumps(pages, indent=1) + "\n", encoding="utf-8")


# --- without a browser --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sources(built: Path) -> dict[str, written.Source]:
    """The HTML of each page."""
    return {path: written.read(built, path) for path in PAGES}


def test_every_document_is_a_page(built):
    contents = yaml.safe_load((BUILT.parent / "toc.yml").read_text(encoding="utf-8"))
    assert {f"{document}.html" for document in listed(contents)} | MADE <= set(PAGES)


def test_no_link_is_dead(sources, built):
    nowhere = written.Source(NOWHERE, (built / "404.html").read_text(encoding="utf-8"))
    assert not written.dead_links([*sources.values(), nowhere], built, PREFIX)


def test_nothing_is_on_another_server(sources):
    assert not [violation for source in sources.values() for violation in written.foreign_assets(source)]


@pytest.mark.parametrize("path", PAGES)
def test_head(sources, path):
    # The first page stands at the book's address, and the page for what is not found anywhere.
    address = {"intro.html": ADDRESS, "404.html": None}.get(path, ADDRESS and ADDRESS + path)
    assert not written.wrong_head(sources[path], address)


@pytest.mark.parametrize("path", [path for path in PAGES if path not in MADE])
def test_description(sources, path):
    assert not written.wrong_description(sources[path])


def test_no_two_heads_are_the_same(sources):
    assert not written.repeated_heads(source for path, source in sources.items() if path not in MADE)


@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if path not in SOLUTIONS])
def test_buttons(sources, path):
    notebook = path.replace(".html", ".ipynb")
    assert not written.missing_buttons(sources[path], REPOSITORY, notebook)


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_download(site, path):
    notebook = path.replace(".html", ".ipynb")
    with urlopen(f"{site}_sources/{notebook}") as answer:
        downloaded = nbformat.reads(answer.read().decode(), as_version=4)
    nbformat.validate(downloaded)
    # A cell for Colab comes first.
    assert downloaded.cells[1:] == read(ROOT / notebook).cells


# --- each page ----------------------------------------------------------------------------------------


def leave_picture(page: Page, name: str) -> None:
    """Leave a picture of the page from its top, as far as a picture goes."""
    seen.lay_out(page)
    page.evaluate("scrollTo(0, 0)")
    width, height = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST)}
    page.screenshot(
        path=PICTURES / f"{name}.jpg", quality=60, full_page=True, clip=clip, animations="disabled"
    )


def violations_of_look(page: Page, scheme: str) -> list[str]:
    """What depends on the width of the window or on the colours."""
    return [
        *seen.wrong_scheme(page, scheme),
        *seen.too_wide(page),
        *seen.cut_off(page),
        *seen.unloaded_images(page),
    ]


def violations_of_text(page: Page) -> list[str]:
    """What does not depend on them."""
    rules = (
        seen.wrong_headings,
        seen.silent_images,
        seen.unrendered_mathematics,
        seen.raw_markup,
        seen.nameless_controls,
        seen.uncopyable_code,
    )
    return [violation for rule in rules for violation in rule(page)]


@pytest.mark.parametrize("path", PAGES)
def test_page(windows, site, report, path):
    seen_at: dict[str, list[str]] = {}
    figures: dict[str, dict[str, seen.Picture]] = {}
    entry = report[path] = {"requests": 0, "bytes": 0, "violations": []}
    for window, context in windows.items():
        page = context.new_page()
        traffic = seen.Traffic(page)
        page.goto(site + path)
        for scheme in SCHEMES:
            seen.set_scheme(page, scheme)
            seen_at[f"{window}, {scheme}"] = violations_of_look(page, scheme)
            leave_picture(page, f"{path.removesuffix('.html').replace('/', '-')}-{window}-{scheme}")
            if window == "desktop":
                figures[scheme] = seen.figures(page)
        seen_at[window] = [*seen.traffic_problems(traffic, site), *seen.too_heavy(traffic)]
        if window == "desktop":
            seen_at[window] += violations_of_text(page)
        entry["requests"] = max(entry["requests"], len(traffic.requests))
        entry["bytes"] = max(entry["bytes"], traffic.bytes)
        page.evaluate("localStorage.clear()")  # the next page, too, is the first that a reader opens
        page.close()
    seen_at["desktop"] += seen.unreadable_figures(figures["light"], figures["dark"])
    entry["violations"] = [f"{where}: {what}" for where, found in seen_at.items() for what in found]
    assert not entry["violations"], "\n".join(entry["violations"])


# --- what a reader does -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", TEMPLATES)
@pytest.mark.parametrize("window", WINDOWS)
def test_keyboard(windows, site, window, path):
    page = windows[window].new_page()
    page.goto(site + path)
    assert not seen.unskippable(page)
    page.goto(site + path)
    assert not seen.unreachable_controls(page)
    page.close()


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_dropdowns_open(page, site, path):
    notebook = read(ROOT / path.replace(".html", ".ipynb"))
    hidden = sum("hide-" in tag for cell in notebook.cells for tag in cell.metadata.get("tags", []))
    dropdowns = len(re.findall(r"^[`:]{3,}\{dropdown\}", prose(notebook), re.MULTILINE))
    page.goto(site + path)
    assert page.locator("article details:not([open])").count() == hidden + dropdowns
    assert not seen.stuck_dropdowns(page)


def words_of_chapters() -> dict[str, str]:
    """For each chapter the word of its headings that the fewest chapters have in their text; the longest, if several."""
    texts = {f"chapters/{path.stem}.html": prose(read(path)).lower() for path in chapter_paths()}

    def rarity(word: str) -> tuple[int, int, str]:
        return sum(word in text for text in texts.values()), -len(word), word

    headings = {path: " ".join(re.findall(r"^#+ (.*)", text, re.MULTILINE)) for path, text in texts.items()}
    return {path: min(re.findall(r"[a-z]{4,}", heading), key=rarity) for path, heading in headings.items()}


@pytest.mark.parametrize(("path", "word"), words_of_chapters().items())
def test_search_finds_a_word_of_each_chapter(page, site, path, word):
    page.goto(f"{site}search.html?q={word}")
    found = page.locator(f'#search-results a[href*="{path}"]').first
    found.click()
    assert urlsplit(page.url).path == PREFIX + path
    expect(page.locator("article")).to_contain_text(re.compile(word, re.IGNORECASE))


@pytest.mark.parametrize("path", CHAPTERS[:1])
def test_code_is_copied(windows, page, site, path):
    windows["desktop"].grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(site + path)
    code = page.locator("div.cell_input").filter(visible=True)
    for number in (0, 1):
        code.nth(number).hover()
        code.nth(number).locator("button.copybtn").click()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.strip() == code.nth(number).locator("pre").inner_text().strip() != ""


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", PRINTED)
def test_print(page, site, path, scheme):
    page.goto(site + path)
    seen.set_scheme(page, scheme)
    assert not seen.wrong_print(page)


def test_what_is_not_found_is_a_page(page, site):
    traffic = seen.Traffic(page)
    answer = page.goto(site + NOWHERE)
    assert answer.status == 404
    assert not [*violations_of_look(page, "light"), *seen.traffic_problems(traffic, site)]
    assert not violations_of_text(page)
    page.locator("article a:visible, .bd-sidebar-primary a:visible").first.click()
    assert urlsplit(page.url).path.removeprefix(PREFIX) in PAGES
