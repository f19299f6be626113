"""Who may tell the controller of calls, and to which connection a call belongs."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from asgisim.drive.wire.controller import Controller
from asgisim.drive.wire.hub import Hub
from asgisim.drive.wire.play import Session
from asgisim.drive.wire.script import Step, WireScenario

CALL = {"call": {"type": "http"}, "t": 1.0}


@pytest.fixture
def controller() -> Iterator[Controller]:
    made = Controller(Hub())
    yield made
    made.close()


def told(controller: Controller, token: str) -> bytes | None:
    """A call told with this token; what comes back within a moment, None for nothing."""
    path = controller.address.rpartition(":unix:")[0]
    with socket.socket(socket.AF_UNIX) as puppet:
        puppet.connect(path)
        puppet.sendall(json.dumps([{"hello": token, "pid": 1}, CALL]).encode() + b"\n")
        controller.hub.until(lambda: controller.calls, 0.5)
        puppet.settimeout(0.2)
        try:
            return puppet.recv(100)
        except TimeoutError:
            return None


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="the address is of a unix socket")
def test_a_call_is_heard_of_with_the_token_alone(controller: Controller) -> None:
    assert told(controller, "another") == b""  # the line is closed
    assert not controller.calls
    assert told(controller, controller.token) is None
    assert [call.kind for call in controller.calls] == ["http"]


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="the address is of a unix socket")
def test_a_call_that_began_before_the_puppet_heard_of_the_revoking_is_known_to_have_done_it(
    controller: Controller,
) -> None:
    path = controller.address.rpartition(":unix:")[0]
    with socket.socket(socket.AF_UNIX) as puppet:
        puppet.connect(path)

        def tell(*reports: dict[str, Any]) -> None:
            puppet.sendall(json.dumps(reports).encode() + b"\n")

        tell({"hello": controller.token, "pid": 1}, CALL, {"returns": True, "t": 1.0})
        controller.hub.until(lambda: controller.free, 0.5)
        line = controller.order_ahead([{"do": "send", "events": [{}]}, {"do": "return"}])
        assert line is not None
        controller.revoke(line)
        controller.calls.clear()
        tell(CALL)  # told before the revoking was read
        controller.hub.until(lambda: controller.calls, 0.5)
        call = controller.calls[0]
        assert not call.ahead
        [number] = call.order_all([{"do": "receive"}])
        assert [call.orders[n]["do"] for n in (number - 2, number - 1, number)] == [
            "send",
            "return",
            "receive",
        ]
        tell({"n": number - 2, "sent": 0, "value": None, "done": True, "t": 1.0})
        controller.hub.until(lambda: call.reports, 0.5)
        assert call.busy == number  # what was revoked is no answer to what was ordered since


def test_no_two_controllers_share_a_token(controller: Controller) -> None:
    other = Controller(Hub())
    other.close()
    assert other.token != controller.token
    assert len(other.token) == 32


@pytest.mark.parametrize("unix", [True, False])
def test_calls_belong_to_their_connections_with_and_without_an_address(unix: bool) -> None:
    """On a unix socket there is no address to go by, and the app is told of none."""
    steps = [
        *(Step("client", 0, "request", {"target": b"/0"}), Step("app", 0, "called")),
        *(Step("client", 1, "request", {"target": b"/1"}), Step("app", 1, "called")),
    ]
    with Session("reference", uds=unix) as session:
        played = session.run(WireScenario(steps))
    assert played.pairs == {0: 0, 1: 1}
    assert list(played.ways.values()) == (["order", "header"] if unix else ["address", "address"])
