"""Cells and rules share one number and do not get into each other's way."""

from __future__ import annotations

from asgisim.judge.cells import CELLS, RULES, bit_of, cells_of
from asgisim.spec import CATALOGUE

CELL = ("http.send", "STARTED", "BODY")


def test_there_is_room_for_all_rules_below_the_cells() -> None:
    assert max(rule.bit for rule in CATALOGUE.values()).bit_length() <= CELLS


def test_a_cell_comes_back_from_its_bit_and_is_no_rule() -> None:
    every = sum(rule.bit for rule in CATALOGUE.values())
    assert bit_of(CELL) & RULES == 0
    assert cells_of(bit_of(CELL) | every) == {CELL}
    assert (bit_of(CELL) | every) & RULES == every
    assert cells_of(every) == frozenset()
