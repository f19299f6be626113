"""A driver of a few lines: hand-written events, no simulator: what is used to test the simulator."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from asgisim.frameworks.contract import Endpoint, Heard, Request, Response, Session

Event = dict[str, Any]
LIMIT = 3.0  # seconds, for a run that hangs; none should


def base(kind: str, path: str, query: bytes, headers: tuple[tuple[bytes, bytes], ...], state: Event) -> Event:
    return {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "http" if kind == "http" else "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", b"testbed"), *headers],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
        "state": dict(state),
    }


class Peer:
    """Both ends of one call: an inbox that receive waits on, and what the app has sent."""

    def __init__(self, on_send: Callable[[Peer, Event], None]) -> None:
        self.inbox: asyncio.Queue[Event] = asyncio.Queue()
        self.sent: list[Event] = []
        self.left = False
        self._on_send = on_send

    async def receive(self) -> Event:
        return await self.inbox.get()

    async def send(self, event: Event) -> None:
        await asyncio.sleep(0)
        if self.left:
            raise ConnectionResetError("the client has left")
        self.sent.append(event)
        self._on_send(self, event)

    async def call(self, app: Any, scope: Event) -> str | None:
        """Run to the end; the type name of the exception, if there was one."""
        try:
            async with asyncio.timeout(LIMIT):
                await app(scope, self.receive, self.send)
        except TimeoutError:
            raise AssertionError(f"the app hangs after {self.sent[-3:]}") from None
        except Exception as error:
            return type(error).__name__
        return None


async def ask(
    app: Any, endpoint: Endpoint, request: Request, state: Event, leave_after: int | None = None
) -> Response:
    """One HTTP exchange; the client leaves after so many body events, else when the response is complete."""

    def on_send(peer: Peer, event: Event) -> None:
        count = sum(1 for old in peer.sent if old["type"] == "http.response.body")
        done = event["type"] == "http.response.body" and not event.get("more_body", False)
        if done or count == leave_after:
            peer.left = not done
            peer.inbox.put_nowait({"type": "http.disconnect"})

    peer = Peer(on_send)
    for index, body in enumerate(request.body):
        more = index < len(request.body) - 1
        peer.inbox.put_nowait({"type": "http.request", "body": body, "more_body": more})
    length = str(sum(map(len, request.body))).encode()
    headers = (
        (*request.headers, (b"content-length", length)) if endpoint.method == "POST" else request.headers
    )
    scope = base("http", request.path or endpoint.path, request.query, headers, state)
    error = await peer.call(app, {**scope, "method": endpoint.method})
    starts = [event for event in peer.sent if event["type"] == "http.response.start"]
    bodies = [event for event in peer.sent if event["type"] == "http.response.body"]
    return Response(
        status=int(starts[0]["status"]) if starts else None,
        headers=[(bytes(name), bytes(value)) for name, value in starts[0].get("headers", ())]
        if starts
        else [],
        parts=[bytes(event.get("body", b"")) for event in bodies],
        complete=bool(bodies) and not bodies[-1].get("more_body", False),
        error=error,
    )


async def talk(app: Any, endpoint: Endpoint, session: Session, state: Event, hear: int) -> Heard:
    """One WebSocket session: says all once accepted, leaves after so many messages heard (-1: never)."""

    def on_send(peer: Peer, event: Event) -> None:
        if event["type"] == "websocket.accept":
            for message in session.says:
                key = "text" if isinstance(message, str) else "bytes"
                peer.inbox.put_nowait({"type": "websocket.receive", key: message})
        if event["type"] == "websocket.close":
            peer.inbox.put_nowait(
                {"type": "websocket.disconnect", "code": event.get("code", 1000), "reason": ""}
            )
        if event["type"] == "websocket.http.response.body" and not event.get("more_body", False):
            peer.inbox.put_nowait({"type": "websocket.disconnect", "code": 1006, "reason": ""})
        heard = sum(1 for old in peer.sent if old["type"] == "websocket.send")
        if event["type"] == "websocket.send" and heard == hear:
            peer.left = True
            peer.inbox.put_nowait({"type": "websocket.disconnect", "code": 1005, "reason": ""})

    peer = Peer(on_send)
    peer.inbox.put_nowait({"type": "websocket.connect"})
    scope = base("websocket", session.path or endpoint.path, session.query, (), state)
    scope["subprotocols"] = list(session.subprotocols)
    scope["extensions"] = {"websocket.http.response": {}} if session.denial else {}
    error = await peer.call(app, scope)
    heard = Heard(accepted=False, subprotocol=None, messages=[], error=error)
    status, body = 0, b""
    for event in peer.sent:
        kind = event["type"]
        if kind == "websocket.accept":
            heard.accepted, heard.subprotocol = True, event.get("subprotocol")
        elif kind == "websocket.send":
            text = event.get("text")
            heard.messages.append(bytes(event["bytes"]) if text is None else text)
        elif kind == "websocket.close":
            heard.close, heard.reason = event.get("code", 1000), event.get("reason") or ""
        elif kind == "websocket.http.response.start":
            status = int(event["status"])
        elif kind == "websocket.http.response.body":
            body += event.get("body", b"")
            heard.denial = (status, body)
    return heard


@contextlib.asynccontextmanager
async def started(app: Any) -> AsyncIterator[Event]:
    """The lifespan around a block; gives the state. A failed startup or shutdown is an AssertionError."""
    answers: asyncio.Queue[Event] = asyncio.Queue()
    peer = Peer(lambda _, event: answers.put_nowait(event))
    state: Event = {}
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": state}
    task = asyncio.ensure_future(app(scope, peer.receive, peer.send))
    peer.inbox.put_nowait({"type": "lifespan.startup"})
    await _answer(answers.get(), task, "lifespan.startup.complete")
    try:
        yield state
    finally:
        peer.inbox.put_nowait({"type": "lifespan.shutdown"})
        await _answer(answers.get(), task, "lifespan.shutdown.complete")
        await asyncio.wait_for(task, LIMIT)


async def _answer(get: Awaitable[Event], task: asyncio.Future[Any], wanted: str) -> None:
    waiting = asyncio.ensure_future(get)
    await asyncio.wait((waiting, task), timeout=LIMIT, return_when=asyncio.FIRST_COMPLETED)
    assert waiting.done(), f"no {wanted}: {task}"
    assert waiting.result()["type"] == wanted, waiting.result()
