"""The table of all mutants: of today's mutants, each caught by its rule alone, no rule without one."""

from __future__ import annotations

from dataclasses import replace

from asgisim.spec import CATALOGUE
from asgisim.spec.rules import By, Party
from asgisim.wire.judge import TOLD
from tests.mutants import table, test_app_mutants, test_server_mutants

BEYOND = {"app": set(test_app_mutants.BEYOND), "server": set(test_server_mutants.BEYOND), "middleware": set()}


def needed() -> dict[str, set[str]]:
    """The rules that must have a mutant, by side: each that is checked there."""
    rules = CATALOGUE.values()
    apart = (By.WIRE, By.BETWEEN)
    apps = {rule.id for rule in rules if rule.party is not Party.SERVER and rule.by not in apart}
    servers = {rule.id for rule in rules if rule.party is not Party.APP}
    seen = {rule.id for rule in rules if rule.id in TOLD or rule.by in (By.FIELD, By.CELL)}
    return {
        "app": {rule for rule in apps if not CATALOGUE[rule].advisory} - BEYOND["app"],
        "server": (servers & seen) - BEYOND["server"],
        "middleware": {rule.id for rule in rules if rule.by is By.BETWEEN},
    }


def test_each_is_caught_by_its_rule_and_no_rule_is_without_one() -> None:
    assert table.complaints(table.read(), needed()) == []


def test_the_record_is_of_the_mutants_that_there_are() -> None:
    rows = table.read()
    on_record = {side: [(row.rule, row.mutant) for row in rows if row.side == side] for side in table.SIDES}
    assert on_record == table.names()


def test_each_has_taken_some_examples() -> None:
    assert [row for row in table.read() if not row.examples] == []


def test_the_page_is_made_of_the_record() -> None:
    assert table.PAGE.read_text("utf-8") == table.page(table.read())


def test_a_wrong_catch_and_a_rule_without_a_mutant_are_told() -> None:
    rows = table.read()
    first = rows[0]
    for caught in ([], [*first.caught_by, "robust.hang"], ["robust.hang"]):
        wrong = table.complaints([replace(first, caught_by=caught), *rows[1:]], needed())
        assert len(wrong) == 1
        assert first.rule in wrong[0]
    alone = next(row for row in rows if sum(row.rule == one.rule for one in rows) == 1)
    rest = [row for row in rows if row is not alone]
    assert f"{alone.side}: {alone.rule} has no mutant" in table.complaints(rest, needed())
