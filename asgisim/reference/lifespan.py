"""The lifespan of the application: startup before the first connection, shutdown after the last."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from anyio.abc import TaskGroup

from asgisim.reference.events import WrongEvent, settle

App = Callable[[Any, Any, Any], Awaitable[Any]]
LOG = logging.getLogger("asgisim.reference")


class StartupFailed(Exception):
    """The application answered startup with lifespan.startup.failed."""


class Lifespan:
    """Runs the app's lifespan call. state is None if the app does not support it, else its namespace."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.state: dict[str, Any] | None = {}
        self.stage = "called"  # called, starting, running, stopping, stopped, failed, left
        self.answer = ""
        self._stop = anyio.Event()
        self._answered = anyio.Event()

    async def start(self, group: TaskGroup) -> None:
        """Call the app and wait for its answer. Raises StartupFailed."""
        group.start_soon(self._call)
        await self._answered.wait()
        if self.stage == "failed":
            raise StartupFailed(self.answer)

    async def stop(self) -> None:
        """Tell the app to shut down and wait for its answer, or for its end."""
        if self.stage == "running":
            self._answered = anyio.Event()
            self._stop.set()
            await self._answered.wait()

    async def _call(self) -> None:
        assert self.state is not None
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        try:
            await self.app(scope, self._receive, self._send)
        except Exception as error:
            if self.stage in ("called", "starting"):
                self.state = None
                LOG.info("the app does not support lifespan: %r", error)
            elif self.stage != "failed":
                LOG.exception("the app's lifespan call raised")
        if self.stage not in ("failed", "stopped"):
            self.stage = "left"
        self._answered.set()

    async def _receive(self) -> dict[str, Any]:
        if self.stage == "called":
            self.stage = "starting"
            return {"type": "lifespan.startup"}
        if self.stage in ("starting", "failed", "stopping", "stopped"):
            await anyio.sleep_forever()  # there is nothing that could come
        await self._stop.wait()
        self.stage = "stopping"
        return {"type": "lifespan.shutdown"}

    async def _send(self, event: Any) -> None:
        allowed: tuple[str, ...] = ()
        if self.stage in ("starting", "stopping"):
            prefix = "lifespan.startup" if self.stage == "starting" else "lifespan.shutdown"
            allowed = (f"{prefix}.complete", f"{prefix}.failed")
        settled = settle(event, allowed, f"while the lifespan is {self.stage}")
        failed = settled["type"].endswith(".failed")
        self.answer = settled.get("message", "")
        if self.stage == "starting":
            self.stage = "failed" if failed else "running"
        else:
            self.stage = "stopped"
            if failed:
                LOG.error("the app's shutdown failed: %s", self.answer)
        self._answered.set()


__all__ = ["App", "Lifespan", "StartupFailed", "WrongEvent"]
