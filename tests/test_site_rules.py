"""The rules of the site notice what they are made for: a small sound page passes all, and each broken copy fails one."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page

import browser_rules as seen
import html_rules as written
from tools.serve import serving

pytest_plugins = ["browser"]

HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>A page</title>
<meta name="description" content="A page of a few words, which has all that the rules of the site ask of a page.">
<meta property="og:title" content="A page">
<meta property="og:description" content="A page of a few words, which has all that the rules of the site ask of one.">
<link rel="canonical" href="https://example.org/page.html">
<link rel="icon" href="icon.svg">
<style>
@media (prefers-color-scheme: dark) { body { background: #121212; color: #eee } a { color: #9cf } }
@media print { header { display: none } body { color: #000 !important } }
</style>
</head>
"""
BODY = """<body>
<a href="#text">Skip to the text</a>
<header><button aria-label="Search">?</button></header>
<main id="text">
<article>
<h1>A page</h1>
<p><a href="other.html#place">Another page</a> and <a href="#end">the end</a>, at 5 $ a copy.</p>
<p>A formula, <span class="math"><span class="katex">x²</span></span>, and code: <code>{ref}`x` $y$</code>.</p>
<img src="figure.png" alt="A black line on white" loading="lazy">
<div class="cell_input"><pre>print()</pre><button class="copybtn">Copy</button></div>
<details><summary>Why</summary><p>Because.</p><div style="overflow: hidden"><pre>1 + 1</pre></div></details>
<p id="end">The end.</p>
</article>
</main>
</body>
</html>
"""
SOUND = HEAD + BODY
OTHER = (
    SOUND.replace("A page", "Another").replace("page.html", "other.html").replace('id="end"', 'id="place"')
)
OTHER = OTHER.replace("#end", "#place")
WIDE = '<span style="flex: none; width: 900px">Wide</span></span>'
CENTRED = "display: flex; justify-content: center"
TRAP = "<script>document.querySelector('summary').onclick = event => event.preventDefault()</script>"


