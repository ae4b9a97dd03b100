"""The form of a notebook: each rule takes a notebook and returns its violations, each naming the cell.

Only what is this project's own is judged here. Sphinx refuses dead references, names given twice and skipped levels of
headings when the book is built; ruff refuses long lines, undefined names and NumPy's old generator; nbval refuses a cell
that prints and has nothing stored.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import zip_longest

from markdown_it import MarkdownIt
from nbformat import NotebookNode

from tools.notebooks import (
    SEED_LINE,
    TEXT_FAULTS,
    cell_name,
    code_cells,
    count_claims,
    figure_name,
    images,
    output_faults,
    prose,
)

Rule = Callable[[NotebookNode], list[str]]

IGNORED = "nbval-ignore-output"
# The build and nbval pass over a tag they do not know, so a misspelt one would do nothing in silence.
ALLOWED_TAGS = {IGNORED, "hide-input", "hide-cell"}
MARKER_COMMENT = re.compile(r"^\s*#\s*(NBVAL_|PYTEST_VALIDATE_)", re.MULTILINE)
FEWEST_CLAIMS = 5
FIGURE_NAME = re.compile(r"fig-[a-z0-9]+(-[a-z0-9]+)*")
LABEL = re.compile(r"^\([^()\s]+\)=\s*$", re.MULTILINE)

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


def stores_what_it_took(notebook: NotebookNode) -> list[str]:
    """The metadata hold what the last execution took, which the page *Execution* shows."""
    figures = notebook.metadata.get("gmixlib", {})
    missing = [key for key in ("seconds", "megabytes") if not figures.get(key, 0) > 0]
    return [f"metadata.gmixlib has no {key}; make chapters, make exercises measure them" for key in missing]


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


def claims_after_noise(notebook: NotebookNode) -> list[str]:
    """After a cell whose output is not compared, a compared one claims what is to be seen in it."""
    return [
        f"{cell_name(notebook, cell)}: is tagged {IGNORED}, and no compared cell with a claim follows"
        for cell, after in zip_longest(code_cells(notebook), code_cells(notebook)[1:])
        if is_ignored(cell)
        and (after is None or is_ignored(after) or not calls_at_top_level(after, {"claim"}))
    ]


def claims_stand_alone(notebook: NotebookNode) -> list[str]:
    """A cell that claims shows nothing else: the book folds it into the line of its claims."""
    lines = {
        cell.id: [line for out in cell.outputs for line in out.get("text", "\n").splitlines()]
        for cell in code_cells(notebook)
    }
    return [
        f"{cell_name(notebook, cell)}: claims, and shows something else too"
        for cell in code_cells(notebook)
        if len({line.startswith("✓ ") for line in lines[cell.id]}) > 1
    ]


def makes_enough_claims(notebook: NotebookNode) -> list[str]:
    """A chapter holds at least five of its results against something."""
    claims = count_claims(notebook)
    return [] if claims >= FEWEST_CLAIMS else [f"the notebook shows {claims} claims, under {FEWEST_CLAIMS}"]


# --- code -----------------------------------------------------------------------------------------


def has_known_tags(notebook: NotebookNode) -> list[str]:
    """Tags come from the allow-list, and nbval is steered by them alone."""
    violations = [
        f"{cell_name(notebook, cell)}: tag {tag!r} is not in {sorted(ALLOWED_TAGS)}"
        for cell in notebook.cells
        for tag in cell.metadata.get("tags", [])
        if tag not in ALLOWED_TAGS
    ]
    violations += [
        f"{cell_name(notebook, cell)}: a comment steers nbval; use a tag"
        for cell in code_cells(notebook)
        if MARKER_COMMENT.search(cell.source)
    ]
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
    if not code_cells(notebook):
        return ["the notebook has no code cell"]
    first, *others = code_cells(notebook)
    violations = []
    if not calls_at_top_level(first, {"use_course_style"}):
        violations.append(f"{cell_name(notebook, first)}: does not call use_course_style()")
    if len(SEED_LINE.findall(first.source)) != 1 or count_seeds(first) != 1:
        violations.append(f"{cell_name(notebook, first)}: has no single line SEED = <integer>")
    for cell in others:
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(parse(cell))):
            violations.append(f"{cell_name(notebook, cell)}: imports; that is for the first code cell")
        if count_seeds(cell):
            violations.append(f"{cell_name(notebook, cell)}: sets SEED again")
    return violations


def draws_from_seed(notebook: NotebookNode) -> list[str]:
    """Whatever is random depends on SEED, so that a test can try other values of it.

    A call counts as seeded when its seed is made from SEED: by name, through assigned variables, or as a
    parameter of a function.
    """
    tree = ast.parse("\n".join(ast.unparse(parse(cell)) for cell in code_cells(notebook)))
    seeded = names_made_from_seed(tree)
    return [
        f"{cell_name(notebook, cell)}: {fault}"
        for cell in code_cells(notebook)
        for fault in unseeded_calls(parse(cell), seeded)
    ]


def unseeded_calls(tree: ast.Module, seeded: set[str]) -> Iterator[str]:
    """The random calls of one cell that do not depend on the seed, in words."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        path = ast.unparse(call.func)
        name = path.rpartition(".")[2]
        if name in {"default_rng", "SeedSequence", "RandomState"}:
            arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
            if not any(mentions(argument, seeded) for argument in arguments):
                yield f"{ast.unparse(call)} does not depend on SEED"
        elif name in SEEDED_BY_KEYWORD or path == "pm.fit":
            # `**settings` has no keyword of its own: the settings themselves must hold the seed.
            arguments = [keyword.value for keyword in call.keywords if keyword.arg in {None, *SEED_KEYWORDS}]
            if not any(mentions(argument, seeded) for argument in arguments):
                yield f"{path}() is not given random_seed=SEED"


