"""Citations by author and year with round brackets, which sphinxcontrib-bibtex writes square."""

from dataclasses import dataclass, field

from sphinx.application import Sphinx
from sphinxcontrib.bibtex.plugin import register_plugin
from sphinxcontrib.bibtex.style.referencing import BracketStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle


def round_brackets() -> BracketStyle:
    """The brackets around an author and a year, or around a year."""
    return BracketStyle(left="(", right=")")


@dataclass
class RoundBrackets(AuthorYearReferenceStyle):
    """``{cite:p}`` is (Stephens, 2000), ``{cite:t}`` is Stephens (2000)."""

    bracket_parenthetical: BracketStyle = field(default_factory=round_brackets)
    bracket_textual: BracketStyle = field(default_factory=round_brackets)


def setup(_app: Sphinx) -> None:
    """Register the style."""
    register_plugin("sphinxcontrib.bibtex.style.referencing", "author_year_round", RoundBrackets)
