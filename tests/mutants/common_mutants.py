"""Mutants of the reference app for what holds of every scope and event."""

from __future__ import annotations

from typing import Any

from asgisim.reference.app import app as reference
from tests.mutants.shared import HTTP, START
from tests.mutants.twists import Mutant, before, events, first, instead, put, seeing

NAN, INFINITE = float("nan"), float("inf")


async def any_scope(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] in ("http", "websocket", "lifespan"):
        await reference(scope, receive, send)


def _version(scope: Any) -> None:
    scope["asgi"]["version"].split(".")


def _no_extra_keys(scope: Any) -> None:
    known = {
        "type", "asgi", "http_version", "method", "scheme", "path", "raw_path", "query_string", "root_path",
        "headers", "client", "server", "state", "extensions", "subprotocols",
    }  # fmt: skip
    if set(scope) - known:
        raise ValueError("unknown keys in the scope")


def _extensions_needed(scope: Any) -> None:
    if "http.response.push" not in (scope.get("extensions") or {}):
        raise LookupError("this app needs server push")


def _no_extra_event_keys(event: dict[str, Any]) -> dict[str, Any]:
    known = {"type", "body", "more_body", "bytes", "text", "code", "reason"}
    if set(event) - known:
        raise ValueError("unknown keys in the event")
    return event


async def _value(scope: Any, receive: Any, send: Any) -> int:
    await reference(scope, receive, send)
    return 42


BOTH = ("http", "websocket")


MUTANTS = [
    Mutant("common.app.returns-none", "/", instead(lambda s, r, e: _value(s, r, e), *HTTP)),
    Mutant("common.scope.asgi.version.default", "/", first(_version, *BOTH)),
    Mutant("common.scope.unknown-type-rejected", "/", lambda app: any_scope),
    Mutant("common.scope.extra-keys-app", "/", first(_no_extra_keys, *HTTP)),
    Mutant("common.event.extra-keys-app", "/", seeing(_no_extra_event_keys)),
    Mutant("common.keys.str", "/", events(START, lambda e: [{**e, 1: b""}])),
    Mutant("common.event.dict", "/", before(START, "http.response.start")),
    Mutant("common.event.type.present", "/", before(START, {"status": 200})),
    Mutant("common.event.type.str", "/", before(START, {"type": b"http.response.start"})),
    Mutant("common.event.allowed-types", "/", put(START, extra={1, 2})),
    Mutant("common.strings.bytes-exact", "/", put(START, extra=bytearray(b"a"))),
    Mutant("common.event.int-range", "/", put(START, extra=1 << 63)),
    Mutant("common.event.float-nan", "/", put(START, extra=NAN)),
    Mutant("common.event.float-infinity", "/", put(START, extra=INFINITE)),
    Mutant("common.event.nested-dict-keys", "/", put(START, extra={"deep": [{1: "one"}]})),
    Mutant("common.ext.optional", "/", first(_extensions_needed, *HTTP)),
]
