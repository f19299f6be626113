"""HTTP: what the scope holds."""

from __future__ import annotations

from collections.abc import Iterator

from asgisim.spec import scope_fields as fields
from asgisim.spec.rules import By, Event, Rule, check, rule
from asgisim.spec.shapes import is_int, items_of
from asgisim.spec.view import View

_DOC = "www#http-connection-scope"
_PLACE = "scope http"
_STATE = "2.3 (text 2023-03)"


def _scope(
    name: str,
    says: str,
    hint: str,
    *,
    level: str = "must",
    since: str = "2.0",
    section: str = _DOC,
    by: By = By.FIELD,
    party: str = "server",
    advisory: bool = False,
) -> Rule:
    identity = f"http.scope.{name}"
    return rule(identity, party, level, since, section, says, hint, by=by, advisory=advisory)


def _default(name: str, says: str, hint: str, since: str = "2.0", level: str = "must") -> Rule:
    return _scope(name, says, hint, since=since, by=By.EQUAL, party="app", level=level)


# fmt: off
TYPE = _scope("type", "The scope of an HTTP request says so in type: http.", "Write 'http'.",
              level="should", section="www#http")
ASGI_VERSION = _scope("asgi.version", "version in asgi is a str.", "Write '3.0'.")
SPEC_VERSION = _scope("asgi.spec-version", "spec_version in asgi names a version of this text.",
                      "Write one of 2.0 to 2.5, as a str.", since="2.1")
HTTP_VERSION_PRESENT = _scope("http-version.present", "http_version is there.", "Write '1.1'.")
HTTP_VERSION_TYPE = _scope("http-version.type", "http_version is a str.", "Write '1.1'.")
HTTP_VERSION_VALUE = _scope("http-version.value", "http_version is 1.0, 1.1 or 2, since 2026-09 also 3.",
                            "Write '2', not '2.0', and '1.0', not '1'.")
METHOD_PRESENT = _scope("method.present", "method is there.", "Take it from the request line.")
METHOD_TYPE = _scope("method.type", "method is a str.", "Decode it as ASCII.")
METHOD_UPPERCASE = _scope("method.uppercase", "method is in upper case.", "Raise its letters.")
SCHEME_TYPE = _scope("scheme.type", "scheme, where given, is a str.", "Write 'http' or 'https'.")
SCHEME_NONEMPTY = _scope("scheme.nonempty", "scheme is never empty.", "Leave the key out if it is not known.")
PATH_PRESENT = _scope("path.present", "path is there.", "Set path, '/' for none.")
PATH_TYPE = _scope("path.type", "path is a str.", "Decode the escapes, then UTF-8.")
RAW_PATH_TYPE = _scope("raw-path.type", "raw_path, where given, is bytes or None.",
                       "Keep the bytes of the request line.", since="2.1")
RAW_PATH_NO_QUERY = _scope("raw-path.no-query", "raw_path ends before the question mark.",
                           "Cut the target at the first `?`.", since="2.3 (text 2023-08)")
QUERY_PRESENT = _scope("query-string.present", "query_string is there.", "Write b'' for none.")
QUERY_TYPE = _scope("query-string.type", "query_string is bytes.", "Keep the bytes of the request line.")
ROOT_PATH_TYPE = _scope("root-path.type", "root_path, where given, is a str.", "Write '' for none.")
HEADERS_PRESENT = _scope("headers.present", "headers is there.", "Write an empty list for none.")
HEADERS_ITERABLE = _scope("headers.iterable", "headers is an iterable of two-item iterables.",
                          "Write a list of [name, value].")
NAME_BYTES = _scope("headers.name-bytes", "Names of headers are bytes.", "Keep the bytes.")
VALUE_BYTES = _scope("headers.value-bytes", "Values of headers are bytes.", "Keep the bytes.")
LOWERCASE = _scope("headers.lowercase", "Names of headers are better in lower case.", "Lower the names.",
                   level="should", since="2.3 (text 2021-03; must before)", advisory=True)
NO_PSEUDO = _scope("headers.no-pseudo", "No name of a header begins with a colon.",
                   "Drop pseudo headers; :authority becomes host.", since="2.1 (text 2019-09)")
CLIENT_SHAPE = _scope("client.shape", "client, where given, is None or a two-item iterable.", "Write [host, port].")
CLIENT_HOST = _scope("client.host", "The first item of client is a str.", "Write the address as text.")
CLIENT_PORT = _scope("client.port", "The second item of client is an int.", "Write the port as a number.")
SERVER_SHAPE = _scope("server.shape", "server, where given, is None or a two-item iterable.", "Write [host, port].")
SERVER_HOST = _scope("server.host", "The first item of server is a str: an address, or a unix socket's path.",
                     "Write it as text.")
SERVER_PORT = _scope("server.port", "The second item of server is an int, or None for a unix socket.",
                     "Write the port as a number.")
STATE_TYPE = _scope("state.type", "state, where given, is a dict whose keys are str.",
                    "Give a shallow copy of the lifespan's dict.", since=_STATE)

