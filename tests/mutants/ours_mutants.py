"""Mutants of the reference app for asgisim's own rules: equal treatment, and robustness."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from asgisim.reference.app import app as reference
from asgisim.reference.app import read_body
from tests.mutants.shared import BODY, HTTP, OK, START
from tests.mutants.twists import Mutant, events, first, header, instead, put


async def _plain(send: Any) -> None:
    await send(OK)
    await send({"type": BODY, "body": b"plain"})


async def floods_after_failure(scope: Any, receive: Any, send: Any) -> None:
    await read_body(receive)
    await send(OK)
    for _ in range(3):
        await send({"type": BODY, "body": b"piece", "more_body": True})
    while True:
        try:
            await send({"type": BODY, "body": b"piece", "more_body": True})
        except OSError:
            continue
        break
    await send({"type": BODY})


async def ignores_disconnect(scope: Any, receive: Any, send: Any) -> None:
    while True:
        event = await receive()
        if not event.get("more_body", False) and event["type"] == "http.request":
            break
        if event["type"] == "http.disconnect":
            await asyncio.Event().wait()
    await _plain(send)


async def never_answers(scope: Any, receive: Any, send: Any) -> None:
    await read_body(receive)
    while (await receive())["type"] != "http.disconnect":
        pass


async def waits_with_its_body_open(scope: Any, receive: Any, send: Any) -> None:
    await read_body(receive)
    await send({**OK, "headers": [(b"content-length", b"5")]})
    await send({"type": BODY, "body": b"plain", "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        pass


async def crashes_on_odd_query(scope: Any, receive: Any, send: Any) -> None:
    scope["query_string"].decode("ascii")
    await reference(scope, receive, send)


async def says_500_on_odd_query(scope: Any, receive: Any, send: Any) -> None:
    try:
        scope["query_string"].decode("ascii")
    except UnicodeDecodeError:
        await read_body(receive)
        await send({**OK, "status": 500})
        await send({"type": BODY, "body": b"sorry"})
    else:
        await reference(scope, receive, send)


latest: dict[str, Any] = {}


async def mixes_requests_up(scope: Any, receive: Any, send: Any) -> None:
    latest["scope"] = scope
    await read_body(receive)
    await send({**OK, "headers": []})
    await send({"type": BODY, "body": latest["scope"]["query_string"]})


async def leaks_a_task(scope: Any, receive: Any, send: Any) -> None:
    tasks.append(asyncio.ensure_future(asyncio.sleep(3600)))
    await reference(scope, receive, send)
    tasks.clear()


tasks: list[Any] = []


async def loses_a_task_exception(scope: Any, receive: Any, send: Any) -> None:
    async def fails() -> None:
        raise LookupError("nobody looks")

    tasks.append(asyncio.ensure_future(fails()))
    await asyncio.sleep(0)
    tasks.clear()
    await reference(scope, receive, send)


async def swallows_cancel(scope: Any, receive: Any, send: Any) -> None:
    await read_body(receive)
    await send(OK)
    while True:
        try:
            await asyncio.sleep(10)
            break
        except asyncio.CancelledError:
            await asyncio.Event().wait()
    await send({"type": BODY})


async def relies_on_haste(scope: Any, receive: Any, send: Any) -> None:
    late: list[bool] = []

    async def soon() -> None:
        await asyncio.sleep(0)
        late.append(True)

    task = asyncio.ensure_future(soon())
    await read_body(receive)
    await send({**OK, "status": 503 if late else 200})
    await send({"type": BODY})
    await task


async def one_place_for_all(scope: Any, receive: Any, send: Any) -> None:
    shared["query"] = scope["query_string"]
    await read_body(receive)
    await send(OK)
    await send({"type": BODY, "body": shared["query"]})


shared: dict[str, bytes] = {}


async def blocks_the_loop(scope: Any, receive: Any, send: Any) -> None:
    time.sleep(2)
    await reference(scope, receive, send)


async def forgets_to_await(scope: Any, receive: Any, send: Any) -> None:
    asyncio.sleep(0)
    await reference(scope, receive, send)


async def spins_while_waiting(scope: Any, receive: Any, send: Any) -> None:
    await read_body(receive)
    await _plain(send)
    while True:
        await asyncio.sleep(0)


async def exits(scope: Any, receive: Any, send: Any) -> None:
    await read_body(receive)
    raise SystemExit(3)


MUTANTS = [
    Mutant("robust.flood", "/", instead(floods_after_failure, *HTTP)),
    Mutant("equal.header-shape", "/", first(lambda s: s["headers"] + [], *HTTP)),
    Mutant("equal.passes", "/", instead(relies_on_haste, *HTTP)),
    Mutant("equal.overlap", "/", instead(one_place_for_all, *HTTP)),
    Mutant("equal.overlap", "/", instead(mixes_requests_up, *HTTP)),
    Mutant(
        "robust.content-length",
        "/",
        events(START, lambda e: [{**e, "headers": [(b"content-length", b"99")]}]),
    ),
    Mutant("robust.header-syntax", "/", header(START, b"x-name", b"a\r\nset-cookie: b")),
    Mutant("robust.no-content", "/", put(START, status=204)),
    Mutant("robust.partial-content", "/", put(START, status=206)),
    Mutant("robust.hang", "/", instead(ignores_disconnect, *HTTP)),
    Mutant("robust.no-answer", "/", instead(never_answers, *HTTP)),
    Mutant("robust.unended", "/", instead(waits_with_its_body_open, *HTTP)),
    Mutant("robust.crash", "/", instead(crashes_on_odd_query, *HTTP)),
    Mutant("robust.server-error", "/", instead(says_500_on_odd_query, *HTTP)),
    Mutant("robust.task-leak", "/", instead(leaks_a_task, *HTTP)),
    Mutant("robust.task-exception", "/", instead(loses_a_task_exception, *HTTP)),
    Mutant("robust.cancel-swallowed", "/", instead(swallows_cancel, *HTTP)),
    Mutant("robust.blocked-loop", "/", instead(blocks_the_loop, *HTTP)),
    Mutant("robust.never-awaited", "/", instead(forgets_to_await, *HTTP)),
    Mutant("robust.spin", "/", instead(spins_while_waiting, *HTTP)),
    Mutant("robust.exit", "/", instead(exits, *HTTP)),
]
