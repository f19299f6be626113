"""Mutants that run the lifespan wrongly, or share its state wrongly, or do not stay alive."""

from __future__ import annotations

import asyncio
import copy
import threading
import time
from typing import Any, ClassVar

import anyio

from asgisim.reference.http import Exchange
from asgisim.reference.lifespan import LOG, Lifespan, StartupFailed
from asgisim.reference.link import Link
from asgisim.reference.request import Head
from asgisim.reference.server import Server
from asgisim.reference.websocket import Session
from tests.mutants.servers.parts import Fault, Kind, exchange, kind, session


def _state(change: Any) -> Kind:
    def scoped(self: Any, head: Head, link: Link) -> dict[str, Any]:
        made = Server.scope(self, head, link)
        if self.state is not None:
            made["state"] = change(self.state)
        return made

    return kind(scope=scoped)


def _shared(protocol: str) -> Kind:
    def scoped(self: Any, head: Head, link: Link) -> dict[str, Any]:
        made = Server.scope(self, head, link)
        if self.state is not None and made["type"] == protocol:
            made["state"] = self.state
        return made

    return kind(scope=scoped)


class _Unawaited(Lifespan):
    """Serves while startup is still under way."""

    async def start(self, group: Any) -> None:
        group.start_soon(self._call)
        while self.stage == "called":
            await anyio.sleep(0.001)


class _Late(Lifespan):
    """The app is called, and startup comes a while later."""

    async def start(self, group: Any) -> None:
        group.start_soon(self._call)

    async def _receive(self) -> dict[str, Any]:
        if self.stage == "called":
            await anyio.sleep(0.3)
        return await super()._receive()


class _Stubborn(Lifespan):
    """An app that raises is no app."""

    async def start(self, group: Any) -> None:
        await super().start(group)
        if self.stage == "left":
            raise StartupFailed("the lifespan raised")


class _Going(Lifespan):
    """Serves after startup.failed."""

    async def start(self, group: Any) -> None:
        try:
            await super().start(group)
        except StartupFailed as failed:
            LOG.error("the app's startup failed: %s", failed)


class _Quiet(Lifespan):
    """Does not say why startup failed."""

    async def start(self, group: Any) -> None:
        try:
            await super().start(group)
        except StartupFailed:
            raise StartupFailed("no reason") from None


class _Needing(Lifespan):
    """Needs the message of a failure."""

    which = ""

    async def _send(self, event: Any) -> None:
        if event.get("type") == self.which and "message" not in event:
            raise KeyError("message")
        await super()._send(event)


class _QuietEnd(Lifespan):
    async def _send(self, event: Any) -> None:
        if event.get("type") == "lifespan.shutdown.failed":
            event = {**event, "message": "no reason"}
        await super()._send(event)


class _Untold(Lifespan):
    async def stop(self) -> None:
        pass


class _Impatient(Lifespan):
    """Tells the app to stop and does not wait."""

    async def stop(self) -> None:
        if self.stage == "running":
            self._stop.set()
            await anyio.sleep(0.02)


class _Endless(Lifespan):
    """After shutdown.failed the server stays."""

    async def stop(self) -> None:
        await super().stop()
        if self.answer:
            await anyio.sleep(60)


class _Any(Lifespan):
    """Takes any answer at any time."""

    async def _send(self, event: Any) -> None:
        try:
            await super()._send(event)
        except Exception:
            pass


class _ShortLived(Lifespan):
    """The lifespan call is ended once startup is complete."""

    async def start(self, group: Any) -> None:
        self._scope = anyio.CancelScope()
        await super().start(group)
        await anyio.sleep(0.05)
        self._scope.cancel()

    async def _call(self) -> None:
        with self._scope:
            await super()._call()


class _TwiceTold(Lifespan):
    """Gives shutdown again."""

    async def _receive(self) -> dict[str, Any]:
        if self.stage == "stopping":
            return {"type": "lifespan.shutdown"}
        return await super()._receive()


class _EarlyEnd(Lifespan):
    """Gives shutdown first, or at once."""

    first = False

    async def _receive(self) -> dict[str, Any]:
        if self.stage == "called" and self.first:
            self.stage = "starting"
            return {"type": "lifespan.shutdown"}
        return await super()._receive()


class _Unknown(Lifespan):
    async def _receive(self) -> dict[str, Any]:
        got = await super()._receive()
        return {"type": "lifespan.begin"} if got["type"] == "lifespan.startup" else got


class _AfterFailure(Lifespan):
    async def _receive(self) -> dict[str, Any]:
        if self.stage == "failed":
            return {"type": "lifespan.shutdown"}
        return await super()._receive()


