"""One client connection: bytes out in any segments, bytes in with their times."""

from __future__ import annotations

import itertools
import select
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

from asgisim.drive.puppet import READ
from asgisim.drive.wire import frames, http
from asgisim.drive.wire.hub import Hub
from asgisim.drive.wire.secure import Secure

MOST = 64 << 20  # bytes that are read from one connection; a server that sends more is heard no further
_ARRIVALS = 100_000  # that are kept


class Client:
    """A connection to the server under test. end: "" while open, "eof" or "reset" once the server ended it.

    arrivals: (monotonic seconds, number of bytes so far) at each read. closed: we closed it. secure: the TLS
    between; an OSError is raised if its handshake fails.
    """

    def __init__(self, hub: Hub, address: Any, patience: float = 5.0, secure: Secure | None = None) -> None:
        self.hub = hub
        self.buffer = bytearray()
        self.end = ""
        self.ended = 0.0  # when that came, on time.monotonic
        self.closed = False
        self.half = False
        self.patience = patience
        self.arrivals: list[tuple[float, int]] = []
        self.methods: list[bytes] = []  # of the requests that have not been answered
        self._count = 0
        self._out = memoryview(b"")
        self._writing = False
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        if family == socket.AF_INET and ":" in address[0]:
            family = socket.AF_INET6
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.settimeout(patience)
        try:
            self.sock.connect(address)
            if family != socket.AF_UNIX:
                self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sock.setblocking(False)
            self.local = self.sock.getsockname()
            self.peer = self.sock.getpeername()
        except BaseException:
            self.sock.close()
            raise
        hub.add(self.sock, self._ready)
        self.secure = secure
        if secure is not None:
            self._handshake(secure)

    def _handshake(self, secure: Secure) -> None:
        self._write(secure.begin())
        self.hub.until(lambda: secure.established or self.end, self.patience)
        if not secure.established:
            self.close()
            raise OSError(secure.error or f"the TLS handshake did not end: {self.end or 'no answer'}")

    def _ready(self, mask: int) -> None:
        if mask & select.POLLOUT and self._writing:
            self._flush()
        if mask & ~select.POLLOUT:
            self._read()

    def _read(self) -> None:
        try:
            data = self.sock.recv(READ)
        except BlockingIOError:
            return
        except OSError:
            self._ended("reset")
            return
        if not data:
            self._ended("eof")
            return
        if self.secure is None:
            self._arrived(data)
            return
        plain, back, over = self.secure.feed(data)
        if back:
            self._write(back)
        if plain:
            self._arrived(plain)
        if over:
            self._ended("reset" if self.secure.error else "eof")

    def _arrived(self, data: bytes) -> None:
        self.buffer += data
        self._count += len(data)
        if len(self.arrivals) < _ARRIVALS:
            self.arrivals.append((time.monotonic(), self._count))
        if self._count > MOST:
            self._ended("reset")  # as far as we are concerned

    def _write(self, data: bytes) -> None:
        """Write as much as the system takes; the rest follows when it takes more."""
        self._out = memoryview(bytes(self._out) + data)
        self._flush()

    def _ended(self, how: str) -> None:
        if not self.end:
            self.end, self.ended = how, time.monotonic()
        self.hub.remove(self.sock)

    def _flush(self) -> None:
        try:
            while self._out:
                self._out = self._out[self.sock.send(self._out) :]
        except BlockingIOError:
            self._watch(writing=True)
            return
        except OSError:
            self._out = memoryview(b"")
            self._read()  # what the server said before it closed
            if not self.end:
                self._ended("reset")
            return
        self._watch(writing=False)

    def _watch(self, writing: bool) -> None:
        if writing != self._writing and not self.end and not self.closed:
            self._writing = writing
            self.hub.add(self.sock, self._ready, writing)

    def send(self, data: bytes, cuts: Sequence[int] = (), pause: float = 0.0) -> bool:
        """Write in pieces cut at these offsets, with `pause` seconds between.

        Returns whether all was taken.
        """
        edges = [0, *sorted({cut for cut in cuts if 0 < cut < len(data)}), len(data)]
        for index, (start, stop) in enumerate(itertools.pairwise(edges)):
            if index and pause:
                self.hub.sleep(pause)
            if self.closed or self.half or (self.end and self.end != "eof"):
                return False
            piece = data[start:stop]
            self._write(self.secure.wrap(piece) if self.secure else piece)
            if not self.hub.until(lambda: not self._out, self.patience):
                return False
        return True

    def response(self, bound: float | None = None) -> http.Response:
        """Read one response, for the oldest request without one."""
        reader = http.Reader(self.methods.pop(0) if self.methods else b"GET")

        def done() -> bool:
            if self.buffer:
                data = bytes(self.buffer)
                self.buffer.clear()
                reader.feed(data)
            if self.end == "eof" and not reader.done:
                reader.feed(b"")
            return reader.done or bool(self.end) or self.closed

        self.hub.until(done, self.patience if bound is None else bound)
        if reader.rest:
            self.buffer[:0] = reader.rest
        return reader.settle("reset" if self.end == "reset" else "")

    def frame(self, bound: float | None = None) -> frames.Frame | None:
        """Read one WebSocket frame, None if none came in time or the connection ended."""
        found: list[frames.Frame] = []

        def done() -> bool:
            frame = frames.parse(self.buffer)
            if frame is not None:
                found.append(frame)
            return bool(found or self.end or self.closed)

        self.hub.until(done, self.patience if bound is None else bound)
        return found[0] if found else None

    def await_end(self, bound: float | None = None) -> str:
        """Wait for the server to end the connection; what else comes stays in the buffer. Returns `end`."""
        self.hub.until(lambda: self.end or self.closed, self.patience if bound is None else bound)
        return self.end

    def refused(self) -> bool:
        """Whether what was not read yet is an error's answer."""
        return self.buffer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5"))

    def half_close(self) -> None:
        """End our direction."""
        self.half = True
        self._say_farewell()
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _say_farewell(self) -> None:
        if self.secure is not None and self.secure.established and not self.end:
            self._write(self.secure.farewell())

    def close(self, reset: bool = False) -> None:
        """Close; with reset the server sees an error instead of an end."""
        if self.closed:
            return
        if not reset and not self.half:
            self._say_farewell()
        self.closed = True
        self.hub.remove(self.sock)
        if reset:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()
