"""``python -m tools.chapters`` stores clean outputs, the same each time, or leaves the file as it was."""

from base64 import b64decode
from unittest.mock import ANY

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import chapters
from tools.notebooks import code_cells, images, read, serialise

PLOT = "import matplotlib.pyplot as plt\n\nplt.plot([1, 2, 3])\nplt.show()"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "small.ipynb"


def store(path, *sources: str) -> str:
    """Write a notebook as an editor may leave it, from these code cells; returns the file's text."""
    notebook = new_notebook(cells=[new_markdown_cell("# Small"), *map(new_code_cell, sources)])
    notebook.metadata["language_info"] = {"name": "python", "version": "3.99"}
    notebook.cells[1].metadata["collapsed"] = True
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    return path.read_text(encoding="utf-8")


def test_a_second_execution_changes_nothing_and_only_due_chapters_run(path, monkeypatch, capsys):
    """The kernel starts in the notebook's folder, wherever the tool is called."""
    monkeypatch.setattr(chapters, "chapter_paths", lambda: [path])
    store(path, "import os\n\nprint('✓ one', flush=True)\nprint(os.path.basename(os.getcwd()))", PLOT)
    assert chapters.main([]) == 0
    clean, first = path.read_text(encoding="utf-8"), read(path)
    assert "1 claims" in capsys.readouterr().out

    unclean = read(path)
    unclean.metadata["widgets"] = {}
    path.write_text(serialise(unclean), encoding="utf-8")
    assert chapters.main([]) == 0
    assert "what an editor added is removed" in capsys.readouterr().out
    assert chapters.main([]) == 0
    assert "unchanged" in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == clean

    first.metadata["gmixlib"]["megabytes"] += 10  # little enough to be kept
    path.write_text(serialise(first), encoding="utf-8")
    monkeypatch.chdir(path.parent)
    assert chapters.main([path.name]) == 0
    assert "unchanged" not in capsys.readouterr().out
    second = read(path)
    assert second.cells == first.cells
    assert second.metadata["gmixlib"] == first.metadata["gmixlib"] | {"seconds": ANY}
    cells = code_cells(second)
    assert [cell.execution_count for cell in cells] == [1, 2]
    assert [output.text for output in cells[0].outputs] == [f"✓ one\n{path.parent.name}\n"]
    assert b"matplotlib" not in b64decode(images(cells[1])[0])  # a new version alone changes no picture

    monkeypatch.setattr(chapters, "renew_all", lambda paths, *, force: not (force and paths == [path]))
    assert chapters.main(["--all"]) == 0


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import warnings\n\nwarnings.warn('look out', stacklevel=1)", "look out"),
        ("print('10%|█▏   |')", "a progress bar"),
        ("import os\n\nos._exit(1)", "Kernel died"),
    ],
)
def test_a_failing_cell_is_named_and_the_file_left_as_it_was(path, bad, message, capsys):
    before = store(path, "print('fine')", bad)
    assert chapters.main([str(path)]) == 1
    said = capsys.readouterr().out
    assert f"Cell 1 ({bad.splitlines()[0]})" in said
    assert message in said
    assert path.read_text(encoding="utf-8") == before
    assert list(path.parent.iterdir()) == [path]


def test_a_claim_that_holds_for_one_seed_only_leaves_the_file_as_it_was(path, capsys):
    before = store(path, "SEED = 7", "assert SEED == 7, 'luck'")
    assert chapters.main([str(path)]) == 1
    assert "with SEED = 101: Cell 1 (assert SEED == 7" in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("more", "lost"),
    [
        (new_output("stream", name="stdout", text="✓ one\n✓ two\n"), "1 claim"),
        (new_output("display_data", data={"image/png": "", "text/plain": ""}), "1 image/png, 1 text/plain"),
    ],
)
def test_a_cell_that_shows_less_than_it_has_stored_is_named(path, more, lost, capsys):
    store(path, "1", "print('✓ one')")
    notebook = read(path)
    notebook.cells[2].outputs = [more]
    path.write_text(serialise(notebook), encoding="utf-8")
    assert chapters.main([str(path)]) == 1
    assert f"Cell 1 (print('✓ one')) no longer shows {lost}; if you" in capsys.readouterr().out
    assert read(path).cells[2].outputs == [more]
    notebook.cells[2].outputs = []
    path.write_text(serialise(notebook), encoding="utf-8")
    assert chapters.main([str(path)]) == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda cell: cell.update(source="print(2)"),
        lambda cell: cell.update(execution_count=7),
        lambda cell: cell.outputs[0].update(text="2\n"),
    ],
)
def test_a_changed_cell_makes_the_chapter_due_and_prose_does_not(change):
    printed = new_output("stream", name="stdout", text="1\n")
    cell = new_code_cell("print(1)", execution_count=1, outputs=[printed])
    notebook = new_notebook(cells=[new_markdown_cell("# Small"), cell])
    notebook.metadata["gmixlib"] = {"made_from": chapters.digest(notebook, CHAPTER)}
    notebook.cells[0].source = "# Another title"
    assert chapters.is_current(notebook, CHAPTER)
    change(cell)
    assert not chapters.is_current(notebook, CHAPTER)