class _Again(Lifespan):
    """One lifespan, and another."""

    async def start(self, group: Any) -> None:
        await super().start(group)
        group.start_soon(
            self.app,
            {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}},
            anyio.sleep_forever,
            _nothing,
        )


async def _nothing(event: Any) -> None:
    pass


class _Known(Lifespan):
    """A lifespan that its server knows by the app."""

    running: ClassVar[dict[int, Lifespan]] = {}

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self.running[id(app)] = self


class _Hasty(Server):
    """Tells the app to stop while calls still run."""

    lifespan = _Known

    async def _serve_until_stopped(self) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(super()._serve_until_stopped)
            await self.stopping.wait()
            await _Known.running[id(self.app)].stop()


async def _dies(self: Any, app: Any) -> None:
    await Exchange.run(self, app)
    raise RuntimeError("the server cannot go on")


async def _blocks(self: Any) -> Any:
    if not self._connected:
        time.sleep(3.3)
    return await Session.receive(self)


class _OtherLoop(Lifespan):
    """The lifespan runs in a loop of its own."""

    async def _call(self) -> None:
        loop = asyncio.get_running_loop()

        async def receive() -> Any:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._receive(), loop))

        async def send(event: Any) -> None:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._send(event), loop))

        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        thread = threading.Thread(
            target=lambda: asyncio.run(_run(self.app, scope, receive, send)), daemon=True
        )
        thread.start()
        await self._answered.wait()


async def _run(app: Any, *given: Any) -> None:
    await app(*given)


FAULTS = [
    Fault("http.scope.state.copy", _shared("http"), ("state",)),
    Fault("websocket.scope.state.copy", _shared("websocket"), ("state of WebSockets",)),
    Fault("lifespan.state.shallow-copy", _state(copy.deepcopy), ("state of the lifespan",)),
    Fault("lifespan.state.shallow-copy", _state(lambda state: {}), ("state of the lifespan",)),
    Fault(
        "lifespan.state.untouched", _state(lambda state: {**state, "server": 1}), ("state of the lifespan",)
    ),
    Fault("lifespan.startup.complete.awaited", kind(lifespan=_Unawaited), ("a slow startup",)),
    Fault("lifespan.startup.before-connections", kind(lifespan=_Late), ("a late startup",)),
    Fault("lifespan.exception.server-continues", kind(lifespan=_Stubborn), ("the lifespan raises",)),
    Fault("lifespan.startup.failed.exits", kind(lifespan=_Going), ("startup failed",)),
    Fault("lifespan.startup.failed.logged", kind(lifespan=_Quiet), ("startup failed",)),
    Fault(
        "lifespan.startup.failed.message.default",
        kind(lifespan=type("L", (_Needing,), {"which": "lifespan.startup.failed"})),
        ("startup failed without a message",),
    ),
    Fault(
        "lifespan.shutdown.failed.message.default",
        kind(lifespan=type("L", (_Needing,), {"which": "lifespan.shutdown.failed"})),
        ("shutdown failed without a message",),
    ),
    Fault("lifespan.shutdown.failed.logged", kind(lifespan=_QuietEnd), ("shutdown failed",)),
    Fault("lifespan.shutdown.failed.terminates", kind(lifespan=_Endless), ("shutdown failed",)),
    Fault("lifespan.shutdown.sent", kind(lifespan=_Untold), ("lifespan",)),
    Fault("lifespan.shutdown.complete.awaited", kind(lifespan=_Impatient), ("a slow shutdown",)),
    Fault("lifespan.shutdown.after-connections", _Hasty, ("stopped in the middle of a response",)),
    Fault("lifespan.shutdown.once", kind(lifespan=_TwiceTold), ("state of the lifespan",)),
    Fault(
        "lifespan.startup.first",
        kind(lifespan=type("L", (_EarlyEnd,), {"first": True})),
        ("answers out of place",),
    ),
    Fault("lifespan.receive.types", kind(lifespan=_Unknown), ("lifespan",)),
    Fault("lifespan.shutdown.after-startup", kind(lifespan=_AfterFailure), ("startup failed",)),
    Fault("lifespan.send.bad-rejected", kind(lifespan=_Any), ("answers out of place",)),
    Fault("lifespan.scope.duration", kind(lifespan=_ShortLived), ("lifespan",)),
    Fault("lifespan.once-per-loop", kind(lifespan=_Again), ("lifespan",)),
    Fault("lifespan.same-loop", kind(lifespan=_OtherLoop), ("lifespan",)),
    Fault("robust.server-stuck", session(receive=_blocks), ("the handshake waits",)),
    Fault("robust.server-died", exchange(run=_dies), ("one after the other",)),
]
