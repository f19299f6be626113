"""What may happen in an exchange, in words: the legal cells of the state tables, grouped by what a test means by them.

A test suite has seen a situation when one of its cells was visited. Cells that break a rule, and those of an
exchange that is over, are no situations; a test holds that each of the others stands in exactly one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asgisim.spec import http, lifespan, websocket
from asgisim.spec.table import Advice, Dated, Symbol
from asgisim.spec.view import Machine, Protocol

Cell = tuple[str, str, str]  # machine, state, input: as the judge tells what was visited


@dataclass(frozen=True, slots=True)
class Situation:
    """says goes on after "never see"; common: every app may meet it; the others need an extension."""

    protocol: str
    says: str
    cells: frozenset[Cell]
    common: bool = True


_HTTP, _WEBSOCKET, _LIFESPAN = http.HTTP, websocket.WEBSOCKET, lifespan.LIFESPAN


def _cells(
    machine: Machine, *places: tuple[Symbol | tuple[Symbol, ...], Symbol | tuple[Symbol, ...]]
) -> frozenset[Cell]:
    return frozenset(
        (machine.name, state.name, seen.name)
        for states, inputs in places
        for state in (states if isinstance(states, tuple) else (states,))
        for seen in (inputs if isinstance(inputs, tuple) else (inputs,))
    )


def _given(
    protocol: Protocol, says: str, *places: tuple[Symbol | tuple[Symbol, ...], Symbol | tuple[Symbol, ...]]
) -> Situation:
    return Situation(protocol.name, says, _cells(protocol.receive, *places))


def _sent(
    protocol: Protocol,
    says: str,
    *places: tuple[Symbol | tuple[Symbol, ...], Symbol | tuple[Symbol, ...]],
    common: bool = True,
) -> Situation:
    return Situation(protocol.name, says, _cells(protocol.send, *places), common)


def _http() -> Iterator[Situation]:
    at, seen, on = http.Receiving, http.Given, _HTTP
    yield _given(on, "a request that comes in one piece", (at.NEW, seen.LAST))
    yield _given(on, "a request body that comes in several pieces", (at.NEW, seen.MORE))
    yield _given(on, "a request body in three pieces or more", (at.PART, seen.MORE))
    yield _given(on, "the last piece of a request body", (at.PART, seen.LAST))
    yield _given(on, "a client that has gone before its request was read", (at.NEW, seen.DISCONNECT))
    yield _given(on, "a disconnect in the middle of a request body", (at.PART, seen.DISCONNECT))
    yield _given(on, "a disconnect that is taken after the whole request", (at.WHOLE, seen.DISCONNECT))
    yield _given(on, "a receive after the disconnect", (at.DISCONNECTED, (seen.DISCONNECT, seen.EARLY)))
    yield from _http_sent()


def _http_sent() -> Iterator[Situation]:
    at, seen, on = http.Sending, http.Sent, _HTTP
    gone = (seen.LEFT, seen.TOLD)
    over = (at.COMPLETE, at.FILE)
    yield _sent(on, "a response", (at.IDLE, seen.START))
    yield _sent(on, "a response body in one piece", (at.STARTED, seen.LAST))
    yield _sent(on, "a streamed response", (at.STARTED, seen.MORE))
    yield _sent(on, "a stream of three pieces or more", (at.BODY, seen.MORE))
    yield _sent(on, "the end of a streamed response", (at.BODY, seen.LAST))
    yield _sent(on, "an app that returns after its response", (over, seen.RETURN))
    yield _sent(
        on,
        "an app that sends more after its response",
        (at.COMPLETE, (seen.LAST, seen.MORE, seen.LAST_BUT_TRAILERS)),
        common=False,
    )
    yield _sent(on, "an app that raises before it responds", (at.IDLE, seen.RAISE))
    yield _sent(on, "an app that raises between the start and the body", (at.STARTED, seen.RAISE))
    yield _sent(on, "an app that raises in the middle of its response", (at.BODY, seen.RAISE))
    yield _sent(on, "an app that raises after its response", (over, seen.RAISE))
    yield _sent(on, "a client that leaves before the response begins", (at.IDLE, gone))
    yield _sent(on, "a client that leaves between the start and the body", (at.STARTED, gone))
    yield _sent(on, "a client that leaves in the middle of a response", (at.BODY, gone))
    yield _sent(on, "a client that leaves after the response", (over, gone))
    yield from _http_extensions()


def _http_extensions() -> Iterator[Situation]:
    at, seen, on = http.Sending, http.Sent, _HTTP
    begun = (at.STARTED, at.BODY)
    for says, *places in (
        ("a body that trailers follow", (begun, seen.LAST_BUT_TRAILERS)),
        ("trailers", (at.TRAILERS, seen.TRAILERS_LAST)),
        ("trailers in several pieces", (at.TRAILERS, seen.TRAILERS_MORE)),
        ("an app that raises before its trailers", (at.TRAILERS, seen.RAISE)),
        ("a client that leaves before the trailers", (at.TRAILERS, (seen.LEFT, seen.TOLD))),
        ("a path send", (at.STARTED, seen.PATH)),
        ("a path send that trailers follow", (at.STARTED, seen.PATH_BUT_TRAILERS)),
        ("a zero-copy send", (begun, seen.ZERO_COPY_LAST)),
        ("a zero-copy send with more to come", (begun, seen.ZERO_COPY_MORE)),
        ("a zero-copy send that trailers follow", (begun, seen.ZERO_COPY_LAST_BUT_TRAILERS)),
        ("a server push", (begun, seen.PUSH)),
        ("an early hint", ((at.IDLE, *begun), seen.HINT)),
        ("debug information", (at.IDLE, seen.DEBUG)),
    ):  # fmt: skip
        yield _sent(on, says, *places, common=False)


def _websocket() -> Iterator[Situation]:
    at, seen, on = websocket.Receiving, websocket.Given, _WEBSOCKET
    yield _given(on, "a connection", (at.NEW, seen.CONNECT))
    yield _given(on, "a message from the client", (at.CONNECTED, seen.RECEIVE))
    yield _given(on, "a client that has gone before it was connected", (at.NEW, seen.DISCONNECT))
    yield _given(on, "a disconnect that is taken", (at.CONNECTED, seen.DISCONNECT))
    yield _given(on, "a receive after the disconnect", (at.DISCONNECTED, seen.DISCONNECT))
    yield from _websocket_sent()


def _websocket_sent() -> Iterator[Situation]:
    at, seen, on = websocket.Sending, websocket.Sent, _WEBSOCKET
    gone, asked = (seen.LEFT, seen.TOLD), (at.NEW, at.CONNECTED)
    done = (at.CLOSED, at.REFUSED, at.DENIED)
    yield _sent(on, "the connect event taken", ((*asked, at.OPEN, at.DENYING, *done), seen.TAKEN))
    yield _sent(on, "a connection that is accepted", (asked, seen.ACCEPT))
    yield _sent(on, "a connection that is refused", (asked, seen.CLOSE))
    yield _sent(on, "a message from the app", (at.OPEN, seen.SEND))
    yield _sent(on, "a connection that the app closes", (at.OPEN, seen.CLOSE))
    yield _sent(on, "an app that returns without closing", (at.OPEN, seen.RETURN))
    yield _sent(on, "an app that returns after its close", (done, seen.RETURN))
    yield _sent(on, "an app that raises before it accepts", (asked, seen.RAISE))
    yield _sent(on, "an app that raises while the connection is open", (at.OPEN, seen.RAISE))
    yield _sent(on, "an app that raises after its close", (done, seen.RAISE))
    yield _sent(on, "a client that leaves before it is accepted", (asked, gone))
    yield _sent(on, "a client that leaves an open connection", (at.OPEN, gone))
    yield _sent(on, "a client that leaves after the close", (done, gone))
    for says, *places in (
        ("a denial response", (asked, seen.DENY)),
        ("the body of a denial", (at.DENYING, seen.DENY_LAST)),
        ("a denial that is streamed", (at.DENYING, seen.DENY_MORE)),
        ("an app that raises in the middle of a denial", (at.DENYING, seen.RAISE)),
        ("a client that leaves in the middle of a denial", (at.DENYING, gone)),
    ):
        yield _sent(on, says, *places, common=False)


def _lifespan() -> Iterator[Situation]:
    at, seen, on = lifespan.Receiving, lifespan.Given, _LIFESPAN
    yield _given(on, "the startup event", (at.NEW, seen.STARTUP))
    yield _given(on, "the shutdown event", (at.STARTING, seen.SHUTDOWN))
    yield from _lifespan_sent()


def _lifespan_sent() -> Iterator[Situation]:
    at, seen, on = lifespan.Sending, lifespan.Sent, _LIFESPAN
    before = (at.NEW, at.STARTING)
    alive = (at.RUNNING, at.FAILED)
    late = (at.STOPPING, at.STOPPED)
    yield _sent(on, "the events taken", ((*before, *alive, *late), (seen.STARTUP, seen.SHUTDOWN)))
    yield _sent(on, "a startup", (at.STARTING, seen.STARTUP_COMPLETE))
    yield _sent(on, "a startup that fails", (at.STARTING, seen.STARTUP_FAILED))
    yield _sent(on, "a shutdown", (at.STOPPING, seen.SHUTDOWN_COMPLETE))
    yield _sent(on, "a shutdown that fails", (at.STOPPING, seen.SHUTDOWN_FAILED))
    yield _sent(on, "an app that returns after shutdown", (at.STOPPED, seen.RETURN))
    for says, *places in (
        ("an app that leaves its lifespan early", ((at.NEW, at.RUNNING, at.FAILED), seen.RETURN)),
        ("an app that raises in its lifespan", ((*before, *alive, at.STOPPED), seen.RAISE)),
    ):
        yield _sent(on, says, *places, common=False)


SITUATIONS: tuple[Situation, ...] = (*_http(), *_websocket(), *_lifespan())


def legal(machine: Machine) -> frozenset[Cell]:
    """The cells of a machine that break nothing in some edition, but for those of states that keep all as it is."""
    return frozenset(
        (machine.name, state.name, seen.name)
        for state, row in machine.table.items()
        if any(_moves(cell, state) for cell in row.values()) and state.name not in ("GONE", "ENDED")
        for seen, cell in row.items()
        if _is_legal(cell)
    )


def _moves(cell: object, state: object) -> bool:
    return cell is not state


def _is_legal(cell: object) -> bool:
    if isinstance(cell, Dated):
        return _is_legal(cell.before) or _is_legal(cell.after)
    return isinstance(cell, Symbol | Advice)
