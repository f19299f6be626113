"""HTTP: which event may follow which, in both directions, with the extensions.

Checks of the scope stand in ``http_scope.py``, checks of single events in ``http_fields.py``, the rules of
the extensions in ``extensions.py``.
"""

from __future__ import annotations

from asgisim.spec import extensions as ext
from asgisim.spec.rules import By, Event, Rule, rule
from asgisim.spec.table import Advice, Dated, Symbol, Table
from asgisim.spec.view import Machine, Protocol, View

_START = "www#response-start-send-event"
_BODY = "www#response-body-send-event"
_REQUEST = "www#request-receive-event"
_GONE = "www#disconnect-receive-event"


def _rule(
    id: str, level: str, section: str, says: str, hint: str, *, party: str = "app", advisory: bool = False
) -> Rule:
    return rule(f"http.{id}", party, level, "2.0", section, says, hint, by=By.CELL, advisory=advisory)


# fmt: off
START_BEFORE_BODY = _rule(
    "response.start.before-body", "must", _START,
    "A response begins with http.response.start; no body comes before it.",
    "Send http.response.start, with a status, before the first body.")
START_ONCE = _rule(
    "response.start.once", "implied", _START,
    "http.response.start is sent a single time.",
    "Look for an error handler that answers although the response has begun.")
START_SENT = _rule(
    "response.start.sent", "implied", _START,
    "Before it returns the app has begun a response.",
    "Send http.response.start on every path, or raise: the server then answers 500.")
FOLLOWED_BY_BODY = _rule(
    "response.start.followed-by-body", "must", _START,
    "At least one body event follows the start, even for an empty body.",
    "Send http.response.body; without keys it means an empty, complete body.")
FINAL = _rule(
    "response.body.final", "implied", _BODY,
    "The body ends with an event whose more_body is false before the app returns.",
    "Send a last http.response.body without more_body.")
NOT_AFTER_COMPLETE = _rule(
    "response.after-complete.not-sent", "implied", _BODY,
    "A tidy app sends nothing once its response is complete; servers ignore what comes.",
    "Return after the last body.", advisory=True)
SEND_TYPES = _rule(
    "send.types", "must", "www#http",
    "On HTTP an app sends http.response.start and .body, and events of listed extensions, nothing else.",
    "Look at the event's type: it is misspelt, or belongs to another protocol.")
RECEIVE_TYPES = _rule(
    "receive.types", "must", "www#http",
    "On HTTP receive gives http.request and http.disconnect, nothing else.",
    "Keep the events of other protocols away from this receive.", party="server")
REQUEST_FIRST = _rule(
    "request.first", "implied", "main#events",
    "The first event is http.request, even for a request without a body, while the client is there.",
    "Queue an empty http.request where there is no body.", party="server")
NONE_AFTER_LAST = _rule(
    "request.none-after-last", "implied", _REQUEST,
    "After the piece with more_body false no further http.request comes.",
    "Let receive wait for the disconnect once the body is whole.", party="server")
NONE_AFTER_DISCONNECT = _rule(
    "request.none-after-disconnect", "implied", _GONE,
    "After http.disconnect no http.request comes.",
    "Give http.disconnect again to whoever calls receive after it.", party="server")
NOT_EARLY = _rule(
    "disconnect.not-early", "implied", _GONE,
    "http.disconnect does not come while the client is there and the response unfinished.",
    "Let receive wait after the last piece of the body.", party="server")
# fmt: on


class Receiving(Symbol):
    """How far the server has come with the request."""

    NEW = "nothing given"
    PART = "body open"
    WHOLE = "body whole"
    DISCONNECTED = "disconnect given"


class Given(Symbol):
    """What receive gave. A disconnect is early while the client is there and the response unfinished,
    unless the app broke a rule: then the server may hang up."""

    DISCONNECT = "http.disconnect"
    LAST = "http.request"
    MORE = "http.request, more_body"
    EARLY = "http.disconnect, too early"
    UNKNOWN = "another type"


# fmt: off
RECEIVE: Table[Receiving, Given] = {
    Receiving.NEW: {
        Given.DISCONNECT: Receiving.DISCONNECTED,
        Given.LAST:       Receiving.WHOLE,
        Given.MORE:       Receiving.PART,
        Given.EARLY:      REQUEST_FIRST,
        Given.UNKNOWN:    RECEIVE_TYPES,
    },
    Receiving.PART: {
        Given.DISCONNECT: Receiving.DISCONNECTED,
        Given.LAST:       Receiving.WHOLE,
        Given.MORE:       Receiving.PART,
        Given.EARLY:      NOT_EARLY,
        Given.UNKNOWN:    RECEIVE_TYPES,
    },
    Receiving.WHOLE: {
        Given.DISCONNECT: Receiving.DISCONNECTED,
        Given.LAST:       NONE_AFTER_LAST,
        Given.MORE:       NONE_AFTER_LAST,
        Given.EARLY:      NOT_EARLY,
        Given.UNKNOWN:    RECEIVE_TYPES,
    },
    Receiving.DISCONNECTED: {
        Given.DISCONNECT: Receiving.DISCONNECTED,
        Given.LAST:       NONE_AFTER_DISCONNECT,
        Given.MORE:       NONE_AFTER_DISCONNECT,
        Given.EARLY:      Receiving.DISCONNECTED,
        Given.UNKNOWN:    RECEIVE_TYPES,
    },
}
# fmt: on


