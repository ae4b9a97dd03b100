"""MyST Markdown written as plain Markdown: roles, directives, and the labels of equations and places."""

import re
from urllib.parse import urljoin

from sphinx.util import logging

from book_extension.references import References
from book_extension.self_tests import answers

logger = logging.getLogger(__name__)

# What MyST adds, and what hides it: in a listing, in code and in a formula a role is none.
PART = re.compile(
    r"""
    ^(?P<fence>:{3,}|`{3,})\{(?P<directive>[\w:-]+)\}[ ]*(?P<title>.*)\n(?P<body>(?:.*\n)*?)(?P=fence)[ ]*$
    | ^(?P<listing>`{3,}|~{3,}).*\n(?:.*\n)*?(?P=listing)[ ]*$
    | ^\((?P<place>[\w:.-]+)\)=[ ]*\n+
    | ^\$\$(?P<formula>[\s\S]+?)\$\$(?:[ ]*\((?P<label>[\w:.-]+)\))?[ ]*$
    | \$\$[\s\S]+?\$\$
    | \{(?P<role>[\w:+-]+)\}`(?P<text>[^`]+)`
    | (?<!`)(?P<ticks>`+)(?!`)[\s\S]+?(?<!`)(?P=ticks)(?!`)
    """,
    re.MULTILINE | re.VERBOSE,
)
OPTION = re.compile(r"^:(?P<name>[\w-]+): *(?P<value>.*)\n", re.MULTILINE)
BOXES = {"admonition", "attention", "caution", "danger", "dropdown", "error", "hint", "important", "margin"}
BOXES |= {"note", "seealso", "sidebar", "tip", "topic", "warning"}
PICTURES = {"figure", "image"}


def written(text: str, references: References) -> str:
    """A text in which roles are what the page shows for them, and directives have plain forms."""

    def replaced(part: re.Match[str]) -> str:
        if part["place"]:
            return ""
        if part["formula"]:
            return numbered(part["formula"].strip(), part["label"] and references.number(part["label"]))
        if part["directive"] in BOXES | PICTURES:
            return directive(part, references)
        if part["directive"] == "self-test":
            return self_test(part, references)
        if part["role"] and (shown := references.markdown(part["role"], part["text"])):
            return shown
        if name := part["role"] or part["directive"]:
            logger.warning("{%s} has no form in plain Markdown yet", name, location=references.page)
        return part[0]

    return PART.sub(replaced, text)


def self_test(part: re.Match[str], references: References) -> str:
    """A question as a quotation. Its replies are a page of the book: folded here, JupyterLab would not set their formulas."""
    given = answers(OPTION.sub("", part["body"]))
    page = "Self-tests"
    if references.address:
        page = f"[{page}]({urljoin(references.address, '../self_tests.html')})"
    lines = [f"**{part['title']}**", "", *(f"- ({answer.letter}) {answer.text}" for answer in given), ""]
    lines += [f"The book has the replies, on the page {page}."]
    return "\n".join(f"> {line}".rstrip() for line in written("\n".join(lines), references).split("\n"))


def numbered(formula: str, number: str | None) -> str:
    """A formula with its number in the book, or none: without the environment, jupyterlab-myst counts all formulas."""
    tag = f"\n\\tag{{{number}}}" if number else ""
    return f"$$\n\\begin{{equation*}}\n{formula}{tag}\n\\end{{equation*}}\n$$"


def directive(part: re.Match[str], references: References) -> str:
    """A box as a quotation with its title in bold, a picture as a picture with its caption below."""
    name, title = part["directive"], part["title"]
    options = {}
    body = part["body"]
    while option := OPTION.match(body):
        options[option["name"]] = option["value"]
        body = body[option.end() :]
    body = written(body.strip("\n"), references)
    if name in BOXES:
        # A line of a quotation begins with a sign, which would be part of a formula.
        body = re.sub(r"\$\$[\s\S]+?\$\$", lambda formula: formula[0].replace("\n", " "), body)
        text = f"**{written(title, references) or name.capitalize()}**\n\n{body}"
        return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
    number = f"**{references.markdown('numref', options['name'])}.** " if "name" in options else ""
    return f"![{options.get('alt', '')}]({title})\n\n{number}{body}".rstrip()
