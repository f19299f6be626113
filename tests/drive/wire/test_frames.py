"""Frames and requests are written as told, and read as the other side's libraries write them."""

from __future__ import annotations

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage

from asgisim.drive.wire import frames, http


@pytest.mark.parametrize("size", [0, 1, 3, 4, 125, 126, 65535, 65536])
def test_wsproto_reads_what_we_write(size: int) -> None:
    data = bytes(index % 251 for index in range(size))
    server = Connection(ConnectionType.SERVER)
    server.receive_data(frames.compose("binary", data))
    assert [bytes(event.data) for event in server.events()] == [data]  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [0, 125, 126, 65536])
def test_we_read_what_wsproto_writes(size: int) -> None:
    buffer = bytearray(Connection(ConnectionType.SERVER).send(BytesMessage(data=b"x" * size)))
    whole = bytes(buffer)
    for cut in (1, 2, 3):
        assert frames.parse(bytearray(whole[:cut])) is None or size == 0
    frame = frames.parse(buffer)
    assert frame == frames.Frame(
        2, b"x" * size, True, False, 0, 1 if size < 126 else 2 if size < 65536 else 8
    )
    assert not buffer


def test_masked_frames_are_unmasked_and_odd_ones_are_kept() -> None:
    client = Connection(ConnectionType.CLIENT)
    raw = client.send(TextMessage(data="né")) + client.send(Ping(payload=b"p"))
    buffer = bytearray(raw + client.send(CloseConnection(code=4001, reason="r")))
    text, ping, close = (frames.parse(buffer) for _ in range(3))
    assert text is not None
    assert (text.data, text.masked) == ("né".encode(), True)
    assert ping is not None
    assert (ping.opcode, ping.data) == (9, b"p")
    assert close is not None
    assert (close.code, close.data[2:]) == (4001, b"r")
    odd = frames.parse(bytearray(frames.compose(11, b"x", fin=False, mask=False, rsv=5, size=8)))
    assert odd == frames.Frame(11, b"x", False, False, 5, 8)


def test_a_request_is_composed_as_told() -> None:
    assert http.compose() == b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert http.compose(b"POST", body=b"ab", host=None) == b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab"
    chunked = http.compose(
        b"POST", chunks=[b"ab", b"", b"c"], trailers=[(b"T", b"1")], headers=[(b"host", b"h")]
    )
    assert chunked.endswith(b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nT: 1\r\n\r\n")
    assert b"Host: localhost" not in chunked


ANSWER = (
    b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
    b"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nset-cookie: b\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"2\r\nhi\r\n0\r\nT: 1\r\n\r\n"
)


@pytest.mark.parametrize("step", [1, 7, len(ANSWER) + 4])
def test_a_response_is_read_in_any_pieces(step: int) -> None:
    reader = http.Reader(b"GET")
    data = ANSWER + b"next"
    for start in range(0, len(data), step):
        reader.feed(data[start : start + step])
    read = reader.settle()
    assert (read.status, read.body, read.framing, read.complete) == (200, b"hi", "chunked", True)
    assert read.headers[:2] == [(b"Set-Cookie", b"a"), (b"set-cookie", b"b")]
    assert read.trailers == [(b"T", b"1")]
    assert read.informational == [(103, [(b"Link", b"a")])]
    assert reader.rest == b"next"
    assert read.raw == ANSWER


@pytest.mark.parametrize(
    ("data", "framing", "complete", "broken"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", "length", False, "eof"),
        (b"HTTP/1.1 200 OK\r\n\r\nab", "close", True, ""),
        (b"HTTP/1.1 204 No\r\n\r\n", "none", True, ""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "chunked", False, "eof"),
        (b"HTTP/1.1 200 OK\r\n", "", False, "eof"),
    ],
)
def test_how_a_response_ends_is_told(data: bytes, framing: str, complete: bool, broken: str) -> None:
    reader = http.Reader(b"GET")
    reader.feed(data)
    reader.feed(b"")
    read = reader.settle()
    assert (read.framing, read.complete, read.broken) == (framing, complete, broken)


def test_a_malformed_response_is_told() -> None:
    reader = http.Reader(b"GET")
    reader.feed(b"nonsense\r\n\r\n")
    assert "illegal status line" in reader.settle().broken
