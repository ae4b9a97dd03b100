"""Finish the built pages: what the theme leaves to each reader's browser is done here, once.

After Sphinx has built the book, `finish` gives each page one style sheet, scripts that wait until the text is there,
images with their sizes, and what search engines and link previews ask for.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from bs4 import BeautifulSoup
from PIL import Image

from tools import colab, styles

SEARCH_SCRIPTS = ("searchtools.js", "language_data.js", "searchindex.js")

# Sets the theme before the first paint, so that the page is drawn once and in its own colours.
THEME = """
(function (root, system) {
  const mode = localStorage.getItem("mode") || "auto";
  root.dataset.mode = mode;
  root.dataset.theme = mode === "auto" ? (system.matches ? "dark" : "light") : mode;
})(document.documentElement, matchMedia("(prefers-color-scheme: dark)"));
"""

# What is mended in the scripts of others: file, text, number of places, new text.
MENDED = [
    # The theme asks each listing whether it scrolls, for which the browser lays out all of a long page before it shows
    # the first screen. _static/book.js asks the listings that come into view.
    (
        "scripts/pydata-sphinx-theme.js",
        "e.tabIndex=e.scrollWidth>e.clientWidth||e.scrollHeight>e.clientHeight?0:-1",
        1,
        "0",
    ),
    # The search shows the page's text around a word, and takes the header's buttons for text.
    ("searchtools.js", '[role="main"]', 2, "article.bd-article"),
]


class UnknownTheme(Exception):
    """The theme is not the one that this file was written for; the message says what is gone."""


@dataclass(frozen=True)
class Edition:
    """What is built: the book's title, its source and the place where it will be read."""

    title: str
    repository: str
    """The repository's web address."""
    branch: str
    """The branch that readers edit."""
    revision: str
    """The commit that is built."""
    address: str | None
    """Where the book will be published, ending in a slash; None where that is not known."""


def finish(site: Path, edition: Edition, descriptions: dict[str, str]) -> None:
    """Finish every page of a built book in place.

    Parameters
    ----------
    site
        The folder with the built book.
    edition
        What was built.
    descriptions
        What each page is about, in a sentence, by its path without suffix. Those that Sphinx makes by itself, such as
        the index, need none.

    Raises
    ------
    UnknownTheme
        If what is to be mended is not there, as it may be after an upgrade of the theme.
    """
    pages = {path.relative_to(site).as_posix(): path for path in page_paths(site)}
    soups = {
        name: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for name, path in pages.items()
    }
    sheet = site / "_static" / "site.css"
    styles.copy_katex(sheet.parent)
    styles.join(sheets(soups["intro.html"], site), sheet)
    mend_scripts_of_others(sheet.parent)
    for name, soup in soups.items():
        mend_scripts(soup, site, name)
        link_sheet(soup, f"{sheet.name}?v={edition.revision[:8]}")
        size_images(soup, pages[name])
        mend_roles(soup)
        pin_launch_buttons(soup, edition)
        describe(soup, name, descriptions.get(name.removesuffix(".html")), edition)
        pages[name].write_text(str(soup), encoding="utf-8")
    keep_licences(site)
    sweep(site)  # of scripts above all, which would keep rules that no page needs
    styles.purge(sheet, site)
    sweep(site)  # of the fonts of those rules
    for notebook in sorted((site / "_sources").rglob("*.ipynb")):
        folder = notebook.relative_to(site / "_sources").parent.as_posix()
        colab.copy(notebook, notebook, folder, edition.repository, edition.revision)
    # The book's address leads to a page and not to a redirection, so that a link to it has a preview.
    (site / "index.html").write_bytes(pages["intro.html"].read_bytes())


def page_paths(site: Path) -> list[Path]:
    """The pages of a built book, without index.html, which repeats the first; a folder with ``_`` has none."""
    paths = [path for path in site.rglob("*.html") if path.relative_to(site).parts[0][0] != "_"]
    return sorted(path for path in paths if path.name != "index.html")


def sheets(soup: BeautifulSoup, site: Path) -> list[Path]:
    """The style sheets that a page at the top of the book links to, in order."""
    return [site / link["href"].partition("?")[0] for link in soup.find_all("link", rel="stylesheet")]


def link_sheet(soup: BeautifulSoup, sheet: str) -> None:
    """Let a page link to one style sheet instead of to all that it had."""
    first, *others = soup.find_all("link", rel="stylesheet")
    first["href"] = first["href"].partition("_static/")[0] + "_static/" + sheet
    for link in others:
        link.decompose()


