"""The built book in a real browser: each page at the width of a desk and of a phone, in light and in dark.

It looks at ``_build/html`` as it is, and leaves pictures of pages whose layout has faults in ``reports/site``.
"""

import html
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import browser_rules as rules
from built_book import ADDRESS, BUILT, REPOSITORY
from static_server import static_server
from tools.notebooks import ROOT, SOLUTIONS, chapter_paths, code_cells, count_claims, prose, read

pytest_plugins = ["browser"]

PICTURES = ROOT / "reports" / "site"
TALLEST = 3_000  # pixels of a page, in its picture

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
ZOOMED = {"width": 320, "height": 225}  # what a desk's window has room for at a zoom of 400 per cent

# Read when the tests are collected, so that each page is a test of its own. index.html repeats the first page.
FILES = [page.relative_to(BUILT) for page in sorted(BUILT.rglob("*.html"))]
PAGES = [str(file) for file in FILES if file.name != "index.html" and not file.parts[0].startswith("_")]
NOTEBOOKS = [page for page in PAGES if page.startswith("chapters/")]
CHAPTERS = [f"chapters/{notebook.stem}.html" for notebook in sorted((ROOT / "chapters").glob("*.ipynb"))]
# One page of each kind: of text, a chapter, its exercises, their solutions, and those that Sphinx makes.
KINDS = [
    "intro.html",
    CHAPTERS[0],
    *(CHAPTERS[0].replace("/", f"/{kind}/") for kind in ("exercises", "solutions")),
    "search.html",
    "genindex.html",
    "404.html",
]
NOWHERE = "chapters/exercises/nothing.html"
MADE = {"search.html", "genindex.html", "404.html", NOWHERE}  # by Sphinx, from no text of ours


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address at which the book is served, under the path that it will have where it is published."""
    with static_server(BUILT, urlsplit(ADDRESS).path or "/") as site:
        yield site


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab in a wide window that was never used."""
    with browser.new_context(viewport=DESKTOP) as context:
        yield context.new_page()


def test_there_is_a_built_book():
    assert {"intro.html", "search.html", "404.html", *CHAPTERS} <= set(PAGES), "run `make book`"


# --- each page ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def traffic(browser: Browser) -> Iterator[rules.Traffic]:
    """The traffic of a tab, which shows one page after the other: a new one for each takes longer than to look at it."""
    with browser.new_context() as context:
        yield rules.Traffic(context.new_page())


def open_page(traffic: rules.Traffic, url: str) -> Page:
    """Open a page in a wide window, in light, with no traffic but its own."""
    page = traffic.page
    page.goto("about:blank")
    page.set_viewport_size(DESKTOP)
    rules.set_scheme(page, "light")
    traffic.forget()
    page.goto(url)
    rules.lay_out(page)
    return page


def open_on_phone(page: Page) -> None:
    """Open the page once more in a window as narrow as a phone."""
    page.set_viewport_size(PHONE)
    page.reload()
    rules.lay_out(page)


def keep_picture(page: Page, path: str, look: str) -> None:
    """Keep a picture of the page from its top, as far as a picture goes."""
    width, height = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST)}
    file = PICTURES / f"{path.removesuffix('.html').replace('/', '-')}-{look}.jpg"
    page.screenshot(path=file, quality=60, full_page=True, clip=clip, animations="disabled")


def layout_faults(page: Page, scheme: str) -> list[str]:
    """What depends on the width of the window or on the colours."""
    rules.set_scheme(page, scheme)
    return rules.scheme_faults(page, scheme) + room_faults(page)


def room_faults(page: Page) -> list[str]:
    """What depends on the width of the window alone."""
    found = (rules.sideways_scroll, rules.lost_parts, rules.unreachable_parts, rules.crowded_formulas)
    return [fault for rule in found for fault in rule(page)]


def required_elements(path: str) -> list[str]:
    """What a page must have: its head, and the links of a notebook if it shows one."""
    # The first page stands at the book's address, and the page for what is not found anywhere.
    address = {"intro.html": ADDRESS, "404.html": "", NOWHERE: ""}.get(path, ADDRESS and ADDRESS + path)
    elements = rules.head(address)
    if path in NOTEBOOKS and "/solutions/" not in path:
        elements += rules.launch_links(REPOSITORY, path.replace(".html", ".ipynb"))
    return elements


