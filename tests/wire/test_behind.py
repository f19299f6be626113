"""An app of the user's behind a server: both sides are watched and judged."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from asgisim.cli.main import main
from asgisim.drive import watched
from asgisim.drive.wire.record import LIFESPAN
from asgisim.drive.wire.script import Step, WireScenario
from asgisim.fuzz.settings import Settings
from asgisim.model.trace import RAISE, RECEIVE, RETURN, SCOPE, SEND, SENT
from asgisim.servers import find
from asgisim.space import Route
from asgisim.wire.behind import BehindTarget, drawn, plain
from asgisim.wire.campaign import fuzz_wire

APPS = """
async def good(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": kind + ".complete"})
            if kind == "lifespan.shutdown":
                return
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            try:
                await send({"type": "websocket.send", "text": event.get("text") or "binary"})
            except OSError:
                return
        return
    body, more = b"", True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        body += event.get("body", b"")
        more = event.get("more_body", False)
    headers = iter([(b"content-length", b"%d" % len(body))])
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def make():
    return good


async def bad(scope, receive, send):
    if scope["type"] != "http":
        raise RuntimeError("http only")
    await send({"type": "http.response.start", "status": "200"})
"""
ROUTES = [Route("POST", "/echo"), Route("GET", "/ws", "websocket")]
EVERY = ["reference", "reference@trio", "uvicorn-h11", "hypercorn@trio", "granian", "gunicorn"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "behind_apps.py").write_text(APPS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(params=EVERY)
def target(request: pytest.FixtureRequest) -> Any:
    server, loop = find(request.param)
    with BehindTarget(server, "behind_apps:good", loop=loop) as made:
        yield made


def test_both_sides_of_an_exchange(target: BehindTarget) -> None:
    played = target.run(WireScenario(plain(ROUTES[0])))
    assert played.pairs == {0: 0}
    kinds = [step.kind for step in played.app]
    assert (kinds[0], kinds[-1]) == (SCOPE, RETURN)
    assert [step.data["type"] for step in played.app if step.kind == SEND] == [
        "http.response.start",
        "http.response.body",
    ]
    (response,) = played.responses()
    assert response.body == b"{}"
    held = set(target.judge(played).held)
    assert {"http.response.body.concatenated", "wire.http.length-exact"} & held
    assert "http.response.start.status.present" in held  # of the app
    played = target.run(WireScenario(plain(ROUTES[1])))
    assert [one.data for one in played.frames()][:1] == [b"hello"]
    told = [step.data["type"] for step in played.app if step.kind == RECEIVE]
    assert told == ["websocket.connect", "websocket.receive", "websocket.disconnect"]


def test_a_client_that_leaves(target: BehindTarget) -> None:
    started = {"method": b"POST", "headers": [(b"content-length", b"99")], "body": b"abc"}
    steps = [
        Step("client", 0, "request", started),
        Step("app", 0, "called"),
        Step("client", 0, "reset"),
    ]
    played = target.run(WireScenario(steps))
    assert [s.data["type"] for s in played.app if s.kind == RECEIVE][-1] == "http.disconnect"
    assert played.app.steps[-1].kind == RETURN
    assert target.run(WireScenario(plain(ROUTES[0]))).pairs == {0: 0}  # and nothing of it is left


def test_the_lifespan_of_the_app_is_judged() -> None:
    server, _ = find("reference")
    with BehindTarget(server, "behind_apps:make()") as target:
        played = target.run(WireScenario([Step("server", 0, "stop")]))
    told = [step.data["type"] for step in played.app if step.kind == RECEIVE and step.exchange == LIFESPAN]
    assert told == ["lifespan.startup", "lifespan.shutdown"]
    report = target.judge(played)
    assert report.findings == []
    assert {"lifespan.shutdown.sent"} <= set(report.held)


def test_a_good_app_on_the_reference_server_is_clean() -> None:
    server, _ = find("reference")
    settings = Settings(routes=ROUTES, max_examples=120, max_time=600.0)
    done = fuzz_wire(BehindTarget(server, "behind_apps:good"), settings)
    assert [found.finding.line() for found in (*done.wire_findings, *done.wire_flaky)] == []
    assert done.examples == 120


def test_what_an_app_breaks_is_told_by_its_rule() -> None:
    server, _ = find("reference")
    settings = Settings(routes=[Route("GET", "/")], max_examples=10, max_time=600.0, protocols=("http",))
    done = fuzz_wire(BehindTarget(server, "behind_apps:bad"), settings)
    rules = {found.finding.rule.id: found.finding.party.value for found in done.wire_findings}
    assert rules["http.response.start.status.type"] == "app"
    assert set(rules.values()) == {"app"}


def test_the_command(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    arguments = ["behind_apps:make", "--factory", "--server", "reference", "--path", "/echo"]
    assert main(["fuzz", *arguments, "--max-examples", "30", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["target"]["app"], data["target"]["server"]) == ("behind_apps:make", "reference")
    assert "http.response.start.status.present" in data["rules"]["held"]
    assert (
        main(["fuzz", "behind_apps:bad", "--server", "reference", "--max-examples", "9", "--save", "s", "-q"])
        == 1
    )
    assert "http.response.start.status.type: the app breaks a MUST" in capsys.readouterr().out
    seeds = [json.loads(path.read_text()) for path in (folder / "s").iterdir()]
    assert {seed["listens"]["app"] for seed in seeds} == {"behind_apps:bad"}
    assert main(["replay", "s", "-q"]) == 1
    assert "http.response.start.status.type" in capsys.readouterr().out


def test_scenarios_keep_to_the_routes() -> None:
    for number in range(300):
        one = drawn(random.Random(f"0/{number}").randrange, ROUTES)
        assert WireScenario.from_json(one.to_json()) == one
        assert {step.act for step in one.steps if step.who == "app"} <= {"called"}


def test_headers_go_with_every_request_and_handshake() -> None:
    header = (b"authorization", b"Bearer test")
    routes = [Route("POST", "/a", "http", (header,)), Route("GET", "/b", "websocket", (header,))]
    made = [WireScenario(plain(route)) for route in routes]
    made += [drawn(random.Random(number).randrange, routes) for number in range(50)]
    for one in made:
        for step in one.steps:
            if step.act in ("request", "handshake") and isinstance(step.arg, dict):
                assert header in step.arg["headers"]


def test_the_app_is_watched_and_not_changed() -> None:
    seen = []

    async def send(event: Any) -> None:
        seen.append(event)

    headers = iter([(b"a", b"b")])
    assert watched.settled({"headers": headers}) == {"headers": [(b"a", b"b")]}
    event = {"type": "x", "headers": [(b"a", b"b")]}
    assert watched.settled(event) is event
    assert watched.load("json:dumps") is json.dumps
    assert watched.load("collections:OrderedDict()") == {}


def test_errors_are_told_with_whose_they_are() -> None:
    server, _ = find("uvicorn-h11")
    with BehindTarget(server, "behind_apps:bad") as target:
        played = target.run(WireScenario(plain(Route("GET", "/"))))
    kinds = [step.kind for step in played.app]
    assert kinds[:2] == [SCOPE, SEND]
    assert kinds[-1] in (RAISE, RETURN)
    if SENT in kinds and kinds[-1] == RAISE:
        assert played.app.steps[-1].data["own"] is True
