"""A campaign against one app in process: probe, sweep, compare spellings, then search with a corpus.

The sweep is systematic and needs no chance: it plays every single fault and every single odd spelling
around plain exchanges. What it leaves of the budget goes to a corpus of scenarios that reached
something new (a cell of a state table, a rule, a behaviour, a branch of the app) and their mutations.
Whatever breaks a rule is made small on the scenario itself, run once more, and told once.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Set
from itertools import compress, islice
from typing import Any

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
from asgisim.space import scenario

SWEEP_SHARE = 0.7  # of the examples, at most, when a search follows

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
        plain = [self._plain(base) for base in bases]
        if not self.settings.search:
            self._short(bases, plain)
            return
        first = [first for _, first in _marked(bases)]
        self._compare(bases)
        self._sweep(list(map(_swept, bases, plain, first)))
        self._compare(self.corpus.samples(20))
        self._search()

    def _short(self, bases: list[Scenario], plain: list[Trace]) -> None:
        """The main exchange of each route first, then what there is time for."""
        mains = short.mains(bases, plain)
        swept = list(map(_swept, bases, plain, mains))
        for wanted in (True, False):
            chosen = list(compress(bases, (main is wanted for main in mains)))
            self._compare(chosen, short.slices(len(chosen), self.settings.max_examples) if wanted else 1)
            self._sweep(list(compress(swept, (main is wanted for main in mains))))
        self._compare(self.corpus.samples(20))

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

    def _sweep(self, streams: list[Iterator[Scenario]]) -> None:
        share = self.settings.max_examples * (SWEEP_SHARE if self.settings.search else 1)
        number, count = self.settings.part
        for one in islice(_in_turn(streams), number, None, count):
            if self._out_of_budget(share):
                self._leave_out("the sweep did not end within the budget")
                break
            self._explore(one)

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

    def _search(self) -> None:
        rnd = random.Random(self.settings.seed)
        routes = [route for route in self.settings.routes if route.protocol in self.protocols]
        protocols = tuple(name for name in self.protocols if name != "lifespan" or self.player.lifespan)
        if not protocols or (not routes and "lifespan" not in protocols):
            return
        if self.hypothesis:
            draw(routes, protocols, self.settings.drawn, self.settings.seed, self._explore_drawn)
        while not self._out_of_budget():
            fresh = self.corpus.next_mutation()
            if fresh is None:
                fresh = scenario(_chooser(rnd), protocols=protocols, routes=tuple(routes))
            self._explore(self.player.inside(fresh))

    def _compare(self, bases: list[Scenario], slices: int = 1) -> None:
        """The equivalences, on plain exchanges and on what brought something new.

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
            comparer.compare(base, (index % slices, slices))
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


def _in_turn(streams: list[Iterator[Scenario]]) -> Iterator[Scenario]:
    """One from each in turn, until all are used up: no route waits for another's sweep to end."""
    while streams:
        for stream in list(streams):
            one = next(stream, None)
            if one is None:
                streams.remove(stream)
            else:
                yield one
