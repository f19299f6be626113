"""For each rule on HTTP: a trace that keeps it, and one that breaks it alone."""

from __future__ import annotations

from typing import Any

from asgisim.examples.build import ABSENT, LEAVES, RETURNS, WAITS, example, gives, scope, sends
from asgisim.model.trace import SENT, Step

REQUEST = gives("http.request", body=b"", more_body=False)
PART = gives("http.request", body=b"a", more_body=True)
GONE = gives("http.disconnect")
START = sends("http.response.start", status=200, headers=[])
BODY = sends("http.response.body", body=b"hello")
MORE = sends("http.response.body", body=b"hel", more_body=True)
FAILED = Step(SENT, "ConnectionClosed: the client has gone")


def answered(*steps: Step, **changes: Any) -> list[Step]:
    """A request that was read, then these steps, then the end."""
    return [scope("http", **changes), REQUEST, *steps, RETURNS]


def given(*steps: Step) -> list[Step]:
    """These steps from the start on, then an answer."""
    return [scope("http"), *steps, START, BODY, RETURNS]


WHOLE = answered(START, BODY)
STREAM = [scope("http"), PART, REQUEST, START, MORE, BODY, GONE, RETURNS]
LEFT = [scope("http"), REQUEST, START, MORE, LEAVES, GONE, WAITS, RETURNS]

# --- the order of what the server gives ------------------------------------------------------------

example("http.receive.types", WHOLE, given(REQUEST, gives("websocket.connect")))
example("http.request.first", WHOLE, [scope("http"), GONE, RETURNS])
example("http.request.none-after-last", [*WHOLE[:2], WAITS, *WHOLE[2:]], given(REQUEST, REQUEST))
example("http.request.none-after-disconnect", LEFT, [*LEFT[:6], REQUEST, RETURNS])
example("http.disconnect.not-early", [*WHOLE[:2], WAITS, *WHOLE[2:]], [scope("http"), REQUEST, GONE, RETURNS])

# --- the order of what the app sends ---------------------------------------------------------------

example("http.send.types", WHOLE, answered(sends("http.response.begin"), START, BODY))
example("http.response.start.before-body", WHOLE, answered(MORE, START, BODY))
example("http.response.start.once", STREAM, answered(START, START, BODY))
example("http.response.start.sent", WHOLE, answered())
example("http.response.start.followed-by-body", WHOLE, answered(START))
example("http.response.body.final", STREAM, answered(START, MORE))
example("http.response.after-complete.not-sent", WHOLE, answered(START, BODY, BODY))
example("http.request.not-on-scope-alone", WHOLE, [scope("http"), START, BODY, RETURNS])

# --- what events hold ------------------------------------------------------------------------------


def starting(**keys: Any) -> list[Step]:
    """An answer whose start has these keys."""
    plain: dict[str, Any] = {"status": 200, "headers": [(b"content-type", b"text/plain")]}
    return answered(sends("http.response.start", **{**plain, **keys}), BODY)


def headed(*headers: Any) -> list[Step]:
    """An answer with these headers."""
    return starting(headers=list(headers))


GOOD_START = starting(trailers=False)
example("http.response.start.status.present", GOOD_START, starting(status=ABSENT))
example("http.response.start.status.type", GOOD_START, starting(status="200"))
example("http.response.start.status.range", GOOD_START, starting(status=103))
example("http.response.start.headers.iterable", GOOD_START, headed((b"a", b"b", b"c")))
example("http.response.start.headers.name-bytes", GOOD_START, headed(("a", b"b")))
example("http.response.start.headers.value-bytes", GOOD_START, headed((b"a", "b")))
example("http.response.start.headers.lowercase", GOOD_START, headed((b"Content-Type", b"text/plain")))
example("http.response.start.headers.no-pseudo", GOOD_START, headed((b":status", b"200")))
example("http.response.start.trailers.type", GOOD_START, starting(trailers=1))
example(
    "http.response.body.body.type",
    WHOLE,
    answered(START, sends("http.response.body", body=bytearray(b"hello"))),
)
example(
    "http.response.body.more-body.type", STREAM, answered(START, sends("http.response.body", more_body=None))
)
example("http.request.body.type", WHOLE, given(gives("http.request", body="text")))
example("http.request.more-body.type", STREAM, given(gives("http.request", body=b"", more_body=0)))

