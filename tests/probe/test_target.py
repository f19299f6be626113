"""Whom a probe may ask, how often, and what it says where nobody answers."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from asgisim.drive import mirror
from asgisim.probe import target
from asgisim.probe.target import Place, ProbeError, Remote, Spent
from asgisim.serving import Serving


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8000",
        "ftp://127.0.0.1",
        "http://",
        "http://127.0.0.1:99999",
        "http://127.0.0.1/?a=1",
        "http://a:b@127.0.0.1",
    ],
)
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(ProbeError, match="expected a URL"):
        Place(url)


def test_another_machine_is_refused_unless_it_is_allowed() -> None:
    for host in ("192.0.2.1", "[2001:db8::1]", "0.0.0.0"):
        with pytest.raises(ProbeError, match="--allow-remote"):
            Place(f"http://{host}:8000")
        assert Place(f"http://{host}:8000", remote=True).port == 8000


def test_loopback_is_taken() -> None:
    place = Place("http://127.0.0.2:81/under/")
    assert place.address == ("127.0.0.2", 81)
    assert place.prefix == b"/under"
    assert Place("http://[::1]").address == ("::1", 80)
    assert Place("https://localhost").secure


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_nobody_there() -> None:
    remote = Remote(Place(f"http://127.0.0.1:{closed_port()}"))
    with pytest.raises(ProbeError, match="cannot be reached: Connection refused"):
        remote.recognise()


def test_somebody_who_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "PATIENCE", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        remote = Remote(Place(f"http://127.0.0.1:{silent.getsockname()[1]}"))
        with pytest.raises(ProbeError, match=r"gave no HTTP answer in 0\.2 s"):
            remote.recognise()


async def stranger(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        raise NotImplementedError
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"welcome"})


def test_an_app_that_nobody_knows() -> None:
    with Serving(stranger, "reference") as server, pytest.raises(ProbeError, match="neither the puppet"):
        Remote(Place(server.url)).recognise()


def test_rate_and_count_are_kept() -> None:
    with Serving(mirror.app, "reference") as server:
        remote = Remote(Place(server.url), rate=20, count=5)
        begun = time.monotonic()
        for _ in range(5):
            remote.connect().close()
        assert time.monotonic() - begun >= 4 / 20
        with pytest.raises(Spent):
            remote.connect()
        assert remote.used == 5
