"""``python -m asgisim.frameworks``: a short campaign against every framework that is installed, and a table.

A show, not a gate: the exit status is 0 whatever is found. ``--seconds N`` is the time for each framework.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from asgisim import target
from asgisim.frameworks.apps import APPS, App, find
from asgisim.frameworks.contract import ENDPOINTS
from asgisim.fuzz.campaign import Settings, fuzz
from asgisim.fuzz.findings import Campaign, Found
from asgisim.space import Route

SECONDS = 6.0
EXAMPLES = 3000
SHOWN = 5  # findings told for each framework
# These do wrong because the request asks for it; what they break is not the framework's doing.
PROVOKED = ("raise", "raise-mid-stream", "ws/raise-before-accept", "ws/raise-after-accept", "ws/return")
HEADINGS = ("framework", "version", "scenarios", "seconds", "held", "broken", "not exercised", "findings")


@dataclass(slots=True)
class Row:
    """What became of one framework. campaign None: it was not run, and why says the reason."""

    app: App
    campaign: Campaign | None = None
    why: str = ""


def routes() -> list[Route]:
    """The contract's endpoints as the campaign takes them, without those that do wrong on demand."""
    return [
        Route(row.method, row.cases[0][0].path or row.path, row.protocol)
        for row in ENDPOINTS
        if row.name not in PROVOKED
    ]


def run(app: App, seconds: float) -> Row:
    """One short campaign; a framework that is missing or does not import costs its own row only."""
    if missing := app.missing():
        return Row(app, why=f"not installed ({', '.join(missing)} missing)")
    protocols = ("http", "websocket", "lifespan") if app.restarts else ("http", "websocket")
    try:
        with quiet():
            loaded = target.load(app.target)
            settings = Settings(
                routes=routes(),
                protocols=protocols,
                max_examples=EXAMPLES,
                max_time=seconds,
                reload=loaded.reload,
            )
            return Row(app, fuzz(loaded.app, settings))
    except Exception as error:
        return Row(app, why=f"could not be run: {type(error).__name__}: {error}")


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Frameworks log what we provoke; none of it helps the reader of the table."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def told(found: Found) -> str:
    """One line for one finding."""
    return f"    {found.protocol or 'any':9}  {found.finding.line()}"


def version(app: App) -> str:
    """``4.3.2``, or ``django 5.2, channels 4.3`` where two make the framework; empty for none."""
    versions = app.versions()
    if len(versions) < 2 or app.name != "django":
        return next(iter(versions.values()), "")
    return ", ".join(versions.values())


def show(row: Row, out: TextIO | None = None) -> None:
    """The findings of one framework, as soon as it is done."""
    stream = out or sys.stdout
    print(f"{row.app.title} {version(row.app)}".rstrip(), file=stream)
    if row.campaign is None:
        print(f"    {row.why}\n", file=stream, flush=True)
        return
    findings = [found for found in row.campaign.findings if found.caused_by is None]
    for found in findings[:SHOWN]:
        print(told(found), file=stream)
    if len(findings) > SHOWN:
        print(f"    and {len(findings) - SHOWN} more", file=stream)
    if not row.campaign.examples:
        print("    nothing was exercised", *row.campaign.left_out, sep="\n    ", file=stream)
    elif not findings:
        print("    nothing broken", file=stream)
    print(f"    more: asgisim fuzz {row.app.target}\n", file=stream, flush=True)


def table(rows: list[Row]) -> str:
    """The summary, columns in line."""
    cells = [list(HEADINGS)]
    for row in rows:
        done = row.campaign
        if done is None:
            cells.append([row.app.title, version(row.app), row.why.split(" (")[0], "", "", "", "", ""])
            continue
        counts = (len(done.held), len(done.broken), len(done.not_exercised), len(done.findings))
        numbers = [str(done.examples), f"{done.seconds:.1f}", *map(str, counts)]
        cells.append([row.app.title, version(row.app), *numbers])
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in cells)


def main(arguments: list[str] | None = None) -> int:
    """Run the show; returns 0."""
    parser = argparse.ArgumentParser(prog="python -m asgisim.frameworks", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="for each framework (default %(default)s)"
    )
    parser.add_argument("names", nargs="*", help=f"of {', '.join(app.name for app in APPS)} (default: all)")
    asked = parser.parse_args(arguments)
    try:
        apps = [find(name) for name in asked.names] or list(APPS)
    except ValueError as error:
        parser.error(str(error))
    began = time.perf_counter()
    rows = []
    for app in apps:
        rows.append(run(app, asked.seconds))
        show(rows[-1])
    print(table(rows))
    print(f"\n{len(rows)} frameworks in {time.perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
