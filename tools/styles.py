"""One style sheet for all pages, with the rules, fonts and icons that the book uses.

The sheets that Sphinx links to have 560 kB in eleven files, most of it for what no page here shows.
"""

import re
import shutil
import subprocess
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from tools import web_tools

KATEX = web_tools.NODE_MODULES / "katex" / "dist"

_IMPORT = re.compile(r"""@import (?:url\()?["']?([^"');]+)["']?\)?;""")
_URL = re.compile(r"""url\((?!["']?(?:data:|#))["']?([^"')]+)["']?\)""")
_SOURCES = re.compile(r"src:[^;}]*?(url\([^)]*\.woff2\) format\(\"woff2\"\))[^;}]*")
_ICON = re.compile(r'content:\s*"\\([ef][0-9a-f]{3})"')


def copy_katex(static: Path) -> None:
    """Put KaTeX's style sheet and fonts where the pages link to them."""
    shutil.copy(KATEX / "katex.min.css", static)
    shutil.copytree(KATEX / "fonts", static / "fonts", ignore=shutil.ignore_patterns("*.ttf", "*.woff"))


def join(sheets: list[Path], target: Path) -> None:
    """Write style sheets one after the other into `target`, which lies where all their links start from."""
    target.write_text("\n".join(_standing_alone(sheet, target.parent) for sheet in sheets), encoding="utf-8")


def _standing_alone(sheet: Path, folder: Path) -> str:
    """A style sheet with what it imports, its links starting from a folder."""

    def from_folder(found: re.Match) -> str:
        return f"url({(sheet.parent / found[1]).resolve().relative_to(folder.resolve()).as_posix()})"

    # The text between imports and the files imported, in turn.
    parts = _IMPORT.split(sheet.read_text(encoding="utf-8"))
    parts[::2] = [_URL.sub(from_folder, text) for text in parts[::2]]
    parts[1::2] = [_standing_alone(sheet.parent / name, folder) for name in parts[1::2]]
    return "".join(parts)


def purge(sheet: Path, site: Path) -> None:
    """Keep the rules that a page or a script of the site can use, the newest form of each font, and the icons in use."""
    command = [web_tools.PROGRAMS / "purgecss", "--css", sheet, "--keyframes", "--variables"]
    command += ["--content", site / "**" / "*.html", site / "_static" / "**" / "*.js", "--output", sheet]
    subprocess.run(command, env=web_tools.environment(), check=True)
    text = _SOURCES.sub(r"src:\1", sheet.read_text(encoding="utf-8"))
    icons = {int(code, 16) for code in _ICON.findall(text)}
    for font in (sheet.parent / "vendor").rglob("*.woff2"):
        keep_icons(font, icons)
    sheet.write_text(text, encoding="utf-8")


def keep_icons(font: Path, icons: set[int]) -> None:
    """Rewrite a font with nothing but some of its characters."""
    drawn = TTFont(font)
    subsetter = Subsetter(Options())
    subsetter.populate(unicodes=icons)
    subsetter.subset(drawn)
    drawn.flavor = "woff2"
    drawn.save(font)
