"""Workflow commands of GitHub Actions: a note at the app's file for each finding, and the summary."""

from __future__ import annotations

from collections.abc import Sequence

from asgisim.report import text as text_report
from asgisim.report.model import Item, Run
from asgisim.report.style import visible
from asgisim.spec.rules import Level


def text(runs: Sequence[Run]) -> str:
    """One command a line, and the plain summary after them."""
    lines = [_command(item, run) for run in runs for item in run.findings]
    return "".join(f"{line}\n" for line in lines) + "".join(quiet(text_report.summary(run)) for run in runs)


def command(kind: str, title: str, body: str, file: str | None = None, line: int | None = None) -> str:
    """One annotation. kind: error, warning or notice."""
    places = [f"file={_property(file)}"] if file else []
    places += [f"line={line}"] if file and line else []
    return f"::{kind} {','.join([*places, f'title={_property(title)}'])}::{_data(body)}"


def quiet(words: str) -> str:
    """Text in which the runner finds no command: it looks behind blanks, and for ``##[`` anywhere."""
    return words.replace("::", ": :").replace("##[", "## [")


def _command(item: Item, run: Run) -> str:
    kind = "error" if item.rule.level is Level.MUST else "warning"
    file = run.target.file
    body = text_report.finding(item).rstrip()
    return command(kind, f"{item.rule.id}: {item.gravity}", body, file, item.line_in(file))


def _data(words: str) -> str:
    words = visible(words).replace("##[", "## [")
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _data(words).replace(":", "%3A").replace(",", "%2C")
