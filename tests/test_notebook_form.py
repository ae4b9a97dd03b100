"""The notebooks keep the rules of form, and each rule catches a notebook that breaks it."""

from base64 import b64encode
from collections.abc import Callable
from copy import deepcopy

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from notebook_rules import FOR_CHAPTERS, FOR_EXERCISES, FOR_SOLUTIONS, IGNORED, draws_from_seed
from tools.notebooks import (
    LARGEST_IMAGE,
    ROOT,
    chapter_paths,
    code_cells,
    exercise_paths,
    normalise,
    read,
    serialise,
    solution_paths,
)

RULES = {rule.__name__: rule for rule in FOR_CHAPTERS}  # the other sets are parts of it
Break = Callable[[NotebookNode], object]

RULES_FOR = dict.fromkeys(chapter_paths(), FOR_CHAPTERS)
RULES_FOR |= dict.fromkeys(solution_paths(), FOR_SOLUTIONS)
RULES_FOR |= dict.fromkeys(exercise_paths(), FOR_EXERCISES)


def test_there_are_notebooks():
    assert len(RULES_FOR) >= 30  # on none the tests below would pass


def name(path) -> str:
    """A notebook in the name of a test."""
    return str(path.relative_to(ROOT / "chapters"))


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        pytest.param(path, rule, id=f"{name(path)}-{rule.__name__}")
        for path in RULES_FOR
        for rule in RULES_FOR[path]
    ],
)
def test_notebook_keeps_rule(path, rule):
    assert rule(read(path)) == []


@pytest.mark.parametrize("path", RULES_FOR, ids=name)
def test_notebook_is_stored_as_the_tools_store_it(path):
    """No trace of an editor: ``make chapters`` and ``make exercises`` would change nothing."""
    is_stored_so = path.read_text(encoding="utf-8") == serialise(normalise(read(path)))
    assert is_stored_so, "run `make chapters` or `make exercises`: an editor has added something"


# --- the rules themselves -------------------------------------------------------------------------


def stream(text: str, name: str = "stdout") -> NotebookNode:
    return new_output("stream", name=name, text=text)


def picture(size: int = 3) -> NotebookNode:
    png = b64encode(bytes(size)).decode()
    return new_output(
        "display_data", data={"image/png": png, "text/plain": "<Figure size 600x350 with 1 Axes>"}
    )


def sound_notebook() -> NotebookNode:
    """A chapter in small that keeps every rule; each test below breaks one thing in it."""
    setup = """import numpy as np
from gmixlib import claim, use_course_style

use_course_style()
SEED = 7"""
    draw = """\
rng = np.random.default_rng([SEED, 1])
noise = rng.normal(size=3)
print(noise)"""
    plot = """def line(seed):
    return pm.sample(random_seed=seed)

plot(line(SEED))"""
    claims = "".join(f"✓ claim {number}\n" for number in range(5))
    shown = {
        "figure": {"name": "fig-noise", "caption": "What is drawn."},
        "image": {"alt": "A line that falls."},
    }
    cells = [
        new_markdown_cell("(noise)=\n# A chapter\n\nIt opens with {numref}`fig-noise`."),
        new_code_cell(setup, execution_count=1),
        new_markdown_cell("## Noise"),
        new_code_cell(
            draw, execution_count=2, outputs=[stream("[1. 2. 3.]\n")], metadata={"tags": [IGNORED]}
        ),
        new_code_cell(
            "claim(\n    'five of them',\n    True,\n)", execution_count=3, outputs=[stream(claims)]
        ),
        new_markdown_cell("### A figure\n\n```python\n# not a heading\n```"),
        new_code_cell(plot, execution_count=4, outputs=[picture()], metadata={"mystnb": shown}),
    ]
    return new_notebook(cells=cells, metadata={"gmixlib": {"seconds": 5, "megabytes": 320}})


SETUP, DRAW, CLAIM, FIGURE = range(4)
WIDGET = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}


def test_sound_notebook_keeps_every_rule():
    assert {name: rule(sound_notebook()) for name, rule in RULES.items() if rule(sound_notebook())} == {}


def code(number: int, change: Callable[[NotebookNode], object]) -> Break:
    """A way to break a notebook: change one of its code cells."""
    return lambda notebook: change(code_cells(notebook)[number])


def source(number: int, old: str, new: str) -> Break:
    """A way to break a notebook: replace a piece of one code cell's source."""

    def change(cell: NotebookNode) -> None:
        assert old in cell.source
        cell.source = cell.source.replace(old, new)

    return code(number, change)


def adds(output: NotebookNode) -> Break:
    """A way to break a notebook: let the claims' cell show something more."""
    return code(CLAIM, lambda cell: cell.outputs.append(output))


def tags(number: int, tag: str) -> Break:
    """A way to break a notebook: give a code cell this tag alone."""
    return code(number, lambda cell: cell.metadata.update(tags=[tag]))


