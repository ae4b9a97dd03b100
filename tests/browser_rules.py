"""The form of a page that is open in a browser: what it asks for, and what a reader sees of it.

Each rule returns its violations in words.
"""

import io
import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import ConsoleMessage, Page, Request, Response
from scipy.ndimage import maximum_filter

TRANSFERRED = 1_500_000  # bytes, the most that a page may take
CONTRAST = 4.5  # WCAG 2.2, for text
_STRONG = 7.0  # WCAG 2.2, for text that is to be read with ease

type Picture = NDArray[np.uint8]  # height, width, channels
type Colour = tuple[int, int, int]

_MARKUP = re.compile(r"\{[A-Za-z][\w:.+-]*\}|:::+|```+|^\([\w:-]+\)=|\]\([#\w.]", re.MULTILINE)
_TEX = re.compile(r"\\[A-Za-z]+|\\[()\[\]]|\$\$|\$[^\s$][^$\n]*\$")
_NAMELESS = re.compile(
    r"^ *- (button|link|searchbox|textbox|checkbox|combobox|switch)(?: \[[^\]]*\])*:?$", re.MULTILINE
)
_MEANINGLESS = re.compile(
    r"(?:image|figure|picture|photo|logo|untitled)?[\W\d]*|.*\.(?:png|jpe?g|svg|gif|webp)"
)

_TEXT = """() => {
    const passedOver = "script, style, noscript, template, code, pre, kbd, textarea, svg, math, .katex";
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let text = document.title + "\\n";
    while (walker.nextNode())
        if (!walker.currentNode.parentElement.closest(passedOver)) text += walker.currentNode.data;
    return text;
}"""

_FORMULAS = """() => [...document.querySelectorAll(".math")].filter(math => {
    const rendered = math.querySelector(".katex");
    return !rendered || !rendered.textContent.trim() || math.querySelector(".katex-error");
}).map(math => math.textContent.trim().slice(0, 60))"""

# KaTeX writes each formula twice, and its style hides the form for screen readers.
_SHOWN_TWICE = """() => [...document.querySelectorAll(".katex-mathml")]
    .filter(math => math.nextElementSibling && getComputedStyle(math).position != "absolute").length"""

# Made eager, since a lazy image in a closed menu is never asked for; whether it is there shows all the same.
_UNLOADED = """() => Promise.all([...document.images].map(async image => {
    image.loading = "eager";
    await image.decode().catch(() => {});
    return image.naturalWidth ? "" : image.getAttribute("src");
})).then(sources => sources.filter(Boolean))"""

_ALTS = """() => [...document.images]
    .filter(image => !image.closest("[aria-hidden=true], [role=presentation], [role=none]"))
    .map(image => [image.getAttribute("src"), image.getAttribute("alt") ?? ""])"""

# What is not yet laid out does not count, and is cut off where it is too wide: here all of the page is laid out.
_TOO_WIDE = """() => {
    const all = [...document.body.querySelectorAll("*")];
    const late = all.filter(element => getComputedStyle(element).contentVisibility == "auto");
    for (const element of late) element.style.contentVisibility = "visible";
    const width = document.documentElement.clientWidth, needed = document.documentElement.scrollWidth;
    const clips = element => element && (getComputedStyle(element).overflowX != "visible" || clips(element.parentElement));
    const wide = needed <= width ? [] : all.filter(
        element => element.getBoundingClientRect().right > width + 1 && !clips(element.parentElement));
    for (const element of late) element.style.contentVisibility = "";
    return [needed, width, wide.slice(0, 3).map(element => element.outerHTML.slice(0, 80))];
}"""

