"""One self-contained HTML page for a campaign, or for several: findings to open, filter and link to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import asgisim
from asgisim.report import coverage, web
from asgisim.report.model import Item, Run
from asgisim.report.timeline import rows
from asgisim.spec.rules import By, Level

_COLOURS = {Level.MUST: "bad", Level.SHOULD: "warn", Level.IMPLIED: "warn"}
_VERDICTS = {"broken": "bad", "held": "good", "not seen": "off"}
_text = web.text


def text(runs: Sequence[Run], verdicts: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """The page. verdicts: of each rule on each target, where several targets are compared."""
    names = list(dict.fromkeys(run.target.name for run in runs))
    command = runs[0].command if runs else ""
    title = f"asgisim {command} {', '.join(names)}".rstrip()
    parts = [f"<h1>{_text(title)}</h1>", _contents(runs), _controls(runs), _verdicts(verdicts or {})]
    parts += [_section(run, number, len(runs) > 1) for number, run in enumerate(runs)]
    parts.append(f'<p class="faint small">Made by asgisim {_text(asgisim.__version__)}.</p>')
    return web.page(title, "\n".join(part for part in parts if part), ["campaign.js"])


def _contents(runs: Sequence[Run]) -> str:
    if len(runs) < 2:
        return ""
    lines = [
        f'<li><a href="#run-{number}">{_text(run.target.name)}</a>: {_count(run.findings, "finding")}</li>'
        for number, run in enumerate(runs)
    ]
    return f"<ul>{''.join(lines)}</ul>"


def _controls(runs: Sequence[Run]) -> str:
    items = [item for run in runs for item in run.findings]
    if not items:
        return ""
    fields = {
        "level": [item.rule.level.value for item in items],
        "party": [item.party for item in items],
        "protocol": [item.protocol for item in items],
    }
    return (
        '<form id="controls" class="controls" hidden>'
        '<label>search<input type="search" name="words" placeholder="rule or words"></label>'
        + "".join(_select(name, values) for name, values in fields.items())
        + '<button type="button" name="open">open or close all</button>'
        '<span id="shown" class="faint small" role="status"></span></form>'
    )


def _select(name: str, values: Iterable[str]) -> str:
    options = "".join(f"<option>{_text(value)}</option>" for value in dict.fromkeys(values))
    return f'<label>{name}<select name="{name}"><option value="">all</option>{options}</select></label>'


def _verdicts(table: Mapping[str, Mapping[str, str]]) -> str:
    if not table:
        return ""
    names = list(dict.fromkeys(name for row in table.values() for name in row))
    head = "".join(f"<th>{_text(name)}</th>" for name in names)
    lines = [
        f"<tr><td><code>{_text(rule)}</code></td>{_cells(row, names)}</tr>" for rule, row in table.items()
    ]
    return (
        "<h2>Rules by target</h2>"
        f'<div class="scroll" tabindex="0"><table><thead><tr><th>rule</th>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _cells(row: Mapping[str, str], names: Sequence[str]) -> str:
    told = ((row.get(name, ""), _VERDICTS.get(row.get(name, ""), "off")) for name in names)
    return "".join(f'<td><span class="tag {colour}">{_text(word)}</span></td>' for word, colour in told)


def _section(run: Run, number: int, several: bool) -> str:
    broken, held, missed = len(run.broken), len(run.held), len(run.not_exercised)
    figures = {"findings": len(run.findings), "rules broken": broken, "held": held, "not exercised": missed}
    listed = "".join(f"<li><b>{figure}</b>{_text(name)}</li>" for name, figure in figures.items())
    parts = [
        f'<section id="run-{number}">',
        f"<h2>{_text(run.target.name)}</h2>" if several else "",
        f'<ul class="figures">{listed}</ul>',
        f'<p class="facts">{_text(_setting(run))}</p>',
        "<p><b>Interrupted</b>: this is what was found until then.</p>" if run.interrupted else "",
        "" if run.findings else '<p><span class="tag good">Nothing broken.</span></p>',
        *(_finding(item, number) for item in run.findings),
        _group("Seen once and not again, so not counted", run.flaky, number),
        _group("Advice", run.notes, number),
        _group("In the baseline", run.known, number),
        _listed("Not checked", run.left_out, "p"),
        _listed("Rules that were held", run.held),
        _listed("Rules that nothing put to the test", run.not_exercised),
        "" if run.coverage is None else _folded("Coverage", coverage.html(run.coverage)),
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def _setting(run: Run) -> str:
    versions = [f"{name} {number}" for name, number in sorted(run.target.versions.items())]
    words = [f"{_count(range(run.examples), 'example')} in {run.seconds:.1f} s", f"edition {run.edition}"]
    return " · ".join([*words, f"seed {run.seed}", f"loop {run.target.loop}", *versions])


def _group(title: str, items: Sequence[Item], number: int) -> str:
    if not items:
        return ""
    inside = "\n".join(_finding(item, number, "aside") for item in items)
    return _folded(f"{title} ({len(items)})", inside)


def _listed(title: str, words: Sequence[str], kind: str = "li") -> str:
    if not words:
        return ""
    lines = "".join(f"<{kind}>{_text(one)}</{kind}>" for one in words)
    return _folded(f"{title} ({len(words)})", f'<ul class="rules">{lines}</ul>' if kind == "li" else lines)


def _folded(title: str, inside: str) -> str:
    head = f'<summary><span class="title">{_text(title)}</span></summary>'
    return f'<details>{head}<div class="inside">{inside}</div></details>'


def _finding(item: Item, number: int, kind: str = "finding") -> str:
    level = item.rule.level
    title = _text(item.rule.id).replace(".", ".<wbr>")
    head = (
        f'<span class="title">{title}</span>'
        f'<span class="tag {_COLOURS.get(level, "off")}">{_text(level.value)}</span>'
        f'<span class="tag">{_text(item.party)}</span><span class="tag">{_text(item.protocol)}</span>'
        f'<span class="grow">{_text(item.message)}</span>'
    )
    values = {"level": level.value, "party": item.party, "protocol": item.protocol}
    filters = " ".join(f'data-{name}="{_text(value)}"' for name, value in values.items())
    place = f'id="{_text(f"{number}-{item.id}")}" class="{kind}" {filters}'
    inside = [
        f"<p>{_text(item.rule.says)}</p>",
        f"<p><b>Here:</b> {_text(item.message)}</p>",
        _timeline(item),
        f"<dl>{''.join(f'<dt>{name}</dt><dd>{words}</dd>' for name, words in _facts(item))}</dl>",
        _chain(item),
        _scenario(item),
    ]
    body = "\n".join(part for part in inside if part)
    return f'<details {place}><summary>{head}</summary><div class="inside">{body}</div></details>'


def _facts(item: Item) -> Iterable[tuple[str, str]]:
    """Names and HTML."""
    allowed = item.allowed_here()
    if allowed:
        yield "Allowed here", ", ".join(f"<code>{_text(one)}</code>" for one in allowed)
    if item.caused_by:
        yield "After", f"<code>{_text(item.caused_by)}</code> was broken first; this may follow from it."
    if item.count > 1:
        yield "Seen", f"in {item.count} scenarios"
    if item.rule.hint:
        yield "Mend", _text(item.rule.hint)
    ours = "the text does not number this; it is a rule of asgisim's own"
    yield (
        "Spec",
        _text(ours) if item.rule.by is By.DRIVE else web.link(item.rule.section, item.rule.url or ""),
    )
    if item.seed_file:
        yield "Saved", f"<code>{_text(item.seed_file)}</code>"
    if item.replay:
        yield "Replay", copied(item.replay)


def copied(command: str) -> str:
    """A command with a button that copies it."""
    button = '<button type="button" class="quiet" data-copy>copy</button>'
    return f'<span class="copied"><code>{_text(command)}</code>{button}</span>'


def _timeline(item: Item) -> str:
    steps = rows(item.trace.steps, item.step)
    several = len({step.exchange for step in steps}) > 1
    timed = any(step.time for step in steps)
    lines = []
    for step in steps:
        marked = ' class="marked"' if step.marked else ""
        lead = f"#{step.exchange} " if several else ""
        time = f"<td>{_text(step.time)}</td>" if timed else ""
        lines.append(
            f'<tr{marked}><td class="number">{step.index}</td>{time}'
            f'<td class="{_text(step.who)}">{lead}{_text(step.who)}</td>'
            f"<td>{_text(step.what)}</td><td>{_text(step.details)}</td></tr>"
        )
    names = ("step", *(("time",) if timed else ()), "who", "what", "with")
    head = "".join(f"<th>{name}</th>" for name in names)
    table = f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody>"
    return f'<div class="scroll"><table class="timeline">{table}</table></div>'


def _chain(item: Item) -> str:
    if not item.where:
        return ""
    kind = "Raised at" if item.raised else "Where it is"
    return f"<h3>{kind} (innermost last)</h3><pre>{_text(chr(10).join(item.where))}</pre>"


def _scenario(item: Item) -> str:
    if not item.scenario:
        return ""
    return _folded("The scenario as data", f"<pre>{_text(json.dumps(item.scenario, indent=2))}</pre>")


def _count(items: Sequence[object], noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"
