"""Binder: what it will do with this repository, and every notebook in a JupyterLab as it starts one.

The slow tests follow repo2docker's plan in an environment of their own and open each chapter and each exercise there.
A quick run opens two of each in the project's environment, another pair for each commit. What was measured is left in
``reports/binder.json``, a picture of each notebook in ``reports/binder``.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import Browser, Page, expect

import binder_plan
from lab_server import STEP_SECONDS, choose, errors, family, serving, unrendered_roles
from tools.execution import PeakMemory
from tools.notebooks import CHAPTERS, EXERCISES, ROOT, chapter_paths, code_cells, prose, read, serialise

pytest_plugins = ["browser"]

REPORTS = ROOT / "reports"
MEMORY = 2 * 1024**3  # bytes, of all processes together: what Binder gives a session
CORES = 2
RUN_SECONDS = 600  # after which a notebook is given up

TEXT = ".jp-MarkdownCell :is(.myst, .jp-MarkdownOutput)"
RAW = re.compile(r"^(?:```|:::)|^#{1,6} |^\([a-z]+-[\w-]+\)=$|\$|\S+ - Unknown Directive", re.MULTILINE)
NOT_FOUND = re.compile(r"(Reference|Citation) Not Found$")
FORMULA = re.compile(r"\$\$.+?\$\$|\$.+?\$", re.DOTALL)
STATE = """() => ({
    prompts: [...document.querySelectorAll('.jp-Notebook .jp-CodeCell .jp-InputPrompt')].map(e => e.innerText),
    idle: document.querySelector('.jp-Notebook-ExecutionIndicator').dataset.status === 'idle',
    dialogs: [...document.querySelectorAll('.jp-Dialog')].map(e => e.innerText),
})"""


# --- the plan -----------------------------------------------------------------------------------------


def test_binder_installs_the_lock_then_the_package_then_runs_post_build():
    assert not binder_plan.surprises(ROOT)
    assert os.access(ROOT / "postBuild", os.X_OK)


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("environment.yml", "dependencies: [python=3.12]", "the build pack is CondaBuildPack"),
        ("Dockerfile", "FROM debian", "the build pack is DockerBuildPack"),
        ("binder/readme", "", "the build pack is PythonBuildPack, its Python 3.10"),
        ("runtime.txt", "python-3.13", "its Python 3.13"),
        ("apt.txt", "cowsay", "unknown: RUN apt-get"),
        ("start", "#!/bin/sh", "unknown: ENV R2D_ENTRYPOINT"),
    ],
)
def test_a_file_that_changes_the_plan_is_noticed(tmp_path, name, text, complaint):
    folder = binder_plan.copy_of_what_is_read(tmp_path)
    assert not binder_plan.surprises(folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    assert complaint in "; ".join(binder_plan.surprises(folder))


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("postBuild", "lacks: RUN ./postBuild"),
        ("requirements.txt", "lacks: COPY"),
        ("pyproject.toml", "no-cache-dir ."),
    ],
)
def test_a_missing_file_is_noticed(tmp_path, name, complaint):
    folder = binder_plan.copy_of_what_is_read(tmp_path)
    (folder / name).unlink()
    assert complaint in "; ".join(binder_plan.surprises(folder))


@pytest.mark.parametrize("status", [0, 3])
def test_post_build_reports_failure(tmp_path, status):
    shutil.copy(ROOT / "postBuild", tmp_path)
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\necho "$@"\nexit {status}\n')
    python.chmod(0o755)
    environment = {"PATH": f"{python.parent}:/usr/bin:/bin"}
    run = subprocess.run(
        [tmp_path / "postBuild"], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == status, run.stderr
    assert find_spec(run.stdout.split()[-1])


# --- where JupyterLab runs ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A folder with the repository, what starts JupyterLab in it, and the variables of the session."""

    name: str
    folder: Path
    command: list[str]
    environment: Mapping[str, str]


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    """What this run measured. Each test that adds to it stores it."""
    shutil.rmtree(REPORTS / "binder", ignore_errors=True)
    return {"notebooks": []}


