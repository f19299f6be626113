"""What asgisim itself costs, as ratios to a bare call of the same app: ``asgisim bench --self``."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

from asgisim.bench.measuring import Case, Ratio, Row, compare, median
from asgisim.bench.traffic import BODY, app, fresh_scope, in_loop, varied
from asgisim.drive.sim import Simulator
from asgisim.fuzz import drawn
from asgisim.fuzz.campaign import fuzz
from asgisim.fuzz.settings import Settings
from asgisim.judge import judge
from asgisim.lint import Lint
from asgisim.model.scenario import Act, Exchange, Scenario
from asgisim.space import Route, scenario

ROUTE = Route("POST", "/", "http")

BARE = "bare await in a running loop"
LINT = "judged and traced, in a running loop (Lint)"
BARE_VARIED = "bare, every request another"
LINT_VARIED = "Lint, every request another"
AIO = "simulated exchange, asyncio, all rules"
TRIO = "simulated exchange, trio, all rules"
CAMPAIGN = "fuzz, per scenario, without Hypothesis"
HYPOTHESIS = "Hypothesis on the same shapes, per example"
GENERATE = "generate one scenario"
JUDGE = "judge the trace of one exchange"
# Of asgisim.bench.wire, which needs h11.
SOCKETS = "the same exchange, with puppet and judge"
PLAIN_SOCKETS = "h11 client that checks nothing"
STRATEGY = "Hypothesis, generation alone, per example"
BY_HAND = "Hypothesis, strategies written by hand, per example"


def _simulated(name: str, loop: str) -> Case:
    """Simulated and judged, by a simulator that is kept, as in a campaign."""
    request = {"type": "http.request", "body": BODY, "more_body": False}
    one = Scenario([Exchange(fresh_scope(), [Act("recv", 0, "event", request)])])

    simulator = Simulator(app, loop=loop)

    def run(n: int) -> None:
        for _ in range(n):
            report = judge(simulator.run(one))
            if report.findings:
                raise AssertionError(report.findings[0].line())

    return Case(name, run, 300, BARE, close=simulator.close)


def _judged(n: int) -> None:
    with Simulator(app) as simulator:
        request = {"type": "http.request", "body": BODY, "more_body": False}
        trace = simulator.run(Scenario([Exchange(fresh_scope(), [Act("recv", 0, "event", request)])]))
    for _ in range(n):
        if judge(trace).findings:
            raise AssertionError("the app broke a rule")


def _generated(n: int) -> None:
    rnd = random.Random(0)
    for _ in range(n):
        scenario(lambda m: int(rnd.random() * m), protocols=("http",), routes=(ROUTE,))


def _campaign(n: int) -> int:
    result = fuzz(app, Settings(routes=[ROUTE], protocols=("http",), max_examples=n, drawn=0))
    if result.findings:
        raise AssertionError(result.findings[0].finding.line())
    return result.examples


Draw = Callable[[int, Callable[[Scenario], None]], None]


def _flat(n: int, take: Callable[[Scenario], None]) -> None:
    drawn.draw([ROUTE], ("http",), n, 0, take)


def _by_hand(n: int, take: Callable[[Scenario], None]) -> None:
    from asgisim.bench import byhand

    drawn.examples(byhand.scenarios(), n, 0, take)


def _checked(draw: Draw) -> Callable[[int], int]:
    """Drawn by Hypothesis, simulated and judged."""

    def run(n: int) -> int:
        count = 0
        with Simulator(app) as simulator:

            def take(one: Scenario) -> None:
                nonlocal count
                count += 1
                report = judge(simulator.run(one))
                if report.findings:
                    raise AssertionError(report.findings[0].line())

            draw(n, take)
        return count

    return run


def _strategy(n: int) -> int:
    count = 0

    def take(one: Scenario) -> None:
        nonlocal count
        count += 1

    _flat(n, take)
    return count


def cases() -> list[Case]:
    """The bare call first: it is what all others are compared with. What is not installed is left out.

    What runs in a loop of its block has blocks as long as the bare call's: each holds the start of one loop.
    """
    hypothesis = drawn.ready()  # before a simulator freezes the collector
    found = [
        Case(BARE, in_loop(app), 1000),
        Case(LINT, in_loop(Lint(app)), 1000, BARE),
        Case(BARE_VARIED, in_loop(app, varied()), 1000, BARE),
        Case(LINT_VARIED, in_loop(Lint(app), varied()), 1000, BARE_VARIED),
        _simulated(AIO, "asyncio"),
    ]
    try:
        import trio  # noqa: F401
    except ImportError:
        pass
    else:
        found.append(_simulated(TRIO, "trio"))
    found.append(Case(JUDGE, _judged, 1000, BARE))
    found += [Case(CAMPAIGN, _campaign, 2000, BARE), Case(GENERATE, _generated, 200, BARE)]
    if hypothesis:
        found.append(Case(STRATEGY, _strategy, 60, BARE))
        found.append(Case(HYPOTHESIS, _checked(_flat), 60, BARE))
        found.append(Case(BY_HAND, _checked(_by_hand), 60, BARE))
    return found


class Aim(NamedTuple):
    """What is to hold of a figure that is worked out of the rows.

    least: it is a lower bound. clock: it is about the time of the clock, where several processes take part.
    """

    says: str
    limit: float
    name: str
    floor: str  # "" for the rate per second
    least: bool = False
    clock: bool = False

    def figure(self, rows: list[Row]) -> Ratio | None:
        """None where it was not measured."""
        cost = {row.name: row.wall if self.clock else row.cpu for row in rows if row.cpu}
        if self.name not in cost or (self.floor and self.floor not in cost):
            return None
        if not self.floor:
            return median(1e6 / one for one in cost[self.name])
        return compare(cost[self.name], cost[self.floor])


AIMS = (
    Aim("Lint costs at most 5 bare calls", 5.0, LINT, BARE),
    Aim("a simulated exchange on asyncio costs at most 30 bare calls", 30.0, AIO, BARE),
    Aim("a simulated exchange on trio costs at most 30 bare calls", 30.0, TRIO, BARE),
    Aim("fuzz without Hypothesis: scenarios per second of CPU time", 5000.0, CAMPAIGN, "", least=True),
    Aim("fuzz against Hypothesis, by hand: times its rate", 10.0, BY_HAND, CAMPAIGN, least=True),
    Aim("fuzz against Hypothesis, our flat strategies", 10.0, HYPOTHESIS, CAMPAIGN, least=True),
    Aim("checked exchanges over a socket a second", 500.0, SOCKETS, "", least=True, clock=True),
    Aim(
        "such an exchange takes at most 2 of a client that checks nothing",
        2.0,
        SOCKETS,
        PLAIN_SOCKETS,
        clock=True,
    ),
    Aim("and at most 2 times its CPU time, server included", 2.0, SOCKETS, PLAIN_SOCKETS),
)
