"""Exercises that can be answered in the page: a field or the letters below each check of a value or a choice.

What the page judges by is in the form, encoded, so that no answer is read at a glance. The script is
book/_static/answers.js. A function needs Python: below its check stands how to run it.
"""

import json
import re
from base64 import b64encode
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

CHECK = re.compile(r'check\("([a-z_]+\.[a-z_0-9]+)", (\w+)\)')
SCRIPT = "answers.js"
FORM = """\
<form class="answer" data-name="{name}" data-check="{data}">
{field}
<button type="submit">Check</button>
<p role="status"></p>
</form>"""
FIELD = '<label>Answer here: <code>{variable}</code> <input name="answer" autocomplete="off" spellcheck="false"{example}></label>'
EXAMPLE = ' placeholder="{form}, such as {numbers}"'
LETTERS = "<fieldset><legend>Answer here</legend>{letters}</fieldset>"
LETTER = '<label><input type="radio" name="answer" value="{letter}"> {letter}</label>'
RUN = """\
<p class="run">This one needs Python: on <a href="BINDER/{page}.ipynb">Binder</a> (nothing to install; ready in a minute or
two), on <a href="COLAB/{page}.ipynb">Colab</a> (a Google account; its first cell installs the packages), or on your machine
by <code>make lab</code> (a minute for the packages, the first time).</p>"""
HERE = """\
<p class="answered">{here} of the {all} can be answered here, in the form below them; the others need Python. Your answers
are kept in this browser.</p>"""
PROGRESS = '<p class="answered" data-answered="{names}"></p>'


def form(name: str, variable: str) -> str:
    """The form of an exercise; empty for a function and for what is none."""
    from gmixlib.exercises._page import for_page
    from gmixlib.exercises._registry import find

    exercise = find(name)
    page = for_page(exercise) if exercise else None
    if page is None:
        return ""
    letters = "".join(LETTER.format(letter=letter) for letter in page.get("replies", ()))
    expected = page.get("expected")
    example = ""
    if isinstance(expected, list):
        example = EXAMPLE.format(form=page["form"], numbers=", ".join(map(str, range(1, len(expected) + 1))))
    text = FIELD.format(variable=escape(variable), example=example)
    field = LETTERS.format(letters=letters) if letters else text
    return FORM.format(
        name=name, data=b64encode(json.dumps(page, allow_nan=False).encode()).decode(), field=field
    )


class AddForms(SphinxPostTransform):
    """Put a form below each check; below the title, how many there are and how many are right."""

    default_priority = 180  # before code is folded
    formats = ("html",)

    def run(self, **_: object) -> None:
        """Go through the cells of a page of exercises."""
        if not self.env.docname.startswith("chapters/exercises/"):
            return
        from gmixlib.exercises._exercise import NUMBERS

        names, checks = [], 0
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") != "cell_code":
                continue
            if found := CHECK.fullmatch(cell.astext().strip()):
                html = form(*found.groups())
                checks += 1
                if html:
                    names.append(found[1])
                below = nodes.raw("", html or RUN.format(page=self.env.docname), format="html")
                cell.parent.insert(cell.parent.index(cell) + 1, below)
        if names:
            title = next(self.document.findall(nodes.title))
            here = HERE.format(here=NUMBERS[len(names)].capitalize(), all=NUMBERS[checks])
            html = here + PROGRESS.format(names=" ".join(names))
            title.parent.insert(title.parent.index(title) + 1, nodes.raw("", html, format="html"))


class Answered(SphinxDirective):
    """``exercises-answered``: how many of all exercises that a page can judge were answered correctly there."""

    def run(self) -> list[nodes.Node]:
        """Name them all; the script counts."""
        from gmixlib.exercises._page import for_page
        from gmixlib.exercises._registry import chapters, of_chapter

        note_checks(self.env)
        names = [
            name for one in chapters() for name, exercise in of_chapter(one).items() if for_page(exercise)
        ]
        return [nodes.raw("", PROGRESS.format(names=" ".join(names)), format="html")]


def note_checks(env: Any) -> None:
    """Build the page that is read anew when a check of an exercise has changed."""
    for path in Path(env.srcdir, "gmixlib", "exercises").glob("*.py"):
        env.note_dependency(str(path))


def note_checks_of_forms(app: Sphinx, docname: str, _content: list[str]) -> None:
    """Build a page of exercises anew when their checks have changed."""
    if docname.startswith("chapters/exercises/"):
        note_checks(app.env)


def add_script(app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Load the script where there is something to answer."""
    if "data-answered" in context.get("body", ""):
        app.add_js_file(SCRIPT)


def setup(app: Sphinx) -> None:
    """Connect the handlers of this module."""
    app.add_post_transform(AddForms)
    app.add_directive("exercises-answered", Answered)
    app.connect("source-read", note_checks_of_forms)
    app.connect("html-page-context", add_script)
