"""Which demand is behind a crash: the one whose default, put in, makes the crash go away.

"Missing means default" says that a scenario with a key left out and one with the key's default mean the
same. So when an app crashes on the first and not on the second, the demand that says so is broken, and the
crash is only how it shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from asgisim.model.scenario import Act, Exchange, Options, Scenario
from asgisim.spec import CATALOGUE
from asgisim.spec.extensions import NAMES
from asgisim.spec.rules import Rule

Scope = dict[str, Any]
Spell = Callable[[Exchange], None]

# Breaks that only say how it went wrong; a demand that explains them says why.
SYMPTOMS = ("robust.crash", "robust.server-error", "robust.hang", "robust.no-answer", "robust.task-exception")

_KNOWN_SCOPE = {
    "type", "asgi", "http_version", "method", "scheme", "path", "raw_path", "query_string", "root_path",
    "headers", "client", "server", "state", "extensions", "subprotocols",
}  # fmt: skip
_KNOWN_EVENT = {"type", "body", "more_body", "bytes", "text", "code", "reason"}


def _put(key: str, default: Callable[[Scope], Any], none: bool = False) -> Spell:
    """Write a scope key's default out where it is missing, or (none) where it is None as well."""

    def spell(exchange: Exchange) -> None:
        scope = exchange.scope
        if key not in scope or (none and scope[key] is None):
            scope[key] = default(scope)

    return spell


def _asgi(key: str, value: str) -> Spell:
    def spell(exchange: Exchange) -> None:
        exchange.scope["asgi"] = {key: value, **exchange.scope["asgi"]}

    return spell


def _events(kind: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Spell:
    def spell(exchange: Exchange) -> None:
        exchange.script = [
            act._replace(arg=change(act.arg)) if _is_event(act) and act.arg["type"] == kind else act
            for act in exchange.script
        ]

    return spell


def _is_event(act: Act) -> bool:
    return act.act == "event" and isinstance(act.arg, dict) and "type" in act.arg


def _lower_names(exchange: Exchange) -> None:
    headers = exchange.scope["headers"]
    if any(bytes(name) != bytes(name).lower() for name, _ in headers):
        exchange.scope["headers"] = [(bytes(name).lower(), value) for name, value in headers]


def _one_cookie(exchange: Exchange) -> None:
    headers = [tuple(pair) for pair in exchange.scope["headers"]]
    cookies = [value for name, value in headers if name.lower() == b"cookie"]
    if len(cookies) > 1:
        rest = [pair for pair in headers if pair[0].lower() != b"cookie"]
        exchange.scope["headers"] = [*rest, (b"cookie", b"; ".join(cookies))]


def _known_keys(exchange: Exchange) -> None:
    exchange.scope = {key: value for key, value in exchange.scope.items() if key in _KNOWN_SCOPE}


def _known_event_keys(exchange: Exchange) -> None:
    exchange.script = [
        act._replace(arg={key: value for key, value in act.arg.items() if key in _KNOWN_EVENT})
        if _is_event(act)
        else act
        for act in exchange.script
    ]


def _both_keys(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "text": event.get("text"), "bytes": event.get("bytes")}


def _one_key(event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key not in ("text", "bytes") or value is not None}


def _reason(exchange: Exchange) -> None:
    exchange.script = [
        act._replace(arg={**act.arg, "reason": act.arg.get("reason") or ""})
        if act.act == "disconnect" and isinstance(act.arg, dict)
        else act
        for act in exchange.script
    ]


def _encoded_path(scope: Scope) -> bytes:
    return quote(str(scope.get("path", "/"))).encode()  # a legal one: else the fault would be the server's


def _client(scope: Scope) -> Any:
    return ("127.0.0.1", 50000)


def _server(scope: Scope) -> Any:
    return ("127.0.0.1", 80)


def _offer_all(exchange: Exchange) -> None:
    kind = "http.response." if exchange.protocol == "http" else "websocket."
    offered = exchange.scope.get("extensions") or {}
    exchange.scope["extensions"] = {
        **{name: {} for name in _EXTENSIONS if name.startswith(kind)},
        **offered,
    }


def _offer_no_tls(exchange: Exchange) -> None:
    offered = exchange.scope.get("extensions") or {}
    if "tls" in offered:
        exchange.scope["extensions"] = {name: value for name, value in offered.items() if name != "tls"}


def _whole_tls(exchange: Exchange) -> None:
    offered = exchange.scope.get("extensions") or {}
    if "tls" in offered:
        optional: dict[str, Any] = {
            "client_cert_chain": [],
            "client_cert_name": None,
            "client_cert_error": None,
        }
        exchange.scope["extensions"] = {**offered, "tls": {**optional, **offered["tls"]}}


def _list_headers(exchange: Exchange) -> None:
    exchange.scope["headers"] = [tuple(pair) for pair in exchange.scope["headers"]]


_EXTENSIONS = (*NAMES, "websocket.http.response")

_COMMON: list[tuple[str, Spell]] = [
    ("common.scope.asgi.version.default", _asgi("version", "2.0")),
    ("common.scope.extra-keys-app", _known_keys),
    ("common.event.extra-keys-app", _known_event_keys),
]
_CONNECTION: list[tuple[str, Spell]] = [
    ("ext.tls.defaults", _whole_tls),
    ("ext.tls.events-unchanged", _offer_no_tls),
    ("equal.header-shape", _list_headers),
    ("common.ext.optional", _offer_all),
]
_SCOPE: list[tuple[str, Spell]] = [
    ("asgi.spec-version.default", _asgi("spec_version", "2.0")),
    ("raw-path.default", _put("raw_path", _encoded_path, none=True)),
    ("root-path.default", _put("root_path", lambda scope: "")),
    ("client.default", _put("client", _client, none=True)),
    ("server.default", _put("server", _server, none=True)),
    ("state.optional", _put("state", lambda scope: {})),
]

# For each protocol: the demand, and how its default is written out.
SPELLINGS: dict[str, list[tuple[str, Spell]]] = {
    "http": [
        *_COMMON,
        *((f"http.scope.{name}", spell) for name, spell in _SCOPE),
        ("http.scope.scheme.default", _put("scheme", lambda scope: "http")),
        ("http.scope.headers.app-case-blind", _lower_names),
        ("http.scope.headers.cookie-repeat", _one_cookie),
        ("http.request.body.default", _events("http.request", lambda event: {"body": b"", **event})),
        ("http.request.more-body.default", _events("http.request", lambda e: {"more_body": False, **e})),
        *_CONNECTION,
    ],
    "websocket": [
        *_COMMON,
        *((f"websocket.scope.{name}", spell) for name, spell in _SCOPE),
        ("websocket.scope.http-version.default", _put("http_version", lambda scope: "1.1")),
        ("websocket.scope.scheme.default", _put("scheme", lambda scope: "ws")),
        ("websocket.scope.query-string.default", _put("query_string", lambda scope: b"", none=True)),
        ("websocket.scope.subprotocols.default", _put("subprotocols", lambda scope: [])),
        ("websocket.receive.keys-optional", _events("websocket.receive", _both_keys)),
        ("websocket.receive.keys-optional", _events("websocket.receive", _one_key)),
        ("websocket.disconnect.reason.default", _reason),
        *_CONNECTION,
    ],
    "lifespan": [
        *_COMMON,
        ("lifespan.scope.asgi.spec-version.default", _asgi("spec_version", "1.0")),
        ("lifespan.scope.state.optional", _put("state", lambda scope: {})),
    ],
}


def explain(scenario: Scenario, exchange: int, still_fails: Callable[[Scenario], bool]) -> Rule | None:
    """The demand behind a failure in this exchange, or None if no default that is written out mends it.

    still_fails tells whether another scenario fails in the same way. Where two missing things lead to the
    same failure only both together mend it: the first of those that bring it back alone is named.
    """
    spellings = SPELLINGS.get(scenario.exchanges[exchange].protocol, ())
    useful = []
    for rule_id, spell in spellings:
        candidate = _spelled(scenario, exchange, spell)
        if candidate is None:
            continue
        if not still_fails(candidate):
            return CATALOGUE[rule_id]
        useful.append((rule_id, spell))
    if len(useful) < 2 or still_fails(_all_spelled(scenario, exchange, [spell for _, spell in useful])):
        return None
    for rule_id, left_out in useful:
        rest = [spell for _, spell in useful if spell is not left_out]
        if still_fails(_all_spelled(scenario, exchange, rest)):
            return CATALOGUE[rule_id]
    return None


def concerns(rule: Rule, scenario: Scenario, exchange: int) -> bool:
    """Whether the demand can be behind a failure in this exchange: there is a default of its to write out."""
    spellings = SPELLINGS.get(scenario.exchanges[exchange].protocol, ())
    return any(
        _spelled(scenario, exchange, spell) is not None for rule_id, spell in spellings if rule_id == rule.id
    )


def _all_spelled(scenario: Scenario, exchange: int, spells: list[Spell]) -> Scenario:
    for spell in spells:
        scenario = _spelled(scenario, exchange, spell) or scenario
    return scenario


def _spelled(scenario: Scenario, index: int, spell: Spell) -> Scenario | None:
    """The scenario with one default written out, or None where nothing changes or nothing fits."""
    exchanges = list(scenario.exchanges)
    old = exchanges[index]
    new = Exchange(dict(old.scope), list(old.script), Options(**_options(old)))
    try:
        spell(new)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None  # what is there is no legal value: not a matter of spelling
    if new.scope == old.scope and new.script == old.script:
        return None
    exchanges[index] = new
    return Scenario(exchanges)


def _options(exchange: Exchange) -> dict[str, Any]:
    options = exchange.options
    return {"late_send": options.late_send, "passes": options.passes, "start": options.start}
