"""Runs pytest in a process of its own, with nothing but what a test names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

APPS = """
def make(name, status=200):
    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise ValueError(scope["type"])
        await send({"type": "http.response.start", "status": status, "headers": [(name, b"text/plain")]})
        await send({"type": "http.response.body", "body": b"hi"})
    return app

good, capital = make(b"content-type"), make(b"Content-Type")
"""


def run(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """``pytest ARGUMENTS`` in a folder, with asgisim's plugin and those that the arguments name."""
    command = [sys.executable, "-m", "pytest", "-p", "asgisim.pytest_plugin", "-p", "no:cacheprovider"]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "COLUMNS": "200",  # or the summary is cut where no CI is told of
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / ".hypothesis"),
        **(env or {}),
    }
    environment.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(
        [*command, "-q", "-rA", "--color=no", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=240,
    )
