"""Somebody's own app, by ``--app``: one that follows the contract, and one whose startup fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from asgisim.cli.main import main

APP = """
from asgisim.frameworks.bare_app import app as good

async def app(scope, receive, send):
    await good(scope, receive, send)

async def failing(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})
        return
    await good(scope, receive, send)
"""
SERVERS = ("reference@asyncio", "in-process@asyncio", "in-process@trio")
WORDS = ["--case", "headers/location", "--case", "websocket/text", "--case", "lifespan/startup-once"]


def played(app: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, dict[str, Any]]:
    (folder / "theirs.py").write_text(APP, "utf-8")
    monkeypatch.chdir(folder)
    servers = [word for name in SERVERS for word in ("--server", name)]
    output = ["--format", "json", "--output", "grid.json", "--workers", "2"]
    status = main(["grid", "--app", app, *servers, *WORDS, *output])
    return status, json.loads(Path("grid.json").read_text("utf-8"))


def test_an_app_that_follows_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, report = played("theirs", tmp_path, monkeypatch)
    assert status == 0
    assert [one["cell"]["framework"] for one in report["cells"]] == ["theirs:app"] * 3
    for cell in report["cells"]:
        assert [one["status"] for one in cell["outcomes"]] == ["pass"] * 3, cell["cell"]


def test_an_app_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, report = played("theirs:failing", tmp_path, monkeypatch)
    assert status == 2, "nothing could be asked"
    for cell in report["cells"]:
        assert cell["state"] == "cannot-run"
        assert "no database" in cell["reason"]
