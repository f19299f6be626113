"""What a run, or a test suite, has exercised: exchanges, cells of the state tables, rules, situations.

While a suite is watched (`gather`), all that judges adds to one Coverage: Lint, the clients, `judge` itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from asgisim.spec import CATALOGUE, PROTOCOLS
from asgisim.spec.rules import By, Party
from asgisim.spec.situations import SITUATIONS, Cell, Situation, legal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgisim.judge.report import Finding
    from asgisim.judge.watch import Watch


class Share(NamedTuple):
    """How many of how many."""

    seen: int
    all: int


@dataclass(slots=True)
class Coverage:
    """What was exercised.

    exchanges: how many, by protocol. cells: of the state tables, that were visited. exercised: rules
    that were put to the test, as bits of the catalogue. broken: the ids of rules that an app broke.
    """

    exchanges: dict[str, int] = field(default_factory=dict)
    cells: set[Cell] = field(default_factory=set)
    exercised: int = 0
    broken: set[str] = field(default_factory=set)

    def take(self, watch: Watch) -> None:
        """Add an exchange that is over, or given up."""
        protocol = watch.scope.get("type") if isinstance(watch.scope, dict) else None
        self.add(protocol, watch.exercised, watch.cells)

    def add(self, protocol: Any, exercised: int, cells: Set[Cell]) -> None:
        """Add an exchange, of a protocol that is counted if it is known."""
        if isinstance(protocol, str) and protocol in PROTOCOLS:
            self.exchanges[protocol] = self.exchanges.get(protocol, 0) + 1
        self.exercised |= exercised
        if not cells <= self.cells:
            self.cells |= cells

    def tell(self, findings: Iterable[Finding]) -> None:
        """Add what an app broke. That it raised or hung is for its own tests to tell."""
        self.broken |= {
            one.rule.id for one in findings if one.party is Party.APP and one.rule.by is not By.DRIVE
        }

    def merge(self, other: Coverage) -> None:
        """Add what another process, or run, has exercised."""
        for name, count in other.exchanges.items():
            self.exchanges[name] = self.exchanges.get(name, 0) + count
        self.cells |= other.cells
        self.exercised |= other.exercised
        self.broken |= other.broken

    def of(self, machine: str) -> Share:
        """How many of the legal cells of a machine were visited."""
        for protocol in PROTOCOLS.values():
            for one in (protocol.receive, protocol.send):
                if one.name == machine:
                    cells = legal(one)
                    return Share(len(cells & self.cells), len(cells))
        raise ValueError(f"there is no machine {machine!r}")

    def met(self, protocol: str) -> bool:
        """Whether there was an exchange of this protocol; a campaign counts none, but visits cells."""
        made = PROTOCOLS[protocol]
        names = (made.receive.name, made.send.name)
        return bool(self.exchanges.get(protocol)) or any(cell[0] in names for cell in self.cells)

    def seen(self, situation: Situation) -> bool:
        """Whether it came about."""
        return not situation.cells.isdisjoint(self.cells)

    def situations(self, protocol: str, seen: bool, common: bool | None = None) -> list[Situation]:
        """Those of a protocol that came about, or did not. common: only those that are, or are not."""
        return [
            one
            for one in SITUATIONS
            if one.protocol == protocol and self.seen(one) is seen and common in (None, one.common)
        ]

    @property
    def rules(self) -> Share:
        """How many of the rules that bind an app were put to the test."""
        return Share(len(binding() & self.ids), len(binding()))

    @property
    def ids(self) -> set[str]:
        """The ids of the rules that were put to the test."""
        return {id for id, rule in CATALOGUE.items() if rule.bit & self.exercised}

    def to_json(self) -> dict[str, Any]:
        """Plain data, which `from_json` reads again."""
        return {
            "exchanges": dict(sorted(self.exchanges.items())),
            "cells": sorted(map(list, self.cells)),
            "rules": sorted(self.ids),
            "broken": sorted(self.broken),
        }

    @classmethod
    def from_json(cls, data: Any) -> Coverage:
        """Read what `to_json` gave. Rules that this version does not know are left out. Raises ValueError."""
        try:
            made = cls(
                {str(name): int(count) for name, count in data["exchanges"].items()},
                {(str(machine), str(state), str(seen)) for machine, state, seen in data["cells"]},
                broken={str(id) for id in data["broken"]},
            )
            made.exercised = _bits(data["rules"])
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"expected a coverage report, but got {str(data)[:80]}") from error
        return made


def _bits(ids: Iterable[str]) -> int:
    bits = 0
    for id in ids:
        bits |= CATALOGUE[id].bit if id in CATALOGUE else 0
    return bits


def binding() -> frozenset[str]:
    """The ids of the rules that bind an app and that one exchange in process can show.

    What the simulator alone sees (robust.hang), what two spellings compared show and what binds middlewares
    are no matter of a test that makes one call.
    """
    shown = (By.CELL, By.FIELD, By.END)
    return frozenset(
        id for id, rule in CATALOGUE.items() if rule.party is not Party.SERVER and rule.by in shown
    )


class Place:
    """Where all that judges adds to: coverage is None while nobody gathers."""

    coverage: Coverage | None = None


@contextmanager
def gather(into: Coverage | None) -> Iterator[None]:
    """Let all that judges add to `into`; with None, to nothing, whatever is gathered around it."""
    before, Place.coverage = Place.coverage, into
    try:
        yield
    finally:
        Place.coverage = before
