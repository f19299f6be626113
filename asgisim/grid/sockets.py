"""Cases over real sockets: raw clients on one side, the record of the watched app on the other."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from asgisim.drive.wire import frames, http
from asgisim.drive.wire.client import Client
from asgisim.drive.wire.hub import Hub
from asgisim.grid.driver import Driver
from asgisim.grid.exchange import Ask, Call, Heard, Reply, Talk, Wrong
from asgisim.grid.model import Moment
from asgisim.grid.sessions import Session
from asgisim.model import codec

ENOUGH = 30  # times the patience: more than that no case lasts


class Record:
    """Reads the file that the watched app writes, as far as it has come."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.calls: dict[int, Call] = {}
        self._at = 0

    def read(self) -> None:
        """Take in what was written since the last time."""
        try:
            with open(self.path, "rb") as file:
                file.seek(self._at)
                data = file.read()
        except FileNotFoundError:
            return
        whole = data.rfind(b"\n") + 1
        self._at += whole
        for line in data[:whole].splitlines():
            at, number, kind, told, large = json.loads(line)
            value = codec.decode(told)
            for key, coded in large.items():
                value[key] = base64.b64decode(coded)
            call = self.calls.setdefault(number, Call(number))
            call.steps.append((at, kind, value))


class Bounded(Hub):
    """A hub at which no case stays for ever, whatever the server sends. end: monotonic seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.end = float("inf")

    def pump(self, seconds: float = 0.0) -> bool:
        """As Hub's. Raises Wrong once the time of the case is over."""
        if time.monotonic() > self.end:
            raise Wrong("expected an end of the case, but it goes on and on")
        return super().pump(seconds)


class Sockets(Driver):
    """A server under test at `address`; record: the path that its app writes to."""

    def __init__(
        self,
        framework: str,
        server: str,
        can: frozenset[str],
        address: Any,
        record: str,
        patience: float = 1.0,
    ) -> None:
        super().__init__(framework, server, can, patience)
        self.hub = Bounded()
        self.address = address
        self.record = Record(record)
        self._before = 0
        self._open: list[Client] = []

    def begin(self, patience: float) -> None:
        self.record.read()
        self._before = len(self.record.calls)
        super().begin(patience)
        self.hub.end = self.begun + ENOUGH * max(patience, 1.0)

    def finish(self) -> None:
        """Close what a case left open."""
        self.hub.end = float("inf")
        for client in self._open:
            client.close()
        self._open.clear()

    def pump(self, seconds: float) -> None:
        if not self.hub.pump(0):
            time.sleep(seconds)

    def until(self, holds: Callable[[], object], seconds: float | None = None) -> bool:
        return super().until(holds, seconds) or self.hub.until(holds, 0.0)  # so long as the server is at work

    def look(self) -> list[Call]:
        self.record.read()
        return [one for one in list(self.record.calls.values())[self._before :] if one.type != "lifespan"]

    def everything(self) -> list[Call]:
        self.record.read()
        return list(self.record.calls.values())

    def lifespan(self) -> Call | None:
        self.record.read()
        # The last one: what came before was of a server that had to be replaced.
        return next((one for one in reversed(self.record.calls.values()) if one.type == "lifespan"), None)

    def connect(self) -> Client:
        """A connection of its own, closed when the case is over."""
        client = Client(self.hub, self.address, self.patience)
        self._open.append(client)
        return client

    # --- HTTP

    def ask(self, ask: Ask) -> Reply:
        return self._exchange(self.connect(), ask)

    def asks(self, *asks: Ask, pipelined: bool = False) -> list[Reply]:
        client = self.connect()
        if not pipelined:
            return [self._exchange(client, one) for one in asks]
        self.note(f"-> {len(asks)} requests at once: " + ", ".join(_line(one) for one in asks))
        client.methods += [one.method.encode() for one in asks]
        client.send(b"".join(composed(one) for one in asks))
        return [self._reply(client, one) for one in asks]

    def together(self, *asks: Ask) -> list[Reply]:
        clients = [self.connect() for _ in asks]
        for client, ask in zip(clients, asks, strict=True):
            client.methods.append(ask.method.encode())
            client.send(composed(ask))
        self.note(f"-> {len(asks)} requests on as many connections")
        return [self._reply(client, ask) for client, ask in zip(clients, asks, strict=True)]

    def raw(self, data: bytes, method: bytes = b"GET", cuts: Sequence[int] = (), ends: bool = False) -> Reply:
        client = self.connect()
        client.methods.append(method)
        self.note(f"-> {data[:120]!r}{' ...' if len(data) > 120 else ''}")
        client.send(data, cuts)
        reply = self._reply(client, Ask())
        reply.ended = client.await_end(self.patience if ends else 0.02)
        return reply

    def _exchange(self, client: Client, ask: Ask) -> Reply:
        client.methods.append(ask.method.encode())
        client.arrivals.clear()
        self.note(f"-> {_line(ask)}")
        self._send(client, ask)
        if ask.leave:
            return self._leave(client, ask)
        return self._reply(client, ask)

    def _send(self, client: Client, ask: Ask) -> None:
        parts = segments(ask)
        if ask.leave == "unfinished":
            parts = parts[:-1]
        for number, part in enumerate(parts):
            if number and ask.pause:
                self.hub.sleep(ask.pause)
            client.send(part, ask.cuts if not number else ())

    def _leave(self, client: Client, ask: Ask) -> Reply:
        reply = Reply(local=client.local, peer=client.peer)
        if ask.leave == "cut":
            pass
        elif ask.leave == "streaming":
            self.hub.until(lambda: _body(client.buffer) >= ask.hear or client.end, self.patience)
            reply.raw, reply.first = bytes(client.buffer), time.monotonic()
            reply.body = reply.raw.partition(b"\r\n\r\n")[2]
            head = reply.raw.split(b" ", 2)
            reply.status = int(head[1]) if len(head) > 1 and head[1].isdigit() else 0
            self.note(f"<- {len(reply.raw)} bytes")
        else:
            # So that the app is called before the client goes: what it is told must follow.
            self.calls(1, ended=False)
        self.note("resets the connection" if ask.reset else "closes the connection")
        client.close(ask.reset)
        reply.last = time.monotonic()
        return reply

    def _reply(self, client: Client, ask: Ask) -> Reply:
        got = client.response()
        reply = _made(got, client)
        broken = "" if got.complete else f" ({got.broken or 'not complete'})"
        self.note(f"<- {got.status} {got.framing} {len(got.body)} bytes of body{broken}")
        return reply

    # --- WebSocket

    def talk(self, talk: Talk) -> Heard:
        return Session(self, self.connect(), talk).play()

    def timeline(self) -> list[Moment]:
        self.record.read()
        return super().timeline()


