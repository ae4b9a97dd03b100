"""The machine's owner does not change the result: settings of Python, its libraries and git, files at home, folders."""

import csv
import os
import shutil
import subprocess
import sys
from contextlib import chdir
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from sphinx.errors import ConfigError

import pytest_surroundings
from book_extension.edition import check_docstrings, commit
from gmixlib.grade.__main__ import main as grade
from small_book import build, make
from tools import chapters
from tools.execution import execute
from tools.notebooks import ROOT, SOLUTIONS, chapter_path, code_cells, output_texts, read, serialise, shown
from tools.surroundings import neutral

slow = partial(pytest.param, marks=pytest.mark.slow)
IPYTHON = ".ipython/profile_default"
WIDE = "import matplotlib\n\nmatplotlib.rcParams['lines.linewidth'] = 7"
# What an owner sets: environment variables, in which ~ is home, and files there.
SETTINGS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "IPython shows every expression": (
        {},
        {f"{IPYTHON}/ipython_config.py": 'get_config().InteractiveShell.ast_node_interactivity = "all"'},
    ),
    "IPython draws SVG": (
        {},
        {f"{IPYTHON}/ipython_kernel_config.py": 'get_config().InlineBackend.figure_formats = {"svg"}'},
    ),
    "IPython begins with a file": ({}, {f"{IPYTHON}/startup/00-mine.py": WIDE}),
    "IPython's folder is elsewhere": (
        {"IPYTHONDIR": "~/ipython"},
        {"ipython/profile_default/startup/00-mine.py": WIDE},
    ),
    "matplotlib draws to files": ({"MPLBACKEND": "Agg"}, {}),
    "a matplotlibrc at home": ({}, {".config/matplotlib/matplotlibrc": "lines.linewidth: 7"}),
    "a matplotlibrc elsewhere": ({"MATPLOTLIBRC": "~/matplotlibrc"}, {"matplotlibrc": "lines.linewidth: 7"}),
    "the folder of settings is elsewhere": ({"XDG_CONFIG_HOME": "~/config"}, {"config/matplotlib/matplotlibrc": "lines.linewidth: 7"}),
    "warnings are errors": ({"PYTHONWARNINGS": "error"}, {}),
    "warnings are shown": ({"PYTHONWARNINGS": "always"}, {}),
    "asserts are left out": ({"PYTHONOPTIMIZE": "2"}, {}),
    "Python begins with a file": ({"PYTHONSTARTUP": "~/mine.py"}, {"mine.py": WIDE}),
    "a module shadows another": ({"PYTHONPATH": "~"}, {"matplotlib.py": "figure = None"}),
    "text is ASCII": ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {}),
    "output has no colours": ({"NO_COLOR": "1"}, {}),
    "a narrow console": ({"COLUMNS": "20"}, {}),
    "PyTensor computes in float32": ({"PYTENSOR_FLAGS": "floatX=float32"}, {}),
    "a .pytensorrc at home": ({}, {".pytensorrc": "[global]\nfloatX = float32"}),
    "numba compiles nothing": ({"NUMBA_DISABLE_JIT": "1"}, {}),
    "a hook of git": ({"GIT_DIR": str(ROOT / ".git")}, {}),
    "a .gitconfig at home": ({}, {".gitconfig": "[commit]\ngpgsign = true"}),
    "home cannot be written to": ({"HOME": os.devnull + "/home"}, {}),
}  # fmt: skip
ALONE = (
    "IPython shows every expression",
    "matplotlib draws to files",
    "warnings are errors",
    "text is ASCII",
    "PyTensor computes in float32",
    "home cannot be written to",
)
# Those that Python is started with; the programs here are in Python themselves, and `make` starts them without.
OF_PYTHON = ("asserts are left out", "a module shadows another")
ALL_SIGNS = """-a blank, (1) [x] {y} #z 50% it's "é" $HOME; `ls` & a:b"""
SIGNS = [
    "a blank",
    "(1)",
    "[2026]",
    "{course}",
    "#1",
    "50%",
    "it's",
    '"quoted"',
    "Übung",
    "$HOME",
    "`ls`",
    "-dash",
    "a:b",
]
FOLDERS = [ALL_SIGNS, *map(slow, SIGNS)]

# What a cell shows, whoever runs it.
PROBES = {
    "1\n2": "2",
    "import matplotlib.pyplot as plt\n\nplt.plot([1, 2])\nplt.show()": "<Figure size 640x480 with 1 Axes>",
    "plt.rcParams['lines.linewidth']": "1.5",
    "import warnings\n\nwarnings.warn('look out', ResourceWarning)": "",
    "import sys\n\nsys.flags.optimize, sys.flags.utf8_mode": "(0, 1)",
    "import shutil\n\nshutil.get_terminal_size().columns": "80",
    "import os\n\n[name for name in os.environ if name.startswith(('NO_COLOR', 'NUMBA', 'PYTENSOR'))]": "[]",
    "os.path.exists(os.path.expanduser('~/.pytensorrc'))": "False",
    "from subprocess import getoutput\n\ngetoutput('git config commit.gpgsign')": "''",
    "getoutput('git rev-parse --git-dir').partition(':')[0]": "'fatal'",
}


