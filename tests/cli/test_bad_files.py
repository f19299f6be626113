"""Options that name a file, given what nobody should write: refused at once, in a line that names it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from asgisim.cli.main import main

APP = "async def app(scope, receive, send):\n    raise ValueError(scope['type'])\n"
# Where the file has to be, and the command that reads it.
READERS = {
    "seed": ("a.asgi.json", "replay a.asgi.json --app quiet:app"),
    "baseline": ("base.json", "fuzz quiet:app --baseline base.json"),
    "configuration": ("pyproject.toml", "fuzz quiet:app"),
    "grid --against": ("old.json", "grid --merge old.json --against old.json"),
    "grid --merge": ("old.json", "grid --merge old.json"),
    "grid --expected": ("mine/x.toml", "grid --framework bare --server reference --expected mine"),
    "bench": ("bench.json", "bench --data bench.json"),
}
CONTENTS = {
    "nothing": b"",
    "not UTF-8": b'a = "\xff"',
    "NUL": b"\x00" * 100,
    "deep": b"[" * 100_000,
    "deep TOML": b"a = " + b"[" * 5000 + b"]" * 5000,
    "deep object": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "a number of 100,000 digits": b'{"format": ' + b"9" * 100_000 + b"}",
    "no number": b'{"format": NaN}',
    "a lone surrogate": b'{"\\ud800": "\\ud800"}',
    "twice the same key": b'{"format": 1, "format": 1}',
    "a list": b"[[]]",
    "null": b"null",
    "another kind": b'{"format": 1, "command": "bench", "kind": "grid", "runs": 1, "expected": 1}',
    "TOML of another kind": b"expected = [1]\n[tool]\nasgisim = 1\n",
}


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.mkdir()


def loop(path: Path) -> None:
    path.symlink_to(path)


NO_FILES = [pipe, device, folder, loop]


def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], reader: str) -> None:
    name, command = READERS[reader]
    assert main(command.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("asgisim: ")
    assert err.count("\n") == 1
    assert Path(name).name in err
    assert len(err) < 1200


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mine").mkdir()
    (tmp_path / "quiet.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("reader", [one for one in READERS if one != "configuration"])
@pytest.mark.parametrize("made", NO_FILES)
def test_what_is_no_file(
    place: Path, capsys: pytest.CaptureFixture[str], reader: str, made: Callable[[Path], None]
) -> None:
    made(place / READERS[reader][0])
    refused(place, capsys, reader)


@pytest.mark.parametrize("made", NO_FILES)
def test_a_configuration_that_is_no_file_is_none(
    place: Path, capsys: pytest.CaptureFixture[str], made: Callable[[Path], None]
) -> None:
    made(place / "pyproject.toml")
    assert main(["trace", "quiet:app", "GET", "/"]) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("content", CONTENTS)
def test_what_is_no_text_of_that_kind(
    place: Path, capsys: pytest.CaptureFixture[str], reader: str, content: str
) -> None:
    if reader in ("configuration", "grid --expected") and content == "nothing":
        return  # an empty TOML file says nothing, and is one
    (place / READERS[reader][0]).write_bytes(CONTENTS[content])
    refused(place, capsys, reader)


def test_a_folder_of_expectations_that_is_none(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grid", "--expected", "quiet.py"]) == 2
    assert "quiet.py: expected a folder" in capsys.readouterr().err
