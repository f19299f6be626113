"""What is remembered changes no verdict, keeps nothing of what it has seen, and has an end."""

from __future__ import annotations

import gc
import random
import weakref
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from asgisim.bench import traffic
from asgisim.judge import Watch, exact, judge
from asgisim.judge.past import MEMORY
from asgisim.judge.report import Report
from asgisim.model.trace import RAISE, RECEIVE, RETURN, SCOPE, SEND, Step, Trace
from asgisim.spec.shapes import tidy
from tests.judge.corpus import corpus


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    MEMORY.forget()
    yield
    MEMORY.forget()


def verdict(report: Report) -> tuple[Any, ...]:
    return report.findings, report.notes, report.exercised, report.cells


def without_memory(monkeypatch: pytest.MonkeyPatch, traces: list[Trace]) -> list[tuple[Any, ...]]:
    found = []
    with monkeypatch.context() as patch:
        patch.setattr(MEMORY, "limit", 0)
        patch.setattr(exact, "_SHAPES_LIMIT", 0)
        patch.setattr(exact, "_SHAPES", {})
        for trace in traces:
            found.append(verdict(judge(trace)))
        assert not MEMORY.roots
    return found


@pytest.mark.parametrize("seed", range(3))
def test_verdicts_are_the_same_with_and_without_memory(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    traces = corpus(1200, seed)
    wanted = without_memory(monkeypatch, traces)
    for number in range(2):  # the second time everything that can be is remembered
        order = list(range(len(traces)))
        random.Random(number).shuffle(order)
        for index in order:
            assert verdict(judge(traces[index])) == wanted[index], traces[index].to_json()
    assert MEMORY.size > 1000


START = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]}
BODY = {"type": "http.response.body", "body": b"hello"}
REQUEST = {"type": "http.request", "body": b"", "more_body": False}


def answered(*sent: Any, scope: Any = None) -> Trace:
    steps = [Step(SCOPE, scope or traffic.fresh_scope()), Step(RECEIVE, REQUEST)]
    return Trace([*steps, *(Step(SEND, event) for event in sent), Step(RETURN, None)])


def test_what_comes_often_is_looked_up_and_what_differs_then_is_still_seen() -> None:
    for _ in range(30):
        assert judge(answered(START, BODY)).findings == []
    other: list[tuple[Any, str]] = [
        (answered(START, {**BODY, "body": b"hallo!"}), "robust.content-length"),
        (answered({**START, "status": True}, BODY), "http.response.start.status.type"),
        (answered({**START, "status": 199}, BODY), "http.response.start.status.range"),
        (answered({**START, "headers": [(b"A", b"b")]}, BODY), "http.response.start.headers.lowercase"),
        (answered(START, {**BODY, "body": bytearray(b"hello")}), "http.response.body.body.type"),
        (answered(START, {**BODY, "more_body": 0}), "http.response.body.more-body.type"),
        (answered(START, {**BODY, "more_body": True}), "http.response.body.final"),
        (answered(START), "http.response.start.followed-by-body"),
        (
            answered(START, BODY, scope={**traffic.fresh_scope(), "method": "post"}),
            "http.scope.method.uppercase",
        ),
        (
            answered(START, BODY, scope={**traffic.fresh_scope(), "raw_path": b"/?a"}),
            "http.scope.raw-path.no-query",
        ),
        (
            answered(START, BODY, scope={**traffic.fresh_scope(), "client": ("a", True)}),
            "http.scope.client.port",
        ),
    ]
    for trace, rule in other:
        for _ in range(3):
            assert judge(trace).findings[0].rule.id == rule
    assert judge(answered(START, BODY)).findings == []


