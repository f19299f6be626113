"""The client for tests that are not async."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import asgisim
from asgisim.client import WebSocketClosed, WebSocketRefused
from asgisim.client.sync import SyncClient
from asgisim.judge import BrokenRules

BACKENDS = ["asyncio", "trio"]


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        scope["state"]["colour"] = "blue"
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await session(scope, receive, send)
    else:
        await request(scope, receive, send)


async def session(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    if scope["path"] == "/no":
        await send({"type": "websocket.close", "code": 4003})
        return
    await send({"type": "websocket.accept", "subprotocol": (scope["subprotocols"] or [None])[0]})
    while (event := await receive())["type"] == "websocket.receive":
        if event.get("text") == "bye":
            await send({"type": "websocket.close", "code": 4000, "reason": "as asked"})
            return
        await send({**event, "type": "websocket.send"})


async def request(scope: Any, receive: Any, send: Any) -> None:
    body, more = b"", True
    while more:
        event = await receive()
        body, more = body + event.get("body", b""), event.get("more_body", False)
    headers = [(b"set-cookie", b"seen=1"), (b"x-cookie", dict(scope["headers"]).get(b"cookie", b""))]
    if scope["path"] == "/loud":
        headers.append((b"X-Loud", b"1"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if scope["path"] == "/endless":
        for number in range(1000):
            await send({"type": "http.response.body", "body": b"%d " % number, "more_body": True})
            if scope["state"].get("gone"):
                return
    colour = scope["state"].get("colour", "none").encode()
    await send({"type": "http.response.body", "body": colour + b" " + body})


@pytest.fixture(params=BACKENDS)
def client(request: pytest.FixtureRequest) -> Iterator[SyncClient]:
    with SyncClient(app, backend=request.param) as made:
        yield made


def test_requests(client: SyncClient) -> None:
    assert client.get("/").text == "blue "
    assert client.get("/").headers["x-cookie"] == "seen=1"
    assert client.post("/", json={"a": 1}).text == 'blue {"a":1}'
    assert client.post("/", files={"f": b"content"}).status_code == 200
    assert client.state == {"colour": "blue"}
    assert client.app is app


def test_both_directions_stream(client: SyncClient) -> None:
    def upload() -> Iterator[bytes]:
        for part in (b"a", b"b"):
            time.sleep(0)
            yield part

    assert client.post("/", content=upload()).text == "blue ab"
    with client.stream("GET", "/endless") as response:
        chunks = response.iter_raw()
        assert next(chunks) == b"0 "
    assert not client.findings


def test_a_break_is_raised_with_the_timeline(client: SyncClient) -> None:
    with pytest.raises(BrokenRules, match=r"http\.response\.start\.headers\.lowercase"):
        client.get("/loud")


def test_sessions(client: SyncClient) -> None:
    with client.websocket("/", subprotocols=["chat"]) as ws:
        assert ws.subprotocol == "chat"
        ws.send_text("hello")
        assert ws.receive_text() == "hello"
        ws.send_bytes(b"\x00")
        assert ws.receive_bytes() == b"\x00"
        ws.send_json([1])
        assert ws.receive_json() == [1]
        ws.send("bye")
        assert list(ws) == []
        assert (ws.close_code, ws.close_reason) == (4000, "as asked")
        with pytest.raises(WebSocketClosed):
            ws.receive()
    with client.websocket("/") as ws:
        ws.close(4001)
        assert ws.close_code == 4001
    with pytest.raises(WebSocketRefused) as refused, client.websocket("/no"):
        raise AssertionError("not reached")
    assert refused.value.code == 4003


def test_sessions_share_the_cookies_and_headers(client: SyncClient) -> None:
    client.get("/")
    client.headers["x-mine"] = "yes"
    with client.websocket("/") as ws:
        headers = dict(ws.session.scope["headers"])
    assert headers[b"cookie"] == b"seen=1"
    assert headers[b"x-mine"] == b"yes"


def test_without_with_there_is_no_lifespan_and_close_ends_the_thread() -> None:
    before = threading.active_count()
    made = asgisim.SyncClient(app)
    assert made.get("/").text == "none "
    made.close()
    assert threading.active_count() == before
    made.close()


def test_options_reach_httpx_and_the_client() -> None:
    with SyncClient(app, headers={"x-all": "1"}, http_version="2", timeout=3.0, base_url="https://h") as made:
        response = made.get("/")
        scope = response.extensions["exchange"].scope
    assert (b"x-all", b"1") in scope["headers"]
    assert (scope["http_version"], scope["scheme"]) == ("2", "https")
    assert made.timeout == httpx.Timeout(3.0)
    with pytest.raises(ValueError, match="expected asyncio or trio"):
        SyncClient(app, backend="curio")
