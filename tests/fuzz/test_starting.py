"""Apps that cannot be started twice are noticed, and run again in a fresh one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from asgisim.fuzz import starting
from asgisim.fuzz.campaign import fuzz
from asgisim.fuzz.findings import Found
from asgisim.fuzz.settings import Settings
from asgisim.space import Route

STARTS = 100
ROUTES = [Route("GET", "/one", "http"), Route("GET", "/two", "http")]


class KeepsWhatItServed:
    """After a second start it serves those routes only that were asked for after the first, as BlackSheep."""

    def __init__(self, second_start_is_fine: bool = False) -> None:
        self.starts = 0
        self.fine = second_start_is_fine
        self.served: set[str] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            self.starts += 1
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["type"] != "http":
            raise ValueError(scope["type"])
        await receive()
        if self.starts == 1:
            self.served.add(scope["path"])
        good = self.fine or self.starts == 1 or scope["path"] in self.served
        await send({"type": "http.response.start", "status": 200 if good else 500})
        await send({"type": "http.response.body", "body": b"ok"})


def settings(app: Callable[[], Any] | None) -> Settings:
    return Settings(ROUTES, ("http", "lifespan"), max_examples=200, drawn=0, reload=app)


def test_a_route_that_a_second_start_does_not_serve_is_noticed_before_anything_is_told() -> None:
    result = fuzz(KeepsWhatItServed(), settings(KeepsWhatItServed))
    assert result.left_out[:2] == [starting.ONE_LOOP, starting.ONCE_ONLY]
    assert not [reason for reason in result.left_out if "no good answer" in reason]
    assert result.findings == []


def test_an_app_that_starts_again_is_started_for_each_scenario() -> None:
    app = KeepsWhatItServed(second_start_is_fine=True)
    result = fuzz(app, settings(None))
    assert starting.ONE_LOOP not in result.left_out
    assert app.starts > 200
    assert result.findings == []


def test_what_the_lifespan_of_the_only_start_broke_is_told() -> None:
    class Silent(KeepsWhatItServed):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "lifespan":
                await super().__call__(scope, receive, send)
                return
            await receive()
            self.starts += 1
            await send(
                {"type": "lifespan.startup.complete" if self.starts == 1 else "lifespan.startup.failed"}
            )
            await receive()

    result = fuzz(Silent(), settings(Silent))
    assert [found.finding.rule.id for found in result.findings] == ["lifespan.shutdown.answered"]


def test_what_a_missing_key_breaks_is_confirmed_on_a_fresh_app() -> None:
    class Reads(KeepsWhatItServed):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                assert scope["raw_path"]  # None will not do either, so there is no plain spelling with it
            await super().__call__(scope, receive, send)

    result = fuzz(Reads(), settings(Reads))
    assert starting.ONE_LOOP in result.left_out
    assert [found.finding.rule.id for found in result.findings] == ["http.scope.raw-path.default"]


def test_what_an_app_showed_that_starts_only_so_often_is_shown_again_by_a_fresh_one() -> None:
    class Tires(KeepsWhatItServed):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan" and self.starts == STARTS:
                raise RuntimeError("started too often")
            await super().__call__(scope, receive, send)
            assert scope["type"] != "http" or scope["client"]

    kept: list[tuple[str, bool]] = []

    def keep(found: Found, stands: bool) -> None:
        if not found.absorbed:
            kept.append((found.finding.rule.id, stands))

    result = fuzz(
        Tires(second_start_is_fine=True),
        replace(settings(lambda: Tires(second_start_is_fine=True)), max_examples=STARTS + 5),
        keep=keep,
    )
    assert starting.ONE_LOOP in result.left_out
    assert {found.finding.rule.id for found in result.findings} == {"http.scope.client.default"}
    assert result.findings[0].first_example < STARTS
    rule = [stands for rule, stands in kept if rule == "http.scope.client.default"]
    assert False in rule  # what the app showed that had been started too often
    assert rule[-1]
