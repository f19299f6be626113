"""The contract of the test bed: what every app of ``asgisim.frameworks`` answers, as data.

A row of ENDPOINTS says what an endpoint does and holds cases: a request, and the answer that the contract
promises. ``mismatches`` compares a promise with what a driver saw; drivers live elsewhere (the tests drive
the apps directly, the grid over sockets). Most endpoints hide nothing: they give back what the framework
was given. Some provoke what frameworks get wrong: errors in the middle, empty chunks, unread bodies.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Pairs = tuple[tuple[bytes, bytes], ...]

GREETING = b"asgisim"
LINES = tuple(f"chunk-{n}\n".encode() for n in range(10))
SSE_EVENTS = (
    *(f'event: message\ndata: {{"count": {n}}}\n\n'.encode() for n in range(5)),
    b"event: done\ndata: {}\n\n",
)
WITH_EMPTY = (b"one", b"", b"two", b"")  # what /stream-with-empty yields
FILE_PATH = Path(__file__).with_name("served.txt")
FILE = b"asgisim serves files\n" * 8  # what stands there
LARGE_DEFAULT, LARGE_LIMIT = 1024, 10 * 1024 * 1024
DELAY_DEFAULT, DELAY_LIMIT = 1.0, 30.0
PAUSE = 0.01  # seconds between two parts of a stream
DENIED = b"denied"
NO_BODY = (204, 205, 304)  # statuses whose answer has no body
POLICY = 1008  # the close code of a refusal
NOT_JSON = 1007  # the close code of /ws/json for a message that is not JSON


class Refused(Exception):
    """What the raising endpoints raise: asked for by the request, so never a finding about the framework."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sends. path "" means the endpoint's own; body holds the parts as receive gives them."""

    path: str = ""
    query: bytes = b""
    headers: Pairs = ()
    body: tuple[bytes, ...] = (b"",)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the contract promises for a request. None for body, data, headers, parts: not compared.

    data: the JSON body must hold at least this. headers: must be among the response's. parts: at least
    so many non-empty body events (over a socket they may melt together). ends: ``complete``; ``failed``:
    an answer of 500 or an exception without one; ``cut``: begun and not finished; ``endless``: goes on
    until the client leaves, then stops.
    """

    status: int = 200
    body: bytes | None = None
    data: Any = None
    headers: Pairs = ()
    parts: int = 0
    ends: Literal["complete", "failed", "cut", "endless"] = "complete"


@dataclass(frozen=True, slots=True)
class Session:
    """What a WebSocket client does: offers subprotocols, says, hears. denial: the server offers it."""

    path: str = ""
    query: bytes = b""
    says: tuple[str | bytes, ...] = ()
    subprotocols: tuple[str, ...] = ()
    denial: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """What the contract promises for a session. None: not compared.

    hears: the messages in order. data: the first message, as JSON, holds at least this. close: the app's
    close code. ends: ``closed`` by the app; ``open`` until the client leaves; ``refused`` before accept
    (close, denial response or exception); ``failed``: accepted, then an error (an exception, or a close
    that is not 1000); ``endless``: sends until the client leaves.
    """

    hears: tuple[str | bytes, ...] | None = None
    data: Any = None
    subprotocol: str | None = None
    close: int | None = None
    reason: str | None = None
    denial: tuple[int, bytes] | None = None
    ends: Literal["closed", "open", "refused", "failed", "endless"] = "closed"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row. path may hold ``{name}``.

    cases: (Request, Answer) pairs for http, (Session, Talk) pairs for websocket.
    """

    name: str
    protocol: Literal["http", "websocket"]
    method: str
    path: str
    does: str
    cases: tuple[tuple[Request, Answer], ...] | tuple[tuple[Session, Talk], ...]


@dataclass(slots=True)
class Response:
    """What a driver saw of an HTTP answer. status None: none began. error: type name of the exception."""

    status: int | None
    headers: list[tuple[bytes, bytes]]
    parts: list[bytes]
    complete: bool
    error: str | None = None


@dataclass(slots=True)
class Heard:
    """What a driver saw of a WebSocket session. close None: it did not. denial: status and body."""

    accepted: bool
    subprotocol: str | None
    messages: list[str | bytes]
    close: int | None = None
    reason: str = ""
    denial: tuple[int, bytes] | None = None
    error: str | None = None


def http(method: str, path: str, does: str, *cases: tuple[Request, Answer], name: str = "") -> Endpoint:
    """A row for HTTP; the name is the first part of the path unless given."""
    return Endpoint(name or path.split("/")[1], "http", method, path, does, cases)


