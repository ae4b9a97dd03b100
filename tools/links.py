"""Check the links to other sites, in the book and in the papers beside it: ``make links``.

Sphinx follows them; what it found is printed and kept in reports/links.md. A link within the book is no matter of this
file: the build and the tests check those.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
PAPERS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")

DOI, REGISTER = "https://doi.org/10.", "https://doi.org/api/handles/10."

SETTINGS = {
    "linkcheck_retries": 3,
    "linkcheck_timeout": 20,  # seconds
    "linkcheck_rate_limit_timeout": 120,  # seconds to wait at most for a site that asks for it
    "linkcheck_workers": 4,
    # GitHub makes its anchors when it shows a page.
    "linkcheck_anchors_ignore_for_url": ["https://github\\.com/"],
    "linkcheck_report_timeouts_as_broken": True,
    "linkcheck_allow_unauthorized": False,
}


def registered(_app: Any, address: str) -> str | None:
    """Where to ask for a DOI: not at the publisher, since many turn programs away, but at the register of DOIs."""
    return address.replace(DOI, REGISTER, 1) if address.startswith(DOI) else None


def setup(app: Any) -> dict[str, bool]:
    """Let Sphinx take this file for an extension."""
    app.connect("linkcheck-process-uri", registered)
    return {"parallel_read_safe": True}


def follow(root: Path) -> list[dict]:
    """Follow the links of the book in the folder `root`; what Sphinx says of each.

    Raises
    ------
    subprocess.CalledProcessError
        If the book could not be read.
    """
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    contents = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    papers = [name for name in PAPERS if (root / name).is_file()]
    config["exclude_patterns"] = [name for name in config["exclude_patterns"] if name not in papers]
    settings = config["sphinx"]["config"]
    settings |= SETTINGS | {"extensions": [*settings["extensions"], "links"]}
    contents["parts"].append({"chapters": [{"file": name} for name in papers]})

    folder = root / "_build" / "links"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    from tools.book import table  # here, since Sphinx imports this module as its extension

    (root / "_build" / "execution.md").write_text(table(root, contents), encoding="utf-8")
    for name, part in {"config.yml": config, "toc.yml": contents}.items():
        (folder / name).write_text(
            yaml.safe_dump(part, sort_keys=False, allow_unicode=True), encoding="utf-8"
        )
    command = [Path(sys.executable).parent / "jupyter-book", "build", root, "--builder", "linkcheck", "-qq"]
    command += ["--path-output", folder, "--config", folder / "config.yml", "--toc", folder / "toc.yml"]
    here = {"PYTHONPATH": str(Path(__file__).parent)}  # where Sphinx finds this file
    run = subprocess.run(command, env=os.environ | here, check=False)
    findings = folder / "_build" / "html" / "output.json"
    if not findings.exists():
        run.check_returncode()
    return [json.loads(line) for line in findings.read_text(encoding="utf-8").splitlines()]


def report(found: list[dict]) -> str:
    """What there is to say of the links, in Markdown."""
    asked = [link for link in found if link["status"] != "unchecked"]  # a link within a page
    dead = sorted((link for link in asked if link["status"] == "broken"), key=lambda link: link["filename"])
    lines = [f"# Links to other sites: {len(asked)} followed, {len(dead)} dead", ""]
    for link in dead:
        why = " ".join(link["info"].split()) or "no answer"
        address = link["uri"].replace(REGISTER, DOI, 1)
        lines.append(f"- `{link['filename']}`: <{address}>: {why}")
    return "\n".join(lines).rstrip() + "\n"


def main(root: Path = ROOT) -> int:
    """Check the links; the exit status is 1 when one of them is dead."""
    found = follow(root)
    text = report(found)
    (root / "reports").mkdir(exist_ok=True)
    (root / "reports" / "links.md").write_text(text, encoding="utf-8")
    print(text)
    return int(any(link["status"] == "broken" for link in found))


if __name__ == "__main__":
    sys.exit(main())
