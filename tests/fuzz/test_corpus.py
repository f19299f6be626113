"""The pool has a bound, and so has what it remembers as known."""

from __future__ import annotations

import random

import pytest

from asgisim.fuzz import corpus
from asgisim.judge import Report
from asgisim.model.trace import SEND, Step, Trace
from asgisim.space import plain_request


def said(kind: object) -> Trace:
    return Trace([Step(SEND, {"type": kind})])


def test_what_is_new_is_new_once() -> None:
    made, one, report = corpus.Corpus(random.Random(0)), plain_request(), Report(said(""))
    assert made.add(one, said("a"), report)
    assert not made.add(one, said("a"), report)
    assert made.add(one, said("b"), report)
    assert not made.add(one, said([]), report)  # without a hash


def test_an_app_that_is_new_each_time_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "SEEN", 50)
    monkeypatch.setattr(corpus, "POOL", 20)
    made, one, report = corpus.Corpus(random.Random(0)), plain_request(), Report(said(""))
    for number in range(1000):
        assert made.add(one, said(str(number)), report)
        assert len(made.seen) <= 50
    assert len(made.pool) == 20
    assert not made.add(one, said("999"), report)  # the newest are remembered, the oldest not
    assert made.add(one, said("0"), report)
