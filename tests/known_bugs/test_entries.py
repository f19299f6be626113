"""The corpus itself: whole, well-formed, and apps that compile. `python -m tests.known_bugs.run` runs it."""

from __future__ import annotations

import pytest

from asgisim.spec.rules import CATALOGUE
from tests.known_bugs.entries import APPS, Entry, load

ENTRIES = load()


def test_ids_are_unique_and_many() -> None:
    ids = [entry.id for entry in ENTRIES]
    assert len(ids) == len(set(ids)) >= 25
    assert len({entry.package for entry in ENTRIES}) >= 6


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_entry_is_whole(entry: Entry) -> None:
    assert entry.mark in ("S", "H", "Q", "must", "robust")
    assert entry.bad != entry.fixed
    assert entry.reference
    assert bool(entry.expect) != bool(entry.miss)
    source = (APPS / f"{entry.app}.py").read_text("utf-8")
    assert "app = " in source or "def app(" in source
    compile(source, entry.app, "exec")


def test_every_app_is_used() -> None:
    used = {entry.app for entry in ENTRIES} | {"django_setup", "sanic_setup"}
    assert used == {path.stem for path in APPS.glob("*.py")}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_expected_rules_exist(entry: Entry) -> None:
    for name in entry.expect:
        assert any(name == rule or (name[-1] == "." and rule.startswith(name)) for rule in CATALOGUE), name
