"""``python -m asgisim.frameworks``: short lines, each finding once, and an honest table."""

from __future__ import annotations

import io

import pytest

from asgisim.frameworks import __main__ as demo
from asgisim.frameworks.apps import APPS, App, find
from asgisim.fuzz import starting
from asgisim.fuzz.findings import Campaign, Found
from asgisim.judge import Finding
from asgisim.model.trace import Trace
from asgisim.space import plain_request
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import Party


def found(rule: str, detail: str = "seen", caused_by: str | None = None) -> Found:
    finding = Finding(CATALOGUE[rule], Party.APP, detail, 0, 0)
    return Found(finding, "http", plain_request(), Trace(), caused_by=caused_by)


CAMPAIGN = Campaign(
    findings=[
        found("http.response.start.headers.lowercase", "x" * 50 + " " + "y" * 300),
        found("http.response.start.headers.lowercase", "the same once more"),
        found("robust.crash"),
        found("http.response.body.final", caused_by="robust.crash"),
    ],
    examples=10,
    exercised=CATALOGUE["robust.crash"].bit | CATALOGUE["http.response.start.status.type"].bit,
)


def test_a_finding_is_told_once_and_in_80_columns() -> None:
    stream = io.StringIO()
    teller = demo.Teller(stream)
    teller(CAMPAIGN)
    teller(CAMPAIGN)
    lines = stream.getvalue().splitlines()
    assert [
        line.split() for line in lines if line.startswith("    must") or line.startswith("    should")
    ] == [
        ["must", "http", "http.response.start.headers.lowercase"],
        ["should", "http", "robust.crash"],
    ]
    assert max(map(len, lines)) < 80


def test_progress_is_for_terminals() -> None:
    live, quiet = io.StringIO(), io.StringIO()
    demo.Teller(live, live=True)(Campaign(examples=50))
    demo.Teller(quiet)(Campaign(examples=50))
    assert "50 runs" in live.getvalue()
    assert quiet.getvalue() == ""


def test_the_table_counts_what_stands_alone_and_rules_for_apps() -> None:
    missing = demo.Row(App("no", "None", ("no-such",)), why="not installed (no-such missing)")
    table = demo.table([demo.Row(find("bare"), CAMPAIGN), missing])
    _, row, none = (line.split() for line in table.splitlines())
    held = [rule for rule in CAMPAIGN.held if rule in demo.BINDING]
    untested = [rule for rule in CAMPAIGN.not_exercised if rule in demo.BINDING]
    assert row == ["bare", "ASGI", "10", "1", "1", "0", str(len(held)), str(len(untested))]
    assert none == ["None", "not", "installed"]
    assert max(map(len, table.splitlines())) < 80


def test_what_limits_a_campaign_is_said() -> None:
    row = demo.Row(find("bare"), Campaign(examples=5, left_out=[starting.ONE_LOOP]))
    assert demo.remarks(row) == [starting.ONE_LOOP, "nothing broken"]
    assert demo.remarks(demo.Row(find("bare"), Campaign(left_out=["why"]))) == [
        "nothing was exercised",
        "why",
    ]


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_titles_and_versions_leave_room(app: App) -> None:
    assert len(app.title) <= 16
