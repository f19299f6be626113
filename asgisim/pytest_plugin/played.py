"""What the conformance tests run: one short campaign for each route of an app, or for a server.

The tests of one route share its campaign: each tells what it has found in one family of rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from asgisim import target
from asgisim.cli import baselines, campaigning, reporting
from asgisim.cli.silence import silence
from asgisim.drive.sim import Simulator
from asgisim.fuzz import drawn, starting
from asgisim.fuzz.campaign import fuzz
from asgisim.fuzz.findings import Campaign, Found
from asgisim.judge import Finding, judge
from asgisim.judge.coverage import gather
from asgisim.model.scenario import Exchange, Scenario
from asgisim.model.trace import Trace
from asgisim.report.model import Item
from asgisim.servers import ServerError, find
from asgisim.space import Route
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import By, Party

EXAMPLES = 600  # of the campaign of one route
SECONDS = 60.0

# The families of rules that each have a test, by what is played: name, and the prefixes of the rules in it.
_ALL = {"extensions": ("ext.",), "common": ("common.",), "equal": ("equal.",), "robust": ("robust.",)}
FAMILIES: dict[str, dict[str, tuple[str, ...]]] = {
    "http": {
        "http.scope": ("http.scope.",),
        "http.request": ("http.request.", "http.disconnect."),
        "http.response": ("http.response.", "http.send."),
        **_ALL,
    },
    "websocket": {
        "websocket.scope": ("websocket.scope.",),
        "websocket.accept": ("websocket.connect.", "websocket.accept."),
        "websocket.messages": ("websocket.receive.", "websocket.send."),
        "websocket.close": ("websocket.close.", "websocket.disconnect."),
        **_ALL,
    },
    "lifespan": {
        "lifespan.startup": ("lifespan.startup.", "lifespan.scope.", "lifespan.exception."),
        "lifespan.shutdown": ("lifespan.shutdown.", "lifespan.app.", "lifespan.send."),
        "common": ("common.",),
        "robust": ("robust.",),
    },
}
SERVER_FAMILIES: dict[str, tuple[str, ...]] = {
    "http.scope": ("http.scope.",),
    "http.request": ("http.request.", "http.disconnect.", "http.receive."),
    "http.response": ("http.response.", "http.send.", "http.wsgi."),
    "websocket.scope": ("websocket.scope.",),
    "websocket.accept": ("websocket.connect.", "websocket.accept."),
    "websocket.messages": ("websocket.receive.", "websocket.send."),
    "websocket.close": ("websocket.close.", "websocket.disconnect.", "websocket.server."),
    "lifespan": ("lifespan.",),
    "wire.http": ("wire.http.", "wire.req.", "wire.h2."),
    "wire.websocket": ("wire.ws.",),
    **_ALL,
}
_PROTOCOLS = ("http", "websocket")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the tests are to tell: rules left out, a baseline, where seeds go, how much is played."""

    ignore: tuple[str, ...] = ()
    known: frozenset[tuple[str, ...]] = frozenset()
    save: str = ""
    paths: tuple[str, ...] = ()
    headers: tuple[tuple[bytes, bytes], ...] = ()
    examples: int = 0

    def sort(self, items: Iterable[Item]) -> Verdict:
        """New and known findings; the new ones are saved where that is asked for."""
        verdict = Verdict()
        for item in items:
            (verdict.known if baselines.of(item) & self.known else verdict.new).append(item)
        return verdict


@dataclass(slots=True)
class Verdict:
    """Of one test. exercised: whether any rule of the family was put to the test. why: else the reason."""

    new: list[Item] = field(default_factory=list)
    known: list[Item] = field(default_factory=list)
    exercised: bool = True
    why: str = ""


class Group(Protocol):
    """Tests that share one campaign. name: of the group, families: of its tests."""

    name: str
    families: list[str]

    def verdict(self, family: str) -> Verdict:
        """What is to be told of a family; the first call runs the campaign."""
        ...


def _binding() -> set[str]:
    others = (By.WIRE, By.BETWEEN)
    return {id for id, rule in CATALOGUE.items() if rule.party is not Party.SERVER and rule.by not in others}


