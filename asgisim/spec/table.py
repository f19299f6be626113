"""State tables: every state, every input, every cell filled.

A cell is one of four things: the next state; a Rule, which that input breaks in that state (the
state then stays, so that one mistake is told once); Advice, a rule that is worth a word but not a
fault, with the next state; or Dated, two cells of which the edition picks one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeAlias, TypeVar

from asgisim.spec.editions import Edition
from asgisim.spec.rules import Rule


class Symbol(Enum):
    """A state or an input of a machine; hashed by identity, since Enum's own hash is slow."""

    __hash__ = object.__hash__


S = TypeVar("S", bound=Enum)
I = TypeVar("I", bound=Enum)  # noqa: E741


@dataclass(frozen=True, slots=True, eq=False)
class Advice(Generic[S]):
    """Legal, but not tidy: the rule is told as advice and the machine moves on."""

    rule: Rule
    next: S


@dataclass(frozen=True, slots=True, eq=False)
class Dated(Generic[S]):
    """The text changed: `before` holds for editions older than `since`, `after` from then on."""

    since: str
    before: S | Rule | Advice[S]
    after: S | Rule | Advice[S]


Cell: TypeAlias = "S | Rule | Advice[S] | Dated[S]"
Table: TypeAlias = Mapping[S, Mapping[I, "Cell[S]"]]


def cell(table: Table[S, I], state: S, seen: I, edition: Edition) -> S | Rule | Advice[S]:
    """The cell for an input in a state, with the edition's choice made."""
    found = table[state][seen]
    if isinstance(found, Dated):
        return found.after if edition.has(found.since) else found.before
    return found


def step(table: Table[S, I], state: S, seen: I, edition: Edition) -> tuple[S, Rule | None]:
    """The next state, and the rule that this input breaks or offends, if any."""
    found = cell(table, state, seen, edition)
    if isinstance(found, Rule):
        return state, found
    if isinstance(found, Advice):
        return found.next, found.rule
    return found, None


def allowed(table: Table[S, I], state: S, edition: Edition) -> list[I]:
    """The inputs that break nothing in this state, in the order of the input enum."""
    return [seen for seen in table[state] if not isinstance(cell(table, state, seen, edition), Rule)]


def rules_of(table: Table[S, I], state: S) -> list[Rule]:
    """Every rule that stands in the row of a state: what can be broken from here."""
    found: list[Rule] = []
    for entry in table[state].values():
        cells = (entry.before, entry.after) if isinstance(entry, Dated) else (entry,)
        for one in cells:
            if isinstance(one, Rule):
                found.append(one)
            elif isinstance(one, Advice):
                found.append(one.rule)
    return found