def figure_key(section: str, key: str, value: str) -> Break:
    """A way to break a notebook: set one entry of the figure's description."""
    return code(FIGURE, lambda cell: cell.metadata.mystnb[section].update({key: value}))


def markdown(number: int, text: str) -> Break:
    """A way to break a notebook: replace the text of one markdown cell."""
    return lambda notebook: setattr(
        [c for c in notebook.cells if c.cell_type == "markdown"][number], "source", text
    )


# By rule: ways to break it, each with a part of what the rule must then say.
BREAKS: dict[str, list[tuple[Break, str]]] = {
    "stores_what_it_took": [
        (lambda notebook: notebook.metadata.gmixlib.pop("seconds"), "no seconds"),
        (lambda notebook: notebook.metadata.gmixlib.update(megabytes=0), "no megabytes"),
        (lambda notebook: notebook.metadata.pop("gmixlib"), "no seconds"),
    ],
    "executed_in_order": [
        (code(DRAW, lambda cell: cell.update(execution_count=None)), "Cell 1"),
        (code(FIGURE, lambda cell: cell.update(execution_count=9)), "Cell 3"),
    ],
    "shows_only_results": [
        (adds(stream("x.py:2: hint", name="stderr")), "Cell 2 (claim(): shows text on stderr"),
        (adds(stream("x.py:1: FutureWarning: old")), "a warning"),
        (adds(stream("/home/someone/x.csv")), "an absolute path"),
        (adds(stream("'/Users/someone/x.csv'")), "an absolute path"),
        (adds(stream("/root/x")), "an absolute path"),
        (adds(stream("(/tmp/x)")), "an absolute path"),
        (adds(stream("C:\\Users\\x")), "an absolute path"),
        (adds(stream("lib/site-packages/pymc")), "an absolute path"),
        (adds(stream("<Axes at 0x7f12ab34cd56>")), "an object's address"),
        (adds(stream("\x1b[31mred\x1b[0m")), "an ANSI escape code"),
        (adds(stream(" 10%|██        | 1/10")), "a progress bar"),
        (adds(stream("step 1\rstep 2")), "a progress bar"),
        (adds(stream("Sampling ━━━━╸ 30 draws/s")), "a progress bar"),
        (adds(stream("as {term}`chain` says")), "a role as it was written"),
        (adds(new_output("error", ename="ValueError", evalue="no")), "an error: ValueError: no"),
        (adds(new_output("display_data", data=WIDGET)), "a widget"),
        (adds(picture(LARGEST_IMAGE + 3)), "an image of 150 kB"),
    ],
    "claims_after_noise": [
        (source(CLAIM, "claim(", "print("), "Cell 1"),
        (tags(CLAIM, IGNORED), "Cell 1"),
        (tags(FIGURE, IGNORED), "Cell 3"),
    ],
    "claims_stand_alone": [
        (adds(picture()), "Cell 2"),
        (adds(stream("three\n")), "Cell 2"),
    ],
    "makes_enough_claims": [
        (code(CLAIM, lambda cell: cell.update(outputs=[stream("✓ one\n")])), "1 claims"),
    ],
    "has_known_tags": [
        (tags(DRAW, "nbval-ignore-ouput"), "Cell 1"),
        (tags(DRAW, "raises-exception"), "Cell 1"),
        (lambda notebook: notebook.cells[0].metadata.update(tags=["hide-celll"]), "markdown cell 0"),
        (source(CLAIM, "claim(", "# NBVAL_IGNORE_OUTPUT\nclaim("), "Cell 2"),
    ],
    "runs_anywhere": [
        (source(DRAW, "print(noise)", "open('/home/me/x.csv')"), "Cell 1"),
        (source(SETUP, "use_course_style()", "sys.path.append('..')"), "Cell 0"),
    ],
    "opens_with_setup": [
        (source(SETUP, "use_course_style()", "pass"), "Cell 0"),
        (source(SETUP, "SEED = 7", "SEED = 3 + 4"), "Cell 0"),
        (source(SETUP, "SEED = 7", "seed = 7"), "Cell 0"),
        (source(SETUP, "SEED = 7", "SEED = 7\nSEED = 8"), "Cell 0"),
        (source(DRAW, "print(noise)", "SEED = 8"), "Cell 1"),
        (source(DRAW, "print(noise)", "import scipy"), "Cell 1"),
        (lambda notebook: notebook.update(cells=notebook.cells[:1]), "no code cell"),
    ],
    "draws_from_seed": [
        (source(DRAW, "[SEED, 1]", "1"), "Cell 1"),
        (source(DRAW, "[SEED, 1]", ""), "Cell 1"),
        (source(DRAW, "default_rng([SEED, 1])", "RandomState(1)"), "Cell 1"),
        (source(FIGURE, "random_seed=seed", ""), "Cell 3"),
        (source(FIGURE, "random_seed=seed", "random_seed=7"), "Cell 3"),
        (source(FIGURE, "pm.sample(random_seed=seed)", "pm.fit(1000)"), "Cell 3"),
        (source(FIGURE, "pm.sample(random_seed=seed)", "sample_gibbs(y, 2)"), "Cell 3"),
        (source(FIGURE, "pm.sample(random_seed=seed)", "approximation.sample(100)"), "Cell 3"),
    ],
    "describes_figures": [
        (code(FIGURE, lambda cell: cell.metadata.pop("mystnb")), "Cell 3"),
        (code(CLAIM, lambda cell: cell.metadata.update(mystnb={"image": {"alt": "x"}})), "Cell 2"),
        (code(FIGURE, lambda cell: cell.outputs.append(picture())), "more than its one figure"),
        (figure_key("figure", "name", "noise"), "'noise'"),
        (figure_key("figure", "name", "fig-Noise"), "'fig-Noise'"),
        (figure_key("figure", "caption", " "), "caption"),
        (figure_key("image", "alt", ""), "alt"),
        (figure_key("image", "alt", "What is *drawn*"), "repeats"),
    ],
    "refers_to_figures": [
        (markdown(0, "# A chapter\n\nSee `fig-noise`, and {ref}`noise`."), "fig-noise"),
    ],
    "links_to_documents": [
        (markdown(1, "## Noise\n\nAs in {doc}`02_b`."), "[its title](02_b.ipynb)"),
    ],
    "has_sound_headings": [
        (markdown(0, "## A chapter\n\nIt opens."), "does not start with a title"),
        (lambda notebook: notebook.cells.insert(0, notebook.cells.pop(1)), "does not start"),
        (markdown(1, "# Noise"), "a second title, 'Noise'"),
        (markdown(1, "## Empty\n\n## Noise"), "nothing stands under 'Empty'"),
        (lambda notebook: notebook.cells.append(new_markdown_cell("## End")), "nothing stands under 'End'"),
        (markdown(1, "## A chapter"), "no anchor of its own"),
        (markdown(1, "## ?!"), "no anchor of its own"),
    ],
    "describes_pictures": [
        (markdown(1, "## Noise\n\n<img src='x.png'>"), "an HTML picture"),
        (markdown(1, "## Noise\n\n![](x.png)"), "without alt text"),
        (markdown(1, "```{figure} x.png\n:name: fig-x\nWords.\n```"), "without :alt:"),
    ],
}


