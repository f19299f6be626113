"""Streams: what several requests at once on one HTTP/2 connection show, and what has another form there."""

from __future__ import annotations

from typing import Any

from asgisim.wire.cases.parts import LAST, MORE, START, Steps, body, start

_HINT = {"type": "http.response.early_hint", "links": [b"</a.css>; rel=preload"]}
_TRAILERS = {"type": "http.response.trailers", "headers": [(b"x-trailer", b"1")]}
# The number of the stream that the first promise opens, so that its call is known.
_PUSH = {"type": "http.response.push", "path": "/pushed", "headers": [(b"x-asgisim-stream", b"50")]}


def _asked(client: int, **told: Any) -> tuple[Any, ...]:
    return ("client", client, "request", {"target": b"/%d?q=%d" % (client, client), **told})


def _answered(call: int, *events: dict[str, Any]) -> Steps:
    return [("app", call, "send", list(events)), ("app", call, "return")]


def _plain(*events: dict[str, Any], **told: Any) -> Steps:
    """One request and its answer."""
    return [_asked(0, **told), *_answered(0, *events), *_read(0)]


def _read(*clients: int) -> Steps:
    return [("client", client, "response") for client in clients]


CASES: dict[str, Steps] = {
    "one stream": [
        _asked(
            0, target=b"/a%2Fb/%C3%A9?x=%20&y", headers=[(b"X-A", b"1"), (b"x-b", b"\xe9"), (b"x-a", b"2")]
        ),
        ("app", 0, "body"),
        *_answered(0, start(200, (b"x-a", b"1"), (b"x-b", b"2"), (b"x-a", b"3")), MORE, LAST),
        *_read(0),
    ],
    "one after the other": [
        *_plain(START, body(b"first")),
        *[_asked(1), *_answered(1, START, body(b"second")), *_read(1)],
    ],
    "three at once, answered backwards": [
        *(_asked(0), _asked(1), _asked(2)),
        *(("app", call, "called") for call in range(3)),
        *_answered(2, START, body(b"third")),
        *_answered(1, START, body(b"second")),
        *_answered(0, START, body(b"first")),
        *_read(2, 1, 0),
    ],
    "answers in turns": [
        *(_asked(0), ("app", 0, "send", [START, body(b"0", True)])),
        *(_asked(1), ("app", 1, "send", [START, body(b"1", True)])),
        *(("app", call, "send", body(b"-%d" % call, True)) for call in range(2)),
        *_answered(0, LAST),
        *_answered(1, LAST),
        *_read(0, 1),
    ],
    "a body in frames": [
        _asked(0, method=b"POST", chunks=[b"a", b"", b"bc", b"x" * 20_000], cuts=[3, 30, 31, 60, 9000]),
        ("app", 0, "body"),
        *_answered(0, START, LAST),
        *_read(0),
    ],
    "bodies in turns": [
        *(_asked(0, method=b"POST", chunks=[b"one "], open=True), ("app", 0, "called")),
        *(_asked(1, method=b"PUT", chunks=[b"two "], open=True), ("app", 1, "called")),
        ("client", 0, "send", b"one"),
        ("client", 1, "send", b"two"),
        *(("client", 0, "half"), ("client", 1, "half")),
        *(("app", 0, "body"), ("app", 1, "body")),
        *_answered(0, START, body(b"first")),
        *_answered(1, START, body(b"second")),
        *_read(0, 1),
    ],
    "a body with a length": [
        _asked(0, method=b"POST", body=bytes(range(256)) * 40, cuts=[100, 200, 5000], pause=0.001),
        ("app", 0, "body"),
        *_answered(0, start(200, (b"content-length", b"4")), LAST),
        *_read(0),
    ],
    "host in place of :authority": _plain(START, LAST, host=None, headers=[(b"host", b"a")]),
    "two lengths": [
        _asked(
            0,
            method=b"POST",
            body=b"abc",
            headers=[(b"content-length", b"3"), (b"content-length", b"9")],
        ),
        ("app", 0, "body", {"bound": 0.3}),
        *_answered(0, START, LAST),
        ("client", 0, "response", {"bound": 0.3}),
    ],
    "CR and LF in a value": [
        _asked(0, headers=[(b"x-a", b"1\r\nx-b: 2")]),
        ("app", 0, "body", {"bound": 0.3}),
        *_answered(0, START, LAST),
        ("client", 0, "response", {"bound": 0.3}),
    ],
    "trailers of a request": [
        _asked(0, method=b"POST", chunks=[b"abc"], trailers=[(b"x-t", b"1")]),
        ("app", 0, "body"),
        *_answered(0, START, LAST),
        *_read(0),
    ],
    "trailers": [
        _asked(0, headers=[(b"te", b"trailers")]),
        *_answered(0, start(trailers=True), LAST, _TRAILERS),
        *_read(0),
    ],
    "trailers that nobody asked for": [
        _asked(0),
        *_answered(0, start(trailers=True), LAST, _TRAILERS),
        *_read(0),
    ],
    "early hints": _plain(_HINT, START, LAST),
    "a promise": [
        _asked(0),
        ("app", 0, "send", [START, _PUSH, MORE]),
        *_answered(0, LAST),
        *_answered(1, START, body(b"pushed")),
        *_read(0, 50),
    ],
    "head": [
        _asked(0, method=b"HEAD"),
        *_answered(0, start(200, (b"content-length", b"4")), LAST),
        *_read(0),
    ],
    "204": _plain(start(204), body(b"")),
    "304": _plain(start(304), LAST),
    "not found": _plain(start(404, (b"content-length", b"4")), LAST),
    "headers of a connection": [
        _asked(0),
        *_answered(0, start(200, (b"connection", b"close"), (b"keep-alive", b"1"), (b"x-a", b"1")), LAST),
        *_read(0),
    ],
    "transfer-encoding of the app": [
        _asked(0),
        *_answered(0, start(200, (b"transfer-encoding", b"chunked")), LAST),
        *_read(0),
    ],
    "names in upper case": _plain(start(200, (b"X-Upper", b"1")), LAST),
    "cookies": [
        _asked(0, headers=[(b"cookie", b"a=1"), (b"cookie", b"b=2")]),
        *_answered(0, start(200, (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")), LAST),
        *_read(0),
    ],
    "no body, and the app raises": [_asked(0), ("app", 0, "raise"), *_read(0)],
    "the app ends without an answer": [_asked(0), ("app", 0, "return"), *_read(0)],
    "the app raises in the middle": [
        _asked(0),
        ("app", 0, "send", [START, MORE]),
        ("app", 0, "raise"),
        *_read(0),
    ],
    "a stream is reset while another goes on": [
        *(_asked(0), ("app", 0, "body"), _asked(1), ("app", 1, "body")),
        ("app", 0, "send", [START, MORE]),
        ("client", 0, "reset"),
        ("app", 0, "receive"),
        ("app", 0, "send", LAST),
        ("app", 0, "return"),
        *_answered(1, START, body(b"second")),
        *_read(1),
    ],
    "reset before the app looks": [
        _asked(0),
        ("app", 0, "called"),
        ("client", 0, "reset"),
        *(("app", 0, "receive"), ("app", 0, "receive"), ("app", 0, "return")),
        *[_asked(1), *_answered(1, START, LAST), *_read(1)],
    ],
    "reset in the middle of a body": [
        _asked(0, method=b"POST", chunks=[b"abc"], open=True),
        ("app", 0, "receive"),
        ("client", 0, "reset"),
        *(("app", 0, "receive"), ("app", 0, "return")),
        *[_asked(1), *_answered(1, START, LAST), *_read(1)],
    ],
    "the connection ends under two streams": [
        *(_asked(0), ("app", 0, "body"), _asked(1), ("app", 1, "body")),
        ("client", 0, "close"),
        *(("app", 0, "receive"), ("app", 1, "receive"), ("app", 0, "return"), ("app", 1, "return")),
    ],
    "answered before the body has come": [
        _asked(0, method=b"POST", chunks=[b"abc"], open=True),
        ("app", 0, "called"),
        *_answered(0, START, LAST),
        *_read(0),
        ("client", 0, "send", b"more"),
        *[_asked(1), *_answered(1, START, body(b"second")), *_read(1)],
    ],
    "state": [
        _asked(0),
        ("app", 0, "put", [["state", "asgisim-http"], 1]),
        *_answered(0, START, LAST),
        *_read(0),
        *[_asked(1), *_answered(1, START, LAST), *_read(1)],
    ],
    "a piece at a time": [
        _asked(0),
        ("app", 0, "send", [START, MORE]),
        ("client", 0, "see", {"contains": b"more ", "bound": 0.4}),
        *_answered(0, LAST),
        *_read(0),
    ],
    "after the end": [
        _asked(0),
        *_answered(0, START, LAST, body(b"beyond")),
        *_read(0),
        ("client", 0, "wait", 0.05),
    ],
    "receive waits after the body": [
        _asked(0),
        ("app", 0, "body"),
        ("app", 0, "receive", {"bound": 0.1}),
        *_answered(0, START, LAST),
        *_read(0),
    ],
}
