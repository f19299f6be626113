"""One connection's socket: read ahead, so that a client's leaving is seen at once; written under a lock."""

from __future__ import annotations

import socket
import struct

import anyio

READ_AHEAD = 256 * 1024  # bytes kept unread by anybody before we stop reading


class ClientGone(OSError):
    """The client has left: raised by send from then on, as the HTTP and WebSocket specifications ask."""


class Link:
    """A connected socket. inbox holds what came and was not taken; eof tells that no more will come."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.inbox = bytearray()
        self.eof = False
        self.broken = False  # nothing more can be written
        self.finished = False  # we have ended our direction
        self.gone = anyio.Event()
        self._changed = anyio.Event()
        self._lock = anyio.Lock()

    async def change(self) -> None:
        """Wait until something has come, was taken, or the client has left."""
        await self._changed.wait()

    def notify(self) -> None:
        """Wake all who wait for a change."""
        self._changed.set()
        self._changed = anyio.Event()

    def take(self, most: int = READ_AHEAD * 2) -> bytes:
        """What is in the inbox, up to so many bytes."""
        data = bytes(self.inbox[:most])
        del self.inbox[:most]
        self.notify()
        return data

    def give_back(self, data: bytes) -> None:
        """Put what was taken too much before the rest."""
        self.inbox[:0] = data

    async def read_forever(self) -> None:
        """Fill the inbox until the client ends its direction or is lost."""
        while not self.eof:
            while len(self.inbox) >= READ_AHEAD:
                await self.change()
            await anyio.wait_readable(self.sock)
            try:
                data = self.sock.recv(65536)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
                self.broken = True
            if data:
                self.arrived(data)
            else:
                self._leave()
            self.notify()

    def arrived(self, data: bytes) -> None:
        """Bytes of the client have come."""
        self.inbox += data

    def _leave(self) -> None:
        self.eof = True
        self.gone.set()
        self.notify()

    async def write(self, data: bytes) -> None:
        """Hand all bytes to the system. Raises ClientGone if that cannot be done."""
        async with self._lock:
            rest = memoryview(data)
            try:
                while rest:
                    if self.broken or self.finished:
                        raise ClientGone("the client has left")
                    rest = rest[await self._write_some(rest) :]
            except OSError as error:
                self.broken = True
                self._leave()
                raise ClientGone("the client has left") from error
            except BaseException:
                self.broken = True  # cancelled in the middle of a message: it cannot be mended
                raise

    async def _write_some(self, data: memoryview) -> int:
        try:
            return self.sock.send(data)
        except BlockingIOError:
            pass
        async with anyio.create_task_group() as group:
            group.start_soon(self._cancel_when_gone, group.cancel_scope)
            await anyio.wait_writable(self.sock)
            group.cancel_scope.cancel()
        if self.eof:
            raise ClientGone("the client has left while send was waiting")
        return 0

    async def _cancel_when_gone(self, scope: anyio.CancelScope) -> None:
        await self.gone.wait()
        scope.cancel()

    def finish(self) -> None:
        """End our direction: the client sees the end of the stream after what was written."""
        if not self.finished:
            self.finished = True
            try:
                self.sock.shutdown(socket.SHUT_WR)
            except OSError:
                self.broken = True

    def reset(self) -> None:
        """Close so that the client sees an error instead of an end."""
        self.broken = self.finished = True
        try:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass

    async def drain(self, seconds: float) -> None:
        """Throw away what still comes: closing with unread bytes would destroy our last answer on its way."""
        with anyio.move_on_after(seconds):
            while not self.eof:
                self.take()
                await self.change()
