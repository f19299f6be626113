"""Traces of all sorts: of the examples, of the simulator with apps good and bad, and twisted ones."""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from asgisim.drive.sim import Simulator
from asgisim.examples import EXAMPLES
from asgisim.model import trace as t
from asgisim.model.codec import OneShot
from asgisim.model.trace import Step, Trace
from asgisim.reference.app import PATHS
from asgisim.reference.app import app as reference
from asgisim.space import Route, scenario

ROUTES = [
    *(Route("POST", path) for path in PATHS["http"]),
    *(Route("HEAD", path) for path in PATHS["http"][:2]),
    *(Route("GET", path, "websocket") for path in PATHS["websocket"]),
]


class Text(str):
    """Equal to a str, and of another type."""


class Raw(bytes):
    """Equal to bytes, and of another type."""


class Pair(tuple[Any, ...]):
    """Equal to a tuple, and of another type."""


# Values of which many are equal to each other, or to what belongs there, and yet of another type.
ODD: list[Any] = [
    0, 1, 1.0, True, False, None, 200, 200.0, HTTPStatus.OK, HTTPStatus.NO_CONTENT, 500, 99, 10**30,
    float("nan"), "", "a", Text("a"), "http", Text("http"), "3.0", Text("2.4"), "2.0", "9.9", "HEAD", "get",
    "x" * 100, b"", b"a", Raw(b"a"), bytearray(b"a"), memoryview(b"a"), b"a?b", b"\r\n",
    [], (), {}, [1], ["a"], ("a", 1), Pair(("a", 1)), [b"a", b"b"], {"a": {}}, {1: 2}, {"tls": {}},
    OrderedDict(a={}), [(b"a", b"b")], ((b"a", b"b"),), [[b"a", b"b"]], [Pair((b"a", b"b"))],
    [(b"a", b"b", b"c")], [b"ab"], [(Raw(b"a"), b"b")], [(bytearray(b"a"), b"b")], [(memoryview(b"a"), b"b")],
    [("a", "b")], [(b"A", b"b")], [(b"content-length", b"0")], [(b"content-length", b"5")],
    [(b"content-length", b"5"), (b"content-length", b"05")], [(b"sec-websocket-protocol", b"a")],
    [(b":path", b"/")], OneShot([(b"a", b"b")]), iter(()), object(),
]  # fmt: skip
NAMES: list[Any] = [
    "type", "body", "more_body", "status", "headers", "trailers", "asgi", "extensions", "state", "method",
    "text", "bytes", "code", "reason", "subprotocol", "subprotocols", "client", "server", "raw_path",
    "extra", Text("body"), 1,
]  # fmt: skip


def rude(seed: int) -> Callable[..., Any]:
    """An app that sends and receives at random, within its protocol or not."""
    rnd = random.Random(seed)
    events: list[dict[str, Any]] = [
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]},
        {"type": "http.response.start", "status": 204},
        {"type": "http.response.start", "status": 500, "headers": []},
        {"type": "http.response.body", "body": b"a", "more_body": True},
        {"type": "http.response.body", "body": b"b"},
        {"type": "http.response.trailers", "headers": []},
        {"type": "http.nothing"},
        {"type": "websocket.accept"},
        {"type": "websocket.accept", "subprotocol": "a", "headers": [(b"a", b"b")]},
        {"type": "websocket.send", "text": "a"},
        {"type": "websocket.send", "bytes": b"a", "text": None},
        {"type": "websocket.close", "code": 1000},
        {"type": "websocket.close", "code": 1005, "reason": "x" * 99},
        {"type": "lifespan.startup.complete"},
        {"type": "lifespan.shutdown.complete"},
        {"type": "lifespan.startup.failed", "message": "no"},
    ]

    async def app(scope: Any, receive: Any, send: Any) -> Any:
        fitting = [one for one in events if one["type"].startswith(scope["type"])] or events
        for _ in range(rnd.randrange(8)):
            if rnd.random() < 0.4:
                await receive()
            else:
                await send(rnd.choice(fitting if rnd.random() < 0.9 else events))
        if rnd.random() < 0.1:
            raise LookupError("at random")
        return rnd.choice((None, None, None, None, 1))

    return app


def simulated(count: int, seed: int) -> Iterator[Trace]:
    """Traces of random scenarios."""
    rnd = random.Random(seed)
    with Simulator(reference) as good, Simulator(rude(seed)) as bad:
        for _ in range(count):
            one = scenario(
                lambda n: int(rnd.random() * n), protocols=("http", "websocket", "lifespan"), routes=ROUTES
            )
            yield (good if rnd.random() < 0.4 else bad).run(one)


def twisted(rnd: random.Random, trace: Trace) -> Trace:
    """The trace with a few steps or values replaced, doubled, moved or left out."""
    steps = list(trace.steps)
    for _ in range(rnd.randrange(1, 4)):
        index = rnd.randrange(len(steps))
        kind = rnd.randrange(6)
        if kind == 0 and len(steps) > 1:
            del steps[index]
        elif kind == 1:
            steps[index:index] = [steps[rnd.randrange(len(steps))]] * rnd.randrange(1, 4)
        elif kind == 2:
            other = rnd.randrange(len(steps))
            steps[index], steps[other] = steps[other], steps[index]
        else:
            steps[index] = _odd(rnd, steps[index])
    return Trace(steps)


def _odd(rnd: random.Random, step: Step) -> Step:
    if (
        step.kind not in (t.SCOPE, t.RECEIVE, t.SEND)
        or not isinstance(step.data, dict)
        or rnd.random() < 0.02
    ):
        return step._replace(data=rnd.choice(ODD)) if step.kind in (t.SCOPE, t.RECEIVE, t.SEND) else step
    data = dict(step.data)
    name = rnd.choice([*data, rnd.choice(NAMES)])
    if rnd.random() < 0.15:
        data.pop(name, None)
    else:
        data[name] = rnd.choice(ODD)
    return step._replace(data=OrderedDict(data) if rnd.random() < 0.02 else data)


def corpus(count: int, seed: int) -> list[Trace]:
    """The examples, and `count` more: a quarter of them simulated, the others twisted."""
    rnd = random.Random(seed)
    traces = [trace for one in EXAMPLES.values() for trace in (one.keeps, one.breaks)]
    traces += simulated(count // 4, seed)
    return traces + [twisted(rnd, rnd.choice(traces)) for _ in range(count - count // 4)]
