"""Clients that go away: the app is told in bounded time, nothing hangs, nothing half is taken for whole."""

from __future__ import annotations

from typing import Any

from asgisim.grid.cases.table import Table, answer, expect, same
from asgisim.grid.driver import Driver
from asgisim.grid.exchange import Ask, Call, Talk

TABLE = Table("disconnect", "www#disconnect-receive-event-http", "both")
BOUND = (
    6.0  # seconds from the client's leaving to the end of the call; gunicorn waits three before it cancels
)
ALIVE = Ask(target=b"/health")
UNFINISHED = Ask("POST", b"/upload", body=(b"x" * 500, b"y" * 500), leave="unfinished")
ENDLESS = Ask(target=b"/endless", leave="streaming", hear=30)


def how(call: Call) -> str:
    """What told the app, and how its call ended."""
    told = [one for one in ("http.disconnect",) if call.received(one)]
    refused = any(kind == "sent" for _, kind, _ in call.steps)
    return ", ".join(
        [*told, *(["send raises"] if refused else []), f"{call.end}s" if call.end else "goes on"]
    )


def ended(driver: Driver, count: int = 1) -> list[Call]:
    """The calls, once they have ended, in bounded time.

    Where an app has been seen to go on for all that time, it is not waited for so long again in this cell.
    """
    known = any(one.type in driver.goes_on for one in driver.look())
    calls = driver.calls(count, seconds=driver.patience if known else BOUND)
    expect(calls, "a call of the app", "none")
    driver.goes_on |= {one.type for one in calls if not one.end}
    return calls


def endless(driver: Driver) -> Call:
    """The call of a client that leaves a stream: one for all the cases that look at it."""
    if driver.patience not in driver.endless:
        driver.ask(ENDLESS)
        driver.endless[driver.patience] = ended(driver)[-1]
    return driver.endless[driver.patience]


def left(name: str, sentence: str, ask: Ask, **more: Any) -> None:
    """A row for a client that leaves a stream without an end: the call ends in bounded time."""

    def do(driver: Driver) -> str:
        reply = driver.ask(ask)
        expect(reply.status in (0, 200) and reply.body, "a first part", f"{reply.status} {reply.broken}")
        call = ended(driver)[-1]
        if ask is ENDLESS:
            driver.endless[driver.patience] = call
        expect(call.end, "an end of the app's call", "it goes on")
        return how(call)

    TABLE.add(name, sentence, do, **more)


left("endless", "The client closes in mid-stream: an app that streams for ever stops.", ENDLESS)
left(
    "endless-reset",
    "The same by a reset.",
    Ask(target=b"/endless", leave="streaming", reset=True),
    where="sockets",
    slow=True,  # gunicorn takes three seconds for each
)


@TABLE.case(
    "endless-told",
    "How the app learns that the client has left: by http.disconnect, by an error of send, by a cancel.",
    level="silent",
)
def endless_told(driver: Driver) -> str:
    return how(endless(driver))


@TABLE.case(
    "send-after",
    "After the client left, send raises an OSError or does nothing.",
    section="www#http-disconnected-client",
)
def send_after(driver: Driver) -> None:
    call = endless(driver)
    errors = [data[1] for _, kind, data in call.steps if kind == "sent" and data[0] == "error"]
    errors = [one for one in errors if not one.startswith(("CancelledError", "Cancelled"))]
    expect(not errors, "an OSError, or nothing", errors[:2])


def unfinished(name: str, sentence: str, ask: Ask, **more: Any) -> None:
    """A row for an upload that lacks its end: the app is told, and never sees it as whole."""

    def do(driver: Driver) -> str:
        driver.needs("early-call")
        driver.ask(ask)
        call = ended(driver)[-1]
        ends = [one for one in call.received("http.request") if not one.get("more_body", False)]
        expect(not ends, "no last http.request of a body that was cut", ends)
        expect(
            call.received("http.disconnect"), "http.disconnect", [one.get("type") for one in call.received()]
        )
        expect(call.end, "an end of the app's call", "it goes on")
        return how(call)

    TABLE.add(name, sentence, do, **more)