class Played:
    """One route of an app, or its lifespan (and protocols that nobody knows) if route is None."""

    DRAWN = "drawn"  # the test for which Hypothesis draws scenarios

    def __init__(self, loaded: target.Loaded, route: Route | None, wanted: Wanted) -> None:
        self.loaded, self.route, self.wanted = loaded, route, wanted
        self.protocol = route.protocol if route is not None else "lifespan"
        self.families = [*FAMILIES[self.protocol], *([self.DRAWN] if route is not None else [])]
        method = "WEBSOCKET" if self.protocol == "websocket" else route.method if route is not None else ""
        self.path = "" if route is None else f"{method}:{route.path}"
        self.name = "lifespan" if route is None else f"{method} {route.path}"
        self._campaign: Campaign | None = None

    def verdict(self, family: str) -> Verdict:
        """What is to be told of a family."""
        if family == self.DRAWN:
            return self._drawn()
        prefixes = FAMILIES[self.protocol][family]
        done = self.campaign
        founds = [one for one in done.findings if self._is_ours(one) and self._family(one) == family]
        verdict = self.wanted.sort(self._item(one) for one in founds)
        bits = sum(CATALOGUE[id].bit for id in _binding() if id.startswith(prefixes))
        verdict.exercised = bool(founds) or bool(done.exercised & bits)
        verdict.why = "; ".join(["nothing of this family was exercised", *done.left_out])
        return verdict

    @property
    def campaign(self) -> Campaign:
        """The campaign, run when it is first asked for. Raises KeyboardInterrupt if it was interrupted."""
        if self._campaign is None:
            with silence(), gather(None):
                self._campaign = self._run()
            if self._campaign.interrupted:
                raise KeyboardInterrupt
        return self._campaign

    def _run(self) -> Campaign:
        drawn.ready()
        loaded = self.loaded
        order = campaigning.Order(
            loaded.name, max_examples=self.wanted.examples or EXAMPLES, max_time=SECONDS
        )
        order.ignore = list(self.wanted.ignore)
        order.search = False
        routes = [] if self.route is None else [self.route]
        settings = campaigning._settings(order, routes, (self.protocol,))
        settings.reload = loaded.reload
        # A framework that starts an app once only was started by the route before.
        fresh = loaded.reload() if loaded.once and loaded.reload is not None else loaded.app
        return fuzz(fresh, settings)

    def _is_ours(self, found: Found) -> bool:
        if found.protocol == self.protocol:
            return True
        return self.route is None and found.protocol not in _PROTOCOLS  # what is not a protocol at all

    def _family(self, found: Found) -> str:
        rule = found.finding.rule.id
        of = FAMILIES[self.protocol]
        return next((name for name, prefixes in of.items() if rule.startswith(prefixes)), "common")

    def _item(self, found: Found) -> Item:
        words = ["asgisim", "check", self.loaded.name, "--only", found.finding.rule.id]
        words += [] if self.path else ["--protocol", "lifespan"]
        words += reporting.asked_of([self.path] if self.path else [], self.wanted.headers)
        again = " ".join(words)
        item = reporting.item_of(found, self.loaded.name, again)
        return reporting.saved(item, self.loaded.name, self.wanted.save) if self.wanted.save else item

    # What Hypothesis draws, under the profile and with the database of the user's own tests

    def _drawn(self) -> Verdict:
        done = self.campaign
        if not drawn.ready():
            return Verdict(exercised=False, why="Hypothesis is not installed")
        if starting.ONE_LOOP in done.left_out or starting.NO_FRESH in done.left_out:
            return Verdict(exercised=False, why=starting.ONE_LOOP)
        known = {one.finding.rule.id for one in (*done.findings, *done.flaky)}
        with silence(), gather(None):
            found = self._draw(known)
        return self.wanted.sort(self._item(one) for one in found)

    def _draw(self, known: set[str]) -> list[Found]:
        """Findings that no test of a family tells; the scenario is as small as Hypothesis has made it."""
        import hypothesis

        from asgisim.strategies import scenarios

        route = self.route
        assert route is not None
        simulator = Simulator(self.loaded.app)
        lifespan = _lifespan(simulator)
        last: list[Found] = []

        def play(one: Scenario) -> None:
            whole = Scenario([*lifespan, *one.exchanges])
            trace = simulator.run(whole)
            new = [finding for finding in judge(trace).findings if self._counts(finding, whole, known)]
            if new:
                last[:] = [_found(new[0], whole, trace)]
                raise AssertionError(new[0].line())

        # By its name Hypothesis' database knows the test again, and finds its own seed under derandomize.
        play.__name__ = f"asgi_{hashlib.sha256(f'{self.loaded.name} {self.name}'.encode()).hexdigest()[:16]}"
        test = hypothesis.given(scenarios(routes=[route], protocols=(route.protocol,)))(play)
        checks: list[Any] = list(hypothesis.HealthCheck)
        profiled = hypothesis.settings(deadline=None, suppress_health_check=checks)
        try:
            profiled(test)()
        except AssertionError:
            return last
        finally:
            simulator.close()
        return []

    def _counts(self, finding: Finding, whole: Scenario, known: set[str]) -> bool:
        rule = finding.rule.id
        protocol = whole.exchanges[finding.exchange].protocol
        wanted = rule not in known and not (self.wanted.ignore and rule.startswith(self.wanted.ignore))
        return protocol == self.protocol and finding.party is Party.APP and wanted


