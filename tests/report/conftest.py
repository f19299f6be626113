"""A browser for the tests of pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.report.browser import started


@pytest.fixture(scope="module")  # while it is there, a loop of Playwright's runs in this very thread
def browser() -> Iterator[Any]:
    """Chromium, or a skip."""
    with started() as found:
        yield found
