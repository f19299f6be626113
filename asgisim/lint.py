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
from asgisim.spec.editions import edition as read_edition
from asgisim.trace import Step, Trace

logger = logging.getLogger("asgisim.lint")

OnFinding = Callable[[Finding, Trace], None]


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

    async def __call__(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> Any:
        if self.sample < 1.0 and random.random() >= self.sample:
            return await self.app(scope, receive, send)
        return await _Exchange(self, scope).run(receive, send)


class _Exchange:
    """One call under watch."""

    __slots__ = ("lint", "scope", "steps", "told", "watch")

    def __init__(self, lint: Lint, scope: Any) -> None:
        self.lint = lint
        self.scope = scope
        self.steps = [Step(t.SCOPE, snapshot(scope))]
        self.watch = Watch(self.steps[0].data, lint.edition)
        self.told = 0  # findings already told

    async def run(self, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> Any:
        watch, steps = self.watch, self.steps

        async def watched_receive() -> Any:
            event = await receive()
            self._gone_with(event)
            copy = snapshot(event)
            watch.receive(copy, len(steps))
            steps.append(Step(t.RECEIVE, copy))
            if len(watch.findings) > self.told:
                self._tell()
            return event

        async def watched_send(event: Any) -> None:
            event, copy = passed_on(event)
            watch.send(copy, len(steps))
            steps.append(Step(t.SEND, copy))
            if len(watch.findings) > self.told:
                self._tell()
            try:
                await send(event)
            except OSError:
                watch.left()
                raise

        try:
            self._tell()
            value = await self.lint.app(self.scope, watched_receive, watched_send)
        except asyncio.CancelledError:
            watch.cancelled()
            self._end()
            raise
        except BrokenRules:
            raise
        except Exception as error:
            own = isinstance(error, OSError) and watch.view.gone
            data = {"type": type(error).__name__, "text": str(error), "own": own, "where": []}
            watch.raised(data, len(steps))
            steps.append(Step(t.RAISE, data))
            self._end(quiet=True)
            raise
        watch.returned(value, len(steps))
        steps.append(Step(t.RETURN, value))
        self._end()
        return value

    def _gone_with(self, event: Any) -> None:
        """A disconnect before the end is all that this side learns of the client's leaving."""
        kind = event.get("type") if isinstance(event, dict) else None
        if isinstance(kind, str) and kind.endswith(".disconnect") and not self.watch.view.told:
            state = getattr(self.watch.view.sending, "name", "")
            if state not in ("COMPLETE", "CLOSED", "REFUSED", "DENIED"):
                self.watch.left()

    def _tell(self, quiet: bool = False) -> None:
        new = self.watch.findings[self.told :]
        self.told = len(self.watch.findings)
        for finding in new:
            if not is_fault(finding):
                continue
            self.lint.findings.append(finding)
            mode = self.lint.on_finding
            if callable(mode):
                mode(finding, Trace(list(self.steps)))
            elif mode == "log":
                logger.warning("%s", finding.line())
            elif mode == "raise" and not quiet:
                raise BrokenRules(Report(Trace(list(self.steps)), [finding]))

    def _end(self, quiet: bool = False) -> None:
        self.lint.exercised |= self.watch.exercised
        self.lint.cells |= self.watch.cells
        self._tell(quiet)


def snapshot(value: Any) -> Any:
    """A copy of a scope or event that later changes do not reach: containers copied two levels deep.

    Iterables other than list, tuple and dict are left as they are: the outer side's are never one-shot
    in practice, and walking them would consume them.
    """
    if type(value) is not dict:
        return value
    copy = dict(value)
    for key, item in value.items():
        kind = type(item)
        if kind is list:
            copy[key] = list(item)
        elif kind is dict:
            copy[key] = dict(item)
    return copy


def passed_on(event: Any) -> tuple[Any, Any]:
    """The event to hand on and the copy to judge: a one-shot ``headers`` is walked once, for both."""
    if type(event) is not dict:
        return event, event
    copy = snapshot(event)
    for key in ("headers", "links"):
        items = copy.get(key)
        if items is None or type(items) in (list, tuple) or not hasattr(items, "__next__"):
            continue
        walked = list(items)
        copy[key] = codec.OneShot(walked)
        event = {**event, key: iter(walked)}
    return event, copy