def test_every_rule_is_itself_tested():
    assert BREAKS.keys() == RULES.keys()


@pytest.mark.parametrize(
    ("name", "break_it", "message"),
    [(name, *line) for name, lines in BREAKS.items() for line in lines],
)
def test_rule_catches_its_breach(name, break_it, message):
    notebook = sound_notebook()
    break_it(notebook)
    assert message in "; ".join(RULES[name](notebook))


@pytest.mark.parametrize(
    "line",
    [
        "seeds = np.random.SeedSequence(SEED).spawn(2); pm.sample(random_seed=seeds[0])",
        "settings = dict(draws=9, random_seed=SEED); pm.sample(**settings)",
        "[pm.sample(random_seed=s) for s in range(SEED, SEED + 3)]",
        "approximation.fit(1000)",
        "rng = np.random.default_rng(seed=SEED); pm.draw(x, random_seed=rng)",
        "%time pm.sample(random_seed=SEED)",
    ],
)
def test_seeded_randomness_is_allowed(line):
    notebook = sound_notebook()
    code_cells(notebook)[DRAW].source = line
    assert draws_from_seed(notebook) == []


@pytest.mark.parametrize(
    "dirt",
    [
        lambda notebook: notebook.metadata.update(widgets={}),
        lambda notebook: notebook.metadata["language_info"].update(version="3.12.1"),
        lambda notebook: notebook.cells[1].metadata.update(collapsed=True),
        lambda notebook: notebook.cells[1].metadata.update(execution={"iopub.execute_input": "2026-01-01"}),
        lambda notebook: notebook.cells[4].outputs.append(stream("more")),
        lambda notebook: notebook.cells[1].metadata.update(tags=[]),
    ],
)
def test_dirt_of_an_editor_is_seen(dirt):
    clean = normalise(sound_notebook())
    dirty = deepcopy(clean)
    dirt(dirty)
    assert serialise(normalise(clean)) == serialise(clean)
    assert serialise(normalise(dirty)) != serialise(dirty)


def test_what_the_book_reads_in_the_metadata_is_kept():
    notebook = sound_notebook()
    notebook.metadata["description"] = "What the page is about."
    kept = normalise(notebook).metadata
    assert kept["description"] == "What the page is about."
    assert kept["gmixlib"] == {"seconds": 5, "megabytes": 320}
