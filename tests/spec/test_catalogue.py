"""The catalogue and the checked-in list of demands hold each other."""

from __future__ import annotations

from pathlib import Path

from asgisim.spec import CATALOGUE, UNCHECKED

DEMANDS = {
    identity: (party, level)
    for identity, party, level in (
        line.split() for line in Path(__file__).with_name("demands.txt").read_text().splitlines()
    )
}


def test_demands_are_all_there() -> None:
    assert len(DEMANDS) == 521


def test_nothing_is_a_rule_and_unchecked_as_well() -> None:
    assert not CATALOGUE.keys() & UNCHECKED.keys()


def test_unchecked_names_demands_with_a_reason() -> None:
    assert UNCHECKED.keys() <= DEMANDS.keys()
    assert all(UNCHECKED.values())


def test_each_demand_is_a_rule_or_unchecked() -> None:
    assert [name for name in DEMANDS if name not in CATALOGUE and name not in UNCHECKED] == []


def test_other_rules_are_ours() -> None:
    assert [
        name
        for name in CATALOGUE
        if name not in DEMANDS and not name.startswith(("robust.", "equal.", "between."))
    ] == []


def test_party_and_level_are_those_of_the_demand() -> None:
    differing = [
        name
        for name, rule in CATALOGUE.items()
        if name in DEMANDS and (rule.party, rule.level) != DEMANDS[name]
    ]
    assert differing == []


def test_each_rule_says_something_and_its_bit_is_its_own() -> None:
    assert [name for name, rule in CATALOGUE.items() if not rule.says.strip().endswith(".")] == []
    assert len({rule.bit for rule in CATALOGUE.values()}) == len(CATALOGUE)
