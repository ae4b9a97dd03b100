"""The workflows pin what they use, publish what was tested and let nothing weekly block a change."""

import re
from pathlib import Path

import pytest
import yaml

WORKFLOWS = sorted((Path(__file__).resolve().parent.parent / ".github" / "workflows").glob("*.yml"))
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
    assert jobs["publish"]["needs"] == "test"
    assert "refs/heads/main" in jobs["publish"]["if"]
    assert [step["uses"].partition("@")[0] for step in jobs["publish"]["steps"]] == ["actions/deploy-pages"]
    (kept,) = (
        step["with"]["path"] for step in jobs["test"]["steps"] if "upload-pages" in step.get("uses", "")
    )
    assert kept == "_build/html"
    assert jobs["test"]["env"]["BOOK_REPOSITORY"] == "${{ github.server_url }}/${{ github.repository }}"


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
