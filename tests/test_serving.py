"""`asgisim.serve`: real servers around a test, in threads and processes."""

from __future__ import annotations

import logging
import re
import socket
import textwrap
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest

import asgisim
from asgisim.servers import PLAIN, ServerError

pytest_plugins = ["pytester"]
IN_THREADS = [
    "uvicorn-h11", "uvicorn", "uvicorn@uvloop", "hypercorn", "hypercorn@uvloop", "hypercorn@trio",
    "reference", "reference@uvloop", "reference@trio",
]  # fmt: skip
IN_PROCESSES = list(PLAIN)


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


async def no_database(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


def threads() -> set[threading.Thread]:
    return {one for one in threading.enumerate() if one.name.startswith("asgisim serves ")}


@pytest.mark.parametrize("name", IN_THREADS)
def test_a_closure_is_served_in_a_thread(name: str) -> None:
    seen = []

    async def closure(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])
        await app(scope, receive, send)

    with asgisim.serve(closure, name) as server:
        assert server.in_thread
        assert get(f"{server.url}/here") == b"/here"
        port = server.port
    assert seen == ["lifespan", "http"]
    assert not threads()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    server.stop()  # again, without effect


@pytest.mark.parametrize("name", IN_PROCESSES)
def test_a_named_app_is_served_in_a_process(name: str) -> None:
    with asgisim.serve(f"{__name__}:app", name) as server:
        assert not server.in_thread
        assert get(f"{server.url}/there") == b"/there"


def test_an_app_that_can_be_imported_goes_to_a_process_where_no_thread_will_do() -> None:
    with asgisim.serve(app, "granian") as server:
        assert get(f"{server.url}/there") == b"/there"


@pytest.mark.parametrize(
    "name", ["uvicorn-h11", "hypercorn", "hypercorn@trio", "reference", "reference@trio"]
)
def test_a_failing_startup_is_raised_with_what_was_said(name: str) -> None:
    with pytest.raises(ServerError, match="no database"), asgisim.serve(no_database, name):
        raise AssertionError("not reached")
    assert not threads()


def test_a_failing_startup_in_a_process_shows_the_log() -> None:
    with pytest.raises(ServerError, match="no database"), asgisim.serve(f"{__name__}:no_database", "uvicorn"):
        raise AssertionError("not reached")


async def _serves_beside_the_loop() -> bytes:
    import anyio.to_thread

    async with asgisim.serve(app, "reference") as server:
        return await anyio.to_thread.run_sync(get, f"{server.url}/async")


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_async_with(backend: str) -> None:
    import anyio

    assert anyio.run(_serves_beside_the_loop, backend=backend) == b"/async"


def test_the_port_can_be_chosen() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with asgisim.serve(app, "reference", port=port) as server:
        assert server.port == port
        assert server.ws_url == f"ws://127.0.0.1:{port}"
        with pytest.raises(OSError, match="in use"):
            asgisim.serve(app, "reference", port=port).start()


def test_what_a_server_logs_is_kept_and_the_loggers_are_left_as_they_were(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "uvicorn")
    before = list(logging.getLogger("uvicorn").handlers)
    with asgisim.serve(app, "uvicorn-h11") as server:
        assert "Application startup complete" in server.log()
    assert logging.getLogger("uvicorn").handlers == before


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((lambda: None, "nginx"), "expected a server out of .*hypercorn"),
        ((lambda: None, "daphne@uvloop"), "expected a loop"),
        ((lambda scope: None, "gunicorn"), "runs in a process of its own"),
    ],
)
def test_what_cannot_be_served_is_told(arguments: Any, match: str) -> None:
    with pytest.raises(ServerError, match=match):
        asgisim.serve(*arguments).start()
    with pytest.raises(TypeError, match="expected an app"):
        asgisim.serve(3)


def test_the_page_of_the_docs() -> None:
    page = Path(__file__).parents[1] / "docs/how-to/serve.md"
    (code,) = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    exec(compile(code, str(page), "exec"), {"__name__": "page"})


def test_nothing_before_start() -> None:
    with pytest.raises(ServerError, match="not started"):
        _ = asgisim.serve(app).url


TESTS = """
import urllib.request
import pytest

async def plain(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"plain"})

async def loud(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Loud", b"1")]})
    await send({"type": "http.response.body", "body": b"plain"})

@pytest.fixture(scope="session")
def asgi_app():
    return plain

@pytest.mark.parametrize("number", range(3))
def test_each(asgi_server, number):
    assert urllib.request.urlopen(asgi_server.url).read() == b"plain"

def test_module(module_asgi_server, session_asgi_server):
    assert module_asgi_server.port != session_asgi_server.port
    assert urllib.request.urlopen(module_asgi_server.url).read() == b"plain"

def test_client(asgi_client):
    import anyio
    async def main():
        async with asgi_client as client:
            assert (await client.get("/")).text == "plain"
    anyio.run(main)

@pytest.mark.parametrize("app", [plain, loud])
def test_lint(asgi_lint, app):
    import anyio, httpx
    async def main():
        transport = httpx.ASGITransport(asgi_lint(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            assert (await client.get("/")).text == "plain"
    anyio.run(main)
"""


def test_the_fixtures(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(textwrap.dedent(TESTS))
    result = pytester.runpytest_subprocess("-q", "--asgi-server", "reference", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=7, errors=1)
    result.stdout.fnmatch_lines(["*headers.lowercase: the app breaks a MUST*", "*X-Loud*"])


def test_the_fixtures_with_an_app_by_name(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        named=textwrap.dedent(TESTS), test_named="def test(asgi_server): assert asgi_server.port"
    )
    for server in ("hypercorn", "granian"):
        outcome = pytester.runpytest_subprocess(
            *("-q", "--asgi-server", server, "--asgi-app", "named:plain", "-m", "not asgi_conformance"),
            "test_named.py",
        )
        outcome.assert_outcomes(passed=1)
    pytester.runpytest_subprocess("-q", "test_named.py").stdout.fnmatch_lines(["*override the fixture*"])
