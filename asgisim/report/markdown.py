"""Markdown, for pull requests and step summaries: a table, then each finding folded."""

from __future__ import annotations

import html
from collections.abc import Sequence

from asgisim.report import text as text_report
from asgisim.report.model import Item, Run


def text(runs: Sequence[Run]) -> str:
    """A section for each run."""
    return "\n".join(_section(run) for run in runs)


def _section(run: Run) -> str:
    lines = [f"## asgisim {run.command} {cell(run.target.name)}".rstrip(), ""]
    lines += [
        "| held | broken | not exercised | examples | seconds |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    verdicts = f"{len(run.held)} | {len(run.broken)} | {len(run.not_exercised)}"
    lines += [f"| {verdicts} | {run.examples} | {run.seconds:.1f} |", "", f"{_setting(run)}.", ""]
    if run.interrupted:
        lines += ["Interrupted: this is what was found until then.", ""]
    if run.findings:
        lines += ["| rule | level | who | what | seen |", "| --- | --- | --- | --- | ---: |"]
        lines += [_row(item) for item in run.findings]
        lines += ["", *(line for item in run.findings for line in _details(item))]
    else:
        lines += ["Nothing broken.", ""]
    if run.known:
        plural = "" if len(run.known) == 1 else "s"
        lines += [f"{len(run.known)} finding{plural} in the baseline, not told again.", ""]
    flaky = [f"Seen once and not again, so not counted: {cell(item.line())}" for item in run.flaky]
    notes = [*flaky, *(f"Not checked: {cell(words)}" for words in run.left_out)]
    return "\n".join([*lines, *(line for words in notes for line in (words, ""))])


def _setting(run: Run) -> str:
    versions = [f"{name} {number}" for name, number in sorted(run.target.versions.items())]
    return cell(", ".join([f"Edition {run.edition}, seed {run.seed}, {run.target.loop}", *versions]))


def _row(item: Item) -> str:
    rule = f"[{item.rule.id}]({item.rule.url})" if item.rule.url else item.rule.id
    return f"| {rule} | {item.rule.level.value} | {item.party} | {cell(item.message)} | {item.count} |"


def _details(item: Item) -> list[str]:
    title = html.escape(f"{item.rule.id}: {item.gravity}")
    body = text_report.finding(item)
    return [f"<details><summary>{title}</summary>", "", *fenced(body), "", "</details>", ""]


def fenced(body: str) -> list[str]:
    """A block of plain text that nothing in it can end."""
    runs = body.replace("\n", " ").split(" ")
    longest = max((len(run) for run in runs if set(run) == {"`"}), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", body.rstrip(), fence]


def cell(words: str) -> str:
    """Of a table: one line, and nothing in it that Markdown or HTML would take for its own."""
    words = " ".join(words.split())
    words = "".join(char if char.isprintable() else "?" for char in words)
    return "".join(f"\\{char}" if char in "\\|`*_[]<>#" else char for char in words)
