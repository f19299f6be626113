"""Response headers: what the app sends goes out, in order, and the framing is right."""

from __future__ import annotations

from collections.abc import Callable

from asgisim.grid.cases.table import Table, answer, expect, same, whole
from asgisim.grid.driver import Driver
from asgisim.grid.exchange import Ask, Reply

TABLE = Table("headers", "www#response-start-send-event")


def kind(
    name: str, target: bytes, wanted: bytes, method: str = "GET", body: tuple[bytes, ...] | None = None
) -> None:
    """A row for the content type of an answer."""

    def do(driver: Driver) -> str:
        reply = answer(Ask(method, target, body=body), None)(driver)
        values = reply.values(b"content-type")
        expect(len(values) == 1, "one content-type", values)
        same(wanted, values[0].split(b";")[0].strip().lower(), "content-type")
        return values[0].decode("latin-1").partition(";")[2].strip() or "no charset"

    TABLE.add(name, f"The content type of {target.decode()} is {wanted.decode()}.", do)


kind("type-text", b"/", b"text/plain")
kind("type-json", b"/scope", b"application/json")
kind("type-stream", b"/streaming", b"text/plain")
kind("type-events", b"/sse", b"text/event-stream")
kind("type-octets", b"/echo", b"application/octet-stream", "POST", (b"\x00",))


@TABLE.case("cookies", "Two cookies go out as two headers, in order.")
def cookies(driver: Driver) -> None:
    values = answer(Ask(target=b"/cookie"))(driver).values(b"set-cookie")
    same([b"one=1", b"two=2"], [one.split(b";")[0] for one in values], "set-cookie")


@TABLE.case(
    "cookies-attributes", "What frameworks add to a cookie that was set without attributes.", level="silent"
)
def cookie_attributes(driver: Driver) -> str:
    values = answer(Ask(target=b"/cookie"))(driver).values(b"set-cookie")
    expect(values, "cookies", "none")
    return values[0].decode("latin-1").partition(";")[2].strip() or "nothing"


@TABLE.case("location", "location goes out as the app sends it.")
def location(driver: Driver) -> None:
    same([b"/health"], answer(Ask(target=b"/redirect"), 302)(driver).values(b"location"), "location")


@TABLE.case("all-arrive", "Every header that the app sends is in the answer, repeats too.", where="sockets")
def all_arrive(driver: Driver) -> None:
    for target in (b"/cookie", b"/redirect", b"/scope"):
        driver.begin(driver.patience)
        reply = whole(driver.ask(Ask(target=target)))
        (start,) = driver.call().sent("http.response.start")
        out = [(name.lower(), value) for name, value in reply.headers]
        for name, value in start.get("headers", ()):
            line = (bytes(name).lower(), bytes(value))
            expect(line in out, f"the app's header {line}", out)
            out.remove(line)


@TABLE.case("order", "Headers of the app keep their order on the wire.", where="sockets")
def order(driver: Driver) -> None:
    reply = answer(Ask(target=b"/cookie"))(driver)
    (start,) = driver.call().sent("http.response.start")
    lines = [(bytes(name).lower(), bytes(value)) for name, value in start.get("headers", ())]
    sent = [line for line in lines if line[0] not in (b"content-length", b"transfer-encoding")]
    out = [(name.lower(), value) for name, value in reply.headers]
    same(sent, [line for line in out if line in sent], "the app's headers in order,")


def framing(name: str, sentence: str, target: bytes, check: Callable[[Reply], None], **how: str) -> None:
    """A row that looks at how an answer is framed."""
    TABLE.add(
        name,
        sentence,
        lambda driver: check(answer(Ask(target=target), None)(driver)),
        section="",
        where="sockets",
        **how,
    )


def exact(reply: Reply) -> None:
    """content-length, if there, is the length of the body."""
    length = reply.values(b"content-length")
    same([b"%d" % len(reply.body)], length or [b"%d" % len(reply.body)], "content-length")


def one_framing(reply: Reply) -> None:
    """Not both kinds of framing."""
    both = bool(reply.values(b"content-length")) and bool(reply.values(b"transfer-encoding"))
    expect(not both, "content-length or transfer-encoding", reply.headers)


