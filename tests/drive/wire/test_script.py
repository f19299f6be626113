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
            Step("client", 0, "reset"),
        ],
        bound=0.5,
    )
    assert WireScenario.from_json(json.loads(json.dumps(scenario.to_json()))) == scenario
    assert not scenario.lifespan
    assert WireScenario([Step("server", 0, "stop")]).lifespan


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ([], "scenario: expected an object"),
        ({}, r"scenario\.wire: expected a list of steps"),
        ({"wire": [], "x": 1}, "expected wire, bound or http2, but got 'x'"),
        ({"wire": [], "bound": True}, r"scenario\.bound: expected seconds"),
        ({"wire": [["client", 0]]}, r"scenario\.wire\[0\]: expected \[who, number, act\]"),
        ({"wire": [["nobody", 0, "send"]]}, "expected one of client, app, lifespan, server"),
        ({"wire": [["app", -1, "send"]]}, "expected a number"),
        ({"wire": [["app", 0, "request"]]}, "expected an act out of called"),
    ],
)
def test_invalid_scenarios_name_the_place(data: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        WireScenario.from_json(data)
