"""One WebSocket: handshake, messages both ways, the closing handshake, denial."""

from __future__ import annotations

import base64
import hashlib
import logging
from collections import deque
from typing import Any

import anyio
import h11
from anyio.abc import TaskGroup
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Message, Ping, TextMessage
from wsproto.utilities import LocalProtocolError

from asgisim.reference.events import WrongEvent, headers, settle
from asgisim.reference.http import Response
from asgisim.reference.lifespan import App
from asgisim.reference.link import ClientGone, Link
from asgisim.reference.request import Head, Parser

LOG = logging.getLogger("asgisim.reference")
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
BIGGEST = 16 * 1024 * 1024  # bytes of one message
WAITING = 64  # messages not yet taken by the application before we stop reading
CLOSING = 5.0  # seconds for the client's half of the closing handshake
PING_EVERY = 20.0  # seconds
_OURS = (
    b"sec-websocket-protocol",
    b"sec-websocket-accept",
    b"sec-websocket-extensions",
    b"upgrade",
    b"connection",
)


class Session:
    """One WebSocket. stage: held (the handshake waits), open, closed (by us), refused, denying, denied."""

    answer = Response

    def __init__(self, link: Link, parser: Parser, head: Head, scope: dict[str, Any]) -> None:
        self.link = link
        self.parser = parser
        self.head = head
        self.scope = scope
        self.stage = "held"
        self.denial = self.answer(link, parser, head, "websocket.http")
        self.frames: Connection | None = None
        self._connected = False  # websocket.connect was taken
        self._events: deque[dict[str, Any]] = deque()
        self._end: dict[str, Any] | None = None  # websocket.disconnect, once it is known
        self._parts: list[Any] = []
        self._size = 0
        self._group: TaskGroup | None = None

    async def run(self, app: App) -> None:
        """Call the application and finish what it leaves unfinished."""
        async with anyio.create_task_group() as group:
            self._group = group
            group.start_soon(self._watch)
            failed = True
            try:
                await app(self.scope, self.receive, self.send)
                failed = False
            except ClientGone:
                failed = False
            except Exception:
                LOG.exception("the app raised")
            await self._finish(failed)
            group.cancel_scope.cancel()

    async def _watch(self) -> None:
        await self.link.gone.wait()
        if self.frames is None:
            self._gone(1006)

    async def _finish(self, failed: bool) -> None:
        try:
            if self.link.eof and self._end is not None:
                return
            if self.stage == "held":
                await self.denial.error(500)
            elif self.stage == "denying":
                if self.denial.stage == "ready":
                    await self.denial.error(500)
                else:
                    self.denial.abort()
            elif self.stage == "open" and not self._client_closes():
                await self._close(1011 if failed else 1000, "")
            if self.stage in ("closed", "open"):
                with anyio.move_on_after(CLOSING):
                    while self._end is None:
                        await self.link.change()
        except ClientGone:
            pass
        self.link.finish()

    def _client_closes(self) -> bool:
        """Whether a close frame has come whose answer is not out yet: the pump is at it."""
        done = (ConnectionState.REMOTE_CLOSING, ConnectionState.CLOSED)
        return self.frames is not None and self.frames.state in done and self._end is None

    # What the application receives

    async def receive(self) -> dict[str, Any]:
        """The next event for the application."""
        if not self._connected:
            self._connected = True
            return {"type": "websocket.connect"}
        while not self._events:
            if self._end is not None:
                return dict(self._end)
            await self.link.change()
        event = self._events.popleft()
        self.link.notify()
        return event

    def _gone(self, code: int, reason: str = "") -> None:
        if self._end is None:
            self._end = {"type": "websocket.disconnect", "code": code, "reason": reason}
            self.link.notify()

    # What the application sends

    async def send(self, event: Any) -> None:
        """Take an event from the application. Raises WrongEvent, ClientGone."""
        settled = settle(event, self._allowed(), f"when the WebSocket is {self.stage}")
        if self._end is not None or self.link.eof:
            raise ClientGone("the client has left")
        kind = settled["type"]
        if kind == "websocket.accept":
            await self._accept(settled)
        elif kind == "websocket.send":
            await self._message(settled)
        elif kind == "websocket.close":
            await self._app_close(settled)
        else:
            await self._deny(settled)

    def _allowed(self) -> list[str]:
        if self.stage == "held":
            return ["websocket.accept", "websocket.close", "websocket.http.response.start"]
        if self.stage == "open":
            if self._end is not None:  # late, so an error of the connection and not of the application
                return ["websocket.send", "websocket.close", "websocket.accept"]
            return ["websocket.send", "websocket.close"]
        return self.denial.allowed(()) if self.stage == "denying" else []

    async def _accept(self, event: dict[str, Any]) -> None:
        chosen = event.get("subprotocol")
        if chosen is not None and chosen not in self.head.offered:
            raise WrongEvent(f"the subprotocol {chosen!r} was not offered")
        lines = headers(event)
        for name, _ in lines:
            if name.lower() in _OURS:
                raise WrongEvent(f"{name!r} is the server's to send")
        key = self.head.values(b"sec-websocket-key")[0]
        proof = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
        own = [(b"upgrade", b"websocket"), (b"connection", b"Upgrade"), (b"sec-websocket-accept", proof)]
        if chosen is not None:
            own.append((b"sec-websocket-protocol", chosen.encode("latin-1")))
        switch = h11.InformationalResponse(
            status_code=101, headers=own + lines, reason=b"Switching Protocols"
        )
        try:
            data = self.parser.h11.send(switch)
        except h11.LocalProtocolError as error:
            raise WrongEvent(str(error)) from None
        self.stage = "open"
        self.frames = Connection(ConnectionType.SERVER)
        await self.link.write(data or b"")
        early, _ = self.parser.h11.trailing_data
        self.link.give_back(early)
        assert self._group is not None
        self._group.start_soon(self._pump)
        self._group.start_soon(self._keep_alive)

    async def _message(self, event: dict[str, Any]) -> None:
        data, text = event.get("bytes"), event.get("text")
        message: Any = BytesMessage(data=data) if data is not None else TextMessage(data=text or "")
        await self._send(message)

    async def _app_close(self, event: dict[str, Any]) -> None:
        code, reason = event.get("code"), event.get("reason")
        if self.stage == "held":
            self.stage = "refused"
            await self.denial.error(403)
            self._gone(1006)
        else:
            await self._close(1000 if code is None else code, reason or "")

    async def _close(self, code: int, reason: str) -> None:
        self.stage = "closed"
        await self._send(CloseConnection(code=code, reason=_cut(reason)))
        assert self._group is not None
        self._group.start_soon(self._give_up)

    async def _give_up(self) -> None:
        await anyio.sleep(CLOSING)
        self._gone(1006)

    async def _deny(self, event: dict[str, Any]) -> None:
        self.stage = "denying"
        await self.denial.take(event, ())
        if self.denial.stage == "complete":
            self.stage = "denied"
            self._gone(1006)

    async def _send(self, event: Any) -> None:
        assert self.frames is not None
        try:
            data = self.frames.send(event)
        except LocalProtocolError:
            raise ClientGone("the WebSocket is closing") from None
        await self.link.write(data)

    async def go_away(self) -> None:
        """The server stops."""
        if self.stage == "open" and self._end is None:
            try:
                await self._close(1001, "")
            except ClientGone:
                pass

    # What the client sends

    async def _pump(self) -> None:
        """Read frames for as long as the WebSocket lives, whether the application listens or not."""
        assert self.frames is not None
        try:
            while self._end is None:
                if self.link.inbox and len(self._events) < WAITING:
                    self.frames.receive_data(self.link.take())
                    for event in self.frames.events():
                        await self._take(event)
                        if self._end is not None:
                            break
                elif self.link.eof and not self.link.inbox:
                    self._gone(1006)
                else:
                    await self.link.change()
        except ClientGone:
            self._gone(1006)
        self.link.finish()

    async def _take(self, event: Any) -> None:
        if isinstance(event, Ping):
            if self.stage == "open":
                await self._send(event.response())
        elif isinstance(event, CloseConnection):
            await self._client_close(event)
        elif isinstance(event, Message):
            await self._part(event)

    async def _part(self, event: Message[Any]) -> None:
        if self.stage != "open":
            return  # it crossed with our close
        self._parts.append(event.data)
        self._size += len(event.data)
        if self._size > BIGGEST:
            await self._fail(1009, "the message is too big")
        elif event.message_finished:
            text = isinstance(event, TextMessage)
            whole = "".join(self._parts) if text else b"".join(map(bytes, self._parts))
            self._events.append({"type": "websocket.receive", "text" if text else "bytes": whole})
            self._parts, self._size = [], 0
            self.link.notify()

    async def _client_close(self, event: CloseConnection) -> None:
        assert self.frames is not None
        if self.frames.state in (ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING):
            await self._fail(
                event.code, event.reason or ""
            )  # no close frame came: wsproto tells a mistake so
            return
        if self.frames.state is ConnectionState.REMOTE_CLOSING:
            try:
                await self._send(event.response())
            except ClientGone:
                pass
        self._gone(int(event.code), event.reason or "")  # wsproto gives members of an enum

    async def _fail(self, code: int, why: str) -> None:
        """End the connection because of what the client sent."""
        if self.stage == "open":
            try:
                await self._send(CloseConnection(code=code, reason=_cut(why)))
            except ClientGone:
                pass
        self._gone(1006)

    async def _keep_alive(self) -> None:
        try:
            while self._end is None:
                await anyio.sleep(PING_EVERY)
                if self.stage == "open":
                    await self._send(Ping(payload=b""))
        except ClientGone:
            pass  # the pump has seen it too


def _cut(reason: str) -> str:
    """At most 123 bytes of UTF-8, cut between characters."""
    return reason.encode()[:123].decode("utf-8", "ignore")
