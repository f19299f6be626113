"""A campaign against one app in process: probe, sweep, compare spellings, then search with a corpus.

The sweep is systematic and needs no chance: it plays every single fault and every single odd spelling
around plain exchanges. What it leaves of the budget goes to a corpus of scenarios that reached
something new (a cell of a state table, a rule, a behaviour, a branch of the app) and their mutations.
Whatever breaks a rule is made small on the scenario itself, run once more, and told once.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Set
from itertools import chain, compress, islice
from typing import Any, TypeVar

from asgisim.drive.sim import Spoilt
from asgisim.drive.sim.cover import watching
from asgisim.fuzz import short, starting
from asgisim.fuzz.comparing import Comparer
from asgisim.fuzz.corpus import Corpus
from asgisim.fuzz.drawn import draw, ready
from asgisim.fuzz.findings import Campaign, Found, key_of
from asgisim.fuzz.ledger import Keep, Ledger, clock
from asgisim.fuzz.player import Player
from asgisim.fuzz.settings import Settings
from asgisim.fuzz.sweep import base_scenarios, sweep
from asgisim.judge import Finding, Report
from asgisim.model import trace as t
from asgisim.model.scenario import Exchange, Scenario
from asgisim.model.trace import Trace
from asgisim.space import Route, scenario

SWEEP_SHARE = 0.7  # of the examples, at most, when a search follows
OPENING = 100  # scenarios drawn at random, in turn with what is systematic

T = TypeVar("T")

Progress = Callable[[Campaign], None]


def fuzz(
    app: Any, settings: Settings, progress: Progress | None = None, keep: Keep | None = None
) -> Campaign:
    """Run a campaign against an app (a callable). Ctrl-C ends it early with what was found so far.

    keep: is called with a finding and True as soon as a second run has confirmed it, and again each time
    that its witness changes; with False when it turns out to be none, or another one's.
    """
    return _Run(app, settings, progress, keep).go()


class _Run:
    def __init__(
        self, app: Any, settings: Settings, progress: Progress | None, keep: Keep | None = None
    ) -> None:
        self.settings = settings
        self.protocols = settings.protocols
        self.progress = progress
        self.hypothesis = settings.search and settings.drawn > 0 and ready()
        self.player = Player(app, settings)
        self.result = Campaign()
        if settings.search and settings.drawn and not self.hypothesis:
            self.result.left_out.append("Hypothesis is not installed there: it drew no scenarios")
        self.left_out_before = self.result.left_out[:]
        self.ledger = Ledger(self.player, self.result, keep)
        self.cover = watching(settings.cover) if settings.search else None
        self.branches: Set[int] = frozenset()  # that the last example took
        self.corpus = Corpus(random.Random(settings.seed), self.cover is not None)
        self.rnd = random.Random(settings.seed)  # for what is drawn
        self.first: list[tuple[Finding, Scenario, Trace]] = []  # of a start that could not be done again
        self.played = 0  # counts towards max_examples; comparing and shrinking come on top

    def go(self) -> Campaign:
        """All phases; what was found is complete at every moment."""
        try:
            try:
                self._probe()
                self._phases()
            except starting.CannotRestart:
                if self._one_loop():
                    self._phases()
        except Spoilt:
            self.result.left_out.append(starting.ENDED)
        except KeyboardInterrupt:
            self.result.interrupted = True
        finally:
            self.player.simulator.close()
            if self.cover is not None:
                self.cover.stop()
        self.ledger.sort_out()
        return self.result

    def _phases(self) -> None:
        bases = self._bases()
        if not self.settings.search:
            self._short(bases, [self._plain(base) for base in bases])
            return
        first = [first for _, first in _marked(bases)]
        plain = self._plain_and_jointly(bases)
        compared, swept = self._compared(bases), self._swept(list(map(_swept, bases, plain, first)))
        if self.player.kept:
            # What drawn scenarios do to a kept app must not come between two that are compared.
            _use_up(compared, swept)
        else:
            _use_up(_in_turn([compared, swept, compared, islice(self._drawn(), OPENING)]))
        _use_up(self._compared(self.corpus.samples(20)))
        self._search()

    def _short(self, bases: list[Scenario], plain: list[Trace]) -> None:
        """The main exchange of each route first, then what there is time for."""
        mains = short.mains(bases, plain)
        swept = list(map(_swept, bases, plain, mains))
        self._jointly(list(compress(bases, mains)), list(compress(plain, mains)))
        for wanted in (True, False):
            chosen = list(compress(bases, (main is wanted for main in mains)))
            parts = short.slices(len(chosen), self.settings.max_examples) if wanted else 1
            _use_up(self._compared(chosen, parts))
            _use_up(self._swept(list(compress(swept, (main is wanted for main in mains)))))
        _use_up(self._compared(self.corpus.samples(20)))

    # Running one scenario

    def _out_of_budget(self, examples: float = 0) -> bool:
        limit = examples or self.settings.max_examples
        return self.played >= limit or clock() - self.ledger.began > self.settings.max_time

    def _covered(self, one: Scenario) -> tuple[Trace, Report]:
        """Run, and see what branches that took."""
        if self.cover is None:
            return self.player.run(one)
        self.cover.take()  # of runs that were none of the search's
        done = self.player.run(one)
        self.branches = self.cover.take()
        return done

    def _play(self, one: Scenario) -> tuple[Trace, Report]:
        """Run, count, and look into what broke."""
        trace, report = self._covered(one)
        if one.exchanges[0] is self.player.lifespan and not starting.started(trace):
            if self.player.kept:
                raise Spoilt("a fresh app does not start")
            raise starting.CannotRestart
        result = self.result
        result.examples += 1
        self.played += 1
        self.ledger.look(one, trace, report)
        if self.progress is not None and result.examples % 50 == 0:
            self.ledger.sort_out()
            self.progress(result)
        return trace, report

    # How it begins

    def _probe(self) -> None:
        """Does the app take part in lifespan? Then every scenario runs inside one. Can it start again?"""
        player = self.player
        plain = Scenario([Exchange({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}})])
        trace, report = player.run(plain)
        if starting.started(trace):
            player.lifespan = plain.exchanges[0]
            if not player.kept and not starting.restartable(player.trace, self._round(), player.fresh_trace):
                # It cannot be run again to make it smaller; it is plain already.
                self.first = [(finding, plain, trace) for finding in report.findings]
                raise starting.CannotRestart
        elif player.kept:
            player.keep(player.app)
        if player.kept:
            self._only_once()
        else:
            self._play(plain)

    def _round(self) -> Scenario:
        lifespan = self.player.lifespan
        assert lifespan is not None
        firsts = [base for base, first in _marked(self._bases()) if first]
        return starting.round_of(lifespan, (base for base in firsts if base.exchanges[-1].protocol == "http"))

    def _one_loop(self) -> bool:
        """Go on with a fresh app in a kept simulator; what a spoilt app has shown has to be shown again."""
        fresh = self.player.fresh()
        shown = self.ledger.forget()
        self.corpus = Corpus(random.Random(self.settings.seed), self.cover is not None)
        self.result.left_out = self.left_out_before[:]
        for finding, one, trace in self.first:
            self.ledger.groups[key_of(finding, "lifespan")] = Found(finding, "lifespan", one, trace)
        if fresh is None:
            self.result.left_out.append(starting.NO_FRESH)
            return False
        self.player.keep(fresh)
        self.result.left_out.append(starting.ONE_LOOP)
        self._only_once()
        for one in shown:
            self._explore(self.player.inside(one))
        return True

    def _only_once(self) -> None:
        self.protocols = tuple(one for one in self.protocols if one != "lifespan")
        self.result.left_out.append(starting.ONCE_ONLY)

    # The phases

    def _bases(self) -> list[Scenario]:
        wanted = [route for route in self.settings.routes if route.protocol in self.protocols]
        bases = [self.player.inside(one) for one in base_scenarios(wanted)]
        if "lifespan" not in self.protocols:
            bases = [one for one in bases if one.exchanges[-1].protocol != "lifespan"]
        return bases

    def _plain(self, base: Scenario) -> Trace:
        """Play a plain exchange. A route that answers it with a 500 has no plain request of that kind."""
        trace, report = self._covered(base)
        for one in trace:
            if one.kind == t.SEND and _type(one).endswith("response.start") and one.data.get("status") == 500:
                exchange = base.exchanges[one.exchange]
                self.ledger.odd_routes.add((exchange.protocol, str(exchange.scope.get("path"))))
        self.result.examples += 1
        self.ledger.look(base, trace, report)
        self.corpus.add(base, trace, report, self.branches)
        return trace

    def _plain_and_jointly(self, bases: list[Scenario]) -> list[Trace]:
        """All plain exchanges, then each in many spellings at once: those on routes before the others."""
        plain: list[Trace] = []
        on_routes = [base for base in bases if base.exchanges[-1].protocol in ("http", "websocket")]
        for some in (on_routes, bases[len(on_routes) :]):
            traces = [self._plain(base) for base in some]
            self._jointly(some, traces)
            plain += traces
        return plain

    def _jointly(self, bases: list[Scenario], plain: list[Trace]) -> None:
        comparer = Comparer(self.ledger)
        number, count = self.settings.part
        for base, trace in list(zip(bases, plain, strict=True))[number::count]:
            for _ in comparer.jointly(base, trace, lambda one: self._play(one)[0]):
                if self._out_of_budget():
                    return

    def _swept(self, streams: list[Iterator[Scenario]]) -> Iterator[None]:
        """The sweep; a step for each scenario."""
        share = self.settings.max_examples * (SWEEP_SHARE if self.settings.search else 1)
        number, count = self.settings.part
        for one in islice(_in_turn(streams), number, None, count):
            if self._out_of_budget(share):
                self._leave_out("the sweep did not end within the budget")
                break
            self._explore(one)
            yield

    def _drawn(self) -> Iterator[None]:
        """Scenarios at random, without end; a step for each."""
        protocols, routes = self._searched()
        while protocols and not self._out_of_budget():
            fresh = scenario(_chooser(self.rnd), protocols=protocols, routes=routes)
            self._explore(self.player.inside(fresh))
            yield

    def _leave_out(self, reason: str) -> None:
        if reason not in self.result.left_out:
            self.result.left_out.append(reason)

    def _explore(self, one: Scenario) -> None:
        if not self.player.fits(one):
            return
        trace, report = self._play(one)
        self.corpus.add(one, trace, report, self.branches)

    def _explore_drawn(self, one: Scenario) -> None:
        if not self._out_of_budget():
            self._explore(self.player.inside(one))

    def _searched(self) -> tuple[tuple[str, ...], tuple[Route, ...]]:
        """The protocols and routes that scenarios are drawn for; no protocol if there is nothing to draw."""
        routes = tuple(route for route in self.settings.routes if route.protocol in self.protocols)
        protocols = tuple(name for name in self.protocols if name != "lifespan" or self.player.lifespan)
        return protocols if routes or "lifespan" in protocols else (), routes

    def _search(self) -> None:
        protocols, routes = self._searched()
        if not protocols:
            return
        if self.hypothesis:
            draw(list(routes), protocols, self.settings.drawn, self.settings.seed, self._explore_drawn)
        drawn = self._drawn()
        while not self._out_of_budget():
            fresh = self.corpus.next_mutation()
            if fresh is None:
                next(drawn, None)
            else:
                self._explore(self.player.inside(fresh))

    def _compared(self, bases: list[Scenario], slices: int = 1) -> Iterator[None]:
        """The equivalences, on plain exchanges and on what brought something new; a step for each.

        slices: in how many parts they fall, of which each base gets one.
        """
        limit = self.ledger.began + self.settings.max_time * 0.6
        comparer = Comparer(self.ledger)
        number, count = self.settings.part
        for index, base in enumerate(bases[number::count]):
            # In the short form comparisons count as all else does.
            if clock() > limit or (not self.settings.search and self._out_of_budget()):
                self._leave_out("not all equivalences were tried within the budget")
                break
            before = self.result.examples
            yield from comparer.compare(base, (index % slices, slices))
            if not self.settings.search:
                self.played += self.result.examples - before
        if slices > 1:
            self._leave_out("each route was tried with a part of the equivalences")
        self.result.left_out.extend(sorted(comparer.unstable))


def _type(one: t.Step) -> str:
    return str(one.data.get("type")) if isinstance(one.data, dict) else ""


def _chooser(rnd: random.Random) -> Callable[[int], int]:
    pick = rnd.random
    return lambda n: int(pick() * n)


def _marked(bases: list[Scenario]) -> Iterator[tuple[Scenario, bool]]:
    """Each base, and whether it is the first of its route."""
    seen: set[tuple[str, str]] = set()
    for base in bases:
        last = base.exchanges[-1]
        route = (last.protocol, str(last.scope.get("path")))
        yield base, route not in seen
        seen.add(route)


def _swept(base: Scenario, plain: Trace, first: bool) -> Iterator[Scenario]:
    """The sweep without the base itself, which has been played."""
    return islice(sweep(lambda _: plain, base, edits=first), 1, None)


def _use_up(*streams: Iterator[None]) -> None:
    """Take all steps."""
    for _ in chain(*streams):
        pass


def _in_turn(streams: list[Iterator[T]]) -> Iterator[T]:
    """One from each in turn, until all are used up: no route waits for another's sweep to end."""
    while streams:
        for stream in list(streams):
            for one in stream:
                yield one
                break
            else:
                streams.remove(stream)
