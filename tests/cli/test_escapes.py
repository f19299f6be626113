"""What an app, or a file of a stranger, says to a terminal is shown to the user and never said to it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import asgisim
from asgisim import target
from asgisim.cli.main import main

FORMS = ("text", "markdown", "github", "junit", "sarif", "html")
SPEAKS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]"
)  # what a terminal, or an editor, does something for
EVIL = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e"
APP = f"""
SAID = {EVIL!a}

class Weird(Exception):
    pass

Weird.__name__ = "We" + SAID

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise Weird(SAID)
    await receive()
    await send({{"type": "http.response.start", "status": 200, "headers": [(SAID, SAID)], SAID: SAID}})
    await send({{"type": "http." + SAID}})
    raise Weird("boom " + SAID)
"""
SEED = {
    "format": 1,
    "target": "escaping:app",
    "scenario": {"scope": {"type": "http", "asgi": {"version": "3.0"}, "path": "/"}},
    "expected": [{"rule": "http.response.start.once", "party": "app"}],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "escaping.py").write_text(APP, "utf-8")
    (tmp_path / "unimportable.py").write_text(f"raise RuntimeError({EVIL!a})\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(list(arguments))
    told = "".join(capsys.readouterr())
    assert told
    assert SPEAKS.findall(told) == []
    return status, told


@pytest.mark.parametrize("form", FORMS)
def test_an_app(folder: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    arguments = ("fuzz", "escaping:app", "--max-examples", "40", "--format", form, "-v")
    assert shown(capsys, *arguments)[0] == 1
    if form == "text":
        assert shown(capsys, "trace", "escaping:app", "GET", "/")[0] == 1
        status, told = shown(capsys, "check", "unimportable:app")
        assert (status, told.count("\\x1b[2J")) == (2, 1)


@pytest.mark.parametrize("form", FORMS)
def test_a_seed_of_an_evil_name(folder: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    (folder / f"a{EVIL}\n.asgi.json").write_text(json.dumps(SEED), "utf-8")
    status, told = shown(capsys, "replay", str(folder), "--format", form)
    assert status == 1
    assert form != "text" or "is no longer broken" in told


@pytest.mark.parametrize(
    "changes",
    [{EVIL: 1}, {"target": f"a{EVIL}:app"}, {"expected": [{"rule": EVIL}]}, {"scenario": {EVIL: EVIL}}],
)
def test_an_evil_seed(folder: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, object]) -> None:
    (folder / "a.asgi.json").write_text(json.dumps({**SEED, **changes}), "utf-8")
    assert shown(capsys, "replay", "a.asgi.json")[0] == 2


def test_an_evil_baseline_and_configuration(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = {"target": "escaping:app", "rule": EVIL, "party": EVIL, "protocol": "http", "message": EVIL}
    (folder / "base.json").write_text(
        json.dumps({"baseline": 1, "findings": [{**entry, "id": EVIL}]}), "utf-8"
    )
    status, told = shown(capsys, "fuzz", "escaping:app", "--max-examples", "40", "--baseline", "base.json")
    assert status == 1
    assert "no longer found" in told
    (folder / "pyproject.toml").write_text(f"[tool.asgisim]\n{json.dumps(EVIL)} = 1\n", "utf-8")
    assert shown(capsys, "check", "escaping:app")[0] == 2


def test_an_error_in_a_users_own_test(folder: Path) -> None:
    app = target.load("escaping:app").app
    trace = asgisim.simulate(app, asgisim.Scenario.parse("http GET /", "recv 0 event http.request"))
    with pytest.raises(asgisim.BrokenRules) as raised:
        asgisim.judge(trace).raise_for_findings()
    assert SPEAKS.findall(str(raised.value)) == []
    assert "\\x1b[2J" in str(raised.value)
