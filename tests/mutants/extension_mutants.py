"""Mutants of the reference app for the rules of the extensions."""

from __future__ import annotations

from typing import Any

from tests.mutants.shared import ACCEPT, BODY, CLOSE, HTTP, START
from tests.mutants.twists import (
    Mutant,
    Twist,
    after,
    before,
    drop,
    events,
    first,
    offered,
    put,
    twice,
    without,
)

TRAILERS, HINT, PUSH = "http.response.trailers", "http.response.early_hint", "http.response.push"
ZERO, PATH, DEBUG = "http.response.zerocopysend", "http.response.pathsend", "http.response.debug"
DENY, DENY_BODY = "websocket.http.response.start", "websocket.http.response.body"


def _tls_defaults(scope: Any) -> None:
    tls = (scope.get("extensions") or {}).get("tls")
    if tls is not None:
        list(tls["client_cert_chain"])


def _no_tls(scope: Any) -> None:
    if "tls" in (scope.get("extensions") or {}):
        raise LookupError("no plan for tls")


def _hold_back(kind: str, until: str) -> Twist:
    """Events of this type are sent after the first one of the other type, not before."""

    def twist(app: Any) -> Any:
        async def mutant(scope: Any, receive: Any, send: Any) -> None:
            held: list[Any] = []

            async def changed(event: dict[str, Any]) -> None:
                if event["type"] == kind:
                    held.append(event)
                    return
                await send(event)
                if event["type"] == until:
                    for one in held:
                        await send(one)
                    held.clear()

            await app(scope, receive, changed)

        return mutant

    return twist


def _more(event: dict[str, Any]) -> list[dict[str, Any]]:
    return [event] if event.get("more_trailers") else [event, {"type": TRAILERS, "headers": []}]


def _early_trailers(app: Any) -> Any:
    """Where the reference app announced trailers, they come before the last body as well."""

    async def mutant(scope: Any, receive: Any, send: Any) -> None:
        announced = False

        async def changed(event: dict[str, Any]) -> None:
            nonlocal announced
            announced = announced or event.get("trailers") is True
            if announced and event["type"] == BODY and not event.get("more_body"):
                await send({**event, "more_body": True})
                await send({"type": TRAILERS, "headers": []})
                event = {"type": BODY}
            await send(event)

        await app(scope, receive, changed)

    return mutant


def _where_unlisted(name: str, twist: Twist) -> Twist:
    """The twist, but only where the scope does not list the extension."""

    def chosen(app: Any) -> Any:
        async def mutant(scope: Any, receive: Any, send: Any) -> None:
            listed = name in (scope.get("extensions") or {})
            await (app if listed else twist(app))(scope, receive, send)

        return mutant

    return chosen


_DENIAL = {"type": DENY, "status": 403, "headers": []}
_DENIAL_BODY = {"type": DENY_BODY, "body": b"no"}
_FILE = open(__file__, "rb")


