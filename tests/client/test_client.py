"""The test client over HTTP: what was measured of others, and what their users asked for, each a test.

No test sleeps; time limits, where a test is about one, are some hundredths of a second.
"""

from __future__ import annotations

import contextvars
import inspect
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

import asgisim
from asgisim.client import Client
from asgisim.client.transport import Transport

pytestmark = pytest.mark.anyio

START: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": []}
LAST: dict[str, Any] = {"type": "http.response.body", "body": b""}


def start(*headers: tuple[Any, Any], status: Any = 200, **extra: Any) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers), **extra}


def body(content: Any = b"", **extra: Any) -> dict[str, Any]:
    return {"type": "http.response.body", "body": content, **extra}


def sends(*events: dict[str, Any]) -> Any:
    """An app that sends these and returns."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        for event in events:
            await send(dict(event))

    return app


class Recorder:
    """Keeps the scope and the body of each request; answers 200."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError("http alone")
        self.scopes.append(scope)
        while True:
            event = await receive()
            self.events.append(event)
            if not event.get("more_body"):
                break
        await send(start())
        await send(body(b"".join(event["body"] for event in self.events)))


# The scope


async def test_the_scope_is_right() -> None:
    app = Recorder()
    async with Client(app) as client:
        headers = [("X-Mixed", "a"), ("x-mixed", "b"), ("Accept", "text/html")]
        await client.request("get", "/caf%C3%A9%20x/%2Fy?q=a%20b&%E2%82%AC", headers=headers)
    (scope,) = app.scopes
    assert scope["asgi"] == {"version": "3.0", "spec_version": "2.5"}
    assert (scope["type"], scope["http_version"], scope["method"], scope["scheme"]) == (
        "http", "1.1", "GET", "http",
    )  # fmt: skip
    assert scope["path"] == "/café x//y"
    assert scope["raw_path"] == b"/caf%C3%A9%20x/%2Fy"
    assert scope["query_string"] == b"q=a%20b&%E2%82%AC"
    assert scope["root_path"] == ""
    assert [value for name, value in scope["headers"] if name == b"x-mixed"] == [b"a", b"b"]
    assert (b"host", b"testserver") in scope["headers"]
    assert scope["client"] == ["127.0.0.1", 50000]
    assert scope["server"] == ["testserver", 80]
    assert scope["state"] == {}
    assert scope["extensions"].keys() == {
        "http.response.trailers", "http.response.early_hint", "http.response.debug",
    }  # fmt: skip
    assert client.findings == client.notes == []


async def test_every_scope_key_can_be_overridden() -> None:
    app = Recorder()
    tls = {"tls": {"server_cert": None, "client_cert_chain": []}}
    async with Client(
        app, base_url="https://example.org:8443", root_path="/api", client=None, http_version="2",
        spec_version="2.3", extensions=tls, scope={"state": ..., "mine": 1},
    ) as client:  # fmt: skip
        await client.get("/users", extensions={"scope": {"mine": 2, "server": ["/run/app.sock", None]}})
        await client.get("/api/users")
    scope, second = app.scopes
    assert (scope["root_path"], scope["path"], scope["raw_path"]) == ("/api", "/api/users", b"/api/users")
    assert second["path"] == "/api/users"
    assert (scope["scheme"], scope["client"], scope["http_version"]) == ("https", None, "2")
    assert scope["asgi"]["spec_version"] == "2.3"
    assert scope["extensions"] == tls
    assert "state" not in scope
    assert (scope["mine"], second["mine"]) == (2, 1)
    assert scope["server"] == ["/run/app.sock", None]
    assert second["server"] == ["example.org", 8443]


async def test_a_scope_can_be_made_by_a_callable() -> None:
    app = Recorder()
    async with Client(app, scope=lambda scope: {**scope, "path": "/other"}) as client:
        await client.get("/")
    assert app.scopes[0]["path"] == "/other"


async def test_after_the_body_receive_waits_and_then_tells_the_disconnect() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((await receive())["type"])
        with anyio.move_on_after(0.01) as waited:
            await receive()
        seen.append("waited" if waited.cancelled_caught else "did not wait")
        await send(START)
        await send(LAST)
        seen.append((await receive())["type"])
        seen.append((await receive())["type"])

    async with Client(app, lifespan="off") as client:
        await client.get("/")
    assert seen == ["http.request", "waited", "http.disconnect", "http.disconnect"]


# What a misbehaving app meets

LEGAL: dict[str, list[dict[str, Any]]] = {
    "no keys beyond what must be": [
        {"type": "http.response.start", "status": 200},
        {"type": "http.response.body"},
    ],
    "a body in pieces": [START, body(b"a", more_body=True), body(b"", more_body=True), body(b"b")],
    "late body": [START, LAST, LAST],
}


