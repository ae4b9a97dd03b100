"""A release, made for real in a clone, and what stands in its way."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from datetime import date
from importlib import metadata
from pathlib import Path

import pytest
import yaml

from tools import release

ROOT = release.ROOT
FILES = (release.PROJECT, release.CITATION, release.CHANGELOG)
ENTRY = "- A thing that readers see."
DAY = date(2030, 1, 31)


def project_version(root: Path) -> str:
    """The version in a pyproject.toml."""
    return tomllib.loads((root / release.PROJECT).read_text(encoding="utf-8"))["project"]["version"]


NEXT = f"{int(project_version(ROOT).partition('.')[0]) + 1}.0.9"


@pytest.fixture
def clone(tmp_path, monkeypatch) -> Path:
    """A clone of the repository, as it stands here, with an entry under *Unreleased*."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Somebody")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "somebody@example.org")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    folder = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    release.git(folder, "checkout", "--quiet", "-B", "main")
    for name in (*FILES, "Makefile", "tools/release.py"):
        shutil.copy(ROOT / name, folder / name)
    log = folder / release.CHANGELOG
    log.write_text(log.read_text().replace("## Unreleased\n", f"## Unreleased\n\n### Added\n\n{ENTRY}\n", 1))
    commit(folder)
    return folder


def commit(folder: Path) -> None:
    """Commit whatever has changed."""
    release.git(folder, "add", "--all")
    release.git(folder, "commit", "--quiet", "--message", "As it stands")


def state(folder: Path) -> tuple:
    """What a release would change: the files, the last commit and the tags."""
    files = [(folder / name).read_text(encoding="utf-8") for name in FILES]
    return files, *(release.git(folder, *call) for call in (["log"], ["tag"], ["status", "--porcelain"]))


