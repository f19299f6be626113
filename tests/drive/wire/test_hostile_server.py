"""Servers that mean harm: what they send is read up to a bound, in bytes and in seconds."""

from __future__ import annotations

import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from asgisim.drive.wire import client as wire_client
from asgisim.drive.wire import frames
from asgisim.drive.wire.client import MOST, Client
from asgisim.drive.wire.hub import Hub

BOUND = 3.0
Serve = Callable[[socket.socket], None]


def endlessly(head: bytes, part: bytes, pause: float = 0.0) -> Serve:
    """Send the head and then the part again and again, until nobody takes it any more."""

    def serve(sock: socket.socket) -> None:
        sock.sendall(head)
        while True:
            sock.sendall(part)
            if pause:
                time.sleep(pause)

    return serve


def silent(sock: socket.socket) -> None:
    while sock.recv(1000):
        pass


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Serve], Client]]:
    monkeypatch.setattr(wire_client, "MOST", MOST // 16)  # the same, sooner
    listener = socket.create_server(("127.0.0.1", 0))
    made: list[Client] = []
    accepted: list[socket.socket] = []

    def connect(serve: Serve) -> Client:
        def work() -> None:
            sock, _ = listener.accept()
            accepted.append(sock)
            try:
                serve(sock)
            except OSError:
                pass

        threading.Thread(target=work, daemon=True).start()
        made.append(Client(Hub(), listener.getsockname(), BOUND))
        made[-1].methods.append(b"GET")
        return made[-1]

    yield connect
    for one in made:
        one.close()
    for sock in accepted:
        sock.close()
    listener.close()


OK = b"HTTP/1.1 200 OK\r\n"
RESPONSES = {
    "endless headers": endlessly(OK, b"a: b\r\n" * 1000),
    "an endless header": endlessly(OK + b"a: ", b"b" * 10_000),
    "an endless status line": endlessly(b"HTTP/1.1 200 ", b"b" * 10_000),
    "gigabytes by length": endlessly(OK + b"content-length: 99999999999\r\n\r\n", b"b" * 100_000),
    "gigabytes in chunks": endlessly(
        OK + b"transfer-encoding: chunked\r\n\r\n", b"2710\r\n" + b"b" * 10_000 + b"\r\n"
    ),
    "gigabytes until the end": endlessly(OK + b"\r\n", b"b" * 100_000),
    "one endless chunk": endlessly(OK + b"transfer-encoding: chunked\r\n\r\nffffffffff\r\n", b"b" * 100_000),
    "endless 100": endlessly(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "endless trailers": endlessly(OK + b"transfer-encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n" * 1000),
    "endless zeros": endlessly(b"", b"\0" * 100_000),
    "a slow drip": endlessly(OK, b"a", 0.05),
    "nothing": silent,
}


@pytest.mark.parametrize("serve", RESPONSES.values(), ids=RESPONSES)
def test_a_response_has_bounds(connect: Callable[[Serve], Client], serve: Serve) -> None:
    client = connect(serve)
    tracemalloc.start()
    try:
        began = time.monotonic()
        response = client.response(BOUND)
        assert time.monotonic() - began < 20 * BOUND  # on any machine; what has no bound would go on for ever
        assert not response.complete
        assert len(response.raw) <= MOST // 16 + (1 << 19)
        assert tracemalloc.get_traced_memory()[1] < 10 * MOST // 16
    finally:
        tracemalloc.stop()


FRAMES = {
    "a frame of an exabyte": endlessly(b"\x82\x7f" + b"\x0f" * 8, b"b" * 100_000),
    "zeros": endlessly(b"", b"\0" * 100_000),
    "a masked frame of megabytes": endlessly(b"\x82\xff" + (3_000_000).to_bytes(8, "big"), b"abcd" * 100_000),
    "nothing": silent,
}


@pytest.mark.parametrize("serve", FRAMES.values(), ids=FRAMES)
def test_frames_have_bounds(connect: Callable[[Serve], Client], serve: Serve) -> None:
    client = connect(serve)
    began = time.monotonic()
    deadline = began + BOUND
    while client.frame(max(0.0, deadline - time.monotonic())) is not None:
        pass
    assert time.monotonic() - began < 20 * BOUND
    assert len(client.buffer) <= MOST // 16 + (1 << 19)


def test_an_end_is_awaited_no_longer_than_asked(connect: Callable[[Serve], Client]) -> None:
    client = connect(endlessly(b"", b"b" * 100_000))
    assert client.await_end(BOUND) == "reset"


def test_what_is_masked_is_unmasked() -> None:
    for size in (0, 1, 3, 4, 5, 1000):
        data = bytes(index % 251 for index in range(size))
        frame = frames.parse(bytearray(frames.compose("binary", data)))
        assert frame is not None
        assert frame.masked
        assert frame.data == data
