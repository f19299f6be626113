"""Uploads: every framing, every cut, read or not read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from asgisim.grid.cases.http_messages import body_of
from asgisim.grid.cases.table import Table, answer, expect, same, whole
from asgisim.grid.driver import Driver
from asgisim.grid.exchange import Ask, Reply
from asgisim.model import trace as t

TABLE = Table("upload", "www#request-receive-event")


def digest(data: bytes) -> dict[str, Any]:
    """What /upload answers for this body."""
    return {"count": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def uploaded(driver: Driver, reply: Reply, data: bytes) -> None:
    """The answer knows the whole body, and so does the app's boundary."""
    same(digest(data), json.loads(whole(reply, 200).body), "length and digest")
    same(data, body_of(driver.call()), "the body at the app's boundary")


def size(count: int, chunked: bool, pieces: int = 1) -> None:
    """A row for a random body of so many bytes."""

    def do(driver: Driver) -> None:
        data = driver.random.randbytes(count)
        step = max(1, -(-count // pieces))
        parts = tuple(data[at : at + step] for at in range(0, count, step)) or (b"",)
        uploaded(driver, driver.ask(Ask("POST", b"/upload", body=parts, chunked=chunked)), data)

    framed = "in chunks" if chunked else "with content-length"
    name = f"{'chunked' if chunked else 'length'}-{count}{f'-in-{pieces}' if pieces > 1 else ''}"
    TABLE.add(name, f"{count} bytes {framed}, in {pieces} {'part' if pieces == 1 else 'parts'}.", do)


for count in (0, 1, 16383, 65535, 65536, 65537, 300_000):
    size(count, chunked=False)
for count in (0, 1, 65536, 300_000):
    size(count, chunked=True)
size(1000, chunked=False, pieces=10)
size(1000, chunked=True, pieces=10)
size(300, chunked=True, pieces=300)


def wire(name: str, sentence: str, data: bytes, body: bytes, cuts: Sequence[int] = (), **how: Any) -> None:
    """A row for the bytes of an upload as they are."""

    def do(driver: Driver) -> None:
        uploaded(driver, driver.raw(data, b"POST", cuts), body)

    TABLE.add(name, sentence, do, **{"where": "sockets", "section": "", **how})


HEAD = b"POST /upload HTTP/1.1\r\nHost: a\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = CHUNKED + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"

wire(
    "chunk-extension", "Extensions of chunks are passed over.", CHUNKED + b"3;a=b\r\nabc\r\n0\r\n\r\n", b"abc"
)
wire(
    "chunk-upper-hex",
    "Sizes in upper case are sizes.",
    CHUNKED + b"A\r\n0123456789\r\n0\r\n\r\n",
    b"0123456789",
)
wire(
    "chunk-leading-zero",
    "Sizes with zeros before them are sizes.",
    CHUNKED + b"003\r\nabc\r\n0\r\n\r\n",
    b"abc",
)
wire(
    "chunk-trailers",
    "Trailers after the last chunk are no body.",
    CHUNKED + b"3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n",
    b"abc",
)
wire(
    "chunk-crlf-inside",
    "A line end in a chunk is data.",
    CHUNKED + b"7\r\na\r\n0\r\nb\r\n0\r\n\r\n",
    b"a\r\n0\r\nb",
)
wire(
    "chunk-every-byte", "Chunks cut at every byte are the same chunks.", WHOLE, b"abcde", range(1, len(WHOLE))
)
wire(
    "coding-case",
    "Chunked is read in any case.",
    HEAD + b"Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"abc",
)
LENGTH = HEAD + b"Content-Length: 5\r\n\r\nabcde"
wire(
    "length-every-byte", "A body cut at every byte is the same body.", LENGTH, b"abcde", range(1, len(LENGTH))
)
wire(
    "length-leading-zero",
    "A length with zeros before it is that length.",
    HEAD + b"Content-Length: 005\r\n\r\nabcde",
    b"abcde",
    level="implied",
)


@TABLE.case("not-read", "A body that the app does not read harms nobody.")
def not_read(driver: Driver) -> None:
    same(b"not read", answer(Ask("POST", b"/noread", body=(b"x" * 1000,)))(driver).body, "the body")


@TABLE.case(
    "not-read-large",
    "A large body that the app does not read: an answer comes, or the connection ends.",
    where="sockets",
)
def not_read_large(driver: Driver) -> str:
    reply = driver.ask(Ask("POST", b"/noread", body=(bytes(2_000_000),)))
    expect(reply.status == 200 or reply.ended, "an answer or an end of the connection", reply.broken)
    return f"answered {reply.status}" if reply.status else "connection ended"


@TABLE.case(
    "parts-come-early",
    "The app is called, and gets the first part, before the last one is sent.",
    level="silent",
    where="sockets",
)
def early(driver: Driver) -> str:
    data = driver.random.randbytes(20_000)
    reply = driver.ask(Ask("POST", b"/upload", body=(data, b"end"), pause=0.15))
    uploaded(driver, reply, data + b"end")
    call = driver.call()
    first = next(at for at, kind, one in call.steps if kind == t.RECEIVE and one.get("body"))
    return "yes" if reply.last - first > 0.1 else "no"


@TABLE.case(
    "events-of-one-part",
    "How many events a body of 100 KiB becomes: the text leaves it open.",
    level="silent",
    where="sockets",
)
def count_events(driver: Driver) -> str:
    data = driver.random.randbytes(102_400)
    uploaded(driver, driver.ask(Ask("POST", b"/upload", body=(data,))), data)
    return "one" if len(driver.call().received("http.request")) == 1 else "several"


@TABLE.case(
    "expect-100",
    "Expect: 100-continue is answered with 100, or with the final answer at once.",
    section="",
    where="sockets",
)
def expect_100(driver: Driver) -> str:
    head = HEAD + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    reply = driver.raw(head + b"abcde", b"POST")
    uploaded(driver, reply, b"abcde")
    return "100" if reply.informational else "no 100"


@TABLE.case("together", "Eight uploads at once, in parts, do not mix.")
def together(driver: Driver) -> None:
    bodies = [driver.random.randbytes(20_000) for _ in range(8)]
    asks = [
        Ask("POST", b"/upload", body=(one[:9000], one[9000:]), chunked=bool(n % 2))
        for n, one in enumerate(bodies)
    ]
    for data, reply in zip(bodies, driver.together(*asks), strict=True):
        same(digest(data), json.loads(whole(reply, 200).body), "length and digest")


@TABLE.case("after-another", "Uploads on one connection, each with its own framing.", where="sockets")
def after_another(driver: Driver) -> None:
    bodies = [b"a" * 10, b"", b"c" * 3000]
    asks = [Ask("POST", b"/upload", body=(one,), chunked=bool(n % 2)) for n, one in enumerate(bodies)]
    for data, reply in zip(bodies, driver.asks(*asks), strict=True):
        same(digest(data), json.loads(whole(reply, 200).body), "length and digest")


@TABLE.case("form-in-chunks", "A form that comes in chunks is the same form.")
def form_in_chunks(driver: Driver) -> None:
    kind = ((b"Content-Type", b"application/x-www-form-urlencoded"),)
    reply = answer(Ask("POST", b"/form", kind, (b"a=1", b"&b=%C3", b"%A9"), chunked=True))(driver)
    same({"a": "1", "b": "\u00e9"}, json.loads(reply.body), "the fields")


@TABLE.case("json-in-chunks", "JSON that is cut within a character is the same JSON.")
def json_in_chunks(driver: Driver) -> None:
    kind = ((b"Content-Type", b"application/json"),)
    reply = answer(Ask("POST", b"/json", kind, (b'{"a": "\xc3', b'\xa9"}'), chunked=True))(driver)
    same({"received": {"a": "\u00e9"}}, json.loads(reply.body), "the answer")
