"""The long form: every entry is fuzzed in both versions; what was found once is found again."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from asgisim.space import plain_request
from tests.known_bugs import run, tiers, triggers
from tests.known_bugs.entries import Entry, load
from tests.known_bugs.run import read_results, run_entry, signature, verdict
from tests.known_bugs.table import render

BUDGET = 60.0
ENTRIES = load()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_what_was_found_is_found(entry: Entry) -> None:
    outcome = run_entry(entry, BUDGET, seeds=1)
    assert outcome["verdict"] != "not run", outcome["why"]
    if read_results().get(entry.id, {}).get("verdict") == "found":
        assert outcome["verdict"] == "found"


def finding(rule: str, message: str = "", example: int = 5) -> dict[str, Any]:
    return {
        "rule": rule,
        "protocol": "http",
        "message": message,
        "caused_by": None,
        "first_example": example,
        "first_seconds": 0.5,
        "steps": 2,
    }


def ran(*findings: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"examples": 10, "seconds": 1.0, "findings": list(findings)}]


NO_PINS: dict[str, tuple[str, ...]] = {"bad": (), "fixed": ()}
CRASH = Entry("a", "H", "p", "1", "2", "3.12", "3.12", NO_PINS, "app", ("robust.crash",), (), "", "", "ref")


def test_found_is_told_with_the_first_witness() -> None:
    bad = ran(finding("robust.crash", "KeyError: 'x'", 9), finding("robust.crash", "TypeError: y", 3))
    outcome = verdict(CRASH, bad, ran())
    assert (outcome["verdict"], outcome["first_example"]) == ("found", 3)


def test_another_crash_on_fixed_does_not_hide_it() -> None:
    bad = ran(finding("robust.crash", "KeyError: 'x'"))
    assert verdict(CRASH, bad, ran(finding("robust.crash", "KeyError: 'y'")))["verdict"] == "found"


def test_the_same_crash_on_fixed_is_no_find() -> None:
    bad = ran(finding("robust.crash", "OSError: line 12"))
    outcome = verdict(CRASH, bad, ran(finding("robust.crash", "OSError: line 99")))
    assert outcome["verdict"] == "told on fixed as well"


def test_another_rule_is_a_miss() -> None:
    assert verdict(CRASH, ran(finding("robust.hang")), ran())["verdict"] == "missed"


def test_an_error_is_no_verdict() -> None:
    outcome = verdict(CRASH, [{"error": "no such Python"}], ran())
    assert (outcome["verdict"], outcome["why"]) == ("not run", "no such Python")


def test_signature_leaves_out_what_differs_by_chance() -> None:
    one = finding("robust.crash", "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 2")
    two = finding("robust.crash", "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xe9 in position 0")
    assert signature(one) == signature(two)


def test_the_table_has_a_row_for_each_entry() -> None:
    text = render(ENTRIES, {})
    assert text.count("\n| ") == len(ENTRIES) + 2 + 9 + 2
    assert f"{len(ENTRIES)} entries" in text


Told = Callable[[str, float, int], bool]  # side, seconds, seed: whether the crash is told


@pytest.fixture
def campaigns(monkeypatch: pytest.MonkeyPatch) -> Callable[[Told, int], tuple[dict[str, Any], list[Any]]]:
    """Run the entry with campaigns that tell the crash at will: the outcome, and what was asked for."""

    def go(told: Told, seeds: int) -> tuple[dict[str, Any], list[Any]]:
        asked: list[tuple[str, float, int]] = []

        def run_side(entry: Entry, side: str, budget: float, seed: int) -> dict[str, Any]:
            asked.append((side, budget, seed))
            return {**ran(*[finding("robust.crash")] * told(side, budget, seed))[0], "budget": budget}

        monkeypatch.setattr(run, "run_side", run_side)
        return run_entry(CRASH, 60, seeds), asked

    return go


def test_short_campaigns_come_first_and_the_fixed_version_gets_its_share(campaigns: Any) -> None:
    outcome, asked = campaigns(lambda side, budget, seed: side == "bad" and budget > 2, 1)
    assert outcome["verdict"] == "found"
    assert asked == [("bad", 1.5, 0), ("fixed", 15, 0), ("bad", 6, 0)]


def test_a_seed_that_told_it_is_done_and_the_others_go_on(campaigns: Any) -> None:
    outcome, asked = campaigns(lambda side, budget, seed: side == "bad" and (seed < 2 or budget == 60), 3)
    assert (outcome["verdict"], outcome["hits"]) == ("found", 3)
    first = [("bad", 1.5, 0), ("bad", 1.5, 1), ("bad", 1.5, 2), ("fixed", 15, 0)]
    assert asked == [*first, ("bad", 6, 2), ("bad", 15, 2), ("bad", 60, 2), ("fixed", 60, 0)]


def test_what_fixed_tells_in_time_speaks_against_all_seeds(campaigns: Any) -> None:
    outcome, asked = campaigns(lambda side, budget, seed: side == "bad" or budget == 60, 2)
    assert (outcome["verdict"], asked[-1]) == ("found", ("fixed", 15, 0))
    outcome, asked = campaigns(lambda side, budget, seed: budget in (1.5, 15, 60), 2)
    assert outcome["verdict"] == "told on fixed as well"
    assert asked[-1] == ("fixed", 60, 0)


def test_a_seed_that_did_not_tell_it_is_later_than_all() -> None:
    bad = [run for at in (9, 3, 5) for run in ran(finding("robust.crash", "", at))]
    outcome = verdict(CRASH, [*bad, *ran(), *ran()], ran())
    assert (outcome["verdict"], outcome["hits"], outcome["first_example"]) == ("found", 3, 9)


def test_what_few_seeds_tell_is_no_find() -> None:
    told, silent = ran(finding("robust.crash")), ran()
    bad = [{**run, "budget": 60.0} for run in (*told, *silent, *told, *silent, *silent)]
    outcome = verdict(CRASH, bad, ran())
    assert (outcome["verdict"], outcome["first_example"]) == ("found in 2 of 5", None)
    row = render([CRASH], {"a": {"bad": bad, "fixed": ran(), **outcome}}).splitlines()[-1]
    assert row.split(" | ")[4:10] == ["60 s", "found in 2 of 5", "`robust.crash`", "2 of 5", "", ""]


def test_a_share_is_of_all_entries_of_a_kind() -> None:
    other, third = replace(CRASH, id="b"), replace(CRASH, id="c", fixed="")
    outcome = verdict(CRASH, ran(finding("robust.crash")), ran())
    results = {"a": {"bad": [], "fixed": [], **outcome}, "b": {"verdict": "missed"}}
    assert "frameworks: a fixed version | 1 | 1 | 0 | 100% | 5 | 0.50 |" in render([CRASH], results)
    text = render([CRASH, other, third], results)
    assert "| frameworks: a fixed version | 2 | 1 | 0 | 50% |  |  |" in text
    assert "| frameworks: newest release | 1 | 0 | 0 | 0% |  |  |" in text


def test_a_name_in_full_is_one_entry() -> None:
    name = "a2wsgi-wsgi-send-error-hangs"
    assert [one.id for one in run.chosen([name])] == [name]
    assert len(run.chosen([name[:-1]])) == 2
    assert run.chosen([]) == ENTRIES


def test_without_a_fixed_version_the_words_named_in_advance_tell() -> None:
    newest = replace(CRASH, fixed="", says=("query_string",))
    other = ran({**finding("robust.crash", "KeyError: 'path'"), "where": "", "scenario": None})
    assert verdict(newest, other, [])["verdict"] == "missed"
    right = ran({**finding("robust.crash", "KeyError: 'query_string'"), "where": "", "scenario": None})
    assert verdict(newest, right, [])["verdict"] == "found"


def test_advice_that_names_another_event_is_another_thing() -> None:
    advice = replace(CRASH, expect=("robust.send-after-failure",))
    bad = ran({**finding("robust.send-after-failure", "a after b had failed"), "note": True})
    fixed = ran({**finding("robust.send-after-failure", "a after c had failed"), "note": True})
    outcome = verdict(advice, bad, fixed)
    assert (outcome["verdict"], outcome["note"]) == ("found", True)
    assert verdict(advice, bad, bad)["verdict"] == "told on fixed as well"


def test_the_table_of_tiers_takes_what_was_not_found_for_later() -> None:
    told = tiers.told({"a": {"random": [3, None], "campaign": [2, 2]}, "b": {"random": [None, None]}})
    assert "| random | 1 | 4 | inf | inf |" in told
    assert "| campaign | 2 | 2 | 2 | 2 |" in told


def test_the_record_of_tiers_and_triggers_is_of_entries() -> None:
    known = {entry.id for entry in ENTRIES}
    for path in (tiers.RESULTS, triggers.RESULTS):
        assert set(json.loads(path.read_text("utf-8"))) <= known


def test_what_runs_in_the_environments(tmp_path: Path) -> None:
    (tmp_path / "reads.py").write_text(
        "async def app(scope, receive, send):\n"
        "    if scope['type'] == 'lifespan':\n        raise ValueError\n"
        "    await receive()\n    raise LookupError('one')\n"
    )
    script = tmp_path / "by_hand.py"
    script.write_text(
        "import asyncio, os\nfrom reads import app\n"
        "async def receive():\n    return {'type': 'http.request'}\n"
        "try:\n    asyncio.run(app({'type': 'http'}, receive, None))\nexcept LookupError:\n    pass\n"
        "os._exit(0)\n"
    )
    limits = {"seed": 0, "max_examples": 50, "max_time": 60.0, "expect": ["robust.crash"], "protocol": ""}
    campaign = {"what": "first", "app": "reads:app", "tier": "campaign", **limits}
    scenario = plain_request().to_json()
    given = {"what": "given", "app": "reads:app", "scenario": scenario}
    assert tiers.answer(sys.executable, campaign, tmp_path) == {"examples": 2}
    assert tiers.answer(sys.executable, given, tmp_path) == {"events": 1}
    assert tiers.answer(sys.executable, {"what": "script", "script": str(script)}, tmp_path) == {"events": 1}
