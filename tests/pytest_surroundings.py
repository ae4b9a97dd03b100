"""Surroundings, options and reports of the test run."""

import os
import tempfile
from pathlib import Path

import pytest

from tools.surroundings import neutral


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a quick run of the slow tests try fewer seeds."""
    parser.addoption(
        "--other-seeds", type=int, default=5, help="how many other values of SEED each chapter runs with"
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    """Leave the user's settings behind, before a test or a kernel starts and after pytest has chosen its own colours."""
    aside = tempfile.TemporaryDirectory(prefix="gmixlib-")
    session.config.add_cleanup(aside.cleanup)
    # The progress of the students who are played here is nobody's.
    environment = neutral(os.environ) | {"GMIXLIB_PROGRESS": os.path.join(aside.name, "progress.json")}
    os.environ.clear()
    os.environ.update(environment)


def pytest_configure(config: pytest.Config) -> None:
    """Report what each chapter took as soon as it is done, and let nbval find its exceptions from any folder."""
    config.option.nbval_sanitize_with = str(Path(__file__).with_name("nbval_sanitize.cfg"))
    config.pluginmanager.register(_ChapterLines(config))


class _ChapterLines:
    """Writes a line for each test that recorded one under ``chapter``, also from pytest-xdist's workers."""

    def __init__(self, config: pytest.Config):
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if report.when == "call" and terminal:
            for name, line in report.user_properties:
                if name == "chapter":
                    terminal.ensure_newline()
                    terminal.write_line(line)
