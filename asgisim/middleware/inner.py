"""Inner apps: what may stand behind a middleware, each a script for `asgisim.reference.scripted` or a few lines.

All of them keep the rules, so whatever is broken outside is the middleware's doing.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from asgisim.middleware.boundary import App, once
from asgisim.reference import scripted

Event = dict[str, Any]
PLAIN = [[b"content-type", b"text/plain"]]
TEXT = b"It was a bright cold day in April. " * 60  # over the usual least size for compression

NOISE = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(60))  # that stays as long


@dataclass(frozen=True, slots=True)
class Inner:
    """An inner app.

    make: a fresh one. needs: extensions that the scope has to offer for it to be legal. listed: for one whose
    headers can be walked once, the same app with a list of them.
    """

    name: str
    protocol: str
    make: Callable[[], App]
    needs: tuple[str, ...] = ()
    request: Mapping[str, Any] = field(default_factory=dict)  # method, and further headers, that it is for
    listed: Callable[[], App] | None = None


def start(status: int = 200, headers: Any = None, **more: Any) -> list[Any]:
    """A step that begins a response."""
    chosen = {} if headers is None else {"headers": headers}
    return ["send", {"type": "http.response.start", "status": status, **chosen, **more}]


def body(content: bytes = b"", *, more: bool = False) -> list[Any]:
    """A step that sends a part of a body."""
    return ["send", {"type": "http.response.body", "body": content, "more_body": more}]


def _script(*steps: list[Any], protocol: str = "http") -> Callable[[], App]:
    return lambda: scripted.app(list(steps), protocol=protocol)


def _sized(content: bytes) -> list[list[bytes]]:
    return [*PLAIN, [b"content-length", b"%d" % len(content)]]


async def _echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the request's body."""
    if scope["type"] != "http":
        raise ValueError("http only")
    parts, more = [], True
    while more:
        event = await receive()
        if event["type"] != "http.request":
            return
        parts.append(event.get("body", b""))
        more = event.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": list(PLAIN)})
    await send({"type": "http.response.body", "body": b"".join(parts)})


async def _echo_session(scope: Any, receive: Any, send: Any) -> None:
    """Give every message back, until the client goes."""
    if scope["type"] != "websocket":
        raise ValueError("websocket only")
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        text = event.get("text")
        given = {"text": text} if text is not None else {"bytes": event.get("bytes")}
        await send({"type": "websocket.send", **given})


def _answers(headers: Callable[[], Any]) -> Callable[[], App]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError("http only")
        await send({"type": "http.response.start", "status": 200, "headers": headers()})
        await send({"type": "http.response.body", "body": b"hello"})

    return lambda: app


_TWO = [(b"content-type", b"text/plain"), (b"x-once", b"1")]


def _constant() -> App:
    """One list of headers for all responses, as a module's constant would be."""
    headers = [(b"content-type", b"text/plain")]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError("http only")
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"hello"})

    return app


async def _listens(scope: Any, receive: Any, send: Any) -> None:
    """Read on while it answers, to know when the client leaves."""
    if scope["type"] != "http":
        raise ValueError("http only")
    while (event := await receive())["type"] == "http.request" and event.get("more_body", False):
        pass
    trio: Any = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_run():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(receive)
            for _ in range(3):
                await trio.lowlevel.checkpoint()
            await _hello(send)
        return
    listening = asyncio.ensure_future(receive())
    try:
        for _ in range(3):  # no pause: behind an adapter this may run in a thread of its own, in real time
            await asyncio.sleep(0)
        await _hello(send)
        await listening
    finally:
        listening.cancel()


