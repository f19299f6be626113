"""Two requests at once: each is answered for itself.

Both carry a token of their own. An app that gives a request's token back when it is alone, and loses
it when another request is served at the same time, has mixed the two up. Apps that tell nothing of
the request cannot be seen through, and an app that also tells of others does nothing wrong by that.
"""

from __future__ import annotations

from collections.abc import Iterator

from asgisim.equal import Comparison, Outcome, Run, outcome
from asgisim.model.scenario import Act, Exchange, Options, Scenario
from asgisim.space import scopes, scripts
from asgisim.spec.equal import OVERLAP

_TOKENS = (b"asgisim-first", b"asgisim-second")
_LATE = 5  # virtual seconds until the first request's body comes


def compare(run: Run, base: Scenario) -> Iterator[Comparison]:
    """Play the last exchange, a plain HTTP request, twice at once; nothing where that cannot be judged."""
    last = base.exchanges[-1]
    if len(base.exchanges) > 1 and base.exchanges[-2].protocol != "lifespan":
        return
    if last.protocol != "http" or not last.script or not all(map(scripts.is_request, last.script)):
        return
    before = base.exchanges[:-1]
    pair = [_marked(last, token) for token in _TOKENS]
    alone = [outcome(run(Scenario([*before, one])), len(before)) for one in pair]
    telling = [at for at in (0, 1) if alone[at].good and _tells(alone[at], _TOKENS[at])]
    if not telling:
        return
    for both in _together(pair):
        scenario = Scenario([*before, *both])
        first = _lost(run, scenario, alone, telling)
        trace = run(scenario)
        again = [outcome(trace, len(before) + at) for at in (0, 1)]
        details = [one for one in first if one in _losses(alone, again, telling)]
        yield Comparison(OVERLAP, scenario, trace, 2, details)
        if details:
            return


def _lost(run: Run, scenario: Scenario, alone: list[Outcome], telling: list[int]) -> list[str]:
    trace = run(scenario)
    index = len(scenario.exchanges) - 2
    return _losses(alone, [outcome(trace, index + at) for at in (0, 1)], telling)


def _losses(alone: list[Outcome], together: list[Outcome], telling: list[int]) -> list[str]:
    found = []
    for at in telling:
        which = ("first", "second")[at]
        if together[at].status is None and together[at].ended == "returned":
            found.append(f"the {which} of two requests at once gets no answer")
        elif together[at].status == alone[at].status and not _tells(together[at], _TOKENS[at]):
            # Another status is left out: a limit on requests at a time is no fault.
            found.append(f"the answer to the {which} of two requests at once is not its own")
    return found


def _tells(seen: Outcome, token: bytes) -> bool:
    return token in seen.body or any(token in value for _, value in seen.headers)


def _marked(exchange: Exchange, token: bytes) -> Exchange:
    scope = scopes.fresh(exchange.scope)
    scope["query_string"] = b"asgisim=" + token
    scope["headers"] = [*scope["headers"], (b"x-request-id", token)]
    return Exchange(scope, [act._replace(arg=scopes.fresh(act.arg)) for act in exchange.script])


def _together(pair: list[Exchange]) -> Iterator[list[Exchange]]:
    """The second begins while the first waits for its body; then both, step by step in turn."""
    first, second = pair
    late = [first.script[0]._replace(gate="sleep", n=_LATE), *first.script[1:]]
    yield [_with(first, late, Options()), _with(second, second.script, Options(start=1))]
    slow = Options(passes=2)
    yield [_with(first, first.script, slow), _with(second, second.script, Options(passes=2, start=1))]


def _with(exchange: Exchange, script: list[Act], options: Options) -> Exchange:
    return Exchange(scopes.fresh(exchange.scope), [Act(*scopes.fresh(tuple(act))) for act in script], options)
