"""How WebSocket sessions end: by the app, by the client, by an accident; and many of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgisim.grid.cases.table import expect, same
from asgisim.grid.cases.websocket import CLOSE, DISCONNECT, SEND, TABLE, opened
from asgisim.grid.driver import Driver
from asgisim.grid.exchange import Ask, Call, Heard, Talk

__all__ = ["TABLE"]

# --- endings ------------------------------------------------------------------------------------------


QUICK = (1000, 1001, 1011, 3000, 4001, 4999)  # the others behave as these do


def closes(name: str, sentence: str, query: bytes, code: int, reason: str = "") -> None:
    """A row for a close by the app."""

    def do(driver: Driver) -> None:
        heard = opened(driver, Talk(target=b"/ws/close" + query))
        same(code, heard.code if heard.closed else heard.ending, "the close code")
        if reason:
            same(reason, heard.reason, "the reason")

    TABLE.add(name, sentence, do, section=CLOSE, slow=code not in QUICK)


closes("close", "A close without a code is 1000.", b"", 1000)
for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3999, 4000, 4001, 4999):
    closes(f"close-{code}", f"The app's close code {code} is on the wire.", b"?code=%d" % code, code)
closes("close-reason", "The app's reason is on the wire.", b"?code=4001&reason=bye", 4001, "bye")
closes("close-reason-unicode", "A reason in UTF-8.", b"?code=4001&reason=%C3%A9", 4001, "\u00e9")
closes(
    "close-reason-long", "A reason of 123 bytes fits.", b"?code=4001&reason=" + b"r" * 123, 4001, "r" * 123
)


@TABLE.case("close-no-message", "A close is no message.", section=CLOSE)
def close_no_message(driver: Driver) -> None:
    same([], opened(driver, Talk(target=b"/ws/close")).messages, "messages")


@TABLE.case("close-ends", "After the close handshake TCP ends.", section=CLOSE, where="sockets")
def close_ends(driver: Driver) -> None:
    heard = opened(driver, Talk(target=b"/ws/close"))
    expect(heard.closed, "a close", heard.ending)


@TABLE.case("scope-then-close", "The app's message arrives before its close.", section=SEND)
def scope_then_close(driver: Driver) -> None:
    heard = opened(driver, Talk(target=b"/ws/scope"))
    expect(len(heard.messages) == 1, "the message", heard.ending)
    same("close 1000", heard.ending, "the end")


@TABLE.case("reject", "A close before accept: 403, and no session.", section=CLOSE)
def reject(driver: Driver) -> None:
    heard = driver.talk(Talk(target=b"/ws/reject"))
    expect(heard.reply.status == 403, "the status 403", heard.ending)


@TABLE.case(
    "denial",
    "A denial response reaches the client, where server and framework have it.",
    section="extensions#websocket-denial-response",
    level="silent",
)
def denial(driver: Driver) -> str:
    heard = driver.talk(Talk(target=b"/ws/denial"))
    expect(not heard.accepted, "a refusal", heard.ending)
    return f"{heard.reply.status} {heard.reply.body[:20].decode('latin-1')!r}"


def ended(name: str, sentence: str, target: bytes, check: Callable[[Heard], None], **how: Any) -> None:
    """A row for an app that ends without a close of its own."""

    def do(driver: Driver) -> str:
        heard = driver.talk(Talk(target=target))
        check(heard)
        return heard.ending

    TABLE.add(name, sentence, do, **{"section": CLOSE, **how})


def _refused(heard: Heard) -> None:
    expect(
        not heard.accepted and (heard.reply.status >= 400 or heard.lost or heard.how),
        "a refusal",
        heard.ending,
    )


def _failed(heard: Heard) -> None:
    expect(heard.accepted, "the handshake to be accepted", heard.ending)
    told = heard.lost or heard.how.startswith("raises") or (heard.closed and heard.code != 1000)
    expect(told, "an end that is not a good one", heard.ending)


ended(
    "raise-before-accept",
    "An app that raises before it accepts: the handshake is refused.",
    b"/ws/raise-before-accept",
    _refused,
)
ended(
    "return-before-accept",
    "An app that returns before it accepts: the handshake is refused.",
    b"/ws/return",
    _refused,
)
ended(
    "raise-after-accept",
    "An app that raises in a session: the client learns that it failed.",
    b"/ws/raise-after-accept",
    _failed,
    level="implied",
)


@TABLE.case(
    "raise-after-accept-code", "How the client learns that an app raised.", section="", level="silent"
)
def raise_code(driver: Driver) -> str:
    return driver.talk(Talk(target=b"/ws/raise-after-accept")).ending


# --- the client ends ----------------------------------------------------------------------------------


def leaves(
    name: str, sentence: str, act: tuple[Any, ...], code: int | None, reason: str | None = None, **how: Any
) -> None:
    """A row for a client that ends a session: what the app is told."""

    def do(driver: Driver) -> str:
        opened(driver, Talk(does=(("say", "a"), ("hear", 1), act)))
        call = driver.call()
        got = call.received("websocket.disconnect")
        expect(got, "websocket.disconnect", [one.get("type") for one in call.received()])
        told = got[0].get("code", 1005)
        expect(type(told) is int, "a code of the type int", got[0])
        if code is not None:
            same(code, told, "the code")
        if reason is not None and "reason" in got[0]:
            same(reason, got[0]["reason"] or "", "the reason")
        return str(told)

    TABLE.add(name, sentence, do, **{"section": DISCONNECT, "where": "sockets", **how})


leaves("disconnect-1000", "A close of the client: websocket.disconnect with its code.", ("close", 1000), 1000)
leaves("disconnect-1001", "The same with 1001.", ("close", 1001), 1001)
leaves("disconnect-4001", "The same with 4001 and a reason.", ("close", 4001, "bye"), 4001, "bye")
leaves("disconnect-no-code", "A close without a code is 1005.", ("close", None), 1005, level="should")
leaves("disconnect-lost", "A lost connection is a disconnect too.", ("lost",), None)
leaves("disconnect-lost-code", "The code of a lost connection is 1006.", ("lost",), 1006, level="implied")


@TABLE.case("close-answered", "A close of the client is answered with a close.", section="", where="sockets")
def close_answered(driver: Driver) -> str:
    heard = opened(driver, Talk(does=(("say", "a"), ("hear", 1), ("close", 1000))))
    expect(heard.closed, "a close in answer", heard.ending)
    return str(heard.code)


@TABLE.case("call-ends", "After the client has left, the app's call ends.", section=DISCONNECT)
def call_ends(driver: Driver) -> str:
    opened(driver, Talk(does=(("say", "a"), ("hear", 1)), leaves=True))
    call = driver.call()
    expect(call.end, "an end of the call", "it goes on")
    return call.end


@TABLE.case("endless-ends", "An app that sends for ever stops when the client has left.", section=DISCONNECT)
def endless_ends(driver: Driver) -> str:
    heard = opened(driver, Talk(target=b"/ws/endless", does=(("hear", 3), ("close", 1000))))
    expect(len(heard.messages) >= 3, "three messages", heard.messages)
    call = driver.call()
    expect(call.end, "an end of the call", "it goes on")
    return call.end


# --- many ---------------------------------------------------------------------------------------------


@TABLE.case("again", "Five sessions, one after the other.", section="")
def again(driver: Driver) -> None:
    for n in range(5):
        heard = opened(driver, Talk(does=(("say", f"{n}"), ("hear", 1)), leaves=True))
        same([f"{n}"], heard.messages, "the messages")


@TABLE.case("beside-requests", "Requests are answered while a session is open.", section="", where="sockets")
def beside(driver: Driver) -> None:
    heard = opened(
        driver,
        Talk(
            does=(("say", "a"), ("hear", 1), ("call", lambda: driver.ask(Ask(target=b"/health")))),
            leaves=True,
        ),
    )
    same(["a"], heard.messages, "the messages")
    kinds: list[Call] = driver.calls(2, ended=False)
    same(["http", "websocket"], sorted(one.type for one in kinds), "calls")


@TABLE.case("alive", "After all that the server answers.", section="")
def alive(driver: Driver) -> None:
    opened(driver, Talk(does=(("say", "still there"), ("hear", 1)), leaves=True))