class Sending(Symbol):
    """How far the app has come with its response. GONE: no client is left, nothing sent can be wrong."""

    IDLE = "not started"
    STARTED = "started"
    BODY = "body begun"
    FILE = "file given"
    TRAILERS = "trailers due"
    COMPLETE = "complete"
    GONE = "client gone"
    ENDED = "call over"


class Sent(Symbol):
    """What the app did, and what happened to it. What ends a response comes before what prolongs it.

    The inputs that say trailers are those of a response whose start announced them.
    """

    RETURN = "return"
    START = "http.response.start"
    LAST = "http.response.body"
    LAST_BUT_TRAILERS = "http.response.body, trailers due"
    PATH = "http.response.pathsend"
    PATH_BUT_TRAILERS = "http.response.pathsend, trailers due"
    TRAILERS_LAST = "http.response.trailers"
    MORE = "http.response.body, more_body"
    TRAILERS_MORE = "http.response.trailers, more_trailers"
    ZERO_COPY_LAST = "http.response.zerocopysend"
    ZERO_COPY_LAST_BUT_TRAILERS = "http.response.zerocopysend, trailers due"
    ZERO_COPY_MORE = "http.response.zerocopysend, more_body"
    PUSH = "http.response.push"
    HINT = "http.response.early_hint"
    DEBUG = "http.response.debug"
    DEBUG_AGAIN = "http.response.debug, again"
    UNKNOWN = "another type"
    RAISE = "raise"
    LEFT = "(client leaves)"
    TOLD = "(disconnect taken)"


_HINT_AFTER = Dated("2026-08", Sending.STARTED, ext.HINT_ORDER)
_LATE = Advice(NOT_AFTER_COMPLETE, Sending.COMPLETE)

