"""How a row of the tables is written: who is asked, what must hold, and what the text says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from asgisim.grid.driver import Driver
from asgisim.grid.exchange import Ask, Call, Heard, Reply, Talk, Wrong
from asgisim.grid.model import Case

# What a case does: looks, raises Wrong, and returns what it has seen, or nothing.
Do = Callable[[Driver], str | None]
Where = Literal["both", "sockets", "process"]


@dataclass(frozen=True, slots=True)
class Row:
    """A case and how it is played. where: what it needs. after: it looks at what is left once the server has
    stopped. slow: left out by --quick. odd: what it sends is odd on purpose, so that the rules say nothing of it.
    """

    case: Case
    do: Do
    where: Where = "both"
    after: bool = False
    slow: bool = False
    odd: bool = False

    @property
    def id(self) -> str:
        """The case's."""
        return self.case.id


class Table:
    """The rows of one category, in order."""

    def __init__(self, category: str, section: str = "", where: Where = "both") -> None:
        self.category, self.section, self.where = category, section, where
        self.rows: list[Row] = []

    def add(
        self, name: str, sentence: str, do: Do, *, section: str = "", level: str = "must", **how: Any
    ) -> None:
        """A row; how: where, after, slow, odd."""
        case = Case(f"{self.category}/{name}", self.category, sentence, section or self.section, level)
        self.rows.append(Row(case, do, **{"where": self.where, **how}))

    def case(self, name: str, sentence: str, **how: Any) -> Callable[[Do], Do]:
        """A decorator for rows that need a few lines."""

        def take(do: Do) -> Do:
            self.add(name, sentence, do, **how)
            return do

        return take


# --- checks ------------------------------------------------------------------------------------------


def expect(holds: object, wanted: str, got: object) -> None:
    """Raise Wrong unless it holds."""
    if not holds:
        shown = got if isinstance(got, str) else repr(got)
        raise Wrong(f"expected {wanted}, but got {shown[:300]}")


def same(wanted: object, got: object, what: str) -> None:
    """Raise Wrong unless both are equal and of the same type."""
    expect(type(wanted) is type(got) and wanted == got, f"{what} {_cut(wanted)}", _cut(got))


def _cut(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:100]}... ({len(text)} characters)"


def whole(reply: Reply, status: int | None = None) -> Reply:
    """A complete answer, of this status if one is named."""
    expect(reply.status, "an answer", f"none ({reply.broken or 'nothing came in time'})")
    if status is not None:
        expect(reply.status == status, f"the status {status}", f"{reply.status}: {reply.body[:100]!r}")
    expect(reply.complete, "an answer that is complete", reply.broken or "one that does not end")
    return reply


def answer(ask: Ask, status: int | None = 200) -> Callable[[Driver], Reply]:
    """Ask, and get a whole answer of this status (None: of any)."""
    return lambda driver: whole(driver.ask(ask), status)


def scope_of(ask: Ask) -> Callable[[Driver], dict[str, Any]]:
    """Ask, whatever is answered; the scope that the app was called with."""

    def do(driver: Driver) -> dict[str, Any]:
        driver.ask(ask)
        return driver.call(ended=False).scope

    return do


def talked(talk: Talk) -> Callable[[Driver], tuple[Heard, Call]]:
    """Talk; what the client heard and what the app saw."""

    def do(driver: Driver) -> tuple[Heard, Call]:
        heard = driver.talk(talk)
        return heard, driver.call(ended=False)

    return do


def rows(*tables: Table) -> list[Row]:
    """All rows; raises ValueError if two have the same id."""
    found = [row for table in tables for row in table.rows]
    names = [row.id for row in found]
    if len(set(names)) != len(names):
        raise ValueError(f"two cases are called {next(one for one in names if names.count(one) > 1)}")
    return found


def within(ask: Ask, **changes: Any) -> Ask:
    """The request with some things changed."""
    return replace(ask, **changes)


def join(parts: Iterable[bytes]) -> bytes:
    """All parts in one."""
    return b"".join(parts)
