"""``--asgi-app``: conformance tests for an app that nobody wrote, in all company that a suite keeps."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.pytest_plugin.running import APPS, run

CAPITAL = "http.response.start.headers.lowercase"
QUICK = ("--asgi-app", "apps:capital", "--asgi-path", "GET:/", "--asgi-examples", "60")
PASSING = ("--asgi-app", "apps:good", "--asgi-path", "GET:/", "--asgi-examples", "60")
USER = "def test_own():\n    pass\n"
RARE = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    odd = sum(scope["query_string"]) % 7 == 3
    await send({"type": "http.response.start", "status": 99 if odd else 200, "headers": []})
    await send({"type": "http.response.body"})
"""

PRIVATE = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    known = (b"authorization", b"Bearer test") in [tuple(pair) for pair in scope["headers"]]
    headers = [(b"X-Name", b"you")] if known else []
    await send({"type": "http.response.start", "status": 200 if known else 401, "headers": headers})
    await send({"type": "http.response.body"})
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "apps.py").write_text(APPS)
    (tmp_path / "test_own.py").write_text(USER)
    return tmp_path


def test_a_break_is_told_as_style_has_it(folder: Path) -> None:
    done = run(folder, *QUICK)
    out = done.stdout
    assert done.returncode == 1, out + done.stderr
    assert f"{CAPITAL}: the app breaks a MUST\n\n  " in out
    assert re.search(
        r"\n  > +\d  app +http\.response\.start +status=200, headers=\[\(b'Content-Type'", out
    ), out
    assert f"\n  Replay  asgisim check apps:capital --only {CAPITAL} --path GET:/\n" in out
    assert f"FAILED apps:capital::GET /::http.response - {CAPITAL}: " in out
    assert "PASSED test_own.py::test_own" in out
    assert "PASSED apps:capital::GET /::http.scope" in out
    assert "PASSED apps:capital::GET /::drawn" in out  # what the families tell is told once
    assert "Traceback" not in out


def test_a_good_app_passes_and_nothing_is_green_by_silence(folder: Path) -> None:
    done = run(folder, *PASSING)
    assert done.returncode == 0, done.stdout + done.stderr
    refused = run(folder, "--asgi-app", "apps:good", "--asgi-path", "WEBSOCKET:/ws", "-k", "close")
    assert "nothing of this family was exercised" in refused.stdout, refused.stdout
    assert "1 skipped" in refused.stdout


def test_headers_go_with_every_request(folder: Path) -> None:
    (folder / "private.py").write_text(PRIVATE)
    chosen = ("--asgi-app", "private:app", "--asgi-path", "GET:/", "--asgi-examples", "60")
    assert run(folder, *chosen).returncode == 0
    known = run(folder, *chosen, "--asgi-header", "Authorization: Bearer test")
    assert known.returncode == 1
    again = f"asgisim check private:app --only {CAPITAL} --path GET:/ --header 'authorization: Bearer test'"
    assert f"\n  Replay  {again}\n" in known.stdout
    assert "--asgi-header: expected 'name: value'" in run(folder, *chosen, "--asgi-header", "x").stderr


def test_all_routes_have_tests(folder: Path) -> None:
    pytest.importorskip("starlette")
    (folder / "routed.py").write_text(
        "from starlette.applications import Starlette\n"
        "from starlette.responses import PlainTextResponse\n"
        "from starlette.routing import Route, WebSocketRoute\n"
        "async def page(request): return PlainTextResponse('')\n"
        "async def talk(socket): await socket.accept(); await socket.close()\n"
        "app = Starlette(routes=[Route('/a', page, methods=['GET', 'POST']), WebSocketRoute('/ws', talk)])\n"
    )
    done = run(folder, "--asgi-app", "routed:app", "--collect-only")
    for one in (
        "lifespan::lifespan.startup",
        "GET /a::equal",
        "POST /a::drawn",
        "WEBSOCKET /ws::websocket.close",
    ):
        assert f"routed:app::{one}\n" in done.stdout, done.stdout + done.stderr


def test_one_is_chosen_by_its_id_or_by_k_or_m(folder: Path) -> None:
    one = "apps:good::GET /::http.response"
    done = run(folder, *PASSING, one)
    assert done.stdout.count("PASSED ") == 1, done.stdout + done.stderr
    assert f"PASSED {one}\n" in done.stdout
    route = run(folder, *PASSING, "apps:good::lifespan", "--collect-only")
    assert "apps:good::lifespan::robust" in route.stdout
    assert "GET /" not in route.stdout
    assert run(folder, *PASSING, "-k", "http.request").stdout.count("PASSED ") == 1
    assert run(folder, *PASSING, "-m", "not asgi_conformance").stdout.count("PASSED ") == 1
    own = run(folder, *PASSING, "test_own.py::test_own")
    assert "1 passed" in own.stdout


def test_an_app_that_cannot_be_had_is_one_failure(folder: Path) -> None:
    done = run(folder, "--asgi-app", "apps:nothing")
    assert "FAILED apps:nothing::import - " in done.stdout, done.stdout + done.stderr
    assert "1 failed, 1 passed" in done.stdout


