"""The command line as a process among others: pipes that close, Ctrl-C, odd encodings, a terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

APP = """
import pathlib

calls = []

async def app(scope, receive, send):
    calls.append(scope["type"])
    if len(calls) == 50:  # beyond the look at what the app takes
        pathlib.Path("called").touch()
    if scope["type"] != "http":
        raise ValueError("only http")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Caf\\xc3\\xa9", b"1")]})
    await send({"type": "http.response.body", "body": b"hi"})

async def odd(scope, receive, send):
    raise ValueError("na\\u00efve \\u2192")
"""
ASGISIM = [sys.executable, "-m", "asgisim"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "termapp.py").write_text(APP)
    return tmp_path


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **more}


@pytest.mark.parametrize(
    ("arguments", "status"), [(["rules"], 0), (["trace", "termapp", "GET", "/", "-v"], 1)]
)
def test_closed_pipe_changes_nothing_and_says_nothing(
    folder: Path, arguments: list[str], status: int
) -> None:
    reading, writing = os.pipe()
    os.close(reading)  # as head does when it has seen enough, but surely before anything is written
    with subprocess.Popen(
        [*ASGISIM, *arguments], cwd=folder, stdout=writing, stderr=subprocess.PIPE, env=environment()
    ) as process:
        os.close(writing)
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(60) == status


@pytest.mark.parametrize("more", [[], ["--python", sys.executable]], ids=["here", "--python"])
def test_interrupt_gives_the_report_and_130(folder: Path, more: list[str]) -> None:
    arguments = ["fuzz", "termapp", "--max-examples", "1000000000", "--max-time", "200", *more]
    with subprocess.Popen(
        [*ASGISIM, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
    ) as process:
        began = time.monotonic()
        while not (folder / "called").exists() and time.monotonic() - began < 60:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, (out, err)
    assert err == ""
    assert "asgisim fuzz termapp: " in out
    assert "nterrupted" in out


def test_what_the_encoding_lacks_is_escaped(folder: Path) -> None:
    done = subprocess.run(
        [*ASGISIM, "trace", "termapp:odd", "GET", "/"],
        cwd=folder,
        capture_output=True,
        env=environment(PYTHONIOENCODING="ascii"),
        timeout=60,
    )
    assert done.returncode == 1
    assert rb"ValueError: na\xefve \u2192" in done.stdout
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colour_is_for_terminals_alone(folder: Path, variables: dict[str, str], coloured: bool) -> None:
    kept = {key: value for key, value in environment(TERM="xterm", COLUMNS="60").items() if key != "NO_COLOR"}
    pid, descriptor = pty.fork()
    if not pid:
        os.chdir(folder)
        os.execve(sys.executable, [*ASGISIM, "rules", "http.response.start.once"], {**kept, **variables})
    shown = b""
    while True:
        try:
            more = os.read(descriptor, 65536)
        except OSError:  # Linux says so at the end
            break
        if not more:
            break
        shown += more
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert (b"\x1b[" in shown) is coloured
    assert b"http.response.start is sent a single time." in shown


@pytest.mark.parametrize("arguments", ["rules", "rules --format json", "--help", "--version", "fuzz --help"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_goes_away_is_no_error(folder: Path, arguments: str, unbuffered: str) -> None:
    command = f'"{sys.executable}" -m asgisim {arguments} | true; exit ${{PIPESTATUS[0]}}'
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_nobody_to_tell_an_error_to(folder: Path) -> None:
    command = f'"{sys.executable}" -m asgisim fux 2>&1 >/dev/null | true; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment(), capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (2, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_no_room_on_standard_output_is_told(folder: Path) -> None:
    with open("/dev/full", "w") as full:
        command = [*ASGISIM, "rules"]
        done = subprocess.run(
            command, cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, env=environment()
        )
    told = "asgisim: standard output cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, told)
