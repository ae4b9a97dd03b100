"""Build the book from the committed outputs: ``python -m tools.book``.

The environment variable BOOK_REPOSITORY, where set, stands in for the repository's address of _config.yml, so that a
fork publishes launch buttons that point at itself. With SOLUTIONS=no the book has no worked solutions.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tools import colab, notebooks, pages, styles, web_tools

ROOT = Path(__file__).resolve().parent.parent
SOLUTIONS = "chapters/solutions"
NOT_FOUND = """<h1>This page is not here</h1>
<p>It may have moved, or the link may be misspelt. <a href="{home}">The first page</a> lists all chapters, and the
search knows every page.</p>"""


def configuration(text: str, repository: str | None = None) -> dict:
    """Parse the text of a _config.yml, with the repository's address replaced where one is given.

    Parameters
    ----------
    text
        The configuration, in YAML.
    repository
        An address such as ``https://github.com/owner/name``; None or empty keeps the one in `text`.

    Raises
    ------
    ValueError
        If `repository` is no web address.
    """
    config = yaml.safe_load(text)
    if repository:
        if not repository.startswith("https://"):
            raise ValueError(
                f"BOOK_REPOSITORY is {repository!r}; it must be an address such as https://github.com/owner/name"
            )
        config["repository"]["url"] = repository.rstrip("/")
    return config


def published_address(repository: str) -> str | None:
    """Where GitHub publishes the pages of a repository, with a slash at the end; None for one elsewhere."""
    place = urlsplit(repository)
    if place.hostname != "github.com":
        return None
    owner, name = place.path.strip("/").split("/")
    home = f"https://{owner.lower()}.github.io/"
    return home if name.lower() == f"{owner.lower()}.github.io" else f"{home}{name}/"


def path_on_server(repository: str) -> str:
    """The path under which the pages of a repository are published, with a slash at its end."""
    return urlsplit(published_address(repository) or "/").path


def version() -> str:
    """The version of the project."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def edition(config: dict, root: Path = ROOT) -> pages.Edition:
    """What is built, where from, and where it will be read."""
    repository, branch = config["repository"]["url"], config["repository"]["branch"]
    return pages.Edition(
        title=config["title"],
        repository=repository,
        branch=branch,
        revision=colab.revision(root) or branch,
        address=published_address(repository),
    )


def for_sphinx(config: dict, edition: pages.Edition, root: Path) -> dict:
    """The configuration with what depends on the edition and on this machine."""
    home = path_on_server(edition.repository)
    commit = f'<a href="{edition.repository}/commit/{edition.revision}">{edition.revision[:7]}</a>'
    settings = config["sphinx"]["config"] | {
        "katex_js_path": str(styles.KATEX / "katex.min.js"),
        "notfound_urls_prefix": home,
        "notfound_context": {"title": "Page not found", "body": NOT_FOUND.format(home=home)},
    }
    return config | {
        "html": config["html"] | {"extra_footer": f"<p>Version {version()}, {commit}</p>"},
        "sphinx": config["sphinx"] | {"config": settings},
    }


def check_descriptions(descriptions: dict[str, str], pages: set[str]) -> None:
    """Raise ValueError unless each page has a description, and each description a page."""
    if missing := sorted(pages - descriptions.keys()):
        raise ValueError(f"descriptions.yml lacks {', '.join(missing)}: say in a sentence what each is about")
    if extra := sorted(descriptions.keys() - pages):
        raise ValueError(f"descriptions.yml has {', '.join(extra)}, which _toc.yml has not")


def without_solutions(config: dict, contents: dict, descriptions: dict) -> tuple[dict, dict, dict]:
    """The same for a course that keeps the solutions to itself."""
    config = config | {"exclude_patterns": [*config["exclude_patterns"], SOLUTIONS]}
    parts = [part for part in contents["parts"] if not part["chapters"][0]["file"].startswith(SOLUTIONS)]
    kept = {page: text for page, text in descriptions.items() if not page.startswith(SOLUTIONS)}
    return config, contents | {"parts": parts}, kept


