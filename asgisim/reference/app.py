"""An application that keeps every rule: the example to read, and the parent of all app mutants.

Each path shows one thing an application may do; what an extension is needed for falls back to a plain
answer where the server does not offer it. See ``PATHS`` for the list.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Awaitable, Callable
from typing import Any

Scope = dict[str, Any]
Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

PATHS = {
    "http": ("/", "/stream", "/wait", "/trailers", "/hints", "/push", "/path", "/file", "/debug"),
    "websocket": ("/", "/refuse", "/deny", "/close"),
}

_PLAIN = (b"content-type", b"application/octet-stream")

_OWN_SOURCE = os.path.abspath(__file__)
_OWN_SIZE = str(os.path.getsize(_OWN_SOURCE)).encode()


class ClientLeft(Exception):
    """The client went away before the request was whole: there is nobody to answer."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The reference application (ASGI 3). Raises ValueError for scopes and events it does not know."""
    kinds = {"http": http, "websocket": websocket, "lifespan": lifespan}
    kind = scope["type"]
    if kind not in kinds:
        raise ValueError(f"this application does not know the scope type {kind!r}")
    try:
        await kinds[kind](scope, receive, send)
    except ClientLeft:
        pass
    except OSError:
        # send told that the connection is closed: nothing is left to clean up.
        pass


async def http(scope: Scope, receive: Receive, send: Send) -> None:
    """One HTTP request: read it whole, then answer as the path says."""
    body = await read_body(receive)
    answer = {
        "/stream": _stream,
        "/wait": _wait,
        "/trailers": _trailers,
        "/hints": _hints,
        "/push": _push,
        "/path": _path,
        "/file": _file,
        "/debug": _debug,
    }.get(local_path(scope), _echo)
    await answer(scope, body, receive, send)


def local_path(scope: Scope) -> str:
    """The path below root_path, which is a prefix of path or (as some servers have it) left out of it."""
    path: str = scope["path"]
    root = scope.get("root_path", "")
    if root and (path == root or path.startswith(root.rstrip("/") + "/")):
        return path[len(root.rstrip("/")) :] or "/"
    return path


def offers(scope: Scope, extension: str) -> bool:
    """Whether the server offers an extension on this connection."""
    return extension in (scope.get("extensions") or {})


def announces(scope: Scope, version: tuple[int, int]) -> bool:
    """Whether the server's spec_version is at least this one; a missing one means 2.0."""
    name = scope["asgi"].get("spec_version", "2.0")
    major, minor = name.split(".")
    return (int(major), int(minor)) >= version


async def read_body(receive: Receive) -> bytes:
    """The whole request body. Raises ClientLeft if it ends before its end, ValueError for a wrong event."""
    pieces = []
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise ClientLeft
        if event["type"] != "http.request":
            raise ValueError(f"expected http.request or http.disconnect, but got {event['type']!r}")
        body = event.get("body", b"")
        more = event.get("more_body", False)
        if type(body) is not bytes or type(more) is not bool:
            raise ValueError(f"expected bytes and a bool in http.request, but got {body!r} and {more!r}")
        pieces.append(body)
        if not more:
            return b"".join(pieces)


async def _start(send: Send, headers: list[Any], status: int = 200, **extra: Any) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers, **extra})


