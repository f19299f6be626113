"""Mutants that write a wrong response, or end a connection wrongly."""

from __future__ import annotations

from typing import Any

from asgisim.reference.events import WrongEvent, headers
from asgisim.reference.http import Exchange, Response
from asgisim.reference.link import Link
from asgisim.reference.server import Server
from tests.mutants.servers.parts import (
    Fault,
    Kind,
    around,
    exchange,
    kind,
    replaced,
    response,
    sends,
    writes,
)


def _headed(change: Any) -> Kind:
    """Heads of responses are changed; `change` gets the lines without the status line."""

    def head(data: bytes) -> bytes:
        if not data.startswith(b"HTTP/1.1 ") or data.startswith((b"HTTP/1.1 1",)):
            return data
        first, _, rest = data.partition(b"\r\n")
        lines, _, body = rest.partition(b"\r\n\r\n")
        out = change(lines.split(b"\r\n"))
        return b"\r\n".join([first, *out]) + b"\r\n\r\n" + body

    return writes(head)


def _start(change: Any) -> Kind:
    return around(sends("http.response.start", change))


def _body(change: Any) -> Kind:
    return around(sends("http.response.body", change))


def _lines(change: Any) -> Kind:
    def changed(event: dict[str, Any]) -> None:
        found = headers(event)
        event["headers"] = change(found)

    return _start(changed)


def _merged(lines: list[tuple[bytes, bytes]], only: bytes = b"") -> list[tuple[bytes, bytes]]:
    out: dict[bytes, bytes] = {}
    for name, value in lines:
        out[name] = out[name] + b", " + value if name in out else value
    return list(out.items())


def _not(name: bytes) -> Any:
    return lambda lines: [line for line in lines if not line.lower().startswith(name + b":")]


def _repeated(name: bytes) -> Any:
    return lambda lines: [*lines, *(line for line in lines if line.lower().startswith(name + b":"))]


def _stopped(lines: list[bytes]) -> list[bytes]:
    return [*_not(b"date")(lines), b"date: Sat, 01 Jan 2000 00:00:00 GMT"]


async def _noted(self: Any, status: int, lines: Any, trailers: bool = False) -> None:
    self._status = status
    await Response.start(self, status, lines, trailers)


def _bodied(number: int) -> Kind:
    async def body(self: Any, data: bytes, more: bool) -> None:
        await Response.body(self, data, more)
        if getattr(self, "_status", 0) == number and data and self.head.method != "HEAD":
            await self.link.write(data)

    return response(body=body, start=_noted)


async def _head_body(self: Any, data: bytes, more: bool) -> None:
    await Response.body(self, data, more)
    if self.head.method == "HEAD" and data:
        await self.link.write(data)


def _205(data: bytes) -> bytes:
    if data.startswith(b"HTTP/1.1 205"):
        return data.replace(b"content-length: 0", b"content-length: 4") + b"last"
    return data


# --- framing --------------------------------------------------------------------------------------------


class _Raw(Response):
    """A response that frames its message by hand, so that mutants can do it wrongly."""

    chunked = False

    async def start(self, status: int, lines: Any, trailers: bool = False) -> None:
        await super().start(status, lines, trailers)
        self.chunked = self._left is None and self.head.version == "1.1" and not self._bodiless

    async def body(self, data: bytes, more: bool) -> None:
        if not self.chunked or self.stage != "started":
            await super().body(data, more)
            return
        await self.piece(data, more)
        if not more:
            await self.finish()

    async def piece(self, data: bytes, more: bool) -> None:
        if data:
            await self.link.write(b"%x\r\n%s\r\n" % (len(data), data))

    async def finish(self) -> None:
        await super().body(b"", False)


class _EmptyEnds(_Raw):
    async def piece(self, data: bytes, more: bool) -> None:
        await self.link.write(b"%x\r\n%s\r\n" % (len(data), data))


