"""Lifespan: start-up and shutdown, the scope, and the four answers."""

from __future__ import annotations

from collections.abc import Iterator

from asgisim.spec.rules import By, Event, check, rule
from asgisim.spec.shapes import typed
from asgisim.spec.table import Advice, Symbol, Table
from asgisim.spec.view import Machine, Protocol, View

_DOC = "lifespan"
_SCOPE = "lifespan#scope"
_STATE = "lifespan#lifespan-state"
_STARTUP = "lifespan#startup-receive-event"
_STARTED = "lifespan#startup-complete-send-event"
_SHUTDOWN = "lifespan#shutdown-receive-event"
_STOPPED = "lifespan#shutdown-complete-send-event"
_TEXT_2023 = "2.0 (text 2023-03)"
_TEXT_2022 = "2.0 (text 2022-07)"

# fmt: off
SCOPE_TYPE = rule(
    "lifespan.scope.type", "server", "must", "1.0", _SCOPE,
    "The scope of the lifespan says so in type: lifespan.",
    "Write 'lifespan'.",
)
ASGI_VERSION = rule(
    "lifespan.scope.asgi.version", "server", "must", "1.0", _SCOPE,
    "version in asgi, where given, is a str.",
    "Write '3.0'.",
)
SPEC_VERSION = rule(
    "lifespan.scope.asgi.spec-version", "server", "must", "2.0", _SCOPE,
    "spec_version on the lifespan names a version of the lifespan text: 1.0 or 2.0.",
    "Announce '2.0' here; the versions from 2.1 on are those of HTTP and WebSocket.",
)
SPEC_VERSION_DEFAULT = rule(
    "lifespan.scope.asgi.spec-version.default", "app", "must", "2.0", _SCOPE,
    "To an app no spec_version on the lifespan is 1.0.",
    "Read it with .get('spec_version', '1.0').", by=By.EQUAL,
)
STATE_TYPE = rule(
    "lifespan.scope.state.type", "server", "must", _TEXT_2023, _SCOPE,
    "state, where given, is a dict.",
    "Give a new dict.",
)
STATE_EMPTY = rule(
    "lifespan.scope.state.empty", "server", "must", _TEXT_2023, _SCOPE,
    "state is empty when the call begins; what goes into it is the app's affair.",
    "Give a new dict to each lifespan call.",
)
STATE_OPTIONAL = rule(
    "lifespan.scope.state.optional", "app", "must", _TEXT_2023, _SCOPE,
    "An app gets on with a server that gives no state.",
    "Look whether 'state' is in the scope before you use it.", by=By.EQUAL,
)
NO_MORE_EVENTS = rule(
    "lifespan.exception.no-more-events", "server", "must", "2.0", _SCOPE,
    "A lifespan call that raised is given no more events.",
    "Drop the lifespan when its call ends; start serving without it.", by=By.CELL,
)
USE_FAILED = rule(
    "lifespan.exception.use-failed", "app", "should", "2.0", _SCOPE,
    "An app that means to keep the server from starting sends lifespan.startup.failed; "
    "an exception only says that it knows no lifespan.",
    "Catch the error, send lifespan.startup.failed with its text, then raise if you like.",
    by=By.CELL, advisory=True,
)
RECEIVE_TYPES = rule(
    "lifespan.receive.types", "server", "must", "1.0", _DOC,
    "On the lifespan receive gives lifespan.startup and lifespan.shutdown, nothing else.",
    "Keep the events of other protocols away from this receive.", by=By.CELL,
)
SEND_TYPES = rule(
    "lifespan.send.types", "app", "must", "2.0", _DOC,
    "On the lifespan an app sends the complete or failed of startup and shutdown, nothing else.",
    "Look at the event's type: it is misspelt, or belongs to another protocol.", by=By.CELL,
)
STARTUP_FIRST = rule(
    "lifespan.startup.first", "server", "must", "1.0", _STARTUP,
    "lifespan.startup is given first, and a single time.",
    "Queue lifespan.startup when the call begins.", by=By.CELL,
)
STARTUP_ANSWERED = rule(
    "lifespan.startup.answered", "app", "implied", "1.0", _STARTED,
    "An app that took lifespan.startup says complete or failed, or raises; it does not just return.",
    "Send lifespan.startup.complete and wait for lifespan.shutdown.", by=By.CELL,
)
STARTUP_ANSWER_AFTER_EVENT = rule(
    "lifespan.startup.answer-after-event", "app", "implied", "1.0", _STARTED,
    "lifespan.startup is taken from receive before it is answered.",
    "Await receive before sending the answer.", by=By.CELL,
)
STARTUP_ANSWER_ONCE = rule(
    "lifespan.startup.answer-once", "app", "implied", "2.0", _STARTED,
    "Startup has one answer: complete or failed, never both and never twice.",
    "Look for two places that answer, as a wrapper and the app inside it.", by=By.CELL,
)
STARTUP_MESSAGE = rule(
    "lifespan.startup.failed.message.type", "app", "must", "2.0", "lifespan#startup-failed-send-event",
    "message of lifespan.startup.failed, where given, is a str.",
    "Write str(error).",
)
SHUTDOWN_AFTER_STARTUP = rule(
    "lifespan.shutdown.after-startup", "server", "implied", "1.0", _SHUTDOWN,
    "lifespan.shutdown is given only to an app whose startup is complete.",
    "After lifespan.startup.failed, or without an answer, exit without lifespan.shutdown.", by=By.CELL,
)
SHUTDOWN_ONCE = rule(
    "lifespan.shutdown.once", "server", "implied", "1.0", _SHUTDOWN,
    "lifespan.shutdown is given a single time.",
    "A receive after it waits until the call ends.", by=By.CELL,
)
APP_STAYS = rule(
    "lifespan.app.stays", "app", "implied", "1.0", _DOC,
    "An app with a lifespan keeps the call open until shutdown.",
    "Await receive for lifespan.shutdown before you return.", by=By.CELL, advisory=True,
)
SHUTDOWN_ANSWERED = rule(
    "lifespan.shutdown.answered", "app", "implied", "1.0", _STOPPED,
    "An app that took lifespan.shutdown says complete or failed before its call ends.",
    "Send lifespan.shutdown.complete, or lifespan.shutdown.failed where cleaning up raised.", by=By.CELL,
)
SHUTDOWN_ANSWER_AFTER_EVENT = rule(
    "lifespan.shutdown.answer-after-event", "app", "implied", "1.0", _STOPPED,
    "lifespan.shutdown is taken from receive before it is answered.",
    "Await receive before sending the answer.", by=By.CELL,
)
SHUTDOWN_ANSWER_ONCE = rule(
    "lifespan.shutdown.answer-once", "app", "implied", "2.0", _STOPPED,
    "Shutdown has one answer: complete or failed.",
    "Look for two places that answer, as a wrapper and the app inside it.", by=By.CELL,
)
APP_RETURNS = rule(
    "lifespan.shutdown.app-returns", "app", "implied", "1.0", "lifespan (asgiref issue 140 leaves it open)",
    "Once it has answered shutdown an app comes to an end.",
    "Return after lifespan.shutdown.complete; cancel what still runs.", by=By.END,
)
SHUTDOWN_MESSAGE = rule(
    "lifespan.shutdown.failed.message.type", "app", "must", "2.0", "lifespan#shutdown-failed-send-event",
    "message of lifespan.shutdown.failed, where given, is a str.",
    "Write str(error).",
)

