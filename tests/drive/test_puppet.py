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


def test_an_order_for_the_call_before_is_not_this_ones(controller: socket.socket) -> None:
    """It was on its way when that call ended: the server had cancelled it."""

    async def both() -> tuple[Any, Any]:
        order(controller, {"do": "return", "value": 1, "call": 1}, {"do": "receive", "bound": 1, "call": 1})
        first = await puppet.app(SCOPE, receive, send)
        order(controller, {"do": "return", "value": 2, "call": 2})
        return first, await puppet.app(SCOPE, receive, send)

    assert run(both) == (1, 2)
    assert not [report for report in told(controller) if "got" in report]


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


class Slow:
    """A send that returns when it is told to; what it was called with, and by whom."""

    def __init__(self) -> None:
        self.called: list[Any] = []
        self.under_way = 0
        self.most = 0
        self.may_return = asyncio.Event()

    async def send(self, event: Any) -> None:
        self.called.append(event)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        if len(self.called) == 3:
            self.may_return.set()
        try:
            await self.may_return.wait()
            if event == {"type": "wrong"}:
                raise ValueError("as it is")
        finally:
            self.under_way -= 1


EVENTS = [{"type": "one"}, {"type": "wrong"}, {"type": "three"}]


def test_events_are_sent_at_once_by_tasks_in_their_order(controller: socket.socket) -> None:
    async def call() -> Slow:
        slow = Slow()
        together = {"do": "send", "events": EVENTS, "together": True, "bound": 5}
        order(controller, together, {"do": "return"})
        await puppet.app(SCOPE, receive, slow.send)
        return slow

    slow = run(call)
    assert slow.called == EVENTS
    assert slow.most == 3  # none had returned when the last was called
    reports = [report for report in told(controller) if report.get("n") == 1]
    assert sorted(report.get("sent", report.get("refused")) for report in reports) == [0, 1, 2]
    assert [report["error"]["type"] for report in reports if "refused" in report] == ["ValueError"]
    assert [report["done"] for report in reports] == [False, False, True]
    times = {report["sent"]: report["t"] for report in reports if "sent" in report}
    assert times[0] < times[2]  # those of the calls


def test_sends_at_once_have_a_bound_and_end_with_the_call(controller: socket.socket) -> None:
    async def call() -> tuple[Slow, int]:
        slow = Slow()
        together = {"do": "send", "events": EVENTS[:2], "together": True, "bound": 0.05}
        order(controller, together, {"do": "return"})
        await puppet.app(SCOPE, receive, slow.send)
        await asyncio.sleep(0)  # what was cancelled ends
        return slow, len(asyncio.all_tasks()) - 1

    slow, tasks = run(call)
    assert (slow.called, slow.under_way, tasks) == (EVENTS[:2], 0, 0)
    [late] = [report for report in told(controller) if report.get("n") == 1]
    assert (late["late"], late["left"]) == (0.05, [0, 1])


def test_a_call_that_is_cancelled_leaves_no_send_behind(controller: socket.socket) -> None:
    async def call() -> tuple[Slow, int]:
        slow = Slow()
        order(controller, {"do": "send", "events": EVENTS[:2], "together": True, "bound": 60})
        running = asyncio.ensure_future(puppet.app(SCOPE, receive, slow.send))
        while len(slow.called) < 2:
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait([running])
        await asyncio.sleep(0)
        return slow, len(asyncio.all_tasks()) - 1

    slow, tasks = run(call)
    assert (slow.under_way, tasks) == (0, 0)


def test_nothing_is_sent_at_once(controller: socket.socket) -> None:
    order(controller, {"do": "send", "events": [], "together": True, "bound": 5}, {"do": "return"})
    run(lambda: puppet.app(SCOPE, receive, send))
    assert [report["done"] for report in told(controller) if report.get("n") == 1] == [True]


def test_on_trio_they_are_sent_at_once_as_well(controller: socket.socket) -> None:
    trio = pytest.importorskip("trio")
    called: list[Any] = []

    async def main() -> None:
        all_called = trio.Event()

        async def send(event: Any) -> None:
            called.append(event)
            if len(called) == 3:
                all_called.set()
            await all_called.wait()

        order(controller, {"do": "send", "events": EVENTS, "together": True, "bound": 5}, {"do": "return"})
        await puppet.app(SCOPE, receive, send)

    trio.run(main)
    puppet.close_idle()
    assert sorted(event["type"] for event in called) == ["one", "three", "wrong"]
    assert [r["done"] for r in told(controller) if r.get("n") == 1] == [False, False, True]


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


class HalfAFuture:
    """Says that it is a future, and can only be awaited."""

    _asyncio_future_blocking = False

    def __await__(self) -> Any:
        return asyncio.sleep(0, "given").__await__()

    def done(self) -> bool:
        return False

    def add_done_callback(self, call: Any, context: Any) -> None:
        raise AssertionError("nobody gives a context")


async def _given(given: Any) -> Any:
    return await puppet.Asyncio().result(given)


def test_what_receive_returns_can_be_waited_for_as_apps_wait_for_tasks() -> None:
    assert asyncio.run(_given(asyncio.sleep(0, "given"))) == "given"
    with pytest.raises(TypeError, match="context"):
        asyncio.run(_given(HalfAFuture()))
