"""WebSockets: handshakes, messages, frames that no server may take, and all the ways to an end."""

from __future__ import annotations

from typing import Any

from asgisim.model.codec import OneShot
from asgisim.wire.cases.parts import ACCEPT, ACCEPTED, LEAVE, Steps, closed, says

_ASKED: Steps = [("client", 0, "handshake", {}), ("app", 0, "receive")]
_ANSWER_LATE: Steps = [
    *(("app", 0, "wait", 0.2), ("app", 0, "send", ACCEPT), ("app", 0, "receive"), ("app", 0, "return")),
]
_CLOSE = {"type": "websocket.close"}
_DENIAL = "websocket.http.response."

_TEXT = "caf\u00e9 \U0001f600".encode()  # characters of one, two and four bytes


def _halves(data: bytes) -> Steps:
    """A message for each boundary, in two frames."""
    steps: Steps = []
    for at in range(len(data) + 1):
        steps.append(("client", 0, "frame", {"opcode": "text", "data": data[:at], "fin": False}))
        steps += [("client", 0, "frame", {"opcode": 0, "data": data[at:]}), ("app", 0, "receive")]
    return steps


# The last frame is wrong; those before it are what makes it so.
FRAMES: dict[str, list[dict[str, Any]]] = {
    "an unmasked frame": [{"opcode": "text", "data": b"unmasked", "mask": False}],
    "a reserved bit": [{"opcode": "text", "data": b"reserved", "rsv": 4}],
    "a reserved opcode": [{"opcode": 3, "data": b"opcode"}],
    "a reserved control opcode": [{"opcode": 11, "data": b"opcode"}],
    "a ping in two": [{"opcode": "ping", "data": b"half", "fin": False}],
    "a ping that is too long": [{"opcode": "ping", "data": b"p" * 126}],
    "a stray continuation": [{"opcode": 0, "data": b"stray"}],
    "a message in a message": [
        {"opcode": "text", "data": b"one", "fin": False},
        {"opcode": "text", "data": b"two"},
    ],
    "text that is not UTF-8": [{"opcode": "text", "data": b"caf\xe9 au lait"}],
    "a close code that is none": [{"opcode": "close", "code": 1005}],
    "a close code out of range": [{"opcode": "close", "code": 999}],
    "half a close code": [{"opcode": "close", "data": b"\x03"}],
}


def _wrong(frames: list[dict[str, Any]]) -> Steps:
    return [
        *ACCEPTED,
        *(("client", 0, "frame", frame) for frame in frames),
        ("app", 0, "receive", {"bound": 0.3}),
        ("client", 0, "frames", {"bound": 0.5}),
        ("client", 0, "eof", {"bound": 0.5}),
        ("app", 0, "return"),
    ]


def _app_closes(**event: Any) -> Steps:
    return [*ACCEPTED, ("app", 0, "send", {**_CLOSE, **event}), ("client", 0, "frames", {"bound": 0.5})]