unfinished("upload-closed", "The client closes before its body is complete.", UNFINISHED)
unfinished(
    "upload-reset",
    "It resets before its body is complete.",
    Ask("POST", b"/upload", body=(b"x" * 500, b"y"), leave="unfinished", reset=True),
    where="sockets",
)
unfinished(
    "upload-chunked-closed",
    "It closes between two chunks.",
    Ask("POST", b"/upload", body=(b"x" * 500, b"y"), chunked=True, leave="unfinished"),
)
unfinished(
    "echo-closed",
    "It closes before the body of /echo is complete.",
    Ask("POST", b"/echo", body=(b"a", b"b"), leave="unfinished"),
)


@TABLE.case("upload-cut-app", "What the framework does with an upload that was cut.", level="silent")
def upload_cut(driver: Driver) -> str:
    driver.needs("early-call")
    driver.ask(UNFINISHED)
    call = ended(driver)[-1]
    sent = [str(one.get("status")) for one in call.sent("http.response.start")]
    came_to = f"raises {call.error}" if call.error else f"{call.end}s" if call.end else "goes on"
    return f"{came_to}{', answers ' + sent[0] if sent else ''}"


@TABLE.case("waiting", "The client leaves while the app waits: the call ends.", where="sockets")
def waiting(driver: Driver) -> str:
    driver.ask(Ask(target=b"/delay?seconds=0.2", leave="waiting"))
    call = ended(driver)[-1]
    expect(call.end, "an end of the app's call", "it goes on")
    return how(call)


@TABLE.case(
    "head-cut", "A client that leaves within the head: the app is not called.", where="sockets", section=""
)
def head_cut(driver: Driver) -> None:
    driver.ask(Ask(raw=b"GET /health HTTP/1.1\r\nHost: a\r\nX-A: unfin", leave="cut"))
    answer(ALIVE)(driver)
    same(["/health"], [one.scope.get("path") for one in driver.calls(1)], "the paths of calls")


@TABLE.case(
    "large-unread",
    "The client leaves without reading a large answer: the call ends.",
    where="sockets",
    slow=True,
)
def large_unread(driver: Driver) -> str:
    driver.ask(Ask(target=b"/large?size=5242880", leave="streaming"))
    call = ended(driver)[-1]
    expect(call.end, "an end of the app's call", "it goes on")
    return how(call)


@TABLE.case("many", "Ten clients leave at once; the server answers the eleventh.", where="sockets", slow=True)
def many(driver: Driver) -> None:
    for _ in range(10):
        driver.ask(Ask(target=b"/endless", leave="streaming"))
    same(b"OK", answer(ALIVE)(driver).body, "the body")
    calls = ended(driver, 11)
    expect(
        all(one.end for one in calls), "an end of every call", f"{sum(not one.end for one in calls)} go on"
    )


@TABLE.case("nothing-after", "The app is called once for a client that leaves, not again.", where="sockets")
def nothing_after(driver: Driver) -> None:
    driver.needs("early-call")
    driver.ask(UNFINISHED)
    ended(driver)
    same(1, len(driver.look()), "calls:")


@TABLE.case(
    "websocket-handshake",
    "A client that leaves before the session is accepted or refused.",
    where="sockets",
    section="www#disconnect-receive-event-ws",
)
def handshake(driver: Driver) -> None:
    driver.talk(Talk(target=b"/ws/echo", does=(("lost",),)))
    call = ended(driver)[-1]
    expect(call.end, "an end of the app's call", "it goes on")


@TABLE.case(
    "websocket-endless-lost",
    "A WebSocket is lost in mid-stream: the call ends.",
    where="sockets",
    section="www#disconnect-receive-event-ws",
)
def websocket_lost(driver: Driver) -> str:
    driver.talk(Talk(target=b"/ws/endless", does=(("hear", 3), ("lost",))))
    call = ended(driver)[-1]
    expect(call.end, "an end of the app's call", "it goes on")
    return f"{call.end}s"


@TABLE.case("alive", "After all that the server answers.", section="")
def alive(driver: Driver) -> None:
    same(b"OK", answer(ALIVE)(driver).body, "the body")
