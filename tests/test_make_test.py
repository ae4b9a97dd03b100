"""``make test`` leaves out the notebooks that have passed as they are, and no others."""

import os
import shutil
import subprocess

import pytest

from tools.notebooks import ROOT

PASSED = ".pytest_cache/notebooks_passed"
FILES = [
    "chapters/01_a.ipynb",
    "chapters/solutions/01_a.ipynb",
    "chapters/data/d.csv",
    "gmixlib/samplers/g.py",
    "tests/nbval_sanitize.cfg",
    "tests/pytest_surroundings.py",
    "pyproject.toml",
    "uv.lock",
]


@pytest.fixture
def project(tmp_path):
    """A folder with the Makefile, and files that are older than the moment at which all notebooks passed."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1_000, 1_000))
    (tmp_path / PASSED).parent.mkdir()
    (tmp_path / PASSED).touch()
    os.utime(tmp_path / PASSED, (2_000, 2_000))
    shutil.copy(ROOT / "Makefile", tmp_path)
    return tmp_path


def given(project) -> list[str]:
    """The notebooks that pytest would be given."""
    run = subprocess.run(
        ["make", "--dry-run", "test"], cwd=project, capture_output=True, encoding="utf-8", check=True
    )
    (line,) = [line for line in run.stdout.splitlines() if " pytest " in line]
    return [word for word in line.split() if word.startswith("chapters")]


def test_nothing_has_passed_yet(project):
    (project / PASSED).unlink()
    assert given(project) == ["chapters"]


def test_all_have_passed(project):
    assert given(project) == []


@pytest.mark.parametrize("name", FILES)
def test_one_file_has_changed(project, name):
    (project / name).touch()
    assert given(project) == [name if name.endswith(".ipynb") else "chapters"]


def test_compiled_code_is_no_change(project):
    (project / "gmixlib" / "__pycache__").mkdir()
    (project / "gmixlib" / "__pycache__" / "g.pyc").touch()
    assert given(project) == []