# Seen only where the server's process, or several exchanges, are known as well.
for _name, _level, _since, _section, _says, _hint in (
    ("once-per-loop", "should", _TEXT_2022, _DOC,
     "Each event loop that serves requests has one lifespan call.", "Start one per worker."),
    ("same-loop", "should", _TEXT_2022, _DOC,
     "The lifespan call and the requests run in one event loop.",
     "Start the lifespan in the loop that serves."),
    ("scope.duration", "must", "1.0", _SCOPE,
     "The lifespan call is kept as long as the event loop lives.", "Do not cancel the call before shutdown."),
    ("state.shallow-copy", "must", _TEXT_2023, _STATE,
     "Each request gets a shallow copy of state: a dict of its own with the same values.",
     "Use dict.copy() for each scope."),
    ("state.untouched", "must", _TEXT_2023, _STATE,
     "The server copies state; it neither looks at the entries nor changes them.",
     "Keep what the server knows elsewhere."),
    ("send.bad-rejected", "should", "2.0", "main#error-handling",
     "send raises for a lifespan event that is unknown or out of place.",
     "Keep track of which answer is due, and raise for any other."),
):
    rule(f"lifespan.{_name}", "server", _level, _since, _section, _says, _hint, by=By.WIRE)
# fmt: on


class Receiving(Symbol):
    """How far the server has come with what it gives."""

    NEW = "nothing given"
    STARTING = "startup given"
    STOPPING = "shutdown given"