framing("length-exact", "content-length is the length of the body.", b"/health", exact)
framing("length-exact-large", "content-length of a large body is its length.", b"/large?size=70000", exact)
framing(
    "length-of-empty",
    "An empty answer has content-length 0 or is empty in another way.",
    b"/stream-empty",
    exact,
)
framing(
    "one-framing", "An answer has content-length or transfer-encoding, not both.", b"/health", one_framing
)
framing("one-framing-stream", "A streamed answer too.", b"/streaming", one_framing)


@TABLE.case(
    "stream-framing", "How a stream of unknown length is framed.", section="", where="sockets", level="silent"
)
def stream_framing(driver: Driver) -> str:
    reply = answer(Ask(target=b"/streaming"))(driver)
    expect(reply.framing in ("chunked", "close"), "chunks, or an end by close", reply.framing)
    return reply.framing


@TABLE.case("no-chunks-to-1.0", "HTTP/1.0 clients get no chunks.", section="", where="sockets")
def no_chunks(driver: Driver) -> None:
    reply = driver.raw(b"GET /stream-with-empty HTTP/1.0\r\nHost: a\r\n\r\n")
    expect(reply.status == 200, "the status 200", str(reply.status))
    same([], reply.values(b"transfer-encoding"), "transfer-encoding")
    same(b"onetwo", reply.raw.partition(b"\r\n\r\n")[2], "the body")


@TABLE.case("no-framing-204", "204 has no body, and no framing of one.", section="", where="sockets")
def no_framing_204(driver: Driver) -> None:
    reply = answer(Ask(target=b"/status/204"), 204)(driver)
    same([], [*reply.values(b"transfer-encoding"), *reply.values(b"content-length")], "framing")
    same(b"", reply.raw.partition(b"\r\n\r\n")[2], "after the head:")


@TABLE.case("date", "Answers have a date.", section="", where="sockets", level="should")
def date(driver: Driver) -> None:
    expect(answer(Ask(target=b"/health"))(driver).values(b"date"), "a date", "none")


@TABLE.case("server", "Whether the server names itself.", section="", where="sockets", level="silent")
def server(driver: Driver) -> str:
    values = answer(Ask(target=b"/health"))(driver).values(b"server")
    return values[0].decode("latin-1") if values else "no"


@TABLE.case(
    "name-case",
    "The case of header names on the wire; nothing depends on it in HTTP/1.1.",
    section="",
    where="sockets",
    level="silent",
)
def name_case(driver: Driver) -> str:
    names = [name for name, _ in answer(Ask(target=b"/health"))(driver).headers]
    expect(names, "headers", "none")
    lower = sum(name == name.lower() for name in names)
    return "lower" if lower == len(names) else "as in Content-Type" if not lower else "mixed"


@TABLE.case("app-lower-case", "The framework sends header names in lower case.")
def app_lower(driver: Driver) -> None:
    answer(Ask(target=b"/cookie"))(driver)
    (start,) = driver.call().sent("http.response.start")
    names = [bytes(name) for name, _ in start.get("headers", ())]
    expect(all(name == name.lower() for name in names), "names in lower case", names)


@TABLE.case("app-bytes", "The framework sends header names and values as bytes.")
def app_bytes(driver: Driver) -> None:
    for target in (b"/cookie", b"/redirect", b"/file", b"/scope"):
        driver.begin(driver.patience)
        driver.ask(Ask(target=target))
        for start in driver.call().sent("http.response.start"):
            for name, value in start.get("headers", ()):
                expect(type(name) is bytes and type(value) is bytes, "bytes", (name, value))


@TABLE.case("no-line-ends", "No value has a line end in it.", section="", where="sockets")
def no_line_ends(driver: Driver) -> None:
    reply = answer(Ask(target=b"/cookie"))(driver)
    head = reply.raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    expect(all(b"\n" not in line and b"\r" not in line for line in head), "lines", head)
    expect(all(b":" in line for line in head[1:]), "header lines", head)


@TABLE.case(
    "app-framing",
    "Headers of framing that the framework sends for a stream; servers are to set them.",
    level="silent",
)
def app_framing(driver: Driver) -> str:
    answer(Ask(target=b"/streaming"))(driver)
    (start,) = driver.call().sent("http.response.start")
    names = {bytes(name).lower().decode("latin-1") for name, _ in start.get("headers", ())}
    return ", ".join(sorted(names & {"transfer-encoding", "connection", "content-length"})) or "none"
