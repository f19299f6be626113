"""Every legal cell of the state tables has a name that a person understands, and one only."""

from __future__ import annotations

from collections import Counter

from asgisim.spec import PROTOCOLS
from asgisim.spec.rules import Rule
from asgisim.spec.situations import SITUATIONS, legal


def test_each_legal_cell_stands_in_exactly_one_situation() -> None:
    cells = Counter(cell for one in SITUATIONS for cell in one.cells)
    machines = [machine for one in PROTOCOLS.values() for machine in (one.receive, one.send)]
    assert set(cells) == {cell for machine in machines for cell in legal(machine)}
    assert [cell for cell, count in cells.items() if count > 1] == []


def test_no_situation_is_a_break() -> None:
    for protocol in PROTOCOLS.values():
        for machine in (protocol.receive, protocol.send):
            for state, row in machine.table.items():
                for seen, cell in row.items():
                    if isinstance(cell, Rule):
                        assert (machine.name, state.name, seen.name) not in legal(machine)


def test_what_is_said_is_said_once_and_ends_a_sentence() -> None:
    said = [(one.protocol, one.says) for one in SITUATIONS]
    assert len(set(said)) == len(said)
    assert all(says[0].islower() and not says.endswith(".") for _, says in said)