class Given(Symbol):
    """What receive gave. Shutdown is early while startup is not complete; LATE is anything after a raise."""

    STARTUP = "lifespan.startup"
    SHUTDOWN = "lifespan.shutdown"
    EARLY = "lifespan.shutdown, startup not complete"
    LATE = "any, after the call raised"
    UNKNOWN = "another type"


# fmt: off
RECEIVE: Table[Receiving, Given] = {
    Receiving.NEW: {
        Given.STARTUP:  Receiving.STARTING,
        Given.SHUTDOWN: STARTUP_FIRST,
        Given.EARLY:    STARTUP_FIRST,
        Given.LATE:     NO_MORE_EVENTS,
        Given.UNKNOWN:  RECEIVE_TYPES,
    },
    Receiving.STARTING: {
        Given.STARTUP:  STARTUP_FIRST,
        Given.SHUTDOWN: Receiving.STOPPING,
        Given.EARLY:    SHUTDOWN_AFTER_STARTUP,
        Given.LATE:     NO_MORE_EVENTS,
        Given.UNKNOWN:  RECEIVE_TYPES,
    },
    Receiving.STOPPING: {
        Given.STARTUP:  STARTUP_FIRST,
        Given.SHUTDOWN: SHUTDOWN_ONCE,
        Given.EARLY:    SHUTDOWN_ONCE,
        Given.LATE:     NO_MORE_EVENTS,
        Given.UNKNOWN:  RECEIVE_TYPES,
    },
}
# fmt: on


class Sending(Symbol):
    """How far the app has come."""

    NEW = "startup not taken"
    STARTING = "startup taken"
    RUNNING = "startup complete"
    FAILED = "startup failed"
    STOPPING = "shutdown taken"
    STOPPED = "shutdown answered"
    ENDED = "call over"


class Sent(Symbol):
    """What the app did, and what it took."""

    RETURN = "return"
    STARTUP_COMPLETE = "lifespan.startup.complete"
    STARTUP_FAILED = "lifespan.startup.failed"
    SHUTDOWN_COMPLETE = "lifespan.shutdown.complete"
    SHUTDOWN_FAILED = "lifespan.shutdown.failed"
    UNKNOWN = "another type"
    RAISE = "raise"
    STARTUP = "(startup taken)"
    SHUTDOWN = "(shutdown taken)"


