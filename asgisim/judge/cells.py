"""Cells of the state tables as bits beside those of the rules: what a step exercises is one number.

The bits of the rules are the low ones of the number, those of the cells the ones from `CELLS` on.
"""

from __future__ import annotations

from functools import lru_cache

from asgisim.spec.situations import Cell

CELLS = 1024  # more than there are rules, which a test holds
RULES = (1 << CELLS) - 1
_BITS: dict[Cell, int] = {}  # grows by the cells that were visited, which the tables bound


def bit_of(cell: Cell) -> int:
    """The bit that stands for a cell in this process."""
    return _BITS.setdefault(cell, 1 << CELLS + len(_BITS))


def cells_of(bits: int) -> frozenset[Cell]:
    """The cells whose bits are set."""
    return _cells(bits >> CELLS)


@lru_cache(maxsize=4096)
def _cells(high: int) -> frozenset[Cell]:
    return frozenset(cell for cell, bit in _BITS.items() if high & bit >> CELLS)
