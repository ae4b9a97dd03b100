"""The settings in pyproject.toml under which nbval catches a wrong number in a chapter."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tools.execution import CELL_TIMEOUT
from tools.notebooks import ROOT, serialise


def test_every_notebook_is_run_with_a_time_limit(pytestconfig):
    assert "chapters" in pytestconfig.getini("testpaths")
    assert pytestconfig.getoption("nbval")
    assert pytestconfig.getoption("nbval_cell_timeout") == CELL_TIMEOUT


def test_one_changed_digit_turns_its_cell_red_and_no_other(tmp_path):
    """A printed number and a shown one, each stored right and with a digit changed, and one that is not stored."""

    def printed(text: str):
        output = new_output("stream", name="stdout", text=text)
        return new_code_cell("print(1 / 8)", execution_count=1, outputs=[output])

    def shown(text: str):
        output = new_output("execute_result", data={"text/plain": text}, execution_count=1)
        return new_code_cell("1 / 8", execution_count=1, outputs=[output])

    missing = new_code_cell("print(1 / 8)", execution_count=1)
    cells = [printed("0.125\n"), printed("0.126\n"), shown("0.125"), shown("0.126"), missing]
    (tmp_path / "small.ipynb").write_text(serialise(new_notebook(cells=cells)), encoding="utf-8")
    outcomes = {}

    class Record:
        @staticmethod
        def pytest_runtest_logreport(report):
            if report.when == "call":
                outcomes[report.nodeid] = report.outcome

    settings = ["-c", str(ROOT / "pyproject.toml"), f"--rootdir={tmp_path}", "-p", "no:cacheprovider"]
    pytest.main([*settings, str(tmp_path)], plugins=[Record()])
    expected = ["passed", "failed", "passed", "failed", "failed"]
    assert outcomes == {f"small.ipynb::Cell {i}": outcome for i, outcome in enumerate(expected)}
