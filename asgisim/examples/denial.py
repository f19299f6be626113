"""For each rule on denial responses: a trace that keeps it, and one that breaks it alone."""

from __future__ import annotations

from typing import Any

from asgisim.examples.build import RETURNS, example, gives, scope, sends
from asgisim.model.trace import Step

CONNECT = gives("websocket.connect")
ACCEPT = sends("websocket.accept")
START = sends("websocket.http.response.start", status=401)
MORE = sends("websocket.http.response.body", body=b"not ", more_body=True)
LAST = sends("websocket.http.response.body", body=b"you")


def handshake(*steps: Step, listed: bool = True) -> list[Step]:
    """A handshake with a server that lists the extension, or does not; then these steps and the end."""
    extensions: dict[str, Any] = {"websocket.http.response": {}} if listed else {}
    return [scope("websocket", extensions=extensions), CONNECT, *steps, RETURNS]


WHOLE = handshake(START, MORE, LAST)

example("ext.denial.after-connect", handshake(ACCEPT), handshake(ACCEPT, START))
example("ext.denial.start-before-body", WHOLE, handshake(LAST, START, LAST))
example("ext.denial.start.once", WHOLE, handshake(START, START, LAST))
example("ext.denial.finished", WHOLE, handshake(START, MORE))
example("ext.denial.no-websocket-events", WHOLE, handshake(START, sends("websocket.send", text="no"), LAST))
example(
    "ext.denial.no-http-extensions",
    WHOLE,
    handshake(START, sends("http.response.push", path="/", headers=[]), LAST),
)
# Not listed, so the connection is refused in the plain way after the mistake.
example("ext.denial.only-when-listed", WHOLE, handshake(START, sends("websocket.close"), listed=False))


def started(**keys: Any) -> list[Step]:
    """A denial whose start has these keys."""
    return handshake(sends("websocket.http.response.start", **keys), LAST)


def ended(**keys: Any) -> list[Step]:
    """A denial whose body has these keys."""
    return handshake(START, sends("websocket.http.response.body", **keys))


example("ext.denial.start.status", WHOLE, started(headers=[]))
example(
    "ext.denial.start.headers",
    started(status=401, headers=[(b"a", b"b")]),
    started(status=401, headers=[(b"A", b"b")]),
)
example("ext.denial.body.body", ended(body=b"no"), ended(body="no"))
example("ext.denial.body.more-body", ended(more_body=False), ended(more_body=0))
