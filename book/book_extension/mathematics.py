"""Mathematics is rendered by KaTeX while the book is built, in this process: no reader waits for a script.

sphinxcontrib-katex would send each formula to a server of Node.js and wait for it; 2,300 formulas took four minutes.
"""

import json
from functools import cache
from pathlib import Path

from py_mini_racer import MiniRacer
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinxcontrib import katex  # type: ignore[attr-defined]  # mypy knows of sphinxcontrib.bibtex alone

logger = logging.getLogger(__name__)


@cache
def javascript() -> MiniRacer:
    """An engine in which KaTeX is loaded, once for each process."""
    engine = MiniRacer()
    engine.eval(Path(katex.__file__).with_name("katex.min.js").read_text(encoding="utf-8"))
    return engine


@cache
def render_latex(latex: str, display: bool) -> str:
    """The HTML of a formula; of one that KaTeX does not understand, its source in red, and a warning."""
    options = json.dumps({"displayMode": display, "throwOnError": False})
    html = str(javascript().eval(f"katex.renderToString({json.dumps(latex)}, {options})"))
    if "katex-error" in html:
        logger.warning("the formula %s cannot be rendered: %s", latex, html)
    return html


def check_version(app: Sphinx) -> None:
    """Stop if the style sheet in _static/katex is of another version than the KaTeX that renders."""
    sheet = Path(app.srcdir, "book", "_static", app.config.katex_css_path).read_text(encoding="utf-8")
    if f'"{katex.katex_version}"' not in sheet:
        raise ExtensionError(
            f"KaTeX is {katex.katex_version}, but {app.config.katex_css_path} is of another version: "
            "replace the style sheet and the fonts beside it"
        )


def setup(app: Sphinx) -> None:
    """Let sphinxcontrib-katex, which is loaded before, render here."""
    katex.render_latex = lambda latex, options=None: render_latex(latex, bool(options))
    app.connect("builder-inited", check_version)