@pytest.mark.parametrize("events", LEGAL.values(), ids=LEGAL)
async def test_what_is_legal_passes(events: list[dict[str, Any]]) -> None:
    async with Client(sends(*events)) as client:
        assert (await client.get("/")).status_code == 200
    assert client.findings == []


async def test_headers_may_be_a_generator() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send({**START, "headers": (pair for pair in [(b"a", b"b")])})
        await send(LAST)

    async with Client(app) as client:
        assert (await client.get("/")).headers["a"] == "b"


BROKEN: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "body before start": ("http.response.start.before-body", [LAST]),
    "start twice": ("http.response.start.once", [START, START, LAST]),
    "unknown type": ("http.send.types", [{"type": "http.response.bogus"}, START, LAST]),
    "no status": ("http.response.start.status", [{"type": "http.response.start"}, LAST]),
    "status a str": ("http.response.start.status", [start(status="200"), LAST]),
    "status 99": ("http.response.start.status", [start(status=99), LAST]),
    "names as str": ("http.response.start.headers", [start(("a", "b")), LAST]),
    "CR LF": ("robust", [start((b"a", b"b\r\nc: d")), LAST]),
    "upper case": ("http.response.start.headers.lowercase", [start((b"X-A", b"b")), LAST]),
    "body a str": ("http.response.body.body", [START, body("text")]),
    "content-length too large": ("robust", [start((b"content-length", b"9")), body(b"a")]),
    "content-length too small": ("robust", [start((b"content-length", b"1")), body(b"abc")]),
    "body with 204": ("robust", [start(status=204), body(b"a")]),
    "more_body to the end": ("http.response.body.final", [START, body(b"part", more_body=True)]),
    "nothing": ("http.response.start.sent", []),
    "undeclared trailers": (
        "ext.trailers.announced", [START, LAST, {"type": "http.response.trailers", "headers": []}],
    ),
    "unlisted extension": ("ext.pathsend", [START, {"type": "http.response.pathsend", "path": "/x"}]),
    "no body": ("http.response.start.followed-by-body", [START]),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "events"), BROKEN.values(), ids=BROKEN)
async def test_a_break_is_raised_with_its_timeline(rule: str, events: list[dict[str, Any]]) -> None:
    async with Client(sends(*events)) as client:
        with pytest.raises(asgisim.BrokenRules) as caught:
            await client.get("/")
    assert caught.value.report.broken[0].startswith(rule)
    assert "server  http" in str(caught.value)
    assert client.findings == caught.value.report.findings


@pytest.mark.parametrize("mode", ["collect", "off"])
async def test_breaks_are_collected_or_not_looked_for(mode: str) -> None:
    app = sends(start((b"X-A", b"b")), body(b"yes"))
    async with Client(app, on_finding=mode) as client:
        response = await client.get("/")
    assert (response.status_code, response.content) == (200, b"yes")
    assert bool(client.findings) == (mode == "collect")


@pytest.mark.parametrize("mode", ["collect", "off"])
async def test_what_cannot_be_understood_is_a_protocol_error(mode: str) -> None:
    async with Client(sends(start(status="200"), LAST), on_finding=mode) as client:
        with pytest.raises(httpx.RemoteProtocolError, match="unusable event"):
            await client.get("/")


async def test_a_body_cut_short_is_a_protocol_error_where_breaks_are_not_raised() -> None:
    async with Client(sends(START, body(b"part", more_body=True)), on_finding="off") as client:
        with pytest.raises(httpx.RemoteProtocolError, match="before its response was complete"):
            await client.get("/")


async def test_head_and_204_have_no_body_for_the_client() -> None:
    async with Client(sends(start((b"content-length", b"3")), body(b"abc"))) as client:
        response = await client.head("/")
    assert (response.content, response.headers["content-length"]) == (b"", "3")


async def test_an_exception_is_raised_or_becomes_a_500() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise KeyError("lost")

    async with Client(app) as client:
        with pytest.raises(KeyError, match="lost"):
            await client.get("/")
    async with Client(app, raise_app_exceptions=False) as client:
        assert (await client.get("/")).status_code == 500
    assert client.findings == []
    assert [note.rule.id for note in client.notes] == ["robust.crash"]


async def test_an_exception_after_the_answer_is_raised_too() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send(start(status=500))
        await send(body(b"sorry"))
        raise ZeroDivisionError("in the background")

    async with Client(app) as client:
        with pytest.raises(ZeroDivisionError, match="background"):
            await client.get("/")
    async with Client(app, raise_app_exceptions=False) as client:
        assert (await client.get("/")).text == "sorry"


