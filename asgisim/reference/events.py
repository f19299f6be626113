"""What is wrong with an event that the application sends: the form only, apart from its place in time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Event = Mapping[str, Any]
Headers = list[tuple[bytes, bytes]]

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_BAD_VALUE = re.compile(rb"[\x00\r\n]")


class WrongEvent(Exception):
    """Raised into the application for an event that it may not send, or not now. The text says why."""


def headers(event: Event, key: str = "headers") -> Headers:
    """The headers of an event as a list of pairs; one-shot iterables are walked once. Raises WrongEvent."""
    found = event.get(key)
    if found is None and key in event and key != "headers":
        return []
    try:
        pairs = [tuple(pair) for pair in (() if found is None else found)]
    except TypeError:
        raise WrongEvent(f"{key} must be an iterable of pairs, not {found!r}") from None
    out: Headers = []
    for pair in pairs:
        if len(pair) != 2 or type(pair[0]) is not bytes or type(pair[1]) is not bytes:
            raise WrongEvent(f"a header must be a pair of bytes, not {pair!r}")
        name, value = pair
        if not _TOKEN.match(name):
            raise WrongEvent(f"{name!r} is not a header name")
        if _BAD_VALUE.search(value):
            raise WrongEvent(f"the value {value!r} would start another line")
        out.append((name, value.strip(b" \t")))
    return out


def field(event: Event, key: str, kind: type, default: Any = ..., none: bool = False) -> Any:
    """One value of exactly this type. Raises WrongEvent if it is missing or of another type."""
    if key not in event:
        if default is ...:
            raise WrongEvent(f"{event['type']} needs the key {key}")
        return default
    value = event[key]
    if value is None and none:
        return default if default is not ... else None
    if type(value) is not kind:
        raise WrongEvent(f"{key} of {event['type']} must be {kind.__name__}, not {type(value).__name__}")
    return value


def kind_of(event: Any) -> str:
    """The type of an event. Raises WrongEvent for what is no event at all."""
    if not isinstance(event, Mapping):
        raise WrongEvent(f"an event must be a dict, not {type(event).__name__}")
    kind = event.get("type")
    if type(kind) is not str:
        raise WrongEvent(f"an event needs a type that is a str, not {kind!r}")
    return kind


def _start(event: Event) -> None:
    status = field(event, "status", int)
    if not 200 <= status <= 999:
        raise WrongEvent(f"status must be a final one of three digits, not {status}")
    headers(event)
    field(event, "trailers", bool, False)


def _body(event: Event) -> None:
    field(event, "body", bytes, b"")
    field(event, "more_body", bool, False)


def _trailers(event: Event) -> None:
    headers(event)
    field(event, "more_trailers", bool, False)


def _early_hint(event: Event) -> None:
    links = event.get("links", ())
    for link in links:
        if type(link) is not bytes or _BAD_VALUE.search(link):
            raise WrongEvent(f"links must hold bytes, not {link!r}")


def _accept(event: Event) -> None:
    field(event, "subprotocol", str, None, none=True)
    headers(event)


def _send(event: Event) -> None:
    data, text = field(event, "bytes", bytes, None, none=True), field(event, "text", str, None, none=True)
    if (data is None) == (text is None):
        raise WrongEvent("websocket.send needs one of bytes and text")
    if text is not None and not _encodes(text):
        raise WrongEvent("text holds surrogates, which UTF-8 cannot carry")


def _close(event: Event) -> None:
    code = field(event, "code", int, 1000, none=True)
    if not ((1000 <= code <= 1014 and code not in (1004, 1005, 1006)) or 3000 <= code <= 4999):
        raise WrongEvent(f"{code} may not stand in a close frame")
    if not _encodes(field(event, "reason", str, "", none=True)):
        raise WrongEvent("reason holds surrogates, which UTF-8 cannot carry")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _message(event: Event) -> None:
    field(event, "message", str, "")


FORM: dict[str, Callable[[Event], None]] = {
    "http.response.start": _start,
    "http.response.body": _body,
    "http.response.trailers": _trailers,
    "http.response.early_hint": _early_hint,
    "websocket.accept": _accept,
    "websocket.send": _send,
    "websocket.close": _close,
    "websocket.http.response.start": _start,
    "websocket.http.response.body": _body,
    "lifespan.startup.complete": lambda event: None,
    "lifespan.startup.failed": _message,
    "lifespan.shutdown.complete": lambda event: None,
    "lifespan.shutdown.failed": _message,
}


def settle(event: Any, allowed: Iterable[str], now: str) -> dict[str, Any]:
    """A copy of the event with its one-shot iterables made into lists, if it is well formed and allowed now.

    allowed: the types that may be sent now. now: where the exchange stands, for the message.
    Raises WrongEvent.
    """
    kind = kind_of(event)
    if kind not in FORM:
        raise WrongEvent(f"{kind!r} is not an event that may be sent")
    settled = dict(event)
    for key in ("headers", "links"):
        if settled.get(key) is not None and not isinstance(settled[key], str | bytes):
            try:
                settled[key] = [_listed(item) for item in settled[key]]
            except TypeError:
                raise WrongEvent(f"{key} must be an iterable, not {settled[key]!r}") from None
    FORM[kind](settled)
    if kind not in allowed:
        raise WrongEvent(f"{kind} may not be sent {now}")
    return settled


def _listed(item: Any) -> Any:
    return item if isinstance(item, str | bytes) else tuple(item)
