"""Seed files: written whole, read strictly, refused with the place and what was expected."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from asgisim import files
from asgisim.model import seeds
from asgisim.model.scenario import Act, Exchange, Scenario
from asgisim.model.seeds import Known, Seed, SeedError

SCENARIO = Scenario(
    [
        Exchange(
            {"type": "http", "path": "/caf\xe9", "headers": [(b"a", b"\xff")]},
            [Act("recv", 0, "event", {"type": "http.request", "body": b"a" * 5000})],
        )
    ]
)
PLAIN = {"format": 1, "scenario": {"scope": {"type": "http"}}}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    seed = Seed(
        SCENARIO, "myapp:app", (Known("robust.hang", "app", {"starlette": "<2"}),), "why", "robust.hang"
    )
    path = tmp_path / "new" / "one.asgi.json"
    seeds.write(path, seed)
    assert seeds.read(path) == seed
    assert [one.name for one in path.parent.iterdir()] == ["one.asgi.json"]


def test_the_text_of_a_file() -> None:
    assert (
        seeds.to_text(Seed(SCENARIO, None, (), "a note"))
        == r"""{
  "format": 1,
  "scenario": {
    "scope": {"type": "http", "path": "/caf\u00e9", "headers": [{"$tuple": ["b:a", "b:\\xff"]}]},
    "script": [["recv", 0, "event", {"type": "http.request", "body": {"$repeat": ["b:a", 5000]}}]]
  },
  "expected": "clean",
  "note": "a note"
}
"""
    )


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"extra": 1}, "expected format, target, rule, scenario, expected or note, but got the key 'extra'"),
        ({"format": None}, "format: expected the number 1, but got None"),
        ({"format": True}, "format: expected the number 1, but got True"),
        ({"format": 2}, "format: expected 1, but got 2; a newer asgisim may read it"),
        ({"target": 5}, "target: expected a name such as myapp:app, but got 5"),
        ({"rule": "no.such"}, "rule: expected a rule's id, but got 'no.such'"),
        ({"note": []}, "note: expected text, but got []"),
        ({"scenario": {}}, "scenario: expected the key scope, but got []"),
        ({"scenario": 3}, "scenario: expected an object, but got 3"),
        ({"expected": []}, 'expected: expected "clean" or a list of known breaks, but got []'),
        ({"expected": [{"rule": "x"}]}, "expected[0].rule: expected a rule's id, but got 'x'"),
        (
            {"expected": [{"rule": "robust.hang", "party": "me"}]},
            "expected[0].party: expected app or server, but got 'me'",
        ),
        (
            {"expected": [{"rule": "robust.hang", "versions": {"starlette": "new"}}]},
            "expected[0].versions.starlette: expected conditions such as '>=1.2, <2', but got 'new'",
        ),
        (
            {"expected": [{"rule": "robust.hang", "when": 1}]},
            "expected[0]: expected rule, party or versions, but got 'when'",
        ),
    ],
)
def test_invalid_content_is_named(tmp_path: Path, changes: dict[str, Any], error: str) -> None:
    path = tmp_path / "x.asgi.json"
    path.write_text(json.dumps({**PLAIN, **changes}))
    with pytest.raises(SeedError) as caught:
        seeds.read(path)
    assert str(caught.value) == f"{path}: {error}"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"", "line 1: expected JSON, but Expecting value"),
        (b"[]", "the file: expected an object, but got []"),
        (b"{}", "format: expected the number 1, but got None"),
        (b"\xff", "expected UTF-8 text"),
        (b'{"a": 1, "a": 2}', "expected each key once, but 'a' stands twice in one object"),
        (b'{"a": NaN}', 'expected a JSON number, but got NaN; write {"$float": "NaN"}'),
        (b"[" * 200 + b"]" * 200, "expected lists and objects at most 100 deep"),
        (b"[" * 200_000, "expected lists and objects at most 100 deep"),
    ],
)
def test_invalid_text_is_refused(tmp_path: Path, text: bytes, error: str) -> None:
    path = tmp_path / "x.asgi.json"
    path.write_bytes(text)
    with pytest.raises(SeedError) as caught:
        seeds.read(path)
    assert str(caught.value) == f"{path}: {error}"


def test_invalid_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files.read_text, "__defaults__", (10,))
    path = tmp_path / "x.asgi.json"
    path.write_text(json.dumps(PLAIN))
    with pytest.raises(SeedError, match="expected at most 10 bytes"):
        seeds.read(path)


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.asgi.json"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="full"):
        seeds.write(path, Seed(SCENARIO))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_under_a_seeds_name_is_replaced_and_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "one.asgi.json"
    os.mkfifo(path)
    seed = Seed(SCENARIO, "myapp:app")
    seeds.write(path, seed)
    assert seeds.read(path) == seed


def test_files_are_found_in_order(tmp_path: Path) -> None:
    for name in ("b.asgi.json", "a.asgi.json", "sub/c.asgi.json", "other.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    found = [str(path.relative_to(tmp_path)) for path in seeds.find(tmp_path)]
    assert found == ["a.asgi.json", "b.asgi.json", os.path.join("sub", "c.asgi.json")]
    with pytest.raises(SeedError, match="there is none"):
        list(seeds.find(tmp_path / "missing"))


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [
        ("1.10.0", ">=1.9, <2", True),
        ("1.10.0", "<1.9", False),
        ("1.10", "1.10.0", True),
        ("1.10.0", "!=1.10", False),
        ("2.0rc1", ">2", False),
        ("2.0.1", ">2", True),
        ("5.2.19", "<=5.2.19", True),
    ],
)
def test_versions(version: str, wanted: str, fits: bool) -> None:
    assert seeds.version_fits(version, wanted) is fits


def test_a_known_break_applies_to_what_is_installed() -> None:
    known = Known("robust.hang", "app", {"starlette": "<2"})
    assert known.applies({"starlette": "1.0"})
    assert not known.applies({"starlette": "2.0"})
    assert not known.applies({})
    assert Known("robust.hang").applies({})