def count_folded(path: str) -> int:
    """How many parts of a notebook wait until a reader unfolds them."""
    notebook = read(ROOT / path.replace(".html", ".ipynb"))
    hidden = sum("hide-input" in cell.metadata.get("tags", []) for cell in notebook.cells)
    claims = sum(
        bool(cell.outputs)
        and all(re.fullmatch("(✓ .*\n?)+", output.get("text", "")) for output in cell.outputs)
        for cell in code_cells(notebook)
    )
    return hidden + claims + len(re.findall(r"^[`:]{3,}\{dropdown\}", prose(notebook), re.MULTILINE))


def looked_at(path: str) -> pytest.ParameterSet:
    """A page, left to `make test-long` if it is made like one of each kind: Sphinx has refused what is wrong with it."""
    is_like_another = path.count("/") > 1 and path not in [*KINDS, NOWHERE]
    return pytest.param(path, marks=[pytest.mark.slow] * is_like_another)


@pytest.mark.parametrize("path", [looked_at(path) for path in [*PAGES, NOWHERE]])
def test_page(traffic, site, path):
    page = open_page(traffic, site + path)
    folded = page.locator("article details:not([open], .answer-of-test)").count()
    assert path not in NOTEBOOKS or folded == count_folded(path)
    faults = rules.stuck_dropdowns(page)
    light = rules.figures(page)
    faults += layout_faults(page, "light") + rules.forbidden_elements(page)
    faults += rules.missing_elements(page, required_elements(path))
    faults += rules.dead_links(page, site, BUILT) + rules.raw_markup(page.locator("html"))
    faults += [] if path in MADE else rules.description_faults(page)
    faults += layout_faults(page, "dark") + rules.dark_figure_faults(light, rules.figures(page))
    faults += traffic.faults(site)
    if faults:
        keep_picture(page, path, "desktop-dark")
    open_on_phone(page)
    on_phone = layout_faults(page, "dark") + rules.forbidden_elements(page) + rules.tall_sections(page)
    if on_phone:
        keep_picture(page, path, "phone-dark")
    faults += on_phone
    page.set_viewport_size(ZOOMED)
    rules.set_scheme(page, "dark")
    faults += room_faults(page)
    assert not faults, "\n".join(faults)


# axe-core takes as long as all of the above, and pages are made of the same parts: `make test` asks it about some of them.
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=[pytest.mark.slow] * (path not in [*KINDS, CHAPTERS[-1], "self_tests.html"]))
        for path in [*PAGES, NOWHERE]
    ],
)
def test_page_is_accessible(traffic, site, path):
    page = open_page(traffic, site + path)
    rules.set_scheme(page, "dark")
    open_on_phone(page)
    faults = rules.axe_faults(page) + rules.contrast_faults(page)
    rules.set_scheme(page, "light")
    faults += rules.contrast_faults(page)
    assert not faults, "\n".join(faults)


# They are the same on each page of a kind, and a phone hides most of them. Exercises and solutions have those of a chapter.
@pytest.mark.parametrize(
    "path", [pytest.param(path, marks=[pytest.mark.slow] * (path.count("/") > 1)) for path in KINDS]
)
def test_header_and_sidebars(traffic, site, path):
    page = open_page(traffic, site + path)
    faults = rules.skip_link_faults(page) + rules.axe_faults(page) + rules.contrast_faults(page)
    rules.set_scheme(page, "dark")
    faults += rules.contrast_faults(page)
    open_on_phone(page)
    faults += rules.skip_link_faults(page)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_button_that_leads_back_to_the_top(page, site, scheme):
    page.set_viewport_size(PHONE)
    page.goto(site + CHAPTERS[0])
    rules.set_scheme(page, scheme)
    page.add_style_tag(
        content="#pst-back-to-top { display: block !important }"
    )  # as when a reader scrolls up
    assert not rules.contrast_faults(page)


def test_no_two_heads_are_the_same():
    assert not rules.repeated_heads(
        (BUILT / path).read_text(encoding="utf-8") for path in PAGES if path not in MADE
    )


# --- the first page ------------------------------------------------------------------------------------


