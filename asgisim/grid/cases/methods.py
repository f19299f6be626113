"""Methods and statuses: what is asked arrives, what is answered goes out."""

from __future__ import annotations

from collections.abc import Callable

from asgisim.grid.cases.table import Table, answer, expect, same, whole
from asgisim.grid.driver import Driver
from asgisim.grid.exchange import Ask

TABLE = Table("methods", "www#response-start-send-event")
SCOPE = "www#http-connection-scope"
NO_BODY = (204, 205, 304)


# --- methods ------------------------------------------------------------------------------------------


def arrives(method: str) -> Callable[[Driver], str]:
    """The method is in the scope as it was sent; what the framework answers is told."""

    def do(driver: Driver) -> str:
        reply = driver.ask(Ask(method, b"/scope", body=(b"x",) if method in ("PUT", "PATCH") else None))
        same(method, driver.call(ended=False).scope.get("method"), "method")
        expect(reply.status, "an answer", f"none ({reply.broken})")
        return f"{reply.status}"

    return do


for one in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "PROPFIND", "QUERY"):
    TABLE.add(
        f"method-{one.lower()}",
        f"{one} arrives as it was sent.",
        arrives(one),
        section=SCOPE,
        where="sockets",
    )


@TABLE.case(
    "method-case",
    "A method in other case than upper: ASGI has it upper-cased; servers may refuse it.",
    section=SCOPE,
    where="sockets",
    odd=True,
)
def method_case(driver: Driver) -> str:
    reply = driver.ask(Ask("gEt", b"/scope"))
    calls = driver.calls(0, ended=False)
    if not calls:
        expect(400 <= reply.status < 600, "a refusal", f"{reply.status} {reply.broken}")
        return f"refused {reply.status}"
    got = calls[0].scope.get("method")
    same("GET", got, "method")
    return "upper-cased"


def wrong(target: bytes, method: str) -> Callable[[Driver], str]:
    """A method that the route does not have."""

    def do(driver: Driver) -> str:
        reply = whole(driver.ask(Ask(method, target)))
        return f"{reply.status}{', allow' if reply.values(b'allow') else ''}"

    return do


TABLE.add(
    "not-allowed-get", "GET where there is POST alone.", wrong(b"/json", "GET"), level="silent", section=""
)
TABLE.add(
    "not-allowed-delete",
    "DELETE where there is GET alone.",
    wrong(b"/health", "DELETE"),
    level="silent",
    section="",
)


@TABLE.case(
    "options",
    "OPTIONS of a route that has none of its own: what frameworks answer.",
    level="silent",
    section="",
)
def options(driver: Driver) -> str:
    reply = whole(driver.ask(Ask("OPTIONS", b"/health")))
    return f"{reply.status}{', allow' if reply.values(b'allow') else ''}"


@TABLE.case("head", "HEAD of a route for GET: what frameworks answer.", level="silent", section="")
def head(driver: Driver) -> str:
    return str(whole(driver.ask(Ask("HEAD", b"/health"))).status)


@TABLE.case(
    "head-no-body", "No body goes out in answer to HEAD, whatever the app sends.", section="", where="sockets"
)
def head_no_body(driver: Driver) -> None:
    client_sees = driver.raw(b"HEAD /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", b"HEAD")
    expect(client_sees.status, "an answer", f"none ({client_sees.broken})")
    rest = client_sees.raw.partition(b"\r\n\r\n")[2]
    same(b"", rest, "after the head:")


@TABLE.case("head-stream", "No body goes out in answer to HEAD of a stream.", section="", where="sockets")
def head_stream(driver: Driver) -> None:
    first, second = driver.asks(Ask("HEAD", b"/stream-with-empty"), Ask(target=b"/health"))
    expect(first.status, "an answer", f"none ({first.broken})")
    if second.status:
        same(b"OK", whole(second, 200).body, "the next answer")
    else:
        expect(not second.raw, "nothing after the head", second.raw[:80])


@TABLE.case(
    "head-length",
    "content-length of HEAD, if there, is that of GET.",
    section="",
    where="sockets",
    level="should",
)
def head_length(driver: Driver) -> None:
    reply = driver.ask(Ask("HEAD", b"/health"))
    length = reply.values(b"content-length")
    if reply.status == 200 and length:
        same([b"2"], length, "content-length")


# --- statuses -----------------------------------------------------------------------------------------


def status(code: int) -> Callable[[Driver], None]:
    """This status with its text, or without a body where the status has none."""

    def do(driver: Driver) -> None:
        reply = answer(Ask(target=b"/status/%d" % code), code)(driver)
        body = b"" if code in NO_BODY else b"Status: %d" % code
        same(body, reply.body, "the body")
        sent = [one.get("status") for one in driver.call().sent("http.response.start")]
        same([code], sent, "the status that the app sends,")

    return do


for code in (
    200, 201, 202, 203, 204, 205, 206, 226, 300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 409, 410,
    418, 422, 429, 451, 499, 500, 501, 502, 503, 504, 511, 599,
):  # fmt: skip
    TABLE.add(f"status-{code}", f"The status {code} is answered as the app sends it.", status(code))


@TABLE.case(
    "status-out-of-range",
    "An app asked for the status 999 answers 404 instead; nothing breaks.",
    level="implied",
)
def out_of_range(driver: Driver) -> None:
    whole(driver.ask(Ask(target=b"/status/999")), 404)


def nothing(code: int) -> Callable[[Driver], None]:
    """No byte of a body follows the head, and the connection stays in step."""

    def do(driver: Driver) -> None:
        first, second = driver.asks(Ask(target=b"/status/%d" % code), Ask(target=b"/health"))
        same(code, first.status, "the status")
        same(b"OK", whole(second, 200).body, "the next answer")

    return do


for code in (204, 304):
    TABLE.add(
        f"in-step-after-{code}",
        f"After {code} the connection is in step.",
        nothing(code),
        section="",
        where="sockets",
    )


@TABLE.case(
    "reason",
    "The reason phrase: the text has none, servers write what they have.",
    level="silent",
    where="sockets",
)
def reason(driver: Driver) -> str:
    reply = answer(Ask(target=b"/status/599"), 599)(driver)
    return repr(reply.reason.decode("latin-1"))
