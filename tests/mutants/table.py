"""All mutants as one table: ``python -m tests.mutants.table [app] [server] [middleware] [RULE ...]``.

Runs the mutants of the sides and of the rules that are named (all by default), puts what came of it on record
in tests/mutants/table.json, a line for each mutant, and writes docs/reference/mutants.md from that file.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

from asgisim.fuzz.campaign import fuzz
from asgisim.fuzz.findings import Found
from asgisim.fuzz.settings import Settings
from asgisim.middleware.campaign import fuzz_middleware
from asgisim.middleware.compare import Profile
from asgisim.reference.server import Server
from asgisim.space import Route
from tests.middleware.test_campaign import ALSO, BROKEN, SHORT, between
from tests.mutants.app_mutants import MUTANTS
from tests.mutants.servers import streams
from tests.mutants.servers.every import FAULTS
from tests.mutants.servers.multiplexing import StreamServer
from tests.mutants.servers.parts import Fault
from tests.mutants.servers.shown import told
from tests.mutants.twists import Mutant

DATA = Path(__file__).with_name("table.json")
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "mutants.md"
SIDES = ("app", "server", "middleware")
EXAMPLES = (300, 1500)  # of a campaign against a mutant of the app; the second where the first tells nothing
HEAD = """# Mutants

<!-- Made by `python -m tests.mutants.table` out of tests/mutants/table.json; do not edit. -->

Each is something that keeps the rules, made wrong in one place: the reference app, the reference server, or a
middleware. "Caught by" are the rules that a campaign tells of it, and must be the rule that it breaks and no
other. A rule without a mutant, one that is caught by another rule, and a table that is not of today's mutants
fail `tests/mutants/test_table.py`.

Examples: scenarios until the rule was told. For apps and middlewares they are those of the campaign (its seed
is 0). A server is played the curated scenarios that were written for the rule, so there the number tells how
many of these it takes.

"""
WHAT = {
    "app": "The reference app, with a twist on one of its paths",
    "server": "The reference server, with other parts",
    "middleware": "Middlewares around an inner app",
}


@dataclass(frozen=True)
class Row:
    """One mutant: the rule that it breaks, what it is, which rules were told, and after how many examples.

    also: what it cannot help to break as well. examples: None where the rule was not told.
    """

    side: str
    rule: str
    mutant: str
    caught_by: list[str]
    also: list[str]
    examples: int | None


def complaints(rows: list[Row], needed: dict[str, set[str]]) -> list[str]:
    """What is wrong with a table. needed: for each side the rules that must have a mutant."""
    found = []
    for row in rows:
        if set(row.caught_by) - set(row.also) != {row.rule}:
            caught = ", ".join(row.caught_by) or "nothing"
            found.append(f"{row.side}: the mutant of {row.rule} ({row.mutant}) is caught by {caught}")
    for side, rules in needed.items():
        missing = rules - {row.rule for row in rows if row.side == side}
        found += [f"{side}: {rule} has no mutant" for rule in sorted(missing)]
    return found


# What a mutant is


def names() -> dict[str, list[tuple[str, str]]]:
    """Rule and description of every mutant there is, by side."""
    return {
        "app": [(mutant.rule, of_app(mutant)) for mutant in MUTANTS],
        "server": [(fault.rule, of_server(fault)) for fault in (*FAULTS, *streams.FAULTS, *streams.SECURE)],
        "middleware": [(rule, make.__name__) for make, (rule, _) in BROKEN.items()],
    }


def of_app(mutant: Mutant) -> str:
    """The twist with what it was made of, and the path."""
    twist: Any = mutant.twist
    made_of = ", ".join(map(_short, _cells(twist)))
    return f"{twist.__qualname__.partition('.')[0]}({made_of}) on {mutant.path}"


def of_server(fault: Fault) -> str:
    """Which parts are other ones."""
    return ", ".join(_parts(fault.kind)) or fault.kind.__name__


def _parts(kind: type) -> Iterator[str]:
    for name, part in vars(kind).items():
        if name.startswith("__") and name != "__init__":
            continue
        own = list(_parts(part)) if isinstance(part, type) else []
        made_of = ", ".join(map(_short, _cells(part))) if name == "__init__" else ""
        yield from (
            (f"{name}.{inner}" for inner in own) if own else [f"{name}({made_of})" if made_of else name]
        )


def _cells(function: object) -> list[Any]:
    """What a function was made of."""
    return [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]


def _short(value: object) -> str:
    if isinstance(value, FunctionType):
        return value.__name__.replace("<lambda>", "...")
    if isinstance(value, str | bytes | int | None | tuple | dict):
        text = repr(value)
        return text if len(text) <= 40 and " at 0x" not in text else "..."
    return type(value).__name__


# What comes of it


def rows_of(side: str, rules: Collection[str] = ()) -> Iterator[Row]:
    """The mutants of a side, run: those of these rules, or every one."""
    makers = {"app": _app_rows, "server": _server_rows, "middleware": _middleware_rows}
    return makers[side](rules)


def _app_rows(rules: Collection[str]) -> Iterator[Row]:
    for mutant in MUTANTS:
        if rules and mutant.rule not in rules:
            continue
        caught: list[str] = []
        examples = None
        for most in EXAMPLES:
            if not caught:
                caught, examples = _caught(fuzz(mutant.app(), _settings(mutant, most)).findings, mutant.rule)
        yield Row("app", mutant.rule, of_app(mutant), caught, [], examples)


def _settings(mutant: Mutant, examples: int) -> Settings:
    routes = [Route(mutant.method, mutant.route, mutant.protocol)]
    return Settings(routes=routes, protocols=(mutant.protocol,), max_examples=examples, max_time=math.inf)


def _middleware_rows(rules: Collection[str]) -> Iterator[Row]:
    for make, (rule, _) in BROKEN.items():
        if rules and rule not in rules:
            continue
        settings = Settings(max_examples=SHORT, max_time=math.inf)
        caught, examples = _caught(between(fuzz_middleware(make, settings, Profile())), rule)
        yield Row("middleware", rule, make.__name__, caught, sorted(ALSO.get(make, ())), examples)


def _caught(told: list[Found], rule: str) -> tuple[list[str], int | None]:
    caught = {found.finding.rule.id for found in told if found.caused_by is None}
    examples = [one.first_example for one in told if one.finding.rule.id == rule]
    return sorted(caught), min(examples, default=None)


def _server_rows(rules: Collection[str]) -> Iterator[Row]:
    def wanted(faults: list[Fault]) -> list[Fault]:
        return [one for one in faults if not rules or one.rule in rules]

    yield from _rows_of_servers(Server, wanted(FAULTS))
    yield from _rows_of_servers(StreamServer, wanted(streams.FAULTS), http2=True)
    yield from _rows_of_servers(streams.SecureServer, wanted(streams.SECURE))


def _rows_of_servers(parent: type, faults: list[Fault], *, http2: bool = False) -> Iterator[Row]:
    """Each played its own cases; what is told of the parent as well is not the mutant's."""
    cases = {case for one in faults for case in one.cases}
    clean = {case: set(told(parent, (case,), http2=http2)) for case in cases}
    for fault in faults:
        caught: set[str] = set()
        examples = None
        for number, case in enumerate(fault.cases, 1):
            seen = set(told(fault.kind, (case,), http2=http2)) - clean[case]
            caught |= seen
            if fault.rule in seen and examples is None:
                examples = number
        yield Row("server", fault.rule, of_server(fault), sorted(caught), [], examples)


