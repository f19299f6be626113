"""Judging traces that are written as text."""

from __future__ import annotations

from asgisim.judge import Report, judge
from asgisim.model import notation


def report(text: str, edition: str | None = None) -> Report:
    return judge(notation.read(text), edition)


def faults(text: str, edition: str | None = None) -> list[str]:
    """The rules that are broken, leaving out what follows from an earlier break."""
    return [finding.rule.id for finding in report(text, edition).findings if finding.caused_by is None]


def notes(text: str) -> list[str]:
    return [finding.rule.id for finding in report(text).notes]
