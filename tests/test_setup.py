"""The shell scripts that set up the environment and run the checks, with stand-ins for the programs they call."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SYSTEM = [
    "awk",
    "basename",
    "bash",
    "cat",
    "cp",
    "dirname",
    "env",
    "grep",
    "head",
    "ln",
    "mkdir",
    "nproc",
    "rm",
    "sed",
    "sh",
    "sort",
    "tail",
    "tr",
    "wc",
]

# Both write down their calls. uv fails to make an environment where NO_PYTHON is set, and to fill it, with npm among other
# things, where OFFLINE is. npm fails where NO_NPM is.
NPM = """#!/bin/sh
echo "npm $1" >> calls
[ -z "$NO_NPM" ] || exit 1
mkdir -p tools/web/node_modules
"""
UV = """#!/bin/sh
echo "$1 $2" >> calls
case $1 in
    venv) [ -z "$NO_PYTHON" ] || exit 2; mkdir -p .venv/bin; ln -sf "$REAL_PYTHON" .venv/bin/python ;;
    pip) [ -z "$OFFLINE" ] || exit 1; cp "$NPM_TO_INSTALL" .venv/bin/npm ;;
    python) echo "cpython-3.9.18-linux /usr/bin/python3.9" ;;
esac
"""
# A Python whose pip installs the uv above.
PYTHON_WITH_PIP = """#!/bin/sh
case "$*" in
    *"pip --version") ;;
    *"install"*) mkdir -p .uv/bin; cp "$UV_TO_INSTALL" .uv/bin/uv ;;
esac
"""
PYTHON_WITHOUT_PIP = '#!/bin/sh\ncase "$1" in -m) exit 1 ;; esac\n'
# What pyenv puts first on PATH where .python-version names a Python that it does not have.
DEAD_SHIM = '#!/bin/sh\necho "pyenv: version is not installed" >&2\nexit 127\n'

# Says how it was called, and fails where it was told to.
STAND_IN = """#!/bin/sh
call="$(basename "$0") $*"
echo "$call"
case "$call" in "$FAILING"*) exit 3 ;; esac
"""


def program(path: Path, text: str) -> Path:
    """Write an executable script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


