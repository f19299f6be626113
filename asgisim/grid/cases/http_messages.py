"""Requests and their answers: bodies come and go whole, connections are used again, many at once."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from asgisim.frameworks import contract
from asgisim.grid.cases.table import Table, answer, expect, same, whole
from asgisim.grid.driver import Driver
from asgisim.grid.exchange import Ask, Call, Reply

TABLE = Table("http-messages", "www#request-receive-event")
RESPONSE = "www#response-body-send-event"
EVERY = bytes(range(256))
PATH, ECHO, UPLOAD = Ask(), Ask("POST", b"/echo"), Ask("POST", b"/upload")
JSON = ((b"Content-Type", b"application/json"),)
FORM = ((b"Content-Type", b"application/x-www-form-urlencoded"),)


def echoed(driver: Driver, *parts: bytes, **how: bool) -> Reply:
    """The body comes back as it was sent."""
    chunked = how.get("chunked", False)
    reply = answer(Ask("POST", b"/echo", body=parts, chunked=chunked))(driver)
    same(b"".join(parts), reply.body, "the body")
    return reply


def body_of(call: Call) -> bytes:
    """The request body as receive gave it."""
    return b"".join(bytes(one.get("body", b"")) for one in call.received("http.request"))


def echo(name: str, sentence: str, *parts: bytes, **how: Any) -> None:
    """A row for a body that comes back, and arrives at the app's boundary as it was sent."""

    def do(driver: Driver) -> None:
        echoed(driver, *parts)
        call = driver.call()
        same(b"".join(parts), body_of(call), "the body at the app's boundary")

    TABLE.add(name, sentence, do, **how)


def get(name: str, sentence: str, target: bytes, body: bytes, status: int = 200, **how: Any) -> None:
    """A row for a GET with this answer."""

    def do(driver: Driver) -> None:
        same(body, answer(Ask(target=target), status)(driver).body, "the body")

    TABLE.add(name, sentence, do, **{"section": RESPONSE, **how})


get("root", "A fixed text.", b"/", contract.GREETING)
get("health", "A short text.", b"/health", b"OK")
get("sync", "A synchronous endpoint answers as any other.", b"/sync", b"sync")
get("delay", "An answer that takes its time arrives.", b"/delay?seconds=0.05", b"waited 0.05 s")
get("large", "An answer of 100 KiB is whole.", b"/large?size=102400", b"x" * 102400)
get("very-large", "An answer of 1 MiB is whole.", b"/large?size=1048576", b"x" * 1048576)
get("default-size", "A parameter that is missing has its default.", b"/large", b"x" * 1024)
get("file", "A file is sent whole.", b"/file", contract.FILE)

echo("echo-empty", "An empty body.", b"")
echo("echo-text", "A body of text.", b"Hello, world")
echo("echo-binary", "A body of all byte values.", EVERY)
echo("echo-utf-8", "A body of UTF-8 is not touched.", "zw\u00f6lf \U0001f600".encode())
echo("echo-zeros", "A body of NUL bytes.", bytes(1000))
echo(
    "echo-newlines",
    "A body of line ends is not taken for anything else.",
    b"\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
)


@TABLE.case("echo-large", "A body of 100 KiB comes back byte by byte.")
def echo_large(driver: Driver) -> None:
    echoed(driver, driver.random.randbytes(102400))


@TABLE.case("echo-very-large", "A body of 1 MiB is read whole.")
def echo_very_large(driver: Driver) -> None:
    data = driver.random.randbytes(1 << 20)
    told = json.loads(answer(Ask("POST", b"/upload", body=(data,)))(driver).body)
    same({"count": len(data), "sha256": hashlib.sha256(data).hexdigest()}, told, "length and digest")


@TABLE.case("echo-type", "The answer has the request's content type.")
def echo_type(driver: Driver) -> None:
    reply = answer(Ask("POST", b"/echo", ((b"Content-Type", b"text/x-own"),), (b"a",)))(driver)
    same([b"text/x-own"], [one.split(b";")[0] for one in reply.values(b"content-type")], "content-type")


# --- the events ---------------------------------------------------------------------------------------


TWO = Ask("POST", b"/echo", body=(b"first ", b"second"), pause=0.01)


@TABLE.case("body-bytes", "body is bytes and nothing like it.", where="sockets")
def body_bytes(driver: Driver) -> None:
    answer(TWO)(driver)
    kinds = {type(one.get("body", b"")) for one in driver.call().received("http.request")}
    expect(kinds == {bytes}, "bodies of the type bytes", sorted(one.__name__ for one in kinds))


@TABLE.case("more-body-bool", "more_body is a bool.", where="sockets")
def more_body(driver: Driver) -> None:
    answer(TWO)(driver)
    kinds = {type(one.get("more_body", False)) for one in driver.call().received("http.request")}
    expect(kinds == {bool}, "more_body of the type bool", sorted(one.__name__ for one in kinds))


