"""Mutants of the reference app for the lifespan rules."""

from __future__ import annotations

import asyncio
from typing import Any

from asgisim.reference.app import app as reference
from tests.mutants.shared import reads, spec_version
from tests.mutants.twists import Mutant, before, first, instead, twice

UP, DOWN = "lifespan.startup.complete", "lifespan.shutdown.complete"


async def lifespan_silent(scope: Any, receive: Any, send: Any) -> None:
    await receive()


async def lifespan_answers_first(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": UP})
    await receive()
    await receive()
    await send({"type": DOWN})


async def lifespan_no_goodbye(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": UP})
    await receive()


async def lifespan_stays(scope: Any, receive: Any, send: Any) -> None:
    await reference(scope, receive, send)
    await asyncio.Event().wait()


async def lifespan_fails(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "lifespan.startup.failed", "message": b"no database"})


async def lifespan_fails_late(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": UP})
    await receive()
    await send({"type": "lifespan.shutdown.failed", "message": 3})


MUTANTS = [
    Mutant("lifespan.scope.asgi.spec-version.default", "/", first(spec_version, "lifespan")),
    Mutant("lifespan.scope.state.optional", "/", reads("state", "lifespan")),
    Mutant("lifespan.send.types", "/", before(UP, {"type": "lifespan.startup.started"})),
    Mutant("lifespan.startup.answered", "/", instead(lifespan_silent, "lifespan")),
    Mutant("lifespan.startup.answer-after-event", "/", instead(lifespan_answers_first, "lifespan")),
    Mutant("lifespan.startup.answer-once", "/", twice(UP)),
    Mutant("lifespan.startup.failed.message.type", "/", instead(lifespan_fails, "lifespan")),
    Mutant("lifespan.shutdown.answered", "/", instead(lifespan_no_goodbye, "lifespan")),
    Mutant("lifespan.shutdown.answer-after-event", "/", before(UP, {"type": DOWN})),
    Mutant("lifespan.shutdown.answer-once", "/", twice(DOWN)),
    Mutant("lifespan.shutdown.app-returns", "/", instead(lifespan_stays, "lifespan")),
    Mutant("lifespan.shutdown.failed.message.type", "/", instead(lifespan_fails_late, "lifespan")),
]