def write_probes(folder: Path) -> Path:
    """A notebook of the probes with what they show, in a new folder."""
    cells = []
    for number, (source, text) in enumerate(PROBES.items(), start=1):
        data = {"text/plain": text}
        output = new_output("execute_result", data, execution_count=number)
        if "Figure" in text:
            output = new_output("display_data", data | {"image/png": ""})
        cells.append(new_code_cell(source, execution_count=number, outputs=[output] if text else []))
    folder.mkdir(parents=True)
    (folder / "probes.ipynb").write_text(serialise(new_notebook(cells=cells)), encoding="utf-8")
    return folder / "probes.ipynb"


def settle(home: Path, *names: str) -> dict[str, str]:
    """Put the files of some settings at home; the environment that they make."""
    environment = {"HOME": str(home)}
    for name in names:
        variables, files = SETTINGS[name]
        environment |= {key: value.replace("~", str(home)) for key, value in variables.items()}
        for file, text in files.items():
            (home / file).parent.mkdir(parents=True, exist_ok=True)
            (home / file).write_text(text, encoding="utf-8")
    return environment


def everything(home: Path, *, but: tuple[str, ...] = OF_PYTHON) -> dict[str, str]:
    """The environment of an owner who has set everything but some."""
    return settle(home, *(name for name in SETTINGS if name not in (*but, "home cannot be written to")))


def outcomes(folder: Path) -> list[str]:
    """Test the notebooks of a folder as `make test` does; the outcome for each cell."""
    found = []

    class Record:
        @staticmethod
        def pytest_runtest_logreport(report: pytest.TestReport) -> None:
            if report.when == "call":
                found.append(report.outcome)

    settings = ["-c", str(ROOT / "pyproject.toml"), "--rootdir=.", "-p", "no:cacheprovider"]
    with patch.dict(os.environ), chdir(folder):
        pytest.main([*settings, "."], plugins=[pytest_surroundings, Record()])
    return found


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small book, built."""
    return make(tmp_path_factory.mktemp("small"))


# Some by themselves, to be named when they fail; the others are among all at once, below.
@pytest.mark.parametrize("name", [name if name in ALONE else slow(name) for name in SETTINGS])
def test_a_setting_changes_no_output(name, tmp_path, monkeypatch):
    """Of a notebook that `make chapters` executes."""
    path = write_probes(tmp_path / "course")
    for variable, value in settle(tmp_path / "home", name).items():
        monkeypatch.setenv(variable, value)
    executed = execute(read(path), path.parent).notebook
    texts = ["".join(output_texts(cell)) for cell in executed.cells]
    assert dict(zip(PROBES, texts, strict=True)) == PROBES
    assert list(map(shown, executed.cells)) == list(map(shown, read(path).cells))


@pytest.mark.parametrize("folder", FOLDERS)
def test_all_settings_in_any_folder_change_no_test_of_a_notebook(folder, tmp_path, monkeypatch):
    """As `make test` runs it, which compares the outputs."""
    write_probes(tmp_path / folder)
    for variable, value in everything(tmp_path / "home", but=()).items():
        monkeypatch.setenv(variable, value)
    assert outcomes(tmp_path / folder) == ["passed"] * len(PROBES)


@pytest.mark.slow
def test_all_settings_at_once_change_no_test_of_a_chapter(tmp_path):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", chapter_path("summing_out")]
    run = subprocess.run(command, cwd=ROOT, env=os.environ | everything(tmp_path), check=False)
    assert run.returncode == 0


def test_all_settings_at_once_change_nothing_that_is_stored(tmp_path):
    """`make chapters` for a user who has set everything, and for one who has set nothing."""
    path = write_probes(tmp_path / "course")
    assert chapters.main([str(path)]) == 0
    stored = code_cells(read(path))
    command = [sys.executable, "-m", "tools.chapters", path]
    subprocess.run(command, cwd=ROOT, env=os.environ | everything(tmp_path / "home"), check=True)
    assert code_cells(read(path)) == stored
    assert [path.name for path in path.parent.iterdir()] == ["probes.ipynb"]


def test_all_settings_at_once_change_no_points(tmp_path):
    """The cell before the answers raises what any of them would change."""
    notebook = read(SOLUTIONS / "03_log_sum_exp.ipynb")
    probe = """