# What stands to the left of where a scrolling box begins cannot be scrolled to, and nothing outside a box that hides it.
# The boxes around a part are looked at from the inside out: one that scrolls is itself the part of the next.
_CUT_OFF = """() => [...document.querySelectorAll(".katex-html > *, main td, main pre")].filter(part => {
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

_UNCOPYABLE = """() => [...document.querySelectorAll("div.cell_input")]
    .filter(cell => !cell.querySelector("button.copybtn"))
    .map(cell => cell.textContent.trim().slice(0, 60))"""

_HIDDEN = """details => {
    const content = [...details.children].filter(child => child.tagName != "SUMMARY");
    return !details.open || !content.some(child => child.offsetHeight > 0);
}"""

_UNREACHED = """() => [...document.querySelectorAll("header, .bd-header-article")]
    .flatMap(header => [...header.querySelectorAll("a[href], button, input, select, summary")])
    .filter(control => control.checkVisibility({visibilityProperty: true}) && !("reached" in control.dataset))
    .map(control => control.outerHTML.slice(0, 80))"""


_TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_NAVIGATION = "header, .bd-header-article, .bd-sidebar-primary, .bd-sidebar-secondary, .prev-next-area"
_START = "element => element.outerHTML.slice(0, 80)"

# Of all text that shows in print.
_COLOURS = """() => {
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    const colours = new Set();
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (walker.currentNode.data.trim() && element.checkVisibility({visibilityProperty: true}))
            colours.add(getComputedStyle(element).color);
    }
    return [...colours];
}"""


class Traffic:
    """What a page asks for and complains of, noted from before its first request.

    The browser's store of earlier answers is off, so that each page pays for all that it needs.
    """

    def __init__(self, page: Page):
        self.page = page
        self.requests: list[str] = []
        self.bytes = 0
        self.problems: list[str] = []
        page.on("request", self._request)
        page.on(
            "requestfailed", lambda request: self.problems.append(f"{request.url} failed: {request.failure}")
        )
        page.on("response", self._response)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"an error in a script: {error}"))
        protocol = page.context.new_cdp_session(page)
        protocol.send("Network.enable")
        protocol.send("Network.setCacheDisabled", {"cacheDisabled": True})
        protocol.on("Network.loadingFinished", self._finished)

    def _request(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self.requests.append(request.url)

    def _response(self, response: Response) -> None:
        # A page may itself be the answer for what is not there.
        if response.status >= 400 and not response.request.is_navigation_request():
            self.problems.append(f"{response.url} was answered with {response.status}")

    def _console(self, message: ConsoleMessage) -> None:
        # A page that is itself the answer for what is not there is a failed request to the console.
        itself = message.text.startswith("Failed to load") and message.location["url"] == self.page.url
        if message.type in ("error", "warning") and not itself:
            self.problems.append(f"{message.type} in the console: {message.text}")

    def _finished(self, event: dict) -> None:
        self.bytes += int(event["encodedDataLength"])


def traffic_problems(traffic: Traffic, site: str) -> list[str]:
    """Errors, warnings and failed requests, and requests to anything but the site at an address."""
    foreign = [url for url in traffic.requests if not url.startswith(site)]
    return [*traffic.problems, *(f"{url} is on another server" for url in dict.fromkeys(foreign))]


def too_heavy(traffic: Traffic) -> list[str]:
    """That a page takes too much to load."""
    return [f"{traffic.bytes / 1e6:.2f} MB were transferred"] if traffic.bytes > TRANSFERRED else []


def too_wide(page: Page) -> list[str]:
    """That a page scrolls sideways, with what makes it."""
    needed, width, wide = page.evaluate(_TOO_WIDE)
    return [f"it is {needed} px wide in a window of {width} px, because of {wide}"] if needed > width else []


def cut_off(page: Page) -> list[str]:
    """Formulas, cells and listings with a part that a reader cannot scroll to."""
    return [f"a part of {text!r} is cut off" for text in dict.fromkeys(page.evaluate(_CUT_OFF))]


def unloaded_images(page: Page) -> list[str]:
    """Images that do not show, also of those that load late."""
    return [f"the image {source} is not there" for source in page.evaluate(_UNLOADED)]


def silent_images(page: Page) -> list[str]:
    """Images that tell nothing to who does not see them, and are not marked as decoration."""
    return [
        f"the image {source} has the alt text {alt!r}"
        for source, alt in page.evaluate(_ALTS)
        if _MEANINGLESS.fullmatch(alt.strip().lower())
    ]


def unrendered_mathematics(page: Page) -> list[str]:
    """Formulas that stand in the page as TeX, or not at all."""
    twice = page.evaluate(_SHOWN_TWICE)
    return [
        *(f"the formula {formula!r} is not rendered" for formula in page.evaluate(_FORMULAS)),
        *(f"TeX in the text: {found!r}" for found in _TEX.findall(page.evaluate(_TEXT))),
        *([f"{twice} formulas show twice: KaTeX's style is missing"] if twice else []),
    ]


def wrong_headings(page: Page) -> list[str]:
    """That there is not just one first heading."""
    shown = page.locator("h1:visible").count()
    return [] if shown == 1 else [f"it shows {shown} first headings"]


def raw_markup(page: Page) -> list[str]:
    """Directives, roles, labels and links that stand in the text as they were written."""
    return [f"markup in the text: {found!r}" for found in _MARKUP.findall(page.evaluate(_TEXT))]


def nameless_controls(page: Page) -> list[str]:
    """Links, buttons and fields of which a screen reader has nothing to say but that they are there."""
    return [f"a {kind} without a name" for kind in _NAMELESS.findall(page.locator("body").aria_snapshot())]


def uncopyable_code(page: Page) -> list[str]:
    """Code cells without a button that copies them."""
    return [f"no button copies {code!r}" for code in page.evaluate(_UNCOPYABLE)]


def unskippable(page: Page) -> list[str]:
    """That the first stop of the Tab key does not lead past the navigation, to the page's main content."""
    page.keyboard.press("Tab")
    target = page.evaluate("document.activeElement.getAttribute('href') ?? ''")
    if not target.startswith("#"):
        return ["the first stop of the Tab key is no link to the main content"]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = "target => document.querySelector(`main${target}`)?.contains(document.activeElement)"
    return [] if page.evaluate(inside, target) else [f"{target} does not lead to the main content"]


