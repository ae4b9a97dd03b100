"""The form of a chapter: each rule takes a notebook and returns its violations, each naming the cell.

``RULES`` is the list of them; what concerns several documents at once is in ``book_rules``.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from statistics import median

from markdown_it import MarkdownIt
from nbformat import NotebookNode

from book_rules import LABEL, prose, references, slug
from notebooks import (
    SEED_LINE,
    TEXT_FAULTS,
    cell_name,
    code_cells,
    figure_name,
    images,
    output_faults,
    output_texts,
    printed_claims,
)

Rule = Callable[[NotebookNode], list[str]]

IGNORED = "nbval-ignore-output"
# The build and nbval pass over a tag they do not know, so a misspelt one would do nothing in silence.
ALLOWED_TAGS = {IGNORED, "hide-input", "hide-cell"}
MARKER_COMMENT = re.compile(r"^\s*#\s*(NBVAL_|PYTEST_VALIDATE_)", re.MULTILINE)
FEWEST_CLAIMS = 5
LONGEST_CELL = 12  # lines, for nine cells in ten
WIDEST_LINE = 88  # characters, what the column of a page shows without scrolling
MEDIAN_LINES = (3, 5)
FIGURE_NAME = re.compile(r"fig-[a-z0-9]+(-[a-z0-9]+)*")

# Seed B's data set is the one thing drawn by numpy's old generator, from the seed that its author used.
SEED_B = 12345
GENERATOR_API = {"default_rng", "Generator", "SeedSequence", "PCG64", "Philox"}
SEEDED_BY_KEYWORD = {
    "ADVI",
    "FullRankADVI",
    "draw",
    "log_evidence",
    "rvs",
    "sample",
    "sample_gibbs",
    "sample_posterior_predictive",
    "sample_prior_predictive",
    "sample_smc",
}
SEED_KEYWORDS = {"random_seed", "random_state", "rng"}


# --- execution and outputs ------------------------------------------------------------------------


def executed_in_order(notebook: NotebookNode) -> list[str]:
    """Every code cell has run, once, from top to bottom: nbval compares no cell that has not."""
    return [
        f"{cell_name(notebook, cell)}: execution count is {cell.execution_count}, not {expected}"
        for expected, cell in enumerate(code_cells(notebook), start=1)
        if cell.execution_count != expected
    ]


def shows_only_results(notebook: NotebookNode) -> list[str]:
    """No stored output is an error, a warning, a progress bar or tied to one machine."""
    return [
        f"{cell_name(notebook, cell)}: shows {fault}"
        for cell in code_cells(notebook)
        for fault in output_faults(cell)
    ]


def stores_what_it_prints(notebook: NotebookNode) -> list[str]:
    """A compared cell that prints has something stored to be compared with."""
    return [
        f"{cell_name(notebook, cell)}: prints, but has no output stored"
        for cell in code_cells(notebook)
        if not is_ignored(cell)
        and calls_at_top_level(cell, {"print", "claim"})
        and not any(True for _ in output_texts(cell))
    ]


def noise_is_claimed(notebook: NotebookNode) -> list[str]:
    """After a cell whose output is not compared, a compared one claims what is to be seen in it."""
    return [
        f"{cell_name(notebook, cell)}: is tagged {IGNORED}, and no compared cell with a claim follows"
        for cell, after in zip_longest(code_cells(notebook), code_cells(notebook)[1:])
        if is_ignored(cell)
        and (after is None or is_ignored(after) or not calls_at_top_level(after, {"claim"}))
    ]


def makes_enough_claims(notebook: NotebookNode) -> list[str]:
    """A chapter holds at least five of its results against something."""
    claims = printed_claims(notebook)
    return (
        [] if claims >= FEWEST_CLAIMS else [f"the notebook shows {claims} claims, fewer than {FEWEST_CLAIMS}"]
    )


# --- code -----------------------------------------------------------------------------------------


def has_known_tags(notebook: NotebookNode) -> list[str]:
    """Tags come from the allow-list, and nbval is steered by them alone."""
    violations = []
    for cell in notebook.cells:
        for tag in cell.metadata.get("tags", []):
            if tag not in ALLOWED_TAGS:
                violations.append(
                    f"{cell_name(notebook, cell)}: tag {tag!r} is not in {sorted(ALLOWED_TAGS)}"
                )
        if cell.cell_type == "code" and MARKER_COMMENT.search(cell.source):
            violations.append(f"{cell_name(notebook, cell)}: a comment steers nbval; use a tag")
    return violations


def runs_anywhere(notebook: NotebookNode) -> list[str]:
    """The code names no path of one machine and leaves the import path alone."""
    violations = []
    for cell in code_cells(notebook):
        if TEXT_FAULTS["an absolute path"].search(cell.source):
            violations.append(f"{cell_name(notebook, cell)}: holds an absolute path")
        if "sys.path" in cell.source:
            violations.append(f"{cell_name(notebook, cell)}: edits sys.path; gmixlib is installed")
    return violations


def opens_with_setup(notebook: NotebookNode) -> list[str]:
    """The first code cell holds all imports, sets the course style and the only ``SEED = <integer>``."""
    first, *others = code_cells(notebook) or [None]
    if first is None:
        return ["the notebook has no code cell"]
    violations = []
    nodes = list(ast.walk(parsed(first)))
    if not any(isinstance(node, ast.Import | ast.ImportFrom) for node in nodes):
        violations.append(f"{cell_name(notebook, first)}: imports nothing")
    if not calls_at_top_level(first, {"use_course_style"}):
        violations.append(f"{cell_name(notebook, first)}: does not call use_course_style()")
    if len(SEED_LINE.findall(first.source)) != 1 or len(assignments_of_seed(first)) != 1:
        violations.append(f"{cell_name(notebook, first)}: has no single line SEED = <integer>")
    for cell in others:
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(parsed(cell))):
            violations.append(f"{cell_name(notebook, cell)}: imports; that is for the first code cell")
        if assignments_of_seed(cell):
            violations.append(f"{cell_name(notebook, cell)}: sets SEED again")
    return violations


def draws_from_seed(notebook: NotebookNode) -> list[str]:
    """Whatever is random depends on SEED, so that a test can try other values of it.

    A call counts as seeded when its seed is made from SEED: by name, through assigned variables, or as a
    parameter of a function. numpy's old generator is allowed with seed B's own seed only.
    """
    tree = ast.parse("\n".join(ast.unparse(parsed(cell)) for cell in code_cells(notebook)))
    seeded = names_made_from_seed(tree)
    return [
        f"{cell_name(notebook, cell)}: {fault}"
        for cell in code_cells(notebook)
        for fault in unseeded_calls(parsed(cell), seeded)
    ]


def unseeded_calls(tree: ast.Module, seeded: set[str]) -> Iterator[str]:
    """The random calls of one cell that do not depend on the seed, in words."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    old_generator_set = any(is_seed_b(call) for call in calls)
    for call in calls:
        path = ast.unparse(call.func)
        name = path.rpartition(".")[2]
        if name in {"default_rng", "SeedSequence"}:
            if not any(
                mentions(argument, seeded) for argument in [*call.args, *(k.value for k in call.keywords)]
            ):
                yield f"{ast.unparse(call)} does not depend on SEED"
        elif re.fullmatch(r"(np|numpy)\.random\.\w+", path) and name not in GENERATOR_API:
            if not old_generator_set:
                yield f"{path} is numpy's old generator; draw from np.random.default_rng(SEED)"
        elif name in SEEDED_BY_KEYWORD or path == "pm.fit":
            # `**settings` has no keyword of its own: the settings themselves must hold the seed.
            arguments = [keyword.value for keyword in call.keywords if keyword.arg in {None, *SEED_KEYWORDS}]
            if not any(mentions(argument, seeded) for argument in arguments):
                yield f"{path}() is not given random_seed=SEED"