def store(report: dict[str, Any]) -> None:
    """Leave what was measured so far for whoever reads it."""
    REPORTS.mkdir(exist_ok=True)
    (REPORTS / "binder.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The project's own environment, and a copy of the chapters as they are."""
    folder = tmp_path_factory.mktemp("project")
    ignored = shutil.ignore_patterns(".ipynb_checkpoints", ".gmixlib-progress.json")
    shutil.copytree(CHAPTERS, folder / "chapters", ignore=ignored)
    return Place("project", folder, [sys.executable, "-m", "jupyterlab"], os.environ)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory, report: dict[str, Any]) -> Place:
    """The last commit, and the environment that comes of following Binder's plan for it.

    Binder begins with packages from conda-forge. They cannot be had everywhere, so here the same versions come from
    PyPI, into a virtual environment of the same Python. The rest is what the plan says, line by line.
    """
    home = tmp_path_factory.mktemp("binder") / "home"
    prefix = home.with_name("prefix")
    options = ["--quiet", "--no-project", "--seed", "--python", binder_plan.PYTHON]
    binder_plan.run(["git", "clone", "--quiet", str(ROOT), str(home)], ROOT, os.environ)
    binder_plan.run(["sh", "tools/uv.sh", "venv", *options, str(prefix)], ROOT, os.environ)
    pip = [str(prefix / "bin" / "pip"), "install", "--quiet"]
    binder_plan.run([*pip, *binder_plan.base_packages()], ROOT, os.environ)
    assert not binder_plan.surprises(home)
    plan = binder_plan.plan(home)
    environment, seconds = binder_plan.follow(plan, home, prefix)
    report["post_build_seconds"] = seconds["./postBuild"]
    store(report)
    return Place("Binder", home, plan.command, environment)


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest) -> Place:
    """One of the two above, by its name."""
    return request.getfixturevalue(request.param)


# --- a reader who opens a notebook and runs it --------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """What JupyterLab shows of a notebook that was run, and what that took."""

    text: str
    roles: list[str]
    unresolved: list[str]
    prompts: list[str]
    errors: list[str]
    seconds: float
    peak_bytes: int


def opened_and_run(place: Place, notebook: str, browser: Browser, aside: Path, cores: int = CORES) -> Shown:
    """Open a notebook by the address of its launch button, in a server of its own, and run all its cells."""
    content = read(place.folder / notebook)
    picture = REPORTS / "binder" / f"{notebook.removesuffix('.ipynb').replace('/', '-')}.png"
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    page.set_default_timeout(1_000 * STEP_SECONDS)
    expect.set_options(timeout=1_000 * STEP_SECONDS)
    try:
        with (
            few_cores(cores),
            serving(place.command, place.folder, aside, place.environment) as server,
            PeakMemory(lambda: family(server.process), pause=0.5) as peak,
            picture_of(page, picture),
        ):
            page.goto(server.address(notebook))
            wait_until_rendered(page, content)
            seconds, prompts, found = run_all(page)
            text = page.locator(TEXT)
            return Shown(
                text="\n".join(text.all_inner_texts()),
                roles=unrendered_roles(text),
                unresolved=text.get_by_title(NOT_FOUND).all_inner_texts(),
                prompts=prompts,
                errors=found,
                seconds=seconds,
                peak_bytes=peak.bytes,
            )
    finally:
        page.close()
        expect.set_options(timeout=5_000)


@contextmanager
def picture_of(page: Page, path: Path) -> Iterator[None]:
    """Leave a picture of how a ``with`` block left a page, also when it failed."""
    try:
        yield
    finally:
        page.screenshot(path=path)


