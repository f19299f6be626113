"""Startup and shutdown: told to the app once, in order, and shared with the requests."""

from __future__ import annotations

import json
from typing import Any

from asgisim.grid.cases.table import Table, answer, expect, same
from asgisim.grid.driver import Driver
from asgisim.grid.exchange import Ask, Call, Skip
from asgisim.model import trace as t

TABLE = Table("lifespan", "lifespan#scope")
STATE, COUNTER = Ask(target=b"/lifespan/state"), Ask(target=b"/lifespan/counter")
STARTED = "www#http-connection-scope"


def told(driver: Driver, ask: Ask = STATE) -> Any:
    """The JSON that an endpoint answers."""
    return json.loads(answer(ask)(driver).body)


def span(driver: Driver) -> Call:
    """The call for the lifespan. Raises Wrong if there is none."""
    call = driver.lifespan()
    expect(call is not None, "a call of the app with a lifespan scope", "none")
    assert call is not None
    return call


@TABLE.case(
    "startup-called",
    "The app's startup was run before it was asked.",
    section="lifespan#startup-receive-event",
)
def startup_called(driver: Driver) -> None:
    same(True, told(driver).get("startup_called"), "startup_called")


@TABLE.case("startup-once", "The lifespan is one call with one startup.")
def startup_once(driver: Driver) -> None:
    span(driver)
    count = sum(1 for call in driver.everything() if call.type == "lifespan" and not call.error)
    same(1, count, "calls with a lifespan scope:")
    same(1, len(span(driver).received("lifespan.startup")), "lifespan.startup events:")


@TABLE.case(
    "startup-first",
    "No request reaches the app before it has answered lifespan.startup.",
    section="lifespan#startup-receive-event",
)
def startup_first(driver: Driver) -> None:
    answer(STATE)(driver)
    done = span(driver).when(t.SEND, "lifespan.startup.complete")
    expect(done is not None, "lifespan.startup.complete", [one.get("type") for one in span(driver).sent()])
    begun = min(call.steps[0][0] for call in driver.everything() if call.type != "lifespan")
    expect(
        done is not None and done <= begun,
        "startup to be complete before the first request",
        "a request before",
    )


@TABLE.case(
    "startup-complete",
    "The framework answers with lifespan.startup.complete.",
    section="lifespan#startup-complete-send-event",
)
def startup_complete(driver: Driver) -> None:
    sent = [one.get("type") for one in span(driver).sent()]
    expect(sent[:1] == ["lifespan.startup.complete"], "lifespan.startup.complete as its first answer", sent)


@TABLE.case("startup-time", "What startup has set is there in requests.")
def startup_time(driver: Driver) -> None:
    expect(type(told(driver).get("startup_time")) is float, "startup_time as a number", told(driver))


@TABLE.case("custom-data", "Data of startup is seen by requests.")
def custom_data(driver: Driver) -> None:
    same({"initialized": True}, told(driver).get("custom_data"), "custom_data")


@TABLE.case("not-shut-down", "While requests are served, no shutdown has come.")
def not_shut_down(driver: Driver) -> None:
    span(driver)
    same(False, told(driver).get("shutdown_called"), "shutdown_called")
    if not driver.in_process:  # where each request may have a lifespan of its own
        same([], span(driver).received("lifespan.shutdown"), "lifespan.shutdown events:")


@TABLE.case("scope-type", "The scope's type is lifespan.", where="sockets")
def scope_type(driver: Driver) -> None:
    same("lifespan", span(driver).scope.get("type"), "type")


@TABLE.case("scope-version", "asgi.version is 3.0, spec_version 1.0 or 2.0.", where="sockets")
def scope_version(driver: Driver) -> None:
    asgi = span(driver).scope.get("asgi") or {}
    same("3.0", asgi.get("version"), "asgi.version")
    expect(
        asgi.get("spec_version", "1.0") in ("1.0", "2.0"),
        "a spec_version of 1.0 or 2.0",
        asgi.get("spec_version"),
    )


@TABLE.case("scope-keys", "The scope has no keys of requests.", level="implied", where="sockets")
def scope_keys(driver: Driver) -> None:
    strange = {"path", "headers", "method", "query_string", "client"} & set(span(driver).scope)
    expect(not strange, "none of a request's keys", sorted(strange))


@TABLE.case(
    "state-dict",
    "state is an empty dict, where the server offers it.",
    section="lifespan#lifespan-state",
    where="sockets",
)
def state_dict(driver: Driver) -> None:
    driver.needs("state")
    same({}, span(driver).scope.get("state"), "state")


@TABLE.case(
    "state-in-requests",
    "What startup puts into state is in the scopes of requests, where the framework uses it.",
    section="lifespan#lifespan-state",
)
def state_in_requests(driver: Driver) -> str:
    driver.needs("state")
    span(driver)
    answer(STATE)(driver)
    scope = driver.call().scope
    expect(type(scope.get("state")) is dict, "a dict as state of the request", scope.get("state"))
    return "used" if scope["state"].get("started_by") == "asgisim" else "not used"


