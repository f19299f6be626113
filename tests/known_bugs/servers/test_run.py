"""The verdicts on pairs of servers; the campaigns themselves are run by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from asgisim.spec.rules import CATALOGUE
from tests.known_bugs.servers import run
from tests.known_bugs.servers.entries import HELD_OUT, Bug, load
from tests.known_bugs.servers.left_out import LEFT_OUT
from tests.known_bugs.servers.run import _against, main, read_results, verdict
from tests.known_bugs.servers.seeds import Told, medians, seeds_of, wants_seeds, word
from tests.known_bugs.servers.table import write_table

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


def outcome(*seeds: Told | None, found: bool = True) -> dict[str, Any]:
    """Of a first seed that needed nine scenarios, if it found the bug, and of these."""
    bad = side(*["wire.http.head-no-body"] * found) | ({"first": (9, 1.0)} if found else {})
    return {**verdict(BUG, bad, side()), "bad": bad, "fixed": side(), "seeds": list(seeds)}


def test_further_seeds_do_not_wait_for_what_fixed_tells() -> None:
    fixed = side("wire.http.date", kind="flaky", unconfirmed=("wire.http.persistence",))
    assert ("wire.http.date", "http") in _against(fixed)
    assert ("wire.http.persistence", "websocket") in _against(fixed)
    assert not _against(side("wire.http.date", kind="note"))


def test_a_seed_that_tells_nothing_is_later_than_all_others() -> None:
    quick, slow = (5, 0.5, "wire.http.x"), (70, 30.0, "wire.http.y")
    assert medians(seeds_of(outcome(quick, slow, slow, None))) == (70, 30.0)
    assert medians(seeds_of(outcome(quick, None, None, None))) == (math.inf, math.inf)


def test_what_an_old_record_does_not_have_is_not_counted() -> None:
    old = outcome()
    del old["bad"]["first"]
    assert seeds_of(old) == []
    assert word(old) == "found"


def test_found_is_what_most_seeds_tell_where_enough_were_played() -> None:
    told = (5, 0.5, "wire.http.x")
    assert word(outcome(told, None, None)) == "found"
    assert word(outcome(told, told, None, None)) == "found"
    assert word(outcome(told, None, None, None)) == "now and then"
    assert word(outcome(told, told, told, None, found=False)) == "found"
    assert word(outcome(told, None, None, None, found=False)) == "now and then"
    assert word(outcome(None, None, None, None, found=False)) == "missed"


def test_seeds_are_for_what_the_text_forbids() -> None:
    assert wants_seeds(BUG, outcome(), 2)
    assert wants_seeds(BUG, outcome(found=False), 2)
    assert not wants_seeds(BUG, outcome(None), 2)
    assert not wants_seeds(replace(BUG, miss="nothing says so"), outcome(found=False), 2)
    assert not wants_seeds(BUG, {**outcome(), "verdict": "told on fixed as well"}, 2)


def test_what_is_stopped_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[int] = []

    def seed(bug: Bug, outcome: dict[str, Any], budget: float, number: int) -> Told:
        if played == [0, 1]:
            played.append(number)
            raise KeyboardInterrupt
        played.append(number)
        return (number, 0.5, "wire.http.x")

    def first(bug: Bug, budget: float) -> dict[str, Any]:
        played.append(0)
        return outcome()

    monkeypatch.setattr(run, "run_entry", first)
    monkeypatch.setattr(run, "run_seed", seed)
    name, record = "uvicorn-lifespan-state-shared", tmp_path / "results.json"
    order = [name, "--resume", "--seeds", "4", "--results", str(record)]
    with pytest.raises(KeyboardInterrupt):
        main(order)
    assert main(order) == 0
    assert played == [0, 1, 2, 2, 3]
    assert [told[0] for told in read_results(record)[name]["seeds"]] == [1, 2, 3]


def test_the_page_has_hits_and_medians(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    told = outcome((5, 0.5, "wire.http.x"), (70, 30.0, "wire.http.head-no-body"), None, None)
    stamp = {"code": "c0de", "load": 1.5}
    write_table([BUG, replace(BUG, id="b")], {"a": {**told, **stamp}}, page)
    text = page.read_text("utf-8")
    rules = "`wire.http.head-no-body`, `wire.http.x`"
    assert f"| a | uvicorn | 1 | 2 | 9 / 9 | 3 of 5 | 70 | 30 | found | {rules} |\n" in text
    assert "2 pairs: 1 found, 1 not run yet. State of the code: c0de (1)." in text


def test_the_page_tells_of_the_pairs_that_were_held_out(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write_table([BUG], {}, page)
    _, _, told = page.read_text("utf-8").partition("## Held out\n")
    rounds = dict(enumerate(told.split("\n## Held out again\n"), 1))
    for bug in load(HELD_OUT):
        assert f"| {bug.id} | {bug.server} | {bug.bad} | {bug.fixed} |" in rounds[bug.round]


def test_the_entries_name_rules_that_exist() -> None:
    bugs = load()
    assert len({bug.id for bug in bugs}) == len(bugs) >= 80
    assert not {bug.id for bug in bugs} & LEFT_OUT.keys()
    held_out = load(HELD_OUT)
    assert not {bug.id for bug in held_out} & {bug.id for bug in bugs}
    for name in (name for bug in (*bugs, *held_out) for name in (*bug.expect, *bug.other)):
        assert any(name == rule or (name[-1] == "." and rule.startswith(name)) for rule in CATALOGUE), name
