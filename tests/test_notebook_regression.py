"""The settings in pyproject.toml under which nbval catches a wrong number in a chapter."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tools.execution import CELL_TIMEOUT
from tools.notebooks import ROOT, serialise


def test_every_notebook_is_run_with_a_time_limit(pytestconfig):
    assert "chapters" in pytestconfig.getini("testpaths")
    assert pytestconfig.getoption("nbval")
    assert pytestconfig.getoption("nbval_cell_timeout") == CELL_TIMEOUT


def outcomes_of(cells, folder) -> list[str]:
    """What the tests make of each cell of a notebook, under the settings of the chapters."""
    (folder / "small.ipynb").write_text(serialise(new_notebook(cells=cells)), encoding="utf-8")
    outcomes = {}

    class Record:
        @staticmethod
        def pytest_runtest_logreport(report):
            if report.when == "call":
                outcomes[report.nodeid] = report.outcome

    settings = ["-c", str(ROOT / "pyproject.toml"), f"--rootdir={folder}", "-p", "no:cacheprovider"]
    pytest.main([*settings, str(folder)], plugins=[Record()])
    return [outcomes[f"small.ipynb::Cell {i}"] for i in range(len(cells))]


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
    assert outcomes_of(cells, tmp_path) == ["passed", "failed", "passed", "failed", "failed"]


STORED = {
    "✓ One half is 0.5 · 0.5, expected the same within 0.1\n✓ Two is two.\n7 · 8\n": "passed",
    "✓ One half is 0.5 · 0.4999, expected 0.5 within 0.1\n✓ Two is two.\n7 · 8\n": "passed",
    "✓ One half is 0.6 · 0.5, expected the same within 0.1\n✓ Two is two.\n7 · 8\n": "failed",  # the sentence
    "✓ One half is 0.5 · 0.5, expected the same within 0.1\n✓ Two is 2.\n7 · 8\n": "failed",  # without evidence
    "One half is 0.5 · 0.5, expected the same within 0.1\n✓ Two is two.\n7 · 8\n": "failed",  # no tick
    "✓ One half is 0.5 · 0.5, expected the same within 0.1\n7 · 8\n": "failed",  # a claim is gone
    "✓ One half is 0.5 · 0.5, expected the same within 0.1\n✓ Two is two.\n7 · 9\n": "failed",  # no claim
}


def test_the_evidence_of_a_claim_is_noise_and_nothing_else_is(tmp_path):
    code = "from gmixlib import claim, near\nclaim('One half is 0.5.', near(0.5, 0.5, 0.1))\nclaim('Two is two.', True)\nprint('7 · 8')"
    cells = [
        new_code_cell(code, execution_count=1, outputs=[new_output("stream", name="stdout", text=text)])
        for text in STORED
    ]
    assert outcomes_of(cells, tmp_path) == list(STORED.values())
