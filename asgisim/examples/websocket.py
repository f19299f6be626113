"""For each rule on WebSocket: a trace that keeps it, and one that breaks it alone."""

from __future__ import annotations

from typing import Any

from asgisim.examples.build import ABSENT, LEAVES, RETURNS, WAITS, example, gives, scope, sends
from asgisim.model.trace import Step

CONNECT = gives("websocket.connect")
ACCEPT = sends("websocket.accept")
HELLO = sends("websocket.send", text="hello")
CLOSE = sends("websocket.close")
HEARD = gives("websocket.receive", text="hello")
GONE = gives("websocket.disconnect", code=1000)


def session(*steps: Step, **changes: Any) -> list[Step]:
    """A session that was accepted, then these steps, then the end."""
    return [scope("websocket", **changes), CONNECT, ACCEPT, *steps, RETURNS]


def handshake(*steps: Step, **changes: Any) -> list[Step]:
    """A handshake that waits for its answer, then these steps, then the end."""
    return [scope("websocket", **changes), CONNECT, *steps, RETURNS]


WHOLE = session(HEARD, HELLO, CLOSE)
LEFT = session(HEARD, LEAVES, GONE, WAITS)

# --- the order of what the server gives ----------------------------------------------------------------

example("websocket.connect.first", WHOLE, [scope("websocket"), HEARD, CONNECT, ACCEPT, RETURNS])
example("websocket.connect.once", WHOLE, session(CONNECT))
example("websocket.receive.types", WHOLE, session(gives("http.request", body=b"")))
example("websocket.receive.not-before-answer", WHOLE, [scope("websocket"), CONNECT, HEARD, ACCEPT, RETURNS])
example("websocket.receive.none-after-disconnect", LEFT, session(LEAVES, GONE, HEARD))
example("websocket.disconnect.last", LEFT, session(LEAVES, GONE, CONNECT))

# --- the order of what the app sends ---------------------------------------------------------------------

example("websocket.connect.answered", handshake(CLOSE), handshake())
example("websocket.connect.awaited", WHOLE, [scope("websocket"), ACCEPT, CONNECT, RETURNS])
example("websocket.send.types", WHOLE, session(sends("websocket.ping", bytes=b"")))
example("websocket.accept.once", WHOLE, session(ACCEPT))
example("websocket.accept.not-after-close", WHOLE, handshake(CLOSE, ACCEPT))
example("websocket.send.after-accept", WHOLE, handshake(HELLO, ACCEPT))
example("websocket.send.not-after-own-close", WHOLE, session(CLOSE, HELLO))
example("websocket.close.once", WHOLE, session(CLOSE, CLOSE))

# --- what events hold --------------------------------------------------------------------------------------


def accepting(**keys: Any) -> list[Step]:
    """A session that is accepted with these keys."""
    return [
        scope("websocket", subprotocols=["chat", "mail"]),
        CONNECT,
        sends("websocket.accept", **keys),
        RETURNS,
    ]


_WITH_HEADERS = accepting(headers=[(b"x-a", b"1"), (b"x-a", b"2")])
example("websocket.accept.subprotocol.type", accepting(subprotocol="chat"), accepting(subprotocol=b"chat"))
example("websocket.accept.subprotocol.offered", accepting(subprotocol="mail"), accepting(subprotocol="news"))
example("websocket.accept.headers.iterable", _WITH_HEADERS, accepting(headers=[(b"x-a", b"1", b"2")]))
example("websocket.accept.headers.bytes", _WITH_HEADERS, accepting(headers=[("x-a", b"1")]))
example("websocket.accept.headers.lowercase", _WITH_HEADERS, accepting(headers=[(b"X-A", b"1")]))
example(
    "websocket.accept.headers.no-subprotocol",
    _WITH_HEADERS,
    accepting(headers=[(b"sec-websocket-protocol", b"chat")]),
)
example("websocket.accept.headers.no-pseudo", _WITH_HEADERS, accepting(headers=[(b":status", b"101")]))


def announcing(version: str, *steps: Step) -> list[Step]:
    """A handshake with a server that announces this spec_version."""
    return handshake(*steps, asgi={"version": "3.0", "spec_version": version})


example(
    "websocket.accept.headers.version-gate",
    announcing("2.0", sends("websocket.accept", headers=[])),
    announcing("2.0", sends("websocket.accept", headers=[(b"x-a", b"1")])),
)
example(
    "websocket.close.reason.version-gate",
    announcing("2.1", ACCEPT, CLOSE),
    announcing("2.1", ACCEPT, sends("websocket.close", reason="enough")),
)

