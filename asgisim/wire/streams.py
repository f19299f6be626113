"""Scenarios over HTTP/2: the curated ones, and a seeded space of several streams in any order.

``choose(n)`` gives an int from 0 to n - 1, and 0 is always the simplest.
"""

from __future__ import annotations

from typing import Any

from asgisim.drive.wire.script import Step, WireScenario
from asgisim.wire import cases
from asgisim.wire.space import Choose, Steps, answer, request, sent

MOST = 4  # streams of a drawn scenario


def curated() -> list[WireScenario]:
    """The curated scenarios."""
    return [_made(steps) for steps in cases.STREAMS.values()]


def _made(steps: Steps) -> WireScenario:
    return WireScenario([Step(*step) for step in steps], http2=True)


def scenario(choose: Choose) -> WireScenario:
    """Draw one: up to four requests, each with its answer, in any order that keeps that of each stream."""
    exchanges = [_exchange(choose, number) for number in range(1 + choose(MOST))]
    steps: Steps = []
    if choose(4):  # all at once; else each after the one before
        asked = [one.pop(0) for one in exchanges]
        # The calls are counted as they come: each request waits for its call, so that each knows its own.
        steps = [step for index, one in enumerate(asked) for step in (one, ("app", index, "called"))]
        while exchanges:
            one = exchanges[choose(len(exchanges))]
            steps.append(one.pop(0))
            exchanges = [one for one in exchanges if one]
    else:
        steps = [step for one in exchanges for step in one]
    return _made(steps)


def _exchange(choose: Choose, number: int) -> Steps:
    """A request, what the app does for it, and the reading; now and then the client gives up."""
    told = request(choose, plain=True)
    told.pop("version", None)
    body = [("app", number, "body")] if choose(3) else []
    events = answer(choose)
    steps: Steps = [("client", number, "request", told), *body]
    end = choose(8)
    if end == 7:
        at = choose(len(events) + 1)
        partly: Steps = [("app", number, "send", events[:at])] if at else []
        return [*steps, *partly, ("client", number, "reset"), *_leave(number)]
    if end == 6:
        partly = [("app", number, "send", events[: choose(len(events) + 1)])]
        ends: tuple[Any, ...] = ("app", number, ("raise", "return")[choose(2)])
        return [*steps, *(partly if partly[0][3] else []), ends, ("client", number, "response")]
    return [*steps, *sent(choose, number, events), ("app", number, "return"), ("client", number, "response")]


def _leave(number: int) -> Steps:
    return [*(("app", number, "receive") for _ in range(2)), ("app", number, "return")]
