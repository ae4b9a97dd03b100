"""The form of the book as a whole: its contents list, the names in it and the links between its documents.

A document is its text in MyST markdown, whether it came from a notebook or from a page. Each rule returns its
violations in words.
"""

import inspect
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any

from nbformat import NotebookNode

from execution import listed

LABEL = re.compile(r"^\(([^()\s]+)\)=\s*$", re.MULTILINE)
_OPTION = re.compile(r"^:(?:name|label): *(\S+)", re.MULTILINE)
_EQUATION = re.compile(r"\$\$[ \t]*\(([^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.*)$", re.MULTILINE)
_ROLE = re.compile(r"\{(ref|numref|eq|doc|term|cite[:\w]*|py:\w+)\}`([^`]+)`")
_MARKDOWN_LINK = re.compile(r"\]\(([^()\s]*)\)")
_LISTING = re.compile(r"^(```+|~~~+)(?!\{).*?^\1", re.MULTILINE | re.DOTALL)
_GLOSSARY = re.compile(r"^(```+|:::+)\{glossary\}\s*?$(.*?)^\1", re.MULTILINE | re.DOTALL)
_TERM = re.compile(r"^(?![\s:])(.+?)\s*$", re.MULTILINE)
_ENTRY = re.compile(
    r"^\.\. (?:py:)?(?P<kind>\w+):: *(?P<name>[\w.]+)(?P<signature>\(.*\))?\s*?$|^ +:members: *(?P<members>.*)$",
    re.MULTILINE,
)
_ATTRIBUTES = re.compile(r"^Attributes\n-+\n(.*?)(?:\n\n|\Z)", re.MULTILINE | re.DOTALL)
# A role, or inline code when there is no role before it; both stay within a paragraph.
_BACKTICKS = re.compile(r"(\{[\w:-]+\})?(?<!`)(`{1,2})(?!`)(?:(?!\n\n).)+?(?<!`)\2(?!`)", re.DOTALL)


@dataclass(frozen=True)
class Document:
    """A page of the book: its path from the root without suffix, its text, the names of its figures."""

    path: str
    text: str
    figures: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Every name given here to a place, an equation, a directive or a figure."""
        text = without_code(self.text)
        labels = [name.lower() for pattern in (LABEL, _OPTION, _EQUATION) for name in pattern.findall(text)]
        return [*labels, *self.figures]

    @property
    def terms(self) -> list[str]:
        """Every term that a glossary here explains, in lower case, as Sphinx looks them up."""
        return [
            term.lower() for _, entries in _GLOSSARY.findall(self.text) for term in _TERM.findall(entries)
        ]


def prose(notebook: NotebookNode) -> str:
    """The text of a notebook's markdown cells."""
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def without_code(text: str) -> str:
    """A document without its listings and inline code, which link to nothing."""
    return _BACKTICKS.sub(lambda found: found[0] if found[1] else "", _LISTING.sub("", text))


def slug(text: str) -> str:
    """The anchor that the book gives a heading, as GitHub does."""
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def references(text: str) -> set[tuple[str, str]]:
    """Every reference of a document to one in the book, as (kind, target).

    The kind is a role (``ref``, ``numref``, ``eq``, ``doc``, ``term``, ``cite``, ``py``), ``anchor`` for
    ``[](#target)`` or ``file`` for ``[](target)``.
    """
    text = without_code(text)
    found = set()
    for role, content in _ROLE.findall(text):
        target = re.sub(r".*<(.*)>$", r"\1", content, flags=re.DOTALL)
        parts = [" ".join(part.split()).removeprefix("~") for part in target.split(",")]
        found |= {(role.partition(":")[0], part) for part in parts}
    for target in _MARKDOWN_LINK.findall(text):
        if target.startswith("#"):
            found.add(("anchor", target[1:]))
        elif ":" not in target:
            found.add(("file", target.partition("#")[0]))
    return found


def missing_from_contents(paths: Iterable[str], contents: Any) -> list[str]:
    """Documents that no one reaches, since the contents list does not have them."""
    reached = set(listed(contents))
    return [f"{path} is not in _toc.yml" for path in paths if path not in reached]


def repeated_names(documents: Iterable[Document]) -> list[str]:
    """Names given twice in the book, so that a reference to them is ambiguous."""
    counts = Counter(name for document in documents for name in document.names)
    return [f"the name {name} is given {count} times" for name, count in counts.items() if count > 1]


def entries(page: str) -> list[str]:
    """The full name of every function, class, member and constant that an API page shows."""
    found, module = [], ""
    for entry in _ENTRY.finditer(page):
        if entry["kind"] == "currentmodule":
            module = entry["name"]
        elif entry["kind"]:
            found.append(f"{module}.{entry['name']}")
        else:
            shown = next(name for name in reversed(found) if name.count(".") == module.count(".") + 1)
            found += [f"{shown}.{member.strip()}" for member in entry["members"].split(",")]
    return found


def signatures(page: str) -> dict[str, str]:
    """The signatures that an API page writes out, by the names that they follow."""
    return {entry["name"]: entry["signature"] for entry in _ENTRY.finditer(page) if entry["signature"]}


def attributes(docstring: str) -> list[str]:
    """The names in the section *Attributes* of a docstring."""
    section = _ATTRIBUTES.search(inspect.cleandoc(docstring))
    return re.findall(r"^(\w+) :", section[1], re.MULTILINE) if section else []


def wrong_entries(page: str, public: Iterable[str]) -> list[str]:
    """Public names that an API page lacks or shows twice, and others that it shows."""
    shown, public = Counter(entries(page)), set(public)
    return [
        *(f"{name} is not on the API page" for name in sorted(public - set(shown))),
        *(f"{name} is on the API page {count} times" for name, count in shown.items() if count > 1),
        *(f"{name} is on the API page and not public" for name in sorted(set(shown) - public)),
    ]


def dead_links(documents: list[Document], cited: set[str], api: set[str], root: Path) -> list[str]:
    """References to what the book does not have.

    Nor have it the bibliography (its keys: ``cited``), the API page (its names: ``api``) or the folder ``root``.
    """
    names = {name for document in documents for name in document.names}
    terms = {term for document in documents for term in document.terms}
    pages = {document.path for document in documents}

    def is_alive(document: Document, kind: str, target: str) -> bool:
        if kind == "cite":
            return target in cited
        if kind == "term":
            return target.lower() in terms
        if kind == "py":
            return target in api
        if kind in {"doc", "file"}:
            place = normpath(join(dirname(document.path), target)) if target[:1] != "/" else target[1:]
            page = place.removesuffix(".ipynb").removesuffix(".md")
            return page in pages or (kind == "file" and (root / place).exists())
        anchors = {slug(heading) for heading in _HEADING.findall(without_code(document.text))}
        return target.lower() in names or (kind == "anchor" and target in anchors)

    return [
        f"{document.path}: {kind} {target} leads nowhere"
        for document in documents
        for kind, target in sorted(references(document.text))
        if not is_alive(document, kind, target)
    ]
