"""WebSocket: which event may follow which, in both directions, with denial responses.

Checks of the scope stand in ``websocket_scope.py``, checks of single events in ``websocket_fields.py``,
the rules of the denial extension in ``denial.py``.
"""

from __future__ import annotations

from asgisim.spec import denial
from asgisim.spec.rules import By, Event, rule
from asgisim.spec.table import Advice, Symbol, Table
from asgisim.spec.view import Machine, Protocol, View

_CONNECT = "www#connect-receive-event"
_ACCEPT = "www#accept-send-event"
_SEND = "www#send-send-event"
_CLOSE = "www#close-send-event"
_DISCONNECT = "www#disconnect-receive-event-ws"

# fmt: off
RECEIVE_TYPES = rule(
    "websocket.receive.types", "server", "must", "2.0", _CONNECT,
    "On a WebSocket receive gives websocket.connect, .receive and .disconnect, nothing else.",
    "Keep the events of other protocols, and own ones, away from this receive.", by=By.CELL,
)
CONNECT_FIRST = rule(
    "websocket.connect.first", "server", "must", "2.0", _CONNECT,
    "The first thing that receive gives is websocket.connect, while the handshake is still open.",
    "Queue websocket.connect before anything that the client sends.", by=By.CELL,
)
CONNECT_ONCE = rule(
    "websocket.connect.once", "server", "implied", "2.0", _CONNECT,
    "websocket.connect is given a single time.",
    "Queue websocket.connect when the call begins, and never after.", by=By.CELL,
)
CONNECT_ANSWERED = rule(
    "websocket.connect.answered", "app", "must", "2.0", _CONNECT,
    "Before it returns the app answers the connection: it accepts, closes or sends a listed denial.",
    "Send websocket.close on every path that does not accept.", by=By.CELL,
)
CONNECT_AWAITED = rule(
    "websocket.connect.awaited", "app", "implied", "2.0", _CONNECT,
    "An app takes websocket.connect from receive before it answers; servers tolerate the opposite.",
    "Await receive once before websocket.accept, websocket.close or a denial.", by=By.CELL, advisory=True,
)
NOT_BEFORE_ANSWER = rule(
    "websocket.receive.not-before-answer", "server", "must", "2.0", _CONNECT,
    "No message is given to an app that has not accepted.",
    "Read frames only once the handshake is complete.", by=By.CELL,
)
NONE_AFTER_DISCONNECT = rule(
    "websocket.receive.none-after-disconnect", "server", "implied", "2.0", _DISCONNECT,
    "No message is given after websocket.disconnect.",
    "Hand out the queued messages first, websocket.disconnect last.", by=By.CELL,
)
DISCONNECT_LAST = rule(
    "websocket.disconnect.last", "server", "implied", "2.0", _DISCONNECT,
    "After websocket.disconnect receive gives no event of another kind.",
    "Give websocket.disconnect again, or nothing, to whoever calls receive after it.", by=By.CELL,
)
SEND_TYPES = rule(
    "websocket.send.types", "app", "must", "2.0", _ACCEPT,
    "On a WebSocket an app sends websocket.accept, .send and .close, and events of listed extensions.",
    "Look at the event's type: it is misspelt, or belongs to another protocol.", by=By.CELL,
)
ACCEPT_ONCE = rule(
    "websocket.accept.once", "app", "implied", "2.0", _ACCEPT,
    "A connection is accepted a single time.",
    "Look for two places that accept, as a wrapper and the handler inside it.", by=By.CELL,
)
ACCEPT_NOT_AFTER_CLOSE = rule(
    "websocket.accept.not-after-close", "app", "implied", "2.0", _ACCEPT,
    "What has been closed or refused is not accepted any more.",
    "Return after websocket.close.", by=By.CELL,
)
SEND_AFTER_ACCEPT = rule(
    "websocket.send.after-accept", "app", "implied", "2.0", _SEND,
    "Messages are sent only on a connection that was accepted.",
    "Send websocket.accept before the first websocket.send.", by=By.CELL,
)
SEND_NOT_AFTER_OWN_CLOSE = rule(
    "websocket.send.not-after-own-close", "app", "implied", "2.0", _SEND,
    "After its own websocket.close an app sends no more messages.",
    "Stop the tasks that send before you close.", by=By.CELL,
)
CLOSE_ONCE = rule(
    "websocket.close.once", "app", "implied", "2.0", _CLOSE,
    "A connection is closed a single time.",
    "Remember that it was closed; a clean-up path often closes a second time.", by=By.CELL,
)
# fmt: on


