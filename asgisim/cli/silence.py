"""What an app under test prints and logs does not get between the lines of a report."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator


@contextlib.contextmanager
def silence(active: bool = True) -> Iterator[None]:
    """Let nothing out that is printed or logged inside, an import's output included.

    Thousands of scenarios mean thousands of tracebacks; formatting them alone would take most of the time.
    """
    if not active:
        yield
        return
    before = logging.root.manager.disable
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        logging.disable(logging.CRITICAL)
        try:
            with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
                yield
        finally:
            logging.disable(before)
