"""The build of the book, on a book of two pages."""

import shutil
from pathlib import Path

import pytest
import yaml

from tools import book

ROOT = Path(__file__).resolve().parent.parent
CONFIG = (ROOT / "_config.yml").read_text(encoding="utf-8")
FORK = "https://github.com/teacher/fork"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A book of two pages under the course's configuration."""
    shutil.copy(ROOT / "_config.yml", tmp_path)
    shutil.copytree(ROOT / "_static", tmp_path / "_static")
    (tmp_path / "descriptions.yml").write_text("intro: A page.\nmore: Another.\n")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: intro\nchapters:\n- file: more\n")
    (tmp_path / "more.md").write_text("# More\n")
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


def test_fork_builds_its_own_buttons(small, capfd):
    assert book.build(small, FORK) == 0
    page = small / "_build" / "html" / "intro.html"
    html = page.read_text(encoding="utf-8")
    assert f"{FORK}/edit/main/intro.md" in html
    assert f"{FORK}/issues/new" in html
    assert yaml.safe_load(CONFIG)["repository"]["url"] not in html
    assert (small / "_config.yml").read_text(encoding="utf-8") == CONFIG
    assert f"Open the book at {page.with_name('index.html').as_uri()}" in capfd.readouterr().out


def test_warning_fails_every_build(small, capfd):
    with (small / "intro.md").open("a") as file:
        file.write("{py:func}`nowhere`\n")
    assert book.build(small) != 0
    assert book.build(small) != 0, "the second build passed over the page with the warning"
    assert "nowhere" in capfd.readouterr().err


@pytest.mark.parametrize("solutions", [True, False])
def test_solutions_are_left_out_without_a_trace(small, solutions):
    (small / "chapters" / "solutions").mkdir(parents=True)
    page = small / "chapters" / "solutions" / "01_small.md"
    page.write_text("# Solutions: small\n\nForty-two.\n")
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    parts = [{"chapters": [{"file": place}]} for place in ("more", "chapters/solutions/01_small")]
    (small / "_toc.yml").write_text(yaml.safe_dump({**contents, "parts": parts}))
    with (small / "descriptions.yml").open("a") as file:
        file.write("chapters/solutions/01_small: Solved.\n")
    assert book.build(small, solutions=solutions) == 0
    html = small / "_build" / "html"
    assert (html / "chapters" / "solutions" / "01_small.html").exists() == solutions
    files = [path for path in html.rglob("*") if path.suffix in (".html", ".js", ".md")]
    assert any("01_small" in path.read_text(encoding="utf-8") for path in files) == solutions


def test_every_page_of_solutions_is_left_out():
    config, contents, descriptions = (
        yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
        for name in ("_config.yml", "_toc.yml", "descriptions.yml")
    )
    for full, less in zip(
        (contents, descriptions), book.without_solutions(config, contents, descriptions)[1:], strict=True
    ):
        assert "chapters/solutions" in yaml.safe_dump(full)
        assert "chapters/solutions" not in yaml.safe_dump(less)
    assert (
        "chapters/solutions" in book.without_solutions(config, contents, descriptions)[0]["exclude_patterns"]
    )
