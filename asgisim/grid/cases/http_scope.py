"""What the app is called with for a request: every key, its type, and whether it is the truth."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_from_bytes

from asgisim.grid.cases.table import Table, answer, expect, same, scope_of, whole
from asgisim.grid.driver import Driver
from asgisim.grid.exchange import Ask

TABLE = Table("http-scope", "www#http-connection-scope")
Scope = dict[str, Any]
SCOPE = Ask(target=b"/scope")
KEYS = ("type", "asgi", "http_version", "method", "path", "query_string", "headers")


def row(name: str, sentence: str, ask: Ask, check: Callable[[Scope], object], **how: Any) -> None:
    """A row whose check looks at the scope that the app was called with; it tells of what is wrong."""

    def do(driver: Driver) -> None:
        check(scope_of(ask)(driver))

    TABLE.add(name, sentence, do, **{"where": "sockets", **how})


def case(name: str, sentence: str, ask: Ask = SCOPE, **how: Any) -> Callable[[Callable[[Scope], None]], None]:
    """The same as a decorator."""
    return lambda check: row(name, sentence, ask, check, **how)


def is_(key: str, wanted: object, default: object = None) -> Callable[[Scope], None]:
    """The key has this value, of this very type."""
    return lambda scope: same(wanted, scope.get(key, default), key)


def has_header(name: bytes, value: bytes) -> Callable[[Scope], None]:
    """This header is among those of the scope."""

    def check(scope: Scope) -> None:
        got = [tuple(line) for line in scope.get("headers", ())]
        expect((name, value) in got, f"the header {name.decode()}: {value.decode()}", got)

    return check


def path(name: str, sentence: str, wire: bytes, decoded: str, raw: bool = True, **how: Any) -> None:
    """A row for a path: decoded in `path`, as it came in `raw_path`."""

    def check(scope: Scope) -> None:
        same(decoded, scope.get("path"), "the path")
        if raw and scope.get("raw_path") is not None:
            same(wire, scope["raw_path"], "raw_path")

    row(name, sentence, Ask(target=wire), check, **how)


def query(name: str, sentence: str, wire: bytes) -> None:
    """A row for a query string, which comes as it was sent."""
    row(name, sentence, Ask(target=b"/scope?" + wire), is_("query_string", wire))


def headers(name: str, sentence: str, *lines: tuple[bytes, bytes], wanted: Any = None, **how: Any) -> None:
    """A row for request headers: those whose names begin with x- arrive so, in this order."""
    want = [(key.lower(), value) for key, value in lines] if wanted is None else list(wanted)

    def check(scope: Scope) -> None:
        names = {key for key, _ in want}
        got = [(key, value) for key, value in scope.get("headers", ()) if key.lower() in names]
        same(want, got, "the headers")

    row(name, sentence, Ask(target=b"/scope", headers=lines), check, **how)


# --- keys and types -----------------------------------------------------------------------------------


row("type", "type is http.", SCOPE, is_("type", "http"))
row("method", "method is GET.", SCOPE, is_("method", "GET"))
row("http-version-1.1", "http_version is what was spoken: 1.1.", SCOPE, is_("http_version", "1.1"))
row(
    "http-version-1.0",
    "http_version is what was spoken: 1.0.",
    Ask(target=b"/scope", version=b"1.0"),
    is_("http_version", "1.0"),
)
row("scheme", "scheme is http over plain text.", SCOPE, is_("scheme", "http", "http"))
row("root-path", "root_path is a str, empty unless the server was told one.", SCOPE, is_("root_path", "", ""))


@case("asgi-version", "asgi is a dict with version 3.0.")
def asgi_version(scope: Scope) -> None:
    same("3.0", (scope.get("asgi") or {}).get("version"), "asgi.version")


@case("spec-version", "asgi.spec_version is one of 2.0 to 2.5, a str.")
def spec_version(scope: Scope) -> None:
    got = (scope.get("asgi") or {}).get("spec_version", "2.0")
    expect(got in ("2.0", "2.1", "2.2", "2.3", "2.4", "2.5"), "a spec_version of 2.0 to 2.5 as a str", got)


@case("keys", "The seven keys that no server may leave out are there.")
def keys(scope: Scope) -> None:
    expect(set(KEYS) <= set(scope), f"the keys {', '.join(KEYS)}", sorted(scope))


@case("extensions-dict", "extensions, if there, is a dict of dicts.", section="extensions")
def extensions(scope: Scope) -> None:
    got = scope.get("extensions", {})
    expect(_extensions(got), "a dict of str to dict", got)


@case("state", "state, if there, is a dict.", section="lifespan#lifespan-state")
def state(scope: Scope) -> None:
    expect(type(scope.get("state", {})) is dict, "a dict as state", scope.get("state"))


@case("header-types", "headers is an iterable of pairs of bytes.")
def header_types(scope: Scope) -> None:
    expect(_pairs(scope.get("headers")), "pairs of bytes", scope.get("headers"))


@case("strings-are-str", "type, http_version, method, scheme, path and root_path are str.")
def strings(scope: Scope) -> None:
    for key in ("type", "http_version", "method", "scheme", "path", "root_path"):
        expect(type(scope.get(key, "")) is str, f"{key} as a str", scope.get(key))


@case("bytes-are-bytes", "query_string and raw_path are bytes.")
def bytes_(scope: Scope) -> None:
    expect(type(scope.get("query_string")) is bytes, "query_string as bytes", scope.get("query_string"))
    expect(type(scope.get("raw_path") or b"") is bytes, "raw_path as bytes", scope.get("raw_path"))


def _extensions(value: Any) -> bool:
    if value is None:
        return True
    return type(value) is dict and all(type(a) is str and type(b) is dict for a, b in value.items())


def _pairs(value: Any) -> bool:
    try:
        return all(len(line) == 2 and type(line[0]) is bytes and type(line[1]) is bytes for line in value)
    except TypeError:
        return False


# --- addresses ----------------------------------------------------------------------------------------


def _address(key: str, side: str) -> Callable[[Driver], None]:
    def do(driver: Driver) -> None:
        reply = driver.ask(SCOPE)
        got = driver.call(ended=False).scope.get(key)
        if got is None:
            return
        true = getattr(reply, side)
        expect(len(got) == 2 and type(got[0]) is str, f"{key} as an address and a port", got)
        expect(type(got[1]) is int, f"the port of {key} as an int", got)
        expect(tuple(got) == tuple(true), f"{key} {true}, as the socket has it", got)

    return do


TABLE.add(
    "client",
    "client, if there, is the address and port of our socket.",
    _address("client", "local"),
    where="sockets",
)
TABLE.add(
    "server",
    "server, if there, is the address and port that we connected to.",
    _address("server", "peer"),
    where="sockets",
)


# --- path ---------------------------------------------------------------------------------------------

path("path-plain", "A plain path arrives as it is.", b"/scope", "/scope")
path("path-decoded", "Percent-escapes are decoded in path, and kept in raw_path.", b"/a%20b%7e", "/a b~")
path(
    "path-utf-8",
    "Escapes that are UTF-8 are decoded to text.",
    b"/caf%C3%A9/%F0%9F%98%80",
    "/caf\u00e9/\U0001f600",
)
path("path-escaped-slash", "%2F is decoded as well; raw_path tells it from a slash.", b"/a%2Fb", "/a/b")
path("path-escaped-percent", "%25 is decoded once.", b"/a%2525b", "/a%25b")
path("path-escaped-question-mark", "%3F does not begin a query.", b"/a%3Fb", "/a?b")
path("path-double-slash", "A double slash is kept.", b"/a//b", "/a//b", level="implied")
path("path-dot-segments", "Dot segments are not resolved.", b"/a/../b/./c", "/a/../b/./c", level="implied")
path("path-trailing-slash", "A slash at the end is kept.", b"/a/", "/a/")
path("path-semicolon", "; and = are kept.", b"/a;b=c", "/a;b=c")
path("path-plus", "+ is no space in a path.", b"/a+b", "/a+b")
path("path-lower-hex", "Escapes in lower case are decoded.", b"/%c3%a9", "/\u00e9")
path("path-long", "A path of 4000 characters arrives whole.", b"/" + b"a" * 4000, "/" + "a" * 4000)
path(
    "path-not-query",
    "The path ends at the question mark, and raw_path too.",
    b"/scope?x=1",
    "/scope",
    raw=False,
)
row(
    "raw-path-no-query",
    "raw_path has no query.",
    Ask(target=b"/scope?x=1"),
    lambda scope: expect(
        scope.get("raw_path") in (None, b"/scope"), "raw_path b'/scope'", scope.get("raw_path")
    ),
)


@TABLE.case(
    "path-not-utf-8",
    "Escapes that are no UTF-8: the text does not say what path is then.",
    level="silent",
    where="sockets",
)
def not_utf8(driver: Driver) -> str:
    reply = driver.ask(Ask(target=b"/%ff"))
    calls = driver.calls(0, ended=False)
    expect(reply.status, "an answer", f"none ({reply.broken})")
    return repr(calls[0].scope.get("path")) if calls else f"refused {reply.status}"


# --- query --------------------------------------------------------------------------------------------

query("query", "query_string comes as it was sent, without the question mark.", b"foo=bar&x=y")
query("query-escapes-kept", "Escapes in the query are kept.", b"a=%20b%2F&c=%C3%A9")
query("query-plus-kept", "+ in the query is kept.", b"a=b+c")
query("query-repeated", "Repeated names keep their order.", b"a=2&b=0&a=1")
query("query-bare", "A query without = is kept.", b"just-this")
query("query-empty-values", "Empty names and values are kept.", b"a=&=b&&c")
query("query-second-question-mark", "Only the first question mark is taken away.", b"a=?b?")
query("query-long", "A query of 4000 bytes arrives whole.", b"q=" + b"x" * 4000)
row("query-none", "Without a query, query_string is b''.", SCOPE, is_("query_string", b""))
row("query-empty", "A question mark alone gives b''.", Ask(target=b"/scope?"), is_("query_string", b""))

# --- headers ------------------------------------------------------------------------------------------

headers("headers-lower-case", "Header names are lower-cased; values are not.", (b"X-Mixed-Case", b"VaLue"))
headers(
    "headers-repeated",
    "Repeated headers come one by one, in order.",
    (b"X-A", b"1"),
    (b"X-A", b"2"),
    (b"X-A", b"3"),
)


@TABLE.case(
    "headers-order",
    "Values of one name keep their order between others; the order of names is open.",
    where="sockets",
)
def order(driver: Driver) -> str:
    sent = ((b"X-A", b"1"), (b"X-B", b"2"), (b"X-A", b"3"))
    driver.ask(Ask(target=b"/scope", headers=sent))
    lines = [(key.lower(), value) for key, value in driver.call(ended=False).scope.get("headers", ())]
    got = [line for line in lines if line[0] in (b"x-a", b"x-b")]
    same([b"1", b"3"], [value for key, value in got if key == b"x-a"], "the values of x-a")
    return "as sent" if got == [(key.lower(), value) for key, value in sent] else "grouped by name"


headers("headers-empty-value", "A header without a value has b''.", (b"X-Empty", b""))
headers("headers-latin-1", "Values of other bytes than ASCII come as they are.", (b"X-Latin", b"caf\xe9"))
headers("headers-utf-8", "Values in UTF-8 come as they are.", (b"X-Utf", "caf\u00e9".encode()))
headers("headers-inner-space", "Spaces and commas in a value are kept.", (b"X-Comma", b"a, b  ,c"))
headers(
    "headers-trimmed",
    "Space around a value is no part of it.",
    (b"X-Space", b"  a \t"),
    wanted=[(b"x-space", b"a")],
)
headers("headers-long-value", "A value of 4000 bytes arrives whole.", (b"X-Long", b"v" * 4000))
headers("headers-many", "Fifty headers arrive.", *((b"X-H%d" % n, b"%d" % n) for n in range(50)))


@TABLE.case(
    "headers-underscore",
    "A name with an underscore is legal; servers may drop it, for CGI's sake.",
    level="silent",
    where="sockets",
)
def underscore(driver: Driver) -> str:
    driver.ask(Ask(target=b"/scope", headers=((b"X_Under", b"1"),)))
    names = [name for name, _ in driver.call(ended=False).scope.get("headers", ())]
    return "kept" if b"x_under" in names else "dropped"


row("headers-host", "host is among the headers.", SCOPE, has_header(b"host", b"testbed"))
row(
    "headers-cookie",
    "A cookie header comes whole.",
    Ask(target=b"/scope", headers=((b"Cookie", b"a=1; b=2"),)),
    has_header(b"cookie", b"a=1; b=2"),
)
row(
    "headers-forwarded",
    "Headers of proxies are among the headers, whatever else is made of them.",
    Ask(target=b"/scope", headers=((b"X-Forwarded-For", b"192.0.2.7"),)),
    has_header(b"x-forwarded-for", b"192.0.2.7"),
)


# --- what the framework makes of it -------------------------------------------------------------------


def _reported(driver: Driver, ask: Ask) -> tuple[Scope, Scope]:
    reply = whole(driver.ask(ask), 200)
    expect(
        b"application/json" in b"".join(reply.values(b"content-type")), "application/json", str(reply.headers)
    )
    told: Any = None
    with contextlib.suppress(ValueError):
        told = json.loads(reply.body)
    expect(isinstance(told, dict), "a JSON object", repr(reply.body[:100]))
    return driver.call(ended=False).scope, told


@TABLE.case("report", "/scope answers with the scope as JSON.")
def report(driver: Driver) -> None:
    _, told = _reported(driver, SCOPE)
    same("http", told.get("type"), "the type that the app reports")


@TABLE.case("report-path", "The framework leaves path, method, query and raw_path as they came.")
def report_path(driver: Driver) -> None:
    given, told = _reported(driver, Ask(target=b"/scope?a=%20b&a=2"))
    for key in ("path", "method"):
        same(given[key], told.get(key), f"{key} as the app reports it,")
    same(
        {"hex": given["query_string"].hex()}, told.get("query_string"), "query_string as the app reports it,"
    )


@TABLE.case("report-headers", "The framework leaves the headers as they came: order, repeats, bytes.")
def report_headers(driver: Driver) -> None:
    lines = ((b"X-B", b"1"), (b"X-A", b"caf\xe9"), (b"X-B", b""))
    given, told = _reported(driver, Ask(target=b"/scope", headers=lines))
    want = [[{"hex": bytes(line[0]).hex()}, {"hex": bytes(line[1]).hex()}] for line in given["headers"]]
    got = told.get("headers")
    got = got.get("tuple") if isinstance(got, dict) else got
    flat = [line.get("tuple") if isinstance(line, dict) else line for line in got or ()]
    same(want, flat, "the headers as the app reports them,")


@TABLE.case("info", "The framework's own url, query, cookies and host agree with the request.")
def info(driver: Driver) -> None:
    ask = Ask(target=b"/info?q=1&q=2", headers=((b"Cookie", b"k=v"), (b"Content-Type", b"text/x-a")))
    told = json.loads(answer(ask)(driver).body)
    for key, want in (
        ("path", "/info"),
        ("query", {"q": ["1", "2"]}),
        ("cookies", {"k": "v"}),
        ("method", "GET"),
    ):
        same(want, told.get(key), f"{key} as the framework has it,")


@TABLE.case(
    "query-not-utf-8",
    "A query that is no UTF-8 when decoded: what the framework makes of it.",
    level="silent",
)
def query_not_utf8(driver: Driver) -> str:
    reply = driver.ask(Ask(target=b"/info?q=%ff"))
    expect(reply.status, "an answer", f"none ({reply.broken})")
    if reply.status != 200:
        return f"status {reply.status}"
    return f"q={json.loads(reply.body).get('query', {}).get('q')!r}"


@TABLE.case("unrouted", "A path that no route has is answered 404.", level="implied", section="")
def unrouted(driver: Driver) -> None:
    whole(driver.ask(Ask(target=b"/there/is/" + quote_from_bytes(b"no such").encode())), 404)