def websocket(path: str, does: str, *cases: tuple[Session, Talk]) -> Endpoint:
    """A row for WebSocket; the name is ``ws/`` and the rest of the path."""
    return Endpoint(path[1:], "websocket", "GET", path, does, cases)


def _text(body: bytes, **more: Any) -> Answer:
    return Answer(body=body, headers=((b"content-type", b"text/plain"),), **more)


def _json(data: Any, **more: Any) -> Answer:
    return Answer(data=data, headers=((b"content-type", b"application/json"),), **more)


def _digest(body: bytes) -> dict[str, Any]:
    return {"count": len(body), "sha256": hashlib.sha256(body).hexdigest()}


ASK = Request()
PARTS = (b"he", b"", b"l\x00\xff", b"lo")
JSON_TYPE = ((b"content-type", b"application/json"),)
FORM_TYPE = ((b"content-type", b"application/x-www-form-urlencoded"),)
OCTETS = ((b"content-type", b"application/octet-stream"),)

HTTP: tuple[Endpoint, ...] = (
    http("GET", "/", "A fixed text.", (ASK, _text(GREETING)), name="root"),
    http("GET", "/health", "The text OK.", (ASK, _text(b"OK"))),
    http(
        "GET",
        "/scope",
        "The scope as raw JSON: bytes as hex, exact types (see raw.py).",
        (
            Request(query=b"foo=bar&x=%2F"),
            _json(
                {
                    "type": "http",
                    "method": "GET",
                    "path": "/scope",
                    "query_string": {"hex": b"foo=bar&x=%2F".hex()},
                }
            ),
        ),
    ),
    http(
        "POST",
        "/echo",
        "The request body back, octet-stream unless the request has a content type.",
        (ASK, Answer(body=b"")),
        (Request(body=PARTS), Answer(body=b"".join(PARTS), headers=OCTETS)),
    ),
    http(
        "GET",
        "/headers",
        "The request headers by the framework's own interface: an object of lower-case name to value.",
        (Request(headers=((b"x-one", b"1"), (b"x-two", b"a b"))), _json({"x-one": "1", "x-two": "a b"})),
    ),
    http(
        "GET",
        "/status/{code}",
        "That status with the text `Status: N`; without a body for 204, 205 and 304.",
        *(
            (Request(f"/status/{n}"), Answer(n, f"Status: {n}".encode()))
            for n in (200, 201, 400, 404, 500, 503)
        ),
        *((Request(f"/status/{n}"), Answer(n, b"")) for n in NO_BODY),
    ),
    http(
        "GET",
        "/streaming",
        "Ten lines chunk-0 to chunk-9, 10 ms apart.",
        (ASK, _text(b"".join(LINES), parts=10)),
    ),
    http(
        "GET",
        "/sse",
        "Five events `message` and one `done` as text/event-stream, 10 ms apart.",
        (ASK, Answer(body=b"".join(SSE_EVENTS), headers=((b"content-type", b"text/event-stream"),), parts=6)),
    ),
    http(
        "GET",
        "/large",
        "`?size=N` bytes of x (1024 unless given, 10 MiB at most).",
        (ASK, _text(b"x" * LARGE_DEFAULT)),
        (Request(query=b"size=70000"), _text(b"x" * 70000)),
    ),
    http(
        "GET",
        "/delay",
        "Answers after `?seconds=S` (1 unless given, 30 at most).",
        (Request(query=b"seconds=0.01"), Answer()),
    ),
    http(
        "POST",
        "/upload",
        "Reads the body part by part; its length and SHA-256.",
        (ASK, _json(_digest(b""))),
        (Request(body=PARTS), _json(_digest(b"".join(PARTS)))),
    ),
    http("POST", "/noread", "Answers without reading the body.", (Request(body=PARTS), _text(b"not read"))),
    http(
        "GET",
        "/redirect",
        "302 to `/health`.",
        (ASK, Answer(302, headers=((b"location", b"/health"),))),
    ),
    http(
        "GET",
        "/cookie",
        "Sets the cookies one=1 and two=2.",
        (ASK, Answer(headers=((b"set-cookie", b"one=1"), (b"set-cookie", b"two=2")))),
    ),
    http(
        "GET",
        "/sync",
        "A synchronous endpoint, run in a thread where the framework does that.",
        (ASK, _text(b"sync")),
    ),
    http("GET", "/raise", "Raises before it answers.", (ASK, Answer(500, ends="failed"))),
    http("GET", "/raise-mid-stream", "Streams one part, then raises.", (ASK, Answer(ends="cut"))),
    http(
        "GET",
        "/background",
        "Answers, then works in the background; counted in /lifespan/state.",
        (ASK, _text(b"later")),
    ),
    http("GET", "/stream-empty", "A stream without any part.", (ASK, Answer(body=b""))),
    http(
        "GET",
        "/stream-with-empty",
        "A stream with empty parts in the middle and at the end.",
        (ASK, Answer(body=b"".join(WITH_EMPTY))),
    ),
    http(
        "GET",
        "/endless",
        "Streams a line every 10 ms until the client leaves.",
        (ASK, Answer(ends="endless")),
    ),
    http("GET", "/file", "A small file by the framework's file response.", (ASK, Answer(body=FILE))),
    http(
        "POST",
        "/json",
        "The parsed JSON body as `received`; 400 if it is not JSON.",
        (Request(headers=JSON_TYPE, body=(b'{"a": [1, ', b"null]}")), _json({"received": {"a": [1, None]}})),
        (Request(headers=JSON_TYPE, body=(b"{",)), Answer(400)),
    ),
    http(
        "POST",
        "/form",
        "The fields of an URL-encoded form, name to value.",
        (Request(headers=FORM_TYPE, body=(b"a=1&b=", b"%C3%A9")), _json({"a": "1", "b": "\u00e9"})),
    ),
    http(
        "GET",
        "/info",
        "Touches everything lazy: url, base url, path, query, client, cookies, host, content type.",
        (
            Request(query=b"q=1&q=2", headers=((b"cookie", b"k=v"),)),
            _json({"path": "/info", "query": {"q": ["1", "2"]}, "cookies": {"k": "v"}}),
        ),
    ),
    http(
        "GET",
        "/lifespan/state",
        "The record of the lifespan.",
        (ASK, _json({"startup_called": True, "custom_data": {"initialized": True}})),
        name="lifespan/state",
    ),
    http(
        "GET",
        "/lifespan/counter",
        "Adds one to a counter of the app.",
        (ASK, _json({"counter": 1})),
        (ASK, _json({"counter": 2})),
        name="lifespan/counter",
    ),
    http(
        "GET",
        "/scope-state",
        "The state of the scope as raw JSON (null without one).",
        (ASK, _json({"dict": {"started_by": "asgisim"}})),
    ),
)