def unreachable_controls(page: Page) -> list[str]:
    """Controls in the header that the Tab key does not come to on its way to the text."""
    page.evaluate("document.activeElement.blur()")
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate(
            "document.activeElement.dataset.reached = '', !!document.activeElement.closest('article')"
        ):
            break
    return [f"the keyboard does not reach {control}" for control in page.evaluate(_UNREACHED)]


def stuck_dropdowns(page: Page) -> list[str]:
    """Dropdowns that do not open when they are clicked, or show nothing then."""
    closed = page.query_selector_all("article details:not([open])")
    for dropdown in closed:
        dropdown.query_selector("summary").click()
    return [
        f"{dropdown.query_selector('summary').inner_text()!r} does not open"
        for dropdown in closed
        if dropdown.evaluate(_HIDDEN)
    ]


def wrong_print(page: Page) -> list[str]:
    """Navigation on paper, text that is too pale for it, and images that are not on it."""
    unloaded_images(page)  # a browser fetches late images when a reader prints, but not for page.pdf
    page.emulate_media(media="print")
    page.evaluate(_TWO_FRAMES)
    navigation = [part.evaluate(_START) for part in page.locator(_NAVIGATION).all() if part.is_visible()]
    colours = [_channels(colour) for colour in page.evaluate(_COLOURS)]
    images = page.locator("main img:visible").count()
    page.emulate_media(media="null")
    printed = page.pdf().count(b"/Subtype /Image")
    # Browsers do not print the ground unless they are told to.
    pale = [colour for colour in colours if contrast(colour, (255, 255, 255)) < CONTRAST]
    return [
        *(f"{part} is printed" for part in navigation),
        *(f"text of the colour {colour} is printed" for colour in pale),
        *([f"{printed} of {images} images are printed"] if printed < images else []),
    ]


