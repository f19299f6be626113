"""Seed files as tests, in a pytest of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from asgisim import seeds
from asgisim.fuzz.campaign import plain_request
from asgisim.seeds import Known, Seed

CAPITAL = "http.response.start.headers.lowercase"
APPS = """
def make(name):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(name, b"text/plain")]})
        await send({"type": "http.response.body", "body": b"hi"})
    return app

good, capital = make(b"content-type"), make(b"Content-Type")
"""


def test_seeds_are_collected(tmp_path: Path) -> None:
    (tmp_path / "pluginapps.py").write_text(APPS)
    known = (Known(CAPITAL),)
    for name, app, expected in (
        ("clean", "good", ()),
        ("broken", "capital", ()),
        ("known", "capital", known),
        ("gone", "good", known),
    ):
        seeds.write(tmp_path / f"{name}.asgi.json", Seed(plain_request(), f"pluginapps:{app}", expected))
    (tmp_path / "wrong.asgi.json").write_text("{}")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "asgisim.pytest_plugin",
        "-q",
        "-rA",
        "--color=no",
        str(tmp_path),
    ]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=120)
    out = done.stdout
    assert re.search(r"2 failed, 2 passed, 1 xfailed, 1 warning", out), out + done.stderr
    assert f"{CAPITAL}: the app breaks a MUST\n" in out
    assert f'gone.asgi.json: {CAPITAL} is no longer broken; change what is expected to "clean"' in out
    assert "wrong.asgi.json: format: expected the number 1, but got None" in out
    assert f"{CAPITAL} is known to be broken" in out


def test_the_plugin_loads_neither_hypothesis_nor_rich() -> None:
    program = (
        "import sys; import asgisim.pytest_plugin; "
        "print([m for m in ('hypothesis', 'rich', 'trio', 'h11') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=60,
    )
    assert done.stdout == "[]\n", done.stderr
