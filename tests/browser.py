"""A real browser for the tests that look at pages: the Chromium of this machine, driven by Playwright.

A test module asks for the fixture here with ``pytest_plugins = ["browser"]``.
"""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


# Its scope is not the session: while it lives, Playwright keeps an event loop running in this thread, and the tests
# that execute notebooks could not start their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser, without a window and with an empty profile; skips where none is installed."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium found: install the package chromium")
    with sync_playwright() as playwright:
        # Playwright leaves the sandbox off unless told otherwise; root, as in a container, could not use it.
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        try:
            yield browser
        finally:
            browser.close()
