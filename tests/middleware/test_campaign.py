"""Middleware under test: good ones stay quiet, each break is told as what it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from asgisim.cli.main import main
from asgisim.fuzz.findings import Campaign, Found
from asgisim.fuzz.settings import Settings
from asgisim.middleware.campaign import fuzz_middleware
from asgisim.middleware.compare import PARTS, Profile
from asgisim.middleware.inner import ALL
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import By
from tests.middleware import makes

SHORT = 700  # every inner app in its plain exchanges, and the sweep begun
BROKEN = {
    makes.no_lifespan: ("between.called", "app"),
    makes.other_path: ("between.scope", "app"),
    makes.half_body: ("between.receive", "app"),
    makes.one_cookie: ("between.send", "app"),
    makes.swallows: ("between.end", "app"),
    makes.grows: ("between.again", "app"),
    makes.remembers: ("between.again", "app"),
    makes.Shares: ("equal.overlap", "app"),
    makes.writes: ("common.middleware.copies-scope", "app"),
    makes.walks: ("between.send.walked-once", "app"),
    makes.stumbles: ("between.end", "app"),
    makes.text_header: ("http.response.start.headers.value-bytes", "app"),
    makes.text_query: ("http.scope.query-string.type", "server"),
}

# These two raise as well, the one for headers in a tuple, the other while the client is still there. Who is
# told too early that a body is whole, and reads on, gets the rest of it. Who keeps the last send uses it for
# the lifespan as well.
ALSO = {
    makes.grows: {"robust.crash"},
    makes.swallows: {"robust.crash"},
    makes.half_body: {"http.request.none-after-last"},
    makes.Shares: {"lifespan.shutdown.answered"},
}

GOOD = [makes.nothing, makes.Through, makes.zipped, makes.gate, makes.bare]


def between(campaign: Campaign) -> list[Found]:
    """What is told: the findings, and as advice what middlewares alone are asked for."""
    return [*campaign.findings, *(one for one in campaign.notes if one.finding.rule.by is By.BETWEEN)]


def run(make: Any, examples: int = SHORT, may: tuple[str, ...] = (), **more: Any) -> Campaign:
    return fuzz_middleware(make, Settings(max_examples=examples, **more), Profile(frozenset(may)))


@pytest.mark.parametrize(("loop", "examples"), [("asyncio", SHORT), ("trio", SHORT // 3)])
@pytest.mark.parametrize("make", GOOD)
def test_a_good_middleware_stays_quiet(make: Any, loop: str, examples: int) -> None:
    campaign = run(make, examples, loop=loop)
    assert [found.finding.line() for found in (*campaign.findings, *campaign.flaky)] == []
    assert campaign.examples == examples


def test_what_belongs_to_one_loop_is_used_in_one() -> None:
    """Servers have one loop: that there was another one is not the middleware's fault."""
    assert [found.finding.line() for found in run(makes.one_event()).findings] == []


def test_a_gateway_that_starts_the_app_is_compared_by_the_request() -> None:
    """That it does not serve an app whose startup failed is right, however it says so."""
    told = {found.finding.rule.id for found in run(makes.starts_it).findings if found.protocol == "http"}
    assert told == set()


def test_what_a_setting_says_is_tried() -> None:
    assert [found.finding.rule.id for found in run(makes.set_up, 2000).findings] == ["robust.crash"] * 2


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["asyncio", "trio"])
@pytest.mark.parametrize("make", GOOD)
def test_a_good_middleware_stays_quiet_in_the_whole_sweep(make: Any, loop: str) -> None:
    campaign = run(make, 100_000, max_time=600.0, loop=loop)
    assert [found.finding.line() for found in (*campaign.findings, *campaign.flaky)] == []


@pytest.mark.parametrize("make", BROKEN, ids=lambda make: make.__name__)
def test_each_break_is_told_as_what_it_is(make: Any) -> None:
    campaign = run(make)
    seen = {found.finding.rule.id: found.finding.party.value for found in between(campaign)}
    rule, party = BROKEN[make]
    assert seen[rule] == party
    assert set(seen) <= {rule} | ALSO.get(make, set())
    assert not campaign.flaky


def test_headers_that_are_used_up_are_advice_and_lost_ones_a_break() -> None:
    walked, lost = run(makes.walks), run(makes.one_cookie)
    assert not walked.findings
    assert [found.finding.rule.id for found in walked.notes] == ["between.send.walked-once"]
    assert "between.send.walked-once" not in {found.finding.rule.id for found in lost.notes}