@TABLE.case(
    "state-reported",
    "The framework hands the state of the scope to its endpoints.",
    section="lifespan#lifespan-state",
    level="silent",
)
def state_reported(driver: Driver) -> str:
    driver.needs("state")
    got = told(driver, Ask(target=b"/scope-state"))
    held = got.get("dict", {}) if isinstance(got, dict) else {}
    return "has started_by" if held.get("started_by") == "asgisim" else "nothing of it"


@TABLE.case("state-websocket", "WebSocket scopes have the state too.", section="lifespan#lifespan-state")
def state_websocket(driver: Driver) -> None:
    from asgisim.grid.exchange import Talk

    driver.needs("state")
    driver.talk(Talk(target=b"/ws/close"))
    scope = driver.call(ended=False).scope
    expect(type(scope.get("state")) is dict, "a dict as state of the session", scope.get("state"))


@TABLE.case("counter", "Two requests count on.", section=STARTED)
def counter(driver: Driver) -> None:
    first = told(driver, COUNTER)["counter"]
    same(first + 1, told(driver, COUNTER)["counter"], "the second count")


@TABLE.case("counter-in-state", "What one request changed, another one sees.", section=STARTED)
def counter_in_state(driver: Driver) -> None:
    count = told(driver, COUNTER)["counter"]
    same(count, told(driver).get("counter"), "the counter in the state")


@TABLE.case("counter-concurrent", "Ten requests at once give ten different counts.", section=STARTED)
def counter_concurrent(driver: Driver) -> None:
    counts = [json.loads(one.body)["counter"] for one in driver.together(*[COUNTER] * 10)]
    same(10, len(set(counts)), "different counts:")


@TABLE.case("survives-errors", "An exception in a request leaves the app's state alone.", section=STARTED)
def survives_errors(driver: Driver) -> None:
    before = told(driver)
    driver.ask(Ask(target=b"/raise"))
    after = told(driver)
    same(before.get("startup_time"), after.get("startup_time"), "startup_time after an error")


# --- when the server has stopped ----------------------------------------------------------------------


@TABLE.case(
    "shutdown",
    "lifespan.shutdown reaches the app when the server stops.",
    section="lifespan#shutdown-receive-event",
    after=True,
)
def shutdown(driver: Driver) -> None:
    same(1, len(span(driver).received("lifespan.shutdown")), "lifespan.shutdown events:")


@TABLE.case(
    "shutdown-complete",
    "The framework answers with lifespan.shutdown.complete.",
    section="lifespan#shutdown-complete-send-event",
    after=True,
)
def shutdown_complete(driver: Driver) -> None:
    sent = [one.get("type") for one in span(driver).sent()]
    expect(sent[-1:] == ["lifespan.shutdown.complete"], "lifespan.shutdown.complete as its last answer", sent)


@TABLE.case(
    "shutdown-last",
    "No call of the app begins after lifespan.shutdown.",
    section="lifespan#shutdown-receive-event",
    after=True,
)
def shutdown_last(driver: Driver) -> None:
    asked = span(driver).when(t.RECEIVE, "lifespan.shutdown")
    expect(asked is not None, "lifespan.shutdown", "none")
    late = [
        call.scope.get("path")
        for call in driver.everything()
        if asked is not None and call.steps[0][0] > asked
    ]
    expect(not late, "no call after lifespan.shutdown", late)


@TABLE.case(
    "call-ends", "The call for the lifespan ends by itself after the shutdown.", level="implied", after=True
)
def call_ends(driver: Driver) -> None:
    expect(span(driver).end == t.RETURN, "the call to return", span(driver).end or "a call that goes on")


@TABLE.case("order", "startup, its answer, shutdown, its answer: in this order and nothing else.", after=True)
def order(driver: Driver) -> None:
    steps = [data.get("type") for _, kind, data in span(driver).steps if kind in (t.RECEIVE, t.SEND)]
    want = [
        "lifespan.startup",
        "lifespan.startup.complete",
        "lifespan.shutdown",
        "lifespan.shutdown.complete",
    ]
    same(want, steps, "the events")


@TABLE.case(
    "exit",
    "The server ends with a clean status when it is told to stop.",
    level="implied",
    section="",
    where="sockets",
    after=True,
)
def clean_exit(driver: Driver) -> str:
    stopped = driver.stopped
    if stopped is None:
        raise Skip("the server was not stopped by us")
    expect(stopped.clean, "a clean exit status", str(stopped.status))
    return f"status {stopped.status}"


@TABLE.case(
    "exit-in-time",
    "The server stops within five seconds.",
    level="implied",
    section="",
    where="sockets",
    after=True,
)
def exit_in_time(driver: Driver) -> None:
    stopped = driver.stopped
    if stopped is None:
        raise Skip("the server was not stopped by us")
    expect(
        stopped.status != -9, "an end within the server's own time", f"a kill after {stopped.seconds:.1f} s"
    )
