"""Branches of the app guide the search, where Python can tell them."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from asgisim.cli.campaigning import Order, run
from asgisim.fuzz.campaign import fuzz
from asgisim.fuzz.corpus import Corpus
from asgisim.fuzz.settings import Settings
from asgisim.judge import Report
from asgisim.model.scenario import Exchange, Scenario
from asgisim.model.trace import Trace
from asgisim.space import Route
from tests.fuzz import deep

ONE = Scenario([Exchange({"type": "http"})])
ROUTES = [Route("POST", "/", "http")]


def test_what_takes_a_new_branch_is_kept() -> None:
    corpus = Corpus(random.Random(0), guided=True)
    assert corpus.add(ONE, Trace(), Report(Trace()), {1})
    assert not corpus.add(ONE, Trace(), Report(Trace()), {1})
    assert corpus.add(ONE, Trace(), Report(Trace()), {1, 2})


def test_a_rule_is_new_once_where_branches_guide() -> None:
    for guided, kept in ((True, 2), (False, 3)):
        corpus = Corpus(random.Random(0), guided)
        for bits in (0b01, 0b10, 0b11):
            corpus.add(ONE, Trace(), Report(Trace(), exercised=bits))
        assert len(corpus.pool) == kept


def campaign(cover: tuple[str, ...]) -> str:
    settings = Settings(ROUTES, ("http",), max_examples=1200, max_time=1e9, drawn=0, cover=cover)
    done = fuzz(deep.two_gaps_then_cancel, settings)
    return repr([(found.finding.rule.id, found.scenario, found.count) for found in done.findings])


@pytest.mark.parametrize("cover", [(), ("tests.fuzz.deep",), ("no.such.module",)])
def test_the_same_seed_is_the_same_campaign(cover: tuple[str, ...]) -> None:
    assert campaign(cover) == campaign(cover)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs sys.monitoring")
def test_a_campaign_gives_its_tool_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
    before = [monitoring.get_tool(number) for number in range(6)]
    (tmp_path / "guided_app.py").write_text(
        "async def app(scope, receive, send):\n    if scope['type'] != 'http':\n        raise ValueError\n"
    )
    monkeypatch.chdir(tmp_path)
    assert run(Order("guided_app:app", max_examples=200)).campaign.examples >= 200
    assert [monitoring.get_tool(number) for number in range(6)] == before
