"""A campaign shared out over processes finds what one finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from asgisim.cli import workers
from asgisim.cli.campaigning import Order

APP = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Big", b"1")]})
    await send({"type": "http.response.body"})
"""


def test_two_workers_find_each_break_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shared_out.py").write_text(APP, "utf-8")
    monkeypatch.chdir(tmp_path)
    order = Order("shared_out:app", max_examples=800, search=False)
    done = workers.run(order, 2)
    rules = [found.finding.rule.id for found in done.campaign.findings]
    assert rules.count("http.response.start.headers.lowercase") == 1
    assert done.campaign.examples >= 400
    assert not done.campaign.interrupted
