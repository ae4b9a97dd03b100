"""Self-tests in the text: a question, and for each answer that one may give a reply that unfolds.

In a chapter one is written as below; the right answer has the tick. Notebooks show it as a quotation, without the
replies (book_extension/plain.py). Paper shows the questions in their places and the replies in a list, which is a page of
the book: the directive ``self-test-replies``. Which answer was last unfolded is remembered (book/_static/book.js).

    ```{self-test} Why is R-hat silent here?
    :name: self-silent

    (a) Since the chains have found the whole posterior.
    : They agree, each on the same half of it.

    (b) ✓ Since it compares the chains with each other, and all are in one mode.
    : What no chain has seen is in no comparison.
    ```
"""

import re
from dataclasses import dataclass
from html import escape

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book_extension.front import chapters, read

RIGHT, WRONG = "✓", "✗"
HOW = "Self-test. Decide, then open your answer."
ANSWER = re.compile(rf"\((?P<letter>[a-z])\) (?P<right>{RIGHT} )?(?P<text>.+)\n: (?P<reply>.+)")
WRITTEN = re.compile(
    r"^```\{self-test\} (?P<question>.+)\n:name: (?P<name>[\w-]+)\n(?P<body>[\s\S]+?)^```", re.MULTILINE
)


@dataclass(frozen=True)
class Answer:
    """An answer that one may give: its letter, whether it is right, what it says, and the reply to it."""

    letter: str
    right: bool
    text: str
    reply: str

    @property
    def sign(self) -> str:
        """The class by which the style colours the sign of the reply."""
        return "right-answer" if self.right else "wrong-answer"

    @property
    def marked_reply(self) -> str:
        """The reply with its sign."""
        return f"{RIGHT if self.right else WRONG} {self.reply}"


def answers(body: str) -> list[Answer]:
    """The answers of a self-test.

    Raises
    ------
    ValueError
        If they are fewer than two, not in order, or not exactly one of them is right.
    """
    found = [Answer(m["letter"], bool(m["right"]), m["text"], m["reply"]) for m in ANSWER.finditer(body)]
    rest = ANSWER.sub("", body).strip()
    if rest:
        raise ValueError(f"{rest.splitlines()[0]!r} is no answer: (a) text, below it a colon and the reply")
    letters = "".join(answer.letter for answer in found)
    if len(letters) < 2 or not "abcdef".startswith(letters):
        raise ValueError(
            f"the answers of a self-test are (a), (b) and so on, at least two, not {letters or 'none'}"
        )
    if sum(answer.right for answer in found) != 1:
        raise ValueError(f"one answer of a self-test has the sign {RIGHT}")
    return found


class SelfTest(SphinxDirective):
    """A question with its answers, each of which unfolds its reply."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec = {"name": directives.unchanged_required}  # noqa: RUF012 - as docutils has it
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Make a box: browsers let one of the details of a name be open at a time."""
        if "name" not in self.options:
            raise self.error("a self-test has a :name:, by which the reader's browser remembers it")
        try:
            given = answers("\n".join(self.content))
        except ValueError as error:
            raise self.error(str(error)) from None
        name = escape(self.options["name"])
        box = nodes.container(classes=["self-test"])
        box += nodes.paragraph("", HOW, classes=["how"])
        box += self.parse_text_to_nodes(f"**{self.arguments[0]}**")
        for answer in given:
            kind = f"answer-of-test {answer.sign}"
            start = f'<details class="{kind}" name="{name}" data-letter="{answer.letter}"><summary>'
            box += nodes.raw("", start, format="html")
            box += self._inline(f"({answer.letter}) {answer.text}")
            box += nodes.raw("", "</summary>", format="html")
            box += self.parse_text_to_nodes(answer.marked_reply)
            box += nodes.raw("", "</details>", format="html")
        self.add_name(box)
        return [box]

    def _inline(self, text: str) -> nodes.Node:
        """A text without the paragraph around it."""
        parts = [child for part in self.parse_text_to_nodes(text) for child in part.children]
        return nodes.inline("", "", *parts)  # a text element, in which quotation marks are made curly


class Replies(SphinxDirective):
    """All self-tests with the replies to each answer, chapter by chapter."""

    def run(self) -> list[nodes.Node]:
        """Read them in the chapters."""
        found: list[nodes.Node] = []
        for page in chapters(self.env):
            texts = [
                "".join(cell["source"])
                for cell in read(self.env, page)["cells"]
                if cell["cell_type"] == "markdown"
            ]
            tests = [test for text in texts for test in WRITTEN.finditer(text)]
            if tests:
                # The title in words: one that is a link would be an address in the page's contents.
                title = texts[0].splitlines()[0].removeprefix("# ")
                section = nodes.section("", nodes.title("", title), names=[nodes.fully_normalize_name(title)])
                self.state.document.note_implicit_target(section, section)
                found.append(section)
            for test in tests:
                section += self.parse_text_to_nodes(
                    f"**{test['question']}** {{ref}}`In the text <{test['name']}>`"
                )
                replies = nodes.bullet_list(classes=["replies"])
                for one in answers(test["body"]):
                    parts = self.parse_text_to_nodes(f"({one.letter}) {one.text}\n\n{one.marked_reply}")
                    replies += nodes.list_item("", *parts, classes=[one.sign])
                section += replies
        return found


def setup(app: Sphinx) -> None:
    """Add the directives."""
    app.add_directive("self-test", SelfTest)
    app.add_directive("self-test-replies", Replies)
