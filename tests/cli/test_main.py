"""The command line: exit statuses, the one line of an error, and what each command prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asgisim.bench.itself import BARE, CAMPAIGN
from asgisim.bench.measuring import Row
from asgisim.cli.main import main
from asgisim.model import seeds

APPS = """
async def good(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError("only http")
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hi"})

import logging
print("imported")

async def capital(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError("only http")
    print("called")
    logging.getLogger("x").error("logged")
    headers = [(b"Content-Type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hi"})
"""
CAPITAL = "http.response.start.headers.lowercase"
FUZZ = ["fuzz", "--max-examples", "100"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own, with apps."""
    (tmp_path / "cliapps.py").write_text(APPS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield tmp_path
    sys.modules.pop("cliapps", None)


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    error = capsys.readouterr().err
    assert error.startswith("usage: asgisim ")
    assert error.splitlines()[-1].startswith("asgisim: expected a command: fuzz, check, replay, ")


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert main(["fuzz", "--help"]) == 0
    assert "exit status: 0 nothing broken" in capsys.readouterr().out


def test_check_of_a_good_app(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "cliapps:good"]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == "asgisim check cliapps:good: nothing broken"
    assert " 0 broken, " in second


def test_check_tells_saves_and_replays(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check = [*FUZZ, "cliapps:capital", "--only", CAPITAL]
    assert main([*check, "--save", "seeds", "--format", "json", "--output", "out.json"]) == 1
    data = json.loads((folder / "out.json").read_text())
    (finding,) = data["findings"]
    assert finding["rule"] == CAPITAL
    assert data["rules"]["broken"] == [CAPITAL]
    path = finding["seed_file"]
    assert path == os.path.join("seeds", f"{finding['id']}.asgi.json")
    assert seeds.read(path).rule == CAPITAL
    # The finding is in the baseline; the same run says so and is well.
    assert main([*check, "--baseline", "out.json"]) == 0
    assert "1 finding in the baseline, not told again." in capsys.readouterr().out
    # The seed fails until the app is mended.
    assert main(["replay", "seeds"]) == 1
    told = capsys.readouterr().out
    assert told.startswith(f"{CAPITAL}: the app breaks a MUST\n")
    assert f"  Replay  asgisim replay {path}\n" in told
    assert main(["replay", path, "--app", "cliapps:good"]) == 0


def test_replay_of_known_and_gone_breaks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*FUZZ, "cliapps:capital", "--only", CAPITAL, "--save", "seeds", "-q"]) == 1
    (path,) = Path("seeds").iterdir()
    seed = seeds.read(path)
    seed.expected = (seeds.Known(CAPITAL),)
    seeds.write(path, seed)
    capsys.readouterr()
    assert main(["replay", str(path)]) == 0
    assert "1 known break as expected.\n" in capsys.readouterr().out
    assert main(["replay", str(path), "--app", "cliapps:good"]) == 0
    assert (
        f'{path}: {CAPITAL} is no longer broken: change what is expected to "clean"'
        in capsys.readouterr().out
    )
    seed.expected = (seeds.Known(CAPITAL, "app", {"python": "<3"}),)
    seeds.write(path, seed)
    assert main(["replay", str(path)]) == 1


def test_same_run_same_json(folder: Path) -> None:
    texts = []
    for name in ("a.json", "b.json"):
        assert (
            main(["fuzz", "cliapps:capital", "--max-examples", "300", "--format", "json", "--output", name])
            == 1
        )
        data = json.loads((folder / name).read_text())
        assert data.pop("seconds") >= 0
        texts.append(data)
    assert texts[0] == texts[1]


def test_nothing_exercised_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*FUZZ, "cliapps:good", "--only", "websocket.accept"]) == 2
    assert capsys.readouterr().err == (
        "asgisim: cliapps:good: nothing was exercised; look at --only, --protocol and --path\n"
    )


def test_level_and_ignore(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*FUZZ, "cliapps:capital", "--ignore", CAPITAL, "-q"]) == 0
    # Not even what the app prints and logs.
    assert capsys.readouterr() == ("", "")


TRACE = """\
     0  server  http                 GET /x?y  headers=[(b'host', b'localhost')]
     1  app     http.response.start  status=200, headers=[(b'content-type', b...
     2  app     http.response.body   body=b'hi'
     3  app     returns

"""


def test_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "cliapps:good", "GET", "/x?y"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(TRACE)
    assert out.splitlines()[-1].startswith("Rules: ")
    assert main(["trace", "cliapps:capital", "GET", "/", "-v"]) == 1
    out = capsys.readouterr().out
    assert f"{CAPITAL}: the app breaks a MUST" in out
    assert f"\n  {CAPITAL}\n" in out


def test_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "robust"]) == 0
    lines = capsys.readouterr().out.splitlines()
    told = "robust.blocked-loop (app, should): The event loop is never blocked"
    assert any(line.startswith(told) for line in lines)
    assert max(map(len, lines)) <= 80
    assert main(["rules", CAPITAL]) == 0
    page = capsys.readouterr().out
    assert page.startswith(f"{CAPITAL}\n\n  ")
    assert "\n  Kept:\n     0  server  http" in page
    assert "\n  Broken:\n     0  server  http" in page
    assert main(["rules", CAPITAL, "--format", "json"]) == 0
    (data,) = json.loads(capsys.readouterr().out)
    assert (data["id"], data["party"]) == (CAPITAL, "app")


def test_as_a_module_in_a_process_of_its_own(folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-m", "asgisim", "trace", "cliapps", "GET", "/"],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "imported\nasgisim: the module 'cliapps' has no 'app'; it has cliapps:good, cliapps:capital\n"
    )


def test_bench_of_asgisim_itself(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [Row(name, cpu=[2.0, 2.0]) for name in (BARE, CAMPAIGN)]
    monkeypatch.setattr("asgisim.bench.suites.measure", lambda *_: rows)
    monkeypatch.setattr("asgisim.bench.suites.itself.cases", list)
    monkeypatch.setattr("asgisim.bench.suites.wire.cases", list)
    assert main(["bench", "--self"]) == 0
    told = "scenarios per second of CPU time: yes, 500,000 (500,000 to 500,000), at least 5,000\n"
    assert told in capsys.readouterr().out
    assert main(["bench", "--self", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == [row.to_json() for row in rows]
