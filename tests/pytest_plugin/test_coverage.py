"""``--asgi-coverage``: suites that use our clients, or other people's, alone or on xdist workers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.pytest_plugin.running import APPS, run

MISSED = "a disconnect in the middle of a request body"
HTTPX = """
import asyncio, httpx
from apps import good

def test_get():
    async def get():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(good), base_url="http://a") as client:
            return await client.get("/")
    assert asyncio.run(get()).text == "hi"
"""
STARLETTE = """
from starlette.testclient import TestClient
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

async def home(request):
    return PlainTextResponse("hi")

app = Starlette(routes=[Route("/", home)])
client = TestClient(app)

def test_home():
    with TestClient(app) as inside:
        assert inside.app is app
        assert inside.get("/").text == "hi"

def test_home_again():
    assert client.get("/").text == "hi"
"""
ASGIREF = """
import asyncio
from asgiref.testing import ApplicationCommunicator
from apps import good
from asgisim.space import plain_request

def test_get():
    async def get():
        talk = ApplicationCommunicator(good, plain_request().exchanges[0].scope)
        await talk.send_input({"type": "http.request"})
        start = await talk.receive_output()
        await talk.receive_output()
        await talk.wait()
        return start
    assert asyncio.run(get())["status"] == 200
"""
OURS = """
import asgisim
from apps import good
from asgisim.space import plain_request

def test_simulated():
    asgisim.judge(asgisim.simulate(good, plain_request())).raise_for_findings()
"""


@pytest.mark.parametrize(
    ("needs", "suite", "exchanges"),
    [
        ("httpx", HTTPX, {"http": 1}),
        ("starlette", STARLETTE, {"http": 2, "lifespan": 1}),
        ("asgiref", ASGIREF, {"http": 1}),
        ("asgisim", OURS, {"http": 1}),
    ],
)
def test_suites_are_watched(tmp_path: Path, needs: str, suite: str, exchanges: dict[str, int]) -> None:
    pytest.importorskip(needs)
    (tmp_path / "apps.py").write_text(APPS)
    (tmp_path / "test_suite.py").write_text(suite)
    done = run(tmp_path, "-W", "ignore", "--asgi-coverage-file", "found/coverage.json")
    assert "ASGI coverage written to found/coverage.json" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0, done.stdout
    data = json.loads((tmp_path / "found" / "coverage.json").read_text())["coverage"]
    assert data["exchanges"] == exchanges
    assert [one["seen"] for one in data["situations"] if one["says"] == MISSED] == [False]
    assert "http.response.start.before-body" in data["rules"]


def test_the_terminal_says_what_is_never_seen(tmp_path: Path) -> None:
    (tmp_path / "apps.py").write_text(APPS)
    (tmp_path / "test_suite.py").write_text(OURS)
    done = run(tmp_path, "--asgi-coverage")
    assert "ASGI coverage" in done.stdout
    assert "Your tests never see:" in done.stdout
    assert f"  http      {MISSED}\n" in done.stdout


def test_workers_are_merged(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    (tmp_path / "apps.py").write_text(APPS)
    repeated = OURS.replace(
        "def test_simulated():", "import pytest\n@pytest.mark.parametrize('n', range(4))\ndef test_it(n):"
    )
    (tmp_path / "test_suite.py").write_text(repeated)
    done = run(tmp_path, "-p", "xdist", "-n", "2", "--asgi-coverage-file", "coverage.html")
    assert "4 passed" in done.stdout, done.stdout + done.stderr
    assert "<td>http</td><td>4</td>" in (tmp_path / "coverage.html").read_text()