_LATE = {"asgi": {"version": "3.0", "spec_version": "2.4"}}
_ENDS_ITSELF = Step("raise", {"type": "RuntimeError", "text": "no client", "where": [], "own": False})
example(
    "http.send.closed.may-precede-event",
    [scope("http", **_LATE), REQUEST, START, LEAVES, MORE, FAILED, RETURNS],
    [scope("http", **_LATE), REQUEST, START, LEAVES, MORE, FAILED, _ENDS_ITSELF],
)
example(
    "http.disconnect.expect-send-failure",
    [scope("http", **_LATE), REQUEST, START, LEAVES, GONE, MORE, FAILED, RETURNS],
    [scope("http", **_LATE), REQUEST, START, LEAVES, GONE, MORE, FAILED, _ENDS_ITSELF],
)

# --- what the scope holds --------------------------------------------------------------------------


def with_scope(**changes: Any) -> list[Step]:
    """A plain exchange whose scope differs in these keys."""
    return answered(START, BODY, **changes)


FULL = with_scope(
    scheme="http",
    root_path="",
    headers=[(b"host", b"localhost")],
    client=("127.0.0.1", 50000),
    server=("127.0.0.1", 80),
    state={},
)
_UNKNOWN = {"type": "gopher", "method": "GET"}
example("http.scope.type", FULL, [scope("http", **_UNKNOWN), _ENDS_ITSELF])
for _name, _key, _value in (
    ("asgi.version", "asgi", {"version": 3}),
    ("asgi.spec-version", "asgi", {"version": "3.0", "spec_version": "2.9"}),
    ("http-version.present", "http_version", ABSENT),
    ("http-version.type", "http_version", 1.1),
    ("http-version.value", "http_version", "2.0"),
    ("method.present", "method", ABSENT),
    ("method.type", "method", b"GET"),
    ("method.uppercase", "method", "get"),
    ("scheme.type", "scheme", b"http"),
    ("scheme.nonempty", "scheme", ""),
    ("path.present", "path", ABSENT),
    ("path.type", "path", b"/"),
    ("raw-path.type", "raw_path", "/"),
    ("raw-path.no-query", "raw_path", b"/?a=b"),
    ("query-string.present", "query_string", ABSENT),
    ("query-string.type", "query_string", "a=b"),
    ("root-path.type", "root_path", None),
    ("headers.present", "headers", ABSENT),
    ("headers.iterable", "headers", [(b"a", b"b", b"c")]),
    ("headers.name-bytes", "headers", [("host", b"localhost")]),
    ("headers.value-bytes", "headers", [(b"host", "localhost")]),
    ("headers.lowercase", "headers", [(b"Host", b"localhost")]),
    ("headers.no-pseudo", "headers", [(b":authority", b"localhost")]),
    ("client.shape", "client", "127.0.0.1"),
    ("client.host", "client", (None, 50000)),
    ("client.port", "client", ("127.0.0.1", "50000")),
    ("server.shape", "server", ("127.0.0.1",)),
    ("server.host", "server", (b"127.0.0.1", 80)),
    ("server.port", "server", ("127.0.0.1", "80")),
    ("state.type", "state", {1: "one"}),
):
    example(f"http.scope.{_name}", FULL, with_scope(**{_key: _value}))

# --- what HTTP says of the content -------------------------------------------------------------------------


def sized(length: bytes) -> list[Step]:
    """An answer of five bytes that states this length."""
    return starting(headers=[(b"content-length", length)])


def part(told: bytes) -> list[Step]:
    """A part of five bytes, and what content-range says of it."""
    return starting(status=206, headers=[(b"content-range", told)])


NOTHING = [*starting(status=204)[:3], sends("http.response.body"), RETURNS]
example(
    "robust.send-after-failure",
    [scope("http", **_LATE), REQUEST, START, LEAVES, MORE, FAILED, RETURNS],
    [scope("http", **_LATE), REQUEST, START, LEAVES, MORE, FAILED, BODY, FAILED, RETURNS],
)
example("robust.content-length", sized(b"5"), sized(b"6"))
example("robust.partial-content", part(b"bytes 0-4/9"), part(b"bytes 0-5/9"))
example("robust.no-content", NOTHING, starting(status=204))
example("robust.header-syntax", WHOLE, starting(headers=[(b"location", b"/\r\nset-cookie: a=b")]))
