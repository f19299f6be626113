"""What the judge is told of a call that was recorded behind a server."""

from __future__ import annotations

from typing import Any

from asgisim.grid.exchange import Call
from asgisim.model import trace as t

SCOPE: dict[str, Any] = {
    "type": "websocket",
    "asgi": {"version": "3.0", "spec_version": "2.5"},
    "path": "/ws",
    "headers": [],
    "subprotocols": [],
}


def found(*steps: tuple[str, Any]) -> list[str]:
    """Ids of the rules that the app breaks, after an accept."""
    begun = [
        (t.SCOPE, SCOPE),
        (t.RECEIVE, {"type": "websocket.connect"}),
        (t.SEND, {"type": "websocket.accept"}),
    ]
    call = Call(1, [(float(at), *step) for at, step in enumerate((*begun, *steps))])
    return [one.rule.id for one in call.findings() if one.party.value == "app"]


CLOSE = (t.SEND, {"type": "websocket.close", "code": 1012})
AGAIN = (t.SEND, {"type": "websocket.close", "code": 1011})


def test_a_second_close_is_the_apps() -> None:
    assert found(CLOSE, AGAIN, (t.RETURN, None)) == ["websocket.close.once"]


def test_what_an_app_does_once_its_server_has_raised_is_not() -> None:
    assert found(CLOSE, (t.SENT, ["error", "Exception: no"]), AGAIN, (t.RETURN, None)) == []


def test_the_event_at_which_the_server_raises_is_judged() -> None:
    bad = (t.SEND, {"type": "websocket.send", "bytes": None, "text": None})
    assert found(bad, (t.SENT, ["error", "TypeError: no"]), AGAIN) == ["websocket.send.one-of"]