CHAPTER, SOLUTION = chapters.chapter_path("gibbs"), chapters.SOLUTIONS / "06_gibbs.ipynb"
LIBRARY = {
    "gmixlib/density.py": '''"""Densities."""


def two():
    """The number two."""
    return 1 + 1  # exactly
''',
    "gmixlib/exercises/gibbs.py": "RIGHT = 1\n",
    "gmixlib/exercises/_exercise.py": "SECONDS = 1\n",
    "gmixlib/exercises/advi.py": "RIGHT = 1\n",
    "gmixlib/grade/score.py": "POINTS = 1\n",
    "chapters/data/galaxies.csv": "9172\n",
    "requirements.txt": """# by uv
numpy[all]==2.1.0 ; python_version > '3' \\
    --hash=sha256:12
    # via scipy
-e .
""",
}


@pytest.mark.parametrize(
    ("file", "old", "new", "chapter_due", "solution_due"),
    [
        ("gmixlib/density.py", "1 + 1", "1 + 2", True, True),
        ("gmixlib/density.py", "The number two", "A number", False, False),
        ("gmixlib/density.py", "Densities", "Density", False, False),
        ("gmixlib/density.py", "  # exactly", "", False, False),
        ("gmixlib/exercises/gibbs.py", "1", "2", False, True),
        ("gmixlib/exercises/_exercise.py", "1", "2", False, True),
        ("gmixlib/exercises/advi.py", "1", "2", False, False),
        ("gmixlib/grade/score.py", "1", "2", False, False),
        ("chapters/data/galaxies.csv", "9172", "9173", True, True),
        ("requirements.txt", "2.1.0", "2.1.1", True, True),
        ("requirements.txt", "by uv", "by pip", False, False),
        ("requirements.txt", "sha256:12", "sha256:34", False, False),
    ],
)
def test_what_a_notebook_depends_on(tmp_path, file, old, new, chapter_due, solution_due):
    for name, text in LIBRARY.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    before = [list(chapters.shared_inputs(path, tmp_path)) for path in (CHAPTER, SOLUTION)]
    assert old in LIBRARY[file]
    (tmp_path / file).write_text(LIBRARY[file].replace(old, new), encoding="utf-8")
    after = [list(chapters.shared_inputs(path, tmp_path)) for path in (CHAPTER, SOLUTION)]
    assert [before[0] != after[0], before[1] != after[1]] == [chapter_due, solution_due]


def test_a_digest_depends_on_the_shared_inputs(monkeypatch):
    notebook = new_notebook()
    before = chapters.digest(notebook, CHAPTER)
    monkeypatch.setattr(chapters, "shared_inputs", lambda path: [b"another library"])
    assert chapters.digest(notebook, CHAPTER) != before


def test_a_file_saved_meanwhile_is_not_overwritten(path):
    path.write_text("edited", encoding="utf-8")
    with pytest.raises(chapters.CellFailure, match="saved by another program"):
        chapters.store(path, before="as read", after="as executed")
    assert path.read_text(encoding="utf-8") == "edited"


def test_the_cover_is_the_figure_that_the_chapter_stores():
    """Mend it with ``make chapters``."""
    assert chapters.COVER.read_bytes() == chapters.cover()
