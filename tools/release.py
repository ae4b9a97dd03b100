"""Make a release: ``make release VERSION=0.2.0``.

The version goes into pyproject.toml and CITATION.cff, the entries under *Unreleased* in CHANGELOG.md become its own,
and all of it is committed and tagged here. Nothing is pushed. If anything is in the way, all of it is named and
nothing is written.
"""

import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT, CITATION, CHANGELOG = "pyproject.toml", "CITATION.cff", "CHANGELOG.md"

NUMBER = r"(?:0|[1-9]\d*)"
VERSION = re.compile(rf"{NUMBER}\.{NUMBER}\.{NUMBER}", re.ASCII)
PROJECT_LINE = re.compile(r'^version = "(.*)"$', re.MULTILINE)
CITATION_LINE = re.compile(r"^version: .*$", re.MULTILINE)
DATE_LINE = re.compile(r"^date-released: .*\n", re.MULTILINE)
UNRELEASED = re.compile(r"^## Unreleased\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


class Refused(Exception):
    """A release that cannot be made; the message says why."""


def git(root: Path, *arguments: str) -> str:
    """What git answers in a repository."""
    run = subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True, check=False)
    if run.returncode:
        raise Refused(f"git {arguments[0]} failed: {run.stderr.strip() or run.stdout.strip()}")
    return run.stdout.strip()


def numbers(version: str) -> tuple[int, ...]:
    """A version as it is ordered."""
    return tuple(map(int, version.split(".")))


def objections(root: Path, version: str, texts: dict[str, str]) -> list[str]:
    """What is in the way of a release, in words."""
    found = []
    current = PROJECT_LINE.findall(texts[PROJECT])
    if len(current) != 1 or not VERSION.fullmatch(current[0]):
        found.append(f'{PROJECT} has the versions {current}; it must have one line version = "0.1.0"')
    elif not VERSION.fullmatch(version):
        found.append(f"VERSION is {version!r}; it must be three numbers, such as 0.2.0")
    elif numbers(version) <= numbers(current[0]):
        found.append(f"VERSION is {version!r}; it must be greater than the current one, {current[0]}")
    elif git(root, "tag", "--list", f"v{version}"):
        found.append(f"the tag v{version} is there already; VERSION must be a new one")
    if changes := git(root, "status", "--porcelain"):
        found.append(f"the work tree must be clean; these files are not committed:\n{changes}")
    if not git(root, "branch", "--show-current"):
        found.append("no branch is checked out; it must be the one that is published")
    if len(CITATION_LINE.findall(texts[CITATION])) != 1:
        found.append(f"{CITATION} must have one line version: 0.1.0")
    entries = UNRELEASED.findall(texts[CHANGELOG])
    if len(entries) != 1:
        found.append(f"{CHANGELOG} must have one heading ## Unreleased; it has {len(entries)}")
    elif not re.search(r"^- \S", entries[0], re.MULTILINE):
        found.append(
            f"{CHANGELOG} has no entry under Unreleased; it must say what changes, in lines - Like this."
        )
    return found


def released(texts: dict[str, str], version: str, day: date) -> dict[str, str]:
    """The texts of the files as the release has them."""
    citation = DATE_LINE.sub("", texts[CITATION])
    return {
        PROJECT: PROJECT_LINE.sub(f'version = "{version}"', texts[PROJECT]),
        CITATION: CITATION_LINE.sub(f'version: {version}\ndate-released: "{day.isoformat()}"', citation),
        CHANGELOG: texts[CHANGELOG].replace(
            "## Unreleased\n", f"## Unreleased\n\n## {version} - {day.isoformat()}\n", 1
        ),
    }


def release(root: Path, version: str, day: date) -> str:
    """Commit and tag a release.

    Parameters
    ----------
    root
        The folder of the repository.
    version
        The new version, three numbers.
    day
        The day of the release.

    Returns
    -------
    str
        The command that publishes it.

    Raises
    ------
    Refused
        If something is in the way. The files are then as they were.
    """
    texts = {name: (root / name).read_text(encoding="utf-8") for name in (PROJECT, CITATION, CHANGELOG)}
    if found := objections(root, version, texts):
        raise Refused("\n".join(found))
    try:
        for name, text in released(texts, version, day).items():
            (root / name).write_text(text, encoding="utf-8")
        git(root, "commit", "--quiet", "--message", f"Release {version}", "--", *texts)
    except Refused:  # git knows no author, or a hook objects
        git(root, "restore", "--staged", "--worktree", "--", *texts)
        raise
    git(root, "tag", "--annotate", "--message", f"Release {version}", f"v{version}")
    return f"git push --atomic origin {git(root, 'branch', '--show-current')} v{version}"


def main() -> int:
    """Release the version of the environment variable VERSION; the exit status is 1 if that was refused."""
    version = os.environ.get("VERSION", "")
    try:
        push = release(ROOT, version, datetime.now(UTC).date())
    except Refused as refusal:
        print(f"Nothing was released.\n{refusal}", file=sys.stderr)
        return 1
    print(f"Release {version} is committed and tagged here. Publish it:\n\n    {push}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
