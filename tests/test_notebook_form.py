"""The chapters keep the rules of form, and each rule catches a notebook that breaks it."""

import copy
import inspect
import json
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from functools import cached_property

import pytest
import yaml
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import gmixlib
import gmixlib.exercises
import gmixlib.priors
from book_rules import (
    Document,
    attributes,
    dead_links,
    entries,
    listed,
    missing_from_contents,
    prose,
    repeated_names,
    signatures,
    wrong_entries,
)
from notebook_rules import (
    IGNORED,
    RULES,
    Rule,
    describes_figures,
    describes_pictures,
    draws_from_seed,
    executed_in_order,
    figure_name,
    fits_the_page,
    has_known_tags,
    has_short_cells,
    has_sound_headings,
    links_to_documents,
    makes_enough_claims,
    noise_is_claimed,
    opens_with_setup,
    refers_to_figures,
    runs_anywhere,
    shows_only_results,
    stores_what_it_prints,
)
from notebooks import (
    EXERCISES,
    LARGEST_IMAGE,
    ROOT,
    chapter_paths,
    code_cells,
    normalised,
    read,
    serialised,
    solution_paths,
)

CHAPTERS = chapter_paths()
# Public in name, but only for the compiled samplers.
INTERNAL = {"gmixlib.priors.Prior.for_components"}
chapters = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


# --- the chapters ---------------------------------------------------------------------------------


def test_there_are_chapters():
    assert CHAPTERS  # the tests below would pass on none


@chapters
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_chapter_keeps_rule(path, rule):
    assert rule(read(path)) == []


@chapters
def test_chapter_is_stored_as_the_tool_stores_it(path):
    """No trace of an editor: `python tools/chapters.py` would change nothing."""
    assert path.read_text(encoding="utf-8") == serialised(normalised(read(path)))


def contents() -> dict:
    """The book's contents list."""
    return yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))


def test_every_chapter_is_in_the_contents():
    paths = [str(path.relative_to(ROOT).with_suffix("")) for path in CHAPTERS]
    assert missing_from_contents(paths, contents()) == []


def test_names_are_given_once_and_links_lead_somewhere():
    pages = [page for page in ROOT.glob("*.md") if page.stem in set(listed(contents()))]
    notebooks = *CHAPTERS, *EXERCISES.glob("*.ipynb"), *solution_paths()
    documents = [document(path) for path in (*notebooks, *pages)]
    bibliography = (ROOT / "references.bib").read_text(encoding="utf-8")
    cited = set(re.findall(r"^@\w+\{([^,\s]+),", bibliography, re.MULTILINE))
    assert repeated_names(documents) == []
    assert dead_links(documents, cited, api_targets(), ROOT) == []


def test_api_page_shows_every_public_name_once():
    assert wrong_entries(api_page(), public_names()) == []


def test_signatures_written_on_the_api_page_are_those_of_the_library():
    """Two that Python cannot show: of a class with a ``__new__`` of PyMC's, and with a default made anew."""
    plain = {}
    for cls in (gmixlib.CategoricalGibbs, gmixlib.priors.Prior):
        _, *parameters = inspect.signature(cls.__init__).parameters.values()
        bare = [parameter.replace(annotation=parameter.empty) for parameter in parameters]
        plain[cls.__name__] = str(inspect.Signature(bare)).replace("<factory>", "Dirichlet()")
    shown_only = {"Feedback": "()", "Progress": "()"}  # no reader makes one
    assert signatures(api_page()) == plain | shown_only


def test_every_code_cell_is_collected_by_nbval():
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "chapters"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    collected = set(listing.splitlines())
    expected = {
        f"chapters/{path.name}::Cell {number}"
        for path in CHAPTERS
        for number in range(len(code_cells(read(path))))
    }
    assert expected - collected == set()


def test_every_module_of_the_library_is_reached_by_its_public_names():
    """``import gmixlib``, its public names and its command load every module: none is left over."""
    program = """
import json, pkgutil, sys, gmixlib
import gmixlib.exercises, gmixlib.grade.__main__
public = [getattr(gmixlib, name) for name in gmixlib.__all__]
modules = [f"gmixlib.{module.name}" for module in pkgutil.iter_modules(gmixlib.__path__)]
print(json.dumps([name for name in modules if name not in sys.modules]))
"""
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(answer.stdout) == []


def api_page() -> str:
    """The text of the API page."""
    return (ROOT / "api.md").read_text(encoding="utf-8")


