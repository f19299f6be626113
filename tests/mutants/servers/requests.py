"""Mutants that read requests too kindly, or not kindly enough."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import anyio

from asgisim.reference import request
from asgisim.reference.http import Exchange, Response
from asgisim.reference.link import Link
from asgisim.reference.request import Head, Parser
from asgisim.reference.server import Server
from tests.mutants.servers.parts import Fault, Kind, around, exchange, kind, reads, replaced, writes


def _re(pattern: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda data: re.sub(pattern, new, data, flags=re.S)


def _upgrade_anyway(data: bytes) -> bytes:
    if b"Upgrade: websocket" in data and b"Sec-WebSocket-Key" not in data:
        return data.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Key: YXNnaXNpbS1hc2dpc2ltIQ==\r\n\r\n")
    return data.replace(b"Key: YXNn\r\n", b"Key: YXNnaXNpbS1hc2dpc2ltIQ==\r\n")


async def _no_continue(self: Any) -> Any:
    waiting = self.parser.h11
    if waiting.they_are_waiting_for_100_continue and self.response.stage == "ready":
        while not self.link.inbox and not self.link.eof:
            await self.link.change()
    return await Exchange._body(self)


class _AlwaysContinues(Exchange):
    async def _body(self) -> Any:
        if self.head.values(b"expect") and not getattr(self, "_said", False):
            self._said = True
            await self.link.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return await super()._body()


class _Truncated(Exchange):
    async def _body(self) -> Any:
        got = await super()._body()
        if got is None and self.link.eof and not self._whole and self.response.stage != "complete":
            self._whole = True
            return {"type": "http.request", "body": b"", "more_body": False}
        return got


def _smuggling() -> Kind:
    class Unread(Exchange):
        async def reusable(self) -> bool:
            taken = b""
            if not self._whole and self.head.method == "POST":
                event = self.parser.peek()
                while event is not None and type(event).__name__ == "Data":
                    taken += bytes(event.data)
                    event = self.parser.peek()
                if self.parser.h11.our_state is not self.parser.h11.their_state:
                    return False
            fine = await super().reusable() if not taken else True
            if taken:
                self.link.inbox[:0] = taken
            return fine

    return kind(exchange=Unread)


class _Mixing(Exchange):
    """The first piece of a body holds what follows it, too."""

    async def receive(self) -> Any:
        got = await super().receive()
        if got["type"] == "http.request" and got.get("body"):
            rest, _ = self.parser.h11.trailing_data
            got["body"] += bytes(rest) + bytes(self.link.inbox)
        return got


def _extended(data: bytes) -> bytes:
    return data.replace(b"3;name=value\r\nabc\r\n", b"e\r\n;name=valueabc\r\n")


def _absolute(self: Any, head: Head, link: Link) -> dict[str, Any]:
    made = Server.scope(self, head, link)
    made["headers"] = [(n, b"a" if n == b"host" and v == b"other.example" else v) for n, v in made["headers"]]
    return made


def _trailing(self: Any, head: Head, link: Link) -> dict[str, Any]:
    made = Server.scope(self, head, link)
    if b"X-Late" in bytes(link.inbox) or any(b"X-Late" in one for one in getattr(link, "seen", ())):
        made["headers"] = [*made["headers"], (b"x-late", b"1")]
    return made


class _Seeing(Link):
    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self.seen: list[bytes] = []

    def arrived(self, data: bytes) -> None:
        self.seen.append(data)
        super().arrived(data)


class _NoEmptyLines(Parser):
    def skip_empty_lines(self) -> None:
        pass

    async def head(self) -> Any:
        while not self.link.inbox and not self.link.eof:
            await self.link.change()
        if self.link.inbox[:2] == b"\r\n":
            raise request.Refused(400, "an empty line")
        return await super().head()


class _TooSmall(Parser):
    """Ends the connection without a word when a head is too long."""

    async def head(self) -> Any:
        try:
            return await super().head()
        except request.Refused as refused:
            if refused.status in (414, 431):
                self.link.finish()
                return None
            raise


class _NoVersion(Parser):
    async def head(self) -> Any:
        try:
            return await super().head()
        except request.Refused as refused:
            refused.headers.clear()
            raise


class _Tokens(Parser):
    async def head(self) -> Any:
        head = await super().head()
        exact = head is None or (
            head.values(b"upgrade") == [b"websocket"] and head.values(b"connection") == [b"Upgrade"]
        )
        if head is not None and not exact:
            head.websocket = False
        return head


class _Twice(Exchange):
    async def run(self, app: Any) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(super().run, app)
            await anyio.sleep(0.01)
            await app(self.scope, anyio.sleep_forever, _taken)


async def _taken(event: Any) -> None:
    pass


async def _second_ignored(self: Any) -> bool:
    if await Exchange.reusable(self):
        self.parser.give_back()
        self.parser.h11 = type(self.parser.h11)(self.parser.h11.our_role)
        while not self.link.inbox and not self.link.eof:
            await self.link.change()
        if self.link.inbox:
            self.link.take()
            while not self.link.eof:
                await self.link.change()
    return False


def _by_name(app: Any) -> Any:
    async def changed(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await app(scope, receive=receive, send=send)
        else:
            await app(scope, receive, send)

    return changed


_LENIENT: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "wire.req.te-and-length": (
        _re(rb"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"\r\n0\r\n\r\n"),
        "length and chunks",
    ),
    "wire.req.length-conflict": (
        replaced((b"Content-Length: 3\r\nContent-Length: 4", b"Content-Length: 3")),
        "lengths that differ",
    ),
    "wire.req.length-syntax": (replaced((b": +3", b": 3")), "a length with a sign"),
    "wire.req.te-unknown": (replaced((b": x-own, chunked", b": chunked")), "an unknown coding"),
    "wire.req.te-not-last": (replaced((b": chunked, gzip", b": chunked")), "a coding after chunked"),
    "wire.req.te-http10": (
        replaced(
            (b"HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer", b"HTTP/1.1\r\nHost: a\r\nTransfer")
        ),
        "chunks of an old client",
    ),
    "wire.req.chunk-size": (replaced((b"\r\n0x3\r\n", b"\r\n3\r\n")), "a chunk size with a prefix"),
    "wire.req.space-before-colon": (replaced((b"X-A : 1", b"X-A: 1")), "blank before the colon"),
    "wire.req.obs-fold": (replaced((b"\r\n X-B", b"\r\nX-B")), "a folded line"),
    "wire.req.host-missing": (
        replaced((b"HTTP/1.1\r\nX-A: 1\r\n\r\n", b"HTTP/1.1\r\nX-A: 1\r\nHost: a\r\n\r\n")),
        "no host",
    ),
    "wire.req.host-many": (replaced((b"Host: a\r\nHost: b", b"Host: a")), "two hosts"),
    "robust.host-invalid": (replaced((b"Host: a b/c", b"Host: a")), "a host that is none"),
    "wire.req.method-token": (replaced((b"GET /\r\n", b"GET / HTTP/1.1\r\n")), "no request line"),
    "wire.req.version": (replaced((b"HTTP/3.0", b"HTTP/1.1")), "another version"),
    "wire.req.chunk-extension": (_extended, "chunk extensions"),
    "wire.req.bare-cr": (replaced((b"X-A: 1\rX-B: 2", b"X-A: 1\r\nX-B: 2")), "a bare CR"),
    "wire.req.bare-lf": (
        lambda data: data.replace(b"X-A: 1\n\n", b"X-A: 1\r\nX-B: 2\r\n\r\n") if b"\r" not in data else data,
        "bare LFs",
    ),
    "wire.req.control-bytes": (replaced((b"1\x002", b"1\r\nX-C: 2")), "NUL in a value"),
    "wire.ws.handshake-check": (_upgrade_anyway, "a handshake without a key"),
    "wire.ws.version": (replaced((b"Version: 99", b"Version: 13")), "a handshake of another version"),
    "http.request.body.dechunked": (
        lambda data: re.sub(
            rb"Transfer-Encoding: chunked\r\n\r\n(.*)",
            lambda m: b"Content-Length: %d\r\n\r\n%s" % (len(m[1]), m[1]),
            data,
            flags=re.S,
        ),
        "chunked",
    ),
}

FAULTS = [
    *(Fault(rule, reads(change), (case,)) for rule, (change, case) in _LENIENT.items()),
    Fault(
        "wire.req.control-bytes",
        reads(replaced((b"1\x0bX-B", b"1\r\nX-B"))),
        ("a control byte in a value of a handshake",),
    ),
    Fault("wire.req.chunk-trailers", kind(scope=_trailing, link=_Seeing), ("trailers of the client",)),
    Fault("wire.req.leading-crlf", kind(parser=_NoEmptyLines), ("an empty line first",)),
    Fault("wire.req.absolute-form", kind(scope=_absolute), ("an absolute target",)),
    Fault("wire.req.limits", kind(parser=_TooSmall), ("a very long target",)),
    Fault("wire.req.limits", reads(lambda data: re.sub(rb"a{999,}", b"a", data)), ("a very long target",)),
    Fault("wire.ws.version", kind(parser=_NoVersion), ("a handshake of another version",)),
    Fault("wire.ws.handshake-tokens", kind(parser=_Tokens), ("handshake in other words",)),
    Fault("wire.req.expect-continue", exchange(_body=_no_continue), ("expect",)),
    Fault("wire.req.expect-http10", kind(exchange=_AlwaysContinues), ("expect of an old client",)),
    Fault("wire.req.truncated", kind(exchange=_Truncated), ("truncated", "chunks that break off")),
    Fault("wire.req.unread-body", _smuggling(), ("a body that nobody reads",)),
    Fault("wire.req.pipeline-bodies", kind(exchange=_Mixing), ("at once",)),
    Fault("common.app.called-once", kind(exchange=_Twice), ("receive waits and goes on",)),
    Fault("http.scope.one-per-request", exchange(reusable=_second_ignored), ("one after the other",)),
    Fault("common.app.positional-args", around(_by_name), ("get",)),
    Fault(
        "wire.http.1xx-not-to-http10",
        exchange(
            answer=type(
                "R",
                (Response,),
                {
                    "allowed": lambda self, listed: [
                        *Response.allowed(self, listed),
                        "http.response.early_hint",
                    ],
                    "early_hint": lambda self, links: self.link.write(
                        b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
                    ),
                },
            )
        ),
        ("an old client gets an early hint",),
    ),
    Fault(
        "wire.http.chunked-not-to-http10",
        writes(
            lambda data: (
                data.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n", 1)
                if data.startswith(b"HTTP/1.1 200") and b"hunked" not in data and b"ength" not in data
                else data
            )
        ),
        ("http/1.0",),
    ),
    Fault(
        "wire.http.1xx-not-final",
        writes(replaced((b"HTTP/1.1 404 ", b"HTTP/1.1 103 "), (b"content-length: 4\r\n", b""))),
        ("not found",),
    ),
]
