"""HTTP: what a single event holds, in both directions."""

from __future__ import annotations

from collections.abc import Iterator

from asgisim.spec.extensions import headers_checks
from asgisim.spec.rules import By, Event, Rule, check, end_check, rule
from asgisim.spec.shapes import is_int, not_pairs, pairs_of, typed
from asgisim.spec.view import View

_START, _BODY = "www#response-start-send-event", "www#response-body-send-event"
_REQUEST, _GONE = "www#request-receive-event", "www#disconnect-receive-event"
_ON_START, _ON_BODY, _ON_REQUEST = (
    "send http.response.start",
    "send http.response.body",
    "receive http.request",
)


def _rule(
    name: str,
    level: str,
    section: str,
    says: str,
    hint: str,
    *,
    party: str = "app",
    since: str = "2.0",
    by: By = By.FIELD,
    advisory: bool = False,
) -> Rule:
    return rule(f"http.{name}", party, level, since, section, says, hint, by=by, advisory=advisory)


# fmt: off
STATUS_PRESENT = _rule("response.start.status.present", "must", _START, "status is there.", "Write status=200.")
STATUS_TYPE = _rule("response.start.status.type", "must", _START, "status is an int.", "Write the number itself.")
STATUS_RANGE = _rule("response.start.status.range", "implied", _START,
                     "status is a final HTTP status: three digits, 200 or more.",
                     "1xx answers are not final; early hints have an extension of their own.")
HEADERS_ITERABLE = _rule("response.start.headers.iterable", "must", _START,
                         "headers is an iterable of two-item iterables.", "Write [[b'name', b'value']].")
NAME_BYTES = _rule("response.start.headers.name-bytes", "must", _START, "Names of headers are bytes.",
                   "Encode the name as ASCII.")
VALUE_BYTES = _rule("response.start.headers.value-bytes", "must", _START, "Values of headers are bytes.",
                    "Encode the value as latin-1.")
LOWERCASE = _rule("response.start.headers.lowercase", "must", _START, "Names of headers are in lower case.",
                  "Lower the name where the header is set.")
NO_PSEUDO = _rule("response.start.headers.no-pseudo", "must", _START,
                  "No name of a header begins with a colon.", "Leave pseudo headers to the server.",
                  since="2.1 (text 2019-09)")
TRAILERS_TYPE = _rule("response.start.trailers.type", "must", _START, "trailers, where given, is a bool.",
                      "Write True or False.", since="2.3 (text 2022-09)")
BODY_TYPE = _rule("response.body.body.type", "must", _BODY, "body, where given, is bytes.",
                  "Encode the text; turn a bytearray or memoryview into bytes.")
MORE_BODY_TYPE = _rule("response.body.more-body.type", "must", _BODY, "more_body, where given, is a bool.",
                       "Write True or False.")
REQUEST_BODY_TYPE = _rule("request.body.type", "must", _REQUEST, "body, where given, is bytes.",
                          "Hand over bytes, not a bytearray or memoryview.", party="server")
REQUEST_MORE_TYPE = _rule("request.more-body.type", "must", _REQUEST, "more_body, where given, is a bool.",
                          "Write True or False.", party="server")

# Two spellings that mean the same.
for _name, _level, _says, _hint in (
    ("request.body.default", "must", "To an app no body is no bytes.", "Read it with .get('body', b'')."),
    ("request.body.concatenated", "must", "An app joins the pieces of a streamed body in order.",
     "Append each piece until more_body is false."),
    ("request.more-body.default", "must", "To an app no more_body means that the body is complete.",
     "Read it with .get('more_body', False)."),
    ("request.more-body.wait", "should", "While more_body is true an app goes on reading.",
     "Loop until more_body is false before you use the body."),
):
    _rule(_name, _level, _REQUEST, _says, _hint, by=By.EQUAL)

NOT_ON_SCOPE_ALONE = _rule("request.not-on-scope-alone", "should", _REQUEST,
                           "An app answers a request when http.request comes, not on the scope alone.",
                           "Await receive once before answering.", advisory=True)
MAY_PRECEDE = _rule("send.closed.may-precede-event", "should", _GONE,
                    "An app expects send to fail slightly before it has seen http.disconnect.",
                    "Let the OSError out, or catch it and return.", since="2.4", by=By.END, advisory=True)