_NONE_HINT = "Read it with scope.get(...), and take None for missing."
for _name, _since, _level, _says, _hint in (
    ("asgi.spec-version.default", "2.1", "must", "To an app no spec_version is 2.0.",
     "Read it with .get('spec_version', '2.0')."),
    ("scheme.default", "2.0", "must", "To an app no scheme is http.", "Read it with .get('scheme', 'http')."),
    ("raw-path.default", "2.1", "must", "To an app no raw_path is None, and None is no bytes.", _NONE_HINT),
    ("root-path.default", "2.0", "must", "To an app no root_path is ''.", "Read it with .get('root_path', '')."),
    ("headers.app-case-blind", "2.3 (text 2021-03)", "implied", "An app finds headers whatever their case.",
     "Lower the names before you compare."),
    ("headers.cookie-repeat", "2.3 (text 2023-11)", "should",
     "An app copes with several cookie headers, as HTTP/2 has them.", "Join their values with '; '."),
    ("client.default", "2.0", "must", "An app gets on without client, missing or None.", _NONE_HINT),
    ("server.default", "2.0", "must", "An app gets on without server, missing or None.", _NONE_HINT),
    ("state.optional", _STATE, "must", "An app gets on with a server that gives no state.",
     "Look whether 'state' is in the scope before you use it."),
):
    _default(_name, _says, _hint, _since, _level)

# Seen only where the request on the wire, or several exchanges, are known as well.
for _name, _since, _level, _section, _says in (
    ("one-per-request", "2.0", "must", _DOC, "Each request gets its own call and scope, also on a kept socket."),
    ("persists", "2.0", "must", _DOC, "While a response is held open its call lives on."),
    ("path.no-query", "2.0", "must", _DOC, "path ends before the question mark."),
    ("path.percent-decoded", "2.0", "must", _DOC, "In path the percent escapes are decoded."),
    ("path.utf8-decoded", "2.0", "must", _DOC, "In path UTF-8 sequences are decoded."),
    ("path.contains-root-path", "2.0", "implied", "www#wsgi-compatibility", "path includes root_path."),
    ("raw-path.unmodified", "2.1", "must", _DOC, "raw_path is the path as it came, nothing decoded or added."),
    ("query-string.encoded", "2.0", "must", _DOC, "query_string is what follows the `?`, still encoded."),
    ("root-path.mount", "2.0", "must", _DOC, "root_path is where the app is mounted."),
    ("state.copy", _STATE, "must", _DOC, "Each request gets a copy of its own of the lifespan's state."),
):
    _scope(_name, _says, "", since=_since, level=_level, section=_section, by=By.WIRE)
# fmt: on


@check(TYPE, "scope *", key="method")
def _type(scope: Event, view: View) -> Iterator[str]:
    kind = scope.get("type")
    if isinstance(kind, str) and kind not in ("http", "websocket", "lifespan") and "query_string" in scope:
        yield f"a scope with method and query_string has the type {kind!r}"


fields.asgi(_PLACE, ASGI_VERSION, SPEC_VERSION)
fields.present(_PLACE, HTTP_VERSION_PRESENT, "http_version")
fields.present(_PLACE, METHOD_PRESENT, "method")
fields.present(_PLACE, PATH_PRESENT, "path")
fields.present(_PLACE, QUERY_PRESENT, "query_string")
fields.present(_PLACE, HEADERS_PRESENT, "headers")
fields.text(_PLACE, HTTP_VERSION_TYPE, "http_version")
fields.text(_PLACE, METHOD_TYPE, "method")
fields.text(_PLACE, SCHEME_TYPE, "scheme")
fields.text(_PLACE, PATH_TYPE, "path")
fields.text(_PLACE, ROOT_PATH_TYPE, "root_path")
fields.octets(_PLACE, QUERY_TYPE, "query_string", none=False)
fields.octets(_PLACE, RAW_PATH_TYPE, "raw_path", none=True)
fields.http_version(_PLACE, HTTP_VERSION_VALUE, ("1.0", "1.1", "2"))


@check(METHOD_UPPERCASE, _PLACE, key="method")
def _method_uppercase(scope: Event, view: View) -> Iterator[str]:
    method = scope["method"]
    if isinstance(method, str) and method != method.upper():
        yield f"method is {method!r}"


fields.scheme(_PLACE, SCHEME_NONEMPTY)
fields.raw_path(_PLACE, RAW_PATH_NO_QUERY)
fields.headers(
    _PLACE,
    iterable=HEADERS_ITERABLE,
    name_bytes=NAME_BYTES,
    value_bytes=VALUE_BYTES,
    lowercase=LOWERCASE,
    no_pseudo=NO_PSEUDO,
)
fields.state(_PLACE, STATE_TYPE)


def _address(key: str, shape: Rule, host: Rule, port: Rule, unix: bool) -> None:
    """The checks of client and server; a unix socket's port is None."""

    def parts(scope: Event) -> list[object] | None:
        items = items_of(scope[key])
        return items if items is not None and len(items) == 2 else None

    @check(shape, _PLACE, key=key)
    def is_pair(scope: Event, view: View) -> Iterator[str]:
        if scope[key] is not None and parts(scope) is None:
            yield f"{key} is {scope[key]!r}, not a pair"

    @check(host, _PLACE, key=key)
    def is_host(scope: Event, view: View) -> Iterator[str]:
        pair = parts(scope)
        if pair is not None and not isinstance(pair[0], str):
            yield f"the host in {key} is {type(pair[0]).__name__}, not str"

    @check(port, _PLACE, key=key)
    def is_port(scope: Event, view: View) -> Iterator[str]:
        pair = parts(scope)
        if pair is not None and not is_int(pair[1]) and not (unix and pair[1] is None):
            yield f"the port in {key} is {type(pair[1]).__name__}, not int"


_address("client", CLIENT_SHAPE, CLIENT_HOST, CLIENT_PORT, unix=False)
_address("server", SERVER_SHAPE, SERVER_HOST, SERVER_PORT, unix=True)
