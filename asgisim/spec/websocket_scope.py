"""WebSocket: what the scope holds."""

from __future__ import annotations

from collections.abc import Iterator

from asgisim.spec import scope_fields as fields
from asgisim.spec.rules import By, Event, Rule, check, rule
from asgisim.spec.shapes import is_int, items_of, typed
from asgisim.spec.view import View

_DOC = "www#websocket-connection-scope"
_PLACE = "scope websocket"
_KINDS = ("http", "websocket", "lifespan")


def _scope(
    name: str,
    says: str,
    hint: str,
    *,
    level: str = "must",
    since: str = "2.0",
    section: str = _DOC,
    advisory: bool = False,
) -> Rule:
    """A rule on what the server puts into the scope."""
    identity = f"websocket.scope.{name}"
    return rule(identity, "server", level, since, section, says, hint, advisory=advisory)


def _default(name: str, says: str, hint: str, since: str = "2.0") -> Rule:
    """A rule on what an app makes of a key that is missing: compared with the key's default written out."""
    return rule(f"websocket.scope.{name}", "app", "must", since, _DOC, says, hint, by=By.EQUAL)


_TEXT_2019 = "2.0 (text 2019-01)"
_STATE = "2.3 (text 2023-03)"
_NONE_HINT = "Read it with scope.get(...), and take None for missing."

# fmt: off
TYPE = _scope("type", "The scope of a WebSocket says so in type: websocket.", "Write 'websocket'.",
              level="should", section="www#websocket")
ASGI_VERSION = _scope("asgi.version", "version in asgi, where given, is a str.", "Write '3.0'.")
SPEC_VERSION = _scope("asgi.spec-version", "spec_version in asgi names a version of this text.",
                      "Write one of 2.0 to 2.5, as a str.", since="2.1")
HTTP_VERSION_TYPE = _scope("http-version.type", "http_version, where given, is a str.", "Write '1.1'.",
                           since=_TEXT_2019)
HTTP_VERSION_VALUE = _scope("http-version.value", "http_version is 1.1 or 2, since 2026-09 also 3.",
                            "Write '2', not '2.0'.", since=_TEXT_2019)
SCHEME_TYPE = _scope("scheme.type", "scheme, where given, is a str.", "Write 'ws' or 'wss'.")
SCHEME_NONEMPTY = _scope("scheme.nonempty", "scheme is never empty.", "Leave the key out if it is not known.")
PATH_PRESENT = _scope("path.present", "The scope has a path.", "Set path, '/' for none.")
PATH_TYPE = _scope("path.type", "path is a str.", "Decode the escapes, then UTF-8.")
RAW_PATH_TYPE = _scope("raw-path.type", "raw_path, where given, is bytes or None.",
                       "Keep the bytes of the request line.", since="2.1")
RAW_PATH_NO_QUERY = _scope("raw-path.no-query", "raw_path ends before the question mark.",
                           "Cut the target at the first `?`.", since="2.5 (text after 2024-06)")
QUERY_STRING_TYPE = _scope("query-string.type", "query_string, where given, is bytes or None.",
                           "Keep the bytes of the request line.")
ROOT_PATH_TYPE = _scope("root-path.type", "root_path, where given, is a str.", "Write '' for none.")
HEADERS_PRESENT = _scope("headers.present", "The scope has headers.", "Write an empty list for none.")
HEADERS_ITERABLE = _scope("headers.iterable", "headers is an iterable of two-item iterables.",
                          "Write a list of [name, value].")
HEADERS_NAME_BYTES = _scope("headers.name-bytes", "Names of headers are bytes.", "Keep the bytes.")
HEADERS_VALUE_BYTES = _scope("headers.value-bytes", "Values of headers are bytes.", "Keep the bytes.")
HEADERS_LOWERCASE = _scope("headers.lowercase", "Names of headers are better in lower case.",
                           "Lower the names.", level="should", since="2.3 (text 2021-03; must before)",
                           advisory=True)
HEADERS_NO_PSEUDO = _scope("headers.no-pseudo", "No name of a header begins with a colon.",
                           "Drop pseudo headers; :authority becomes host.", since="2.1 (text 2019-09)")
CLIENT = _scope("client", "client, where given, is None or a str host and an int port.",
                "Write [host, port].")
SERVER = _scope("server", "server, where given, is None or a str host and an int port, None for a unix one.",
                "Write [host, port], or [path, None].")
SUBPROTOCOLS_TYPE = _scope("subprotocols.type", "subprotocols, where given, is an iterable of str.",
                           "Split the header at commas and decode.")
STATE_TYPE = _scope("state.type", "state, where given, is a dict whose keys are str.",
                    "Give a shallow copy of the lifespan's dict.", since=_STATE)

SPEC_VERSION_DEFAULT = _default(
    "asgi.spec-version.default", "To an app no spec_version is 2.0.",
    "Read it with .get('spec_version', '2.0').", "2.1")
