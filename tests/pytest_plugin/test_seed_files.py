"""Seed files as tests, in a pytest of its own."""

from __future__ import annotations

import re
from pathlib import Path

from asgisim.model import seeds
from asgisim.model.seeds import Known, Seed
from asgisim.space import plain_request
from tests.pytest_plugin.running import APPS, run

CAPITAL = "http.response.start.headers.lowercase"


def test_seeds_are_collected(tmp_path: Path) -> None:
    (tmp_path / "pluginapps.py").write_text(APPS)
    known = (Known(CAPITAL),)
    for name, app, expected in (
        ("clean", "good", ()),
        ("broken", "capital", ()),
        ("known", "capital", known),
        ("gone", "good", known),
        ("known_elsewhere", "capital", (Known(CAPITAL, versions={"python": "<3.0"}),)),
    ):
        seeds.write(tmp_path / f"{name}.asgi.json", Seed(plain_request(), f"pluginapps:{app}", expected))
    (tmp_path / "wrong.asgi.json").write_text("{}")
    done = run(tmp_path, str(tmp_path))
    out = done.stdout
    assert re.search(r"3 failed, 2 passed, 1 xfailed, 1 warning", out), out + done.stderr
    assert f"{CAPITAL}: the app breaks a MUST\n" in out
    assert f'gone.asgi.json: {CAPITAL} is no longer broken; change what is expected to "clean"' in out
    assert "wrong.asgi.json: format: expected the number 1, but got None" in out
    assert f"{CAPITAL} is known to be broken" in out
