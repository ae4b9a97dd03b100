"""Every explorable: its controls by keyboard, mouse and touch, its address, and its place in the built book."""

import gzip
import html
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import browser_rules as rules
import gmixlib
from built_book import BUILT
from gmixlib.explorables import STATIC, names
from static_server import static_server
from tools.notebooks import ROOT, chapter_paths, code_cells, read

pytest_plugins = ["browser"]

LARGEST = 60_000  # bytes of an explorable, compressed
SPARE = 100  # pixels of the room that is kept for it, at most


def places() -> dict[str, str]:
    """The page and the anchor of each explorable."""
    found = {}
    for path in chapter_paths():
        for cell in code_cells(read(path)):
            figure = cell.metadata.get("mystnb", {}).get("figure", {})
            if match := re.fullmatch(r"explorable (\w+)", figure.get("classes", "")):
                found[match[1]] = f"chapters/{path.stem}.html#{figure['name']}"
    return found


PLACES = places()
each = pytest.mark.parametrize("name", names())
MOVING = [
    name
    for name in names()
    if "prefers-reduced-motion" in (STATIC / f"{name}.js").read_text(encoding="utf-8")
]


def test_each_has_its_place():
    assert sorted(PLACES) == names()


@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
def test_what_is_committed_is_built_from_the_sources(tmp_path):
    sources = tmp_path / "book" / "explorables"
    shutil.copytree(ROOT / "book" / "explorables", sources, ignore=shutil.ignore_patterns("node_modules"))
    for command in ("ci --ignore-scripts", "run build"):
        subprocess.run(["npm", *command.split()], cwd=sources, check=True, capture_output=True)
    built = tmp_path / "gmixlib" / "explorables" / "static"
    expected = {path.name: path.read_bytes() for path in built.glob("*.js")}
    assert {path.name: path.read_bytes() for path in STATIC.glob("*.js")} == expected


@each
def test_it_is_small(name):
    assert len(gzip.compress((STATIC / f"{name}.js").read_bytes())) <= LARGEST


def test_an_unknown_explorable_is_refused():
    with pytest.raises(ValueError, match=r"not 'two_hump'\. Did you mean 'two_humps'"):
        gmixlib.explorable("two_hump")


# --- alone on a page, opened from a folder: what a notebook shows ---------------------------------------


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 776, "height": 1200}, has_touch=True) as context:
        yield context.new_page()


