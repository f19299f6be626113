"""The app that is called and the requests that it is called with, the same in every suite."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

BODY = b"sixteen bytes :)"
ANSWER = b"Hello, world!"


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Reads and looks at the body, answers with two headers and 13 bytes; HTTP is all that it speaks."""
    if scope["type"] != "http":
        raise ValueError("only http is served")
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    status = 200 if len(body) == len(BODY) else 400
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"13")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": ANSWER})


class Request(NamedTuple):
    """What differs from request to request in real traffic."""

    path: str
    raw_path: bytes
    query: bytes
    agent: bytes
    id: bytes
    port: int
    body: bytes


PLAIN = Request("/", b"/", b"", b"bench", b"*/*", 50000, BODY)


def varied(count: int = 4000) -> list[Request]:
    """Requests of which no two are the same; more of them than any memo of ours holds values."""
    rnd = random.Random(0)
    paths = [f"/items/{rnd.randrange(10**9)}/{number}" for number in range(count)]
    return [
        Request(
            path,
            path.encode(),
            b"page=%d" % rnd.randrange(100),
            b"Mozilla/5.0 (X11; Linux x86_64) bench/%d" % rnd.randrange(10**6),
            b"%032x" % rnd.getrandbits(128),
            rnd.randrange(1024, 65536),
            rnd.randbytes(16),
        )
        for path in paths
    ]


def fresh_scope(request: Request = PLAIN) -> dict[str, Any]:
    """A plain POST with five headers; a new dict each time, as a server makes it."""
    path, raw_path, query, agent, number, port, _ = request
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": [
            (b"host", b"localhost"),
            (b"content-length", b"16"),
            (b"content-type", b"text/plain"),
            (b"accept", number),
            (b"user-agent", agent),
        ],
        "client": ("127.0.0.1", port),
        "server": ("127.0.0.1", 80),
        "state": {},
        "extensions": {},
    }


async def _calls(target: Any, requests: Iterable[Request]) -> None:
    for request in requests:
        sent: list[Any] = []

        async def receive(body: bytes = request.body) -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(event: Any, sent: list[Any] = sent) -> None:
            sent.append(event)

        await target(fresh_scope(request), receive, send)
        if len(sent) != 2 or sent[0]["status"] != 200 or sent[1]["body"] != ANSWER:
            raise AssertionError("the app did not answer as it should")


def in_loop(target: Any, requests: Sequence[Request] = (PLAIN,)) -> Callable[[int], None]:
    """Blocks of bare calls of an app, each in an event loop that runs already; raises AssertionError."""
    endless = itertools.cycle(requests)
    return lambda n: asyncio.run(_calls(target, itertools.islice(endless, n)))


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """A WebSocket that accepts and gives every text back, until it is told of the end."""
    if scope["type"] != "websocket":
        raise ValueError("only websocket is served")
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})