def names_made_from_seed(tree: ast.Module) -> set[str]:
    """SEED, every variable assigned from an expression with it, and every parameter of a function."""
    names = {"SEED"} | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and mentions(node.value, names):
            names |= {
                part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)
            }
        if isinstance(node, ast.For | ast.comprehension) and mentions(node.iter, names):
            names |= {part.id for part in ast.walk(node.target) if isinstance(part, ast.Name)}
    return names


def mentions(expression: ast.expr, names: set[str]) -> bool:
    """Whether any of the names occurs in an expression."""
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(expression))


def is_seed_b(call: ast.Call) -> bool:
    """Whether a call seeds numpy's old generator as seed B does."""
    return re.fullmatch(rf"(np|numpy)\.random\.(seed|RandomState)\({SEED_B}\)", ast.unparse(call)) is not None


def has_short_cells(notebook: NotebookNode) -> list[str]:
    """Code cells are short: the median within bounds, and nine in ten at most 12 lines."""
    cells = code_cells(notebook)
    lengths = {id(cell): code_lines(cell) for cell in cells}
    violations = []
    if cells and not MEDIAN_LINES[0] <= (middle := median(lengths.values())) <= MEDIAN_LINES[1]:
        violations.append(f"the median code cell has {middle:g} lines, outside {MEDIAN_LINES}")
    long = [cell for cell in cells if lengths[id(cell)] > LONGEST_CELL]
    if 10 * len(long) > len(cells):
        violations += [
            f"{cell_name(notebook, cell)}: {lengths[id(cell)]} lines, over {LONGEST_CELL} as too many are"
            for cell in long
        ]
    return violations