def _made(got: http.Response, client: Client) -> Reply:
    reply = Reply(
        got.status, got.headers, got.body, got.complete, got.broken, got.version, got.reason, got.framing,
        got.raw, got.informational, got.trailers,
    )  # fmt: skip
    head = len(got.raw) - len(got.raw.partition(b"\r\n\r\n")[2])
    reply.first = next((at for at, count in client.arrivals if count > head), 0.0)
    reply.last = client.arrivals[-1][0] if client.arrivals else 0.0
    reply.local, reply.peer, reply.ended = client.local, client.peer, client.end
    return reply


def _body(buffer: bytearray) -> int:
    """How many bytes follow the first head in the buffer."""
    return len(bytes(buffer).partition(b"\r\n\r\n")[2])


def _line(ask: Ask) -> str:
    if ask.raw is not None:
        return repr(ask.raw[:120])
    size = "" if ask.body is None else f", {sum(map(len, ask.body))} bytes of body"
    return f"{ask.method} {ask.target.decode('latin-1')[:120]} HTTP/{ask.version.decode()}{size}"


def composed(ask: Ask) -> bytes:
    """All bytes of a request."""
    return b"".join(segments(ask))


def segments(ask: Ask) -> list[bytes]:
    """The bytes of a request, the head apart, then each part of the body."""
    if ask.raw is not None:
        return [ask.raw]
    headers = list(ask.headers)
    if ask.chunked:
        headers.append((b"Transfer-Encoding", b"chunked"))
    elif ask.body is not None:
        headers.append((b"Content-Length", b"%d" % sum(map(len, ask.body))))
    head = http.compose(ask.method.encode(), ask.target, ask.version, headers, host=ask.host)
    if ask.body is None:
        return [head]
    if not ask.chunked:
        return [head, *(one for one in ask.body if one)]
    return [head, *(b"%x\r\n%s\r\n" % (len(one), one) for one in ask.body if one), b"0\r\n\r\n"]


def handshake(talk: Talk, host: bytes = b"testbed") -> bytes:
    """The bytes of a handshake."""
    lines = frames.handshake_headers(talk.key, talk.version, (), talk.extensions)
    if talk.subprotocols:
        lines.append((b"Sec-WebSocket-Protocol", b", ".join(talk.subprotocols)))
    return http.compose(talk.method.encode(), talk.target, b"1.1", [*lines, *talk.headers], host=host)