async def test_a_test_that_fails_keeps_its_own_exception() -> None:
    go, done = anyio.Event(), anyio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send(START)
        await send(body(b"a", more_body=True))
        await go.wait()
        await send(START)
        done.set()

    async def fails(client: Client) -> None:
        async with client.stream("GET", "/"):
            go.set()
            await done.wait()
            raise LookupError("the test's own")

    client = Client(app)
    with pytest.raises(LookupError, match="own"):
        await fails(client)
    with pytest.raises(asgisim.BrokenRules, match=r"http\.response\.start\.once"):
        await client.aclose()


async def test_context_variables_are_isolated() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        seen.append(variable.get())
        variable.set("the app's")
        await send(START)
        await send(LAST)

    variable.set("the test's")
    async with Client(app) as client:
        await client.get("/")
        await client.get("/")
    assert seen == ["none", "none"]
    assert variable.get() == "the test's"
    async with Client(app, context=contextvars.copy_context()) as client:
        await client.get("/")
    assert seen[2] == "the test's"


# Streams


async def test_request_and_response_stream_in_turns() -> None:
    """Each piece is sent only when the other side asks: neither is gathered."""
    order: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send(START)
        more = True
        while more:
            event = await receive()
            more = event["more_body"]
            order.append(f"app {event['body']!r}")
            await send(body(event["body"].upper(), more_body=more))

    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"a", b"b"):
            order.append(f"gives {piece!r}")
            yield piece

    async with Client(app) as client, client.stream("POST", "/", content=pieces()) as response:
        got = [piece async for piece in response.aiter_raw()]
    assert got == [b"A", b"B"]
    assert order == ["gives b'a'", "app b'a'", "gives b'b'", "app b'b'", "app b''"]


async def test_a_piece_is_seen_before_the_next_is_sent() -> None:
    go = anyio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send(START)
        await send(body(b"one", more_body=True))
        await go.wait()
        await send(body(b"two"))

    got = []
    async with Client(app) as client, client.stream("GET", "/") as response:
        async for piece in response.aiter_raw():
            got.append(piece)
            go.set()  # the app would wait for ever if the first piece were kept back
    assert got == [b"one", b"two"]


@pytest.mark.filterwarnings("ignore:Async generator 'httpx")  # httpx leaves its own to the collector
async def test_an_endless_stream_is_stopped_and_the_app_is_told() -> None:
    ends: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send(start((b"content-type", b"text/event-stream")))
        try:
            while True:
                await send(body(b"data: tick\n\n", more_body=True))
        except OSError:
            ends.append((await receive())["type"])
            ends.append((await receive())["type"])

    async with Client(app) as client:
        async with client.stream("GET", "/") as response:
            lines = response.aiter_lines()
            assert [await anext(lines) for _ in range(3)] == ["data: tick", "", "data: tick"]
        assert ends == ["http.disconnect", "http.disconnect"]
    assert client.findings == []


async def test_an_app_that_waits_for_the_disconnect_gets_it_when_the_response_is_closed() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await receive()
        await send(START)
        await send(body(b"x", more_body=True))
        seen.append((await receive())["type"])

    async with Client(app) as client, client.stream("GET", "/"):
        pass
    assert seen == ["http.disconnect"]


async def test_a_timeout_is_a_disconnect_and_says_where_the_app_waits() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await receive()
        seen.append((await receive())["type"])

    async with Client(app, timeout=0.02) as client:
        with pytest.raises(httpx.ReadTimeout, match=r"sent nothing for 0\.02 s; it waits at test_client\.py"):
            await client.get("/")
    assert seen == ["http.disconnect"]


async def test_an_app_that_never_ends_is_cancelled_when_its_client_has_gone() -> None:
    cancelled: list[bool] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        try:
            await anyio.sleep_forever()
        finally:
            cancelled.append(True)

    async with Client(app, timeout=0.02, grace=0.02) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get("/")
    assert cancelled == [True]
    assert client.findings == []


async def test_a_cancelled_test_is_a_disconnect() -> None:
    seen: list[str] = []
    told = anyio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await receive()
        seen.append((await receive())["type"])
        told.set()

    async with Client(app) as client:
        with anyio.move_on_after(0.02):
            await client.get("/", timeout=None)
        await told.wait()
    assert seen == ["http.disconnect"]


async def test_the_response_begins_with_its_first_body_event() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send(START)
        raise RuntimeError("before any body")

    async with Client(app, raise_app_exceptions=False) as client:
        assert (await client.get("/")).status_code == 500


