"""A campaign against one app in process: probe, sweep, compare spellings, then search with a corpus.

The sweep is systematic and needs no chance: it plays every single fault and every single odd spelling
around plain exchanges. What it leaves of the budget goes to a corpus of scenarios that reached
something new (a cell of a state table, a rule, a behaviour, a branch of the app) and their mutations.
Whatever breaks a rule is made small on the scenario itself, run once more, and told once.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field, replace
from itertools import chain, compress, islice
from typing import Any

from asgisim import equal
from asgisim.drive.sim import Simulator, Spoilt
from asgisim.drive.sim.cover import watching
from asgisim.equal import overlap
from asgisim.fuzz import short, starting
from asgisim.fuzz.corpus import Corpus
from asgisim.fuzz.drawn import draw, ready
from asgisim.fuzz.explain import SYMPTOMS, explain
from asgisim.fuzz.findings import Campaign, Found, Key, key_of
from asgisim.fuzz.shrink import shrink
from asgisim.fuzz.sweep import base_scenarios, sweep
from asgisim.judge import Finding, Report, judge
from asgisim.model import trace as t
from asgisim.model.scenario import Act, Exchange, Scenario
from asgisim.model.trace import Trace
from asgisim.space import Route, scenario
from asgisim.spec.editions import Edition
from asgisim.spec.equal import OVERLAP
from asgisim.spec.rules import Level, Party

# Taken at import: the simulator patches the module's clocks while an app runs.
_clock = time.perf_counter

SWEEP_SHARE = 0.7  # of the examples, at most, when a search follows
SHRINK_RUNS = 300  # runs spent on making one finding small
SHRINK_SECONDS = 20.0  # that making findings small may take beyond max_time, where the runs are slow


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


Progress = Callable[[Campaign], None]
Keep = Callable[[Found, bool], None]


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
        self.progress = progress
        self.keep = keep or (lambda found, stands: None)
        self.hypothesis = settings.search and settings.drawn > 0 and ready()
        self.app = app
        self.kept = settings.keep_loop
        self.simulator = Simulator(app, loop=settings.loop, keep=self.kept, reload=settings.reload)
        self.result = Campaign()
        if settings.search and settings.drawn and not self.hypothesis:
            self.result.left_out.append("Hypothesis is not installed there: it drew no scenarios")
        self.left_out_before = self.result.left_out[:]
        self.groups: dict[Key, Found] = {}
        self.cover = watching(settings.cover) if settings.search else None
        self.branches: Set[int] = frozenset()  # that the last example took
        self.corpus = Corpus(random.Random(settings.seed), self.cover is not None)
        self.lifespan: Exchange | None = None
        self.first: list[tuple[Finding, Scenario, Trace]] = []  # of a start that could not be done again
        self.odd_routes: set[tuple[str, str]] = set()  # (protocol, path) whose plain request gives a 500
        self.played = 0  # counts towards max_examples; comparing and shrinking come on top
        self.began = _clock()

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
            self.simulator.close()
            if self.cover is not None:
                self.cover.stop()
        self._sort_out()
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
        return self.played >= limit or _clock() - self.began > self.settings.max_time

    def _run(self, one: Scenario) -> tuple[Trace, Report]:
        trace = self.simulator.run(one)
        return trace, judge(trace, self.settings.edition)

    def _covered(self, one: Scenario) -> tuple[Trace, Report]:
        """Run, and see what branches that took."""
        if self.cover is None:
            return self._run(one)
        self.cover.take()  # of runs that were none of the search's
        done = self._run(one)
        self.branches = self.cover.take()
        return done

    def _play(self, one: Scenario) -> tuple[Trace, Report]:
        """Run, count, and look into what broke."""
        trace, report = self._covered(one)
        if one.exchanges[0] is self.lifespan and not starting.started(trace):
            if self.kept:
                raise Spoilt("a fresh app does not start")
            raise starting.CannotRestart
        result = self.result
        result.examples += 1
        self.played += 1
        self._look(one, trace, report)
        if self.progress is not None and result.examples % 50 == 0:
            self._sort_out()
            self.progress(result)
        return trace, report

    def _look(self, one: Scenario, trace: Trace, report: Report) -> None:
        """Enter what a run has shown."""
        self.result.exercised |= report.exercised
        self.result.cells |= report.cells
        for finding in (*report.findings, *report.notes):
            self._note(finding, one, trace)

    def _note(self, finding: Finding, one: Scenario, trace: Trace) -> None:
        protocol = one.exchanges[finding.exchange].protocol
        key = key_of(finding, protocol)
        known = self.groups.get(key)
        if known is not None:
            known.count += 1
            if known.finding.caused_by is None or finding.caused_by is not None:
                return
            # Seen alone at last: the better witness.
            count, known.count = known.count, 0
        else:
            count = 1
        if not self._wanted(finding, one, protocol):
            return
        if known is not None:
            self.keep(known, False)
        found = self._enter(key, Found(finding, protocol, one, trace, count))
        self._minimise(key, found)

    def _enter(self, key: Key, found: Found) -> Found:
        found.first_example = self.result.examples
        found.first_seconds = _clock() - self.began
        self.groups[key] = found
        self.result.so_far = len(self.groups)
        return found

    def _wanted(self, finding: Finding, one: Scenario, protocol: str) -> bool:
        if finding.rule.id == "robust.server-error":
            path = str(one.exchanges[finding.exchange].scope.get("path"))
            if (protocol, path) in self.odd_routes:
                return False
        return self.settings.wants(finding.rule.id, finding.rule.level)

    def _minimise(self, key: Key, found: Found) -> None:
        """Confirm a break, make its scenario small, and confirm it once more."""
        alone = found.finding.caused_by is None
        if not self._confirm(key, found, found.scenario, alone):
            return
        self.keep(found, True)
        end = self.began + self.settings.max_time + SHRINK_SECONDS

        def shows(one: Scenario) -> bool:
            return _clock() < end and self._same(key, one, alone) is not None

        small = shrink(found.scenario, shows, SHRINK_RUNS)
        if not self._confirm(key, found, small, alone):
            self.keep(found, False)
            return
        if found.finding.rule.id in SYMPTOMS:
            self._explain(key, found)
        self.keep(found, not found.absorbed)

    def _confirm(self, key: Key, found: Found, one: Scenario, alone: bool) -> bool:
        """Whether a scenario shows the break again; if so it is the witness from now on."""
        found.stable = False  # unless it comes back, also when Ctrl-C ends this
        self.simulator.renew()  # what many runs have done to a kept app must not pass for a finding
        again = self._same(key, one, alone)
        if again is None:
            return False
        found.scenario = one
        found.finding, found.trace = again
        found.stable = True
        return True

    def _explain(self, key: Key, found: Found) -> None:
        """Name the demand behind a crash, if there is one; a break that is known already takes it in."""
        finding = found.finding
        rule = explain(found.scenario, finding.exchange, lambda one: self._same(key, one, False) is not None)
        if rule is None or not self.settings.wants(rule.id, rule.level):
            return
        found.finding = replace(finding, rule=rule)
        for other, known in self.groups.items():
            if other != key and known.finding.rule is rule and known.protocol == found.protocol:
                known.count += found.count
                found.absorbed = True
                return

    def _same(self, key: Key, candidate: Scenario, alone: bool) -> tuple[Finding, Trace] | None:
        if not self._fits(candidate):
            return None
        trace, report = self._run(candidate)
        for finding in (*report.findings, *report.notes):
            if key_of(finding, candidate.exchanges[finding.exchange].protocol) == key and (
                not alone or finding.caused_by is None
            ):
                return finding, trace
        return None

    # The phases

    def _probe(self) -> None:
        """Does the app take part in lifespan? Then every scenario runs inside one. Can it start again?"""
        plain = Scenario([Exchange({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}})])
        trace, report = self._run(plain)
        if starting.started(trace):
            self.lifespan = plain.exchanges[0]
            if not self.kept and not starting.restartable(self._trace_only, self._round(), self._fresh_trace):
                # It cannot be run again to make it smaller; it is plain already.
                self.first = [(finding, plain, trace) for finding in report.findings]
                raise starting.CannotRestart
        elif self.kept:
            self.simulator.close()
            self.simulator = Simulator(self.app, keep=True, reload=self.settings.reload)
        if self.kept:
            self._only_once()
        else:
            self._play(plain)

    def _round(self) -> Scenario:
        assert self.lifespan is not None
        firsts = [base for base, first in _marked(self._bases()) if first]
        return starting.round_of(
            self.lifespan, (base for base in firsts if base.exchanges[-1].protocol == "http")
        )

    def _one_loop(self) -> bool:
        """Go on with a fresh app in a kept simulator; what a spoilt app has shown is forgotten."""
        fresh = self._fresh()
        self.groups.clear()
        self.corpus = Corpus(random.Random(self.settings.seed), self.cover is not None)
        self.odd_routes.clear()
        self.result.exercised, self.result.cells = 0, set()
        self.result.left_out = self.left_out_before[:]
        for finding, one, trace in self.first:
            self.groups[key_of(finding, "lifespan")] = Found(finding, "lifespan", one, trace)
        if fresh is None:
            self.result.left_out.append(starting.NO_FRESH)
            return False
        self.simulator.close()
        self.kept = True
        self.simulator = Simulator(fresh, keep=True, reload=self.settings.reload)
        self.result.left_out.append(starting.ONE_LOOP)
        self._only_once()
        return True

    def _fresh(self) -> Any:
        reload = self.settings.reload
        if reload is None or self.settings.loop != "asyncio":
            return None
        try:
            return reload()
        except Exception:  # a module may do anything while it is imported anew
            return None

    def _fresh_trace(self, one: Scenario) -> Trace | None:
        app = self._fresh()
        return None if app is None else Simulator(app).run(one)

    def _only_once(self) -> None:
        self.settings = replace(
            self.settings, protocols=tuple(one for one in self.settings.protocols if one != "lifespan")
        )
        self.result.left_out.append(starting.ONCE_ONLY)

    def _fits(self, one: Scenario) -> bool:
        """A kept lifespan is the same one in every scenario, and the only one."""
        if not self.kept:
            return True
        first, *others = one.exchanges
        if self.lifespan is not None and (first != self.lifespan or not others):
            return False
        return all(other.protocol != "lifespan" for other in (others if self.lifespan else one.exchanges))

    def _inside(self, one: Scenario) -> Scenario:
        if self.lifespan is None or one.exchanges[0].protocol == "lifespan":
            return one
        return Scenario([self.lifespan, *one.exchanges])

    def _bases(self) -> list[Scenario]:
        wanted = [route for route in self.settings.routes if route.protocol in self.settings.protocols]
        bases = [self._inside(one) for one in base_scenarios(wanted)]
        if "lifespan" not in self.settings.protocols:
            bases = [one for one in bases if one.exchanges[-1].protocol != "lifespan"]
        return bases

    def _plain(self, base: Scenario) -> Trace:
        """Play a plain exchange. A route that answers it with a 500 has no plain request of that kind."""
        trace, report = self._covered(base)
        for one in trace:
            if one.kind == t.SEND and _type(one).endswith("response.start") and one.data.get("status") == 500:
                exchange = base.exchanges[one.exchange]
                self.odd_routes.add((exchange.protocol, str(exchange.scope.get("path"))))
        self.result.examples += 1
        self._look(base, trace, report)
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

    def _trace_only(self, one: Scenario) -> Trace:
        return self._run(one)[0]

    def _explore(self, one: Scenario) -> None:
        if not self._fits(one):
            return
        trace, report = self._play(one)
        self.corpus.add(one, trace, report, self.branches)

    def _explore_drawn(self, one: Scenario) -> None:
        if not self._out_of_budget():
            self._explore(self._inside(one))

    def _search(self) -> None:
        rnd = random.Random(self.settings.seed)
        routes = [route for route in self.settings.routes if route.protocol in self.settings.protocols]
        protocols = tuple(name for name in self.settings.protocols if name != "lifespan" or self.lifespan)
        if not protocols or (not routes and "lifespan" not in protocols):
            return
        if self.hypothesis:
            draw(routes, protocols, self.settings.drawn, self.settings.seed, self._explore_drawn)
        while not self._out_of_budget():
            fresh = self.corpus.next_mutation()
            if fresh is None:
                fresh = scenario(_chooser(rnd), protocols=protocols, routes=tuple(routes))
            self._explore(self._inside(fresh))

    def _compare(self, bases: list[Scenario], slices: int = 1) -> None:
        """The equivalences, on plain exchanges and on what brought something new.

        slices: in how many parts they fall, of which each base gets one.
        """
        limit = self.began + self.settings.max_time * 0.6
        unstable: set[str] = set()
        number, count = self.settings.part
        for index, base in enumerate(bases[number::count]):
            # In the short form comparisons count as all else does.
            if _clock() > limit or (not self.settings.search and self._out_of_budget()):
                self._leave_out("not all equivalences were tried within the budget")
                break
            before = self.result.examples
            self._compare_one(base, unstable, (index % slices, slices))
            if not self.settings.search:
                self.played += self.result.examples - before
        if slices > 1:
            self._leave_out("each route was tried with a part of the equivalences")
        self.result.left_out.extend(sorted(unstable))

    def _compare_one(self, base: Scenario, unstable: set[str], part: tuple[int, int]) -> None:
        """The runs are judged as all others are; a symptom of unequal treatment is not told beside it."""
        seen: list[tuple[Finding, Scenario, Trace]] = []
        told: dict[Key, tuple[Finding, Scenario, Trace]] = {}  # told at the end: explained by what is unequal

        def run(one: Scenario) -> Trace:
            trace, report = self._run(one)
            self.result.exercised |= report.exercised
            self.result.cells |= report.cells
            seen.extend((finding, one, trace) for finding in (*report.findings, *report.notes))
            return trace

        for broken in chain(equal.compare(run, base, part), overlap.compare(run, base)):
            self.result.examples += broken.runs
            self.result.exercised |= broken.rule.bit
            for finding, one, trace in seen:
                if not broken.details or finding.rule.id not in SYMPTOMS:
                    key = key_of(finding, one.exchanges[finding.exchange].protocol)
                    told.setdefault((*key, str(finding.caused_by is None)), (finding, one, trace))
            seen.clear()
            if broken.left_out:
                unstable.add(broken.left_out)
                continue
            for detail in broken.details:
                self._unequal(base, broken, detail)
        for finding, one, trace in told.values():
            self._note(finding, one, trace)

    def _unequal(self, base: Scenario, broken: equal.Comparison, detail: str) -> None:
        index = len(broken.scenario.exchanges) - 1
        protocol = broken.scenario.exchanges[index].protocol
        key = (broken.rule.id, protocol)
        if key in self.groups:
            self.groups[key].count += 1
        elif self.settings.wants(broken.rule.id, broken.rule.level):
            base, broken = self._alone(base, broken, detail)
            index = len(broken.scenario.exchanges) - 1
            last = max((at for at, one in enumerate(broken.trace) if one.exchange == index), default=0)
            finding = Finding(broken.rule, Party.APP, detail, index, last)
            found = self._enter(key, Found(finding, protocol, broken.scenario, broken.trace))
            found.stable = self._unequal_again(base, broken)
            if found.stable:
                self.keep(found, True)

    def _alone(
        self, base: Scenario, broken: equal.Comparison, detail: str
    ) -> tuple[Scenario, equal.Comparison]:
        """The same without the lifespan around it, where it shows there too."""
        if self.kept or broken.rule is OVERLAP or base.exchanges[0].protocol != "lifespan":
            return base, broken
        bare = Scenario(base.exchanges[1:])
        for one in equal.again(self._trace_only, bare, broken.rule.id) if bare.exchanges else ():
            if detail in one.details:
                return bare, one
        return base, broken

    def _unequal_again(self, base: Scenario, broken: equal.Comparison) -> bool:
        """Whether a fresh app does the same; only a kept one may have been spoilt by the runs before."""
        if not self.kept or self.settings.reload is None:
            return True
        self.simulator.renew()
        if broken.rule is OVERLAP:
            again = overlap.compare(self._trace_only, base)
        else:
            # From the plain spelling: not every odd one can be respelled into a plain one.
            again = equal.again(self._trace_only, base, broken.rule.id)
        return any(one.details for one in again)

    # The end, and each time that progress is told

    def _sort_out(self) -> None:
        result = self.result
        result.seconds = _clock() - self.began
        result.findings, result.notes, result.flaky = [], [], []
        order = sorted(self.groups.values(), key=lambda f: (f.finding.rule.level.rank, f.finding.rule.id))
        for found in order:
            if found.absorbed:
                continue
            found.caused_by = found.finding.caused_by
            if found.finding.rule.advisory or found.finding.rule.level in (Level.MAY, Level.SILENT):
                result.notes.append(found)
            elif found.stable:
                result.findings.append(found)
            else:
                result.flaky.append(found)


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


def plain_request(method: str = "GET", path: str = "/", body: bytes = b"") -> Scenario:
    """A plain request as one exchange: what `asgisim trace` runs."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
    }
    request = {"type": "http.request", "body": body, "more_body": False}
    return Scenario([Exchange(scope, [Act("recv", 0, "event", request)])])
