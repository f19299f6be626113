"""What goes wrong: apps that raise, clients that break HTTP. The server goes on."""

from __future__ import annotations

from typing import Any

from asgisim.grid.cases.table import Table, answer, expect, same, whole
from asgisim.grid.driver import Driver
from asgisim.grid.exchange import Ask

TABLE = Table("errors", "main#error-handling")
JSON = ((b"Content-Type", b"application/json"),)
ALIVE = Ask(target=b"/health")


@TABLE.case("raise", "An app that raises before it answers: the client gets 500.", level="implied")
def raises(driver: Driver) -> str:
    whole(driver.ask(Ask(target=b"/raise")), 500)
    call = driver.call()
    return "raised to the server" if call.error else "answered by the framework"


@TABLE.case("raise-then-serve", "The next request is served after an exception.")
def raise_then_serve(driver: Driver) -> None:
    driver.ask(Ask(target=b"/raise"))
    same(b"OK", answer(ALIVE)(driver).body, "the body")


@TABLE.case("raise-mid-stream", "An app that raises in mid-stream: the answer does not look whole.")
def mid_stream(driver: Driver) -> str:
    reply = driver.ask(Ask(target=b"/raise-mid-stream"))
    expect(
        not reply.complete,
        "an answer that is not complete",
        f"a whole one: {reply.status} {reply.body[:40]!r}",
    )
    return "begun and cut" if reply.status else "nothing"


@TABLE.case("raise-mid-stream-ends", "The connection of an answer that was cut ends.", where="sockets")
def mid_stream_ends(driver: Driver) -> None:
    reply = driver.ask(Ask(target=b"/raise-mid-stream"))
    expect(reply.broken in ("eof", "reset") or reply.ended, "an end of the connection", "it stays open")


@TABLE.case("raise-among-others", "Requests beside one that raises are answered.")
def among_others(driver: Driver) -> None:
    replies = driver.together(ALIVE, Ask(target=b"/raise"), ALIVE, Ask(target=b"/raise"), ALIVE)
    same([200, 500, 200, 500, 200], [one.status for one in replies], "the statuses")


@TABLE.case("not-found", "A path that nobody knows: 404.", level="implied", section="")
def not_found(driver: Driver) -> None:
    answer(Ask(target=b"/no/such/path"), 404)(driver)


@TABLE.case("bad-json", "JSON that is none: 400.", level="implied", section="")
def bad_json(driver: Driver) -> None:
    answer(Ask("POST", b"/json", JSON, (b"{",)), 400)(driver)


@TABLE.case(
    "bad-json-empty",
    "An empty body where JSON is wanted: what frameworks make of it.",
    level="silent",
    section="",
)
def bad_json_empty(driver: Driver) -> str:
    reply = whole(driver.ask(Ask("POST", b"/json", JSON, (b"",))))
    return (
        f"{reply.status} {reply.body[:20].decode('latin-1')!r}" if reply.status == 200 else str(reply.status)
    )


@TABLE.case("bad-json-utf-8", "JSON that is no UTF-8: what frameworks answer.", level="silent", section="")
def bad_json_utf8(driver: Driver) -> str:
    return str(whole(driver.ask(Ask("POST", b"/json", JSON, (b'"\xff"',)))).status)


@TABLE.case(
    "bad-cookie", "A cookie that is no name and value: what frameworks answer.", level="silent", section=""
)
def bad_cookie(driver: Driver) -> str:
    return str(whole(driver.ask(Ask(target=b"/info", headers=((b"Cookie", b";;= \x80; a"),)))).status)


@TABLE.case("bad-type", "A content type that is none: what frameworks answer.", level="silent", section="")
def bad_type(driver: Driver) -> str:
    return str(whole(driver.ask(Ask("POST", b"/json", ((b"Content-Type", b";;;"),), (b"1",)))).status)


# --- requests that no server should take --------------------------------------------------------------


def refused(name: str, sentence: str, data: bytes, level: str = "implied", **how: Any) -> None:
    """A row for bytes that are refused: an answer of 400 to 599, or an end, and no call of the app."""

    def do(driver: Driver) -> str:
        reply = driver.raw(data)
        expect(
            reply.status == 0 or 400 <= reply.status <= 599,
            "a refusal",
            f"{reply.status} {reply.body[:60]!r}",
        )
        expect(reply.status or reply.ended, "an answer, or an end of the connection", "neither")
        paths = [one.scope.get("path") for one in driver.calls(0, ended=False)]
        expect(not paths, "no call of the app", paths)
        return f"{reply.status}" if reply.status else "connection ended"

    TABLE.add(name, sentence, do, **{"where": "sockets", "section": "", "level": level, "odd": True, **how})


def taken(name: str, sentence: str, data: bytes) -> None:
    """A row for bytes that servers treat in different ways, all of them legal: what is done is told."""

    def do(driver: Driver) -> str:
        reply = driver.raw(data)
        expect(reply.status or reply.ended, "an answer, or an end of the connection", "neither")
        return f"{reply.status}" if reply.status else "connection ended"

    TABLE.add(name, sentence, do, where="sockets", section="", level="silent", odd=True)


