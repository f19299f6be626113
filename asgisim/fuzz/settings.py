"""What a campaign is to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from asgisim.space import Route
from asgisim.spec.editions import Edition
from asgisim.spec.rules import Level


@dataclass(slots=True)
class Settings:
    """What a campaign is to do.

    max_examples: scenarios to run (shrinking comes on top, and equivalences if a search follows).
    max_time: wall seconds. search: whether the corpus search follows the sweep (without it all is a fixed
    set of scenarios, spread over the routes), and drawn: how many scenarios Hypothesis then
    draws, where it is installed. part: (number, count) of the sweep and the comparisons that this process
    plays, where several share the work. only, ignore: rule ids or prefixes. level: the
    weakest level that is told. edition: None for what each scope announces. reload: gives a fresh app,
    where one is needed since it cannot be started twice. keep_loop: run all in one loop and lifespan.
    cover: names of the app's own modules, whose branches guide the search where Python can tell them (3.12).
    small: over sockets, make what is found small (else all the time is for the search, and what it finds
    is only seen again, however long that takes).
    """

    routes: list[Route] = field(default_factory=lambda: [Route("GET", "/", "http")])
    protocols: tuple[str, ...] = ("http", "websocket", "lifespan")
    max_examples: int = 5000
    max_time: float = 60.0
    seed: int = 0
    loop: str = "asyncio"
    edition: Edition | None = None
    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    level: Level = Level.IMPLIED
    search: bool = True
    drawn: int = 200
    part: tuple[int, int] = (0, 1)
    cover: tuple[str, ...] = ()
    reload: Callable[[], Any] | None = None
    keep_loop: bool = False
    small: bool = True

    def wants(self, rule_id: str, level: Level) -> bool:
        """Whether a finding of this rule is asked for."""
        if level.rank > self.level.rank:
            return False
        if self.only and not rule_id.startswith(self.only):
            return False
        return not (self.ignore and rule_id.startswith(self.ignore))
