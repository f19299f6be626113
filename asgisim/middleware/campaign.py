"""A campaign against a middleware: every inner app, alone and behind it, in every exchange of the sweep.

Three things are looked at. Outside, the middleware is an app: what it breaks there that the inner app alone
does not break is its own. Inside it is a server, and judged as one. And what got lost between the two is
found by comparing the run with the one of the inner app alone.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from asgisim.drive.sim import Simulator
from asgisim.equal import calm
from asgisim.fuzz.campaign import Settings
from asgisim.fuzz.findings import Campaign, Found, Key
from asgisim.fuzz.shrink import shrink
from asgisim.fuzz.sweep import sweep
from asgisim.judge import Finding, judge
from asgisim.middleware.boundary import Above, Below
from asgisim.middleware.compare import Profile, differences, repeated
from asgisim.middleware.inner import ALL, Inner
from asgisim.scenario import Act, Exchange, Scenario
from asgisim.space import scopes, scripts
from asgisim.spec import CATALOGUE
from asgisim.spec.between import COPY
from asgisim.spec.rules import By, Party
from asgisim.trace import Trace

_clock = time.perf_counter
SHRINK_RUNS = 60
_BETWEEN = sum(rule.bit for rule in CATALOGUE.values() if rule.by is By.BETWEEN)
Progress = Callable[[Campaign], None]
Make = Callable[[Any], Any]
# Headers that switch middlewares on, one group at a time.
SWITCHES: tuple[tuple[tuple[bytes, bytes], ...], ...] = (
    (),
    ((b"accept-encoding", b"gzip"),),
    ((b"accept-encoding", b"br, zstd, gzip, deflate"),),
    ((b"origin", b"https://example.org"),),
    ((b"cookie", b"a=1; session=abc"), (b"cookie", b"b=caf\xe9")),
    (
        (b"x-forwarded-for", b"192.0.2.7"),
        (b"x-forwarded-proto", b"https"),
        (b"x-forwarded-host", b"example.org"),
    ),
    ((b"x-request-id", b"abc"), (b"x-correlation-id", b"3f0c5f6e-8e2e-4bd5-9d69-1ce1e1a9a3f2")),
    ((b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),),
    ((b"authorization", b"Basic dTpw"),),
    ((b"if-none-match", b'"a"'),),
    ((b"idempotency-key", b"8e03978e-40d5-43dd-bc93-6894a57f9324"),),
    ((b"accept", b"application/json"), (b"content-type", b"application/json")),
)


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
        self.began = _clock()

    def go(self) -> Campaign:
        """All cases, one from each inner app in turn."""
        try:
            number, count = self.settings.part
            for inner, scenario in islice(self._cases(), number, None, count):
                if self._out_of_budget():
                    self.result.left_out.append("not all exchanges were tried within the budget")
                    break
                self._play(inner, scenario)
        except KeyboardInterrupt:
            self.result.interrupted = True
        self.result.seconds = _clock() - self.began
        order = sorted(self.groups.values(), key=lambda f: (f.finding.rule.level.rank, f.finding.rule.id))
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
        while streams:
            for stream in list(streams):
                case = next(stream, None)
                if case is None:
                    streams.remove(stream)
                else:
                    yield case

    def _exchanges(self, inner: Inner) -> Iterator[tuple[Inner, Scenario]]:
        """The plain exchange, again, with each switch, then the whole sweep around it."""
        bases = [Scenario([base_of(inner, switch)]) for switch in switches_of(inner)]
        yield from ((inner, base) for base in bases)
        for base in bases[:2]:
            yield inner, Scenario([base.exchanges[0], base_of(inner, switches_of(inner)[0])])
        for base in bases[:2]:
            run = functools.partial(self._simulated, Below(inner.make()))
            yield from ((inner, one) for one in sweep(run, base))

    def _play(self, inner: Inner, scenario: Scenario) -> None:
        self.result.examples += 1
        seen = self._run(inner, scenario)
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

        small = shrink(scenario, lambda candidate: again(candidate) is not None, SHRINK_RUNS)
        last = again(small)
        found.stable = last is not None
        if last is not None:
            found.scenario, found.trace = small, last.trace
            found.finding = replace(last.finding, detail=f"{last.finding.detail} (inner app: {inner.name})")

    # One case

    def _run(self, inner: Inner, scenario: Scenario) -> list[Seen]:
        alone_below = Below(inner.make())
        alone = self._simulated(alone_below, scenario)
        below = Below(inner.make())
        try:
            made = self.make(below)
        except Exception as error:
            return [Seen(_broken("robust.crash", f"making the middleware raises {error!r}"), alone)]
        above = Above(made)
        behind = self._simulated(above, scenario)
        found = [*self._outside(alone, behind), *self._inside(alone_below, below)]
        if not found:
            found = list(self._between(scenario, alone, behind, alone_below, below))
        if above.changed:
            key = above.changed[0]
            found.append(
                Seen(Finding(COPY, Party.APP, f"scope[{key!r}] is another after the call", 0, 0), behind)
            )
        self.result.exercised |= _BETWEEN
        return [one for one in found if self.settings.wants(one.finding.rule.id, one.finding.rule.level)]

    def _simulated(self, app: Any, scenario: Scenario) -> Trace:
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

    def _inside(self, alone: Below, behind: Below) -> Iterator[Seen]:
        """What the middleware breaks as the inner app's server, and our own server does not."""
        known = {finding.rule.id for trace in alone.calls for finding in judge(trace).findings}
        for trace in behind.calls:
            for finding in judge(trace).findings:
                if finding.party is Party.SERVER and _is_new(finding, known):
                    yield Seen(replace(finding, detail=f"towards the inner app: {finding.detail}"), trace)

    def _between(
        self, scenario: Scenario, alone: Trace, behind: Trace, alone_below: Below, below: Below
    ) -> Iterator[Seen]:
        """What differs from the inner app alone, where nothing falls elsewhere behind a layer."""
        if not all(calm(one) for one in scenario.exchanges):
            return
        count = len(scenario.exchanges)
        if count == 1:
            calls = (alone_below.calls, below.calls)
            for rule, detail in differences(alone, behind, calls, 0, self.profile):
                yield Seen(Finding(rule, Party.APP, detail, 0, len(behind) - 1), behind)
        elif count == 2 and scenario.exchanges[1].options.start == 0:
            for rule, detail in repeated(behind):
                if not list(repeated(alone)):
                    yield Seen(Finding(rule, Party.APP, detail, 1, len(behind) - 1), behind)


