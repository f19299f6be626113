"""Mutants that shake hands wrongly, or speak a WebSocket wrongly."""

from __future__ import annotations

from typing import Any

from asgisim.drive.wire import frames
from asgisim.reference.events import WrongEvent
from asgisim.reference.http import Response
from asgisim.reference.link import Link
from asgisim.reference.websocket import Session
from tests.mutants.servers.parts import (
    Fault,
    Kind,
    around,
    as_read,
    as_told,
    frames_in,
    frames_out,
    kind,
    sends,
    session,
)


def _switch(change: Any) -> Kind:
    """The head of a 101 is changed."""

    class Switched(Link):
        async def write(self, data: bytes) -> None:
            if data.startswith(b"HTTP/1.1 101"):
                first, *lines = data.removesuffix(b"\r\n\r\n").split(b"\r\n")
                data = b"\r\n".join([first, *change(lines)]) + b"\r\n\r\n"
            await super().write(data)

    return kind(link=Switched)


def _without(name: bytes) -> Any:
    return lambda lines: [line for line in lines if not line.lower().startswith(name)]


async def _early(self: Any, app: Any) -> None:
    proof = frames.proof(self.head.values(b"sec-websocket-key")[0])
    await self.link.write(
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
        b"sec-websocket-accept: " + proof + b"\r\n\r\n"
    )
    await Session.run(self, app)


async def _early_accept(self: Any, event: Any) -> None:
    write, self.link.write = self.link.write, _nothing
    try:
        await Session._accept(self, event)
    finally:
        self.link.write = write


async def _nothing(data: bytes) -> None:
    pass


async def _switches_at_end(self: Any, failed: bool) -> None:
    if self.stage == "held":
        await Session._accept(self, {"type": "websocket.accept", "headers": []})
    await Session._finish(self, failed)


async def _other_status(self: Any, event: Any) -> None:
    if self.stage == "held":
        self.stage = "refused"
        await self.denial.error(400)
        self._gone(1006)
    else:
        await Session._app_close(self, event)


async def _accepts_refused(self: Any, event: Any) -> None:
    if self.stage == "held" and event["type"] == "websocket.close":
        return
    await Session.send(self, event)


async def _switches_refused(self: Any, event: Any) -> None:
    if self.stage == "held":
        await Session._accept(self, {"type": "websocket.accept", "headers": []})
    await Session._app_close(self, event)


class _Unended(Response):
    """An answer that keeps its connection open."""

    async def error(self, status: int, lines: Any = None) -> None:
        finish, self.link.finish = self.link.finish, lambda: None  # type: ignore[method-assign]
        try:
            await super().error(status, lines)
        finally:
            self.link.finish = finish  # type: ignore[method-assign]


async def _stays(self: Any, failed: bool) -> None:
    while self.stage in ("refused", "denied") and not self.link.eof:
        await self.link.change()
    await Session._finish(self, failed)


async def _hangs_up(self: Any) -> Any:
    """What comes before the answer ends the connection."""
    got = await Session.receive(self)
    if self.stage == "held" and self.parser.h11.trailing_data[0]:
        self.link.finish()
    return got


async def _silent(self: Any, failed: bool) -> None:
    if self.stage == "held":
        while not self.link.eof:
            await self.link.change()
        return
    await Session._finish(self, failed)


async def _goes_on(self: Any, failed: bool) -> None:
    if self.stage == "open":
        while not self.link.eof:
            await self.link.change()
        return
    await Session._finish(self, failed)


async def _drops(self: Any, failed: bool) -> None:
    if self.stage == "open" and failed:
        self.link.finish()
        return
    await Session._finish(self, failed)


async def _any_subprotocol(self: Any, event: Any) -> None:
    chosen = event.get("subprotocol")
    offered = self.head.offered
    self.head.offered = [*offered, chosen]
    try:
        await Session._accept(self, event)
    finally:
        self.head.offered = offered


def _no_echo(frame: frames.Frame) -> bytes | None:
    return b"" if frame.opcode == 8 else None


async def _lingers(self: Any) -> None:
    """The connection stays open after both close frames."""
    finish, self.link.finish = self.link.finish, lambda: None
    try:
        await Session._pump(self)
    finally:
        self.link.finish = finish


