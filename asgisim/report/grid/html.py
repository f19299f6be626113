"""The grid as one self-contained page: the matrix, its cells and their cases, two servers side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import asgisim.grid.tally as tally
from asgisim.grid.compare import Change, Comparison
from asgisim.grid.model import CellReport, GridReport, Status
from asgisim.report import web
from asgisim.report.grid import changes
from asgisim.report.grid import text as text_report
from asgisim.report.style import visible
from asgisim.spec.rules import url_of

_text = web.text
_seen = visible  # also of keys: what stands in the page must find what stands in the data
SHADES = {
    Status.PASS: "good",
    Status.FAIL: "bad",
    Status.XPASS: "bad",
    Status.XFAIL: "warn",
    Status.FLAKY: "warn",
    Status.CANNOT_RUN: "warn",
    Status.SKIP: "off",
    Status.NOT_INSTALLED: "off",
}
MEANS = {
    Status.PASS: "as the case asks",
    Status.FAIL: "not so, in every try",
    Status.XPASS: "expected to fail, and passes: the list of expectations is out of date",
    Status.XFAIL: "fails, as is known and expected",
    Status.FLAKY: "failed once, and passed when repeated",
    Status.CANNOT_RUN: "could not be asked: the server died, or the run was interrupted",
    Status.SKIP: "has no meaning there",
    Status.NOT_INSTALLED: "the framework or server is not there",
}


def text(report: GridReport, against: changes.Against | None = None) -> str:
    """The page."""
    title = "ASGI compatibility grid"
    parts = [
        f"<h1>{title}</h1>",
        f'<p class="facts">{_text(_setting(report))}</p>',
        _figures(report),
        "<p><b>Interrupted</b>: this is what was found until then.</p>" if report.interrupted else "",
        _controls(report),
        _matrix(report),
        _legend(),
        '<section id="cell" hidden aria-live="polite"></section>',
        _changes(report, *against) if against else "",
        _troubles(report),
        _failures(report),
        _difference(report),
        _versions(report),
        f'<p class="faint small">Made by asgisim {_text(report.asgisim)}.</p>',
        "<noscript><p>Without scripts this page shows tables and failures; cells do not open.</p></noscript>",
    ]
    body = "\n".join(part for part in parts if part)
    return web.page(title, body, ["grid.js", "difference.js"], _values(report))


# --- what stands in the page itself ---------------------------------------------------------------


def _setting(report: GridReport) -> str:
    words = [report.date, report.platform, f"seed {report.seed}", f"{report.seconds:.1f} s", report.command]
    return " · ".join(word for word in words if word)


def _figures(report: GridReport) -> str:
    found = tally.tally(report.cells)
    shown = [(f"{found.passed}/{found.asked}", "passed")]
    shown += [
        (str(number), status.value)
        for status in Status
        if (number := found.counts[status]) and status is not Status.PASS
    ]
    died = sum(cell.state == "died" for cell in report.cells)
    shown += [(str(died), "died")] if died else []
    shown.append((f"{sum(bool(cell.outcomes) for cell in report.cells)}/{len(report.cells)}", "cells ran"))
    items = "".join(f"<li><b>{_text(figure)}</b>{_text(name)}</li>" for figure, name in shown)
    return f'<ul class="figures">{items}</ul>'


def _controls(report: GridReport) -> str:
    cells = report.cells
    fields = {
        "framework": [(name, report.titles.get(name, name)) for name in report.frameworks],
        "server": [(name, name) for name in dict.fromkeys(one.cell.server for one in cells)],
        "loop": [(name, name) for name in dict.fromkeys(one.cell.loop for one in cells)],
        "category": list(tally.categories(report).items()),
    }
    return (
        '<form id="controls" class="controls" hidden>'
        + "".join(_select(name, name, [("", "all"), *options]) for name, options in fields.items())
        + '<label class="tick"><input type="checkbox" name="red"> only what is not all green</label></form>'
    )


def _select(name: str, label: str, options: Iterable[tuple[str, str]]) -> str:
    made = "".join(f'<option value="{_text(value)}">{_text(words)}</option>' for value, words in options)
    return f'<label>{_text(label)}<select name="{_text(name)}">{made}</select></label>'


def _matrix(report: GridReport) -> str:
    heads = "".join(
        f'<th scope="col" data-framework="{_text(name)}">{_text(report.titles.get(name, name))}</th>'
        for name in report.frameworks
    )
    rows = "".join(_row(report, behind) for behind in report.behinds)
    sums = "".join(
        f'<td data-framework="{_text(name)}">{_sum(_of(report, framework=name), f"f:{name}")}</td>'
        for name in report.frameworks
    )
    foot = f'<tr><th scope="row">all</th>{sums}<td>{_sum(report.cells, "all")}</td></tr>'
    head = f'<tr><th scope="col">server</th>{heads}<th scope="col">all</th></tr>'
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="servers by frameworks">'
        f'<table id="matrix"><thead>{head}</thead>'
        f"<tbody>{rows}</tbody><tfoot>{foot}</tfoot></table></div>"
    )


def _of(report: GridReport, framework: str | None = None, behind: str | None = None) -> list[CellReport]:
    return [
        one
        for one in report.cells
        if framework in (None, one.cell.framework) and behind in (None, one.cell.behind)
    ]


def _row(report: GridReport, behind: str) -> str:
    here = _of(report, behind=behind)
    one = here[0].cell if here else None
    data = f'data-server="{_text(one.server if one else "")}" data-loop="{_text(one.loop if one else "")}"'
    cells = "".join(
        f'<td data-framework="{_text(name)}">{_button(report, report.at(name, behind))}</td>'
        for name in report.frameworks
    )
    name = _text(behind).replace("-", "-<wbr>").replace("@", "<wbr>@")
    return f'<tr {data}><th scope="row">{name}</th>{cells}<td>{_sum(here, f"b:{behind}")}</td></tr>'


def _button(report: GridReport, cell: CellReport | None) -> str:
    if cell is None:
        return ""
    shade, told = tally.shade(cell), tally.tally([cell]).told
    title = f"{cell.cell.id}: {told or cell.reason or 'all passed'}"
    return (
        f'<button type="button" class="cell {shade}" data-cell="{report.cells.index(cell)}" '
        f'title="{_text(title)}">{_text(tally.brief(cell))}</button>'
    )


def _sum(cells: Sequence[CellReport], name: str) -> str:
    found = tally.tally(cells)
    return f'<span class="cell sum {found.shade}" data-sum="{_text(name)}">{_text(found.words)}</span>'


def _legend() -> str:
    rows = "".join(
        f'<dt><span class="tag {SHADES[one]}">{one.value}</span></dt><dd>{_text(MEANS[one])}</dd>'
        for one in Status
    )
    words = "A cell shows passed/asked; what is skipped is not asked. Choose one to see its cases."
    return (
        f'<p class="faint small">{words}</p><details><summary><span class="title">What the words mean</span>'
        f'</summary><div class="inside"><dl>{rows}</dl></div></details>'
    )


def _changes(report: GridReport, found: Comparison, against: str) -> str:
    parts = [f"<h2>Since the earlier report</h2><p>{_text(changes.told(found, against))}</p>"]
    if found.versions:
        parts.append(f'<p class="facts">{_text(changes.versions(found))}</p>')
    for name, group in changes.groups(found):
        head = (
            f'<span class="title">{_text(changes.TITLES[name])}</span>'
            f'<span class="tag {changes.SHADES[name]}">{len(group)}</span>'
        )
        rows = "".join(_changed(report, one) for one in group)
        names = "".join(f"<th>{one}</th>" for one in ("cell", "case", "before", "now", "why"))
        table = (
            f'<div class="scroll"><table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table></div>'
        )
        opened = " open" if name == "worse" else ""
        parts.append(f'<details{opened}><summary>{head}</summary><div class="inside">{table}</div></details>')
    return "".join(parts)


def _changed(report: GridReport, one: Change) -> str:
    words = (one.case, one.before or "not asked", one.after or "", one.message)
    cells = "".join(f"<td>{_text(word)}</td>" for word in words)
    return f"<tr><td>{_link(report, one.cell, one.case)}</td>{cells}</tr>"


def _troubles(report: GridReport) -> str:
    rows = "".join(
        f'<tr><td>{_link(report, one)}</td><td><span class="tag {tally.shade(one)}">'
        f"{tally.STATES[one.state]}</span></td><td>{_text(one.reason)}</td></tr>"
        for one in tally.troubles(report)
    )
    head = "<thead><tr><th>cell</th><th>state</th><th>why</th></tr></thead>"
    table = f'<div class="scroll"><table>{head}<tbody>{rows}</tbody></table></div>'
    return f"<h2>Cells with more to tell</h2>{table}" if rows else ""


def _link(report: GridReport, cell: CellReport, case: str = "") -> str:
    place = f"{report.cells.index(cell)}{f'/{case}' if case else ''}"
    return f'<a href="#cell/{_text(place)}" data-open="{_text(place)}">{_text(cell.cell.id)}</a>'


def _failures(report: GridReport) -> str:
    found = tally.failures(report)
    if not found:
        return '<h2>What failed</h2><p><span class="tag good">Nothing.</span></p>'
    return "<h2>What failed</h2>" + "".join(_failure(report, one) for one in found)


def _failure(report: GridReport, one: tally.Failure) -> str:
    count = len(one.cells)
    head = (
        f'<span class="title">{_text(one.case.id)}</span><span class="tag bad">{one.status.value}</span>'
        f'<span class="tag">{count} cell{"" if count == 1 else "s"}</span>'
        f'<span class="grow">{_text(one.message)}</span>'
    )
    cells = ", ".join(_link(report, cell, one.case.id) for cell in one.cells)
    body = f"<p>{_text(one.case.sentence)}</p><p>In {cells}</p>"
    return f'<details><summary>{head}</summary><div class="inside">{body}</div></details>'


def _difference(report: GridReport) -> str:
    names = [(name, name) for name in report.behinds]
    if len(names) < 2:
        return ""
    frameworks = [("", "all"), *((name, report.titles.get(name, name)) for name in report.frameworks)]
    fields = _select("one", "one server", names) + _select("other", "another", [*names[1:], names[0]])
    return (
        '<section id="difference" hidden><h2>Two servers side by side</h2>'
        f'<form class="controls">{fields}{_select("framework", "framework", frameworks)}</form>'
        '<div class="result" aria-live="polite"></div></section>'
    )


def _versions(report: GridReport) -> str:
    rows = "".join(
        f"<dt>{_text(name)}</dt><dd>{_text(', '.join(numbers))}</dd>"
        for name, numbers in tally.versions(report).items()
    )
    return f"<h2>Versions</h2><dl>{rows}</dl>" if rows else ""


# --- what the scripts find ------------------------------------------------------------------------


def _values(report: GridReport) -> dict[str, Any]:
    order = list(Status)
    places = {case.id: at for at, case in enumerate(report.cases)}
    return {
        "statuses": [[one.value, SHADES[one]] for one in order],
        "categories": {_seen(name): _seen(title) for name, title in tally.categories(report).items()},
        "titles": {_seen(name): _seen(title) for name, title in report.titles.items()},
        "cases": [
            [*map(_seen, (one.id, one.category, one.sentence, one.level, one.section)), url_of(one.section)]
            for one in report.cases
        ],
        "sums": _sums(report),
        "cells": [_cell(report, one, places, order) for one in report.cells],
        "summary": _seen(text_report.summary(report)),
    }


def _sums(report: GridReport) -> dict[str, dict[str, list[str]]]:
    groups = {"all": report.cells}
    groups |= {f"f:{name}": _of(report, framework=name) for name in report.frameworks}
    groups |= {f"b:{name}": _of(report, behind=name) for name in report.behinds}
    return {_seen(name): _by_category(report, cells) for name, cells in groups.items()}


def _by_category(report: GridReport, cells: Sequence[CellReport]) -> dict[str, list[str]]:
    """Words and shade for each category, and for all of them under the empty name."""
    found = {name: tally.tally(cells, name or None) for name in ("", *tally.categories(report))}
    return {_seen(name): [one.words, one.shade] for name, one in found.items()}


def _cell(
    report: GridReport, cell: CellReport, places: dict[str, int], order: Sequence[Status]
) -> dict[str, Any]:
    found = tally.tally([cell])
    by_category = {
        _seen(name): [tally.brief(cell, name or None), tally.shade(cell, name or None)]
        for name in ("", *tally.categories(report))
    }
    known = [one for one in cell.outcomes if one.case in places]
    return {
        "id": _seen(cell.cell.id),
        "framework": _seen(cell.cell.framework),
        "behind": _seen(cell.cell.behind),
        "state": tally.STATES[cell.state] if cell.reason or cell.state != "ran" else "",
        "reason": _seen(cell.reason),
        "facts": _seen(_facts(cell)),
        "told": found.told,
        "rerun": _seen(cell.rerun),
        "by": by_category,
        # A character for each case: the place of its status; a blank for what the cell knows nothing of.
        "got": _letters(known, places, order),
        "notes": {str(places[one.case]): note for one in known if (note := _note(cell, one))},
    }


def _facts(cell: CellReport) -> str:
    versions = [f"{name} {number}" for name, number in sorted(cell.versions.items())]
    return " · ".join([*versions, cell.platform, f"seed {cell.seed}", f"{cell.seconds:.1f} s"])


def _letters(outcomes: Iterable[Any], places: dict[str, int], order: Sequence[Status]) -> str:
    letters = [" "] * len(places)
    for one in outcomes:
        letters[places[one.case]] = str(order.index(one.status))
    return "".join(letters)


def _note(cell: CellReport, outcome: Any) -> dict[str, Any]:
    """What there is to tell of an outcome beside its status."""
    made: dict[str, Any] = {}
    if outcome.message:
        made["message"] = _seen(outcome.message)
    if outcome.seen:
        made["seen"] = _seen(outcome.seen)
    if outcome.status is Status.PASS:
        return made
    if outcome.attempts > 1:
        made["attempts"] = outcome.attempts
    if outcome.findings:
        made["findings"] = [_seen(one) for one in outcome.findings]
    if outcome.timeline:
        made["timeline"] = [[one.at, _seen(one.side), _seen(one.what)] for one in outcome.timeline]
    if outcome.status is not Status.SKIP:
        made["again"] = _seen(tally.again(cell, outcome.case))
    return made