CASES: dict[str, Steps] = {
    **{name: _wrong(frames) for name, frames in FRAMES.items()},
    "fragments at every boundary": [*ACCEPTED, *_halves(_TEXT), *closed(code=1000)],
    "a message in single bytes": [
        *ACCEPTED,
        ("client", 0, "frame", {"opcode": "text", "data": _TEXT, "cuts": list(range(1, 6 + len(_TEXT)))}),
        ("app", 0, "receive"),
        *closed(code=1000),
    ],
    # What a server does with it is its own affair, as long as it lives and the app hears of the end.
    "a frame that announces a thousand gigabytes": [
        *ACCEPTED,
        ("client", 0, "send", b"\x82\xff" + (1 << 40).to_bytes(8, "big") + b"\0\0\0\0and no more"),
        ("client", 0, "frames", {"bound": 0.3}),
        ("client", 0, "reset"),
        *(("app", 0, "receive"), ("app", 0, "return")),
    ],
    "the handshake waits": [
        *_ASKED,
        ("client", 0, "see", {"contains": b"HTTP/1.1 101", "bound": 0.05}),
        ("app", 0, "send", ACCEPT),
        ("client", 0, "response"),
        *closed(code=1000),
    ],
    "receive through a task": [
        _ASKED[0],
        ("app", 0, "receive", {"future": True}),
        *ACCEPTED[2:],
        ("app", 0, "receive", {"future": True, "bound": 0.05}),
        ("client", 0, "frame", {"opcode": "text", "data": b"hello"}),
        *(("app", 0, "receive", {"future": True}), ("client", 0, "close")),
        *(("app", 0, "receive", {"future": True}), ("app", 0, "return")),
    ],
    "closed and left": [
        *ACCEPTED,
        ("app", 0, "receive", {"bound": 0.05}),
        ("client", 0, "frame", {"opcode": "close", "code": 1000}),
        ("client", 0, "frames", {}),
        ("client", 0, "close"),
        ("app", 0, "receive"),
        ("app", 0, "return"),
    ],
    "gone without a word": [
        *ACCEPTED,
        ("app", 0, "receive", {"bound": 0.05}),
        ("client", 0, "close"),
        ("app", 0, "receive"),
        ("app", 0, "send", {"type": "websocket.send", "text": "late"}),
        ("app", 0, "return"),
    ],
    "gone before the answer": [*_ASKED, ("client", 0, "close"), *_ANSWER_LATE],
    "lost before the answer": [*_ASKED, ("client", 0, "reset"), *_ANSWER_LATE],
    "denied in bytes that are no text": [
        *_ASKED,
        (
            "app",
            0,
            "send",
            [
                {
                    "type": f"{_DENIAL}start",
                    "status": 418,
                    "headers": [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")],
                },
                {"type": f"{_DENIAL}body", "body": b"\xff\x00"},
            ],
        ),
        ("client", 0, "response"),
        *LEAVE,
    ],
    "receive before the answer": [
        *_ASKED,
        ("app", 0, "receive", {"bound": 0.05}),
        *ACCEPTED[2:],
        *closed(code=1000),
    ],
    "accepted after a refusal": [
        *_ASKED,
        ("app", 0, "send", [_CLOSE, ACCEPT]),
        ("client", 0, "response"),
        *LEAVE,
    ],
    "accept without keys": [
        *_ASKED,
        ("app", 0, "send", {"type": "websocket.accept"}),
        ("client", 0, "response"),
        *closed(code=3000, reason="bye"),
    ],
    "headers of accept": [
        *_ASKED,
        ("app", 0, "send", {**ACCEPT, "headers": [(b"x-b", b"1"), (b"x-a", b"2"), (b"x-b", b"3")]}),
        ("client", 0, "response"),
        *closed(),
    ],
    "headers in order": [
        ("client", 0, "handshake", {"headers": [(b"X-B", b"1"), (b"X-A", b"2"), (b"X-C", b"3")]}),
        *ACCEPTED[1:],
        *closed(code=1000),
    ],
    "headers beyond ASCII": [
        ("client", 0, "handshake", {"headers": [(b"X-Latin", b"caf\xe9"), (b"X-Text", b"caf\xc3\xa9")]}),
        *ACCEPTED[1:],
        *closed(code=1000),
    ],
    "headers of a proxy": [
        ("client", 0, "handshake", {"headers": [(b"X-Forwarded-Proto", b"https")]}),
        *ACCEPTED[1:],
        *closed(code=1000),
    ],
    "a header twice": [
        ("client", 0, "handshake", {"headers": [(b"X-B", b"1"), (b"X-B", b"2")]}),
        *ACCEPTED[1:],
        *closed(code=1000),
    ],
    "none of the subprotocols": [
        ("client", 0, "handshake", {"subprotocols": [b"a", b"b"]}),
        *ACCEPTED[1:],
        *closed(code=1000),
    ],
    "a subprotocol that is none": [
        ("client", 0, "handshake", {"subprotocols": [b"caf\xe9"]}),
        ("app", 0, "receive", {"bound": 0.5}),
        ("app", 0, "return"),
        ("client", 0, "response"),
    ],
    "a subprotocol that was not offered": [
        ("client", 0, "handshake", {"subprotocols": [b"a"]}),
        ("app", 0, "receive"),
        ("app", 0, "send", {**ACCEPT, "subprotocol": "b"}),
        ("app", 0, "return"),
        ("client", 0, "response"),
    ],
    "messages of the app": [
        *ACCEPTED,
        (
            "app",
            0,
            "send",
            [says(text="1"), says(bytes=b"2", text=None), says(text="", bytes=None), says(bytes=b"")],
        ),
        ("client", 0, "frames", {"count": 4, "bound": 1.0}),
        *closed(code=1000),
    ],
    "long messages": [
        *ACCEPTED,
        ("app", 0, "send", [says(bytes=b"x" * 70_000), says(text="y" * 200)]),
        ("client", 0, "frames", {"count": 2, "bound": 1.0}),
        *closed(code=1000),
    ],
    "both and neither": [
        *ACCEPTED,
        ("app", 0, "send", [says(text="1", bytes=b"2")]),
        ("app", 0, "send", [says()]),
        *closed(code=1000),
    ],
    "messages of the client": [
        *ACCEPTED,
        ("client", 0, "frame", {"opcode": "text", "data": b"1"}),
        ("client", 0, "frame", {"opcode": "binary", "data": b"2"}),
        ("client", 0, "frame", {"opcode": "text", "data": b"3"}),
        ("app", 0, "receive"),
        ("app", 0, "receive"),
        ("app", 0, "receive"),
        *closed(code=1000),
    ],
    "receive waits while send works": [
        *ACCEPTED,
        ("app", 0, "receive", {"bound": 0.05}),
        ("app", 0, "send", [says(text="1")]),
        ("client", 0, "frames", {"count": 1, "bound": 1.0}),
        *closed(code=1000),
    ],
    "a ping": [
        *ACCEPTED,
        ("client", 0, "frame", {"opcode": "ping", "data": b"are you there"}),
        ("client", 0, "frames", {"count": 1, "bound": 0.5}),
        ("client", 0, "frame", {"opcode": "text", "data": b"hello"}),
        ("app", 0, "receive"),
        *closed(code=1000),
    ],
    "unknown keys of messages": [
        *ACCEPTED,
        ("app", 0, "send", [{**says(text="1"), "asgisim": 1}]),
        *closed(code=1000),
    ],
    "wrong events, then accept": [
        *_ASKED,
        ("app", 0, "send", [{"type": "nonsense"}, {"type": "websocket.accept", "subprotocol": 1}, {}]),
        *ACCEPTED[2:],
        *closed(code=1000),
    ],
    "the app closes with a code": [
        *_app_closes(code=3001, reason="enough"),
        *closed(code=3001),
    ],
    "the app closes while it receives": [
        *ACCEPTED,
        ("app", 0, "receive", {"bound": 0.1}),
        ("app", 0, "send", {**_CLOSE, "code": 3001}),
        ("client", 0, "frames", {}),
        *closed(code=3001),
    ],
    "the app closes with a reason of None": [*_app_closes(reason=None), *closed(code=1000)],
    "the app closes with 1005": [*_app_closes(code=1005), ("app", 0, "return")],
    "the app closes with 1006": [*_app_closes(code=1006), ("app", 0, "return")],
    "the app closes with 999": [*_app_closes(code=999), ("app", 0, "return")],
    "the app closes with a long reason": [*_app_closes(reason="\u00e9" * 90), *closed(code=1000)],
    "the app returns": [
        *ACCEPTED,
        ("app", 0, "return"),
        ("client", 0, "frames", {"bound": 1.0}),
        ("client", 0, "eof", {"bound": 0.2}),
    ],
    "the app raises": [
        *ACCEPTED,
        ("app", 0, "raise"),
        ("client", 0, "frames", {"bound": 1.0}),
        ("client", 0, "eof", {"bound": 0.2}),
    ],
    "send after the WebSocket was lost": [
        *ACCEPTED,
        ("client", 0, "reset"),
        ("app", 0, "receive"),
        ("app", 0, "send", [says(text="late")]),
        ("app", 0, "raise", {"error": "same"}),
    ],
    "send after the client closed": [
        *ACCEPTED,
        ("client", 0, "frame", {"opcode": "close", "code": 1000}),
        ("client", 0, "frames", {"bound": 1.0}),
        ("client", 0, "close"),
        ("app", 0, "receive"),
        ("app", 0, "send", [says(text="late")]),
        ("app", 0, "raise", {"error": "same"}),
    ],
    "the end of a WebSocket takes its time": [
        *ACCEPTED,
        ("client", 0, "reset"),
        ("app", 0, "receive"),
        ("app", 0, "wait", 0.15),
        ("app", 0, "return"),
    ],
    "a denial in pieces": [
        *_ASKED,
        (
            "app",
            0,
            "send",
            [
                {"type": f"{_DENIAL}start", "status": 402, "headers": [(b"x-a", b"1")]},
                {"type": f"{_DENIAL}body", "body": b"not ", "more_body": True},
                {"type": f"{_DENIAL}body", "body": b"yet"},
            ],
        ),
        ("client", 0, "response"),
        *LEAVE,
    ],
    "a denial with headers out of a generator": [
        *_ASKED,
        (
            "app",
            0,
            "send",
            [
                {"type": f"{_DENIAL}start", "status": 402, "headers": OneShot([(b"x-a", b"1")])},
                {"type": f"{_DENIAL}body", "body": b"no"},
            ],
        ),
        ("client", 0, "response"),
        *LEAVE,
    ],
    "after the disconnect": [
        *ACCEPTED,
        ("client", 0, "frame", {"opcode": "close", "code": 1000}),
        ("client", 0, "frames", {"bound": 1.0}),
        ("app", 0, "receive"),
        ("app", 0, "receive", {"bound": 0.05}),
        ("app", 0, "return"),
    ],
    "state of WebSockets": [
        *ACCEPTED,
        ("app", 0, "put", [["state", "asgisim-websocket"], 1]),
        ("client", 1, "handshake", {}),
        ("app", 1, "receive"),
        ("app", 1, "send", ACCEPT),
        ("client", 1, "response"),
        ("client", 1, "close"),
        ("app", 1, "receive"),
        ("app", 1, "return"),
        *closed(code=1000),
    ],
}