import warnings, numpy as np, matplotlib as mpl
warnings.warn("look out")
np.log(0.0)
open("written", "w").write("σ")
assert mpl.rcParams["lines.linewidth"] == 1.5
"""
    notebook.cells.insert(2, new_code_cell(probe))
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "one.ipynb").write_text(serialise(notebook), encoding="utf-8")
    command = [sys.executable, "-m", "gmixlib.grade", "all", "--csv", "scores.csv", "--jobs", "1"]
    environment = os.environ | everything(tmp_path / "home")
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    with (tmp_path / "scores.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["points"], row["notes"]) == ("6", "")


@pytest.mark.parametrize("folder", FOLDERS)
def test_all_settings_in_any_folder_change_no_page(folder, small, tmp_path):
    variables = everything(tmp_path / "home")
    assert pages(built(small, tmp_path / folder, **variables)) == pages(small)


@pytest.mark.slow
@pytest.mark.parametrize(
    "variables",
    [{"HOME": os.devnull + "/home"}, {"TZ": "Pacific/Kiritimati"}, {"PYTHONHASHSEED": "1"}, {"TERM": "dumb"}],
    ids=str,
)
def test_a_variable_changes_no_page(variables, small, tmp_path):
    assert pages(built(small, tmp_path / "course", **variables)) == pages(small)


def built(book: Path, place: Path, **variables: str) -> Path:
    """Build a copy of a book from nothing."""
    shutil.copytree(book, place, ignore=shutil.ignore_patterns("_build"))
    run = build(place, **variables)
    assert run.returncode == 0, run.stderr
    return place


def pages(book: Path) -> dict[str, bytes]:
    """All that a build has written for readers."""
    site = book / "_build" / "html"
    return {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}


def test_a_book_is_of_its_own_commit(tmp_path, monkeypatch):
    """Not of the repository around it, nor of the one whose hook builds it."""
    own, inside = tmp_path / "own", tmp_path / "own" / "download"
    inside.mkdir(parents=True)
    assert commit(own) == ""
    subprocess.run(["git", "init", "--quiet", own], check=True)
    assert commit(own) == ""
    git = ["git", "-C", own, "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message", "All"], check=True)
    head = subprocess.run(
        [*git, "rev-parse", "HEAD"], capture_output=True, encoding="utf-8", check=True
    ).stdout
    monkeypatch.setenv("GIT_DIR", str(ROOT / ".git"))
    assert commit(own) == head.strip()
    assert commit(inside) == ""
    if os.geteuid() == 0:  # as in a container, where the folder is another user's
        os.chown(own, 1, 1)
        os.chown(own / ".git", 1, 1)
        monkeypatch.setenv("GIT_CONFIG_COUNT", "0")
        assert commit(own) == head.strip()
    monkeypatch.setenv("PATH", "")
    assert commit(own) == ""


def test_what_python_was_started_without_is_named(monkeypatch, capsys):
    monkeypatch.setattr(sys, "flags", SimpleNamespace(optimize=2))
    with pytest.raises(ConfigError, match="PYTHONOPTIMIZE=2, which drops docstrings"):
        check_docstrings(None, None)
    with pytest.raises(SystemExit):
        grade([".", "--csv", os.devnull])
    assert "PYTHONOPTIMIZE, which leaves out the notebooks' asserts" in capsys.readouterr().err


def test_programs_that_tests_start_see_no_setting(tmp_path):
    variables = everything(tmp_path, but=()) | {"FORCE_COLOR": "1", "LINES": "9", "SOURCE_DATE_EPOCH": "0"}
    seen = neutral(variables)
    assert [name for name, value in variables.items() if seen.get(name) == value] == ["LC_ALL"]


def test_make_hands_on_no_setting(tmp_path):
    (tmp_path / "Makefile").write_text(f"include {ROOT}/Makefile\nshow: ; env", encoding="utf-8")
    owners = {"UV_PROJECT_ENVIRONMENT": "venv", "UV_NO_DEV": "1", "PIP_USER": "1", "SOURCE_DATE_EPOCH": "0"}
    variables = everything(tmp_path, but=()) | owners | {"HOME": os.devnull + "/home"}
    command = ["make", "--silent", "-f", tmp_path / "Makefile", "show"]
    run = subprocess.run(
        command, cwd=ROOT, env=os.environ | variables, capture_output=True, encoding="utf-8", check=True
    )
    handed_on = dict(line.split("=", 1) for line in run.stdout.splitlines() if "=" in line)
    assert handed_on["PYTHONUTF8"] == "1"
    assert handed_on["HOME"] == f"{ROOT}/.home_cache"
    names = [
        name
        for name in variables
        if name.startswith(("IPY", "MPL", "MAT", "NUMBA", "PIP", "PYT", "SOU", "UV"))
    ]
    assert len(names) > 12
    assert [name for name in names if name in handed_on and name != "PYTHONUTF8"] == []


def test_a_clone_has_the_same_lines_whatever_git_is_set_to(tmp_path):
    git = ["git", "-c", "core.autocrlf=true"]
    subprocess.run([*git, "clone", "--quiet", ROOT, tmp_path / "clone"], check=True)
    command = [*git, "-C", tmp_path / "clone", "ls-files", "--eol"]
    listed = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout.splitlines()
    assert len(listed) > 100
    assert [line for line in listed if "w/crlf" in line or "w/mixed" in line] == []
