"""Where a command's text goes, and what it looks like there."""

from __future__ import annotations

import argparse
import os
import shutil
import sys

from asgisim import seeds
from asgisim.report import style as styles


def emit(text: str, options: argparse.Namespace) -> None:
    """Write to standard output, or whole or not at all to the file of --output."""
    if options.output:
        seeds.write_text(options.output, text)
    else:
        sys.stdout.write(text)
        sys.stdout.flush()


def look(options: argparse.Namespace) -> tuple[int, styles.Style]:
    """The width in columns and the marking: 80 and none, unless it is a terminal that is written to."""
    terminal = sys.stdout.isatty() and not getattr(options, "output", None)
    width = max(40, shutil.get_terminal_size().columns) if terminal else 80
    return width, styles.choose(terminal, os.environ)
