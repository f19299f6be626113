"""An app that plays a script: what an application does, as plain data.

A script is a list of steps, each a list: ``["receive"]`` takes one event; ``["read"]`` takes events
until the request body is whole or the client has gone; ``["send", event]``; ``["try", event]`` sends and
takes an OSError for an answer; ``["sleep", seconds]``; ``["raise", text]`` raises RuntimeError. After the
last step the call returns. A file that an event is to carry is written as FILE, and is this module's.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

Script = list[list[Any]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

STEPS = {"receive": 1, "read": 1, "send": 2, "try": 2, "sleep": 2, "raise": 2}
FILE = "$file"


def app(script: Script, *, protocol: str = "http") -> Callable[[Any, Receive, Send], Awaitable[None]]:
    """An ASGI application that does what the script says on scopes of one protocol.

    It refuses other scopes by raising ValueError, as the specification has it. Raises ValueError for a
    script with an unknown step.
    """
    for index, step in enumerate(script):
        if not step or STEPS.get(step[0]) != len(step):
            raise ValueError(f"script[{index}]: expected one of {', '.join(STEPS)}, but got {step!r}")

    async def scripted(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != protocol:
            raise ValueError(f"this application does not know the scope type {scope['type']!r}")
        for step in script:
            await _do(step, receive, send)

    return scripted


async def _do(step: list[Any], receive: Receive, send: Send) -> None:
    name = step[0]
    if name == "send":
        await _send(step[1], send)
    elif name == "try":
        try:
            await _send(step[1], send)
        except OSError:
            pass
    elif name == "receive":
        await receive()
    elif name == "read":
        while (event := await receive()).get("type") == "http.request" and event.get("more_body", False):
            pass
    elif name == "sleep":
        await _sleep(step[1])
    else:
        raise RuntimeError(step[1])


async def _send(event: Any, send: Send) -> None:
    own = _own(event)
    if type(own) is dict and own.get("file") == FILE:
        with open(__file__, "rb") as own["file"]:  # noqa: ASYNC230 (nothing is read here)
            await send(own)
    else:
        await send(own)


async def _sleep(seconds: float) -> None:
    trio: Any = sys.modules.get("trio")
    if trio is not None:
        try:
            trio.lowlevel.current_task()
        except RuntimeError:
            pass
        else:
            await trio.sleep(seconds)
            return
    await asyncio.sleep(seconds)


def _own(value: Any) -> Any:
    """A copy: a script may be played many times, and whoever takes an event may change it."""
    if type(value) is dict:
        return {key: _own(item) for key, item in value.items()}
    if type(value) is list:
        return [_own(item) for item in value]
    return value
