"""Requests and responses as every server has to take them, and apps as every server has to bear them."""

from __future__ import annotations

from asgisim.model.codec import OneShot
from asgisim.wire.cases.parts import LAST, MORE, START, Steps, answered, asked, body, start

_SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
_HEAD = b"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(_SMUGGLED)
_LAST_HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\n"
_EXPECT = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
_HINT = {"type": "http.response.early_hint", "links": [b"</a.css>; rel=preload"]}
_TRAILERS = {"type": "http.response.trailers", "headers": [(b"x-trailer", b"1")]}


def _trailing(*headers: tuple[bytes, bytes]) -> Steps:
    return [
        *asked(headers=list(headers)),
        ("app", 0, "send", [start(trailers=True), LAST]),
        ("client", 0, "see", {"contains": b"0\r\n\r\n", "bound": 0.1}),
        ("app", 0, "send", _TRAILERS),
        ("app", 0, "return"),
        ("client", 0, "response"),
    ]


CASES: dict[str, Steps] = {
    "a piece at a time": [
        *asked(),
        ("app", 0, "send", [START, MORE]),
        ("client", 0, "see", {"contains": b"more ", "bound": 0.4}),
        *answered(LAST),
    ],
    "receive waits and goes on": [
        *asked(),
        ("app", 0, "body"),
        ("app", 0, "receive", {"bound": 0.1}),
        ("app", 0, "send", [START, LAST]),
        ("client", 0, "response"),
        ("app", 0, "receive", {"bound": 1.6}),
        ("app", 0, "receive", {"bound": 1.6}),
        ("app", 0, "return"),
    ],
    "receive through a task": [
        *asked(method=b"POST", body=b"abc"),
        ("app", 0, "receive", {"future": True}),
        ("app", 0, "receive", {"future": True, "bound": 0.05}),
        ("app", 0, "send", [START, LAST]),
        ("client", 0, "response"),
        ("app", 0, "receive", {"future": True}),
        ("app", 0, "receive", {"future": True}),
        ("app", 0, "return"),
    ],
    "a receive that waits while the next request comes": [
        *asked(target=b"/1"),
        ("app", 0, "body"),
        ("app", 0, "receive", {"bound": 0.05}),
        ("app", 0, "send", [START, LAST]),
        ("client", 0, "response"),
        *asked(method=b"POST", target=b"/2", body=b"two"),
        ("app", 1, "body"),
        *answered(START, body(b"second"), call=1),
    ],
    "defaults": [
        *asked(),
        *answered({"type": "http.response.start", "status": 200}, {"type": "http.response.body"}),
    ],
    "defaults, with trailers listed": [
        *asked(headers=[(b"TE", b"trailers")]),
        ("app", 0, "send", [{"type": "http.response.start", "status": 200}, {"type": "http.response.body"}]),
        ("client", 0, "response"),
    ],
    "defaults, and the app goes on": [
        *asked(),
        ("app", 0, "send", [{"type": "http.response.start", "status": 200}, {"type": "http.response.body"}]),
        ("client", 0, "response"),
    ],
    "the end is sent": [
        *asked(),
        ("app", 0, "send", [START, MORE, body(b"last", False)]),
        ("client", 0, "response"),
    ],
    "headers out of a generator": [
        *asked(),
        *answered({**START, "headers": OneShot([(b"x-a", b"1"), (b"x-b", b"2")])}, LAST),
    ],
    "content-encoding": [*asked(), *answered(start(200, (b"content-encoding", b"x-own")), LAST)],
    "transfer-encoding of the app": [*asked(), *answered(start(200, (b"transfer-encoding", b"x-own")), LAST)],
    "chunked of the app": [*asked(), *answered(start(200, (b"transfer-encoding", b"chunked")), MORE, LAST)],
    "empty pieces": [
        *asked(),
        *answered(start(), body(b"", True), body(b"a", True), body(b"", True), body(b"b")),
        ("client", 0, "wait", 0.05),
    ],
    "more than announced": [
        *asked(),
        *answered(start(200, (b"content-length", b"4")), body(b"last!!")),
        ("client", 0, "wait", 0.05),
    ],
    "less than announced": [*asked(), *answered(start(200, (b"content-length", b"9")), LAST)],
    "two lengths": [
        *asked(),
        *answered(start(200, (b"content-length", b"4"), (b"content-length", b"5")), LAST),
    ],
    "a length and chunks": [
        *asked(),
        *answered(start(200, (b"content-length", b"4"), (b"transfer-encoding", b"chunked")), LAST),
    ],
    "a header that is none": [*asked(), *answered(start(200, (b"x y", b"1")), LAST)],
    "odd values in headers": [
        *asked(),
        *answered(start(200, (b"x-tab", b"a\tb"), (b"x-mark", b"~\"'(),;")), LAST),
    ],
    "NUL in a header": [*asked(), *answered(start(200, (b"x", b"a\0b")), LAST)],
    "after the end": [
        *asked(),
        *answered(START, LAST, body(b"beyond")),
        ("client", 0, "wait", 0.05),
    ],
    "unknown keys": [*asked(), *answered({**START, "asgisim": 1}, {**LAST, "asgisim": None})],
    "no type": [*asked(), ("app", 0, "send", [{"status": 200}]), *answered(START, LAST)],
    "a status that is text": [
        *asked(),
        ("app", 0, "send", [{**START, "status": "200"}]),
        *answered(START, LAST),
    ],
    "a body that is text": [*asked(), ("app", 0, "send", [START, body("text")]), *answered(LAST)],  # type: ignore[arg-type]
    "no status": [
        *asked(),
        ("app", 0, "send", [{"type": "http.response.start", "headers": []}]),
        *answered(START, LAST),
    ],
    "a final 1xx": [*asked(), *answered(start(103), LAST)],
    "not found": [*asked(), *answered(start(404, (b"content-length", b"4")), LAST)],
    "the client says close": [
        *asked(headers=[(b"Connection", b"close")]),
        *answered(START, LAST),
        ("client", 0, "eof"),
    ],
    "the app says close": [
        *asked(),
        *answered(start(200, (b"connection", b"close"), (b"content-length", b"4")), LAST),
        ("client", 0, "eof"),
    ],
    "the client says close in other words": [
        *asked(headers=[(b"Connection", b"x-hop, CLOSE")]),
        *answered(START, LAST),
        ("client", 0, "eof"),
    ],
    "the app says close in other words": [
        *asked(),
        *answered(start(200, (b"connection", b"x-hop, Close"), (b"content-length", b"4")), LAST),
        ("client", 0, "eof"),
    ],
    "a body with each kind of status": [
        step
        for call, status in enumerate((201, 206, 301, 307, 400, 401, 404, 409, 412, 416, 500, 503))
        for step in (*asked(target=b"/%d" % status), *answered(start(status), LAST, call=call))
    ],
    "the client goes while the app waits": [
        *asked(),
        ("app", 0, "body"),
        ("app", 0, "receive", {"bound": 0.05}),
        ("client", 0, "close"),
        ("app", 0, "receive"),
        ("app", 0, "return"),
    ],
    "an old client": [
        *asked(version=b"1.0"),
        *answered(start(200, (b"content-length", b"4")), LAST),
        ("client", 0, "eof"),
    ],
    "one after the other": [
        *asked(target=b"/1"),
        *answered(START, body(b"first")),
        *asked(target=b"/2"),
        *answered(START, body(b"second"), call=1),
    ],
    "at once": [
        *asked(method=b"POST", target=b"/1", body=b"one"),
        *asked(method=b"POST", target=b"/2", body=b"two"),
        ("app", 0, "body"),
        *answered(START, body(b"first")),
        ("app", 1, "body"),
        *answered(START, body(b"second"), call=1),
    ],
    "a body that never ends": [
        *asked(method=b"POST", headers=[(b"content-length", b"9")], body=b"abc"),
        ("app", 0, "receive"),
        ("app", 0, "receive", {"bound": 0.2}),
        *answered(START, LAST),
        ("client", 0, "reset"),
    ],
    "a body that nobody reads": [
        *asked(method=b"POST", target=b"/1", body=_SMUGGLED),
        *answered(START, LAST),
        *asked(target=b"/2"),
        ("app", 1, "called", {"bound": 0.4}),
        ("client", 0, "response", {"bound": 0.05}),
    ],
    "a request in single bytes": [
        *asked(target=b"/a/b%20c?d=e&f", headers=[(b"X-A", b"1")], cuts=list(range(1, 64)), pause=0.001),
        ("app", 0, "body"),
        *answered(START, LAST),
    ],
    "a last request whose body comes later": [
        ("client", 0, "send", _LAST_HEAD),
        ("app", 0, "called"),
        ("client", 0, "wait", 0.05),
        ("client", 0, "send", b"abc"),
        ("app", 0, "body"),
        *answered(start(200, (b"content-length", b"4")), LAST),
        ("client", 0, "eof"),
    ],
    "a body that comes after the answer": [
        ("client", 0, "send", _HEAD),
        *answered(start(200, (b"content-length", b"4")), LAST),
        ("client", 0, "send", _SMUGGLED),
        ("app", 1, "called", {"bound": 0.3}),
    ],
    "expect": [
        ("client", 0, "send", _EXPECT),
        ("app", 0, "receive", {"bound": 0.1}),
        ("client", 0, "see", {"contains": b"HTTP/1.1 ", "bound": 0.5}),
        ("client", 0, "send", b"abc"),
        ("app", 0, "body"),
        *answered(START, LAST),
    ],
    "expect of an old client": [
        *asked(method=b"POST", version=b"1.0", headers=[(b"Expect", b"100-continue")], body=b"abc"),
        ("app", 0, "body"),
        *answered(START, LAST),
    ],
    "an old client gets an early hint": [*asked(version=b"1.0"), *answered(_HINT, START, LAST)],
    "early hints": [*asked(), *answered(_HINT, START, LAST)],
    "trailers": _trailing((b"TE", b"trailers")),
    "trailers that nobody asked for": _trailing(),
    "state": [
        *asked(),
        ("app", 0, "put", [["state", "asgisim-http"], 1]),
        *answered(START, LAST),
        ("client", 1, "request", {}),
        ("app", 1, "send", [START, LAST]),
        ("app", 1, "return"),
        ("client", 1, "response"),
    ],
    "a call takes its time to clean up": [
        *asked(),
        ("app", 0, "body"),
        ("client", 0, "reset"),
        ("app", 0, "receive"),
        ("app", 0, "wait", 0.15),
        ("app", 0, "return"),
    ],
    "send after the client left": [
        *asked(),
        ("app", 0, "body"),
        ("app", 0, "send", [START, MORE]),
        ("client", 0, "reset"),
        ("app", 0, "receive"),
        ("app", 0, "send", [MORE, LAST]),
        ("app", 0, "raise", {"error": "same"}),
    ],
    "returns half way": [
        *asked(),
        ("app", 0, "send", [START, MORE]),
        ("app", 0, "return"),
        ("client", 0, "response"),
    ],
    "returns half way, with a length": [
        *asked(),
        ("app", 0, "send", [start(200, (b"content-length", b"9")), MORE]),
        ("app", 0, "return"),
        ("client", 0, "response"),
    ],
    "chunks that break off": [
        (
            "client",
            0,
            "send",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        ),
        ("client", 0, "half"),
        ("app", 0, "body"),
        ("app", 0, "return"),
    ],
    "time goes by": [
        *asked(),
        *answered(START, LAST),
        ("client", 0, "wait", 2.6),
        *asked(target=b"/later"),
        *answered(START, LAST, call=1),
    ],
}