class Receiving(Symbol):
    """How far the server has come with what it gives."""

    NEW = "nothing given"
    CONNECTED = "connect given"
    DISCONNECTED = "disconnect given"


class Given(Symbol):
    """What receive gave. A message is early while the app has not accepted."""

    CONNECT = "websocket.connect"
    DISCONNECT = "websocket.disconnect"
    RECEIVE = "websocket.receive"
    EARLY = "websocket.receive, not accepted"
    UNKNOWN = "another type"


# fmt: off
RECEIVE: Table[Receiving, Given] = {
    Receiving.NEW: {
        Given.CONNECT:    Receiving.CONNECTED,
        Given.DISCONNECT: Receiving.DISCONNECTED,  # the client can be gone before the call begins
        Given.RECEIVE:    CONNECT_FIRST,
        Given.EARLY:      CONNECT_FIRST,
        Given.UNKNOWN:    RECEIVE_TYPES,
    },
    Receiving.CONNECTED: {
        Given.CONNECT:    CONNECT_ONCE,
        Given.DISCONNECT: Receiving.DISCONNECTED,
        Given.RECEIVE:    Receiving.CONNECTED,
        Given.EARLY:      NOT_BEFORE_ANSWER,
        Given.UNKNOWN:    RECEIVE_TYPES,
    },
    Receiving.DISCONNECTED: {
        Given.CONNECT:    DISCONNECT_LAST,
        Given.DISCONNECT: Receiving.DISCONNECTED,  # repeating it is tolerated
        Given.RECEIVE:    NONE_AFTER_DISCONNECT,
        Given.EARLY:      NONE_AFTER_DISCONNECT,
        Given.UNKNOWN:    RECEIVE_TYPES,
    },
}
# fmt: on


class Sending(Symbol):
    """How far the app has come. GONE: no client is left, so nothing sent can be wrong."""

    NEW = "connect not taken"
    CONNECTED = "connect taken"
    OPEN = "accepted"
    CLOSED = "closed by the app"
    REFUSED = "refused"
    DENYING = "denial begun"
    DENIED = "denial complete"
    GONE = "client gone"
    ENDED = "call over"


class Sent(Symbol):
    """What the app did, and what happened to it. What ends a connection comes before what prolongs it."""

    RETURN = "return"
    CLOSE = "websocket.close"
    ACCEPT = "websocket.accept"
    SEND = "websocket.send"
    DENY = "denial start"
    DENY_LAST = "denial body"
    DENY_MORE = "denial body, more"
    HTTP = "http.response.*"
    UNKNOWN = "another type"
    RAISE = "raise"
    LEFT = "(client leaves)"
    TOLD = "(disconnect taken)"
    TAKEN = "(connect taken)"


