"""What a reader may not meet on a page that is open in a browser. Each rule returns its violations in words.

The standard rules for accessibility are axe-core's. The others are here because no tool has them.
"""

import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
from axe_playwright_python.sync_playwright import Axe
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, Response
from scipy.ndimage import maximum_filter

TRANSFER = 1_500_000  # bytes, the most that a page may take
PAPER = {"width": 718, "height": 1000}  # pixels of a sheet of A4 between its margins
CONTRAST = 4.5  # WCAG 2.2, for text
STRONG_CONTRAST = 7.0  # WCAG 2.2, for text that is to be read with ease

type Picture = NDArray[np.uint8]  # height, width, channels

_AXE = Axe()
_MARKUP = re.compile(r"\{[A-Za-z][\w:.+-]*\}|:::+|```+|^\([\w:-]+\)=|\]\([#\w.]", re.MULTILINE)
_TEX = re.compile(r"\\[A-Za-z]+|\\[()\[\]]|\$\$|\$[^\s$][^$\n]*\$")
_NAVIGATION = "header, .bd-header-article, .bd-sidebar-primary, .bd-sidebar-secondary, .prev-next-area"
_TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


# --- preparation --------------------------------------------------------------------------------------


def lay_out(page: Page) -> None:
    """Load and lay out all of a page, also what would wait until a reader comes near it, and let no colour fade in."""
    page.add_style_tag(content="* { content-visibility: visible !important; transition: none !important }")
    page.evaluate("""async () => {
        for (const image of document.images) image.loading = "eager";
        await Promise.all([...document.images].map(image => image.decode().catch(() => {})));
        await document.fonts.ready;  // with other letters a formula may begin to scroll
    }""")
    page.evaluate(_TWO_FRAMES)  # the page has seen what scrolls, and lets the keyboard reach it


def set_scheme(page: Page, scheme: str) -> None:
    """Set the reader's system to light or dark, and wait until the page had its chance to follow."""
    page.emulate_media(color_scheme=scheme)
    page.evaluate(_TWO_FRAMES)


# --- accessibility ------------------------------------------------------------------------------------


# The theme's sidebar has the book's title outside of all landmarks, and pandas writes a header without text above an index:
# neither is this book's to mend. `contrast_faults` looks at the colours.
_DISABLED = ("region", "empty-table-header", "color-contrast")


def axe_faults(page: Page, part: str | None = None) -> list[str]:
    """What axe-core finds on the page, or in a part of it, colours aside."""
    return _axe(page, part, rules={rule: {"enabled": False} for rule in _DISABLED})


def contrast_faults(page: Page, part: str | None = None) -> list[str]:
    """Text of the page, or of a part of it, that is too pale for its ground.

    Of the texts of one kind, which have one colour, it leaves one on the page; of a page with a part, that alone.
    """
    page.evaluate(
        """part => {
            const parts = [...document.querySelectorAll(part)];
            const apart = element => !parts.some(part => part.contains(element) || element.contains(part));
            for (const element of [...document.body.querySelectorAll("*")].filter(apart)) element.remove();
        }""",
        part or "body",
    )
    # Of one kind are elements of the same classes, all the way up. The rows of a table may differ in their ground.
    page.evaluate("""() => {
        const kind = element => element ? [kind(element.parentElement), element.tagName, element.className, element.style.cssText].join() : "";
        const kinds = new Set();
        const texts = document.querySelectorAll("article :is(p, a, em, strong, code, span, pre):not(tr *)");
        for (const text of [...texts].reverse()) {  // a paragraph after its links
            if (text.childElementCount) continue;
            kinds.has(kind(text)) ? text.replaceWith(text.textContent) : kinds.add(kind(text));
        }
    }""")
    return _axe(page, part, runOnly=["color-contrast"])


def _axe(page: Page, part: str | None, **options: object) -> list[str]:
    # KaTeX writes a formula as a hundred elements, which say no more than its text and take most of the time.
    page.evaluate(
        "for (const formula of document.querySelectorAll('.katex')) formula.replaceWith(formula.textContent)"
    )
    found = _AXE.run(page, context=part, options={"resultTypes": ["violations"], **options}).response[
        "violations"
    ]
    return [f"axe {rule['id']}: {node['html'][:120]}" for rule in found for node in rule["nodes"][:3]]


