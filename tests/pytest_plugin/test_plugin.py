"""What the plugin costs where nothing of it is used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.pytest_plugin.running import run

HEAVY = ("hypothesis", "rich", "trio", "h11", "httpx", "anyio", "asyncio")


def test_an_import_brings_nothing_of_ours_but_the_hooks() -> None:
    program = (
        "import sys, pytest; before = set(sys.modules); import asgisim.pytest_plugin; "
        f"print(sorted(m for m in set(sys.modules) - before if m.startswith('asgisim') or m in {HEAVY!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=60,
    )
    assert done.stdout == "['asgisim', 'asgisim.pytest_plugin']\n", done.stdout + done.stderr


def test_a_run_that_asks_for_nothing_loads_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys\n"
        "def test_it():\n"
        "    ours = sorted(m for m in sys.modules if m.startswith('asgisim'))\n"
        f"    assert ours == ['asgisim', 'asgisim.pytest_plugin'], ours\n"
        f"    assert not set({HEAVY!r}) & set(sys.modules) - {{'asyncio'}}\n"
    )
    done = run(tmp_path)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
