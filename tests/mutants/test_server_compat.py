"""The thirty-two faults, around the app in the reference server and in uvicorn: each noticed by its rule."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from asgisim.reference.server import Server
from asgisim.servers import SERVERS, Launch
from asgisim.servers import Server as UnderTest
from asgisim.wire.judge import is_open, judge_wire
from asgisim.wire.target import Target
from tests.mutants.servers.compat import FAULTS, LEGAL, NOTICED, Compat
from tests.mutants.servers.parts import around
from tests.mutants.servers.shown import scenarios, told

ROOT = str(Path(__file__).parents[2])
UVICORN = SERVERS["uvicorn-h11-wsproto"]


def test_there_are_thirty_two() -> None:
    assert len(FAULTS) == 32
    assert len(LEGAL) == 3
    assert {fault.name for fault in FAULTS} >= set(NOTICED)


@cache
def of_the_reference(cases: tuple[str, ...]) -> frozenset[str]:
    return frozenset(told(Server, cases))


@pytest.mark.parametrize("fault", [*FAULTS, *LEGAL], ids=str)
def test_fault_around_the_reference_server(fault: Compat) -> None:
    found = set(told(around(fault.layer), fault.cases)) - of_the_reference(fault.cases)
    assert found == set(fault.rules)


def wrapped(number: int | None) -> UnderTest:
    """uvicorn, whose app is the puppet with a fault around it."""

    def command(launch: Launch) -> list[str]:
        return UVICORN.command(replace(launch, app="tests.mutants.servers.wrapped:app"))

    told = {} if number is None else {"ASGISIM_FAULT": str(number)}
    folders = os.pathsep.join(filter(None, [ROOT, os.environ.get("PYTHONPATH", "")]))
    environment = {**UVICORN.environment, **told, "PYTHONPATH": folders}
    return replace(UVICORN, command=command, environment=environment)


def rules_of(number: int | None, cases: tuple[str, ...]) -> set[str]:
    """What is told of uvicorn with a fault around its app."""
    found = set()
    with Target(wrapped(number)) as target:
        for one in scenarios(cases):
            report = judge_wire(target.run(one))
            for finding in (*report.findings, *report.notes):
                if finding.caused_by is None or is_open(finding):
                    found.add(finding.rule.id)
    return found


@cache
def of_uvicorn(cases: tuple[str, ...]) -> frozenset[str]:
    return frozenset(rules_of(None, cases))


@pytest.mark.parametrize("number", range(len(FAULTS) + len(LEGAL)), ids=lambda n: [*FAULTS, *LEGAL][n].name)
def test_fault_around_uvicorn(number: int) -> None:
    pytest.importorskip("uvicorn")
    fault = [*FAULTS, *LEGAL][number]
    assert rules_of(number, fault.cases) - of_uvicorn(fault.cases) == set(fault.rules)


def test_the_page_has_each_fault_as_noticed() -> None:
    from tests.mutants.servers.page import PAGE, mutants  # it runs the functions of this module

    text = PAGE.read_text(encoding="utf-8")
    for fault in FAULTS:
        rules = ", ".join(f"`{rule}`" for rule in fault.rules)
        assert f"| {fault.name} | {rules} | noticed | noticed |" in text
    for fault in LEGAL:
        assert f"| {fault.name} | nothing told, rightly | nothing told, rightly |" in text
    assert mutants() in text