async def _echo(scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
    await _start(send, [_PLAIN, (b"content-length", str(len(body)).encode())])
    await send({"type": "http.response.body", "body": body})


async def _stream(scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
    await _start(send, [_PLAIN])
    for piece in (b"one,", b"", b"two,", body):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body"})


async def _wait(scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
    await _start(send, [_PLAIN])
    await send({"type": "http.response.body", "body": b"waiting", "more_body": True})
    event = await receive()
    if event["type"] != "http.disconnect":
        raise ValueError(f"expected http.disconnect, but got {event['type']!r}")


async def _trailers(scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
    if not offers(scope, "http.response.trailers"):
        await _echo(scope, body, receive, send)
        return
    await _start(send, [_PLAIN, (b"trailer", b"x-size, x-done")], trailers=True)
    await send({"type": "http.response.body", "body": body, "more_body": False})
    size = [(b"x-size", str(len(body)).encode())]
    await send({"type": "http.response.trailers", "headers": size, "more_trailers": True})
    await send({"type": "http.response.trailers", "headers": [(b"x-done", b"yes")]})


async def _hints(scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
    if offers(scope, "http.response.early_hint"):
        for link in (b"</style.css>; rel=preload; as=style", b"</code.js>; rel=preload; as=script"):
            await send({"type": "http.response.early_hint", "links": [link]})
    await _echo(scope, body, receive, send)


async def _push(scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
    await _start(send, [_PLAIN])
    if offers(scope, "http.response.push"):
        await send(
            {"type": "http.response.push", "path": "/style.css", "headers": [(b"accept", b"text/css")]}
        )
    await send({"type": "http.response.body", "body": body})


async def _file(scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
    if not offers(scope, "http.response.zerocopysend"):
        await _echo(scope, body, receive, send)
        return
    with tempfile.TemporaryFile() as file:
        file.write(b"0123456789")
        file.seek(0)  # also flushes: a server reads through the descriptor
        await _start(send, [_PLAIN])
        zero_copy = {"type": "http.response.zerocopysend", "file": file}
        await send({**zero_copy, "offset": 2, "count": 3, "more_body": True})
        await send({"type": "http.response.body", "body": b"-", "more_body": True})
        await send({**zero_copy, "more_body": False})


async def _path(scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
    if not offers(scope, "http.response.pathsend"):
        await _echo(scope, body, receive, send)
        return
    await _start(send, [_PLAIN, (b"content-length", _OWN_SIZE)])
    await send({"type": "http.response.pathsend", "path": _OWN_SOURCE})


async def _debug(scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
    if offers(scope, "http.response.debug"):
        await send({"type": "http.response.debug", "info": {"view": object()}})
    await _echo(scope, body, receive, send)


async def websocket(scope: Scope, receive: Receive, send: Send) -> None:
    """One WebSocket session, as the path says."""
    event = await receive()
    if event["type"] == "websocket.disconnect":
        return
    if event["type"] != "websocket.connect":
        raise ValueError(f"expected websocket.connect, but got {event['type']!r}")
    session = {"/refuse": _refuse, "/deny": _deny, "/close": _close}.get(local_path(scope), _echo_messages)
    await session(scope, receive, send)


async def _accept(scope: Scope, send: Send) -> None:
    offered = list(scope.get("subprotocols", ()))
    event: Event = {"type": "websocket.accept", "subprotocol": offered[0] if offered else None}
    if announces(scope, (2, 1)):
        event["headers"] = [(b"x-reference", b"yes")]
    await send(event)


async def _echo_messages(scope: Scope, receive: Receive, send: Send) -> None:
    await _accept(scope, send)
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        if event["type"] != "websocket.receive":
            raise ValueError(f"expected websocket.receive, but got {event['type']!r}")
        text, data = event.get("text"), event.get("bytes")
        if (text is None) == (data is None):
            raise ValueError("expected exactly one of text and bytes")
        if text is not None:
            await send({"type": "websocket.send", "text": text})
        else:
            await send({"type": "websocket.send", "bytes": data, "text": None})


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.close"})


async def _deny(scope: Scope, receive: Receive, send: Send) -> None:
    if not offers(scope, "websocket.http.response"):
        await _refuse(scope, receive, send)
        return
    await send({"type": "websocket.http.response.start", "status": 401, "headers": [_PLAIN]})
    await send({"type": "websocket.http.response.body", "body": b"not ", "more_body": True})
    await send({"type": "websocket.http.response.body", "body": b"you"})


async def _close(scope: Scope, receive: Receive, send: Send) -> None:
    await _accept(scope, send)
    event: Event = {"type": "websocket.close", "code": 4000}
    if announces(scope, (2, 3)):
        event["reason"] = "that was all"
    await send(event)
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """The lifespan: put something into the state, and answer both events."""
    event = await receive()
    if event["type"] != "lifespan.startup":
        raise ValueError(f"expected lifespan.startup, but got {event['type']!r}")
    if "state" in scope:
        scope["state"]["reference"] = []
    await send({"type": "lifespan.startup.complete"})
    event = await receive()
    if event["type"] != "lifespan.shutdown":
        raise ValueError(f"expected lifespan.shutdown, but got {event['type']!r}")
    await send({"type": "lifespan.shutdown.complete"})
