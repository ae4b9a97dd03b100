"""A real browser for the tests that look at pages.

A test module asks for the fixture here with ``pytest_plugins = ["browser"]``.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tools.browser import NoBrowser, chromium


# Its scope is not the session: while it lives, Playwright keeps an event loop running in this thread, and the tests
# that execute notebooks could not start their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser; skips where none is installed."""
    try:
        with chromium() as browser:
            yield browser
    except NoBrowser as error:
        pytest.skip(str(error))
