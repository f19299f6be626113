"""Random changes of scenarios, on scripts and on scopes. Whatever comes out is legal traffic again."""

from __future__ import annotations

import random
from collections.abc import Callable

from asgisim.model.scenario import Act, Exchange, Options, Scenario
from asgisim.space import scopes, scripts
from asgisim.space.repair import repair
from asgisim.space.values import CLOSES, MESSAGES

MAX_EXCHANGES = 4
_COUNTS = (1, 1, 1, 2, 2, 3)


def mutate(rnd: random.Random, scenario: Scenario, other: Scenario) -> Scenario:
    """One to three random changes of a scenario, some of which borrow from another one.

    Neither argument is changed. A leading lifespan exchange stays as it is if others follow.
    """
    pick = rnd.random

    def choose(n: int) -> int:
        return int(pick() * n)

    exchanges = list(scenario.exchanges)
    first = 1 if len(exchanges) > 1 and exchanges[0].protocol == "lifespan" else 0
    changed: list[Exchange] = []  # these are our own, and alone need a repair
    for _ in range(_COUNTS[choose(6)]):
        at = first + choose(len(exchanges) - first)
        if choose(24) == 0:
            _exchanges(choose, exchanges, first, other)
            continue
        exchange = exchanges[at]
        if not any(exchange is one for one in changed):
            exchange = exchanges[at] = fork(exchange)
            changed.append(exchange)
        protocol = exchange.protocol
        same = [one for one in other.exchanges if one.protocol == protocol]
        table = _CHANGES if protocol in scopes.EDITS else _CHANGES[:1]
        table[choose(len(table))](choose, exchange, same[choose(len(same))] if same else exchange)
    for exchange in changed:
        repair(exchange)
    return Scenario(exchanges)


def fork(exchange: Exchange) -> Exchange:
    """An exchange that can be changed from the top: its keys and steps are its own, what they hold is not.

    The scope itself is shared until somebody calls `own_scope`. Values below are never changed in place,
    neither by edits and steps nor by the simulator, which hands out copies.
    """
    options = exchange.options
    return Exchange(
        exchange.scope, list(exchange.script), Options(options.late_send, options.passes, options.start)
    )


def own_scope(exchange: Exchange) -> scopes.Scope:
    """The scope of a fork, made its own: to be called before a key is put in or taken out."""
    exchange.scope = scope = dict(exchange.scope)
    return scope


def copy(exchange: Exchange) -> Exchange:
    """An exchange of its own all through: nothing that is done to it reaches the original."""
    steps = [
        Act(act[0], act[1], act[2], scopes.fresh(act[3])) if act[3] is not None else act
        for act in exchange.script
    ]
    options = exchange.options
    return Exchange(
        scopes.fresh(exchange.scope), steps, Options(options.late_send, options.passes, options.start)
    )


Choose = Callable[[int], int]


def _exchanges(choose: Choose, exchanges: list[Exchange], first: int, other: Scenario) -> None:
    """One exchange less, or one more that overlaps."""
    if len(exchanges) - first > 1 and choose(2) == 0:
        del exchanges[first + choose(len(exchanges) - first)]
        return
    more = [one for one in other.exchanges if one.protocol != "lifespan"]
    if more and len(exchanges) < MAX_EXCHANGES:
        added = fork(more[choose(len(more))])
        added.options.start = choose(4)
        exchanges.append(added)


def _new_act(choose: Choose, exchange: Exchange) -> Act:
    gate, n = scripts.gate(choose)
    draw = choose(8)
    if draw < 3:
        name = ("disconnect", "cancel", "shutdown")[draw]
        if name == "disconnect" and exchange.protocol == "websocket":
            return Act(gate, n, name, CLOSES[choose(len(CLOSES))])
        return Act(gate, n, name)
    if draw < 5:
        return Act(gate, n, ("block", "unblock")[draw - 3])
    if exchange.protocol == "websocket":
        return Act(gate, n, "event", scripts.message(MESSAGES[choose(len(MESSAGES))], choose(3)))
    if exchange.protocol == "http":
        part = (b"", b"a", b"hello", b"x" * 1000)[choose(4)]
        return Act(gate, n, "event", scripts.request(part, choose(3) > 0, choose(scripts.SPELLINGS)))
    return Act(gate, n, "shutdown")