def fits_the_page(notebook: NotebookNode) -> list[str]:
    """No line of code is wider than the page shows."""
    return [
        f"{cell_name(notebook, cell)}: a line of {len(line)} characters; at most {WIDEST_LINE} fit the page"
        for cell in code_cells(notebook)
        for line in cell.source.splitlines()
        if len(line) > WIDEST_LINE
    ]


def code_lines(cell: NotebookNode) -> int:
    """Lines of a cell that are neither blank nor a comment."""
    return sum(1 for line in cell.source.splitlines() if line.strip() and not line.strip().startswith("#"))


def is_ignored(cell: NotebookNode) -> bool:
    """Whether nbval passes over a cell's output."""
    return IGNORED in cell.metadata.get("tags", [])


def parsed(cell: NotebookNode) -> ast.Module:
    """A code cell's syntax tree, without IPython's magics and shell lines, which are not Python."""
    return ast.parse(re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.MULTILINE))


def calls_at_top_level(cell: NotebookNode, names: set[str]) -> bool:
    """Whether a cell calls one of the functions when it runs, rather than in a function that it defines."""
    pending: list[ast.AST] = list(parsed(cell).body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in names:
            return True
        pending.extend(ast.iter_child_nodes(node))
    return False


def assignments_of_seed(cell: NotebookNode) -> list[ast.Assign]:
    """The statements of a cell that assign SEED."""
    return [
        node
        for node in ast.walk(parsed(cell))
        if isinstance(node, ast.Assign) and "SEED" in {ast.unparse(target) for target in node.targets}
    ]


# --- figures --------------------------------------------------------------------------------------


def describes_figures(notebook: NotebookNode) -> list[str]:
    """Every figure has a caption, a name and alt text, under the keys that MyST-NB reads."""
    violations = []
    for cell in code_cells(notebook):
        description = cell.metadata.get("mystnb", {})
        name = figure_name(cell)
        caption = description.get("figure", {}).get("caption", "")
        alt = description.get("image", {}).get("alt", "")
        faults = []
        if not images(cell):
            if description:
                faults.append("describes a figure, but shows none")
        else:
            # MyST-NB makes a figure of every displayed output, each under the same name.
            if sum("data" in output for output in cell.outputs) != 1:
                faults.append("displays more than its one figure")
            if not FIGURE_NAME.fullmatch(name):
                faults.append(f"mystnb.figure.name is {name!r}, not of the form fig-some-words")
            if not caption.strip():
                faults.append("has no mystnb.figure.caption")
            if not alt.strip():
                faults.append("has no mystnb.image.alt")
            elif plain_words(alt) == plain_words(caption):
                faults.append("the caption repeats the alt text")
        violations += [f"{cell_name(notebook, cell)}: {fault}" for fault in faults]
    return violations


def refers_to_figures(notebook: NotebookNode) -> list[str]:
    """The prose of a chapter refers to each of its figures."""
    referred = {target for kind, target in references(prose(notebook)) if kind in {"ref", "numref", "anchor"}}
    return [
        f"{cell_name(notebook, cell)}: nothing refers to its figure {name}"
        for cell in code_cells(notebook)
        if (name := figure_name(cell)) and name not in referred
    ]


def links_to_documents(notebook: NotebookNode) -> list[str]:
    """Another notebook is linked to as a file: JupyterLab makes of ``{doc}`` a link that leads nowhere."""
    return [
        f"{{doc}}`{target}` is no link in JupyterLab: write [its title]({target}.ipynb)"
        for kind, target in sorted(references(prose(notebook)))
        if kind == "doc"
    ]


def plain_words(text: str) -> list[str]:
    """The words of a text, without mark-up, for comparing texts."""
    return re.findall(r"\w+", text.lower())


# --- prose ----------------------------------------------------------------------------------------


@dataclass
class Heading:
    """A heading of a notebook, and whether anything stands under it before the next one."""

    cell: NotebookNode
    level: int
    text: str
    filled: bool = False


def has_sound_headings(notebook: NotebookNode) -> list[str]:
    """One title, in the first cell; levels without a gap; no two headings alike; no empty section."""
    found = headings(notebook)
    if not found or found[0].cell is not notebook.cells[0] or found[0].level != 1:
        return ["the notebook does not start with a title in its first cell"]
    violations = []
    for before, heading in pairwise(found):
        if heading.level == 1:
            violations.append(f"{cell_name(notebook, heading.cell)}: a second title, {heading.text!r}")
        if heading.level > before.level + 1:
            violations.append(f"{cell_name(notebook, heading.cell)}: {heading.text!r} skips a level")
    slugs = Counter(slug(heading.text) for heading in found)
    for heading in found:
        if not heading.filled:
            violations.append(f"{cell_name(notebook, heading.cell)}: nothing stands under {heading.text!r}")
        if not slug(heading.text) or slugs[slug(heading.text)] > 1:
            violations.append(
                f"{cell_name(notebook, heading.cell)}: {heading.text!r} has no anchor of its own"
            )
    return violations


def headings(notebook: NotebookNode) -> list[Heading]:
    """The headings of a notebook, in order."""
    found: list[Heading] = []
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            for heading in found[-1:]:
                heading.filled = True
            continue
        tokens = MarkdownIt().parse(LABEL.sub("", cell.source))
        for place, token in enumerate(tokens):
            if token.type == "heading_open":
                found.append(Heading(cell, int(token.tag[1]), tokens[place + 1].content))
            elif token.level == 0 and token.type != "heading_close":
                for heading in found[-1:]:
                    heading.filled = True
    return found


def describes_pictures(notebook: NotebookNode) -> list[str]:
    """A picture in the prose has alt text and no raw HTML."""
    violations = []
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        if re.search(r"<img\b", cell.source):
            violations.append(f"{cell_name(notebook, cell)}: an HTML picture; use a figure directive")
        if re.search(r"!\[\s*\]\(", cell.source):
            violations.append(f"{cell_name(notebook, cell)}: a picture without alt text")
        for directive in re.findall(
            r"^(?:```|:::)\{(?:figure|image)\}.*?^(?:```|:::)", cell.source, re.MULTILINE | re.DOTALL
        ):
            if not re.search(r"^:alt: *\S", directive, re.MULTILINE):
                violations.append(f"{cell_name(notebook, cell)}: a picture without :alt:")
    return violations


RULES: tuple[Rule, ...] = (
    executed_in_order,
    shows_only_results,
    stores_what_it_prints,
    noise_is_claimed,
    makes_enough_claims,
    has_known_tags,
    runs_anywhere,
    opens_with_setup,
    draws_from_seed,
    has_short_cells,
    fits_the_page,
    describes_figures,
    refers_to_figures,
    links_to_documents,
    has_sound_headings,
    describes_pictures,
)