def _lifespan(simulator: Simulator) -> list[Exchange]:
    """A lifespan to put in front, for an app that takes part in it."""
    plain = Exchange({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}})
    return [plain] if starting.started(simulator.run(Scenario([plain]))) else []


def _found(finding: Finding, scenario: Scenario, trace: Trace) -> Found:
    return Found(finding, scenario.exchanges[finding.exchange].protocol, scenario, trace)


def groups_of(name: str, wanted: Wanted) -> Iterator[Group]:
    """The groups of an app: its lifespan, then each route. Raises TargetError if the app cannot be had."""
    with silence(), gather(None):
        loaded = target.load(name)
        headers = campaigning.as_text(wanted.headers)
        order = campaigning.Order(loaded.name, paths=list(wanted.paths), headers=headers)
        routes = campaigning.routes(loaded, order)
    yield Played(loaded, None, wanted)
    seen: set[str] = set()
    for route in routes:
        group = Played(loaded, route, wanted)
        if group.name not in seen:
            seen.add(group.name)
            yield group


class PlayedServer:
    """A server with the puppet inside, over sockets: one campaign for all of its tests."""

    def __init__(self, name: str, wanted: Wanted) -> None:
        self.server, self.wanted = name, wanted
        self.name = "sockets"
        self.families = list(SERVER_FAMILIES)
        self._played: tuple[Campaign, list[Item]] | Exception | None = None

    def verdict(self, family: str) -> Verdict:
        """What is to be told of a family. Raises ServerError if the server does not start."""
        prefixes = SERVER_FAMILIES[family]
        if self._played is None:
            try:
                self._played = self._run()
            except ServerError as error:
                self._played = error  # to be told by each test, and not tried again by each
        if isinstance(self._played, Exception):
            raise self._played
        done, items = self._played
        ours = [one for one in items if one.rule.id.startswith(prefixes)]
        verdict = self.wanted.sort(ours)
        bits = sum(rule.bit for id, rule in CATALOGUE.items() if self._binds(id) and id.startswith(prefixes))
        verdict.exercised = bool(ours) or bool(done.exercised & bits)
        verdict.why = "; ".join(["nothing of this family was exercised", *done.left_out])
        return verdict

    @staticmethod
    def _binds(id: str) -> bool:
        return CATALOGUE[id].party is not Party.APP and CATALOGUE[id].by is not By.DRIVE

    def _run(self) -> tuple[Campaign, list[Item]]:
        from asgisim.cli import servers
        from asgisim.fuzz.settings import Settings
        from asgisim.wire.campaign import fuzz_wire
        from asgisim.wire.target import Target

        server, loop = find(self.server)
        settings = Settings(
            max_examples=self.wanted.examples or servers.EXAMPLES,
            max_time=SECONDS,
            ignore=self.wanted.ignore,
        )
        with gather(None):
            done = fuzz_wire(Target(server, loop=loop), settings)
        if done.interrupted:
            raise KeyboardInterrupt
        again = f"asgisim fuzz --server {self.server} --only"
        return done, [
            servers.item(one, self.server, f"{again} {one.finding.rule.id}") for one in done.wire_findings
        ]
