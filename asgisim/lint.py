"""The watching middleware: judges both sides of the boundary while other tests, or real servers, drive.

Put it around an app, or between two middlewares: what `receive` gives and the scope are blamed on the outer
side (the server), what `send` is given on the inner side (the app). What passes through is never changed.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any

from asgisim import codec
from asgisim import trace as t
from asgisim.judge import BrokenRules, Finding, Report, Watch, is_fault
from asgisim.judge.past import Past
from asgisim.spec.editions import edition as read_edition
from asgisim.trace import Step, Trace
from asgisim.trace import snapshot as snapshot

logger = logging.getLogger("asgisim.lint")

OnFinding = Callable[[Finding, Trace], None]
_Steps = list[tuple[str, Any]]
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
        self._counted: Past | None = (
            None  # the end of the exchange before, which most often is that of the next
        )

    async def __call__(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> Any:
        if self.sample < 1.0 and random.random() >= self.sample:
            return await self.app(scope, receive, send)
        watch = Watch(scope, self.edition, live=True)
        findings = watch.findings
        steps: list[tuple[str, Any]] = [(t.SCOPE, watch.scope)]

        async def watched_receive() -> Any:
            event = await receive()
            if type(event) is dict and event.get("type") in _DISCONNECTS:
                _gone(watch)
            steps.append((t.RECEIVE, watch.receive(event, len(steps))))
            if findings:
                self._tell(findings, steps)
            return event

        async def watched_send(event: Any) -> None:
            kept = watch.send(event, len(steps))
            steps.append((t.SEND, kept))
            if watch.past is None:  # it may be anything
                event = _unwalked(event, kept)
            if findings:
                self._tell(findings, steps)
            try:
                await send(event)
            except OSError:
                watch.left()
                raise

        try:
            if findings:
                self._tell(findings, steps)
            value = await self.app(scope, watched_receive, watched_send)
        except BaseException as error:
            self._raised(watch, steps, error)
            raise
        watch.returned(value, len(steps))
        steps.append((t.RETURN, value))
        self._end(watch, steps)
        return value

    def _raised(self, watch: Watch, steps: _Steps, error: BaseException) -> None:
        if isinstance(error, asyncio.CancelledError):
            watch.cancelled()
            self._end(watch, steps)
        elif isinstance(error, Exception) and not isinstance(error, BrokenRules):
            own = isinstance(error, OSError) and watch.view.gone
            data = {"type": type(error).__name__, "text": str(error), "own": own, "where": []}
            watch.raised(data, len(steps))
            steps.append((t.RAISE, data))
            self._end(watch, steps, quiet=True)

    def _end(self, watch: Watch, steps: _Steps, quiet: bool = False) -> None:
        if watch.past is None or watch.past is not self._counted:
            self._counted = watch.past
            self.exercised |= watch.exercised
            self.cells |= watch.cells
        if watch.findings:
            self._tell(watch.findings, steps, quiet)

    def _tell(self, findings: list[Finding], steps: _Steps, quiet: bool = False) -> None:
        new = [finding for finding in findings if is_fault(finding)]
        findings.clear()
        for finding in new:
            self.findings.append(finding)
            if callable(self.on_finding):
                self.on_finding(finding, _trace(steps))
            elif self.on_finding == "log":
                logger.warning("%s", finding.line())
            elif self.on_finding == "raise" and not quiet:
                raise BrokenRules(Report(_trace(steps), [finding]))


def _trace(steps: _Steps) -> Trace:
    return Trace([Step(kind, data) for kind, data in steps])


def _gone(watch: Watch) -> None:
    """A disconnect before the end is all that this side learns of the client's leaving."""
    if not watch.view.told and getattr(watch.view.sending, "name", "") not in _OVER:
        watch.left()


def _unwalked(event: Any, kept: Any) -> Any:
    """The event to hand on: what was walked for the kept copy can be walked again in it."""
    if type(event) is not dict:
        return event
    walked = {key: iter(item.items) for key, item in kept.items() if type(item) is codec.OneShot}
    return {**event, **walked} if walked else event


def passed_on(event: Any) -> tuple[Any, Any]:
    """The event to hand on and the copy to judge: a one-shot ``headers`` is walked once, for both."""
    kept = snapshot(event)
    return _unwalked(event, kept), kept
