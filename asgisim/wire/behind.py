"""An app of the user's behind a server: what is played, and how both are judged.

The clients do what they do in every campaign, at the routes of the app; the app answers as it likes. Both
sides are judged: the app by its events, the server by its own and by what went over the wire.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from asgisim.drive.wire.behind import BehindSession
from asgisim.drive.wire.record import Record
from asgisim.drive.wire.script import Step, WireScenario
from asgisim.fuzz.settings import Settings
from asgisim.judge import Report
from asgisim.servers import Server
from asgisim.wire import space
from asgisim.wire.judge import judge_wire
from asgisim.wire.target import Target

SOON = 0.2  # seconds in which a client of a WebSocket waits for what the app may say


class BehindTarget(Target):
    """A server with an app, started when it is needed. app: as BehindSession takes it."""

    respells = False  # an app may answer otherwise the second time

    def __init__(self, server: Server, app: str, **options: Any) -> None:
        super().__init__(server, **options)
        self.app = app
        self._behind: BehindSession | None = None

    def run(self, scenario: WireScenario) -> Record:
        """Play one scenario; one that stops the server gets a server of its own."""
        if scenario.lifespan:
            with BehindSession(self.server, self.app, **{**self.options, "workers": 1}) as alone:
                return alone.run(scenario)
        if self._behind is not None and self._behind.running.status is not None:
            self.stop()
        if self._behind is None:
            self._behind = BehindSession(self.server, self.app, **self.options)
        return self._behind.run(scenario)

    def stop(self) -> None:
        """Stop the server, if one runs."""
        session, self._behind = self._behind, None
        if session is not None:
            session.stop()

    def judge(self, played: Record) -> Report:
        """Both sides."""
        return judge_wire(played, both=True)

    def scenarios(self, settings: Settings) -> Iterator[WireScenario]:
        """One with the app's lifespan, then each route plainly, then drawn ones."""
        return islice(_scenarios(settings, "lifespan" in self.server.can), settings.max_examples)


def _scenarios(settings: Settings, lifespan: bool) -> Iterator[WireScenario]:
    routes = [one for one in settings.routes if one.protocol in settings.protocols]
    if "lifespan" in settings.protocols and lifespan:
        yield WireScenario([Step("server", 0, "stop")])
    for one in routes:
        yield WireScenario(plain(one))
    for number in range(settings.max_examples if routes else 0):
        yield drawn(random.Random(f"{settings.seed}/{number}").randrange, routes)


def plain(route: Any) -> list[Step]:
    """A route asked once, as a browser would."""
    target = route.path.encode()
    if route.protocol == "websocket":
        return [
            Step("client", 0, "handshake", {"target": target, "headers": [*route.headers]}),
            Step("client", 0, "response"),
            Step("client", 0, "frame", {"opcode": "text", "data": b"hello"}),
            Step("client", 0, "frames", {"count": 1, "bound": SOON}),
            Step("client", 0, "frame", {"opcode": "close", "code": 1000}),
            Step("client", 0, "frames", {"bound": SOON}),
        ]
    headers = [*route.headers]
    told: dict[str, Any] = {"method": route.method.encode(), "target": target, "headers": headers}
    if route.method not in ("GET", "HEAD", "OPTIONS"):
        told["body"] = b"{}"
        headers += [] if b"content-type" in dict(headers) else [(b"Content-Type", b"application/json")]
    return [Step("client", 0, "request", told), Step("client", 0, "response")]


def drawn(choose: space.Choose, routes: Sequence[Any]) -> WireScenario:
    """What the clients do in a scenario of the space, at routes of the app."""
    route = routes[choose(len(routes))]
    one = space.scenario(choose, [route.protocol])
    steps = [made for step in one.steps for made in _at(step, route, choose)]
    return WireScenario(_timed(steps))


def _at(step: Step, route: Any, choose: space.Choose) -> Iterator[Step]:
    if step.who != "client":
        if step.act in ("called", "receive", "body", "send"):
            yield Step("app", step.number, "called")
        return
    if step.act in ("request", "handshake") and isinstance(step.arg, dict):
        arg = dict(step.arg)
        arg["headers"] = [*arg.get("headers", ()), *route.headers]
        path, (_, mark, query) = route.path.encode(), arg.get("target", b"/").partition(b"?")
        if arg.get("target", b"/").startswith(b"/") and choose(8) != 7:
            arg["target"] = path if b"?" in path else path + mark + query
        if step.act == "request" and choose(4) and route.method not in ("GET", "HEAD"):
            arg["method"] = route.method.encode()
            if "body" not in arg and "chunks" not in arg:
                arg["body"] = b"{}"
        yield step._replace(arg=arg)
    elif step.act == "frames":
        told = step.arg if isinstance(step.arg, dict) else {"count": step.arg or 1}
        yield step._replace(arg={**told, "bound": SOON})
    elif step.act == "eof":
        yield step._replace(arg={"bound": SOON})
    else:
        yield step


def _timed(steps: list[Step]) -> list[Step]:
    """Waiting for a call is kept only where the client then leaves; and once for each call."""
    made: list[Step] = []
    for index, step in enumerate(steps):
        if step.who == "app":
            following = next((one for one in steps[index:] if one.who == "client"), None)
            if step in made or following is None or following.act not in ("close", "reset", "half"):
                continue
        made.append(step)
    return made
