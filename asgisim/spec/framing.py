"""Two rules of HTTP itself that an app can break and that the ASGI text leaves to the RFC.

A server cannot mend either: it has sent the head, with the length, before it can know.
"""

from __future__ import annotations

from collections.abc import Iterator

from asgisim.spec.rules import Event, check, rule
from asgisim.spec.shapes import pairs_of
from asgisim.spec.view import View

_ON_BODY = "send http.response.body"
_FILES = frozenset(["http.response.pathsend", "http.response.zerocopysend"])

WRONG_LENGTH = rule(
    "robust.wrong-length",
    "app",
    "implied",
    "2.0",
    "RFC 9110 8.6",
    "A complete response has as many bytes of body as its content-length says.",
    "Send the length of what is really sent, or leave content-length out and let the server frame the body.",
)
BODY_NOT_ALLOWED = rule(
    "robust.body-not-allowed",
    "app",
    "implied",
    "2.0",
    "RFC 9110 6.4.1",
    "A response with status 204, 205 or 304 has no body.",
    "Send one empty body event with this status.",
)


def _start(view: View) -> Event | None:
    """The one start event of a response that has begun as it should."""
    starts = [event for event in view.sent if event.get("type") == "http.response.start"]
    return starts[0] if len(starts) == 1 else None


def _bodiless(status: object) -> bool:
    return status in (204, 205, 304)  # a 1xx is no final status at all: another rule


def _length(start: Event) -> int | None:
    """The one content-length, if it is a number."""
    values = [
        value
        for name, value in pairs_of(start.get("headers", ()))
        if type(name) is bytes and name.lower() == b"content-length"
    ]
    if len(values) != 1 or type(values[0]) is not bytes or not values[0].isdigit():
        return None
    return int(values[0])


def _size(event: Event) -> int:
    body = event.get("body", b"")
    return len(body) if isinstance(body, bytes) else 0


def _completes(event: Event, view: View) -> bool:
    """Whether this is the last piece of a response whose client still listens."""
    if event.get("more_body") or view.gone or view.told or view.scope.get("method") == "HEAD":
        return False
    start = _start(view)
    if start is None or _bodiless(start.get("status")) or _length(start) is None:
        return False
    if any(_ends(earlier) for earlier in view.sent):
        return False
    # Bodies of another type are another rule's business.
    return all(isinstance(one.get("body", b""), bytes) for one in (*view.sent, event))


def _ends(event: Event) -> bool:
    kind = event.get("type")
    return kind in _FILES or (kind == "http.response.body" and not event.get("more_body"))


@check(WRONG_LENGTH, _ON_BODY, when=_completes)
def _length_is_right(event: Event, view: View) -> Iterator[str]:
    start = _start(view)
    assert start is not None
    bodies = [one for one in view.sent if one.get("type") == "http.response.body"]
    size = sum(map(_size, bodies)) + _size(event)
    length = _length(start)
    if size != length:
        yield f"content-length is {length}, and the body has {size} bytes"


@check(BODY_NOT_ALLOWED, _ON_BODY, when=lambda event, view: _bodiless((_start(view) or {}).get("status")))
def _no_body(event: Event, view: View) -> Iterator[str]:
    said = any(_size(one) for one in view.sent if one.get("type") == "http.response.body")
    if _size(event) and not said:
        status = (_start(view) or {}).get("status")
        yield f"the status is {status}, and the body has {_size(event)} bytes"
