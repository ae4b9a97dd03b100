"""The notebooks that readers open, in a real JupyterLab and a real browser: they read like the book, and a first session
goes well.

They are the copies in ``_build/html/_sources``. Pictures are kept in ``reports/jupyterlab``.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook
from playwright.sync_api import Browser, Locator, Page, expect

import browser_rules as rules
from built_book import ADDRESS, BUILT, COPIES, NOTEBOOKS
from gmixlib.exercises import check
from tools import exercises
from tools.notebooks import CHAPTERS, ROOT, chapter_paths, code_cells, read

pytest_plugins = ["browser"]

PICTURES = ROOT / "reports" / "jupyterlab"
NOTEBOOK = "exercises/03_log_sum_exp.ipynb"
# A copy has one more, for Colab.
CELLS = {"colab": ""} | {cell.id: cell.source for cell in code_cells(read(CHAPTERS / NOTEBOOK))}
CHECKS = {name: source.split('"')[1] for name, source in CELLS.items() if source.startswith("check(")}
# One chapter looks for all: the copies are made by the same rules, and test_copies reads the text of each.
PATHS = [
    pytest.param(str(path.relative_to(CHAPTERS)), marks=[pytest.mark.slow] * (path != chapter_paths()[3]))
    for path in NOTEBOOKS
]

# Nothing asks the student or the network, and cells out of view are in the page too.
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
TEXT = ".jp-MarkdownCell :is(.myst, .jp-MarkdownOutput)"
ERROR = ':is([data-mime-type$="jupyter.error"], [data-mime-type$="jupyter.stderr"])'


def as_on_binder(own: Path) -> Path:
    """The chapters as they are on Binder, in a folder of one's own: with the copies in the places of the notebooks."""
    shutil.copytree(CHAPTERS, own / "chapters", ignore=shutil.ignore_patterns(".*"))
    return shutil.copytree(COPIES / "chapters", own / "chapters", dirs_exist_ok=True)


@contextmanager
def serving(folder: Path, *options: str, port: int = 0, **variables: str) -> Iterator[str]:
    """The address of a JupyterLab, started in a folder by someone who never used Jupyter."""
    own = folder.parent
    names = (
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "JUPYTERLAB_SETTINGS_DIR",
        "IPYTHONDIR",
    )
    environment = os.environ | {name: str(own / name) for name in names} | variables
    environment.pop("GMIXLIB_PROGRESS", None)  # progress is kept beside the notebook
    for name, setting in SETTINGS.items():
        file = own / "JUPYTERLAB_SETTINGS_DIR" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(setting), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        "--expose-app-in-browser",
        *options,
    ]
    with (
        (own / "log").open("w", encoding="utf-8") as log,
        subprocess.Popen(command, cwd=folder, env=environment, stderr=log) as server,
    ):
        try:
            while not (
                address := re.search(
                    r"http://127\S+(?=/lab\?token=(\w+))", (own / "log").read_text(encoding="utf-8")
                )
            ):
                assert server.poll() is None, (own / "log").read_text(encoding="utf-8")
                time.sleep(0.1)
            yield f"{address[0]}/lab/tree/{{}}?reset&token={address[1]}"
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()  # the kernels end when they notice


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chapters of a student."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    return as_on_binder(tmp_path_factory.mktemp("student"))


@pytest.fixture(scope="module")
def lab(folder: Path) -> Iterator[str]:
    """The address of a JupyterLab, started as `make lab` does."""
    with serving(folder) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a patient reader."""
    expect.set_options(timeout=30_000)
    with browser.new_context(viewport={"width": 1200, "height": 1000}) as context:
        context.set_default_timeout(30_000)
        yield context.new_page()
    expect.set_options(timeout=5_000)


# --- text ---------------------------------------------------------------------------------------------


def open_notebook(page: Page, lab: str, path: str, notebook: NotebookNode) -> Locator:
    """Open a notebook; return its text as soon as all of it and the kernel are there."""
    page.goto(lab.format(path))
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(notebook.cells))
    text = page.locator(TEXT)
    expect(text).to_have_count(sum(cell.cell_type == "markdown" for cell in notebook.cells))
    expect(page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')).to_be_visible()
    return text


def text_faults(text: Locator) -> list[str]:
    """What a reader sees as it was written, with a sign of warning, or with a number that is not the book's."""
    # For a reference to what the notebook does not have JupyterLab shows a name; and it counts the notebook's formulas.
    titles = re.compile(r"(Reference|Citation) Not Found$|^Link to this Equation$")
    shown = [text.get_by_text("Unknown Directive"), text.get_by_title(titles)]
    return rules.raw_markup(text) + [fault for faults in shown for fault in faults.all_inner_texts()]