@contextmanager
def few_cores(count: int) -> Iterator[None]:
    """Keep what a ``with`` block starts to some of the cores, where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def wait_until_rendered(page: Page, notebook: NotebookNode) -> None:
    """Wait for every cell, heading and formula of the notebook, and for its kernel."""
    page.locator(".jp-MarkdownCell h1").wait_for()
    expect(page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(len(code_cells(notebook)))
    text = page.locator(TEXT)
    headings = [t for t in MarkdownIt().parse(prose(notebook)) if t.type == "heading_open"]
    expect(text.locator(":is(h1, h2, h3, h4, h5, h6)")).to_have_count(len(headings))
    formulas = text.locator(".katex, mjx-container:not(:has(mjx-merror))")
    expect(formulas).to_have_count(len(FORMULA.findall(prose(notebook))))
    expect(page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')).to_be_visible()


def run_all(page: Page) -> tuple[float, list[str], list[str]]:
    """Run all cells anew: the seconds, the prompts, and the errors and warnings when nothing more happens."""
    choose(page, "Edit", "Clear Outputs of All Cells")
    expect(page.locator(".jp-OutputArea-output")).to_have_count(0)
    choose(page, "Run", "Run All Cells")
    start = time.monotonic()
    while True:
        state, found = page.evaluate(STATE), errors(page)
        at_rest = state["idle"] and not any("*" in prompt for prompt in state["prompts"])
        done = at_rest and (found or all(re.search(r"\d", prompt) for prompt in state["prompts"]))
        seconds = time.monotonic() - start
        if done or state["dialogs"] or seconds > RUN_SECONDS:
            return seconds, state["prompts"], found + state["dialogs"]
        time.sleep(0.2)


def faults(notebook: NotebookNode, elsewhere: set[str], shown: Shown, memory: int = MEMORY) -> list[str]:
    """What a reader should not have met, in words.

    Parameters
    ----------
    notebook
        What was opened.
    elsewhere
        The names that it may show instead of a link, since another page has what they stand for.
    shown
        What there was to see.
    memory
        The bytes that a session may take.
    """
    numbers = [f"[{number}]:" for number in range(1, len(code_cells(notebook)) + 1)]
    found = [f"left as it was written: {raw!r}" for raw in [*shown.roles, *RAW.findall(shown.text)]]
    found += [f"leads nowhere: {name}" for name in shown.unresolved if name.strip() not in elsewhere]
    found += [f"shown below a cell: {error.strip()[-300:]}" for error in shown.errors]
    found += [
        f"code cell {number} has the prompt {prompt!r} instead of {right!r}"
        for number, (prompt, right) in enumerate(zip(shown.prompts, numbers, strict=True))
        if prompt != right
    ]
    if shown.peak_bytes > memory:
        found.append(f"it took {shown.peak_bytes / 1e6:.0f} MB, more than {memory / 1e6:.0f} MB")
    return found


def names_elsewhere(notebook: NotebookNode) -> set[str]:
    """The names in a chapter's references that JupyterLab cannot know, since another page or a figure bears them.

    A reader sees the name itself, such as fig-pull. The book has the link, and a test of the book follows it.
    """
    text = prose(notebook)
    targets = re.findall(r"\{(?:ref|numref|eq|cite[:\w]*)\}`(?:[^`]*<)?([^`>]+)>?`", text)
    names = {name.strip() for target in targets for name in target.split(",")}
    return {name for name in names if f"({name})" not in text}


# --- the notebooks ------------------------------------------------------------------------------------


def commit() -> str:
    """The last commit; nothing where there is none."""
    command = ["git", "rev-parse", "HEAD"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def some(paths: list[Path]) -> list[Path]:
    """Two of some notebooks, others for another commit and the same ones when a failure is repeated."""
    return sorted(random.Random(f"{paths[0].parent.name} {commit()}").sample(paths, 2))


def case(place: str, path: Path, **marks: Any) -> Any:
    """One notebook in one environment, as a parameter of the test below."""
    notebook = str(path.relative_to(ROOT))
    return pytest.param(place, notebook, id=f"{place}-{notebook}", **marks)


EXERCISE_PATHS = sorted(EXERCISES.glob("*.ipynb"))
CASES = [
    *(case("project", path) for path in [*some(chapter_paths()), *some(EXERCISE_PATHS)]),
    *(case("planned", path, marks=pytest.mark.slow) for path in [*chapter_paths(), *EXERCISE_PATHS]),
]


@pytest.mark.parametrize(("place", "notebook"), CASES, indirect=["place"])
def test_notebook_runs_in_jupyterlab(browser, place, notebook, report, tmp_path, record_property):
    content = read(place.folder / notebook)
    shown = opened_and_run(place, notebook, browser, tmp_path)
    megabytes = shown.peak_bytes / 1e6
    row = {
        "environment": place.name,
        "notebook": notebook,
        "seconds": round(shown.seconds, 1),
        "peak_mb": round(megabytes),
        "cells": len(shown.prompts),
        "errors": len(shown.errors),
    }
    report["notebooks"].append(row)
    store(report)
    cost = f"{shown.seconds:6.1f} s {megabytes:6.0f} MB"
    record_property("chapter", f"{notebook} in JupyterLab ({place.name}): {cost}")
    is_exercise = Path(notebook).parent.name == EXERCISES.name  # whose references are written out
    found = faults(content, set() if is_exercise else names_elsewhere(content), shown)
    assert not found


BROKEN = new_notebook(
    cells=[
        new_markdown_cell(
            "# A notebook with every fault\n\n$x$ and \\{ref}`a-name`, {numref}`fig-of-nobody`.\n\n"
            "```{nonsense}\nIts body.\n```"
        ),
        new_code_cell("import os, sys, time"),
        new_code_cell("print('on', len(os.sched_getaffinity(0)), 'core', file=sys.stderr)"),
        new_code_cell("held = b'x' * 400_000_000\ntime.sleep(2)"),
        new_code_cell("1 / 0"),
        new_code_cell("'never reached'"),
    ],
    metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
)


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="this system cannot keep a process to some cores"
)
def test_every_fault_is_noticed(browser, project, tmp_path):
    (project.folder / "broken.ipynb").write_text(serialise(BROKEN), encoding="utf-8")
    shown = opened_and_run(project, "broken.ipynb", browser, tmp_path, cores=1)
    patterns = [
        r"left as it was written: '\{ref\}'",
        r"left as it was written: 'nonsense - Unknown Directive'",
        "leads nowhere: fig-of-nobody",
        "shown below a cell: on 1 core",
        "(?s)shown below a cell: .*ZeroDivisionError",
        r"code cell 4 has the prompt '\[ \]:' instead of '\[5\]:'",
        r"it took \d{3,4} MB, more than 400 MB",
    ]
    found = faults(BROKEN, set(), shown, memory=400_000_000)
    assert len(found) == len(patterns), found
    for fault, pattern in zip(found, patterns, strict=True):
        assert re.match(pattern, fault), fault
    assert not faults(new_notebook(), set(), Shown("text", [], [], [], [], 1.0, 1))


# --- what postBuild is worth --------------------------------------------------------------------------

# The first model of chapter 5. The imports come first and are counted apart.
FIRST_MODEL = """
import json, time
start = time.perf_counter()
import pymc as pm
from pymc.distributions.transforms import ordered
from gmixlib import two_gaussians
imported = time.perf_counter()
y, z = two_gaussians()
with pm.Model(coords={"component": [0, 1]}):
    mu = pm.Normal("mu", mu=0, sigma=10, dims="component", transform=ordered)
    pm.NormalMixture("y", w=[0.5, 0.5], mu=mu, sigma=1, observed=y)
    pm.sample(
        20, tune=20, chains=2, init="adapt_diag", initvals=[{"mu": [-1.0, 1.0]}] * 2, random_seed=1,
        progressbar=False, compute_convergence_checks=False,
    )
