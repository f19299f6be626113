"""Apps that mean harm: each run ends, in bounded time and memory, with findings and no fault of asgisim's.

Each app is checked in a process of its own that may have 1.5 GiB of memory in all.
"""

# ruff: noqa: E501

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import asgisim

MEMORY = 3 << 29
APPS = """
import os

START, BODY = "http.response.start", "http.response.body"
OK = {"type": START, "status": 200, "headers": []}
TIMES = range(int(os.environ["TIMES"]))  # of what takes long by itself, and is ended after 3 s of it


def http(function):
    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise ValueError("only http")
        await function(scope, receive, send)
    return app


@http
async def endless_headers(scope, receive, send):
    def lines():
        while True:
            yield (b"a", b"b")
    await send({**OK, "headers": lines()})
    await send({"type": BODY})

@http
async def a_million_headers(scope, receive, send):
    headers = [(b"a", b"b")] * 1_000_000
    for _ in TIMES:
        await send({**OK, "headers": headers})

@http
async def large_headers(scope, receive, send):
    for _ in TIMES:
        await send({**OK, "headers": [(b"a", bytes(10_000_000))]})

@http
async def gigabytes(scope, receive, send):
    await send(OK)
    part = b"x" * 50_000_000
    while True:
        await send({"type": BODY, "body": part, "more_body": True})

@http
async def fresh_gigabytes(scope, receive, send):
    await send(OK)
    while True:
        await send({"type": BODY, "body": b"x" * 1_000_000, "more_body": True})

@http
async def flood(scope, receive, send):
    await send(OK)
    while True:
        await send({"type": BODY, "more_body": True})

@http
async def keys(scope, receive, send):
    many = {str(number): number for number in range(300_000)}
    for _ in TIMES:
        await send({"type": BODY, **many})

@http
async def doubling(scope, receive, send):
    level = ["x"]
    for _ in range(60):
        level = [level, level]
    await send({**OK, "headers": level, "x": level, "y": {"z": level}})
    await send({"type": BODY})

@http
async def deep(scope, receive, send):
    level = []
    for _ in range(100_000):
        level = [level]
    await send({**OK, "headers": level, "x": {"y": level}})
    await send({"type": BODY})

@http
async def round_and_round(scope, receive, send):
    event = dict(OK)
    event["self"] = event
    event["headers"] = headers = []
    headers.append((b"a", headers))
    await send(event)
    await send({"type": BODY})

@http
async def huge_numbers(scope, receive, send):
    await send({**OK, "status": 10 ** 100_000, "x": [10 ** 100_000], "headers": [(10 ** 100_000, b"")]})
    await send({"type": BODY, "body": -(10 ** 100_000)})
    return 10 ** 100_000

class Evil(str):
    def _no(self, *_):
        raise SystemExit("evil")
    __eq__ = __ne__ = __repr__ = __str__ = __len__ = __bool__ = __iter__ = __getitem__ = __contains__ = _no
    startswith = endswith = encode = lower = isdigit = split = __lt__ = __format__ = __mod__ = __add__ = _no
    def __hash__(self):
        return hash("type")

class EvilBytes(bytes):
    __eq__ = __ne__ = __repr__ = __str__ = __len__ = __bool__ = __iter__ = __getitem__ = __contains__ = Evil._no
    lower = decode = isdigit = split = startswith = Evil._no
    def __hash__(self):
        raise SystemExit("evil")

class EvilInt(int):
    __eq__ = __ne__ = __repr__ = __str__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __index__ = Evil._no
    bit_length = Evil._no
    __hash__ = EvilBytes.__hash__

class EvilDict(dict):
    __eq__ = __ne__ = __repr__ = __len__ = __bool__ = __iter__ = __getitem__ = __contains__ = get = Evil._no
    items = keys = values = copy = Evil._no

class Anything:
    __eq__ = __repr__ = __len__ = __bool__ = __iter__ = __hash__ = Evil._no

@http
async def evil_text(scope, receive, send):
    await send({**OK, "status": EvilInt(200), "headers": [(EvilBytes(b"a"), EvilBytes(b"b"))], "x": Evil("y")})
    await send({"type": Evil(BODY), "body": EvilBytes(b"hi"), "more_body": EvilInt(0)})
    await send({"type": BODY, "body": Evil("hi")})
    return Evil("done")

@http
async def evil_keys(scope, receive, send):
    await send({Evil("type"): START, "status": 200})
    await send({("a", 1): 1, "type": START, "status": 200})

@http
async def evil_dict(scope, receive, send):
    await send(EvilDict(OK))
    await send(EvilDict(type=BODY))

@http
async def anything(scope, receive, send):
    await send({**OK, "headers": [Anything(), (Anything(), Anything())], "x": [Anything()]})
    await send({"type": BODY, "body": Anything(), "more_body": Anything()})
    await send(Anything())
    return Anything()

class EvilError(Exception):
    __str__ = __repr__ = Evil._no

@http
async def evil_error(scope, receive, send):
    raise EvilError(Evil("text"))

class Renamed(type):
    __eq__ = __repr__ = __instancecheck__ = Evil._no
    def __getattribute__(cls, name):
        raise SystemExit("evil")
    def __hash__(cls):
        return 7

class Nameless(str, metaclass=Renamed):
    pass

@http
async def nameless(scope, receive, send):
    await send({**OK, "status": Nameless("200"), "headers": [(Nameless("a"), b"b")]})
    await send({"type": BODY})

@http
async def long_error(scope, receive, send):
    raise ValueError("x" * 50_000_000)

@http
async def odd_text(scope, receive, send):
    await send({**OK, "headers": [("\\ud800", "\\x00\\x1b[31m"), (b"\\xff", b"\\x00")], "\\ud800": "\\ud800"})
    raise ValueError("\\ud800 \\x00 \\x1b[31m ]]> <!-- &amp; \\r\\n::error::x")

@http
async def frames_all_the_way(scope, receive, send):
    def down(number):
        if number:
            down(number - 1)
        raise KeyError(number)
    down(900)

@http
async def changes_its_scope(scope, receive, send):
    scope["headers"] = Anything()
    scope.clear()
    scope[Evil("x")] = Anything()
    await send(OK)
    await send({"type": BODY})
"""
NAMES = re.findall(r"^@http\nasync def (\w+)", APPS, re.MULTILINE)
FORMS = ("text", "json", "junit", "sarif", "github", "markdown", "html")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hostile")
    (made / "hostile.py").write_text(APPS)
    return made


def run(folder: Path, *arguments: str, times: int = 3) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    root = str(Path(asgisim.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-m", "asgisim", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root, "TIMES": str(times)},
        capture_output=True,
        text=True,
        errors="surrogateescape",
        preexec_fn=limit,
        timeout=280,
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_app_is_checked_to_the_end(folder: Path, name: str) -> None:
    more = [
        "--max-examples",
        "10",
        "--max-time",
        "5",
        "--path",
        "/",
        "--protocol",
        "http",
        "--save",
        f"seeds-{name}",
    ]
    done = run(folder, "fuzz", f"hostile:{name}", *more, "--format", "json", "--output", f"{name}.json")
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    assert done.returncode in (0, 1), done.stderr[-3000:]
    told = json.loads((folder / f"{name}.json").read_text())
    assert told["examples"] >= 1
    assert len((folder / f"{name}.json").read_bytes()) < 100_000_000


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_app_is_reported_in_every_form(folder: Path, name: str, form: str) -> None:
    done = run(
        folder, "fuzz", f"hostile:{name}", "--max-examples", "20", "--path", "/", "--format", form, "-v",
        times=10**9,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr[-3000:]