_BOTH: dict[str, Any] = {"bytes": b"hello", "text": "hello"}
for _one, _make in (("receive", gives), ("send", sends)):
    _type = f"websocket.{_one}"
    example(
        f"{_type}.bytes.type",
        session(_make(_type, bytes=b"hello", text=None)),
        session(_make(_type, bytes="hello")),
    )
    example(
        f"{_type}.text.type",
        session(_make(_type, text="hello", bytes=None)),
        session(_make(_type, text=b"hello")),
    )
    example(f"{_type}.one-of", session(_make(_type, text="")), session(_make(_type, **_BOTH)))


def leaving(**keys: Any) -> list[Step]:
    """A session whose client leaves, told with these keys."""
    return session(LEAVES, gives("websocket.disconnect", **keys))


def closing(**keys: Any) -> list[Step]:
    """A session that the app closes with these keys."""
    return session(sends("websocket.close", **keys))


example("websocket.disconnect.code.present", LEFT, leaving())
example("websocket.disconnect.code.type", LEFT, leaving(code=None))
example(
    "websocket.disconnect.reason.type",
    leaving(code=1000, reason=None),
    leaving(code=1000, reason=b"bye"),
)
example("websocket.close.code.type", closing(code=1001), closing(code="1001"))
example("websocket.close.code.sendable", closing(code=4999), closing(code=1005))
example("websocket.close.reason.type", closing(reason=None), closing(reason=b"bye"))
example("websocket.close.reason.length", closing(reason="é" * 61), closing(reason="é" * 62))

# --- a client that has gone ----------------------------------------------------------------------------


def unsent(*steps: Step, end: Step = RETURNS) -> list[Step]:
    """A session whose client leaves, then these steps, a send that fails, and this end."""
    return [scope("websocket"), CONNECT, ACCEPT, LEAVES, *steps, HELLO, _FAILED, end]


_FAILED = Step("sent", "ClientGone")
_ELSE = Step("raise", {"type": "RuntimeError", "text": "no client", "where": [], "own": False})
example("websocket.send.may-fail-before-event", unsent(), unsent(end=_ELSE))
example("websocket.disconnect.expect-send-failure", unsent(GONE), unsent(GONE, end=_ELSE))

# --- what the scope holds --------------------------------------------------------------------------------


def scoped(rule: str, good: dict[str, Any], bad: dict[str, Any]) -> None:
    """An example for a rule on the scope: the same session with one key in two forms."""
    example(f"websocket.scope.{rule}", session(**good), session(**bad))


example(
    "websocket.scope.type",
    session(subprotocols=["chat"]),
    [scope("ws", subprotocols=["chat"]), RETURNS],
)
scoped("asgi.version", {"asgi": {"version": "3.0"}}, {"asgi": {"version": 3}})
scoped(
    "asgi.spec-version",
    {"asgi": {"version": "3.0", "spec_version": "2.3"}},
    {"asgi": {"version": "3.0", "spec_version": "2.9"}},
)
scoped("http-version.type", {"http_version": "2"}, {"http_version": 2})
scoped("http-version.value", {"http_version": "3"}, {"http_version": "1.0"})
scoped("scheme.type", {"scheme": "wss"}, {"scheme": b"wss"})
scoped("scheme.nonempty", {"scheme": "ws"}, {"scheme": ""})
scoped("path.present", {"path": "/"}, {"path": ABSENT})
scoped("path.type", {"path": "/a"}, {"path": b"/a"})
scoped("raw-path.type", {"raw_path": None}, {"raw_path": "/"})
scoped("raw-path.no-query", {"raw_path": b"/%3F"}, {"raw_path": b"/?a=1"})
scoped("query-string.type", {"query_string": None}, {"query_string": "a=1"})
scoped("root-path.type", {"root_path": ""}, {"root_path": b""})
scoped("headers.present", {"headers": []}, {"headers": ABSENT})
scoped("headers.iterable", {"headers": ((b"host", b"a"),)}, {"headers": [b"host: a"]})
scoped("headers.name-bytes", {"headers": [(b"host", b"a")]}, {"headers": [("host", b"a")]})
scoped("headers.value-bytes", {"headers": [(b"host", b"a")]}, {"headers": [(b"host", "a")]})
scoped("headers.lowercase", {"headers": [(b"host", b"a")]}, {"headers": [(b"Host", b"a")]})
scoped("headers.no-pseudo", {"headers": [(b"host", b"a")]}, {"headers": [(b":authority", b"a")]})
scoped("client", {"client": ("127.0.0.1", 5)}, {"client": ("127.0.0.1", "5")})
scoped("server", {"server": ["/run/a.sock", None]}, {"server": ["/run/a.sock"]})
scoped("subprotocols.type", {"subprotocols": ["chat"]}, {"subprotocols": "chat"})
scoped("state.type", {"state": {"a": 1}}, {"state": {1: "a"}})