def mend_scripts_of_others(static: Path) -> None:
    """Replace what does not fit this book in the scripts of the theme and of Sphinx."""
    for name, old, places, new in MENDED:
        script = static / name
        text = script.read_text(encoding="utf-8")
        if text.count(old) != places:
            raise UnknownTheme(
                f"{name} has {old!r} {text.count(old)} times, not {places}; see tools/pages.py"
            )
        script.write_text(text.replace(old, new), encoding="utf-8")


def mend_scripts(soup: BeautifulSoup, site: Path, name: str) -> None:
    """Let scripts wait until the page is read, and leave out those that it does not use."""
    for link in soup.find_all("link", rel="preload"):
        link.decompose()
    for script in soup.find_all("script"):
        source = script.get("src", "").partition("?")[0]
        if source.endswith("fontawesome.js") or (source.endswith(SEARCH_SCRIPTS) and name != "search.html"):
            script.decompose()
        elif source.endswith("documentation_options.js"):
            # The scripts after it that stand in the page do not wait.
            del script["src"]
            script.string = (site / "_static" / "documentation_options.js").read_text(encoding="utf-8")
        elif source:
            script["defer"] = ""
        elif "dataset.theme" in script.text:
            script.string = THEME
    if not soup.find("script", string=THEME):
        raise UnknownTheme(f"{name} no longer sets the theme in its head; see tools/pages.py")


def size_images(soup: BeautifulSoup, page: Path) -> None:
    """Give each image its size, so that text does not move when it arrives, and let those further down wait."""
    for number, image in enumerate(soup.select("article img")):
        path = page.parent / image["src"].partition("?")[0]
        if path.suffix == ".png":
            with Image.open(path) as picture:
                image["width"], image["height"] = map(str, picture.size)
        if number:
            image["loading"] = "lazy"


def mend_roles(soup: BeautifulSoup) -> None:
    """Take out what tells a screen reader of lists that are none."""
    # The roles of a bibliography are no longer in the standard.
    for tag in soup.select(".citation-list[role], .citation[role]"):
        del tag["role"]
    # The lines of a long signature are written as a list of definitions.
    for parameters in soup.select("dt.sig dl"):
        for tag in [parameters, *parameters.find_all("dd")]:
            tag.name = "div"
        parameters["class"] = "sig-parameters"


def pin_launch_buttons(soup: BeautifulSoup, edition: Edition) -> None:
    """Let Binder open the commit that was built, and Colab the notebooks that install it."""
    at_branch = {
        f"/{edition.branch}?urlpath=": f"/{edition.revision}?urlpath=",
        f"/blob/{edition.branch}/": f"/blob/{colab.BRANCH}/",
    }
    for link in soup.select(".dropdown-launch-buttons a"):
        for old, new in at_branch.items():
            link["href"] = link["href"].replace(old, new)


def describe(soup: BeautifulSoup, name: str, description: str | None, edition: Edition) -> None:
    """Say what a page is about, where it belongs, and how a link to it looks."""
    head = soup.head
    for repeated in head.select(
        "meta[name=viewport] ~ meta[name=viewport], meta[name=robots], meta[name^=docsearch]"
    ):
        repeated.decompose()
    heading = soup.title.get_text().partition(" — ")[0].strip()
    description = description or f"{heading}: {edition.title}"
    shown = {
        "og:type": "article",
        "og:site_name": edition.title,
        "og:title": heading,
        "og:description": description,
    }
    if edition.address:
        place = edition.address if name == "intro.html" else edition.address + name
        head.append(soup.new_tag("link", rel="canonical", href=place))
        shown |= {"og:url": place, "og:image": f"{edition.address}_static/cover.png"}
    head.append(soup.new_tag("meta", attrs={"name": "description", "content": description}))
    for key, value in shown.items():
        head.append(soup.new_tag("meta", property=key, content=value))


def keep_licences(site: Path) -> None:
    """Collect the licences of what others have drawn and written, under ``_static/licences``."""
    licences = site / "_static" / "licences"
    licences.mkdir()
    shutil.copy(styles.KATEX.parent / "LICENSE", licences / "katex.txt")
    for licence in (site / "_static" / "scripts").glob("*.LICENSE.txt"):
        shutil.copy(licence, licences / licence.name.replace(".js.LICENSE", ""))


def sweep(site: Path) -> None:
    """Delete the files of ``_static`` that no page names, nor a script or style sheet of a page."""
    static = site / "_static"
    text = "".join(page.read_text(encoding="utf-8") for page in page_paths(site))
    for named in [path for path in static.rglob("*") if path.suffix in (".css", ".js") and path.name in text]:
        content = re.sub(
            r"^//# sourceMappingURL=.*", "", named.read_text(encoding="utf-8"), flags=re.MULTILINE
        )
        named.write_text(content, encoding="utf-8")
        text += content
    for path in static.rglob("*"):
        if path.is_file() and path.name not in text and path.parent.name != "licences":
            path.unlink()
