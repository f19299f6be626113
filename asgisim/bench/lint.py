"""Lint left on behind a real server under load: how much of the throughput is left."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from functools import partial
from typing import Any

from asgisim.bench.load import Load
from asgisim.bench.measuring import Case
from asgisim.bench.traffic import ANSWER
from asgisim.bench.wire import cpu
from asgisim.lint import Lint
from asgisim.servers import start

GROUP = "uvicorn under an h11 load, CPU time of the server"
WITHOUT = "app behind uvicorn"
WITH = "app with Lint in front, behind uvicorn"
SERVER = "uvicorn-h11-wsproto"


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers with 13 bytes, whatever is asked."""
    if scope["type"] == "lifespan":
        for name in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{name}.complete"})
        return
    await asyncio.sleep(0)
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"13")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": ANSWER})


watched = Lint(app)


def cases(server: str = SERVER) -> list[Case]:
    """Two servers of one kind, with and without. Raises ServerError."""
    made = []
    for name, target in ((WITHOUT, "app"), (WITH, "watched")):
        with ExitStack() as entered:
            running = entered.enter_context(start(server, f"asgisim.bench.lint:{target}", timeout=60))
            load = Load((running.host, running.port), ANSWER)
            load.run(8)
            close = entered.pop_all().close
        floor = "" if name == WITHOUT else WITHOUT
        made.append(Case(name, load.run, 400, floor, GROUP, close, partial(cpu, running.pid), load.latencies))
    return made
