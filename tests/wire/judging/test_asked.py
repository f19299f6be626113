"""Requests read from their bytes: what is right, what is odd, and the one thing that is wrong."""

from __future__ import annotations

import random

import pytest

from asgisim.wire.cases.malformed import UNUSUAL, WRONG
from asgisim.wire.judging.asked import TURNS_TO_HTTP2, UNCLEAR, read
from asgisim.wire.judging.refusing import ODD, TABLE

GET = b"GET / HTTP/1.1\r\nHost: a\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
SHAKE = GET + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
KEY = b"Sec-WebSocket-Key: YXNnaXNpbS1hc2dpc2ltIQ==\r\n\r\n"


def test_requests_follow_each_other() -> None:
    data = (
        POST + b"Content-Length: 3\r\n\r\nabc" + GET + b"\r\n" + POST + b"Transfer-Encoding: chunked\r\n\r\n"
    )
    first, second, third = read(data + b"2\r\nde\r\n0\r\nT: 1\r\n\r\n")
    assert (first.method, first.body, first.framing, first.plain) == (b"POST", b"abc", "length", True)
    assert (second.method, second.body, second.framing, second.plain) == (b"GET", b"", "none", True)
    assert (third.body, third.trailers, third.framing) == (b"de", [(b"T", b"1")], "chunked")
    assert third.odd == {"wire.req.chunk-trailers"}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_as_one_rule(name: str) -> None:
    (asked,) = read(WRONG[name])[:1]
    assert len(asked.faults) == 1
    assert asked.faults <= set(TABLE)


@pytest.mark.parametrize("name", UNUSUAL)
def test_what_is_unusual_is_no_fault(name: str) -> None:
    asked = read(UNUSUAL[name])[0]
    assert asked.plain
    assert asked.odd & {*ODD, "wire.req.chunk-trailers"}


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        (POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", {UNCLEAR}),
        (POST + b"Content-Length: \r\n\r\n", {"wire.req.length-syntax"}),
        (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", {UNCLEAR}),
        (b"get / HTTP/1.1\r\nHost: a\r\n\r\n", {UNCLEAR}),
        (b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", {"wire.req.method-token"}),
        (b"GET ?a=b HTTP/1.1\r\nHost: a\r\n\r\n", {UNCLEAR}),
        (b"GET /a|b HTTP/1.1\r\nHost: a\r\n\r\n", {UNCLEAR}),
        (b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", {UNCLEAR}),
        (b"GET / HTTP/1.1\r\n\r\n", {"wire.req.host-missing"}),
        (b"GET / HTTP/1.0\r\n\r\n", set()),
        (b"GET /?" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", {"wire.req.limits"}),
        (b"GET /?" + b"a" * 7000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", set()),
        (GET + b"X: " + b"a" * 9000 + b"\r\n\r\n", {"wire.req.limits"}),
        (GET + b"X: a\x01b\r\n\r\n", {"wire.req.control-bytes"}),
        (GET + b"X: a\0b\r\nContent-Length: x\r\n\r\n", {"wire.req.control-bytes", "wire.req.length-syntax"}),
        (GET + b"Expect: something\r\n\r\n", {UNCLEAR}),
        (GET + b"Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n", {UNCLEAR}),
        (GET + b"Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n", {TURNS_TO_HTTP2}),
        (GET + b"Upgrade: foo/1\r\nConnection: Upgrade\r\n\r\n", set()),
        (CHUNKED + b"3 \r\nabc\r\n0\r\n\r\n", {UNCLEAR}),
        (CHUNKED + b"3 ;a=b\r\nabc\r\n0\r\n\r\n", set()),
        (CHUNKED + b"3;" + b"a" * 5000 + b"\r\nabc\r\n0\r\n\r\n", {UNCLEAR}),
        (CHUNKED + b"0\r\n" + b"T: 1\r\n" * 200 + b"\r\n", {UNCLEAR}),
        (SHAKE + b"Sec-WebSocket-Key: YXNnaXNpbS1hc2dpc2ltIQ==\r\n\r\n", set()),
        (SHAKE + b"Sec-WebSocket-Key: YXNnaXNpbS1hc2dpc2ltIQ\r\n\r\n", {UNCLEAR}),
        (SHAKE + b"Sec-WebSocket-Key: YXNn\r\n\r\n", {"wire.ws.handshake-check"}),
        (SHAKE + b"Sec-WebSocket-Protocol: \r\n" + KEY, {UNCLEAR}),
        (SHAKE + b"Sec-WebSocket-Protocol: a, a\r\n" + KEY, {UNCLEAR}),
        (SHAKE + b"Sec-WebSocket-Protocol: a, b\r\n" + KEY, set()),
        (SHAKE.replace(b"websocket", b"websocket, foo") + KEY, {UNCLEAR}),
        (SHAKE.replace(b": Upgrade", b": close, Upgrade") + KEY, {UNCLEAR}),
    ],
)
def test_faults(data: bytes, faults: set[str]) -> None:
    assert read(data)[0].faults == faults


@pytest.mark.parametrize("end", range(1, 60))
def test_a_request_that_breaks_off_is_neither_wrong_nor_whole(end: int) -> None:
    data = (POST + b"Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n")[:-end]
    for asked in read(data):
        assert not asked.whole
        assert asked.faults <= {UNCLEAR}


def test_any_bytes_can_be_read() -> None:
    alphabet = [
        b"GET ",
        b"/",
        b" HTTP/1.1",
        b"\r\n",
        b"\n",
        b"Host: a",
        b":",
        b" ",
        b"\0",
        b"3",
        b"Content-Length: ",
    ]
    draw = random.Random(1)
    for _ in range(3000):
        for asked in read(b"".join(draw.choice(alphabet) for _ in range(draw.randrange(30)))):
            assert asked.plain or asked.faults or not asked.whole
