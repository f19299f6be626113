"""``asgisim bench``: what middlewares cost, what asgisim costs beside its peers, and by itself."""

from __future__ import annotations

import argparse
import sys

from asgisim import files
from asgisim.bench import growth, suites
from asgisim.bench.data import Data, read
from asgisim.bench.stacks import FRAMEWORKS
from asgisim.cli.output import check, emit
from asgisim.cli.status import OK, UsageError


def run(options: argparse.Namespace) -> int:
    """Measure, or read old data, and report. Raises UsageError."""
    check(options)
    data = _old(options.data) if options.data else _measured(options)
    try:
        emit(suites.FORMS[options.format](data), options)
    except ValueError as error:
        raise UsageError(str(error)) from None
    return OK


def _old(name: str) -> Data:
    try:
        text = files.read_text(name)
    except OSError as error:
        raise UsageError(f"--data: {name} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"--data: {name}: {error}") from None
    try:
        return read(text, name)
    except ValueError as error:
        raise UsageError(f"--data: {error}") from None


def _measured(options: argparse.Namespace) -> Data:
    for name in options.framework or ():
        if name not in FRAMEWORKS:
            raise UsageError(f"expected a framework out of {', '.join(FRAMEWORKS)}, but got {name!r}")
    named = (name for name in ("self", "peers", "growth") if getattr(options, name))
    suite = next(named, "middlewares")
    if suite != "middlewares" and (options.framework or options.style or options.count or options.server):
        raise UsageError("--framework, --style, --count and --server belong to the middleware suite")
    quiet = options.quiet or not sys.stderr.isatty()

    def told(number: int) -> None:
        if not quiet:
            print(f"\rround {number} of {rounds}", end="", file=sys.stderr)

    rounds = options.rounds
    if suite == "growth":
        rounds = -(-options.examples // growth.EVERY)
    try:
        data = suites.run(
            suite,
            options.rounds,
            options.seed,
            told=told,
            frameworks=options.framework or (),
            styles=options.style or (),
            counts=options.count or (),
            server=options.server or "",
            examples=options.examples,
        )
    except OSError as error:
        raise UsageError(f"this system does not tell how much memory a process has: {error}") from None
    if not quiet:
        print(file=sys.stderr)
    return data
