"""Surroundings that are the same on every machine: the tests and the stored notebooks are made in them.

A user's settings are in environment variables and in files at home, such as a profile of IPython, a matplotlibrc or a
.gitconfig. So the variables are dropped, and home is a folder of the project, which keeps compiled code too.
"""

from collections.abc import Mapping

from gmixlib._surroundings import without_settings
from tools.notebooks import ROOT

HOME = ROOT / ".home_cache"
# How the names begin of what else changes a text or a commit: git's variables in a hook, colours, the width of a console.
OTHERS = ("COLUMNS", "FORCE_COLOR", "GIT_", "LINES", "NO_COLOR", "SOURCE_DATE_EPOCH", "XDG_")
GIT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_COUNT": "1",  # a clone that another user owns, as in a container, is read too
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
}


def neutral(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without what a user has set, and with a home where nothing is."""
    HOME.mkdir(exist_ok=True)
    kept = {name: value for name, value in environment.items() if not name.startswith(OTHERS)}
    return without_settings(kept) | GIT | {"HOME": str(HOME)}