@TABLE.case(
    "one-last-event",
    "Exactly one http.request is the last one, and nothing of the body follows it.",
    where="sockets",
)
def one_last(driver: Driver) -> None:
    answer(TWO)(driver)
    flags = [bool(one.get("more_body", False)) for one in driver.call().received("http.request")]
    # An app that knows the length may not ask for the last one.
    expect(flags and all(flags[:-1]), "more_body true but for the last event", flags)


@TABLE.case("bodyless-post", "A POST without a body gives one empty event.", where="sockets")
def bodyless(driver: Driver) -> None:
    answer(Ask("POST", b"/echo", ((b"Content-Length", b"0"),)))(driver)
    found = driver.call().received("http.request")
    same([b""], [one.get("body", b"") for one in found], "the bodies")
    same([False], [one.get("more_body", False) for one in found], "more_body")


@TABLE.case(
    "disconnect-after-answer",
    "After a complete answer receive gives http.disconnect, or waits; no second body.",
    where="sockets",
    section="www#disconnect-receive-event-http",
)
def after_answer(driver: Driver) -> str:
    answer(Ask("POST", b"/echo", body=(b"a",)))(driver)
    given = driver.call().received()
    ends = [
        n for n, one in enumerate(given) if one.get("type") == "http.request" and not one.get("more_body")
    ]
    if not ends:
        return "not asked, not even for the end of the body"
    expect(len(ends) == 1, "one end of the body", [one.get("type") for one in given])
    late = [str(one.get("type")) for one in given[ends[0] + 1 :]]
    return late[0] if late else "not asked"


# --- what frameworks read -----------------------------------------------------------------------------


@TABLE.case("json", "A JSON body is parsed, whatever its parts are.")
def json_body(driver: Driver) -> None:
    reply = answer(Ask("POST", b"/json", JSON, (b'{"a": [1, ', b"null]}")))(driver)
    same({"received": {"a": [1, None]}}, json.loads(reply.body), "the answer")


@TABLE.case("json-array", "A JSON array is parsed as well.")
def json_array(driver: Driver) -> None:
    reply = answer(Ask("POST", b"/json", JSON, (b'[1, "\xc3\xa9"]',)))(driver)
    same({"received": [1, "\u00e9"]}, json.loads(reply.body), "the answer")


@TABLE.case("form", "An URL-encoded form is parsed.")
def form(driver: Driver) -> None:
    reply = answer(Ask("POST", b"/form", FORM, (b"a=1&b=", b"%C3%A9+x")))(driver)
    same({"a": "1", "b": "\u00e9 x"}, json.loads(reply.body), "the fields")


@TABLE.case(
    "headers", "Request headers by the framework's own interface.", section="www#http-connection-scope"
)
def headers(driver: Driver) -> None:
    reply = answer(Ask(target=b"/headers", headers=((b"X-One", b"1"), (b"X-Two", b"a b"))))(driver)
    told = json.loads(reply.body)
    same(("1", "a b"), (told.get("x-one"), told.get("x-two")), "x-one and x-two")


@TABLE.case(
    "repeated-header",
    "What the framework's mapping makes of a header that comes twice.",
    section="www#http-connection-scope",
    level="silent",
)
def repeated_header(driver: Driver) -> str:
    reply = answer(Ask(target=b"/headers", headers=((b"X-One", b"1"), (b"X-One", b"2"))))(driver)
    return repr(json.loads(reply.body).get("x-one"))


@TABLE.case(
    "redirect", "A redirect has its location, and is not followed.", section="www#response-start-send-event"
)
def redirect(driver: Driver) -> None:
    reply = answer(Ask(target=b"/redirect"), 302)(driver)
    same([b"/health"], reply.values(b"location"), "location")


@TABLE.case("background", "Work after the answer does not hold it back, and is done.", section=RESPONSE)
def background(driver: Driver) -> None:
    state = Ask(target=b"/lifespan/state")
    before = json.loads(answer(state)(driver).body)["background"]
    same(b"later", answer(Ask(target=b"/background"))(driver).body, "the body")
    done = driver.until(lambda: json.loads(answer(state)(driver).body)["background"] > before)
    expect(done, "one more background task done", f"still {before}")


# --- connections --------------------------------------------------------------------------------------


@TABLE.case("keep-alive", "Five requests on one connection.", where="sockets", section="")
def keep_alive(driver: Driver) -> None:
    for reply in driver.asks(*[Ask(target=b"/health")] * 5):
        same(b"OK", whole(reply, 200).body, "the body")


@TABLE.case(
    "keep-alive-post",
    "Requests after a body was read: each is answered for itself.",
    where="sockets",
    section="",
)
def keep_alive_post(driver: Driver) -> None:
    bodies = (b"one", b"", b"three")
    replies = driver.asks(*[Ask("POST", b"/echo", body=(one,)) for one in bodies])
    same(bodies, tuple(whole(one, 200).body for one in replies), "the bodies")