@pytest.fixture
def see(tab: Page, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Open the page of an explorable, by name and with what its address says of the state; no script may fail."""
    faults: list[str] = []

    def record(error: object) -> None:
        faults.append(str(error))

    def see(name: str, state: str = "") -> None:
        page = re.search('srcdoc="([^"]*)"', gmixlib.explorable(name)._repr_html_())
        file = tmp_path / f"{name}.html"
        file.write_text(html.unescape(page[1]), encoding="utf-8")
        tab.goto("about:blank")
        tab.goto(f"{file.as_uri()}{state}#{name}")
        tab.wait_for_selector(".live svg > *")

    tab.on("pageerror", record)
    yield see
    tab.remove_listener("pageerror", record)
    assert not faults


def words(page: Page) -> str:
    """What the explorable says, when its picture shows the state."""
    page.wait_for_selector(".explorable svg:not([aria-busy])")
    return page.locator(".words").inner_text()


def seen(page: Page) -> str:
    """What the explorable says and draws."""
    return words(page) + page.locator(".explorable svg").inner_html()


def change(page: Page) -> None:
    """Set the first control to another value."""
    control = page.locator(".explorable input:is([type=range], :not(:checked))").first
    before = control.input_value()
    for key in ["ArrowLeft", "ArrowRight"] if control.get_attribute("type") == "range" else ["Space"]:
        if control.input_value() == before:  # it was at its end
            control.press(key)


@each
def test_each_control_does_something_by_keyboard(tab, see, name):
    see(name)
    for number in range(tab.locator(".explorable :is(input, button)").count()):
        see(name)
        control = tab.locator(".explorable :is(input, button)").nth(number)
        kind = control.get_attribute("type")
        if kind == "button":  # it may lead to the state at the start
            change(tab)
        if not control.is_enabled() or (kind == "radio" and control.is_checked()):
            continue
        before = seen(tab)
        control.focus()
        assert control.evaluate("control => control === document.activeElement")
        for key in ["ArrowRight", "ArrowLeft", "ArrowLeft"] if kind == "range" else ["Space"]:
            control.press(key)
            if seen(tab) != before:
                break
        else:
            pytest.fail(f"{control.evaluate('control => control.outerHTML')} does nothing")


@each
@pytest.mark.parametrize("pull", ["mouse", "finger"])
def test_each_handle_can_be_dragged(tab, see, name, pull):
    see(name)
    for number in range(tab.locator(".handle").count()):
        see(name)
        before = words(tab)
        box = tab.locator(".handle .mark").nth(number).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        {"mouse": pull_by_mouse, "finger": pull_by_finger}[pull](tab, x, y)
        assert words(tab) != before


def pull_by_mouse(page: Page, x: float, y: float) -> None:
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 30, y - 20, steps=3)
    page.mouse.up()


def pull_by_finger(page: Page, x: float, y: float) -> None:
    session = page.context.new_cdp_session(page)
    for kind, way in (("touchStart", 0), ("touchMove", 0.5), ("touchMove", 1), ("touchEnd", None)):
        points = [] if way is None else [{"x": x - 30 * way, "y": y - 20 * way}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.detach()


def test_the_last_of_many_changes_is_drawn(tab, see):
    said = []
    for values in ("[-0.5]", "[2, -1, 0.5, -0.5]"):
        see("two_humps")
        tab.locator("[data-key=mu1]").evaluate(
            f"""slider => {values}.forEach(value => {{
                slider.value = value;
                slider.dispatchEvent(new Event("input", {{bubbles: true}}));
            }})"""
        )
        said.append(seen(tab))
    assert said[0] == said[1]


@each
def test_its_state_comes_back_from_the_address(tab, see, name):
    see(name)
    change(tab)
    tab.wait_for_function("location.search")
    said, address = words(tab), tab.url
    tab.goto("about:blank")
    tab.goto(address)
    tab.wait_for_selector(".live svg > *")
    assert words(tab) == said


@each
def test_nonsense_in_the_address_does_no_harm(tab, see, name):
    see(name)
    sound = words(tab)
    inputs = ".explorable [data-key]"
    keys = set(tab.locator(inputs).evaluate_all("inputs => inputs.map(input => input.dataset.key)"))
    see(name, "?" + "&".join(f"{key}=nonsense" for key in {*keys, "other"}))
    assert words(tab) == sound
    for extreme in ("1e99", "-1e99"):
        see(name, "?" + "&".join(f"{key}={extreme}" for key in keys))
        assert not re.search(r"NaN|undefined|Infinity", seen(tab))


@pytest.mark.parametrize("name", MOVING)
def test_nothing_moves_by_itself_for_a_reader_who_wants_no_motion(tab, see, name):
    tab.emulate_media(reduced_motion="reduce")
    see(name)
    for button in tab.locator(".explorable button:enabled").all():
        button.click()
        tab.wait_for_timeout(100)
        then = seen(tab)
        tab.wait_for_timeout(300)
        assert seen(tab) == then
    tab.emulate_media(reduced_motion="no-preference")


# --- in the book ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with static_server(BUILT, "/book/") as address:
        yield address


@each
def test_it_fits_its_place_in_the_book(browser, site, name):
    """No line moves when it arrives; it is legible at each width, in light and dark; on paper the picture stands."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(site + PLACES[name])
        part = f'[data-explorable="{name}"]'
        page.wait_for_selector(f"{part}.live svg > *")
        faults = []
        for width in (1280, 700, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(200)
            kept, needed = page.locator(part).evaluate(
                "place => [parseFloat(getComputedStyle(place).minHeight),"
                " place.lastChild.getBoundingClientRect().bottom - place.getBoundingClientRect().top]"
            )
            if not kept - SPARE <= needed <= kept + 0.5:
                faults.append(f"at {width} pixels it needs {needed:.0f}, kept are {kept:.0f}")
            faults += rules.sideways_scroll(page)
            if width in (1280, 390):  # what axe-core looks for depends on no colour
                faults += rules.axe_faults(page, part)
        for scheme in ("light", "dark"):
            rules.set_scheme(page, scheme)
            faults += rules.contrast_faults(page, part)
        page.emulate_media(media="print")
        shown = page.locator(f"{part} > :visible").evaluate_all("parts => parts.map(part => part.tagName)")
        if shown != ["IMG"]:
            faults.append(f"on paper it shows {shown}")
        assert not faults, "\n".join(faults)


@each
def test_without_scripts_the_picture_stands(browser, site, name):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site + PLACES[name])
        part = page.locator(f'[data-explorable="{name}"]')
        part.locator("img").wait_for(state="visible")
        height, picture = (box.bounding_box()["height"] for box in (part, part.locator("img")))
        assert height <= picture + 10  # no room is kept for what does not come


@each
def test_a_notebook_shows_it_in_its_frame(browser, site, name):
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content(gmixlib.explorable(name)._repr_html_())
        frame = page.frame_locator("iframe")
        frame.locator(".live svg > *").first.wait_for()
        page.wait_for_timeout(200)
        room, needed = (
            part.bounding_box()["height"] for part in (page.locator("iframe"), frame.locator("figure"))
        )
        assert needed <= room <= needed + 20
