"""``tools/chapters.py`` stores clean outputs, the same each time, or leaves the file as it was."""

from base64 import b64decode

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import chapters
from notebooks import COVER, code_cells, cover, images, read, serialised

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


def test_a_second_run_changes_no_byte_pictures_included(path, monkeypatch, capsys):
    """The kernel starts in the notebook's folder, wherever the tool is called."""
    store(path, "import os\n\nprint('✓ one', flush=True)\nprint(os.path.basename(os.getcwd()))", PLOT)
    assert chapters.main([str(path)]) == 0
    first = path.read_text(encoding="utf-8")
    monkeypatch.chdir(path.parent)
    assert chapters.main([path.name]) == 0
    assert path.read_text(encoding="utf-8") == first
    cells = code_cells(read(path))
    assert [cell.execution_count for cell in cells] == [1, 2]
    assert [output.text for output in cells[0].outputs] == [f"✓ one\n{path.parent.name}\n"]
    assert b"matplotlib" not in b64decode(images(cells[1])[0])  # a new version alone changes no picture
    assert "1 claims" in capsys.readouterr().out


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


def test_a_cell_over_time_is_named(path):
    store(path, "import time\n\ntime.sleep(20)")
    with pytest.raises(chapters.CellFailure, match=r"Cell 0 \(import time\)"):
        chapters.execute(read(path), path.parent, timeout=1)


@pytest.mark.parametrize(
    "change",
    [
        lambda cell: cell.update(source="print(2)"),
        lambda cell: cell.update(execution_count=7),
        lambda cell: cell.outputs[0].update(text="2\n"),
    ],
)
def test_a_changed_cell_makes_the_chapter_due(path, change):
    store(path, "print(1)")
    assert chapters.main([str(path)]) == 0
    notebook = read(path)
    assert chapters.is_current(notebook)
    change(code_cells(notebook)[0])
    assert not chapters.is_current(notebook)


def test_a_changed_library_or_lock_makes_the_chapter_due_and_prose_does_not(path, monkeypatch):
    store(path, "print(1)")
    assert chapters.main([str(path)]) == 0
    notebook = read(path)
    notebook.cells[0].source = "# Another title"
    assert chapters.is_current(notebook)
    inputs = chapters.shared_inputs()
    assert {"claims.py", "requirements.txt"} <= {file.name for file in inputs}
    monkeypatch.setattr(chapters, "shared_inputs", lambda folder: inputs[1:])
    assert not chapters.is_current(notebook)


def test_only_due_chapters_run_and_the_others_are_cleaned(path, monkeypatch, capsys):
    store(path, "print(1)")
    monkeypatch.setattr(chapters, "chapter_paths", lambda: [path])
    assert chapters.main([]) == 0
    clean = path.read_text(encoding="utf-8")
    notebook = read(path)
    notebook.metadata["widgets"] = {}
    path.write_text(serialised(notebook), encoding="utf-8")
    capsys.readouterr()
    assert chapters.main([]) == 0
    assert "unchanged" in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == clean
    assert chapters.main(["--all"]) == 0
    assert "unchanged" not in capsys.readouterr().out


def test_a_file_saved_meanwhile_is_not_overwritten(path):
    path.write_text("edited", encoding="utf-8")
    with pytest.raises(chapters.CellFailure, match="saved by another program"):
        chapters.store(path, before="as read", after="as executed")
    assert path.read_text(encoding="utf-8") == "edited"


def test_the_cover_is_the_figure_that_the_chapter_stores():
    """Mend it with `make chapters`."""
    assert COVER.read_bytes() == cover()
