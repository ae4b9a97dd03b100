"""Try the built book as its readers do, and write down what was found: ``make report``.

The pages are opened in a browser and measured with Lighthouse; Binder's plan is followed, and each notebook run in a
JupyterLab that starts from it. All of it goes into ``reports/report.md``, also when something is wrong.
"""

import json
import os
import platform
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from tools import colab, lighthouse

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "reports"
LEFT = ("tests.xml", "lighthouse.json", "binder.json")  # by the parts of the run
SUITES = {
    "test_site": "the built pages in a browser",
    "test_site_rules": "broken pages, each seen by the rule for it",
    "test_jupyterlab": "a student's first session in JupyterLab",
    "test_binder": "Binder's plan, and each notebook in JupyterLab",
    "test_colab": "the notebooks for Colab",
}


def table(head: list[str], rows: Iterable[Iterable[object]]) -> str:
    """A table in Markdown, numbers to the right."""
    lines = [[str(cell) for cell in row] for row in rows]
    right = ["---:" if lines and lines[0][i].replace(".", "").isdigit() else "---" for i in range(len(head))]
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, right, *lines])


def stored(name: str) -> dict | list:
    """What a part of the run has left; nothing if it left nothing."""
    path = REPORTS / name
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def tests_section(results: ElementTree.Element) -> str:
    """How many tests passed in each suite, and what the others said."""
    counts = {suite: Counter() for suite in SUITES}
    complaints = []
    for case in results.iter("testcase"):
        outcome = next((part for part in case if part.tag in ("failure", "error", "skipped")), None)
        kind = "passed" if outcome is None else "skipped" if outcome.tag == "skipped" else "failed"
        counts[case.get("classname").rpartition(".")[2]][kind] += 1
        if kind != "passed":
            said = (outcome.get("message") or "").partition("\n")[0]
            complaints.append(f"- {kind}: `{case.get('name')}`: {said}")
    kinds = ["passed", "failed", "skipped"]
    rows = [[SUITES[suite], *(count[kind] for kind in kinds)] for suite, count in counts.items()]
    return "\n".join(["## Tests", "", table(["Suite", *kinds], rows), "", *complaints])


def lighthouse_section(rows: list[dict]) -> str:
    """The scores and the size of each page."""
    lines = [[row["page"], *row["scores"].values(), round(row["transferred"] / 1000)] for row in rows]
    parts = [
        "## Lighthouse",
        "Of 100 each, on a slow phone that Lighthouse imitates; kB are those transferred.",
        table(["Page", *lighthouse.LEAST, "kB"], lines),
        *(f"{row['page']}: {fault}" for row in rows for fault in row["faults"]),
    ]
    return "\n\n".join(parts)


def jupyterlab_section(measured: dict) -> str:
    """Time and memory of each notebook, and what the caches of postBuild are worth."""
    rows = [
        [row["notebook"], row["environment"], row["cells"], row["errors"], row["seconds"], row["peak_mb"]]
        for row in measured.get("notebooks", [])
    ]
    parts = ["## In JupyterLab", table(["Notebook", "environment", "cells", "errors", "seconds", "MB"], rows)]
    for name in ("post_build_seconds", "first_model"):
        if name in measured:
            parts.append(f"{name.replace('_', ' ')}: {json.dumps(measured[name])}")
    return "\n\n".join(parts)


def run_tests() -> tuple[int, ElementTree.Element]:
    """Run the suites whole, one test after the other since they are timed; the status and the results."""
    results = REPORTS / "tests.xml"
    files = [ROOT / "tests" / f"{suite}.py" for suite in SUITES]
    command = [sys.executable, "-m", "pytest", "-m", "", f"--junitxml={results}", *files]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    return status, ElementTree.parse(results).getroot() if results.exists() else ElementTree.Element("none")


def main() -> int:
    """Run everything, write the report, and return 0 if nothing is wrong."""
    REPORTS.mkdir(exist_ok=True)
    for name in LEFT:  # by an earlier run
        (REPORTS / name).unlink(missing_ok=True)
    tests_failed, results = run_tests()
    # In a process of its own: whatever ends it, the report is written.
    pages_missed = subprocess.run([sys.executable, lighthouse.__file__], check=False).returncode
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    parts = [
        "# The book, as its readers meet it",
        f"Commit {colab.revision()}, on {machine}. Pictures of all pages are beside this file.",
        tests_section(results),
        lighthouse_section(stored("lighthouse.json")),
        jupyterlab_section(stored("binder.json")),
    ]
    target = REPORTS / "report.md"
    target.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    print(f"The report is in {target.relative_to(ROOT)}")
    return int(bool(tests_failed or pages_missed))


if __name__ == "__main__":
    sys.exit(main())
