"""``python -m asgisim.frameworks``: a short campaign against every framework that is installed, and a table.

A show, not a gate: the exit status is 0 whatever is found. ``--seconds N`` is the time for each framework.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import sys
import textwrap
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO

from asgisim import target
from asgisim.files import quietly
from asgisim.frameworks.apps import APPS, App, find
from asgisim.frameworks.contract import ENDPOINTS
from asgisim.fuzz import starting
from asgisim.fuzz.campaign import fuzz
from asgisim.fuzz.findings import Campaign, Found
from asgisim.fuzz.settings import Settings
from asgisim.space import Route
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import By, Level, Party

SECONDS = 8.0  # at most; a machine with time to spare is done with EXAMPLES before
EXAMPLES = 3000
WIDTH = 79  # columns
# These do wrong because the request asks for it; what they break is not the framework's doing.
PROVOKED = ("raise", "raise-mid-stream", "ws/raise-before-accept", "ws/raise-after-accept", "ws/return")
HEADINGS = ("framework", "version", "runs", "must", "should", "implied", "held", "untested")
FOOT = """\
runs: scenarios played. must, should, implied: findings, by how strongly the
text asks for what was not done; what only follows from another finding is not
counted. held, untested: of the rules that bind apps. Every finding is told,
with its reason and a script, in docs/findings.md."""
LEVELS = (Level.MUST, Level.SHOULD, Level.IMPLIED)
BINDING = {
    rule.id
    for rule in CATALOGUE.values()
    if rule.party in (Party.APP, Party.BOTH) and rule.by is not By.WIRE and not rule.advisory
}


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


def run(app: App, seconds: float, teller: Teller) -> Row:
    """One short campaign; a framework that is missing or does not import costs its own row only."""
    if missing := app.missing():
        return Row(app, why=f"not installed ({', '.join(missing)} missing)")
    try:
        with quiet():
            loaded = target.load(app.target)
            settings = Settings(
                routes=routes(), max_examples=EXAMPLES, max_time=seconds, reload=loaded.reload
            )
            return Row(app, fuzz(loaded.app, settings, teller))
    except Exception as error:
        return Row(app, why=f"could not be run: {type(error).__name__}: {error}")


@dataclass(slots=True)
class Teller:
    """Tells each finding once, as soon as it is made, and on a terminal how far the campaign is."""

    stream: TextIO
    live: bool = False
    told: set[tuple[str, str]] = field(default_factory=set)

    def __call__(self, campaign: Campaign) -> None:
        """What the campaign calls now and then."""
        for found in alone(campaign):
            key = (found.finding.rule.id, found.protocol)
            if key not in self.told:
                self.told.add(key)
                self.clear()
                print(words(found), file=self.stream, flush=True)
        if self.live:
            print(f"\r    {campaign.examples} runs", end="", file=self.stream, flush=True)

    def clear(self) -> None:
        """Take the line about progress away."""
        if self.live:
            print("\r" + " " * 20, end="\r", file=self.stream)


def alone(campaign: Campaign) -> list[Found]:
    """The findings that do not follow from another one, the first of each rule and protocol."""
    first: dict[tuple[str, str], Found] = {}
    for found in campaign.findings:
        if found.caused_by is None:
            first.setdefault((found.finding.rule.id, found.protocol), found)
    return list(first.values())


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


def words(found: Found) -> str:
    """One finding in a few lines of at most 79 columns."""
    rule = found.finding.rule
    detail = textwrap.shorten(found.finding.detail, 2 * WIDTH - 30, placeholder=" ...")
    head = f"    {rule.level.value:7}  {found.protocol or 'any':9}  {rule.id}"
    return "\n".join(
        [head, *textwrap.wrap(detail, WIDTH, initial_indent=" " * 13, subsequent_indent=" " * 13)]
    )


def version(app: App) -> str:
    """``4.3.2``, or ``django 5.2, channels 4.3`` where two make the framework; empty for none."""
    versions = app.versions()
    if len(versions) < 2 or app.name != "django":
        return next(iter(versions.values()), "")
    return ", ".join(versions.values())


def remarks(row: Row) -> list[str]:
    """What a reader must know to trust the findings of one framework, or their absence."""
    if row.campaign is None:
        return [row.why]
    kept = [starting.ONE_LOOP] if starting.ONE_LOOP in row.campaign.left_out else []
    if not row.campaign.examples:
        return ["nothing was exercised", *row.campaign.left_out]
    return [*kept, *([] if alone(row.campaign) else ["nothing broken"])]


def show(row: Row, out: TextIO) -> None:
    """The end of what is told of one framework."""
    for remark in [
        *remarks(row),
        *([] if row.campaign is None else [f"more: asgisim fuzz {row.app.target}"]),
    ]:
        print(textwrap.indent(textwrap.fill(remark, WIDTH - 4), " " * 4), file=out)
    print(file=out, flush=True)


def table(rows: list[Row]) -> str:
    """The summary, columns in line."""
    cells: list[list[str]] = [list(HEADINGS)]
    for row in rows:
        done = row.campaign
        name = [row.app.title, version(row.app)]
        if done is None:
            cells.append([*name, row.why.split(" (")[0].split(":")[0], *[""] * 5])
            continue
        levels = [found.finding.rule.level for found in alone(done)]
        counts = [done.examples, *(levels.count(level) for level in LEVELS)]
        rules = [len(BINDING.intersection(done.held)), len(BINDING.intersection(done.not_exercised))]
        cells.append([*name, *map(str, counts), *map(str, rules)])
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
        print(f"{app.title} {version(app)}".rstrip(), flush=True)
        teller = Teller(sys.stdout, sys.stdout.isatty())
        rows.append(run(app, asked.seconds, teller))
        teller.clear()
        if (done := rows[-1].campaign) is not None:
            Teller.__call__(Teller(sys.stdout, False, teller.told), done)
        show(rows[-1], sys.stdout)
    print(f"{table(rows)}\n\n{FOOT}")
    print(f"\n{len(rows)} frameworks in {time.perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(quietly(main, 0))
