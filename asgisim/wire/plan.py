"""What a campaign over sockets plays, and in which order."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain, islice, zip_longest
from typing import Protocol

from asgisim.drive.wire.script import WireScenario
from asgisim.fuzz.settings import Settings
from asgisim.servers import Server
from asgisim.wire import cases, streams
from asgisim.wire.space import curated, made, protocol_of, scenario
from asgisim.wire.sweep import swept

SWEEP = 1000  # examples from which a campaign begins with every single fault


class Played(Protocol):
    """The target, as far as it says what it is asked. http2: all is over HTTP/2. streams: some is.

    plain: it is started as servers mostly are, so that it can be started otherwise as well.
    """

    server: Server
    http2: bool
    streams: bool
    plain: bool

    def scenarios(self, settings: Settings) -> Iterator[WireScenario] | None:
        """What it brings itself."""
        ...


def planned(
    target: Played, settings: Settings, alone: Callable[[], int], slow: Callable[[], int]
) -> Iterator[WireScenario]:
    """The curated ones, then drawn ones; in between a sweep, and those with a server of their own.

    alone: how many of these last may come next, asked each time. slow: the same for those that take long.
    """
    own = target.scenarios(settings)
    if own is not None or target.http2:
        yield from own if own is not None else _streams(settings)
        return
    protocols = [one for one in settings.protocols if one != "lifespan"]
    most = settings.max_examples
    fixed = _alternating([one for one in curated(settings.protocols) if not one.lifespan])
    lives = [one for one in curated(settings.protocols) if one.lifespan]
    lives = lives if "lifespan" in target.server.can else []
    single = swept(protocols) if most >= SWEEP else []
    # Each by its own seed: a scenario is the same whatever came before it.
    drawn = (
        scenario(random.Random(f"{settings.seed}/{number}").randrange, protocols)
        for number in range(most if protocols else 0)
    )
    long = [one for one in map(made, cases.SLOW.values()) if protocol_of(one) in protocols]
    multiplexed = streams.curated() if target.streams and "http" in protocols else []
    otherwise = served(target.server.can, protocols) if target.plain else []
    turns = (
        (iter(fixed), 30),
        (iter(single), 6),
        (iter(lives), alone),
        (iter(otherwise), alone),
        (iter(long), slow),
        (iter(multiplexed), 2),
        (drawn, 20),
    )
    yield from islice(_in_turns(turns), most)


def served(can: Collection[str], protocols: Sequence[str]) -> list[WireScenario]:
    """The curated ones for servers that are started otherwise, as far as a server can be."""
    every = [
        WireScenario(made(steps).steps, served=dict(how))
        for feature, how, steps in cases.SERVED.values()
        if feature in can
    ]
    return [one for one in every if protocol_of(one) in protocols]


def _alternating(scenarios: Sequence[WireScenario]) -> list[WireScenario]:
    """One of each protocol in turn: no protocol is left to the end of a short time."""
    kinds = [[one for one in scenarios if protocol_of(one) == kind] for kind in ("http", "websocket")]
    return [one for turn in zip_longest(*kinds) for one in turn if one is not None]


def _streams(settings: Settings) -> Iterator[WireScenario]:
    """The same over HTTP/2: curated, then drawn."""
    most = settings.max_examples if "http" in settings.protocols else 0
    drawn = (streams.scenario(random.Random(f"{settings.seed}/{number}").randrange) for number in range(most))
    yield from islice(chain(streams.curated(), drawn), most)


def _in_turns(
    turns: Sequence[tuple[Iterator[WireScenario], int | Callable[[], int]]],
) -> Iterator[WireScenario]:
    """So many of each in turn, the last only when the first has no more, until none has."""
    first, *others, last = turns
    sources = [first, *others]
    while sources:
        for source in list(sources):
            most = source[1] if isinstance(source[1], int) else source[1]()
            part = list(islice(source[0], most))
            yield from part
            if len(part) < most:
                sources.remove(source)
                if source is first:
                    sources.insert(0, last)
