"""Whoever ends a grid, in whatever way: no worker and no server stays behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from asgisim.servers.warden import carriers

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no /proc")

APP = """
import asyncio, pathlib
from asgisim.frameworks.bare_app import app as good

async def app(scope, receive, send):
    if scope.get("path") == "/lifespan/counter":
        pathlib.Path(__file__).with_name("begun").touch()
        await asyncio.sleep(3600)
    await good(scope, receive, send)
"""
MARK = "ASGISIM_TEST_ORPHANS"
WORDS = "--app waits --server reference --server in-process@asyncio --case lifespan/counter --workers 2"


def family(mark: str) -> list[int]:
    """All processes that were started for this test, or by those."""
    return carriers(mark, MARK)


def gone(mark: str, seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while family(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not family(mark)


@pytest.fixture
def grid(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A grid whose cells have begun and do not end for a long time."""
    (tmp_path / "waits.py").write_text(APP, "utf-8")
    environment = {**os.environ, MARK: str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONSAFEPATH": ""}
    words = [*WORDS.split(), "--patience", "5", "--format", "json", "--output", "report.json"]
    with subprocess.Popen(
        [sys.executable, "-m", "asgisim", "grid", *words], cwd=tmp_path, env=environment
    ) as process:
        deadline = time.monotonic() + 120
        while not (tmp_path / "begun").exists() and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.05)
        yield process
        for pid in family(str(tmp_path)):
            os.kill(pid, signal.SIGKILL)


def test_killed(grid: subprocess.Popen[bytes], tmp_path: Path) -> None:
    assert len(family(str(tmp_path))) >= 4, "the grid, two workers and a server"
    grid.kill()
    grid.wait()
    assert gone(str(tmp_path))


def test_told_to_end(grid: subprocess.Popen[bytes], tmp_path: Path) -> None:
    grid.terminate()
    assert grid.wait(120) == 130
    assert gone(str(tmp_path))
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["interrupted"]
