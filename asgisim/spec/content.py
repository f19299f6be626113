"""Our own rules on what HTTP says of headers and content, as far as the app's events show it.

ASGI leaves this to HTTP (RFC 9110). A server cannot mend it: it can only cut, pad or drop the connection.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from asgisim.spec.rules import By, Event, check, end_check, rule
from asgisim.spec.shapes import is_int, pairs_of
from asgisim.spec.view import View

LENGTH = rule(
    "robust.content-length",
    "app",
    "implied",
    "2.0",
    "RFC 9110 8.6",
    "The body has as many bytes as content-length says.",
    "Compute the length from the body that is sent, after everything that rewrites it.",
    by=By.END,
)
NO_CONTENT = rule(
    "robust.no-content",
    "app",
    "implied",
    "2.0",
    "RFC 9110 15.3.5, 15.3.6, 15.4.5",
    "A response of status 204, 205 or 304 has no body.",
    "Send an empty body with these statuses.",
    by=By.END,
)
PARTIAL = rule(
    "robust.partial-content",
    "app",
    "implied",
    "2.0",
    "RFC 9110 15.3.7, 14.4",
    "The body of a response of status 206 is the bytes that content-range names, or has parts.",
    "Compute content-range from what is sent: its last number is that of the last byte, not of the one behind.",
    by=By.END,
)
HEADER_SYNTAX = rule(
    "robust.header-syntax",
    "app",
    "implied",
    "2.0",
    "RFC 9110 5.1, 5.5",
    "The name of a header is a token, and its value has no CR, LF or NUL.",
    "Check what comes from outside before it becomes a header: a line end in it splits the response.",
)

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_RANGE = re.compile(rb"bytes ([0-9]{1,18})-([0-9]{1,18})/(?:[0-9]{1,18}|[*])$")
_PARTS = re.compile(rb"[ \t]*multipart/byteranges\b", re.IGNORECASE)
_BOUNDARY = re.compile(rb";[ \t]*boundary=\"?([^\"; \t]{1,70})", re.IGNORECASE)
_LINE_END = re.compile(rb"[\r\n\0]")
_WITH_HEADERS = (
    "http.response.start",
    "http.response.trailers",
    "http.response.push",
    "websocket.accept",
    "websocket.http.response.start",
)


@check(HEADER_SYNTAX, *(f"send {kind}" for kind in _WITH_HEADERS), key="headers", headers=True)
def _header_syntax(event: Event, view: View) -> Iterator[str]:
    for name, value in pairs_of(event["headers"]):
        # What begins with a colon is told by the rules on pseudo headers.
        if isinstance(name, bytes) and name[:1] != b":" and not _TOKEN.fullmatch(name):
            yield f"the name {name!r} is no token"
        if isinstance(value, bytes) and _LINE_END.search(value):
            yield f"the value {value!r} of {name!r} has a CR, LF or NUL in it"


def _whole(view: View) -> bool:
    """A response that was sent to its end by body events alone, to a client that stayed."""
    if view.gone or view.start is None or view.ending not in ("returned", "raised"):
        return False
    ended = False
    for event in view.sent:
        kind = event.get("type")
        if kind == "http.response.body":
            ended = not event.get("more_body")
        elif kind in ("http.response.zerocopysend", "http.response.pathsend"):
            return False
    return ended


def _start(view: View) -> dict[str, object]:
    """The start of the response; an empty dict where there is none."""
    return view.start or {}


def _size(view: View) -> int:
    """Bytes up to the first event that ends the body; what follows is ignored by servers."""
    size = 0
    for event in view.sent:
        if event.get("type") != "http.response.body":
            continue
        body = event.get("body", b"")
        size += len(body) if isinstance(body, bytes) else 0
        if not event.get("more_body"):
            break
    return size


def _bodiless(view: View) -> bool:
    return view.scope.get("method") == "HEAD" or _start(view).get("status") in (204, 205, 304)


def _values(view: View, wanted: bytes) -> list[bytes]:
    """The values of a header of the response."""
    return [
        value
        for name, value in pairs_of(_start(view).get("headers"))
        if (name == wanted or (isinstance(name, bytes) and name.lower() == wanted))
        and isinstance(value, bytes)
    ]


def _has_length(view: View) -> bool:
    return (
        view.start is not None
        and not _bodiless(view)
        and _whole(view)
        and bool(_values(view, b"content-length"))
    )


def _is_partial(view: View) -> bool:
    # What is coded may be the coding of a part, or a part of what is coded.
    plain = not _values(view, b"content-encoding")
    return _start(view).get("status") == 206 and plain and not _bodiless(view) and _whole(view)


def _is_no_content(view: View) -> bool:
    status = _start(view).get("status")
    no_content = status in (204, 205, 304) and is_int(status)
    return no_content and view.scope.get("method") != "HEAD" and _whole(view)


def _length_kept(sent: list[Event]) -> bool:
    size, start = 0, None
    for event in sent:
        kind = event["type"]
        if kind == "http.response.body":
            size += len(event.get("body", b""))
            if not event.get("more_body"):
                break
        elif kind == "http.response.start" and start is None:
            start = event
    if start is not None:
        for name, value in start["headers"]:
            if name == b"content-length" and value != b"%d" % size:
                return False
    return start is not None


@end_check(LENGTH, "http", when=_has_length, kept=_length_kept)
def _length(view: View) -> Iterator[str]:
    size = _size(view)
    for value in _values(view, b"content-length"):
        if value != b"%d" % size:
            yield f"content-length is {value.decode('latin-1')}, the body has {size} bytes"


def _no_content_kept(sent: list[Event]) -> bool:
    return not any(event.get("body") for event in sent)


@end_check(NO_CONTENT, "http", when=_is_no_content, kept=_no_content_kept)
def _no_content(view: View) -> Iterator[str]:
    if _size(view):
        yield f"status {_start(view).get('status')} with a body of {_size(view)} bytes"


def _body(view: View) -> bytes:
    """What the body events carry, up to the first that ends the body."""
    parts: list[bytes] = []
    for event in view.sent:
        if event.get("type") == "http.response.body":
            body = event.get("body", b"")
            parts.append(body if isinstance(body, bytes) else b"")
            if not event.get("more_body"):
                break
    return b"".join(parts)


def _never_known(sent: list[Event]) -> bool:
    """Partial content is rare: it is looked at each time."""
    return False


@end_check(PARTIAL, "http", when=_is_partial, kept=_never_known)
def _partial(view: View) -> Iterator[str]:
    kinds = _values(view, b"content-type")
    parts = [kind for kind in kinds if _PARTS.match(kind)]
    yield from _several(view, parts[0]) if parts else _single(view)


def _several(view: View, kind: bytes) -> Iterator[str]:
    """What is wrong with a body of several ranges; nothing where its boundary cannot be made out."""
    boundary = _BOUNDARY.search(kind)
    if boundary is not None:
        opening, closing = b"--%s" % boundary[1], b"--%s--" % boundary[1]
        if opening not in _body(view).replace(closing, b""):
            yield "a body of several ranges without a part"


def _single(view: View) -> Iterator[str]:
    """What is wrong with the one range."""
    ranges, size = _values(view, b"content-range"), _size(view)
    if not ranges:
        yield "no content-range"
    for value in ranges:
        told = _RANGE.match(value)
        if told is not None and int(told[2]) - int(told[1]) + 1 != size:  # other units have other rules
            yield f"content-range is {value.decode('latin-1')}, the body has {size} bytes"
