"""A student's first session: the exercises of chapter 3 in a real JupyterLab, in a real browser.

The session is played once. It only waits and looks; the tests below it say what must have been seen. A picture of
each step is left in ``reports/jupyterlab``.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from gmixlib.exercises._registry import find, of_chapter
from lab_server import STEP_SECONDS, choose, errors, serving, unrendered_roles
from tools.notebooks import code_cells, prose, read

pytest_plugins = ["browser"]

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "reports" / "jupyterlab"
NOTEBOOK = "exercises/03_log_sum_exp.ipynb"
TEXT = prose(read(ROOT / "chapters" / NOTEBOOK))
CODE_CELLS = [cell.id for cell in code_cells(read(ROOT / "chapters" / NOTEBOOK))]
CHECKS = {
    "log_sum_exp." + name.removesuffix("-check"): name for name in CODE_CELLS if name.endswith("-check")
}

NAIVE = "return np.log(np.mean(np.exp(a)))"
RIGHT = "return logsumexp(a) - np.log(len(a))"


@dataclass(frozen=True)
class Shown:
    """What a student sees at a code cell: its prompt, its output, and the part of it that is marked as feedback."""

    prompt: str
    text: str
    feedback: str


@dataclass
class Seen:
    """What the session has shown: the text of the notebook, and all code cells by name after each step."""

    title: str = ""
    markdown: str = ""
    unrendered_roles: list[str] = field(default_factory=list)
    formulas: int = 0
    dead_references: list[str] = field(default_factory=list)
    cells: dict[str, dict[str, Shown]] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    stored: Path = Path()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the student needs of the chapters' folder."""
    folder = tmp_path_factory.mktemp("student") / "chapters"
    (folder / NOTEBOOK).parent.mkdir(parents=True)
    shutil.copy(ROOT / "chapters" / NOTEBOOK, folder / NOTEBOOK)
    shutil.copytree(ROOT / "chapters" / "data", folder / "data")
    return folder


@pytest.fixture(scope="module")
def address(browser: Browser, folder: Path) -> Iterator[str]:
    """The notebook's address in a JupyterLab that was started as `make lab` does."""
    with serving([sys.executable, "-m", "jupyterlab"], folder, folder.parent, os.environ) as server:
        yield server.address(NOTEBOOK)


# --- the student --------------------------------------------------------------------------------------


class Student:
    """Uses the notebook with mouse and keyboard, and keeps what there is to see after each step."""

    def __init__(self, page: Page):
        self.page = page
        self.seen = Seen()
        self.steps = 0

    @contextmanager
    def step(self, name: str, at: str = CODE_CELLS[0]) -> Iterator[None]:
        """A step, of which a picture with one cell in view is left, also when it fails."""
        self.steps += 1
        picture = PICTURES / f"{self.steps}-{name.replace(' ', '-')}.png"
        try:
            yield
            self.cell(at).scroll_into_view_if_needed()
            self.seen.cells[name] = {cell: self.look(cell) for cell in CODE_CELLS}
            self.seen.errors[name] = errors(self.page)
        except Exception as problem:
            picture = picture.with_stem(f"{picture.stem}-failed")
            found = [error.strip()[-200:] for error in errors(self.page)]
            raise AssertionError(
                f"step {self.steps} ({name}) failed, see {picture}; errors in the notebook: {found}\n{problem}"
            ) from problem
        finally:
            self.page.screenshot(path=picture)

    def cell(self, name: str) -> Locator:
        """A code cell."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(CODE_CELLS.index(name))

    def look(self, name: str) -> Shown:
        """What a code cell shows."""
        cell = self.cell(name)
        return Shown(
            prompt=cell.locator(".jp-InputPrompt").inner_text(),
            text="\n".join(cell.locator(".jp-OutputArea-output").all_inner_texts()),
            feedback="\n".join(cell.locator(".jp-OutputArea-output [role=status]").all_inner_texts()),
        )

    def wait_until_run(self, name: str, before: str = "[ ]:") -> None:
        """Wait until a cell has another number than before, and shows its output if it is one that has one."""
        prompt = self.cell(name).locator(".jp-InputPrompt")
        expect(prompt).not_to_have_text(before)  # but * while it runs
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"))
        if name in [*CHECKS.values(), "progress"]:
            expect(self.cell(name).locator(".jp-OutputArea-output")).to_have_text(re.compile(r"\w"))

    def wait_for_kernel(self) -> None:
        """Wait until the kernel has nothing to do."""
        expect(self.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')).to_be_visible()

    def run(self, *names: str) -> None:
        """Run cells, one after the other, with the keyboard."""
        for name in names:
            before = self.look(name).prompt
            self.cell(name).locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            self.wait_until_run(name, before)
        self.wait_for_kernel()

    def write(self, name: str, old: str, new: str) -> None:
        """Replace the line of a cell that holds an old text, leaving its indentation."""
        self.cell(name).locator(".cm-line", has_text=old).click()
        self.page.keyboard.press("Home")
        self.page.keyboard.press("Shift+End")
        self.page.keyboard.type(new)
        expect(self.cell(name).locator(".cm-line").last).to_have_text(re.compile(rf"^ +{re.escape(new)}$"))

    # --- the steps

    def open(self, address: str) -> None:
        self.page.goto(address)
        title = self.page.locator(".jp-MarkdownCell h1")
        title.wait_for()
        expect(self.page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(len(CODE_CELLS))
        expect(self.page.locator(".jp-MarkdownCell").last.locator("h2")).to_be_visible()
        self.wait_for_kernel()
        text = self.page.locator(".jp-MarkdownCell :is(.myst, .jp-MarkdownOutput)")
        self.seen.title = title.inner_text()
        self.seen.markdown = "\n".join(text.all_inner_texts())
        self.seen.unrendered_roles = unrendered_roles(text)
        self.seen.formulas = text.locator(".katex, mjx-container:not(:has(mjx-merror))").count()
        self.seen.dead_references = text.get_by_title("Cross Reference Not Found").all_inner_texts()

    def run_all(self) -> None:
        choose(self.page, "Run", "Run All Cells")
        for name in CODE_CELLS:
            self.wait_until_run(name)
        self.wait_for_kernel()

    def restart(self) -> None:
        """Restart the kernel and clear the outputs, so that whatever shows afterwards is new."""
        choose(self.page, "Kernel", "Restart Kernel and Clear Outputs of All Cells…")
        self.page.locator(".jp-Dialog").get_by_text("Restart", exact=True).click()
        expect(self.page.locator(".jp-OutputArea-output")).to_have_count(0)
        self.wait_for_kernel()

    def darken(self) -> None:
        choose(self.page, "Settings", "Theme", "JupyterLab Dark")
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-name", "JupyterLab Dark")


@pytest.fixture(scope="module")
def seen(browser: Browser, address: str, folder: Path) -> Iterator[Seen]:
    """What a student sees who opens the notebook, tries, errs, learns, and comes back."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    page.set_default_timeout(1_000 * STEP_SECONDS)
    expect.set_options(timeout=1_000 * STEP_SECONDS)
    student = Student(page)
    try:
        with student.step("opened"):
            student.open(address)
        with student.step("unsolved", at="progress"):
            student.run_all()
        with student.step("wrong", at="mean-check"):
            student.write("mean", "your code here", NAIVE)
            student.run("mean", "mean-check")
        with student.step("right", at="mean-check"):
            student.write("mean", NAIVE, RIGHT)
            student.run("mean", "mean-check")
        with student.step("progress", at="progress"):
            student.run("progress")
        with student.step("restarted", at="progress"):
            student.restart()
            student.run("setup", "progress")
        with student.step("dark feedback", at="mean-check"):
            student.darken()
            student.run("mean", "mean-check", "float32", "float32-check")
        with student.step("dark progress", at="progress"):
            pass
        student.seen.stored = (folder / NOTEBOOK).with_name(".gmixlib-progress.json")
        yield student.seen
    finally:
        page.close()
        expect.set_options(timeout=5_000)


