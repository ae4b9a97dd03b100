"""The page with what each notebook took: its rows are kept, true and shown."""

import shutil
from pathlib import Path

import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import book
import chapters
import exercises
from execution import FILE, Row, figures, listed, load, record, table
from notebooks import ROOT, Run, checked, normalised, read, serialised

PAGES = listed(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
COUNTS = {page: checked(read(path)) for page in PAGES if (path := ROOT / f"{page}.ipynb").is_file()}


def faults(rows: dict[str, Row], counts: dict[str, int]) -> list[str]:
    """What is wrong with the rows of notebooks that check so much, in words."""
    return [
        *(f"{name} has no row" for name in counts.keys() - rows.keys()),
        *(f"{name} is not in the book" for name in rows.keys() - counts.keys()),
        *(
            f"{name} checks {counts[name]}, not {row.checked}"
            for name, row in rows.items()
            if counts.get(name, row.checked) != row.checked
        ),
        *(
            f"{name} took {row.seconds} s, {row.megabytes} MB"
            for name, row in rows.items()
            if not min(row[1:3]) > 0
        ),
    ]


def test_every_notebook_of_the_book_has_a_true_row():
    """Mend it with `make chapters` and `make exercises`."""
    rows = load(FILE)
    assert len(COUNTS) >= 30
    assert faults(rows, COUNTS) == []
    assert list(rows) == sorted(rows)


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ({}, "a has no row"),
        ({"a": Row("a", 1, 90, 4)}, "a checks 5, not 4"),
        ({"a": Row("a", 1, 90, 5), "b": Row("b", 1, 90, 5)}, "b is not in the book"),
        ({"a": Row("a", 0, 90, 5)}, "a took 0 s, 90 MB"),
    ],
)
def test_a_wrong_row_is_noticed(rows, fault):
    assert faults(rows, {"a": 5}) == [fault]


# --- the tools ------------------------------------------------------------------------------------


def write(path: Path, *sources: str, title: str = "Small", printed: str = "") -> Path:
    """Write a notebook with these code cells, the last of which stores what it printed."""
    notebook = new_notebook(cells=[new_markdown_cell(f"# {title}"), *map(new_code_cell, sources)])
    if printed:
        notebook.cells[-1].outputs = [new_output("stream", name="stdout", text=printed)]
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(serialised(normalised(notebook)), encoding="utf-8")
    return path


def test_claims_count_as_often_as_they_were_checked(tmp_path):
    source = "for i in range(3):\n    claim('It holds.', True)"
    assert checked(read(write(tmp_path / "a.ipynb", source, printed="✓ It holds.\n" * 3))) == 3


def test_checks_count_without_an_answer_and_progress_does_not(tmp_path):
    table = new_output("execute_result", data={"text/plain": "✓ log_sum_exp.mean correct"}, execution_count=2)
    notebook = new_notebook(
        cells=[
            new_code_cell('check("log_sum_exp.mean", f)'),
            new_code_cell('progress("log_sum_exp")', outputs=[table]),
        ]
    )
    assert checked(notebook) == 1


@pytest.fixture
def file(tmp_path, monkeypatch) -> Path:
    """The table of a book in a folder of its own, which the tools take for theirs."""
    file = tmp_path / "chapters" / "execution.csv"
    monkeypatch.setattr("execution.FILE", file)
    file.parent.mkdir()
    return file


def run(seconds: float, megabytes: float) -> Run:
    """An execution that took so much."""
    return Run(new_notebook(), seconds, round(megabytes * 1e6))


def test_an_execution_is_recorded_and_those_of_others_stay(file, tmp_path):
    write(file.parent / "02_other.ipynb", "1")
    path = write(file.parent / "01_small.ipynb", "print('✓ one')")
    gone, other = Row("chapters/00_gone", 3, 100, 3), Row("chapters/02_other", 9, 900, 9)
    file.write_text("\n".join(",".join(map(str, row)) for row in (Row._fields, gone, other)))
    assert chapters.main([str(path), str(write(tmp_path / "elsewhere.ipynb", "1"))]) == 0
    rows = load(file)
    assert list(rows) == ["chapters/01_small", "chapters/02_other"]
    assert rows["chapters/02_other"] == other
    small = rows["chapters/01_small"]
    assert (small.checked, small.seconds >= 1, small.megabytes % 10) == (1, True, 0)
    assert small.megabytes >= 20  # a Python process with IPython


