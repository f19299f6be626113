"""What a case can do with a cell: ask, talk, and look at what the app saw. Two drivers do it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from asgisim.grid.exchange import Ask, Call, Heard, Reply, Skip, Talk, Wrong
from asgisim.grid.model import Moment
from asgisim.judge import Finding


@dataclass(frozen=True, slots=True)
class Stopped:
    """How the server ended when it was told to: its status, whether that is a clean one, how long it took."""

    status: int
    clean: bool
    seconds: float
    log: str = ""


class Driver:
    """The base of both drivers.

    patience: seconds that a case waits for what has to come. framework, server, loop: as the cell has them.
    can: what the server offers, out of asgisim.servers.FEATURES. stopped: how the server ended, for the cases
    that look at what is left then. random: for the contents of bodies, from the run's seed and the case.
    odd: numbers of calls for requests that are odd on purpose, which the rules are not to judge.
    goes_on: types of calls that do not end when the client leaves, as seen in this cell; endless: one such
    call by the patience it was given, ended or not.
    judged: what is broken in a call, by its number, once the server has stopped.
    """

    in_process = False

    def __init__(self, framework: str, server: str, can: frozenset[str], patience: float = 1.0) -> None:
        self.framework, self.server, self.can, self.patience = framework, server, can, patience
        self.begun = time.monotonic()
        self.notes: list[Moment] = []
        self.stopped: Stopped | None = None
        self.random = random.Random(0)
        self.odd: set[int] = set()
        self.goes_on: set[str] = set()
        self.endless: dict[float, Call] = {}
        self.judged: dict[int, list[Finding]] = {}

    # --- what drivers differ in

    def ask(self, ask: Ask) -> Reply:
        """One request on a connection of its own."""
        raise NotImplementedError

    def asks(self, *asks: Ask, pipelined: bool = False) -> list[Reply]:
        """Several requests on one connection, one after the other or all at once."""
        raise NotImplementedError

    def together(self, *asks: Ask) -> list[Reply]:
        """Several requests at once, each on a connection of its own."""
        raise NotImplementedError

    def talk(self, talk: Talk) -> Heard:
        """One WebSocket session."""
        raise NotImplementedError

    def raw(self, data: bytes, method: bytes = b"GET", cuts: Sequence[int] = (), ends: bool = False) -> Reply:
        """These very bytes on a connection of their own, and the first answer to them.

        ends: the server is expected to end the connection then, and is waited for.
        """
        raise Skip("raw bytes need a socket")

    def everything(self) -> list[Call]:
        """All calls of the app since the cell began, the lifespan's too."""
        raise NotImplementedError

    def look(self) -> list[Call]:
        """The calls of the app since the case began, as known now; the lifespan's is left out."""
        raise NotImplementedError

    def lifespan(self) -> Call | None:
        """The call for the lifespan, None if there was none."""
        raise NotImplementedError

    def pump(self, seconds: float) -> None:
        """Let time pass."""
        raise NotImplementedError

    # --- what they share

    def begin(self, patience: float) -> None:
        """A case begins: what came before is not its own."""
        self.patience = patience
        self.begun = time.monotonic()
        self.notes = []

    def note(self, what: str) -> None:
        """A line of the client's side."""
        self.notes.append(Moment(round(time.monotonic() - self.begun, 4), "client", what[:240]))

    def until(self, holds: Callable[[], object], seconds: float | None = None) -> bool:
        """Wait until it holds, up to the patience. Returns whether it does."""
        deadline = time.monotonic() + (self.patience if seconds is None else seconds)
        pause = 0.0005
        while not holds():
            if time.monotonic() >= deadline:
                return False
            self.pump(pause)
            pause = min(pause * 2, 0.01)
        return True

    def calls(self, count: int = 1, ended: bool = True, seconds: float | None = None) -> list[Call]:
        """The calls since the case began: waits for so many, and for their end."""
        found: list[Call] = []

        def there() -> bool:
            found[:] = self.look()
            return len(found) >= count and (not ended or all(one.end for one in found))

        self.until(there, seconds)
        return found

    def call(self, ended: bool = True, seconds: float | None = None) -> Call:
        """The one call that the case led to. Raises Wrong if there is none."""
        found = self.calls(1, ended, seconds)
        if not found:
            raise Wrong("expected a call of the app, but there was none")
        return found[-1]

    def timeline(self) -> list[Moment]:
        """Both sides in order of time."""
        moments = [*self.notes, *(one for call in self.look() for one in call.moments(self.begun))]
        return sorted(moments, key=lambda one: one.at)

    def needs(self, feature: str) -> None:
        """Raises Skip where the server does not offer a feature."""
        if feature not in self.can:
            raise Skip(f"{self.server} does not offer {feature}")