def names_made_from_seed(tree: ast.Module) -> set[str]:
    """SEED, every variable assigned from an expression with it, and every parameter of a function."""
    names = {"SEED"} | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign) and mentions(node.value, names):
            targets = node.targets
        elif isinstance(node, ast.For | ast.comprehension) and mentions(node.iter, names):
            targets = [node.target]
        names |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    return names


def mentions(expression: ast.expr, names: set[str]) -> bool:
    """Whether any of the names occurs in an expression."""
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(expression))


def is_ignored(cell: NotebookNode) -> bool:
    """Whether nbval passes over a cell's output."""
    return IGNORED in cell.metadata.get("tags", [])


def parse(cell: NotebookNode) -> ast.Module:
    """A code cell's syntax tree, without IPython's magics and shell lines, which are not Python."""
    return ast.parse(re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.MULTILINE))


def calls_at_top_level(cell: NotebookNode, names: set[str]) -> bool:
    """Whether a cell calls one of the functions when it runs, rather than in a function that it defines."""
    pending: list[ast.AST] = list(parse(cell).body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in names:
            return True
        pending.extend(ast.iter_child_nodes(node))
    return False


def count_seeds(cell: NotebookNode) -> int:
    """Count the statements of a cell that assign SEED."""
    assignments = (node for node in ast.walk(parse(cell)) if isinstance(node, ast.Assign))
    return sum("SEED" in map(ast.unparse, node.targets) for node in assignments)


# --- figures and prose ----------------------------------------------------------------------------


def describes_figures(notebook: NotebookNode) -> list[str]:
    """Every figure has a caption, a name and alt text, under the keys that MyST-NB reads."""
    violations = []
    for cell in code_cells(notebook):
        description = cell.metadata.get("mystnb", {})
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
            if not FIGURE_NAME.fullmatch(name := figure_name(cell)):
                faults.append(f"mystnb.figure.name is {name!r}, not of the form fig-some-words")
            if not caption.strip():
                faults.append("has no mystnb.figure.caption")
            if not alt.strip():
                faults.append("has no mystnb.image.alt")
            elif plain_words(alt) == plain_words(caption):
                faults.append("the caption repeats the alt text")
        violations += [f"{cell_name(notebook, cell)}: {fault}" for fault in faults]
    return violations


def plain_words(text: str) -> list[str]:
    """The words of a text, without mark-up, for comparing texts."""
    return re.findall(r"\w+", text.lower())


def refers_to_figures(notebook: NotebookNode) -> list[str]:
    """The prose of a chapter refers to each of its figures, by a role or by a link to its name."""
    reference = r"\{(?:num)?ref\}`(?:[^`]*<)?NAME>?`|\]\(#NAME\)"
    return [
        f"{cell_name(notebook, cell)}: nothing refers to its figure {name}"
        for cell in code_cells(notebook)
        if (name := figure_name(cell)) and not re.search(reference.replace("NAME", name), prose(notebook))
    ]


def links_to_documents(notebook: NotebookNode) -> list[str]:
    """Another notebook is linked to as a file: JupyterLab makes of ``{doc}`` a link that leads nowhere."""
    return [
        f"{{doc}}`{target}` is no link in JupyterLab: write [its title]({target}.ipynb)"
        for target in re.findall(r"\{doc\}`([^`]+)`", prose(notebook))
    ]


def has_sound_headings(notebook: NotebookNode) -> list[str]:
    """One title, at the very start; no two headings alike; no section without a text, figure or cell."""
    cells = [LABEL.sub("", c.source) if c.cell_type == "markdown" else "code" for c in notebook.cells]
    tokens = MarkdownIt().parse("\n\n".join(cells))
    starts = [place for place, token in enumerate(tokens) if token.type == "heading_open"]
    if starts[:1] != [0] or tokens[0].tag != "h1":
        return ["the notebook does not start with a title in its first cell"]
    violations = []
    anchors = Counter(tuple(plain_words(tokens[start + 1].content)) for start in starts)
    for start in starts:
        _, text, _, *following = tokens[start : start + 4]  # the heading's opening, text and closing
        if start and tokens[start].tag == "h1":
            violations.append(f"a second title, {text.content!r}")
        if not following or following[0].type == "heading_open":
            violations.append(f"nothing stands under {text.content!r}")
        anchor = tuple(plain_words(text.content))
        if not anchor or anchors[anchor] > 1:
            violations.append(f"{text.content!r} has no anchor of its own")
    return violations


def describes_pictures(notebook: NotebookNode) -> list[str]:
    """A picture in the prose has alt text and no raw HTML."""
    violations = []
    text = prose(notebook)
    if re.search(r"<img\b", text):
        violations.append("an HTML picture; use a figure directive")
    if re.search(r"!\[\s*\]\(", text):
        violations.append("a picture without alt text, ![](...)")
    directives = r"^(?:```|:::)\{(?:figure|image)\}.*?^(?:```|:::)"
    for directive in re.findall(directives, text, re.MULTILINE | re.DOTALL):
        if not re.search(r"^:alt: *\S", directive, re.MULTILINE):
            violations.append(f"a picture without :alt:, {directive.splitlines()[0]}")
    return violations


FOR_EXERCISES: tuple[Rule, ...] = (
    stores_what_it_took,
    runs_anywhere,
    has_sound_headings,
    describes_pictures,
)
FOR_SOLUTIONS: tuple[Rule, ...] = (*FOR_EXERCISES, executed_in_order, shows_only_results)
FOR_CHAPTERS: tuple[Rule, ...] = (
    *FOR_SOLUTIONS,
    claims_after_noise,
    claims_stand_alone,
    makes_enough_claims,
    has_known_tags,
    opens_with_setup,
    draws_from_seed,
    describes_figures,
    refers_to_figures,
    links_to_documents,
)
