"""One WebSocket session over a socket: frames as told, and whole messages as they come."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from asgisim.drive.wire import frames, http
from asgisim.drive.wire.client import Client
from asgisim.grid.exchange import Heard, Reply, Talk

if TYPE_CHECKING:
    from asgisim.grid.sockets import Sockets

CLOSING = 0.2  # seconds for the end of TCP after both close frames
AFTER = 3  # times the patience, in which messages may come before the close


class Session:
    """Plays a Talk on a connection that is open."""

    def __init__(self, driver: Sockets, client: Client, talk: Talk) -> None:
        self.driver, self.client, self.talk = driver, client, talk
        self.heard = Heard()
        self._opcode, self._data = 0, b""

    def play(self) -> Heard:
        """All of it; returns what was heard."""
        self._shake()
        if self.heard.accepted:
            for act in self.talk.does:
                if self._over:
                    break
                getattr(self, f"_{act[0]}")(*act[1:])
            if self.talk.leaves:
                self._close(1000, "")
            self._await_close()
            if self.heard.closed and self.client.await_end(CLOSING):
                self.client.close()  # some servers end their direction, and then wait for ours
        self.driver.note(f"the session ends: {self.heard.ending}")
        return self.heard

    @property
    def _over(self) -> bool:
        return self.heard.closed or self.heard.lost or self.client.closed

    def _shake(self) -> None:
        from asgisim.grid.sockets import handshake

        driver, client = self.driver, self.client
        driver.note(f"-> handshake {self.talk.target.decode('latin-1')}")
        client.methods.append(b"GET")
        client.send(handshake(self.talk))
        got: http.Response = client.response()
        reply = self.heard.reply = Reply(
            got.status, got.headers, got.body, got.complete, got.broken, got.version, got.reason, got.framing,
            got.raw,
        )  # fmt: skip
        reply.local, reply.peer, reply.ended = client.local, client.peer, client.end
        driver.note(f"<- {got.status} {got.body[:60]!r}" if got.status != 101 else "<- 101")

    # --- what the client does

    def _say(self, message: str | bytes) -> None:
        kind = "text" if isinstance(message, str) else "binary"
        data = message.encode() if isinstance(message, str) else message
        self.driver.note(f"-> {kind} {data[:60]!r}")
        self.client.send(frames.compose(kind, data))

    def _frame(self, opcode: Any, data: bytes, fin: bool = True) -> None:
        self.driver.note(f"-> frame {opcode} {data[:60]!r} fin={fin}")
        self.client.send(frames.compose(opcode, data, fin))

    def _ping(self, data: bytes) -> None:
        self._frame("ping", data)

    def _raw(self, data: bytes) -> None:
        self.driver.note(f"-> {data[:60]!r}")
        self.client.send(data)

    def _pause(self, seconds: float) -> None:
        self.driver.hub.sleep(seconds)

    def _call(self, what: Callable[[], object]) -> None:
        """Something else, while the session is open."""
        what()

    def _hear(self, count: int) -> None:
        """Until so many messages (pongs count) have come in all."""
        self._read(lambda: len(self.heard.messages) + len(self.heard.pongs) >= count)

    def _close(self, code: int | None, reason: str = "") -> None:
        self.driver.note(f"-> close {code} {reason}".rstrip())
        self.client.send(frames.compose("close", frames.close_payload(code, reason)))

    def _lost(self) -> None:
        self.driver.note("resets the connection")
        self.client.close(reset=True)

    # --- what it reads

    def _await_close(self) -> None:
        # A server that streams on and never looks at our close is not heard for ever.
        deadline = time.monotonic() + AFTER * self.driver.patience
        self._read(lambda: time.monotonic() > deadline)
        if self.heard.closed and not self.client.closed:
            self.client.send(frames.compose("close", frames.close_payload(self.heard.code)))

    def _read(self, enough: Any) -> None:
        while not enough() and not self._over:
            frame = self.client.frame()
            if frame is None:
                self.heard.lost = bool(self.client.end)
                return
            self._take(frame)

    def _take(self, frame: frames.Frame) -> None:
        heard = self.heard
        if frame.opcode == 8:
            heard.closed, heard.code = True, frame.code
            heard.reason = frame.data[2:].decode("utf-8", "replace")
            self.driver.note(f"<- close {frame.code} {heard.reason}".rstrip())
        elif frame.opcode == 9:
            heard.pings += 1
            self.client.send(frames.compose("pong", frame.data))
        elif frame.opcode == 10:
            heard.pongs.append(frame.data)
        elif frame.masked or frame.rsv:
            heard.broken = "a masked frame" if frame.masked else "reserved bits"
        else:
            self._join(frame)

    def _join(self, frame: frames.Frame) -> None:
        if frame.opcode:
            self._opcode, self._data = frame.opcode, b""
        self._data += frame.data
        if frame.fin:
            text = self._opcode == 1
            self.heard.messages.append(self._data.decode("utf-8", "replace") if text else self._data)
            self.driver.note(f"<- {'text' if text else 'binary'} {self._data[:60]!r}")
