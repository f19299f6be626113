"""The verdicts on pairs of servers; the campaigns themselves are run by hand."""

from __future__ import annotations

from typing import Any

from asgisim.spec.rules import CATALOGUE
from tests.known_bugs.servers.left_out import LEFT_OUT
from tests.known_bugs.servers.run import Bug, load, verdict

BUG = Bug("a", "p", "1", "2", "3.12", "uvicorn", [], ["wire.http."], ("wire.http.date",))


def side(*rules: str, kind: str = "", unconfirmed: tuple[str, ...] = ()) -> dict[str, Any]:
    told = [{"rule": rule, "protocol": "http", "message": "", "kind": kind} for rule in rules]
    return {"examples": 9, "seconds": 1.0, "findings": told, "unconfirmed": list(unconfirmed)}


def test_found_is_told_on_bad_and_not_on_fixed() -> None:
    assert verdict(BUG, side("wire.http.head-no-body"), side())["verdict"] == "found"
    both = verdict(BUG, side("wire.http.head-no-body"), side("wire.http.head-no-body"))
    assert both["verdict"] == "told on fixed as well"


def test_what_the_entry_does_not_name_is_a_miss() -> None:
    assert verdict(BUG, side("wire.http.date", "robust.hang"), side())["verdict"] == "missed"


def test_what_fixed_did_not_show_each_time_speaks_against_it() -> None:
    bad = side("wire.http.head-no-body")
    for fixed in (
        side("wire.http.head-no-body", kind="flaky"),
        side(unconfirmed=("wire.http.head-no-body",)),
    ):
        assert verdict(BUG, bad, fixed)["verdict"] == "told on fixed as well"


def test_a_note_is_advice_and_a_flaky_break_nothing() -> None:
    assert verdict(BUG, side("wire.http.head-no-body", kind="note"), side())["verdict"] == "advice"
    assert verdict(BUG, side("wire.http.head-no-body", kind="flaky"), side())["verdict"] == "missed"


def test_an_error_is_no_verdict() -> None:
    assert verdict(BUG, side("wire.http.head-no-body"), {"error": "no Python"})["verdict"] == "not run"


def test_the_entries_name_rules_that_exist() -> None:
    bugs = load()
    assert len({bug.id for bug in bugs}) == len(bugs) >= 80
    assert not {bug.id for bug in bugs} & LEFT_OUT.keys()
    for name in (name for bug in bugs for name in (*bug.expect, *bug.other)):
        assert any(name == rule or (name[-1] == "." and rule.startswith(name)) for rule in CATALOGUE), name
