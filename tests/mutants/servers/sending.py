"""Mutants whose send takes what it should refuse, refuses what it should take, or does not end."""

from __future__ import annotations

import logging
from typing import Any

import anyio

from asgisim.reference.http import Exchange, Response
from asgisim.reference.link import ClientGone, Link
from asgisim.reference.request import Head
from asgisim.reference.server import Server
from asgisim.reference.websocket import Session
from tests.mutants.servers.parts import Fault, Kind, around, exchange, kind, refuses, session, takes

LOG = logging.getLogger("asgisim.reference")
START = "http.response.start"


def _type(event: Any) -> Any:
    return event.get("type") if isinstance(event, dict) else None


def _unknown(event: Any) -> bool:
    return bool(_type(event) == "nonsense")


def _no_status(event: Any) -> bool:
    return _type(event) == START and "status" not in event


def _odd_status(event: Any) -> bool:
    return _type(event) == START and type(event.get("status")) is str


def _lenient_headers() -> Kind:
    """Takes any header, and writes it."""

    class Loose(Response):
        async def take(self, event: dict[str, Any], listed: Any) -> None:
            await super().take(event, listed)

    class Taking(Exchange):
        answer = Loose

        async def send(self, event: Any) -> None:
            lines = event.get("headers") if isinstance(event, dict) else None
            odd = [line for line in lines or () if b" " in line[0]] if isinstance(lines, list) else []
            if odd:
                self.link.odd = b"".join(b"%s: %s\r\n" % line for line in odd)  # type: ignore[attr-defined]
                event = {**event, "headers": [line for line in event["headers"] if line not in odd]}
            await super().send(event)

    class Adding(Link):
        odd = b""

        async def write(self, data: bytes) -> None:
            if self.odd and data.startswith(b"HTTP/1.1"):
                data, self.odd = data.replace(b"\r\n", b"\r\n" + self.odd, 1), b""
            await super().write(data)

    return kind(exchange=Taking, link=Adding)


def _injecting() -> Kind:
    class Taking(Exchange):
        async def send(self, event: Any) -> None:
            lines = event.get("headers") if isinstance(event, dict) else None
            torn = [one for one in lines or () if b"\r\n" in one[1]] if isinstance(lines, list) else []
            if torn:
                self.link.torn = torn[0][1]  # type: ignore[attr-defined]
                event = {**event, "headers": [(torn[0][0], b"torn")]}
            await super().send(event)

    class Adding(Link):
        torn = b""

        async def write(self, data: bytes) -> None:
            if self.torn:
                data, self.torn = data.replace(b"torn", self.torn), b""
            await super().write(data)

    return kind(exchange=Taking, link=Adding)


def _coded(harmful: bool) -> Kind:
    """The app's transfer-encoding goes out."""

    class Taking(Exchange):
        async def send(self, event: Any) -> None:
            lines = event.get("headers") if isinstance(event, dict) else None
            coded = (
                [one[1] for one in lines or () if one[0] == b"transfer-encoding"]
                if isinstance(lines, list)
                else []
            )
            if coded:
                self.link.coding = coded[0]  # type: ignore[attr-defined]
            await super().send(event)

    class Adding(Link):
        coding = b""
        plain = False

        async def write(self, data: bytes) -> None:
            if self.coding and data.startswith(b"HTTP/1.1 200"):
                if harmful and self.coding == b"chunked" and b"hunked" in data:
                    self.plain = True
                elif not harmful and self.coding != b"chunked":
                    data = data.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: %s\r\n\r\n" % self.coding, 1)
                    data = data.replace(b"ransfer-encoding: chunked\r\n", b"ransfer-Encoding: chunked\r\n")
            elif self.plain and data != b"0\r\n\r\n":
                data = data.partition(b"\r\n")[2][:-2]
            await super().write(data)

    return kind(exchange=Taking, link=Adding)


async def _value(self: Any, event: Any) -> Any:
    await Exchange.send(self, event)
    return "done"


