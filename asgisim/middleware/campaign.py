"""A campaign against a middleware: every inner app, alone and behind it, in every exchange of the sweep.

Three things are looked at. Outside, the middleware is an app: what it breaks there that the inner app alone
does not break is its own. Inside it is a server, and judged as one. And what got lost between the two is
found by comparing the run with the one of the inner app alone.
"""

from __future__ import annotations

import functools
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from asgisim import equal
from asgisim.drive.sim import Simulator
from asgisim.drive.sim.run import single
from asgisim.equal import calm, outcome, overlap
from asgisim.fuzz.explain import SYMPTOMS
from asgisim.fuzz.findings import Campaign, Found, Key
from asgisim.fuzz.settings import Settings
from asgisim.fuzz.shrink import shrink
from asgisim.fuzz.sweep import sweep
from asgisim.judge import Finding, judge
from asgisim.middleware import words
from asgisim.middleware.boundary import Above, Below, has_failed, offers, served_unstarted
from asgisim.middleware.compare import END, SCOPE, Profile, differences, repeated, told_of_a_stranger
from asgisim.middleware.exchanges import (
    BODIES,
    LEAST,
    SWITCHES,
    Switch,
    after_a_stranger,
    base_of,
    least_of,
    mounted,
    odd,
    posted,
    switches_of,
)
from asgisim.middleware.inner import ALL, TELLS, Inner
from asgisim.middleware.oneloop import OneLoop
from asgisim.model.scenario import Scenario
from asgisim.model.trace import RAISE, Trace
from asgisim.spec import CATALOGUE
from asgisim.spec.between import COPY, ONCE, SEND
from asgisim.spec.rules import By, Party

_clock = time.perf_counter
SHRINK_RUNS = 60
_OTHER: Switch = ((b"origin", b"https://example.org"),)  # what the client after the stranger says
_FURTHER = ("hello", "echo", "echo session")  # inner apps that are tried with more than the others
_FAVOUR = 6
_HARMLESS = ".lowercase"  # breaks after which all goes on as if they were none
_SWEPT_MINED = 12
_SLOW, _SLOW_RUNS = 3.0, 2  # real seconds of a run that waits for a thread; an inner app gets two such runs
# What is raised by mistake: a message of another kind than was thought, mostly.
_SLIPS = (
    "AssertionError",
    "AttributeError",
    "IndexError",
    "KeyError",
    "NameError",
    "TypeError",
    "UnboundLocalError",
)
_EQUAL = ("hello", "echo", "echo session", "full lifespan")
_BETWEEN = sum(rule.bit for rule in CATALOGUE.values() if rule.by is By.BETWEEN)
Progress = Callable[[Campaign], None]
Make = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """A break in one run of one case."""

    finding: Finding
    trace: Trace


def fuzz_middleware(
    make: Make, settings: Settings, profile: Profile, progress: Progress | None = None
) -> Campaign:
    """Run a campaign against the middleware that `make` puts around an app. Ctrl-C ends it early."""
    return _Run(make, settings, profile, progress).go()


