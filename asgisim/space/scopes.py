"""Scopes: a plain one for each protocol, and the edits that lead from it to every legal odd one.

An edit is a small function on a fresh scope. The generator applies a few of them, the sweep each one
alone, the mutator one more; whatever they do in whatever order, the scope stays one that a server may
hand to an app.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Any, NamedTuple
from urllib.parse import quote

from asgisim.space.values import (
    GOOD_HEADERS,
    HEADER_GROUPS,
    HEADERS,
    METHODS,
    ODD_IN_TURN,
    PATH_TAILS,
    QUERIES,
)

Scope = dict[str, Any]


class Edit(NamedTuple):
    """One change of a scope: name says what, apply does it in place."""

    name: str
    apply: Callable[[Scope], None]


_PARAMETER = re.compile(r"\{[^}]*\}|<[^>]*>")


@lru_cache(maxsize=1024)
def raw(path: str) -> bytes:
    """A path as a client would have sent it."""
    return quote(path, safe="/!$&'()*+,;=:@-._~", errors="replace").encode("ascii")


@lru_cache(maxsize=1024)
def fill(path: str) -> str:
    """The path of a route with a plain value in place of each parameter (``{id}``, ``<int:id>``)."""
    return _PARAMETER.sub("1", path) or "/"


def _parted(path: str) -> tuple[str, bytes]:
    """The path and the query of a route such as ``/search?q=1``."""
    path, _, query = path.partition("?")
    return path or "/", query.encode("utf-8")


def http(method: str = "GET", path: str = "/") -> Scope:
    """The scope that a common server gives for a plain request; what follows a ? is its query."""
    path, query = _parted(path)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": raw(path),
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "client": ["127.0.0.1", 50000],
        "server": ["127.0.0.1", 80],
    }


def http_least(method: str = "GET", path: str = "/") -> Scope:
    """The same with nothing that is optional."""
    path, query = _parted(path)
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [],
    }


def websocket(path: str = "/") -> Scope:
    """The scope that a common server gives for a plain handshake; what follows a ? is its query."""
    path, query = _parted(path)
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": raw(path),
        "query_string": query,
        "root_path": "",
        "headers": [
            (b"host", b"localhost"),
            (b"connection", b"Upgrade"),
            (b"upgrade", b"websocket"),
            (b"sec-websocket-version", b"13"),
            (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
        ],
        "client": ["127.0.0.1", 50000],
        "server": ["127.0.0.1", 80],
        "subprotocols": [],
    }


def websocket_least(path: str = "/") -> Scope:
    """The same with nothing that is optional."""
    path, query = _parted(path)
    least: Scope = {"type": "websocket", "asgi": {"version": "3.0"}, "path": path, "headers": []}
    return {**least, "query_string": query} if query else least


def lifespan() -> Scope:
    """The scope of a lifespan call, with state on offer."""
    return {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}


# Making edits


def _drop(*keys: str) -> Edit:
    def apply(scope: Scope) -> None:
        for key in keys:
            scope.pop(key, None)

    return Edit("without " + ", ".join(keys), apply)


def _put(key: str, value: Any, show: str = "") -> Edit:
    """Set a key to a value that is built anew each time."""
    build = value if callable(value) else lambda: value

    def apply(scope: Scope) -> None:
        scope[key] = build()

    return Edit(f"{key} {show or repr(build())[:40]}", apply)


def _spec_version(version: str | None) -> Edit:
    def apply(scope: Scope) -> None:
        scope["asgi"] = {"version": "3.0", "spec_version": version} if version else {"version": "3.0"}
        server = scope.get("server")
        if server is not None and server[1] is None and spec_version(scope) < _UNIX_SINCE:
            scope["server"] = ["127.0.0.1", 80]

    return Edit(f"spec_version {version}", apply)


_UNIX_SINCE = (2, 2)


def _unix_server(scope: Scope) -> None:
    scope["server"] = ["/run/app.sock", None]
    if spec_version(scope) < _UNIX_SINCE:
        scope["asgi"] = {**scope["asgi"], "spec_version": "2.5"}


def _rest(scope: Scope) -> tuple[str, str]:
    """root_path, and the path behind it."""
    root = scope.get("root_path") or ""
    return root, scope["path"][len(root) :]


def _tail(text: str, received: bytes) -> Edit:
    def apply(scope: Scope) -> None:
        path = scope["path"]
        bare = path[:-1] if path.endswith("/") and text.startswith("/") else path
        scope["path"] = bare + text
        if isinstance(scope.get("raw_path"), bytes):
            scope["raw_path"] = raw(bare) + received

    return Edit(f"path + {text[:20]!r}", apply)


def _front(text: str) -> Edit:
    def apply(scope: Scope) -> None:
        root, rest = _rest(scope)
        scope["path"] = path = root + text + rest
        if isinstance(scope.get("raw_path"), bytes):
            scope["raw_path"] = raw(path)

    return Edit(f"{text!r} + path", apply)


def _root(root: str) -> Edit:
    def apply(scope: Scope) -> None:
        _, rest = _rest(scope)
        scope["root_path"] = root
        scope["path"] = path = root + rest
        if isinstance(scope.get("raw_path"), bytes):
            scope["raw_path"] = raw(path)

    return Edit(f"root_path {root!r}", apply)


def _all_root(scope: Scope) -> None:
    """The app is mounted at the very path that is asked for."""
    scope["root_path"] = scope["path"].rstrip("/")


def _header(*lines: tuple[bytes, bytes]) -> Edit:
    def apply(scope: Scope) -> None:
        headers = scope["headers"]
        if lines[0][0] in _SINGLE:  # in the place of the usual line, not beside it
            gone = _INSTEAD.get(lines[0][0], lines[0][0])
            headers = [pair for pair in headers if pair[0].lower() != gone]
        scope["headers"] = [*headers, *lines]

    text = ", ".join(name.decode() for name, _ in lines[:2])
    return Edit(f"header {text} {lines[0][1][:20]!r}", apply)


_SINGLE = frozenset(
    [b"host", b"content-type", b"content-length", b"connection", b"upgrade", b"transfer-encoding"]
)
_INSTEAD = {b"transfer-encoding": b"content-length"}  # a message has one framing


def put_headers(scope: Scope, lines: Sequence[tuple[bytes, bytes]]) -> None:
    """Header lines that every request has: in the place of those of their names, not beside them."""
    names = {name for name, _ in lines}
    scope["headers"] = [*(pair for pair in scope["headers"] if pair[0] not in names), *lines]


def as_lists(scope: Scope) -> None:
    """Headers as a list of lists."""
    scope["headers"] = [list(pair) for pair in scope["headers"]]


def as_tuples(scope: Scope) -> None:
    """Headers as a tuple of tuples."""
    scope["headers"] = tuple(tuple(pair) for pair in scope["headers"])


def _mixed_case(scope: Scope) -> None:
    scope["headers"] = [(name.title(), value) for name, value in scope["headers"]]


def _no_headers(scope: Scope) -> None:
    scope["headers"] = []


def _extra(scope: Scope) -> None:
    scope["asgisim.extra"] = {"unknown": [1, None, b"x"]}


def _extra_asgi(scope: Scope) -> None:
    scope["asgi"] = {**scope["asgi"], "asgisim.extra": True}


def _tls() -> dict[str, Any]:
    return {"server_cert": None, "tls_version": 0x0304, "cipher_suite": 0x1301, "client_cert_chain": []}


def _extensions(*names: str) -> Edit:
    def apply(scope: Scope) -> None:
        scope["extensions"] = {name: _tls() if name == "tls" else {} for name in names}
        if "tls" in names:
            scope["scheme"] = "https" if scope["type"] == "http" else "wss"

    return Edit("extensions " + (", ".join(names) or "none"), apply)


HTTP_EXTENSIONS = (
    "http.response.trailers",
    "http.response.pathsend",
    "http.response.early_hint",
    "http.response.push",
    "http.response.zerocopysend",
    "http.response.debug",
    "tls",
)
WEBSOCKET_EXTENSIONS = ("websocket.http.response", "tls")
SPEC_VERSIONS = ("2.0", "2.1", "2.2", "2.3", "2.4", "2.5")

_COMMON: tuple[Edit, ...] = (
    _drop("client"),
    _put("client", None),
    _drop("raw_path"),
    _put("raw_path", None),
    _spec_version(None),
    _drop("server"),
    _drop("root_path"),
    _drop("scheme"),
    *(_spec_version(version) for version in reversed(SPEC_VERSIONS)),
    _put("client", lambda: ("127.0.0.1", 50000)),
    _put("client", lambda: ["::1", 65535]),
    _put("client", lambda: ["192.0.2.1", 0]),
    _put("server", None),
    _put("server", lambda: ("127.0.0.1", 80)),
    Edit("unix server", _unix_server),
    _put("server", lambda: ["::1", 8000]),
    _drop("client", "server"),
    _drop("raw_path", "root_path", "scheme", "client", "server"),
    _root("/mount"),
    _root("/a/b"),
    _root("/m\xe9"),
    Edit("root_path is the whole path", _all_root),
    _drop("extensions"),
    _extensions(),
    _extensions("asgisim.unknown"),
    _drop("state"),
    _put("state", dict),
    _put("state", lambda: {"key": "value"}),
    Edit("headers as lists", as_lists),
    Edit("headers as tuple", as_tuples),
    Edit("header names in mixed case", _mixed_case),
    Edit("no headers", _no_headers),
    Edit("unknown scope key", _extra),
    Edit("unknown key in asgi", _extra_asgi),
)
_PATHS: tuple[Edit, ...] = (
    *(_tail(text, received) for text, received in PATH_TAILS),
    _front("/"),
    _front("/."),
    _front("/x"),
)
_QUERIES: tuple[Edit, ...] = tuple(_put("query_string", query) for query in QUERIES)

# The plain headers that leave the request as it is, and the whole table.
GOOD_HEADER_EDITS: tuple[Edit, ...] = tuple(_header(pair) for pair in GOOD_HEADERS)
HEADER_EDITS: tuple[Edit, ...] = (
    *(_header(pair) for pair in HEADERS),
    *(_header(*group) for group in HEADER_GROUPS),
)
# The same in the order of a sweep: what is likely to tell comes first.
SWEPT_HEADERS: tuple[Edit, ...] = (
    *(_header(pair) for pair in ODD_IN_TURN),
    *(_header(*group) for group in HEADER_GROUPS),
    *GOOD_HEADER_EDITS,
)

# Everything but headers, by protocol; and of these what a common server gives in the plainest setting.
EDITS: dict[str, tuple[Edit, ...]] = {
    "http": (
        *_COMMON,
        *(_put("http_version", version) for version in ("1.0", "2", "3")),
        _put("scheme", "https"),
        *(_extensions(name) for name in HTTP_EXTENSIONS),
        _extensions(*HTTP_EXTENSIONS),
        *(_put("method", method) for method in METHODS),
        *_QUERIES,
        *_PATHS,
    ),
    "websocket": (
        *_COMMON,
        _drop("http_version"),
        *(_put("http_version", version) for version in ("2", "3")),
        _drop("query_string"),
        _put("query_string", None),
        _drop("subprotocols"),
        _put("subprotocols", list),
        _put("subprotocols", lambda: ["chat"]),
        _put("subprotocols", lambda: ["chat", "superchat", "graphql-ws"]),
        _put("subprotocols", lambda: ("chat", "superchat")),
        _put("subprotocols", lambda: ["x" * 200]),
        _drop(
            "http_version",
            "scheme",
            "raw_path",
            "query_string",
            "root_path",
            "client",
            "server",
            "subprotocols",
        ),
        _put("scheme", "wss"),
        *(_extensions(name) for name in WEBSOCKET_EXTENSIONS),
        _extensions(*WEBSOCKET_EXTENSIONS),
        *_QUERIES,
        *_PATHS,
    ),
    "lifespan": (
        Edit("asgi without spec_version", lambda scope: scope.update(asgi={"version": "3.0"})),
        Edit("spec_version 1.0", lambda scope: scope.update(asgi={"version": "3.0", "spec_version": "1.0"})),
        _drop("state"),
        Edit("unknown scope key", _extra),
        Edit("unknown key in asgi", _extra_asgi),
    ),
}


def _swept(edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """One edit of each kind in turn; queries that are not ASCII before the others."""
    kinds: dict[str, list[Edit]] = {}
    for edit in edits:
        kind = "path" if edit.name.endswith("+ path") else edit.name.split()[0]
        kinds.setdefault(kind if kind in ("method", "query_string", "path") else "", []).append(edit)
    if "query_string" in kinds:
        kinds["query_string"].sort(key=lambda edit: "\\x" not in edit.name)
    rounds = zip_longest(*kinds.values())
    return tuple(edit for turn in rounds for edit in turn if edit is not None)


# The same in the order of a sweep, as with the headers.
SWEPT_EDITS: dict[str, tuple[Edit, ...]] = {kind: _swept(edits) for kind, edits in EDITS.items()}


def fresh(value: Any) -> Any:
    """A copy whose dicts and lists are its own: nothing that an app changes can reach another scenario."""
    kind = type(value)
    if kind is dict:
        return {key: fresh(item) if type(item) in _NESTED else item for key, item in value.items()}
    if kind is list:
        return [fresh(item) if type(item) in _NESTED else item for item in value]
    if kind is tuple:
        for item in value:
            if type(item) in _NESTED:
                return tuple([fresh(item) for item in value])
    return value


_NESTED = frozenset((dict, list, tuple))


def spec_version(scope: Scope) -> tuple[int, ...]:
    """The announced version as numbers; (2, 0) where there is none."""
    asgi = scope.get("asgi")
    name = asgi.get("spec_version") if isinstance(asgi, dict) else None
    try:
        return tuple(int(part) for part in name.split("."))  # type: ignore[union-attr]
    except (AttributeError, ValueError):
        return (2, 0)
