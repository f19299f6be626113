"""What holds for every protocol: applications, scopes, events and their values.

The most specific rule reports: where a field has a rule of its own, its value is not looked at here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from asgisim.spec.rules import By, Event, Rule, check, end_check, rule
from asgisim.spec.shapes import told, typed
from asgisim.spec.view import View

_APPS, _EVENTS, _EXT = "main#applications", "main#events", "main#extensions"
_STRINGS, _ERRORS, _PROTOCOL = (
    "main#strings-and-unicode",
    "main#error-handling",
    "main#protocol-specifications",
)


def _rule(
    name: str,
    party: str,
    level: str,
    section: str,
    says: str,
    hint: str,
    *,
    since: str = "2.0",
    by: By = By.FIELD,
    advisory: bool = False,
) -> Rule:
    return rule(f"common.{name}", party, level, since, section, says, hint, by=by, advisory=advisory)


# fmt: off
RETURNS_NONE = _rule("app.returns-none", "app", "implied", "asgiref/typing ASGI3Application",
                     "The call of an app gives None.", "Drop the value: nobody reads it.", since="3.0", by=By.END)
UNKNOWN_TYPE = _rule("scope.unknown-type-rejected", "app", "should", _PROTOCOL,
                     "An app raises when it does not know the scope type.",
                     "End the dispatch on scope['type'] with a raise.", since="3.0", by=By.END)
SCOPE_DICT = _rule("scope.dict", "server", "must", _APPS, "A scope is a dict.", "Build a dict for each call.")
TYPE_PRESENT = _rule("scope.type.present", "server", "must", _APPS, "A scope has a type.", "Set type.")
TYPE_STR = _rule("scope.type.str", "server", "must", _PROTOCOL, "The type of a scope is a str.", "Write a str.")
ASGI_PRESENT = _rule("scope.asgi.present", "server", "must", _APPS, "A scope has a dict under asgi.",
                     "Set asgi to {'version': '3.0'}.")
VERSION_PRESENT = _rule("scope.asgi.version.present", "server", "must", _APPS, "asgi states its version.",
                        "Write '3.0'; apps take a missing one for 2.0.", advisory=True)
VERSION_VALUE = _rule("scope.asgi.version.value", "server", "implied", "asgiref/typing ASGIVersions",
                      "The version in asgi is 2.0 or 3.0.", "Write '3.0'.", since="3.0")
SPEC_VERSION_TYPE = _rule("scope.asgi.spec-version.type", "server", "must", _APPS,
                          "spec_version, where given, is a str.", "Write it as a str.")
KEYS_STR = _rule("keys.str", "both", "must", _STRINGS, "Keys of scopes and events are str.", "Write str keys.")
BYTES_EXACT = _rule("strings.bytes-exact", "both", "must", _STRINGS,
                    "Where bytes are asked for the value is bytes, not bytearray or memoryview.",
                    "Turn it into bytes.")
EVENT_DICT = _rule("event.dict", "both", "must", _EVENTS, "An event is a dict.", "Build a dict for each event.")
EVENT_TYPE_PRESENT = _rule("event.type.present", "both", "must", _EVENTS, "An event has a type.", "Set type.")
EVENT_TYPE_STR = _rule("event.type.str", "both", "must", _EVENTS, "The type of an event is a str.", "Write a str.")
ALLOWED_TYPES = _rule("event.allowed-types", "both", "must", _EVENTS,
                      "Values of events are bytes, str, int, float, list, dict, bool and None.",
                      "Turn the value into one of these.")
INT_RANGE = _rule("event.int-range", "both", "must", _EVENTS, "Ints in events fit in signed 64 bits.",
                  "Send it as text.")
FLOAT_NAN = _rule("event.float-nan", "both", "must", _EVENTS, "Floats in events are never NaN.", "Send None.")
FLOAT_INFINITY = _rule("event.float-infinity", "both", "must", _EVENTS, "Floats in events are never infinite.",
                       "Send None.")
NOT_TUPLE = _rule("event.list-not-tuple", "both", "should", _EVENTS,
                  "Sequences in events are lists; header fields and the typing module also have tuples.",
                  "Write a list.", advisory=True)
NESTED_KEYS = _rule("event.nested-dict-keys", "both", "must", _EVENTS, "Dicts in events have str keys.",
                    "Write str keys.")
EXT_DICT = _rule("ext.dict", "server", "must", _EXT, "extensions is a dict.", "Write {} for none, or leave it out.")
EXT_NAME = _rule("ext.name-str", "server", "must", _EXT, "Names of extensions are str.", "Write str keys.")
EXT_VALUE = _rule("ext.value-dict", "server", "should", _EXT, "Each value in extensions is a dict.", "Write {}.")
EXT_FITTING = _rule("ext.listed-on-fitting-scope", "server", "implied", "extensions",
                    "An extension is listed only on scopes on which its events are legal.",
                    "Build the extensions for each scope type.")

for _name, _level, _since, _section, _says, _hint in (
    ("scope.asgi.version.default", "must", "2.0", _APPS, "To an app no asgi version is 2.0.",
     "Read it with .get('version', '2.0')."),
    ("scope.extra-keys-app", "implied", "2.0", _ERRORS, "An app copes with scope keys it has never heard of.",
     "Read the keys that you know, and leave the others alone."),
    ("event.extra-keys-app", "should", "2.0", _ERRORS, "An app does not fail on unknown keys in events.",
     "Read the keys that you know, and leave the others alone."),
    ("ext.optional", "implied", "2.0", _EXT, "An app still works when an extension is not offered.",
     "Look into scope['extensions'] first, and do without where it is not there."),
):
    _rule(_name, "app", _level, _section, _says, _hint, since=_since, by=By.EQUAL)

# What the simulator sees and tells by a rule of its own, or what needs another app or a server to be seen.
for _name, _party, _level, _since, _section, _says in (
    ("app.lifetime", "both", "implied", "2.0", "main#overview",
     "A call lasts as long as its connection, and a short time for cleaning up."),
    ("app.called-once", "server", "must", "2.0", _APPS, "The app is called once for each connection."),
    ("app.positional-args", "server", "implied", "3.0", _APPS, "scope, receive and send come by position."),
    ("receive.awaitable", "server", "must", "2.0", _APPS, "receive takes nothing and gives one event."),
    ("receive.waits", "server", "implied", "2.0", _APPS, "receive waits until there is an event."),
    ("receive.once-and-in-order", "server", "implied", "2.0", _EVENTS, "Each event is given once, in order."),
    ("send.positional", "server", "must", "2.0", _APPS, "send takes one event by position."),
    ("send.returns", "server", "must", "2.0", _APPS, "send ends, in time, whatever becomes of the peer."),
    ("send.value", "server", "implied", "3.0", "asgiref/typing ASGISendCallable", "send gives None."),
    ("concurrency.duplex", "server", "implied", "2.0", "docs introduction", "receive may wait while send works."),
    ("scope.asgi.spec-version.truthful", "server", "implied", "2.0", "www#spec-versions",
     "A server announces only a spec_version that it honours."),
    ("event.extra-keys-server", "server", "should", "2.0", _ERRORS, "send does not fail on unknown keys."),
    ("error.send-unknown-type", "server", "should", "2.0", _ERRORS, "send raises for an unknown event type."),
    ("error.send-missing-key", "server", "should", "2.0", _ERRORS, "send raises for a missing key."),
    ("error.send-wrong-type", "server", "should", "2.0", _ERRORS, "send raises for a value of the wrong type."),
    ("error.terminate-instance", "server", "must", "2.0", _ERRORS,
     "When an exception leaves the app the server ends that call and closes its connection."),
    ("error.send-after-close-no-op", "server", "should", "2.0", _ERRORS,
     "Sending after the close does nothing unless the protocol names an error."),
    ("error.own-send-error-swallowed", "server", "should", "2.4 (text 2024-02)", _ERRORS,
     "The server knows the error of its own send, and ignores it when it comes back."),
    ("legacy.supported", "server", "should", "3.0", "main#legacy-applications", "Servers run apps of the 2.0 style."),
    ("legacy.second-call-at-once", "server", "must", "2.0", "main#legacy-applications",
     "The instance of a 2.0 app is called without delay."),
    ("ext.listed-when-supported", "server", "should", "2.0", _EXT, "A supported extension is listed."),
    ("ext.accepted-when-listed", "server", "implied", "2.0", _EXT, "The events of a listed extension are taken."),
):
    _rule(_name, _party, _level, _section, _says, "", since=_since, by=By.WIRE)
# fmt: on


@end_check(RETURNS_NONE, "*", when=lambda view: view.ending == "returned")
def _returns_none(view: View) -> Iterator[str]:
    if view.value is not None:
        yield f"it gave {view.value!r}"


@end_check(UNKNOWN_TYPE, "?", when=lambda view: view.ending in ("returned", "raised") and view.clean)
def _unknown_type(view: View) -> Iterator[str]:
    if view.ending == "returned" and isinstance(view.scope.get("type"), str):
        yield f"it returned for the scope type {view.scope['type']!r}"


@check(SCOPE_DICT, "scope not a dict")
def _scope_dict(wrapped: Event, view: View) -> Iterator[str]:
    yield typed("the scope", wrapped[""], "dict")


@check(EVENT_DICT, "send not a dict", "receive not a dict")
def _event_dict(wrapped: Event, view: View) -> Iterator[str]:
    yield typed("the event", wrapped[""], "dict")


@check(SCOPE_DICT, "scope *", shape=True)
@check(EVENT_DICT, "send *", "receive *", shape=True)
def _is_dict(event: Event, view: View) -> Iterator[str]:
    yield from ()  # put to the test and kept: what is no dict comes by the other place


@check(TYPE_PRESENT, "scope *", shape=True)
def _type_present(scope: Event, view: View) -> Iterator[str]:
    if "type" not in scope:
        yield "type is missing"


@check(TYPE_STR, "scope *", key="type", shape=True)
def _type_str(scope: Event, view: View) -> Iterator[str]:
    if not isinstance(scope["type"], str):
        yield typed("type", scope["type"], "str")


@check(ASGI_PRESENT, "scope *", shape=True)
def _asgi(scope: Event, view: View) -> Iterator[str]:
    if "asgi" not in scope:
        yield "asgi is missing"
    elif not isinstance(scope["asgi"], dict):
        yield typed("asgi", scope["asgi"], "dict")


@check(VERSION_PRESENT, "scope *", key="asgi")
def _version_present(scope: Event, view: View) -> Iterator[str]:
    if isinstance(scope["asgi"], dict) and "version" not in scope["asgi"]:
        yield "version is missing in asgi"


@check(VERSION_VALUE, "scope *", key="asgi")
def _version_value(scope: Event, view: View) -> Iterator[str]:
    asgi = scope["asgi"]
    version = asgi.get("version") if isinstance(asgi, dict) else None
    if isinstance(version, str) and version not in ("2.0", "3.0"):
        yield f"version is {version!r}"


@check(SPEC_VERSION_TYPE, "scope *", key="asgi")
def _spec_version_type(scope: Event, view: View) -> Iterator[str]:
    asgi = scope["asgi"]
    # HTTP and WebSocket have a rule of their own since 2.1; a version that cannot be read counts as 2.0.
    kind = scope.get("type")
    specific = kind == "lifespan" or (kind in ("http", "websocket") and view.edition.version >= (2, 1))
    if not specific and isinstance(asgi, dict) and not isinstance(asgi.get("spec_version", ""), str):
        yield typed("spec_version", asgi["spec_version"], "str")


@check(KEYS_STR, "scope *", "send *", "receive *", shape=True)
def _keys(event: Event, view: View) -> Iterator[str]:
    for key in event:
        if not isinstance(key, str):
            yield f"the key {key!r} is {type(key).__name__}"


@check(EVENT_TYPE_PRESENT, "send *", "receive *", shape=True)
def _event_type_present(event: Event, view: View) -> Iterator[str]:
    if "type" not in event:
        yield "type is missing"


@check(EVENT_TYPE_STR, "send *", "receive *", key="type", shape=True)
def _event_type_str(event: Event, view: View) -> Iterator[str]:
    if not isinstance(event["type"], str):
        yield typed("type", event["type"], "str")


# What a rule of its own looks at, for each event; everything else is free, within the types of events.
_OWN: dict[object, frozenset[object]] = {
    kind: frozenset(("type", *keys.split()))
    for kind, keys in {
        "http.request": "body more_body",
        "http.response.start": "status headers trailers",
        "http.response.body": "body more_body",
        "http.response.trailers": "headers more_trailers",
        "http.response.early_hint": "links",
        "http.response.push": "path headers",
        "http.response.zerocopysend": "file offset count more_body",
        "http.response.pathsend": "path",
        "http.response.debug": "info",
        "websocket.accept": "subprotocol headers",
        "websocket.receive": "bytes text",
        "websocket.send": "bytes text",
        "websocket.disconnect": "code reason",
        "websocket.close": "code reason",
        "websocket.http.response.start": "status headers",
        "websocket.http.response.body": "body more_body",
        "lifespan.startup.failed": "message",
        "lifespan.shutdown.failed": "message",
    }.items()
}
_TYPE_ALONE: frozenset[object] = frozenset(("type", ""))  # the empty key stands for an event that is no dict
_WHOLE_NUMBERS = ("offset", "count")  # the fields of any size; the others' own rules have a narrower range
_PLAIN = (bytes, str, int, float, bool, type(None))


def _own(event: Event) -> frozenset[object]:
    kind = event.get("type")
    return _OWN.get(kind, _TYPE_ALONE) if isinstance(kind, str) else _TYPE_ALONE


def _walk(value: Any, seen: set[int], depth: int = 0) -> Iterator[Any]:
    """The value and everything in it, containers first, each container once: an app may nest without end."""
    yield value
    if not isinstance(value, list | tuple | dict) or depth > 32 or id(value) in seen:
        return
    seen.add(id(value))
    for item in value.values() if isinstance(value, dict) else value:
        yield from _walk(item, seen, depth + 1)


def _values(event: Event) -> Iterator[tuple[object, Any]]:
    """Every value that no rule of its own looks at, with the event's key under which it stands."""
    own = _own(event)
    for key, value in event.items():
        if key not in own:
            for item in _walk(value, set()):
                yield key, item