HTTP_VERSION_DEFAULT = _default(
    "http-version.default", "To an app no http_version is 1.1.",
    "Read it with .get('http_version', '1.1').", _TEXT_2019)
SCHEME_DEFAULT = _default(
    "scheme.default", "To an app no scheme is ws.", "Read it with .get('scheme', 'ws').")
RAW_PATH_DEFAULT = _default(
    "raw-path.default", "To an app no raw_path is None, and None is no bytes.", _NONE_HINT, "2.1")
QUERY_STRING_DEFAULT = _default(
    "query-string.default", "To an app no query_string, or None, is b''.",
    "Read it with `scope.get('query_string') or b''`.")
ROOT_PATH_DEFAULT = _default(
    "root-path.default", "To an app no root_path is ''.", "Read it with .get('root_path', '').")
CLIENT_DEFAULT = _default(
    "client.default", "An app gets on without client, missing or None.", _NONE_HINT)
SERVER_DEFAULT = _default(
    "server.default", "An app gets on without server, missing or None.", _NONE_HINT)
SUBPROTOCOLS_DEFAULT = _default(
    "subprotocols.default", "To an app no subprotocols is none offered.",
    "Read it with .get('subprotocols', []).")
STATE_OPTIONAL = _default(
    "state.optional", "An app gets on with a server that gives no state.",
    "Look whether 'state' is in the scope before you use it.", _STATE)

# Seen only where the request on the wire, or several exchanges, are known as well.
for _name, _since, _says, _hint in (
    ("path.no-query", "2.0", "path ends before the question mark.", "Cut the target at the first `?`."),
    ("path.decoded", "2.0", "In path the percent escapes, and UTF-8 in them, are decoded.",
     "Decode the escapes, then UTF-8."),
    ("raw-path.unmodified", "2.1", "raw_path is the path as it came, nothing decoded, added or cut off.",
     "Keep the bytes of the request line."),
    ("state.copy", _STATE, "Each connection gets a copy of its own of the lifespan's state.",
     "Copy the dict for each scope."),
):
    rule(f"websocket.scope.{_name}", "server", "must", _since, _DOC, _says, _hint, by=By.WIRE)
# fmt: on


@check(TYPE, "scope *", key="subprotocols")
def _type(scope: Event, view: View) -> Iterator[str]:
    kind = scope.get("type")
    if isinstance(kind, str) and kind not in _KINDS and "path" in scope:
        yield f"a scope with path and subprotocols has the type {kind!r}"


fields.asgi(_PLACE, ASGI_VERSION, SPEC_VERSION)
fields.text(_PLACE, HTTP_VERSION_TYPE, "http_version")
fields.text(_PLACE, SCHEME_TYPE, "scheme")
fields.text(_PLACE, PATH_TYPE, "path")
fields.text(_PLACE, ROOT_PATH_TYPE, "root_path")
fields.octets(_PLACE, RAW_PATH_TYPE, "raw_path", none=True)
fields.octets(_PLACE, QUERY_STRING_TYPE, "query_string", none=True)
fields.present(_PLACE, PATH_PRESENT, "path")
fields.present(_PLACE, HEADERS_PRESENT, "headers")
fields.http_version(_PLACE, HTTP_VERSION_VALUE, ("1.1", "2"))
fields.scheme(_PLACE, SCHEME_NONEMPTY)
fields.raw_path(_PLACE, RAW_PATH_NO_QUERY)
fields.headers(
    _PLACE,
    iterable=HEADERS_ITERABLE,
    name_bytes=HEADERS_NAME_BYTES,
    value_bytes=HEADERS_VALUE_BYTES,
    lowercase=HEADERS_LOWERCASE,
    no_pseudo=HEADERS_NO_PSEUDO,
)
fields.state(_PLACE, STATE_TYPE)


@check(CLIENT, _PLACE, key="client")
def _client(scope: Event, view: View) -> Iterator[str]:
    yield from _address("client", scope["client"], portless=False)


@check(SERVER, _PLACE, key="server")
def _server(scope: Event, view: View) -> Iterator[str]:
    yield from _address("server", scope["server"], portless=True)


def _address(key: str, value: object, *, portless: bool) -> Iterator[str]:
    if value is None:
        return
    pair = items_of(value)
    if pair is None or len(pair) != 2:
        yield f"{key} is {value!r}, not a host and a port"
    elif not isinstance(pair[0], str):
        yield typed(f"the host in {key}", pair[0], "str")
    elif not is_int(pair[1]) and not (portless and pair[1] is None):
        yield typed(f"the port in {key}", pair[1], "int")


@check(SUBPROTOCOLS_TYPE, _PLACE, key="subprotocols")
def _subprotocols_type(scope: Event, view: View) -> Iterator[str]:
    items = items_of(scope["subprotocols"])
    if items is None:
        yield typed("subprotocols", scope["subprotocols"], "an iterable of str")
    for item in items or ():
        if not isinstance(item, str):
            yield f"{item!r} is {type(item).__name__}, not str"