HOST = b"Host: a\r\n"
refused("request-line-garbage", "A request line of garbage.", b"\x16\x03\x01\x02\x00garbage\r\n\r\n")
refused("request-line-short", "A request line of one word.", b"GET\r\n" + HOST + b"\r\n")
refused("request-line-four", "A request line of four words.", b"GET / x HTTP/1.1\r\n" + HOST + b"\r\n")
refused("version-unknown", "A version that is none.", b"GET / HTTX/1.1\r\n" + HOST + b"\r\n")
refused(
    "header-no-colon", "A header line without a colon.", b"GET / HTTP/1.1\r\n" + HOST + b"nonsense\r\n\r\n"
)
refused(
    "header-space-before-colon", "Space before the colon.", b"GET / HTTP/1.1\r\n" + HOST + b"X-A : 1\r\n\r\n"
)
refused("header-nul", "NUL in a value.", b"GET / HTTP/1.1\r\n" + HOST + b"X-A: a\x00b\r\n\r\n")
refused("header-bad-name", "A name that is no token.", b"GET / HTTP/1.1\r\n" + HOST + b"X(A): 1\r\n\r\n")
refused("header-empty-name", "A header without a name.", b"GET / HTTP/1.1\r\n" + HOST + b": 1\r\n\r\n")
refused(
    "length-not-a-number",
    "A content-length of letters.",
    b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: abc\r\n\r\n",
)
refused(
    "length-negative",
    "A negative content-length.",
    b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
)
refused(
    "length-plus",
    "A content-length with a sign.",
    b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: +3\r\n\r\nabc",
)
refused(
    "lengths-that-differ",
    "Two lengths that differ.",
    b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
)
refused(
    "coding-unknown",
    "A transfer coding that nobody knows.",
    b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: own\r\n\r\n",
)
refused("host-missing", "HTTP/1.1 without host.", b"GET / HTTP/1.1\r\n\r\n", level="must")
refused("host-twice", "Two hosts.", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", level="must")
taken(
    "version-2.0",
    "A version of the future in the request line.",
    b"GET /health HTTP/2.0\r\n" + HOST + b"\r\n",
)
taken(
    "folded-header",
    "A header that goes on in the next line.",
    b"GET /health HTTP/1.1\r\n" + HOST + b"X-A: a\r\n b\r\n\r\n",
)
taken(
    "header-huge",
    "A header of 100 KiB.",
    b"GET /health HTTP/1.1\r\n" + HOST + b"X-A: " + b"a" * 102_400 + b"\r\n\r\n",
)
taken("target-huge", "A target of 100 KiB.", b"GET /" + b"a" * 102_400 + b" HTTP/1.1\r\n" + HOST + b"\r\n")
taken(
    "headers-300",
    "Three hundred headers.",
    b"GET /health HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: a\r\n" % n for n in range(300)) + b"\r\n",
)
taken(
    "leading-line", "An empty line before the request line.", b"\r\nGET /health HTTP/1.1\r\n" + HOST + b"\r\n"
)
taken("bare-lf", "Lines that end with LF alone.", b"GET /health HTTP/1.1\nHost: a\n\n")
taken(
    "absolute-target", "A target with scheme and host.", b"GET http://a/health HTTP/1.1\r\n" + HOST + b"\r\n"
)
taken("asterisk", "OPTIONS of the server as a whole.", b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n")
taken(
    "both-framings",
    "content-length and transfer-encoding in one request.",
    b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
)
taken(
    "chunked-1.0",
    "Chunks from an HTTP/1.0 client.",
    b"POST /echo HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
)


def cut_short(name: str, sentence: str, data: bytes) -> None:
    """A row for a body that is broken: the app never takes it for whole."""

    def do(driver: Driver) -> str:
        reply = driver.raw(data, b"POST")
        expect(not 200 <= reply.status < 300, "no answer of 2xx", f"{reply.status} {reply.body[:60]!r}")
        ends = [
            one
            for call in driver.calls(0, ended=False)
            for one in call.received("http.request")
            if not one.get("more_body")
        ]
        expect(not ends, "no end of a body that is broken", ends)
        return f"{reply.status}" if reply.status else "connection ended" if reply.ended else "nothing"

    TABLE.add(name, sentence, do, where="sockets", section="", level="implied", odd=True)


CHUNKED = b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
cut_short("chunk-size-garbage", "A size of a chunk that is none.", CHUNKED + b"xyz\r\nabc\r\n0\r\n\r\n")
cut_short("chunk-size-negative", "A negative size of a chunk.", CHUNKED + b"-3\r\nabc\r\n0\r\n\r\n")
cut_short(
    "chunk-no-end", "A chunk whose data goes on beyond its size.", CHUNKED + b"3\r\nabcdef\r\n0\r\n\r\n"
)


@TABLE.case("alive", "After all that the server answers.", section="")
def alive(driver: Driver) -> None:
    same(b"OK", answer(ALIVE)(driver).body, "the body")
