"""What the files at the top of the repository say of each other, where no tool looks."""

import ast
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from sphinx.util.matching import get_matching_files

from book_extension.copies import BRANCH, opened

ROOT = Path(__file__).resolve().parent.parent
# On GitHub, a link that climbs two folders from the README starts at the repository's own pages.
DEPLOYMENTS = "../../deployments/github-pages"


def read(name: str) -> str:
    """The text of a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def git(folder: Path, *arguments: str) -> str:
    """What git answers in a folder."""
    command = ["git", "-C", folder, *arguments]
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout


def test_contributing_documents_every_command_and_no_other():
    shown = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    ).stdout
    targets = set(re.findall(r"^  ([a-z-]+)  ", shown, flags=re.MULTILINE))
    assert set(re.findall(r"^\| `make ([a-z-]+)`", read("CONTRIBUTING.md"), flags=re.MULTILINE)) == targets
    assert set(re.findall(r"(?:`| {4})make ([a-z-]+)", read("README.md"))) <= targets


def test_every_text_that_is_read_or_written_states_its_encoding():
    """The default is that of the locale, which is not the author's on every machine."""

    opens_text = re.compile(r"(^|\.)(?<!os\.)(?<!Image\.)(?<!Pdf\.)open$|\.(fdopen|read_text|write_text)$")

    def is_unstated(call: ast.Call) -> bool:
        name, stated = ast.unparse(call.func), {word.arg for word in call.keywords}
        binary = any(re.fullmatch(r"'[rwax+]*b[rwax+]*'", ast.unparse(part)) for part in call.args)
        decodes = opens_text.search(name) and not binary
        return (
            bool(decodes or (name.startswith("subprocess.") and "text" in stated))
            and "encoding" not in stated
        )

    unstated = [
        f"{name}:{node.lineno}"
        for name in git(ROOT, "ls-files", "*.py").splitlines()
        for node in ast.walk(ast.parse(read(name)))
        if isinstance(node, ast.Call) and is_unstated(node)
    ]
    assert unstated == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_relative_links_lead_somewhere(name):
    links = re.findall(r"\]\(((?!https://)[^()\s]+)\)", read(name))
    paths = [re.sub(r"^\.\./\.\./actions(.*\.yml).*", r".github\1", link.partition("#")[0]) for link in links]
    assert paths
    assert [path for path in paths if path != DEPLOYMENTS and not (ROOT / path).exists()] == []


def test_versions_and_titles_agree():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["version"] == tomllib.loads(read("pyproject.toml"))["project"]["version"]
    assert citation["title"].startswith(yaml.safe_load(read("_config.yml"))["title"])
    assert read("binder/runtime.txt") == f"python-{read('.python-version')}", (
        "Binder's Python is not that of uv"
    )


def test_a_virtual_environment_in_the_folder_has_no_page(tmp_path):
    """As ``python -m venv env`` makes it: Sphinx would take the documents of its packages for pages of the book."""
    for name in ("env/lib/python3/site-packages/numpy/LICENSE.md", "page.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    excluded = yaml.safe_load(read("_config.yml"))["exclude_patterns"]
    assert list(get_matching_files(tmp_path, exclude_patterns=excluded)) == ["page.md"]


def test_address_stands_in_the_configuration_alone():
    address = yaml.safe_load(read("_config.yml"))["repository"]["url"]
    name = address.removeprefix("https://github.com/")
    assert git(ROOT, "grep", "--untracked", "--name-only", "--fixed-strings", name) == "_config.yml\n"


def test_binder_and_colab_get_the_copies_in_what_is_published(tmp_path):
    """The step's own commands, with a repository on this machine in the place of GitHub's."""
    step = yaml.safe_load(read(".github/workflows/test.yml"))["jobs"]["copies"]["steps"][-1]["run"]
    origin, clone = tmp_path / "origin.git", tmp_path / "clone"
    git(ROOT, "clone", "--quiet", "--bare", str(ROOT), str(origin))
    commit = git(ROOT, "rev-parse", "HEAD").strip()
    made, names = set(), (f"refs/heads/{BRANCH}", f"refs/tags/{opened(commit, 'main')}")
    for day in ("2031-01-01T00:00Z", "2032-01-01T00:00Z"):  # the second time the branch is there
        shutil.rmtree(clone, ignore_errors=True)
        git(ROOT, "clone", "--quiet", "--depth", "1", origin.as_uri(), str(clone))
        copy = clone / "_build" / "html" / "_sources" / "chapters" / "exercises" / "03_log_sum_exp.ipynb"
        copy.parent.mkdir(parents=True)
        copy.write_text("A copy", encoding="utf-8")
        environment = os.environ | {"GITHUB_SHA": commit, "GIT_AUTHOR_DATE": day, "GIT_COMMITTER_DATE": day}
        subprocess.run(["bash", "-euo", "pipefail", "-c", step], cwd=clone, env=environment, check=True)
        made |= {git(origin, "rev-parse", name) for name in names}
    assert len(made) == 1
    changed = git(origin, "diff", "--name-status", commit, BRANCH)
    assert changed == "M\tchapters/exercises/03_log_sum_exp.ipynb\n"


def test_answers_in_copies_survive_updates(tmp_path):
    """What README.md tells a student to do, with git and make as they are."""
    author, student = tmp_path / "author", tmp_path / "student"
    shutil.copytree(ROOT / "chapters" / "exercises", author / "chapters" / "exercises")
    for name in ("Makefile", ".gitignore"):
        shutil.copy(ROOT / name, author)
    git(author, "init", "--quiet")
    original, mine = (student / "chapters" / folder for folder in ("exercises", "mine"))
    old, new = "03_log_sum_exp.ipynb", "99_to_come.ipynb"

    def make_lab() -> None:
        subprocess.run(["make", "lab", "uv=true"], cwd=student, check=True, stdout=subprocess.DEVNULL)

    def write(path: Path, pattern: str, text: str) -> str:
        written, count = re.subn(pattern, text, path.read_text(encoding="utf-8"))
        assert count
        path.write_text(written, encoding="utf-8")
        return written

    def publish(title: str) -> None:
        git(author, "add", "--all")
        git(author, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", title)

    def update(title: str) -> None:
        exercises = author / "chapters" / "exercises"
        write(exercises / old, r"# .+: the", f"# {title}: the")
        shutil.copy(exercises / old, exercises / new)
        publish(title)

    publish("Start")
    git(tmp_path, "clone", "--quiet", "author", "student")
    make_lab()
    assert {path.name for path in mine.iterdir()} == {path.name for path in original.glob("*.ipynb")}
    answered = write(mine / old, "your code here", "my answer")
    update("First update")
    git(student, "pull", "--quiet")
    make_lab()
    assert (mine / old).read_text(encoding="utf-8") == answered
    assert "First update" in (original / old).read_text(encoding="utf-8")
    assert (mine / new).is_file()
    assert git(student, "status", "--porcelain") == ""

    # Written into the original: git refuses, and the way out loses nothing.
    answered_there = write(original / old, "your code here", "my other answer")
    update("Second update")
    with pytest.raises(subprocess.CalledProcessError):
        git(student, "pull", "--quiet")
    assert (original / old).read_text(encoding="utf-8") == answered_there
    (original / old).rename(mine / "other.ipynb")
    git(student, "restore", "chapters/exercises")
    git(student, "pull", "--quiet")
    assert (mine / "other.ipynb").read_text(encoding="utf-8") == answered_there
    assert (mine / old).read_text(encoding="utf-8") == answered
    assert git(student, "status", "--porcelain") == ""
