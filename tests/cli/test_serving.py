"""`asgisim serve`, as its user runs it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from asgisim.cli.main import main

APP = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["root_path"].encode()})
"""


@pytest.mark.parametrize("server", ["uvicorn", "hypercorn@trio"])
def test_serve_until_interrupted(server: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(APP)
    command = [sys.executable, "-m", "asgisim", "serve", "mine", "--server", server, "--root-path", "/api"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            url = re.search(r"http://127\.0\.0\.1:\d+", line)
            assert url, line
            with urllib.request.urlopen(f"{url[0]}/api/x", timeout=10) as answer:
                assert answer.read() == b"/api"
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
        finally:
            process.kill()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url[0], timeout=10)


def test_what_cannot_be_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["serve", "nothing:app"]) == 2
    assert "No module named" in capsys.readouterr().err.replace("Could not import", "No module named")
    assert main(["serve", "nothing:app", "--server", "nginx"]) == 2
    assert "there is no server 'nginx'; expected one of" in capsys.readouterr().err
    assert main(["serve", "nothing:app", "--port", "70000"]) == 2
    assert "expected a port" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals on this system")
def test_serve_behind_an_ampersand_ends_by_sigterm(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(APP)
    command = [sys.executable, "-m", "asgisim", "serve", "mine", "--server", "reference"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # as a shell starts it
    ) as process:
        try:
            assert process.stdout is not None
            assert "Ctrl-C stops it" in process.stdout.readline()
            process.terminate()
            assert process.wait(10) == 0
        finally:
            process.kill()
