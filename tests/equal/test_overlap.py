"""Two requests at once: apps that mix them up are told, apps that merely remember are not."""

from __future__ import annotations

from typing import Any

import pytest

from asgisim.drive.sim import Simulator
from asgisim.equal import overlap
from asgisim.model.scenario import Act, Exchange, Scenario
from asgisim.space import scopes, scripts

START = {"type": "http.response.start", "status": 200, "headers": []}


async def whole(receive: Any) -> None:
    while (await receive()).get("more_body"):
        pass


async def answer(send: Any, body: bytes) -> None:
    await send(START)
    await send({"type": "http.response.body", "body": body})


class Shared:
    """Keeps the scope on itself, as apps of the days of ASGI 2 did."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        await whole(receive)
        await answer(send, self.scope["query_string"])


class SharedSend:
    """Keeps send on itself as well: the second client gets both answers."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.send = send
        await whole(receive)
        await answer(self.send, scope["query_string"])


class Chatty:
    """Tells of all requests so far, its own among them."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.seen.append(scope["query_string"])
        await whole(receive)
        await answer(send, b" ".join(self.seen))


async def plain(scope: Any, receive: Any, send: Any) -> None:
    await whole(receive)
    await answer(send, scope["query_string"])


async def silent(scope: Any, receive: Any, send: Any) -> None:
    await whole(receive)
    await answer(send, b"ok")


def compared(app: Any) -> list[list[str]]:
    request = Act("recv", 0, "event", scripts.request(b"", False, 0))
    base = Scenario([Exchange(scopes.http(), [request])])
    simulator = Simulator(app)
    try:
        return [one.details for one in overlap.compare(simulator.run, base)]
    finally:
        simulator.close()


def test_a_shared_scope_is_told() -> None:
    assert compared(Shared()) == [["the answer to the first of two requests at once is not its own"]]


def test_a_shared_send_is_told() -> None:
    assert compared(SharedSend()) == [["the first of two requests at once gets no answer"]]


@pytest.mark.parametrize("app", [plain, Chatty()], ids=["plain", "chatty"])
def test_who_keeps_them_apart_is_not(app: Any) -> None:
    assert compared(app) == [[], []]


def test_who_tells_nothing_is_not_judged() -> None:
    assert compared(silent) == []
