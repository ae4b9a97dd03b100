"""One style sheet for all pages, with the rules and the icons in use.

The sheets that the theme and the extensions link to are 100 kB in eleven files after compression, most of it for what
no page here shows, and icons are 275 kB of fonts. A phone would wait for them three seconds longer.
"""

import logging
import re
from contextlib import chdir
from pathlib import Path
from typing import Any
from zlib import crc32

import lightningcss
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx
from sphinx.config import Config

# The links of the theme's sheet and of KaTeX's start from this folder.
SHEET = Path("_static", "styles", "site.css")
THEME = ("_static/styles/theme.css", "_static/styles/pydata-sphinx-theme.css")

logging.getLogger("fontTools").setLevel(logging.WARNING)  # it reports each table of a font

WORD = re.compile(r"[\w-]+")
SYMBOL = re.compile(r"[.#]([a-zA-Z_][\w-]*)")
ICON = re.compile(r'content:\s*"(?:\\([ef][0-9a-f]{3})|([\ue000-\uf8ff]))"')


def watch_static_files(app: Sphinx, config: Config) -> None:
    """Let a changed style sheet or template change the configuration: Sphinx itself looks at neither."""
    folders = [Path(app.srcdir, folder) for folder in (*config.html_static_path, *config.templates_path)]
    files = [path for folder in folders for path in folder.rglob("*.*")]
    config.book_style = crc32(b"".join(path.read_bytes() for path in sorted(files) if path.is_file()))


def note_sheets(
    app: Sphinx, _pagename: str, _template: str, context: dict[str, Any], _doctree: object
) -> None:
    """Remember which sheets a page would link to, and let it link to the one sheet."""
    sheets = dict.fromkeys([*THEME, *(sheet.filename for sheet in context["css_files"])])
    app.book_sheets = sheets  # type: ignore[attr-defined]
    context["site_sheet"] = f"{SHEET.as_posix()}?v={app.config.book_revision[:8]}"


def write_sheet(app: Sphinx, exception: Exception | None) -> None:
    """Join the sheets, and keep the rules whose classes and names stand in a page or a script."""
    if exception or app.builder.format != "html":
        return
    site, sheet = Path(app.outdir), Path(app.outdir, SHEET)
    joined = sheet.with_stem("all")
    if hasattr(app, "book_sheets"):  # else no page has changed, and the list of the last build holds
        joined.write_text("".join(f'@import "../../{name}";\n' for name in app.book_sheets), encoding="utf-8")
    with chdir(joined.parent):  # it takes a path as UTF-8, which that of the folder need not be
        text = lightningcss.bundle_css(joined.name)
    unused = set(SYMBOL.findall(text)) - used_words(site)
    text = lightningcss.process_stylesheet(text, unused_symbols=unused)
    sheet.write_text(text, encoding="utf-8")
    icons = {int(code, 16) if code else ord(sign) for code, sign in ICON.findall(text)}
    for font in (site / "_static" / "vendor").rglob("*.woff2"):
        keep_icons(font, icons)


def used_words(site: Path) -> set[str]:
    """Every word in a page or a script of the site: one of them may be the name of a class."""
    files = [*site.rglob("*.html"), *(site / "_static").rglob("*.js")]
    return set().union(*(WORD.findall(file.read_text(encoding="utf-8")) for file in files))


def keep_icons(font: Path, icons: set[int]) -> None:
    """Rewrite a font with nothing but some of its characters."""
    drawn = TTFont(font, recalcTimestamp=False)  # the same build gives the same bytes
    subsetter = Subsetter(Options())
    subsetter.populate(unicodes=icons)
    subsetter.subset(drawn)
    drawn.flavor = "woff2"
    drawn.save(font)


def setup(app: Sphinx) -> None:
    """Connect the handlers of this module."""
    app.add_config_value("book_style", 0, "html", int)
    app.connect("config-inited", watch_static_files)
    app.connect("html-page-context", note_sheets, priority=900)  # after every extension has added its own
    app.connect(
        "build-finished", write_sheet, priority=900
    )  # after the theme has written its colours of code
