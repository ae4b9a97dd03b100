"""Figures that can be moved, in a live notebook as in the book.

Their scripts in ``static`` are built from ``book/explorables/`` of the repository; the book serves the same files.
"""

from difflib import get_close_matches
from html import escape
from pathlib import Path

STATIC = Path(__file__).parent / "static"

PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<style>body {{ margin: 0 0.5rem; background: white; font: 16px/1.65 system-ui, sans-serif }} {style}</style>
<figure id="{name}" style="margin: 0"><div class="explorable" data-explorable="{name}"><img alt="{name}" src="data:,"></div></figure>
<script>{script}</script>
<script>
const fit = () => (frameElement.style.height = `${{document.documentElement.offsetHeight + 8}}px`);
if (frameElement) new ResizeObserver(fit).observe(document.body);
</script>
</html>"""


def names() -> list[str]:
    """The names of all explorables."""
    return sorted(path.stem for path in STATIC.glob("*.js"))


class Explorable:
    """What a notebook shows: the figure in a frame of its own."""

    def __init__(self, name: str) -> None:
        self.name = name

    def _repr_html_(self) -> str:
        script = (STATIC / f"{self.name}.js").read_text(encoding="utf-8")
        style = (STATIC / "explorables.css").read_text(encoding="utf-8")
        page = PAGE.format(name=self.name, style=style, script=script)
        title = self.name.replace("_", " ")
        return (
            f'<iframe title="{title}, a figure that can be moved" srcdoc="{escape(page)}" '
            'style="width: 100%; max-width: 760px; height: 700px; border: 0"></iframe>'
        )

    def __repr__(self) -> str:
        return f"explorable({self.name!r}), which a notebook shows as a figure that can be moved"


def explorable(name: str) -> Explorable:
    """Show a figure that can be moved, as it stands in the book, in a live notebook.

    Parameters
    ----------
    name : str
        Its name, such as ``"two_humps"``; the copies of the chapters name it below the figure that it replaces.

    Returns
    -------
    Explorable
        An object that JupyterLab and Colab show when it is the last value of a cell. It needs no kernel any more.

    Raises
    ------
    ValueError
        If there is no explorable of that name.

    Examples
    --------
    >>> explorable("two_humps")
    explorable('two_humps'), which a notebook shows as a figure that can be moved
    """
    known = names()
    if name not in known:
        close = get_close_matches(str(name), known, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else f"There are {', '.join(known)}."
        raise ValueError(f"name must be that of an explorable, not {name!r}. {hint}")
    return Explorable(name)
