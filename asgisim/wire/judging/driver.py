"""What the driver saw beside both sides: calls missing or too many, a server that dies or is stuck."""

from __future__ import annotations

from collections.abc import Iterator

from asgisim.drive.wire.record import REQUEST, RESPONSE, Record
from asgisim.wire.judging.facts import Connection, Pair, Verdict, tells


@tells("robust.server-died")
def died(played: Record, connections: list[Connection]) -> Iterator[Verdict]:
    """Nothing that a client or an app does ends the server."""
    found = [fact["detail"] for fact in played.facts if fact["what"] == "server-died"]
    if not found:
        yield "robust.server-died", True, ""
    elif not any(_own_error(connection) for connection in connections):  # which has a rule of its own
        yield "robust.server-died", False, f"the server ended by itself ({found[0]})"


def _own_error(connection: Connection) -> bool:
    pairs = (Pair(connection, call, []) for call in connection.calls)
    return any(
        p.raised is not None and not p.raised.data.get("own", True) and p.left is not None for p in pairs
    )


@tells("robust.server-stuck")
def stuck(played: Record, connections: list[Connection]) -> Iterator[Verdict]:
    """The server goes on serving whatever one call does."""
    found = [fact["detail"] for fact in played.facts if fact["what"] in ("stuck", "unhealthy")]
    yield "robust.server-stuck", not found, found[0] if found else ""


@tells("common.app.called-once", "http.scope.one-per-request", "wire.req.pipeline-order")
def called(played: Record, connections: list[Connection]) -> Iterator[Verdict]:
    """Each request that is well formed gives one call."""
    if played.unsure or any(fact["what"] in ("server-died", "stuck") for fact in played.facts):
        return
    missing = any(fact["what"] == "no-call" for fact in played.facts)
    more = sum(fact["what"] == "unexpected-call" for fact in played.facts)
    for connection in connections:
        asked = [one for one in connection.asked if one.plain]
        if len(asked) < len(connection.asked):
            continue  # what is wrong there has rules of its own
        calls = len(connection.calls)
        if calls > len(asked):
            yield "common.app.called-once", False, f"{calls} calls for {len(asked)} requests"
        elif calls == len(asked) and asked:
            yield "common.app.called-once", True, ""
        elif missing and calls < len(asked) and not connection.left and not asked[calls].odd:
            yield from _missing(connection, calls)
    total = sum(len(connection.asked) for connection in connections)
    known = sum(len(connection.calls) for connection in connections)
    if more and known + more > total and all(one.plain for c in connections for one in c.asked):
        yield "common.app.called-once", False, f"{known + more} calls for {total} requests"


def _missing(connection: Connection, calls: int) -> Iterator[Verdict]:
    """A request that the app did not hear of."""
    asked = connection.asked[calls]
    rule = "http.scope.one-per-request" if calls else "common.app.called-once"
    if calls and _pipelined(connection, calls):
        rule = "wire.req.pipeline-order"
    response = connection.responses[calls] if len(connection.responses) > calls else None
    closed = connection.end is not None and (calls or asked.upgrade)
    about = f"{asked.method.decode()} {asked.target[:60]!r} gave no call"
    if response is not None and response.status:
        yield rule, False, f"{about}, and the answer {response.status}"
    elif connection.in_vain("response") or not closed:
        yield rule, False, about


def _pipelined(connection: Connection, turn: int) -> bool:
    """Whether the client sent this request before it had read the answer to the one before."""
    requests = [one.time for one in connection.heard if one.kind == REQUEST]
    answers = [one.time for one in connection.heard if one.kind == RESPONSE]
    before = answers[turn - 1] if turn <= len(answers) else float("inf")
    return connection.composed and turn < len(requests) and requests[turn] < before


@tells("common.receive.waits")
def empty(played: Record, connections: list[Connection]) -> Iterator[Verdict]:
    """receive gives no placeholder while there is nothing."""
    for step in played.app:
        if step.kind == "receive":
            about = f"receive gave {step.data!r}"
            yield "common.receive.waits", step.data not in (None, {}), about
        elif step.kind == "wait":
            yield "common.receive.waits", True, ""


@tells("lifespan.same-loop")
def same_loop(played: Record, connections: list[Connection]) -> Iterator[Verdict]:
    """Lifespan and requests share a loop."""
    other = any(fact["what"] == "other-loop" for fact in played.facts)
    both = any(step.exchange < 0 for step in played.app) and any(step.exchange >= 0 for step in played.app)
    if other or both:
        yield "lifespan.same-loop", not other, "a call ran in another loop than the lifespan"


CHECKS = (died, stuck, called, empty, same_loop)
