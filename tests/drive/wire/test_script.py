"""Wire scenarios are plain data: to JSON and back, with errors that name the place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asgisim.drive.wire.script import Step, WireScenario


def test_a_scenario_survives_json() -> None:
    scenario = WireScenario(
        [
            Step(
                "client", 0, "request", {"method": b"POST", "headers": [(b"a", b"\xff")], "body": b"x" * 100}
            ),
            Step("app", 0, "body", {"bound": 1.5}),
            Step("app", 0, "send", [{"type": "http.response.start", "status": 200}]),
            Step(
                "app",
                0,
                "together",
                [{"type": "websocket.send", "text": "b:a"}, {"type": "x", "y": (1, b"")}],
            ),
            Step("client", 0, "reset"),
        ],
        bound=0.5,
    )
    assert WireScenario.from_json(json.loads(json.dumps(scenario.to_json()))) == scenario
    assert not scenario.lifespan
    assert WireScenario([Step("server", 0, "stop")]).lifespan


def test_how_the_server_is_started_is_part_of_a_scenario() -> None:
    scenario = WireScenario([Step("client", 0, "request", {})], served={"root_path": "/mount", "tls": True})
    assert WireScenario.from_json(json.loads(json.dumps(scenario.to_json()))) == scenario
    assert scenario.changed(bound=0.5).served == scenario.served
    with pytest.raises(ValueError, match=r"scenario\.served: expected an object with root_path, tls, uds"):
        WireScenario.from_json({"wire": [], "served": {"root_path": True}})


def one(act: str, arg: Any) -> dict[str, Any]:
    """A scenario of one step of a client."""
    return {"wire": [["client", 0, act, arg]]}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ([], "scenario: expected an object"),
        ({}, r"scenario\.wire: expected a list of steps"),
        ({"wire": [], "x": 1}, "expected wire, bound, http2 or served, but got 'x'"),
        ({"wire": [], "bound": True}, r"scenario\.bound: expected seconds"),
        ({"wire": [["client", 0]]}, r"scenario\.wire\[0\]: expected \[who, number, act\]"),
        ({"wire": [["nobody", 0, "send"]]}, "expected one of client, app, lifespan, server"),
        ({"wire": [["app", -1, "send"]]}, "expected a number"),
        ({"wire": [["app", 0, "request"]]}, "expected an act out of called"),
        ({"wire": [["app", 0, "together", {"type": "x"}]]}, r"wire\[0\]: app together: expected a list of"),
        ({"wire": [["lifespan", 0, "together", []]]}, "expected an act out of called"),
        (
            one("request", {"verb": "b:GET"}),
            r"wire\[0\]: client request: expected keys out of method, target",
        ),
        (one("request", {"method": "GET"}), r"client request\.method: expected bytes, but got 'GET'"),
        (one("request", {"headers": [["a", "b:1"]]}), r"request\.headers: expected a list of pairs of bytes"),
        (one("request", {"chunks": "b:abc"}), r"request\.chunks: expected a list of bytes, or null"),
        (one("request", {"cuts": [1.5]}), r"request\.cuts: expected a list of offsets"),
        (one("request", ["b:GET"]), "client request: expected an object, but got"),
        (one("handshake", {"subprotocols": "b:a"}), r"handshake\.subprotocols: expected a list of bytes"),
        (one("frame", {"opcode": "txt"}), r"frame\.opcode: expected one of continuation, text"),
        (one("frame", {"opcode": 16}), r"frame\.opcode: expected one of"),
        (one("frame", {"fin": 1}), r"frame\.fin: expected true or false"),
        (one("frame", {"size": 3}), r"frame\.size: expected 1, 2 or 8"),
        (one("frame", {"size": 1, "data": "b:" + "x" * 126}), r"frame\.size: expected room"),
        (one("send", {"cuts": [1]}), "client send: expected the key data"),
        (one("send", "text"), "client send: expected an object or bytes"),
        (one("frames", "many"), "client frames: expected an object or a number"),
        (one("see", {"contains": "text"}), r"see\.contains: expected bytes"),
        ({"wire": [["app", 0, "put", ["state"]]]}, r"app put: expected \[path of keys, value\]"),
        ({"wire": [["app", 0, "raise", {"error": 1}]]}, "app raise: expected the name of an exception"),
    ],
)
def test_invalid_scenarios_name_the_place(data: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        WireScenario.from_json(data)