# --- what must have been seen -------------------------------------------------------------------------


def test_the_notebook_has_a_check_of_each_exercise():
    """Else the tests below would look at too few."""
    assert list(CHECKS) == list(of_chapter("log_sum_exp"))
    assert CODE_CELLS[0] == "setup"
    assert CODE_CELLS[-1] == "progress"


def test_the_text_is_rendered(seen):
    assert seen.title.startswith("Exercises: the log-sum-exp trick")
    assert "# " not in seen.markdown
    assert "$" not in seen.markdown
    assert not seen.unrendered_roles


def test_the_mathematics_is_rendered(seen):
    assert seen.formulas == len(re.findall(r"\$\$.+?\$\$|\$.+?\$", TEXT, re.DOTALL)) > 0


def test_no_reference_is_dead(seen):
    """JupyterLab knows the names of the open notebook alone, and shows others as a warning."""
    assert not seen.dead_references


def test_no_cell_ends_in_an_error(seen):
    assert not {step: errors for step, errors in seen.errors.items() if errors}


@pytest.mark.parametrize("exercise", CHECKS)
def test_an_untouched_exercise_is_not_attempted(seen, exercise):
    shown = seen.cells["unsolved"][CHECKS[exercise]]
    assert shown.feedback.startswith(f"○ {exercise}: not attempted.")


def test_a_wrong_answer_gets_the_hint_made_for_it(seen):
    mistake = find("log_sum_exp.mean").mistakes["naive-exponentials"]
    shown = seen.cells["wrong"]["mean-check"]
    assert shown.feedback == f"✗ log_sum_exp.mean: not yet right. {mistake.hint.replace('`', '')}"


def test_a_right_answer_is_correct(seen):
    assert seen.cells["right"]["mean-check"].feedback.strip() == "✓ log_sum_exp.mean: correct."


def test_feedback_is_all_that_a_check_shows(seen):
    """It is the form made for a notebook, marked for screen readers, and not the text beside it."""
    for step in ("unsolved", "wrong", "right"):
        for name in CHECKS.values():
            shown = seen.cells[step][name]
            assert shown.feedback == shown.text != "", (step, name)


@pytest.mark.parametrize(
    ("step", "correct"), [("unsolved", 0), ("progress", 1), ("restarted", 1), ("dark progress", 1)]
)
def test_progress_counts_and_survives_a_restart(seen, step, correct):
    shown = seen.cells[step]["progress"]
    assert f"{correct} of {len(CHECKS)} correct" in shown.text
    assert shown.text.count("✓ correct") == correct
    assert shown.text.count("○ not attempted") == len(CHECKS) - correct


def test_the_kernel_was_restarted(seen):
    prompts = [seen.cells["restarted"][name].prompt for name in ("setup", "progress", "mean-check")]
    assert prompts == ["[1]:", "[2]:", "[ ]:"]


def test_progress_is_kept_beside_the_notebook(seen):
    assert seen.stored.is_file()