def test_the_first_page_has_a_card_for_each_chapter(page, site):
    page.goto(site + "intro.html")
    cards = page.locator(".chapter")
    assert cards.count() == len(CHAPTERS)
    for number, path in enumerate(CHAPTERS):
        card, notebook = cards.nth(number), read(ROOT / path.replace(".html", ".ipynb"))
        title = notebook.cells[0].source.split("\n")[0].removeprefix("# ")
        expect(card.locator(".sd-card-title")).to_have_text(f"{number + 1}. {title}")
        expect(card.locator("a")).to_have_attribute("href", path)
        expect(card.locator(".sd-card-footer")).to_have_text(re.compile(r"\d?[05] minutes"))
        image = card.locator("img")
        image.scroll_into_view_if_needed()
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 200


def test_the_first_page_counts_what_there_is(page, site):
    page.goto(site + "intro.html")
    chapters = [read(path) for path in chapter_paths()]
    solutions = [cell for path in SOLUTIONS.glob("*.ipynb") for cell in code_cells(read(path))]
    exercises = sum(cell.source.startswith('check("') for cell in solutions)
    text = page.locator("article").text_content()
    for number, what in [
        (len(chapters), "chapters of"),
        (exercises, "exercises of"),
        (sum(map(count_claims, chapters)), "claims"),
    ]:
        assert f"{number} {what}" in text


# --- what a reader does -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=[pytest.mark.slow] * (path not in (CHAPTERS[0], CHAPTERS[-1])))
        for path in CHAPTERS
    ],
)
def test_search_finds_a_chapter_by_its_title(page, site, path):
    title = re.search(r"<title>\d+\. (.*?) — ", html.unescape((BUILT / path).read_text(encoding="utf-8")))[1]
    page.goto(f"{site}search.html?q={title}")
    link = page.locator(f'#search-results a[href*="{path}"]').first
    expect(link).to_be_visible()
    link.press("Enter")
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


def test_switch_of_code_is_remembered(page, site):
    def shown() -> list[int]:
        """How many pieces of code are seen that teach, and how many that are folded at first."""
        kinds = (".teaches", ":not(.teaches)")
        return [page.locator(f"details.code{kind} pre").filter(visible=True).count() for kind in kinds]

    page.goto(site + CHAPTERS[0])
    teaching, others = (
        page.locator(f"details.code{kind}").count() for kind in (".teaches", ":not(.teaches)")
    )
    assert teaching > 5 < others
    assert shown() == [teaching, 0]
    for keys, expected in {"ArrowDown ArrowDown ArrowDown": [0, 0], "ArrowDown": [teaching, others]}.items():
        page.locator(".code-switch > button").press("Enter")
        for key in [*keys.split(), "Enter"]:
            page.keyboard.press(key)
        assert shown() == expected
        page.goto(site + CHAPTERS[0])  # as the next page does
        assert shown() == expected
    page.set_viewport_size(PHONE)
    rules.lay_out(page)
    assert not rules.axe_faults(page)


# A link of each kind on the first chapter's page, and what is seen of what it leads to.
PREVIEWS = {
    "glossary.html#term-mixture-model": "A model in which each observation comes from one of several components",
    "#equation-eq-story": "(1.1)",
    "#fig-story": "Figure 1.2 The story of a mixture.",
    "bibliography.html#": "2018",
}


def preview(page: Page) -> Locator:
    """What is shown beside a link."""
    return page.locator(".preview")


def linked(page: Page, address: str) -> Locator:
    """The first link of the text whose address has this in it."""
    return page.locator(f".bd-article a.internal[href*='{address}']").first


@pytest.mark.parametrize("from_folder", [False, True])
def test_links_show_what_they_lead_to(page, site, from_folder):
    page.goto((BUILT.as_uri() + "/" if from_folder else site) + CHAPTERS[0])
    for address, text in PREVIEWS.items():
        link = linked(page, address)
        link.hover()
        expect(preview(page)).to_contain_text(text)
        assert not preview(page).locator("[id], [href]").count()
        assert preview(page).evaluate(
            "part => [...part.querySelectorAll('img')].every(image => image.decode())"
        )
        assert link.get_attribute("aria-describedby") is None  # a screen reader is not told
        page.keyboard.press("Escape")
        expect(preview(page)).to_have_count(0)
        page.mouse.move(0, 0)
    link.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(preview(page)).to_contain_text(text)
    link.evaluate("link => link.blur()")
    expect(preview(page)).to_have_count(0)


