"""Build the book from the committed outputs: ``python tools/book.py``.

The environment variable BOOK_REPOSITORY, where set, stands in for the repository's address of _config.yml, so that a
fork publishes launch buttons that point at itself. With SOLUTIONS=no the book has no worked solutions.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
SOLUTIONS = "chapters/solutions"


def configuration(text: str, repository: str | None) -> dict:
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


def without_solutions(config: dict, contents: dict) -> tuple[dict, dict]:
    """The configuration and the contents of a book for a course that keeps the solutions to itself."""
    config = config | {"exclude_patterns": [*config["exclude_patterns"], SOLUTIONS]}
    parts = [part for part in contents["parts"] if not part["chapters"][0]["file"].startswith(SOLUTIONS)]
    return config, contents | {"parts": parts}


def build(root: Path, repository: str | None = None, *, solutions: bool = True) -> int:
    """Build the book in the folder `root` into its ``_build``, every warning an error.

    Returns
    -------
    int
        The exit status of the build: 0 if there was no warning.
    """
    config = configuration((root / "_config.yml").read_text(encoding="utf-8"), repository)
    contents = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    if not solutions:
        config, contents = without_solutions(config, contents)
    built = root / "_build"
    # Sphinx warns of a page only when it reads it: a build on top of an older one would pass over a page that has not changed.
    shutil.rmtree(built, ignore_errors=True)
    built.mkdir()
    for name, part in {"config.yml": config, "toc.yml": contents}.items():
        text = yaml.safe_dump(part, sort_keys=False, allow_unicode=True)
        (built / name).write_text(text, encoding="utf-8")
    jupyter_book = Path(sys.executable).parent / "jupyter-book"
    command = [jupyter_book, "build", root, "-W", "-n", "--keep-going"]
    command += ["--config", built / "config.yml", "--toc", built / "toc.yml"]
    status = subprocess.run(command, check=False).returncode
    if status == 0:
        print(f"Open the book at {(built / 'html' / 'index.html').as_uri()}")
    return status


if __name__ == "__main__":
    wanted = os.environ.get("SOLUTIONS", "yes")
    if wanted not in ("yes", "no"):
        sys.exit(f"SOLUTIONS is {wanted!r}; it must be yes or no")
    sys.exit(build(ROOT, os.environ.get("BOOK_REPOSITORY"), solutions=wanted == "yes"))
