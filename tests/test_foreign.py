"""``--python``: a campaign in a process in which nothing of this environment can be imported."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from asgisim import campaigning, foreign
from asgisim.campaigning import Order
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
