"""The form of the built pages, as far as their HTML shows it without a browser: links, heads and buttons.

Each rule returns its violations in words.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from tools.pages import page_paths

# An address that no page has: what leads there, leads to the site itself.
_HOST = "http://site.invalid"
_LOADED = {"script", "img", "iframe", "source", "video", "audio", "embed"}
_LOADING_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch"}


class Source(HTMLParser):
    """The HTML of a page: its elements in order, with their attributes, and its title.

    The path is where the page is met: the page for what is not there is met anywhere.
    """

    def __init__(self, path: str, html: str):
        super().__init__()
        self.path = path
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.title = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        # A picture's title is not the page's: that one stands in the head, before all others.
        if self.elements and self.elements[-1][0] == "title":
            self.title = self.title or data.strip()

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of each element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    def meta(self, name: str) -> str:
        """What the head says under a name; empty if nothing."""
        said = (
            meta.get("content", "")
            for meta in self.all("meta")
            if name in map(meta.get, ("name", "property"))
        )
        return next(said, "").strip()

    @cached_property
    def anchors(self) -> set[str]:
        """Every place of the page that a link can lead to; its top is one, with and without a name."""
        return {"", "top"} | {
            attributes[key] for _, attributes in self.elements for key in ("id", "name") if key in attributes
        }

    @cached_property
    def links(self) -> list[str]:
        """Every address that an element leads to or loads, as it is written."""
        return [link for _, attributes in self.elements for link in _addresses(attributes)]


def _addresses(attributes: dict[str, str]) -> Iterator[str]:
    """The addresses in an element's attributes."""
    for key in ("href", "src", "poster", "action"):
        if key in attributes:
            yield attributes[key].strip()
    for candidate in attributes.get("srcset", "").split(","):
        if candidate.strip():
            yield candidate.split()[0]


def pages(root: Path) -> list[str]:
    """The paths of all pages of a built site."""
    return [path.relative_to(root).as_posix() for path in page_paths(root)]


def read(root: Path, path: str) -> Source:
    """A page of a built site."""
    return Source(path, (root / path).read_text(encoding="utf-8"))


def dead_links(sources: Iterable[Source], root: Path, prefix: str = "/") -> list[str]:
    """Links within the site to a page, a file or a place on a page that is not there.

    The site's folder is `root`, and its path on the server `prefix`.
    """
    known = {source.path: source for source in sources}

    def is_alive(source: Source, link: str) -> bool:
        parts = urlsplit(urljoin(f"{_HOST}{prefix}{source.path}", link))
        if f"{parts.scheme}://{parts.netloc}" != _HOST:
            return True
        if not parts.path.startswith(prefix):
            return False
        path = unquote(parts.path.removeprefix(prefix))
        if path in known:
            return unquote(parts.fragment) in known[path].anchors
        return (
            root / path / "index.html" if path in ("", ".") or path.endswith("/") else root / path
        ).is_file()

    return [
        f"{source.path}: {link} leads nowhere"
        for source in known.values()
        for link in dict.fromkeys(source.links)
        if not is_alive(source, link)
    ]


def foreign_assets(source: Source) -> list[str]:
    """What a page would load from another server, or prepare to."""
    loading = [
        attributes
        for tag, attributes in source.elements
        if tag in _LOADED
        or (tag == "link" and _LOADING_LINKS & set(attributes.get("rel", "").lower().split()))
    ]
    return [
        f"{source.path}: {link} is on another server"
        for attributes in loading
        for link in _addresses(attributes)
        if urlsplit(link).netloc
    ]


def wrong_head(source: Source, address: str | None = None) -> list[str]:
    """What a page does not say of itself to browsers, to screen readers and to previews of links.

    Where the page will have an address, it says that.
    """
    canonical = [link.get("href") for link in source.all("link") if link.get("rel") == "canonical"]
    violations = {
        "it has no language": not any(html.get("lang") for html in source.all("html")),
        "it has no title": not source.title,
        "it has no description": not source.meta("description"),
        "it has no og:title": not source.meta("og:title"),
        # Without one, browsers ask for a file that is not there.
        "it has no icon": not any("icon" in link.get("rel", "").split() for link in source.all("link")),
        f"its canonical address is {canonical}, not {address}": bool(address) and canonical != [address],
    }
    return [f"{source.path}: {words}" for words, holds in violations.items() if holds]


def wrong_description(source: Source) -> list[str]:
    """That a page does not say what it is about, in a sentence that search engines show whole."""
    return [
        f"{source.path}: its {name} has {length} characters, not 50 to 160"
        for name in ("description", "og:description")
        if not 50 <= (length := len(source.meta(name))) <= 160
    ]


def repeated_heads(sources: Iterable[Source]) -> list[str]:
    """Titles and descriptions that several pages share."""
    sources = list(sources)
    kinds = {"title": [source.title for source in sources]}
    kinds["description"] = [source.meta("description") for source in sources]
    return [
        f"{count} pages have the {kind} {text!r}"
        for kind, texts in kinds.items()
        for text, count in Counter(filter(None, texts)).items()
        if count > 1
    ]


def missing_buttons(source: Source, repository: str, notebook: str) -> list[str]:
    """What a notebook's page should lead to and does not: Binder, Colab, the editor, the issues, the download.

    The repository is given by its address, the notebook by its path in it.
    """
    name, path = urlsplit(repository).path.strip("/"), re.escape(notebook)
    wanted = {
        "Binder": rf"https://mybinder\.org/v2/gh/{re.escape(name)}/.*\b{path}",
        "Colab": rf"https://colab\.research\.google\.com/github/{re.escape(name)}/blob/.*\b{path}",
        "the editor": rf"{re.escape(repository)}/edit/.*\b{path}",
        "the issues": rf"{re.escape(repository)}/issues/new\b.*",
        "the notebook": rf"(?:\.\./)*_sources/{path}",
    }
    links = [unquote(link) for link in source.links]
    return [
        f"{source.path}: no link leads to {what}"
        for what, pattern in wanted.items()
        if not any(re.fullmatch(pattern, link) for link in links)
    ]
