"""Requests that are wrong in one way, and some that are only unusual."""

from __future__ import annotations

from asgisim.wire.cases.parts import ACCEPT, LAST, START, Steps, answered, start

_GET = b"GET / HTTP/1.1\r\nHost: a\r\n"
_POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
_CHUNKED = _POST + b"Transfer-Encoding: chunked\r\n\r\n"
_NEXT = b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
_UPGRADE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: YXNnaXNpbS1hc2dpc2ltIQ==\r\n"
)

# Wrong in one way. What follows the head would be served by a server that read it otherwise.
WRONG: dict[str, bytes] = {
    "length and chunks": _POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + _NEXT,
    "lengths that differ": _POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "lengths that differ, in one line": _POST + b"Content-Length: 3, 4\r\n\r\nabcd",
    "a length with a sign": _POST + b"Content-Length: +3\r\n\r\nabc",
    "a length that is no number": _POST + b"Content-Length: 0x3\r\n\r\nabc",
    "an unknown coding": _POST + b"Transfer-Encoding: x-own, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "a coding after chunked": _POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "no chunked": _POST + b"Transfer-Encoding: gzip\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "chunks of an old client": b"POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + _NEXT,
    "a chunk size that is none": _CHUNKED + b"3\r\nabc\r\nxyz\r\n\r\n0\r\n\r\n",
    "a chunk size with a prefix": _CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n",
    "a chunk without its end": _CHUNKED + b"3\r\nabcdef\r\n0\r\n\r\n",
    "other bytes for the end of a chunk": _CHUNKED + b"3\r\nabcXX0\r\n\r\n",
    "blank before the colon": _GET + b"X-A : 1\r\n\r\n",
    "a folded line": _GET + b"X-A: 1\r\n X-B: 2\r\n\r\n",
    "NUL in a value": _GET + b"X-A: 1\x002\r\n\r\n",
    "a control byte in a value of a handshake": _GET + _UPGRADE + b"X-A: 1\x0bX-B: 2\r\n\r\n",
    "a bare CR": _GET + b"X-A: 1\rX-B: 2\r\n\r\n",
    "bare LFs": b"GET / HTTP/1.1\nHost: a\nX-A: 1\n\n",
    "no host": b"GET / HTTP/1.1\r\nX-A: 1\r\n\r\n",
    "two hosts": _GET + b"Host: b\r\n\r\n",
    "a host that is none": b"GET / HTTP/1.1\r\nHost: a b/c\r\n\r\n",
    "no request line": b"GET /\r\nHost: a\r\n\r\n",
    "bytes beyond ASCII in the target": b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n",
    "bytes beyond ASCII in the query": b"GET /?q=\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n",
    "blanks in the request line": b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
    "another version": b"GET / HTTP/3.0\r\nHost: a\r\n\r\n",
    "a very long target": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "very many headers": _GET + b"".join(b"X-%d: %s\r\n" % (n, b"v" * 700) for n in range(200)) + b"\r\n",
    "a handshake without a key": _GET + _UPGRADE.partition(b"Sec-WebSocket-Key")[0] + b"\r\n",
    "a handshake with a short key": _GET + _UPGRADE.replace(b"YXNnaXNpbS1hc2dpc2ltIQ==", b"YXNn") + b"\r\n",
    "a handshake that is no GET": _POST + _UPGRADE + b"\r\n",
    "a handshake of another version": _GET + _UPGRADE.replace(b": 13", b": 99") + b"\r\n",
}

# Unusual, and every server's to serve.
UNUSUAL: dict[str, bytes] = {
    "an empty line first": b"\r\n" + _GET + b"\r\n",
    "an absolute target": b"GET http://other.example/abs?x=1 HTTP/1.1\r\nHost: a\r\n\r\n",
    "chunk extensions": _CHUNKED + b"3;name=value\r\nabc\r\n0;last\r\n\r\n",
    "trailers of the client": _CHUNKED + b"3\r\nabc\r\n0\r\nX-Late: 1\r\nHost: b\r\n\r\n",
}


def _wrong(data: bytes) -> Steps:
    return [
        ("client", 0, "send", data),
        ("client", 0, "see", {"contains": b"HTTP/1.", "bound": 0.3}),
        ("app", 0, "body", {"bound": 0.05}),
        ("app", 0, "send", [start(200, (b"content-length", b"4")), LAST]),
        ("client", 0, "response", {"bound": 0.3}),
        ("client", 0, "eof", {"bound": 0.3}),
    ]


def _unusual(data: bytes) -> Steps:
    return [
        ("client", 0, "send", data),
        ("app", 0, "body", {"bound": 0.5}),
        *answered(START, LAST),
    ]


_HTTP2 = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
_TOKENS = _UPGRADE.replace(b"websocket\r\n", b"WebSocket\r\n").replace(b": Upgrade", b": keep-alive, upgrade")


def _early(data: bytes) -> Steps:
    """What comes with a handshake, and should wait for its answer. The app takes its time."""
    return [
        ("client", 0, "send", _GET + _UPGRADE + b"\r\n" + data),
        *(("app", 0, "receive", {"bound": 0.5}), ("app", 0, "wait", 0.1)),
        ("app", 0, "send", ACCEPT),
        *(("client", 0, "response", {"bound": 0.5}), ("client", 0, "eof", {"bound": 0.3})),
    ]


CASES: dict[str, Steps] = {
    **{name: _wrong(data) for name, data in WRONG.items()},
    **{name: _unusual(data) for name, data in UNUSUAL.items()},
    "a path that is no UTF-8": _unusual(b"GET /%c0%ff HTTP/1.1\r\nHost: a\r\n\r\n"),
    "bytes behind a last request": _unusual(_GET + b"Connection: close\r\n\r\n" + _NEXT),
    # A server that speaks HTTP/2 may go on in it.
    "an upgrade that nobody has to take": _unusual(_GET + _HTTP2 + b"\r\n"),
    "a frame behind a handshake": _early(b"\x81\x82\0\0\0\0hi"),
    "a byte behind a handshake": _early(b"x"),
    "handshake in other words": [
        ("client", 0, "send", _GET + _TOKENS + b"\r\n"),
        ("app", 0, "receive", {"bound": 0.5}),
        ("app", 0, "return"),
        ("client", 0, "response"),
    ],
}