EXPECT_FAILURE = _rule("disconnect.expect-send-failure", "should", _GONE,
                       "After http.disconnect an app expects its sends to fail.",
                       "Stop sending, or let the OSError out.", since="2.4", by=By.END, advisory=True)

# What a server owes after an event: seen against the wire, or by waiting.
for _name, _level, _since, _section, _says in (
    ("response.start.headers.default", "must", "2.0", _START, "To a server no headers is none."),
    ("response.start.trailers.default", "must", "2.3 (text 2022-09)", _START, "To a server no trailers is false."),
    ("response.body.body.default", "must", "2.0", _BODY, "To a server no body is no bytes."),
    ("response.body.more-body.default", "must", "2.0", _BODY, "To a server no more_body ends the body."),
    ("response.after-complete.ignored", "must", "2.0", _BODY, "Events after the end are ignored."),
    ("disconnect.after-response", "must", "2.0 (reworded 2022-09)", _GONE,
     "After the whole response receive gives http.disconnect."),
    ("disconnect.repeats", "implied", "2.3 (text 2022-09)", _GONE, "Each later receive gives http.disconnect again."),
    ("request.last-piece", "implied", "2.0", _REQUEST,
     "A body that was received in full ends with an event whose more_body is false."),
    ("wsgi.threadpool", "must", "2.0", "www#wsgi-compatibility", "An adapter runs WSGI apps in threads."),
):
    _rule(_name, _level, _section, _says, "", party="server", since=_since, by=By.WIRE)
# fmt: on


@check(STATUS_PRESENT, _ON_START, shape=True)
def _status_present(event: Event, view: View) -> Iterator[str]:
    if "status" not in event:
        yield "status is missing"


@check(STATUS_TYPE, _ON_START, key="status", shape=True)
def _status_type(event: Event, view: View) -> Iterator[str]:
    if not is_int(event["status"]):
        yield typed("status", event["status"], "int")


@check(STATUS_RANGE, _ON_START, key="status")
def _status_range(event: Event, view: View) -> Iterator[str]:
    status = event["status"]
    if is_int(status) and not 200 <= status <= 999:
        yield f"status is {status}"


@check(HEADERS_ITERABLE, _ON_START, key="headers", headers=True)
def _headers_iterable(event: Event, view: View) -> Iterator[str]:
    yield from not_pairs(event["headers"])


@check(NAME_BYTES, _ON_START, key="headers", headers=True)
def _name_bytes(event: Event, view: View) -> Iterator[str]:
    for name, _ in pairs_of(event["headers"]):
        if type(name) is not bytes:
            yield f"the name {name!r} is {type(name).__name__}, not bytes"


@check(VALUE_BYTES, _ON_START, key="headers", headers=True)
def _value_bytes(event: Event, view: View) -> Iterator[str]:
    for name, value in pairs_of(event["headers"]):
        if type(value) is not bytes:
            yield f"the value of {name!r} is {type(value).__name__}, not bytes"


headers_checks(None, LOWERCASE, NO_PSEUDO, _ON_START)


def _bool_check(made: Rule, key: str, place: str) -> None:
    @check(made, place, key=key, shape=True)
    def is_bool(event: Event, view: View) -> Iterator[str]:
        if not isinstance(event[key], bool):
            yield typed(key, event[key], "bool")


def _bytes_check(made: Rule, place: str) -> None:
    @check(made, place, key="body", shape=True)
    def is_bytes(event: Event, view: View) -> Iterator[str]:
        if type(event["body"]) is not bytes:
            yield typed("body", event["body"], "bytes")


_bool_check(TRAILERS_TYPE, "trailers", _ON_START)
_bool_check(MORE_BODY_TYPE, "more_body", _ON_BODY)
_bool_check(REQUEST_MORE_TYPE, "more_body", _ON_REQUEST)
_bytes_check(BODY_TYPE, _ON_BODY)
_bytes_check(REQUEST_BODY_TYPE, _ON_REQUEST)


@check(NOT_ON_SCOPE_ALONE, _ON_START, past=True)
def _on_scope_alone(event: Event, view: View) -> Iterator[str]:
    if not view.received:
        yield "the response begins before receive was called"


@end_check(MAY_PRECEDE, "http", when=lambda view: view.failed > 0 and not view.told)
@end_check(EXPECT_FAILURE, "http", when=lambda view: view.failed > 0 and view.told)
def _raises_its_own(view: View) -> Iterator[str]:
    if view.ending == "raised" and not view.own:
        yield f"a send failed, and the call ended with {view.error}"