def test_scopes_that_are_looked_at_each_time_lead_to_one_past() -> None:
    pasts = set()
    for name in ("a", "b", "a"):
        watch = Watch({**traffic.fresh_scope(), "headers": [(name, b"x")]})
        (finding,) = watch.findings
        assert finding.rule.id == "http.scope.headers.name-bytes"
        assert repr(name) in finding.detail
        pasts.add(watch.past)
    assert len(pasts) == 1
    assert None not in pasts
    assert Watch(traffic.fresh_scope()).past not in pasts  # that server has broken nothing


def test_what_an_app_raises_is_told_each_time_and_not_looked_at_where_it_may_raise() -> None:
    for text in ("one", "two", "one"):
        raised = {"type": "ValueError", "text": text, "where": [], "own": False}
        steps = [Step(SCOPE, traffic.fresh_scope()), Step(RAISE, raised)]
        (finding,) = judge(Trace(steps)).findings
        assert finding.detail == f"ValueError: {text}"
        watch = Watch({**traffic.fresh_scope(), "headers": [("a", b"x")]})
        watch.raised(raised)
        assert len(watch.findings) == 1
        assert watch.past is not None


def test_a_stream_goes_round_in_circles() -> None:
    piece = {"type": "http.response.body", "body": b"a", "more_body": True}
    start = {**START, "headers": []}
    judge(answered(start, *[piece] * 10, BODY))
    size = MEMORY.size
    assert judge(answered(start, *[piece] * 1000, BODY)).findings == []
    assert MEMORY.size == size


def test_the_memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    traces = corpus(300, 7)
    wanted = without_memory(monkeypatch, traces)
    monkeypatch.setattr(MEMORY, "limit", 50)
    for trace, verdicts in zip(traces, wanted, strict=True):
        assert verdict(judge(trace)) == verdicts
        assert MEMORY.size <= 50


def test_no_value_is_kept_alive() -> None:
    class Value:
        pass

    one = Value()
    gone = weakref.ref(one)
    scope = {**traffic.fresh_scope(), "app": one}
    for _ in range(20):
        judge(answered(START, BODY, scope=scope))
    del one, scope
    gc.collect()
    assert gone() is None


def test_long_names_and_values_are_not_remembered() -> None:
    judge(answered(START, BODY, scope={**traffic.fresh_scope(), "method": "M" * 1000}))
    judge(answered(START, BODY, scope={**traffic.fresh_scope(), "k" * 1000: 1}))
    assert MEMORY.roots == {}


def test_nothing_is_changed_by_looking() -> None:
    for _ in range(20):
        judge(answered(START, BODY))
    event: Any = defaultdict(list, {"status": 200})  # a look for its type would add it
    watch = Watch(traffic.fresh_scope())
    watch.send(event)
    assert event == {"status": 200}
    client = iter(("127.0.0.1", 80))
    Watch({**traffic.fresh_scope(), "client": client})
    assert next(client) == "127.0.0.1"


@pytest.mark.parametrize("live", [False, True])
def test_a_pair_that_can_be_walked_once_is_left_to_the_app(live: bool) -> None:
    pair = iter([b"a", b"b"])
    watch = Watch({**traffic.fresh_scope(), "headers": [pair]}, live=live)
    watch.send({**START, "headers": [pair]})
    assert list(pair) == [b"a", b"b"]


class Hostile:
    """Cannot be walked."""

    def __iter__(self) -> Iterator[bytes]:
        raise RuntimeError("no")


def test_a_pair_that_cannot_be_walked_is_no_pair() -> None:
    assert not tidy([Hostile()])


def test_a_live_watch_keeps_copies() -> None:
    for _ in range(20):
        scope = traffic.fresh_scope()
        event: dict[str, Any] = {**START, "headers": [(b"a", b"b")]}
        watch = Watch(scope, live=True)
        watch.send(event)
        scope["state"]["a"] = event["status"] = 0
        scope["headers"].clear()
        event["headers"].clear()
        assert watch.steps == [(SCOPE, traffic.fresh_scope()), (SEND, {**START, "headers": [(b"a", b"b")]})]
