"""Seeds are on disk as soon as their finding is confirmed, whole, and outlive whatever ends the process."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import asgisim
from asgisim import files
from asgisim.cli.keeping import Keeper, identity_of
from asgisim.cli.main import main
from asgisim.fuzz.campaign import fuzz
from asgisim.fuzz.findings import Found
from asgisim.fuzz.settings import Settings
from asgisim.model import seeds

# It breaks a rule at once. From its 400th call on it tells so in a file, and goes on: the campaign lasts.
APP = """
import os

calls = 0

async def app(scope, receive, send):
    global calls
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    calls += 1
    if calls == 400:
        open("ready", "w").close()
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Big", b"1")]})
    await send({"type": "http.response.body"})
"""
RULE = "http.response.start.headers.lowercase"
FUZZ = ["fuzz", "lasting:app", "--path", "GET:/", "--protocol", "http", "--save", "seeds", "--seed", "1"]


async def capital(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Big", b"1")]})
    await send({"type": "http.response.body"})


def lasting(folder: Path, *options: str) -> subprocess.Popen[str]:
    """A campaign that goes on for an hour, once it has found what there is."""
    (folder / "lasting.py").write_text(APP, "utf-8")
    limits = ["--max-examples", "100000000", "--max-time", "3600"]
    command = [sys.executable, "-m", "asgisim", *FUZZ, *limits, *options]
    root = str(Path(asgisim.__file__).parents[1])
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    while not (folder / "ready").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    return process


def kept(folder: Path) -> list[seeds.Seed]:
    return [seeds.read(path) for path in sorted((folder / "seeds").glob(f"*{seeds.SUFFIX}"))]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_what_was_found_outlives_a_kill(tmp_path: Path) -> None:
    with lasting(tmp_path) as process:
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert [seed.rule for seed in kept(tmp_path)] == [RULE]
    assert [path for path in (tmp_path / "seeds").iterdir() if not path.name.endswith(seeds.SUFFIX)] == []


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process on this system")
@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["alone", "workers"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_report_what_was_found_and_keep_it(
    tmp_path: Path, number: signal.Signals, options: tuple[str, ...]
) -> None:
    with lasting(tmp_path, *options) as process:
        process.send_signal(number)
        out, err = process.communicate()
    assert process.returncode == 130, err
    assert RULE in out
    assert [seed.rule for seed in kept(tmp_path)] == [RULE]


# Ctrl-C reaches this one inside an exec of a str: it sends it to itself there.
INSIDE = """
import os, signal

calls = 0
INTERRUPT = f"os.kill({os.getpid()}, signal.SIGINT)\\nfor _ in range(10_000_000): pass"

async def app(scope, receive, send):
    global calls
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    calls += 1
    if calls == 20:
        exec(INTERRUPT)
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body"})
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process on this system")
def test_ctrl_c_inside_an_evaluated_str_is_an_end_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "inside.py").write_text(INSIDE, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "asgisim", "fuzz", "inside:app", "--path", "/", "--protocol", "http"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(asgisim.__file__).parents[1])},
        check=False,
    )
    assert done.returncode == 130, done.stderr
    assert "nterrupted" in done.stdout + done.stderr


