"""TLS and several processes: the same exchange on every server that offers them."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from asgisim.drive.wire import record
from asgisim.drive.wire.play import Session
from asgisim.drive.wire.record import Record
from asgisim.drive.wire.script import Step, WireScenario
from asgisim.model.trace import LEFT, RECEIVE, SCOPE
from asgisim.servers import SERVERS, ServerError, find, start
from asgisim.servers.certificate import certificate
from asgisim.wire.judge import judge_wire

TLS = ["reference@trio", "uvicorn-httptools", "hypercorn@trio", "daphne", "granian", "gunicorn"]
WORKERS = ["uvicorn", "hypercorn", "granian", "gunicorn"]
ANSWER = [
    {"type": "http.response.start", "status": 200, "headers": []},
    {"type": "http.response.body", "body": b"hi"},
]
POST = {"method": b"POST", "body": b"x" * 40_000, "cuts": [3, 30, 20_000]}


def play(session: Session, *steps: tuple[Any, ...]) -> Record:
    return session.run(WireScenario([Step(*step) for step in steps]))


@pytest.fixture(scope="module", params=TLS)
def session(request: pytest.FixtureRequest) -> Any:
    with Session(request.param, tls=True) as made:
        yield made


def scope_of(played: Record) -> dict[str, Any]:
    found: dict[str, Any] = next(step.data for step in played.app if step.kind == SCOPE)
    return found


def test_an_exchange_over_tls(session: Session) -> None:
    played = play(
        session,
        ("client", 0, "request", POST),
        ("app", 0, "body"),
        ("app", 0, "send", ANSWER),
        ("app", 0, "return"),
        ("client", 0, "response"),
    )
    assert played.facts == []
    assert scope_of(played)["scheme"] == "https"
    got = [step.data for step in played.app if step.kind == RECEIVE]
    assert b"".join(one.get("body", b"") for one in got) == POST["body"]
    (response,) = played.responses()
    assert (response.status, response.body, response.complete) == (200, b"hi", True)
    told = played.of(0, record.CONNECTED)[0].data["tls"]
    assert told["version"] == 0x0304
    assert told["suite"] >> 8 == 0x13
    assert told["certificate"]
    assert "http.scope.scheme.truth" in judge_wire(played).held


def test_a_websocket_over_tls_that_is_lost(session: Session) -> None:
    played = play(
        session,
        ("client", 0, "handshake", {}),
        ("app", 0, "receive"),
        ("app", 0, "send", {"type": "websocket.accept"}),
        ("client", 0, "response"),
        ("client", 0, "frame", {"opcode": "text", "data": b"hi", "cuts": [1, 4]}),
        ("app", 0, "receive"),
        ("client", 0, "reset"),
        ("app", 0, "receive"),
        ("app", 0, "return"),
    )
    told = {"wss"} if session.running.server.name != "daphne" else {None}  # which tells no scheme at all
    assert scope_of(played).get("scheme") in told
    assert ("robust.websocket-scheme" in judge_wire(played).broken) is (told == {None})
    kinds = [step.data["type"] for step in played.app if step.kind == RECEIVE]
    assert kinds == ["websocket.connect", "websocket.receive", "websocket.disconnect"]
    assert [step.data for step in played.app if step.kind == LEFT] == ["lost"]


def test_the_reference_server_tells_of_its_tls() -> None:
    with Session("reference", tls=True) as session:
        played = play(
            session, ("client", 0, "request"), ("app", 0, "send", ANSWER), ("client", 0, "response")
        )
    rules = {"ext.tls.server-cert.truth", "ext.tls.tls-version", "ext.tls.cipher-suite"}
    assert rules <= set(judge_wire(played).held)
    told = scope_of(played)["extensions"]["tls"]
    assert (told["client_cert_chain"], told["client_cert_name"], told["client_cert_error"]) == (
        [],
        None,
        None,
    )
    told["tls_version"], told["cipher_suite"], told["server_cert"] = 0x0303, 0x1399, _another()
    assert rules <= set(judge_wire(played).broken)
    scope_of(played)["scheme"] = "http"
    assert "http.scope.scheme.truth" in judge_wire(played).broken


def _another() -> str:
    with open(certificate().authority, encoding="ascii") as file:
        return file.read()


def test_a_client_that_does_not_trust_the_certificate_does_not_connect() -> None:
    with Session("reference", tls=True) as session:
        session._tls = ssl.create_default_context()
        played = play(session, ("client", 0, "request"))
        assert [one.kind for one in played.client] == [record.REFUSED, record.SKIPPED]
        assert "certificate verify failed" in played.client[0].data
        session._tls = certificate().client()
        after = play(session, ("client", 0, "request"), ("app", 0, "send", ANSWER), ("client", 0, "response"))
        assert after.responses()[0].status == 200


@pytest.mark.parametrize("name", WORKERS)
def test_calls_are_matched_to_connections_whichever_process_answers(name: str) -> None:
    answered: set[int] = set()
    with Session(name, workers=2) as session:
        assert len({call.pid for call in session.controller.lifespans}) == 2
        for _ in range(60):
            played = play(
                session,
                ("client", 0, "request", {"target": b"/0"}),
                ("client", 1, "request", {"target": b"/1"}),
                ("client", 2, "request", {"target": b"/2"}),
                *(("app", call, "called") for call in range(3)),
                *(("app", call, "send", ANSWER) for call in range(3)),
                *(("app", call, "return") for call in range(3)),
                *(("client", number, "response") for number in range(3)),
            )
            assert played.facts == []
            assert [one.status for number in range(3) for one in played.responses(number)] == [200] * 3
            scopes = {step.exchange: step.data["path"] for step in played.app if step.kind == SCOPE}
            assert {call: f"/{number}" for call, number in played.pairs.items()} == scopes
            answered |= {line.info["pid"] for line in session.controller._lines if line.call}
            if len(answered) == 2:
                break
    assert len(answered) == 2  # both had their share
    assert session.running.clean


def test_what_a_server_does_not_offer_is_said() -> None:
    with pytest.raises(ServerError, match="daphne offers no workers"):
        start("daphne", "a:app", workers=2)
    assert all("tls" in server.can for server in SERVERS.values())
    assert "workers" not in find("reference")[0].can
