"""The lifespan of a client: startup before the first request, shutdown after the last, both bounded."""

from __future__ import annotations

from typing import Any

from asgisim.client.calls import Call, Settings


class StartupFailed(RuntimeError):
    """The app's startup failed; the text is the app's message."""


class ShutdownFailed(RuntimeError):
    """The app's shutdown failed; the text is the app's message."""


class LifespanCall(Call):
    """The lifespan of a client."""

    protocol = "lifespan"

    def __init__(self, settings: Settings, scope: dict[str, Any]) -> None:
        super().__init__(settings, scope)
        self.message: str | None = None  # of a failure
        self.started = False
        self.stopped = False
        self.took_startup = False
        self.inbox.append({"type": "lifespan.startup"})

    def next_event(self) -> dict[str, Any] | None:
        if not self.inbox:
            return None
        event = self.inbox.popleft()
        self.took_startup = True
        return event

    def take(self, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind.endswith(".failed"):
            self.message = str(event.get("message", ""))
        elif kind == "lifespan.startup.complete":
            self.started = True
        elif kind == "lifespan.shutdown.complete":
            self.stopped = True

    async def startup(self, seconds: float) -> bool:
        """Whether the app supports it. Raises StartupFailed, TimeoutError, BrokenRules."""
        self.start()
        in_time = await self.until(lambda: self.started or self.ended or self.message is not None, seconds)
        if not in_time:
            waits = self.waits()
            self.gone = True
            await self.finish()
            said = f"the app did not answer lifespan.startup within {seconds:g} s"
            raise TimeoutError(said + waits)
        if self.message is not None:
            await self.finish(cancel=True)
            raise StartupFailed(self.message) from self.error
        if self.started:
            return True
        if self.error is None:
            self.tell()
        return False

    def raise_if_dead(self) -> None:
        """An app whose lifespan died after its startup was complete serves nobody."""
        if self.ended and self.error is not None:
            raise self.error

    async def shutdown(self, seconds: float) -> None:
        """Raises ShutdownFailed, TimeoutError, BrokenRules, or what the app raised."""
        if not self.ended:
            self.inbox.append({"type": "lifespan.shutdown"})
            self.wake()
            done = await self.until(lambda: self.stopped or self.ended or self.message is not None, seconds)
            waits = self.waits()
            await self.finish(cancel=True)
            if not done:
                said = f"the app did not answer lifespan.shutdown within {seconds:g} s"
                raise TimeoutError(said + waits)
        if self.message is not None:
            raise ShutdownFailed(self.message) from self.error
        if self.error is not None:
            raise self.error  # whatever a client turns into a 500: there is no answer here
        self.tell()