def _insert(choose: Choose, exchange: Exchange, other: Exchange) -> None:
    exchange.script.insert(choose(len(exchange.script) + 1), _new_act(choose, exchange))


def _append(choose: Choose, exchange: Exchange, other: Exchange) -> None:
    exchange.script.append(_new_act(choose, exchange))


def _delete(choose: Choose, exchange: Exchange, other: Exchange) -> None:
    if exchange.script:
        del exchange.script[choose(len(exchange.script))]


def _replace(choose: Choose, exchange: Exchange, other: Exchange) -> None:
    if exchange.script:
        exchange.script[choose(len(exchange.script))] = _new_act(choose, exchange)


def _gate(choose: Choose, exchange: Exchange, other: Exchange) -> None:
    if exchange.script:
        at = choose(len(exchange.script))
        gate, n = scripts.gate(choose)
        step = exchange.script[at]
        exchange.script[at] = Act(gate, n, step[2], step[3])


def _duplicate(choose: Choose, exchange: Exchange, other: Exchange) -> None:
    if exchange.script:
        at = choose(len(exchange.script))
        exchange.script.insert(at, exchange.script[at])


def _splice(choose: Choose, exchange: Exchange, other: Exchange) -> None:
    """The head of this script and the tail of another."""
    tail = other.script
    exchange.script = [
        *exchange.script[: choose(len(exchange.script) + 1)],
        *tail[choose(len(tail) + 1) :],
    ]


def _split(choose: Choose, exchange: Exchange, other: Exchange) -> None:
    """One more cut in the body."""
    places = [at for at, act in enumerate(exchange.script) if scripts.is_request(act)]
    if not places:
        return
    at = places[choose(len(places))]
    step = exchange.script[at]
    body = step.arg.get("body", b"")
    where = choose(len(body) + 1)
    gate, n = scripts.gate(choose)
    exchange.script[at : at + 1] = [
        step._replace(arg=scripts.request(body[:where], True, choose(scripts.SPELLINGS))),
        Act(gate, n, "event", {**step.arg, "body": body[where:]}),
    ]


def _spelling(choose: Choose, exchange: Exchange, other: Exchange) -> None:
    """One event in another spelling."""
    places = [at for at, act in enumerate(exchange.script) if act.act == "event"]
    if not places:
        return
    at = places[choose(len(places))]
    event = exchange.script[at].arg
    if scripts.is_request(exchange.script[at]):
        new = scripts.request(
            event.get("body", b""), event.get("more_body", False), choose(scripts.SPELLINGS)
        )
    elif scripts.is_message(exchange.script[at]):
        text = event.get("text")
        new = scripts.message(text if text is not None else event.get("bytes") or b"", choose(3))
    else:
        new = {**event, "asgisim.extra": None}
    exchange.script[at] = exchange.script[at]._replace(arg=new)


def _edit(choose: Choose, exchange: Exchange, other: Exchange) -> None:
    edits = scopes.EDITS[exchange.protocol]
    edits[choose(len(edits))].apply(own_scope(exchange))


def _header(choose: Choose, exchange: Exchange, other: Exchange) -> None:
    if exchange.protocol != "lifespan":
        scopes.HEADER_EDITS[choose(len(scopes.HEADER_EDITS))].apply(own_scope(exchange))


def _other_scope(choose: Choose, exchange: Exchange, other: Exchange) -> None:
    exchange.scope = other.scope


def _passes(choose: Choose, exchange: Exchange, other: Exchange) -> None:
    exchange.options.passes = choose(9)


_CHANGES: tuple[Callable[[Choose, Exchange, Exchange], None], ...] = (
    _gate,
    _insert,
    _insert,
    _append,
    _append,
    _delete,
    _replace,
    _gate,
    _duplicate,
    _splice,
    _split,
    _spelling,
    _edit,
    _edit,
    _header,
    _other_scope,
    _passes,
)