# fmt: off
SEND: Table[Sending, Sent] = {
    Sending.IDLE: {
        Sent.RETURN:            START_SENT,
        Sent.START:             Sending.STARTED,
        Sent.LAST:              START_BEFORE_BODY,
        Sent.LAST_BUT_TRAILERS: START_BEFORE_BODY,
        Sent.PATH:              ext.PATH_AFTER_START,
        Sent.PATH_BUT_TRAILERS: ext.PATH_AFTER_START,
        Sent.TRAILERS_LAST:     ext.TRAILERS_ORDER,
        Sent.MORE:              START_BEFORE_BODY,
        Sent.TRAILERS_MORE:     ext.TRAILERS_ORDER,
        Sent.ZERO_COPY_LAST:    ext.ZERO_COPY_ORDER,
        Sent.ZERO_COPY_LAST_BUT_TRAILERS: ext.ZERO_COPY_ORDER,
        Sent.ZERO_COPY_MORE:    ext.ZERO_COPY_ORDER,
        Sent.PUSH:              ext.PUSH_ORDER,
        Sent.HINT:              Dated("2026-08", ext.HINT_ORDER, Sending.IDLE),
        Sent.DEBUG:             Sending.IDLE,
        Sent.DEBUG_AGAIN:       ext.DEBUG_ONCE,
        Sent.UNKNOWN:           SEND_TYPES,
        Sent.RAISE:             Sending.ENDED,
        Sent.LEFT:              Sending.GONE,
        Sent.TOLD:              Sending.GONE,
    },
    Sending.STARTED: {
        Sent.RETURN:            FOLLOWED_BY_BODY,
        Sent.START:             START_ONCE,
        Sent.LAST:              Sending.COMPLETE,
        Sent.LAST_BUT_TRAILERS: Sending.TRAILERS,
        Sent.PATH:              Sending.FILE,
        Sent.PATH_BUT_TRAILERS: Sending.TRAILERS,
        Sent.TRAILERS_LAST:     ext.TRAILERS_ORDER,
        Sent.MORE:              Sending.BODY,
        Sent.TRAILERS_MORE:     ext.TRAILERS_ORDER,
        Sent.ZERO_COPY_LAST:    Sending.COMPLETE,
        Sent.ZERO_COPY_LAST_BUT_TRAILERS: Sending.TRAILERS,
        Sent.ZERO_COPY_MORE:    Sending.BODY,
        Sent.PUSH:              Sending.STARTED,
        Sent.HINT:              _HINT_AFTER,
        Sent.DEBUG:             ext.DEBUG_BEFORE_START,
        Sent.DEBUG_AGAIN:       ext.DEBUG_BEFORE_START,
        Sent.UNKNOWN:           SEND_TYPES,
        Sent.RAISE:             Sending.ENDED,
        Sent.LEFT:              Sending.GONE,
        Sent.TOLD:              Sending.GONE,
    },
    Sending.BODY: {
        Sent.RETURN:            FINAL,
        Sent.START:             START_ONCE,
        Sent.LAST:              Sending.COMPLETE,
        Sent.LAST_BUT_TRAILERS: Sending.TRAILERS,
        Sent.PATH:              ext.PATH_NOT_MIXED,
        Sent.PATH_BUT_TRAILERS: ext.PATH_NOT_MIXED,
        Sent.TRAILERS_LAST:     ext.TRAILERS_ORDER,
        Sent.MORE:              Sending.BODY,
        Sent.TRAILERS_MORE:     ext.TRAILERS_ORDER,
        Sent.ZERO_COPY_LAST:    Sending.COMPLETE,
        Sent.ZERO_COPY_LAST_BUT_TRAILERS: Sending.TRAILERS,
        Sent.ZERO_COPY_MORE:    Sending.BODY,
        Sent.PUSH:              Sending.BODY,
        Sent.HINT:              Dated("2026-08", Sending.BODY, ext.HINT_ORDER),
        Sent.DEBUG:             ext.DEBUG_BEFORE_START,
        Sent.DEBUG_AGAIN:       ext.DEBUG_BEFORE_START,
        Sent.UNKNOWN:           SEND_TYPES,
        Sent.RAISE:             Sending.ENDED,
        Sent.LEFT:              Sending.GONE,
        Sent.TOLD:              Sending.GONE,
    },
    # A path send completes the response; it is told apart so that mixing has its own name.
    Sending.FILE: {
        Sent.RETURN:            Sending.ENDED,
        Sent.START:             START_ONCE,
        Sent.LAST:              ext.PATH_NOT_MIXED,
        Sent.LAST_BUT_TRAILERS: ext.PATH_NOT_MIXED,
        Sent.PATH:              ext.PATH_ONCE,
        Sent.PATH_BUT_TRAILERS: ext.PATH_ONCE,
        Sent.TRAILERS_LAST:     ext.TRAILERS_ANNOUNCED,
        Sent.MORE:              ext.PATH_NOT_MIXED,
        Sent.TRAILERS_MORE:     ext.TRAILERS_ANNOUNCED,
        Sent.ZERO_COPY_LAST:    ext.ZERO_COPY_ORDER,
        Sent.ZERO_COPY_LAST_BUT_TRAILERS: ext.ZERO_COPY_ORDER,
        Sent.ZERO_COPY_MORE:    ext.ZERO_COPY_ORDER,
        Sent.PUSH:              ext.PUSH_ORDER,
        Sent.HINT:              ext.HINT_ORDER,
        Sent.DEBUG:             ext.DEBUG_BEFORE_START,
        Sent.DEBUG_AGAIN:       ext.DEBUG_BEFORE_START,
        Sent.UNKNOWN:           SEND_TYPES,
        Sent.RAISE:             Sending.ENDED,
        Sent.LEFT:              Sending.FILE,
        Sent.TOLD:              Sending.GONE,
    },
    Sending.TRAILERS: {
        Sent.RETURN:            ext.TRAILERS_SENT,
        Sent.START:             START_ONCE,
        Sent.LAST:              ext.TRAILERS_SENT,
        Sent.LAST_BUT_TRAILERS: ext.TRAILERS_SENT,
        Sent.PATH:              ext.PATH_NOT_MIXED,
        Sent.PATH_BUT_TRAILERS: ext.PATH_NOT_MIXED,
        Sent.TRAILERS_LAST:     Sending.COMPLETE,
        Sent.MORE:              ext.TRAILERS_SENT,
        Sent.TRAILERS_MORE:     Sending.TRAILERS,
        Sent.ZERO_COPY_LAST:    ext.ZERO_COPY_ORDER,
        Sent.ZERO_COPY_LAST_BUT_TRAILERS: ext.ZERO_COPY_ORDER,
        Sent.ZERO_COPY_MORE:    ext.ZERO_COPY_ORDER,
        Sent.PUSH:              ext.PUSH_ORDER,
        Sent.HINT:              ext.HINT_ORDER,
        Sent.DEBUG:             ext.DEBUG_BEFORE_START,
        Sent.DEBUG_AGAIN:       ext.DEBUG_BEFORE_START,
        Sent.UNKNOWN:           SEND_TYPES,
        Sent.RAISE:             Sending.ENDED,
        Sent.LEFT:              Sending.GONE,
        Sent.TOLD:              Sending.GONE,
    },
    # What comes after the end is ignored by the server; only what is wrong at any time stays wrong.
    Sending.COMPLETE: {
        Sent.RETURN:            Sending.ENDED,
        Sent.START:             START_ONCE,
        Sent.LAST:              _LATE,
        Sent.LAST_BUT_TRAILERS: _LATE,
        Sent.PATH:              ext.PATH_NOT_MIXED,
        Sent.PATH_BUT_TRAILERS: ext.PATH_NOT_MIXED,
        Sent.TRAILERS_LAST:     ext.TRAILERS_NOTHING_AFTER,
        Sent.MORE:              _LATE,
        Sent.TRAILERS_MORE:     ext.TRAILERS_NOTHING_AFTER,
        Sent.ZERO_COPY_LAST:    ext.ZERO_COPY_ORDER,
        Sent.ZERO_COPY_LAST_BUT_TRAILERS: ext.ZERO_COPY_ORDER,
        Sent.ZERO_COPY_MORE:    ext.ZERO_COPY_ORDER,
        Sent.PUSH:              ext.PUSH_ORDER,
        Sent.HINT:              ext.HINT_ORDER,
        Sent.DEBUG:             ext.DEBUG_BEFORE_START,
        Sent.DEBUG_AGAIN:       ext.DEBUG_BEFORE_START,
        Sent.UNKNOWN:           SEND_TYPES,
        Sent.RAISE:             Sending.ENDED,
        Sent.LEFT:              Sending.COMPLETE,
        Sent.TOLD:              Sending.GONE,
    },
    Sending.GONE: {
        **dict.fromkeys(Sent, Sending.GONE),
        Sent.RETURN: Sending.ENDED,
        Sent.RAISE:  Sending.ENDED,
    },
    Sending.ENDED: dict.fromkeys(Sent, Sending.ENDED),
}
# fmt: on

