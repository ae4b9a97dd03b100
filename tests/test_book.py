"""The build of the book, on a book of one page."""

import shutil
from pathlib import Path

import pytest
import yaml

import book

ROOT = Path(__file__).resolve().parent.parent
CONFIG = (ROOT / "_config.yml").read_text(encoding="utf-8")
FORK = "https://github.com/teacher/fork"


@pytest.fixture
def one_page(tmp_path: Path) -> Path:
    """A book of one page under the course's configuration."""
    shutil.copy(ROOT / "_config.yml", tmp_path)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: intro\n")
    (tmp_path / "intro.md").write_text("# Title\n\nText.\n")
    (tmp_path / "references.bib").touch()
    return tmp_path


def test_only_the_address_is_overridden():
    configured, forked = book.configuration(CONFIG, None), book.configuration(CONFIG, FORK + "/")
    assert configured == yaml.safe_load(CONFIG)
    assert forked["repository"].pop("url") == FORK
    assert configured["repository"].pop("url") != FORK
    assert forked == configured


def test_address_must_be_one():
    with pytest.raises(ValueError, match="BOOK_REPOSITORY is 'teacher/fork'; it must be an address"):
        book.configuration(CONFIG, "teacher/fork")


def test_fork_builds_its_own_buttons(one_page, capfd):
    assert book.build(one_page, FORK) == 0
    page = one_page / "_build" / "html" / "intro.html"
    html = page.read_text(encoding="utf-8")
    assert f"{FORK}/edit/main/intro.md" in html
    assert f"{FORK}/issues/new" in html
    assert yaml.safe_load(CONFIG)["repository"]["url"] not in html
    assert (one_page / "_config.yml").read_text(encoding="utf-8") == CONFIG
    assert f"Open the book at {page.with_name('index.html').as_uri()}" in capfd.readouterr().out


def test_warning_fails_every_build(one_page, capfd):
    with (one_page / "intro.md").open("a") as file:
        file.write("{py:func}`nowhere`\n")
    assert book.build(one_page) != 0
    assert book.build(one_page) != 0, "the second build passed over the page with the warning"
    assert "nowhere" in capfd.readouterr().err


@pytest.mark.parametrize("solutions", [True, False])
def test_solutions_are_left_out_without_a_trace(one_page, solutions):
    (one_page / "chapters" / "solutions").mkdir(parents=True)
    page = one_page / "chapters" / "solutions" / "01_small.md"
    page.write_text("# Solutions: small\n\nForty-two.\n")
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    (one_page / "more.md").write_text("# More\n")
    parts = [{"chapters": [{"file": place}]} for place in ("more", "chapters/solutions/01_small")]
    (one_page / "_toc.yml").write_text(yaml.safe_dump({**contents, "parts": parts}))
    assert book.build(one_page, solutions=solutions) == 0
    html = one_page / "_build" / "html"
    assert (html / "chapters" / "solutions" / "01_small.html").exists() == solutions
    files = [path for path in html.rglob("*") if path.suffix in (".html", ".js", ".md")]
    assert any("01_small" in path.read_text(encoding="utf-8") for path in files) == solutions


def test_every_page_of_solutions_is_left_out():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    config, less = book.without_solutions(yaml.safe_load(CONFIG), contents)
    assert "chapters/solutions" in yaml.safe_dump(contents)
    assert "chapters/solutions" not in yaml.safe_dump(less)
    assert "chapters/solutions" in config["exclude_patterns"]
