"""Bring a scenario that was changed at random back to what a server may do."""

from __future__ import annotations

from asgisim.model.scenario import Act, Exchange
from asgisim.space.scopes import spec_version
from asgisim.space.scripts import body_size, connect

MAX_STEPS = 12


def repair(exchange: Exchange) -> Exchange:
    """The exchange itself, changed only where it would break a rule of the server's.

    Its scope and script are replaced where they change, not altered.
    """
    steps = exchange.script
    kind = exchange.scope.get("type")
    if kind == "websocket":
        steps = _lead(steps, "websocket.connect", Act("recv", 0, "event", connect()))
    elif kind == "lifespan":
        steps = _lead(steps, "lifespan.startup", Act("recv", 0, "event", {"type": "lifespan.startup"}))
        # No client reads slowly here, and the call is to last as long as the loop.
        steps = [act for act in steps if act.act in ("event", "force", "shutdown")]
    elif kind == "http":
        _true_length(exchange)
    if len(steps) > MAX_STEPS:
        steps = steps[:MAX_STEPS]
    for act in steps:
        if not act[1] and act[0] != "recv":  # at once has one spelling
            steps = [one if one.n else one._replace(gate="recv") for one in steps]
            break
    exchange.script = steps
    late = exchange.options.late_send
    if late != "auto" and (late == "raise") != (spec_version(exchange.scope) >= (2, 4)):
        exchange.options.late_send = "auto"
    return exchange


def _lead(steps: list[Act], first: str, plain: Act) -> list[Act]:
    """The same steps with the protocol's first event at their head, at once, and nowhere else."""
    head = plain
    rest: list[Act] = []
    for act in steps:
        if act.act in ("event", "force") and isinstance(act.arg, dict) and act.arg.get("type") == first:
            if head is plain:
                head = Act("recv", 0, "event", act.arg)
        else:
            rest.append(act)
    return [head, *rest]


def _true_length(exchange: Exchange) -> None:
    """A content-length that is a number says how long the body is."""
    headers = exchange.scope.get("headers")
    if not headers:
        return
    mended = headers
    size: int | None = None
    for index, (name, value) in enumerate(headers):
        if len(name) == 14 and name.lower() == b"content-length" and value.isdigit():
            if size is None:
                size = body_size(exchange.script)
            if int(value) != size:
                fixed = list(mended)
                fixed[index] = type(headers[index])((name, b"%d" % size))
                mended = type(headers)(fixed)
    if mended is not headers:
        exchange.scope = {**exchange.scope, "headers": mended}
