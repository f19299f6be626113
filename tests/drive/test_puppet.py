"""The puppet by itself: orders over a socket pair, what it tells, both shapes of the application."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from asgisim.drive import puppet

SCOPE = {"type": "http"}


@pytest.fixture
def controller(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    ours, theirs = socket.socketpair()
    monkeypatch.setenv(puppet.VARIABLE, "nowhere:unix:token")
    monkeypatch.setattr(puppet, "_connected", lambda host, port: theirs)
    monkeypatch.setattr(puppet, "_IDLE", {})
    with ours, theirs:
        yield ours


def order(controller: socket.socket, *orders: dict[str, Any]) -> None:
    numbered = [{"n": n, **one} if one["do"] != "forget" else one for n, one in enumerate(orders, 1)]
    controller.sendall(json.dumps(numbered).encode() + b"\n")


def told(controller: socket.socket) -> list[dict[str, Any]]:
    controller.setblocking(False)
    data = controller.recv(1 << 20)
    return [report for line in data.splitlines() for report in json.loads(line)]


async def receive() -> dict[str, Any]:
    return {"type": "http.request"}


async def send(event: Any) -> None:
    if event["type"] == "wrong":
        await asyncio.sleep(0.01)
        raise ValueError("as it is")


def run(call: Callable[[], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        return await call()

    try:
        return asyncio.run(main())
    finally:
        puppet.close_idle()


def test_a_revocation_that_comes_when_the_call_has_begun_is_nothing(controller: socket.socket) -> None:
    async def call() -> Any:
        running = asyncio.ensure_future(puppet.app(SCOPE, receive, send))
        await asyncio.sleep(0.05)  # it has begun and waits for orders
        order(controller, {"do": "forget"}, {"do": "return", "value": 7})
        return await running

    assert run(call) == 7
    assert [report for report in told(controller) if "returns" in report]


def test_the_call_is_told_even_if_the_puppet_fails(controller: socket.socket) -> None:
    order(controller, {"do": "no such order"})
    with pytest.raises(AttributeError):
        run(lambda: puppet.app(SCOPE, receive, send))
    assert any("call" in report for report in told(controller))


def test_an_event_that_is_taken_has_the_time_of_its_call(controller: socket.socket) -> None:
    events = [{"type": "fine"}, {"type": "wrong"}]
    order(controller, {"do": "send", "events": events, "bound": 5}, {"do": "return"})
    run(lambda: puppet.app(SCOPE, receive, send))
    sent, refused = (r for r in told(controller) if "sent" in r or "refused" in r)
    assert sent["t"] <= refused["t"] - 0.009


def test_a_cancellation_tells_what_was_ordered_last(controller: socket.socket) -> None:
    async def never() -> Any:
        await asyncio.Event().wait()

    async def call() -> None:
        order(controller, {"do": "receive", "bound": 60})
        running = asyncio.ensure_future(puppet.app(SCOPE, never, send))
        await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.wait([running])

    run(call)
    assert [report["in"] for report in told(controller) if "cancelled" in report] == ["receive"]


def test_the_shape_of_before_asgi_3(controller: socket.socket) -> None:
    order(controller, {"do": "return", "value": 3})
    assert run(lambda: puppet.old(SCOPE)(receive, send)) == 3
    assert not asyncio.iscoroutinefunction(puppet.old)
