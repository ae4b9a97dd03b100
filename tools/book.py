"""Build the book from the committed outputs: ``python tools/book.py``.

The environment variable BOOK_REPOSITORY, where set, stands in for the repository's address of _config.yml, so that a
fork publishes launch buttons that point at itself.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent


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


def build(root: Path, repository: str | None = None) -> int:
    """Build the book in the folder `root` into its ``_build``, every warning an error.

    Returns
    -------
    int
        The exit status of the build: 0 if there was no warning.
    """
    config = configuration((root / "_config.yml").read_text(encoding="utf-8"), repository)
    built = root / "_build"
    # Sphinx warns of a page only when it reads it: a build on top of an older one would pass over a page that has not changed.
    shutil.rmtree(built, ignore_errors=True)
    built.mkdir()
    path = built / "config.yml"
    path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), encoding="utf-8")
    jupyter_book = Path(sys.executable).parent / "jupyter-book"
    command = [jupyter_book, "build", root, "-W", "-n", "--keep-going", "--config", path]
    status = subprocess.run(command, check=False).returncode
    if status == 0:
        print(f"Open the book at {(built / 'html' / 'index.html').as_uri()}")
    return status


if __name__ == "__main__":
    sys.exit(build(ROOT, os.environ.get("BOOK_REPOSITORY")))
