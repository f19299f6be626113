"""The set against known copies: clean ones stay clean, and what is wrong in between is found."""

from __future__ import annotations

from typing import Any

import pytest

from asgisim.drive import mirror
from asgisim.frameworks import bare_app
from asgisim.probe.run import Probed, counts, run
from asgisim.probe.target import Place, Remote
from asgisim.serving import Serving
from asgisim.spec import CATALOGUE


def probe(app: Any, server: str = "reference", prefix: str = "", **options: Any) -> Probed:
    with Serving(app, server) as served:
        return run(Remote(Place(served.url + prefix), rate=1000, **options))


@pytest.mark.parametrize(("app", "kind"), [(mirror.app, "puppet"), (bare_app.app, "contract")])
def test_a_clean_copy_stays_clean(app: Any, kind: str) -> None:
    done = probe(app)
    assert (done.kind, done.left_out, done.interrupted) == (kind, [], False)
    assert [one.finding.line() for one in (*done.findings, *done.flaky)] == []
    assert done.broken == {}
    assert bool(done.contract) is (kind == "contract")
    assert {
        "http.scope.query-string.encoded",
        "websocket.scope.server",
        "wire.req.host-missing",
    } <= done.exercised
    assert len(done.exercised) > 80


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"http_version": "3.7"}, "http.scope.http-version.value"),
        ({"query_string": b"lost"}, "http.scope.query-string.encoded"),
        ({"path": "/other"}, "http.scope.path.percent-decoded"),
        ({"headers": []}, "http.scope.headers.bytes-unchanged"),
    ],
)
def test_what_a_server_tells_wrongly_is_found(change: dict[str, Any], rule: str) -> None:
    async def wrong(scope: Any, receive: Any, send: Any) -> None:
        await mirror.app({**scope, **change} if scope["type"] == "http" else scope, receive, send)

    found = {one.finding.rule.id for one in probe(wrong).findings}
    assert rule in found


def test_a_contract_that_is_not_kept_is_told() -> None:
    async def wrong(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/health":
            scope = {**scope, "path": "/"}
        if scope["type"] == "websocket" and scope["path"] == "/ws/close":
            scope = {**scope, "query_string": b"code=1001"}
        await bare_app.app(scope, receive, send)

    done = probe(wrong)
    assert set(done.broken) == {"GET /health", "/ws/close#1", "/ws/close#2"}
    assert done.broken["GET /health"] == ["expected the body b'OK', but got b'asgisim'"]


def test_a_prefix_goes_before_every_path() -> None:
    async def under(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            assert scope["path"].startswith("/under"), scope["path"]
            inner = scope["path"].removeprefix("/under") or "/"
            scope = {**scope, "path": inner, "raw_path": inner.encode()}
        await bare_app.app(scope, receive, send)

    assert probe(under, prefix="/under").broken == {}


def test_the_count_ends_it() -> None:
    done = probe(mirror.app, count=7)
    assert done.connections == 7
    assert done.left_out == ["the set was not played to its end: --count 7 connections were made"]


def test_what_an_answer_cannot_tell_is_not_judged() -> None:
    assert not any(counts(id, "puppet") for id in CATALOGUE if id.startswith(("lifespan.", "common.error.")))
    assert counts("http.request.first", "puppet")
    assert not counts("http.request.first", "contract")
    assert counts("http.scope.method.type", "contract")


def test_addresses_are_compared_on_this_machine_alone() -> None:
    assert counts("http.scope.client.host", "puppet")
    assert not counts("http.scope.client.host", "puppet", remote=True)  # a proxy may stand between
    assert counts("http.scope.query-string.encoded", "puppet", remote=True)