class _NoFraming(Link):
    """Neither a length nor chunks, and the connection stays open."""

    plain = False

    async def write(self, data: bytes) -> None:
        if data.startswith(b"HTTP/1.1 200") and b"chunked" in data:
            self.plain = True
            data = data.replace(b"transfer-encoding: chunked\r\n", b"").replace(
                b"Transfer-Encoding: chunked\r\n", b""
            )
        elif self.plain:
            data = b"" if data == b"0\r\n\r\n" else data.partition(b"\r\n")[2][:-2]
        if data:
            await super().write(data)


class _Held(Response):
    """The pieces wait for the last."""

    async def body(self, data: bytes, more: bool) -> None:
        self._kept = getattr(self, "_kept", b"") + data
        if not more:
            await super().body(self._kept, more)


class _Unchecked(Response):
    """content-length is believed, whatever is sent."""

    async def body(self, data: bytes, more: bool) -> None:
        if self._left is None:
            await super().body(data, more)
            return
        self._left -= len(data)
        await self.link.write(data)
        if not more:
            self.stage = "complete"
            self.close = True
            if self._left <= 0:
                self.link.finish()
            self.ended()

    def ended(self) -> None:
        self.complete.set()
        self.link.notify()


async def _padded(self: Any, data: bytes, more: bool) -> None:
    if self._left is not None and not more and len(data) < self._left:
        data += b" " * (self._left - len(data))
    await Response.body(self, data, more)


def _two_lengths(self: Any, status: int, lines: Any, trailers: bool) -> Any:
    try:
        return Response._framed(self, status, lines, trailers)
    except WrongEvent:
        out, left = Response._framed(self, status, [one for one in lines if one[1] != b"5"], trailers)
        self._twice = True
        return out, left


async def _twice(self: Any, status: int, lines: Any, trailers: bool = False) -> None:
    self.link.twice = len({v for n, v in lines if n.lower() == b"content-length"}) > 1
    await Response.start(self, status, lines, trailers)


class _Twice(Link):
    twice = False

    async def write(self, data: bytes) -> None:
        if self.twice and data.startswith(b"HTTP/1.1 200"):
            data = data.replace(b"content-length: 4", b"content-length: 4\r\ncontent-length: 5")
        await super().write(data)


async def _clean_end(self: Any, raised: bool) -> None:
    if self.response.stage == "started" and not self.link.eof:
        self.response._left = None
        try:
            await self.link.write(b"0\r\n\r\n")
        finally:
            self.response.abort()
        return
    await Exchange._finish(self, raised)


async def _silent(self: Any, raised: bool) -> None:
    if self.response.stage == "complete" or self.link.eof or raised:
        await Exchange._finish(self, raised)
        return
    self.response.close = True
    while not self.link.eof:
        await self.link.change()


async def _silent_in_the_middle(self: Any, raised: bool) -> None:
    if self.response.stage != "started" or raised:
        await Exchange._finish(self, raised)
    else:
        await _silent(self, raised)


async def _silent_before(self: Any, raised: bool) -> None:
    if self.response.stage != "ready" or raised:
        await Exchange._finish(self, raised)
    else:
        await _silent(self, raised)


async def _silent_when_raised(self: Any, raised: bool) -> None:
    await (_silent(self, False) if raised else Exchange._finish(self, raised))


class _NoEnd(Response):
    explicit = True

    async def take(self, event: dict[str, Any], listed: Any) -> None:
        self._named = "more_body" in event
        await super().take(event, listed)

    async def _end(self, lines: Any) -> None:
        if (
            self._trailers is None
            and getattr(self, "_named", None) is self.explicit
            and b"trailers" not in self.head.tokens(b"te")
        ):
            self.stage = "complete"
            return
        await super()._end(lines)


class _NoEndUnnamed(_NoEnd):
    explicit = False


class _TrailersByDefault(Response):
    def _wants_trailers(self, event: dict[str, Any], listed: Any) -> bool:
        return ("trailers" not in event and "http.response.trailers" in listed) or super()._wants_trailers(
            event, listed
        )


class _TrailersUnended(Response):
    async def trailers(self, lines: Any, more: bool) -> None:
        await super().trailers(lines, True)
        if not more:
            self.stage = "complete"


class _TrailersUnawaited(Response):
    async def body(self, data: bytes, more: bool) -> None:
        if not more:
            self._trailers = None
        await super().body(data, more)


