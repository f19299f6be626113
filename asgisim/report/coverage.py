"""What a run or a test suite exercised, as text, JSON and HTML: above all what it never met."""

from __future__ import annotations

import html as _html
import json as _json
from collections.abc import Iterator
from typing import Any

from asgisim.judge.coverage import Coverage, binding
from asgisim.report.style import Style, plain
from asgisim.spec import PROTOCOLS
from asgisim.spec.situations import SITUATIONS

SUITE, RUN = "Your tests", "This run"  # who never sees what is listed
_NONE = {
    "http": "any HTTP request",
    "websocket": "any WebSocket connection",
    "lifespan": "the lifespan: no startup, no shutdown",
}


def data(coverage: Coverage) -> dict[str, Any]:
    """As plain data: what `Coverage.from_json` reads again, with the figures and the situations beside it."""
    machines = {
        machine.name: dict(zip(("visited", "legal"), coverage.of(machine.name), strict=True))
        for protocol in PROTOCOLS.values()
        for machine in (protocol.receive, protocol.send)
    }
    situations = [
        {"protocol": one.protocol, "says": one.says, "seen": coverage.seen(one), "common": one.common}
        for one in SITUATIONS
    ]
    missing = sorted(binding() - coverage.ids)
    return {
        **coverage.to_json(),
        "rules_not_exercised": missing,
        "machines": machines,
        "situations": situations,
    }


def json(coverage: Coverage) -> str:
    """One JSON object, ended by a newline."""
    return _json.dumps({"coverage": data(coverage)}, indent=2) + "\n"


def text(coverage: Coverage, who: str = SUITE, style: Style = plain, verbose: bool = False) -> str:
    """A line for each protocol, what was never seen, and the rules. verbose: the extensions too."""
    lines = [_counts(coverage, name) for name in PROTOCOLS]
    never = list(_never(coverage, verbose))
    if never:
        lines += ["", f"{who} never {'see' if who.endswith('s') else 'sees'}:"]
        lines += [f"  {style('dim', f'{protocol:<10}')}{says}" for protocol, says in never]
    else:
        lines += [
            "",
            f"{who} {'see' if who.endswith('s') else 'sees'} every situation that needs no extension.",
        ]
    rules = coverage.rules
    broken = len(coverage.broken)
    told = f"Rules that bind an app: {rules.seen} of {rules.all} exercised, {broken} broken"
    lines += ["", f"{told}: {', '.join(sorted(coverage.broken))}" if broken else f"{told}."]
    return "\n".join(lines) + "\n"


def _counts(coverage: Coverage, name: str) -> str:
    protocol = PROTOCOLS[name]
    if not coverage.met(name):
        return f"{name:<10}not met"
    count = coverage.exchanges.get(name, 0)
    given, sent = coverage.of(protocol.receive.name), coverage.of(protocol.send.name)
    exchanges = f"{count} exchange{'' if count == 1 else 's'}, " if count else ""
    cells = f"cells given {given.seen} of {given.all}, sent {sent.seen} of {sent.all}"
    return f"{name:<10}{exchanges}{cells}"


def _never(coverage: Coverage, every: bool) -> Iterator[tuple[str, str]]:
    """Protocol and situation. Where a protocol was not met at all, that says it."""
    for name in PROTOCOLS:
        if not coverage.met(name):
            yield name, _NONE[name]
            continue
        for one in coverage.situations(name, seen=False, common=None if every else True):
            yield name, one.says


def html(coverage: Coverage) -> str:
    """A ``<section>`` for any page: the state tables with visited cells marked, the lists."""
    never = "".join(
        f"<li><b>{_escaped(name)}</b> {_escaped(says)}</li>" for name, says in _never(coverage, every=False)
    )
    rows = "".join(f"<tr>{_html_counts(coverage, name)}</tr>" for name in PROTOCOLS)
    tables = "".join(_html_table(coverage, name) for name in PROTOCOLS if coverage.met(name))
    rules = coverage.rules
    missing = "".join(f"<li><code>{_escaped(id)}</code></li>" for id in sorted(binding() - coverage.ids))
    heads = "".join(f"<th>{one}</th>" for one in ("protocol", "exchanges", "cells given", "cells sent"))
    return (
        '<section class="coverage"><h2>Coverage</h2>'
        f'<div class="scroll" tabindex="0"><table><tr>{heads}</tr>{rows}</table></div>'
        + (f"<h3>Never seen</h3><ul>{never}</ul>" if never else "")
        + f"<h3>State tables</h3>{tables}"
        f"<h3>Rules</h3><p>{rules.seen} of {rules.all} that bind an app were exercised.</p>"
        f"<details><summary>{rules.all - rules.seen} not exercised</summary><ul>{missing}</ul></details>"
        "</section>\n"
    )


def page(coverage: Coverage, title: str = "ASGI coverage") -> str:
    """A whole HTML page that loads nothing."""
    style = (
        "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}"
        "table{border-collapse:collapse;margin:.5rem 0 1.5rem}"
        "td,th{border:1px solid #8885;padding:.15rem .5rem;"
        "text-align:left;font-weight:normal}th{font-weight:600}.seen{background:#2a4;color:#fff}"
        ".never{background:#fc38}.rule{color:#8888}:root{color-scheme:light dark}"
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{_escaped(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{style}</style></head>'
        f"<body><h1>{_escaped(title)}</h1>{html(coverage)}</body></html>\n"
    )


def _html_counts(coverage: Coverage, name: str) -> str:
    protocol = PROTOCOLS[name]
    given, sent = coverage.of(protocol.receive.name), coverage.of(protocol.send.name)
    told = (
        name,
        coverage.exchanges.get(name, 0),
        f"{given.seen} of {given.all}",
        f"{sent.seen} of {sent.all}",
    )
    return "".join(f"<td>{_escaped(str(one))}</td>" for one in told)


def _html_table(coverage: Coverage, name: str) -> str:
    protocol = PROTOCOLS[name]
    known = {cell for one in SITUATIONS if one.protocol == name for cell in one.cells}
    made = []
    for machine, words in ((protocol.receive, "what receive gives"), (protocol.send, "what the app sends")):
        states = [
            state for state in machine.table if any(cell[:2] == (machine.name, state.name) for cell in known)
        ]
        head = "".join(f"<th>{_escaped(str(state.value))}</th>" for state in states)
        rows = []
        for seen in machine.table[machine.start]:
            cells = "".join(
                _html_cell(coverage, (machine.name, state.name, seen.name), known) for state in states
            )
            rows.append(f"<tr><th>{_escaped(str(seen.value))}</th>{cells}</tr>")
        table = f"<table><tr><th></th>{head}</tr>{''.join(rows)}</table>"
        made.append(f'<h4>{name}: {words}</h4><div class="scroll" tabindex="0">{table}</div>')
    return "".join(made)


def _html_cell(coverage: Coverage, cell: tuple[str, str, str], known: set[tuple[str, str, str]]) -> str:
    if cell in coverage.cells:
        return '<td class="seen"><span class="tag good">seen</span></td>'
    never = '<td class="never"><span class="tag off">never</span></td>'
    return never if cell in known else '<td class="rule"></td>'


def _escaped(words: str) -> str:
    return _html.escape(words)