# fmt: off
SEND: Table[Sending, Sent] = {
    Sending.NEW: {
        Sent.RETURN:    CONNECT_ANSWERED,
        Sent.CLOSE:     Advice(CONNECT_AWAITED, Sending.REFUSED),
        Sent.ACCEPT:    Advice(CONNECT_AWAITED, Sending.OPEN),
        Sent.SEND:      SEND_AFTER_ACCEPT,
        Sent.DENY:      Advice(CONNECT_AWAITED, Sending.DENYING),
        Sent.DENY_LAST: denial.START_BEFORE_BODY,
        Sent.DENY_MORE: denial.START_BEFORE_BODY,
        Sent.HTTP:      SEND_TYPES,
        Sent.UNKNOWN:   SEND_TYPES,
        Sent.RAISE:     Sending.ENDED,
        Sent.LEFT:      Sending.GONE,
        Sent.TOLD:      Sending.GONE,
        Sent.TAKEN:     Sending.CONNECTED,
    },
    Sending.CONNECTED: {
        Sent.RETURN:    CONNECT_ANSWERED,
        Sent.CLOSE:     Sending.REFUSED,
        Sent.ACCEPT:    Sending.OPEN,
        Sent.SEND:      SEND_AFTER_ACCEPT,
        Sent.DENY:      Sending.DENYING,
        Sent.DENY_LAST: denial.START_BEFORE_BODY,
        Sent.DENY_MORE: denial.START_BEFORE_BODY,
        Sent.HTTP:      SEND_TYPES,
        Sent.UNKNOWN:   SEND_TYPES,
        Sent.RAISE:     Sending.ENDED,
        Sent.LEFT:      Sending.GONE,
        Sent.TOLD:      Sending.GONE,
        Sent.TAKEN:     Sending.CONNECTED,
    },
    Sending.OPEN: {
        Sent.RETURN:    Sending.ENDED,
        Sent.CLOSE:     Sending.CLOSED,
        Sent.ACCEPT:    ACCEPT_ONCE,
        Sent.SEND:      Sending.OPEN,
        Sent.DENY:      denial.AFTER_CONNECT,
        Sent.DENY_LAST: denial.AFTER_CONNECT,
        Sent.DENY_MORE: denial.AFTER_CONNECT,
        Sent.HTTP:      SEND_TYPES,
        Sent.UNKNOWN:   SEND_TYPES,
        Sent.RAISE:     Sending.ENDED,
        Sent.LEFT:      Sending.GONE,
        Sent.TOLD:      Sending.GONE,
        Sent.TAKEN:     Sending.OPEN,
    },
    # Having closed by itself the app knows: that the client leaves as well excuses nothing. Only
    # websocket.disconnect makes a late send one that the text does not count (main#error-handling).
    Sending.CLOSED: {
        Sent.RETURN:    Sending.ENDED,
        Sent.CLOSE:     CLOSE_ONCE,
        Sent.ACCEPT:    ACCEPT_NOT_AFTER_CLOSE,
        Sent.SEND:      SEND_NOT_AFTER_OWN_CLOSE,
        Sent.DENY:      denial.AFTER_CONNECT,
        Sent.DENY_LAST: denial.AFTER_CONNECT,
        Sent.DENY_MORE: denial.AFTER_CONNECT,
        Sent.HTTP:      SEND_TYPES,
        Sent.UNKNOWN:   SEND_TYPES,
        Sent.RAISE:     Sending.ENDED,
        Sent.LEFT:      Sending.CLOSED,
        Sent.TOLD:      Sending.GONE,
        Sent.TAKEN:     Sending.CLOSED,
    },
    Sending.REFUSED: {
        Sent.RETURN:    Sending.ENDED,
        Sent.CLOSE:     CLOSE_ONCE,
        Sent.ACCEPT:    ACCEPT_NOT_AFTER_CLOSE,
        Sent.SEND:      SEND_NOT_AFTER_OWN_CLOSE,
        Sent.DENY:      denial.AFTER_CONNECT,
        Sent.DENY_LAST: denial.AFTER_CONNECT,
        Sent.DENY_MORE: denial.AFTER_CONNECT,
        Sent.HTTP:      SEND_TYPES,
        Sent.UNKNOWN:   SEND_TYPES,
        Sent.RAISE:     Sending.ENDED,
        Sent.LEFT:      Sending.REFUSED,
        Sent.TOLD:      Sending.GONE,
        Sent.TAKEN:     Sending.REFUSED,
    },
    Sending.DENYING: {
        Sent.RETURN:    denial.FINISHED,
        Sent.CLOSE:     denial.NO_WEBSOCKET_EVENTS,
        Sent.ACCEPT:    denial.NO_WEBSOCKET_EVENTS,
        Sent.SEND:      denial.NO_WEBSOCKET_EVENTS,
        Sent.DENY:      denial.START_ONCE,
        Sent.DENY_LAST: Sending.DENIED,
        Sent.DENY_MORE: Sending.DENYING,
        Sent.HTTP:      denial.NO_HTTP_EXTENSIONS,
        Sent.UNKNOWN:   SEND_TYPES,
        Sent.RAISE:     Sending.ENDED,
        Sent.LEFT:      Sending.GONE,
        Sent.TOLD:      Sending.GONE,
        Sent.TAKEN:     Sending.DENYING,
    },
    Sending.DENIED: {
        Sent.RETURN:    Sending.ENDED,
        Sent.CLOSE:     denial.NO_WEBSOCKET_EVENTS,
        Sent.ACCEPT:    denial.NO_WEBSOCKET_EVENTS,
        Sent.SEND:      denial.NO_WEBSOCKET_EVENTS,
        Sent.DENY:      denial.START_ONCE,
        Sent.DENY_LAST: denial.FINISHED,
        Sent.DENY_MORE: denial.FINISHED,
        Sent.HTTP:      denial.NO_HTTP_EXTENSIONS,
        Sent.UNKNOWN:   SEND_TYPES,
        Sent.RAISE:     Sending.ENDED,
        Sent.LEFT:      Sending.DENIED,
        Sent.TOLD:      Sending.GONE,
        Sent.TAKEN:     Sending.DENIED,
    },
    Sending.GONE: {
        **dict.fromkeys(Sent, Sending.GONE),
        Sent.RETURN:    Sending.ENDED,
        Sent.RAISE:     Sending.ENDED,
    },
    Sending.ENDED: dict.fromkeys(Sent, Sending.ENDED),
}
# fmt: on

