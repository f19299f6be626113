"""The puppet where nobody holds its strings: an app that answers with everything that it received.

For a copy that is hosted somewhere, at which ``asgisim probe URL`` is pointed. HTTP: any path and method;
the body is read to its end, and the answer is ``{"asgisim": "puppet", "steps": [[kind, data], ...]}`` as
JSON: the scope and the events, as the app got them, in the form of asgisim.model.codec. WebSocket:
accepted, with the first subprotocol offered; the same object in a first text message, then every message
back. Lifespan: taken part in.

Standard library only.
"""

from __future__ import annotations

import json
from typing import Any

from asgisim.model import codec

NAME = "puppet"
HEADERS = [(b"content-type", b"application/json"), (b"x-asgisim", NAME.encode())]
BODY_MAX = 1 << 20  # bytes of a request that are told; of a larger one the rest is read and dropped


async def app(scope: Any, receive: Any, send: Any) -> None:
    """The application."""
    kind = scope.get("type") if isinstance(scope, dict) else None
    talks = {"http": _http, "websocket": _websocket, "lifespan": _lifespan}
    if kind not in talks:
        raise NotImplementedError(f"the puppet knows no {kind!r}")
    await talks[kind](scope, receive, send)


def told(steps: list[tuple[str, Any]]) -> str:
    """What the app got, as JSON text. Values that are no ASGI values are told by their repr."""
    return json.dumps({"asgisim": NAME, "steps": [[kind, codec.encode(data)] for kind, data in steps]})


def read(text: bytes | str) -> list[tuple[str, Any]] | None:
    """The steps out of an answer; None for one that is not the puppet's."""
    try:
        data = json.loads(text)
        if data["asgisim"] != NAME:
            return None
        return [(str(kind), codec.decode(value)) for kind, value in data["steps"]]
    except (ValueError, KeyError, TypeError):
        return None


async def _http(scope: Any, receive: Any, send: Any) -> None:
    state = {key: value for key, value in scope.items() if key != "state"}  # it may hold anything
    steps: list[tuple[str, Any]] = [("scope", state)]
    size = 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        size += len(event.get("body", b""))
        if size <= BODY_MAX:
            steps.append(("receive", event))
        if not event.get("more_body", False):
            break
    body = told(steps).encode()
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, length]})
    await send({"type": "http.response.body", "body": body})


async def _websocket(scope: Any, receive: Any, send: Any) -> None:
    state = {key: value for key, value in scope.items() if key != "state"}
    event = await receive()
    if event["type"] != "websocket.connect":
        return
    offered = scope.get("subprotocols") or [None]
    await send({"type": "websocket.accept", "subprotocol": offered[0]})
    await send({"type": "websocket.send", "text": told([("scope", state), ("receive", event)])})
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        key = "text" if event.get("text") is not None else "bytes"
        await send({"type": "websocket.send", key: event[key]})


async def _lifespan(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
