"""Thirty-two faults that a framework's own test suite may overlook, each as a layer around the app.

As layers they go around the app in any server: the reference server, and uvicorn. The suite that they were
first tried on notices seven of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anyio

from tests.mutants.servers.parts import Around, asgi, drop, event, put, scope, sends

START, BODY = "http.response.start", "http.response.body"


@dataclass(frozen=True, slots=True)
class Compat:
    """A fault in words, the rules that it breaks, the layer, and the curated cases that show it."""

    name: str
    rules: tuple[str, ...]
    layer: Around
    cases: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


def never(kind: str) -> Around:
    """An event that receive never gives."""

    def layer(app: Any) -> Any:
        async def wrapped(given: Any, receive: Any, send: Any) -> None:
            async def other() -> Any:
                got = await receive()
                if got["type"] == kind:
                    await anyio.sleep_forever()
                return got

            await app(given, other, send)

        return wrapped

    return layer


def held_back(app: Any) -> Any:
    """The response goes out when it is complete."""

    async def wrapped(given: Any, receive: Any, send: Any) -> None:
        kept: list[Any] = []

        async def other(event: Any) -> None:
            kept.append(event)
            ends = event.get("type") == BODY and not event.get("more_body", False)
            if given["type"] != "http" or ends or not str(event.get("type")).startswith("http.response."):
                for one in kept:
                    await send(one)
                kept.clear()

        await app(given, receive, other)

    return wrapped


def _first_only(headers: Any) -> list[Any]:
    out: dict[bytes, bytes] = {}
    for name, value in headers:
        out.setdefault(name, value)
    return list(out.items())


def _merged(headers: Any) -> list[Any]:
    out: dict[bytes, bytes] = {}
    for name, value in headers:
        out[name] = out[name] + b", " + value if name in out else value
    return list(out.items())


def _headers(change: Callable[[Any], Any]) -> Around:
    return scope(lambda given: given.update(headers=change(given["headers"])))


def _answered(change: Callable[[Any], Any]) -> Around:
    return sends(START, lambda one: one.update(headers=change(list(one.get("headers", ())))))


def _plain_only(headers: Any) -> list[Any]:
    return [line for line in headers if line[0] in (b"content-type", b"content-length")]


def _with_query(given: dict[str, Any]) -> None:
    given["raw_path"] += b"?" + given["query_string"] if given["query_string"] else b""


def _both(got: dict[str, Any]) -> None:
    if got.get("text") is not None:
        got["bytes"] = got["text"].encode()


def _unended(got: dict[str, Any]) -> None:
    if not got.get("more_body"):
        got.pop("more_body", None)


def _last_lost(one: dict[str, Any]) -> None:
    if not one.get("more_body", False):
        one["body"] = b""


def _port(given: dict[str, Any]) -> None:
    given["server"] = (given["server"][0], str(given["server"][1]))


def _raw(given: dict[str, Any]) -> None:
    given["path"] = given["raw_path"].decode()


_MESSAGES = ("messages of the app",)
_CODE = ("the app closes with a code",)
_GET, _HEADERS = ("get",), ("headers",)
WS = "websocket.close"

NOTICED = (
    "query_string keeps its question mark",
    "header names in upper case",
    "method in lower case",
    "subprotocols emptied",
    "spec_version an int",
    "last piece of a response lost",
    "close code always 1000",
)

FAULTS = [
    Compat(
        NOTICED[0],
        ("http.scope.query-string.encoded",),
        scope(lambda g: g.update(query_string=b"?" + g["query_string"])),
        _GET,
    ),
    Compat(
        NOTICED[1],
        ("http.scope.headers.lowercase",),
        _headers(lambda h: [(n.upper(), v) for n, v in h]),
        _GET,
    ),
    Compat(
        NOTICED[2],
        ("http.scope.method.uppercase",),
        scope(lambda g: g.update(method=g["method"].lower())),
        _GET,
    ),
    Compat(
        NOTICED[3],
        ("websocket.scope.subprotocols.truth",),
        put("subprotocols", [], "websocket"),
        ("websocket",),
    ),
    Compat(NOTICED[4], ("common.scope.asgi.spec-version.type",), asgi("spec_version", 2), _GET),
    Compat(NOTICED[5], ("http.response.body.concatenated",), sends(BODY, _last_lost), _GET),
    Compat(
        NOTICED[6], ("websocket.close.code.on-wire",), sends(WS, lambda one: one.update(code=1000)), _CODE
    ),
    Compat("path left percent-encoded", ("http.scope.path.percent-decoded",), scope(_raw), _GET),
    Compat("raw_path carries the query", ("http.scope.raw-path.no-query",), scope(_with_query), _GET),
    Compat(
        "repeated request headers merged", ("http.scope.headers.duplicates",), _headers(_merged), _HEADERS
    ),
    Compat(
        "repeated request headers dropped",
        ("http.scope.headers.duplicates",),
        _headers(_first_only),
        _HEADERS,
    ),
    Compat(
        "header order reversed",
        ("http.scope.headers.value-order",),
        _headers(lambda h: list(h)[::-1]),
        _HEADERS,
    ),
    Compat("client is nowhere, x", ("http.scope.client.port",), put("client", ["nowhere", "x"]), _GET),
    Compat("root_path None", ("http.scope.root-path.type",), put("root_path", None), _GET),
    Compat("server port a str", ("http.scope.server.port",), scope(_port), _GET),
    Compat(
        "http_version 2 over HTTP/1.1", ("http.scope.http-version.truth",), put("http_version", "2"), _GET
    ),
    Compat("scheme https over plain text", ("http.scope.scheme.truth",), put("scheme", "https"), _GET),
    Compat(
        "WebSocket scheme http",
        ("robust.websocket-scheme",),
        put("scheme", "http", "websocket"),
        ("websocket",),
    ),
    Compat("version 3.9", ("common.scope.asgi.version.value",), asgi("version", "3.9"), _GET),
    Compat("extensions a str", ("common.ext.dict",), put("extensions", "none"), _GET),
    Compat(
        "http.disconnect never delivered",
        ("http.disconnect.after-client-left",),
        never("http.disconnect"),
        ("client leaves",),
    ),
    Compat(
        "request body a bytearray",
        ("http.request.body.type",),
        event("http.request", lambda one: one.update(body=bytearray(one.get("body", b"")))),
        ("post",),
    ),
    Compat(
        "response held back until its end", ("http.response.body.flushed",), held_back, ("a piece at a time",)
    ),
    Compat(
        "response headers dropped but two",
        ("http.response.start.headers.any-iterable", "http.response.start.headers.duplicates"),
        _answered(_plain_only),
        _GET,
    ),
    Compat(
        "repeated response headers dropped",
        ("wire.http.set-cookie-apart",),
        _answered(_first_only),
        ("cookies",),
    ),
    Compat(
        "websocket.disconnect never delivered",
        ("websocket.disconnect.client-close",),
        never("websocket.disconnect"),
        ("closed and left",),
    ),
    Compat(
        "text event with bytes",
        ("websocket.receive.one-of",),
        event("websocket.receive", _both),
        ("messages of the client",),
    ),
    Compat(
        "subprotocol not on the wire",
        ("websocket.accept.subprotocol.sent",),
        sends("websocket.accept", lambda one: one.update(subprotocol=None)),
        ("websocket",),
    ),
    Compat(
        "closed in place of a message",
        ("websocket.send.order",),
        sends("websocket.send", lambda one: {"type": WS}),
        _MESSAGES,
    ),
    Compat(
        "close reason dropped",
        ("websocket.close.reason.on-wire",),
        sends(WS, lambda one: one.update(reason="")),
        _CODE,
    ),
    Compat(
        "a message in place of a close",
        ("websocket.close.code.on-wire",),
        sends(WS, lambda one: {"type": "websocket.send", "text": "bye"}),
        _CODE,
    ),
    Compat(
        "lifespan shutdown never reaches the app",
        ("lifespan.shutdown.sent",),
        never("lifespan.shutdown"),
        ("lifespan",),
    ),
]

LEGAL = [
    Compat("client left out", (), drop("client"), _GET),
    Compat("state left out", (), drop("state"), _GET),
    Compat("more_body left out of the last event", (), event("http.request", _unended), _GET),
]