async def _lingers_at_end(self: Any, failed: bool) -> None:
    while self._end is not None and not self.link.eof:
        await self.link.change()
    await Session._finish(self, failed)


def _close(change: Any) -> Kind:
    """Close frames of the server hold something else."""

    def changed(frame: frames.Frame) -> bytes | None:
        return as_told(frame, data=change(frame.data)) if frame.opcode == 8 else None

    return frames_out(changed)


class _AnyClose(Session):
    """Sends whatever code, and as long a reason, as the app asks for."""

    codes = False
    reasons = False

    async def send(self, event: Any) -> None:
        try:
            await super().send(event)
        except WrongEvent:
            code = event.get("code") if isinstance(event, dict) else None
            if not self.codes or type(code) is not int:
                raise
            await self.link.write(frames.compose("close", frames.close_payload(code), mask=False))
            self.stage = "closed"

    async def _close(self, code: int, reason: str) -> None:
        if self.reasons and len(reason.encode()) > 123:
            self.stage = "closed"
            data = frames.close_payload(code, reason)[:126].ljust(126, b"x")
            await self.link.write(frames.compose("close", data, mask=False))
            return
        await super()._close(code, reason)


def _long(frame: frames.Frame) -> bytes | None:
    return as_told(frame, size=8) if frame.opcode < 8 and len(frame.data) < 65_536 else None


def _pong(frame: frames.Frame) -> bytes | None:
    return b"" if frame.opcode == 10 else None


def _mode(frame: frames.Frame) -> bytes | None:
    return as_told(frame, opcode=3 - frame.opcode) if frame.opcode in (1, 2) else None


class _Reordering(Link):
    """The second of two messages goes out before the first."""

    kept = b""

    async def write(self, data: bytes) -> None:
        if data[:1] in (b"\x81", b"\x82"):
            if not self.kept:
                self.kept = data
                return
            data, self.kept = data + self.kept, b""
        await super().write(data)


# Frames that no server may take, read as others that it may.


def _when(holds: Any, **changes: Any) -> Kind:
    return frames_in(lambda frame: as_read(frame, **(changes if holds(frame) else {})))


def _text(frame: frames.Frame) -> list[dict[str, Any]]:
    return as_read(
        frame,
        data=frame.data.decode("utf-8", "replace").encode()
        if frame.opcode == 1 and frame.fin
        else frame.data,
    )


class _Joining:
    """A continuation without a beginning is a message."""

    @staticmethod
    def read(frame: frames.Frame) -> list[dict[str, Any]]:
        return as_read(frame, opcode=1) if frame.opcode == 0 and frame.data == b"stray" else as_read(frame)


def _close_in(frame: frames.Frame) -> list[dict[str, Any]]:
    if frame.opcode == 8 and frame.code in (999, 1005):
        return as_read(frame, data=frames.close_payload(1000))
    return as_read(frame)


