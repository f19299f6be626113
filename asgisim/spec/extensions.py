"""The extensions of HTTP responses: trailers, early hints, push, zero copy, path send, debug.

Their order stands in the tables of ``http.py``; here are their rules and the checks of their fields.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import unquote

from asgisim.spec.rules import By, Event, Rule, check, end_check, rule
from asgisim.spec.shapes import is_int, items_of, names_of, not_pairs, pairs_of, typed
from asgisim.spec.view import View

PUSH, ZERO_COPY, PATH = "http.response.push", "http.response.zerocopysend", "http.response.pathsend"
HINT, TRAILERS, DEBUG = "http.response.early_hint", "http.response.trailers", "http.response.debug"
NAMES = (PUSH, ZERO_COPY, PATH, HINT, TRAILERS, DEBUG)

_SECTION = {
    "push": "extensions#http-2-server-push",
    "zerocopy": "extensions#zero-copy-send",
    "pathsend": "extensions#path-send",
    "early-hint": "extensions#early-hints",
    "trailers": "extensions#http-trailers",
    "debug": "extensions#debug",
}
_SINCE = {
    "push": "ext 2018-06",
    "zerocopy": "ext 2020-10",
    "pathsend": "ext 2023-09",
    "early-hint": "ext 2022-08",
    "trailers": "ext 2022-09",
    "debug": "ext 2022-12",
}


def _rule(
    name: str,
    says: str,
    hint: str,
    *,
    level: str = "must",
    by: By = By.FIELD,
    party: str = "app",
    since: str = "",
    advisory: bool = False,
) -> Rule:
    kind = name.split(".", 1)[0]
    since = since or _SINCE[kind]
    return rule(f"ext.{name}", party, level, since, _SECTION[kind], says, hint, by=by, advisory=advisory)


# fmt: off
PUSH_ORDER = _rule("push.order", "A push comes after the start and before the last body.",
                   "Send http.response.push right after http.response.start.", by=By.CELL)
ZERO_COPY_ORDER = _rule("zerocopy.order", "Zero copy comes after the start and before the body is complete.",
                        "Send http.response.start first, and nothing after the last piece.", by=By.CELL)
PATH_AFTER_START = _rule("pathsend.after-start", "A path send comes after the start.",
                         "Send http.response.start first.", by=By.CELL)
PATH_NOT_MIXED = _rule("pathsend.not-mixed", "A path send is not mixed with body events in one response.",
                       "Send the whole body one way or the other.", by=By.CELL)
PATH_ONCE = _rule("pathsend.once", "A path is sent a single time in a response.",
                  "Return after http.response.pathsend: it completes the response.", by=By.CELL)
HINT_ORDER = _rule("early-hint.order", "Early hints come before the start (until 2026-08: after it).",
                   "Send http.response.early_hint first, then http.response.start.", by=By.CELL,
                   since="ext 2022-08, order reversed 2026-08")
TRAILERS_ANNOUNCED = _rule("trailers.announced", "Trailers are sent only if the start had trailers true.",
                           "Put trailers=True into http.response.start.", by=By.FIELD)
TRAILERS_SENT = _rule("trailers.sent", "Where the start announced trailers they follow the last body.",
                      "Send http.response.trailers before returning.", by=By.CELL)
TRAILERS_ORDER = _rule("trailers.order", "Trailers come after the last body.",
                       "Send the last body first.", by=By.CELL)
TRAILERS_NOTHING_AFTER = _rule(
    "trailers.nothing-after", "No trailers follow the event whose more_trailers is false.",
    "Set more_trailers on all but the last.", level="implied", by=By.CELL)
DEBUG_BEFORE_START = _rule("debug.before-start", "Debug information comes before the start.",
                           "Send http.response.debug first.", by=By.CELL)
DEBUG_ONCE = _rule("debug.once", "Debug information is sent a single time.",
                   "Collect it, then send one event.", by=By.CELL)
# fmt: on

_FIELDS = {
    "push": PUSH,
    "zerocopy": ZERO_COPY,
    "pathsend": PATH,
    "early-hint": HINT,
    "debug": DEBUG,
}


def _counts(view: View) -> bool:
    """On HTTP, with the client still there; elsewhere other rules speak of these events."""
    return view.scope.get("type") == "http" and not (view.gone or view.told)


def _unlisted(kind: str, event_type: str) -> None:
    only = _rule(
        f"{kind}.only-when-listed",
        f"{event_type} is sent only where the scope lists the extension.",
        "Look into scope['extensions'] first, and do without where it is not there.",
    )

    @check(only, f"send {event_type}")
    def unlisted(event: Event, view: View) -> Iterator[str]:
        if _counts(view) and not view.offers(event_type):
            yield f"the scope does not list {event_type}"


for _kind, _event_type in _FIELDS.items():
    _unlisted(_kind, _event_type)

TRAILERS_ONLY_WHEN_LISTED = _rule(
    "trailers.only-when-listed",
    "Trailers, and trailers true in the start, are used only where the scope lists the extension.",
    "Look into scope['extensions'] first, and do without where it is not there.",
)


@check(TRAILERS_ONLY_WHEN_LISTED, "send http.response.start", "send http.response.trailers")
def _trailers_unlisted(event: Event, view: View) -> Iterator[str]:
    if not _counts(view) or view.offers(TRAILERS):
        return
    if event.get("type") == TRAILERS or event.get("trailers") is True:
        yield f"the scope does not list {TRAILERS}"


@check(TRAILERS_ANNOUNCED, "send http.response.trailers", when=lambda event, view: view.offers(TRAILERS))
def _trailers_announced(event: Event, view: View) -> Iterator[str]:
    starts = [one for one in view.sent if one.get("type") == "http.response.start"]
    if starts and not (view.gone or view.told) and not any(one.get("trailers") is True for one in starts):
        yield "the start did not say trailers=True"


def headers_checks(shape: Rule | None, lowercase: Rule, no_pseudo: Rule, *places: str) -> None:
    """The checks of a header list: its shape (where it must be there), lower-case names, no pseudo headers."""
    if shape is not None:

        @check(shape, *places, headers=True)
        def is_header_list(event: Event, view: View) -> Iterator[str]:
            if "headers" not in event:
                yield "headers is missing"
                return
            yield from not_pairs(event["headers"])
            for name, value in pairs_of(event["headers"]):
                if type(name) is not bytes or type(value) is not bytes:
                    yield f"{name!r}: {value!r} is not a pair of bytes"

    @check(lowercase, *places, key="headers", headers=True)
    def is_lowercase(event: Event, view: View) -> Iterator[str]:
        for name in names_of(event["headers"]):
            if name != name.lower():
                yield f"{name!r} has capital letters; write {name.lower()!r}"

    @check(no_pseudo, *places, key="headers", headers=True)
    def is_no_pseudo(event: Event, view: View) -> Iterator[str]:
        for name in names_of(event["headers"]):
            if name.startswith(b":"):
                yield f"{name!r} is a pseudo header"


def _header_rules(kind: str, event_type: str, pseudo_since: str = "") -> None:
    headers_checks(
        _rule(
            f"{kind}.headers",
            "headers is there, an iterable of pairs of bytes.",
            "Write [[b'name', b'value']].",
        ),
        _rule(f"{kind}.headers.lowercase", "Names of headers are in lower case.", "Lower the names."),
        _rule(
            f"{kind}.headers.no-pseudo",
            "No name of a header begins with a colon.",
            "Leave pseudo headers to the server.",
            since=pseudo_since,
        ),
        f"send {event_type}",
    )


_header_rules("push", PUSH, "ext 2019-09")
_header_rules("trailers", TRAILERS)


def _bool_rule(name: str, key: str, event_type: str, says: str) -> None:
    made = _rule(name, says, f"Write {key} as True or False, or leave it out.")

    @check(made, f"send {event_type}", key=key, shape=True)
    def is_bool(event: Event, view: View) -> Iterator[str]:
        if not isinstance(event[key], bool):
            yield typed(key, event[key], "bool")


_bool_rule("zerocopy.more-body", "more_body", ZERO_COPY, "more_body, where given, is a bool.")
_bool_rule("trailers.more.type", "more_trailers", TRAILERS, "more_trailers, where given, is a bool.")


def _int_rule(name: str, key: str) -> None:
    made = _rule(name, f"{key}, where given, is an int.", f"Write {key} in bytes, as an int.")

    @check(made, f"send {ZERO_COPY}", key=key, shape=True)
    def is_whole(event: Event, view: View) -> Iterator[str]:
        if not is_int(event[key]) and event[key] is not None:
            yield typed(key, event[key], "int")


_int_rule("zerocopy.offset", "offset")
_int_rule("zerocopy.count", "count")

# fmt: off
PUSH_PATH = _rule("push.path", "path is there, and a str.", "Write the path of what is pushed.")
PUSH_PATH_DECODED = _rule("push.path.decoded", "path is text whose percent escapes are decoded.",
                          "Write the characters themselves.")
PATH_PATH = _rule("pathsend.path", "path is there, and a str.", "Write the file's path as a str.")
PATH_ABSOLUTE = _rule("pathsend.path.absolute", "path is absolute.", "Use os.path.abspath.")
PATH_HEADERS = _rule("pathsend.headers-by-app", "content-length, where given, is the size of the file.",
                     "Take the size from os.stat; the server adds no headers.", advisory=True)
HINT_LINKS = _rule("early-hint.links", "links is there, an iterable of bytes.", "Write [b'</a.css>; rel=preload'].")
DEBUG_INFO = _rule("debug.info", "info is there, a dict whose keys are str.", "Write a dict; its values are free.")
ZERO_COPY_FILE = _rule("zerocopy.file", "file is there, open, and has a real file descriptor.",
                       "Hand over a file opened for reading bytes.")
ZERO_COPY_CLOSES = _rule("zerocopy.app-closes", "The app closes the file by itself.",
                         "Open it in a `with`.", level="should", by=By.END)
TRAILER_HEADER = _rule("trailers.trailer-header", "The trailer header of the response names the fields to come.",
                       "Add a trailer header to http.response.start.", by=By.END, advisory=True)
# fmt: on


@check(PUSH_PATH, f"send {PUSH}", shape=True)
@check(PATH_PATH, f"send {PATH}", shape=True)
def _path_is_str(event: Event, view: View) -> Iterator[str]:
    if "path" not in event:
        yield "path is missing"
    elif not isinstance(event["path"], str):
        yield typed("path", event["path"], "str")


@check(PUSH_PATH_DECODED, f"send {PUSH}", key="path")
def _push_path_decoded(event: Event, view: View) -> Iterator[str]:
    path = event["path"]
    # A percent sign may stand for itself; only what decodes to text beyond ASCII was surely left encoded.
    if isinstance(path, str) and unquote(path) != path and not unquote(path).isascii():
        yield f"path is {path!r}; write {unquote(path)!r}"


@check(PATH_ABSOLUTE, f"send {PATH}", key="path")
def _path_absolute(event: Event, view: View) -> Iterator[str]:
    path = event["path"]
    if isinstance(path, str) and not os.path.isabs(path):
        yield f"path is {path!r}"


@check(HINT_LINKS, f"send {HINT}")
def _links(event: Event, view: View) -> Iterator[str]:
    if "links" not in event:
        yield "links is missing"
        return
    links = items_of(event["links"])
    if links is None:
        yield typed("links", event["links"], "an iterable of bytes")
    for link in links or ():
        if type(link) is not bytes:
            yield f"{link!r} is not bytes"


@check(DEBUG_INFO, f"send {DEBUG}")
def _info(event: Event, view: View) -> Iterator[str]:
    info = event.get("info")
    if not isinstance(info, dict):
        yield "info is missing" if "info" not in event else typed("info", info, "dict")
    elif not all(isinstance(key, str) for key in info):
        yield "info has keys that are not str"


@check(ZERO_COPY_FILE, f"send {ZERO_COPY}")
def _file(event: Event, view: View) -> Iterator[str]:
    if "file" not in event:
        yield "file is missing"
        return
    file = event["file"]
    if getattr(file, "recorded", False):
        return  # a trace read back from JSON: the file itself is gone
    try:
        file.fileno()
    except Exception as error:  # whatever a file-like object raises, it is no real file
        yield f"file is {type(file).__name__} without a file descriptor ({type(error).__name__})"


def _files(view: View) -> list[object]:
    return [one.get("file") for one in view.sent if one.get("type") == ZERO_COPY]


@end_check(ZERO_COPY_CLOSES, "http", when=lambda view: view.offers(ZERO_COPY) and bool(_files(view)))
def _file_closed(view: View) -> Iterator[str]:
    if any(getattr(file, "closed", True) is False for file in _files(view)):
        yield "the file is still open after the call"


def _announced(view: View) -> list[Event]:
    return [
        one for one in view.sent if one.get("type") == "http.response.start" and one.get("trailers") is True
    ]


@end_check(
    TRAILER_HEADER,
    "http",
    when=lambda view: (
        view.offers(TRAILERS)
        and bool(_announced(view))
        and any(one.get("type") == TRAILERS for one in view.sent)
    ),
)
def _trailer_header(view: View) -> Iterator[str]:
    lines = [value for name, value in pairs_of(_announced(view)[0].get("headers")) if name == b"trailer"]
    fields = {name.strip().lower() for line in lines if isinstance(line, bytes) for name in line.split(b",")}
    for one in view.sent:
        if one.get("type") == TRAILERS:
            for name in names_of(one.get("headers")):
                if name.lower() not in fields and not name.startswith(b":"):
                    yield f"the trailer header does not name {name!r}"


def _length(event: Event) -> bytes | None:
    for name, value in pairs_of(event.get("headers")):
        if name == b"content-length" and isinstance(value, bytes):
            return value
    return None


@check(PATH_HEADERS, f"send {PATH}", key="path")
def _path_length(event: Event, view: View) -> Iterator[str]:
    starts = [one for one in view.sent if one.get("type") == "http.response.start"]
    length = _length(starts[0]) if starts else None
    path = event["path"]
    if length is None or not isinstance(path, str) or not os.path.exists(path):
        return
    if length != b"%d" % os.path.getsize(path):
        yield f"content-length is {length!r}, the file has {os.path.getsize(path)} bytes"


# What a server owes: seen only against the wire, or by trying.
for _name, _since, _says in (
    ("push.new-instance", "ext 2018-06", "A pushed request runs as a new call of the app."),
    ("zerocopy.server-leaves-open", "ext 2020-10", "The server does not close the file."),
):
    _level = "should" if _name == "push.new-instance" else "implied"
    _rule(_name, _says, "", level=_level, party="server", by=By.WIRE, since=_since)

_DEBUG_SERVER = _rule(
    "debug.not-in-servers",
    "Servers for production do not offer http.response.debug.",
    "Leave the extension to test clients.",
    level="should",
    party="server",
    by=By.WIRE,
)


for _kind in ("push", "zerocopy", "pathsend", "early-hint", "trailers"):
    # Whether a server supports an extension shows only when its events are tried.
    _rule(
        f"{_kind}.listed",
        "A server that supports the extension lists it in the scope.",
        "Add it to scope['extensions'].",
        party="server",
        by=By.WIRE,
    )