def public_names() -> set[str]:
    """The full names of what the library offers, with the methods and properties of its classes."""
    offered = {f"gmixlib.{name}": getattr(gmixlib, name) for name in set(gmixlib.__all__) - {"priors"}}
    offered |= {
        f"gmixlib.exercises.{name}": getattr(gmixlib.exercises, name) for name in gmixlib.exercises.__all__
    }
    for name, value in vars(gmixlib.priors).items():
        if inspect.isclass(value) and value.__module__ == gmixlib.priors.__name__:
            offered[f"gmixlib.priors.{name}"] = value
    members = {
        f"{full_name}.{name}"
        for full_name, value in offered.items()
        if inspect.isclass(value)
        for name, member in vars(value).items()
        if not name.startswith("_")
        and (inspect.isfunction(member) or isinstance(member, property | cached_property))
    }
    return {*offered, *members} - INTERNAL


def api_targets() -> set[str]:
    """What a link may lead to on the API page: what it shows, and the attributes in the docstrings."""
    shown = set(entries(api_page()))
    return shown | {
        f"gmixlib.{name}.{attribute}"
        for name in gmixlib.__all__
        for attribute in attributes(getattr(gmixlib, name).__doc__ or "")
    }


def document(path) -> Document:
    """A chapter or page of the book as the link rules see it."""
    place = str(path.relative_to(ROOT).with_suffix(""))
    if path.suffix == ".md":
        return Document(place, path.read_text(encoding="utf-8"))
    notebook = read(path)
    return Document(place, prose(notebook), tuple(filter(None, map(figure_name, code_cells(notebook)))))


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
    draw = """# a comment does not count
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
    return new_notebook(cells=cells)


SETUP, DRAW, CLAIM, FIGURE = range(4)


def test_sound_notebook_keeps_every_rule():
    assert {rule.__name__: rule(sound_notebook()) for rule in RULES if rule(sound_notebook())} == {}


def code(number: int, change: Callable[[NotebookNode], object]) -> Callable[[NotebookNode], object]:
    """A way to break a notebook: change one of its code cells."""
    return lambda notebook: change(code_cells(notebook)[number])


def source(number: int, old: str, new: str) -> Callable[[NotebookNode], object]:
    """A way to break a notebook: replace a piece of one code cell's source."""

    def change(cell: NotebookNode) -> None:
        assert old in cell.source
        cell.source = cell.source.replace(old, new)

    return code(number, change)


def shows(text: str, name: str = "stdout") -> Callable[[NotebookNode], object]:
    """A way to break a notebook: let the claims' cell show a text."""
    return code(CLAIM, lambda cell: cell.outputs.append(stream(text, name)))


def figure_key(section: str, key: str, value: str) -> Callable[[NotebookNode], object]:
    """A way to break a notebook: set one entry of the figure's description."""
    return code(FIGURE, lambda cell: cell.metadata.mystnb[section].update({key: value}))


def markdown(number: int, text: str) -> Callable[[NotebookNode], object]:
    """A way to break a notebook: replace the text of one markdown cell."""
    return lambda notebook: setattr(
        [c for c in notebook.cells if c.cell_type == "markdown"][number], "source", text
    )


