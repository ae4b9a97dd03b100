"""The workflows pin what they use, publish what was tested and let nothing weekly block a change."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tools import colab

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def load(name: str) -> dict:
    """A workflow; YAML reads its key `on` as true."""
    (path,) = (path for path in WORKFLOWS if path.name == name)
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def actions(workflow: str) -> list[str]:
    """The actions that the text of a workflow uses, with the comments behind them."""
    return re.findall(r"^\s*(?:- )?uses:\s*(.+?)\s*$", workflow, flags=re.MULTILINE)


def unpinned(workflow: str) -> list[str]:
    """The actions that are not fixed to a commit, with its version in a comment."""
    return [action for action in actions(workflow) if not PINNED.fullmatch(action)]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned(path):
    text = path.read_text(encoding="utf-8")
    steps = [step for job in yaml.safe_load(text)["jobs"].values() for step in job["steps"]]
    assert len(actions(text)) == sum("uses" in step for step in steps) > 0
    assert not unpinned(text)


def test_loose_action_is_noticed():
    sha = "0123456789" * 4
    loose = ["a/b@v4", "a/b@main # v4.0.0", f"a/b@{sha}", f"a/b@{sha[:-1]} # v4.0.0", f"a/b@{sha} # v4"]
    workflow = "\n".join(f"  - uses: {action}" for action in [*loose, f"a/b@{sha} # v4.0.0"])
    assert unpinned(workflow) == loose


def test_one_version_of_each_action():
    used = {action for path in WORKFLOWS for action in actions(path.read_text(encoding="utf-8"))}
    assert len(used) == len({action.partition("@")[0] for action in used})


def test_pushes_and_pull_requests_are_tested():
    workflow = load("test.yml")
    assert workflow[True] == {"push": None, "pull_request": None}
    assert ".ci/run" in [step.get("run") for step in workflow["jobs"]["test"]["steps"]]


def test_main_publishes_what_the_tests_built():
    jobs = load("test.yml")["jobs"]
    assert "test" in jobs["publish"]["needs"]
    assert "refs/heads/main" in jobs["publish"]["if"]
    assert [step["uses"].partition("@")[0] for step in jobs["publish"]["steps"]] == ["actions/deploy-pages"]
    (kept,) = (
        step["with"]["path"] for step in jobs["test"]["steps"] if "upload-pages" in step.get("uses", "")
    )
    assert kept == "_build/html"
    assert jobs["test"]["env"]["BOOK_REPOSITORY"] == "${{ github.server_url }}/${{ github.repository }}"


def loses_reports(job: dict) -> list[str]:
    """What keeps the reports of a job's tests from being looked at afterwards, in words."""
    steps = job["steps"]
    kept = [step for step in steps if step.get("uses", "").startswith("actions/upload-artifact@")]
    if [step["with"]["path"] for step in kept] != ["reports"]:
        return ["the folder reports is not kept"]
    found = []
    if kept[0].get("if") != "${{ !cancelled() }}":
        found.append("reports are not kept when the tests fail")
    if steps.index(kept[0]) < [step.get("run") for step in steps].index(".ci/run"):
        found.append("reports are kept before there are any")
    return found


def test_reports_are_kept_also_when_the_tests_fail():
    assert loses_reports(load("test.yml")["jobs"]["test"]) == []


def test_lost_reports_are_noticed():
    tests = {"run": ".ci/run"}
    keep = {"uses": "actions/upload-artifact@x", "with": {"path": "reports"}, "if": "${{ !cancelled() }}"}
    failing = {key: value for key, value in keep.items() if key != "if"}
    assert loses_reports({"steps": [tests, keep]}) == []
    assert loses_reports({"steps": [tests]}) == ["the folder reports is not kept"]
    assert loses_reports({"steps": [tests, failing]}) == ["reports are not kept when the tests fail"]
    assert loses_reports({"steps": [keep, tests]}) == ["reports are kept before there are any"]


def test_links_to_other_sites_are_followed_weekly_and_not_on_each_push():
    steps = load("weekly.yml")["jobs"]["links"]["steps"]
    (check,) = (step for step in steps if step.get("run") == "make links")
    assert "continue-on-error" not in check, "a dead link turns the job red"
    report = steps[-1]
    assert report["if"] == "${{ !cancelled() }}"
    assert report["run"] == 'cat reports/links.md >> "$GITHUB_STEP_SUMMARY"'
    every_push = (ROOT / ".github" / "workflows" / "test.yml", ROOT / ".ci" / "run")
    assert not [path.name for path in every_push if "make links" in path.read_text(encoding="utf-8")]


def test_colab_gets_the_notebooks_of_what_is_published(tmp_path):
    """The step's own commands, with a repository on this machine in the place of GitHub's."""
    job = load("test.yml")["jobs"]["colab"]
    assert job["needs"] == "test"
    assert job["if"] == load("test.yml")["jobs"]["publish"]["if"]
    assert "colab" in load("test.yml")["jobs"]["publish"]["needs"]
    origin, clone = tmp_path / "origin.git", tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--bare", ROOT, origin], check=True)
    subprocess.run(["git", "clone", "--quiet", origin, clone], check=True)
    environment = os.environ | {"REPOSITORY": "https://github.com/teacher/fork", "GITHUB_SHA": "of the run"}
    command = ["bash", "-euo", "pipefail", "-c", job["steps"][-1]["run"]]
    for _ in range(2):  # the second time the branch is there
        shutil.rmtree(clone / "copies", ignore_errors=True)
        subprocess.run(command, cwd=clone, env=environment, check=True, capture_output=True)

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", origin, *arguments], check=True, capture_output=True, text=True
        ).stdout

    kept = {Path(name) for name in git("ls-tree", "-r", "--name-only", colab.BRANCH).split()}
    assert kept == {path.relative_to(ROOT) for path in (ROOT / "chapters").rglob("*.ipynb")}
    first = json.loads(git("show", f"{colab.BRANCH}:chapters/exercises/03_log_sum_exp.ipynb"))["cells"][0]
    assert f"checkout --quiet {colab.revision()}" in "".join(first["source"])


def test_weekly_run_blocks_and_changes_nothing():
    workflow = load("weekly.yml")
    assert set(workflow[True]) == {"schedule", "workflow_dispatch"}
    assert workflow["permissions"] == {"contents": "read"}
    checks = [step for step in workflow["jobs"]["newest"]["steps"] if step.get("run", "").startswith("make ")]
    assert [step["run"] for step in checks] == ["make lock", "make test", "make book"]
    assert [step.get("continue-on-error", False) for step in checks] == [False, True, True]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_python_is_the_makefiles_affair(path):
    assert "python-version" not in path.read_text(encoding="utf-8")
