"""README, CONTRIBUTING, Makefile, CITATION.cff and _config.yml agree with each other."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PAPERS = ("README.md", "CONTRIBUTING.md")
# On GitHub, a link from the README that climbs two folders starts at the repository's own pages.
GITHUB_PAGES = re.compile(
    r"\.\./\.\./(?:actions/workflows/([\w-]+\.yml)(?:/badge\.svg)?|deployments/github-pages)"
)


def read(name: str) -> str:
    """The text of a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def targets(makefile: str) -> set[str]:
    """The targets of a Makefile that say what they do."""
    return set(re.findall(r"^([a-z-]+):.*##", makefile, flags=re.MULTILINE))


def commands(paper: str) -> set[str]:
    """The targets of make that a document names as code."""
    code = re.findall(r"`([^`\n]+)`|^ {4}(\S.*)$", paper, flags=re.MULTILINE)
    return {target for pair in code for target in re.findall(r"\bmake ([a-z-]+)", "".join(pair))}


def links(paper: str) -> list[str]:
    """The targets of a document's links and pictures."""
    return re.findall(r"\]\(([^()\s]+)\)", paper)


def dead_links(paper: str) -> list[str]:
    """The relative links of a document in the repository's root that lead nowhere."""
    dead = []
    for link in links(paper):
        page = GITHUB_PAGES.fullmatch(link)
        if page:
            path = f".github/workflows/{page[1]}" if page[1] else "README.md"
        else:
            path = link.partition("#")[0]
        if not link.startswith("https://") and not (ROOT / path).exists():
            dead.append(link)
    return dead


@pytest.mark.parametrize("paper", PAPERS)
def test_commands_exist(paper):
    assert commands(read(paper)) <= targets(read("Makefile"))


def test_every_command_is_documented():
    table = set(re.findall(r"^\| `make ([a-z-]+)`", read("CONTRIBUTING.md"), flags=re.MULTILINE))
    assert table == targets(read("Makefile"))


def test_help_lists_every_command():
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    phony = set(re.search(r"^\.PHONY: (.*)$", read("Makefile"), flags=re.MULTILINE)[1].split())
    assert set(re.findall(r"^  ([a-z-]+)  ", shown, flags=re.MULTILINE)) == phony - {"environment"}


def test_commands_are_found_in_code_only():
    assert commands("`make a`, make b\n\n    make c\n\n`X=1 make d` and `remake e`") == {"a", "c", "d"}


@pytest.mark.parametrize("paper", PAPERS)
def test_links_lead_somewhere(paper):
    assert not dead_links(read(paper))


def test_dead_link_is_noticed():
    paper = (
        "[a](nowhere.md) ![b](../../actions/workflows/nothing.yml/badge.svg) [c](../../other) [d](LICENSE)"
        " [e](CONTRIBUTING.md#x)"
    )
    assert dead_links(paper) == ["nowhere.md", "../../actions/workflows/nothing.yml/badge.svg", "../../other"]


def test_pictures_are_served_with_the_page():
    assert not re.findall(r"!\[[^]]*\]\((?:https?:)?//", read("README.md"))


def test_citation_has_the_version_of_the_package():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == tomllib.loads(read("pyproject.toml"))["project"]["version"]
    assert {"message", "title", "authors"} <= citation.keys()
    assert citation["title"].startswith(yaml.safe_load(read("_config.yml"))["title"])


def test_address_stands_in_the_configuration_alone():
    address = yaml.safe_load(read("_config.yml"))["repository"]["url"]
    name = address.removeprefix("https://github.com/").encode()
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    files = [ROOT / path for path in listed.split("\0") if path]
    assert [path.name for path in files if path.is_file() and name in path.read_bytes()] == ["_config.yml"]