def skip_link_faults(page: Page) -> list[str]:
    """That the first stop of the Tab key does not lead past the navigation, to the page's main content."""
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    target = page.evaluate("document.activeElement.getAttribute('href') ?? ''")
    if not target.startswith("#"):
        return ["the first stop of the Tab key is no link to the main content"]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = page.evaluate("target => !!document.activeElement.closest(`main${target}`)", target)
    return [] if inside else [f"{target} does not lead to the main content"]


# --- elements ------------------------------------------------------------------------------------------

# What a page may not have: elements by their selector, if a condition holds for one.
FORBIDDEN = {
    "image that does not show": ("img", "image => !image.naturalWidth"),
    "image without an alt text that says something": (
        "img:not([aria-hidden=true] *, [role=presentation], [role=none])",
        r"""image => /^((image|figure|picture|photo|logo|untitled)?[^a-z]*|.*\.(png|jpe?g|svg|gif|webp))$/i.test(image.alt)""",
    ),
    "second first heading": (
        "h1",
        "heading => heading.checkVisibility() && heading != [...document.querySelectorAll('h1')].find(h => h.checkVisibility())",
    ),
    "control that the Tab key passes over": (
        ":is(header, .bd-header-article) :is(a[href], button, input, select, summary)",
        "control => control.tabIndex < 0 && control.checkVisibility({visibilityProperty: true})",
    ),
    "code without a button that copies it": ("div.cell_input:not(:has(button.copybtn))", "() => true"),
    "formula that is not rendered": (
        ".math:not(:has(.katex)), .math:has(.katex:empty, .katex-error)",
        "() => true",
    ),
    # KaTeX writes each formula twice, and its style hides the form for screen readers.
    "formula that shows twice": (
        ".katex-mathml:has(+ .katex-html)",
        "form => getComputedStyle(form).position != 'absolute'",
    ),
}


def forbidden_elements(page: Page) -> list[str]:
    """What is on a page and may not be there."""
    return page.evaluate(
        """forbidden => Object.entries(forbidden).flatMap(([name, [selector, condition]]) =>
            [...document.querySelectorAll(selector)].filter(eval(condition)).map(e => `${name}: ${e.outerHTML.slice(0, 120)}`)
        )""",
        FORBIDDEN,
    )


# --- text and layout ----------------------------------------------------------------------------------


def raw_markup(part: Locator) -> list[str]:
    """Mathematics, directives, roles, labels and links that stand in parts of a page as they were written."""
    code = "script, style, noscript, template, code, pre, kbd, textarea, svg, math, .katex"
    texts = part.evaluate_all(
        """(parts, code) => parts.map(part => {
            const copy = part.cloneNode(true);
            for (const element of copy.querySelectorAll(code)) element.remove();
            return copy.textContent;
        })""",
        code,
    )
    return [f"raw markup: {raw!r}" for text in texts for raw in [*_TEX.findall(text), *_MARKUP.findall(text)]]


def sideways_scroll(page: Page) -> list[str]:
    """That a page is wider than its window."""
    needed, width = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    return [f"it is {needed} px wide in a window of {width} px"] if needed > width else []


# What stands to the left of where a scrolling box begins cannot be scrolled to, and nothing outside a box that hides it.
# The boxes around a part are looked at from the inside out: one that scrolls is itself the part of the next.
_LOST_PARTS = """() => [...document.querySelectorAll(".katex-html > *, main td, main pre")].filter(part => {
    if (!part.checkVisibility()) return false;
    for (let box = part.parentElement; box && box != document.body; box = box.parentElement) {
        const overflow = getComputedStyle(box).overflowX;
        if (overflow == "visible") continue;
        const inner = part.getBoundingClientRect(), outer = box.getBoundingClientRect();
        const hides = ["hidden", "clip"].includes(overflow);
        if (inner.left < outer.left - box.scrollLeft - 2 || (hides && inner.right > outer.right + 2)) return true;
        part = box;
    }
    return false;
}).map(part => (part.closest(".math") ?? part).textContent.trim().slice(0, 60))"""


def lost_parts(page: Page) -> list[str]:
    """Formulas, cells and listings with a part that a reader cannot scroll to."""
    return [f"a part of {text!r} is cut off" for text in dict.fromkeys(page.evaluate(_LOST_PARTS))]