def set_scheme(page: Page, scheme: str) -> None:
    """Set the reader's system to light or dark, and wait until the page had its chance to follow."""
    page.emulate_media(color_scheme=scheme)
    page.evaluate(_TWO_FRAMES)


def wrong_scheme(page: Page, scheme: str) -> list[str]:
    """That a page's ground is light for a reader who has set the system to dark, or the other way round."""
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    # Where the body has no colour of its own, the browser's white shows.
    is_dark = not ground.startswith("rgba(") and contrast(_channels(ground), (255, 255, 255)) > CONTRAST
    return [] if is_dark == (scheme == "dark") else [f"its ground is {ground}"]


def _channels(colour: str) -> Colour:
    """The three channels of a colour as CSS gives it."""
    red, green, blue = re.findall(r"[\d.]+", colour)[:3]
    return round(float(red)), round(float(green)), round(float(blue))


# --- figures ------------------------------------------------------------------------------------------


def lay_out(page: Page) -> None:
    """Lay out all of a page, also what would wait until it comes near, so that nothing moves in a picture of it."""
    page.add_style_tag(content="* { content-visibility: visible !important }")


def figures(page: Page) -> dict[str, Picture]:
    """What a reader sees of each image in the main content, by its source."""
    # Nothing may move while the pictures are taken: neither by room that only one of light and dark has around an image,
    # nor by what is laid out when it comes near.
    page.add_style_tag(
        content="main img { padding: 0 !important } * { content-visibility: visible !important }"
    )
    images = page.locator("main img:visible").all()
    return {image.get_attribute("src"): _picture(image.screenshot(animations="disabled")) for image in images}


def _picture(png: bytes) -> Picture:
    """A picture without its edge, where the image ends within a pixel and the page shows through."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))[2:-2, 2:-2]


def luminance(colours: NDArray) -> NDArray[np.float64]:
    """The relative luminance of colours, as WCAG 2.2 defines it; the last axis is red, green and blue, up to 255."""
    share = np.asarray(colours) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(colours: NDArray | Colour, ground: NDArray | Colour) -> NDArray[np.float64]:
    """The contrast ratio of colours to a ground, as WCAG 2.2 defines it."""
    one, other = luminance(colours), luminance(ground)
    return (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)


def contrast_with_ground(picture: Picture) -> NDArray[np.float64]:
    """The contrast ratio of each pixel to the most frequent colour."""
    packed = picture.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)
    values, index, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colours = np.stack([values >> 16, values >> 8 & 255, values & 255], axis=-1)
    return contrast(colours, colours[counts.argmax()])[index].reshape(picture.shape[:2])


def unreadable_figures(light: Mapping[str, Picture], dark: Mapping[str, Picture]) -> list[str]:
    """Figures that cannot be read in dark mode.

    Something in a figure, at least 0.3 % of it, stands out from its ground; and what stands out in light mode, such
    as black letters on white, does so in dark mode, but for a tenth at most.
    """
    violations = []
    for source, picture in dark.items():
        contrast = contrast_with_ground(picture)
        if (best := np.quantile(contrast, 0.997)) < CONTRAST:
            violations.append(f"in dark mode {source} has a contrast of {best:.1f} only")
        elif source in light:
            lost = _lost(contrast_with_ground(light[source]), contrast)
            if lost > 0.1:
                violations.append(f"in dark mode {source} loses {lost:.0%} of what it shows in light mode")
    return violations


def _lost(light: NDArray[np.float64], dark: NDArray[np.float64]) -> float:
    """The share of what stands out in light mode that does not in dark mode.

    The page may have moved by a fraction of a pixel between the two pictures, so neighbours may stand in.
    """
    height, width = np.minimum(light.shape, dark.shape)
    strong = light[:height, :width] >= _STRONG
    near = maximum_filter(dark[:height, :width], size=3)
    return float((near[strong] < CONTRAST).mean()) if strong.any() else 0.0
