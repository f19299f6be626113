"""Requests that are wrong, or odd, in one way: heads, framing, targets, handshakes, and how they are sent.

Each kind is a builder of bytes out of choices, 0 the simplest. Whether a request must be refused, and what
happens with those where the text is open, is the judge's business, who reads the bytes on his own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

Choose = Callable[[int], int]
Steps = list[tuple[Any, ...]]
Line = tuple[bytes, bytes]
T = TypeVar("T")

HOST = (b"Host", b"localhost")
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"  # bytes that must never become a request
_OK = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]}
_LAST = {"type": "http.response.body", "body": b"last"}
ANSWER: Steps = [
    ("app", 0, "body"),
    ("app", 0, "send", [_OK, _LAST]),
    ("app", 0, "return"),
    ("client", 0, "response"),
]


def head(
    lines: Iterable[Line] = (),
    method: bytes = b"GET",
    target: bytes = b"/",
    version: bytes = b"HTTP/1.1",
    host: Sequence[Line] = (HOST,),
) -> bytes:
    """A head as told."""
    told = b"".join(b"%s: %s\r\n" % line for line in (*host, *lines))
    return b"%s %s %s\r\n%s\r\n" % (method, target, version, told)


def _one(choose: Choose, values: Sequence[T]) -> T:
    return values[choose(len(values))]


def _post(*lines: Line, body: bytes = b"", version: bytes = b"HTTP/1.1") -> bytes:
    return head(lines, b"POST", version=version) + body


# --- lengths and codings ---------------------------------------------------------------------------

_LENGTHS: tuple[tuple[bytes, ...], ...] = (
    *((b"3", b"3"), (b"3", b"4"), (b"4", b"3"), (b"3, 3",), (b"3, 4",), (b"3,",), (b"+3",), (b"-3",)),
    *((b"0x3",), (b"",), (b"3a",), (b"3;a",), (b"003",), (b"3.0",), (b"3 0",), (b"\xb3",), (b"1_0",)),
    *((b"99999999999999999999",), (b"18446744073709551619",), (b"4294967299",), (b"3", b"3", b"4")),
    (b"0", b"%d" % len(HIDDEN)),
)


def lengths(choose: Choose) -> bytes:
    """Content-lengths that are repeated, contradict each other or are no numbers."""
    values = _one(choose, _LENGTHS)
    name = _one(choose, (b"Content-Length", b"content-length", b"CONTENT-LENGTH"))
    body = HIDDEN if values[0] == b"0" else b"abc"
    return _post(*((name, value) for value in values), body=body)


_CHUNKED = b"3\r\nabc\r\n0\r\n\r\n"
_CODINGS: tuple[tuple[bytes, ...], ...] = (
    *((b"chunked, chunked",), (b"xchunked",), (b"gzip",), (b"identity",), (b"gzip, chunked",)),
    *((b"chunked, gzip",), (b"chunked, identity",), (b"identity, chunked",), (b"chunked;q=1",)),
    *((b"chunked", b"chunked"), (b"gzip", b"chunked"), (b"",), (b",chunked",), (b"chunked,",)),
    *((b"Chunked",), (b"CHUNKED",), (b"\x0bchunked",), (b"chunked\x0c",), (b'"chunked"',), (b"chunke",)),
    *((b"cow",), (b"cow, chunked",), (b"chunked\x00",)),
)


def codings(choose: Choose) -> bytes:
    """Transfer codings that are unknown, misplaced, repeated or oddly written."""
    values = _one(choose, _CODINGS)
    body = _one(choose, (_CHUNKED, _CHUNKED + HIDDEN, HIDDEN))
    return _post(*((b"Transfer-Encoding", value) for value in values), body=body)


def both(choose: Choose) -> bytes:
    """A length and a coding in one request, in either order, with bytes that the one or the other leaves."""
    lines = [
        (b"Transfer-Encoding", b"chunked"),
        (b"Content-Length", _one(choose, (b"3", b"13", b"60", b"0"))),
    ]
    lines = lines if choose(2) else lines[::-1]
    body = _one(choose, (_CHUNKED, _CHUNKED + HIDDEN, b"0\r\n\r\n" + HIDDEN))
    return _post(*lines, body=body)


def old_chunked(choose: Choose) -> bytes:
    """Chunks in HTTP/1.0."""
    alive = [(b"Connection", b"keep-alive")] if choose(2) else []
    return _post((b"Transfer-Encoding", b"chunked"), *alive, body=_CHUNKED, version=b"HTTP/1.0")


_SIZES = (
    *(b"03", b"3;a", b"3;a=b", b'3;a="b;c"', b"3 ", b" 3", b"3\t", b"0x3", b"+3", b"-3", b"g", b"", b"3_"),
    *(b"3 3", b"0000000000000003", b"100000000000000003", b"FFFFFFFFFFFFFFFF", b"3;a\n", b"3;\x00"),
    *(b"3;" + b"a" * 5000, b"3\x0b", b"\xb3", b"3h"),
)


def sizes(choose: Choose) -> bytes:
    """Sizes of chunks in all forms."""
    body = _one(choose, _SIZES) + b"\r\nabc\r\n0\r\n\r\n"
    return _post((b"Transfer-Encoding", b"chunked"), body=body)


_CHUNK_BODIES = (
    *(b"3\nabc\n0\n\n", b"3\r\nabc\n0\r\n\r\n", b"3\r\nabc0\r\n\r\n", b"3\r\nabcd\r\n0\r\n\r\n"),
    b"3\r\nabcXX0\r\n\r\n",
    *(b"4\r\nabc\r\n0\r\n\r\n", b"3\r\nabc\r\n0\r\n", b"3\r\nabc\r\n", b"3\r\nabc\r\n0\r\n\r\nxyz"),
    *(b"3\r\nabc\r\n0\r\nT: 1\r\n\r\n", b"3\r\nabc\r\n0\r\nno colon\r\n\r\n", b"3\rabc\r0\r\r"),
    *(
        b"3\r\nabc\r\n0\r\nT : 1\r\n\r\n",
        b"3\r\nabc\r\n0\r\nContent-Length: 9\r\n\r\n",
        b"\r\n3\r\nabc\r\n0\r\n\r\n",
    ),
    *(
        b"3\r\nabc\r\n00000\r\n\r\n",
        b"3\r\nabc\r\n0;x=y\r\n\r\n",
        b"3\r\nabc\r\n\r\n0\r\n\r\n",
        b"0\r\n\r\n" + HIDDEN[:0],
    ),
    *(
        b"3\r\nabc\r\n0\r\n" + b"T: 1\r\n" * 200 + b"\r\n",
        b"3\r\nabc\r\n0\r\nT: \x00\r\n\r\n",
        b"3\r\r\nabc\r\n0\r\n\r\n",
    ),
)


def chunks(choose: Choose) -> bytes:
    """Chunks whose lines, data, ends or trailers are not as they should be."""
    return _post((b"Transfer-Encoding", b"chunked"), body=_one(choose, _CHUNK_BODIES))


# --- lines ------------------------------------------------------------------------------------------

_RAW_LINES = (
    *(
        b"X : 1\r\n",
        b"X\t: 1\r\n",
        b"X:1\r\n",
        b"X:\r\n",
        b"X: \t1\t \r\n",
        b"X: 1\r\n 2\r\n",
        b"X: 1\r\n\t2\r\n",
    ),
    *(
        b"X: 1\r\n \r\n",
        b"no colon\r\n",
        b": 1\r\n",
        b"X Y: 1\r\n",
        b"X(: 1\r\n",
        b"X\x00: 1\r\n",
        b"X\x7f: 1\r\n",
    ),
    *(
        b"X: a\x00b\r\n",
        b"X: a\rb\r\n",
        b"X: a\x01b\r\n",
        b"X: a\x7fb\r\n",
        b"X: caf\xc3\xa9\r\n",
        b"X\xe9: 1\r\n",
    ),
    *(
        b"X: 1\n",
        b"X: 1\nY: 2\r\n",
        b"X: 1\r\r\n",
        b'"X": 1\r\n',
        b"X\r\n: 1\r\n",
        b"X@: 1\r\n",
        b"X[]: 1\r\n",
    ),
    *(
        b"X_Y: 1\r\nX-Y: 2\r\n",
        b"\x0bX: 1\r\n",
        b"X:: 1\r\n",
        b"X: " + b"v" * 7000 + b"\r\n",
        b"X: \x80\xff\r\n",
    ),
    *(
        b"X: " + b"v" * 70_000 + b"\r\n",
        b"n" * 9000 + b": 1\r\n",
        b"X: 1\r\n" * 120,
        b"X: 1\r\n" * 3000,
        b"\r\r\n",
    ),
)


def lines(choose: Choose) -> bytes:
    """One header line that is malformed or odd, at the begin or the end of the head."""
    line = _one(choose, _RAW_LINES)
    rest = b"Host: localhost\r\n"
    return b"GET / HTTP/1.1\r\n" + (rest + line if choose(3) < 2 else line + rest) + b"\r\n"


def bare(choose: Choose) -> bytes:
    """Line ends without their CR, all of them or the last."""
    whole = head([(b"X-A", b"1")])
    forms = (
        whole.replace(b"\r\n", b"\n"),
        whole[:-2] + b"\n",
        whole.replace(b"\r\n", b"\n", 1),
        whole.replace(b"\r\n", b"\r"),
        whole.replace(b"\r\n", b"\r\r\n"),
    )
    return _one(choose, forms)


_FIRST = (
    *(b"get / HTTP/1.1", b"FOO / HTTP/1.1", b"GE(T / HTTP/1.1", b" / HTTP/1.1", b"GET  / HTTP/1.1", b"GET /"),
    *(b"GET\t/ HTTP/1.1", b"GET / HTTP/1.1 ", b"GET /  HTTP/1.1", b"GET / HTTP/1.1 x", b"GET / HTTP/2.0"),
    *(b"GET / HTTP/1.2", b"GET / HTTP/0.9", b"GET / http/1.1", b"GET / HTTP/1.10", b"GET / HTTP/11"),
    *(b"GET / HTTP/1", b"GET / HTTP/1,1", b"GET / HTTP/3.0", b"GET / XTTP/1.1", b"GET / HTTP /1.1", b"GET"),
    *(b" GET / HTTP/1.1", b"G\x00T / HTTP/1.1", b"\xc9T / HTTP/1.1", b"PRI * HTTP/2.0", b"GET / HTTP/1.1\r"),
    *(b"M" * 40 + b" / HTTP/1.1", b"M" * 9000 + b" / HTTP/1.1", b"GET / HTTP/9.9", b"PROPFIND / HTTP/1.1"),
)


def first(choose: Choose) -> bytes:
    """Request lines: methods, versions and blanks."""
    return _one(choose, _FIRST) + b"\r\nHost: localhost\r\n\r\n"


_TARGETS = (
    *(b"http://localhost/abs?x=1", b"http://other.example/abs", b"HTTP://LOCALHOST/abs", b"http://localhost"),
    *(
        b"https://localhost/abs",
        b"*",
        b"a",
        b"/a#b",
        b"/caf\xc3\xa9",
        b"/a b",
        b"/a\x00b",
        b"/%zz",
        b"/%",
        b"/%2",
    ),
    *(
        b"?a=b",
        b"/a\\b",
        b"//a//b",
        b"/../../etc",
        b"/" + b"a" * 9000,
        b"/" + b"a" * 70_000,
        b"/%00",
        b"/a\x7f",
    ),
    *(
        b"localhost:80",
        b"http://a@localhost/x",
        b"/?" + b"a" * 9000,
        b"/a|b^{c}",
        b"/%ff%fe",
        b"/a?b?c#d",
        b"/%C3",
    ),
    *(b"http://localhost:99999/", b"http:///x", b"/\xff"),
)


def targets(choose: Choose) -> bytes:
    """Targets in all forms, and some that are none."""
    return head(method=_one(choose, (b"GET", b"GET", b"OPTIONS", b"CONNECT")), target=_one(choose, _TARGETS))


_HOSTS: tuple[tuple[Line, ...], ...] = (
    (),
    (HOST, HOST),
    (HOST, (b"Host", b"other")),
    *(
        ((b"Host", value),)
        for value in (b"", b"a b", b"a, b", b"a/b", b"localhost:80", b"localhost:", b"[::1]")
    ),
    *(
        ((b"Host", value),)
        for value in (b"localhost:x", b"caf\xe9", b"a@b", b"[::1", b"a#b", b"A" * 300, b"_a")
    ),
)


def hosts(choose: Choose) -> bytes:
    """Hosts: none, many, and what is none."""
    return head(host=_one(choose, _HOSTS), version=_one(choose, (b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0")))


def before(choose: Choose) -> bytes:
    """What comes before the request line."""
    return (
        _one(choose, (b"\r\n", b"\r\n\r\n", b"\n", b"\r", b" ", b"\x00", b"\xef\xbb\xbf", b"\r\n" * 20))
        + head()
    )


_ASIDE: tuple[tuple[Line, ...], ...] = (
    ((b"Connection", b"close"),),
    ((b"Connection", b"x, Close"),),
    ((b"Connection", b"keep-alive"),),
    ((b"Connection", b"close, keep-alive"),),
    ((b"Upgrade", b"foo/1"), (b"Connection", b"Upgrade")),
    (
        (b"Upgrade", b"h2c"),
        (b"Connection", b"Upgrade, HTTP2-Settings"),
        (b"HTTP2-Settings", b"AAMAAABkAAQAAP__"),
    ),
    ((b"Expect", b"foo"),),
    ((b"Te", b"trailers"),),
    ((b"Content-Type", b"text/plain"), (b"Content-Type", b"text/html")),
    ((b"Cookie", b"a=1"), (b"Cookie", b"b=2")),
    ((b"Range", b"bytes=0-1"),),
    ((b"Accept-Encoding", b"gzip, br"),),
    ((b"X-Forwarded-For", b"192.0.2.1"), (b"X-Forwarded-Proto", b"https"), (b"X-Forwarded-Host", b"evil")),
    ((b"Daphne-Root-Path", b"/root"),),
    ((b"Proxy", b"http://192.0.2.1"),),
)


def aside(choose: Choose) -> bytes:
    """Headers that mean something to servers, with a body or none, on either version."""
    told = _one(choose, _ASIDE)
    body = (b"", b"abc")[choose(2)]
    length = ((b"Content-Length", b"3"),) if body else ()
    version = _one(choose, (b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0"))
    return head((*told, *length), b"POST" if body else b"GET", version=version) + body


KINDS: dict[str, Callable[[Choose], bytes]] = {
    "lengths": lengths,
    "codings": codings,
    "length and coding": both,
    "chunks in HTTP/1.0": old_chunked,
    "chunk sizes": sizes,
    "chunks": chunks,
    "lines": lines,
    "line ends": bare,
    "request lines": first,
    "targets": targets,
    "hosts": hosts,
    "before the request": before,
    "headers with a meaning": aside,
}


# --- how they are sent -------------------------------------------------------------------------------


def cuts(choose: Choose, size: int) -> dict[str, Any]:
    """How so many bytes are cut into segments: not at all, at any one place, at many, at each byte."""
    how = choose(5)
    if how == 0 or size < 2:
        return {}
    if how == 4 and size <= 120:
        return {"cuts": list(range(1, size))}
    places = sorted({1 + choose(size - 1) for _ in range(1 if how < 3 else 6)})
    return {"cuts": places, "pause": (0.0, 0.002, 0.01)[choose(3)]}


def request(choose: Choose) -> Steps:
    """One request that is wrong or odd, sent in any way; then what comes of it."""
    kinds = list(KINDS)
    raw = KINDS[kinds[choose(len(kinds))]](choose)
    told: dict[str, Any] = {"data": raw, **(cuts(choose, len(raw)) if choose(3) == 2 else {})}
    steps: Steps = [("client", 0, "send", told)]
    end = choose(10)
    if end == 9:
        steps.append(("client", 0, "half"))
    return [*steps, *ANSWER, ("client", 0, "eof")]


def unfinished(choose: Choose) -> Steps:
    """A request that never ends, is broken off, or waits for leave to go on."""
    kind = choose(4)
    if kind == 0:
        lead = [(b"Content-Length", b"9"), (b"Expect", _one(choose, (b"100-continue", b"100-Continue")))]
        version = (b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0")[choose(3)]
        first_part: Steps = [("client", 0, "send", head(lead, b"POST", version=version))]
        if choose(2):
            first_part += [("app", 0, "receive", {"bound": 0.3}), ("client", 0, "see", {"bound": 0.3})]
        return [*first_part, ("client", 0, "send", b"123456789"), *ANSWER]
    whole = (
        head() if choose(3) == 2 else _post((b"Content-Length", b"9"), body=b"123456789"),
        _post((b"Transfer-Encoding", b"chunked"), body=b"9\r\n123456789\r\n0\r\n\r\n"),
    )[choose(2)]
    part = whole[: 1 + choose(len(whole) - 1)]
    how = _one(choose, ("half", "reset", "close", "half"))
    steps: Steps = [("client", 0, "send", {"data": part, **cuts(choose, len(part))})]
    if kind == 1:
        return [
            *steps,
            ("client", 0, how),
            ("app", 0, "receive"),
            ("app", 0, "receive"),
            ("app", 0, "return"),
        ]
    if kind == 2:
        return [
            *steps,
            ("app", 0, "receive"),
            ("client", 0, how),
            ("app", 0, "receive"),
            ("app", 0, "return"),
        ]
    return [*steps, ("app", 0, "called"), *ANSWER[1:], ("client", 0, "eof")]


def behind(choose: Choose) -> Steps:
    """Two requests in one writing, the first odd: whatever is made of it, the second is not torn."""
    kind = _one(choose, (aside, targets, bare, first, before))
    raw = kind(choose) + HIDDEN
    told: dict[str, Any] = {"data": raw, **(cuts(choose, len(raw)) if choose(2) else {})}
    second: Steps = [("app", 1, "send", [_OK, _LAST]), ("app", 1, "return"), ("client", 0, "response")]
    return [("client", 0, "send", told), *ANSWER, *second, ("client", 0, "eof")]


# --- handshakes ----------------------------------------------------------------------------------------

_GOOD: dict[str, Any] = {}
_HANDSHAKES: tuple[dict[str, Any], ...] = (
    _GOOD,
    {"key": None},
    {"key": b"abc"},
    {"key": b""},
    {"key": b"*" * 24},
    {"key": b"YXNnaXNpbS1hc2dpc2ltIQ"},
    {"headers": [(b"Sec-WebSocket-Key", b"YXNnaXNpbS1hc2dpc2ltIQ==")]},
    {"ws_version": b"14"},
    {"ws_version": None},
    {"ws_version": b"8"},
    {"ws_version": b"12"},
    {"ws_version": b"13, 8"},
    {"ws_version": b"x"},
    {"headers": [(b"Sec-WebSocket-Version", b"8")]},
    {"method": b"POST"},
    {"method": b"HEAD"},
    {"version": b"1.0"},
    {"host": None},
    {"body": b"hello", "method": b"GET"},
    {"subprotocols": [b""]},
    {"subprotocols": [b"a b"]},
    {"subprotocols": [b"a,,b"]},
    {"subprotocols": [b"a", b"a"]},
    {"extensions": b"permessage-deflate; client_max_window_bits"},
    {"extensions": b"foo"},
    {"headers": [(b"Origin", b"http://localhost")]},
    {"headers": [(b"Daphne-Root-Path", b"/root")]},
    {"headers": [(b"X-Forwarded-Proto", b"https"), (b"X-Forwarded-For", b"192.0.2.1")]},
    {"subprotocols": [b"caf\xe9"]},
    {"headers": [(b"Cookie", b"a=1")], "target": b"/%C3%A9/%2F?q=%FF"},
)
_UPGRADES: tuple[tuple[Line, ...], ...] = (
    ((b"Upgrade", b"WebSocket"), (b"Connection", b"keep-alive, Upgrade")),
    ((b"upgrade", b"WEBSOCKET"), (b"connection", b"UPGRADE")),
    ((b"Upgrade", b"websocket, foo"), (b"Connection", b"Upgrade")),
    ((b"Upgrade", b"foo"), (b"Connection", b"Upgrade")),
    ((b"Upgrade", b"websocket"),),
    ((b"Connection", b"Upgrade"),),
    ((b"Upgrade", b"websocket"), (b"Connection", b"close, Upgrade")),
    ((b"Upgrade", b"websocket"), (b"Connection", b"keep-alive"), (b"Connection", b"Upgrade")),
)
ACCEPT: Steps = [
    ("app", 0, "receive"),
    ("app", 0, "send", {"type": "websocket.accept"}),
    ("client", 0, "response"),
]


def handshake(choose: Choose) -> Steps:
    """Handshakes, good and bad, in any segments, now and then with the first frame behind them."""
    if choose(3) == 2:
        key = [(b"Sec-WebSocket-Key", b"YXNnaXNpbS1hc2dpc2ltIQ=="), (b"Sec-WebSocket-Version", b"13")]
        raw = head((*_one(choose, _UPGRADES), *key))
        raw += (b"", b"", b"", b"x", b"\x81\x80\x00\x00\x00\x00")[choose(5)]
        return [("client", 0, "send", {"data": raw, **cuts(choose, len(raw))}), *ACCEPT, ("client", 0, "eof")]
    told = dict(_one(choose, _HANDSHAKES))
    told.update(cuts(choose, 150) if choose(3) == 2 else {})
    return [("client", 0, "handshake", told), *ACCEPT, ("client", 0, "eof")]


# --- frames ------------------------------------------------------------------------------------------

_CUT = b"caf\xc3"  # the last character is not whole
_FRAMES: tuple[tuple[dict[str, Any], ...], ...] = (
    *(({"opcode": number, "data": b"x"},) for number in (3, 7, 11, 15)),
    *(({"opcode": "text", "data": b"x", "rsv": bits},) for bits in (1, 2, 4, 7)),
    ({"opcode": "text", "data": b"x", "mask": False},),
    ({"opcode": "close", "mask": False, "code": 1000},),
    *(({"opcode": name, "data": b"x" * 126},) for name in ("ping", "pong", "close")),
    *(({"opcode": name, "data": b"x", "fin": False},) for name in ("ping", "close")),
    ({"opcode": "ping", "data": b"x" * 125},),
    ({"opcode": "pong", "data": b"unasked"},),
    ({"opcode": 0, "data": b"x"},),
    ({"opcode": "text", "data": b"a", "fin": False}, {"opcode": "text", "data": b"b"}),
    ({"opcode": "text", "data": b"a", "fin": False}, {"opcode": "binary", "data": b"b"}),
    *(
        ({"opcode": "text", "data": data},)
        for data in (b"\xff", _CUT, b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80")
    ),
    ({"opcode": "text", "data": _CUT, "fin": False}, {"opcode": 0, "data": b"x"}),
    ({"opcode": "text", "data": _CUT, "fin": False}, {"opcode": 0, "data": b"\xa9"}),
    ({"opcode": "binary", "data": b"\xff\xfe\xc3"},),
    *(
        ({"opcode": "close", "data": data},)
        for data in (b"", b"\x03", b"\x03\xe8\xff", b"\x03\xe8" + b"r" * 123)
    ),
    *(
        ({"opcode": "close", "code": code},)
        for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
    ),
    *(({"opcode": "close", "code": code, "reason": "r"},) for code in (1000, 1007, 1011, 1003, 3000, 4999)),
    *(({"opcode": "text", "data": b"x", "size": size},) for size in (2, 8)),
    ({"opcode": "text", "data": b"x" * 200, "size": 8},),
    ({"opcode": "close", "code": 1000}, {"opcode": "text", "data": b"after"}),
    ({"opcode": "close", "code": 1000}, {"opcode": "ping", "data": b"after"}),
    tuple({"opcode": "ping", "data": b"%d" % number} for number in range(20)),
    (
        {"opcode": "text", "data": b"", "fin": False},
        {"opcode": 0, "data": b"", "fin": False},
        {"opcode": 0, "data": b""},
    ),
    ({"opcode": "text", "data": b"a", "fin": False}, {"opcode": "close", "code": 1000}),
)


PART: Steps = [  # what a wrong frame leads to; and where it led to nothing, how the session ends
    ("client", 0, "frames", {}),
    ("app", 0, "receive"),
    ("app", 0, "return"),
    ("client", 0, "frames", {}),
    ("client", 0, "eof"),
]


def session(choose: Choose) -> Steps:
    """An open WebSocket, now and then a good message, then frames that are wrong or odd."""
    steps: Steps = [("client", 0, "handshake", {}), *ACCEPT]
    if choose(2):
        steps += [("client", 0, "frame", {"opcode": "text", "data": b"good"}), ("app", 0, "receive")]
    for frame in _one(choose, _FRAMES):
        how = {"cuts": [1, 2, 3, 6], "pause": 0.002} if choose(5) == 4 else {}
        steps.append(("client", 0, "frame", {**frame, **how}))
    return [*steps, *PART]


HTTP = (request, request, request, unfinished, behind)
WEBSOCKET = (handshake, session, session)


def every() -> list[Steps]:
    """Each builder at each of its simplest choices, one after the other: for tests, and for a first sweep."""
    found: list[Steps] = []
    for build in KINDS.values():
        for number in range(40):
            wanted = [number]

            def choose(n: int, wanted: list[int] = wanted) -> int:
                return wanted.pop() % n if wanted else 0

            if number and number >= _width(build):
                break
            found.append([("client", 0, "send", {"data": build(choose)}), *ANSWER, ("client", 0, "eof")])
    for told in _HANDSHAKES:
        found.append([("client", 0, "handshake", dict(told)), *ACCEPT, ("client", 0, "eof")])
    for lines_ in _UPGRADES:
        key = [(b"Sec-WebSocket-Key", b"YXNnaXNpbS1hc2dpc2ltIQ=="), (b"Sec-WebSocket-Version", b"13")]
        found.append([("client", 0, "send", {"data": head((*lines_, *key))}), *ACCEPT, ("client", 0, "eof")])
    for told_frames in _FRAMES:
        frames_: Steps = [("client", 0, "frame", dict(frame)) for frame in told_frames]
        found.append([("client", 0, "handshake", {}), *ACCEPT, *frames_, *PART])
    return found


def _width(build: Callable[[Choose], bytes]) -> int:
    """How many values the first choice of a builder has."""
    asked: list[int] = []

    def choose(n: int) -> int:
        asked.append(n)
        return 0

    build(choose)
    return asked[0] if asked else 1
