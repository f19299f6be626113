"""What faults are made of: layers around an app, or around its events."""

from __future__ import annotations

from typing import Any

import anyio

from tests.mutants.servers.parts import event, scope, sends

START, BODY, REQUEST = "http.response.start", "http.response.body", "http.request"
WS, RECEIVE, SEND, ACCEPT = "websocket", "websocket.receive", "websocket.send", "websocket.accept"


def headers(change: Any, protocol: str = "http") -> Any:
    """A server that changes the request headers."""
    return scope(lambda given: given.update(headers=change(list(given["headers"]))), protocol)


def path(change: Any, protocol: str = "http") -> Any:
    """A server that changes the path."""
    return scope(lambda given: given.update(path=change(given["path"])), protocol)


def query(change: Any, protocol: str = "http") -> Any:
    """A server that changes the query."""
    return scope(lambda given: given.update(query_string=change(given["query_string"])), protocol)


def body(change: Any) -> Any:
    """Response bodies are changed, event by event."""
    return sends(BODY, lambda one: one.update(body=change(one.get("body", b""))))


def answer(change: Any) -> Any:
    """Response headers are changed."""
    return sends(START, lambda one: one.update(headers=change(list(one.get("headers", ())))))


def message(change: Any) -> Any:
    """Messages of the client are changed."""

    def one(got: dict[str, Any]) -> None:
        for key in ("text", "bytes"):
            if got.get(key) is not None:
                got[key] = change(got[key])

    return event(RECEIVE, one)


def said(change: Any) -> Any:
    """Messages of the app are changed."""

    def one(got: dict[str, Any]) -> None:
        for key in ("text", "bytes"):
            if got.get(key) is not None:
                got[key] = change(got[key])

    return sends(SEND, one)


def status(wanted: int, instead_of: int | None = None) -> Any:
    """Another status."""

    def change(one: dict[str, Any]) -> None:
        if instead_of in (None, one["status"]):
            one["status"] = wanted

    return sends(START, change)


def _renamed(old: bytes, new: bytes) -> Any:
    return lambda lines: [(new if name == old else name, value) for name, value in lines]


def _without(*names: bytes) -> Any:
    return lambda lines: [line for line in lines if line[0] not in names]


def _typed(kind: bytes) -> Any:
    return lambda lines: [(n, kind if n == b"content-type" else v) for n, v in lines]


def serial(app: Any) -> Any:
    """A server that calls the app for one request after the other."""
    lock: list[anyio.Lock] = []

    async def wrapped(given: Any, receive: Any, send: Any) -> None:
        if given["type"] != "http":
            await app(given, receive, send)
            return
        if not lock:
            lock.append(anyio.Lock())
        async with lock[0]:
            await app(given, receive, send)

    return wrapped


def buffered(app: Any) -> Any:
    """A framework that collects the parts of a stream into one."""

    async def wrapped(given: Any, receive: Any, send: Any) -> None:
        kept: list[bytes] = []

        async def other(one: Any) -> None:
            if one["type"] != BODY:
                await send(one)
                return
            kept.append(one.get("body", b""))
            if not one.get("more_body", False):
                await send({"type": BODY, "body": b"".join(kept)})

        await app(given, receive, other)

    return wrapped


def reversed_parts(app: Any) -> Any:
    """Parts of a stream in the wrong order: each waits for the next."""

    async def wrapped(given: Any, receive: Any, send: Any) -> None:
        kept: list[Any] = []

        async def other(one: Any) -> None:
            if one["type"] == BODY and one.get("more_body"):
                kept.append(one)
                if len(kept) == 2:
                    for late in (kept[1], kept[0]):
                        await send(late)
                    kept.clear()
                return
            for late in kept:
                await send(late)
            kept.clear()
            await send(one)

        await app(given, receive, other)

    return wrapped


def swallows(app: Any) -> Any:
    """A framework that answers as if all were well where the endpoint raises."""

    async def wrapped(given: Any, receive: Any, send: Any) -> None:
        sent: list[str] = []

        async def other(one: Any) -> None:
            sent.append(one["type"])
            await send(one)

        try:
            await app(given, receive, other)
        except Exception:
            if given["type"] == "http":
                if START not in sent:
                    await send({"type": START, "status": 200, "headers": []})
                await send({"type": BODY, "body": b""})
            elif given["type"] == WS:
                if ACCEPT not in sent:
                    await send({"type": ACCEPT})
                await send({"type": "websocket.close", "code": 1000})

    return wrapped


def goes_on(kind: str) -> Any:
    """An app whose calls of this type never end."""

    def layer(app: Any) -> Any:
        async def wrapped(given: Any, receive: Any, send: Any) -> None:
            await app(given, receive, send)
            if given["type"] == kind:
                await anyio.sleep_forever()

        return wrapped

    return layer