async def _hello(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": list(PLAIN)})
    await send({"type": "http.response.body", "body": b"hel", "more_body": True})
    await send({"type": "http.response.body", "body": b"lo"})


async def _tells(scope: Any, receive: Any, send: Any) -> None:
    """Answer with what was asked for, once the request is whole."""
    if scope["type"] != "http":
        raise ValueError("http only")
    while (event := await receive())["type"] == "http.request" and event.get("more_body", False):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": list(PLAIN)})
    await send({"type": "http.response.body", "body": bytes(scope["query_string"])})


async def _unstarted(scope: Any, receive: Any, send: Any) -> None:
    """An app that is not to be asked for anything where its startup was given."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})
    elif scope["type"] == "http":
        await _hello(send)
    else:
        raise ValueError("http only")


async def _refuses(scope: Any, receive: Any, send: Any) -> None:
    raise ValueError(f"no {scope['type']} here")


_UP, _DOWN = "lifespan.startup", "lifespan.shutdown"
_FILE = {"type": "http.response.zerocopysend", "file": scripted.FILE}
HTTP = [
    Inner("hello", "http", _script(["read"], start(headers=_sized(b"hello")), body(b"hello"))),
    Inner("echo", "http", lambda: _echo, request={"method": "POST"}),
    Inner("text", "http", _script(start(headers=_sized(TEXT)), body(TEXT))),
    Inner("text in parts", "http", _script(start(headers=PLAIN), *(body(TEXT[i : i + 700], more=True) for i in range(0, 2100, 700)), body())),
    Inner("no headers", "http", _script(start(), ["send", {"type": "http.response.body"}])),
    Inner("204", "http", _script(start(204, [[b"etag", b'"a"']]), body())),
    Inner("304", "http", _script(start(304, [[b"etag", b'"a"']]), ["send", {"type": "http.response.body"}])),
    Inner("404", "http", _script(start(404, _sized(b"gone")), body(b"gone"))),
    Inner("500", "http", _script(start(500, _sized(b"oops")), body(b"oops"))),
    Inner("redirect", "http", _script(start(302, [[b"location", b"/elsewhere"], [b"content-length", b"0"]]), body())),
    Inner("cookies", "http", _script(start(200, [*PLAIN, [b"set-cookie", b"a=1"], [b"set-cookie", b"b=2"]]), body(b"hello"))),
    Inner("odd headers", "http", _script(start(200, [[b"x-latin", b"caf\xe9"], [b"x-empty", b""], [b"x-utf", b"\xe2\x82\xac"]]), body(b"hello"))),
    Inner("tuple of headers", "http", _script(start(200, tuple((n, v) for n, v in PLAIN)), body(b"hello"))),
    Inner("headers walked once", "http", _answers(lambda: once(_TWO)), listed=_answers(lambda: list(_TWO))),
    Inner("one list of headers", "http", _constant),
    Inner("json", "http", _script(start(200, [[b"content-type", b"application/json"]]), body(b'{"a":', more=True), body(b" 1}"))),
    Inner("encoded already", "http", _script(start(200, [[b"content-type", b"text/plain"], [b"content-encoding", b"identity"]]), body(TEXT))),
    Inner("reads on", "http", _script(["read"], start(headers=PLAIN), body(b"hello"), ["receive"], ["receive"])),
    Inner("raises at once", "http", _script(["raise", "before"])),
    Inner("raises in between", "http", _script(start(headers=PLAIN), body(b"a", more=True), ["raise", "between"])),
    Inner("raises after the end", "http", _script(start(headers=PLAIN), body(b"a"), ["raise", "after"])),
    Inner("HEAD", "http", _script(start(headers=_sized(TEXT)), body()), request={"method": "HEAD"}),
    Inner("refuses http", "http", lambda: _refuses),
    Inner("trailers", "http", _script(start(200, [*PLAIN, [b"trailer", b"x-sum"]], trailers=True), body(TEXT), ["send", {"type": "http.response.trailers", "headers": [[b"x-sum", b"1"]], "more_trailers": False}]), needs=("http.response.trailers",)),
    Inner("early hint", "http", _script(["send", {"type": "http.response.early_hint", "links": [b"</a.css>; rel=preload"]}], start(headers=PLAIN), body(b"hello")), needs=("http.response.early_hint",)),
    Inner("push", "http", _script(start(headers=PLAIN), ["send", {"type": "http.response.push", "path": "/a.css", "headers": []}], body(b"hello")), needs=("http.response.push",)),
    Inner("pathsend", "http", _script(start(headers=PLAIN), ["send", {"type": "http.response.pathsend", "path": scripted.__file__}]), needs=("http.response.pathsend",)),
    Inner("zerocopysend", "http", _script(start(headers=PLAIN), ["send", {**_FILE, "count": 10}]), needs=("http.response.zerocopysend",)),
    Inner("debug", "http", _script(["send", {"type": "http.response.debug", "info": {"template": "x"}}], start(headers=PLAIN), body(b"hello")), needs=("http.response.debug",)),
    Inner("compressed", "http", _script(start(200, [*PLAIN, [b"content-encoding", b"gzip"]]), body(gzip.compress(NOISE, mtime=0)))),
    Inner("shared", "http", _script(start(200, [*PLAIN, [b"access-control-allow-origin", b"https://example.net"]]), body(b"hello"))),
    Inner("listens", "http", lambda: _listens),
    Inner("listens after a body", "http", lambda: _listens, request={"method": "POST"}),
    Inner("hello, but startup fails", "http", lambda: _unstarted),
    Inner("events", "http", _script(start(200, [[b"content-type", b"text/event-stream"]]), body(b"data: 1\n\n", more=True), ["sleep", 1], body(b"data: 2\n\n", more=True), ["sleep", 3], body())),
    Inner("works on", "http", _script(["read"], start(headers=PLAIN), body(b"hello"), ["sleep", 1])),
    Inner("watches", "http", _script(["read"], start(headers=PLAIN), ["try", body(b"a", more=True)[1]], ["sleep", 1], ["try", body(b"b")[1]])),
]  # fmt: skip


def _session(*steps: list[Any]) -> Callable[[], App]:
    return _script(["receive"], *steps, protocol="websocket")


def _event(kind: str, **more: Any) -> list[Any]:
    return ["send", {"type": kind, **more}]


WEBSOCKET = [
    Inner("echo session", "websocket", lambda: _echo_session),
    Inner("accept and close", "websocket", _session(_event("websocket.accept"), _event("websocket.close", code=4001, reason="enough"))),
    Inner("accept with headers", "websocket", _session(_event("websocket.accept", subprotocol=None, headers=[[b"x-a", b"1"], [b"set-cookie", b"a=1"], [b"set-cookie", b"b=2"]]), _event("websocket.send", text="hi"), _event("websocket.send", bytes=b"\x00", text=None), _event("websocket.close"))),
    Inner("close at once", "websocket", _session(_event("websocket.close", code=4003))),
    Inner("return after accept", "websocket", _session(_event("websocket.accept"), _event("websocket.send", text=""))),
    Inner("raise after accept", "websocket", _session(_event("websocket.accept"), ["raise", "between"])),
    Inner("denial", "websocket", _session(_event("websocket.http.response.start", status=401, headers=[[b"x-why", b"no"]]), _event("websocket.http.response.body", body=b"not you")), needs=("websocket.http.response",)),
    Inner("refuses websocket", "websocket", lambda: _refuses),
]  # fmt: skip


def _life(*steps: list[Any]) -> Callable[[], App]:
    return _script(["receive"], *steps, protocol="lifespan")


LIFESPAN = [
    Inner("full lifespan", "lifespan", _life(_event(f"{_UP}.complete"), ["receive"], _event(f"{_DOWN}.complete"))),
    Inner("startup fails", "lifespan", _life(_event(f"{_UP}.failed", message="no database"))),
    Inner("startup fails without a word", "lifespan", _life(_event(f"{_UP}.failed"))),
    Inner("shutdown fails", "lifespan", _life(_event(f"{_UP}.complete"), ["receive"], _event(f"{_DOWN}.failed", message="no"))),
    Inner("refuses lifespan", "lifespan", lambda: _refuses),
]  # fmt: skip
OTHER = [Inner("refuses what it does not know", "asgisim.unknown", lambda: _refuses)]
ALL = [*HTTP, *WEBSOCKET, *LIFESPAN, *OTHER]
# Of two requests at once each has to get its own answer; it is played in no other way.
TELLS = Inner("tells its query", "http", lambda: _tells)
