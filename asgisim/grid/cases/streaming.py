"""Streamed answers: whole, in order, and on their way before they are complete."""

from __future__ import annotations

import json
import re

from asgisim.frameworks import contract
from asgisim.grid.cases.table import Table, answer, expect, same, whole
from asgisim.grid.driver import Driver
from asgisim.grid.exchange import Ask
from asgisim.model import trace as t

TABLE = Table("streaming", "www#response-body-send-event")
LINES, EVENTS = Ask(target=b"/streaming"), Ask(target=b"/sse")
LINE = b"line\n"


@TABLE.case("whole", "Ten lines arrive, the last one too.")
def all_lines(driver: Driver) -> None:
    same(b"".join(contract.LINES), answer(LINES)(driver).body, "the body")


@TABLE.case("order", "The lines arrive in order.")
def order(driver: Driver) -> None:
    found = [int(one) for one in re.findall(rb"chunk-(\d+)", answer(LINES)(driver).body)]
    same(list(range(10)), found, "the numbers of the lines")


@TABLE.case("complete", "The end of a stream is told as its framing wants it.")
def complete(driver: Driver) -> None:
    whole(driver.ask(LINES), 200)


@TABLE.case("first-part-early", "The first part arrives while the app still produces.", where="sockets")
def first_early(driver: Driver) -> None:
    reply = driver.ask(Ask(target=b"/endless", leave="streaming"))
    expect(
        LINE in reply.raw, "a first line of a stream that has no end", reply.raw[-80:] or "nothing in time"
    )


@TABLE.case("parts-one-by-one", "Parts arrive one by one, not all at the end.", where="sockets")
def one_by_one(driver: Driver) -> None:
    reply = answer(LINES)(driver)
    last = driver.call().when(t.SEND, "http.response.body")
    expect(
        last is not None and reply.first < last,
        "the first part before the app sent the last one",
        "all at the end",
    )


@TABLE.case("not-buffered", "The framework hands each part to the server as it comes.", level="silent")
def not_buffered(driver: Driver) -> str:
    answer(LINES)(driver)
    parts = [one for one in driver.call().sent("http.response.body") if one.get("body")]
    return f"{len(parts)} parts"


@TABLE.case(
    "last-event", "How the framework ends a stream: an empty last part, or with the last one.", level="silent"
)
def last_event(driver: Driver) -> str:
    answer(LINES)(driver)
    last = driver.call().sent("http.response.body")[-1]
    expect(not last.get("more_body", False), "a last event without more_body", last)
    return "with data" if last.get("body") else "empty"


@TABLE.case("empty", "A stream without any part is an empty answer.")
def empty(driver: Driver) -> None:
    same(b"", answer(Ask(target=b"/stream-empty"))(driver).body, "the body")


@TABLE.case("empty-parts", "Empty parts in the middle do not end a stream.")
def empty_parts(driver: Driver) -> None:
    same(b"onetwo", answer(Ask(target=b"/stream-with-empty"))(driver).body, "the body")


@TABLE.case("no-length", "A stream has no content-length that is wrong.", where="sockets")
def no_length(driver: Driver) -> None:
    reply = answer(LINES)(driver)
    length = reply.values(b"content-length")
    expect(not length or int(length[0]) == len(reply.body), "no content-length, or the right one", length)


@TABLE.case("sse", "Six server-sent events arrive as the app sends them.")
def sse(driver: Driver) -> None:
    same(b"".join(contract.SSE_EVENTS), answer(EVENTS)(driver).body, "the body")


@TABLE.case("sse-type", "Their content type is text/event-stream.")
def sse_type(driver: Driver) -> None:
    values = answer(EVENTS)(driver).values(b"content-type")
    same([b"text/event-stream"], [one.split(b";")[0] for one in values], "content-type")


@TABLE.case("sse-format", "Events are named, and separated by an empty line.")
def sse_format(driver: Driver) -> None:
    blocks = answer(EVENTS)(driver).body.decode().split("\n\n")[:-1]
    names = [
        line.removeprefix("event: ")
        for one in blocks
        for line in one.split("\n")
        if line.startswith("event: ")
    ]
    same(["message"] * 5 + ["done"], names, "the events")


@TABLE.case("sse-json", "The data of each event is JSON, counted from 0.")
def sse_json(driver: Driver) -> None:
    data = re.findall(r"^data: (.*)$", answer(EVENTS)(driver).body.decode(), re.M)
    same([{"count": n} for n in range(5)] + [{}], [json.loads(one) for one in data], "the data")


@TABLE.case("sse-early", "The first event arrives before the app sends the last one.", where="sockets")
def sse_early(driver: Driver) -> None:
    reply = answer(EVENTS)(driver)
    last = driver.call().when(t.SEND, "http.response.body")
    expect(
        last is not None and reply.first < last, "the first event before the last was sent", "all at the end"
    )


@TABLE.case("http-1.0", "A stream for HTTP/1.0 ends with the connection.", where="sockets", section="")
def http10(driver: Driver) -> None:
    reply = driver.raw(b"GET /streaming HTTP/1.0\r\nHost: a\r\n\r\n")
    same(b"".join(contract.LINES), reply.raw.partition(b"\r\n\r\n")[2], "the body")


@TABLE.case("two-at-once", "Two streams at once do not mix.")
def two(driver: Driver) -> None:
    first, second = driver.together(LINES, EVENTS)
    same(b"".join(contract.LINES), whole(first, 200).body, "the first body")
    same(b"".join(contract.SSE_EVENTS), whole(second, 200).body, "the second body")


@TABLE.case("beside-others", "Short requests are answered while a stream is on its way.", where="sockets")
def beside(driver: Driver) -> None:
    stream, short = driver.together(LINES, Ask(target=b"/health"))
    expect(0 < short.first < stream.last, "the short answer before the stream's end", "after it")
    whole(stream, 200)


@TABLE.case("ten-at-once", "Ten streams at once are whole.", slow=True)
def ten(driver: Driver) -> None:
    for reply in driver.together(*[LINES] * 10):
        same(b"".join(contract.LINES), whole(reply, 200).body, "the body")


@TABLE.case("one-after-another", "Three streams on one connection.", where="sockets", slow=True)
def again(driver: Driver) -> None:
    for reply in driver.asks(LINES, LINES, LINES):
        same(b"".join(contract.LINES), whole(reply, 200).body, "the body")


@TABLE.case("large", "An answer of 2 MiB is whole.", where="sockets", slow=True)
def large(driver: Driver) -> None:
    body = answer(Ask(target=b"/large?size=2097152"))(driver).body
    same(2097152, len(body), "the length")
    expect(body.count(b"x") == len(body), "nothing but x", body[:40])
