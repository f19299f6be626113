"""The watching middleware: judges both sides of the boundary while other tests, or real servers, drive.

Put it around an app, or between two middlewares: what `receive` gives and the scope are blamed on the outer
side (the server), what `send` is given on the inner side (the app). What passes through is never changed.
"""

from __future__ import annotations

import logging
import random
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from asgisim.judge import BrokenRules, Finding, Report, Watch, is_fault
from asgisim.judge.coverage import Place
from asgisim.model import codec
from asgisim.model.trace import Step, Trace, snapshot
from asgisim.spec.editions import edition as read_edition

logger = logging.getLogger("asgisim.lint")

OnFinding = Callable[[Finding, Trace], None]
_DISCONNECTS = ("http.disconnect", "websocket.disconnect")
_OVER = ("COMPLETE", "CLOSED", "REFUSED", "DENIED")


class Lint:
    """Middleware that judges every exchange that goes through it.

    on_finding: "raise" (BrokenRules, at the call that broke the rule), "log" (a warning on the logger
    ``asgisim.lint``), "collect" (see `findings`), or a callable that gets the Finding and the Trace so far.
    sample: the share of exchanges that is watched, 0 to 1. edition: the text to judge by; by default what
    each scope announces. Raises ValueError for an unknown mode or edition.
    """

    def __init__(
        self,
        app: Any,
        on_finding: str | OnFinding = "raise",
        *,
        sample: float = 1.0,
        edition: str | None = None,
    ) -> None:
        if not callable(on_finding) and on_finding not in ("raise", "log", "collect"):
            raise ValueError(f"expected raise, log, collect or a callable, but got on_finding={on_finding!r}")
        self.app = app
        self.on_finding = on_finding
        self.sample = sample
        self.edition = None if edition is None else read_edition(edition)
        self.findings: list[Finding] = []
        self.exercised = 0
        self.cells: set[tuple[str, str, str]] = set()
        self._counted = -1  # of the exchange before, which most often exercised what the next does

    async def __call__(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> Any:
        if self.sample < 1.0 and random.random() >= self.sample:
            return await self.app(scope, receive, send)
        watch = Watch(scope, self.edition, live=True)
        findings = watch.findings

        async def watched_receive() -> Any:
            event = await receive()
            if type(event) is dict and event.get("type") in _DISCONNECTS:
                _gone(watch)
            watch.receive(event)
            if findings:
                self._tell(watch)
            return event

        async def watched_send(event: Any) -> None:
            watch.send(event)
            if watch.past is None:  # it may be anything
                event = unwalked(event, watch.steps[-1][1])
            if findings:
                self._tell(watch)
            try:
                await send(event)
            except OSError:
                watch.left()
                raise

        try:
            if findings:
                self._tell(watch)
            value = await self.app(scope, watched_receive, watched_send)
        except BaseException as error:
            self._raised(watch, error)
            raise
        watch.returned(value)
        if Place.coverage is not None:
            Place.coverage.take(watch)
        if findings or watch.bits != self._counted:
            self._end(watch)
        return value

    def _raised(self, watch: Watch, error: BaseException) -> None:
        self._judge_raise(watch, error)
        if Place.coverage is not None:
            Place.coverage.take(watch)

    def _judge_raise(self, watch: Watch, error: BaseException) -> None:
        if _is_cancel(error):
            watch.cancelled()
            self._end(watch, quiet=True)  # a cancel that became another exception would be swallowed
        elif isinstance(error, Exception) and not isinstance(error, BrokenRules):
            own = isinstance(error, OSError) and watch.view.gone
            watch.raised({"type": type(error).__name__, "text": str(error), "own": own, "where": []})
            self._end(watch, quiet=True)

    def _end(self, watch: Watch, quiet: bool = False) -> None:
        self._counted = watch.bits
        self.exercised |= watch.exercised
        self.cells |= watch.cells
        if watch.findings:
            self._tell(watch, quiet)

    def _tell(self, watch: Watch, quiet: bool = False) -> None:
        new = [finding for finding in watch.findings if is_fault(finding)]
        watch.findings.clear()
        if Place.coverage is not None:
            Place.coverage.tell(new)
        for finding in new:
            self.findings.append(finding)
            if callable(self.on_finding):
                self.on_finding(finding, _trace(watch))
            elif self.on_finding == "log":
                logger.warning("%s", finding.line())
            elif self.on_finding == "raise" and not quiet:
                raise BrokenRules(Report(_trace(watch), [finding]))


# Of what is loaded: an app is cancelled by the library that runs it, and by no other.
_CANCELS = (("asyncio", "CancelledError"), ("trio", "Cancelled"))


def _is_cancel(error: BaseException) -> bool:
    """Whether it is a cancel, or a group with one among other errors, as a nursery may raise."""
    if isinstance(error, BaseExceptionGroup):
        return any(_is_cancel(one) for one in error.exceptions)
    if isinstance(error, Exception):
        return False
    kinds = (getattr(sys.modules.get(module), name, ()) for module, name in _CANCELS)
    return any(isinstance(error, kind) for kind in kinds)


def _trace(watch: Watch) -> Trace:
    return Trace([Step(kind, data) for kind, data in watch.steps])


def _gone(watch: Watch) -> None:
    """A disconnect before the end is all that this side learns of the client's leaving."""
    if not watch.view.told and getattr(watch.view.sending, "name", "") not in _OVER:
        watch.left()


def unwalked(event: Any, kept: Any) -> Any:
    """The event to hand on: what was walked for the kept copy can be walked again in it."""
    if type(event) is not dict:
        return event
    walked = {key: iter(item.items) for key, item in kept.items() if type(item) is codec.OneShot}
    return {**event, **walked} if walked else event


def passed_on(event: Any) -> tuple[Any, Any]:
    """The event to hand on and the copy to judge: a one-shot ``headers`` is walked once, for both."""
    kept = snapshot(event)
    return unwalked(event, kept), kept