def test_a_notebook_is_executed_for_want_of_a_row_and_an_unchanged_one_keeps_its_figures(
    file, monkeypatch, capsys
):
    path = write(file.parent / "01_small.ipynb", "print('✓ one')")
    monkeypatch.setattr(chapters, "chapter_paths", lambda: [path])
    assert chapters.main([]) == 0
    measured = load(file)["chapters/01_small"]
    file.write_text(file.read_text().replace(",1\n", ",7\n"))  # as a merge may leave it
    capsys.readouterr()
    assert chapters.main([]) == 0
    assert "unchanged" in capsys.readouterr().out
    assert load(file) == {"chapters/01_small": measured}
    file.unlink()
    assert chapters.main([]) == 0
    assert "unchanged" not in capsys.readouterr().out
    assert list(load(file)) == ["chapters/01_small"]


def test_a_failed_execution_leaves_the_rows_as_they_were(file):
    path = write(file.parent / "01_small.ipynb", "1 / 0")
    assert chapters.main([str(path)]) == 1
    assert exercises.measure(path)
    assert load(file) == {}


def test_exercises_are_measured_and_stay_without_outputs(file):
    path = write(file.parent / "exercises" / "01_small.ipynb", "print(1)", 'check = print\ncheck("1.a", 2)')
    before = path.read_text(encoding="utf-8")
    assert not exercises.measure(path)
    assert path.read_text(encoding="utf-8") == before
    assert list(load(file)) == ["chapters/exercises/01_small"]


@pytest.mark.parametrize(
    ("seconds", "megabytes", "kept"),
    [
        (10.4, 404, (10, 400)),
        (11.6, 476, (10, 400)),
        (12.6, 486, (13, 490)),
        (7.4, 400, (7, 400)),
    ],
)
def test_only_a_figure_that_differs_by_a_fifth_changes(seconds, megabytes, kept):
    assert figures(run(seconds, megabytes), Row("a", 10, 400, 1)) == kept


def test_a_short_execution_takes_a_second():
    assert figures(run(0.2, 61), None) == (1, 60)
    assert figures(run(2.2, 61), Row("a", 1, 60, 1)) == (1, 60)


def test_a_second_record_changes_no_byte(file):
    path = write(file.parent / "01_small.ipynb", "1")
    record(path, run(3, 200))
    first = file.read_bytes()
    record(path, run(3.4, 209))
    assert file.read_bytes() == first


# --- the page -------------------------------------------------------------------------------------

ROWS = {row.notebook: row for row in (Row("a/1", 70, 300, 5), Row("a/2", 30, 400, 6), Row("b/1", 9, 900, 6))}


def test_rows_stand_in_the_order_of_the_book_and_are_summed():
    contents = {"root": "intro", "chapters": [{"file": "a/2", "sections": [{"file": "a/1"}]}]}
    *_, first, second, total = table(ROWS, contents).splitlines()
    assert first == "| {doc}`/a/2` | 30 | 400 | 6 |"
    assert second.startswith("| {doc}`/a/1`")
    assert total.endswith("| 100 | 400 | 11 |")


def test_page_links_to_the_notebooks_of_the_build(file, tmp_path):
    """A book without solutions has no row of theirs."""
    for name in ("_config.yml", "execution.md"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "_static", tmp_path / "_static")
    (tmp_path / "references.bib").touch()
    names = ["chapters/01_small", "chapters/solutions/01_small"]
    for name in names:
        record(write(tmp_path / f"{name}.ipynb", "1", title=f"Title of {name}"), run(1234, 5670))
    (tmp_path / "intro.md").write_text("# Title\n")
    pages = ["execution", *names]
    (tmp_path / "descriptions.yml").write_text("".join(f"{page}: A page.\n" for page in ["intro", *pages]))
    parts = [{"chapters": [{"file": page}]} for page in pages]
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump({"format": "jb-book", "root": "intro", "parts": parts}))
    assert book.build(tmp_path, solutions=False) == 0
    html = (tmp_path / "_build" / "html" / "execution.html").read_text(encoding="utf-8")
    article = html[html.index("<article") : html.index("</article>")]
    assert 'href="chapters/01_small.html"' in article
    assert "Title of chapters/01_small" in article
    assert "1234" in article
    assert "solutions/01_small" not in html
