"""Mutants of the reference app for the HTTP rules."""

from __future__ import annotations

from typing import Any

from asgisim.reference.app import read_body
from tests.mutants.shared import BODY, HTTP, OK, START, reads, spec_version
from tests.mutants.twists import Mutant, before, drop, first, header, instead, put, seeing, twice, without


async def returns_nothing(scope: Any, receive: Any, send: Any) -> None:
    await read_body(receive)


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


def _host(scope: Any) -> None:
    names = [name for name, _ in scope["headers"]]
    if b"host" not in names and b"host" in [name.lower() for name in names]:
        raise LookupError("no host")


def _one_cookie(scope: Any) -> None:
    if [name.lower() for name, _ in scope["headers"]].count(b"cookie") > 1:
        raise ValueError("two cookie headers")


def _body_needed(event: dict[str, Any]) -> dict[str, Any]:
    return event if event["type"] != "http.request" else {**event, "body": event["body"]}


def _more_body_needed(event: dict[str, Any]) -> dict[str, Any]:
    return event if event["type"] != "http.request" else {**event, "more_body": event["more_body"]}


MUTANTS = [
    Mutant("http.scope.asgi.spec-version.default", "/", first(spec_version, *HTTP)),
    Mutant("http.scope.scheme.default", "/", reads("scheme", *HTTP)),
    Mutant("http.scope.raw-path.default", "/", first(lambda s: s["raw_path"].decode(), *HTTP)),
    Mutant("http.scope.root-path.default", "/", reads("root_path", *HTTP)),
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
    Mutant("http.scope.state.optional", "/", reads("state", *HTTP)),
]