# fmt: off
SEND: Table[Sending, Sent] = {
    Sending.NEW: {
        Sent.RETURN:            Advice(APP_STAYS, Sending.ENDED),
        Sent.STARTUP_COMPLETE:  STARTUP_ANSWER_AFTER_EVENT,
        Sent.STARTUP_FAILED:    STARTUP_ANSWER_AFTER_EVENT,
        Sent.SHUTDOWN_COMPLETE: SHUTDOWN_ANSWER_AFTER_EVENT,
        Sent.SHUTDOWN_FAILED:   SHUTDOWN_ANSWER_AFTER_EVENT,
        Sent.UNKNOWN:           SEND_TYPES,
        Sent.RAISE:             Sending.ENDED,  # the app knows no lifespan
        Sent.STARTUP:           Sending.STARTING,
        Sent.SHUTDOWN:          Sending.STOPPING,
    },
    Sending.STARTING: {
        Sent.RETURN:            STARTUP_ANSWERED,
        Sent.STARTUP_COMPLETE:  Sending.RUNNING,
        Sent.STARTUP_FAILED:    Sending.FAILED,
        Sent.SHUTDOWN_COMPLETE: SHUTDOWN_ANSWER_AFTER_EVENT,
        Sent.SHUTDOWN_FAILED:   SHUTDOWN_ANSWER_AFTER_EVENT,
        Sent.UNKNOWN:           SEND_TYPES,
        Sent.RAISE:             Advice(USE_FAILED, Sending.ENDED),
        Sent.STARTUP:           Sending.STARTING,
        Sent.SHUTDOWN:          Sending.STOPPING,
    },
    Sending.RUNNING: {
        Sent.RETURN:            Advice(APP_STAYS, Sending.ENDED),
        Sent.STARTUP_COMPLETE:  STARTUP_ANSWER_ONCE,
        Sent.STARTUP_FAILED:    STARTUP_ANSWER_ONCE,
        Sent.SHUTDOWN_COMPLETE: SHUTDOWN_ANSWER_AFTER_EVENT,
        Sent.SHUTDOWN_FAILED:   SHUTDOWN_ANSWER_AFTER_EVENT,
        Sent.UNKNOWN:           SEND_TYPES,
        Sent.RAISE:             Advice(APP_STAYS, Sending.ENDED),  # open, asgiref issue 276
        Sent.STARTUP:           Sending.RUNNING,
        Sent.SHUTDOWN:          Sending.STOPPING,
    },
    Sending.FAILED: {
        Sent.RETURN:            Sending.ENDED,
        Sent.STARTUP_COMPLETE:  STARTUP_ANSWER_ONCE,
        Sent.STARTUP_FAILED:    STARTUP_ANSWER_ONCE,
        Sent.SHUTDOWN_COMPLETE: SHUTDOWN_ANSWER_AFTER_EVENT,
        Sent.SHUTDOWN_FAILED:   SHUTDOWN_ANSWER_AFTER_EVENT,
        Sent.UNKNOWN:           SEND_TYPES,
        Sent.RAISE:             Sending.ENDED,
        Sent.STARTUP:           Sending.FAILED,
        Sent.SHUTDOWN:          Sending.STOPPING,
    },
    Sending.STOPPING: {
        Sent.RETURN:            SHUTDOWN_ANSWERED,
        Sent.STARTUP_COMPLETE:  STARTUP_ANSWER_ONCE,
        Sent.STARTUP_FAILED:    STARTUP_ANSWER_ONCE,
        Sent.SHUTDOWN_COMPLETE: Sending.STOPPED,
        Sent.SHUTDOWN_FAILED:   Sending.STOPPED,
        Sent.UNKNOWN:           SEND_TYPES,
        Sent.RAISE:             SHUTDOWN_ANSWERED,
        Sent.STARTUP:           Sending.STOPPING,
        Sent.SHUTDOWN:          Sending.STOPPING,
    },
    Sending.STOPPED: {
        Sent.RETURN:            Sending.ENDED,
        Sent.STARTUP_COMPLETE:  STARTUP_ANSWER_ONCE,
        Sent.STARTUP_FAILED:    STARTUP_ANSWER_ONCE,
        Sent.SHUTDOWN_COMPLETE: SHUTDOWN_ANSWER_ONCE,
        Sent.SHUTDOWN_FAILED:   SHUTDOWN_ANSWER_ONCE,
        Sent.UNKNOWN:           SEND_TYPES,
        Sent.RAISE:             Sending.ENDED,
        Sent.STARTUP:           Sending.STOPPED,
        Sent.SHUTDOWN:          Sending.STOPPED,
    },
    Sending.ENDED: dict.fromkeys(Sent, Sending.ENDED),
}
# fmt: on