async def _hangs(self: Any, event: Any) -> None:
    try:
        await Exchange.send(self, event)
    except ClientGone:
        await anyio.sleep_forever()


async def _silent(self: Any, event: Any) -> None:
    try:
        await Exchange.send(self, event)
    except ClientGone:
        pass


async def _websocket_silent(self: Any, event: Any) -> None:
    try:
        await Session.send(self, event)
    except ClientGone:
        pass


class Odd(Exception):
    """No OSError."""


async def _odd_error(self: Any, event: Any) -> None:
    try:
        await Exchange.send(self, event)
    except ClientGone:
        raise Odd("gone") from None


def _older(self: Any, link: Any, parser: Any, head: Any, scope: Any) -> None:
    Exchange.__init__(self, link, parser, head, {**scope, "asgi": {**scope["asgi"], "spec_version": "2.3"}})


async def _bare(self: Any, event: Any) -> None:
    try:
        await Exchange.send(self, event)
    except ClientGone:
        raise ConnectionResetError("gone") from None


class _OneAtATime(Session):
    """send waits for a receive that is under way."""

    async def receive(self) -> Any:
        self._busy = True
        try:
            return await super().receive()
        finally:
            self._busy = False

    async def send(self, event: Any) -> None:
        while getattr(self, "_busy", False):
            await self.link.change()
        await super().send(event)


async def _one_place(self: Any, event: Any) -> None:
    """There is one place for the event under way: of two that are sent at once the first is lost."""
    self.under_way = event
    await anyio.sleep(0)
    await type(self).__mro__[1].send(self, self.under_way)  # type: ignore[attr-defined]


