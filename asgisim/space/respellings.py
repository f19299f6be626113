"""Other spellings of an exchange that mean the same, one row each, by the demand that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from asgisim.model.scenario import Act, Exchange
from asgisim.space import scopes, scripts
from asgisim.space.scopes import Scope

Change = Callable[[Exchange], None]

# How much of two outcomes is compared.
FATE = "fate"  # the odd one must not crash, hang or answer 5xx where the plain one does not
START = "start"  # as FATE, but the app may refuse to start: it says so by lifespan.startup.failed
ANSWER = "answer"  # the same end, status, acceptance and close code
DATA = "data"  # and what the client sent must not be lost
ENDS = "ends"  # the odd one must not hang; how it ends otherwise is its own affair


@dataclass(frozen=True, slots=True)
class Respelling:
    """A change of spelling that means the same.

    rule_id: the demand that says so. name: what is changed, in words. applies: whether the exchange has
    what is to be spelled otherwise. respell: changes an exchange in place. normal: done first to both
    spellings, where the plain exchange itself must be brought to the default. looks: what is compared.
    """

    rule_id: str
    name: str
    applies: Callable[[Exchange], bool]
    respell: Change
    normal: Change | None = None
    looks: str = ANSWER


# Building blocks


def _always(exchange: Exchange) -> bool:
    return True


def _scope_change(change: Callable[[Scope], None]) -> Change:
    return lambda exchange: change(exchange.scope)


def _set(key: str, build: Callable[[], Any]) -> Change:
    def change(exchange: Exchange) -> None:
        exchange.scope[key] = build()

    return change


def _without(*keys: str) -> Change:
    def change(exchange: Exchange) -> None:
        for key in keys:
            exchange.scope.pop(key, None)

    return change


def _announce(version: str | None) -> Change:
    def change(exchange: Exchange) -> None:
        asgi = dict(exchange.scope["asgi"])
        asgi.pop("spec_version", None)
        if version is not None:
            asgi["spec_version"] = version
        exchange.scope["asgi"] = asgi

    return change


def _events(kind: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Change:
    def apply(exchange: Exchange) -> None:
        exchange.script = [
            act._replace(arg=change(act.arg)) if act.act == "event" and _is(act.arg, kind) else act
            for act in exchange.script
        ]

    return apply


def _is(event: Any, kind: str) -> bool:
    return isinstance(event, dict) and str(event.get("type", "")).startswith(kind)


def _then(*changes: Change) -> Change:
    def change(exchange: Exchange) -> None:
        for one in changes:
            one(exchange)

    return change


def _no_unrooted(exchange: Exchange) -> bool:
    return not exchange.scope.get("root_path")


def _mount(scope: Scope) -> None:
    scope["root_path"] = "/mount"
    scope["path"] = f"/mount{scope['path']}"
    if isinstance(scope.get("raw_path"), bytes):
        scope["raw_path"] = b"/mount" + scope["raw_path"]


def _unmount(scope: Scope) -> None:
    root = str(scope.pop("root_path", None) or "")
    if root and str(scope.get("path")).startswith(root):
        scope["path"] = scope["path"][len(root) :]
        if isinstance(scope.get("raw_path"), bytes):
            scope["raw_path"] = scope["raw_path"].removeprefix(root.encode())


def _mixed_case(scope: Scope) -> None:
    scope["headers"] = [(name.title(), value) for name, value in scope["headers"]]


def _lower_case(scope: Scope) -> None:
    scope["headers"] = [(name.lower(), value) for name, value in scope["headers"]]


def _has_headers(exchange: Exchange) -> bool:
    return bool(exchange.scope.get("headers"))


def _has_body(exchange: Exchange) -> bool:
    return bool(scripts.body_of(exchange.script)) and all(map(scripts.is_request, exchange.script))


def _only_requests(exchange: Exchange) -> bool:
    return bool(exchange.script) and all(map(scripts.is_request, exchange.script))


def _has_messages(exchange: Exchange) -> bool:
    return any(map(scripts.is_message, exchange.script))


def _whole(exchange: Exchange) -> None:
    """The body in one piece, at once."""
    body = scripts.body_of(exchange.script)
    exchange.script = [Act("recv", 0, "event", scripts.request(body, False, 0))]


def _cut(way: int, spelling: int = 0) -> Change:
    def change(exchange: Exchange) -> None:
        parts = scripts.cut(scripts.body_of(exchange.script), way, lambda n: n // 2)
        last = len(parts) - 1
        exchange.script = [
            Act(*(("recv", 1) if at else ("recv", 0)), "event", scripts.request(part, at < last, spelling))
            for at, part in enumerate(parts)
        ]

    return change


def _other_key_none(event: dict[str, Any]) -> dict[str, Any]:
    return {"text": None, "bytes": None, **event}


def _other_key_missing(event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if value is not None}


def _without_more_body(event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != "more_body" or value}


def _without_empty_body(event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != "body" or value}


def _extra_key(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "asgisim.extra": {"unknown": [1, None]}}


def _closes(exchange: Exchange) -> bool:
    return any(act.act == "disconnect" and isinstance(act.arg, dict) for act in exchange.script)


def _reason(value: str | None, present: bool = True) -> Change:
    def change(exchange: Exchange) -> None:
        for at, act in enumerate(exchange.script):
            if act.act == "disconnect" and isinstance(act.arg, dict):
                arg = {key: item for key, item in act.arg.items() if key != "reason"}
                if present:
                    arg["reason"] = value
                exchange.script[at] = act._replace(arg=arg)

    return change


def _no_extensions(exchange: Exchange) -> bool:
    return "extensions" not in exchange.scope


def _offer_all(exchange: Exchange) -> None:
    names = scopes.HTTP_EXTENSIONS if exchange.protocol == "http" else scopes.WEBSOCKET_EXTENSIONS
    exchange.scope["extensions"] = {name: {} for name in names if name != "tls"}


def _tls(optional: bool) -> Change:
    def change(exchange: Exchange) -> None:
        entry: dict[str, Any] = {"server_cert": None, "tls_version": None, "cipher_suite": None}
        if optional:
            entry |= {"client_cert_chain": [], "client_cert_name": None, "client_cert_error": None}
        exchange.scope["extensions"] = {**(exchange.scope.get("extensions") or {}), "tls": entry}

    return change


def _no_asgi_version(exchange: Exchange) -> None:
    exchange.scope["asgi"] = {key: item for key, item in exchange.scope["asgi"].items() if key != "version"}


def _old_asgi(exchange: Exchange) -> None:
    exchange.scope["asgi"] = {**exchange.scope["asgi"], "version": "2.0"}


def _cookies(*lines: bytes) -> Change:
    def change(exchange: Exchange) -> None:
        headers = [pair for pair in exchange.scope["headers"] if pair[0].lower() != b"cookie"]
        exchange.scope["headers"] = headers + [(b"cookie", line) for line in lines]

    return change


def _secure(exchange: Exchange) -> None:
    exchange.scope["scheme"] = "https" if exchange.protocol == "http" else "wss"


def _leaves(gate: str) -> Change:
    """The client is lost at the second send; the server keeps still about it, as before 2.4."""

    def change(exchange: Exchange) -> None:
        _announce("2.3")(exchange)
        first = exchange.script[:2]
        exchange.script = [*first, Act(gate, 2 if len(first) == 1 else 1, "disconnect")]

    return change


def _slowly(exchange: Exchange) -> None:
    exchange.options.passes = 3


def _connection_rows(protocol: str, scheme: str) -> tuple[Respelling, ...]:
    """The defaults that http and websocket scopes share."""
    row = f"{protocol}.scope."
    client, server = (lambda: ["127.0.0.1", 50000]), (lambda: ["127.0.0.1", 80])
    none = lambda: None  # noqa: E731
    return (
        Respelling(
            f"{row}asgi.spec-version.default",
            "no spec_version, for 2.0",
            _always,
            _announce(None),
            _announce("2.0"),
        ),
        Respelling(
            f"{row}scheme.default",
            f"no scheme, for {scheme}",
            _always,
            _without("scheme"),
            _set("scheme", lambda: scheme),
        ),
        Respelling(
            f"{row}raw-path.default",
            "no raw_path, for None",
            _always,
            _without("raw_path"),
            _set("raw_path", none),
        ),
        Respelling(
            f"{row}raw-path.default",
            "no raw_path",
            lambda e: "raw_path" in e.scope,
            _without("raw_path"),
            looks=FATE,
        ),
        Respelling(
            f"{row}root-path.default",
            "no root_path, for ''",
            _no_unrooted,
            _without("root_path"),
            _set("root_path", str),
        ),
        Respelling(
            f"{row}client.default", "client None", _always, _set("client", none), _set("client", client), FATE
        ),
        Respelling(
            f"{row}client.default", "no client, for None", _always, _without("client"), _set("client", none)
        ),
        Respelling(
            f"{row}server.default", "server None", _always, _set("server", none), _set("server", server), FATE
        ),
        Respelling(
            f"{row}server.default", "no server, for None", _always, _without("server"), _set("server", none)
        ),
        Respelling(f"{row}state.optional", "no state", _always, _without("state"), _set("state", dict), FATE),
        Respelling("ext.tls.events-unchanged", "tls on offer", _always, _tls(True), _secure),
    )


RESPELLINGS: dict[str, tuple[Respelling, ...]] = {
    "http": (
        *_connection_rows("http", "http"),
        Respelling(
            "http.scope.headers.app-case-blind",
            "header names in mixed case",
            _has_headers,
            _scope_change(_mixed_case),
            _scope_change(_lower_case),
        ),
        Respelling(
            "http.scope.headers.cookie-repeat",
            "cookies on two lines",
            _always,
            _cookies(b"a=1", b"b=2"),
            _cookies(b"a=1; b=2"),
        ),
        Respelling(
            "http.request.body.default",
            "an empty piece without its body key",
            _only_requests,
            _then(_cut(3), _events("http.request", _without_empty_body)),
            _cut(3),
            DATA,
        ),
        Respelling(
            "http.request.more-body.default",
            "no more_body in the last piece, for False",
            _only_requests,
            _events("http.request", _without_more_body),
            _whole,
            DATA,
        ),
        Respelling("http.request.more-body.wait", "the first piece empty", _has_body, _cut(3), _whole, DATA),
        *(
            Respelling(
                "http.request.body.concatenated", f"the body {how}", _has_body, _cut(way), _whole, DATA
            )
            for way, how in (
                (1, "in two halves"),
                (2, "with an empty piece behind it"),
                (4, "with its first byte alone"),
                (8, "with empty pieces in and behind it"),
            )
        ),
        Respelling(
            "ext.tls.defaults", "tls without its optional entries", _always, _tls(False), _tls(True), FATE
        ),
    ),
    "websocket": (
        *_connection_rows("websocket", "ws"),
        Respelling(
            "websocket.scope.http-version.default",
            "no http_version, for 1.1",
            _always,
            _without("http_version"),
            _set("http_version", lambda: "1.1"),
        ),
        Respelling(
            "websocket.scope.query-string.default",
            "no query_string, for none",
            _always,
            _without("query_string"),
            _set("query_string", bytes),
        ),
        Respelling(
            "websocket.scope.query-string.default",
            "query_string None",
            _always,
            _set("query_string", lambda: None),
            _set("query_string", bytes),
        ),
        Respelling(
            "websocket.scope.subprotocols.default",
            "no subprotocols, for none",
            _always,
            _without("subprotocols"),
            _set("subprotocols", list),
        ),
        Respelling(
            "websocket.receive.keys-optional",
            "the other one of bytes and text as None",
            _has_messages,
            _events("websocket.receive", _other_key_none),
            _events("websocket.receive", _other_key_missing),
            DATA,
        ),
        Respelling("websocket.disconnect.reason.default", "reason None", _closes, _reason(None), _reason("")),
        Respelling(
            "websocket.disconnect.expect-send-failure",
            "send raises once the client is gone",
            _has_messages,
            _announce("2.5"),
            _leaves("send"),
            ENDS,
        ),
        Respelling(
            "websocket.send.may-fail-before-event",
            "send raises as the client goes",
            _has_messages,
            _announce("2.5"),
            _leaves("presend"),
            ENDS,
        ),
        Respelling(
            "websocket.disconnect.reason.default",
            "no reason",
            _closes,
            _reason(None, present=False),
            _reason(""),
        ),
        Respelling(
            "ext.tls.defaults", "tls without its optional entries", _always, _tls(False), _tls(True), FATE
        ),
    ),
    "lifespan": (
        Respelling(
            "lifespan.scope.asgi.spec-version.default",
            "no spec_version, for 1.0",
            _always,
            _announce(None),
            _announce("1.0"),
        ),
        Respelling(
            "lifespan.scope.state.optional",
            "no state",
            _always,
            _without("state"),
            _set("state", dict),
            START,
        ),
    ),
}
_CONNECTIONS = ("http", "websocket")
_ANY: tuple[Respelling, ...] = (
    Respelling("common.event.extra-keys-app", "unknown keys in the events", _always, _events("", _extra_key)),
    Respelling(
        "common.scope.extra-keys-app",
        "an unknown key in the scope",
        _always,
        _set("asgisim.extra", lambda: {"unknown": [1, None]}),
    ),
    Respelling(
        "common.scope.asgi.version.default", "no asgi version, for 2.0", _always, _no_asgi_version, _old_asgi
    ),
    Respelling("equal.passes", "receive and send that take longer", _always, _slowly, looks=FATE),
)
_CONNECTION: tuple[Respelling, ...] = (
    Respelling(
        "equal.root-path",
        "mounted under a prefix",
        _no_unrooted,
        _scope_change(_mount),
        _scope_change(_unmount),
    ),
    Respelling(
        "common.ext.optional",
        "no extensions on offer",
        _no_extensions,
        _without("extensions"),
        _offer_all,
        FATE,
    ),
    Respelling(
        "common.ext.optional",
        "no extensions, for an empty dict",
        _no_extensions,
        _without("extensions"),
        _set("extensions", dict),
    ),
    Respelling(
        "equal.header-shape",
        "headers as lists",
        _has_headers,
        _scope_change(scopes.as_lists),
        _scope_change(scopes.as_tuples),
    ),
)
RESPELLINGS = {
    name: (*rows, *_ANY, *(_CONNECTION if name in _CONNECTIONS else ())) for name, rows in RESPELLINGS.items()
}