FAULTS = [
    Fault(
        "websocket.connect.handshake-held",
        session(run=_early, _accept=_early_accept),
        ("the handshake waits",),
    ),
    Fault("robust.handshake-dropped", session(receive=_hangs_up), ("a frame behind a handshake",)),
    Fault("wire.ws.101-waits", session(_finish=_switches_at_end), ("websocket, no answer",)),
    Fault("websocket.connect.no-answer", session(_finish=_silent), ("websocket, no answer",)),
    Fault("websocket.close.before-accept-403", session(_app_close=_other_status), ("websocket, refused",)),
    Fault("websocket.connect.denied-403", session(_app_close=_switches_refused), ("websocket, refused",)),
    Fault(
        "websocket.close.before-accept-no-handshake",
        session(send=_accepts_refused),
        ("accepted after a refusal",),
    ),
    Fault("wire.ws.reject", session(answer=_Unended, _finish=_stays), ("websocket, refused",)),
    Fault(
        "wire.ws.accept-hash",
        _switch(
            lambda lines: [
                b"sec-websocket-accept: YQ==" if one.lower().startswith(b"sec-websocket-accept") else one
                for one in lines
            ]
        ),
        ("websocket",),
    ),
    Fault(
        "wire.ws.extensions",
        _switch(lambda lines: [*lines, b"sec-websocket-extensions: permessage-deflate"]),
        ("websocket",),
    ),
    Fault("wire.ws.subprotocol", session(_accept=_any_subprotocol), ("a subprotocol that was not offered",)),
    Fault("websocket.accept.subprotocol.sent", _switch(_without(b"sec-websocket-protocol")), ("websocket",)),
    Fault(
        "websocket.accept.subprotocol.default",
        _switch(lambda lines: [*lines, b"sec-websocket-protocol: a"]),
        ("none of the subprotocols",),
    ),
    Fault("websocket.accept.headers.delivered", _switch(_without(b"x-")), ("headers of accept",)),
    Fault(
        "websocket.accept.headers.order",
        _switch(lambda lines: sorted(lines, key=lambda one: one.startswith(b"x-b"))),
        ("headers of accept",),
    ),
    Fault(
        "ext.denial.body-stream",
        around(
            sends(
                "websocket.http.response.body", lambda e: e.update(body=b"") if e.get("more_body") else None
            )
        ),
        ("a denial in pieces",),
    ),
    Fault(
        "ext.denial.sent-and-closed",
        around(sends("websocket.http.response.start", lambda e: e.update(status=403))),
        ("a denial in pieces",),
    ),
    Fault("wire.ws.server-unmasked", frames_out(lambda frame: as_told(frame, mask=True)), ("websocket",)),
    Fault("wire.ws.length-minimal", frames_out(_long), ("websocket",)),
    Fault("wire.ws.pong", frames_out(_pong), ("websocket",)),
    Fault("websocket.send.mode", frames_out(_mode), ("messages of the app",)),
    Fault("websocket.send.order", kind(link=_Reordering), ("messages of the app",)),
    Fault(
        "websocket.close.code.default",
        _close(lambda data: b"\x03\xe9" + data[2:]),
        ("the app closes with a reason of None",),
    ),
    Fault(
        "websocket.close.code.on-wire",
        _close(lambda data: b"\x03\xe8" + data[2:]),
        ("the app closes with a code",),
    ),
    Fault(
        "websocket.close.reason.default",
        _close(lambda data: data + b"None"),
        ("the app closes with a reason of None",),
    ),
    Fault("websocket.close.reason.on-wire", _close(lambda data: data[:2]), ("the app closes with a code",)),
    Fault(
        "wire.ws.close-codes",
        kind(session=type("MutantSession", (_AnyClose,), {"codes": True})),
        ("the app closes with 1005",),
    ),
    Fault(
        "wire.ws.close-reason",
        kind(session=type("MutantSession", (_AnyClose,), {"reasons": True})),
        ("the app closes with a long reason",),
    ),
    Fault("wire.ws.close-echo", frames_out(_no_echo), ("accept without keys",)),
    Fault("wire.ws.tcp-close", session(_pump=_lingers, _finish=_lingers_at_end), ("accept without keys",)),
    Fault("wire.ws.abnormal-end", session(_finish=_drops), ("the app raises",)),
    Fault("websocket.scope.app-ends-socket-closes", session(_finish=_goes_on), ("the app returns",)),
    Fault(
        "wire.ws.client-masked", frames_in(lambda frame: as_read(frame, mask=True)), ("an unmasked frame",)
    ),
    Fault("wire.ws.rsv", _when(lambda frame: frame.rsv, rsv=0), ("a reserved bit",)),
    Fault("wire.ws.opcode", _when(lambda frame: frame.opcode == 3, opcode=1), ("a reserved opcode",)),
    Fault(
        "wire.ws.opcode", _when(lambda frame: frame.opcode == 11, opcode=10), ("a reserved control opcode",)
    ),
    Fault("wire.ws.control-frames", _when(lambda frame: frame.opcode == 9, fin=True), ("a ping in two",)),
    Fault(
        "wire.ws.control-frames",
        _when(lambda frame: frame.opcode == 9, data=b"p"),
        ("a ping that is too long",),
    ),
    Fault("wire.ws.fragments", frames_in(_Joining.read), ("a stray continuation",)),
    Fault("wire.ws.utf8", frames_in(_text), ("text that is not UTF-8",)),
    Fault("wire.ws.close-code-in", frames_in(_close_in), ("a close code that is none",)),
]