class _NoBodyDefault(Response):
    async def take(self, event: dict[str, Any], listed: Any) -> None:
        if event["type"].endswith(".body") and "body" not in event:
            event["body"] = b"None"
        await super().take(event, listed)


async def _beyond(self: Any, event: Any) -> None:
    if self.response.stage == "complete" and event.get("body"):
        await self.link.write(event["body"])
        return
    await Exchange.send(self, event)


class _Reluctant(Response):
    """Says that it closes, and does not."""

    async def _end(self, lines: Any) -> None:
        finish, self.link.finish = self.link.finish, lambda: None  # type: ignore[method-assign]
        try:
            await super()._end(lines)
        finally:
            self.link.finish = finish  # type: ignore[method-assign]


async def _lingers(self: Any) -> bool:
    if self.response.close or self.response.stage != "complete":
        while not self.link.eof:
            await self.link.change()
        return False
    return await Exchange.reusable(self)


def _lingering() -> Kind:
    return exchange(answer=_Reluctant, reusable=_lingers)


async def _closes(self: Any) -> bool:
    return False


class _Order(Link):
    """The first answer waits for the second and comes after it."""

    kept = b""
    heads = 0

    def arrived(self, data: bytes) -> None:
        self.heads += data.count(b"HTTP/1.1\r\n")
        super().arrived(data)

    async def write(self, data: bytes) -> None:
        if self.heads < 2:
            await super().write(data)
            return
        self.kept += data
        if self.kept.count(b"0\r\n\r\n") == 2:
            first, middle, _ = self.kept.partition(b"0\r\n\r\n")
            await super().write(self.kept[len(first) + 5 :] + first + middle)


async def _early_hint_changed(self: Any, links: list[bytes]) -> None:
    await Response.early_hint(self, [link.upper() for link in links])


class _UnlistedHints(Response):
    def allowed(self, listed: Any) -> list[str]:
        found = super().allowed(listed)
        return [*found, "http.response.early_hint"] if self.stage == "ready" else found


class _UnlistedTrailers(Response):
    def _wants_trailers(self, event: dict[str, Any], listed: Any) -> bool:
        return event.get("trailers") is True


def _unlisted(name: str, answer: Any) -> Kind:
    """An extension works and is not listed."""

    def hidden(self: Any, head: Any, link: Any) -> dict[str, Any]:
        made = Server.scope(self, head, link)
        made["extensions"].pop(name, None)
        return made

    return kind(scope=hidden, exchange=type("MutantExchange", (Exchange,), {"answer": answer}))


def _listed_always(self: Any, head: Any, link: Any) -> dict[str, Any]:
    made = Server.scope(self, head, link)
    if made["type"] == "http" and head.version == "1.1":
        made["extensions"]["http.response.trailers"] = {}
    return made


def answering(answer: type[Response]) -> Kind:
    """A server with this response."""
    return exchange(answer=answer)


FAULTS = [
    Fault(
        "wire.http.status-line",
        writes(replaced((b"HTTP/1.1 200 ", b"HTTP/1.1 200"), (b"HTTP/1.1 200OK", b"HTTP/1.1  200 OK"))),
        ("get",),
    ),
    Fault("wire.http.head-no-body", response(body=_head_body), ("head",)),
    Fault("wire.http.204-no-body", _bodied(204), ("204",)),
    Fault("wire.http.304-no-body", _bodied(304), ("304",)),
    Fault("wire.http.205-no-content", writes(_205), ("205",)),
    Fault("wire.http.date", _headed(_not(b"date")), ("get",)),
    Fault("robust.date-twice", _headed(_repeated(b"date")), ("get",)),
    Fault("robust.date-stands-still", _headed(_stopped), ("time goes by",)),
    Fault(
        "robust.1xx-framing",
        writes(replaced((b"HTTP/1.1 100 \r\n", b"HTTP/1.1 100 \r\ncontent-length: 0\r\n"))),
        ("expect",),
    ),
    Fault(
        "wire.http.one-framing",
        _headed(
            lambda lines: (
                [*lines, b"content-length: 9"]
                if b"transfer-encoding: chunked" in [x.lower() for x in lines]
                else lines
            )
        ),
        ("get",),
    ),
    Fault(
        "wire.http.length-unique",
        kind(
            link=_Twice,
            exchange=type(
                "M",
                (Exchange,),
                {"answer": type("R", (Response,), {"start": _twice, "_framed": _two_lengths})},
            ),
        ),
        ("two lengths",),
    ),
    Fault("wire.http.length-exact", writes(lambda data: b"losu" if data == b"last" else data), ("length",)),
    Fault(
        "wire.http.length-excess",
        response(body=_Unchecked.body, ended=_Unchecked.ended),
        ("more than announced",),
    ),
    Fault("wire.http.length-short", response(body=_padded), ("less than announced",)),
    Fault("wire.http.framing-chosen", kind(link=_NoFraming), ("get",)),
    Fault("wire.http.chunked-valid", answering(_EmptyEnds), ("empty pieces",)),
    Fault("wire.http.abort-visible", exchange(_finish=_clean_end), ("raise half way",)),
    Fault("wire.http.set-cookie-apart", _lines(_merged), ("cookies",)),
    Fault("http.response.start.headers.duplicates", _lines(_merged), ("get",)),
    Fault(
        "http.response.start.headers.order",
        _lines(lambda lines: sorted(lines, key=lambda one: one[0] != b"x-b")),
        ("get",),
    ),
    Fault(
        "http.response.start.headers.any-iterable",
        _start(
            lambda e: (
                e.update(headers=e["headers"] if isinstance(e.get("headers"), list) else [])
                if "headers" in e
                else None
            )
        ),
        ("headers out of a generator",),
    ),
    Fault(
        "http.response.start.content-encoding",
        _lines(lambda lines: [one for one in lines if one[0] != b"content-encoding"]),
        ("content-encoding",),
    ),
    Fault(
        "http.response.body.concatenated",
        _body(lambda e: e.update(body=e["body"][:-1]) if e.get("body") == b"more " else None),
        ("get",),
    ),
    Fault(
        "http.response.body.flushed",
        answering(_Held),
        ("a piece at a time",),
    ),
    Fault(
        "http.response.body.body.default",
        answering(_NoBodyDefault),
        ("defaults",),
    ),
    Fault(
        "http.response.body.completes",
        answering(_NoEnd),
        ("the end is sent",),
    ),
    Fault(
        "http.response.body.more-body.default",
        answering(_NoEndUnnamed),
        ("defaults, and the app goes on",),
    ),
    Fault(
        "http.response.start.trailers.default",
        answering(_TrailersByDefault),
        ("defaults, with trailers listed",),
    ),
    Fault(
        "http.response.start.trailers.wait",
        answering(_TrailersUnawaited),
        ("trailers",),
    ),
    Fault(
        "ext.trailers.more.completes",
        answering(_TrailersUnended),
        ("trailers",),
    ),
    Fault("ext.trailers.te-gate", kind(scope=_listed_always), ("trailers that nobody asked for",)),
    Fault("ext.trailers.listed", _unlisted("http.response.trailers", _UnlistedTrailers), ("trailers",)),
    Fault("ext.early-hint.listed", _unlisted("http.response.early_hint", _UnlistedHints), ("early hints",)),
    Fault("ext.early-hint.attempted", response(early_hint=_early_hint_changed), ("early hints",)),
    Fault("http.response.after-complete.ignored", exchange(send=_beyond), ("after the end",)),
    Fault("http.response.unfinished", exchange(_finish=_silent_in_the_middle), ("returns half way",)),
    Fault("http.response.missing", exchange(_finish=_silent_before), ("no answer",)),
    Fault("common.error.terminate-instance", exchange(_finish=_silent_when_raised), ("raise half way",)),
    Fault("wire.http.connection-close", _lingering(), ("the client says close",)),
    Fault("robust.close-said", _headed(_not(b"connection")), ("the client says close",)),
    Fault("wire.http.persistence", exchange(reusable=_closes), ("one after the other",)),
    Fault("wire.req.pipeline-order", kind(link=_Order), ("at once",)),
]
