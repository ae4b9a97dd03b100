"""Every chapter runs, and every claim in it holds, for other values of ``SEED`` than the one stored."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools.chapters import OTHER_SEED
from tools.execution import CellFailure, execute
from tools.notebooks import chapter_paths, code_cells, read, slug, with_seed

# Any will do, as long as they stay. `make chapters` has tried the first.
OTHER_SEEDS = (OTHER_SEED, 20_260, 3, 77_777, 424_242, 8, 5_150, 99, 1_234_567, 61)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """As many other seeds as ``--other-seeds`` asks for."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", OTHER_SEEDS[: metafunc.config.getoption("--other-seeds")])


@pytest.mark.slow
@pytest.mark.parametrize("path", chapter_paths(), ids=slug)
def test_claims_hold_with_another_seed(path, seed, record_property):
    name = f"{slug(path)} with SEED = {seed}"
    try:
        execution = execute(with_seed(read(path), seed), path.parent)
    except CellFailure as failure:
        pytest.fail(f"{name}: {failure}", pytrace=False)
    record_property("chapter", f"{name}: {execution.cost}")


def test_the_seed_line_is_rewritten_and_nothing_else():
    notebook = new_notebook(cells=[new_code_cell("import math\n\nSEED = 7\nx = SEED"), new_code_cell("SEED")])
    changed = with_seed(notebook, 8)
    assert code_cells(changed)[0].source == "import math\n\nSEED = 8\nx = SEED"
    assert code_cells(notebook)[0].source.count("SEED = 7") == 1


@pytest.mark.parametrize("source", ["seed = 7", "SEED = 3 + 4", "SEED = 7\nSEED = 7"])
def test_a_chapter_without_a_seed_line_fails(source):
    with pytest.raises(ValueError, match="SEED = <integer>; it must have 1"):
        with_seed(new_notebook(cells=[new_code_cell(source)]), 8)


def test_a_claim_that_holds_for_one_seed_only_is_named(tmp_path):
    notebook = new_notebook(cells=[new_code_cell("SEED = 7"), new_code_cell("assert SEED == 7, 'luck'")])
    execute(notebook, tmp_path)
    with pytest.raises(CellFailure, match=r"(?s)Cell 1 \(assert SEED == 7.*AssertionError: luck"):
        execute(with_seed(notebook, OTHER_SEEDS[0]), tmp_path)