def deaf(app: Any) -> Any:
    """An app that goes on when the client has left: receive never tells it, and errors of send are passed over."""

    async def wrapped(given: Any, receive: Any, send: Any) -> None:
        async def other_receive() -> Any:
            got = await receive()
            if got["type"].endswith(".disconnect"):
                await anyio.sleep_forever()
            return got

        async def other(one: Any) -> None:
            try:
                await send(one)
            except OSError:
                await anyio.sleep(0.01)

        await app(given, other_receive, other)

    return wrapped


def cut_is_whole(app: Any) -> Any:
    """A server that takes an upload whose client has left for a whole one."""

    async def wrapped(given: Any, receive: Any, send: Any) -> None:
        more = [True]

        async def other() -> Any:
            got = await receive()
            if got["type"] == REQUEST:
                more[0] = got.get("more_body", False)
            elif got["type"] == "http.disconnect" and more[0]:
                more[0] = False
                return {"type": REQUEST, "body": b"", "more_body": False}
            return got

        await app(given, other, send)

    return wrapped


def twice(kind: str) -> Any:
    """receive gives this event twice."""

    def layer(app: Any) -> Any:
        async def wrapped(given: Any, receive: Any, send: Any) -> None:
            again: list[Any] = []

            async def other() -> Any:
                if again:
                    return again.pop()
                got = await receive()
                if got["type"] == kind:
                    again.append(dict(got))
                return got

            await app(given, other, send)

        return wrapped

    return layer


def late(kind: str, seconds: float = 0.0) -> Any:
    """receive never gives this event, but another."""
    return event(kind, lambda one: {"type": "http.disconnect"})


def called_twice(app: Any) -> Any:
    """A server that calls the app once more for each request, with nobody behind it."""

    async def silent(one: Any) -> None:
        return

    async def over() -> Any:
        return {"type": "http.disconnect"}

    async def wrapped(given: Any, receive: Any, send: Any) -> None:
        await app(given, receive, send)
        if given["type"] == "http":
            await app(dict(given), over, silent)

    return wrapped


def lifespan(change: Any) -> Any:
    """A server whose lifespan is another: `change(app, scope, receive, send)` is what is called."""

    def layer(app: Any) -> Any:
        async def wrapped(given: Any, receive: Any, send: Any) -> None:
            if given["type"] == "lifespan":
                await change(app, given, receive, send)
            else:
                await app(given, receive, send)

        return wrapped

    return layer


async def _no_lifespan(app: Any, given: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def _twice_lifespan(app: Any, given: Any, receive: Any, send: Any) -> None:
    async def startup() -> Any:
        return {"type": "lifespan.startup"}

    async def silent(one: Any) -> None:
        raise RuntimeError("enough")

    try:
        await app(dict(given), startup, silent)
    except RuntimeError:
        pass
    started = [0]

    async def again() -> Any:
        started[0] += 1
        return {"type": "lifespan.startup"} if started[0] == 1 else await receive()

    await app(given, again, send)


async def _early(app: Any, given: Any, receive: Any, send: Any) -> None:
    """Startup is called complete before the app has said so."""
    first: list[str] = []

    async def other_receive() -> Any:
        got = await receive()
        if got["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
            await anyio.sleep(0.3)
        return got

    async def other(one: Any) -> None:
        if one["type"] != "lifespan.startup.complete" or first:
            await send(one)
        first.append(one["type"])

    await app(given, other_receive, other)


async def _failing(app: Any, given: Any, receive: Any, send: Any) -> None:
    """A shutdown that fails."""

    async def other(one: Any) -> None:
        await send(
            {"type": "lifespan.shutdown.failed"} if one["type"].startswith("lifespan.shutdown") else one
        )

    await app(given, receive, other)


async def _shut_at_once(app: Any, given: Any, receive: Any, send: Any) -> None:
    """Shutdown right after startup, before the requests."""
    count = [0]

    async def other() -> Any:
        count[0] += 1
        return await receive() if count[0] == 1 else {"type": "lifespan.shutdown"}

    async def mine(one: Any) -> None:
        if one["type"] != "lifespan.shutdown.complete":
            await send(one)

    await app(given, other, mine)
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


def _limit(count: int) -> Any:
    return lambda part: part[:count]


def raises_own(app: Any) -> Any:
    """A server whose send raises what is no OSError, in mid-stream."""

    async def wrapped(given: Any, receive: Any, send: Any) -> None:
        sent: list[str] = []

        async def other(one: Any) -> None:
            sent.append(one["type"])
            if given.get("path") == "/endless" and len(sent) > 2:
                raise RuntimeError("nobody is there")
            await send(one)

        await app(given, receive, other)

    return wrapped


async def floods(given: Any, receive: Any, send: Any) -> None:
    """An app that answers, and then asks without end."""
    await send({"type": START, "status": 200, "headers": [(b"content-length", b"7")]})
    await send({"type": BODY, "body": b"asgisim"})
    for _ in range(6000):
        await receive()


async def silent(given: Any, receive: Any, send: Any) -> None:
    """An app that returns without an answer."""


async def denied(given: Any, receive: Any, send: Any) -> None:
    """A denial response, listed or not."""
    await receive()
    try:
        await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"no"})
    except Exception:
        await send({"type": "websocket.close"})
