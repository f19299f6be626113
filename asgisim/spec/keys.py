"""What the checks can tell apart: exact keys of scopes and of events, for memos of verdicts.

Two scopes with one key get one verdict; two events with one key, after the same past, get one verdict and
leave one and the same past behind. So a key holds all that a check may look at: the names of the fields, the
exact types of their values (True is not 1 here), and of the values what the form's `read` picks. What does
not fit into a key has none and is looked at each time: most of what is wrong, and what is rare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import EnumMeta
from operator import itemgetter
from typing import Any, TypeAlias

from asgisim.spec.rules import Event
from asgisim.spec.shapes import tidy
from asgisim.spec.tls import is_sound
from asgisim.spec.websocket_fields import is_sendable

_FIELDS_MAX, _LENGTH_MAX = 64, 64  # what is larger is not kept in memory
_QUESTION_MARK = ord("?")  # a number is looked for ten times as fast as bytes
_OFTEN = 8
UNFIT = object()  # the key of what is of another form, under which nothing is remembered
_REASON_MAX = 41  # characters, which in UTF-8 fit into the 123 bytes that a close frame has for them

Read: TypeAlias = Callable[[Event], Any]
Types: TypeAlias = "tuple[type, ...]"
# For each type of event: the types that make a field right, and what to read of the values (the name of one
# field that takes a few values, or a function).
Table: TypeAlias = Mapping[str, "tuple[Mapping[str, Types], Read | str | None]"]


class Unkeyed(Exception):
    """The checks may see more in a value than a key can say."""


class Form:
    """What events, or scopes, of one type with the same fields of the same types have in common.

    key: what tells events of this form from each other, or UNFIT for what is of another form. It may raise,
    whatever it likes, where the values are not as they should be, and says UNFIT until the form has come
    often enough. copy: a copy that later changes do not reach, as far as the checks look. read: picks what the
    checks look at beyond the form, and raises as `key` does; None where they look at nothing else.
    """

    __slots__ = ("_met", "_types", "copy", "key", "read")

    def __init__(self, event: Event, read: Read | None) -> None:
        self._types = {name: type(value) for name, value in event.items()}
        self._met = 0
        self.read = read
        self.key: Read = _cannot_say
        self.copy: Callable[[Event], Event] = dict.copy  # until there is a key for which it is asked

    def meet(self) -> None:
        """It has come again: quick functions take a while to make, so they are made for what comes often."""
        self._met += 1
        if self._met == _OFTEN:
            self._make_quick()

    def _make_quick(self) -> None:
        known: dict[str, Any] = {f"kind{number}": kind for number, kind in enumerate(self._types.values())}
        known.update(read=self.read, UNFIT=UNFIT)
        tests = " and ".join(f"type(event[{name!r}]) is kind{at}" for at, name in enumerate(self._types))
        picks = "read(event)" if self.read else "None"
        copies = [f"    copy[{name!r}] = event[{name!r}].copy()" for name in self._deep()]
        lines = [
            "def key(event):",
            f"    return {picks} if len(event) == {len(self._types)} and {tests} else UNFIT",
            "def copy(event):",
            "    copy = event.copy()",
            *copies,
            "    return copy",
        ]
        exec(compile("\n".join(lines), "<form of an event>", "exec"), known)
        self.key, self.copy = known["key"], known["copy"]

    def _deep(self) -> list[str]:
        return [name for name, kind in self._types.items() if kind in (list, dict)]


def _cannot_say(event: Event) -> object:
    return UNFIT


# What the checks of later events look at in a scope stands first in what is read of it. It stands there alone
# where the scope itself has to be looked at each time.


def _request(scope: Event) -> tuple[Any, ...]:
    """Of HTTP and WebSocket scopes."""
    get = scope.get
    asgi = scope["asgi"]
    version, announced = asgi["version"], asgi.get("spec_version")
    if type(version) is not str or (type(announced) is not str and "spec_version" in asgi):
        raise Unkeyed
    if (client := get("client")) is not None:
        host, port = client
        if type(host) is not str or type(port) is not int:
            raise Unkeyed
    if (server := get("server")) is not None:
        host, port = server
        if type(host) is not str or (type(port) is not int and port is not None):
            raise Unkeyed
    if (raw_path := get("raw_path")) and _QUESTION_MARK in raw_path:
        raise Unkeyed
    if (state := get("state")) and {*map(type, state)} != {str}:
        raise Unkeyed
    names = _names(extensions) if (extensions := get("extensions")) else None
    texts = _texts(offered) if (offered := get("subprotocols")) else None
    method = get("method")
    later = announced, method == "HEAD", names, texts
    if not tidy(scope["headers"]):
        return (later,)
    return later, version, get("http_version"), method, get("scheme")


def _lifespan(scope: Event) -> tuple[Any, ...]:
    asgi = scope["asgi"]
    version, announced = asgi["version"], asgi.get("spec_version")
    if type(version) is not str or (type(announced) is not str and "spec_version" in asgi):
        raise Unkeyed
    if scope.get("state"):
        raise Unkeyed
    return (announced,), version


def _names(extensions: Event) -> tuple[str, ...]:
    for name, value in extensions.items():
        if type(name) is not str or type(value) is not dict or (name == "tls" and not is_sound(value)):
            raise Unkeyed
    return tuple(extensions)


def _texts(offered: list[str]) -> tuple[str, ...]:
    if {*map(type, offered)} != {str}:
        raise Unkeyed
    return tuple(offered)


def _start(event: Event) -> tuple[Any, ...]:
    headers = event.get("headers", ())
    if not tidy(headers):
        raise Unkeyed
    lengths = 0
    for name, _ in headers:
        if name == b"content-length":
            lengths += 1
    return event.get("status"), event.get("trailers"), lengths


def _accept(event: Event) -> tuple[Any, ...]:
    headers = event.get("headers", ())
    if not tidy(headers) or any(name == b"sec-websocket-protocol" for name, _ in headers):
        raise Unkeyed
    return event.get("subprotocol"), bool(headers)


def _close(event: Event) -> bool:
    reason = event.get("reason") or ""
    if not is_sendable(event.get("code", 1000)) or len(reason) > _REASON_MAX:
        raise Unkeyed
    return bool(reason)


# fmt: off
_NONE = type(None)
_STR, _BYTES, _BOOL, _INT, _DICT = (str,), (bytes,), (bool,), (int,), (dict,)
_TEXT, _RAW, _LIST, _PAIR = (str, _NONE), (bytes, _NONE), (list, tuple), (list, tuple, _NONE)
_FREE = (str, bytes, bool, _NONE)  # in a field of an event that no rule knows any of these is right

_MESSAGE = {"bytes": _RAW, "text": _TEXT}
_BODY = {"body": _BYTES, "more_body": _BOOL}
_SCOPE = {
    "type": _STR, "asgi": _DICT, "http_version": _STR, "method": _STR, "scheme": _STR, "path": _STR,
    "raw_path": _RAW, "query_string": _RAW, "root_path": _STR, "headers": _LIST, "client": _PAIR,
    "server": _PAIR, "state": _DICT, "extensions": (dict, _NONE), "subprotocols": _LIST,
}

_SCOPES: Table = {
    "http":      (_SCOPE, _request),
    "websocket": (_SCOPE, _request),
    "lifespan":  (_SCOPE, _lifespan),
}
_RECEIVED: Table = {
    "http.request":         (_BODY, "more_body"),
    "http.disconnect":      ({}, None),
    "websocket.connect":    ({}, None),
    "websocket.receive":    (_MESSAGE, None),
    "websocket.disconnect": ({"code": _INT, "reason": _TEXT}, None),
    "lifespan.startup":     ({}, None),
    "lifespan.shutdown":    ({}, None),
}
_SENT: Table = {
    "http.response.start":        ({"status": _INT, "headers": _LIST, "trailers": _BOOL}, _start),
    "http.response.body":         (_BODY, "more_body"),
    "websocket.accept":           ({"subprotocol": _TEXT, "headers": _LIST}, _accept),
    "websocket.send":             (_MESSAGE, None),
    "websocket.close":            ({"code": _INT, "reason": _TEXT}, _close),
    "lifespan.startup.complete":  ({}, None),
    "lifespan.startup.failed":    ({"message": _STR}, None),
    "lifespan.shutdown.complete": ({}, None),
    "lifespan.shutdown.failed":   ({"message": _STR}, None),
}
# fmt: on
_TABLES = {"scope": _SCOPES, "receive": _RECEIVED, "send": _SENT}


def form_of(place: str, event: Event) -> Form | None:
    """The form of a scope or event; None for what has no key. place: "scope", "receive" or "send"."""
    table = _TABLES[place]
    kind = event.get("type")
    if type(kind) is not str or kind not in table or len(event) > _FIELDS_MAX:
        return None
    if not all(type(name) is str and len(name) <= _LENGTH_MAX for name in event):
        return None
    right, read = table[kind]
    for name, value in event.items():
        types = right.get(name, None if place == "scope" else _FREE)
        if types is not None and type(value) not in types and not _is_status(name, value):
            return None
    if isinstance(read, str):
        read = itemgetter(read) if read in event else None
    return Form(event, read)


def _is_status(name: str, value: object) -> bool:
    return name == "status" and isinstance(value, int) and isinstance(type(value), EnumMeta)  # HTTPStatus


def small(key: object) -> bool:
    """Whether what a form has read may be kept in memory: there is no long str in it."""
    if type(key) is tuple:
        return all(small(part) for part in key)
    return type(key) is not str or len(key) <= _LENGTH_MAX
