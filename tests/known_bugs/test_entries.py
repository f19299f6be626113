"""The corpus itself: whole, well-formed, and apps that compile. `python -m tests.known_bugs.run` runs it."""

from __future__ import annotations

import pytest

from asgisim.spec.rules import CATALOGUE
from tests.known_bugs.entries import APPS, MIDDLEWARES, Entry, load

ENTRIES = load()


def test_ids_are_unique_and_many() -> None:
    ids = [entry.id for entry in ENTRIES]
    assert len(ids) == len(set(ids)) >= 25
    assert len({entry.package for entry in ENTRIES}) >= 6


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_entry_is_whole(entry: Entry) -> None:
    marks = ("S", "H", "Q", "must", "should", "robust", "transparency", "wsgi", "soft")
    assert entry.mark in marks
    assert entry.bad != entry.fixed
    assert entry.reference
    assert bool(entry.expect) != bool(entry.miss)
    source = (entry.folder / f"{entry.app}.py").read_text("utf-8")
    names = ("def make(", "class make") if entry.middleware else ("app = ", "def app(")
    assert any(name in source for name in names)
    compile(source, entry.app, "exec")


def test_every_app_is_used() -> None:
    used = {entry.app for entry in ENTRIES if not entry.middleware} | {"django_setup", "sanic_setup"}
    assert used == {path.stem for path in APPS.glob("*.py")}
    used = {entry.app for entry in ENTRIES if entry.middleware}
    assert used == {path.stem for path in MIDDLEWARES.glob("*.py")}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_expected_rules_exist(entry: Entry) -> None:
    for name in entry.expect:
        assert any(name == rule or (name[-1] == "." and rule.startswith(name)) for rule in CATALOGUE), name
