"""The notebooks of the book: where they are, what is in them, and the one form in which they are committed.

``make chapters`` and the tests share these functions, so the tests accept exactly what the tool writes.
"""

import re
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = ROOT / "chapters"
SOLUTIONS = CHAPTERS / "solutions"  # the source of each exercise
EXERCISES = CHAPTERS / "exercises"  # derived from it

PAGE_METADATA = ("description", "question", "picture", "gmixlib")  # of a notebook, which the book reads
LARGEST_IMAGE = 150_000  # bytes: the pages are read on phones

SEED_LINE = re.compile(r"^SEED = \d+$", re.MULTILINE)  # the form that `with_seed` rewrites

# What no stored output may show: it would differ on the next machine or in the next run, or nobody can read it.
TEXT_FAULTS = {
    "a warning": re.compile(r"\b[A-Z]\w*Warning\b"),
    "a progress bar": re.compile(r"\r(?!\n)|[━╸╺█▉▊▋▌▍▎▏]{2}|\d%\||\d ?(?:it|draws)/s\b|<progress"),
    "an absolute path": re.compile(r"(?<![\w.:/])/(?:home|Users|root|tmp)/|\b[A-Z]:\\|site-packages"),
    "an object's address": re.compile(r"\b0x[0-9a-fA-F]{6,}\b"),
    "an ANSI escape code": re.compile(r"\x1b\["),
    "a role as it was written": re.compile(r"\{[a-z:]+\}`"),
}


def with_seed(notebook: NotebookNode, seed: int) -> NotebookNode:
    """A copy of a chapter with another value in its ``SEED = <integer>`` line."""
    notebook = deepcopy(notebook)
    first = code_cells(notebook)[0]
    first.source, lines = SEED_LINE.subn(f"SEED = {seed}", first.source)
    if lines != 1:
        raise ValueError(f"the first code cell has {lines} lines SEED = <integer>; it must have 1")
    return notebook


def chapter_paths() -> list[Path]:
    """The chapters of the book, in order."""
    return sorted(CHAPTERS.glob("*.ipynb"))


def solution_paths() -> list[Path]:
    """The notebooks with worked solutions, in order."""
    return sorted(SOLUTIONS.glob("*.ipynb"))


def exercise_paths() -> list[Path]:
    """The notebooks that students get, in order."""
    return sorted(EXERCISES.glob("*.ipynb"))


def slug(path: Path) -> str:
    """The key of a chapter: the name of its file without the number, which is only the chapter's place."""
    return path.stem.partition("_")[2]


def chapter_path(key: str) -> Path:
    """The chapter with this key."""
    return next(path for path in chapter_paths() if slug(path) == key)


def read(path: Path) -> NotebookNode:
    """Read a notebook file."""
    return nbformat.read(path, as_version=4)


def serialise(notebook: NotebookNode) -> str:
    """The text of the file, byte for byte as JupyterLab writes it."""
    return nbformat.writes(notebook) + "\n"


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells; a cell's place in this list is the number that nbval gives it."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook: NotebookNode) -> str:
    """The text of a notebook's markdown cells."""
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def cell_name(notebook: NotebookNode, cell: NotebookNode) -> str:
    """Name a cell by its kind, its number among its kind and its first line.

    A code cell gets the name that nbval reports, such as ``Cell 3``.
    """
    same_kind = [other for other in notebook.cells if other.cell_type == cell.cell_type]
    number = next(number for number, other in enumerate(same_kind) if other is cell)
    kind = "Cell" if cell.cell_type == "code" else f"{cell.cell_type} cell"
    first_line = next(iter(cell.source.strip().splitlines()), "")
    return f"{kind} {number} ({first_line})"


def output_texts(cell: NotebookNode) -> Iterator[str]:
    """Every piece of text in a cell's stored outputs."""
    for output in cell.outputs:
        if output.output_type == "stream":
            yield output.text
        yield from (text for kind, text in output.get("data", {}).items() if kind.startswith("text/"))


def images(cell: NotebookNode) -> list[str]:
    """Every picture in a cell's stored outputs, as stored."""
    return [
        data
        for output in cell.outputs
        for kind, data in output.get("data", {}).items()
        if kind.startswith("image/")
    ]


def figure_name(cell: NotebookNode) -> str:
    """The name under which a cell's figure can be referred to; empty when it has none."""
    return cell.metadata.get("mystnb", {}).get("figure", {}).get("name", "")


def shown(cell: NotebookNode) -> Counter[str]:
    """How many claims a code cell's stored outputs show to hold, and how many outputs there are of each kind."""
    kinds: Counter[str] = Counter()
    for output in cell.outputs:
        kinds.update([output.name] if output.output_type == "stream" else output.get("data", {}).keys())
        kinds["claim"] += sum(line.startswith("✓ ") for line in output.get("text", "").splitlines())
    return kinds


def count_claims(notebook: NotebookNode) -> int:
    """Count the claims that the stored outputs show to hold."""
    return sum(shown(cell)["claim"] for cell in code_cells(notebook))


def count_checks(notebook: NotebookNode) -> int:
    """Count the claims in a chapter's outputs, or the checks in the code of exercises and solutions."""
    checks = sum(cell.source.startswith('check("') for cell in code_cells(notebook))
    return count_claims(notebook) + checks


def output_faults(cell: NotebookNode) -> list[str]:
    """What in a code cell's outputs must not be stored, in words; empty when all is well."""
    faults = []
    for output in cell.outputs:
        if output.output_type == "error":
            faults.append(f"an error: {output.ename}: {output.evalue}")
        if output.get("name") == "stderr":
            faults.append(f"text on stderr: {output.text.strip()}")
        if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
            faults.append("a widget, which is empty once the kernel has gone")
    for text in output_texts(cell):
        for fault, pattern in TEXT_FAULTS.items():
            if match := pattern.search(text):
                faults.append(f"{fault}: {match.group()!r}")
    for data in images(cell):
        if (size := len(data) * 3 // 4) > LARGEST_IMAGE:
            faults.append(f"an image of {size // 1000} kB, more than {LARGEST_IMAGE // 1000} kB")
    return faults


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Copy a notebook into the one form that is committed.

    Keeps what the book, the tools and the tests read (tags, figure metadata, cell ids, outputs, the page's own metadata)
    and drops what editors and kernels add (versions, timestamps, widget states, folded cells).
    """
    notebook = deepcopy(notebook)
    kept = {key: notebook.metadata[key] for key in PAGE_METADATA if key in notebook.metadata}
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            **kept,
        }
    )
    notebook.nbformat_minor = 5
    for number, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"cell-{number}")
        cell.metadata = nbformat.from_dict(
            {key: cell.metadata[key] for key in ("tags", "mystnb") if cell.metadata.get(key)}
        )
        if cell.cell_type == "code":
            cell.outputs = _merge_streams(cell.outputs)
    return notebook


def _merge_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join consecutive outputs of one stream, which the kernel cuts up by timing."""
    merged: list[NotebookNode] = []
    for output in outputs:
        if merged and output.output_type == "stream" and output.name == merged[-1].get("name"):
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged
