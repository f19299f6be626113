"""What mutants of the reference server are put together from: each has one part that is slightly wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from asgisim.drive.wire import frames
from asgisim.reference.events import WrongEvent
from asgisim.reference.http import Exchange, Response
from asgisim.reference.lifespan import Lifespan
from asgisim.reference.link import Link
from asgisim.reference.server import Server
from asgisim.reference.websocket import Session

Kind = type[Server]
App = Callable[[Any, Any, Any], Any]
Around = Callable[[App], App]


@dataclass(frozen=True, slots=True)
class Fault:
    """A mutant: the rule that it breaks, the server, and curated cases that show it."""

    rule: str
    kind: Kind
    cases: tuple[str, ...]

    def __str__(self) -> str:
        return self.rule


def kind(**parts: Any) -> Kind:
    """A server with other parts."""
    return type("Mutant", (Server,), parts)


def exchange(**methods: Any) -> Kind:
    """A server with another HTTP exchange."""
    return kind(exchange=type("MutantExchange", (Exchange,), methods))


def session(**methods: Any) -> Kind:
    """A server with another WebSocket."""
    return kind(session=type("MutantSession", (Session,), methods))


def life(**methods: Any) -> Kind:
    """A server with another lifespan."""
    return kind(lifespan=type("MutantLifespan", (Lifespan,), methods))


def response(**methods: Any) -> Kind:
    """A server with another HTTP response."""
    return exchange(answer=type("MutantResponse", (Response,), methods))


def around(middleware: Around) -> Kind:
    """A server that is wrong in what it hands to the app: what a middleware can do as well."""

    def __init__(self: Any, app: Any, *args: Any, **named: Any) -> None:
        Server.__init__(self, middleware(app), *args, **named)

    return kind(__init__=__init__)


# --- what the app gets -----------------------------------------------------------------------------------


def scope(change: Callable[[dict[str, Any]], Any], protocol: str = "http") -> Around:
    """Scopes of this protocol are changed; what `change` returns, if anything, takes the scope's place."""

    def middleware(app: App) -> App:
        async def changed(given: Any, receive: Any, send: Any) -> None:
            if given["type"] == protocol:
                own = {
                    **given,
                    "asgi": dict(given["asgi"]),
                    "extensions": dict(given.get("extensions") or {}),
                }
                if protocol == "lifespan":
                    own = given
                other = change(own)
                given = own if other is None else other
            await app(given, receive, send)

        return changed

    return middleware


def put(key: str, value: Any, protocol: str = "http") -> Around:
    """A key of the scope has another value."""
    return scope(lambda given: given.update({key: copy.deepcopy(value)}), protocol)


def drop(key: str, protocol: str = "http") -> Around:
    """A key of the scope is missing."""
    return scope(without(key), protocol)


def without(key: str) -> Callable[[dict[str, Any]], None]:
    """Takes a key out."""

    def change(given: dict[str, Any]) -> None:
        given.pop(key, None)

    return change


def asgi(key: str, value: Any, protocol: str = "http") -> Around:
    """A version is another."""
    return scope(lambda given: given["asgi"].update({key: value}), protocol)


def event(kind_: str, change: Callable[[dict[str, Any]], Any]) -> Around:
    """Events of this type, as receive gives them, are changed."""

    def middleware(app: App) -> App:
        async def changed(given: Any, receive: Any, send: Any) -> None:
            async def other() -> Any:
                got = await receive()
                if got["type"] != kind_:
                    return got
                own = dict(got)
                instead = change(own)
                return own if instead is None else instead

            await app(given, other, send)

        return changed

    return middleware


def sends(kind_: str, change: Callable[[dict[str, Any]], Any]) -> Around:
    """Events of this type, as the app sends them, are changed before the server sees them."""

    def middleware(app: App) -> App:
        async def changed(given: Any, receive: Any, send: Any) -> None:
            async def other(event: Any) -> Any:
                if isinstance(event, dict) and event.get("type") == kind_:
                    event = dict(event)
                    event = change(event) or event
                return await send(event)

            await app(given, receive, other)

        return changed

    return middleware


def takes(protocol: str, wrong: Callable[[Any], bool], instead: Any = None) -> Kind:
    """send takes, without a word, what it should refuse."""

    async def send(self: Any, event: Any) -> Any:
        base = Exchange if protocol == "http" else Session
        try:
            await base.send(self, event)
        except WrongEvent:
            if not wrong(event):
                raise

    return exchange(send=send) if protocol == "http" else session(send=send)


def refuses(protocol: str, wrong: Callable[[Any], bool]) -> Kind:
    """send refuses what it should take."""

    async def send(self: Any, event: Any) -> Any:
        if isinstance(event, dict) and wrong(event):
            raise WrongEvent("not with me")
        await (Exchange if protocol == "http" else Session).send(self, event)

    return exchange(send=send) if protocol == "http" else session(send=send)


# --- what is read and written ------------------------------------------------------------------------------


def reads(change: Callable[[bytes], bytes]) -> Kind:
    """The bytes of the client are read as others: so a lenient parser is made out of a strict one."""

    def arrived(self: Any, data: bytes) -> None:
        Link.arrived(self, change(data))

    return kind(link=type("MutantLink", (Link,), {"arrived": arrived}))


def writes(change: Callable[[bytes], bytes]) -> Kind:
    """Other bytes are written."""

    async def write(self: Any, data: bytes) -> None:
        await Link.write(self, change(data))

    return kind(link=type("MutantLink", (Link,), {"write": write}))


def replaced(*pairs: tuple[bytes, bytes]) -> Callable[[bytes], bytes]:
    """Some bytes for others."""

    def change(data: bytes) -> bytes:
        for old, new in pairs:
            data = data.replace(old, new)
        return data

    return change


def frames_in(change: Callable[[frames.Frame], list[dict[str, Any]]]) -> Kind:
    """The frames of the client are read as others."""

    class Frames(Link):
        rest: bytearray | None = None

        async def write(self, data: bytes) -> None:
            await super().write(data)
            if data.startswith(b"HTTP/1.1 101"):
                self.rest = bytearray()

        def arrived(self, data: bytes) -> None:
            if self.rest is None:
                super().arrived(data)
                return
            self.rest += data
            while (frame := frames.parse(self.rest)) is not None:
                for told in change(frame):
                    super().arrived(frames.compose(**told))

    return kind(link=Frames)


def frames_out(change: Callable[[frames.Frame], bytes | None]) -> Kind:
    """Other frames are written. None writes the frame as it is."""

    class Frames(Link):
        switched = False

        async def write(self, data: bytes) -> None:
            if not self.switched:
                self.switched = data.startswith(b"HTTP/1.1 101")
                await super().write(data)
                return
            rest, out = bytearray(data), b""
            while (frame := frames.parse(rest)) is not None:
                other = change(frame)
                out += as_told(frame) if other is None else other
            await super().write(out)

    return kind(link=Frames)


def as_told(frame: frames.Frame, **changes: Any) -> bytes:
    """The bytes of a server's frame, with changes."""
    told = {"opcode": frame.opcode, "data": frame.data, "fin": frame.fin, "rsv": frame.rsv, "mask": False}
    return frames.compose(**{**told, **changes})


def as_read(frame: frames.Frame, **changes: Any) -> list[dict[str, Any]]:
    """A client's frame as it would be read, with changes."""
    told = {
        "opcode": frame.opcode,
        "data": frame.data,
        "fin": frame.fin,
        "rsv": frame.rsv,
        "mask": frame.masked,
    }
    return [{**told, **changes}]
