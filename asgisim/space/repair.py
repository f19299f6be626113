"""Bring a scenario that was changed at random back to what a server may do."""

from __future__ import annotations

from asgisim.scenario import Act, Exchange
from asgisim.space.scopes import Scope, spec_version
from asgisim.space.scripts import body_of, connect

MAX_STEPS = 12


def repair(exchange: Exchange) -> Exchange:
    """The exchange itself, changed in place only where it would break a rule of the server's."""
    steps = exchange.script
    if exchange.protocol == "websocket":
        steps = _lead(steps, "websocket.connect", Act("recv", 0, "event", connect()))
    elif exchange.protocol == "lifespan":
        steps = _lead(steps, "lifespan.startup", Act("recv", 0, "event", {"type": "lifespan.startup"}))
        # No client reads slowly here, and the call is to last as long as the loop.
        steps = [act for act in steps if act.act in ("event", "force", "shutdown")]
    elif exchange.protocol == "http":
        _true_length(exchange.scope, steps)
    if len(steps) > MAX_STEPS:
        steps = steps[:MAX_STEPS]
    exchange.script = [act if act.n or act.gate == "recv" else act._replace(gate="recv") for act in steps]
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


def _true_length(scope: Scope, steps: list[Act]) -> None:
    """A content-length that is a number says how long the body is."""
    headers = scope.get("headers")
    if not headers:
        return
    size: int | None = None
    for index, (name, value) in enumerate(headers):
        if name.lower() == b"content-length" and value.isdigit():
            if size is None:
                size = len(body_of(steps))
            if int(value) != size:
                fixed = list(headers)
                fixed[index] = type(headers[index])((name, b"%d" % size))
                scope["headers"] = headers = type(headers)(fixed)