def _is_new(finding: Finding, known: set[str]) -> bool:
    """Whether it follows from no other break, and is not of a rule that is broken anyway."""
    return finding.rule.id not in known and finding.caused_by is None


def _broken(rule: str, detail: str) -> Finding:
    return Finding(CATALOGUE[rule], Party.APP, detail, 0, 0)


def _key(one: Seen, inner: Inner) -> Key:
    """One break for each rule and what is said of it, whatever inner app shows it."""
    what = one.finding.detail.split(",", 1)[0].split(": ", 1)[0]
    return (one.finding.rule.id, one.finding.party.value, inner.protocol, what[:40])


def switches_of(inner: Inner) -> tuple[tuple[tuple[bytes, bytes], ...], ...]:
    """The groups of headers that make sense for an inner app."""
    return SWITCHES if inner.protocol in ("http", "websocket") else ((),)


def base_of(inner: Inner, switch: tuple[tuple[bytes, bytes], ...] = ()) -> Exchange:
    """A plain exchange for an inner app, with further headers."""
    if inner.protocol == "http":
        return _request(inner, switch)
    if inner.protocol == "websocket":
        scope = scopes.websocket()
        steps = [Act("recv", 0, "event", scripts.connect())]
        steps += [Act("send", 1, "event", scripts.message(value, 0)) for value in ("hello", b"\x00\xff")]
        steps.append(Act("idle", 1, "disconnect", {"code": 1000, "reason": ""}))
    elif inner.protocol == "lifespan":
        startup = Act("recv", 0, "event", {"type": "lifespan.startup"})
        return Exchange(scopes.lifespan(), [startup, Act("idle", 1, "shutdown")])
    else:
        return Exchange({"type": inner.protocol, "asgi": {"version": "3.0"}})
    _offer(scope, inner, switch)
    return Exchange(scope, steps)


def _request(inner: Inner, switch: tuple[tuple[bytes, bytes], ...]) -> Exchange:
    method = str(inner.request.get("method", "GET"))
    scope = scopes.http(method)
    parts = [b"hel", b"lo"] if method == "POST" else [b""]
    if method == "POST":
        scope["headers"] += [(b"content-type", b"text/plain"), (b"content-length", b"5")]
    _offer(scope, inner, switch)
    last = len(parts) - 1
    events = [scripts.request(part, index < last, 0) for index, part in enumerate(parts)]
    return Exchange(scope, [Act("recv", 0, "event", event) for event in events])


def _offer(scope: dict[str, Any], inner: Inner, switch: tuple[tuple[bytes, bytes], ...]) -> None:
    names = {name for name, _ in switch}
    scope["headers"] = [*(pair for pair in scope["headers"] if pair[0] not in names), *switch]
    if inner.needs:
        scope["extensions"] = {name: {} for name in inner.needs}
