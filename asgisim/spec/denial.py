"""The extension websocket.http.response: the app answers a handshake with an HTTP response.

The order of its events is part of the WebSocket tables (``websocket.py``), which name these rules; the
checks of single events stand here.
"""

from __future__ import annotations

from collections.abc import Iterator

from asgisim.spec.rules import By, Event, check, rule
from asgisim.spec.shapes import is_int, names_of, not_pairs, pairs_of, typed
from asgisim.spec.view import View

NAME = "websocket.http.response"
START = f"{NAME}.start"
BODY = f"{NAME}.body"
_DOC = "extensions#websocket-denial-response"

# fmt: off
LISTED = rule(
    "ext.denial.listed", "server", "must", "ext 2018-06", _DOC,
    "A server that carries out denial responses names websocket.http.response among the scope's extensions.",
    "Add the name, with an empty dict, to `extensions` of websocket scopes.", by=By.WIRE,
)
ONLY_WHEN_LISTED = rule(
    "ext.denial.only-when-listed", "app", "must", "ext 2018-06", _DOC,
    "An app sends a denial response only where the scope's extensions name websocket.http.response.",
    "Look into scope['extensions'] first; without the name, refuse with websocket.close.",
)
AFTER_CONNECT = rule(
    "ext.denial.after-connect", "app", "must", "ext 2018-06", _DOC,
    "A denial response answers websocket.connect: no other answer, accept or close, has gone before it.",
    "Decide before websocket.accept whether to deny; afterwards only websocket.close is left.", by=By.CELL,
)
START_BEFORE_BODY = rule(
    "ext.denial.start-before-body", "app", "must", "ext 2018-06", _DOC,
    "A denial response begins with its start event; no body comes before that.",
    "Send websocket.http.response.start, with a status, first.", by=By.CELL,
)
START_ONCE = rule(
    "ext.denial.start.once", "app", "implied", "ext 2018-06", _DOC,
    "A denial response is started a single time.",
    "Send one start event, with the final status and all headers.", by=By.CELL,
)
STATUS = rule(
    "ext.denial.start.status", "app", "must", "ext 2018-06", _DOC,
    "The start of a denial response has a status, and it is an int.",
    "Give the HTTP status as an int, for instance 401.",
)
HEADERS = rule(
    "ext.denial.start.headers", "app", "must", "ext 2018-06", _DOC,
    "Headers of a denial are pairs of bytes, with names in lower case of which none begins with a colon.",
    "Write headers as [(b'name', b'value'), ...] with the names lowered.",
)
BODY_TYPE = rule(
    "ext.denial.body.body", "app", "must", "ext 2018-06", _DOC,
    "A piece of a denial's body, where given, is bytes.",
    "Encode text before it is sent; leave `body` out for no bytes.",
)
MORE_BODY = rule(
    "ext.denial.body.more-body", "app", "must", "ext 2018-06", _DOC,
    "more_body of a denial's body, where given, is a bool.",
    "Write True or False; leave it out for the last piece.",
)
FINISHED = rule(
    "ext.denial.finished", "app", "implied", "ext 2018-06", _DOC,
    "A denial that was begun has one end, a body event with more_body false, and nothing follows it.",
    "End the denial with one websocket.http.response.body whose more_body is false or left out.", by=By.CELL,
)
NO_WEBSOCKET_EVENTS = rule(
    "ext.denial.no-websocket-events", "app", "must", "ext 2018-06", _DOC,
    "Once a denial has begun, websocket.accept, websocket.send and websocket.close are over.",
    "Finish the denial and return; no close is needed.", by=By.CELL,
)
DISCONNECT_AFTER = rule(
    "ext.denial.disconnect-after", "server", "implied", "ext 2018-06 (asgiref issue 381)", _DOC,
    "Once a denial has been sent, receive gives websocket.disconnect.",
    "Wake a pending receive with websocket.disconnect, code 1006.", by=By.WIRE,
)
NO_HTTP_EXTENSIONS = rule(
    "ext.denial.no-http-extensions", "app", "implied", "ext 2018-06 (asgiref issue 433)", _DOC,
    "Events of the http.response family, extensions among them, have no place inside a denial.",
    "A denial is made of websocket.http.response.start and .body alone.", by=By.CELL,
)
# fmt: on


@check(ONLY_WHEN_LISTED, f"send {START}", f"send {BODY}")
def _listed(event: Event, view: View) -> Iterator[str]:
    websocket = view.scope.get("type") == "websocket"  # elsewhere the event itself is out of place
    if websocket and not view.offers(NAME) and not (view.gone or view.told):
        yield f"{event['type']}, but the scope does not list {NAME}"


@check(STATUS, f"send {START}", shape=True)
def _status(event: Event, view: View) -> Iterator[str]:
    if "status" not in event:
        yield "status is missing"
    elif not is_int(event["status"]):
        yield typed("status", event["status"], "int")


@check(HEADERS, f"send {START}", key="headers", headers=True)
def _headers(event: Event, view: View) -> Iterator[str]:
    headers = event["headers"]
    yield from not_pairs(headers)
    for pair in pairs_of(headers):
        if not all(isinstance(part, bytes) for part in pair):
            yield f"{tuple(pair)!r} is not two bytes strings"
    for name in names_of(headers):
        if name != name.lower():
            yield f"{name!r} has capital letters"
        elif name.startswith(b":"):
            yield f"{name!r} is a pseudo header"


@check(BODY_TYPE, f"send {BODY}", key="body", shape=True)
def _body(event: Event, view: View) -> Iterator[str]:
    if not isinstance(event["body"], bytes):
        yield typed("body", event["body"], "bytes")


@check(MORE_BODY, f"send {BODY}", key="more_body", shape=True)
def _more_body(event: Event, view: View) -> Iterator[str]:
    if not isinstance(event["more_body"], bool):
        yield typed("more_body", event["more_body"], "bool")
