"""What the app at a URL saw, out of its answers: the app's half of a record for the judge of servers."""

from __future__ import annotations

import json
from typing import Any

from asgisim.drive import mirror
from asgisim.drive.wire.frames import Frame
from asgisim.drive.wire.http import Response
from asgisim.drive.wire.record import FRAME, RESPONSE, Heard, Record
from asgisim.model.trace import RETURN, SCOPE, SEND, Step


def complete(played: Record) -> None:
    """Enter the calls that the answers tell of, each with the connection that it came on."""
    number = 0
    for heard in sorted(played.client, key=lambda one: one.time):
        steps = _steps(heard)
        if not steps:
            continue
        for kind, data in steps:
            played.app.steps.append(Step(kind, data, number, heard.time))
        played.pairs[number] = heard.connection
        played.ways[number] = "address"
        number += 1


def _steps(heard: Heard) -> list[tuple[str, Any]]:
    if heard.kind == RESPONSE and isinstance(heard.data, Response):
        return _http(heard.data)
    if heard.kind == FRAME and isinstance(heard.data, Frame) and heard.data.opcode == 1:
        return _websocket(heard.data.data)
    return []


def _http(answer: Response) -> list[tuple[str, Any]]:
    steps = mirror.read(answer.body) if answer.status == 200 else None
    if steps is not None:
        length = (b"content-length", str(len(answer.body)).encode())
        start = {"type": "http.response.start", "status": 200, "headers": [*mirror.HEADERS, length]}
        sent = [(SEND, start), (SEND, {"type": "http.response.body", "body": answer.body})]
        return [*steps, *sent, (RETURN, None)]
    scope = _raw(answer.body) if answer.status == 200 else None
    return [(SCOPE, scope)] if scope is not None else []


def _websocket(text: bytes) -> list[tuple[str, Any]]:
    steps = mirror.read(text)
    if steps is not None:
        return steps
    scope = _raw(text)
    return [(SCOPE, scope)] if scope is not None else []


def _raw(body: bytes) -> dict[str, Any] | None:
    """The scope that ``/scope`` and ``/ws/scope`` of the contract app give back (asgisim.frameworks.raw)."""
    try:
        data = json.loads(body)
    except ValueError:
        return None
    if not isinstance(data, dict) or data.get("type") not in ("http", "websocket") or "path" not in data:
        return None
    scope = {key: _value(value) for key, value in data.items() if key != "state"}
    return {key: value for key, value in scope.items() if value is not _UNKNOWN}


_UNKNOWN = object()


def _value(data: Any) -> Any:
    if isinstance(data, list):
        return [_value(one) for one in data]
    if not isinstance(data, dict):
        return data
    if "hex" in data:
        return bytes.fromhex(data["hex"])
    if "tuple" in data:
        return tuple(_value(one) for one in data["tuple"])
    if "dict" in data:
        return {key: _value(one) for key, one in data["dict"].items()}
    return _UNKNOWN  # an object of the framework's own
