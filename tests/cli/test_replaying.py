"""A seed run again tells what the campaign told: one mistake, one finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asgisim.cli import replaying
from asgisim.cli.main import main
from asgisim.drive.sim import Simulator
from asgisim.model import seeds
from asgisim.model.scenario import Act, Exchange, Scenario
from asgisim.space import scopes

APP = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    {line}
    await receive()
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": b""}})
"""


async def needs_a_client(scope: Any, receive: Any, send: Any) -> None:
    scope["client"][0]
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


LEAST = Scenario([Exchange(scopes.http_least(), [Act("recv", 0, "event", {"type": "http.request"})])])


def broken(seed: seeds.Seed) -> list[str]:
    with Simulator(needs_a_client) as simulator:
        _, report = replaying.once(simulator.run, seed, None)
    return [finding.rule.id for finding in report.findings]


@pytest.mark.parametrize("rule", [None, "robust.crash", "http.scope.client.default"])
def test_a_crash_is_told_as_the_demand_behind_it(rule: str | None) -> None:
    seed = seeds.Seed(LEAST, "app:app", (), "", rule)
    assert broken(seed) == ["http.scope.client.default"]


def test_a_crash_that_is_expected_stays_one() -> None:
    seed = seeds.Seed(LEAST, "app:app", (seeds.Known("robust.crash"),), "", None)
    assert broken(seed) == ["robust.crash"]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ('scope["client"][0]', "http.scope.client.default"),
        ('scope["scheme"]', "http.scope.scheme.default"),
        ('scope["query_string"].decode("ascii")', "robust.crash"),
    ],
)
def test_replay_tells_what_fuzz_told(
    line: str, rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / f"replayed_{len(line)}.py").write_text(APP.format(line=line), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    check = ["check", f"replayed_{len(line)}:app", "--path", "GET:/", "--protocol", "http"]
    assert main([*check, "--save", "seeds"]) == 1
    told = capsys.readouterr().out
    assert next(one for one in told.splitlines() if ": the app breaks " in one).startswith(rule)
    (path,) = (tmp_path / "seeds").iterdir()
    assert seeds.read(path).rule == rule
    assert main(["replay", "seeds"]) == 1
    again = capsys.readouterr().out
    assert [one.partition(":")[0] for one in again.splitlines() if ": the app breaks " in one] == [rule]
