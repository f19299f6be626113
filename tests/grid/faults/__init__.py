"""Faults for the proof that every case bites: servers, apps and connections, each wrong in one place."""

from __future__ import annotations

from tests.grid.faults.inside import INSIDE
from tests.grid.faults.outside import OUTSIDE
from tests.grid.faults.wire import WIRE
from tests.grid.faulty import Fault
from tests.mutants.servers import every

# Mutants of the reference server that are there already, by the rule that each breaks.
MUTANTS: list[Fault] = [
    Fault(f"mutant {number}: {one.rule}", kind=one.kind) for number, one in enumerate(every.FAULTS)
]

FAULTS: dict[str, Fault] = {one.name: one for one in (*OUTSIDE, *INSIDE, *WIRE)}
EVERY: dict[str, Fault] = {**FAULTS, **{one.name: one for one in MUTANTS}}