async def test_an_upload_that_fails_is_a_disconnect_for_the_app_and_an_error_for_the_test() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        seen.append((await receive())["type"])
        seen.append((await receive())["type"])

    async def pieces() -> AsyncIterator[bytes]:
        yield b"a"
        raise LookupError("no more")

    async with Client(app) as client:
        with pytest.raises(LookupError, match="no more"):
            await client.post("/", content=pieces())
    assert seen == ["http.request", "http.disconnect"]


async def test_trailers_and_early_hints_come_with_the_response() -> None:
    link = b"</style.css>; rel=preload; as=style"
    app = sends(
        {"type": "http.response.early_hint", "links": [link]},
        start((b"trailer", b"x-sum"), trailers=True),
        body(b"abc"),
        {"type": "http.response.trailers", "headers": [(b"x-sum", b"3")]},
    )
    async with Client(app) as client:
        response = await client.get("/")
    assert response.content == b"abc"
    assert response.extensions["early_hints"] == [[link]]
    assert response.extensions["trailers"] == [(b"x-sum", b"3")]


async def test_repeated_response_headers_are_kept() -> None:
    async with Client(sends(start((b"a", b"1"), (b"a", b"2")), LAST)) as client:
        assert (await client.get("/")).headers.get_list("a") == ["1", "2"]


async def test_background_work_is_done_when_the_call_returns() -> None:
    done: list[bool] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send(START)
        await send(LAST)
        await anyio.lowlevel.checkpoint()
        done.append(True)

    async with Client(app) as client:
        await client.get("/")
        assert done == [True]


# What httpx does, and users asked for


async def web(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    event = await receive()
    headers = dict(scope["headers"])
    if scope["path"] == "/old":
        await send(start((b"location", b"http://testserver/new?x=1"), (b"set-cookie", b"a=1"), status=307))
        await send(LAST)
        return
    await send(start())
    said = [scope["method"].encode(), scope["query_string"], headers.get(b"cookie", b""), event["body"]]
    await send(body(b" ".join(said)))


async def test_redirects_keep_their_method_and_cookies_are_kept() -> None:
    async with Client(web, follow_redirects=True) as client:
        assert (await client.put("/old", content=b"text")).text == "PUT x=1 a=1 text"
        assert (await client.get("/")).text == "GET  a=1 "


async def test_asgi_2_apps_work() -> None:
    def app(scope: Any) -> Any:
        async def instance(receive: Any, send: Any) -> None:
            await web(scope, receive, send)

        return instance

    async with Client(app) as client:
        assert (await client.get("/")).text.startswith("GET")


async def test_the_transport_goes_under_any_httpx_client() -> None:
    async with httpx.AsyncClient(transport=Transport(web), base_url="http://testserver") as client:
        assert (await client.get("/")).text.startswith("GET")


async def test_requests_overlap() -> None:
    both = anyio.Event()
    inside = 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal inside
        assert scope["type"] == "http"
        inside += 1
        if inside == 2:
            both.set()
        await both.wait()
        await send(START)
        await send(LAST)

    async with Client(app) as client, anyio.create_task_group() as group:
        group.start_soon(client.get, "/")
        group.start_soon(client.get, "/")
    assert inside == 2


@pytest.mark.parametrize("wrong", [{"on_finding": "shout"}, {"lifespan": "maybe"}, {"edition": "9.9"}])
async def test_wrong_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Client(web, **wrong)


def test_httpx_is_loaded_when_the_client_is() -> None:
    code = "import sys, asgisim; before = 'httpx' in sys.modules; asgisim.Client; assert not before"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_httpx_the_extra_is_named() -> None:
    code = """
import sys, asgisim
sys.modules['httpx'] = None
try:
    asgisim.Client
except ImportError as error:
    assert "asgisim[client]" in str(error), error
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def snippets() -> dict[str, Any]:
    """The tests that the docs page is made of; what a snippet defines is there for those after it."""
    text = (Path(__file__).parents[2] / "docs/how-to/test-client.md").read_text("utf-8")
    names: dict[str, Any] = {}
    for snippet in re.findall(r"```python\n(.*?)```", text, re.S):
        exec(snippet, names)
    return {name: value for name, value in names.items() if name.startswith("test_")}


@pytest.mark.filterwarnings("ignore:Async generator 'httpx")
@pytest.mark.parametrize("name", snippets())
async def test_the_docs_page(name: str) -> None:
    test = snippets()[name]
    await (test() if inspect.iscoroutinefunction(test) else anyio.to_thread.run_sync(test))
