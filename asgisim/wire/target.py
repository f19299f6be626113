"""The server of a campaign: started when it is needed, and again when it has died."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from asgisim.drive.wire import play
from asgisim.drive.wire.play import Session
from asgisim.drive.wire.record import Record
from asgisim.drive.wire.script import WireScenario
from asgisim.fuzz.settings import Settings
from asgisim.judge import Report
from asgisim.servers import Server
from asgisim.wire.judge import judge_wire


class Player(Protocol):
    """What plays a scenario and judges what came of it."""

    def run(self, scenario: WireScenario) -> Record:
        """Play one scenario."""
        ...

    def judge(self, played: Record) -> Report:
        """What is broken, and what was put to the test."""
        ...


class Target:
    """A server that is started when it is needed, and again when it has died. A context manager.

    http2: the scenarios of campaigns speak HTTP/2. streams: those over HTTP/2 are among the others, where the
    server can. The other options are those of asgisim.servers.start.
    """

    respells = True  # whether a clean scenario is played in its other spellings too

    def __init__(self, server: Server, *, http2: bool = False, streams: bool = True, **options: Any) -> None:
        self.server = server
        self.streams = streams and "http/2" in server.can
        self.http2 = http2
        self.options = options
        self.plain = not any(options.get(name) for name in ("tls", "uds", "root_path"))
        self._session: Session | None = None
        self._other: tuple[dict[str, Any], Session] | None = None  # how it was started, and the session

    def run(self, scenario: WireScenario) -> Record:
        """Play one scenario; one with a lifespan of its own gets a server of its own."""
        if scenario.lifespan:
            return play.run(scenario, self.server, **{**self.options, "workers": 1})
        if scenario.served:
            return self._served(scenario.served).run(scenario)
        if self._session is not None and self._session.running.status is not None:
            self.stop()
        if self._session is None:
            self._session = Session(self.server, **self.options)
        return self._session.run(scenario)

    def _served(self, how: dict[str, Any]) -> Session:
        """The server that is started in this way; the one that was started in another ends."""
        kept = self._other
        if kept is not None and (kept[0] != how or kept[1].running.status is not None):
            self._other = None
            kept[1].stop()
        if self._other is None:
            self._other = how, Session(self.server, **{**self.options, **how})
        return self._other[1]

    def judge(self, played: Record) -> Report:
        """What is broken, and what was put to the test."""
        return judge_wire(played)

    def meanwhile(self, work: Callable[[], None]) -> None:
        """Do this while the server is at work on the next scenario, if one runs."""
        if self._session is not None:
            self._session.hub.idle = work

    def another(self) -> Target | None:
        """One with a server of its own, of the same kind; None where there can be none."""
        if type(self) is not Target:
            return None
        return Target(self.server, http2=self.http2, streams=self.streams, **self.options)

    def scenarios(self, settings: Settings) -> Iterator[WireScenario] | None:
        """What a campaign plays; None for what every server is asked."""
        return None

    def stop(self) -> None:
        """Stop the server, if one runs."""
        session, self._session = self._session, None
        other, self._other = self._other, None
        try:
            if session is not None:
                session.stop()
        finally:
            if other is not None:
                other[1].stop()

    def __enter__(self) -> Target:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
