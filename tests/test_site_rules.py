"""The rules of the site notice what they are for: a small sound page passes all, and each broken copy fails one."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page

import browser_rules as rules
from static_server import static_server

pytest_plugins = ["browser"]

PHONE = {"width": 390, "height": 844}
REPOSITORY, NOTEBOOK = "https://github.com/me/book", "chapters/01_a.ipynb"
SOUND = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>A page</title>
<meta name="viewport" content="width=device-width">
<meta name="description" content="A page of a few words, which has all that the rules of the site ask of a page.">
<meta property="og:title" content="A page">
<meta property="og:description" content="A page of a few words, which has all that the rules of the site ask of one.">
<link rel="canonical" href="https://example.org/page.html">
<link rel="icon" href="icon.svg">
<style>
@media (prefers-color-scheme: dark) {{ body {{ background: #121212; color: #eee }} a {{ color: #9cf }} }}
@media print {{ header {{ display: none }} body {{ color: #000 !important }} figure {{ break-inside: avoid }} }}
</style>
<script>addEventListener("beforeprint", () => (document.querySelector("details").open = true))</script>
</head>
<body>
<a href="#text">Skip to the text</a>
<header><button aria-label="Search">?</button></header>
<main id="text">
<article>
<h1>A page</h1>
<p><a href="other.html#place">Another page</a> and <a href="#end">the end</a>, at 5 $ a copy.</p>
<p>A formula, <span class="math"><span class="katex">x²</span></span>, and code: <code>{{ref}}`x` $y$</code>.</p>
<figure><img src="figure.png" alt="A black line on white" loading="lazy"></figure>
<div class="math" style="display: flex; gap: 8px"><span class="katex-display" style="overflow: auto" tabindex="0"><span class="katex">
<span class="katex-html"><i style="display: inline-block; width: 900px">y</i></span></span></span><i class="eqno">(1)</i></div>
<div class="cell_input"><pre>print()</pre><button class="copybtn">Copy</button></div>
<details><summary>Why</summary><p>Because.</p><div style="overflow: hidden"><pre>1 + 1</pre></div></details>
<section style="--height: 2rem"><p id="end">The end.</p></section>
<p><a href="https://mybinder.org/v2/gh/me/book/main?urlpath=lab/tree/{NOTEBOOK}">Binder</a>
<a href="https://colab.research.google.com/github/me/book/blob/main/{NOTEBOOK}">Colab</a>
<a href="{REPOSITORY}/edit/main/{NOTEBOOK}">Edit</a> <a href="{REPOSITORY}/issues/new?title=A">Report</a>
<a href="_sources/{NOTEBOOK}">Download</a></p>
</article>
</main>
</body>
</html>
"""
WIDE = '<span style="flex: none; width: 900px">Wide</span></span>'
CENTRED = "display: flex; justify-content: center"
LATE = "content-visibility: auto; margin-top: 9000px"
TRAP = "<script>document.querySelector('summary').onclick = event => event.preventDefault()</script>"


def draw(path: Path, ground: str | None, *inks: str) -> None:
    """Draw a figure: a line in each colour on a ground; None leaves it transparent."""
    figure = Image.new("RGBA", (300, 100), ground or (0, 0, 0, 0))
    for number, ink in enumerate(inks):
        ImageDraw.Draw(figure).line([(20, 20 + 40 * number), (280, 20 + 40 * number)], fill=ink, width=6)
    figure.save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site of a sound page and what it links to."""
    (tmp_path / "_sources" / NOTEBOOK).parent.mkdir(parents=True)
    (tmp_path / "_sources" / NOTEBOOK).touch()
    (tmp_path / "page.html").write_text(SOUND, encoding="utf-8")
    (tmp_path / "other.html").write_text('<p id="place">Here</p>', encoding="utf-8")
    (tmp_path / "icon.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    draw(tmp_path / "figure.png", "white", "black")
    return tmp_path


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """A window of the width of a phone, for all pages: a new one for each takes longer than what it is for."""
    with browser.new_context(viewport=PHONE) as context:
        context.set_default_timeout(5_000)
        yield context.new_page()


@pytest.fixture
def ask(tab: Page, folder: Path) -> Iterator[Callable[[str], list[str]]]:
    """What a rule says of the page, by the rule's name."""
    tab.goto("about:blank")
    tab.set_viewport_size(PHONE)
    tab.emulate_media(  # as it is at first
        media="null", color_scheme="light", forced_colors="none", reduced_motion="no-preference"
    )
    with static_server(folder, "/book/") as site:
        yield lambda rule: faults(tab, site, folder, rule)


