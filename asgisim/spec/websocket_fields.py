"""WebSocket: what each event holds, apart from its place in time."""

from __future__ import annotations

from collections.abc import Iterator

from asgisim.spec.editions import announced
from asgisim.spec.rules import By, Event, check, end_check, rule
from asgisim.spec.shapes import is_int, items_of, names_of, not_pairs, pairs_of, typed
from asgisim.spec.view import View
from asgisim.spec.websocket import Sending

_ACCEPT = "www#accept-send-event"
_RECEIVE = "www#receive-receive-event"
_SEND = "www#send-send-event"
_CLOSE = "www#close-send-event"
_DISCONNECT = "www#disconnect-receive-event-ws"
_GONE = "www#websocket disconnected-client-send-exception"

# fmt: off
SUBPROTOCOL_TYPE = rule(
    "websocket.accept.subprotocol.type", "app", "must", "2.0", _ACCEPT,
    "The subprotocol that an app accepts with is a str, or None.",
    "Decode the name, or leave the key out for none.",
)
SUBPROTOCOL_OFFERED = rule(
    "websocket.accept.subprotocol.offered", "app", "implied", "2.0",
    "www#accept-send-event with RFC 6455 4.2.2",
    "An app picks its subprotocol from those that the client offered.",
    "Choose out of scope['subprotocols'], and accept with none if nothing fits.",
)
ACCEPT_HEADERS_ITERABLE = rule(
    "websocket.accept.headers.iterable", "app", "must", "2.1", _ACCEPT,
    "headers of websocket.accept is an iterable of two-item iterables.",
    "Write headers as [(b'name', b'value'), ...].",
)
ACCEPT_HEADERS_BYTES = rule(
    "websocket.accept.headers.bytes", "app", "must", "2.1", _ACCEPT,
    "Names and values of accept headers are bytes.",
    "Encode them as latin-1.",
)
ACCEPT_HEADERS_LOWERCASE = rule(
    "websocket.accept.headers.lowercase", "app", "must", "2.1", _ACCEPT,
    "Names of accept headers are in lower case.",
    "Lower the name where the header is set.",
)
ACCEPT_HEADERS_NO_SUBPROTOCOL = rule(
    "websocket.accept.headers.no-subprotocol", "app", "must", "2.1", _ACCEPT,
    "The subprotocol is told under its own key, never as a sec-websocket-protocol header.",
    "Move the name to `subprotocol`.",
)
ACCEPT_HEADERS_NO_PSEUDO = rule(
    "websocket.accept.headers.no-pseudo", "app", "must", "2.1 (text 2019-09)", _ACCEPT,
    "No name of an accept header begins with a colon.",
    "Leave pseudo headers to the server.",
)
# It binds the app where an older version is announced, so it is no rule of 2.1 but of the time before.
ACCEPT_HEADERS_GATE = rule(
    "websocket.accept.headers.version-gate", "app", "must", "2.0", "www#spec-versions",
    "Where the server announces 2.0, or nothing, an app sends no headers with websocket.accept.",
    "Look at scope['asgi'].get('spec_version', '2.0') before adding headers.",
)
RECEIVE_BYTES = rule(
    "websocket.receive.bytes.type", "server", "must", "2.0", _RECEIVE,
    "bytes of websocket.receive, where given, is bytes or None.",
    "Hand over binary messages as bytes.",
)
RECEIVE_TEXT = rule(
    "websocket.receive.text.type", "server", "must", "2.0", _RECEIVE,
    "text of websocket.receive, where given, is a str or None.",
    "Decode text messages before handing them over.",
)
RECEIVE_ONE_OF = rule(
    "websocket.receive.one-of", "server", "must", "2.0", _RECEIVE,
    "A message has either bytes or text: one of the two is not None.",
    "Fill the key of the frame's kind, and no other, for empty messages as well.",
)
RECEIVE_KEYS_OPTIONAL = rule(
    "websocket.receive.keys-optional", "app", "must", "2.0", _RECEIVE,
    "To an app a missing bytes or text and a None are the same.",
    "Read both with event.get(...) and compare with None.", by=By.EQUAL,
)
ACCEPT_HEADERS_DEFAULT = rule(
    "websocket.accept.headers.default", "server", "must", "2.1", _ACCEPT,
    "To the server an accept without headers has none of the app's.",
    "Read them with event.get('headers', ()).", by=By.WIRE,
)
SEND_BYTES = rule(
    "websocket.send.bytes.type", "app", "must", "2.0", _SEND,
    "bytes of websocket.send, where given, is bytes or None.",
    "Convert to bytes, or use `text` for a str.",
)
SEND_TEXT = rule(
    "websocket.send.text.type", "app", "must", "2.0", _SEND,
    "text of websocket.send, where given, is a str or None.",
    "Use `bytes` for binary data; turn objects into text first.",
)
SEND_ONE_OF = rule(
    "websocket.send.one-of", "app", "must", "2.0", _SEND,
    "A message is sent as bytes or as text: exactly one of the two is not None.",
    "Send two messages for two payloads; an empty message is b'' or ''.",
)
SEND_ONE_OF_REJECTED = rule(
    "websocket.send.one-of.rejected", "server", "should", "2.0", "main#error-handling",
    "send raises for a message with both bytes and text, and for one with neither.",
    "Check the two keys before a frame is made.", by=By.WIRE,
)
CODE_PRESENT = rule(
    "websocket.disconnect.code.present", "server", "must", "2.0", _DISCONNECT,
    "websocket.disconnect always has a code.",
    "Use 1005 for a close frame without code, 1006 for a lost connection.",
)
CODE_TYPE = rule(
    "websocket.disconnect.code.type", "server", "must", "2.0", _DISCONNECT,
    "The code of websocket.disconnect is an int and never None.",
    "Use 1005 for a close frame without code, 1006 for a lost connection.",
)
DISCONNECT_REASON = rule(
    "websocket.disconnect.reason.type", "server", "must", "2.5", _DISCONNECT,
    "reason of websocket.disconnect, where given, is a str or None.",
    "Decode the close frame's reason.",
)
DISCONNECT_REASON_DEFAULT = rule(
    "websocket.disconnect.reason.default", "app", "must", "2.5", _DISCONNECT,
    "To an app a missing or None reason is the empty string.",
    "Read it with `event.get('reason') or ''`.", by=By.EQUAL,
)
EXPECT_SEND_FAILURE = rule(
    "websocket.disconnect.expect-send-failure", "app", "should", "2.4", _DISCONNECT,
    "Once an app has seen websocket.disconnect it reckons with a send that fails, and ends all the same.",
    "Catch OSError around sends, clean up, and return.", by=By.END, advisory=True,
)
MAY_FAIL_BEFORE_EVENT = rule(
    "websocket.send.may-fail-before-event", "app", "should", "2.4", _DISCONNECT,
    "An app reckons with a send that fails shortly before websocket.disconnect can be received.",
    "Treat OSError from send as the disconnect itself.", by=By.END, advisory=True,
)
CLOSE_CODE_TYPE = rule(
    "websocket.close.code.type", "app", "must", "2.0", _CLOSE,
    "code of websocket.close, where given, is an int.",
    "Leave the key out for 1000.",
)
CLOSE_CODE_SENDABLE = rule(
    "websocket.close.code.sendable", "app", "implied", "2.0", "www#close-send-event with RFC 6455 7.4",
    "An open connection is closed with a code that a close frame may carry: 1000-1003, 1007-1014, 3000-4999.",
    "1000 is a normal end, 1011 an error of the server; 3000-4999 are free.",
)
CLOSE_REASON_TYPE = rule(
    "websocket.close.reason.type", "app", "must", "2.3", _CLOSE,
    "reason of websocket.close, where given, is a str or None.",
    "Decode it; leave it out for none.",
)
CLOSE_REASON_LENGTH = rule(
    "websocket.close.reason.length", "app", "implied", "2.3", "www#close-send-event with RFC 6455 5.5",
    "The reason of a close takes up no more than 123 bytes in UTF-8.",
    "Shorten it; send long explanations as a message.",
)
CLOSE_REASON_GATE = rule(
    "websocket.close.reason.version-gate", "app", "implied", "2.0", "www#spec-versions",
    "A reason on websocket.close is understood only where the server announces 2.3 or later.",
    "Look at scope['asgi'].get('spec_version', '2.0').", advisory=True,
)
# fmt: on

