"""What is sent at once comes out whole, each once; in which order is open."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from asgisim.drive.wire.script import WireScenario
from asgisim.reference.server import Server
from asgisim.reference.websocket import Session
from asgisim.spec import CATALOGUE
from asgisim.wire import cases
from asgisim.wire.equal import spellings
from asgisim.wire.judge import judge_wire
from asgisim.wire.judging.at_once import AT_ONCE, TooMany, as_in, as_seen
from asgisim.wire.smaller import simpler
from asgisim.wire.space import made
from tests.mutants.servers.parts import Kind, exchange, session
from tests.mutants.servers.thread import ThreadTarget


@pytest.mark.parametrize(
    ("body", "pieces", "found"),
    [
        (b"", [], []),
        (b"abc", [(0, b"a"), (0, b"b"), (0, b"c")], [b"a", b"b", b"c"]),
        (b"bac", [(0, b"a"), (0, b"b"), (0, b"c")], None),
        (b"bac", [(1, b"a"), (1, b"b"), (0, b"c")], [b"b", b"a", b"c"]),
        (b"bca", [(1, b"a"), (1, b"b"), (0, b"c")], None),  # what was sent later is later
        (b"dcba", [(1, b"a"), (1, b"b"), (2, b"c"), (2, b"d")], None),
        (b"badc", [(1, b"a"), (1, b"b"), (2, b"c"), (2, b"d")], [b"b", b"a", b"d", b"c"]),
        (b"aaab", [(1, b"a"), (1, b"aab")], [b"a", b"aab"]),
        (b"aaba", [(1, b"a"), (1, b"aab")], [b"aab", b"a"]),
        (b"ab", [(1, b"a"), (1, b""), (1, b"b")], [b"a", b"", b"b"]),
        (b"a", [(1, b"a"), (1, b"b")], None),  # lost
        (b"abb", [(1, b"a"), (1, b"b")], None),  # twice
        (b"acb", [(1, b"ab"), (1, b"c")], None),  # torn
    ],
)
def test_pieces_are_found_in_the_body(
    body: bytes, pieces: list[tuple[int, bytes]], found: list[bytes] | None
) -> None:
    assert as_in(body, pieces) == found


def test_pieces_that_fit_in_too_many_ways_are_given_up() -> None:
    pieces = [(1, b"a" * n) for n in range(1, 16)]
    with pytest.raises(TooMany):
        as_in(b"a" * 119 + b"b", pieces)


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        ("abcd", "abcd"),
        ("acbd", "acbd"),
        ("ac", "acbd"),
        ("", "abcd"),
        ("acxd", "acbd"),
        ("bacd", "abcd"),  # the first was sent by itself
    ],
)
def test_messages_are_put_as_they_were_seen(seen: str, found: str) -> None:
    wanted = [(0, "a"), (1, "b"), (1, "c"), (0, "d")]
    assert "".join(as_seen(wanted, list(seen))) == found


def told(one: WireScenario, kind: Kind = Server) -> tuple[set[str], int]:
    """The rules that are told, and whether ours was put to the test."""
    with ThreadTarget(kind) as target:
        report = judge_wire(target.run(one))
    rules = {finding.rule.id for finding in (*report.findings, *report.notes)}
    return rules, report.exercised & CATALOGUE[AT_ONCE].bit


@pytest.mark.parametrize("name", cases.at_once.CASES)
def test_the_reference_server_sends_all_of_it(name: str) -> None:
    assert told(made(cases.CASES[name])) == (set(), CATALOGUE[AT_ONCE].bit)


async def _last_first(self: Any, event: Any) -> None:
    """Of those that come at once the last goes out first."""
    self.waiting = [*getattr(self, "waiting", ()), event]
    await anyio.sleep(0.02)
    await Session.send(self, self.waiting.pop())


def test_another_order_is_no_break() -> None:
    one = made(cases.CASES["messages at once"])
    assert told(one, session(send=_last_first)) == (set(), CATALOGUE[AT_ONCE].bit)
    each = [step._replace(act="send") if step.act == "together" else step for step in one.steps]
    assert told(one.changed(each))[0] == set()


async def _never_starts(self: Any, event: Any) -> None:
    raise RuntimeError("no response was started")


def test_what_is_refused_since_the_start_was_has_nothing_to_do_with_it() -> None:
    rules, exercised = told(made(cases.CASES["pieces at once"]), exchange(send=_never_starts))
    assert "http.response.start.headers.any-iterable" in rules
    assert (AT_ONCE in rules, exercised) == (False, 0)


async def _no_empty(self: Any, event: Any) -> None:
    if event.get("text") != "":
        await Session.send(self, event)


def test_an_empty_message_that_is_lost_has_nothing_to_do_with_it() -> None:
    events = [{"type": "websocket.send", "text": text} for text in ("", "1", "2")]
    before, after = cases.CASES["messages at once"][:4], cases.CASES["messages at once"][6:]
    steps = [*before, ("app", 0, "together", events), ("client", 0, "frames", 2), *after]
    assert told(made(steps), session(send=_no_empty))[0] == {"websocket.send.order"}


async def _stuck(self: Any, event: Any) -> None:
    """Of those that wait at once one only is woken."""
    own = self.waiting = anyio.Event()
    await anyio.sleep(0)
    self.waiting.set()
    await own.wait()
    await Session.send(self, event)


def test_sends_that_do_not_end_are_told() -> None:
    one = made(cases.CASES["messages at once"][:5]).changed(bound=0.2)
    assert told(one, session(send=_stuck))[0] == {AT_ONCE}


@pytest.mark.parametrize(
    "events",
    [
        [{"type": "websocket.send", "text": "1"}, {"type": "websocket.close"}],
        [{"type": "websocket.send", "text": "1"}, {"type": "websocket.send"}],
        [{"type": "nonsense"}, {"type": "websocket.send", "text": "1"}],
    ],
)
def test_of_what_has_to_be_in_order_nothing_is_demanded(events: list[Any]) -> None:
    steps = [
        *cases.CASES["messages at once"][:4],
        ("app", 0, "together", events),
        ("client", 0, "frames", {"bound": 0.1}),
    ]
    assert told(made(steps)) == (set(), 0)


def test_what_is_left_to_chance_has_no_other_spelling_and_can_be_made_smaller() -> None:
    one = made(
        [("client", 0, "request", {"cuts": [3]}), *cases.CASES["pieces at once"][1:]],
    )
    assert list(spellings(one)) == []
    smaller = list(simpler(one.steps))
    assert any(step.act == "together" and len(step.arg) == 2 for steps in smaller for step in steps)
    assert any(
        all(step.act != "together" for step in steps) and len(steps) == len(one.steps) for steps in smaller
    )
