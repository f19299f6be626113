"""Workflow commands of GitHub Actions: a note at the app's file for each finding, and the summary."""

from __future__ import annotations

from collections.abc import Sequence

from asgisim.report import text as text_report
from asgisim.report.model import Item, Run
from asgisim.spec.rules import Level


def text(runs: Sequence[Run]) -> str:
    """One command a line, and the plain summary after them."""
    lines = [_command(item, run) for run in runs for item in run.findings]
    return "".join(f"{line}\n" for line in lines) + "".join(text_report.summary(run) for run in runs)


def _command(item: Item, run: Run) -> str:
    kind = "error" if item.rule.level is Level.MUST else "warning"
    place = f"file={_property(run.target.file)}," if run.target.file else ""
    title = _property(f"{item.rule.id}: {item.gravity}")
    return f"::{kind} {place}title={title}::{_data(text_report.finding(item).rstrip())}"


def _data(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _data(words).replace(":", "%3A").replace(",", "%2C")
