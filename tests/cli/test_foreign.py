"""``--python``: a campaign in a process in which nothing of this environment can be imported."""

from __future__ import annotations

import json
import os
import signal
import sys
import venv
from pathlib import Path

import pytest

from asgisim.cli import campaigning, foreign
from asgisim.cli.campaigning import Order
from asgisim.cli.foreign_child import done_from_json, done_to_json
from asgisim.target import TargetError

APP = """
import sys
assert "hypothesis" not in sys.modules
print("noise on standard output")

async def app(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError("only http")
    headers = [(b"Content-Type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hi"})
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the app in it, and no PYTHONPATH."""
    (tmp_path / "foreignapp.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    return tmp_path


def test_the_same_is_found_there_as_here(monkeypatch: pytest.MonkeyPatch) -> None:
    order = Order("foreignapp", max_examples=100, protocols=["http"])
    # The base interpreter has none of this environment's packages.
    there = foreign.run(getattr(sys, "_base_executable", sys.executable), order)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "hypothesis", raising=False)
    monkeypatch.setattr(sys.modules["asgisim.fuzz.campaign"], "ready", lambda: False)  # as it is there
    here = campaigning.run(order)
    sys.modules.pop("foreignapp", None)

    def told(done: campaigning.Done) -> list[object]:
        return [
            (found.id("foreignapp"), found.count, found.scenario, found.trace)
            for found in done.campaign.findings
        ]

    assert told(there) == told(here)
    assert there.campaign.exercised == here.campaign.exercised
    assert there.campaign.examples == here.campaign.examples
    assert there.file == "foreignapp.py"


@pytest.mark.parametrize(
    ("python", "name", "error"),
    [
        (
            "/no/such/python",
            "foreignapp",
            "--python: expected an interpreter, but /no/such/python",
        ),
        ("/bin/false", "foreignapp", "--python: /bin/false did not finish: it said nothing"),
        (sys.executable, "foreignapp:nope", "the module 'foreignapp' has no 'nope'; it has foreignapp:app"),
    ],
)
def test_invalid_interpreters_and_apps(python: str, name: str, error: str) -> None:
    with pytest.raises(TargetError) as caught:
        foreign.run(python, Order(name, max_examples=10))
    assert str(caught.value).startswith(error)


DIES = """
import os, sys

async def app(scope, receive, send):
    if scope["type"] == "http":
        print("a last word", file=sys.stderr, flush=True)
        os.kill(os.getpid(), 9)
    raise ValueError
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An environment with nothing in it."""
    made = tmp_path_factory.mktemp("environment")
    venv.create(made, with_pip=False, symlinks=True)
    return str(made / "bin" / "python")


def test_findings_come_over_whole(bare: str) -> None:
    seen: list[int] = []
    order = Order("foreignapp", max_examples=200, protocols=["http"])
    done = foreign.run(bare, order, lambda campaign: seen.append(campaign.examples))
    assert "http.response.start.headers.lowercase" in done.campaign.broken
    assert seen
    assert done.versions["python"]
    assert done_from_json(json.loads(json.dumps(done_to_json(done, "foreignapp")))) == done


def test_what_is_not_installed_there_is_told(bare: str, folder: Path) -> None:
    (folder / "foreignapp.py").write_text("import hypothesis")
    with pytest.raises(TargetError, match="needs 'hypothesis'"):
        foreign.run(bare, Order("foreignapp", max_examples=10))


def test_a_child_that_a_signal_ends_is_told_with_its_name(bare: str, folder: Path) -> None:
    (folder / "crashing.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    with pytest.raises(TargetError, match=r"did not finish \(ended by SIGSEGV, after 0 examples\)"):
        foreign.run(bare, Order("crashing", max_examples=10))


def test_a_child_that_dies_is_told_with_its_last_words(bare: str, folder: Path) -> None:
    (folder / "foreignapp.py").write_text(DIES)
    with pytest.raises(TargetError, match=r"did not finish.*a last word"):
        foreign.run(bare, Order("foreignapp", max_examples=10, protocols=["http"]))


def test_ctrl_c_ends_it_with_what_was_found(bare: str) -> None:
    sent: list[int] = []

    def interrupt(campaign: object) -> None:
        if not sent:
            sent.append(1)
            os.kill(os.getpid(), signal.SIGINT)

    order = Order("foreignapp", max_examples=1_000_000, max_time=600.0, protocols=["http"])
    campaign = foreign.run(bare, order, interrupt).campaign
    assert campaign.interrupted
    assert "http.response.start.headers.lowercase" in campaign.broken
    assert campaign.examples < 1_000_000
