"""What users of other in-process clients have asked for, in public threads: each demand has its test.

The numbers are the threads'. What the tests of this folder did not hold yet stands below.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from typing import Any

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from asgisim.client import Client

CLIENT, SESSION, LIVING = (f"tests.client.test_{name}" for name in ("client", "session", "living"))
HERE = __name__
# What is asked for, where, and the tests that hold it. The first four are async-asgi-testclient's open ones.
DEMANDS: dict[str, list[tuple[str, str]]] = {
    "lifespan is optional, and raising is no failure (async-asgi-testclient 49, starlette-testclient 11)": [
        (LIVING, "test_an_app_without_lifespan_is_tolerated"),
        (LIVING, "test_an_app_that_raises_at_startup_goes_on_with_a_warning"),
        (CLIENT, "test_the_scope_is_right"),
        (SESSION, "test_the_scope_is_right"),
    ],
    "a refused WebSocket can be looked at (async-asgi-testclient 54, 61)": [
        (SESSION, "test_a_refusal_has_its_code"),
        (SESSION, "test_a_denial_can_be_read"),
    ],
    "streams up and down, with today's Starlette (async-asgi-testclient 56)": [
        (CLIENT, "test_request_and_response_stream_in_turns"),
        (HERE, "test_starlette_streams_in_turns"),
    ],
    "a redirect for a missing slash keeps its method (async-asgi-testclient 62)": [
        (CLIENT, "test_redirects_keep_their_method_and_cookies_are_kept"),
        (HERE, "test_a_post_without_its_slash_is_a_post_with_it"),
    ],
    "absolute redirects, cookies of a request, cookies of a WebSocket (async-asgi-testclient 4, 45, 52)": [
        (CLIENT, "test_redirects_keep_their_method_and_cookies_are_kept"),
        (HERE, "test_cookies_of_one_request_and_of_one_session"),
        (SESSION, "test_subprotocol_headers_and_cookies_of_the_accept"),
    ],
    "the response is streamed (httpx 2186, 2434, 3059, 3331; httpx2 1032, 1171)": [
        (CLIENT, "test_a_piece_is_seen_before_the_next_is_sent"),
    ],
    "http.disconnect during a response (starlette 1247, httpx 909)": [
        (CLIENT, "test_an_app_that_waits_for_the_disconnect_gets_it_when_the_response_is_closed"),
        (CLIENT, "test_a_timeout_is_a_disconnect_and_says_where_the_app_waits"),
        (CLIENT, "test_a_cancelled_test_is_a_disconnect"),
    ],
    "an endless stream of events can be stopped (litestar 3654, starlette 1102, sse-starlette 165)": [
        (CLIENT, "test_an_endless_stream_is_stopped_and_the_app_is_told"),
        (HERE, "test_an_endless_stream_of_starlette_is_stopped"),
    ],
    "a response has not begun before its first body event (starlette 2107, asgiref 445)": [
        (CLIENT, "test_the_response_begins_with_its_first_body_event"),
    ],
    "events in a wrong order are told (starlette 91)": [
        (CLIENT, "test_a_break_is_raised_with_its_timeline"),
        (SESSION, "test_a_break_is_raised_with_its_timeline"),
    ],
    "an async client, for WebSocket too (litestar 692, 3328)": [
        (SESSION, "test_text_bytes_and_json_go_both_ways"),
    ],
    "an app that never accepts is not waited for (httpx-ws 30, falcon 2585)": [
        (SESSION, "test_an_app_that_never_answers_is_not_waited_for"),
    ],
    "the app's exception comes out of a session (httpx-ws 92, 128)": [
        (SESSION, "test_an_exception_is_raised_or_becomes_what_a_server_makes_of_it"),
        (SESSION, "test_an_exception_that_nobody_waits_for_is_raised_at_the_end"),
    ],
    "sessions nest, and a fixture's tasks may differ from the test's (httpx-ws 78, 108, 116)": [
        (SESSION, "test_sessions_overlap_and_nest"),
        (HERE, "test_entered_in_one_task_used_in_another_left_in_a_third"),
    ],
    "a time limit does not end the app (asgiref 518, channels 2168)": [
        (SESSION, "test_an_app_that_sends_nothing_is_not_waited_for"),
    ],
    "state, context variables and the reason of a failed startup (asgi-lifespan 45, 57, 63)": [
        (LIVING, "test_each_request_gets_a_copy_of_the_state"),
        (LIVING, "test_failures_of_the_lifespan_say_why"),
        (CLIENT, "test_context_variables_are_isolated"),
    ],
    "an exception after startup.complete is fatal (asgiref 276)": [
        (LIVING, "test_an_app_that_dies_after_startup_serves_nobody"),
    ],
}


@pytest.mark.parametrize("demand", DEMANDS)
def test_every_demand_has_its_tests(demand: str) -> None:
    for module, name in DEMANDS[demand]:
        assert callable(getattr(importlib.import_module(module), name, None)), f"{module}.{name}"


ticks: list[str] = []


async def shout(request: Request) -> Response:
    async def louder() -> AsyncIterator[bytes]:
        async for piece in request.stream():
            yield piece.upper()

    return StreamingResponse(louder())


async def forever(request: Request) -> Response:
    async def events() -> AsyncIterator[str]:
        try:
            while True:
                yield "data: tick\n\n"
        finally:
            ticks.append("closed")

    return StreamingResponse(events(), media_type="text/event-stream")


async def told(request: Request) -> Response:
    return PlainTextResponse(f"{request.method} {(await request.body()).decode()} {request.cookies}")


async def greet(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json(websocket.cookies)
    await websocket.close()


app = Starlette(
    routes=[
        Route("/shout", shout, methods=["POST"]),
        Route("/forever", forever),
        Route("/told/", told, methods=["GET", "POST"]),
        WebSocketRoute("/ws", greet),
    ]
)


@pytest.mark.anyio
async def test_starlette_streams_in_turns() -> None:
    came = anyio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"a"
        await came.wait()  # for ever, if either direction were gathered
        yield b"b"

    got = []
    async with Client(app) as client, client.stream("POST", "/shout", content=pieces()) as response:
        async for piece in response.aiter_raw():
            got.append(piece)
            came.set()
    assert b"".join(got) == b"AB"


@pytest.mark.anyio
async def test_a_post_without_its_slash_is_a_post_with_it() -> None:
    async with Client(app, follow_redirects=True) as client:
        response = await client.post("/told", content=b"text")
    assert [one.status_code for one in response.history] == [307]
    assert response.text == "POST text {}"


@pytest.mark.anyio
@pytest.mark.filterwarnings("ignore:Setting per-request cookies")  # httpx would like the client's to be set
async def test_cookies_of_one_request_and_of_one_session() -> None:
    async with Client(app, cookies={"all": "1"}) as client:
        response = await client.get("/told/", cookies={"one": "2"})
        async with client.websocket("/ws", cookies={"session": "3"}) as session:
            told_of = await session.receive_json()
        plain = await client.get("/told/")
    assert response.text == "GET  {'all': '1', 'one': '2'}"
    assert told_of == {"all": "1", "session": "3"}
    assert plain.text == "GET  {'all': '1'}"


@pytest.mark.anyio
@pytest.mark.filterwarnings("ignore:Async generator 'httpx")  # httpx leaves its own to the collector
async def test_an_endless_stream_of_starlette_is_stopped() -> None:
    ticks.clear()
    async with Client(app) as client:
        async with client.stream("GET", "/forever") as response:
            lines = response.aiter_lines()
            assert [await anext(lines) for _ in range(3)] == ["data: tick", "", "data: tick"]
        assert client.findings == []


def test_entered_in_one_task_used_in_another_left_in_a_third() -> None:
    """As pytest-asyncio does with a fixture that is an async generator."""

    async def enter(client: Client) -> None:
        await client.__aenter__()

    async def use(client: Client) -> tuple[httpx.Response, Any]:
        async with client.websocket("/ws") as session:
            return await client.get("/told/"), await session.receive_json()

    async def leave(client: Client) -> None:
        await client.__aexit__(None, None, None)

    async def main() -> tuple[httpx.Response, Any]:
        client = Client(app)
        await asyncio.create_task(enter(client))
        seen = await asyncio.create_task(use(client))
        await asyncio.create_task(leave(client))
        return seen

    response, cookies = asyncio.run(main())
    assert (response.status_code, cookies) == (200, {})
