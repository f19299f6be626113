"""Standard output and standard error of our commands, whose readers may go away (``| head``) or be full."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TextIO


def quietly(command: Callable[[], int], cut: int) -> int:
    """Run a command; without a word if nobody reads what it says. cut: the status if that ended it."""
    try:
        status = command()
    except BrokenPipeError:
        status = cut
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            forget(stream)
        except (OSError, ValueError):  # full, which has been told where it matters; or closed
            if not getattr(stream, "closed", True):
                forget(stream)
            status = status or cut
    return status


def forget(stream: TextIO) -> None:
    """What is still in this stream goes nowhere, and so cannot fail when the interpreter ends."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):  # not a file, as under a test
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
