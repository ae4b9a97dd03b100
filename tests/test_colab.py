"""The cell that a copy of a notebook has for Google Colab: what it does there, and that it does nothing elsewhere."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from book_extension.copies import colab_cell
from tools.notebooks import chapter_paths

ROOT = Path(__file__).resolve().parent.parent
SOURCE = chapter_paths()[0]
# Says where the cell has left the notebook, and what of the library it finds.
AFTER = """
import os, importlib.metadata
print(os.getcwd())
print(importlib.metadata.version("gmixlib"))
"""


def head(folder: Path) -> str:
    """The commit that a folder holds."""
    command = ["git", "-C", folder, "rev-parse", "HEAD"]
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout.strip()


def cell(repository: str, commit: str, folder: str = "chapters") -> str:
    """The source of the cell."""
    return "".join(colab_cell(repository, commit, folder)["source"])


def run(python: str | Path, source: str, folder: Path, **variables: str) -> list[str]:
    """Run the source of cells in IPython, in a folder that is also the home, and return the last two lines printed."""
    program = folder / "cells.ipy"
    program.write_text(source + AFTER, encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **variables}
    command = [python, "-m", "IPython", "--no-banner", program]
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False, timeout=300
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout.splitlines()[-2:]


def test_the_cell_prepares_the_folder_of_the_notebook_at_the_commit():
    source = cell("https://github.com/teacher/fork", "0123abc", "chapters/exercises")
    assert "git clone --quiet https://github.com/teacher/fork " in source
    assert "checkout --quiet 0123abc" in source
    assert source.endswith("gmixlib-book/chapters/exercises")


def test_the_cell_does_nothing_elsewhere(tmp_path):
    folder, _ = run(sys.executable, cell("https://nowhere.invalid/none", "0123abc"), tmp_path)
    assert folder == str(tmp_path)
    assert not (tmp_path / "gmixlib-book").exists()


@pytest.mark.slow
def test_on_colab_the_cell_installs_the_commit(tmp_path):
    """In an environment that has IPython, pip and a module google.colab; the library's dependencies are left out."""
    python = tmp_path / "venv" / "bin" / "python"
    venv.create(python.parents[1], with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "ipython"], check=True)
    module = tmp_path / "modules" / "google" / "colab"
    module.mkdir(parents=True)
    (module / "__init__.py").touch()
    repository = tmp_path / "repository"
    subprocess.run(["git", "clone", "--quiet", ROOT, repository], check=True)
    commit = head(repository)
    # A newer commit must not be what is installed.
    shutil.rmtree(repository / "chapters")
    git = ["git", "-C", repository, "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "commit", "--quiet", "--all", "--message", "All gone"], check=True)
    source = "import google.colab\n" + cell(str(repository), commit)
    for _ in range(2):  # as after a restart of the kernel
        folder, version = run(
            python,
            source,
            tmp_path,
            PYTHONPATH=str(module.parents[1]),
            PIP_NO_DEPS="1",
            PIP_CACHE_DIR=str(tmp_path),
        )
        assert folder == str(tmp_path / "gmixlib-book" / "chapters")
        assert (Path(folder) / SOURCE.name).exists()
        assert version
    assert head(tmp_path / "gmixlib-book") == commit
