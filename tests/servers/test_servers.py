"""Every server starts, answers and stops, and nothing of it is left, whatever becomes of us."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from pathlib import Path

import pytest

from asgisim import servers
from asgisim.servers import Launch, Server, ServerError, ServerMissing, features
from asgisim.servers.warden import alive

APP = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            print("seen", kind, flush=True)
            await send({"type": kind + ".complete"})
            if kind == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


async def failing(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})
"""
STACKS = [
    "uvicorn-h11-wsproto",
    "uvicorn-httptools-websockets-sansio@uvloop",
    "uvicorn-h11-websockets",
    "hypercorn",
    "hypercorn@uvloop",
    "hypercorn@trio",
    "daphne",
    "granian",
    "granian@uvloop",
    "gunicorn",
    "gunicorn@uvloop",
]
CONFIGURATIONS = [
    *STACKS,
    *(name for name in servers.PLAIN if not any(one.startswith(name) for one in STACKS)),
]
UNIX = [name for name in servers.PLAIN if "unix" in servers.find(name)[0].can]


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "plain.py").write_text(APP)
    return str(tmp_path)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_server_answers_and_stops(name: str, folder: str) -> None:
    with servers.start(name, "plain:app", path=[folder]) as running:
        with urllib.request.urlopen(running.url + "/here", timeout=10) as answer:
            assert answer.read() == b"/here"
        assert running.status is None
    assert running.clean, running.log()
    assert not alive(running.pid)
    with socket.socket() as probe:
        assert probe.connect_ex(running.address()) != 0
    if "lifespan" in running.server.can:
        assert "seen lifespan.startup" in running.log()
        assert "seen lifespan.shutdown" in running.log()
    assert running.stop() == running.status


@pytest.mark.parametrize("name", UNIX)
def test_a_server_listens_on_a_unix_socket(name: str, folder: str) -> None:
    with servers.start(name, "plain:app", path=[folder], uds=True) as running:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(running.address())
            client.sendall(b"GET /u HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: client.recv(4096), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"/u" in answer
    assert not Path(running.uds).exists()


def test_invalid_start_shows_the_log(folder: str) -> None:
    with pytest.raises(ServerError, match="no database"):
        servers.start("uvicorn", "plain:failing", path=[folder])


def test_invalid_app_shows_the_log(folder: str) -> None:
    with pytest.raises(ServerError, match="nothing_here"):
        servers.start("hypercorn", "nothing_here:app", path=[folder])


def test_a_missing_package_names_the_extra() -> None:
    missing = Server("mine", lambda launch: [], ("no_such_package",), features("http/1.1"))
    with pytest.raises(ServerMissing, match=r"no_such_package.*asgisim\[servers\]"):
        servers.start(missing, "plain:app")


def test_unknown_names_are_told() -> None:
    with pytest.raises(ServerError, match=r"hypercorn.*but got 'nginx'"):
        servers.find("nginx")
    with pytest.raises(ServerError, match=r"asyncio.*but got 'trio'"):
        servers.find("uvicorn@trio")
    with pytest.raises(ServerError, match="cannot be loaded"):
        servers.find("no_such_module:SERVER")
    with pytest.raises(ServerError, match=r"expected an asgisim\.servers\.Server"):
        servers.find("os:path")


def _own_command(launch: Launch) -> list[str]:
    return [launch.python, "-m", "uvicorn", launch.app, "--port", str(launch.port), "--host", launch.host]


OWN = Server("own", _own_command, ("uvicorn",), features("http/1.1"), takes_fd=False, clean=(-15,))


def test_a_third_party_server_binds_by_itself(folder: str) -> None:
    name = f"{__name__}:OWN"
    with (
        servers.start(name, "plain:app", path=[folder]) as running,
        urllib.request.urlopen(running.url) as answer,
    ):
        assert answer.status == 200
    assert running.clean


STUBBORN = Server(
    "stubborn",
    lambda launch: [launch.python, "-c", _STUBBORN, str(launch.fd)],
    (),
    features("http/1.1"),
)
_STUBBORN = """
import signal, socket, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
sock = socket.socket(fileno=int(sys.argv[1]))
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
sock.listen()
while True:
    time.sleep(1)
"""


def test_a_server_that_will_not_stop_is_killed_with_its_children() -> None:
    with servers.start(STUBBORN, "x:app") as running:
        begun = time.monotonic()
        assert running.stop(grace=0.2) == -signal.SIGKILL
    assert time.monotonic() - begun < 5
    assert not running.clean
    assert _gone(running.pid, 5)


def _gone(group: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while alive(group):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("name", ["uvicorn", "granian", "gunicorn"])
def test_no_orphan_when_we_die(name: str, number: signal.Signals, folder: str) -> None:
    code = f"""
        import sys, time
        from asgisim import servers
        running = servers.start({name!r}, "plain:app", path=[{folder!r}])
        print(running.pid, flush=True)
        time.sleep(60)
    """
    owner = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert owner.stdout is not None
        group = int(owner.stdout.readline())
        assert alive(group)
        owner.send_signal(number)
        owner.wait(timeout=10)
        assert _gone(group, 10)
    finally:
        owner.kill()
        owner.wait()
        if owner.stdout is not None:
            owner.stdout.close()


def test_no_descriptor_is_leaked(folder: str) -> None:
    with servers.start("uvicorn", "plain:app", path=[folder]):
        pass
    before = sorted(os.listdir("/proc/self/fd"))
    for _ in range(3):
        with servers.start("uvicorn", "plain:app", path=[folder]):
            pass
    assert sorted(os.listdir("/proc/self/fd")) == before
