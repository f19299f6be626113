"""Mutants that hand a wrong scope to the app."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

from tests.mutants.servers.parts import Around, Fault, around, asgi, drop, put, scope

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
TLS: dict[str, Any] = {
    "server_cert": None,
    "client_cert_chain": [],
    "client_cert_name": None,
    "client_cert_error": None,
    "tls_version": 0x0304,
    "cipher_suite": 0x1301,
}


def _numbered(given: dict[Any, Any]) -> None:
    given[1] = 2


def _headers(change: Any, protocol: str = "http") -> Around:
    return scope(lambda given: given.update(headers=change(list(given["headers"]))), protocol)


def _upper(headers: list[Any]) -> list[Any]:
    return [(name.upper(), value) for name, value in headers]


def _merged(headers: list[Any]) -> list[Any]:
    out: dict[bytes, bytes] = {}
    for name, value in headers:
        out[name] = out[name] + b", " + value if name in out else value
    return list(out.items())


def _reversed(headers: list[Any]) -> list[Any]:
    return headers[::-1]


def _latin(headers: list[Any]) -> list[Any]:
    return [(name, value.decode("latin-1").encode()) for name, value in headers]


def _proxied(given: dict[str, Any]) -> None:
    """What a proxy tells of the request is taken as the scheme of the WebSocket."""
    given["scheme"] = dict(given["headers"]).get(b"x-forwarded-proto", b"ws").decode()


def _each(rule: str, around_: Around, *cases: str) -> Fault:
    return Fault(rule, around(around_), cases or ("get",))


COMMON = [
    _each("common.scope.dict", scope(lambda given: list(given.items()))),
    _each("common.scope.type.present", drop("type")),
    _each("common.scope.type.str", put("type", b"http")),
    _each("common.scope.asgi.present", drop("asgi")),
    _each("common.scope.asgi.version.present", scope(lambda given: given["asgi"].pop("version") and None)),
    _each("common.scope.asgi.version.value", asgi("version", "3.9")),
    _each("common.scope.asgi.spec-version.type", asgi("spec_version", 2)),
    _each("common.keys.str", scope(_numbered)),
    _each("common.ext.dict", put("extensions", "none")),
    _each("common.ext.name-str", scope(lambda given: given["extensions"].update({1: {}}))),
    _each("common.ext.value-dict", scope(lambda given: given["extensions"].update({"asgisim.x": True}))),
    _each(
        "common.ext.listed-on-fitting-scope",
        scope(lambda given: given["extensions"].update({"websocket.http.response": {}})),
    ),
    _each(
        "ext.debug.not-in-servers",
        scope(lambda given: given["extensions"].update({"http.response.debug": {}})),
    ),
    _each("ext.tls.only-on-tls", scope(lambda given: given["extensions"].update({"tls": TLS}))),
]


def _tls(rule: str, **changes: Any) -> Fault:
    told = {key: value for key, value in {**TLS, **changes}.items() if value is not ...}
    return _each(f"ext.tls.{rule}", scope(lambda given: given["extensions"].update({"tls": told})))


TLS_FAULTS = [
    _each("ext.tls.dict", scope(lambda given: given["extensions"].update({"tls": True}))),
    _tls("server-cert", server_cert=b"PEM"),
    _tls("client-cert-chain.type", client_cert_chain=[b"PEM"]),
    _tls("client-cert-name.type", client_cert_name=b"CN=a"),
    _tls("client-cert-name.required", client_cert_chain=[PEM]),
    _tls("client-cert-error.type", client_cert_error=1),
    _tls("tls-version", tls_version="1.3"),
    _tls("cipher-suite", cipher_suite="AES"),
]

HTTP = [
    _each("http.scope.type", put("type", "HTTP")),
    _each("http.scope.asgi.version", asgi("version", 3)),
    _each("http.scope.asgi.spec-version", asgi("spec_version", "2.9")),
    _each("http.scope.http-version.present", drop("http_version")),
    _each("http.scope.http-version.type", put("http_version", 1.1)),
    _each("http.scope.http-version.value", put("http_version", "1.2")),
    _each("http.scope.http-version.truth", put("http_version", "2")),
    _each("http.scope.method.present", drop("method")),
    _each("http.scope.method.type", put("method", b"GET")),
    _each("http.scope.method.uppercase", put("method", "get")),
    _each("http.scope.scheme.type", put("scheme", b"http")),
    _each("http.scope.scheme.nonempty", put("scheme", "")),
    _each("http.scope.scheme.truth", put("scheme", "https")),
    _each("http.scope.path.present", drop("path")),
    _each("http.scope.path.type", put("path", b"/")),
    _each("http.scope.path.utf8-decoded", scope(lambda g: g.update(path=_bytes(g).decode("latin-1")))),
    _each("http.scope.path.percent-decoded", scope(lambda g: g.update(path=g["raw_path"].decode()))),
    _each("http.scope.path.no-query", scope(lambda g: g.update(path=g["path"] + _query(g)))),
    _each(
        "http.scope.path.absolute-form",
        scope(lambda g: g.update(path="http://other.example" + g["path"])),
        "an absolute target",
    ),
    _each("http.scope.raw-path.type", scope(lambda g: g.update(raw_path=g["raw_path"].decode()))),
    _each(
        "http.scope.raw-path.no-query", scope(lambda g: g.update(raw_path=g["raw_path"] + _query(g).encode()))
    ),
    _each("http.scope.raw-path.unmodified", scope(lambda g: g.update(raw_path=_bytes(g)))),
    _each("http.scope.query-string.present", drop("query_string")),
    _each("http.scope.query-string.type", scope(lambda g: g.update(query_string=g["query_string"].decode()))),
    _each(
        "http.scope.query-string.encoded",
        scope(lambda g: g.update(query_string=unquote_to_bytes(g["query_string"]))),
    ),
    _each("http.scope.root-path.type", put("root_path", None)),
    _each("http.scope.headers.present", drop("headers")),
    _each("http.scope.headers.iterable", put("headers", None)),
    _each("http.scope.headers.name-bytes", _headers(lambda h: [(n.decode(), v) for n, v in h])),
    _each("http.scope.headers.value-bytes", _headers(lambda h: [(n, v.decode("latin-1")) for n, v in h])),
    _each("http.scope.headers.lowercase", _headers(_upper)),
    _each("http.scope.headers.no-pseudo", _headers(lambda h: [*h, (b":path", b"/")])),
    _each("http.scope.headers.duplicates", _headers(_merged), "headers"),
    _each("http.scope.headers.value-order", _headers(_reversed), "headers"),
    _each("http.scope.headers.bytes-unchanged", _headers(_latin), "headers"),
    _each("http.scope.client.shape", put("client", "127.0.0.1:1")),
    _each("http.scope.client.host", scope(lambda g: g.update(client=("nowhere", g["client"][1])))),
    _each("http.scope.client.port", scope(lambda g: g.update(client=(g["client"][0], str(g["client"][1]))))),
    _each("http.scope.server.shape", put("server", ("127.0.0.1",))),
    _each("http.scope.server.host", scope(lambda g: g.update(server=("localhost", g["server"][1])))),
    _each("http.scope.server.port", scope(lambda g: g.update(server=(g["server"][0], str(g["server"][1]))))),
    _each("http.scope.state.type", put("state", [])),
]

WEBSOCKET = [
    _each("robust.websocket-scheme", put("scheme", "http", "websocket"), "websocket"),
    _each("robust.websocket-scheme", scope(_proxied, "websocket"), "headers of a proxy"),
    _each("websocket.scope.type", put("type", "ws", "websocket"), "websocket"),
    _each("websocket.scope.asgi.version", asgi("version", 3, "websocket"), "websocket"),
    _each("websocket.scope.asgi.spec-version", asgi("spec_version", "2.9", "websocket"), "websocket"),
    _each("websocket.scope.http-version.type", put("http_version", 1.1, "websocket"), "websocket"),
    _each("websocket.scope.http-version.value", put("http_version", "1.2", "websocket"), "websocket"),
    _each("websocket.scope.scheme.type", put("scheme", b"ws", "websocket"), "websocket"),
    _each("websocket.scope.scheme.nonempty", put("scheme", "", "websocket"), "websocket"),
    _each("websocket.scope.path.present", drop("path", "websocket"), "websocket"),
    _each("websocket.scope.path.type", put("path", b"/", "websocket"), "websocket"),
    _each(
        "websocket.scope.path.decoded",
        scope(lambda g: g.update(path=g["raw_path"].decode()), "websocket"),
        "websocket",
    ),
    _each(
        "websocket.scope.path.no-query",
        scope(lambda g: g.update(path=g["path"] + _query(g)), "websocket"),
        "websocket",
    ),
    _each(
        "websocket.scope.raw-path.type",
        scope(lambda g: g.update(raw_path=g["raw_path"].decode()), "websocket"),
        "websocket",
    ),
    _each(
        "websocket.scope.raw-path.no-query",
        scope(lambda g: g.update(raw_path=g["raw_path"] + _query(g).encode()), "websocket"),
        "websocket",
    ),
    _each(
        "websocket.scope.raw-path.unmodified",
        scope(lambda g: g.update(raw_path=_bytes(g)), "websocket"),
        "websocket",
    ),
    _each(
        "websocket.scope.query-string.type",
        scope(lambda g: g.update(query_string=g["query_string"].decode()), "websocket"),
        "websocket",
    ),
    _each("websocket.scope.root-path.type", put("root_path", None, "websocket"), "websocket"),
    _each("websocket.scope.headers.present", drop("headers", "websocket"), "websocket"),
    _each("websocket.scope.headers.iterable", put("headers", None, "websocket"), "websocket"),
    _each(
        "websocket.scope.headers.name-bytes",
        _headers(lambda h: [(n.decode(), v) for n, v in h], "websocket"),
        "websocket",
    ),
    _each(
        "websocket.scope.headers.value-bytes",
        _headers(lambda h: [(n, v.decode("latin-1")) for n, v in h], "websocket"),
        "websocket",
    ),
    _each("websocket.scope.headers.lowercase", _headers(_upper, "websocket"), "websocket"),
    _each(
        "websocket.scope.headers.no-pseudo",
        _headers(lambda h: [*h, (b":path", b"/")], "websocket"),
        "websocket",
    ),
    _each("websocket.scope.headers.order", _headers(_reversed, "websocket"), "headers in order"),
    _each("websocket.scope.headers.duplicates", _headers(_merged, "websocket"), "a header twice"),
    _each(
        "websocket.scope.client", scope(lambda g: g.update(client=("nowhere", 1)), "websocket"), "websocket"
    ),
    _each(
        "websocket.scope.server", scope(lambda g: g.update(server=("127.0.0.1", 1)), "websocket"), "websocket"
    ),
    _each("websocket.scope.subprotocols.type", put("subprotocols", "a", "websocket"), "websocket"),
    _each("websocket.scope.subprotocols.truth", put("subprotocols", [], "websocket"), "websocket"),
    _each("websocket.scope.state.type", put("state", [], "websocket"), "websocket"),
]

LIFESPAN = [
    _each("lifespan.scope.type", put("type", "lifespan.main", "lifespan"), "lifespan"),
    _each("lifespan.scope.asgi.version", asgi("version", 3, "lifespan"), "lifespan"),
    _each("lifespan.scope.asgi.spec-version", asgi("spec_version", "2.9", "lifespan"), "lifespan"),
    _each("lifespan.scope.state.type", put("state", [], "lifespan"), "lifespan"),
    _each("lifespan.scope.state.empty", scope(lambda g: g["state"].update(own=1), "lifespan"), "lifespan"),
]


def _on_unix(protocol: str) -> Fault:
    wrong = around(scope(lambda given: given.update(server=("unix", 0)), protocol))
    wrong.unix = True  # type: ignore[attr-defined]
    return Fault(f"{protocol}.scope.server.unix", wrong, ("get" if protocol == "http" else "websocket",))


UNIX = [_on_unix("http"), _on_unix("websocket")]


def _bytes(given: dict[str, Any]) -> bytes:
    return unquote_to_bytes(given["raw_path"])


def _query(given: dict[str, Any]) -> str:
    return "?" + given["query_string"].decode() if given["query_string"] else ""


def _mounted(rule: str, protocol: str, case: str) -> Fault:
    """A server that tells nobody where the app is mounted."""
    plain = around(put("root_path", "", protocol))
    return Fault(rule, type("Mounted", (plain,), {"mount": "/mount"}), (case,))


MOUNTED = [
    _mounted("http.scope.root-path.mount", "http", "get"),
    _mounted("robust.websocket-root-path", "websocket", "websocket"),
]
FAULTS = [*COMMON, *TLS_FAULTS, *UNIX, *MOUNTED, *HTTP, *WEBSOCKET, *LIFESPAN]
