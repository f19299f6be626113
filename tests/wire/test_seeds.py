"""Seed files of findings over sockets: written, read, refused, and run again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from asgisim.cli.main import main
from asgisim.model.seeds import Known, SeedError
from asgisim.wire import seeds
from asgisim.wire.space import CASES, LIFESPAN_CASE, made


@pytest.mark.parametrize("name", CASES)
def test_what_is_written_is_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / "one.asgi.json"
    seed = seeds.WireSeed(
        made(CASES[name]), "reference", (Known("wire.http.date", "server"),), "a note", "wire.http.date"
    )
    seed.listens = {"tls": True, "workers": 2}
    seeds.write(path, seed)
    assert seeds.is_wire(path)
    assert seeds.read(path).to_json() == seed.to_json()


def test_other_files_are_not_wire_seeds(tmp_path: Path) -> None:
    path = tmp_path / "one.asgi.json"
    for text in ("", "[]", '{"scenario": {"scope": {}}}', '{"scenario": 1}', "\xff"):
        path.write_text(text, encoding="latin-1")
        assert not seeds.is_wire(path)
    assert not seeds.is_wire(tmp_path / "none")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": 2}, "format: expected 1"),
        ({"odd": 1}, "odd"),
        ({"listens": {"tls": 1}}, "listens: expected an object with tls, unix, workers, app"),
        ({"listens": {"port": 1}}, "listens: expected an object with"),
        ({"scenario": {"wire": [["nobody", 0, "send"]]}}, "scenario.wire"),
        ({"expected": "dirty"}, "expected"),
        ({"rule": "no.such.rule"}, "rule"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(change: dict[str, object], told: str, tmp_path: Path) -> None:
    path = tmp_path / "one.asgi.json"
    data = {**seeds.WireSeed(made(CASES["get"]), "reference").to_json(), **change}
    path.write_text(json.dumps(data))
    with pytest.raises(SeedError, match=told) as caught:
        seeds.read(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (["client", 0, "request", {"verb": "b:GET"}], "client request: expected keys out of method"),
        (["client", 0, "request", {"headers": {"a": "b"}}], "request.headers: expected a list of pairs"),
        (["client", 0, "frame", {"data": "text"}], "frame.data: expected bytes"),
    ],
)
def test_replay_refuses_a_step_that_no_client_can_play(
    step: list[object], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.asgi.json"
    data = seeds.WireSeed(made(CASES["get"]), "reference").to_json()
    path.write_text(json.dumps({**data, "scenario": {"wire": [step]}}))
    assert main(["replay", str(path)]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert str(path) in error
    assert "Traceback" not in error


def test_replay_of_what_is_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seeds.write(tmp_path / "get.asgi.json", seeds.WireSeed(made(CASES["get"]), "reference"))
    seeds.write(tmp_path / "life.asgi.json", seeds.WireSeed(made(LIFESPAN_CASE), "reference"))
    assert main(["replay", str(tmp_path), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["examples"] == 2
    assert {"http.scope.path.percent-decoded", "lifespan.shutdown.sent"} <= set(told["rules"]["held"])


def test_a_known_break_that_is_gone_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = (Known("wire.http.date", "server"),)
    seeds.write(tmp_path / "get.asgi.json", seeds.WireSeed(made(CASES["get"]), "reference", known))
    assert main(["replay", str(tmp_path)]) == 0
    assert "wire.http.date is no longer broken" in capsys.readouterr().out


def test_a_seed_without_a_target_needs_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seeds.write(tmp_path / "get.asgi.json", seeds.WireSeed(made(CASES["get"])))
    assert main(["replay", str(tmp_path)]) == 2
    assert "--server" in capsys.readouterr().err
    assert main(["replay", str(tmp_path), "--server", "reference"]) == 0


def test_pytest_collects_them(tmp_path: Path) -> None:
    seeds.write(tmp_path / "get.asgi.json", seeds.WireSeed(made(CASES["get"]), "reference"))
    known = (Known("wire.http.date", "server"),)
    seeds.write(tmp_path / "known.asgi.json", seeds.WireSeed(made(CASES["get"]), "reference", known))
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        words, capture_output=True, text=True, cwd=tmp_path, env=env, timeout=60, check=False
    )
    assert "2 passed, 1 warning" in done.stdout