def dead_figure_links(text: Locator) -> list[str]:
    """Numbers of figures that do not lead to the figure with that number in the book."""
    links = text.get_by_role("link", name=re.compile(r"^Figure [\d.]+$"))
    shown = links.evaluate_all("all => all.map(link => [link.textContent, link.href])")
    assert shown
    dead = []
    for number, address in shown:
        page, _, name = address.removeprefix(ADDRESS).partition("#")
        place = f'<figure[^>]* id="{name}"(?:(?!</figure>).)*<span class="caption-number">{number} <'
        if not re.search(place, (BUILT / page).read_text(encoding="utf-8"), re.DOTALL):
            dead.append(f"{number}: {address}")
    return dead


@pytest.fixture(scope="module")
def shelf(browser: Browser, lab: str) -> Iterator[Page]:
    """A JupyterLab that opens one notebook after the other: to load its own scripts takes longer than that."""
    with browser.new_context(viewport={"width": 1200, "height": 1000}) as context:
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.goto(lab.replace("/tree/{}", ""))
        page.wait_for_function("window.jupyterapp?.restored.then(() => true)")
        yield page


def take(shelf: Page, path: str, notebook: NotebookNode) -> Locator:
    """Open a notebook in place of the last one, without a kernel; return its text as soon as all of it is there."""
    name = shelf.evaluate(
        """async path => {
            window.taken?.dispose();
            window.taken = await jupyterapp.commands.execute(
                "docmanager:open", {path, kernelPreference: {shouldStart: false, canStart: false}});
            return window.taken.id;
        }""",
        path,
    )
    text = shelf.locator(f"[id='{name}'] {TEXT}")
    expect(text).to_have_count(sum(cell.cell_type == "markdown" for cell in notebook.cells), timeout=30_000)
    return text


@pytest.mark.parametrize("path", PATHS)
def test_copy_reads_like_the_book(shelf, folder, path):
    text = take(shelf, path, read(folder / path))
    assert not text_faults(text)
    if ADDRESS and "/" not in path:
        assert not dead_figure_links(text)
        shelf.screenshot(path=PICTURES / f"{Path(path).stem}.png")


@pytest.mark.slow  # the rule is known to work on the pages of the book; here it is that JupyterLab has such faults
def test_raw_text_is_noticed(shelf, folder):
    source = "# All faults\n\n\\{ref}`a-name` and {numref}`fig-of-nobody`.\n\n```{nonsense}\nIts body.\n```\n\n$$\nx\n$$"
    broken, path = new_notebook(cells=[new_markdown_cell(source)]), "exercises/broken.ipynb"
    nbformat.write(broken, folder / path)
    faults = text_faults(take(shelf, path, broken))
    assert faults == ["raw markup: '{ref}'", "nonsense - Unknown Directive", "fig-of-nobody", "(1)"]


# --- a student ----------------------------------------------------------------------------------------