def draw(path: Path, ground: str | None, *inks: str) -> None:
    """Draw a figure: a line in each colour on a ground; None leaves it transparent."""
    figure = Image.new("RGBA", (300, 100), ground or (0, 0, 0, 0))
    for number, ink in enumerate(inks):
        ImageDraw.Draw(figure).line([(20, 20 + 40 * number), (280, 20 + 40 * number)], fill=ink, width=6)
    figure.save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site of two sound pages."""
    (tmp_path / "page.html").write_text(SOUND, encoding="utf-8")
    (tmp_path / "other.html").write_text(OTHER, encoding="utf-8")
    (tmp_path / "icon.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    draw(tmp_path / "figure.png", "white", "black")
    return tmp_path


def rewrite(folder: Path, old: str, new: str) -> None:
    """Break the page: replace a text that it has."""
    assert old in SOUND
    (folder / "page.html").write_text(SOUND.replace(old, new), encoding="utf-8")


# --- the server ---------------------------------------------------------------------------------------


def test_texts_are_compressed(folder):
    (folder / "page.html").write_text(SOUND + " " * 10_000)
    with serving(folder, prefix="/book/") as site:
        assert site.endswith("/book/")
        with urlopen(Request(site + "page.html", headers={"Accept-Encoding": "gzip"})) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert len(answer.read()) < 2_000


def test_what_is_not_there_is_answered_with_the_page_for_it(folder):
    (folder / "404.html").write_text("Not here")
    with serving(folder) as site:
        with pytest.raises(HTTPError) as raised:
            urlopen(site + "deep/down.html")
        assert (raised.value.code, raised.value.read()) == (404, b"Not here")


# --- without a browser --------------------------------------------------------------------------------


def head_and_links(folder: Path) -> list[str]:
    """All that the rules without a browser say of the site."""
    sources = [written.read(folder, path) for path in written.pages(folder)]
    return [
        *written.dead_links(sources, folder),
        *written.repeated_heads(sources),
        *(
            violation
            for source in sources
            for violation in (
                *written.foreign_assets(source),
                *written.wrong_head(source, f"https://example.org/{source.path}"),
                *written.wrong_description(source),
            )
        ),
    ]


def test_sound_html_passes(folder):
    assert not head_and_links(folder)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("other.html#place", "gone.html", "page.html: gone.html leads nowhere"),
        ("other.html#place", "other.html#gone", "page.html: other.html#gone leads nowhere"),
        ("other.html#place", "/other.htm", "page.html: /other.htm leads nowhere"),
        ("#end", "#gone", "page.html: #gone leads nowhere"),
        ("figure.png", "gone.png", "page.html: gone.png leads nowhere"),
        ('loading="lazy"', 'srcset="figure.png 1x, gone.png 2x"', "page.html: gone.png leads nowhere"),
        ("figure.png", "https://example.org/a.png", "page.html: https://example.org/a.png is on another server"),
        ("<style>", '<script src="//example.org/a.js"></script><style>', "page.html: //example.org/a.js is on another server"),
        ("<style>", '<link rel="preconnect" href="https://a.org"><style>', "page.html: https://a.org is on another server"),
        (' lang="en"', "", "page.html: it has no language"),
        ("<title>A page</title>", "", "page.html: it has no title"),
        ("<title>A page</title>", "<title>Another</title>", "2 pages have the title 'Another'"),
        ('name="description"', 'name="descriptoin"', "page.html: its description has 0 characters, not 50 to 160"),
        ("A page of a few words, which has all", "All", "page.html: its description has 45 characters, not 50 to 160"),
        ('property="og:title"', 'property="title"', "page.html: it has no og:title"),
        ('property="og:description"', "", "page.html: its og:description has 0 characters, not 50 to 160"),
        ('rel="icon"', 'rel="other"', "page.html: it has no icon"),
        (
            "https://example.org/page.html",
            "https://example.org/",
            "page.html: its canonical address is ['https://example.org/'], not https://example.org/page.html",
        ),
    ],
)  # fmt: skip
def test_broken_html_is_noticed(folder, old, new, words):
    rewrite(folder, old, new)
    assert words in head_and_links(folder)


def test_link_out_of_the_site_is_noticed(folder):
    rewrite(folder, "other.html#place", "/other.html")
    sources = [written.read(folder, path) for path in written.pages(folder)]
    assert written.dead_links(sources, folder, "/book/") == ["page.html: /other.html leads nowhere"]


def test_missing_button_is_noticed():
    address, notebook = "https://github.com/me/book", "chapters/01_a.ipynb"
    buttons = {
        "Binder": f"https://mybinder.org/v2/gh/me/book/main?urlpath=lab/tree/{notebook}",
        "Colab": f"https://colab.research.google.com/github/me/book/blob/main/{notebook}",
        "the editor": f"{address}/edit/main/{notebook}",
        "the issues": f"{address}/issues/new?title=A",
        "the notebook": f"../_sources/{notebook}",
    }
    for missing in [None, *buttons]:
        links = "".join(f'<a href="{link}">' for what, link in buttons.items() if what != missing)
        source = written.Source("chapters/01_a.html", links)
        expected = [f"{source.path}: no link leads to {missing}"] if missing else []
        assert written.missing_buttons(source, address, notebook) == expected


# --- in a browser -------------------------------------------------------------------------------------


def dark_scheme(page: Page) -> list[str]:
    seen.set_scheme(page, "dark")
    return seen.wrong_scheme(page, "dark")


def dark_figures(page: Page) -> list[str]:
    light = seen.figures(page)
    seen.set_scheme(page, "dark")
    return seen.unreadable_figures(light, seen.figures(page))


type Look = Callable[[str], tuple[Page, seen.Traffic, str]]

RULES: dict[str, Callable[[Page], list[str]]] = {
    rule.__name__: rule
    for rule in (
        seen.too_wide,
        seen.cut_off,
        seen.unloaded_images,
        seen.silent_images,
        seen.unrendered_mathematics,
        seen.raw_markup,
        seen.wrong_headings,
        seen.nameless_controls,
        seen.uncopyable_code,
        seen.stuck_dropdowns,
        seen.unskippable,
        seen.unreachable_controls,
        seen.wrong_print,
        dark_scheme,
        dark_figures,
    )
}


@pytest.fixture
def page(browser: Browser, folder: Path) -> Iterator[Page]:
    """A tab of the width of a phone, at the address where the site is served."""
    with serving(folder) as site:
        context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=site)
        page = context.new_page()
        page.set_default_timeout(5_000)
        yield page
        context.close()


def traffic_of(page: Page) -> tuple[seen.Traffic, str]:
    """What the page asks for when it is opened, and the address of its site."""
    traffic = seen.Traffic(page)
    page.goto("page.html", wait_until="networkidle")
    return traffic, page.url.removesuffix("page.html")


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_sound_page_passes(page, rule):
    page.goto("page.html")
    assert rule(page) == []


def test_sound_traffic_passes(page):
    traffic, site = traffic_of(page)
    assert seen.traffic_problems(traffic, site) == seen.too_heavy(traffic) == []
    assert {site + "page.html", site + "figure.png"} <= set(traffic.requests)
    assert traffic.bytes > len(SOUND) / 3


@pytest.mark.parametrize(
    ("rule", "old", "new", "words"),
    [
        ("too_wide", "The end.", '<span style="display: block; width: 900px">Wide', "px wide in a window of 390"),
        (
            "too_wide",
            "The end.",
            '<div style="content-visibility: auto; margin-top: 9000px"><p style="width: 900px">Wide',
            "px wide in a window of 390",
        ),
        ("cut_off", "x²", f'<span class="katex-html" style="display: flex; overflow: hidden">{WIDE}', "a part of 'Wide"),
        ("cut_off", "x²", f'<span class="katex-html" style="{CENTRED}; overflow: auto">{WIDE}', "a part of 'Wide"),
        ("unloaded_images", "figure.png", "gone.png", "the image gone.png is not there"),
        ("unloaded_images", "figure.png", "other.html", "the image other.html is not there"),
        ("silent_images", ' alt="A black line on white"', "", "the image figure.png has the alt text ''"),
        ("silent_images", "A black line on white", "figure 1", "has the alt text 'figure 1'"),
        ("silent_images", "A black line on white", "figure.png", "has the alt text 'figure.png'"),
        ("unrendered_mathematics", "<span class=\"katex\">x²</span>", r"\(x^2\)", r"the formula '\\(x^2\\)' is not"),
        ("unrendered_mathematics", "x²</span>", '</span>', "the formula '' is not rendered"),
        ("unrendered_mathematics", "x²", '<span class="katex-error">x^</span>', "the formula 'x^' is not"),
        ("unrendered_mathematics", "The end", r"The \frac12", r"TeX in the text: '\\frac'"),
        ("unrendered_mathematics", "The end", "The $x$", "TeX in the text: '$x$'"),
        (
            "unrendered_mathematics",
            "x²",
            '<span class="katex-mathml">x</span><span class="katex-html">x</span>',
            "1 formulas show twice",
        ),
        ("raw_markup", "The end", "See {ref}<code>x</code>", "markup in the text: '{ref}'"),
        ("raw_markup", "The end", "See {py:func}<code>x</code>", "markup in the text: '{py:func}'"),
        ("raw_markup", "The end", "::: {note}", "markup in the text: ':::'"),
        ("raw_markup", "The end", "```", "markup in the text: '```'"),
        ("raw_markup", "The end.", "(label)=\n", "markup in the text: '(label)='"),
        ("raw_markup", "The end", "[see](#there)", "markup in the text: '](#'"),
        ("wrong_headings", "<p id", "<h1>Again</h1><p id", "it shows 2 first headings"),
        ("nameless_controls", ' aria-label="Search">?', ">", "a button without a name"),
        ("nameless_controls", "the end</a>", "</a>", "a link without a name"),
        ("uncopyable_code", '<button class="copybtn">Copy</button>', "", "no button copies 'print()'"),
        ("stuck_dropdowns", "</main>", f"{TRAP}</main>", "'Why' does not open"),
        ("stuck_dropdowns", "<p>Because.</p><div", "<p hidden>Because.</p><div hidden", "'Why' does not open"),
        ("unskippable", '<a href="#text">Skip to the text</a>', "", "no link to the main content"),
        ("unskippable", '<a href="#text">', '<a href="#end">', "#end does not lead to the main content"),
        ("unreachable_controls", "<button aria", '<button tabindex="-1" aria', "the keyboard does not reach <button"),
        ("wrong_print", "header { display: none }", "", "<header>"),
        ("wrong_print", "#000 !important", "#eee !important", "text of the colour (238, 238, 238) is printed"),
        ("wrong_print", "header { display: none }", "header { display: none } img { opacity: 0 }", "0 of 1 images are printed"),
        ("dark_scheme", "background: #121212;", "", "its ground is rgba(0, 0, 0, 0)"),
    ],
)  # fmt: skip
def test_broken_page_is_noticed(folder, page, rule, old, new, words):
    rewrite(folder, old, new)
    page.goto("page.html")
    assert any(words in violation for violation in RULES[rule](page))


def test_decoration_may_be_silent(folder, page):
    rewrite(folder, 'alt="A black line on white"', 'alt="" role="presentation"')
    page.goto("page.html")
    assert not seen.silent_images(page)


@pytest.mark.parametrize(
    ("ground", "inks", "words"),
    [
        (None, ["black"], "figure.png has a contrast of 1."),
        ("white", ["#bbb"], "figure.png has a contrast of 1.9"),
        # A colour that shows on dark does not make up for the black that does not.
        (None, ["black", "orange"], "figure.png loses 100%"),
    ],
)
def test_unreadable_figure_is_noticed(folder, page, ground, inks, words):
    draw(folder / "figure.png", ground, *inks)
    page.goto("page.html")
    assert any(words in violation for violation in dark_figures(page))


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("<script>console.error('Alas')</script>", "error in the console: Alas"),
        ("<script>console.warn('Alas')</script>", "warning in the console: Alas"),
        ("<script>throw new Error('Alas')</script>", "an error in a script: Alas"),
        ('<script src="gone.js"></script>', "gone.js was answered with 404"),
        ('<script src="http://localhost:9/a.js"></script>', "http://localhost:9/a.js failed"),
        ('<script src="http://localhost:9/a.js"></script>', "http://localhost:9/a.js is on another server"),
        ("<script>fetch('http://localhost:9/a').catch(() => {})</script>", "http://localhost:9/a is on another server"),
    ],
)  # fmt: skip
def test_bad_traffic_is_noticed(folder, page, new, words):
    rewrite(folder, "</main>", f"{new}</main>")
    traffic, site = traffic_of(page)
    assert any(words in violation for violation in seen.traffic_problems(traffic, site))


def test_heavy_page_is_noticed(folder, page):
    noise = random.Random(1).randbytes(3 * 800 * 800)
    Image.frombytes("RGB", (800, 800), noise).save(folder / "figure.png")
    traffic, _ = traffic_of(page)
    assert seen.too_heavy(traffic) == [f"{traffic.bytes / 1e6:.2f} MB were transferred"]