print(json.dumps({"imports": imported - start, "model": time.perf_counter() - imported}))
"""


def first_model(place: Place, environment: Mapping[str, str]) -> dict[str, float]:
    """The seconds that the first model of a session takes, and the imports before it."""
    run = subprocess.run(
        ["python", "-W", "ignore", "-c", FIRST_MODEL],
        cwd=place.folder / "chapters",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return {name: round(seconds, 1) for name, seconds in json.loads(run.stdout.splitlines()[-1]).items()}


@pytest.mark.slow
def test_the_first_model_takes_a_third_of_the_time(planned, report, tmp_path, record_property):
    """With the caches that postBuild left, against none: a ratio of two times, asserted since that is its purpose.

    Both are measured here, one after the other, on the same machine. A ratio moves less than a time.
    """
    empty = {"PYTENSOR_FLAGS": f"base_compiledir={tmp_path}", "NUMBA_CACHE_DIR": str(tmp_path / "numba")}
    report["first_model"] = {
        "with_caches": first_model(planned, planned.environment),
        "without": first_model(planned, {**planned.environment, **empty}),
    }
    store(report)
    record_property("chapter", f"seconds of the first model: {report['first_model']}")
    assert report["first_model"]["with_caches"]["model"] <= report["first_model"]["without"]["model"] / 3
