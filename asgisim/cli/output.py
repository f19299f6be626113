"""Where a command's text goes, and what it looks like there."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from asgisim import files
from asgisim.cli.status import UsageError
from asgisim.files import forget
from asgisim.report import style as styles


def check(options: argparse.Namespace) -> None:
    """See that --output, --save and --emit-script can be written, before a minute's work is lost.

    Raises UsageError.
    """
    output = getattr(options, "output", None)
    if output is not None:
        if not output or Path(output).is_dir():
            raise UsageError(
                f"--output: expected a file to write, but got {output or repr(output)}, a folder"
            )
        _writable("--output", Path(output).parent)
    for option in ("save", "emit_script"):
        if getattr(options, option, None) is not None:
            _writable(f"--{option.replace('_', '-')}", Path(getattr(options, option)))


def _writable(option: str, folder: Path) -> None:
    """The folder, or the nearest one above it that exists, in which it would be made."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not there.is_dir():
        raise UsageError(f"{option}: expected a folder, but {there} is a file")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"{option}: the folder {there} cannot be written to; name another")


def emit(text: str, options: argparse.Namespace) -> None:
    """Write to standard output, or whole or not at all to the file of --output.

    A reader that has seen enough, such as head, changes nothing of the exit status. What the terminal's
    encoding lacks is escaped. Raises UsageError for a file that cannot be written.
    """
    if options.output:
        try:
            files.write_text(options.output, text)
        except OSError as error:
            raise UsageError(f"--output: {options.output} cannot be written: {error.strerror}") from None
        return
    say(text)


def say(text: str) -> None:
    """Write to standard output, as emit does. Raises UsageError where nothing more fits."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        forget(sys.stdout)
    except OSError as error:
        forget(sys.stdout)
        raise UsageError(f"standard output cannot be written: {error.strerror}") from None


def look(options: argparse.Namespace) -> tuple[int, styles.Style]:
    """The width in columns and the marking: 80 and none, unless it is a terminal that is written to."""
    terminal = sys.stdout.isatty() and not getattr(options, "output", None)
    width = max(40, shutil.get_terminal_size().columns) if terminal else 80
    return width, styles.choose(terminal, os.environ)