def unreachable_parts(page: Page) -> list[str]:
    """Formulas, listings and tables that scroll sideways, but not with the keyboard: no stop of the Tab key is in them."""
    parts = page.evaluate("""() => [...document.querySelectorAll("main *")].filter(part =>
        part.scrollWidth > part.clientWidth && part.checkVisibility() && part.clientWidth
        && ["auto", "scroll"].includes(getComputedStyle(part).overflowX)
        && ![part, ...part.querySelectorAll("a, button, [tabindex]")].some(stop => stop.tabIndex >= 0)
    ).map(part => part.textContent.trim().slice(0, 60))""")
    return [f"{text!r} scrolls, and the Tab key passes over it" for text in parts]


def crowded_formulas(page: Page) -> list[str]:
    """Formulas that run into their number."""
    numbers = page.evaluate("""() => [...document.querySelectorAll(".math .eqno")].filter(number => {
        const formula = number.parentElement.querySelector(".katex-display");
        const end = formula.getBoundingClientRect().right, start = number.getBoundingClientRect().left;
        return [...formula.querySelectorAll(".katex-html > *")].some(part =>
            Math.min(part.getBoundingClientRect().right, end) > start - 4);
    }).map(number => number.textContent.trim())""")
    return [f"a formula runs into its number, {number}" for number in numbers]


def tall_sections(page: Page) -> list[str]:
    """Sections higher than the page has kept for them: until they are laid out, they lie over what follows."""
    tall = page.evaluate("""() => [...document.querySelectorAll("section[style*='--height']")].filter(section => {
        const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
        return section.offsetHeight > rem * parseFloat(section.style.getPropertyValue("--height"));
    }).map(section => section.id)""")
    return [f"the section {section} is higher than its room" for section in tall]


def stuck_dropdowns(page: Page) -> list[str]:
    """Dropdowns that do not open when they are clicked, or show nothing then. It leaves them open."""
    stuck = page.evaluate("""() => [...document.querySelectorAll("article details:not([open])")].filter(details => {
        details.querySelector("summary").click();
        const content = [...details.children].filter(child => child.tagName != "SUMMARY");
        return !details.open || !content.some(child => child.checkVisibility());
    }).map(details => details.querySelector("summary").textContent.trim())""")
    return [f"{dropdown!r} does not open" for dropdown in stuck]


# --- head, links and traffic --------------------------------------------------------------------------


def moving_parts(page: Page) -> list[str]:
    """What moves although the reader has asked for less motion."""
    page.emulate_media(reduced_motion="reduce")
    moving = page.evaluate("""() => [...document.querySelectorAll("*")].filter(part => {
        const style = getComputedStyle(part);
        return style.animationName != "none" || style.scrollBehavior == "smooth" || style.transitionDuration != "0s";
    }).map(part => part.cloneNode().outerHTML)""")
    return [f"{part[:80]} moves" for part in dict.fromkeys(moving)]


def forced_colour_faults(page: Page) -> list[str]:
    """Text that is too pale in the colours that a reader has set for all pages."""
    page.emulate_media(forced_colors="active")
    return contrast_faults(page)


def missing_elements(page: Page, selectors: Iterable[str]) -> list[str]:
    """Elements, by their selectors, that a page does not have."""
    return [f"it has no {selector}" for selector in selectors if not page.locator(selector).count()]


def head(address: str) -> list[str]:
    """What a page says of itself to browsers, search engines and previews of links; its address may be empty."""
    # Without an icon, browsers ask for a file that is not there; without a viewport, phones show a page of a desk's width.
    tags = ["head link[rel~=icon]", "head meta[name=viewport]", "head meta[property='og:title']"]
    return [*tags, f"head link[rel=canonical][href='{address}']"] if address else tags


def launch_links(repository: str, notebook: str) -> list[str]:
    """Where a notebook's page leads to. The repository is given by its address, the notebook by its path in it."""
    name = urlsplit(repository).path.strip("/")
    return [
        f"a[href^='https://mybinder.org/v2/gh/{name}/'][href$='{notebook}']",
        f"a[href^='https://colab.research.google.com/github/{name}/blob/'][href$='{notebook}']",
        f"a[href^='{repository}/edit/'][href$='{notebook}']",
        f"a[href^='{repository}/issues/new']",
        f"a[href$='_sources/{notebook}']",
    ]


