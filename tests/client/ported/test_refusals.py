"""Misbehaving and odd but legal apps: what httpx's and Starlette's clients let pass, and what ours says.

The table of docs/how-to/from-other-clients.md is what these runs give.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

import asgisim
from asgisim.reference import scripted
from tests.client.ported.clients import TestClient

pytestmark = pytest.mark.anyio
PAGE = Path(__file__).parents[3] / "docs/how-to/from-other-clients.md"


@pytest.fixture
def anyio_backend() -> str:
    """On trio the others wrap what they raise in groups: one table is enough."""
    return "asyncio"


START: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": []}
LAST: dict[str, Any] = {"type": "http.response.body", "body": b"hello"}


def start(*headers: tuple[Any, Any], **more: Any) -> dict[str, Any]:
    return {**START, "headers": list(headers), **more}


def body(content: Any, **more: Any) -> dict[str, Any]:
    return {"type": "http.response.body", "body": content, **more}


MISBEHAVING: dict[str, list[dict[str, Any]]] = {
    "body before start": [LAST],
    "start twice": [START, START, LAST],
    "body after the end": [START, LAST, LAST],
    "unknown event type": [{"type": "http.response.bogus"}, START, LAST],
    "no status": [{"type": "http.response.start"}, LAST],
    "status a str": [start(status="200"), LAST],
    "status 99": [start(status=99), LAST],
    "header names as str": [start(("a", "b")), LAST],
    "CR LF in a header value": [start((b"a", b"b\r\nc: d")), LAST],
    "upper-case header name": [start((b"X-A", b"b")), LAST],
    "body a str": [START, body("text")],
    "Content-Length too large": [start((b"content-length", b"9")), LAST],
    "Content-Length too small": [start((b"content-length", b"1")), LAST],
    "body with 204": [start(status=204), LAST],
    "HEAD answered with a body": [start((b"content-length", b"5")), LAST],
    "exits with more_body still true": [START, body(b"part", more_body=True)],
    "never sends anything, returns": [],
    "undeclared trailers": [START, LAST, {"type": "http.response.trailers", "headers": []}],
    "early hint without the extension": [{"type": "http.response.early_hint", "links": []}, START, LAST],
    "raises before the response": [],
    "raises during the response": [START, body(b"part", more_body=True)],
    "never answers": [],
}


def misbehaving(name: str) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await receive()
        for event in MISBEHAVING[name]:
            await send(dict(event))
        if name.startswith("raises"):
            raise ZeroDivisionError(name)
        if name == "never answers":
            await anyio.sleep_forever()

    return app


async def of_httpx(name: str) -> str:
    transport = httpx.ASGITransport(app=misbehaving(name))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        with anyio.move_on_after(0.5 if name == "never answers" else 60):
            return await told(client.request("HEAD" if name.startswith("HEAD") else "GET", "/"))
    return "hangs"


async def of_starlette(name: str) -> str:
    if name == "never answers":
        return "hangs"  # known, and not run: nothing would end it
    return await anyio.to_thread.run_sync(in_starlette, name)


def in_starlette(name: str) -> str:
    client = TestClient(misbehaving(name))
    try:
        client.request("HEAD" if name.startswith("HEAD") else "GET", "/")
    except Exception as error:
        return f"`{type(error).__name__}`"
    return "accepted"


async def of_ours(name: str) -> str:
    extensions: dict[str, Any] = {}  # none is offered
    async with asgisim.Client(
        misbehaving(name), lifespan="off", extensions=extensions, timeout=0.1, grace=0.1
    ) as client:
        said = await told(client.request("HEAD" if name.startswith("HEAD") else "GET", "/"))
        advice = sorted({note.rule.id for note in client.notes} - {"robust.crash"})
    return f"told: `{advice[0]}`" if said == "accepted" and advice else said


async def told(response: Any) -> str:
    try:
        await response
    except asgisim.BrokenRules as error:
        return f"`{error.report.broken[0]}`"
    except Exception as error:
        return f"`{type(error).__name__}`"
    return "accepted"


def table() -> dict[str, list[str]]:
    lines = PAGE.read_text("utf-8").split("| the app does |")[1].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return {name: cells for name, *cells in rows if name in MISBEHAVING}


@pytest.mark.parametrize("name", MISBEHAVING)
async def test_the_table_of_the_page(name: str) -> None:
    got = [await of_httpx(name), await of_starlette(name), await of_ours(name)]
    assert table()[name] == got


def test_the_page_has_every_row() -> None:
    assert table().keys() == MISBEHAVING.keys()
    ours = [cells[2] for cells in table().values()]
    assert [one for one in ours if one == "accepted"] == ["accepted"]  # HEAD, as every server does


# Nothing that the text allows is refused


def app_of(*steps: list[Any]) -> Any:
    return scripted.app([["read"], *steps])


async def generator_of_headers(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    await send({**START, "headers": (pair for pair in [(b"a", b"b")])})
    await send(LAST)


async def sends_after_disconnect(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    await receive()
    await send(START)
    await send(LAST)
    assert (await receive())["type"] == "http.disconnect"
    try:
        await send(LAST)
    except OSError:
        pass


async def raises_at_startup(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        raise RuntimeError("no lifespan here")
    await send(START)
    await send(LAST)


HINT = {"type": "http.response.early_hint", "links": [b"</a.css>; rel=preload"]}
FILE = {"type": "http.response.pathsend", "path": __file__}
COPY = {"type": "http.response.zerocopysend", "file": scripted.FILE, "count": 5}
OPTIONAL = ("scheme", "raw_path", "root_path", "client", "server", "extensions", "state")
LEGAL: dict[str, tuple[Any, dict[str, Any]]] = {
    "start without headers": (
        app_of(["send", {"type": "http.response.start", "status": 200}], ["send", LAST]),
        {},
    ),
    "body without body": (app_of(["send", START], ["send", {"type": "http.response.body"}]), {}),
    "no optional key in the scope": (
        app_of(["send", START], ["send", LAST]),
        {"scope": dict.fromkeys(OPTIONAL, ...)},
    ),
    "no version in asgi": (app_of(["send", START], ["send", LAST]), {"scope": {"asgi": {"version": "3.0"}}}),
    "headers as a generator": (generator_of_headers, {}),
    "headers as a tuple of lists": (
        app_of(["send", {**START, "headers": ((b"a", b"b"),)}], ["send", LAST]),
        {},
    ),
    "sending after the disconnect": (sends_after_disconnect, {}),
    "an exception after lifespan.startup": (raises_at_startup, {}),
    "Content-Length on 304": (
        app_of(["send", start((b"content-length", b"9"), status=304)], ["send", body(b"")]),
        {},
    ),
    "a Transfer-Encoding header": (
        app_of(["send", start((b"transfer-encoding", b"chunked"))], ["send", LAST]),
        {},
    ),
    "an early hint": (app_of(["send", HINT], ["send", START], ["send", LAST]), {}),
    "a path send": (app_of(["send", START], ["send", FILE]), {"extensions": {"http.response.pathsend": {}}}),
    "a zero copy send": (
        app_of(["send", START], ["send", COPY]),
        {"extensions": {"http.response.zerocopysend": {}}},
    ),
    "an unknown key in an event": (app_of(["send", {**START, "own": 1}], ["send", LAST]), {}),
    "an error status": (app_of(["send", start(status=500)], ["send", LAST]), {}),
    "an odd status": (app_of(["send", start(status=299)], ["send", LAST]), {}),
}


@pytest.mark.parametrize(("app", "options"), LEGAL.values(), ids=LEGAL)
async def test_what_is_legal_is_not_refused(app: Any, options: dict[str, Any]) -> None:
    async with asgisim.Client(app, **options) as client:
        response = await client.get("/")
    assert response.status_code in (200, 299, 304, 500)
    assert client.findings == []


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
async def test_content_length_of_head_and_the_target_of_options(method: str) -> None:
    app = app_of(
        ["send", start((b"content-length", b"5"))], ["send", body(b"" if method == "HEAD" else b"hello")]
    )
    async with asgisim.Client(
        app, scope={"path": "*", "raw_path": b"*"} if method == "OPTIONS" else None
    ) as client:
        assert (await client.request(method, "/")).headers["content-length"] == "5"
    assert client.findings == []
