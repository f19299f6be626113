"""asgisim beside other in-process tools, each doing the same exchange: ``asgisim bench --peers``.

The exchange is a POST of 16 bytes, answered with 200, two headers and 13 bytes; or a WebSocket session of 20
echoes. Every way looks at what came back. A peer that is not installed is told as such.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any, NamedTuple

from asgisim.bench import lint
from asgisim.bench.measuring import Case, Ratio, Row, compare, median
from asgisim.bench.traffic import ANSWER, BODY, app, echo, fresh_scope, in_loop
from asgisim.lint import Lint

HTTP = "one HTTP exchange"
WEBSOCKET = "a WebSocket session of 20 echoes"
ECHOES = 20

BARE = "bare await in a running loop"
RAW = "asgisim RawClient, checked"
CLIENT = "asgisim Client (httpx), checked"
UNCHECKED = "asgisim Client, checks off"
SYNC = "asgisim SyncClient, checked"
LINT = "asgisim Lint around the bare call"
ASGIREF = "asgiref ApplicationCommunicator"
ASGION = "asgion around the bare call"
TRANSPORT = "httpx ASGITransport without client"
HTTPX = "httpx AsyncClient with ASGITransport"
HTTPX2 = "httpx2 AsyncClient with ASGITransport"
ASYNC_CLIENT = "async-asgi-testclient"
TEST_CLIENT = "Starlette TestClient, inside with"
TEST_CLIENT_ALONE = "Starlette TestClient, without with"

WS_QUEUES = "two queues and a task, by hand"
WS_CLIENT = "asgisim Client.websocket, checked"
WS_ASGIREF = "asgiref ApplicationCommunicator, WebSocket"
WS_ASYNC = "async-asgi-testclient, WebSocket"
WS_CHANNELS = "channels WebsocketCommunicator"
WS_HTTPX_WS = "httpx-ws ASGIWebSocketTransport"
WS_STARLETTE = "Starlette TestClient, WebSocket"


class Way(NamedTuple):
    """One way: what it needs, how often in a block, and what makes the function that is measured."""

    name: str
    needs: str
    n: int
    make: Callable[[], Callable[[int], int | None] | tuple[Callable[[int], int | None], Callable[[], None]]]


class Aim(NamedTuple):
    """What is to hold: `one` costs at most `limit` of `other`; of both what is above `over`, if given."""

    says: str
    one: str
    other: str
    limit: float
    over: str = ""
    wall: bool = False  # of wall time, in place of CPU time


AIMS = (
    Aim("the checked raw client is faster than asgiref's communicator", RAW, ASGIREF, 1.0),
    Aim("the checked client costs at most 1.3 of plain httpx", CLIENT, HTTPX, 1.3),
    Aim("Lint adds at most a quarter of what asgion adds", LINT, ASGION, 0.25, over=BARE),
    Aim("throughput with Lint is at least 85 % of without", lint.WITH, lint.WITHOUT, 1 / 0.85, wall=True),
    Aim("20 echoes are faster than with async-asgi-testclient", WS_CLIENT, WS_ASYNC, 1.0),
)


def attained(aim: Aim, rows: list[Row]) -> Ratio | None:
    """The ratio that the aim is about; None where it was not measured."""
    costs = {row.name: row.wall if aim.wall else row.cpu for row in rows if row.cpu}
    if not {aim.one, aim.other, aim.over or aim.one} <= set(costs):
        return None
    if not aim.over:
        return compare(costs[aim.one], costs[aim.other])
    three = zip(costs[aim.one], costs[aim.other], costs[aim.over], strict=True)
    return median((one - base) / (other - base) for one, other, base in three)


def cases() -> tuple[list[Case], list[Row]]:
    """What can be measured here, and a Row for each peer that is not installed."""
    found: list[Case] = []
    missing: list[Row] = []
    for group, floor, ways in ((HTTP, BARE, HTTP_WAYS), (WEBSOCKET, WS_QUEUES, WEBSOCKET_WAYS)):
        for way in ways:
            try:
                for name in way.needs.split():
                    importlib.import_module(name)
            except (ImportError, RuntimeError):  # the latter of one that misses what it needs itself
                needs = way.needs.replace("_", "-")
                missing.append(Row(way.name, group, floor, missing=needs.split(".")[0]))
                continue
            made = way.make()
            run, close = made if isinstance(made, tuple) else (made, lambda: None)
            found.append(Case(way.name, run, way.n, "" if way.name == floor else floor, group, close))
    return found, missing


def _check(body: Any, status: int = 200) -> None:
    if status != 200 or body != ANSWER:
        raise AssertionError("the app did not answer as it should")


def _of(module: str, name: str) -> Any:
    """Of a peer, for which no stubs need be installed."""
    return getattr(importlib.import_module(module), name)


def _aio(calls: Callable[[int], Awaitable[None]]) -> Callable[[int], None]:
    async def main(n: int) -> None:
        await calls(n)

    return lambda n: asyncio.run(main(n))


# --- one HTTP exchange -----------------------------------------------------------------------------


async def _asgiref(n: int) -> None:
    ApplicationCommunicator = _of("asgiref.testing", "ApplicationCommunicator")

    for _ in range(n):
        call = ApplicationCommunicator(app, fresh_scope())
        await call.send_input({"type": "http.request", "body": BODY, "more_body": False})
        start = await call.receive_output(1)
        body = await call.receive_output(1)
        await call.wait()
        _check(body["body"], start["status"])


async def _raw(n: int) -> None:
    from asgisim.client.raw import RawClient

    client = RawClient(app)
    for _ in range(n):
        call = await client.request(fresh_scope(), BODY)
        _check(call.body, call.status)


def _asgion() -> Callable[[int], None]:
    inspect = _of("asgion", "inspect")

    return in_loop(inspect(app))


async def _transport(n: int) -> None:
    import httpx

    transport = httpx.ASGITransport(app=app)
    for _ in range(n):
        request = httpx.Request("POST", "http://localhost/", content=BODY)
        response = await transport.handle_async_request(request)
        _check(await response.aread(), response.status_code)


def _client_of(name: str) -> Callable[[int], Awaitable[None]]:
    async def calls(n: int) -> None:
        httpx = importlib.import_module(name)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            for _ in range(n):
                response = await client.post("/", content=BODY)
                _check(response.content, response.status_code)

    return calls


def _ours(on_finding: str) -> Callable[[int], Awaitable[None]]:
    async def calls(n: int) -> None:
        from asgisim.client import Client

        async with Client(app, lifespan="off", on_finding=on_finding, base_url="http://localhost") as client:
            for _ in range(n):
                response = await client.post("/", content=BODY)
                _check(response.content, response.status_code)

    return calls


async def _async_client(n: int) -> None:
    TestClient = _of("async_asgi_testclient", "TestClient")

    client = TestClient(app)
    for _ in range(n):
        response = await client.post("/", data=BODY)
        _check(response.content, response.status_code)


def _sync() -> tuple[Callable[[int], None], Callable[[], None]]:
    from asgisim.client.sync import SyncClient

    stack = ExitStack()
    client = stack.enter_context(SyncClient(app, lifespan="off"))

    def run(n: int) -> None:
        for _ in range(n):
            response = client.post("/", content=BODY)
            _check(response.content, response.status_code)

    return run, stack.close


def _test_client() -> tuple[Callable[[int], None], Callable[[], None]]:
    TestClient = _of("starlette.testclient", "TestClient")

    async def with_lifespan(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            return await app(scope, receive, send)
        for name in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{name}.complete"})

    stack = ExitStack()
    client = stack.enter_context(TestClient(with_lifespan))

    def run(n: int) -> None:
        for _ in range(n):
            response = client.post("/", content=BODY)
            _check(response.content, response.status_code)

    return run, stack.close


def _test_client_alone() -> Callable[[int], None]:
    TestClient = _of("starlette.testclient", "TestClient")

    client = TestClient(app)

    def run(n: int) -> None:
        for _ in range(n):
            response = client.post("/", content=BODY)
            _check(response.content, response.status_code)

    return run


HTTP_WAYS = (
    Way(BARE, "", 600, lambda: in_loop(app)),
    Way(LINT, "", 600, lambda: in_loop(Lint(app))),
    Way(RAW, "httpx anyio", 300, lambda: _aio(_raw)),
    Way(ASGIREF, "asgiref", 300, lambda: _aio(_asgiref)),
    Way(ASGION, "asgion", 600, _asgion),
    Way(TRANSPORT, "httpx", 60, lambda: _aio(_transport)),
    Way(ASYNC_CLIENT, "async_asgi_testclient", 60, lambda: _aio(_async_client)),
    Way(HTTPX, "httpx", 150, lambda: _aio(_client_of("httpx"))),
    Way(CLIENT, "httpx anyio", 150, lambda: _aio(_ours("raise"))),
    Way(UNCHECKED, "httpx anyio", 150, lambda: _aio(_ours("off"))),
    Way(HTTPX2, "httpx2", 150, lambda: _aio(_client_of("httpx2"))),
    Way(SYNC, "httpx anyio", 20, _sync),
    Way(TEST_CLIENT, "starlette.testclient", 20, _test_client),
    Way(TEST_CLIENT_ALONE, "starlette.testclient", 10, _test_client_alone),
)


# --- a WebSocket session -----------------------------------------------------------------------------


def _ws_scope() -> dict[str, Any]:
    scope = {**fresh_scope(), "type": "websocket", "scheme": "ws", "subprotocols": []}
    del scope["method"]
    return scope


async def _queues(n: int) -> None:
    for _ in range(n):
        to_app: asyncio.Queue[Any] = asyncio.Queue()
        out: asyncio.Queue[Any] = asyncio.Queue()
        task = asyncio.create_task(echo(_ws_scope(), to_app.get, out.put))
        to_app.put_nowait({"type": "websocket.connect"})
        await out.get()
        for _ in range(ECHOES):
            to_app.put_nowait({"type": "websocket.receive", "text": "hello"})
            _same((await out.get())["text"])
        to_app.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await task


def _same(text: Any) -> None:
    if text != "hello":
        raise AssertionError("the app did not echo")


async def _ws_asgiref(n: int) -> None:
    ApplicationCommunicator = _of("asgiref.testing", "ApplicationCommunicator")

    for _ in range(n):
        call = ApplicationCommunicator(echo, _ws_scope())
        await call.send_input({"type": "websocket.connect"})
        await call.receive_output(1)
        for _ in range(ECHOES):
            await call.send_input({"type": "websocket.receive", "text": "hello"})
            _same((await call.receive_output(1))["text"])
        await call.send_input({"type": "websocket.disconnect", "code": 1000})
        await call.wait()


async def _ws_ours(n: int) -> None:
    from asgisim.client import Client

    async with Client(echo, lifespan="off") as client:
        for _ in range(n):
            async with client.websocket("/") as session:
                for _ in range(ECHOES):
                    await session.send_text("hello")
                    _same(await session.receive_text())


async def _ws_async(n: int) -> None:
    TestClient = _of("async_asgi_testclient", "TestClient")

    client = TestClient(echo)
    for _ in range(n):
        async with client.websocket_connect("/") as session:
            for _ in range(ECHOES):
                await session.send_text("hello")
                _same(await session.receive_text())


async def _ws_channels(n: int) -> None:
    WebsocketCommunicator = _of("channels.testing", "WebsocketCommunicator")

    for _ in range(n):
        call = WebsocketCommunicator(echo, "/")
        await call.connect()
        for _ in range(ECHOES):
            await call.send_to("hello")
            _same(await call.receive_from())
        await call.disconnect()


async def _ws_httpx_ws(n: int) -> None:
    import httpx

    aconnect_ws = _of("httpx_ws", "aconnect_ws")
    ASGIWebSocketTransport = _of("httpx_ws.transport", "ASGIWebSocketTransport")

    for _ in range(n):
        async with (
            httpx.AsyncClient(transport=ASGIWebSocketTransport(echo), base_url="http://localhost") as client,
            aconnect_ws("http://localhost/", client) as session,
        ):
            for _ in range(ECHOES):
                await session.send_text("hello")
                _same(await session.receive_text())


def _ws_starlette() -> Callable[[int], None]:
    TestClient = _of("starlette.testclient", "TestClient")

    client = TestClient(echo)

    def run(n: int) -> None:
        for _ in range(n):
            with client.websocket_connect("/") as session:
                for _ in range(ECHOES):
                    session.send_text("hello")
                    _same(session.receive_text())

    return run


WEBSOCKET_WAYS = (
    Way(WS_QUEUES, "", 30, lambda: _aio(_queues)),
    Way(WS_CLIENT, "httpx anyio", 30, lambda: _aio(_ws_ours)),
    Way(WS_ASYNC, "async_asgi_testclient", 30, lambda: _aio(_ws_async)),
    Way(WS_ASGIREF, "asgiref", 30, lambda: _aio(_ws_asgiref)),
    Way(WS_CHANNELS, "channels.testing", 10, lambda: _aio(_ws_channels)),
    Way(WS_HTTPX_WS, "httpx_ws", 3, lambda: _aio(_ws_httpx_ws)),
    Way(WS_STARLETTE, "starlette.testclient", 3, _ws_starlette),
)