def faults(page: Page, site: str, folder: Path, rule: str) -> list[str]:
    """What a rule says of the page."""
    traffic = rules.Traffic(page)
    page.goto(site + "page.html")
    rules.lay_out(page)
    match rule:
        case "traffic":
            page.wait_for_load_state("networkidle")
            return traffic.faults(site)
        case "missing_elements":
            parts = [*rules.head("https://example.org/page.html"), *rules.launch_links(REPOSITORY, NOTEBOOK)]
            return rules.missing_elements(page, parts)
        case "dead_links":
            return rules.dead_links(page, site, folder)
        case "dark_figure_faults":
            light = rules.figures(page)
            rules.set_scheme(page, "dark")
            return rules.dark_figure_faults(light, rules.figures(page))
        case "scheme_faults":
            rules.set_scheme(page, "dark")
            return rules.scheme_faults(page, "dark")
        case "raw_markup":
            return rules.raw_markup(page.locator("html"))
        case _:
            return getattr(rules, rule)(page)


# Rule, a text of the page, what stands in its place, words of the complaint.
BROKEN = [
    ("axe_faults", ' lang="en"', "", "axe html-has-lang"),
    ("axe_faults", "<title>A page</title>", "", "axe document-title"),
    ("axe_faults", ' alt="A black line on white"', "", "axe image-alt"),
    ("axe_faults", ' aria-label="Search">?', ">", "axe button-name"),
    ("axe_faults", "the end</a>", "</a>", "axe link-name"),
    ("contrast_faults", '<p id="end">', '<p id="end" style="color: #bbb">', "axe color-contrast"),
    ("description_faults", 'name="description"', 'name="descriptoin"', "not two descriptions"),
    ("description_faults", 'property="og:description"', "", "not two descriptions"),
    ("description_faults", "A page of a few words, which has all", "All", "not two descriptions of 50 to 160"),
    ("missing_elements", 'property="og:title"', 'property="title"', "it has no head meta[property='og:title']"),
    ("missing_elements", 'name="viewport"', 'name="view"', "it has no head meta[name=viewport]"),
    ("missing_elements", 'rel="icon"', 'rel="other"', "it has no head link[rel~=icon]"),
    ("missing_elements", "https://example.org/page.html", "https://example.org/", "it has no head link[rel=canonical]"),
    ("missing_elements", "mybinder.org/v2/gh/me", "mybinder.org/v2/gh/you", "it has no a[href^='https://mybinder"),
    ("missing_elements", "colab.research", "other.research", "it has no a[href^='https://colab"),
    ("missing_elements", "/edit/main", "/blob/main", "it has no a[href^='https://github.com/me/book/edit/']"),
    ("missing_elements", "/issues/new", "/issues", "it has no a[href^='https://github.com/me/book/issues/new']"),
    ("missing_elements", "_sources", "sources", "it has no a[href$='_sources/"),
    ("dead_links", "other.html#place", "gone.html", "/gone.html leads nowhere"),
    ("dead_links", "other.html#place", "other.html#gone", "/other.html#gone leads nowhere"),
    ("dead_links", "other.html#place", "/other.html", "/other.html leads nowhere"),
    ("dead_links", "#end", "#gone", "page.html#gone leads nowhere"),
    ("dead_links", "figure.png", "gone.png", "/gone.png leads nowhere"),
    ("dead_links", 'loading="lazy"', 'srcset="figure.png 1x, gone.png 2x"', "/gone.png leads nowhere"),
    ("traffic", "figure.png", "https://site.invalid/a.png", "https://site.invalid/a.png is on another server"),
    ("traffic", "<style>", '<script src="//site.invalid/a.js"></script><style>', "http://site.invalid/a.js is on another server"),
    ("traffic", "<style>", '<link rel="preconnect" href="https://a.invalid"><style>', "https://a.invalid/ is on another server"),
    ("traffic", "<style>", "<script>console.error('Alas')</script><style>", "error in the console: Alas"),
    ("traffic", "<style>", "<script>console.warn('Alas')</script><style>", "warning in the console: Alas"),
    ("traffic", "<style>", "<script>throw new Error('Alas')</script><style>", "an error in a script: Alas"),
    ("traffic", "<style>", '<script src="gone.js"></script><style>', "gone.js was answered with 404"),
    ("traffic", "<style>", '<script src="http://localhost:9/a.js"></script><style>', "http://localhost:9/a.js failed"),
    ("traffic", "<style>", "<script>fetch('http://localhost:9/a').catch(() => {})</script><style>", "http://localhost:9/a is on another"),
    ("sideways_scroll", "The end.", '<span style="display: block; width: 900px">Wide', "px wide in a window of 390"),
    ("sideways_scroll", "The end.", f'<div style="{LATE}"><p style="width: 900px">Wide', "px wide in a window of 390"),
    ("lost_parts", "x²", f'<span class="katex-html" style="display: flex; overflow: hidden">{WIDE}', "a part of 'Wide"),
    ("lost_parts", "x²", f'<span class="katex-html" style="{CENTRED}; overflow: auto">{WIDE}', "a part of 'Wide"),
    ("unreachable_parts", ' tabindex="0"', "", "'y' scrolls, and the Tab key passes over it"),
    ("crowded_formulas", 'class="eqno"', 'class="eqno" style="margin-left: -9px"', "runs into its number, (1)"),
    ("tall_sections", "The end.", "The<br>very<br>end.", "is higher than its room"),
    ("moving_parts", "<style>", "<style>article { animation: turn 1s }", "<article>"),
    ("moving_parts", "<style>", "<style>html { scroll-behavior: smooth }", '<html lang="en">'),
    ("forced_colour_faults", '<p id="end">', '<p id="end" style="forced-color-adjust: none; color: #bbb">', "axe color-contrast"),
    ("forbidden_elements", "figure.png", "gone.png", "image that does not show: <img"),
    ("forbidden_elements", "figure.png", "other.html", "image that does not show: <img"),
    ("forbidden_elements", ' alt="A black line on white"', "", "image without an alt text"),
    ("forbidden_elements", "A black line on white", "figure 1", "image without an alt text"),
    ("forbidden_elements", "A black line on white", "figure.png", "image without an alt text"),
    ("forbidden_elements", '<span class="katex">x²</span>', r"\(x^2\)", "formula that is not rendered"),
    ("forbidden_elements", "x²</span>", "</span>", "formula that is not rendered"),
    ("forbidden_elements", "x²", '<span class="katex-error">x^</span>', "formula that is not rendered"),
    ("forbidden_elements", "x²", '<i class="katex-mathml">x</i><i class="katex-html">x</i>', "formula that shows twice"),
    ("raw_markup", "The end", r"The \frac12", r"raw markup: '\\frac'"),
    ("raw_markup", "The end", "The $x$", "raw markup: '$x$'"),
    ("raw_markup", "The end", "See {ref}<code>x</code>", "raw markup: '{ref}'"),
    ("raw_markup", "The end", "See {py:func}<code>x</code>", "raw markup: '{py:func}'"),
    ("raw_markup", "The end", "::: {note}", "raw markup: ':::'"),
    ("raw_markup", "The end", "```", "raw markup: '```'"),
    ("raw_markup", "The end.", "(label)=\n", "raw markup: '(label)='"),
    ("raw_markup", "The end", "[see](#there)", "raw markup: '](#'"),
    ("forbidden_elements", "<p id", "<h1>Again</h1><p id", "second first heading: <h1>Again"),
    ("forbidden_elements", '<button class="copybtn">Copy</button>', "", "code without a button that copies it"),
    ("stuck_dropdowns", "</main>", f"{TRAP}</main>", "'Why' does not open"),
    ("stuck_dropdowns", "<p>Because.</p><div", "<p hidden>Because.</p><div hidden", "'Why' does not open"),
    ("skip_link_faults", '<a href="#text">Skip to the text</a>', "", "no link to the main content"),
    ("skip_link_faults", '<a href="#text">', '<a href="#end">', "#end does not lead to the main content"),
    ("forbidden_elements", "<button aria", '<button tabindex="-1" aria', "control that the Tab key passes over: <button"),
    ("print_faults", "header { display: none }", "", "<header>"),
    ("print_faults", "#000 !important", "#eee !important", "axe color-contrast"),
    ("print_faults", "header { display: none }", "header { display: none } img { opacity: 0 }", "0 of 1 images are printed"),
    ("print_faults", "figure { break-inside: avoid }", "", "may be split between two pages"),
    ("print_faults", "<pre>print()", f"<pre style='overflow: auto'>{'long ' * 50}", "a line of 'long long"),
    ("print_faults", ".open = true", ".open = false", "'Why' is folded on paper"),
    ("scheme_faults", "background: #121212;", "", "its ground is rgba(0, 0, 0, 0)"),
]  # fmt: skip