def test_ignore_baseline_and_save(folder: Path) -> None:
    assert run(folder, *QUICK, "--asgi-ignore", CAPITAL).returncode == 0
    saving = run(folder, *QUICK, "--asgi-save", "seeds")
    assert saving.returncode == 1
    (seed,) = (folder / "seeds").glob("*.asgi.json")
    assert f"\n  Saved   seeds/{seed.name}\n" in saving.stdout
    found = json.loads(seed.read_text())
    assert found["rule"] == CAPITAL
    known = {
        "findings": [
            {
                "id": seed.name.partition(".")[0],
                "rule": CAPITAL,
                "party": "app",
                "protocol": "http",
                "message": "",
            }
        ]
    }
    (folder / "known.json").write_text(json.dumps(known))
    seed.unlink()
    done = run(folder, *QUICK, "--asgi-baseline", "known.json")
    assert done.returncode == 0, done.stdout
    assert f"in the baseline: {CAPITAL}" in done.stdout
    wrong = run(folder, *QUICK, "--asgi-baseline", "apps.py")
    assert "--asgi-baseline: expected a JSON report in apps.py" in wrong.stdout + wrong.stderr


def test_hypothesis_profiles_and_its_database(folder: Path) -> None:
    (folder / "rare.py").write_text(RARE)
    (folder / "conftest.py").write_text(
        "import hypothesis\n"
        "hypothesis.settings.register_profile('many', max_examples=2000, derandomize=False,\n"
        "    database=hypothesis.database.DirectoryBasedExampleDatabase('.examples'))\n"
        "hypothesis.settings.register_profile('again', phases=[hypothesis.Phase.reuse], derandomize=False,\n"
        "    database=hypothesis.database.DirectoryBasedExampleDatabase('.examples'))\n"
    )
    drawn = "rare:app::GET /::drawn"
    profile = "--hypothesis-profile"
    chosen = ("-p", "_hypothesis_pytestplugin", "--asgi-app", "rare:app", "--asgi-path", "GET:/")
    chosen = (*chosen, "--asgi-examples", "5", "-k", "drawn")
    empty = run(folder, *chosen, profile, "again")
    assert "1 skipped" in empty.stdout, empty.stdout + empty.stderr  # there is nothing to play again
    many = run(folder, *chosen, profile, "many")
    assert f"FAILED {drawn} - http.response.start.status" in many.stdout, many.stdout
    again = run(folder, *chosen, profile, "again")
    assert f"FAILED {drawn} - http.response.start.status" in again.stdout, again.stdout


def test_workers_of_xdist_collect_the_same(folder: Path) -> None:
    pytest.importorskip("xdist")
    done = run(folder, *QUICK, "-p", "xdist", "-n", "2")
    assert f"FAILED apps:capital::GET /::http.response - {CAPITAL}: " in done.stdout, (
        done.stdout + done.stderr
    )
    assert "1 failed" in done.stdout
    assert "Different tests were collected" not in done.stdout
    assert f"{CAPITAL}: the app breaks a MUST\n" in done.stdout
    one = run(folder, *QUICK, "-p", "xdist", "-n", "1", "apps:capital::GET /::robust")
    assert "1 passed" in one.stdout, one.stdout


@pytest.mark.parametrize(
    ("plugin", "arguments"),
    [
        ("anyio", ("-p", "anyio")),
        ("pytest_asyncio", ("-p", "pytest_asyncio.plugin", "--asyncio-mode", "strict")),
        ("pytest_asyncio", ("-p", "pytest_asyncio.plugin", "--asyncio-mode", "auto")),
    ],
    ids=["anyio", "asyncio-strict", "asyncio-auto"],
)
def test_beside_plugins_for_async_tests(folder: Path, plugin: str, arguments: tuple[str, ...]) -> None:
    pytest.importorskip(plugin)
    mark = "anyio" if plugin == "anyio" else "asyncio"
    (folder / "test_async.py").write_text(
        f"import asyncio, pytest\n@pytest.mark.{mark}\nasync def test_async():\n    await asyncio.sleep(0)\n"
    )
    if plugin == "anyio":
        (folder / "conftest.py").write_text(
            "import pytest\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"
        )
    done = run(folder, *PASSING, *arguments, "-W", "ignore")
    assert "PASSED test_async.py::test_async" in done.stdout, done.stdout + done.stderr
    assert "PASSED apps:good::GET /::http.response" in done.stdout
    assert "failed" not in done.stdout.splitlines()[-1]


def test_coverage_is_that_of_the_users_own_tests(folder: Path) -> None:
    done = run(folder, *PASSING, "--asgi-coverage")
    assert "http      not met" in done.stdout, done.stdout


def test_a_server(folder: Path) -> None:
    pytest.importorskip("h11")
    done = run(folder, "--asgi-server", "reference", "--asgi-examples", "25")
    assert "PASSED reference::sockets::http.response" in done.stdout, done.stdout + done.stderr
    assert "failed" not in done.stdout.splitlines()[-1], done.stdout
    assert "PASSED test_own.py::test_own" in done.stdout


def test_a_server_that_there_is_not(folder: Path) -> None:
    done = run(folder, "--asgi-server", "nothing", "-k", "http.response")
    assert "FAILED nothing::sockets::http.response - " in done.stdout, done.stdout + done.stderr
    assert "Traceback" not in done.stdout
