"""Write out the references of an exercise, which JupyterLab could not resolve: it knows the open notebook alone.

In the book the chapter's equations have numbers and its figures too. A student's notebook shows the equation itself,
and links to the chapter's notebook.
"""

import re
from dataclasses import dataclass
from functools import cache

from tools.notebooks import CHAPTERS, chapter_paths, figure_name, read

ROLE = re.compile(r"\{(?P<role>doc|eq|numref|py:\w+|term)\}`(?P<target>[^`]+)`")
# No $$ stands within one: else an equation without a label would be taken for the labelled one that follows it.
EQUATION = re.compile(
    r"^\$\$\n(?P<formula>(?:(?!\$\$).)+)\n\$\$ \((?P<label>eq-[\w-]+)\)$", re.MULTILINE | re.DOTALL
)
HEADING = re.compile(r"^(#+) ([^\n]+)$", re.MULTILINE)


class DeadReference(Exception):
    """A reference to what no chapter has; the message names it."""


@dataclass(frozen=True)
class Place:
    """Where in the book an equation or a figure stands, and the equation itself."""

    link: str
    formula: str = ""


def written_out(text: str) -> str:
    """A cell's text with links in place of roles, and with the equations it refers to at its end.

    Raises
    ------
    DeadReference
        If it refers to what no chapter has.
    """
    labels = list(dict.fromkeys(m["target"] for m in ROLE.finditer(text) if m["role"] == "eq"))
    numbers = {label: number for number, label in enumerate(labels, 1)}  # letters are the options of a choice

    def replaced(match: re.Match) -> str:
        role, target = match["role"], match["target"]
        if role == "eq":
            return f"({numbers[target]})"
        if role == "numref":
            article = "The" if match.start() == 0 or text[: match.start()].endswith((". ", "\n")) else "the"
            return f"{article} figure in {place(target).link}"
        if role == "doc":
            return chapter_link(target.removeprefix("../"))
        shown = target.partition(" <")[0]
        return f"`{shown.rpartition('.')[2]}`" if role.startswith("py:") else shown

    parts = [ROLE.sub(replaced, text)]
    for label, number in numbers.items():
        equation = place(label)
        parts.append(f"({number}), from {equation.link}:\n\n$$\n{equation.formula}\n$$")
    return "\n\n".join(parts)


def place(name: str) -> Place:
    """Where the equation or figure of this name stands."""
    if name not in places():
        raise DeadReference(f"no chapter has {name}")
    return places()[name]


def chapter_link(stem: str) -> str:
    """A link to a chapter from the folder of the exercises."""
    path = CHAPTERS / f"{stem}.ipynb"
    if path not in chapter_paths():
        raise DeadReference(f"there is no chapter {stem}")
    title = HEADING.search(read(path).cells[0].source)[2]
    return f"[{title}](../{path.name})"


@cache
def places() -> dict[str, Place]:
    """Every equation and figure of the chapters that has a name."""
    found = {}
    for path in chapter_paths():
        section = ""
        for cell in read(path).cells:
            if cell.cell_type == "code":
                found[figure_name(cell)] = Place(f"[{section}](../{path.name})")
                continue
            for match in re.finditer(
                f"{HEADING.pattern}|{EQUATION.pattern}", cell.source, re.MULTILINE | re.DOTALL
            ):
                if match["label"]:
                    found[match["label"]] = Place(f"[{section}](../{path.name})", match["formula"])
                else:
                    section = match[2]
    return found
