"""Each rule that a trace can show has two traces, and they do what they say."""

from __future__ import annotations

import pytest

from asgisim.examples import EXAMPLES
from asgisim.judge import judge
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import By, Party

SHOWN = {By.CELL, By.FIELD, By.END}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_keeping_trace_keeps_it_and_all_others(name: str) -> None:
    report = judge(EXAMPLES[name].keeps)
    assert [finding.line() for finding in report.findings + report.notes] == []
    assert name in report.held


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_breaking_trace_breaks_it_and_nothing_else(name: str) -> None:
    report = judge(EXAMPLES[name].breaks)
    rule = CATALOGUE[name]
    found, other = (report.notes, report.findings) if rule.advisory else (report.findings, report.notes)
    assert [finding.rule.id for finding in found] == [name]
    assert [finding.rule.id for finding in other] == []
    assert rule.party in (found[0].party, Party.BOTH)


def test_every_rule_that_a_trace_can_show_has_an_example() -> None:
    assert [name for name, rule in CATALOGUE.items() if rule.by in SHOWN and name not in EXAMPLES] == []
