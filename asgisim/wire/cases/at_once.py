"""What several tasks of an app send at once.

Long ones come first: a send that waits for the client to read is overtaken by what is sent meanwhile.
"""

from __future__ import annotations

from asgisim.wire.cases.parts import ACCEPTED, LAST, START, Steps, asked, body, closed, says

MANY = (
    1_000_000  # bytes; a few of these are more than a local connection takes before the client has read any
)
_LONG = [b"%d" % number * MANY for number in range(1, 7)]


def _messages(*messages: dict[str, object]) -> Steps:
    return [
        *ACCEPTED,
        ("app", 0, "together", list(messages)),
        ("client", 0, "frames", {"count": len(messages), "bound": 2.0}),
        ("app", 0, "send", says(text="the last")),
        ("client", 0, "frames", {"count": 1, "bound": 1.0}),
        *closed(code=1000),
    ]


def _pieces(*pieces: bytes) -> Steps:
    return [
        *asked(),
        ("app", 0, "send", START),
        ("app", 0, "together", [body(piece, True) for piece in pieces]),
        ("app", 0, "send", LAST),
        ("app", 0, "return"),
        ("client", 0, "response"),
    ]


CASES: dict[str, Steps] = {
    "messages at once": _messages(says(text="1"), says(bytes=b"2" * 200), says(text="3")),
    "long messages at once": _messages(*(says(bytes=one) for one in _LONG), says(text="short")),
    "pieces at once": _pieces(b"1", b"2" * 200, b"3"),
    "long pieces at once": _pieces(*_LONG, b"short"),
}
