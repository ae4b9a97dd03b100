"""The Chromium of this machine, driven by Playwright: it looks at the pages in tests, and prints the PDF."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


class NoBrowser(Exception):
    """That no browser is installed."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, without a window and with an empty profile."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise NoBrowser("no Chromium found: install the package chromium")
    with sync_playwright() as playwright:
        # Playwright leaves the sandbox off unless told otherwise; root, as in a container, could not use it.
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        try:
            yield browser
        finally:
            browser.close()