_SENT = {seen.value: seen for seen in Sent if seen.value.startswith("lifespan.")}
_HEARD = {"lifespan.startup": Sent.STARTUP, "lifespan.shutdown": Sent.SHUTDOWN}


def _read_given(event: Event, view: View) -> Given | None:
    kind = event.get("type")
    if not isinstance(kind, str):
        return None
    if view.ending == "raised":
        return Given.LATE
    if kind == "lifespan.shutdown":
        return Given.SHUTDOWN if _complete(view) else Given.EARLY
    return Given.STARTUP if kind == "lifespan.startup" else Given.UNKNOWN


def _complete(view: View) -> bool:
    # A server may have taken an answer that came out of place.
    return view.sending is Sending.RUNNING or any(
        event.get("type") == "lifespan.startup.complete" for event in view.sent
    )


def _read_sent(event: Event, view: View) -> Sent | None:
    kind = event.get("type")
    return _SENT.get(kind, Sent.UNKNOWN) if isinstance(kind, str) else None


def _hear(event: Event) -> Sent | None:
    kind = event.get("type")
    return _HEARD.get(kind) if isinstance(kind, str) else None


LIFESPAN = Protocol(
    "lifespan",
    Machine("lifespan receive", RECEIVE, Receiving.NEW, _read_given),
    Machine(
        "lifespan send",
        SEND,
        Sending.NEW,
        _read_sent,
        returns=Sent.RETURN,
        raises=Sent.RAISE,
        hears=_hear,
        stuck={Sending.STOPPED: APP_RETURNS},
    ),
)


@check(SCOPE_TYPE, "scope *", key="state")
def _scope_type(scope: Event, view: View) -> Iterator[str]:
    kind = scope.get("type")
    if isinstance(kind, str) and kind.startswith("lifespan.") and "path" not in scope:
        yield f"a scope without path has the type {kind!r}"


@check(ASGI_VERSION, "scope lifespan", key="asgi")
def _asgi_version(scope: Event, view: View) -> Iterator[str]:
    asgi = scope["asgi"]
    if isinstance(asgi, dict) and not isinstance(asgi.get("version", ""), str):
        yield typed("version", asgi["version"], "str")


@check(SPEC_VERSION, "scope lifespan", key="asgi")
def _spec_version(scope: Event, view: View) -> Iterator[str]:
    asgi = scope["asgi"]
    if isinstance(asgi, dict) and "spec_version" in asgi and asgi["spec_version"] not in ("1.0", "2.0"):
        yield f"spec_version is {asgi['spec_version']!r}, not 1.0 or 2.0"


@check(STATE_TYPE, "scope lifespan", key="state", shape=True)
def _state_type(scope: Event, view: View) -> Iterator[str]:
    if not isinstance(scope["state"], dict):
        yield typed("state", scope["state"], "dict")


@check(STATE_EMPTY, "scope lifespan", key="state")
def _state_empty(scope: Event, view: View) -> Iterator[str]:
    if isinstance(scope["state"], dict) and scope["state"]:
        yield f"state has {len(scope['state'])} entries"


@check(STARTUP_MESSAGE, "send lifespan.startup.failed", key="message", shape=True)
@check(SHUTDOWN_MESSAGE, "send lifespan.shutdown.failed", key="message", shape=True)
def _message(event: Event, view: View) -> Iterator[str]:
    if not isinstance(event["message"], str):
        yield typed("message", event["message"], "str")
