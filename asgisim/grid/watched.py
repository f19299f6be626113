"""Runs inside a server: the app with a record of all that crosses its boundary.

``asgisim.grid.watched:app`` is the app named by ASGISIM_GRID_APP, and each call, event, error and end goes as
a line of JSON to the file ASGISIM_GRID_RECORD: ``[seconds, call, kind, data, large]``, kinds as in
asgisim.model.trace; large has those bytes of data, in base64, that would take too long in readable form.
What passes through is never changed. The clock is the monotonic one, which our client reads as well.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import time
from typing import Any

from asgisim.lint import passed_on
from asgisim.model import codec
from asgisim.model import trace as t
from asgisim.model.trace import snapshot

APP, RECORD = "ASGISIM_GRID_APP", "ASGISIM_GRID_RECORD"
MANY = 2_000  # steps of one call that are recorded; the last one is a fact: the app floods
LARGE = 1 << 10  # bytes that are told as base64


def watched(app: Any, path: str) -> Any:
    """The app, with everything that crosses its boundary written to the file at `path`."""
    numbers = itertools.count(os.getpid() << 24)
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(call: int, kind: str, data: Any) -> None:
        now, large = time.monotonic(), _large(data)
        line = json.dumps([now, call, kind, codec.encode(data), large], separators=(",", ":"))
        os.write(file, line.encode() + b"\n")

    async def around(scope: Any, receive: Any, send: Any) -> Any:
        call = next(numbers)
        steps = itertools.count(1)
        write(call, t.SCOPE, snapshot(scope))

        def step(kind: str, data: Any) -> None:
            number = next(steps)
            if number < MANY:
                write(call, kind, data)
            elif number == MANY:
                detail = f"receive and send were called {MANY} times in one call"
                write(call, t.FACT, {"rule": "robust.flood", "detail": detail, "where": []})

        async def watched_receive() -> Any:
            event = await receive()
            step(t.RECEIVE, _plain(snapshot(event)))
            return event

        async def watched_send(event: Any) -> Any:
            event, kept = passed_on(event)
            step(t.SEND, kept)
            try:
                return await send(event)
            except BaseException as error:
                gone = "gone" if isinstance(error, OSError) else "error"
                step(t.SENT, [gone, f"{type(error).__name__}: {error}"])
                raise

        try:
            value = await app(scope, watched_receive, watched_send)
        except BaseException as error:
            kind = t.RAISE if isinstance(error, Exception) else t.CANCEL
            own = isinstance(error, OSError)
            write(call, kind, {"type": type(error).__name__, "text": str(error)[:300], "own": own})
            raise
        write(call, t.RETURN, value)
        return value

    return around


def _plain(event: Any) -> Any:
    """The event with numbers of an enum as the ints that they are: no JSON has such things."""
    if type(event) is dict:
        for key, value in event.items():
            if isinstance(value, int) and type(value) not in (int, bool):
                event[key] = int(value)
    return event


def _large(event: Any) -> dict[str, str]:
    """Takes what is large out of a copy of an event, and gives it as base64."""
    found = {}
    if type(event) is dict:
        for key in ("body", "bytes"):
            part = event.get(key)
            if type(part) is bytes and len(part) > LARGE:
                found[key] = base64.b64encode(part).decode()
                event[key] = b""
    return found


if APP in os.environ:  # in a server; elsewhere this module is imported for its names
    from asgisim.target import load

    app = watched(load(os.environ[APP]).app, os.environ[RECORD])
