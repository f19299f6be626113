"""Findings as a person reads them: the rule, what was seen, the timeline up to the mark, the remedy."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from asgisim.report import coverage
from asgisim.report.model import Item, Run
from asgisim.report.style import Style, clean, plain
from asgisim.report.timeline import detail_column, timeline
from asgisim.spec.rules import By

CHAIN_MAX = 12  # frames of an await chain or traceback that are shown, the innermost


def text(run: Run, width: int = 80, style: Style = plain, verbose: bool = False, quiet: bool = False) -> str:
    """The whole report. quiet: a line for each finding and nothing else."""
    if quiet:
        return "".join(f"{item.line()}\n" for item in run.findings)
    blocks = [finding(item, width, style, verbose) for item in run.findings]
    if verbose:
        blocks += [finding(item, width, style, verbose) for item in run.notes]
    blocks += [verdicts(run, style)] if verbose else []
    if run.coverage is not None:
        blocks.append(coverage.text(run.coverage, coverage.RUN, style, verbose))
    return "\n".join([*blocks, summary(run, width, style, verbose)])


def finding(item: Item, width: int = 80, style: Style = plain, verbose: bool = False) -> str:
    """One finding, ended by an empty line's worth of room for the next."""
    gravity = style("dim" if item.rule.advisory else "bad", item.gravity)
    lines = [f"{style('rule', item.rule.id)}: {gravity}", ""]
    lines += _wrapped(item.rule.says, width)
    lines += _wrapped(f"Here: {clean(item.message).rstrip('.')}.", width)
    lines += ["", *timeline(item.trace.steps, item.step, width, style, verbose)]
    indent = " " * detail_column(item.trace.steps, item.step)
    allowed = item.allowed_here()
    if allowed:
        lines += _wrapped(f"allowed here: {'; '.join(allowed)}", width, indent, style, "good")
    lines += _chain(item, width, indent, style)
    lines += ["", *_labelled(item, width, style)]
    return "\n".join(lines) + "\n"


def _chain(item: Item, width: int, indent: str, style: Style) -> list[str]:
    if not item.where:
        return []
    kind = "raised at" if item.raised else "where it is"
    left_out = len(item.where) - CHAIN_MAX
    lines = [f"{indent}{kind} (innermost last):"]
    lines += [f"{indent}  ... {left_out} more"] if left_out > 0 else []
    for frame in item.where[-CHAIN_MAX:]:
        frame = clean(frame)
        room = width - len(indent) - 2
        # The end of a path says more than its beginning.
        lines.append(f"{indent}  " + (frame if len(frame) <= room else f"...{frame[3 - room :]}"))
    return [style("dim", line) for line in lines]


def _labelled(item: Item, width: int, style: Style) -> list[str]:
    rows: list[tuple[str, str]] = []
    if item.caused_by:
        rows.append(("After", f"{item.caused_by} was broken first; this may follow from it."))
    if item.count > 1:
        rows.append(("Seen", f"in {item.count} scenarios"))
    if item.rule.hint:
        rows.append(("Mend", item.rule.hint))
    ours = "the text does not number this; it is a rule of asgisim's own"
    rows.append(("Spec", ours if item.rule.by is By.DRIVE else item.rule.url or item.rule.section))
    if item.seed_file:
        rows.append(("Saved", item.seed_file))
    if item.replay:
        rows.append(("Replay", item.replay))
    lines: list[str] = []
    for name, words in rows:
        label = f"  {style('label', name)}{' ' * (8 - len(name))}"
        if name in ("Spec", "Replay", "Saved"):  # to be copied in one piece
            lines.append(label + clean(words))
            continue
        first, *rest = textwrap.wrap(words, width - 10) or [""]
        lines += [label + first, *(" " * 10 + line for line in rest)]
    return lines


def summary(run: Run, width: int = 80, style: Style = plain, verbose: bool = False) -> str:
    """What was run, the verdicts in numbers, and what was not checked."""
    number = len(run.findings)
    count = f"{number} finding{'' if number == 1 else 's'}" if number else "nothing broken"
    head = clean(f"asgisim {run.command} {run.target.name}")
    lines = [f"{head}: {style('bad' if number else 'good', count)}"]
    examples = f"{run.examples} example{'' if run.examples == 1 else 's'}"
    held, missed = len(run.held), len(run.not_exercised)
    told = f"{examples} in {run.seconds:.1f} s. Rules: {held} held, {len(run.broken)} broken, "
    told += (
        f"{missed} not exercised." if verbose or not missed else f"{missed} not exercised (-v lists them)."
    )
    lines += textwrap.wrap(told, width)
    if run.interrupted:
        lines.append("Interrupted: this is what was found until then.")
    if run.known:
        lines.append(f"{_number(run.known, 'finding')} in the baseline, not told again.")
    if run.notes and not verbose:
        lines.append(f"{_number(run.notes, 'piece')} of advice (-v shows them).")
    for item in run.flaky:
        seen = f"Seen once and not again, so not counted: {item.line()}"
        lines += textwrap.wrap(seen, width, subsequent_indent="  ")
    for words in run.left_out:
        lines += textwrap.wrap(f"Not checked: {clean(words)}", width, subsequent_indent="  ")
    return "\n".join(lines) + "\n"


def verdicts(run: Run, style: Style = plain) -> str:
    """Every rule under its verdict."""
    lines: list[str] = []
    rows = (
        ("held", run.held, "good"),
        ("broken", run.broken, "bad"),
        ("not exercised", run.not_exercised, "dim"),
    )
    for verdict, rules, part in rows:
        lines += [f"{style(part, verdict)} ({len(rules)})", *(f"  {rule}" for rule in rules)]
    return "\n".join(lines) + "\n"


def _number(items: Iterable[object], noun: str) -> str:
    count = len(list(items))
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _wrapped(words: str, width: int, indent: str = "  ", style: Style = plain, part: str = "") -> list[str]:
    found = textwrap.wrap(
        words, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
    return [style(part, line) if part else line for line in found]