_SENDABLE = (range(1000, 1004), range(1007, 1015), range(3000, 5000))
_REASON_BYTES = 123  # 125 of a control frame, less the code


@check(SUBPROTOCOL_TYPE, "send websocket.accept", key="subprotocol", shape=True)
def _subprotocol_type(event: Event, view: View) -> Iterator[str]:
    if not isinstance(event["subprotocol"], str | None):
        yield typed("subprotocol", event["subprotocol"], "str or None")


@check(SUBPROTOCOL_OFFERED, "send websocket.accept", key="subprotocol")
def _subprotocol_offered(event: Event, view: View) -> Iterator[str]:
    chosen = event["subprotocol"]
    offered = items_of(view.scope.get("subprotocols")) or []
    if isinstance(chosen, str) and chosen not in offered:
        yield f"subprotocol is {chosen!r}, offered were {offered!r}"


@check(ACCEPT_HEADERS_ITERABLE, "send websocket.accept", key="headers")
def _accept_headers_iterable(event: Event, view: View) -> Iterator[str]:
    yield from not_pairs(event["headers"])


@check(ACCEPT_HEADERS_BYTES, "send websocket.accept", key="headers")
def _accept_headers_bytes(event: Event, view: View) -> Iterator[str]:
    for pair in pairs_of(event["headers"]):
        if not all(isinstance(part, bytes) for part in pair):
            yield f"{tuple(pair)!r} is not two bytes strings"


