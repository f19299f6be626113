"""Small apps with one fault each, scenarios, and short ways to run them."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import Any

from asgisim.drive.sim import Limits, simulate
from asgisim.model import trace as t
from asgisim.model.scenario import Act, Exchange, Options, Scenario
from asgisim.model.trace import Trace

REQUEST = {"type": "http.request", "body": b"x", "more_body": False}
PART = {"type": "http.request", "body": b"x", "more_body": True}
WHOLE = ("recv", 0, "event", REQUEST)


def http_scope(spec_version: str = "2.4", **more: Any) -> dict[str, Any]:
    """A plain request."""
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": spec_version},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"x")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    return {**scope, **more}


def http(*acts: tuple[Any, ...], spec_version: str = "2.4", **options: Any) -> Scenario:
    """One HTTP exchange with this script."""
    script = [Act(*act) for act in acts]
    return Scenario([Exchange(http_scope(spec_version), script, Options(**options))])


def websocket(*acts: tuple[Any, ...], spec_version: str = "2.4") -> Scenario:
    """One WebSocket exchange with this script."""
    scope = {**http_scope(spec_version), "type": "websocket", "scheme": "ws", "subprotocols": []}
    del scope["method"]
    return Scenario([Exchange(scope, [Act(*act) for act in acts])])


def run(app: Any, scenario: Scenario, loop: str = "asyncio", **limits: Any) -> Trace:
    """simulate, with short real limits."""
    return simulate(app, scenario, loop, Limits(**{"wall": 2.0, "blocked": 0.3, **limits}))


def facts(trace: Trace) -> list[str]:
    """The facts' rules, in order."""
    return [step.data["rule"].removeprefix("robust.") for step in trace if step.kind == t.FACT]


def kinds(trace: Trace) -> list[str]:
    """The kinds of the steps after the scope."""
    return [step.kind for step in trace if step.kind != t.SCOPE]


def data(trace: Trace, kind: str) -> list[Any]:
    """The data of all steps of this kind."""
    return [step.data for step in trace if step.kind == kind]


async def answer(send: Any) -> None:
    """A whole small response."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hi"})


async def good(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await answer(send)


async def _stay(receive: Any, send: Any, headers: list[tuple[bytes, bytes]]) -> None:
    """Two pieces of a body, and no end of it until the client leaves."""
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for piece in (b"h", b"i"):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        pass


async def unended(scope: Any, receive: Any, send: Any) -> None:
    await _stay(receive, send, [(b"Content-Length", b"2")])


async def open_ended(scope: Any, receive: Any, send: Any) -> None:
    await _stay(receive, send, [(b"content-type", b"text/event-stream")])


async def hang(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.Event().wait()


async def busy(scope: Any, receive: Any, send: Any) -> None:
    while True:
        pass


async def exits(scope: Any, receive: Any, send: Any) -> None:
    sys.exit(3)


async def interrupts(scope: Any, receive: Any, send: Any) -> None:
    raise KeyboardInterrupt


async def deep(scope: Any, receive: Any, send: Any) -> None:
    def again() -> None:
        again()

    again()


async def closes(scope: Any, receive: Any, send: Any) -> None:
    asyncio.get_running_loop().close()


async def stops(scope: Any, receive: Any, send: Any) -> None:
    asyncio.get_running_loop().stop()
    await asyncio.sleep(1)
    await answer(send)


async def sends(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        try:
            await send({"type": "http.response.body", "body": b"hi", "more_body": True})
        except OSError:
            pass


async def receives(scope: Any, receive: Any, send: Any) -> None:
    while True:
        await receive()


async def spins(scope: Any, receive: Any, send: Any) -> None:
    while True:
        await asyncio.sleep(0)


async def beats(scope: Any, receive: Any, send: Any) -> None:
    while True:
        await asyncio.sleep(15)


async def swallows(scope: Any, receive: Any, send: Any) -> None:
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass


async def catches(scope: Any, receive: Any, send: Any) -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return


async def tidies(scope: Any, receive: Any, send: Any) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0)


async def leaks(scope: Any, receive: Any, send: Any) -> None:
    asyncio.get_running_loop().create_task(asyncio.sleep(100))
    await answer(send)


async def leaks_a_spinner(scope: Any, receive: Any, send: Any) -> None:
    asyncio.get_running_loop().create_task(spins(scope, receive, send))
    await answer(send)


async def leaks_in_cycle(scope: Any, receive: Any, send: Any) -> None:
    cycle: list[Any] = [asyncio.sleep(1)]
    cycle.append(cycle)
    await answer(send)


async def never(scope: Any, receive: Any, send: Any) -> None:
    asyncio.sleep(1)
    await answer(send)


async def task_dies(scope: Any, receive: Any, send: Any) -> None:
    async def dies() -> None:
        raise ValueError("x")

    task = asyncio.get_running_loop().create_task(dies())
    await asyncio.sleep(0)
    assert task.done()
    await answer(send)


KEPT: list[Any] = []


async def generator(scope: Any, receive: Any, send: Any) -> None:
    async def numbers() -> Any:
        yield 1
        yield 2

    KEPT[:] = [numbers()]
    await KEPT[0].__anext__()
    await answer(send)


async def finished_generator(scope: Any, receive: Any, send: Any) -> None:
    async def numbers() -> Any:
        yield 1

    KEPT[:] = [numbers()]
    async for _ in KEPT[0]:
        pass
    await answer(send)


async def sleeps(scope: Any, receive: Any, send: Any) -> None:
    time.sleep(2)
    await answer(send)


async def child_exits(scope: Any, receive: Any, send: Any) -> None:
    async def child() -> None:
        sys.exit(1)

    task = asyncio.get_running_loop().create_task(child())
    await asyncio.sleep(1)
    assert task.done()
    await answer(send)


async def forks(scope: Any, receive: Any, send: Any) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    await answer(send)
