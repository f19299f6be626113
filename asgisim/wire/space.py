"""Wire scenarios: a curated list that shows each rule at work, and a seeded space of odd but legal traffic.

What the client sends is what a server must take. What the application does may be wrong: a server must live
with that too. ``choose(n)`` gives an int from 0 to n - 1, and 0 is always the simplest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from asgisim.drive.wire.script import Step, WireScenario
from asgisim.wire import cases, lifespans, malformed

Choose = Callable[[int], int]
Steps = list[tuple[Any, ...]]

OK = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"x-a", b"1"), (b"x-b", b"2"), (b"x-a", b"3")],
}
COOKIES = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")],
}
LAST = {"type": "http.response.body", "body": b"last"}
MORE = {"type": "http.response.body", "body": b"more ", "more_body": True}
ANSWER = [("app", 0, "send", [OK, MORE, LAST]), ("app", 0, "return"), ("client", 0, "response")]
OPEN = [
    ("client", 0, "handshake", {"target": b"/a?q", "subprotocols": [b"a, b", b"c"]}),
    ("app", 0, "receive"),
    ("app", 0, "send", {"type": "websocket.accept", "subprotocol": "c", "headers": [(b"x-y", b"z")]}),
    ("client", 0, "response"),
]
LEAVE = [("app", 0, "receive"), ("app", 0, "return"), ("client", 0, "eof")]


def status(number: int, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http.response.start", "status": number, "headers": list(headers)}


def close(**rest: Any) -> Steps:
    return [("client", 0, "frame", {"opcode": "close", **rest}), ("client", 0, "frames", {}), *LEAVE]


CASES: dict[str, Steps] = {
    "get": [("client", 0, "request", {"target": b"/a%2Fb/%C3%A9?x=%20&y"}), ("app", 0, "body"), *ANSWER],
    "headers": [
        ("client", 0, "request", {"headers": [(b"A", b"1"), (b"B", b"\xe9"), (b"a", b"2"), (b"Empty", b"")]}),
        *ANSWER,
    ],
    "post": [
        ("client", 0, "request", {"method": b"POST", "body": bytes(range(256))}),
        ("app", 0, "body"),
        *ANSWER,
    ],
    "chunked": [
        (
            "client",
            0,
            "request",
            {"method": b"PUT", "chunks": [b"a" * 300, b"b"], "trailers": [(b"T", b"1")]},
        ),
        ("app", 0, "body"),
        *ANSWER,
    ],
    "cuts": [
        ("client", 0, "request", {"body": b"abc", "cuts": [3, 9, 40], "pause": 0.01}),
        ("app", 0, "body"),
        *ANSWER,
    ],
    "http/1.0": [("client", 0, "request", {"version": b"1.0"}), *ANSWER],
    "head": [("client", 0, "request", {"method": b"HEAD"}), *ANSWER, ("client", 0, "wait", 0.05)],
    "cookies": [("client", 0, "request", {}), ("app", 0, "send", [COOKIES, LAST]), ("client", 0, "response")],
    "204": [("client", 0, "request", {}), ("app", 0, "send", [status(204), LAST]), ("client", 0, "response")],
    "205": [("client", 0, "request", {}), ("app", 0, "send", [status(205), LAST]), ("client", 0, "response")],
    "304": [("client", 0, "request", {}), ("app", 0, "send", [status(304), LAST]), ("client", 0, "response")],
    "length": [
        ("client", 0, "request", {}),
        ("app", 0, "send", [status(200, (b"content-length", b"4")), LAST]),
        ("client", 0, "response"),
    ],
    "lengths": [
        ("client", 0, "request", {}),
        ("app", 0, "send", [status(200, (b"content-length", b"4"), (b"transfer-encoding", b"gzip")), LAST]),
        ("client", 0, "response"),
    ],
    "no answer": [("client", 0, "request", {}), ("app", 0, "return"), ("client", 0, "response")],
    "raise": [("client", 0, "request", {}), ("app", 0, "raise"), ("client", 0, "response")],
    "raise half way": [
        ("client", 0, "request", {}),
        ("app", 0, "send", [OK, MORE]),
        ("app", 0, "raise"),
        ("client", 0, "response"),
    ],
    "wrong events": [
        ("client", 0, "request", {}),
        ("app", 0, "send", [{"type": "nonsense"}, LAST, {"type": "http.response.start"}]),
        *ANSWER,
    ],
    "injection": [
        ("client", 0, "request", {}),
        ("app", 0, "send", [status(200, (b"x", b"a\r\ny: b")), LAST]),
        ("app", 0, "return"),
        ("client", 0, "response"),
    ],
    "truncated": [
        ("client", 0, "request", {"headers": [(b"content-length", b"9")], "body": b"abc"}),
        ("client", 0, "half"),
        ("app", 0, "body"),
        ("app", 0, "return"),
    ],
    "pipelined": [
        ("client", 0, "request", {"target": b"/1"}),
        ("client", 0, "request", {"target": b"/2"}),
        *ANSWER,
        ("app", 1, "send", [OK, LAST]),
        ("app", 1, "return"),
        ("client", 0, "response"),
    ],
    "client leaves": [
        ("client", 0, "request", {}),
        ("app", 0, "body"),
        ("client", 0, "reset"),
        ("app", 0, "receive"),
        ("app", 0, "receive"),
        ("app", 0, "send", [OK]),
        ("app", 0, "raise", {"error": "same"}),
    ],
    "websocket": [
        ("client", 0, "handshake", {"target": b"/caf%C3%A9?q", "subprotocols": [b"a, b", b"c"]}),
        *OPEN[1:],
        ("client", 0, "frame", {"opcode": "text", "data": b"caf\xc3", "fin": False}),
        ("client", 0, "frame", {"opcode": "ping", "data": b"p"}),
        ("client", 0, "frame", {"opcode": 0, "data": b"\xa9"}),
        ("app", 0, "receive"),
        (
            "app",
            0,
            "send",
            [{"type": "websocket.send", "text": ""}, {"type": "websocket.send", "bytes": b"x" * 126}],
        ),
        ("client", 0, "frames", {"bound": 0.3}),
        *close(code=4000, reason="bye"),
    ],
    "websocket, no code": [*OPEN, *close()],
    "websocket, lost": [*OPEN, ("client", 0, "reset"), ("app", 0, "receive"), ("app", 0, "return")],
    "websocket, gone": [*OPEN, ("client", 0, "close"), ("app", 0, "receive"), ("app", 0, "return")],
    "websocket, closed": [
        *OPEN,
        ("app", 0, "send", {"type": "websocket.close", "reason": "enough"}),
        ("client", 0, "frames", {}),
        *close(code=1000),
    ],
    "websocket, refused": [
        OPEN[0],
        ("app", 0, "receive"),
        ("app", 0, "send", {"type": "websocket.close"}),
        ("client", 0, "response"),
        *LEAVE,
    ],
    "websocket, no answer": [OPEN[0], ("app", 0, "return"), ("client", 0, "response")],
    "websocket, denied": [
        OPEN[0],
        ("app", 0, "receive"),
        (
            "app",
            0,
            "send",
            {"type": "websocket.http.response.start", "status": 401, "headers": [(b"a", b"b")]},
        ),
        ("app", 0, "send", {"type": "websocket.http.response.body", "body": b"no"}),
        ("client", 0, "response"),
        *LEAVE,
    ],
}


LIFESPAN_CASE: Steps = [
    ("lifespan", 0, "receive"),
    ("lifespan", 0, "send", {"type": "lifespan.startup.complete"}),
    ("client", 0, "request", {}),
    ("app", 0, "send", [OK, LAST]),
    ("app", 0, "return"),
    ("client", 0, "response"),
    ("client", 0, "close"),
    ("server", 0, "stop"),
    ("lifespan", 0, "receive"),
    ("lifespan", 0, "send", {"type": "lifespan.shutdown.complete"}),
    ("lifespan", 0, "return"),
]


def made(steps: Steps) -> WireScenario:
    """A scenario out of plain tuples."""
    return WireScenario([Step(*step) for step in steps])


def protocol_of(scenario: WireScenario) -> str:
    """lifespan, websocket or http: what the scenario is about."""
    if scenario.lifespan:
        return "lifespan"
    return "websocket" if any(step.act == "handshake" for step in scenario.steps) else "http"


def curated(protocols: Sequence[str] = ("http", "websocket", "lifespan")) -> list[WireScenario]:
    """The curated scenarios of these protocols, those with a lifespan of their own last."""
    alone = (LIFESPAN_CASE, *lifespans.CASES.values(), *cases.LIFESPANS.values())
    every = [made(steps) for steps in (*CASES.values(), *cases.CASES.values(), *alone)]
    return [one for one in every if protocol_of(one) in protocols]


# --- the seeded space ------------------------------------------------------------------------------

_METHODS = (b"GET", b"POST", b"HEAD", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"GET")
_PATHS = (
    *(b"/", b"/a", b"/a/b/", b"/a%2Fb", b"/caf%C3%A9", b"/%20", b"/a%25b", b"/%41", b"/a;b=c", b"/a+b"),
    *(b"//a", b"/a/../b", b"/%C3%A9/%2e%2e", b"/%F0%9F%98%80", b"/" + b"a" * 900, b"/a%3Fb", b"/:80/x"),
)
_QUERIES = (
    b"",
    b"?",
    b"?a=b",
    b"?a=1&a=2",
    b"?x=%20+",
    b"?q=%C3%A9",
    b"?%FF",
    b"?a?b",
    b"?=&&;",
    b"?a=b%26c",
)
_LINES: tuple[list[tuple[bytes, bytes]], ...] = (
    [(b"X-A", b"1")],
    [(b"X-A", b"1"), (b"x-b", b"2"), (b"X-a", b"3")],
    [(b"X-Same", b"1"), (b"X-Same", b"1")],
    [(b"Accept", b"*/*")],
    [(b"Cookie", b"a=1; b=2")],
    [(b"X-Latin", b"caf\xe9")],
    [(b"X-Empty", b"")],
    [(b"X-Tab", b"a\tb")],
    [(b"X-Long", b"v" * 2000)],
    [(b"X-Comma", b"a, b"), (b"X-Comma", b"c")],
    [(b"x-%d" % number, b"%d" % number) for number in range(30)],
    [(b"Content-Type", b"text/plain; charset=utf-8")],
    [(b"X-Quote", b"\"a, b\"; c='d'")],
    [(b"X-Forwarded-Thing", b"192.0.2.1")],
)
_BODIES = (
    b"",
    b"a",
    b"abc",
    bytes(range(256)),
    b"0\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"x" * 9000,
    b"y" * 70_000,
)
_CHUNKS: tuple[list[bytes], ...] = (
    [b"a"],
    [],
    [b"a", b"bc", b"def"],
    [b"\r\n", b"0\r\n\r\n"],
    [b"x" * 4096, b"y" * 17],
    [bytes(range(256))] * 3,
    [b"z"] * 40,
)
_TRAILERS: tuple[list[tuple[bytes, bytes]], ...] = (
    [],
    [],
    [],
    [(b"X-T", b"1")],
    [(b"X-T", b""), (b"X-U", b"2")],
)
_STATUSES = (200, 200, 200, 201, 204, 205, 301, 304, 400, 404, 412, 500, 503)
_ANSWERS: tuple[list[tuple[bytes, bytes]], ...] = (
    [],
    [(b"content-type", b"text/plain")],
    [(b"x-a", b"1"), (b"x-b", b"2"), (b"x-a", b"3")],
    [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2; path=/"), (b"set-cookie", b"a=1")],
    [(b"x-latin", b"\xe9")],
    [(b"x-empty", b"")],
    [(b"x-tab", b"a\tb")],
    [(b"transfer-encoding", b"chunked")],
    [(b"x-long", b"v" * 3000)],
    [(b"x-%d" % number, b"") for number in range(25)],
    [(b"vary", b"a"), (b"vary", b"b")],
)
_PIECES: tuple[list[bytes], ...] = (
    [b"hello"],
    [b""],
    [b"a", b"b"],
    [b"a", b"", b"c"],
    [b"", b"", b"x"],
    [b"x" * 5000, b"\r\n0\r\n\r\n"],
    [b"z"] * 12,
    [b"w" * 70_000],
    [bytes(range(256)), b""],
    [b"1" * 9000, b"22", b"", b"4" * 70_000, b"5"],
)
_WRONG: tuple[Any, ...] = (
    {"type": "nonsense"},
    {"type": "http.response.begin"},
    {"type": "http.response.start"},
    {"type": "http.response.start", "status": "200"},
    {"type": "http.response.start", "status": 200, "headers": [("a", "b")]},
    {"type": "http.response.body", "body": b"too early"},
    {},
    {"type": None},
    {"type": "websocket.accept"},
    {"type": "websocket.send", "text": "a"},
)
_WRONG_WEBSOCKET: tuple[Any, ...] = (
    {"type": "nonsense"},
    {"type": "websocket.receive", "text": "a"},
    {"type": "websocket.send", "text": "too early"},
    {"type": "http.response.start", "status": 200, "headers": []},
    {},
    {"type": "websocket.accept", "subprotocol": 1},
)
_TEXTS = ("hi", "", "caf\u00e9 \U0001f600", "x" * 125, "x" * 126, "y" * 65_536, "\x00", '{"a": 1}')
_BINARIES = (b"hi", b"", b"\xff\xfe", b"x" * 126, b"y" * 65_536, b"\x00")
_CODES = (1000, 1001, 1003, 1008, 1011, 3000, 4000, 4999)
_REASONS = ("", "bye", "caf\u00e9", "r" * 123)
_OFFERS: tuple[list[bytes], ...] = ([], [b"chat"], [b"a, b", b"c"], [b"v1.json"])
_END = ("client", 0, "response")


def scenario(choose: Choose, protocols: Sequence[str] = ("http", "websocket")) -> WireScenario:
    """Draw a scenario of one of these protocols ("http", "websocket")."""
    if protocols[choose(len(protocols))] == "websocket":
        return made(_one(choose, (_websocket, _websocket, *malformed.WEBSOCKET))(choose))
    shapes = (_single, _single, _single, _faulty, _leaving, _reused, _pipelined, *malformed.HTTP)
    return made(shapes[choose(len(shapes))](choose))


def _one(choose: Choose, values: Sequence[Any]) -> Any:
    return values[choose(len(values))]


def request(choose: Choose, plain: bool = False) -> dict[str, Any]:
    """A request. plain: one that keeps the connection and is small."""
    told: dict[str, Any] = {}
    method = _one(choose, _METHODS)
    if method != b"GET":
        told["method"] = method
    target = _one(choose, _PATHS) + _one(choose, _QUERIES)
    if target != b"/":
        told["target"] = target
    lines = [line for _ in range(choose(4)) for line in _one(choose, _LINES)]
    if lines:
        told["headers"] = lines
    framing = choose(3) if method not in (b"GET", b"HEAD") or choose(4) == 3 else 0
    bodies = _BODIES[:6] if plain else _BODIES
    if framing == 1:
        told["body"] = _one(choose, bodies)
    elif framing == 2:
        told["chunks"] = _one(choose, _CHUNKS)
        trailers = _one(choose, _TRAILERS)
        told.update({"trailers": trailers} if trailers else {})
    elif not plain and choose(8) == 7:
        told["version"] = b"1.0"
    if choose(3) == 2:
        told["cuts"] = sorted({1 + choose(120) for _ in range(1 + choose(4))})
        told["pause"] = (0.0, 0.001)[choose(2)]
    return told


def answer(choose: Choose) -> list[dict[str, Any]]:
    """The events of a whole response, with keys left out where they have a default."""
    status, pieces = _one(choose, _STATUSES), _one(choose, _PIECES)
    headers = list(_one(choose, _ANSWERS))
    if choose(3) == 2 and status not in (204, 205, 304):
        headers.append((b"content-length", b"%d" % len(b"".join(pieces))))
    start: dict[str, Any] = {"type": "http.response.start", "status": status}
    if headers or choose(2):
        start["headers"] = headers
    if choose(6) == 5:
        start["trailers"] = False
    events = [start]
    for index, piece in enumerate(pieces):
        event: dict[str, Any] = {"type": "http.response.body"}
        if piece or choose(2):
            event["body"] = piece
        if index < len(pieces) - 1:
            event["more_body"] = True
        elif choose(2):
            event["more_body"] = False
        events.append(event)
    return events


def sent(choose: Choose, call: int, events: list[dict[str, Any]]) -> Steps:
    """Sent in one go, or the head on its own, and then all pieces but the last from tasks of their own."""
    if not choose(2):
        return [("app", call, "send", events)]
    head, rest = ("app", call, "send", events[:1]), events[1:]
    if len(rest) > 2 and choose(2):
        return [head, ("app", call, "together", rest[:-1]), ("app", call, "send", rest[-1:])]
    return [head, ("app", call, "send", rest)]


def _read(choose: Choose, call: int) -> Steps:
    return ([("app", call, "body")], [], [("app", call, "receive")])[choose(3)]


def _exchange(choose: Choose, call: int, plain: bool) -> tuple[tuple[Any, ...], Steps]:
    """A request, and what the app does for it."""
    told = request(choose, plain)
    steps = [("app", call, "body")] if plain else _read(choose, call)
    return ("client", 0, "request", told), [
        *steps,
        *sent(choose, call, answer(choose)),
        ("app", call, "return"),
    ]


def _single(choose: Choose) -> Steps:
    request, steps = _exchange(choose, 0, False)
    steps = [request, *steps, _END]
    return steps + ([("client", 0, "wait", 0.02)] if choose(16) == 15 else [])


def _reused(choose: Choose) -> Steps:
    steps: Steps = []
    for call in range(2 + choose(2)):
        request, more = _exchange(choose, call, True)
        steps += [request, *more, _END]
    return steps


def _pipelined(choose: Choose) -> Steps:
    pairs = [_exchange(choose, call, True) for call in range(2 + choose(2))]
    steps: Steps = [request for request, _ in pairs]
    for _, more in pairs:
        steps += [*more, _END]
    return steps


def _faulty(choose: Choose) -> Steps:
    """The app stops, raises or sends what is no event, at any point of a response."""
    events = answer(choose)
    at = choose(len(events) + 1)
    steps: Steps = [("client", 0, "request", request(choose, True)), *_read(choose, 0)]
    wrong = choose(3) == 2
    if at:
        steps.append(("app", 0, "send", events[:at]))
    if wrong:
        steps.append(("app", 0, "send", _one(choose, _WRONG)))
        if at < len(events):
            steps.append(("app", 0, "send", events[at:]))
        steps.append(("app", 0, "return"))
    else:
        steps.append(("app", 0, ("raise", "return")[choose(2)]))
    return [*steps, _END]


def _leaving(choose: Choose) -> Steps:
    """The client goes: before the app looks, in the middle of its body, or in the middle of the response."""
    told = request(choose, True)
    told.pop("version", None)
    how = ("close", "reset")[choose(2)]
    events = answer(choose)
    point = choose(3)
    last: Steps = [
        ("app", 0, "receive"),
        ("app", 0, "receive"),
        ("app", 0, "send", events[-1]),
        ("app", 0, "return"),
    ]
    if point == 0:
        return [("client", 0, "request", told), ("app", 0, "called"), ("client", 0, how), *last]
    if point == 1:
        short = {"method": b"POST", "headers": [(b"content-length", b"99")], "body": b"abc"}
        steps: Steps = [("client", 0, "request", short), ("app", 0, "receive"), ("client", 0, how)]
        return [*steps, ("app", 0, "receive"), ("app", 0, "return")]
    steps = [("client", 0, "request", told), ("app", 0, "body"), ("app", 0, "send", events[:1])]
    more = {"type": "http.response.body", "body": b"part", "more_body": True}
    return [*steps, ("app", 0, "send", more), ("client", 0, how), *last]


# --- WebSocket -------------------------------------------------------------------------------------


def _websocket(choose: Choose) -> Steps:
    told: dict[str, Any] = {}
    target = _one(choose, _PATHS) + _one(choose, _QUERIES)
    if target != b"/":
        told["target"] = target
    offered = _one(choose, _OFFERS)
    if offered:
        told["subprotocols"] = offered
    if choose(3) == 2:
        told["headers"] = list(_one(choose, _LINES))
    steps: Steps = [("client", 0, "handshake", told), ("app", 0, "receive")]
    kind = choose(10)
    if kind >= 7:
        return [*steps, *_unopened(choose, kind)]
    accept: dict[str, Any] = {"type": "websocket.accept"}
    names = [name.strip().decode() for line in offered for name in line.split(b",")]
    if names and choose(3):
        accept["subprotocol"] = _one(choose, names)
    if choose(3) == 2:
        accept["headers"] = [(b"x-y", b"z"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")][
            : 1 + choose(3)
        ]
    steps += [("app", 0, "send", accept), _END]
    for _ in range(choose(5)):
        steps += _talk(choose)
    return [*steps, *_parting(choose)]


def _unopened(choose: Choose, kind: int) -> Steps:
    """The app does not accept."""
    leave: Steps = [_END, ("app", 0, "receive"), ("app", 0, "return"), ("client", 0, "eof")]
    if kind == 7:
        close: dict[str, Any] = {"type": "websocket.close"}
        close.update({"code": _one(choose, _CODES)} if choose(2) else {})
        return [("app", 0, "send", close), *leave]
    if kind == 8:
        start: dict[str, Any] = {
            "type": "websocket.http.response.start",
            "status": (401, 403, 404, 503)[choose(4)],
        }
        start["headers"] = list(_one(choose, _ANSWERS))
        pieces = [(b"no", b"\xff\x00")[choose(2)], b"", b"pe"][: 1 + choose(3)]
        body = [
            {"type": "websocket.http.response.body", "body": piece, "more_body": index < len(pieces) - 1}
            for index, piece in enumerate(pieces)
        ]
        return [("app", 0, "send", [start, *body]), *leave]
    wrong: Steps = [("app", 0, "send", _one(choose, _WRONG_WEBSOCKET))] if choose(3) == 2 else []
    return [*wrong, ("app", 0, ("return", "raise")[choose(2)]), _END]


def _fragments(choose: Choose, opcode: str, data: bytes) -> Steps:
    """A message in one frame or several, now and then with a ping between; the pong is read."""
    cuts = sorted({choose(len(data) + 1) for _ in range(choose(3))})
    edges = [0, *cuts, len(data)]
    steps: Steps = []
    for index in range(len(edges) - 1):
        frame: dict[str, Any] = {
            "opcode": opcode if index == 0 else 0,
            "data": data[edges[index] : edges[index + 1]],
        }
        if index < len(edges) - 2:
            frame["fin"] = False
        steps.append(("client", 0, "frame", frame))
        if index < len(edges) - 2 and choose(4) == 3:
            steps += _ping(choose)
    return steps


def _ping(choose: Choose) -> Steps:
    ping = {"opcode": "ping", "data": (b"", b"p", b"\xff" * 125)[choose(3)]}
    return [("client", 0, "frame", ping), ("client", 0, "frames", 1)]


def _talk(choose: Choose) -> Steps:
    what = choose(7)
    if what == 6:
        several = [_message(choose) for _ in range(2 + choose(3))]
        return [("app", 0, "together", several), ("client", 0, "frames", len(several))]
    if what < 2:
        data = _one(choose, _TEXTS).encode() if what == 0 else _one(choose, _BINARIES)
        return [*_fragments(choose, ("text", "binary")[what], data), ("app", 0, "receive")]
    if what < 5:
        return [("app", 0, "send", _message(choose, what == 4)), ("client", 0, "frames", 1)]
    return _ping(choose)


def _message(choose: Choose, binary: bool | None = None) -> dict[str, Any]:
    """A message of the app."""
    binary = choose(3) == 2 if binary is None else binary
    event: dict[str, Any] = {"type": "websocket.send"}
    event["bytes" if binary else "text"] = _one(choose, _BINARIES if binary else _TEXTS)
    event.update({("text" if binary else "bytes"): None} if choose(3) == 2 else {})
    return event


def _parting(choose: Choose) -> Steps:
    """How a session ends."""
    leave: Steps = [("app", 0, "receive"), ("app", 0, "return"), ("client", 0, "eof")]
    how = choose(6)
    if how < 2:
        frame: dict[str, Any] = {"opcode": "close"}
        if choose(4):
            frame.update({"code": _one(choose, _CODES), "reason": _one(choose, _REASONS)})
        return [("client", 0, "frame", frame), ("client", 0, "frames", {}), *leave]
    if how < 4:
        event: dict[str, Any] = {"type": "websocket.close"}
        event.update({"code": _one(choose, _CODES)} if choose(2) else {})
        event.update({"reason": _one(choose, _REASONS)} if choose(2) else {})
        reply = ("client", 0, "frame", {"opcode": "close", "code": event.get("code", 1000)})
        return [("app", 0, "send", event), ("client", 0, "frames", {}), reply, *leave]
    if how == 4:
        return [("client", 0, ("reset", "close")[choose(2)]), ("app", 0, "receive"), ("app", 0, "return")]
    return [("app", 0, ("return", "raise")[choose(2)])]