@TABLE.case(
    "keep-alive-unread",
    "A body that the app does not read is not taken for the next request.",
    where="sockets",
    section="",
)
def keep_alive_unread(driver: Driver) -> str:
    first, second = driver.asks(
        Ask("POST", b"/noread", body=(b"GET /evil HTTP/1.1\r\n\r\n",)), Ask(target=b"/health")
    )
    same(b"not read", whole(first, 200).body, "the body")
    paths = [one.scope.get("path") for one in driver.calls(1, ended=False)]
    expect("/evil" not in paths, "no request out of the body", paths)
    if not second.status:
        return "the connection is closed"
    same(b"OK", whole(second, 200).body, "the second body")
    return "the connection is kept"


@TABLE.case("keep-alive-stream", "A request after a streamed answer.", where="sockets", section="")
def keep_alive_stream(driver: Driver) -> None:
    first, second = driver.asks(Ask(target=b"/stream-with-empty"), Ask(target=b"/health"))
    same((b"onetwo", b"OK"), (whole(first, 200).body, whole(second, 200).body), "the bodies")


@TABLE.case("keep-alive-error", "A request after an answer of 404.", where="sockets", section="")
def keep_alive_error(driver: Driver) -> None:
    first, second = driver.asks(Ask(target=b"/status/404"), Ask(target=b"/health"))
    same((404, 200), (whole(first).status, whole(second).status), "the statuses")


@TABLE.case("pipelined", "Three requests sent at once are answered in order.", where="sockets", section="")
def pipelined(driver: Driver) -> None:
    replies = driver.asks(*(Ask(target=b"/status/%d" % n) for n in (200, 404, 201)), pipelined=True)
    same((200, 404, 201), tuple(whole(one).status for one in replies), "the statuses")


@TABLE.case(
    "connection-close", "Connection: close ends the connection after the answer.", where="sockets", section=""
)
def connection_close(driver: Driver) -> None:
    reply = driver.raw(b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", ends=True)
    same(b"OK", whole(reply, 200).body, "the body")
    expect(reply.ended, "the connection to be closed", "it stays open")


@TABLE.case(
    "http-1.0", "An HTTP/1.0 request is answered, and the connection ends.", where="sockets", section=""
)
def http10(driver: Driver) -> None:
    reply = driver.raw(b"GET /health HTTP/1.0\r\nHost: a\r\n\r\n", ends=True)
    same(b"OK", whole(reply, 200).body, "the body")
    expect(reply.ended, "the connection to be closed", "it stays open")


@TABLE.case("http-1.0-no-host", "HTTP/1.0 needs no host.", where="sockets", section="")
def http10_no_host(driver: Driver) -> None:
    whole(driver.raw(b"GET /health HTTP/1.0\r\n\r\n"), 200)


@TABLE.case("segments", "A request in single bytes is the same request.", where="sockets", section="")
def segments(driver: Driver) -> None:
    data = b"GET /health?a=1 HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\r\n"
    same(b"OK", whole(driver.raw(data, cuts=range(1, len(data))), 200).body, "the body")
    call = driver.call(ended=False)
    same(("/health", b"a=1"), (call.scope.get("path"), call.scope.get("query_string")), "path and query")


# --- many at once -------------------------------------------------------------------------------------


@TABLE.case("concurrent", "Twenty requests at once are all answered.", section="")
def concurrent(driver: Driver) -> None:
    for reply in driver.together(*[Ask(target=b"/health")] * 20):
        same(b"OK", whole(reply, 200).body, "the body")


@TABLE.case("concurrent-bodies", "Twenty bodies at once come back each to its sender.", section="")
def concurrent_bodies(driver: Driver) -> None:
    bodies = [b"%d" % n * 50 for n in range(20)]
    replies = driver.together(*(Ask("POST", b"/echo", body=(one,)) for one in bodies))
    same(bodies, [whole(one, 200).body for one in replies], "the bodies")


@TABLE.case("concurrent-statuses", "Answers of different statuses are not mixed up.", section="")
def concurrent_statuses(driver: Driver) -> None:
    wanted = [200, 500, 404] * 5
    replies = driver.together(*(Ask(target=b"/status/%d" % n) for n in wanted))
    same(wanted, [whole(one).status for one in replies], "the statuses")


@TABLE.case(
    "concurrent-delays", "Requests that wait do not wait for each other.", section="", where="sockets"
)
def concurrent_delays(driver: Driver) -> None:
    asks = [Ask(target=b"/delay?seconds=0.1")] * 10
    for reply in driver.together(*asks):
        whole(reply, 200)
    calls = [one for one in driver.calls(10) if one.end]
    overlap = max(one.steps[0][0] for one in calls) < min(one.steps[-1][0] for one in calls)
    expect(overlap, "ten calls that overlap", "one after the other")


@TABLE.case("concurrent-sync", "Synchronous endpoints are served at once as well.", section="")
def concurrent_sync(driver: Driver) -> None:
    for reply in driver.together(*[Ask(target=b"/sync")] * 8):
        same(b"sync", whole(reply, 200).body, "the body")
