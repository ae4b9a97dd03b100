"""Exercises answered in the page, in a real browser: by mouse and keyboard, kept, and counted."""

import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

import browser_rules as rules
from built_book import ADDRESS, BUILT
from gmixlib.exercises._page import for_page
from gmixlib.exercises._registry import chapters, find, of_chapter
from static_server import static_server
from tools.notebooks import EXERCISES, chapter_paths

pytest_plugins = ["browser"]

PAGE = "chapters/exercises/01_two_data_sets.html"
VALUE, CHOICE = "two_data_sets.humps", "two_data_sets.scales"


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with static_server(BUILT, urlsplit(ADDRESS).path or "/") as site:
        yield site


@pytest.fixture
def reader(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that was never here."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        yield context


def form(page: Page, name: str):
    return page.locator(f'form[data-name="{name}"]')


def reply(page: Page, name: str):
    return form(page, name).get_by_role("status")


def test_each_value_and_each_choice_can_be_answered_in_its_page(reader, site):
    page = reader.new_page()
    for path in chapter_paths():
        page.goto(f"{site}chapters/{EXERCISES.name}/{path.stem}.html")
        found = page.locator("form.answer").evaluate_all("forms => forms.map(form => form.dataset.name)")
        chapter = path.stem.partition("_")[2]
        assert found == [name for name, exercise in of_chapter(chapter).items() if for_page(exercise)]


def test_a_page_says_what_can_be_answered_in_it(reader, site):
    page = reader.new_page()
    page.goto(site + PAGE)
    assert "Three of the six can be answered here" in page.locator("article").inner_text()
    placeholder = form(page, "two_data_sets.apart").get_by_role("textbox").get_attribute("placeholder")
    assert placeholder == "two numbers, such as 1, 2"


def test_answered_wrongly_then_rightly_closed_and_opened_again(reader, site):
    page = reader.new_page()
    page.goto(site + PAGE)
    count = page.locator("[data-answered]")
    expect(count).to_have_text("0 of 3 exercises without code answered correctly in this browser")
    field = form(page, VALUE).get_by_role("textbox")
    mistake = find(VALUE).mistakes["equal-weights"]
    field.fill(str(mistake.answer))
    field.press("Enter")
    expect(reply(page, VALUE)).to_contain_text(mistake.hint)
    assert field.evaluate("field => field === document.activeElement")  # and may be answered again
    field.fill(f"{float(find(VALUE).expected):.2f}")
    form(page, VALUE).get_by_role("button").click()
    expect(reply(page, VALUE)).to_contain_text("✓ correct.")
    form(page, CHOICE).get_by_label("c", exact=True).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(reply(page, CHOICE)).to_contain_text(find(CHOICE).replies["c"])
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(reply(page, CHOICE)).to_contain_text(find(CHOICE).replies["b"])
    expect(count).to_have_text("2 of 3 exercises without code answered correctly in this browser")
    field.fill("2")  # what is tried later takes nothing away
    field.press("Enter")
    expect(reply(page, VALUE)).to_contain_text("✗ not yet right.")
    expect(count).to_have_text("2 of 3 exercises without code answered correctly in this browser")
    page.close()

    again = reader.new_page()
    again.goto(site + PAGE)
    expect(again.locator("[data-answered]")).to_have_text(
        "2 of 3 exercises without code answered correctly in this browser"
    )
    expect(form(again, VALUE).get_by_role("textbox")).to_have_value("2")
    expect(form(again, CHOICE).get_by_label("b", exact=True)).to_be_checked()
    expect(reply(again, CHOICE)).to_contain_text("✓ correct.")
    total = sum(for_page(exercise) is not None for one in chapters() for exercise in of_chapter(one).values())
    again.goto(f"{site}intro.html")
    expect(again.locator("[data-answered]")).to_have_text(
        f"2 of {total} exercises without code answered correctly in this browser"
    )


def test_a_rebuilt_book_keeps_what_was_answered(reader, tmp_path):
    """The book is another, at the same address: its pages are elsewhere, and the exercises have their names."""
    shutil.copytree(BUILT / "_static", tmp_path / "_static")
    (tmp_path / "chapters" / "exercises").mkdir(parents=True)
    for target in (PAGE, "chapters/exercises/77_two_data_sets.html"):
        (tmp_path / target).write_bytes((BUILT / PAGE).read_bytes())
    with static_server(tmp_path, "/") as site:
        page = reader.new_page()
        page.goto(site + PAGE)
        form(page, VALUE).get_by_role("textbox").fill("2")
        form(page, VALUE).get_by_role("button").click()
        (tmp_path / PAGE).unlink()
        page.goto(f"{site}chapters/exercises/77_two_data_sets.html")
        expect(reply(page, VALUE)).to_contain_text("✗ not yet right.")


@pytest.mark.parametrize(
    "kept", ["{", "[]", "7", '{"two_data_sets.humps": 3}', '{"two_data_sets.humps": {"answer": {}}}']
)
def test_what_is_kept_may_be_damaged(reader, site, kept):
    page = reader.new_page()
    page.goto(site + PAGE)
    page.evaluate("kept => localStorage.setItem('exercises', kept)", kept)
    page.reload()
    expect(page.locator("[data-answered]")).to_have_text(
        "0 of 3 exercises without code answered correctly in this browser"
    )
    form(page, VALUE).get_by_role("textbox").fill("2")
    form(page, VALUE).get_by_role("button").click()
    expect(reply(page, VALUE)).to_contain_text("✗ not yet right.")


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_with_replies_open_the_page_is_accessible_and_fits(reader, site, width):
    page = reader.new_page()
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(site + PAGE)
    form(page, VALUE).get_by_role("textbox").fill("2")
    form(page, VALUE).get_by_role("button").click()
    form(page, CHOICE).get_by_label("b", exact=True).check()
    form(page, CHOICE).get_by_role("button").click()
    faults = rules.sideways_scroll(page)
    for scheme in ("light", "dark"):
        rules.set_scheme(page, scheme)
        faults += rules.axe_faults(page, "form.answer") + rules.contrast_faults(page, "form.answer")
    assert not faults


def test_on_paper_and_without_scripts_nothing_asks_for_an_answer(browser, reader, site):
    page = reader.new_page()
    page.goto(site + PAGE)
    page.emulate_media(media="print")
    assert page.locator("form.answer:visible, .answered:visible").count() == 0
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site + PAGE)
        assert page.locator("form.answer:visible, .answered:visible").count() == 0


def test_no_answer_is_read_at_a_glance():
    text = (BUILT / PAGE).read_text(encoding="utf-8")
    assert find(VALUE).mistakes["equal-weights"].hint not in text
    assert f"{float(find(VALUE).expected):.3f}" not in text