def description_faults(page: Page) -> list[str]:
    """That a page does not say what it is about, in a sentence that search engines show whole."""
    tags = page.locator("head meta:is([name=description], [property='og:description'])")
    contents = tags.evaluate_all("tags => tags.map(tag => tag.content.trim())")
    good = [content for content in contents if 50 <= len(content) <= 160]
    return [] if len(good) == 2 else [f"not two descriptions of 50 to 160 characters: {contents}"]


def repeated_heads(pages: Iterable[str]) -> list[str]:
    """Titles and descriptions that several pages share, of which the HTML is given."""
    tags = (r"<title>.*?</title>", r'<meta (?=[^>]*\bname="description")[^>]*>')
    counts = Counter(found[0] for html in pages for tag in tags if (found := re.search(tag, html, re.DOTALL)))
    return [f"{count} pages have {head}" for head, count in counts.items() if count > 1]


def dead_links(page: Page, site: str, folder: Path) -> list[str]:
    """Links within the site to a page, a file or a place on a page that is not there.

    The site is given by its address and by the folder of its files.
    """
    home, html = urlsplit(site), page.content()
    links = page.locator("[href], [src], [srcset]").evaluate_all("""all => all.flatMap(element => [
        element.href || element.src,
        ...(element.srcset ?? "").split(",").filter(Boolean).map(part => new URL(part.trim().split(" ")[0], document.baseURI).href),
    ])""")

    def exists(path: str, fragment: str) -> bool:
        file = folder / unquote(path).removeprefix(home.path)
        file = file / "index.html" if file.is_dir() else file
        is_this = path == urlsplit(page.url).path  # no file has it where the page says that there is none
        if not is_this and not (path.startswith(home.path) and file.is_file()):
            return False
        place = rf'\b(?:id|name)="{re.escape(unquote(fragment))}"'
        return fragment in ("", "top") or bool(
            re.search(place, html if is_this else file.read_text(encoding="utf-8"))
        )

    urls = {link: urlsplit(link) for link in links if isinstance(link, str)}
    return [
        f"{link} leads nowhere"
        for link, url in urls.items()
        if url.netloc == home.netloc and not exists(url.path, url.fragment)
    ]


class Traffic:
    """What a page asks for and complains of, noted from before its first request."""

    def __init__(self, page: Page):
        self.page = page
        self.requests: list[Request] = []
        self.problems: list[str] = []
        page.on("request", lambda request: self.requests.append(request))
        page.on(
            "requestfailed", lambda request: self.problems.append(f"{request.url} failed: {request.failure}")
        )
        page.on("response", self._response)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"an error in a script: {error}"))

    def forget(self) -> None:
        """Begin anew, for another page."""
        self.requests.clear()
        self.problems.clear()

    def _response(self, response: Response) -> None:
        # A page may itself be the answer for what is not there.
        if response.status >= 400 and not response.request.is_navigation_request():
            self.problems.append(f"{response.url} was answered with {response.status}")

    def _console(self, message: ConsoleMessage) -> None:
        # A page that is itself the answer for what is not there is a failed request to the console.
        itself = message.text.startswith("Failed to load") and message.location["url"] == self.page.url
        if message.type in ("error", "warning") and not itself:
            self.problems.append(f"{message.type} in the console: {message.text}")

    def faults(self, site: str) -> list[str]:
        """Errors, warnings, failed requests, too many bytes, and anything from elsewhere than the site at an address."""
        sources = self.page.locator("[src], link:is([rel~=preconnect], [rel~=dns-prefetch])")
        urls = [request.url for request in self.requests] + sources.evaluate_all(
            "all => all.map(e => e.src || e.href)"
        )
        foreign = [url for url in dict.fromkeys(urls) if not url.startswith((site, "data:", "blob:"))]
        size = sum(request.sizes()["responseBodySize"] for request in self.requests if request.response())
        return [
            *self.problems,
            *(f"{url} is on another server" for url in foreign),
            *([f"{size / 1e6:.2f} MB were transferred"] if size > TRANSFER else []),
        ]


# --- images and colours -------------------------------------------------------------------------------


