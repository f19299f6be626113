"""What the wire clients can do, item by item: which scenarios do it, curated, swept, or drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import pytest

from asgisim.drive.wire import http
from asgisim.drive.wire.frames import OPCODES
from asgisim.drive.wire.play import Session
from asgisim.drive.wire.script import Step, WireScenario
from asgisim.wire import cases, streams
from asgisim.wire.campaign import HASTE
from asgisim.wire.judge import judge_wire
from asgisim.wire.judging.asked import Asked, read
from asgisim.wire.space import CASES as SPACE
from asgisim.wire.space import curated, made, scenario
from asgisim.wire.sweep import swept
from tests.mutants.servers.multiplexing import StreamServer
from tests.mutants.servers.thread import ThreadTarget

DRAWN = 4000  # scenarios of the seed, which are drawn and not played
Plays = Callable[[WireScenario], bool]


def acts(one: WireScenario, act: str) -> list[Any]:
    """What the first client does of this kind, in order."""
    return [step.arg for step in one.steps if step.who == "client" and step.act == act]


def requests(one: WireScenario) -> list[Asked]:
    """The requests in the bytes of all clients together."""
    return read(written(one))


def written(one: WireScenario) -> bytes:
    out = b""
    for step in one.steps:
        if step.who == "client" and step.act == "request":
            out += http.compose(**{k: v for k, v in (step.arg or {}).items() if k not in ("cuts", "pause")})
        elif step.who == "client" and step.act == "send":
            out += step.arg["data"] if isinstance(step.arg, dict) else step.arg
    return out


def asked(holds: Callable[[Asked], object]) -> Plays:
    return lambda one: any(holds(request) for request in requests(one))


def fault(*rules: str) -> Plays:
    """A request that is wrong in this way alone, or odd in it."""
    wanted = {rule if "." in rule else f"wire.req.{rule}" for rule in rules}
    return asked(lambda request: (request.faults and request.faults <= wanted) or request.odd & wanted)


def did(act: str) -> Plays:
    return lambda one: bool(acts(one, act))


def frame(holds: Callable[[dict[str, Any]], object]) -> Plays:
    return lambda one: any(holds(told or {}) for told in acts(one, "frame"))


def handshake(holds: Callable[[dict[str, Any]], object]) -> Plays:
    return lambda one: any(holds(told or {}) for told in acts(one, "handshake"))


def number(told: dict[str, Any]) -> int:
    opcode = told.get("opcode", 1)
    return OPCODES[opcode] if isinstance(opcode, str) else int(opcode)


def lengths(request: Asked) -> list[bytes]:
    return request.values(b"content-length")


def in_a_row(*wanted: str) -> Plays:
    """The client does these one after the other, whatever the app does between."""

    def plays(one: WireScenario) -> bool:
        row = [step.act for step in one.steps if step.who == "client" and step.number == 0]
        return any(tuple(row[at : at + len(wanted)]) == wanted for at in range(len(row)))

    return plays


def between_fragments(one: WireScenario) -> bool:
    """A control frame comes while a message is not whole."""
    open_ = False
    for told in acts(one, "frame"):
        if number(told) >= 8 and open_:
            return True
        if number(told) < 8:
            open_ = not told.get("fin", True)
    return False


def never_finished(one: WireScenario) -> bool:
    return any(request.framing != "none" and not request.whole for request in requests(one))


def cut(one: WireScenario) -> bool:
    return any(isinstance(step.arg, dict) and step.arg.get("cuts") for step in one.steps)


def slow(one: WireScenario) -> bool:
    return cut(one) and any(isinstance(step.arg, dict) and step.arg.get("pause") for step in one.steps)


def pipelined(one: WireScenario) -> bool:
    return len(requests(one)) > 1 and (in_a_row("request", "request")(one) or bool(acts(one, "send")))


def text_broken(told: dict[str, Any]) -> bool:
    if number(told) != 1:
        return False
    try:
        told.get("data", b"").decode()
    except UnicodeDecodeError:
        return True
    return False


# The items of the issue, in its order, each with what shows that a scenario plays it.
ITEMS: dict[str, Plays] = {
    "the bytes cut": cut,
    "cut, with delay": slow,
    "pipelining": pipelined,
    "keep-alive reuse": in_a_row("request", "response", "request", "response"),
    "half-close": did("half"),
    "reset": did("reset"),
    "a body that never ends": never_finished,
    "Expect: 100-continue": fault("expect-continue"),
    "HTTP/1.0": asked(lambda request: request.version == b"1.0"),
    "an absolute target": asked(lambda request: request.authority),
    "an asterisk for a target": asked(lambda request: request.target == b"*"),
    "chunk extensions": fault("chunk-extension"),
    "trailers": asked(lambda request: request.trailers),
    "duplicate lengths": asked(lambda request: len(lengths(request)) > 1 and len(set(lengths(request))) == 1),
    "conflicting lengths": fault("length-conflict"),
    "a length and chunks": fault("te-and-length"),
    "a malformed length": fault("length-syntax"),
    "a malformed coding": fault("te-unknown", "te-not-last", "te-http10"),
    "a malformed chunk": fault("chunk-size"),
    "a malformed line": fault("space-before-colon", "obs-fold", "control-bytes"),
    "a malformed line end": fault("bare-cr", "bare-lf"),
    "a malformed host": fault("host-missing", "host-many", "robust.host-invalid"),
    "a malformed request line": fault("method-token", "version"),
    "too much": fault("limits"),
    "a good handshake": handshake(lambda told: not told),
    "a handshake without its key": handshake(lambda told: told.get("key", 0) is None),
    "a handshake with a bad key": handshake(lambda told: told.get("key") == b"abc"),
    "a handshake of another version": handshake(lambda told: told.get("ws_version") == b"14"),
    "a handshake that is no GET": handshake(lambda told: told.get("method") == b"POST"),
    "subprotocols": handshake(lambda told: len(told.get("subprotocols", ())) > 1),
    "fragments": frame(lambda told: not told.get("fin", True) and number(told) < 3),
    "interleaved control frames": between_fragments,
    "an unmasked frame": frame(lambda told: not told.get("mask", True)),
    "an oversized control frame": frame(lambda told: number(told) > 7 and len(told.get("data", b"")) > 125),
    "an oversized frame": lambda one: (1 << 40).to_bytes(8, "big") in written(one),
    "a length that is longer than it need be": frame(lambda told: told.get("size")),
    "invalid UTF-8": frame(text_broken),
    "reserved bits": frame(lambda told: told.get("rsv")),
    "reserved opcodes": frame(lambda told: number(told) not in OPCODES.values()),
    "a close with a code": frame(lambda told: number(told) == 8 and told.get("code") == 1000),
    "a close with a code that is none": frame(lambda told: told.get("code") == 1005),
    "a close without a code": frame(lambda told: number(told) == 8 and not {"code", "data"} & set(told)),
    "half a close code": frame(lambda told: number(told) == 8 and told.get("data") == b"\x03"),
}
# What only a curated case or the sweep of single faults plays, and so each campaign once.
ONCE = {"an oversized frame"}


@cache
def fixed() -> tuple[WireScenario, ...]:
    """What each campaign plays, whatever its seed."""
    return (*curated(), *swept())


@cache
def drawn() -> tuple[WireScenario, ...]:
    return tuple(scenario(random.Random(f"reach/{n}").randrange) for n in range(DRAWN))


def some(plays: Plays, scenarios: Iterable[WireScenario]) -> bool:
    return any(plays(one) for one in scenarios)


@pytest.mark.parametrize("item", ITEMS)
def test_each_item_is_played_by_what_no_seed_changes_or_by_what_is_drawn(item: str) -> None:
    plays = ITEMS[item]
    assert some(plays, fixed()) or some(plays, drawn())
    assert some(plays, drawn()) or item in ONCE


def at_once(one: WireScenario, kind: str) -> bool:
    """Several events of this type from tasks of their own."""
    return any(
        step.act == "together" and len(step.arg) > 1 and all(event["type"] == kind for event in step.arg)
        for step in one.steps
    )


@pytest.mark.parametrize("kind", ["http.response.body", "websocket.send"])
def test_events_are_sent_at_once(kind: str) -> None:
    assert some(lambda one: at_once(one, kind), curated())
    assert sum(at_once(one, kind) for one in drawn()) > DRAWN / 100


def test_what_is_sent_at_once_may_be_sent_in_any_order() -> None:
    for one in (*drawn(), *curated()):
        for step in one.steps:
            if step.act == "together":
                assert all(
                    event["type"] == "websocket.send" or event["more_body"] is True for event in step.arg
                )


def test_requests_are_cut_at_every_place() -> None:
    places = {at for one in drawn() for told in acts(one, "request") for at in (told or {}).get("cuts", ())}
    assert places >= set(range(1, 100))


def test_fragments_meet_every_boundary_of_a_text() -> None:
    steps = cases.CASES["fragments at every boundary"]
    parts = [step[3] for step in steps if step[2] == "frame" and step[3]["opcode"] in ("text", 0)]
    pairs = list(zip(parts[::2], parts[1::2], strict=True))
    whole = {first["data"] + second["data"] for first, second in pairs}
    assert whole == {"caf\u00e9 \U0001f600".encode()}
    assert [len(first["data"]) for first, _ in pairs] == list(range(11))


NEW = (
    *("fragments at every boundary", "a message in single bytes"),
    *("a frame that announces a thousand gigabytes", "a body that never ends"),
)


@pytest.mark.parametrize("how", ["plain", "unix", "tls"])
def test_the_same_over_each_kind_of_connection(how: str) -> None:
    options: dict[str, Any] = {"unix": {"uds": True}, "tls": {"tls": True}}.get(how, {})
    with Session("reference", **options) as session:
        for steps in (*(cases.CASES[name] for name in NEW), SPACE["cuts"], SPACE["websocket"]):
            played = session.run(made(steps))
            assert judge_wire(played).findings == [], steps
            assert played.pairs, steps


def test_drawn_streams_are_played_over_http2() -> None:
    with ThreadTarget(StreamServer) as target:
        for number_ in range(12):
            one = streams.scenario(random.Random(f"reach/{number_}").randrange)
            played = target.run(one.changed(bound=HASTE))
            assert judge_wire(played).findings == []
            assert len(played.pairs) >= 1


def test_steps_are_what_the_items_look_at() -> None:
    one = WireScenario([Step("client", 0, "send", b"GET http://a/ HTTP/1.0\r\nHost: a\r\n\r\n")])
    played = {item for item, plays in ITEMS.items() if plays(one)}
    assert played == {"HTTP/1.0", "an absolute target"}
