"""One mutant of the reference app for each rule that a single app can break."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from asgisim.reference.app import app as reference
from asgisim.reference.app import read_body
from tests.mutants.twists import (
    Mutant,
    Twist,
    after,
    before,
    drop,
    events,
    first,
    header,
    instead,
    offered,
    put,
    seeing,
    twice,
    without,
)

START, BODY = "http.response.start", "http.response.body"
TRAILERS, HINT, PUSH = "http.response.trailers", "http.response.early_hint", "http.response.push"
ZERO, PATH, DEBUG = "http.response.zerocopysend", "http.response.pathsend", "http.response.debug"
ACCEPT, SEND, CLOSE = "websocket.accept", "websocket.send", "websocket.close"
DENY, DENY_BODY = "websocket.http.response.start", "websocket.http.response.body"
UP, DOWN = "lifespan.startup.complete", "lifespan.shutdown.complete"
OK = {"type": START, "status": 200, "headers": []}
NAN, INFINITE = float("nan"), float("inf")


async def _plain(send: Any) -> None:
    await send(OK)
    await send({"type": BODY, "body": b"plain"})


# Behaviours of their own, where a twist on the reference app's events would not say it.


async def returns_nothing(scope: Any, receive: Any, send: Any) -> None:
    await read_body(receive)


async def any_scope(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] in ("http", "websocket", "lifespan"):
        await reference(scope, receive, send)


async def first_piece_only(scope: Any, receive: Any, send: Any) -> None:
    event = await receive()
    if event["type"] != "http.disconnect":
        body = event.get("body", b"")
        await send(OK)
        await send({"type": BODY, "body": b"got " + body})


async def last_piece_only(scope: Any, receive: Any, send: Any) -> None:
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        if not event.get("more_body", False):
            break
    await send(OK)
    await send({"type": BODY, "body": b"got " + event.get("body", b"")})


async def floods_after_failure(scope: Any, receive: Any, send: Any) -> None:
    await read_body(receive)
    await send(OK)
    for _ in range(3):
        await send({"type": BODY, "body": b"piece", "more_body": True})
    while True:
        try:
            await send({"type": BODY, "body": b"piece", "more_body": True})
        except OSError:
            continue
        break
    await send({"type": BODY})


async def ignores_disconnect(scope: Any, receive: Any, send: Any) -> None:
    while True:
        event = await receive()
        if not event.get("more_body", False) and event["type"] == "http.request":
            break
        if event["type"] == "http.disconnect":
            await asyncio.Event().wait()
    await _plain(send)


async def never_answers(scope: Any, receive: Any, send: Any) -> None:
    await read_body(receive)
    while (await receive())["type"] != "http.disconnect":
        pass


async def crashes_on_odd_query(scope: Any, receive: Any, send: Any) -> None:
    scope["query_string"].decode("ascii")
    await reference(scope, receive, send)


async def says_500_on_odd_query(scope: Any, receive: Any, send: Any) -> None:
    try:
        scope["query_string"].decode("ascii")
    except UnicodeDecodeError:
        await read_body(receive)
        await send({**OK, "status": 500})
        await send({"type": BODY, "body": b"sorry"})
    else:
        await reference(scope, receive, send)


latest: dict[str, Any] = {}


async def mixes_requests_up(scope: Any, receive: Any, send: Any) -> None:
    latest["scope"] = scope
    await read_body(receive)
    await send({**OK, "headers": []})
    await send({"type": BODY, "body": latest["scope"]["query_string"]})


async def leaks_a_task(scope: Any, receive: Any, send: Any) -> None:
    tasks.append(asyncio.ensure_future(asyncio.sleep(3600)))
    await reference(scope, receive, send)
    tasks.clear()


tasks: list[Any] = []


async def loses_a_task_exception(scope: Any, receive: Any, send: Any) -> None:
    async def fails() -> None:
        raise LookupError("nobody looks")

    tasks.append(asyncio.ensure_future(fails()))
    await asyncio.sleep(0)
    tasks.clear()
    await reference(scope, receive, send)


async def swallows_cancel(scope: Any, receive: Any, send: Any) -> None:
    await read_body(receive)
    await send(OK)
    while True:
        try:
            await asyncio.sleep(10)
            break
        except asyncio.CancelledError:
            await asyncio.Event().wait()
    await send({"type": BODY})


async def relies_on_haste(scope: Any, receive: Any, send: Any) -> None:
    late: list[bool] = []

    async def soon() -> None:
        await asyncio.sleep(0)
        late.append(True)

    task = asyncio.ensure_future(soon())
    await read_body(receive)
    await send({**OK, "status": 503 if late else 200})
    await send({"type": BODY})
    await task


async def only_the_root(scope: Any, receive: Any, send: Any) -> None:
    await read_body(receive)
    await send({**OK, "status": 200 if scope["path"] == "/" else 404})
    await send({"type": BODY})


async def one_place_for_all(scope: Any, receive: Any, send: Any) -> None:
    shared["query"] = scope["query_string"]
    await read_body(receive)
    await send(OK)
    await send({"type": BODY, "body": shared["query"]})


shared: dict[str, bytes] = {}


async def blocks_the_loop(scope: Any, receive: Any, send: Any) -> None:
    time.sleep(2)
    await reference(scope, receive, send)


async def forgets_to_await(scope: Any, receive: Any, send: Any) -> None:
    asyncio.sleep(0)
    await reference(scope, receive, send)


async def spins_while_waiting(scope: Any, receive: Any, send: Any) -> None:
    await read_body(receive)
    await _plain(send)
    while True:
        await asyncio.sleep(0)


async def exits(scope: Any, receive: Any, send: Any) -> None:
    await read_body(receive)
    raise SystemExit(3)


async def text_key_needed(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": ACCEPT})
    while (event := await receive())["type"] == "websocket.receive":
        data = {"text": event["text"]} if event["text"] is not None else {"bytes": event["bytes"]}
        await send({"type": SEND, **data})


async def reason_needed(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": ACCEPT})
    while (event := await receive())["type"] == "websocket.receive":
        pass
    if "reason" in event:
        event["reason"].upper()
    elif tuple(map(int, scope["asgi"].get("spec_version", "2.0").split("."))) >= (2, 5):
        raise KeyError("reason")


async def silent_socket(scope: Any, receive: Any, send: Any) -> None:
    await receive()


async def accept_first(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": ACCEPT})
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def blind_to_send_failure(scope: Any, receive: Any, send: Any) -> None:
    await read_body(receive)
    try:
        await send(OK)
        await send({"type": BODY, "body": b"", "more_body": True})
        await send({"type": BODY})
    except OSError:
        raise RuntimeError("the response could not be sent") from None


async def blind_to_socket_failure(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    try:
        await send({"type": ACCEPT})
        while (event := await receive())["type"] == "websocket.receive":
            await send({"type": SEND, "text": "got it"})
        del event
        await send({"type": CLOSE})
    except OSError:
        raise RuntimeError("the message could not be sent") from None


async def lifespan_silent(scope: Any, receive: Any, send: Any) -> None:
    await receive()


async def lifespan_answers_first(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": UP})
    await receive()
    await receive()
    await send({"type": DOWN})


async def lifespan_no_goodbye(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": UP})
    await receive()


async def lifespan_stays(scope: Any, receive: Any, send: Any) -> None:
    await reference(scope, receive, send)
    await asyncio.Event().wait()


async def lifespan_fails(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "lifespan.startup.failed", "message": b"no database"})


async def lifespan_fails_late(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": UP})
    await receive()
    await send({"type": "lifespan.shutdown.failed", "message": 3})


def _reads(key: str, *kinds: str) -> Twist:
    return first(lambda scope: scope[key], *kinds)


def _reads_items(key: str, *kinds: str) -> Twist:
    return first(lambda scope: list(scope[key]), *kinds)


def _spec_version(scope: Any) -> None:
    scope["asgi"]["spec_version"].split(".")


def _version(scope: Any) -> None:
    scope["asgi"]["version"].split(".")


def _no_extra_keys(scope: Any) -> None:
    known = {
        "type", "asgi", "http_version", "method", "scheme", "path", "raw_path", "query_string", "root_path",
        "headers", "client", "server", "state", "extensions", "subprotocols",
    }  # fmt: skip
    if set(scope) - known:
        raise ValueError("unknown keys in the scope")


def _host(scope: Any) -> None:
    names = [name for name, _ in scope["headers"]]
    if b"host" not in names and b"host" in [name.lower() for name in names]:
        raise LookupError("no host")


def _one_cookie(scope: Any) -> None:
    if [name.lower() for name, _ in scope["headers"]].count(b"cookie") > 1:
        raise ValueError("two cookie headers")


def _tls_defaults(scope: Any) -> None:
    tls = (scope.get("extensions") or {}).get("tls")
    if tls is not None:
        list(tls["client_cert_chain"])


def _extensions_needed(scope: Any) -> None:
    if "http.response.push" not in (scope.get("extensions") or {}):
        raise LookupError("this app needs server push")


def _no_tls(scope: Any) -> None:
    if "tls" in (scope.get("extensions") or {}):
        raise LookupError("no plan for tls")


def _no_extra_event_keys(event: dict[str, Any]) -> dict[str, Any]:
    known = {"type", "body", "more_body", "bytes", "text", "code", "reason"}
    if set(event) - known:
        raise ValueError("unknown keys in the event")
    return event


def _body_needed(event: dict[str, Any]) -> dict[str, Any]:
    return event if event["type"] != "http.request" else {**event, "body": event["body"]}


def _more_body_needed(event: dict[str, Any]) -> dict[str, Any]:
    return event if event["type"] != "http.request" else {**event, "more_body": event["more_body"]}


def _accept_later(app: Any) -> Any:
    """Sends a message, and only then accepts."""
    return before(ACCEPT, {"type": SEND, "text": "early"})(app)


def _if_headers(event: dict[str, Any], headers: Any) -> dict[str, Any]:
    """Where the reference app puts headers on accept (2.1 and later), put these."""
    return {**event, "headers": headers} if "headers" in event else event


def _if_reason(event: dict[str, Any], reason: Any) -> dict[str, Any]:
    """Where the reference app gives a reason (2.3 and later), give this one."""
    return {**event, "reason": reason} if "reason" in event else event


async def _value(scope: Any, receive: Any, send: Any) -> int:
    await reference(scope, receive, send)
    return 42


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

HTTP = ("http",)
WS = ("websocket",)
BOTH = ("http", "websocket")

MUTANTS = [
    # what holds for every scope and event
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
    # HTTP
    Mutant("http.scope.asgi.spec-version.default", "/", first(_spec_version, *HTTP)),
    Mutant("http.scope.scheme.default", "/", _reads("scheme", *HTTP)),
    Mutant("http.scope.raw-path.default", "/", first(lambda s: s["raw_path"].decode(), *HTTP)),
    Mutant("http.scope.root-path.default", "/", _reads("root_path", *HTTP)),
    Mutant("http.scope.headers.app-case-blind", "/", first(_host, *HTTP)),
    Mutant("http.scope.headers.cookie-repeat", "/", first(_one_cookie, *HTTP)),
    Mutant("http.scope.client.default", "/", first(lambda s: s["client"][0], *HTTP)),
    Mutant("http.scope.server.default", "/", first(lambda s: s["server"][0], *HTTP)),
    Mutant("http.request.body.default", "/", seeing(_body_needed)),
    Mutant("http.request.more-body.default", "/", seeing(_more_body_needed)),
    Mutant("http.request.more-body.wait", "/", instead(first_piece_only, *HTTP)),
    Mutant("http.request.body.concatenated", "/", instead(last_piece_only, *HTTP)),
    Mutant("http.send.types", "/", before(START, {"type": "http.response.hello"})),
    Mutant("http.response.start.before-body", "/", drop(START)),
    Mutant("http.response.start.once", "/", twice(START)),
    Mutant("http.response.start.sent", "/", instead(returns_nothing, *HTTP)),
    Mutant("http.response.start.followed-by-body", "/", drop(BODY)),
    Mutant("http.response.start.status.present", "/", without(START, "status")),
    Mutant("http.response.start.status.type", "/", put(START, status="200")),
    Mutant("http.response.start.status.range", "/", put(START, status=99)),
    Mutant("http.response.start.headers.iterable", "/", put(START, headers=7)),
    Mutant("http.response.start.headers.name-bytes", "/", header(START, "x-name", b"v")),
    Mutant("http.response.start.headers.value-bytes", "/", header(START, b"x-name", "v")),
    Mutant("http.response.start.headers.lowercase", "/", header(START, b"X-Name", b"v")),
    Mutant("http.response.start.headers.no-pseudo", "/", header(START, b":status", b"200")),
    Mutant("http.response.start.trailers.type", "/trailers", put(START, trailers=1)),
    Mutant("http.response.body.body.type", "/", put(BODY, body="text")),
    Mutant("http.response.body.more-body.type", "/", put(BODY, more_body=0)),
    Mutant("http.response.body.final", "/stream", drop(BODY, lambda e: not e.get("more_body"))),
    Mutant("robust.flood", "/", instead(floods_after_failure, *HTTP)),
    # WebSocket
    Mutant("websocket.scope.asgi.spec-version.default", "/", first(_spec_version, *WS)),
    Mutant("websocket.scope.http-version.default", "/", _reads("http_version", *WS)),
    Mutant("websocket.scope.scheme.default", "/", _reads("scheme", *WS)),
    Mutant("websocket.scope.raw-path.default", "/", first(lambda s: s["raw_path"].decode(), *WS)),
    Mutant("websocket.scope.query-string.default", "/", first(lambda s: s["query_string"].split(b"&"), *WS)),
    Mutant("websocket.scope.root-path.default", "/", _reads("root_path", *WS)),
    Mutant("websocket.scope.client.default", "/", first(lambda s: s["client"][0], *WS)),
    Mutant("websocket.scope.server.default", "/", first(lambda s: s["server"][0], *WS)),
    Mutant("websocket.scope.subprotocols.default", "/", _reads_items("subprotocols", *WS)),
    Mutant("websocket.connect.answered", "/", instead(silent_socket, *WS)),
    Mutant("websocket.send.types", "/", after(ACCEPT, {"type": "websocket.ping"})),
    Mutant("websocket.accept.once", "/", twice(ACCEPT)),
    Mutant("websocket.accept.not-after-close", "/refuse", after(CLOSE, {"type": ACCEPT})),
    Mutant("websocket.accept.subprotocol.type", "/", put(ACCEPT, subprotocol=b"chat")),
    Mutant("websocket.accept.subprotocol.offered", "/", put(ACCEPT, subprotocol="not-offered")),
    Mutant("websocket.accept.headers.iterable", "/", events(ACCEPT, lambda e: [_if_headers(e, 7)])),
    Mutant("websocket.accept.headers.bytes", "/", events(ACCEPT, lambda e: [_if_headers(e, [("a", b"b")])])),
    Mutant(
        "websocket.accept.headers.lowercase", "/", events(ACCEPT, lambda e: [_if_headers(e, [(b"A", b"b")])])
    ),
    Mutant(
        "websocket.accept.headers.no-subprotocol",
        "/",
        events(ACCEPT, lambda e: [_if_headers(e, [(b"sec-websocket-protocol", b"chat")])]),
    ),
    Mutant(
        "websocket.accept.headers.no-pseudo", "/", events(ACCEPT, lambda e: [_if_headers(e, [(b":a", b"b")])])
    ),
    Mutant("websocket.accept.headers.version-gate", "/", put(ACCEPT, headers=[(b"a", b"b")])),
    Mutant("websocket.receive.keys-optional", "/", instead(text_key_needed, *WS)),
    Mutant("websocket.send.bytes.type", "/", events(SEND, lambda e: [{"type": SEND, "bytes": "text"}])),
    Mutant("websocket.send.text.type", "/", events(SEND, lambda e: [{"type": SEND, "text": b"bytes"}])),
    Mutant(
        "websocket.send.one-of", "/", events(SEND, lambda e: [{"type": SEND, "text": "a", "bytes": b"a"}])
    ),
    Mutant("websocket.send.after-accept", "/", _accept_later),
    Mutant("websocket.send.not-after-own-close", "/close", after(CLOSE, {"type": SEND, "text": "late"})),
    Mutant("websocket.disconnect.reason.default", "/", instead(reason_needed, *WS)),
    Mutant("websocket.close.code.type", "/close", put(CLOSE, code="4000")),
    Mutant("websocket.close.code.sendable", "/close", put(CLOSE, code=1005)),
    Mutant("websocket.close.reason.type", "/close", events(CLOSE, lambda e: [_if_reason(e, b"why")])),
    Mutant("websocket.close.reason.length", "/close", events(CLOSE, lambda e: [_if_reason(e, "é" * 70)])),
    Mutant("websocket.close.once", "/close", twice(CLOSE)),
    # extensions
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
    Mutant("common.ext.optional", "/", first(_extensions_needed, *HTTP)),
    Mutant("http.scope.state.optional", "/", _reads("state", *HTTP)),
    Mutant("websocket.scope.state.optional", "/", _reads("state", *WS)),
    Mutant("equal.header-shape", "/", first(lambda s: s["headers"] + [], *HTTP)),
    Mutant("equal.passes", "/", instead(relies_on_haste, *HTTP)),
    Mutant("equal.root-path", "/", instead(only_the_root, *HTTP)),
    Mutant("equal.overlap", "/", instead(one_place_for_all, *HTTP)),
    Mutant("ext.tls.events-unchanged", "/", first(_no_tls, *HTTP)),
    Mutant("ext.tls.defaults", "/", first(_tls_defaults, *HTTP)),
    # lifespan
    Mutant("lifespan.scope.asgi.spec-version.default", "/", first(_spec_version, "lifespan")),
    Mutant("lifespan.scope.state.optional", "/", _reads("state", "lifespan")),
    Mutant("lifespan.send.types", "/", before(UP, {"type": "lifespan.startup.started"})),
    Mutant("lifespan.startup.answered", "/", instead(lifespan_silent, "lifespan")),
    Mutant("lifespan.startup.answer-after-event", "/", instead(lifespan_answers_first, "lifespan")),
    Mutant("lifespan.startup.answer-once", "/", twice(UP)),
    Mutant("lifespan.startup.failed.message.type", "/", instead(lifespan_fails, "lifespan")),
    Mutant("lifespan.shutdown.answered", "/", instead(lifespan_no_goodbye, "lifespan")),
    Mutant("lifespan.shutdown.answer-after-event", "/", before(UP, {"type": DOWN})),
    Mutant("lifespan.shutdown.answer-once", "/", twice(DOWN)),
    Mutant("lifespan.shutdown.app-returns", "/", instead(lifespan_stays, "lifespan")),
    Mutant("lifespan.shutdown.failed.message.type", "/", instead(lifespan_fails_late, "lifespan")),
    # ours
    Mutant("equal.root-path", "ws:/refuse", first(lambda s: s.update(root_path=""), *WS)),
    Mutant("equal.overlap", "/", instead(mixes_requests_up, *HTTP)),
    Mutant(
        "robust.content-length",
        "/",
        events(START, lambda e: [{**e, "headers": [(b"content-length", b"99")]}]),
    ),
    Mutant("robust.header-syntax", "/", header(START, b"x-name", b"a\r\nset-cookie: b")),
    Mutant("robust.no-content", "/", put(START, status=204)),
    Mutant("robust.hang", "/", instead(ignores_disconnect, *HTTP)),
    Mutant("robust.no-answer", "/", instead(never_answers, *HTTP)),
    Mutant("robust.crash", "/", instead(crashes_on_odd_query, *HTTP)),
    Mutant("robust.server-error", "/", instead(says_500_on_odd_query, *HTTP)),
    Mutant("robust.task-leak", "/", instead(leaks_a_task, *HTTP)),
    Mutant("robust.task-exception", "/", instead(loses_a_task_exception, *HTTP)),
    Mutant("robust.cancel-swallowed", "/", instead(swallows_cancel, *HTTP)),
    Mutant("robust.blocked-loop", "/", instead(blocks_the_loop, *HTTP)),
    Mutant("robust.never-awaited", "/", instead(forgets_to_await, *HTTP)),
    Mutant("robust.spin", "/", instead(spins_while_waiting, *HTTP)),
    Mutant("robust.exit", "/", instead(exits, *HTTP)),
]