class Watching(Keeper):
    """Notes what lies in the folder after each call."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder, "mine:app")
        self.seen: list[tuple[bool, list[str]]] = []

    def __call__(self, found: Found, stands: bool) -> None:
        super().__call__(found, stands)
        if found.finding.rule.id == RULE:
            self.seen.append((stands, sorted(os.listdir(self.folder))))


def test_a_smaller_witness_takes_the_place_of_the_first(tmp_path: Path) -> None:
    keeper = Watching(str(tmp_path))
    result = fuzz(capital, Settings(max_examples=50, protocols=("http",), search=False), keep=keeper)
    [found] = result.findings
    assert [stands for stands, _ in keeper.seen] == [True, True]
    assert [len(names) for _, names in keeper.seen] == [1, 1]
    assert keeper.seen[0] != keeper.seen[1], "the first witness was made smaller"
    assert keeper.seen[1][1] == [f"{found.id('mine:app')}{seeds.SUFFIX}"]


def test_what_does_not_stand_goes_but_never_what_was_there_before(tmp_path: Path) -> None:
    [found] = fuzz(capital, Settings(max_examples=50, protocols=("http",), search=False)).findings
    first = Keeper(str(tmp_path), "mine:app")
    first(found, True)
    assert len(kept_names := os.listdir(tmp_path)) == 1
    second = Keeper(str(tmp_path), "mine:app")
    second(found, True)
    second(found, False)
    second.settle([])
    assert os.listdir(tmp_path) == kept_names
    first(found, False)
    assert os.listdir(tmp_path) == []


def test_a_baseline_gets_no_seed(tmp_path: Path) -> None:
    [found] = fuzz(capital, Settings(max_examples=50, protocols=("http",), search=False)).findings
    Keeper(str(tmp_path), "mine:app", identity_of(found, "mine:app"))(found, True)
    assert os.listdir(tmp_path) == []


def test_workers_leave_one_seed_for_each_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lasting.py").write_text(APP, "utf-8")
    monkeypatch.chdir(tmp_path)
    options = ["--max-examples", "400", "--workers", "2", "--format", "json"]
    assert main([*FUZZ, *options]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    names = sorted(os.path.basename(one["seed_file"]) for one in findings)
    assert sorted(os.listdir(tmp_path / "seeds")) == names


def test_of_two_that_make_a_file_one_has_made_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    assert files.write_new(path, "one\n")
    assert not files.write_new(path, "two\n")
    assert path.read_text() == "one\n"
    assert os.listdir(path.parent) == ["file"]


def test_a_file_made_between_the_look_and_the_write_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("theirs")
    monkeypatch.setattr(os.path, "lexists", lambda _: False)
    assert not files.write_new(tmp_path / "file", "ours")
    assert (tmp_path / "file").read_text() == "theirs"
    assert os.listdir(tmp_path) == ["file"]


def test_a_file_that_is_none_is_written_into(tmp_path: Path) -> None:
    link = tmp_path / "nothing"
    link.symlink_to("/dev/null")
    files.write_text(link, "lost")
    assert link.is_symlink()
    files.write_text("/dev/null", "lost")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def limited(arguments: list[str], folder: Path, size: int) -> subprocess.CompletedProcess[str]:
    """asgisim where no file may grow beyond so many bytes, as on a disk that is full."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails in place of the process
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    root = str(Path(asgisim.__file__).parents[1])
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": root}
    return subprocess.run(
        [sys.executable, "-m", "asgisim", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        preexec_fn=limit,
        timeout=120,
    )


@pytest.mark.parametrize("command", ["fuzz", "check"])
def test_no_room_for_a_seed_is_told(tmp_path: Path, command: str) -> None:
    (tmp_path / "lasting.py").write_text(APP, "utf-8")
    more = ["--max-examples", "300"] if command == "fuzz" else []
    words = [command, "lasting:app", "--path", "GET:/", "--protocol", "http", "--save", "seeds", *more]
    done = limited(words, tmp_path, 100)
    assert done.returncode == 2
    assert done.stderr == "asgisim: --save: seeds cannot be written: File too large\n"
    assert RULE in done.stdout  # the report is not lost with it
    assert os.listdir(tmp_path / "seeds") == []


def test_no_room_for_the_report_is_told(tmp_path: Path) -> None:
    (tmp_path / "lasting.py").write_text(APP, "utf-8")
    (tmp_path / "out.json").write_text("old")
    words = ["check", "lasting:app", "--path", "GET:/", "--format", "json", "--output", "out.json"]
    done = limited(words, tmp_path, 100)
    assert done.returncode == 2
    assert done.stderr == "asgisim: --output: out.json cannot be written: File too large\n"
    assert (tmp_path / "out.json").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["lasting.py", "out.json", "ready"]


@pytest.mark.timeout(120)
def test_two_runs_on_one_folder(tmp_path: Path) -> None:
    (tmp_path / "lasting.py").write_text(APP, "utf-8")
    command = [sys.executable, "-m", "asgisim", *FUZZ, "--max-examples", "600", "--format", "json"]
    environment = {**os.environ, "PYTHONPATH": str(Path(asgisim.__file__).parents[1])}
    piped: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    runs = [subprocess.Popen(command, cwd=tmp_path, env=environment, **piped) for _ in range(3)]
    told = [run.communicate(timeout=100) for run in runs]
    assert [run.returncode for run in runs] == [1, 1, 1], told
    named = {os.path.basename(one["seed_file"]) for out, _ in told for one in json.loads(out)["findings"]}
    assert set(os.listdir(tmp_path / "seeds")) == named
    for name in named:
        seeds.read(tmp_path / "seeds" / name)
