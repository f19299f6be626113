"""Campaigns in another interpreter: one in which asgisim is not installed."""

from __future__ import annotations

import json
import os
import signal
import threading
import venv
from pathlib import Path

import pytest

from asgisim.fuzz.campaign import Settings
from asgisim.fuzz.remote import RemoteError, fuzz_remote
from asgisim.fuzz.worker import Order, campaign_from_json, campaign_to_json
from asgisim.space import Route
from asgisim.spec.editions import edition
from asgisim.spec.rules import Level

GOOD = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError("only http")
    print("a word on standard output")
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})
"""
BAD = GOOD.replace('"status": 200', '"status": "200"')
DIES = """
import os, sys

async def app(scope, receive, send):
    if scope["type"] == "http":
        print("a last word", file=sys.stderr, flush=True)
        os.kill(os.getpid(), 9)
    raise ValueError
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    return str(folder / "bin" / "python")


def order(folder: Path, source: str, **settings: object) -> Order:
    (folder / "tried.py").write_text(source)
    values = {"max_examples": 200, "max_time": 20.0, "protocols": ("http",), **settings}
    return Order("tried:app", Settings(**values), folder=str(folder))  # type: ignore[arg-type]


def test_a_good_app_stays_clean_and_may_print(python: str, tmp_path: Path) -> None:
    seen: list[int] = []
    remote = fuzz_remote(python, order(tmp_path, GOOD), lambda examples, seconds: seen.append(examples))
    assert [found.finding.line() for found in remote.campaign.findings] == []
    assert remote.campaign.examples >= 200
    assert seen
    assert remote.versions["python"]


def test_findings_come_over_whole(python: str, tmp_path: Path) -> None:
    campaign = fuzz_remote(python, order(tmp_path, BAD)).campaign
    assert campaign.broken == ["http.response.start.status.type"]
    found = campaign.findings[0]
    assert found.scenario.exchanges[0].protocol == "http"
    assert len(found.trace) > 2
    again = campaign_from_json(json.loads(json.dumps(campaign_to_json(campaign, "tried:app"))))
    assert again == campaign


def test_the_same_order_finds_the_same(python: str, tmp_path: Path) -> None:
    one, two = (fuzz_remote(python, order(tmp_path, BAD, seed=3)).campaign for _ in range(2))
    assert [f.to_json("t") for f in one.findings] == [f.to_json("t") for f in two.findings]


def test_an_app_that_does_not_import_is_told(python: str, tmp_path: Path) -> None:
    with pytest.raises(RemoteError, match="hypothesis"):
        fuzz_remote(python, order(tmp_path, "import hypothesis"))


def test_a_worker_that_dies_is_told_with_its_last_words(python: str, tmp_path: Path) -> None:
    with pytest.raises(RemoteError, match=r"(?s)signal 9 \(SIGKILL\).*a last word"):
        fuzz_remote(python, order(tmp_path, DIES))


def test_an_interpreter_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(RemoteError, match="cannot start"):
        fuzz_remote(str(tmp_path / "nothing"), order(tmp_path, GOOD))


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals")
def test_ctrl_c_ends_it_with_what_was_found(python: str, tmp_path: Path) -> None:
    def interrupt(examples: int, seconds: float) -> None:
        if examples == 50:
            os.kill(os.getpid(), signal.SIGINT)

    long = order(tmp_path, BAD, max_examples=1_000_000, max_time=60.0)
    campaign = fuzz_remote(python, long, interrupt).campaign
    assert campaign.interrupted
    assert campaign.broken == ["http.response.start.status.type"]
    assert campaign.seconds < 30


def test_an_order_survives_json() -> None:
    settings = Settings(
        routes=[Route("GET", "/", "http")],
        protocols=("http",),
        edition=edition("2.3 (2023-05)"),
        only=("http.",),
        level=Level.MUST,
    )
    told = Order("a:app", settings, True, "folder", [Route("POST", "/p", "http")])
    assert Order.from_json(json.loads(json.dumps(told.to_json()))) == told