# On record


def read() -> list[Row]:
    """The table on record."""
    return [Row(**row) for row in json.loads(DATA.read_text("utf-8"))] if DATA.exists() else []


def write(rows: list[Row]) -> None:
    """Put a table on record, by side, a line for each mutant, and write the page."""
    ordered = [row for side in SIDES for row in rows if row.side == side]
    lines = ",\n".join(json.dumps(asdict(row)) for row in ordered)
    DATA.write_text(f"[\n{lines}\n]\n", "utf-8")
    PAGE.write_text(page(ordered), "utf-8")


def page(rows: list[Row]) -> str:
    """The page."""
    text = HEAD
    for side in SIDES:
        own = [row for row in rows if row.side == side]
        rules = len({row.rule for row in own})
        text += f"## {WHAT[side]}\n\n{len(own)} mutants of {rules} rules.\n\n"
        text += "| rule | mutant | caught by | examples |\n| --- | --- | --- | --- |\n"
        text += "".join(map(_line, own)) + "\n"
    return text.rstrip("\n") + "\n"


def _line(row: Row) -> str:
    caught = "it alone" if row.caught_by == [row.rule] else ", ".join(f"`{rule}`" for rule in row.caught_by)
    mutant = row.mutant.replace("|", "\\|")
    examples = "-" if row.examples is None else row.examples
    return f"| `{row.rule}` | `{mutant}` | {caught} | {examples} |\n"


def main(arguments: list[str]) -> int:
    """The command line."""
    rules = set(arguments) - set(SIDES)
    there = names()
    if unknown := rules - {rule for side in SIDES for rule, _ in there[side]}:
        told = ", ".join(sorted(unknown))
        sys.stderr.write(f"expected app, server, middleware or rules that have a mutant, but got {told}\n")
        return 2
    for side in [one for one in arguments if one in SIDES] or SIDES:
        fresh = {(row.rule, row.mutant): row for row in rows_of(side, rules)}
        rest = [row for row in read() if row.side != side]
        old = {(row.rule, row.mutant): row for row in read() if row.side == side and row.rule not in rules}
        own = {**(old if rules else {}), **fresh}
        write(rest + [own[one] for one in there[side] if one in own])
    rows = read()
    wrong = complaints(rows, {})
    sys.stdout.write("".join(f"{line}\n" for line in wrong) + f"{len(rows)} mutants, {len(wrong)} wrong\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
