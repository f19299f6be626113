"""Servers that are started otherwise: under a root path, over TLS, on a unix socket."""

from __future__ import annotations

from asgisim.model.trace import SCOPE
from asgisim.servers import SERVERS
from asgisim.wire import cases
from asgisim.wire.plan import served
from asgisim.wire.target import Target

REFERENCE = SERVERS["reference"]


def test_each_scenario_is_clean_on_the_reference_server_and_shows_how_it_was_started() -> None:
    every = served(REFERENCE.can, ("http", "websocket"))
    assert len(every) == len(cases.SERVED)
    with Target(REFERENCE) as target:
        for one in every:
            played = target.run(one)
            assert [finding.line() for finding in target.judge(played).findings] == []
            scopes = [step.data for step in played.app if step.kind == SCOPE]
            assert scopes
            for scope in scopes:
                assert scope["root_path"] == one.served.get("root_path", "") == played.root_path
                assert (scope["scheme"] in ("https", "wss")) is one.served.get("tls", False)
                assert (scope["server"][1] is None) is one.served.get("uds", False)


def test_what_a_server_cannot_be_started_as_is_not_played() -> None:
    assert {tuple(one.served) for one in served({"tls"}, ("http",))} == {("tls",)}
    assert served((), ("http", "websocket")) == []
