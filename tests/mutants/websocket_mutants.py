"""Mutants of the reference app for the WebSocket rules."""

from __future__ import annotations

from typing import Any

from tests.mutants.shared import ACCEPT, CLOSE, SEND, WS, reads, spec_version
from tests.mutants.twists import Mutant, Twist, after, before, events, first, instead, put, twice


async def text_key_needed(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": ACCEPT})
    while (event := await receive())["type"] == "websocket.receive":
        data = {"text": event["text"]} if event["text"] is not None else {"bytes": event["bytes"]}
        await send({"type": SEND, **data})


async def reason_needed(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": ACCEPT})
    while (event := await receive())["type"] == "websocket.receive":
        pass
    if "reason" in event:
        event["reason"].upper()
    elif tuple(map(int, scope["asgi"].get("spec_version", "2.0").split("."))) >= (2, 5):
        raise KeyError("reason")


async def silent_socket(scope: Any, receive: Any, send: Any) -> None:
    await receive()


def _reads_items(key: str, *kinds: str) -> Twist:
    return first(lambda scope: list(scope[key]), *kinds)


def _accept_later(app: Any) -> Any:
    """Sends a message, and only then accepts."""
    return before(ACCEPT, {"type": SEND, "text": "early"})(app)


def _if_headers(event: dict[str, Any], headers: Any) -> dict[str, Any]:
    """Where the reference app puts headers on accept (2.1 and later), put these."""
    return {**event, "headers": headers} if "headers" in event else event


def _if_reason(event: dict[str, Any], reason: Any) -> dict[str, Any]:
    """Where the reference app gives a reason (2.3 and later), give this one."""
    return {**event, "reason": reason} if "reason" in event else event


MUTANTS = [
    Mutant("websocket.scope.asgi.spec-version.default", "/", first(spec_version, *WS)),
    Mutant("websocket.scope.http-version.default", "/", reads("http_version", *WS)),
    Mutant("websocket.scope.scheme.default", "/", reads("scheme", *WS)),
    Mutant("websocket.scope.raw-path.default", "/", first(lambda s: s["raw_path"].decode(), *WS)),
    Mutant("websocket.scope.query-string.default", "/", first(lambda s: s["query_string"].split(b"&"), *WS)),
    Mutant("websocket.scope.root-path.default", "/", reads("root_path", *WS)),
    Mutant("websocket.scope.client.default", "/", first(lambda s: s["client"][0], *WS)),
    Mutant("websocket.scope.server.default", "/", first(lambda s: s["server"][0], *WS)),
    Mutant("websocket.scope.subprotocols.default", "/", _reads_items("subprotocols", *WS)),
    Mutant("websocket.connect.answered", "/", instead(silent_socket, *WS)),
    Mutant("websocket.send.types", "/", after(ACCEPT, {"type": "websocket.ping"})),
    Mutant("websocket.accept.once", "/", twice(ACCEPT)),
    Mutant("websocket.accept.not-after-close", "/refuse", after(CLOSE, {"type": ACCEPT})),
    Mutant("websocket.accept.subprotocol.type", "/", put(ACCEPT, subprotocol=b"chat")),
    Mutant("websocket.accept.subprotocol.offered", "/", put(ACCEPT, subprotocol="not-offered")),
    Mutant("websocket.accept.headers.iterable", "/", events(ACCEPT, lambda e: [_if_headers(e, 7)])),
    Mutant("websocket.accept.headers.bytes", "/", events(ACCEPT, lambda e: [_if_headers(e, [("a", b"b")])])),
    Mutant(
        "websocket.accept.headers.lowercase", "/", events(ACCEPT, lambda e: [_if_headers(e, [(b"A", b"b")])])
    ),
    Mutant(
        "websocket.accept.headers.no-subprotocol",
        "/",
        events(ACCEPT, lambda e: [_if_headers(e, [(b"sec-websocket-protocol", b"chat")])]),
    ),
    Mutant(
        "websocket.accept.headers.no-pseudo", "/", events(ACCEPT, lambda e: [_if_headers(e, [(b":a", b"b")])])
    ),
    Mutant("websocket.accept.headers.version-gate", "/", put(ACCEPT, headers=[(b"a", b"b")])),
    Mutant("websocket.receive.keys-optional", "/", instead(text_key_needed, *WS)),
    Mutant("websocket.send.bytes.type", "/", events(SEND, lambda e: [{"type": SEND, "bytes": "text"}])),
    Mutant("websocket.send.text.type", "/", events(SEND, lambda e: [{"type": SEND, "text": b"bytes"}])),
    Mutant(
        "websocket.send.one-of", "/", events(SEND, lambda e: [{"type": SEND, "text": "a", "bytes": b"a"}])
    ),
    Mutant("websocket.send.after-accept", "/", _accept_later),
    Mutant("websocket.send.not-after-own-close", "/close", after(CLOSE, {"type": SEND, "text": "late"})),
    Mutant("websocket.disconnect.reason.default", "/", instead(reason_needed, *WS)),
    Mutant("websocket.close.code.type", "/close", put(CLOSE, code="4000")),
    Mutant("websocket.close.code.sendable", "/close", put(CLOSE, code=1005)),
    Mutant("websocket.close.reason.type", "/close", events(CLOSE, lambda e: [_if_reason(e, b"why")])),
    Mutant("websocket.close.reason.length", "/close", events(CLOSE, lambda e: [_if_reason(e, "é" * 70)])),
    Mutant("websocket.close.once", "/close", twice(CLOSE)),
    Mutant("websocket.scope.state.optional", "/", reads("state", *WS)),
]
