"""The lifespan of the test client."""

from __future__ import annotations

import logging
from typing import Any

import anyio
import httpx
import pytest

from asgisim.client import Client
from asgisim.client.living import ShutdownFailed, StartupFailed
from tests.client.test_client import LAST, START, sends

pytestmark = pytest.mark.anyio


class Living:
    """An app with a lifespan that does what it is told, and keeps a value in the state."""

    def __init__(self, **told: Any) -> None:
        self.told = told
        self.seen: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.lifespan(scope, receive, send)
            return
        self.seen.append(dict(scope["state"]))
        scope["state"]["mine"] = True
        scope["state"]["shared"].append(1)
        await send(START)
        await send(LAST)

    async def lifespan(self, scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "lifespan.startup"
        scope["state"]["shared"] = []
        if "failed" in self.told:
            await send({"type": "lifespan.startup.failed", "message": self.told["failed"]})
            return
        if "silent" in self.told:
            await receive()
        await send({"type": "lifespan.startup.complete"})
        if "dies" in self.told:
            raise RuntimeError("died while serving")
        assert (await receive())["type"] == "lifespan.shutdown"
        self.seen.append("shutdown")
        if "unwell" in self.told:
            await send({"type": "lifespan.shutdown.failed", "message": "no way out"})
            return
        await send({"type": "lifespan.shutdown.complete"})


async def test_each_request_gets_a_copy_of_the_state() -> None:
    app = Living()
    async with Client(app) as client:
        await client.get("/")
        await client.get("/")
        assert client.state == {"shared": [1, 1]}
    first, second, end = app.seen
    assert first == {"shared": [1, 1]}  # the same list, in another dict
    assert second.keys() == {"shared"}
    assert end == "shutdown"


async def test_an_app_without_lifespan_is_tolerated() -> None:
    async with Client(sends(START, LAST)) as client:
        assert (await client.get("/")).status_code == 200
    assert client.findings == []
    client = Client(sends(START, LAST), lifespan="on")
    with pytest.raises(StartupFailed, match="does not support"):
        await client.__aenter__()


async def test_an_app_that_raises_at_startup_goes_on_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        assert scope["type"] == "http"
        await send(START)
        await send(LAST)

    with caplog.at_level(logging.WARNING, "asgisim.client"):
        async with Client(app) as client:
            assert (await client.get("/")).status_code == 200
    assert "without lifespan" in caplog.text


async def test_failures_of_the_lifespan_say_why() -> None:
    with pytest.raises(StartupFailed, match="no database"):
        await Client(Living(failed="no database")).__aenter__()
    client = Client(Living(unwell=True))
    await client.__aenter__()
    with pytest.raises(ShutdownFailed, match="no way out"):
        await client.aclose()


async def test_a_silent_startup_is_bounded_and_told_where() -> None:
    client = Client(Living(silent=True), startup_timeout=0.02, grace=0.02)
    with pytest.raises(TimeoutError, match=r"lifespan\.startup within 0\.02 s; it waits at test_living\.py"):
        await client.__aenter__()


async def test_an_app_that_dies_after_startup_serves_nobody() -> None:
    client = Client(Living(dies=True))
    await client.__aenter__()
    with pytest.raises(RuntimeError, match="died while serving"):
        await client.get("/")
    with pytest.raises(RuntimeError, match="died while serving"):
        await client.aclose()


async def test_a_call_that_swallows_its_cancellation_is_a_finding() -> None:
    let_go = anyio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        while not let_go.is_set():
            try:
                with anyio.CancelScope(shield=True):
                    await let_go.wait()
            except anyio.get_cancelled_exc_class():
                pass

    async with Client(app, timeout=0.02, grace=0.02) as client:
        try:
            with pytest.raises(httpx.ReadTimeout, match=r"it waits at test_living\.py:\d+ .*app > "):
                await client.get("/")
        finally:
            let_go.set()
    assert [finding.rule.id for finding in client.findings] == ["robust.cancel-swallowed"]
