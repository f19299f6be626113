"""Cells of the state tables as bits, as rules are, so that what was visited is gathered by one operation."""

from __future__ import annotations

from functools import lru_cache

from asgisim.spec.situations import Cell

_BITS: dict[Cell, int] = {}  # grows by the cells that were visited, which the tables bound


def bit_of(cell: Cell) -> int:
    """The bit that stands for a cell in this process."""
    return _BITS.setdefault(cell, 1 << len(_BITS))


@lru_cache(maxsize=4096)
def cells_of(bits: int) -> frozenset[Cell]:
    """The cells that these bits stand for."""
    return frozenset(cell for cell, bit in _BITS.items() if bits & bit)