class _Run:
    def __init__(self, make: Make, settings: Settings, profile: Profile, progress: Progress | None) -> None:
        self.make = make
        self.settings = settings
        self.profile = profile
        self.progress = progress
        self.result = Campaign()
        self.groups: dict[Key, Found] = {}
        self.unequal: list[Found] = []
        self.symptoms: set[tuple[str, ...]] = set()
        self.one_loop = OneLoop() if settings.loop == "asyncio" else None
        self.slow: Counter[str] = Counter()  # runs of each inner app that took seconds
        self.began = _clock()

    def go(self) -> Campaign:
        """All cases, one from each inner app in turn."""
        try:
            number, count = self.settings.part
            for index, (inner, scenario) in enumerate(islice(self._cases(), number, None, count)):
                if self._out_of_budget():
                    self.result.left_out.append("not all exchanges were tried within the budget")
                    break
                self._play(inner, scenario)
                if index == len(ALL) and number == 0:
                    self._respell()
        except KeyboardInterrupt:
            self.result.interrupted = True
        finally:
            if self.one_loop is not None:
                self.one_loop.close()
        for name in sorted(name for name, count in self.slow.items() if count >= _SLOW_RUNS):
            self.result.left_out.append(
                f"the inner app {name!r} was given up: it holds a thread up for seconds"
            )
        self.result.seconds = _clock() - self.began
        told = [found for found in self.groups.values() if not self._explained(found)]
        order = sorted(told, key=lambda f: (f.finding.rule.level.rank, f.finding.rule.id))
        for found in order:
            if found.finding.rule.advisory:
                self.result.notes.append(found)
            else:
                (self.result.findings if found.stable else self.result.flaky).append(found)
        return self.result

    def _out_of_budget(self) -> bool:
        late = _clock() - self.began > self.settings.max_time
        return late or self.result.examples >= self.settings.max_examples

    def _cases(self) -> Iterator[tuple[Inner, Scenario]]:
        wanted = [one for one in ALL if one.protocol in (*self.settings.protocols, "asgisim.unknown")]
        streams = [self._exchanges(inner) for inner in wanted]
        # Odd scopes show with any inner app: those of a few are tried sooner.
        favoured = [stream for inner, stream in zip(wanted, streams, strict=True) if inner.name in _FURTHER]
        mined = self._mined()
        streams += [self._further(inner, mined) for inner in wanted if inner.name in _FURTHER]
        streams += favoured * _FAVOUR
        while streams:
            for stream in list(streams):
                case = next(stream, None)
                if case is None:
                    streams.remove(stream)
                elif not _is_open(case[1]):
                    yield case

    def _exchanges(self, inner: Inner) -> Iterator[tuple[Inner, Scenario]]:
        """The plain exchange, again, with each switch, then the whole sweep around it."""
        switches = switches_of(inner)
        bases = [Scenario([base_of(inner, switch)]) for switch in switches]
        for number, base in enumerate(bases):
            yield inner, base
            if number < 2:
                yield inner, Scenario([base.exchanges[0], base_of(inner, switches[number])])
        if inner.name in _FURTHER:
            yield inner, Scenario(after_a_stranger(inner, _OTHER))
        for base in bases[:2]:
            run = functools.partial(self._simulated, Below(inner.make()))
            yield from ((inner, one) for one in sweep(run, base))

    def _further(self, inner: Inner, mined: list[Switch]) -> Iterator[tuple[Inner, Scenario]]:
        """A mount, bodies of all kinds, what the middleware's own code names, the switches in odd forms, and
        all that is odd in a scope where nothing else is in it."""
        if inner.protocol in LEAST:
            yield inner, Scenario([mounted(inner)])
        if inner.protocol == "http":
            for pieces in (1, 3):
                for kind, body in BODIES:
                    yield inner, Scenario([posted(inner, kind, body, pieces)])
        for switch in (*mined, *odd((*SWITCHES, *mined))):
            yield inner, Scenario([base_of(inner, switch)])
        run = functools.partial(self._simulated, Below(inner.make()))
        for switch in mined:
            base = Scenario([base_of(inner, switch)])
            yield from ((inner, one) for one in islice(sweep(run, base, edits=False), _SWEPT_MINED))
        if inner.protocol in LEAST:
            yield from ((inner, one) for one in sweep(run, Scenario([least_of(inner)])))

    def _mined(self) -> list[Switch]:
        try:
            return words.switches(self._made(Below(ALL[0].make())))
        except Exception:  # told when it is made for an exchange
            return []

    def _respell(self) -> None:
        """Equal spellings of one exchange are the same to the middleware as well (`asgisim.equal`).

        And of two requests at once each is answered for itself.
        """
        try:
            self._made(Below(ALL[0].make()))
        except Exception:  # told when it is made for an exchange
            return
        wanted = [one for one in ALL if one.name in _EQUAL and one.protocol in self.settings.protocols]
        spelled = [(inner, equal.compare) for inner in wanted]
        at_once = [(TELLS, overlap.compare)] if "http" in self.settings.protocols else []
        for inner, compare in (*spelled, *at_once):
            for one in compare(functools.partial(self._behind, inner), Scenario([base_of(inner)])):
                self.result.examples += one.runs
                if self._out_of_budget():
                    return
                self._unequal(inner, one)

    def _unequal(self, inner: Inner, one: equal.Comparison) -> None:
        key = (one.rule.id, Party.APP.value, inner.protocol)
        if not one.details or key in self.groups or not self.settings.wants(one.rule.id, one.rule.level):
            return

        def alone(scenario: Scenario) -> Trace:
            return self._simulated(Below(inner.make()), scenario)

        if any(other.details for other in equal.again(alone, one.scenario, one.rule.id)):
            return
        detail = f"{one.details[0]} (inner app: {inner.name})"
        finding = Finding(one.rule, Party.APP, detail, 0, len(one.trace) - 1)
        found = Found(finding, inner.protocol, one.scenario, one.trace, first_example=self.result.examples)
        found.first_seconds = _clock() - self.began
        self.groups[key] = found
        self.unequal.append(found)
        self.symptoms |= _errors(one.trace)

    def _explained(self, found: Found) -> bool:
        """Whether it is only how an unequal treatment shows, or how what gets lost in between does."""
        if found in self.unequal:
            others = (one for one in self.groups.values() if one.protocol == found.protocol)
            return any(one.finding.rule.by is By.BETWEEN for one in others)
        return found.finding.rule.id in SYMPTOMS and bool(_errors(found.trace) & self.symptoms)

    def _behind(self, inner: Inner, scenario: Scenario) -> Trace:
        return self._simulated(self._made(Below(inner.make())), scenario)

    def _play(self, inner: Inner, scenario: Scenario) -> None:
        if self.slow[inner.name] >= _SLOW_RUNS:
            return
        self.result.examples += 1
        began = _clock()
        seen = self._run(inner, scenario)
        self.slow[inner.name] += _clock() - began > _SLOW
        if any(map(_is_of_a_loop, seen)):  # servers have one loop, and we had to begin another one
            seen = []
        if self.progress is not None:
            self.progress(self.result)
        for one in seen:
            key = _key(one, inner)
            if key in self.groups:
                self.groups[key].count += 1
            else:
                self._add(key, one, inner, scenario)

    def _add(self, key: Key, one: Seen, inner: Inner, scenario: Scenario) -> None:
        finding = one.finding
        protocol = scenario.exchanges[min(finding.exchange, len(scenario.exchanges) - 1)].protocol
        found = Found(finding, protocol, scenario, one.trace, first_example=self.result.examples)
        found.first_seconds = _clock() - self.began
        self.groups[key] = found

        def again(candidate: Scenario) -> Seen | None:
            return next((other for other in self._run(inner, candidate) if _key(other, inner) == key), None)

        def keeps(candidate: Scenario) -> bool:
            return not self._out_of_budget() and again(candidate) is not None

        small = scenario if self.slow[inner.name] else shrink(scenario, keeps, SHRINK_RUNS)
        last = again(small)
        found.stable = last is not None
        if last is not None:
            found.scenario, found.trace = small, last.trace
            found.finding = replace(last.finding, detail=f"{last.finding.detail} (inner app: {inner.name})")

    # One case

    def _made(self, inner: Any) -> Any:
        """The middleware around it, of whichever style."""
        return single(self.make(inner))

    def _run(self, inner: Inner, scenario: Scenario) -> list[Seen]:
        alone_below = Below(inner.make())
        alone = self._simulated(alone_below, scenario)
        below = Below(inner.make())
        try:
            made = self._made(below)
        except Exception as error:
            return [Seen(_broken("robust.crash", f"making the middleware raises {error!r}"), alone)]
        above = Above(made)
        behind = self._simulated(above, scenario)
        legal = all(offers(trace, inner.needs) for trace in below.calls)
        # What an inner app makes of an extension that is kept from it is its own fault.
        found = list(self._outside(alone, behind)) if legal else []
        unstarted = has_failed(below.calls) and not has_failed(alone_below.calls)
        if unstarted:  # a gateway that started the app itself; who does not serve then may say so by raising
            found = [one for one in found if one.finding.rule.id not in SYMPTOMS]
        inside = list(self._inside(alone_below, below, behind))
        if legal and not found and not unstarted:
            told = [one.finding.rule.id for one in inside]
            between = self._between(scenario, alone, behind, alone_below, below)
            found = [one for one in between if not _is_of(one.finding, told)]
            found = self._apart(found, inner, scenario)
        found += inside
        if above.changed:
            key = above.changed[0]
            found.append(
                Seen(Finding(COPY, Party.APP, f"scope[{key!r}] is another after the call", 0, 0), behind)
            )
        self.result.exercised |= _BETWEEN
        return [one for one in found if self.settings.wants(one.finding.rule.id, one.finding.rule.level)]

    def _apart(self, found: list[Seen], inner: Inner, scenario: Scenario) -> list[Seen]:
        """Headers that are lost since reading uses them up are legal, and rare: told apart, as advice."""
        if inner.listed is None or all(one.finding.rule is not SEND for one in found):
            return found
        listed = self._run(replace(inner, make=inner.listed, listed=None), scenario)
        if any(one.finding.rule is SEND for one in listed):
            return found
        return [
            replace(one, finding=replace(one.finding, rule=ONCE)) if one.finding.rule is SEND else one
            for one in found
        ]

    def _simulated(self, app: Any, scenario: Scenario) -> Trace:
        if self.one_loop is not None and scenario.exchanges[0].protocol != "lifespan":
            return self.one_loop.run(app, scenario)
        simulator = Simulator(app, loop=self.settings.loop)
        try:
            return simulator.run(scenario)
        finally:
            simulator.close()

    def _outside(self, alone: Trace, behind: Trace) -> Iterator[Seen]:
        """What the middleware breaks as an app, and the inner app alone does not."""
        report = judge(behind, self.settings.edition)
        self.result.exercised |= report.exercised
        self.result.cells |= report.cells
        if not report.findings:
            return
        known = {finding.rule.id for finding in judge(alone, self.settings.edition).findings}
        for finding in report.findings:
            if finding.party is not Party.SERVER and _is_new(finding, known):
                yield Seen(finding, behind)

    def _inside(self, alone: Below, behind: Below, outer: Trace) -> Iterator[Seen]:
        """What the middleware breaks as the inner app's server, and our own server does not."""
        if served_unstarted(behind.calls):
            words = "towards the inner app: it is asked although its startup has failed"
            yield Seen(Finding(CATALOGUE["lifespan.startup.failed.exits"], Party.SERVER, words, 0, 0), outer)
        known = {finding.rule.id for trace in alone.calls for finding in judge(trace).findings}
        for trace in behind.calls:
            for finding in _uncaused(judge(trace).findings):
                if finding.party is Party.SERVER and _is_new(finding, known):
                    yield Seen(replace(finding, detail=f"towards the inner app: {finding.detail}"), trace)

    def _between(
        self, scenario: Scenario, alone: Trace, behind: Trace, alone_below: Below, below: Below
    ) -> Iterator[Seen]:
        """What differs from the inner app alone, where nothing falls elsewhere behind a layer."""
        if not all(calm(one) for one in scenario.exchanges):
            yield from self._stumbles(scenario, alone, behind)
            return
        count = len(scenario.exchanges)
        if count == 1:
            calls = (alone_below.calls, below.calls)
            for rule, detail in differences(alone, behind, calls, 0, self.profile):
                yield Seen(Finding(rule, Party.APP, detail, 0, len(behind) - 1), behind)
        elif count == 2 and scenario.exchanges[1].options.start == 0:
            first, second = (exchange.scope for exchange in scenario.exchanges)
            look = repeated if first == second else told_of_a_stranger
            for rule, detail in look(behind):
                if not list(look(alone)):
                    yield Seen(Finding(rule, Party.APP, detail, 1, len(behind) - 1), behind)

    def _stumbles(self, scenario: Scenario, alone: Trace, behind: Trace) -> Iterator[Seen]:
        """An error that nobody raises on purpose, once the client has gone: the inner app goes quietly."""
        acts = {act.act for act in scenario.exchanges[0].script}
        if len(scenario.exchanges) > 1 or "cancel" in acts or outcome(alone, 0).ended != "returned":
            return
        for step in behind:
            if step.kind == RAISE and not step.data.get("own") and step.data.get("type") in _SLIPS:
                error = f"{step.data['type']}: {step.data.get('text', '')}".rstrip(": ")
                detail = f"the call raised {error} when the client had gone, alone it returned"
                where = tuple(step.data.get("where", ()))
                yield Seen(Finding(END, Party.APP, detail, 0, len(behind) - 1, where=where), behind)