_GIVEN = {
    "websocket.connect": Given.CONNECT,
    "websocket.disconnect": Given.DISCONNECT,
    "websocket.receive": Given.RECEIVE,
}
_SENT = {
    "websocket.accept": Sent.ACCEPT,
    "websocket.send": Sent.SEND,
    "websocket.close": Sent.CLOSE,
}
_HEARD = {"websocket.connect": Sent.TAKEN, "websocket.disconnect": Sent.TOLD}


def _read_given(event: Event, view: View) -> Given | None:
    kind = event.get("type")
    if not isinstance(kind, str):
        return None
    given = _GIVEN.get(kind, Given.UNKNOWN)
    if given is Given.RECEIVE and view.sending is not Sending.OPEN and not _accepted(view):
        return Given.EARLY
    return given


def _accepted(view: View) -> bool:
    # The app's accept counts for the server whatever else was wrong with it.
    return any(event.get("type") == "websocket.accept" for event in view.sent)


def _read_sent(event: Event, view: View) -> Sent | None:
    kind = event.get("type")
    if not isinstance(kind, str):
        return None
    sent = _SENT.get(kind)
    if sent is not None:
        return sent
    if kind in (denial.START, denial.BODY):
        if not view.offers(denial.NAME):
            return None
        if kind == denial.START:
            return Sent.DENY
        return Sent.DENY_MORE if event.get("more_body") else Sent.DENY_LAST
    if view.invents(kind, (denial.NAME,)):
        return None
    return Sent.HTTP if kind.startswith("http.response.") else Sent.UNKNOWN


def _hear(event: Event) -> Sent | None:
    kind = event.get("type")
    return _HEARD.get(kind) if isinstance(kind, str) else None


WEBSOCKET = Protocol(
    "websocket",
    Machine("websocket receive", RECEIVE, Receiving.NEW, _read_given),
    Machine(
        "websocket send",
        SEND,
        Sending.NEW,
        _read_sent,
        returns=Sent.RETURN,
        raises=Sent.RAISE,
        left=Sent.LEFT,
        hears=_hear,
    ),
)