def listed(contents: Any) -> Iterator[str]:
    """The paths of all pages in a contents list (``_toc.yml``, loaded), without suffix."""
    for entry in contents if isinstance(contents, list) else []:
        yield from listed(entry)
    for key, value in contents.items() if isinstance(contents, dict) else []:
        yield from [value.removesuffix(".ipynb")] if key in {"root", "file"} else listed(value)


def table(root: Path, contents: Any) -> str:
    """What each notebook of the book took when it was last executed, and how much it checks, in MyST."""
    lines = ["| Notebook | Seconds | Memory, MB | Claims or checks |", "|---|--:|--:|--:|"]
    rows = []
    for page in listed(contents):
        if (path := root / f"{page}.ipynb").is_file():
            notebook = notebooks.read(path)
            took = notebook.metadata["gmixlib"]
            rows.append((took["seconds"], took["megabytes"], notebooks.count_checks(notebook)))
            lines.append(f"| {{doc}}`/{page}` | {' | '.join(map(str, rows[-1]))} |")
    seconds, megabytes, checks = zip(*rows, strict=True) if rows else ([], [0], [])
    lines.append(f"| **Total**, and the most memory | {sum(seconds)} | {max(megabytes)} | {sum(checks)} |")
    return "\n".join(lines) + "\n"


def build(root: Path, repository: str | None = None, *, solutions: bool = True) -> int:
    """Build the book in the folder `root` into its ``_build``, every warning an error.

    Returns
    -------
    int
        The exit status of the build: 0 if there was no warning.

    Raises
    ------
    ValueError
        If `repository` is no web address, or descriptions.yml and _toc.yml have not the same pages.
    pages.UnknownTheme
        If the theme is not the one that tools/pages.py was written for.
    """
    config = configuration((root / "_config.yml").read_text(encoding="utf-8"), repository)
    contents, descriptions = (
        yaml.safe_load((root / name).read_text(encoding="utf-8")) for name in ("_toc.yml", "descriptions.yml")
    )
    if not solutions:
        config, contents, descriptions = without_solutions(config, contents, descriptions)
    check_descriptions(descriptions, set(listed(contents)))
    built = root / "_build"
    # Sphinx warns of a page only when it reads it: a build on top of an older one would pass over a page that has not changed.
    shutil.rmtree(built, ignore_errors=True)
    built.mkdir()
    this = edition(config, root)
    for name, part in {"config.yml": for_sphinx(config, this, root), "toc.yml": contents}.items():
        text = yaml.safe_dump(part, sort_keys=False, allow_unicode=True)
        (built / name).write_text(text, encoding="utf-8")
    (built / "execution.md").write_text(table(root, contents), encoding="utf-8")
    jupyter_book = Path(sys.executable).parent / "jupyter-book"
    command = [jupyter_book, "build", root, "-W", "-n", "--keep-going"]
    command += ["--config", built / "config.yml", "--toc", built / "toc.yml"]
    environment = web_tools.environment() | {
        "PYTHONPATH": str(Path(__file__).parent)
    }  # where katex_server.py is
    status = subprocess.run(command, env=environment, check=False).returncode
    if status == 0:
        pages.finish(built / "html", this, descriptions)
        print(f"Open the book at {(built / 'html' / 'index.html').as_uri()}")
    return status


if __name__ == "__main__":
    wanted = os.environ.get("SOLUTIONS", "yes")
    if wanted not in ("yes", "no"):
        sys.exit(f"SOLUTIONS is {wanted!r}; it must be yes or no")
    try:
        sys.exit(build(ROOT, os.environ.get("BOOK_REPOSITORY"), solutions=wanted == "yes"))
    except (ValueError, pages.UnknownTheme) as problem:
        sys.exit(str(problem))
