"""The short form of a campaign: a fixed set of scenarios, spread evenly over the routes.

What finds most at the least cost comes first: the plain exchanges of all routes, then one of each route in
many spellings at once and in each alone, then the sweep around it; and only then what is left of both.
"""

from __future__ import annotations

from asgisim import equal
from asgisim.model.scenario import Scenario
from asgisim.model.trace import Trace

COMPARED = 0.5  # of the budget goes to comparisons, at most, before the sweep
_RUNS = 56  # that comparing one exchange takes, about


def mains(bases: list[Scenario], plain: list[Trace]) -> list[bool]:
    """For each base, whether it is the one that stands for its route: the first that is answered best.

    plain: the trace of each base.
    """
    best: dict[tuple[str, str, str], tuple[int, int]] = {}
    for index, (base, trace) in enumerate(zip(bases, plain, strict=True)):
        last = base.exchanges[-1]
        route = (last.protocol, str(last.scope.get("method")), str(last.scope.get("path")))
        seen = equal.outcome(trace, len(base.exchanges) - 1)
        taken = not isinstance(seen.status, int) or seen.status < 400
        rank = 0 if seen.good and taken else 1 if seen.good else 2
        best[route] = min(best.get(route, (rank, index)), (rank, index))
    chosen = {index for _, index in best.values()}
    return [index in chosen for index in range(len(bases))]


def slices(exchanges: int, budget: int) -> int:
    """In how many parts the comparisons are to fall, of which each exchange gets one, to fit the budget."""
    return max(1, -(-exchanges * _RUNS // max(1, int(budget * COMPARED))))