MANY = ("one", "zw\u00f6lf", "", "\U0001f600")

WEBSOCKET: tuple[Endpoint, ...] = (
    websocket(
        "/ws/echo",
        "Every message back, text as text and bytes as bytes.",
        (Session(says=MANY), Talk(hears=MANY, ends="open")),
        (Session(says=("a", b"\x00\xff")), Talk(hears=("a", b"\x00\xff"), ends="open")),
        (Session(says=(b"",)), Talk(hears=(b"",), ends="open")),
    ),
    websocket(
        "/ws/echo-binary",
        "Every message back as bytes, text in UTF-8.",
        (
            Session(says=(b"\x00\xff", "\u00e9")),
            Talk(hears=(b"\x00\xff", b"\xc3\xa9"), ends="open"),
        ),
    ),
    websocket(
        "/ws/scope",
        "The scope as raw JSON in one text message, then close.",
        (
            Session(query=b"a=%20b"),
            Talk(
                data={"type": "websocket", "path": "/ws/scope", "query_string": {"hex": b"a=%20b".hex()}},
                close=1000,
            ),
        ),
    ),
    websocket(
        "/ws/subprotocol",
        "Accepts the first subprotocol offered; `requested` and `selected` as JSON, then close.",
        (
            Session(subprotocols=("chat", "other")),
            Talk(data={"requested": ["chat", "other"], "selected": "chat"}, subprotocol="chat", close=1000),
        ),
        (Session(), Talk(data={"requested": [], "selected": None}, close=1000)),
    ),
    websocket(
        "/ws/close",
        "Accepts, then closes with `?code=N&reason=R` (1000 and none unless given).",
        (Session(), Talk(close=1000)),
        (Session(query=b"code=4001&reason=bye"), Talk(close=4001, reason="bye")),
    ),
    websocket(
        "/ws/reject",
        "Closes before it accepts.",
        (Session(), Talk(ends="refused")),
        (Session(denial=True), Talk(ends="refused")),
    ),
    websocket(
        "/ws/denial",
        "Refuses with a denial response (401, `denied`) where the server offers it, else with a close.",
        (Session(denial=True), Talk(denial=(401, DENIED), ends="refused")),
        (Session(), Talk(ends="refused")),
    ),
    websocket("/ws/raise-before-accept", "Raises before it accepts.", (Session(), Talk(ends="refused"))),
    websocket("/ws/raise-after-accept", "Accepts, then raises.", (Session(), Talk(ends="failed"))),
    websocket("/ws/return", "Returns without having accepted.", (Session(), Talk(ends="refused"))),
    websocket(
        "/ws/endless", "Sends a text every 10 ms until the client leaves.", (Session(), Talk(ends="endless"))
    ),
    websocket(
        "/ws/json",
        "Every message parsed as JSON and sent back.",
        (Session(says=('{"a": [1, null]}',)), Talk(data={"a": [1, None]}, ends="open")),
    ),
)

