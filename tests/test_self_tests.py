"""Self-tests: how they are written, and what becomes of them in the book and in notebooks."""

from collections import Counter
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

import browser_rules as rules
from book_extension.plain import written
from book_extension.self_tests import RIGHT, WRITTEN, answers
from built_book import ADDRESS, BUILT
from static_server import static_server
from tools.notebooks import chapter_paths, read

pytest_plugins = ["browser"]

BODY = """
(a) Yes.
: Think of two.

(b) ✓ No.
: Two are enough.
"""


def test_answers_are_read():
    yes, no = answers(BODY)
    assert (yes.letter, yes.right, yes.text, yes.marked_reply) == ("a", False, "Yes.", "✗ Think of two.")
    assert (no.letter, no.right, no.text, no.marked_reply) == ("b", True, "No.", "✓ Two are enough.")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "not none"),
        ("(a) ✓ Yes.\n: Right.\n", "not a"),
        (BODY.replace("(b)", "(c)"), "not ac"),
        (BODY.replace("✓ ", ""), "one answer"),
        (BODY.replace("Yes", "✓ Yes"), "one answer"),
        (BODY + "\n(c) Without a reply.\n", "is no answer"),
        (BODY.replace(": Two are", "Two are"), "is no answer"),
    ],
)
def test_what_is_no_self_test_is_refused(body, said):
    with pytest.raises(ValueError, match=said):
        answers(body)


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("", "Self-tests"),
        ("https://book.org/b/chapters/x.html", "[Self-tests](https://book.org/b/self_tests.html)"),
    ],
)
def test_a_notebook_shows_a_quotation_and_where_the_replies_are(address, page):
    text = f"Before.\n\n```{{self-test}} Is it one?\n:name: self-one\n{BODY}```\n"
    shown = written(text, SimpleNamespace(address=address))
    assert shown == (
        "Before.\n\n> **Is it one?**\n>\n> - (a) Yes.\n> - (b) No.\n>\n"
        f"> The book has the replies, on the page {page}.\n"
    )


TESTS = {
    path.stem: [
        test
        for cell in read(path).cells
        if cell.cell_type == "markdown"
        for test in WRITTEN.finditer(cell.source)
    ]
    for path in chapter_paths()
}


def test_names_are_not_given_twice():
    names = Counter(test["name"] for tests in TESTS.values() for test in tests)
    assert set(names.values()) == {1}
    assert all(name.startswith("self-") for name in names)


@pytest.mark.parametrize("chapter", TESTS)
def test_a_chapter_asks_two_questions_or_three(chapter):
    assert 2 <= len(TESTS[chapter]) <= 3
    rights = {answer.letter for test in TESTS[chapter] for answer in answers(test["body"]) if answer.right}
    assert len(rights) > 1, "the right answers of a chapter have different letters"


def test_all_replies_are_on_a_page():
    page = BeautifulSoup((BUILT / "self_tests.html").read_text(encoding="utf-8"), "html.parser")
    items = [item.get_text() for item in page.select("article li")]
    given = [answer for tests in TESTS.values() for test in tests for answer in answers(test["body"])]
    assert len(items) == len(given)
    assert [RIGHT in item for item in items] == [answer.right for answer in given]
    titles = [read(path).cells[0].source.splitlines()[0].removeprefix("# ") for path in chapter_paths()]
    assert [entry.text.strip() for entry in page.select("nav.page-toc a")] == titles
    places = [f"chapters/{chapter}.html#{test['name']}" for chapter, tests in TESTS.items() for test in tests]
    assert [link["href"] for link in page.select("article section section > p > a")] == places


@pytest.mark.parametrize("width", [1280, 390])
def test_with_a_reply_open_a_self_test_is_accessible(browser, width):
    name = "self-other-unit"  # with formulas, and a link in a reply
    with (
        static_server(BUILT, urlsplit(ADDRESS).path or "/") as site,
        browser.new_context(viewport={"width": width, "height": 844}) as reader,
    ):
        page = reader.new_page()
        page.goto(f"{site}chapters/07_advi.html")
        page.locator(f"#{name} summary").nth(1).click()
        faults = []
        for scheme in ("light", "dark"):
            rules.set_scheme(page, scheme)
            faults += rules.axe_faults(page, f"#{name}") + rules.contrast_faults(page, f"#{name}")
        assert not faults


def test_an_answer_unfolds_its_reply_alone_and_is_there_again_later(browser):
    name = TESTS["04_label_switching"][0]["name"]
    with (
        static_server(BUILT, urlsplit(ADDRESS).path or "/") as site,
        browser.new_context() as reader,
    ):
        page = reader.new_page()
        page.goto(f"{site}chapters/04_label_switching.html")
        given = page.locator(f"#{name} details")
        given.nth(0).locator("summary").focus()
        page.keyboard.press("Enter")
        expect(given.nth(0)).to_have_attribute("open", "")
        given.nth(1).locator("summary").click()
        expect(page.locator(f"#{name} details[open]")).to_have_count(1)
        page.close()
        again = reader.new_page()
        again.goto(f"{site}chapters/04_label_switching.html")
        expect(again.locator(f"#{name} details[open]")).to_have_count(1)
        expect(again.locator(f"#{name} details").nth(1)).to_have_attribute("open", "")
        again.emulate_media(media="print")
        assert again.locator(f"#{name} details > :not(summary):visible").count() == 0