# Each line: the rule, a way to break it, and a part of what it must then say.
BREAKS: list[tuple[Rule, Callable[[NotebookNode], object], str]] = [
    (executed_in_order, code(DRAW, lambda cell: cell.update(execution_count=None)), "Cell 1"),
    (executed_in_order, code(FIGURE, lambda cell: cell.update(execution_count=9)), "Cell 3"),
    (shows_only_results, shows("/usr/lib/x.py:2: hint", "stderr"), "Cell 2 (claim(): shows text on stderr"),
    (shows_only_results, shows("x.py:1: FutureWarning: old"), "a warning"),
    (shows_only_results, shows("/home/someone/x.csv"), "an absolute path"),
    (shows_only_results, shows("'/Users/someone/x.csv'"), "an absolute path"),
    (shows_only_results, shows("/root/x"), "an absolute path"),
    (shows_only_results, shows("(/tmp/x)"), "an absolute path"),
    (shows_only_results, shows("C:\\Users\\x"), "an absolute path"),
    (shows_only_results, shows("lib/site-packages/pymc"), "an absolute path"),
    (shows_only_results, shows("<Axes at 0x7f12ab34cd56>"), "an object's address"),
    (shows_only_results, shows("\x1b[31mred\x1b[0m"), "an ANSI escape code"),
    (shows_only_results, shows(" 10%|██        | 1/10"), "a progress bar"),
    (shows_only_results, shows("step 1\rstep 2"), "a progress bar"),
    (shows_only_results, shows("Sampling ━━━━╸ 30 draws/s"), "a progress bar"),
    (
        shows_only_results,
        code(CLAIM, lambda cell: cell.outputs.append(new_output("error", ename="ValueError", evalue="no"))),
        "an error: ValueError: no",
    ),
    (
        shows_only_results,
        code(
            DRAW,
            lambda cell: cell.outputs.append(
                new_output(
                    "display_data", data={"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
                )
            ),
        ),
        "a widget",
    ),
    (
        shows_only_results,
        code(FIGURE, lambda cell: cell.update(outputs=[picture(LARGEST_IMAGE + 3)])),
        "Cell 3 (def line(seed):): shows an image of 150 kB",
    ),
    (stores_what_it_prints, code(CLAIM, lambda cell: cell.update(outputs=[])), "Cell 2"),
    (noise_is_claimed, source(CLAIM, "claim(", "print("), "Cell 1"),
    (noise_is_claimed, code(CLAIM, lambda cell: cell.metadata.update(tags=[IGNORED])), "Cell 1"),
    (noise_is_claimed, code(FIGURE, lambda cell: cell.metadata.update(tags=[IGNORED])), "Cell 3"),
    (makes_enough_claims, code(CLAIM, lambda cell: cell.update(outputs=[stream("✓ one\n")])), "1 claims"),
    (has_known_tags, code(DRAW, lambda cell: cell.metadata.update(tags=["nbval-ignore-ouput"])), "Cell 1"),
    (has_known_tags, code(DRAW, lambda cell: cell.metadata.update(tags=["raises-exception"])), "Cell 1"),
    (
        has_known_tags,
        lambda notebook: notebook.cells[0].metadata.update(tags=["hide-celll"]),
        "markdown cell 0",
    ),
    (has_known_tags, source(CLAIM, "claim(", "# NBVAL_IGNORE_OUTPUT\nclaim("), "Cell 2"),
    (runs_anywhere, source(DRAW, "print(noise)", "open('/home/me/x.csv')"), "Cell 1"),
    (runs_anywhere, source(SETUP, "use_course_style()", "sys.path.append('..')"), "Cell 0"),
    (opens_with_setup, source(SETUP, "use_course_style()", "pass"), "Cell 0"),
    (opens_with_setup, source(SETUP, "SEED = 7", "SEED = 3 + 4"), "Cell 0"),
    (opens_with_setup, source(SETUP, "SEED = 7", "seed = 7"), "Cell 0"),
    (opens_with_setup, source(SETUP, "SEED = 7", "SEED = 7\nSEED = 8"), "Cell 0"),
    (opens_with_setup, source(DRAW, "print(noise)", "SEED = 8"), "Cell 1"),
    (opens_with_setup, source(DRAW, "print(noise)", "import scipy"), "Cell 1"),
    (
        opens_with_setup,
        code(SETUP, lambda cell: cell.update(source="use_course_style()\nSEED = 7")),
        "Cell 0 (use_course_style()): imports nothing",
    ),
    (opens_with_setup, lambda notebook: notebook.update(cells=notebook.cells[:1]), "no code cell"),
    (draws_from_seed, source(DRAW, "[SEED, 1]", "1"), "Cell 1"),
    (draws_from_seed, source(DRAW, "[SEED, 1]", ""), "Cell 1"),
    (draws_from_seed, source(DRAW, "rng.normal(size=3)", "np.random.normal(size=3)"), "Cell 1"),
    (draws_from_seed, source(DRAW, "print(noise)", "np.random.seed(1)"), "Cell 1"),
    (draws_from_seed, source(FIGURE, "random_seed=seed", ""), "Cell 3"),
    (draws_from_seed, source(FIGURE, "random_seed=seed", "random_seed=7"), "Cell 3"),
    (draws_from_seed, source(FIGURE, "pm.sample(random_seed=seed)", "pm.fit(1000)"), "Cell 3"),
    (draws_from_seed, source(FIGURE, "pm.sample(random_seed=seed)", "sample_gibbs(y, 2)"), "Cell 3"),
    (draws_from_seed, source(FIGURE, "pm.sample(random_seed=seed)", "approximation.sample(100)"), "Cell 3"),
    (has_short_cells, source(CLAIM, "    True,\n", "    True,\n" * 12), "Cell 2"),
    (
        has_short_cells,
        lambda notebook: [cell.update(source="x = 1") for cell in code_cells(notebook)],
        "the median code cell has 1 lines",
    ),
    (fits_the_page, source(CLAIM, "    True,\n", f"    {'True and ' * 9}True,\n"), "a line of 90 characters"),
    (describes_figures, code(FIGURE, lambda cell: cell.metadata.pop("mystnb")), "Cell 3"),
    (
        describes_figures,
        code(CLAIM, lambda cell: cell.metadata.update(mystnb={"image": {"alt": "x"}})),
        "Cell 2",
    ),
    (
        describes_figures,
        code(FIGURE, lambda cell: cell.outputs.append(picture())),
        "more than its one figure",
    ),
    (describes_figures, figure_key("figure", "name", "noise"), "'noise'"),
    (describes_figures, figure_key("figure", "name", "fig-Noise"), "'fig-Noise'"),
    (describes_figures, figure_key("figure", "caption", " "), "caption"),
    (describes_figures, figure_key("image", "alt", ""), "alt"),
    (describes_figures, figure_key("image", "alt", "What is *drawn*"), "repeats"),
    (refers_to_figures, markdown(0, "# A chapter\n\nSee `fig-noise`, and {ref}`noise`."), "fig-noise"),
    (links_to_documents, markdown(1, "## Noise\n\nAs in {doc}`02_b`."), "[its title](02_b.ipynb)"),
    (has_sound_headings, markdown(0, "## A chapter\n\nIt opens."), "does not start with a title"),
    (has_sound_headings, lambda notebook: notebook.cells.insert(0, notebook.cells.pop(1)), "does not start"),
    (has_sound_headings, markdown(1, "# Noise"), "a second title, 'Noise'"),
    (has_sound_headings, markdown(1, "### Noise"), "'Noise' skips a level"),
    (has_sound_headings, markdown(1, "## Empty\n\n## Noise"), "nothing stands under 'Empty'"),
    (
        has_sound_headings,
        lambda notebook: notebook.cells.append(new_markdown_cell("## End")),
        "nothing stands under 'End'",
    ),
    (has_sound_headings, markdown(1, "## A chapter"), "no anchor of its own"),
    (has_sound_headings, markdown(1, "## ?!"), "no anchor of its own"),
    (describes_pictures, markdown(1, "## Noise\n\n<img src='x.png'>"), "markdown cell 1"),
    (describes_pictures, markdown(1, "## Noise\n\n![](x.png)"), "markdown cell 1"),
    (
        describes_pictures,
        markdown(1, "## Noise\n\n```{figure} x.png\n:name: fig-x\nWords.\n```"),
        "markdown cell 1",
    ),
]


@pytest.mark.parametrize(
    ("rule", "break_it", "message"), BREAKS, ids=[f"{b[0].__name__}-{b[2]}" for b in BREAKS]
)
def test_rule_catches_its_breach(rule, break_it, message):
    notebook = sound_notebook()
    break_it(notebook)
    assert message in "; ".join(rule(notebook))


def test_every_rule_is_itself_tested():
    assert {rule for rule, _, _ in BREAKS} == set(RULES)


@pytest.mark.parametrize(
    "line",
    [
        "np.random.seed(12345); v = np.random.randint(0, 3, 500)",
        "old = np.random.RandomState(12345)",
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
    clean = normalised(sound_notebook())
    dirty = copy.deepcopy(clean)
    dirt(dirty)
    assert serialised(normalised(clean)) == serialised(clean)
    assert serialised(normalised(dirty)) != serialised(dirty)


def test_a_notebook_outside_the_contents_is_caught():
    contents = {
        "root": "intro",
        "parts": [{"chapters": [{"file": "chapters/01_a"}, {"file": "chapters/02_b.ipynb"}]}],
    }
    paths = ["intro", "chapters/01_a", "chapters/02_b", "chapters/03_c"]
    assert missing_from_contents(paths, contents) == ["chapters/03_c is not in _toc.yml"]


def test_a_name_given_twice_is_caught():
    one = Document("a", "(sum)=\n## Sum\n\n$$x$$ (eq-sum)", ("fig-x",))
    two = Document("b", "```{math}\n:label: eq-sum\nx\n```\n(Sum)=\n## S", ("fig-x", "fig-y"))
    said = "; ".join(repeated_names([one, two]))
    assert all(f"the name {name} is given 2 times" in said for name in ("sum", "eq-sum", "fig-x"))
    assert "fig-y" not in said


GLOSSARY = Document(
    "glossary",
    """# Glossary

```{glossary}
:sorted:

chain
  A sequence, each part of which
  follows from the one before.

Latent variable
  Not seen.
```

nothing
""",
)
API = """# API

```{eval-rst}
.. currentmodule:: gmixlib

.. autofunction:: near
.. autoclass:: TwoMeansPosterior
   :members: elbo, mode
.. py:data:: PALETTE

.. currentmodule:: gmixlib.priors

.. autoclass:: Prior(mu, w=Dirichlet())
   :members: draw
```
"""


@pytest.mark.parametrize(
    "link",
    [
        "{ref}`nothing`",
        "{ref}`words <nothing>`",
        "{numref}`Figure %s <fig-none>`",
        "{eq}`eq-none`",
        "{doc}`02_none`",
        "{cite:t}`known,unknown`",
        "{ref}`place` and {cite}`unknown`",
        "[words](#nothing)",
        "[words](02_none.ipynb)",
        "[words](02_none.md#part)",
        "{term}`nothing`",
        "{term}`chains <nothing>`",
        "{term}`A sequence`",
        "{py:func}`gmixlib.nothing`",
        "{py:func}`~gmixlib.nothing`",
        "{py:func}`near`",
        "{py:meth}`the bound <gmixlib.TwoMeansPosterior.nothing>`",
    ],
)
def test_a_dead_link_is_caught(link, tmp_path):
    documents = [Document("chapters/01_a", f"# A\n\n(place)=\nSee {link}."), GLOSSARY]
    assert len(dead_links(documents, {"known"}, set(entries(API)), tmp_path)) == 1


@pytest.mark.parametrize(
    "link",
    [
        "{ref}`place`",
        "{ref}`words <Place>`",
        "{numref}`Figure %s <fig-x>`",
        "{eq}`eq-sum`",
        "{doc}`02_b`",
        "{doc}`/intro`",
        "{cite}`known,other`",
        "[words](#place)",
        "[words](#a-title-here)",
        "[words](02_b.ipynb#place)",
        "[words](../LICENSE)",
        "[words](https://example.org/x)",
        "`x`{ref}`place` `{ref}` and `` {ref}`nothing` ``",
        "{ref}`place` and {cite}`known` and {ref}`a\nplace <place>`",
        "\n```python\nx[0](#nothing)\n```\n",
        "{term}`chain`",
        "{term}`Chains <Chain>`",
        "{term}`latent\nvariable`",
        "{py:func}`gmixlib.near` and {py:func}`~gmixlib.near`",
        "{py:class}`the posterior <gmixlib.TwoMeansPosterior>`",
        "{py:meth}`~gmixlib.TwoMeansPosterior.elbo`",
        "{py:class}`gmixlib.priors.Prior`",
        "`{py:func}` and `` {term}`nothing` ``",
    ],
)
def test_a_living_link_is_let_through(link, tmp_path):
    (tmp_path / "LICENSE").touch()
    here = Document("chapters/01_a", f"# A title, here\n\n(place)=\n## Place\n\nSee {link}.")
    others = [Document("chapters/02_b", "$$x$$ (eq-sum)", ("fig-x",)), Document("intro", "# Hello")]
    assert dead_links([here, *others, GLOSSARY], {"known", "other"}, set(entries(API)), tmp_path) == []


def test_the_api_page_is_read_as_sphinx_does():
    assert entries(API) == [
        "gmixlib.near",
        "gmixlib.TwoMeansPosterior",
        "gmixlib.TwoMeansPosterior.elbo",
        "gmixlib.TwoMeansPosterior.mode",
        "gmixlib.PALETTE",
        "gmixlib.priors.Prior",
        "gmixlib.priors.Prior.draw",
    ]
    assert signatures(API) == {"Prior": "(mu, w=Dirichlet())"}
    assert attributes(
        "Words.\n\n    Attributes\n    ----------\n    mean : float\n        x : no\n    sd : f\n\n    y : z"
    ) == [
        "mean",
        "sd",
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (".. autofunction:: near\n", "", "gmixlib.near is not on the API page"),
        ("elbo, mode", "elbo", "gmixlib.TwoMeansPosterior.mode is not on the API page"),
        (".. py:data:: PALETTE\n", "", "gmixlib.PALETTE is not on the API page"),
        (".. currentmodule:: gmixlib.priors\n", "", "gmixlib.priors.Prior is not on the API page"),
        (
            ".. autofunction:: near\n",
            ".. autofunction:: near\n" * 2,
            "gmixlib.near is on the API page 2 times",
        ),
        (
            ".. autofunction:: near\n",
            ".. autofunction:: near\n.. autofunction:: far\n",
            "gmixlib.far is on the API page and not public",
        ),
    ],
)
def test_a_wrong_api_page_is_caught(old, new, message):
    public = entries(API)
    assert old in API
    assert wrong_entries(API, public) == []
    assert message in wrong_entries(API.replace(old, new), public)
