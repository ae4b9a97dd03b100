"""Measure every page of the built book with Lighthouse: ``python -m tools.lighthouse``, after ``make book``.

The rows go to ``reports/lighthouse.json`` as they come, so that an interrupted run keeps those that it has. Lighthouse
imitates a slow phone on this machine: while something else runs here, the figures for speed are too low.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.progress import track

from browser import chromium_path
from tools import book, pages, serve, web_tools

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
RESULT = ROOT / "reports" / "lighthouse.json"

# What each page must reach, of 100.
LEAST = {"performance": 90, "accessibility": 100, "best-practices": 100, "seo": 100}


@dataclass(frozen=True)
class Row:
    """What Lighthouse found on one page."""

    page: str
    scores: dict[str, int]
    transferred: int
    """Bytes that the page and all that it asks for had on their way, compressed."""
    faults: list[str]
    """What costs points in a category that must be at 100."""


def missed(row: Row) -> list[str]:
    """The categories in which a page is below what it must reach, in words."""
    return [
        f"{row.page}: {category} {row.scores[category]} of {least}"
        for category, least in LEAST.items()
        if row.scores[category] < least
    ]


def read(page: str, report: dict) -> Row:
    """The row of a page from Lighthouse's own report."""
    audits = report["audits"]
    faults = [
        f"{category}: {audits[part['id']]['title']}"
        for category, least in LEAST.items()
        if least == 100
        for part in report["categories"][category]["auditRefs"]
        if part["weight"] and audits[part["id"]]["score"] not in (None, 1)
    ]
    return Row(
        page=page,
        scores={category: round(100 * report["categories"][category]["score"]) for category in LEAST},
        transferred=int(audits["total-byte-weight"]["numericValue"]),
        faults=faults,
    )


def run(address: str) -> dict:
    """Lighthouse's report on an address, with its defaults: a phone on a slow network."""
    command = [web_tools.PROGRAMS / "lighthouse", address, "--quiet", "--output=json"]
    command += [f"--only-categories={','.join(LEAST)}", "--chrome-flags=--headless=new --no-sandbox"]
    environment = web_tools.environment() | {"CHROME_PATH": chromium_path() or ""}
    return json.loads(subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout)


def measure(site: Path) -> Iterator[Row]:
    """Measure one page after the other."""
    config = book.configuration(
        (ROOT / "_config.yml").read_text(encoding="utf-8"), os.environ.get("BOOK_REPOSITORY")
    )
    with serve.serving(site, prefix=book.path_on_server(config["repository"]["url"])) as address:
        for path in track(pages.page_paths(site), "Lighthouse"):
            name = path.relative_to(site).as_posix()
            yield read(name, run(address + name))


def main() -> int:
    """Measure all pages, store the rows, and say which miss what they must reach."""
    if chromium_path() is None:
        sys.exit("No Chromium found: install the package chromium.")
    RESULT.parent.mkdir(exist_ok=True)
    rows = []
    for row in measure(SITE):
        rows.append(row)
        RESULT.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    print(*(complaint for row in rows for complaint in missed(row)), sep="\n")
    return int(any(map(missed, rows)))


if __name__ == "__main__":
    sys.exit(main())