MUTANTS = [
    Mutant("ext.denial.only-when-listed", "ws:/refuse", events(CLOSE, lambda e: [_DENIAL, _DENIAL_BODY])),
    Mutant("ext.denial.after-connect", "ws:/deny", before(DENY, {"type": ACCEPT})),
    Mutant("ext.denial.start-before-body", "ws:/deny", drop(DENY)),
    Mutant("ext.denial.start.once", "ws:/deny", twice(DENY)),
    Mutant("ext.denial.start.status", "ws:/deny", put(DENY, status="401")),
    Mutant("ext.denial.start.headers", "ws:/deny", put(DENY, headers=[(b"A", b"b")])),
    Mutant("ext.denial.body.body", "ws:/deny", put(DENY_BODY, body="text")),
    Mutant(
        "ext.denial.body.more-body",
        "ws:/deny",
        events(DENY_BODY, lambda e: [{**e, "more_body": int(e.get("more_body", 0))}]),
    ),
    Mutant("ext.denial.finished", "ws:/deny", drop(DENY_BODY, lambda e: not e.get("more_body"))),
    Mutant("ext.denial.no-websocket-events", "ws:/deny", after(DENY, {"type": CLOSE})),
    Mutant("ext.denial.no-http-extensions", "ws:/deny", after(DENY, {"type": TRAILERS, "headers": []})),
    Mutant("ext.push.only-when-listed", "/", after(START, {"type": PUSH, "path": "/a", "headers": []})),
    Mutant("ext.push.order", "/push", offered(PUSH, _hold_back(START, PUSH))),
    Mutant("ext.push.path", "/push", without(PUSH, "path")),
    Mutant("ext.push.path.decoded", "/push", put(PUSH, path="/caf%C3%A9")),
    Mutant("ext.push.headers", "/push", without(PUSH, "headers")),
    Mutant("ext.push.headers.lowercase", "/push", put(PUSH, headers=[(b"Accept", b"b")])),
    Mutant("ext.push.headers.no-pseudo", "/push", put(PUSH, headers=[(b":path", b"/")])),
    Mutant(
        "ext.zerocopy.only-when-listed",
        "/",
        _where_unlisted(ZERO, events(BODY, lambda e: [{"type": ZERO, "file": _FILE}])),
    ),
    Mutant("ext.zerocopy.app-closes", "/file", put(ZERO, file=_FILE)),
    Mutant("ext.zerocopy.order", "/file", offered(ZERO, _hold_back(START, ZERO))),
    Mutant("ext.zerocopy.file", "/file", put(ZERO, file=b"0123456789")),
    Mutant("ext.zerocopy.offset", "/file", put(ZERO, offset="2")),
    Mutant("ext.zerocopy.count", "/file", put(ZERO, count=2.0)),
    Mutant(
        "ext.zerocopy.more-body", "/file", events(ZERO, lambda e: [{**e, "more_body": int(e["more_body"])}])
    ),
    Mutant(
        "ext.pathsend.only-when-listed",
        "/",
        events(BODY, lambda e: [{"type": PATH, "path": "/etc/hostname"}]),
    ),
    Mutant("ext.pathsend.after-start", "/path", offered(PATH, drop(START))),
    Mutant("ext.pathsend.not-mixed", "/path", before(PATH, {"type": BODY, "body": b"a", "more_body": True})),
    Mutant("ext.pathsend.once", "/path", twice(PATH)),
    Mutant("ext.pathsend.path", "/path", put(PATH, path=b"/etc/hostname")),
    Mutant("ext.pathsend.path.absolute", "/path", put(PATH, path="hostname")),
    Mutant("ext.early-hint.only-when-listed", "/", before(START, {"type": HINT, "links": [b"</a>"]})),
    Mutant("ext.early-hint.order", "/hints", _hold_back(HINT, START)),
    Mutant("ext.early-hint.links", "/hints", put(HINT, links=["</a>"])),
    Mutant("ext.trailers.only-when-listed", "/", _where_unlisted(TRAILERS, put(START, trailers=True))),
    Mutant("ext.trailers.announced", "/trailers", put(START, trailers=False)),
    Mutant("ext.trailers.sent", "/trailers", drop(TRAILERS)),
    Mutant("ext.trailers.order", "/trailers", _early_trailers),
    Mutant("ext.trailers.headers", "/trailers", without(TRAILERS, "headers")),
    Mutant("ext.trailers.headers.lowercase", "/trailers", put(TRAILERS, headers=[(b"X-Size", b"1")])),
    Mutant("ext.trailers.headers.no-pseudo", "/trailers", put(TRAILERS, headers=[(b":x", b"1")])),
    Mutant(
        "ext.trailers.more.type",
        "/trailers",
        events(TRAILERS, lambda e: [{**e, "more_trailers": int(e.get("more_trailers", 0))}]),
    ),
    Mutant("ext.trailers.nothing-after", "/trailers", events(TRAILERS, _more)),
    Mutant("ext.debug.only-when-listed", "/", before(START, {"type": DEBUG, "info": {}})),
    Mutant("ext.debug.before-start", "/debug", _hold_back(DEBUG, START)),
    Mutant("ext.debug.once", "/debug", twice(DEBUG)),
    Mutant("ext.debug.info", "/debug", put(DEBUG, info=[])),
    Mutant("ext.tls.events-unchanged", "/", first(_no_tls, *HTTP)),
    Mutant("ext.tls.defaults", "/", first(_tls_defaults, *HTTP)),
]