def test_every_rule_of_this_room_is_broken_by_one() -> None:
    rules = {rule.id for rule in CATALOGUE.values() if rule.by is By.BETWEEN}
    told = {rule for rule, _ in BROKEN.values()} & rules
    assert rules == told


def test_the_same_seed_gives_the_same_findings() -> None:
    first, second = (run(makes.half_body) for _ in range(2))
    assert [one.to_json("m") for one in first.findings] == [one.to_json("m") for one in second.findings]


@pytest.mark.parametrize(
    ("make", "may"),
    [
        (makes.other_path, "scope:path"),
        (makes.other_path, "scope"),
        (makes.shouts, "request-body"),
        (makes.one_cookie, "header:set-cookie"),
        (makes.one_cookie, "headers"),
    ],
)
def test_what_is_allowed_is_no_break(make: Any, may: str) -> None:
    assert not run(make, may=(may,)).findings


def test_a_lifespan_that_is_answered_by_half_is_told_beside_the_app_that_is_not_asked() -> None:
    told = {one.finding.rule.id: one.finding.detail for one in run(makes.half_life).findings}
    assert sorted(told) == ["between.called", "between.send"]
    assert "with startup.complete, alone with startup.complete and shutdown.complete" in told["between.send"]


def test_a_length_that_is_stale_is_told_beside_the_type_that_was_changed() -> None:
    told = {(one.finding.rule.id, one.finding.detail[:14]) for one in run(makes.translates).findings}
    assert ("between.receive", "content-length") in told
    assert ("between.scope", "the request he") in told


def test_two_odd_things_of_a_scope_come_together() -> None:
    met: list[str] = []

    def enough(campaign: Campaign) -> None:
        if len(met) > 2:  # told, and made small
            raise KeyboardInterrupt

    settings = Settings(
        max_examples=50_000, protocols=("websocket",), max_time=600.0, only=("websocket.send",)
    )
    seen = fuzz_middleware(makes.wants_both(met), settings, Profile(), enough)
    assert [one.finding.rule.id for one in seen.findings] == ["websocket.send.types"]


def test_a_middleware_that_cannot_be_made_is_told() -> None:
    def unmade(app: Any) -> Any:
        raise LookupError("no settings")

    campaign = run(unmade, 100)
    assert {found.finding.rule.id for found in campaign.findings} == {"robust.crash"}
    assert "no settings" in campaign.findings[0].finding.detail


def test_inner_apps_have_names_of_their_own() -> None:
    assert len({inner.name for inner in ALL}) == len(ALL)


def test_the_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    name = "tests.middleware.makes:"
    short = ["--max-examples", "200"]
    assert main(["fuzz", "--middleware", f"{name}Through", *short]) == 0
    assert main(["fuzz", "--middleware", f"{name}one_cookie", *short]) == 1
    assert "is lost (inner app: cookies)" in capsys.readouterr().out.replace("\n  ", " ")
    assert main(["fuzz", "--middleware", f"{name}one_cookie", "--may", "header:set-cookie", *short]) == 0
    capsys.readouterr()
    for arguments, words in (
        (["--middleware", f"{name}missing"], "missing"),
        (["--middleware", "tests.middleware.makes"], "expected module:factory"),
        (["--middleware", f"{name}gzip"], "expected"),
        (["--middleware", f"{name}gate", "--may", "everything"], "expected one of body"),
        (["--middleware", f"{name}gate", "--save", "seeds"], "--save"),
        (["--middleware", f"{name}gate", "--header", "a: b"], "the inner apps ask for none"),
        (["app", "--may", "body"], "goes with --middleware"),
        (["app", "--middleware", f"{name}gate"], "leave APP out"),
    ):
        assert main(["fuzz", *arguments]) == 2
        assert words in capsys.readouterr().err


def test_the_page_of_the_docs() -> None:
    page = Path(__file__).parents[2] / "docs/how-to/middleware.md"
    (code,) = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, str(page), "exec"), names)
    # GZipMiddleware offers what it does not carry on: trailers come through, push and debug do not.
    told = {found.finding.detail.split(" does not")[0] for found in run(names["compressing"]).findings}
    assert {"http.response.push", "http.response.debug"} <= told
    table = set(re.findall(r"`([a-z-]+)(?::[A-Z]+)?`", page.read_text("utf-8").split("| --- |")[1]))
    assert set(PARTS) | {"header"} <= table
