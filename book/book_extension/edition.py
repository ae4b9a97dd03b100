"""What is built: the commit, the repository that readers are led to, and whether solutions and a PDF are part of it.

Three environment variables change what _config.yml says, for one build:

BOOK_REPOSITORY
    The web address of the repository, such as ``https://github.com/owner/name``. A fork's workflow sets it, so that
    the buttons lead to the fork.
SOLUTIONS
    ``no`` leaves out the worked solutions, for a course that keeps them to itself; ``yes`` is the default.
BOOK_PDF
    ``yes`` lets each page offer the book as a PDF, which `make pdf` then makes; ``no`` is the default.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

SOLUTIONS = "chapters/solutions"
PDF = "bayesian-gaussian-mixtures.pdf"


def published_address(repository: str) -> str:
    """Where GitHub publishes the pages of a repository, with a slash at the end; empty for one elsewhere."""
    place = urlsplit(repository)
    if place.hostname != "github.com":
        return ""
    owner, name = place.path.strip("/").split("/")
    home = f"https://{owner.lower()}.github.io/"
    return home if name.lower() == f"{owner.lower()}.github.io" else f"{home}{name}/"


def commit(folder: str | Path) -> str:
    """The commit that a folder holds; empty where it is not the top of a repository, such as a download in another's."""
    # In a hook, git's variables name the repository of the hook. Another user may own this one, as in a container.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", "safe.directory=*", "-C", folder, "rev-parse", "--show-prefix", "HEAD"]
    try:
        run = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):  # no git, no repository, or no commit in it
        return ""
    way_from_top, head = run.stdout.splitlines()
    return "" if way_from_top else head


def choose_repository(app: Sphinx, config: Config) -> None:
    """Say on each page which version and commit it is of, and lead its links to the repository it is built from."""
    theme = config.html_theme_options
    repository = os.environ.get("BOOK_REPOSITORY") or theme["repository_url"]
    if not repository.startswith("https://"):
        raise ConfigError(
            f"BOOK_REPOSITORY is {repository!r}; it must be an address such as https://github.com/owner/name"
        )
    theme["repository_url"] = repository = repository.rstrip("/")
    revision = commit(app.srcdir) or theme["repository_branch"]
    project = tomllib.loads(Path(app.srcdir, "pyproject.toml").read_text(encoding="utf-8"))["project"]
    link = f'<a href="{repository}/commit/{revision}">{revision[:7]}</a>'
    theme["extra_footer"] = f"<p>Version {project['version']}, {link}</p>"
    config.book_revision = revision
    config.html_baseurl = published_address(repository)
    home = urlsplit(config.html_baseurl).path or "/"
    config.notfound_urls_prefix = home
    config.notfound_context = {
        key: text.replace("HOME", home) for key, text in config.notfound_context.items()
    }


def is_wanted(variable: str, default: str) -> bool:
    """Whether an environment variable says yes."""
    answer = os.environ.get(variable, default)
    if answer not in ("yes", "no"):
        raise ConfigError(f"{variable} is {answer!r}; it must be yes or no")
    return answer == "yes"


def choose_pdf(_app: Sphinx, config: Config) -> None:
    """Name the PDF where there is to be one."""
    config.book_pdf = PDF if is_wanted("BOOK_PDF", "no") else ""


def choose_solutions(_app: Sphinx, config: Config) -> None:
    """Leave the solutions out of the book where SOLUTIONS is no."""
    if not is_wanted("SOLUTIONS", "yes"):
        for page in config.external_site_map.values():
            for part in page.subtrees:
                part.items = [item for item in part.items if not str(item).startswith(SOLUTIONS)]
        config.exclude_patterns = [*config.exclude_patterns, SOLUTIONS]


def check_docstrings(_app: Sphinx, _config: Config) -> None:
    """Stop where Python drops the docstrings, which the page of the library shows."""
    if sys.flags.optimize > 1:
        raise ConfigError(
            "Python runs with -OO or PYTHONOPTIMIZE=2, which drops docstrings; build without it"
        )


def setup(app: Sphinx) -> None:
    """Connect the handlers of this module."""
    app.add_config_value("book_revision", "", "html", str)
    app.add_config_value("book_pdf", "", "html", str)
    app.connect("config-inited", check_docstrings)
    app.connect("config-inited", choose_repository)
    app.connect("config-inited", choose_pdf)
    app.connect("config-inited", choose_solutions, priority=950)  # after the contents list was read
