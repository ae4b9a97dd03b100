"""What an execution takes is measured, and rounded so that two executions leave the same figures."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tools import exercises
from tools.execution import CellFailure, Execution, execute
from tools.notebooks import count_checks, read, serialise


def execution(seconds: float, megabytes: float) -> Execution:
    """An execution that took so much."""
    return Execution(new_notebook(), seconds, round(megabytes * 1e6))


def test_an_execution_is_measured(tmp_path):
    source = "import time\n\nx = b'x' * 300_000_000\ntime.sleep(1)"
    figures = execute(new_notebook(cells=[new_code_cell(source)]), tmp_path).figures({})
    assert figures["seconds"] >= 1
    assert figures["megabytes"] >= 300


def test_a_cell_over_time_is_named(tmp_path):
    notebook = new_notebook(cells=[new_code_cell("import time\n\ntime.sleep(20)")])
    with pytest.raises(CellFailure, match=r"Cell 0 \(import time\)"):
        execute(notebook, tmp_path, timeout=1)


def test_exercises_are_measured_and_stay_without_outputs(tmp_path):
    path = tmp_path / "small.ipynb"
    stub = new_notebook(cells=[new_code_cell("print(1)")], metadata={"gmixlib": {"exercises": "gibbs"}})
    path.write_text(serialise(stub), encoding="utf-8")
    assert not exercises.measure(path)
    measured = read(path)
    assert measured.cells == stub.cells
    assert measured.metadata["gmixlib"].keys() == {"exercises", "seconds", "megabytes"}


@pytest.mark.parametrize(
    ("seconds", "megabytes", "kept"),
    [(10.4, 404, (10, 400)), (11.6, 476, (10, 400)), (12.6, 486, (13, 490)), (7.4, 400, (7, 400))],
)
def test_only_a_figure_that_differs_by_a_fifth_changes(seconds, megabytes, kept):
    before = {"made_from": "0123", "seconds": 10, "megabytes": 400}
    assert execution(seconds, megabytes).figures(before) == {"seconds": kept[0], "megabytes": kept[1]}


def test_a_short_execution_takes_a_second():
    assert execution(0.2, 61).figures({}) == {"seconds": 1, "megabytes": 60}
    assert execution(2.2, 61).figures({"seconds": 1, "megabytes": 60})["seconds"] == 1


def test_claims_count_where_they_were_printed_and_checks_where_they_stand():
    claims = new_output("stream", name="stdout", text="✓ It holds.\n" * 3)
    table = new_output("execute_result", data={"text/plain": "✓ correct"}, execution_count=3)
    cells = [
        new_code_cell("for i in range(3):\n    claim('It holds.', True)", outputs=[claims]),
        new_code_cell('check("log_sum_exp.mean", mean)'),
        new_code_cell("progress()", outputs=[table]),
    ]
    assert count_checks(new_notebook(cells=cells)) == 3 + 1