ENDPOINTS: tuple[Endpoint, ...] = HTTP + WEBSOCKET


def covers(wanted: Any, got: Any) -> bool:
    """True if got holds at least what wanted says: objects by key, all else by equality and type."""
    if isinstance(wanted, dict):
        return isinstance(got, dict) and all(
            key in got and covers(value, got[key]) for key, value in wanted.items()
        )
    return type(wanted) is type(got) and bool(wanted == got)


def mismatches(promise: Answer | Talk, seen: Response | Heard) -> list[str]:
    """Each way in which what was seen is not what was promised; an empty list if it is kept."""
    if isinstance(promise, Answer) and isinstance(seen, Response):
        return _http_mismatches(promise, seen)
    if isinstance(promise, Talk) and isinstance(seen, Heard):
        return _websocket_mismatches(promise, seen)
    raise TypeError(f"expected Answer with Response or Talk with Heard, but got {promise!r} with {seen!r}")


def _http_mismatches(promise: Answer, seen: Response) -> list[str]:
    if promise.ends == "failed":
        kept = (
            seen.error is not None if seen.status is None else seen.status == promise.status and seen.complete
        )
        return [] if kept else [f"expected an answer of 500 or an exception, but got {seen}"]
    wrong = []
    if seen.status != promise.status:
        wrong.append(f"expected the status {promise.status}, but got {seen.status} (error: {seen.error})")
    if seen.complete != (promise.ends == "complete"):
        wrong.append(f"expected a response that is {promise.ends}, but complete is {seen.complete}")
    body = b"".join(seen.parts)
    if promise.body is not None and body != promise.body:
        wrong.append(f"expected the body {promise.body[:80]!r}, but got {body[:80]!r}")
    if promise.data is not None:
        wrong += _data_mismatches(promise.data, body)
    wrong += [
        f"expected the header {pair}, but got {seen.headers}"
        for pair in promise.headers
        if not _has(pair, seen.headers)
    ]
    count = sum(1 for part in seen.parts if part)
    if count < promise.parts:
        wrong.append(f"expected at least {promise.parts} parts, but got {count}")
    return wrong


def _websocket_mismatches(promise: Talk, seen: Heard) -> list[str]:
    wrong = []
    if seen.accepted == (promise.ends == "refused"):
        wrong.append(f"expected a session that is {promise.ends}, but got {seen}")
    if promise.ends == "closed" and seen.close is None:
        wrong.append(f"expected the app to close, but got {seen}")
    if promise.ends == "failed" and seen.error is None and seen.close in (None, 1000):
        wrong.append(f"expected an exception or a close that tells the failure, but got {seen}")
    if promise.hears is not None and tuple(seen.messages) != promise.hears:
        wrong.append(f"expected the messages {promise.hears!r}, but got {seen.messages!r}")
    if promise.data is not None:
        wrong += _data_mismatches(promise.data, seen.messages[0] if seen.messages else "")
    for name in ("subprotocol", "close", "reason", "denial"):
        wanted, got = getattr(promise, name), getattr(seen, name)
        if wanted is not None and wanted != got:
            wrong.append(f"expected {name} {wanted!r}, but got {got!r}")
    return wrong


def _data_mismatches(wanted: Any, body: str | bytes) -> list[str]:
    try:
        got = json.loads(body)
    except ValueError:
        return [f"expected JSON, but got {body[:80]!r}"]
    return [] if covers(wanted, got) else [f"expected JSON that holds {wanted!r}, but got {got!r}"]


def _has(pair: tuple[bytes, bytes], headers: list[tuple[bytes, bytes]]) -> bool:
    """What follows the value (charset, path) is the framework's own; the name's case is for the rules."""
    return any(name.lower() == pair[0] and value.split(b";")[0].strip() == pair[1] for name, value in headers)
