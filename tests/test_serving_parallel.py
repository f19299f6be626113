"""Servers for each test, in parallel: each gets its own, no port is given twice, nothing stays behind."""

from __future__ import annotations

import os
import socket
import sys
import time
import uuid
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

# Each test's server has an app that answers with the test's own number: another's would show.
TESTS = """
import os
import urllib.request

import pytest

import asgisim

COUNT = {count}


def numbered(number):
    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise NotImplementedError
        await send({{"type": "http.response.start", "status": 200, "headers": []}})
        await send({{"type": "http.response.body", "body": str(number).encode()}})

    return app


app = numbered(os.environ.get("NUMBER"))


@pytest.fixture
def number(request):
    return request.node.callspec.params["n"]


@pytest.fixture
def asgi_app(number):
    return numbered(number)


def ask(server, number):
    with open("ports.txt", "a") as file:
        file.write(f"{{server.port}}\\n")
    for _ in range(3):
        assert urllib.request.urlopen(server.url, timeout=60).read() == str(number).encode()


@pytest.mark.parametrize("n", [n for n in range(COUNT) if n % 4])
def test_in_a_thread(asgi_server, n):
    ask(asgi_server, n)


@pytest.mark.parametrize("n", range(0, COUNT, 4))
def test_in_a_process(n):
    with asgisim.serve("test_numbered:app", "reference", env={{"NUMBER": str(n)}}, timeout=120) as server:
        ask(server, n)
"""


def left(mark: str) -> list[str]:
    """The command lines of processes that have this word in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it has just ended, or is another's
            continue
    return found


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def in_parallel(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    mark = f"asgisim-{uuid.uuid4().hex}"
    monkeypatch.setenv("ASGISIM_PARALLEL_TEST", mark)
    pytester.makepyfile(test_numbered=TESTS.format(count=count))
    # Only what is needed here: each of the four workers loads every plugin anew.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    options = ("-q", "-p", "no:cacheprovider", "-p", "asgisim.pytest_plugin", "-p", "xdist", "-n", "4")
    result = pytester.runpytest_subprocess(*options, "--asgi-server", "uvicorn")
    result.assert_outcomes(passed=count)
    ports = [int(line) for line in (pytester.path / "ports.txt").read_text().split()]
    assert len(ports) == count
    monkeypatch.delenv("ASGISIM_PARALLEL_TEST")
    patience = time.monotonic() + 20
    while (orphans := left(mark)) and time.monotonic() < patience:
        time.sleep(0.2)  # the last worker may still be on its way out
    assert orphans == []
    if os.environ.get("PYTEST_XDIST_WORKER") is None:  # another worker's servers may have got the port since
        assert [port for port in ports if is_open(port)] == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks for what stays behind in /proc")
def test_twelve_servers_at_a_time(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("xdist")
    in_parallel(pytester, monkeypatch, 12)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.skipif(sys.platform != "linux", reason="looks for what stays behind in /proc")
def test_two_hundred_servers(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("xdist")
    in_parallel(pytester, monkeypatch, 200)