def make(folder: Path, version: str) -> subprocess.CompletedProcess[str]:
    """Call ``make release`` with this environment for its own."""
    command = ["make", "--silent", "-o", "environment", f"python={sys.executable}", "release"]
    return subprocess.run(
        [*command, f"VERSION={version}"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_release_is_committed_and_tagged(clone):
    before = release.git(clone, "rev-parse", "HEAD")
    run = make(clone, NEXT)
    assert run.returncode == 0, run.stderr
    assert f"git push --atomic origin main v{NEXT}" in run.stdout
    assert release.git(clone, "status", "--porcelain") == ""
    assert release.git(clone, "log", "--format=%s", f"{before}..") == f"Release {NEXT}"
    assert set(release.git(clone, "diff", "--name-only", before).splitlines()) == set(FILES)
    assert release.git(clone, "cat-file", "-t", f"v{NEXT}") == "tag", "it must be annotated"
    assert release.git(clone, "rev-parse", f"v{NEXT}^{{commit}}") == release.git(clone, "rev-parse", "HEAD")
    assert project_version(clone) == NEXT
    citation = yaml.safe_load((clone / release.CITATION).read_text(encoding="utf-8"))
    assert citation["version"] == NEXT
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", citation["date-released"])
    log = (clone / release.CHANGELOG).read_text(encoding="utf-8")
    assert f"## Unreleased\n\n## {NEXT} - {citation['date-released']}\n\n### Added\n\n{ENTRY}\n" in log


def test_a_second_release_needs_new_entries_and_replaces_the_date(clone):
    release.release(clone, NEXT, DAY)
    with pytest.raises(release.Refused, match="no entry under Unreleased"):
        release.release(clone, f"{NEXT[:-1]}10", DAY)
    log = clone / release.CHANGELOG
    log.write_text(log.read_text().replace("## Unreleased\n", f"## Unreleased\n\n{ENTRY}\n", 1))
    commit(clone)
    release.release(clone, f"{NEXT[:-1]}10", DAY.replace(day=1))
    text = (clone / release.CITATION).read_text(encoding="utf-8")
    assert re.findall(r"^date-released: (.*)$", text, re.MULTILINE) == ['"2030-01-01"']
    assert re.findall(r"^## (.*)$", log.read_text(), re.MULTILINE)[:3] == [
        "Unreleased",
        f"{NEXT[:-1]}10 - 2030-01-01",
        f"{NEXT} - 2030-01-31",
    ]


def edit(name: str, pattern: str, new: str):
    """A way to get a clone into a state that no release starts from: committed, so that this alone is wrong."""

    def change(folder: Path) -> None:
        text, count = re.subn(pattern, new, (folder / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert count
        (folder / name).write_text(text, encoding="utf-8")
        commit(folder)

    return change


# Each line: a state of the clone, the version asked for, and a part of what is then said.
OBSTACLES = [
    (None, "", "VERSION is ''; it must be three numbers"),
    (None, "v99.0.0", "VERSION is 'v99.0.0'; it must be three numbers"),
    (None, "99.0", "it must be three numbers"),
    (None, "99.0.0rc1", "it must be three numbers"),
    (None, "99.0.01", "it must be three numbers"),
    (None, "0.0.9", "VERSION is '0.0.9'; it must be greater than the current one"),
    (None, project_version(ROOT), "it must be greater than the current one"),
    (lambda folder: release.git(folder, "tag", "v99.0.0"), "99.0.0", "the tag v99.0.0 is there already"),
    (lambda folder: (folder / "new.txt").touch(), "99.0.0", "?? new.txt"),
    (lambda folder: (folder / "LICENSE").write_text("All mine."), "99.0.0", "M LICENSE"),
    (lambda folder: release.git(folder, "checkout", "--detach"), "99.0.0", "no branch is checked out"),
    (edit(release.CHANGELOG, r"^- .*$", "Words."), "99.0.0", "CHANGELOG.md has no entry under Unreleased"),
    (edit(release.CHANGELOG, "^## Unreleased", "## Soon"), "99.0.0", "must have one heading ## Unreleased"),
    (edit(release.CITATION, "^version:", "edition:"), "99.0.0", "CITATION.cff must have one line version"),
    (edit(release.PROJECT, "^version = .*$", 'version = "1.0rc1"'), "99.0.0", "has the versions ['1.0rc1']"),
]


@pytest.mark.parametrize(("spoil", "version", "message"), OBSTACLES, ids=[o[2] for o in OBSTACLES])
def test_nothing_is_written_where_something_is_in_the_way(clone, spoil, version, message):
    if spoil:
        spoil(clone)
    before = state(clone)
    with pytest.raises(release.Refused) as refusal:
        release.release(clone, version, DAY)
    assert message in str(refusal.value)
    assert state(clone) == before


def test_every_obstacle_is_named_at_once(clone):
    (clone / "new.txt").touch()
    run = make(clone, "one")
    assert run.returncode != 0
    assert "Nothing was released." in run.stderr
    assert "VERSION is 'one'" in run.stderr
    assert "new.txt" in run.stderr


def test_a_commit_that_fails_leaves_the_files_as_they_were(clone):
    hook = clone / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'not today' >&2\nexit 1\n")
    hook.chmod(0o755)
    before = state(clone)
    with pytest.raises(release.Refused, match="not today"):
        release.release(clone, NEXT, DAY)
    assert state(clone) == before


def test_installed_package_has_the_version_of_the_project():
    """The environment follows a release: `make` installs anew what pyproject.toml describes."""
    assert metadata.version("gmixlib") == project_version(ROOT)


# --- the citation ---------------------------------------------------------------------------------

CITATION_KEYS = {
    "cff-version",
    "message",
    "type",
    "title",
    "authors",
    "version",
    "date-released",
    "license",
    "keywords",
}


def wrong_keys(citation: dict) -> list[str]:
    """What in a CITATION.cff its format, version 1.2.0, does not allow, in words."""
    found = [
        f"{key} is missing" for key in ("cff-version", "message", "title", "authors") if key not in citation
    ]
    found += [f"{key} is not known here" for key in citation.keys() - CITATION_KEYS]
    if citation.get("type", "software") not in ("software", "dataset"):
        found.append("type must be software or dataset")
    names = [author.get("name") or author.get("family-names") for author in citation.get("authors", [])]
    if not all(names):
        found.append("an author has no name")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", str(citation.get("date-released", DAY))):
        found.append("date-released must be a date")
    return found


def test_citation_is_valid():
    assert wrong_keys(yaml.safe_load((ROOT / release.CITATION).read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("release-date", "2030-01-31", "release-date is not known here"),
        ("date-released", "31 January 2030", "date-released must be a date"),
        ("type", "book", "type must be software or dataset"),
        ("authors", [{"orcid": "x"}], "an author has no name"),
    ],
)
def test_an_invalid_citation_is_noticed(key, value, fault):
    citation = yaml.safe_load((ROOT / release.CITATION).read_text(encoding="utf-8"))
    assert wrong_keys(citation | {key: value}) == [fault]
    assert wrong_keys({k: v for k, v in citation.items() if k != "title"}) == ["title is missing"]