class _Torn(Link):
    """What is written goes out in two halves, and what another writes may come between them."""

    async def write(self, data: bytes) -> None:
        for half in (data[: len(data) // 2], data[len(data) // 2 :]):
            await super().write(half)
            await anyio.sleep(0)


class _OneAtOnce(Exchange):
    """A second send is refused while one is under way."""

    busy = False

    async def send(self, event: Any) -> None:
        if self.busy:
            raise RuntimeError("another send is under way")
        self.busy = True
        try:
            await anyio.sleep(0)
            await super().send(event)
        finally:
            self.busy = False


async def _logs(self: Any, app: Any) -> None:
    async def logged(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except ClientGone:
            LOG.error("ERROR in the app: ClientGone\nTraceback")
            raise

    await Exchange.run(self, logged)


async def _websocket_logs(self: Any, app: Any) -> None:
    async def logged(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except ClientGone:
            LOG.error("ERROR in the app: ClientGone\nTraceback")
            raise

    await Session.run(self, logged)


async def _escapes(self: Any, app: Any) -> None:
    caught: list[BaseException] = []

    async def noted(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except ClientGone as error:
            caught.append(error)
            raise

    await type(self).__mro__[1].run(self, noted)  # type: ignore[attr-defined]
    if caught:
        raise caught[0]


async def _cancels(self: Any, app: Any) -> None:
    with anyio.CancelScope() as scope:

        async def watch() -> None:
            await self.link.gone.wait()
            await anyio.sleep(0.01)
            scope.cancel()

        async with anyio.create_task_group() as group:
            group.start_soon(watch)
            await Exchange.run(self, app)
            group.cancel_scope.cancel()


async def _hurries(self: Any, app: Any) -> None:
    async def short(scope: Any, receive: Any, send: Any) -> None:
        with anyio.move_on_after(0.05):
            await app(scope, receive, send)

    await Exchange.run(self, short)


def _by_name_only(app: Any) -> Any:
    async def changed(scope: Any, receive: Any, send: Any) -> None:
        async def named(*, event: Any) -> None:
            await send(event)

        await app(scope, receive, named if scope["type"] == "http" else send)

    return changed


def _unlisted_denial(self: Any, head: Head, link: Link) -> dict[str, Any]:
    made = Server.scope(self, head, link)
    made["extensions"].pop("websocket.http.response", None)
    return made


def _refused_early_hint(event: Any) -> bool:
    return bool(_type(event) == "http.response.early_hint")


def _one_of(event: Any) -> bool:
    return bool(_type(event) == "websocket.send")


FAULTS = [
    Fault("common.error.send-unknown-type", takes("http", _unknown), ("wrong events",)),
    Fault("common.error.send-missing-key", takes("http", _no_status), ("no status",)),
    Fault("common.error.send-wrong-type", takes("http", _odd_status), ("a status that is text",)),
    Fault("common.event.extra-keys-server", refuses("http", lambda e: "asgisim" in e), ("unknown keys",)),
    Fault("common.ext.accepted-when-listed", refuses("http", _refused_early_hint), ("early hints",)),
    Fault(
        "http.response.start.headers.default",
        refuses("http", lambda e: _type(e) == START and "headers" not in e),
        ("defaults",),
    ),
    Fault(
        "websocket.accept.headers.default",
        refuses("websocket", lambda e: _type(e) == "websocket.accept" and "headers" not in e),
        ("accept without keys",),
    ),
    Fault(
        "websocket.send.keys-optional",
        refuses("websocket", lambda e: _one_of(e) and len(e) == 3 and None in e.values()),
        ("messages of the app",),
    ),
    Fault("websocket.send.one-of.rejected", takes("websocket", _one_of), ("both and neither",)),
    Fault("wire.http.header-name-token", _lenient_headers(), ("a header that is none",)),
    Fault("wire.http.no-header-injection", _injecting(), ("injection",)),
    Fault("http.response.start.transfer-encoding.ignored", _coded(False), ("transfer-encoding of the app",)),
    Fault("wire.http.app-te-harmless", _coded(True), ("chunked of the app",)),
    Fault("common.send.value", exchange(send=_value), ("get",)),
    Fault("common.send.positional", around(_by_name_only), ("get",)),
    Fault("common.send.returns", exchange(send=_hangs), ("send after the client left",)),
    Fault("common.concurrency.duplex", kind(session=_OneAtATime), ("receive waits while send works",)),
    Fault("robust.sends-at-once", session(send=_one_place), ("messages at once",)),
    Fault("robust.sends-at-once", exchange(send=_one_place), ("pieces at once",)),
    Fault("robust.sends-at-once", kind(link=_Torn), ("messages at once",)),
    Fault("robust.sends-at-once", kind(link=_Torn), ("pieces at once",)),
    Fault("robust.sends-at-once", kind(exchange=_OneAtOnce), ("pieces at once",)),
    Fault("http.send.closed.oserror", exchange(send=_silent), ("send after the client left",)),
    Fault(
        "websocket.send.closed.oserror",
        session(send=_websocket_silent),
        ("send after the WebSocket was lost",),
    ),
    Fault("http.send.closed.oserror", exchange(send=_odd_error), ("send after the client left",)),
    Fault(
        "common.error.send-after-close-no-op",
        exchange(__init__=_older, send=_odd_error),
        ("send after the client left",),
    ),
    Fault("http.send.closed.oserror-own-class", exchange(send=_bare), ("send after the client left",)),
    Fault("http.send.closed.not-logged", exchange(run=_logs), ("send after the client left",)),
    Fault(
        "websocket.send.closed.not-logged",
        session(run=_websocket_logs),
        ("send after the WebSocket was lost",),
    ),
    Fault("http.send.closed.server-catches", exchange(run=_escapes), ("send after the client left",)),
    Fault(
        "websocket.send.closed.server-catches", session(run=_escapes), ("send after the WebSocket was lost",)
    ),
    Fault("common.app.lifetime", exchange(run=_cancels), ("a call takes its time to clean up",)),
    Fault("http.scope.persists", exchange(run=_hurries), ("receive waits and goes on",)),
    Fault("ext.denial.listed", kind(scope=_unlisted_denial), ("a denial in pieces",)),
]
