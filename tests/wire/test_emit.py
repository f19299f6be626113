"""Emitted scripts: plain Python that plays the same bytes, without asgisim."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
from pathlib import Path

import pytest

from asgisim.servers import SERVERS, find
from asgisim.spec import CATALOGUE
from asgisim.wire import cases, emit, space
from asgisim.wire.space import LIFESPAN_CASE, curated, made, scenario

CASES = {**space.CASES, **cases.CASES}
RULE = CATALOGUE["wire.http.date"]


def test_a_root_path_is_part_of_the_command() -> None:
    one = made(CASES["get"])
    one.served = {"root_path": "/mount"}
    assert "'/mount'" in emit.script(RULE, "seen", one, SERVERS["reference"])


def test_a_unix_socket_is_listened_on_and_connected_to(tmp_path: Path) -> None:
    one = made(CASES["get"])
    one.served = {"uds": True}
    told = _run(emit.script(RULE, "what was seen", one, find("gunicorn")[0]), tmp_path)
    assert "app 0: called http {" in told
    assert "client 0: reads b'HTTP/1.1 200 " in told


@pytest.mark.parametrize("name", SERVERS)
def test_the_command_has_places_for_what_the_script_knows(name: str) -> None:
    words = emit.command(SERVERS[name])
    assert words[0] == "{python}"
    assert any("{port}" in word for word in words)
    assert any("{app}" in word for word in words)


def test_every_scenario_makes_a_script() -> None:
    server, _ = find("uvicorn-h11")
    drawn = [scenario(random.Random(f"0/{number}").randrange) for number in range(200)]
    for one in (*curated(), *drawn):
        text = emit.script(RULE, "what was seen", one, server)
        names = {
            name.name.split(".")[0]
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Import)
            for name in node.names
        }
        assert names <= {*sys.stdlib_module_names, "trio"}


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_script_tells_what_happens(loop: str, tmp_path: Path) -> None:
    server, _ = find("hypercorn")
    told = _run(emit.script(RULE, "what was seen", made(CASES["post"]), server, loop), tmp_path)
    assert "What asgisim saw: what was seen" in told
    assert "client 0: writes b'POST / HTTP/1.1\\r\\nHost: localhost\\r\\n" in told
    assert "app 0: called http {" in told
    assert "app 0: received {'type': 'http.request'" in told
    assert "app 0: returns" in told
    assert "client 0: reads b'HTTP/1.1 200 " in told


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_script_sends_at_once(loop: str, tmp_path: Path) -> None:
    server, _ = find("hypercorn")
    told = _run(emit.script(RULE, "", made(CASES["pieces at once"]), server, loop), tmp_path)
    assert "app 0: sent at once: None None None" in told
    assert "client 0: reads b'HTTP/1.1 200 " in told


@pytest.mark.parametrize("name", ["hypercorn", "daphne", "granian"])
def test_a_script_over_tls(name: str, tmp_path: Path) -> None:
    server, _ = find(name)
    told = _run(emit.script(RULE, "", made(CASES["post"]), server, tls=True), tmp_path)
    assert "'scheme': 'https'" in told
    assert "client 0: reads b'HTTP/1.1 200 " in told


def test_a_script_with_a_lifespan(tmp_path: Path) -> None:
    server, _ = find("uvicorn-h11")
    told = _run(emit.script(RULE, "", made(LIFESPAN_CASE), server), tmp_path)
    assert "app 0: called lifespan" in told
    assert "app 1: called http" in told
    assert "app 0: received {'type': 'lifespan.shutdown'}" in told


def _run(text: str, folder: Path) -> str:
    path = folder / "a_script.py"
    path.write_text(text)
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.stdout
