"""Calls are matched to their connections, whatever becomes of the request; or nothing is said of them."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from asgisim.drive.wire import record
from asgisim.drive.wire.client import Client
from asgisim.drive.wire.http2 import MARK
from asgisim.drive.wire.matching import NOWHERE, Match, find, marked, marks, unmarked
from asgisim.drive.wire.play import Session
from asgisim.drive.wire.record import UNMATCHED, Heard, Record
from asgisim.drive.wire.script import Step, WireScenario
from asgisim.fuzz.settings import Settings
from asgisim.reference.server import Server
from asgisim.servers import SERVERS, Launch
from asgisim.spec import CATALOGUE
from asgisim.wire.campaign import UNSURE, fuzz_wire
from asgisim.wire.judge import judge_wire
from tests.drive.wire.altering import altered, held
from tests.mutants.servers import streams
from tests.mutants.servers.multiplexing import StreamCall
from tests.mutants.servers.parts import Kind, around
from tests.mutants.servers.thread import ThreadSession, ThreadTarget

START = {"type": "http.response.start", "status": 200, "headers": []}
ACCEPT = {"type": "websocket.accept"}
KNOWN = ("nobody", "another", "forwarded", "moved", "posted", "stripped", "renamed")


def body(call: int) -> dict[str, Any]:
    return {"type": "http.response.body", "body": b"call %d" % call}


def asked(connection: int, **more: Any) -> tuple[Any, ...]:
    told = {"method": b"POST", "body": b"of %d" % connection, **more}
    return ("client", connection, "request", told)


def answered(call: int) -> list[tuple[Any, ...]]:
    """Each call tells its own number, so that the client knows which it was."""
    return [("app", call, "body"), ("app", call, "send", [START, body(call)]), ("app", call, "return")]


def overlapping(*requests: tuple[Any, ...]) -> WireScenario:
    """The requests of several connections under way at the same time."""
    calls = range(len(requests))
    steps: list[Any] = [*requests, ("app", len(requests) - 1, "called")]
    steps += [step for call in calls for step in answered(call)]
    steps += [("client", connection, "response") for connection in sorted({step[1] for step in requests})]
    return WireScenario([Step(*step) for step in steps])


def talking() -> WireScenario:
    """Two WebSockets at the same time."""
    steps: list[Any] = [("client", number, "handshake", {}) for number in (0, 1)]
    steps.append(("app", 1, "called"))
    for call in (0, 1):
        steps.append(("app", call, "receive"))
        steps.append(("app", call, "send", [ACCEPT, {"type": "websocket.send", "text": f"call {call}"}]))
    for number in (0, 1):
        steps += [("client", number, "response"), ("client", number, "frames", 1)]
    return WireScenario([Step(*step) for step in steps])


def heard(played: Record) -> dict[int, int]:
    """Which connection the answer of each call came on: the truth."""
    found = {}
    for one in played.client:
        data = {record.RESPONSE: lambda told: told.body, record.FRAME: lambda told: told.data}
        text = data[one.kind](one.data) if one.kind in data else b""
        if text.startswith(b"call "):
            found[int(text[5:])] = one.connection
    return found


def between(played: Record) -> set[str]:
    """The rules that are told as broken by comparing both sides of bodies and messages."""
    broken = {finding.rule.id for finding in judge_wire(played).findings}
    of_scopes = ("http.scope.", "websocket.scope.", "ext.", "common.")  # which were altered
    return {rule for rule in broken if not rule.startswith(of_scopes)}


def pairs(name: str) -> Kind:
    return around(lambda app: held(altered(name, app)))


@contextmanager
def playing(kind: Kind) -> Iterator[ThreadSession]:
    with ThreadSession(kind) as session:
        yield session


SAME = overlapping(asked(0), asked(1))
APART = overlapping(asked(0, target=b"/a/0?q=0"), asked(1, target=b"/a/1?q=1"))


@pytest.mark.parametrize("name", KNOWN)
def test_altered_requests_are_matched(name: str) -> None:
    with ThreadSession(pairs(name)) as session:
        for scenario in (SAME, APART, talking()):
            played = session.run(scenario)
            assert played.pairs == heard(played)
            assert len(played.pairs) == 2
            assert played.unsure == {}
            assert set(played.ways.values()) == {"header"}
            assert between(played) == set()


def test_four_connections_and_one_that_asks_twice() -> None:
    """In an order that is not that in which they were opened."""
    requests = [asked(2), asked(0), asked(3), asked(1)]
    with ThreadSession(around(lambda app: altered("moved", app))) as session:
        for _ in range(3):
            played = session.run(overlapping(*requests))
            assert played.pairs == heard(played)
            assert sorted(played.pairs.values()) == [0, 1, 2, 3]
        twice = overlapping(asked(0), asked(1))
        more = [*asked(0)[:3], {"target": b"/again"}]
        steps = [
            *twice.steps,
            Step(*more),
            *(Step(*step) for step in answered(2)),
            Step("client", 0, "response"),
        ]
        played = session.run(twice.changed(steps))
        assert played.pairs == heard(played)
        assert played.pairs[2] == 0


@pytest.mark.parametrize("name", ["bare", "blank"])
def test_what_cannot_be_known_is_told_and_nothing_said_of_it(name: str) -> None:
    with ThreadSession(pairs(name)) as session:
        played = session.run(SAME)
        assert played.unsure[0] == (0, 1)
        assert UNMATCHED in [fact["what"] for fact in played.facts]
        assert any(step.data == "call 0 may be of any of the connections 0, 1" for step in played.app)
        report = judge_wire(played)
        assert between(played) == set()
        exercised = {rule.id for rule in CATALOGUE.values() if rule.bit & report.exercised}
        assert not exercised & {"http.request.body.complete", "http.response.body.concatenated"}


def test_what_the_requests_say_is_enough_where_two_things_come_through() -> None:
    with ThreadSession(pairs("blank")) as session:
        played = session.run(APART)
        assert played.pairs == heard(played)
        assert "content" in played.ways.values()
        assert played.unsure == {}


def test_one_after_the_other_needs_no_mark() -> None:
    """A request that nobody else could have made."""
    steps: list[Any] = []
    for turn, connection in enumerate((0, 1, 0, 2, 1)):
        steps += [asked(connection), *answered(turn), ("client", connection, "response")]
    with ThreadSession(around(lambda app: altered("bare", app))) as session:
        played = session.run(WireScenario([Step(*step) for step in steps]))
    assert list(played.pairs.values()) == [0, 1, 0, 2, 1]
    assert played.pairs == heard(played)
    assert set(played.ways.values()) == {"order"}
    assert between(played) == set()


class _Unix(Server):
    unix = True


@pytest.mark.parametrize("scenario", [SAME, talking()], ids=["http", "websocket"])
def test_over_a_unix_socket_two_at_once_are_matched(scenario: WireScenario) -> None:
    with ThreadSession(_Unix) as session:
        played = session.run(scenario)
    assert played.pairs == heard(played)
    assert set(played.ways.values()) == {"header"}
    assert judge_wire(played).findings == []


def _unmarked(self: StreamCall) -> dict[str, Any]:
    made = StreamCall.make_scope(self)
    return {**made, "headers": [line for line in made["headers"] if line[0] != MARK]}


def test_streams_without_their_mark_are_known_by_what_they_say_or_not_at_all() -> None:
    with ThreadSession(streams.call(make_scope=_unmarked)) as session:
        for scenario, ways in ((SAME, set()), (APART, {"content", "order"})):
            played = session.run(WireScenario(scenario.steps, http2=True))
            assert set(played.ways.values()) == ways
            assert between(played) == set()
            assert sorted(played.unsure) == ([0, 1] if not ways else [])
            assert set(played.pairs.items()) <= set(heard(played).items())


class Relay:
    """A proxy in a thread: each connection goes on over another, and what the client says may be changed."""

    def __init__(self, address: Any, change: Callable[[bytes], bytes]) -> None:
        self.address: Any = None
        self.to, self.change = address, change
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self._thread.start()
        self._ready.wait()

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.address = server.sockets[0].getsockname()
        self._ready.set()
        await self._over.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    async def _relay(self, reader: Any, writer: Any) -> None:
        there, back = await asyncio.open_connection(*self.to)
        await asyncio.gather(_copy(reader, back, self.change), _copy(there, writer, bytes))

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()


async def _copy(reader: Any, writer: Any, change: Callable[[bytes], bytes]) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(change(data))
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


def _anonymous(data: bytes) -> bytes:
    """Another path, another method, without the headers that the proxy does not know."""
    head, gap, rest = data.partition(b"\r\n\r\n")
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"x-")]
    return b"\r\n".join(kept).replace(b"POST /", b"PUT /inner", 1) + gap + rest


@pytest.mark.parametrize("change", [bytes, _anonymous], ids=["as it is", "altered"])
def test_behind_a_proxy_with_connections_of_its_own(change: Callable[[bytes], bytes]) -> None:
    with playing(around(held)) as session:
        relay = Relay(session.running.address(), change)
        try:
            session.connect = lambda: Client(session.hub, relay.address)  # type: ignore[method-assign]
            played = session.run(SAME)
        finally:
            relay.stop()
    assert played.pairs == heard(played)
    assert set(played.ways.values()) == {"header"}
    assert played.unsure == {}
    ours = {
        client["local"][1] for client in (one.data for one in played.client if one.kind == record.CONNECTED)
    }
    scopes = [step.data for step in played.app if step.kind == "scope"]
    assert not {scope["client"][1] for scope in scopes} & ours


@pytest.mark.parametrize("name", ["moved", "stripped", "bare"])
def test_in_uvicorn_with_a_middleware_that_alters_the_request(name: str) -> None:
    pytest.importorskip("uvicorn")
    plain = SERVERS["uvicorn-h11-wsproto"]

    def command(launch: Launch) -> list[str]:
        return plain.command(replace(launch, app="tests.drive.wire.altering:app"))

    folders = os.pathsep.join(
        filter(None, [str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")])
    )
    environment = {**plain.environment, "ASGISIM_ALTERED": name, "PYTHONPATH": folders}
    with Session(replace(plain, command=command, environment=environment)) as session:
        for scenario in (SAME, talking()):
            played = session.run(scenario)
            assert between(played) == set()
            assert sorted(heard(played)) == [0, 1]
            if name == "bare":
                assert played.unsure
                assert set(played.pairs.items()) <= set(heard(played).items())
            else:
                assert played.pairs == heard(played)
                assert played.unsure == {}


def test_a_campaign_tells_what_it_could_not_match(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asgisim.wire.campaign.planned", lambda *_: iter([SAME]))
    for name, words in {"bare": [UNSURE], "moved": []}.items():
        kind = around(lambda app, name=name: altered(name, app))  # type: ignore[misc]
        settings = Settings(max_examples=1, max_time=10.0, only=("http.response",), small=False)
        assert fuzz_wire(ThreadTarget(kind), settings).left_out == words


# By itself, without a server


def test_a_mark_is_in_two_headers_and_knows_its_run() -> None:
    told = marked({"headers": [(b"A", b"1")]}, 7, 2)
    lines = [(name.lower(), value) for name, value in told["headers"]]
    assert lines[0] == (b"a", b"1")
    assert unmarked(lines) == lines[:1]
    assert unmarked([*lines[:1], (b"user-agent", b"mine"), 1]) == [*lines[:1], (b"user-agent", b"mine"), 1]
    assert unmarked(None) is None
    for one in lines[1:]:
        assert marks({"headers": [one]}, 7) == {2}
        assert marks({"headers": [one]}, 8) == {NOWHERE}
    own = marked({"headers": [(b"User-Agent", b"mine")]}, 7, 2)
    assert [value for name, value in own["headers"] if name.lower() == b"user-agent"] == [b"mine"]
    assert marks({"headers": own["headers"]}, 7) == {2}


@pytest.mark.parametrize(
    "scope", [None, {}, {"headers": None}, {"headers": [1, (b"a",), ("user-agent", "x")]}]
)
def test_an_odd_scope_has_no_mark(scope: Any) -> None:
    assert marks(scope, 1) == set()


def open_requests(**told: dict[str, Any]) -> tuple[dict[int, Any], Record]:
    """Connections that wait for a call each: c0, c1 ... with their requests."""
    played = Record()
    clients = {}
    for name, request in told.items():
        index = int(name[1:])
        clients[index] = SimpleNamespace(local=("127.0.0.1", 5000 + index))
        played.client.append(Heard(record.REQUEST, request, index, 0.0))
    return clients, played


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ({"client": ("127.0.0.1", 5001)}, Match(1, "address")),
        ({"client": ("127.0.0.1", "5001")}, Match(1, "address")),
        ({"client": ["::ffff:127.0.0.1", 5001]}, Match(1, "address")),
        ({"client": ("192.0.2.1", 5001)}, Match(None, "", (0, 1))),  # of somebody else
        ({"client": None}, Match(None, "", (0, 1))),
        ({"path": "/one", "method": "PUT"}, Match(1, "content")),
        ({"path": "/one", "query_string": b"b=2"}, Match(1, "content")),
        ({"path": "/one"}, Match(None, "", (0, 1))),  # it may be what the server makes of every path
        ({"path": "/one", "query_string": b"a=1", "method": "PUT"}, Match(None, "", (0, 1))),  # of both
        ({"path": "/", "method": "GET"}, Match(None, "", (0, 1))),  # as if nobody had said anything
        ("no scope", Match(None, "", (0, 1))),
    ],
)
def test_what_makes_a_match(scope: Any, found: Match) -> None:
    clients, played = open_requests(c0={"target": b"/zero?a=1"}, c1={"target": b"/one?b=2", "method": b"PUT"})
    assert find(scope, set(), clients, played) == found


def test_a_call_too_many_is_not_taken_for_that_of_another() -> None:
    """The request of one connection gave a call, and that is of the other or the same again."""
    clients, played = open_requests(c0={"target": b"/zero"}, c1={"target": b"/one"})
    played.pairs[0] = 0
    assert find({"path": "/one"}, set(), clients, played) == Match(1, "order")
    assert find({"path": "/altered"}, set(), clients, played) == Match(1, "order")
    played.pairs[1] = 1
    assert find({"path": "/one"}, set(), clients, played) == Match(None, "", (0, 1))
    assert find({}, {1}, clients, played) == Match(1, "header")
    assert find({}, {0, 1}, clients, played) == Match(None, "", (0, 1))


def test_one_connection_has_every_call_and_none_has_none() -> None:
    clients, played = open_requests(c3={})
    assert find({}, set(), clients, played) == Match(3, "order")
    assert find({}, set(), {}, Record()) == Match(None, "")
