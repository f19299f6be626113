"""The reference pages made from the catalogue: the state tables, and the rules with their examples.

``python -m asgisim.report.catalogue [FOLDER]`` writes ``machines.md`` and ``rules.md`` (to docs/reference
without FOLDER). Nothing in them is written by hand; a test holds that they are up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

from asgisim import notation
from asgisim.examples import EXAMPLES
from asgisim.spec import CATALOGUE, PROTOCOLS, UNCHECKED
from asgisim.spec.rules import By, Rule
from asgisim.spec.table import Advice, Dated
from asgisim.spec.view import Machine

_BY = {
    By.CELL: "the state table",
    By.FIELD: "a check of one event or scope",
    By.END: "a check of the whole exchange",
    By.EQUAL: "two spellings that mean the same, compared",
    By.DRIVE: "the simulator",
    By.WIRE: "both ends of a real connection, compared",
}
_MADE = "<!-- Made by `python -m asgisim.report.catalogue`; do not edit. -->\n"


def machines() -> str:
    """The page with every state table, a column for each state."""
    parts = [
        "# State tables\n",
        _MADE,
        "A row is what happens, a column the state it happens in. `→` leads to the next state; a dot stays.",
        "`✗` names the rule that is broken; the state then stays, so that one mistake is told once. `!`",
        "names a rule that is worth a word but no fault. The rules are in [rules.md](rules.md).\n",
    ]
    for protocol in PROTOCOLS.values():
        for machine, whose in (
            (protocol.receive, "what receive gives"),
            (protocol.send, "what the app sends"),
        ):
            parts += [f"## {protocol.name}: {whose}\n", *_states(machine), "", *_rows(machine), ""]
    return "\n".join(parts)


def _states(machine: Machine) -> Iterator[str]:
    for state in machine.table:
        begins = " (the call begins here)" if state is machine.start else ""
        yield f"- `{state.name}`: {state.value}{begins}"


def _rows(machine: Machine) -> Iterator[str]:
    states = list(machine.table)
    yield f"| | {' | '.join(state.name for state in states)} |"
    yield f"| --- |{' --- |' * len(states)}"
    for seen in machine.table[machine.start]:
        cells = [_cell(machine.table[state][seen], state) for state in states]
        yield f"| {seen.value} | {' | '.join(cells)} |"


def _cell(cell: Any, state: Enum) -> str:
    if isinstance(cell, Rule):
        return f"✗ {cell.id}"
    if isinstance(cell, Advice):
        return f"! {cell.rule.id} {_cell(cell.next, state)}"
    if isinstance(cell, Dated):
        return f"before {cell.since}: {_cell(cell.before, state)}; since: {_cell(cell.after, state)}"
    return "·" if cell is state else f"→ {cell.name}"


def rules() -> str:
    """The page with every rule, in the order of their ids, and with the demands that are none."""
    parts = ["# Rules\n", _MADE]
    parts += [f"{len(CATALOGUE)} rules, and {len(UNCHECKED)} demands that nothing can break.\n"]
    for name in sorted(CATALOGUE):
        parts += [*_rule(CATALOGUE[name]), ""]
    parts += ["## Demands that are no rules\n"]
    parts += [f"- `{name}`: {reason}." for name, reason in sorted(UNCHECKED.items())]
    return "\n".join([*parts, ""])


def _rule(rule: Rule) -> Iterator[str]:
    source = f"[{rule.section}]({rule.url})" if rule.url else rule.section
    party = "app and server" if rule.party.value == "both" else rule.party.value
    advice = "; advice, never a fault" if rule.advisory else ""
    yield f"## {rule.id}\n"
    yield f"{rule.says}\n"
    yield f"{party}, {rule.level.value}{advice}. Since {rule.since}. Source: {source}."
    yield f"Seen by {_BY[rule.by]}.\n"
    if rule.hint:
        yield f"Mend: {rule.hint}\n"
    example = EXAMPLES.get(rule.id)
    if example is not None:
        yield f"Kept:\n\n```\n{notation.write(example.keeps)}```\n"
        yield f"Broken:\n\n```\n{notation.write(example.breaks)}```"


PAGES = {"machines.md": machines, "rules.md": rules}


def main(arguments: list[str]) -> None:
    """Write the pages into the folder that is named, or into docs/reference."""
    folder = Path(arguments[0] if arguments else "docs/reference")
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
