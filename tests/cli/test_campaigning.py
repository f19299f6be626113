"""Which protocols a campaign takes an app to speak, where no table of routes tells."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

import asgisim
from asgisim.cli.campaigning import NO_HTTP, Order, run
from asgisim.fuzz.sweep import base_scenarios
from asgisim.model.scenario import Exchange
from asgisim.space import Route, scenario

APP = """
async def chat(scope, receive, send):
    if scope["type"] != "websocket":
        raise ValueError(f"no {scope['type']} here")
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass

async def private(scope, receive, send):
    if scope["type"] not in ("http", "websocket"):
        raise ValueError(f"no {scope['type']} here")
    known = (b"authorization", b"Bearer test") in [tuple(pair) for pair in scope["headers"]]
    if scope["type"] == "http":
        headers = [(b"X-Name", b"you")] if known else []
        await send({"type": "http.response.start", "status": 200 if known else 401, "headers": headers})
        await send({"type": "http.response.body"})
        return
    await receive()
    await send({"type": "websocket.accept", "subprotocol": 1} if known else {"type": "websocket.close"})

async def broken(scope, receive, send):
    raise ValueError("nothing works")
"""


@pytest.fixture(autouse=True)
def app_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "speaking.py").write_text(APP, "utf-8")
    monkeypatch.chdir(tmp_path)


def broken(name: str, protocols: tuple[str, ...] = ()) -> tuple[set[str], bool]:
    order = Order(f"speaking:{name}", protocols=list(protocols), max_examples=60, search=False)
    campaign = run(order).campaign
    return {
        f"{one.protocol} {one.finding.rule.id}" for one in campaign.findings
    }, NO_HTTP in campaign.left_out


def test_an_app_that_takes_websocket_alone_may_refuse_http() -> None:
    assert broken("chat") == (set(), True)


def test_http_is_tried_where_it_is_asked_for() -> None:
    assert broken("chat", ("http",)) == ({"http robust.crash"}, False)


def test_an_app_that_takes_nothing_is_tried_with_http() -> None:
    assert broken("broken") == ({"http robust.crash"}, False)


def test_headers_go_with_every_request_and_handshake() -> None:
    order = Order("speaking:private", max_examples=200, search=False)
    assert not run(order).campaign.findings
    order.headers = [["authorization", "Bearer test"]]
    rules = {one.finding.rule.id for one in run(order).campaign.findings}
    assert rules >= {"http.response.start.headers.lowercase", "websocket.accept.subprotocol.type"}


def test_a_header_stands_in_the_place_of_the_usual_one() -> None:
    """A request has one host; an app that knows its own names must be asked for one of them."""
    routes = [Route("POST", "/", "http", ((b"host", b"shop.example"),))]
    swept = [one for one in base_scenarios(routes) if one.exchanges[0].protocol == "http"]
    assert {tuple(hosts(exchange)) for one in swept for exchange in one.exchanges} == {(b"shop.example",)}
    choose = Random(0).randrange
    drawn = [scenario(choose, protocols=("http",), routes=routes, profile="valid") for _ in range(50)]
    # An edit may put another one there.
    assert {len(hosts(exchange)) for one in drawn for exchange in one.exchanges} == {1}


def hosts(exchange: Exchange) -> list[bytes]:
    return [value for name, value in exchange.scope["headers"] if name == b"host"]


def test_headers_that_are_no_bytes_are_refused() -> None:
    for headers in ([("a", "b")], [(b"a",)], [(b"a", b"b", b"c")]):
        with pytest.raises(ValueError, match="as bytes in headers"):
            asgisim.fuzz(lambda: None, headers=headers)  # type: ignore[arg-type]
