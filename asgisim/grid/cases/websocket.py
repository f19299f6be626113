"""WebSockets: the handshake, the scope, messages both ways, and every way to end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from asgisim.drive.wire import frames
from asgisim.grid.cases.table import Table, expect, same
from asgisim.grid.driver import Driver
from asgisim.grid.exchange import Ask, Heard, Talk

TABLE = Table("websocket", "www#websocket-connection-scope")
ACCEPT, CLOSE, SEND = "www#accept-send-event", "www#close-send-event", "www#send-send-event"
RECEIVE, DISCONNECT = "www#receive-receive-event", "www#disconnect-receive-event-ws"
SCOPE = Talk(
    target=b"/ws/scope?a=%20b&a=2", subprotocols=(b"chat", b"other"), headers=((b"X-A", b"1"), (b"X-A", b"2"))
)
EVERY = bytes(range(256))


def opened(driver: Driver, talk: Talk) -> Heard:
    """A session whose handshake was accepted."""
    heard = driver.talk(talk)
    expect(heard.accepted, "the handshake to be accepted", heard.ending)
    expect(not heard.broken, "frames as RFC 6455 has them", heard.broken)
    return heard


# --- scope --------------------------------------------------------------------------------------------


def scope(name: str, sentence: str, check: Callable[[dict[str, Any]], object], **how: Any) -> None:
    """A row that looks at the scope of a session."""

    def do(driver: Driver) -> None:
        driver.talk(SCOPE)
        check(driver.call(ended=False).scope)

    TABLE.add(name, sentence, do, **{"where": "sockets", **how})


def is_(key: str, wanted: object, default: object = None) -> Callable[[dict[str, Any]], None]:
    """The key has this value, of this very type."""
    return lambda scope: same(wanted, scope.get(key, default), key)


scope("scope-type", "type is websocket.", is_("type", "websocket"))
scope("scope-path", "path is that of the handshake.", is_("path", "/ws/scope"))
scope("scope-query", "query_string comes as it was sent.", is_("query_string", b"a=%20b&a=2"))
scope("scope-scheme", "scheme is ws over plain text.", is_("scheme", "ws", "ws"))
scope("scope-http-version", "http_version is 1.1.", is_("http_version", "1.1", "1.1"))
scope("scope-root-path", "root_path is an empty str.", is_("root_path", "", ""))


def _raw_path(got: dict[str, Any]) -> None:
    expect(got.get("raw_path") in (None, b"/ws/scope"), "raw_path b'/ws/scope'", got.get("raw_path"))


def _version(got: dict[str, Any]) -> None:
    same("3.0", (got.get("asgi") or {}).get("version"), "asgi.version")
    spec = (got.get("asgi") or {}).get("spec_version", "2.0")
    expect(spec in ("2.0", "2.1", "2.2", "2.3", "2.4", "2.5"), "a spec_version of 2.0 to 2.5 as a str", spec)


def _subprotocols(got: dict[str, Any]) -> None:
    same(["chat", "other"], list(got.get("subprotocols", ())), "subprotocols")


def _headers(got: dict[str, Any]) -> None:
    lines = [tuple(line) for line in got.get("headers", ())]
    expect(all(type(a) is bytes and type(b) is bytes for a, b in lines), "pairs of bytes", lines)
    same([b"1", b"2"], [value for name, value in lines if name == b"x-a"], "x-a")
    expect(all(name == name.lower() for name, _ in lines), "names in lower case", lines)


def _extensions(got: dict[str, Any]) -> None:
    value = got.get("extensions") or {}
    expect(type(value) is dict and all(type(one) is dict for one in value.values()), "a dict of dicts", value)


def _no_method(got: dict[str, Any]) -> None:
    missing = {"type", "asgi", "path", "headers"} - set(got)
    expect(not missing, "the keys type, asgi, path, headers", sorted(got))


scope("scope-raw-path", "raw_path has no query.", _raw_path)
scope("scope-asgi", "asgi has version 3.0 and a spec_version of 2.0 to 2.5.", _version)
scope("scope-subprotocols", "subprotocols are those that the client offers, in order.", _subprotocols)
scope("scope-headers", "Headers are pairs of bytes, lower-cased, in order.", _headers)
scope("scope-extensions", "extensions, if there, is a dict of dicts.", _extensions, section="extensions")
scope("scope-keys", "The keys that no server may leave out are there.", _no_method)


@TABLE.case("scope-addresses", "client and server, if there, are those of the socket.", where="sockets")
def addresses(driver: Driver) -> None:
    heard = driver.talk(SCOPE)
    got = driver.call(ended=False).scope
    for key, true in (("client", heard.reply.local), ("server", heard.reply.peer)):
        if got.get(key) is not None:
            expect(type(got[key][1]) is int, f"the port of {key} as an int", got[key])
            same(tuple(true), tuple(got[key]), key)


@TABLE.case("scope-path-decoded", "Percent-escapes in the path are decoded.", where="sockets")
def path_decoded(driver: Driver) -> None:
    driver.talk(Talk(target=b"/ws/caf%C3%A9"))
    same("/ws/caf\u00e9", driver.call(ended=False).scope.get("path"), "path")


@TABLE.case("scope-reported", "The framework reports the scope in a first message, then closes.")
def reported(driver: Driver) -> None:
    heard = opened(driver, SCOPE)
    expect(len(heard.messages) == 1, "one message", heard.messages)
    told = json.loads(heard.messages[0])
    same(("websocket", "/ws/scope"), (told.get("type"), told.get("path")), "type and path")
    same({"hex": b"a=%20b&a=2".hex()}, told.get("query_string"), "query_string")


# --- handshake ----------------------------------------------------------------------------------------


@TABLE.case("connect", "A handshake is accepted.", section=ACCEPT)
def connect(driver: Driver) -> None:
    opened(driver, Talk(leaves=True))


@TABLE.case("handshake-proof", "The answer proves that the key was read.", section=ACCEPT, where="sockets")
def proof(driver: Driver) -> None:
    talk = Talk(leaves=True)
    reply = opened(driver, talk).reply
    assert talk.key is not None
    same([frames.proof(talk.key)], reply.values(b"sec-websocket-accept"), "sec-websocket-accept")
    same([b"websocket"], [one.lower() for one in reply.values(b"upgrade")], "upgrade")
    expect(b"upgrade" in b",".join(reply.values(b"connection")).lower(), "connection: upgrade", reply.headers)


def _protocol(offers: tuple[bytes, ...], wanted: list[bytes]) -> Callable[[Driver], None]:
    def do(driver: Driver) -> None:
        heard = opened(driver, Talk(target=b"/ws/subprotocol", subprotocols=offers))
        same(wanted, heard.reply.values(b"sec-websocket-protocol"), "sec-websocket-protocol")
        expect(heard.messages, "a report", heard.ending)
        told = json.loads(heard.messages[0])
        same([one.decode() for one in offers], told.get("requested"), "the subprotocols that the app saw,")

    return do


TABLE.add(
    "subprotocol-one",
    "The one that is offered is negotiated.",
    _protocol((b"chat",), [b"chat"]),
    section=ACCEPT,
)
TABLE.add(
    "subprotocol-first",
    "Of two, the app takes the first.",
    _protocol((b"chat", b"other"), [b"chat"]),
    section=ACCEPT,
)
TABLE.add("subprotocol-none", "Without an offer none is negotiated.", _protocol((), []), section=ACCEPT)
TABLE.add(
    "subprotocol-not-taken",
    "An app that takes none negotiates none.",
    lambda driver: same(
        [],
        opened(driver, Talk(subprotocols=(b"chat",), leaves=True)).reply.values(b"sec-websocket-protocol"),
        "sec-websocket-protocol",
    ),
    section=ACCEPT,
)


def no_upgrade(name: str, sentence: str, talk: Talk, **how: Any) -> None:
    """A row for a handshake that must not be answered with 101."""

    def do(driver: Driver) -> str:
        heard = driver.talk(talk)
        expect(not heard.accepted, "no 101", "101")
        return str(heard.reply.status or "connection ended")

    TABLE.add(name, sentence, do, **{"where": "sockets", "section": "", **how})


no_upgrade("handshake-no-key", "A handshake without a key is refused.", Talk(key=None, leaves=True))
no_upgrade("handshake-old-version", "A handshake of version 7 is refused.", Talk(version=b"7", leaves=True))
no_upgrade(
    "handshake-no-version", "A handshake without a version is refused.", Talk(version=None, leaves=True)
)
no_upgrade("handshake-post", "A handshake with POST is refused.", Talk(method="POST", leaves=True))
no_upgrade(
    "unrouted",
    "A path that no route has is refused.",
    Talk(target=b"/ws/nowhere", leaves=True),
    section=CLOSE,
)


@TABLE.case("unrouted-status", "How a path that no route has is refused.", level="silent", section=CLOSE)
def unrouted_status(driver: Driver) -> str:
    return driver.talk(Talk(target=b"/ws/nowhere", leaves=True)).ending


@TABLE.case(
    "plain-request", "A plain request for a WebSocket's path is answered.", level="silent", section=""
)
def plain(driver: Driver) -> str:
    reply = driver.ask(Ask(target=b"/ws/echo"))
    expect(reply.status, "an answer", f"none ({reply.broken})")
    return str(reply.status)


@TABLE.case(
    "deflate-offered",
    "permessage-deflate may be taken or not; messages are the same.",
    section="",
    where="sockets",
)
def deflate(driver: Driver) -> str:
    heard = driver.talk(Talk(extensions=b"permessage-deflate", leaves=True))
    expect(heard.accepted, "the handshake to be accepted", heard.ending)
    taken = heard.reply.values(b"sec-websocket-extensions")
    return "taken" if taken else "not taken"


# --- messages -----------------------------------------------------------------------------------------


def echo(name: str, sentence: str, *messages: str | bytes, **how: Any) -> None:
    """A row for messages that come back."""
    does = tuple(step for n, one in enumerate(messages, 1) for step in (("say", one), ("hear", n)))

    def do(driver: Driver) -> None:
        heard = opened(driver, Talk(does=does, leaves=True))
        same(list(messages), heard.messages, "the messages")
        call = driver.call()
        given = call.received("websocket.receive")
        got = [one["bytes"] if one.get("text") is None else one["text"] for one in given]
        same(list(messages), got, "the messages at the app's boundary")

    TABLE.add(name, sentence, do, **{"section": RECEIVE, **how})


echo("text", "A text comes back.", "hello")
echo("text-unicode", "Text of all planes comes back.", "zw\u00f6lf \u4e16\u754c \U0001f600")
echo("text-empty", "An empty text is a message.", "")
echo("text-nul", "NULs are text.", "\x00\x00\x00")
echo("text-json", "JSON is text as any other.", '{"a": [1, null]}')
echo("text-order", "Three texts come back in order.", "one", "two", "three")
echo("binary", "Bytes of all values come back as bytes.", EVERY)
echo("binary-empty", "An empty binary message is a message.", b"")
echo("mixed", "Text stays text, bytes stay bytes.", "a", b"b", "c", b"\x00")
echo("text-large", "A text of 100000 characters comes back.", "x" * 100_000)
echo("text-126", "A text of 126 bytes, where the length takes more room.", "y" * 126)
echo("text-65536", "A text of 65536 bytes, where it takes still more.", "z" * 65536)


@TABLE.case("binary-large", "64 KiB of random bytes come back.", section=RECEIVE)
def binary_large(driver: Driver) -> None:
    data = driver.random.randbytes(65536)
    heard = opened(driver, Talk(does=(("say", data), ("hear", 1)), leaves=True))
    same([data], heard.messages, "the messages")


@TABLE.case(
    "hundred-before-reading", "A hundred texts sent before any is read come back in order.", section=RECEIVE
)
def hundred(driver: Driver) -> None:
    texts = [f"message {n}" for n in range(100)]
    heard = opened(driver, Talk(does=(*(("say", one) for one in texts), ("hear", 100)), leaves=True))
    same(texts, heard.messages, "the messages")


@TABLE.case("as-bytes", "An endpoint that answers text with bytes.", section=SEND)
def as_bytes(driver: Driver) -> None:
    does = (("say", b"\x00\xff"), ("hear", 1), ("say", "\u00e9"), ("hear", 2))
    heard = opened(driver, Talk(b"/ws/echo-binary", does, leaves=True))
    same([b"\x00\xff", b"\xc3\xa9"], heard.messages, "the messages")


@TABLE.case("json", "JSON is parsed and sent back.", section=SEND)
def json_(driver: Driver) -> None:
    heard = opened(driver, Talk(b"/ws/json", (("say", '{"a": [1, null]}'), ("hear", 1)), leaves=True))
    expect(heard.messages, "a message", heard.ending)
    same({"a": [1, None]}, json.loads(heard.messages[0]), "the message")


@TABLE.case(
    "json-bad", "Text that is no JSON: what the framework's endpoint does.", section=CLOSE, level="silent"
)
def json_bad(driver: Driver) -> str:
    return opened(driver, Talk(b"/ws/json", (("say", "{"),))).ending


@TABLE.case("event-text", "A text event has text, and no bytes beside it.", section=RECEIVE, where="sockets")
def event_text(driver: Driver) -> None:
    opened(driver, Talk(does=(("say", "a"), ("hear", 1)), leaves=True))
    (event,) = driver.call().received("websocket.receive")
    same("a", event.get("text"), "text")
    same(None, event.get("bytes"), "bytes")


@TABLE.case(
    "event-bytes", "A binary event has bytes, and no text beside it.", section=RECEIVE, where="sockets"
)
def event_bytes(driver: Driver) -> None:
    opened(driver, Talk(does=(("say", b"a"), ("hear", 1)), leaves=True))
    (event,) = driver.call().received("websocket.receive")
    same(b"a", event.get("bytes"), "bytes")
    same(None, event.get("text"), "text")


@TABLE.case(
    "connect-first",
    "websocket.connect is the first event, and comes once.",
    section="www#connect-receive-event",
    where="sockets",
)
def connect_first(driver: Driver) -> None:
    opened(driver, Talk(does=(("say", "a"), ("hear", 1)), leaves=True))
    kinds = [one.get("type") for one in driver.call().received()]
    expect(
        kinds[:1] == ["websocket.connect"] and kinds.count("websocket.connect") == 1,
        "websocket.connect first and once",
        kinds,
    )


@TABLE.case(
    "first-message",
    "A message that is sent with the handshake's last byte is not lost.",
    section=RECEIVE,
    where="sockets",
)
def first_message(driver: Driver) -> None:
    heard = opened(driver, Talk(does=(("say", "at once"), ("hear", 1)), leaves=True))
    same(["at once"], heard.messages, "the messages")


# --- frames -------------------------------------------------------------------------------------------


def framed(name: str, sentence: str, wanted: list[str | bytes], *does: tuple[Any, ...]) -> None:
    """A row for frames and the messages that they make."""

    def do(driver: Driver) -> None:
        heard = opened(driver, Talk(does=(*does, ("hear", len(wanted))), leaves=True))
        same(wanted, heard.messages, "the messages")

    TABLE.add(name, sentence, do, section=RECEIVE, where="sockets")


framed(
    "fragments",
    "A text in two frames is one text.",
    ["onetwo"],
    ("frame", "text", b"one", False),
    ("frame", 0, b"two", True),
)
framed(
    "fragments-empty",
    "Empty frames in the middle are part of it.",
    ["ab"],
    ("frame", "text", b"a", False),
    ("frame", 0, b"", False),
    ("frame", 0, b"b", True),
)
framed(
    "fragments-in-character",
    "A text may be cut within a character.",
    ["\u00e9"],
    ("frame", "text", b"\xc3", False),
    ("frame", 0, b"\xa9", True),
)
framed(
    "fragments-binary",
    "Binary messages in frames.",
    [b"\x00\xff\x01"],
    ("frame", "binary", b"\x00", False),
    ("frame", 0, b"\xff\x01", True),
)
framed(
    "fragments-around-ping",
    "A ping between the frames changes nothing.",
    ["ab"],
    ("frame", "text", b"a", False),
    ("ping", b"?"),
    ("frame", 0, b"b", True),
    ("hear", 2),
)
framed(
    "fragments-many",
    "A text in fifty frames.",
    ["x" * 50],
    ("frame", "text", b"x", False),
    *[("frame", 0, b"x", False)] * 48,
    ("frame", 0, b"x", True),
)


@TABLE.case("ping", "A ping is answered with its data.", section="", where="sockets")
def ping(driver: Driver) -> None:
    heard = opened(driver, Talk(does=(("ping", b"are you there"), ("hear", 1)), leaves=True))
    same([b"are you there"], heard.pongs, "the pongs")
    same([], driver.call().received("websocket.receive"), "messages for the app:")


@TABLE.case("pong-unasked", "A pong that nobody asked for is passed over.", section="", where="sockets")
def pong(driver: Driver) -> None:
    heard = opened(driver, Talk(does=(("frame", "pong", b"x"), ("say", "a"), ("hear", 1)), leaves=True))
    same(["a"], heard.messages, "the messages")


def broken(name: str, sentence: str, codes: tuple[int | None, ...], *does: tuple[Any, ...]) -> None:
    """A row for frames that break RFC 6455: the session ends, by one of these codes or by an end of TCP.

    RFC 6455 5.1: a server MAY send a close frame with the code.
    """

    def do(driver: Driver) -> str:
        heard = opened(driver, Talk(does=does))
        expect(heard.closed or heard.lost, "an end of the session", heard.ending)
        expect(
            heard.lost or heard.code in codes, f"a close with {' or '.join(map(str, codes))}", heard.ending
        )
        expect(not heard.messages, "no message out of it", heard.messages)
        return heard.ending

    TABLE.add(name, sentence, do, section="", where="sockets", level="implied")


broken(
    "not-masked",
    "A frame of the client that is not masked.",
    (1002, None),
    ("raw", frames.compose("text", b"a", mask=False)),
)
broken("opcode-unknown", "An opcode that is reserved.", (1002, None), ("frame", 3, b"a"))
broken(
    "reserved-bit",
    "A reserved bit without an extension.",
    (1002, None),
    ("raw", frames.compose("text", b"a", rsv=4)),
)
broken("not-utf-8", "A text that is no UTF-8.", (1007, None), ("frame", "text", b"\xff\xfe"))
broken("continuation-alone", "A continuation of nothing.", (1002, None), ("frame", 0, b"a", True))
broken("control-cut", "A control frame in two parts.", (1002, None), ("frame", "ping", b"a", False))
broken("control-long", "A control frame of 126 bytes.", (1002, None), ("frame", "ping", b"a" * 126))
