"""A campaign over sockets: scenarios against a real server with the puppet inside, breaks made small.

Timing is real here, so nothing counts that was not seen again three times. Of the time given, half is for the
search where it finds something, a fifth for what waited in vain, the rest for seeing it again and making it
small; what there is no time to see again is told as such.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from asgisim.drive.wire.record import Record
from asgisim.drive.wire.script import WireScenario
from asgisim.fuzz.findings import Campaign, Key, key_of
from asgisim.fuzz.settings import Settings
from asgisim.judge import Finding, Report, is_fault
from asgisim.model.trace import Trace
from asgisim.servers import ServerError
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import Level, Party
from asgisim.wire import both, equal, waiting
from asgisim.wire.findings import WireCampaign, WireFound
from asgisim.wire.judge import is_open
from asgisim.wire.lanes import Lanes
from asgisim.wire.later import Later
from asgisim.wire.plan import planned
from asgisim.wire.smaller import simpler
from asgisim.wire.space import protocol_of
from asgisim.wire.target import Player, Target

CONFIRMATIONS = 3
CANDIDATES = 3  # scenarios that are tried before a break counts as flaky
RUNS = 60  # of a minimisation
ALONE = 0.3  # share of the time, at most, for scenarios with a server of their own
RESPELLED = 3  # every how many scenarios one is played in its other spellings too
SEARCH = 0.5  # share of the time that is for the search, if there is something to do after it
SOUGHT = 0.55  # the same where nothing is made small: what was found is only seen again
SEEN_AGAIN = 0.75  # share of the time after which that begins
RESERVE = 0.1  # share of the time, at most, that is left for the run under way and the end of the server
DEAR = 0.1  # share of the time that one scenario may wait in vain
WAITED = 0.7  # share of the time after which what was found is made small
PATIENT = 2  # scenarios of one kind that are given their full time
SECONDS = 3.0  # of a minimisation
SLOW_SECONDS = 12.0  # of one whose runs wait in vain
STALLS = 8  # scenarios that waited in vain, after which several servers share the search
TOGETHER = 8  # servers that then do
STARTS = 0.15  # share of the time, at most, that goes to their starts
UNSURE = (
    "what client and app show together, where several connections had requests under way: the server has "
    "altered these so that nobody knows which call is of which connection"
)
HASTE = 0.3  # seconds that a step waits in the search, and while a scenario is made small


def fuzz_wire(
    target: Target,
    settings: Settings,
    progress: Callable[[Campaign], None] | None = None,
    keep: Callable[[WireFound], None] = lambda found: None,
) -> WireCampaign:
    """Run a campaign. keep: is told of each fault as soon as it has been seen again and made small.

    Raises ServerError if the server does not start.
    """
    return _Search(target, settings, progress, keep).run()


T = TypeVar("T")


@dataclass(slots=True)
class _Witness:
    """A scenario in which a break was seen. hasty: with waits that were cut short."""

    finding: Finding
    scenario: WireScenario
    trace: Trace
    hasty: bool


@dataclass(slots=True)
class _Open:
    """A scenario that was played. respell: if it is clean, it is played in its other spellings too."""

    scenario: WireScenario
    played: Record
    hasty: bool
    respell: bool
    report: Later[Report]


@dataclass(slots=True)
class _Job:
    """A scenario for one of several servers. patient: it waited in vain, and is given its full time."""

    scenario: WireScenario
    patient: bool


def again(target: Player, one: WireScenario) -> tuple[list[WireFound], list[WireFound], int]:
    """Play a scenario, and twice more if something is broken: what was seen each time, what was not.

    Returns also the rules that were exercised, as bits of the catalogue. Raises ServerError.
    """
    protocol = protocol_of(one)
    seen: dict[Key, WireFound] = {}
    exercised = 0
    for _ in range(CONFIRMATIONS):
        played = target.run(one)
        report = target.judge(played)
        exercised |= report.exercised
        for finding in report.findings:
            if _advisory(finding):
                continue
            key = key_of(finding, protocol)
            if key in seen:
                seen[key].count += 1
            else:
                trace, told = both.told(finding, played)
                seen[key] = WireFound(told, protocol, one, trace)
        if not seen:
            break
    for found in seen.values():
        found.stable = found.count >= CONFIRMATIONS
    ordered = [seen[key] for key in sorted(seen)]
    return (
        [found for found in ordered if found.stable],
        [found for found in ordered if not found.stable],
        exercised,
    )


class _Search:
    def __init__(
        self,
        target: Target,
        settings: Settings,
        progress: Callable[[Campaign], None] | None,
        keep: Callable[[WireFound], None] = lambda found: None,
    ) -> None:
        self.target = target
        self.settings = settings
        self.progress = progress
        self.keep = keep
        self.done = WireCampaign()
        self.counts: dict[Key, int] = {}
        self.witnesses: dict[Key, list[_Witness]] = {}
        self.stalls: dict[Any, int] = {}
        self.told: set[Key] = set()
        self.sure: dict[Key, _Witness] = {}  # what was seen each time already, with patience
        self.open: _Open | None = None  # what was played and is not judged yet
        self.waiting: list[WireScenario] = []  # those that waited in vain, and were cut short
        # What was seen each time, and with which bound.
        self.confirmed: dict[Key, tuple[_Witness, float]] = {}
        self.waited = 0  # how many of these were given their full time
        self.patient = 0  # how many are at this moment
        self.new: list[WireScenario] = []  # those that showed something new then
        self.begun = time.monotonic()
        self.longest = 0.0  # seconds of a run
        self.spent_alone = 0.0  # seconds that went to servers of their own
        self.wide = 1  # servers on which scenarios are played at this moment
        self.start = 0.0  # seconds of the first run, in which the server starts
        self.lanes: Lanes[Target] = Lanes(target, target.another)
        self.here = threading.local()  # the target of this thread, where it has one of its own

    def run(self) -> WireCampaign:
        done = self.done
        try:
            with self.target:
                try:
                    self._search()
                    self._confirm_quick()
                    self._wait()
                    self._settle()
                finally:
                    self.lanes.stop()
        except KeyboardInterrupt:
            done.interrupted = True
            for key in self.witnesses:
                self._told_as(key, False)
        done.seconds = time.monotonic() - self.begun
        return done

    def _search(self) -> None:
        scenarios = planned(self.target, self.settings, self._alone, self._slow)
        for one in scenarios:
            self._try(one)
            if self.progress is not None:
                self.progress(self.done)
            if self._searched() or self._idle():
                break
        self._judge_open()
        if self._idle() and not self._searched():
            self._together(scenarios)

    def _searched(self, but: float = 0.0) -> bool:
        """Whether the time for the search is over: what was found wants to be seen again, and made small.

        but: a share of the campaign's time, less than which may be left of it.
        """
        share = SEARCH if self.settings.small else SOUGHT
        return self._over((share if self.witnesses or self.waiting else 1.0) - but)

    def _idle(self) -> bool:
        """Whether so much of the time is waited away that several servers would use it better."""
        often = sum(self.stalls.values()) >= 2 * STALLS
        return often and self._room() > 1 and self.target.another() is not None

    def _together(self, scenarios: Iterator[WireScenario]) -> None:
        """The rest of the search on several servers at once; this thread judges what they play.

        What waited in vain is played with its full time in between: waiting takes nothing from the others.
        """
        try:
            self.wide = self._room()
            jobs = self._jobs(scenarios)
            for job, (played, hasty) in self.lanes.each(self.wide, jobs, self._do, self._searched):
                report = Later(lambda played=played: self.target.judge(played))  # type: ignore[misc]
                if job.patient:
                    self._judge_patient(job.scenario, played, report.result())
                    continue
                self.done.examples += 1
                respell = self.done.examples % RESPELLED == 0
                self.open = _Open(job.scenario, played, hasty, respell, report)
                self._judge_open()
                if self.progress is not None:
                    self.progress(self.done)
        finally:
            self.wide = 1

    def _jobs(self, scenarios: Iterator[WireScenario]) -> Iterator[_Job]:
        """The scenarios, and in between some that waited in vain."""
        while True:
            if self.patient < self.wide // 2 and self.waited < len(self.waiting) and not self._searched(DEAR):
                self.waited += 1
                self.patient += 1
                yield _Job(self.waiting[self.waited - 1], True)
            else:
                one = next(scenarios, None)
                if one is None:
                    return
                yield _Job(one, False)

    def _do(self, target: Target, job: _Job) -> tuple[Record, bool]:
        if not job.patient:
            return self._play_on(target, job.scenario)
        try:
            return self._run(job.scenario.changed(bound=waiting.PATIENCE), target), False
        finally:
            self.patient -= 1

    def _judge_patient(self, one: WireScenario, played: Record, report: Report) -> None:
        known = set(self.witnesses)
        self._judge(one, played, False, report)
        self.new += [one] if self.witnesses.keys() - known else []

    def _alone(self) -> int:
        """How many scenarios with a server of their own come next: slow starts are not all."""
        return 2 if self.spent_alone <= ALONE * self.wide * (time.monotonic() - self.begun) else 0

    def _slow(self) -> int:
        """How many that take their time come next: beside others, it is no loss."""
        return int(self.wide > 1)

    def _play_on(self, target: Target, one: WireScenario) -> tuple[Record, bool]:
        """Run it in haste. Returns also whether a wait was cut short; the first of a kind run again later."""
        begun = time.monotonic()
        if one.lifespan or one.bound <= HASTE:
            played = self._run(one, target)
            self.spent_alone += time.monotonic() - begun if one.lifespan else 0.0
            return played, False
        shape = frozenset((step.who, step.act) for step in one.steps)
        known = self.stalls.get(shape, 0) >= 2 * PATIENT
        played = self._run(waiting.hurried(one) if known else one.changed(bound=HASTE), target)
        self.spent_alone += time.monotonic() - begun if one.served else 0.0
        kind = waiting.stalled(one, played)
        if kind is None:
            return played, False
        for key in (kind, shape):
            self.stalls[key] = self.stalls.get(key, 0) + 1
        if self.stalls[kind] <= PATIENT and waiting.waits(played) * waiting.PATIENCE <= self._dear():
            self.waiting.append(one)
        return played, True

    def _dear(self) -> float:
        """Seconds that a scenario may wait, with its full time, and still be worth it."""
        return max(3 * waiting.PATIENCE, DEAR * self.settings.max_time)

    def _confirm_quick(self) -> None:
        """See again what shows without waiting: little time is enough to be sure of it."""
        keys = [key for key in sorted(self.witnesses, key=self._cost) if self._quick(key)]
        for key, seen in self._each(keys, lambda key: [] if self._over(WAITED) else self._confirm(key)):
            for _, witness, bound in seen:
                self.confirmed[key] = witness, bound

    def _quick(self, key: Key) -> bool:
        seen = self.witnesses[key]
        plain = not _advisory(seen[0].finding) and key not in self.told
        return plain and not all(
            one.hasty or one.scenario.lifespan or waiting.long(one.scenario) for one in seen
        )

    def _wait(self) -> None:
        """Give scenarios that waited in vain the time in which a server must have done what it owes."""
        share = WAITED if self.settings.small else SEEN_AGAIN
        left = self.waiting[self.waited :]
        self.lanes.most = min(self.lanes.most, 1 + self._room())
        again = self.lanes.play(waiting.patient(left), lambda: self._over(share))
        for one, played in zip(left, again, strict=True):
            if played is not None:
                self._judge_patient(one, played, self.target.judge(played))
        self._see_again([one for one in self.new if self._unsure(one)])

    def _unsure(self, one: WireScenario) -> bool:
        """Whether it shows what was not seen again yet."""
        left = [
            seen for key, seen in self.witnesses.items() if not (key in self.confirmed or key in self.told)
        ]
        return any(witness.scenario is one for seen in left for witness in seen)

    def _see_again(self, new: list[WireScenario]) -> None:
        """Play what showed something new so many times more, together: each takes its time."""
        jobs = [one for one in new for _ in range(CONFIRMATIONS)]
        again = self.lanes.play(waiting.patient(jobs), lambda: self._left() <= self._dear() / 2)
        for at in range(0, len(jobs), CONFIRMATIONS):
            seen: list[dict[Key, _Witness]] = []
            for played in again[at : at + CONFIRMATIONS]:
                shown: dict[Key, _Witness] = {}
                if played is not None:
                    for finding in self.target.judge(played).findings:
                        trace, told = both.told(finding, played)
                        shown[key_of(finding, protocol_of(jobs[at]))] = _Witness(told, jobs[at], trace, False)
                seen.append(shown)
            for key in set.intersection(*(set(shown) for shown in seen)):
                self.sure.setdefault(key, seen[-1][key])

    def _try(self, one: WireScenario) -> None:
        """Play it; the one before is judged while the server is at work."""
        if self.open is not None:
            self.target.meanwhile(self.open.report.work)
        played, hasty = self._play_on(self.target, one)
        self.done.examples += 1
        self._judge_open()
        report = Later(lambda: self.target.judge(played))
        self.open = _Open(one, played, hasty, self.done.examples % RESPELLED == 0, report)

    def _judge_open(self) -> None:
        """Take what is broken in the scenario that was played last."""
        before, self.open = self.open, None
        if before is None:
            return
        one, played = before.scenario, before.played
        clean = self._judge(one, played, before.hasty, before.report.result())
        # What several servers have played meanwhile may be more than there is time to respell.
        respell = before.respell and not self._searched()
        if self.target.respells and clean and not before.hasty and respell:
            for finding in self._respelled(one, played):
                if self.settings.wants(finding.rule.id, finding.rule.level):
                    self._take(finding, one, played, before.hasty)

    def _judge(self, one: WireScenario, played: Record, hasty: bool, report: Report) -> bool:
        """Take what is broken; returns whether nothing is."""
        if any(fact["what"] == "server-died" for fact in played.facts):
            self._died(played)
        if played.unsure:
            self._leave_out(UNSURE)
        self.done.exercised |= report.exercised
        for finding in (*report.findings, *report.notes):
            wanted = Level.MUST if _advisory(finding) else finding.rule.level
            if self.settings.wants(finding.rule.id, wanted):
                self._take(finding, one, played, hasty)
        return not report.findings

    def _respelled(self, one: WireScenario, played: Record, only: str = "") -> Iterator[Finding]:
        """Play the scenario in its other spellings too, and compare. only: the rule that is asked for."""
        for rule, other in equal.spellings(one):
            if only and rule != only:
                continue
            if self._left() <= 0:
                return
            words = equal.difference(played, self._run(other))
            found = CATALOGUE[rule]
            self.done.exercised |= found.bit
            if words:
                yield Finding(found, Party.SERVER, words, 0, max(0, len(played.app) - 1))

    def _died(self, played: Record) -> None:
        detail = next(fact["detail"] for fact in played.facts if fact["what"] == "server-died")
        words = (
            f"what follows when the server ends by itself, as it did here ({detail}); it was started again"
        )
        self._leave_out(words)

    def _leave_out(self, words: str) -> None:
        if words not in self.done.left_out:
            self.done.left_out.append(words)

    def _take(self, finding: Finding, one: WireScenario, played: Record, hasty: bool) -> None:
        """Keep the smallest scenarios of each break."""
        key = key_of(finding, protocol_of(one))
        self.counts[key] = self.counts.get(key, 0) + 1
        known = self.witnesses.setdefault(key, [])
        if len(known) < CANDIDATES or len(one.steps) < len(known[-1].scenario.steps):
            trace, told = both.told(finding, played)
            known.append(_Witness(told, one, trace, hasty))
            known.sort(key=lambda witness: len(witness.scenario.steps))
            del known[CANDIDATES:]

    def _settle(self) -> None:
        """See each break again, then make it small. Both end with the campaign's time."""
        keys: list[Key] = []
        for key in sorted(self.witnesses, key=self._cost):
            if _advisory(self.witnesses[key][0].finding):
                self._told_as(key, True)
            elif key not in self.confirmed and key not in self.told:
                keys.append(key)
        confirmed = self.confirmed
        for key, seen in self._each(keys, self._while_there_is_time):
            if seen:
                [(_, witness, bound)] = seen
                confirmed[key] = witness, bound
            elif key not in self.told and self._left() <= 0:
                self._unconfirmed(key)
        if not self.settings.small:
            for key, (witness, _) in confirmed.items():
                self._told_as(key, True, witness)
            return
        left = list(confirmed)

        def small(key: Key) -> _Witness:
            witness, bound = confirmed[key]
            share = self._left() * self._width(len(confirmed)) / len(left)
            left.remove(key)
            one = self._smaller(key, witness.scenario, bound, share)
            return (self._confirmed(key, one) if one is not witness.scenario else None) or witness

        for key, witness in self._each(list(confirmed), small):
            self._told_as(key, True, witness)

    def _while_there_is_time(self, key: Key) -> list[tuple[Key, _Witness, float]]:
        return self._confirm(key) if self._left() > 0 or key in self.sure else []

    def _width(self, count: int) -> int:
        """On how many servers so many breaks are looked at: on those that run already."""
        return max(1, min(len(self.lanes.lanes) - 1, count))

    def _room(self) -> int:
        """For how many servers more there is time, one after the other: they start on one core."""
        return min(TOGETHER, int(STARTS * self.settings.max_time / max(0.05, self.start)))

    def _each(self, keys: list[Key], work: Callable[[Key], T]) -> Iterator[tuple[Key, T]]:
        """Do this for each break, on several servers where they run; what came of each, as it comes."""
        width = self._width(len(keys))
        if width == 1:
            yield from ((key, work(key)) for key in keys)
            return

        def here(target: Target, key: Key) -> T:
            self.here.target = target
            return work(key)

        yield from self.lanes.each(width, iter(keys), here, lambda: False)

    def _cost(self, key: Key) -> tuple[bool, bool, Key]:
        """What is quick to see again comes first: no server of its own, no waiting in vain."""
        first = self.witnesses[key][0]
        return first.scenario.lifespan, first.hasty or waiting.long(first.scenario), key

    def _run(self, one: WireScenario, target: Target | None = None) -> Record:
        begun = time.monotonic()
        here = target if target is not None else getattr(self.here, "target", self.target)
        played = here.run(one)
        self.start = self.start or time.monotonic() - begun
        self.longest = max(self.longest, time.monotonic() - begun)
        return played

    def _left(self) -> float:
        """Seconds of the campaign that are left, without those that one more run may take."""
        most = self.settings.max_time
        return self.begun + most - min(self.longest, RESERVE * most) - time.monotonic()

    def _over(self, share: float) -> bool:
        """Whether this share of the time is over, or all of it."""
        return time.monotonic() - self.begun >= self.settings.max_time * share or self._left() <= 0

    def _unconfirmed(self, key: Key) -> None:
        """There was no time to see it again."""
        self.told.add(key)
        self.done.unconfirmed.append(self.witnesses[key][0].finding.rule.id)
        where = f"seen in {self.counts[key]} scenario{'s' if self.counts[key] > 1 else ''}"
        self.done.left_out.append(f"whether {key[0]} is broken ({where}): the time was over")

    def _told_as(self, key: Key, stable: bool, witness: _Witness | None = None) -> None:
        if key in self.told:
            return
        self.told.add(key)
        seen = witness or self.witnesses[key][0]
        found = WireFound(
            seen.finding, key[2], seen.scenario, seen.trace, count=self.counts[key], stable=stable
        )
        faults = self.done.wire_findings if stable else self.done.wire_flaky
        (self.done.wire_notes if _advisory(found.finding) else faults).append(found)
        if stable and not _advisory(found.finding):
            self.keep(found)

    def _confirm(self, key: Key) -> list[tuple[Key, _Witness, float]]:
        """The first witness that is seen each time, with the patience that it needs; else it is flaky."""
        if key in self.sure:
            return [(key, self.sure[key], waiting.PATIENCE)]
        for witness in self.witnesses[key]:
            one = witness.scenario
            bound = self._patience(key, one)
            seen = self._confirmed(key, one) if bound is not None else None
            if bound is not None and seen is not None:
                return [(key, seen, bound)]
            if self._left() <= 0:
                self._unconfirmed(key)
                return []
        # What was only seen while waits were cut short may have been nothing but slow.
        if not all(witness.hasty for witness in self.witnesses[key]):
            self._told_as(key, False)
        return []

    def _confirmed(self, key: Key, one: WireScenario) -> _Witness | None:
        """What is seen in the last of so many runs, if it is seen in each."""
        seen = None
        for _ in range(CONFIRMATIONS):
            seen = self._shows(key, one) if self._left() > 0 else None
            if seen is None:
                return None
        assert seen is not None
        trace, finding = both.told(*seen)
        return _Witness(finding, one, trace, False)

    def _patience(self, key: Key, one: WireScenario) -> float | None:
        """The shortest wait with which it shows. None if it comes and goes: there is nothing to go by."""
        # A step that was left out makes others wait in vain: most breaks show without much patience.
        for bound in [one.bound] if one.lifespan else [HASTE, waiting.PATIENCE, one.bound]:
            if self._left() > 0 and self._shows(key, one.changed(bound=bound)) is not None:
                return bound
        return None

    def _shows(self, key: Key, one: WireScenario) -> tuple[Finding, Record] | None:
        """Run it; the finding and the record if it breaks the same rule in the same way."""
        played = self._run(one)
        rule = key[0]
        respelled = rule in (equal.SEGMENTS, equal.PIPELINED, equal.FRAGMENTS)
        for finding in (
            self._respelled(one, played, rule) if respelled else self.target.judge(played).findings
        ):
            if key_of(finding, protocol_of(one)) == key:
                return finding, played
        return None

    def _smaller(self, key: Key, one: WireScenario, bound: float, share: float) -> WireScenario:
        """Leave out steps, then parts of steps, as long as the break stays. Bounded in runs and seconds."""
        runs, again = 0, True
        deadline = time.monotonic() + min(SECONDS if bound == HASTE else SLOW_SECONDS, share)
        while again:
            again = False
            for steps in simpler(one.steps):
                if runs >= RUNS or time.monotonic() >= deadline:
                    return one
                runs += 1
                candidate = one.changed(steps, bound)
                if self._shows(key, candidate) is not None:
                    one, again = one.changed(steps), True
                    break
        return one


def _advisory(finding: Finding) -> bool:
    return is_open(finding) or not is_fault(finding)


__all__ = ["ServerError", "Target", "WireCampaign", "WireFound", "again", "fuzz_wire", "simpler"]