def _has_others(event: Event, view: View) -> bool:
    return not _own(event).issuperset(event)


@check(ALLOWED_TYPES, "send *", "receive *", when=_has_others, when_shape=True)
def _allowed_types(event: Event, view: View) -> Iterator[str]:
    for key, item in _values(event):
        if not isinstance(item, (*_PLAIN, list, dict, tuple)):
            if isinstance(item, bytearray | memoryview):
                continue  # told by common.strings.bytes-exact
            yield f"{key!r} holds {type(item).__name__}"


@check(BYTES_EXACT, "send *", "receive *", when=_has_others, when_shape=True)
def _bytes_exact(event: Event, view: View) -> Iterator[str]:
    for key, item in _values(event):
        if isinstance(item, bytearray | memoryview):
            yield f"{key!r} holds {type(item).__name__}, not bytes"


def _fits(value: object) -> bool:
    return not isinstance(value, int) or -(1 << 63) <= value < 1 << 63


@check(INT_RANGE, "send http.response.zerocopysend")
def _file_range(event: Event, view: View) -> Iterator[str]:
    for key in _WHOLE_NUMBERS:
        if not _fits(event.get(key)):
            yield f"{key!r} is {told(event[key])}"


@check(INT_RANGE, "send *", "receive *", when=_has_others, when_shape=True)
def _int_range(event: Event, view: View) -> Iterator[str]:
    for key, item in _values(event):
        if not _fits(item):
            yield f"{key!r} holds {told(item)}"


