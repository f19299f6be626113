"""Pages made from the catalogue: state tables, an index of the rules and a page for each, as Markdown.

``docs/generate.py`` writes what is committed, the build of the documents makes the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import Any

from asgisim.examples import EXAMPLES
from asgisim.model.trace import Trace
from asgisim.report.timeline import timeline
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
    By.BETWEEN: "a middleware, watched from both sides",
}
_UNCHECKED = {
    "what breaks it is told as": "What breaks these is told under another name:",
    "a permission": "These permit something, so nothing breaks them; tests hold that no rule forbids it:",
}
MADE = "<!-- Made by `python docs/generate.py`; do not edit. -->\n"


def machines() -> str:
    """The page with every state table, a column for each state."""
    parts = [
        "# State tables\n",
        MADE,
        "A row is what happens, a column the state it happens in. `→` leads to the next state; a dot stays.",
        "`✗` names the rule that is broken; the state then stays, so that one mistake is told once. `!`",
        "names a rule that is worth a word but no fault. `asgisim rules ID` tells any of them.\n",
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


def index() -> str:
    """The page that lists every rule, by what it is about, with a link to the rule's own page."""
    parts = ["# Rules\n", f"{len(CATALOGUE)} rules; `asgisim rules ID` tells the same on a terminal.\n"]
    groups: dict[str, list[Rule]] = {}
    for _, rule in sorted(CATALOGUE.items()):
        groups.setdefault(".".join(rule.id.split(".")[:2]), []).append(rule)
    for group, rules in groups.items():
        parts += [f"## {group}\n", "| rule | binds | level | says |", "| --- | --- | --- | --- |"]
        parts += [
            f"| [{rule.id}]({rule.id}.md) | {_binds(rule)} | {_level(rule)} | {escaped(rule.says)} |"
            for rule in rules
        ]
        parts.append("")
    return "\n".join(parts)


def page(rule: Rule) -> str:
    """The page of one rule: the demand, whom it binds, its source, the remedy, and two traces."""
    source = f"[{rule.section}]({rule.url})" if rule.url else f"{rule.section}, by asgisim's own reading"
    parts = [
        f"# {rule.id}\n",
        f"{escaped(rule.says)}\n",
        "| | |",
        "| --- | --- |",
        f"| binds | {_binds(rule)} |",
        f"| level | {_level(rule)} |",
        f"| since | {rule.since} |",
        f"| source | {source} |",
        f"| seen by | {_BY[rule.by]} |",
    ]
    if rule.hint:
        parts.append(f"| remedy | {escaped(rule.hint)} |")
    example = EXAMPLES.get(rule.id)
    if example is not None:
        parts += ["\n## Kept\n", _told(example.keeps), "\n## Broken\n", _told(example.breaks)]
    elif rule.by is By.EQUAL:
        parts += ["\nNo single exchange keeps or breaks it: two that mean the same are compared."]
    elif rule.by is By.WIRE:
        parts += ["\nIt is seen on both ends of a connection, so no trace in process shows it."]
    return "\n".join([*parts, ""])


def _told(trace: Trace) -> str:
    return "\n".join(["```text", *timeline(trace.steps, None, 90, whole=True), "```"])


def _binds(rule: Rule) -> str:
    return "app and server" if rule.party.value == "both" else rule.party.value


def _level(rule: Rule) -> str:
    return f"{rule.level.value}, as advice only" if rule.advisory else rule.level.value


def escaped(text: str) -> str:
    """Text for a cell of a table or a paragraph of Markdown, shown as it is."""
    return re.sub(r"([\\`*_<>|\[\]{}$#~])", r"\\\1", text)


def unchecked() -> str:
    """The demands that have no rule, by reason, as the second half of a page."""
    groups: dict[str, dict[str, list[str]]] = {}
    for demand, reason in sorted(UNCHECKED.items()):
        kind = next((one for one in _UNCHECKED if reason.startswith(one)), "")
        groups.setdefault(kind, {}).setdefault(reason, []).append(demand)
    parts = [f"{len(UNCHECKED)} of the specification's demands have no rule.\n"]
    for kind, words in {
        **_UNCHECKED,
        "": "The others cannot be seen from outside, or are not checked yet:",
    }.items():
        parts += [f"{words}\n", "| demand | why |", "| --- | --- |"]
        for reason, demands in groups.get(kind, {}).items():
            parts.append(f"| {', '.join(f'`{one}`' for one in demands)} | {escaped(reason)} |")
        parts.append("")
    return "\n".join(parts)