_ENDED_BY_RESPONSE = (Sending.COMPLETE, Sending.FILE, Sending.GONE, Sending.ENDED)


def _read_given(event: Event, view: View) -> Given | None:
    kind = event.get("type")
    if not isinstance(kind, str):
        return None
    if kind == "http.request":
        return Given.MORE if event.get("more_body") else Given.LAST
    if kind == "http.disconnect":
        done = view.gone or view.told or not view.fair or view.sending in _ENDED_BY_RESPONSE
        return Given.DISCONNECT if done else Given.EARLY
    return Given.UNKNOWN


_PLAIN = {
    "http.response.start": Sent.START,
    "http.response.push": Sent.PUSH,
    "http.response.early_hint": Sent.HINT,
}
_BODIES = {
    "http.response.body": (Sent.MORE, Sent.LAST, Sent.LAST_BUT_TRAILERS),
    "http.response.zerocopysend": (
        Sent.ZERO_COPY_MORE,
        Sent.ZERO_COPY_LAST,
        Sent.ZERO_COPY_LAST_BUT_TRAILERS,
    ),
    "http.response.pathsend": (Sent.PATH, Sent.PATH, Sent.PATH_BUT_TRAILERS),
}


def _read_sent(event: Event, view: View) -> Sent | None:
    kind = event.get("type")
    if not isinstance(kind, str):
        return None
    if kind in ext.NAMES and not view.offers(kind):
        return None  # told by the extension's own only-when-listed
    if kind in _BODIES:
        more, last, but_trailers = _BODIES[kind]
        if event.get("more_body") and kind != "http.response.pathsend":
            return more
        return but_trailers if _announced_trailers(view) else last
    if kind == "http.response.trailers":
        if not _announced_trailers(view) and view.sending is not Sending.IDLE:
            return None  # told by ext.trailers.announced
        return Sent.TRAILERS_MORE if event.get("more_trailers") else Sent.TRAILERS_LAST
    if kind == "http.response.debug":
        again = any(one.get("type") == kind for one in view.sent)
        return Sent.DEBUG_AGAIN if again else Sent.DEBUG
    if kind in _PLAIN:
        return _PLAIN[kind]
    if view.invents(kind, ext.NAMES):
        return None  # a listed extension that the specification does not know: free
    return Sent.UNKNOWN


def _announced_trailers(view: View) -> bool:
    if view.start is None or not view.offers("http.response.trailers"):
        return False
    return any(one.get("type") == "http.response.start" and one.get("trailers") is True for one in view.sent)


def _hears(event: Event) -> Sent | None:
    return Sent.TOLD if event.get("type") == "http.disconnect" else None


HTTP = Protocol(
    "http",
    Machine("http.receive", RECEIVE, Receiving.NEW, _read_given),
    Machine("http.send", SEND, Sending.IDLE, _read_sent, Sent.RETURN, Sent.RAISE, Sent.LEFT, _hears),
)