def scheme_faults(page: Page, scheme: str) -> list[str]:
    """That a page's ground is light for a reader who has set the system to dark, or the other way round."""
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    # Where the body has no colour of its own, the browser's white shows.
    channels = (
        [255] * 3 if ground.startswith("rgba(") else [int(channel) for channel in re.findall(r"\d+", ground)]
    )
    is_dark = contrast(np.array(channels), np.array([255] * 3)) > CONTRAST
    return [] if is_dark == (scheme == "dark") else [f"its ground is {ground} in {scheme} mode"]


def print_faults(page: Page) -> list[str]:
    """Navigation on paper, text that is too pale for it, images that are not on it, and what it splits or folds.

    What is printed as folded must be code, of which the page itself says so.
    """
    images = page.locator("main img:visible").count()
    printed_images = page.pdf().count(b"/Subtype /Image")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.evaluate(_TWO_FRAMES)
    cut = page.locator("main figure").evaluate_all(
        "all => all.filter(figure => getComputedStyle(figure).breakInside != 'avoid').map(figure => figure.textContent.trim())"
    )
    page.set_viewport_size(PAPER)
    lines = page.locator("main pre").evaluate_all(
        "all => all.filter(code => code.scrollWidth > code.clientWidth + 1).map(code => code.textContent.trim())"
    )
    # The replies of self-tests are on a page of their own.
    folded = page.locator("main details:not(.code, .answer-of-test, [open]) summary").all_text_contents()
    # Browsers do not print the ground unless they are told to.
    page.add_style_tag(content="* { background: none !important }")
    navigation = (
        page.locator(_NAVIGATION).filter(visible=True).evaluate_all("all => all.map(part => part.outerHTML)")
    )
    return [
        *(f"{part[:80]} is printed" for part in navigation),
        *(f"{text[:60]!r} may be split between two pages" for text in cut),
        *(f"a line of {text[:60]!r} is cut off on paper" for text in lines),
        *(f"{text.strip()!r} is folded on paper" for text in folded),
        *contrast_faults(page),
        *([f"{printed_images} of {images} images are printed"] if printed_images < images else []),
    ]


def figures(page: Page) -> dict[str, Picture]:
    """What a reader sees of each image in the main content that is no decoration, by its source.

    Not of one that an explorable takes the place of when it comes near.
    """
    # Nothing may move between two pictures, as it would by room that only one of light and dark has around an image.
    page.add_style_tag(content="main img { padding: 0 !important }")
    images = page.locator("main img:not([role=presentation], .explorable img):visible").all()
    return {image.get_attribute("src"): _picture(image.screenshot(animations="disabled")) for image in images}


def _picture(png: bytes) -> Picture:
    """A picture without its edge, where the image ends within a pixel and the page shows through."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))[2:-2, 2:-2]


def dark_figure_faults(light: Mapping[str, Picture], dark: Mapping[str, Picture]) -> list[str]:
    """Figures that cannot be read in dark mode.

    What stands out from a figure's ground in light mode, such as black letters on white, is at least 0.3 % of it, and
    does so in dark mode, but for a tenth at most.
    """
    violations = []
    for source in light.keys() & dark.keys():
        height, width = np.minimum(light[source].shape, dark[source].shape)[:2]
        strong = ground_contrast(light[source])[:height, :width] >= STRONG_CONTRAST
        if strong.mean() < 0.003:
            violations.append(f"{source} shows nothing that stands out")
            continue
        # The page may have moved by a fraction of a pixel between the two pictures, so neighbours may stand in.
        near = maximum_filter(ground_contrast(dark[source])[:height, :width], size=3)
        if (lost := (near[strong] < CONTRAST).mean()) > 0.1:
            violations.append(f"in dark mode {source} loses {lost:.0%} of what it shows in light mode")
    return violations


def ground_contrast(picture: Picture) -> NDArray[np.float64]:
    """The contrast ratio of each pixel to the most frequent colour."""
    packed = picture.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)
    values, index, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colours = np.stack([values >> 16, values >> 8 & 255, values & 255], axis=-1)
    return contrast(colours, colours[counts.argmax()])[index].reshape(packed.shape)


def contrast(colours: NDArray, ground: NDArray) -> NDArray[np.float64]:
    """The contrast ratio of colours to a ground, as WCAG 2.2 defines it; the last axis is red, green, blue, up to 255."""

    def luminance(colour: NDArray) -> NDArray[np.float64]:
        share = colour / 255
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    one, other = luminance(colours), luminance(ground)
    return (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)