class Student:
    """Uses a notebook with mouse and keyboard."""

    def __init__(self, page: Page):
        self.page = page
        self.steps = 0

    def choose(self, menu: str, *items: str) -> None:
        """Choose an item of a menu, by the names that lead to it."""
        self.page.get_by_role("menubar").first.get_by_text(menu, exact=True).click()
        for item in items:
            self.page.locator(".lm-Menu-itemLabel").get_by_text(item, exact=True).click()

    def cell(self, name: str) -> Locator:
        """A code cell."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(list(CELLS).index(name))

    def write(self, name: str, old: str, new: str) -> None:
        """Replace the line of a cell that holds an old text, leaving its indentation."""
        self.cell(name).locator(".cm-line", has_text=old).click()
        self.page.keyboard.press("Home")
        self.page.keyboard.press("Shift+End")
        self.page.keyboard.type(new)

    def run(self, *names: str) -> None:
        """Run cells, one after the other, with the keyboard."""
        for name in names:
            prompt = self.cell(name).locator(".jp-InputPrompt")
            before = prompt.inner_text()
            self.cell(name).locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            expect(prompt).not_to_have_text(before)  # but * while it runs
            expect(prompt).to_have_text(re.compile(r"\[\d+\]:"))

    def see(self, name: str, text: str) -> None:
        """See a text, as feedback where a cell is a check, and no error below any cell."""
        output = self.cell(name).locator(".jp-OutputArea-output")
        expect(output).to_contain_text(text)
        expect(output.locator("[role=status]")).to_have_count(1 if name in CHECKS else 0)
        expect(self.page.locator(ERROR)).to_have_count(0)

    def keep_picture(self, step: str, name: str) -> None:
        """Keep a picture of a step with a cell in view."""
        self.steps += 1
        self.cell(name).scroll_into_view_if_needed()
        self.page.screenshot(path=PICTURES / f"{self.steps}-{step}.png")


def test_first_session(page, lab, folder):
    student, first = Student(page), CHECKS["mean-check"]
    hint = repr(check(first, lambda a: np.log(np.mean(np.exp(a))))).replace("`", "")
    assert hint.startswith(f"✗ {first}: not yet right. The formula is right and the computer is not")

    assert not text_faults(open_notebook(page, lab, NOTEBOOK, read(folder / NOTEBOOK)))
    student.keep_picture("opened", "setup")
    student.choose("Run", "Run All Cells")
    for name, exercise in CHECKS.items():
        student.see(name, f"○ {exercise}: not attempted.")
    student.see("progress", f"0 of {len(CHECKS)} correct")
    student.keep_picture("unsolved", "progress")

    student.write("mean", "your code here", "return np.log(np.mean(np.exp(a)))")
    student.run("mean", "mean-check")
    student.see("mean-check", hint)
    student.keep_picture("wrong", "mean-check")

    student.write("mean", "np.exp", "return logsumexp(a) - np.log(len(a))")
    student.run("mean", "mean-check", "progress")
    student.see("mean-check", f"✓ {first}: correct.")
    student.keep_picture("right", "mean-check")
    student.see("progress", f"1 of {len(CHECKS)} correct")
    student.keep_picture("progress", "progress")

    student.choose("Kernel", "Restart Kernel and Clear Outputs of All Cells…")
    page.locator(".jp-Dialog").get_by_text("Restart", exact=True).click()
    expect(page.locator(".jp-OutputArea-output")).to_have_count(0)
    student.run("setup", "progress")
    expect(student.cell("progress").locator(".jp-InputPrompt")).to_have_text("[2]:")  # the kernel is new
    student.see("progress", f"1 of {len(CHECKS)} correct")
    assert (folder / NOTEBOOK).with_name(".gmixlib-progress.json").is_file()

    student.choose("Settings", "Theme", "JupyterLab Dark")
    expect(page.locator("body")).to_have_attribute("data-jp-theme-name", "JupyterLab Dark")
    student.run("mean", "mean-check", "float32", "float32-check")
    student.see("mean-check", f"✓ {first}: correct.")
    student.keep_picture("dark feedback", "mean-check")
    student.keep_picture("dark progress", "progress")


# --- Binder -------------------------------------------------------------------------------------------


def binder(own: Path, port: int) -> AbstractContextManager[str]:
    """A new server as Binder starts it: with the notebooks unsolved, below a path of its own, at Binder's one address."""
    own.mkdir()
    return serving(
        as_on_binder(own),
        f"--ServerApp.base_url=/user/gmixlib-{own.name}/",
        port=port,
        BINDER_REPO_URL="https://github.com/someone/gmixlib",
    )


@pytest.mark.slow
def test_work_outlives_the_server(page, tmp_path):
    """With the three buttons that each notebook of exercises names in its first cell."""
    download, save, restore = re.findall(r"\*([A-Z][^*]+)\*", exercises.OPENING)
    student, answer = Student(page), "return logsumexp(a) - np.log(len(a))"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    notebook = read(COPIES / "chapters" / NOTEBOOK)
    written = student.cell("mean").get_by_text(answer)
    lost = page.get_by_role("dialog", name="Server Connection Error")
    page.add_locator_handler(lost, lambda shown: shown.get_by_role("button", name="Close").click())

    with binder(tmp_path / "first", port) as lab:
        open_notebook(page, lab, NOTEBOOK, notebook)
        student.write("mean", "your code here", answer)
        expect(written).to_be_visible()
    # The page is still there, and so is what it shows; it says again and again that the server is gone.
    with page.expect_download() as file:
        page.get_by_role("button", name=download).click()
    assert answer in file.value.path().read_text(encoding="utf-8")
    page.get_by_title(save).click()
    expect(page.get_by_role("dialog")).to_contain_text("Notebook saved to browser storage")
    page.get_by_role("button", name="Ok").click()
    page.goto("about:blank")

    with binder(tmp_path / "second", port) as lab:
        open_notebook(page, lab, NOTEBOOK, notebook)
        expect(written).to_have_count(0)
        page.get_by_title(restore).click()
        page.get_by_role("button", name="Ok").click()
        expect(written).to_be_visible()
        student.run("setup", "mean", "mean-check")
        student.see("mean-check", f"✓ {CHECKS['mean-check']}: correct.")
