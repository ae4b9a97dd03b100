"""What a user sets for Python and its libraries. Notebooks that are tested, stored or graded run without it."""

import os
import sys
import warnings
from collections.abc import Mapping

# How the names of such environment variables begin.
SETTINGS = ("ARVIZ", "IPYTHON", "JUPYTER", "MATPLOTLIB", "MPL", "NUMBA", "PYTENSOR", "PYTHON")


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without the user's settings, in which text is UTF-8 whatever the locale is."""
    kept = {name: value for name, value in environment.items() if not name.startswith(SETTINGS)}
    return kept | {"PYTHONUTF8": "1"}


def leave_settings() -> None:
    """Let this process, as far as it still can, and each that it starts be without the user's settings."""
    environment = without_settings(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    if sys.warnoptions:  # of PYTHONWARNINGS or -W; multiprocessing would hand them on
        sys.warnoptions.clear()
        warnings.simplefilter("default")