@pytest.mark.parametrize("rule", sorted({"dark_figure_faults", *(row[0] for row in BROKEN)}))
def test_sound_page_passes(ask, rule):
    assert ask(rule) == []


@pytest.mark.parametrize(("rule", "old", "new", "words"), BROKEN)
def test_broken_page_is_noticed(folder, ask, rule, old, new, words):
    assert old in SOUND
    (folder / "page.html").write_text(SOUND.replace(old, new), encoding="utf-8")
    assert any(words in fault for fault in ask(rule))


@pytest.mark.parametrize(
    ("ground", "inks", "words"),
    [
        (None, ["black"], "figure.png loses 100%"),
        ("white", ["#bbb"], "figure.png shows nothing that stands out"),
        # A colour that shows on dark does not make up for the black that does not.
        (None, ["black", "orange"], "figure.png loses 100%"),
    ],
)
def test_dark_figure_is_noticed(folder, ask, ground, inks, words):
    draw(folder / "figure.png", ground, *inks)
    assert any(words in fault for fault in ask("dark_figure_faults"))


def test_decoration_needs_no_alt_text(folder, ask):
    decoration = SOUND.replace('alt="A black line on white"', 'alt="" role="presentation"')
    (folder / "page.html").write_text(decoration, encoding="utf-8")
    assert ask("forbidden_elements") == ask("axe_faults") == []


def test_heavy_page_is_noticed(folder, ask):
    noise = random.Random(1).randbytes(3 * 800 * 800)
    Image.frombytes("RGB", (800, 800), noise).save(folder / "figure.png")
    assert ask("traffic") == ["1.93 MB were transferred"]


def test_repeated_heads_are_noticed():
    assert rules.repeated_heads([SOUND, SOUND]) == [
        "2 pages have <title>A page</title>",
        '2 pages have <meta name="description" content="A page of a few words, which has all that the rules of the site ask of a page.">',
    ]
    assert rules.repeated_heads([SOUND, SOUND.replace("A page", "Another")]) == []