@check(ACCEPT_HEADERS_LOWERCASE, "send websocket.accept", key="headers")
def _accept_headers_lowercase(event: Event, view: View) -> Iterator[str]:
    for name in names_of(event["headers"]):
        if name != name.lower() and name.lower() != b"sec-websocket-protocol":
            yield f"{name!r} has capital letters; write {name.lower()!r}"


@check(ACCEPT_HEADERS_NO_SUBPROTOCOL, "send websocket.accept", key="headers")
def _accept_headers_no_subprotocol(event: Event, view: View) -> Iterator[str]:
    for name in names_of(event["headers"]):
        if name.lower() == b"sec-websocket-protocol":
            yield f"headers has {name!r}"


@check(ACCEPT_HEADERS_NO_PSEUDO, "send websocket.accept", key="headers")
def _accept_headers_no_pseudo(event: Event, view: View) -> Iterator[str]:
    for name in names_of(event["headers"]):
        if name.startswith(b":"):
            yield f"{name!r} is a pseudo header"


def _announces_less(version: tuple[int, int], view: View) -> bool:
    return announced(view.scope).version < version


@check(
    ACCEPT_HEADERS_GATE,
    "send websocket.accept",
    when=lambda event, view: _announces_less((2, 1), view),
)
def _accept_headers_gate(event: Event, view: View) -> Iterator[str]:
    # An empty list asks for nothing, so nothing is lost where it is not understood.
    if items_of(event.get("headers")):
        yield f"headers with spec_version {announced(view.scope)}"


@check(RECEIVE_BYTES, "receive websocket.receive", key="bytes", shape=True)
@check(SEND_BYTES, "send websocket.send", key="bytes", shape=True)
def _bytes(event: Event, view: View) -> Iterator[str]:
    if not isinstance(event["bytes"], bytes | None):
        yield typed("bytes", event["bytes"], "bytes or None")


@check(RECEIVE_TEXT, "receive websocket.receive", key="text", shape=True)
@check(SEND_TEXT, "send websocket.send", key="text", shape=True)
def _text(event: Event, view: View) -> Iterator[str]:
    if not isinstance(event["text"], str | None):
        yield typed("text", event["text"], "str or None")


@check(RECEIVE_ONE_OF, "receive websocket.receive", shape=True)
@check(SEND_ONE_OF, "send websocket.send", shape=True)
def _one_of(event: Event, view: View) -> Iterator[str]:
    count = sum(event.get(key) is not None for key in ("bytes", "text"))
    if count != 1:
        yield "bytes and text are both there" if count else "neither bytes nor text is there"


@check(CODE_PRESENT, "receive websocket.disconnect", shape=True)
def _code_present(event: Event, view: View) -> Iterator[str]:
    if "code" not in event:
        yield "code is missing"


@check(CODE_TYPE, "receive websocket.disconnect", key="code", shape=True)
@check(CLOSE_CODE_TYPE, "send websocket.close", key="code", shape=True)
def _code_type(event: Event, view: View) -> Iterator[str]:
    if not is_int(event["code"]):
        yield typed("code", event["code"], "int")


@check(DISCONNECT_REASON, "receive websocket.disconnect", key="reason", shape=True)
@check(CLOSE_REASON_TYPE, "send websocket.close", key="reason", shape=True)
def _reason_type(event: Event, view: View) -> Iterator[str]:
    if not isinstance(event["reason"], str | None):
        yield typed("reason", event["reason"], "str or None")


def is_sendable(code: int) -> bool:
    """Whether a close frame may carry this code."""
    return any(code in codes for codes in _SENDABLE)


def _makes_a_frame(event: Event, view: View) -> bool:
    # A close before accept becomes a 403, which has room for neither code nor reason.
    return view.sending is Sending.OPEN


@check(CLOSE_CODE_SENDABLE, "send websocket.close", key="code", when=_makes_a_frame)
def _close_code_sendable(event: Event, view: View) -> Iterator[str]:
    code = event["code"]
    if is_int(code) and not is_sendable(code):
        yield f"code is {code}, which no close frame may carry"


@check(CLOSE_REASON_LENGTH, "send websocket.close", key="reason", when=_makes_a_frame)
def _close_reason_length(event: Event, view: View) -> Iterator[str]:
    reason = event["reason"]
    if isinstance(reason, str):
        size = len(reason.encode("utf-8", "surrogatepass"))
        if size > _REASON_BYTES:
            yield f"reason takes up {size} bytes, {_REASON_BYTES} is the most"


@check(
    CLOSE_REASON_GATE,
    "send websocket.close",
    when=lambda event, view: _announces_less((2, 3), view),
)
def _close_reason_gate(event: Event, view: View) -> Iterator[str]:
    if event.get("reason"):
        yield f"reason with spec_version {announced(view.scope)}"


@end_check(MAY_FAIL_BEFORE_EVENT, "websocket", when=lambda view: view.failed > 0 and not view.told)
@end_check(EXPECT_SEND_FAILURE, "websocket", when=lambda view: view.failed > 0 and view.told)
def _raises_something_else(view: View) -> Iterator[str]:
    if view.ending == "raised" and not view.own:
        yield f"a send failed, and the call ended with {view.error}"
