"""A real browser for tests of pages: the machine's chromium, driven by Playwright; skipped without them."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Headless as root within a container, and without a look at the maker's hosts.
SWITCHES = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@contextlib.contextmanager
def started() -> Iterator[Any]:
    """The browser. Skips the test, with the reason, where it cannot be had."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"there is no browser here: none of {', '.join(NAMES)}")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(SWITCHES), timeout=120_000)
        yield browser
        browser.close()


@dataclass
class Shown:
    """A page that is open. heard: console messages and errors. asked: addresses that it asked for."""

    page: Any
    heard: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def text(self, selector: str) -> str:
        """What can be read in the first element of that kind."""
        return str(self.page.locator(selector).first.inner_text())

    def overflows(self) -> bool:
        """Whether the page as a whole must be moved sideways to be read."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def show(
    browser: Any, path: Path, size: dict[str, int] | None = None, scheme: str = "light", at: str = ""
) -> Shown:
    """Open a file. at: the part behind ``#``."""
    page = browser.new_page(viewport=size or WIDE, color_scheme=scheme)
    page.set_default_timeout(60_000)
    shown = Shown(page)
    page.on("console", lambda message: shown.heard.append(message.text))
    page.on("pageerror", lambda error: shown.heard.append(str(error)))
    page.on("request", lambda request: shown.asked.append(request.url))
    page.on("dialog", lambda dialog: (shown.heard.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.goto(path.as_uri() + (f"#{at}" if at else ""))
    return shown
