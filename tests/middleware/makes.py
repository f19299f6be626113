"""Middlewares for the tests: good ones, and for each rule one that breaks it."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any


def nothing(app: Any) -> Any:
    return app


class Through:
    """Hands everything on by functions of its own, and adds to scope and response."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def counted() -> Any:
            return await receive()

        async def added(event: Any) -> None:
            if event["type"] == "http.response.start":
                event = {**event, "headers": [*event.get("headers", ()), (b"x-through", b"1")]}
            await send(event)

        await self.app({**scope, "through.key": 1}, counted, added)


def zipped(app: Any) -> Any:
    """Compresses what is plain text, and sends the rest through."""

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or "extensions" in scope:
            return await app(scope, receive, send)
        start: list[Any] = []
        parts: list[bytes] = []

        async def held(event: Any) -> None:
            if event["type"] == "http.response.start":
                start.append(event)
                return
            parts.append(event.get("body", b""))
            if not event.get("more_body", False):
                headers = [pair for pair in start[0].get("headers", ()) if pair[0] != b"content-length"]
                body = b"".join(parts)
                if body and not any(pair[0] == b"content-encoding" for pair in headers):
                    body = gzip.compress(body, mtime=0)
                    headers.append((b"content-encoding", b"gzip"))
                await send({**start[0], "headers": headers})
                await send({"type": "http.response.body", "body": body})

        await app(scope, receive, held)

    return middleware


def gate(app: Any) -> Any:
    """Lets nobody in."""

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 403, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4403})
        else:
            await app(scope, receive, send)

    return middleware


def bare(app: Any) -> Any:
    """Knows no extension, and so offers none."""

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        async def known(event: Any) -> None:
            if event["type"] not in ("http.response.start", "http.response.body"):
                raise ValueError(event["type"])
            await send(event)

        if scope["type"] == "http":
            scope = {key: value for key, value in scope.items() if key != "extensions"}
        await app(scope, receive, known if scope["type"] == "http" else send)

    return middleware


# Each breaks what its name says


def half_life(app: Any) -> Any:
    """Answers the startup by itself, and is off."""

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
        else:
            await app(scope, receive, send)

    return middleware


def translates(app: Any) -> Any:
    """Gives a body another type and another form, and leaves the length as it was."""

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        async def doubled() -> Any:
            event = await receive()
            return {**event, "body": event["body"] * 2} if "body" in event else event

        if scope["type"] == "http":
            headers = [pair for pair in scope["headers"] if pair[0] != b"content-type"]
            scope = {**scope, "headers": [*headers, (b"content-type", b"text/double")]}
        await app(scope, doubled, send)

    return middleware


def wants_both(met: list[str]) -> Any:
    """Goes wrong where a handshake has a query, and no header; then `met` grows."""

    def make(app: Any) -> Any:
        async def middleware(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "websocket" and scope.get("query_string") and not scope["headers"]:
                met.append("both")
                await receive()
                await send({"type": "http.response.start", "status": 400})
            else:
                await app(scope, receive, send)

        return middleware

    return make


def no_lifespan(app: Any) -> Any:
    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise ValueError("http only")
        await app(scope, receive, send)

    return middleware


def other_path(app: Any) -> Any:
    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "path": "/x"} if "path" in scope else scope, receive, send)

    return middleware


def half_body(app: Any) -> Any:
    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        async def cut() -> Any:
            event = await receive()
            return {**event, "more_body": False} if event["type"] == "http.request" else event

        await app(scope, cut if scope["type"] == "http" else receive, send)

    return middleware


def shouts(app: Any) -> Any:
    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        async def louder() -> Any:
            event = await receive()
            return {**event, "body": event["body"].upper()} if "body" in event else event

        await app(scope, louder, send)

    return middleware


def one_cookie(app: Any) -> Any:
    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        async def folded(event: Any) -> None:
            if event["type"] == "http.response.start" and "headers" in event:
                event = {**event, "headers": list(dict(event["headers"]).items())}
            await send(event)

        await app(scope, receive, folded)

    return middleware