@pytest.mark.parametrize(("address", "text"), PREVIEWS.items())
def test_what_a_link_shows_is_accessible(page, site, address, text):
    page.goto(site + CHAPTERS[0])
    linked(page, address).hover()
    expect(preview(page)).to_contain_text(text)
    # A copy, alone on the page: the preview itself would go with its link.
    preview(page).evaluate("part => document.body.replaceChildren(part.cloneNode(true))")
    faults = rules.axe_faults(page, ".preview") + rules.contrast_faults(page)
    rules.set_scheme(page, "dark")
    assert not faults + rules.contrast_faults(page)
    expect(preview(page)).to_contain_text(text)


def test_a_link_to_what_has_no_preview_takes_the_last_one_away_and_misses_nothing(page, site):
    missing = []
    page.on("response", lambda response: missing.extend([response.url] * (response.status >= 400)))
    page.goto(site + CHAPTERS[0])
    linked(page, "glossary.html#").hover()
    expect(preview(page)).to_have_count(1)
    with page.expect_response("**/previews/api.js"):
        linked(page, "api.html#").hover()
    expect(preview(page)).to_have_count(0)
    assert missing == []


def test_a_first_tap_shows_and_a_second_follows(browser, site):
    page = browser.new_page(has_touch=True, viewport=PHONE)
    page.goto(site + CHAPTERS[0])
    link = linked(page, "#equation-eq-story")
    link.tap()
    expect(preview(page)).to_contain_text("(1.1)")
    assert "#" not in page.url
    rules.lay_out(page)
    assert not rules.sideways_scroll(page) + rules.axe_faults(page)
    page.locator(".bd-article p").first.tap()
    expect(preview(page)).to_have_count(0)
    for _ in range(2):
        link.tap()
    page.wait_for_url("**#equation-eq-story")
    page.close()


def test_what_a_reader_has_set_for_all_pages(page, site):
    page.goto(site + CHAPTERS[0])
    assert not rules.moving_parts(page) + rules.forced_colour_faults(page)


def test_way_of_a_reader_on_a_phone(browser, site):
    """From the first page to the first chapter, to its exercises, and back by the menu."""
    page = browser.new_page(has_touch=True, is_mobile=True, viewport=PHONE)
    page.goto(site + "intro.html")
    page.locator(".start").first.tap()
    page.wait_for_url(f"**/{CHAPTERS[0]}")
    page.locator(".code-switch > button").tap()
    page.locator(".code-switch li button").first.tap()
    expect(page.locator(".code-switch li").filter(visible=True)).to_have_count(0)
    page.locator(".right-next").scroll_into_view_if_needed()
    # Sections that come into view are laid out: no reader taps before the page rests.
    page.wait_for_timeout(500)
    page.locator(".right-next").tap()
    page.wait_for_url("**/exercises/**")
    expect(page.locator("article p a[href^='https://mybinder.org']").first).to_have_attribute(
        "href", re.compile(f"/exercises/{CHAPTERS[0].split('/')[1].replace('.html', '.ipynb')}$")
    )
    page.locator(".bd-header-article .secondary-toggle").tap()
    expect(page.locator("#pst-page-toc-nav")).to_be_visible()
    page.locator("#pst-page-toc-nav a").last.tap()
    expect(page.locator("#pst-page-toc-nav")).to_be_hidden()
    page.locator(".bd-header-article .primary-toggle").tap()
    expect(page.locator(".tooltip").filter(visible=True)).to_have_count(0)
    page.locator(f".bd-sidenav a[href$='{CHAPTERS[0].split('/')[1]}']").first.tap()
    page.wait_for_url(f"**/{CHAPTERS[0]}")
    page.close()


@pytest.mark.parametrize(
    ("path", "scheme"),
    [(CHAPTERS[0], "dark"), (KINDS[3], "light"), pytest.param(CHAPTERS[-1], "light", marks=pytest.mark.slow)],
)
def test_print(traffic, site, path, scheme):
    page = open_page(traffic, site + path)
    rules.set_scheme(page, scheme)
    assert not rules.print_faults(page)