def _is_of_a_loop(seen: Seen) -> bool:
    """Whether asyncio refuses something that belongs to the loop of an earlier run."""
    words = ("a different event loop", "a different loop", "Event loop is closed")
    return seen.finding.rule.id.startswith("robust.") and any(word in seen.finding.detail for word in words)


def _is_open(scenario: Scenario) -> bool:
    """Whether a query has a byte outside of ASCII: "percent-encoded" leaves open if a server may give one."""
    queries = (one.scope.get("query_string") for one in scenario.exchanges)
    return any(isinstance(query, bytes) and not query.isascii() for query in queries)


def _is_of(finding: Finding, told: list[str]) -> bool:
    """Whether it is the value of a scope key that a rule for servers has something to say of."""
    key = re.match(r"scope\['(\w+)'\]", finding.detail)
    return key is not None and any(key[1].replace("_", "-") in rule.split(".") for rule in told)


def _errors(trace: Trace) -> set[tuple[str, ...]]:
    """What was raised in a run, and where."""
    raises = (step.data for step in trace if step.kind == RAISE)
    return {(str(data.get("type")), *map(str, data.get("where", ())[-1:])) for data in raises}


def _is_new(finding: Finding, known: set[str]) -> bool:
    """Whether it follows from no other break, and is not of a rule that is broken anyway."""
    return finding.rule.id not in known and (finding.caused_by or _HARMLESS).endswith(_HARMLESS)


def _uncaused(findings: Sequence[Finding]) -> Iterator[Finding]:
    """What is wrong with a scope comes of nothing else, and what is wrong with the events not of it: the
    first of these stands for itself."""
    scope = {finding.rule.id for finding in findings if finding.step == 0}
    first = True
    for finding in findings:
        if finding.step == 0:
            yield replace(finding, caused_by=None)
        elif first and finding.party is Party.SERVER and finding.caused_by in scope:
            first = False
            yield replace(finding, caused_by=None)
        else:
            yield finding


def _broken(rule: str, detail: str) -> Finding:
    return Finding(CATALOGUE[rule], Party.APP, detail, 0, 0)


def _key(one: Seen, inner: Inner) -> Key:
    """One break for each rule and what is said of it, whatever inner app shows it."""
    what = one.finding.detail.split(",", 1)[0].split(": ", 1)[0]
    if one.finding.rule is SCOPE:
        what = re.sub(r" is (?!empty|missing).*", "", what)
        if what.startswith("the request header") and "\\x" in one.finding.detail:
            what = "a request header that is not ASCII"
    return (one.finding.rule.id, one.finding.party.value, inner.protocol, what[:40])