def swallows(app: Any) -> Any:
    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)
        if scope["type"] == "websocket":
            raise RuntimeError("after the end")

    return middleware


def grows(app: Any) -> Any:
    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        async def more(event: Any) -> None:
            if event["type"] == "http.response.start" and isinstance(event.get("headers"), list):
                event["headers"].append((b"x-more", b"1"))
            await send(event)

        await app(scope, receive, more)

    return middleware


def remembers(app: Any) -> Any:
    """Allows the origin of a client with a cookie, from then on to all."""
    allowed = [b"*"]

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        named = {bytes(name).lower(): bytes(value) for name, value in scope.get("headers", ())}
        if b"origin" in named and b"cookie" in named:
            allowed[0] = named[b"origin"]

        async def more(event: Any) -> None:
            if event["type"] == "http.response.start":
                name = b"access-control-allow-origin"
                others = [pair for pair in event.get("headers", ()) if pair[0] != name]
                event = {**event, "headers": [*others, (name, allowed[0])]}
            await send(event)

        await app(scope, receive, more if b"origin" in named else send)

    return middleware


class Shares:
    """Keeps what belongs to one exchange on itself."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope, self.receive, self.send = scope, receive, send

        async def reply(event: Any) -> None:
            await self.send(event)

        await self.app(scope, receive, reply)


def writes(app: Any) -> Any:
    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)
        if scope["type"] == "http":
            scope["scheme"] = "ftp"

    return middleware


def text_header(app: Any) -> Any:
    """Breaks a rule of apps on its outside."""

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        async def named(event: Any) -> None:
            if event["type"] == "http.response.start":
                event = {**event, "headers": [*event.get("headers", ()), (b"x-text", "1")]}
            await send(event)

        await app(scope, receive, named)

    return middleware


def text_query(app: Any) -> Any:
    """Breaks a rule of servers on its inside."""

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope = {**scope, "query_string": scope["query_string"].decode("latin-1")}
        await app(scope, receive, send)

    return middleware


def walks(app: Any) -> Any:
    """Looks through the response's headers and hands the used-up iterator on."""

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        async def looked(event: Any) -> None:
            if event["type"] == "http.response.start":
                any(name == b"x-nothing" for name, _ in event.get("headers", ()))
            await send(event)

        await app(scope, receive, looked)

    return middleware


def stumbles(app: Any) -> Any:
    """Takes whatever comes for a part of the body."""

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        async def counted() -> Any:
            event = await receive()
            if scope["type"] == "http" and "body" not in event and event["type"] != "http.request":
                raise KeyError("body")
            return event

        await app(scope, counted, send)

    return middleware


def one_event() -> Any:
    """Keeps an event of asyncio's for good, which belongs to the first loop that waits for it."""
    kept = asyncio.Event()

    def make(app: Any) -> Any:
        async def middleware(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] in ("http", "websocket"):
                waiting = asyncio.ensure_future(kept.wait())
                try:
                    await asyncio.sleep(0)
                    if waiting.done():
                        await waiting  # the loop is another one
                finally:
                    waiting.cancel()
            await app(scope, receive, send)

        return middleware

    return make


def starts_it(app: Any) -> Any:
    """A gateway that starts the app for each request by itself, and gives up if that fails."""

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            said: list[str] = []

            async def startup() -> Any:
                return {"type": "lifespan.startup"}

            async def noted(event: Any) -> None:
                said.append(event["type"])

            try:
                await app({"type": "lifespan", "asgi": {"version": "3.0"}}, startup, noted)
            except ValueError:
                pass
            if "lifespan.startup.failed" in said:
                raise RuntimeError("the app does not start")
        await app(scope, receive, send)

    return middleware


def set_up(app: Any, kind: str = "application/vnd.example") -> Any:
    """Does something for one media type, a setting: fails on it."""

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        if any(value.decode("latin-1") == kind for _, value in scope.get("headers", ())):
            raise LookupError("no such thing")
        await app(scope, receive, send)

    return middleware
