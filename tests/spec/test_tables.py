"""The state tables are whole, and a walk through them comes to an end."""

from __future__ import annotations

from enum import Enum

import pytest

from asgisim.spec import CATALOGUE, PROTOCOLS
from asgisim.spec.editions import CURRENT, VERSIONS, edition
from asgisim.spec.rules import By, Rule
from asgisim.spec.table import allowed, rules_of, step
from asgisim.spec.view import Machine

MACHINES = [m for p in PROTOCOLS.values() for m in (p.receive, p.send)]


@pytest.fixture(params=MACHINES, ids=lambda machine: machine.name)
def machine(request: pytest.FixtureRequest) -> Machine:
    found: Machine = request.param
    return found


def test_every_state_has_every_input_in_the_order_of_the_enum(machine: Machine) -> None:
    states: type[Enum] = type(machine.start)
    assert list(machine.table) == list(states)
    inputs: type[Enum] = type(next(iter(machine.table[machine.start])))
    for state in states:
        assert list(machine.table[state]) == list(inputs), state


@pytest.mark.parametrize("version", VERSIONS)
def test_the_first_allowed_input_again_and_again_comes_to_rest(machine: Machine, version: str) -> None:
    state: Enum = machine.start
    for _ in machine.table:
        inputs = allowed(machine.table, state, edition(version))
        if inputs:
            state, broken = step(machine.table, state, inputs[0], edition(version))
            assert broken is None or broken.advisory
    inputs = allowed(machine.table, state, edition(version))
    assert not inputs or step(machine.table, state, inputs[0], edition(version))[0] is state


def test_every_state_can_be_reached(machine: Machine) -> None:
    reached = {machine.start}
    for _ in machine.table:
        reached |= {
            step(machine.table, state, seen, CURRENT)[0] for state in reached for seen in machine.table[state]
        }
    assert reached == set(machine.table)


def test_a_break_leaves_the_state_as_it_is(machine: Machine) -> None:
    for state, row in machine.table.items():
        for seen, cell in row.items():
            if isinstance(cell, Rule):
                assert step(machine.table, state, seen, CURRENT) == (state, cell)


def test_names_of_machines_differ() -> None:
    assert len({machine.name for machine in MACHINES}) == len(MACHINES)


def test_every_cell_rule_stands_in_a_cell() -> None:
    standing = {rule.id for m in MACHINES for state in m.table for rule in rules_of(m.table, state)}
    assert [name for name, rule in CATALOGUE.items() if rule.by is By.CELL and name not in standing] == []
