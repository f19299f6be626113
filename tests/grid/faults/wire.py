"""Servers that read or write other bytes."""

from __future__ import annotations

from tests.grid.faulty import Fault
from tests.mutants.servers.parts import reads, writes


def _line_out(data: bytes, name: bytes) -> bytes:
    head, gap, rest = data.partition(b"\r\n\r\n")
    if not data.startswith(b"HTTP/"):
        return data
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(name + b":")]
    return b"\r\n".join(lines) + gap + rest


GOOD_ONE = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"


def _mended(data: bytes) -> bytes:
    """A handshake with all that belongs to it."""
    if b"Upgrade: websocket" not in data:
        return data
    line = b"GET " + data.split(b" ")[1] + b" HTTP/1.1\r\n"
    headers = b"Host: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    return line + headers + b"Sec-WebSocket-Key: YXNnaXNpbS1hc2dpc2ltIQ==\r\n\r\n"


WIRE: list[Fault] = [
    Fault("no date", kind=writes(lambda data: _line_out(data, b"date"))),
    Fault(
        "answers named",
        kind=writes(
            lambda data: (
                data.replace(b"\r\n\r\n", b"\r\nserver: own\r\n\r\n", 1)
                if data.startswith(b"HTTP/")
                else data
            )
        ),
    ),
    Fault(
        "names as in Content-Type",
        kind=writes(
            lambda data: data.replace(b"\r\ncontent-", b"\r\nContent-").replace(b"\r\ndate", b"\r\nDate")
        ),
    ),
    Fault("reason phrases", kind=writes(lambda data: data.replace(b" 599 \r\n", b" 599 Odd\r\n"))),
    Fault(
        "both framings",
        kind=writes(
            lambda data: (
                data.replace(b"\r\n\r\n", b"\r\ntransfer-encoding: chunked\r\n\r\n", 1)
                if data.startswith(b"HTTP/") and b"content-length" in data
                else data
            )
        ),
    ),
    Fault(
        "framing of 204",
        kind=writes(
            lambda data: (
                data.replace(b"\r\n\r\n", b"\r\ncontent-length: 0\r\n\r\n", 1)
                if data.startswith(b"HTTP/1.1 204")
                else data
            )
        ),
    ),
    Fault(
        "a body after 204 and 304",
        kind=writes(
            lambda data: data + b"oops" if data.startswith((b"HTTP/1.1 204", b"HTTP/1.1 304")) else data
        ),
    ),
    Fault(
        "wrong proof",
        kind=writes(lambda data: data.replace(b"sec-websocket-accept: ", b"sec-websocket-accept: x")),
    ),
    Fault(
        "names of headers without colon",
        kind=writes(
            lambda data: (
                data.replace(b"\r\n\r\n", b"\r\nodd\r\n\r\n", 1) if data.startswith(b"HTTP/") else data
            )
        ),
    ),
    Fault("requests end at the first segment", kind=reads(lambda data: data if b"\r\n" in data else b"")),
    Fault("chunk extensions are data", kind=reads(lambda data: data.replace(b"3;a=b\r\nabc", b"3\r\nXXX"))),
    Fault("upper hex is another", kind=reads(lambda data: data.replace(b"A\r\n0123456789", b"5\r\n01234"))),
    Fault(
        "trailers are data",
        kind=reads(lambda data: data.replace(b"0\r\nX-T: 1\r\n\r\n", b"1\r\nT\r\n0\r\n\r\n")),
    ),
    Fault(
        "pongs with other data",
        kind=writes(lambda data: data.replace(b"\x8a\x0dare you there", b"\x8a\x0dare you here?")),
    ),
    Fault("every request is a good one", kind=reads(lambda data: GOOD_ONE if b"\r\n" in data else data)),
    Fault("every handshake is a good one", kind=reads(_mended)),
]