class Checkout:
    """A copy of what the set-up reads, in a folder of its own with nothing but the given programs on PATH."""

    def __init__(self, folder: Path):
        self.folder = folder / "a checkout"
        self.bin = folder / "bin"
        self.first_bin = folder / "shims"
        for name in ("tools", ".ci"):
            shutil.copytree(
                ROOT / name,
                self.folder / name,
                ignore=shutil.ignore_patterns("*.py", "__pycache__", "node_modules"),
            )
        for name in (".python-version", "requirements.txt", "pyproject.toml"):
            shutil.copy(ROOT / name, self.folder)
        system = folder / "system"
        system.mkdir()
        for name in SYSTEM:
            (system / name).symlink_to(shutil.which(name))
        self.variables = {
            "PATH": f"{self.first_bin}:{self.bin}:{system}",
            "HOME": str(folder),
            "REAL_PYTHON": sys.executable,
            "UV_TO_INSTALL": str(program(folder / "uv", UV)),
            "NPM_TO_INSTALL": str(program(folder / "npm", NPM)),
        }

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a script of the checkout."""
        environment = {**self.variables, **variables}
        return subprocess.run(
            [self.folder / script], env=environment, capture_output=True, text=True, check=False
        )

    def set_up(self, **variables: str) -> subprocess.CompletedProcess[str]:
        """Set up the environment."""
        return self.run("tools/environment.sh", **variables)

    def calls(self) -> list[str]:
        """The calls of uv and npm that changed something, since this was last asked."""
        record = self.folder / "calls"
        lines = record.read_text().splitlines() if record.exists() else []
        record.unlink(missing_ok=True)
        return [line for line in lines if line.startswith(("venv", "pip", "npm"))]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.fixture
def with_uv(checkout: Checkout) -> Checkout:
    program(checkout.bin / "uv", UV)
    return checkout


NEW = ["venv --quiet", "pip sync", "npm ci"]


def test_second_run_installs_nothing(with_uv):
    assert with_uv.set_up().returncode == 0
    assert with_uv.calls() == NEW
    assert with_uv.set_up().returncode == 0
    assert with_uv.calls() == []


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml", "tools/web/package-lock.json"])
def test_changed_input_is_installed_into_the_same_environment(with_uv, name):
    with_uv.set_up()
    with_uv.calls()
    with (with_uv.folder / name).open("a") as file:
        file.write("# changed\n")
    assert with_uv.set_up().returncode == 0
    assert with_uv.calls() == ["pip sync", "npm ci"]


def test_lost_web_packages_are_installed_anew(with_uv):
    with_uv.set_up()
    with_uv.calls()
    (with_uv.folder / "tools" / "web" / "node_modules").rmdir()
    assert with_uv.set_up().returncode == 0
    assert with_uv.calls() == ["pip sync", "npm ci"]


def test_another_python_makes_a_new_environment(with_uv):
    with_uv.set_up()
    with_uv.calls()
    (with_uv.folder / ".python-version").write_text("3.13\n")
    with_uv.set_up()
    assert with_uv.calls() == NEW


def test_moved_checkout_makes_a_new_environment(with_uv):
    with_uv.set_up()
    with_uv.calls()
    with_uv.folder = with_uv.folder.rename(with_uv.folder.with_name("elsewhere"))
    assert with_uv.set_up().returncode == 0
    assert with_uv.calls() == NEW


@pytest.mark.parametrize(
    ("failing", "complaint"),
    [("OFFLINE", "could not be installed into .venv"), ("NO_NPM", "could not be installed from npm")],
)
def test_failed_install_is_reported_and_repeated(with_uv, failing, complaint):
    run = with_uv.set_up(**{failing: "yes"})
    assert run.returncode == 1
    assert complaint in run.stderr
    with_uv.calls()
    assert with_uv.set_up().returncode == 0
    assert with_uv.calls() == NEW


def test_failed_update_is_mended_even_when_the_change_is_undone(with_uv):
    with_uv.set_up()
    lock = with_uv.folder / "requirements.txt"
    before = lock.read_text()
    lock.write_text(before + "# changed\n")
    assert with_uv.set_up(OFFLINE="yes").returncode == 1
    with_uv.calls()
    lock.write_text(before)
    assert with_uv.set_up().returncode == 0
    assert with_uv.calls() == NEW


def test_missing_python_is_named(with_uv):
    run = with_uv.set_up(NO_PYTHON="yes")
    assert run.returncode == 1
    assert "Python >=3.12 is missing" in run.stderr
    assert "cpython-3.9.18" in run.stderr
    assert with_uv.calls() == ["venv --quiet"] * 3


def test_uv_is_installed_by_the_first_python_that_can(checkout):
    program(checkout.first_bin / "uv", DEAD_SHIM)
    program(checkout.first_bin / "python3", DEAD_SHIM)
    program(checkout.first_bin / "python", PYTHON_WITHOUT_PIP)
    program(checkout.bin / "python3", PYTHON_WITH_PIP)
    run = checkout.set_up()
    assert run.returncode == 0, run.stderr
    assert os.access(checkout.folder / ".uv" / "bin" / "uv", os.X_OK)
    assert checkout.calls() == NEW


def test_pyenv_python_off_path_installs_uv(checkout):
    program(checkout.bin.parent / ".pyenv" / "versions" / "3.13.0" / "bin" / "python3", PYTHON_WITH_PIP)
    assert checkout.set_up().returncode == 0


def test_missing_pip_is_named(checkout):
    python = program(checkout.bin / "python3", PYTHON_WITHOUT_PIP)
    run = checkout.set_up()
    assert run.returncode == 1
    assert f"{python}: it has neither pip nor a working venv module" in run.stderr
    assert "apt install python3-venv" in run.stderr
    assert not (checkout.folder / ".uv").exists()


def test_no_python_at_all_is_said(checkout):
    run = checkout.set_up()
    assert run.returncode == 1
    assert "none found" in run.stderr


@pytest.mark.parametrize(
    ("failing", "status", "steps"),
    [
        ("make test", 3, ["make test"]),
        ("python -m pytest", 3, ["make test", "python -m pytest"]),
        ("nothing", 0, ["make test", "python -m pytest"]),
    ],
)
def test_ci_run_stops_at_the_first_failure(checkout, failing, status, steps):
    program(checkout.bin / "make", STAND_IN)
    program(checkout.bin / "chromium", STAND_IN)
    program(checkout.folder / ".venv" / "bin" / "python", STAND_IN)
    run = checkout.run(".ci/run", FAILING=failing)
    assert run.returncode == status, run.stderr
    calls = run.stdout.splitlines()
    assert len(calls) == len(steps)
    assert all(call.startswith(step) for call, step in zip(calls, steps, strict=True))


def test_ci_run_installs_a_browser_where_there_is_none(checkout):
    for name in ("make", "apt-get", "sudo"):
        program(checkout.bin / name, STAND_IN)
    program(checkout.folder / ".venv" / "bin" / "python", STAND_IN)
    run = checkout.run(".ci/run", FAILING="nothing")
    assert run.returncode == 0, run.stderr
    update, install, *rest = run.stdout.splitlines()
    assert "apt-get update" in update
    assert "apt-get install" in install
    assert install.endswith("chromium")
    assert rest[0].startswith("make test")