@check(FLOAT_NAN, "send *", "receive *", when=_has_others, when_shape=True)
def _float_nan(event: Event, view: View) -> Iterator[str]:
    for key, item in _values(event):
        if isinstance(item, float) and math.isnan(item):
            yield f"{key!r} holds NaN"


@check(FLOAT_INFINITY, "send *", "receive *", when=_has_others, when_shape=True)
def _float_infinity(event: Event, view: View) -> Iterator[str]:
    for key, item in _values(event):
        if isinstance(item, float) and math.isinf(item):
            yield f"{key!r} holds {item}"


@check(NOT_TUPLE, "send *", "receive *", when=_has_others, when_shape=True)
def _not_tuple(event: Event, view: View) -> Iterator[str]:
    for key, item in _values(event):
        if isinstance(item, tuple):
            yield f"{key!r} holds a tuple"


@check(NESTED_KEYS, "send *", "receive *", when=_has_others, when_shape=True)
def _nested_keys(event: Event, view: View) -> Iterator[str]:
    for key, item in _values(event):
        if isinstance(item, dict):
            for inner in item:
                if not isinstance(inner, str):
                    yield f"{key!r} holds a dict with the key {inner!r}"


@check(EXT_DICT, "scope *", key="extensions", shape=True)
def _ext_dict(scope: Event, view: View) -> Iterator[str]:
    if not isinstance(scope["extensions"], dict | None):  # asgiref's typing allows None
        yield typed("extensions", scope["extensions"], "dict")


def _listed(scope: Event) -> dict[Any, Any]:
    listed = scope["extensions"]
    return listed if isinstance(listed, dict) else {}


@check(EXT_NAME, "scope *", key="extensions")
def _ext_name(scope: Event, view: View) -> Iterator[str]:
    for name in _listed(scope):
        if not isinstance(name, str):
            yield f"the name {name!r} is {type(name).__name__}"


@check(EXT_VALUE, "scope *", key="extensions")
def _ext_value(scope: Event, view: View) -> Iterator[str]:
    for name, value in _listed(scope).items():
        if not isinstance(value, dict) and name != "tls":  # tls has a rule of its own
            yield f"{name!r} holds {type(value).__name__}, not dict"


@check(EXT_FITTING, "scope *", key="extensions")
def _ext_fitting(scope: Event, view: View) -> Iterator[str]:
    for name in _listed(scope):
        if not isinstance(name, str):
            continue
        if name.startswith("http.response.") and scope.get("type") in ("websocket", "lifespan"):
            yield f"{name!r} on a scope of type {scope.get('type')!r}"
        if name.startswith("websocket.") and scope.get("type") in ("http", "lifespan"):
            yield f"{name!r} on a scope of type {scope.get('type')!r}"
