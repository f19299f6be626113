"""Faults for the proof that every case bites: servers, apps and connections that are wrong in one place."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

import anyio

from tests.grid.faulty import Fault, answers, instead, nothing, replies
from tests.mutants.servers import compat, every
from tests.mutants.servers.parts import asgi, drop, event, put, reads, scope, sends, writes

START, BODY, REQUEST = "http.response.start", "http.response.body", "http.request"
WS, RECEIVE, SEND, ACCEPT = "websocket", "websocket.receive", "websocket.send", "websocket.accept"


def headers(change: Any, protocol: str = "http") -> Any:
    """A server that changes the request headers."""
    return scope(lambda given: given.update(headers=change(list(given["headers"]))), protocol)


def path(change: Any, protocol: str = "http") -> Any:
    """A server that changes the path."""
    return scope(lambda given: given.update(path=change(given["path"])), protocol)


def query(change: Any, protocol: str = "http") -> Any:
    """A server that changes the query."""
    return scope(lambda given: given.update(query_string=change(given["query_string"])), protocol)


def body(change: Any) -> Any:
    """Response bodies are changed, event by event."""
    return sends(BODY, lambda one: one.update(body=change(one.get("body", b""))))


def answer(change: Any) -> Any:
    """Response headers are changed."""
    return sends(START, lambda one: one.update(headers=change(list(one.get("headers", ())))))


def message(change: Any) -> Any:
    """Messages of the client are changed."""

    def one(got: dict[str, Any]) -> None:
        for key in ("text", "bytes"):
            if got.get(key) is not None:
                got[key] = change(got[key])

    return event(RECEIVE, one)


def said(change: Any) -> Any:
    """Messages of the app are changed."""

    def one(got: dict[str, Any]) -> None:
        for key in ("text", "bytes"):
            if got.get(key) is not None:
                got[key] = change(got[key])

    return sends(SEND, one)


def status(wanted: int, instead_of: int | None = None) -> Any:
    """Another status."""

    def change(one: dict[str, Any]) -> None:
        if instead_of in (None, one["status"]):
            one["status"] = wanted

    return sends(START, change)


def _renamed(old: bytes, new: bytes) -> Any:
    return lambda lines: [(new if name == old else name, value) for name, value in lines]


def _without(*names: bytes) -> Any:
    return lambda lines: [line for line in lines if line[0] not in names]


def _typed(kind: bytes) -> Any:
    return lambda lines: [(n, kind if n == b"content-type" else v) for n, v in lines]


def serial(app: Any) -> Any:
    """A server that calls the app for one request after the other."""
    lock: list[anyio.Lock] = []

    async def wrapped(given: Any, receive: Any, send: Any) -> None:
        if given["type"] != "http":
            await app(given, receive, send)
            return
        if not lock:
            lock.append(anyio.Lock())
        async with lock[0]:
            await app(given, receive, send)

    return wrapped


def buffered(app: Any) -> Any:
    """A framework that collects the parts of a stream into one."""

    async def wrapped(given: Any, receive: Any, send: Any) -> None:
        kept: list[bytes] = []

        async def other(one: Any) -> None:
            if one["type"] != BODY:
                await send(one)
                return
            kept.append(one.get("body", b""))
            if not one.get("more_body", False):
                await send({"type": BODY, "body": b"".join(kept)})

        await app(given, receive, other)

    return wrapped


def reversed_parts(app: Any) -> Any:
    """Parts of a stream in the wrong order: each waits for the next."""

    async def wrapped(given: Any, receive: Any, send: Any) -> None:
        kept: list[Any] = []

        async def other(one: Any) -> None:
            if one["type"] == BODY and one.get("more_body"):
                kept.append(one)
                if len(kept) == 2:
                    for late in (kept[1], kept[0]):
                        await send(late)
                    kept.clear()
                return
            for late in kept:
                await send(late)
            kept.clear()
            await send(one)

        await app(given, receive, other)

    return wrapped


def swallows(app: Any) -> Any:
    """A framework that answers as if all were well where the endpoint raises."""

    async def wrapped(given: Any, receive: Any, send: Any) -> None:
        sent: list[str] = []

        async def other(one: Any) -> None:
            sent.append(one["type"])
            await send(one)

        try:
            await app(given, receive, other)
        except Exception:
            if given["type"] == "http":
                if START not in sent:
                    await send({"type": START, "status": 200, "headers": []})
                await send({"type": BODY, "body": b""})
            elif given["type"] == WS:
                if ACCEPT not in sent:
                    await send({"type": ACCEPT})
                await send({"type": "websocket.close", "code": 1000})

    return wrapped


def goes_on(kind: str) -> Any:
    """An app whose calls of this type never end."""

    def layer(app: Any) -> Any:
        async def wrapped(given: Any, receive: Any, send: Any) -> None:
            await app(given, receive, send)
            if given["type"] == kind:
                await anyio.sleep_forever()

        return wrapped

    return layer


def deaf(app: Any) -> Any:
    """An app that goes on when the client has left: receive never tells it, and errors of send are passed over."""

    async def wrapped(given: Any, receive: Any, send: Any) -> None:
        async def other_receive() -> Any:
            got = await receive()
            if got["type"].endswith(".disconnect"):
                await anyio.sleep_forever()
            return got

        async def other(one: Any) -> None:
            try:
                await send(one)
            except OSError:
                await anyio.sleep(0.01)

        await app(given, other_receive, other)

    return wrapped


def cut_is_whole(app: Any) -> Any:
    """A server that takes an upload whose client has left for a whole one."""

    async def wrapped(given: Any, receive: Any, send: Any) -> None:
        more = [True]

        async def other() -> Any:
            got = await receive()
            if got["type"] == REQUEST:
                more[0] = got.get("more_body", False)
            elif got["type"] == "http.disconnect" and more[0]:
                more[0] = False
                return {"type": REQUEST, "body": b"", "more_body": False}
            return got

        await app(given, other, send)

    return wrapped


def twice(kind: str) -> Any:
    """receive gives this event twice."""

    def layer(app: Any) -> Any:
        async def wrapped(given: Any, receive: Any, send: Any) -> None:
            again: list[Any] = []

            async def other() -> Any:
                if again:
                    return again.pop()
                got = await receive()
                if got["type"] == kind:
                    again.append(dict(got))
                return got

            await app(given, other, send)

        return wrapped

    return layer


def late(kind: str, seconds: float = 0.0) -> Any:
    """receive never gives this event, but another."""
    return event(kind, lambda one: {"type": "http.disconnect"})


def called_twice(app: Any) -> Any:
    """A server that calls the app once more for each request, with nobody behind it."""

    async def silent(one: Any) -> None:
        return

    async def over() -> Any:
        return {"type": "http.disconnect"}

    async def wrapped(given: Any, receive: Any, send: Any) -> None:
        await app(given, receive, send)
        if given["type"] == "http":
            await app(dict(given), over, silent)

    return wrapped


def lifespan(change: Any) -> Any:
    """A server whose lifespan is another: `change(app, scope, receive, send)` is what is called."""

    def layer(app: Any) -> Any:
        async def wrapped(given: Any, receive: Any, send: Any) -> None:
            if given["type"] == "lifespan":
                await change(app, given, receive, send)
            else:
                await app(given, receive, send)

        return wrapped

    return layer


async def _no_lifespan(app: Any, given: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def _twice_lifespan(app: Any, given: Any, receive: Any, send: Any) -> None:
    async def startup() -> Any:
        return {"type": "lifespan.startup"}

    async def silent(one: Any) -> None:
        raise RuntimeError("enough")

    try:
        await app(dict(given), startup, silent)
    except RuntimeError:
        pass
    started = [0]

    async def again() -> Any:
        started[0] += 1
        return {"type": "lifespan.startup"} if started[0] == 1 else await receive()

    await app(given, again, send)


async def _early(app: Any, given: Any, receive: Any, send: Any) -> None:
    """Startup is called complete before the app has said so."""
    first: list[str] = []

    async def other_receive() -> Any:
        got = await receive()
        if got["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
            await anyio.sleep(0.3)
        return got

    async def other(one: Any) -> None:
        if one["type"] != "lifespan.startup.complete" or first:
            await send(one)
        first.append(one["type"])

    await app(given, other_receive, other)


async def _failing(app: Any, given: Any, receive: Any, send: Any) -> None:
    """A shutdown that fails."""

    async def other(one: Any) -> None:
        await send(
            {"type": "lifespan.shutdown.failed"} if one["type"].startswith("lifespan.shutdown") else one
        )

    await app(given, receive, other)


async def _shut_at_once(app: Any, given: Any, receive: Any, send: Any) -> None:
    """Shutdown right after startup, before the requests."""
    count = [0]

    async def other() -> Any:
        count[0] += 1
        return await receive() if count[0] == 1 else {"type": "lifespan.shutdown"}

    async def mine(one: Any) -> None:
        if one["type"] != "lifespan.shutdown.complete":
            await send(one)

    await app(given, other, mine)
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


def _limit(count: int) -> Any:
    return lambda part: part[:count]


OUTSIDE: list[Fault] = [
    *(Fault(one.name, outside=one.layer) for one in compat.FAULTS),
    Fault("type is https", outside=put("type", "https")),
    Fault("root_path is the path", outside=scope(lambda g: g.update(root_path="/x"))),
    Fault("spec_version 3.0", outside=asgi("spec_version", "3.0")),
    Fault("query_string missing", outside=drop("query_string")),
    Fault(
        "headers of str",
        outside=headers(lambda h: [(n.decode("latin-1"), v.decode("latin-1")) for n, v in h]),
    ),
    Fault("state a list", outside=put("state", [])),
    Fault("state empty", outside=put("state", {})),
    Fault("http_version always 1.1", outside=put("http_version", "1.1")),
    Fault("http_version a float", outside=put("http_version", 1.1)),
    Fault("raw_path a str", outside=scope(lambda g: g.update(raw_path=g["raw_path"].decode("latin-1")))),
    Fault("client next door", outside=put("client", ("127.0.0.1", 1))),
    Fault("server next door", outside=put("server", ("127.0.0.1", 1))),
    Fault("path with a slash more", outside=path(lambda p: p + "/")),
    Fault("double slashes made one", outside=path(lambda p: p.replace("//", "/"))),
    Fault("dot segments resolved", outside=path(lambda p: p.replace("/a/../", "/").replace("/./", "/"))),
    Fault("slash at the end taken away", outside=path(lambda p: p.rstrip("/") or "/")),
    Fault("path ends at a semicolon", outside=path(lambda p: p.partition(";")[0])),
    Fault("plus in a path is a space", outside=path(lambda p: p.replace("+", " "))),
    Fault("path decoded twice", outside=path(lambda p: unquote_to_bytes(p).decode("utf-8", "replace"))),
    Fault("path in latin-1", outside=path(lambda p: p.encode().decode("latin-1"))),
    Fault(
        "escaped slashes kept",
        outside=scope(lambda g: g.update(path=g["path"] if b"%2F" not in g["raw_path"] else "/a%2Fb")),
    ),
    Fault("escaped question marks kept", outside=path(lambda p: p.replace("?", "%3F"))),
    Fault(
        "lower hex kept",
        outside=scope(
            lambda g: g.update(path=g["raw_path"].decode() if b"%c3" in g["raw_path"] else g["path"])
        ),
    ),
    Fault("path cut at 1000", outside=path(_limit(1000))),
    Fault(
        "path with the query",
        outside=scope(
            lambda g: g.update(
                path=g["path"] + ("?" + g["query_string"].decode("latin-1") if g["query_string"] else "")
            )
        ),
    ),
    Fault(
        "path refused if no UTF-8", outside=scope(lambda g: g.update(path=g["path"].replace("\ufffd", "?")))
    ),
    Fault("query decoded", outside=query(unquote_to_bytes)),
    Fault("plus in a query is a space", outside=query(lambda q: q.replace(b"+", b"%20"))),
    Fault("query sorted", outside=query(lambda q: b"&".join(sorted(q.split(b"&"))))),
    Fault(
        "query without bare names", outside=query(lambda q: b"&".join(p for p in q.split(b"&") if b"=" in p))
    ),
    Fault(
        "empty parameters dropped",
        outside=query(lambda q: b"&".join(p for p in q.split(b"&") if p not in (b"a=", b"=b", b""))),
    ),
    Fault("second question mark ends the query", outside=query(lambda q: q.partition(b"?")[0])),
    Fault("query cut at 1000", outside=query(_limit(1000))),
    Fault("query None if empty", outside=query(lambda q: q or None)),
    Fault("empty headers dropped", outside=headers(lambda h: [line for line in h if line[1]])),
    Fault(
        "header values in UTF-8", outside=headers(lambda h: [(n, v.decode("latin-1").encode()) for n, v in h])
    ),
    Fault("commas split", outside=headers(lambda h: [(n, p.strip()) for n, v in h for p in v.split(b",")])),
    Fault(
        "space in values kept",
        outside=headers(lambda h: [(n, v + b" " if n == b"x-space" else v) for n, v in h]),
    ),
    Fault("header values cut at 1000", outside=headers(lambda h: [(n, v[:1000]) for n, v in h])),
    Fault("twenty headers at most", outside=headers(lambda h: h[:20])),
    Fault("underscores dropped", outside=headers(lambda h: [line for line in h if b"_" not in line[0]])),
    Fault("host dropped", outside=headers(_without(b"host"))),
    Fault(
        "cookies split",
        outside=headers(
            lambda h: [(n, p) for n, v in h for p in (v.split(b"; ") if n == b"cookie" else [v])]
        ),
    ),
    Fault("forwarded dropped", outside=headers(_without(b"x-forwarded-for"))),
    Fault("content-type dropped", outside=headers(_without(b"content-type"))),
    Fault("methods are GET", outside=put("method", "GET")),
    Fault("methods are POST", outside=put("method", "POST")),
    Fault(
        "first part of a body lost",
        outside=event(
            REQUEST, lambda one: one.update(body=b"" if one.get("more_body") else one.get("body", b""))
        ),
    ),
    Fault(
        "bodies cut at 1000", outside=event(REQUEST, lambda one: one.update(body=one.get("body", b"")[:1000]))
    ),
    Fault(
        "bodies stripped", outside=event(REQUEST, lambda one: one.update(body=one.get("body", b"").strip()))
    ),
    Fault(
        "bodies without NUL",
        outside=event(REQUEST, lambda one: one.update(body=one.get("body", b"").replace(b"\x00", b""))),
    ),
    Fault(
        "bodies in lower case",
        outside=event(REQUEST, lambda one: one.update(body=one.get("body", b"").lower())),
    ),
    Fault("bodies empty", outside=event(REQUEST, lambda one: one.update(body=b""))),
    Fault(
        "bodies decoded and encoded",
        outside=event(
            REQUEST, lambda one: one.update(body=one.get("body", b"").decode("utf-8", "replace").encode())
        ),
    ),
    Fault(
        "bodies of ASCII",
        outside=event(REQUEST, lambda one: one.update(body=bytes(b & 127 for b in one.get("body", b"")))),
    ),
    Fault(
        "more_body an int",
        outside=event(REQUEST, lambda one: one.update(more_body=int(one.get("more_body", False)))),
    ),
    Fault("bodies twice", outside=twice(REQUEST)),
    Fault("bodies as None", outside=event(REQUEST, lambda one: one.update(body=one.get("body") or None))),
    Fault("an upload that is cut is whole", outside=cut_is_whole),
    Fault("one request at a time", outside=serial),
    Fault("the app is called twice", outside=called_twice),
    Fault(
        "no body without a body",
        outside=event(REQUEST, lambda one: one if one.get("body") else {"type": "http.disconnect"}),
    ),
    Fault("WebSocket type http", outside=put("type", "websockets", WS)),
    Fault("WebSocket path in latin-1", outside=path(lambda p: p.encode().decode("latin-1"), WS)),
    Fault("WebSocket path with a slash", outside=path(lambda p: p + "/", WS)),
    Fault("WebSocket query decoded", outside=query(unquote_to_bytes, WS)),
    Fault("WebSocket version 2", outside=put("http_version", "2", WS)),
    Fault("WebSocket root_path", outside=put("root_path", "/x", WS)),
    Fault(
        "WebSocket raw_path with query",
        outside=scope(lambda g: g.update(raw_path=g["raw_path"] + b"?" + g["query_string"]), WS),
    ),
    Fault("WebSocket spec_version 9", outside=asgi("spec_version", "9.0", WS)),
    Fault("WebSocket headers merged", outside=headers(lambda h: list(dict(h).items()), WS)),
    Fault("WebSocket extensions a list", outside=put("extensions", ["x"], WS)),
    Fault(
        "WebSocket without headers",
        outside=scope(lambda g: {k: v for k, v in g.items() if k != "headers"}, WS),
    ),
    Fault("WebSocket client next door", outside=put("client", ("127.0.0.1", 1), WS)),
    Fault("WebSocket without state", outside=drop("state", WS)),
    Fault(
        "subprotocols reversed",
        outside=scope(lambda g: g.update(subprotocols=list(g["subprotocols"])[::-1]), WS),
    ),
    Fault("subprotocols invented", outside=put("subprotocols", ["own"], WS)),
    Fault("messages cut at 1000", outside=message(_limit(1000))),
    Fault("messages cut at 100", outside=message(_limit(100))),
    Fault("messages in upper case", outside=message(lambda m: m.upper())),
    Fault(
        "messages without NUL", outside=message(lambda m: m.replace("\x00", "") if isinstance(m, str) else m)
    ),
    Fault(
        "messages of ASCII",
        outside=message(lambda m: m.encode("ascii", "replace").decode() if isinstance(m, str) else m),
    ),
    Fault(
        "empty messages spelled out",
        outside=message(lambda m: m or ("empty" if isinstance(m, str) else b"empty")),
    ),
    Fault("messages of the app in upper case", outside=said(lambda m: m.upper())),
    Fault(
        "messages of the app as bytes",
        outside=sends(
            SEND,
            lambda one: {"type": SEND, "bytes": (one.get("text") or "").encode() or one.get("bytes") or b""},
        ),
    ),
    Fault(
        "messages of the app as text",
        outside=sends(
            SEND,
            lambda one: {
                "type": SEND,
                "text": one["text"] if one.get("text") is not None else one["bytes"].decode("latin-1"),
            },
        ),
    ),
    Fault(
        "bytes come as text",
        outside=event(
            RECEIVE,
            lambda one: {
                "type": RECEIVE,
                "text": one["text"] if one.get("text") is not None else one["bytes"].decode("latin-1"),
            },
        ),
    ),
    Fault("connect comes twice", outside=twice("websocket.connect")),
    Fault("messages come twice", outside=twice(RECEIVE)),
    Fault("disconnect is 1006", outside=event("websocket.disconnect", lambda one: one.update(code=1006))),
    Fault("disconnect is 1005", outside=event("websocket.disconnect", lambda one: one.update(code=1005))),
    Fault(
        "disconnect code a str",
        outside=event("websocket.disconnect", lambda one: one.update(code=str(one.get("code")))),
    ),
    Fault(
        "disconnect without its reason",
        outside=event("websocket.disconnect", lambda one: one.update(reason="other")),
    ),
    Fault("no lifespan", outside=lifespan(_no_lifespan)),
    Fault("lifespan twice", outside=lifespan(_twice_lifespan)),
    Fault("requests before startup is complete", outside=lifespan(_early)),
    Fault("shutdown at once", outside=lifespan(_shut_at_once)),
    Fault("lifespan spec_version 3", outside=asgi("spec_version", "3.0", "lifespan")),
    Fault("lifespan with a path", outside=scope(lambda g: g.update(path="/"), "lifespan")),
    Fault("lifespan state filled", outside=scope(lambda g: g["state"].update(x=1), "lifespan")),
]

INSIDE: list[Fault] = [
    Fault("app answers nothing", inside=instead("/*", nothing)),
    *(
        Fault(f"app hangs on {one}", inside=instead(one, nothing))
        for one in (
            "/",
            "/health",
            "/scope",
            "/info",
            "/json",
            "/form",
            "/streaming",
            "/sse",
            "/endless",
            "/ws/echo",
            "/ws/close",
            "/raise",
        )
    ),
    Fault("statuses are 200", inside=status(200)),
    Fault("statuses are 503", inside=status(503)),
    Fault("404 is 200", inside=status(200, 404)),
    Fault("400 is 200", inside=status(200, 400)),
    Fault("bodies of answers stripped", inside=body(lambda b: b.strip())),
    Fault("bodies of answers in upper case", inside=body(lambda b: b.upper())),
    Fault("bodies of answers cut", inside=body(_limit(900))),
    Fault("bodies of answers are empty", inside=body(lambda b: b"")),
    Fault("one byte more", inside=body(lambda b: b + b"!")),
    Fault("content-type text/html", inside=answer(_typed(b"text/html"))),
    Fault("content-type twice", inside=answer(lambda h: [*h, (b"content-type", b"text/css")])),
    Fault(
        "charset",
        inside=answer(lambda h: [(n, v + b"; charset=utf-8" if n == b"content-type" else v) for n, v in h]),
    ),
    Fault(
        "no headers but framing",
        inside=answer(lambda h: [line for line in h if line[0] == b"content-length"]),
    ),
    Fault("names of headers in upper case", inside=answer(lambda h: [(n.upper(), v) for n, v in h])),
    Fault("headers of str from the app", inside=answer(lambda h: [(n.decode(), v.decode()) for n, v in h])),
    Fault(
        "cookies merged",
        inside=answer(lambda h: [*_without(b"set-cookie")(h), (b"set-cookie", b"one=1, two=2")]),
    ),
    Fault("cookies reversed", inside=answer(lambda h: h[::-1])),
    Fault(
        "cookies with a path",
        inside=answer(lambda h: [(n, v + b"; Path=/" if n == b"set-cookie" else v) for n, v in h]),
    ),
    Fault(
        "location absolute",
        inside=answer(lambda h: [(n, b"http://a/health" if n == b"location" else v) for n, v in h]),
    ),
    Fault(
        "length one more",
        inside=answer(lambda h: [(n, b"%d" % (int(v) + 1) if n == b"content-length" else v) for n, v in h]),
    ),
    Fault("app sends transfer-encoding", inside=answer(lambda h: [*h, (b"transfer-encoding", b"chunked")])),
    Fault("parts in one", inside=buffered),
    Fault("parts in the wrong order", inside=reversed_parts),
    Fault("errors are swallowed", inside=swallows),
    Fault("calls of http go on", inside=goes_on("http")),
    Fault("calls of websocket go on", inside=goes_on(WS)),
    Fault("the lifespan's call goes on", inside=goes_on("lifespan")),
    Fault("deaf to the client's leaving", inside=deaf),
    Fault("shutdown fails", inside=lifespan(_failing)),
    Fault("app without lifespan", inside=lifespan(_no_lifespan)),
    Fault(
        "report with another type",
        inside=scope(
            lambda g: (
                g.update(type_="x") or {**g, "type": "http", "path": "/health"}
                if g["path"] == "/scope"
                else None
            )
        ),
    ),
    Fault("app sees no query", inside=put("query_string", b"")),
    Fault("app sees headers sorted", inside=headers(sorted)),
    Fault("app sees no state", inside=put("state", {})),
    Fault("app sees other methods", inside=put("method", "PUT")),
    Fault("app sees no WebSocket query", inside=put("query_string", b"", WS)),
    Fault("app sees no subprotocols", inside=put("subprotocols", [], WS)),
    Fault(
        "unknown paths are served",
        inside=instead("/no/*", answers(200, b"here", (b"content-type", b"text/plain"))),
    ),
    Fault("unknown paths are served too", inside=instead("/there/*", answers(200, b"here"))),
    Fault(
        "counters stand still",
        inside=instead(
            "/lifespan/counter", answers(200, b'{"counter": 7}', (b"content-type", b"application/json"))
        ),
    ),
    Fault(
        "the state is another",
        inside=instead(
            "/lifespan/state",
            answers(
                200,
                b'{"startup_called": false, "shutdown_called": true, "startup_time": 1, "custom_data": {}, "counter": -1, "background": 0}',
            ),
        ),
    ),
    Fault(
        "the state tells another start each time",
        inside=replies(
            lambda g, b: (
                [
                    {
                        **b[-1],
                        "body": b[-1]["body"].replace(
                            b'"startup_time": ', b'"startup_time": %d' % (id(b) % 9 + 1)
                        ),
                    }
                ]
                if g.get("path") == "/lifespan/state" and b[-1]["type"] == BODY
                else [b[-1]]
            )
        ),
    ),
    Fault(
        "the app accepts with a subprotocol", inside=sends(ACCEPT, lambda one: one.update(subprotocol="own"))
    ),
    Fault(
        "rejected by 1000 after accept",
        inside=replies(
            lambda g, b: (
                [{"type": ACCEPT}, b[-1]] if b[-1]["type"] == "websocket.close" and len(b) == 1 else [b[-1]]
            )
        ),
    ),
    Fault("close codes are 1011", inside=sends("websocket.close", lambda one: one.update(code=1011))),
    Fault("close codes are 4000", inside=sends("websocket.close", lambda one: one.update(code=4000))),
    Fault(
        "close reasons cut",
        inside=sends("websocket.close", lambda one: one.update(reason=one.get("reason", "")[:2])),
    ),
    Fault(
        "close reasons of ASCII",
        inside=sends(
            "websocket.close",
            lambda one: one.update(reason=one.get("reason", "").encode("ascii", "replace").decode()),
        ),
    ),
    Fault(
        "a message before the close",
        inside=replies(
            lambda g, b: (
                [{"type": SEND, "text": "bye"}, b[-1]]
                if b[-1]["type"] == "websocket.close" and len(b) > 1
                else [b[-1]]
            )
        ),
    ),
    Fault("denial of 403", inside=sends("websocket.http.response.start", lambda one: one.update(status=403))),
    Fault(
        "a second start",
        inside=replies(
            lambda g, b: [b[-1], b[-1]] if b[-1]["type"] == START and g["path"] == "/redirect" else [b[-1]]
        ),
    ),
    Fault("pings of the server", inside=said(lambda m: m[::-1])),
]

WIRE: list[Fault] = [
    Fault("no date", kind=writes(lambda data: _line_out(data, b"date"))),
    Fault(
        "answers named",
        kind=writes(
            lambda data: (
                data.replace(b"\r\n\r\n", b"\r\nserver: own\r\n\r\n", 1)
                if data.startswith(b"HTTP/")
                else data
            )
        ),
    ),
    Fault(
        "names as in Content-Type",
        kind=writes(
            lambda data: data.replace(b"\r\ncontent-", b"\r\nContent-").replace(b"\r\ndate", b"\r\nDate")
        ),
    ),
    Fault("reason phrases", kind=writes(lambda data: data.replace(b" 599 \r\n", b" 599 Odd\r\n"))),
    Fault(
        "both framings",
        kind=writes(
            lambda data: (
                data.replace(b"\r\n\r\n", b"\r\ntransfer-encoding: chunked\r\n\r\n", 1)
                if data.startswith(b"HTTP/") and b"content-length" in data
                else data
            )
        ),
    ),
    Fault(
        "framing of 204",
        kind=writes(
            lambda data: (
                data.replace(b"\r\n\r\n", b"\r\ncontent-length: 0\r\n\r\n", 1)
                if data.startswith(b"HTTP/1.1 204")
                else data
            )
        ),
    ),
    Fault(
        "a body after 204 and 304",
        kind=writes(
            lambda data: data + b"oops" if data.startswith((b"HTTP/1.1 204", b"HTTP/1.1 304")) else data
        ),
    ),
    Fault(
        "wrong proof",
        kind=writes(lambda data: data.replace(b"sec-websocket-accept: ", b"sec-websocket-accept: x")),
    ),
    Fault(
        "names of headers without colon",
        kind=writes(
            lambda data: (
                data.replace(b"\r\n\r\n", b"\r\nodd\r\n\r\n", 1) if data.startswith(b"HTTP/") else data
            )
        ),
    ),
    Fault("requests end at the first segment", kind=reads(lambda data: data if b"\r\n" in data else b"")),
    Fault("chunk extensions are data", kind=reads(lambda data: data.replace(b"3;a=b\r\nabc", b"3\r\nXXX"))),
    Fault("upper hex is another", kind=reads(lambda data: data.replace(b"A\r\n0123456789", b"5\r\n01234"))),
    Fault(
        "trailers are data",
        kind=reads(lambda data: data.replace(b"0\r\nX-T: 1\r\n\r\n", b"1\r\nT\r\n0\r\n\r\n")),
    ),
    Fault(
        "pongs with other data",
        kind=writes(lambda data: data.replace(b"\x8a\x0dare you there", b"\x8a\x0dare you here?")),
    ),
]


def _line_out(data: bytes, name: bytes) -> bytes:
    head, gap, rest = data.partition(b"\r\n\r\n")
    if not data.startswith(b"HTTP/"):
        return data
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(name + b":")]
    return b"\r\n".join(lines) + gap + rest


# Mutants of the reference server that are there already, by the rule that each breaks.
MUTANTS: list[Fault] = [
    Fault(f"mutant {number}: {one.rule}", kind=one.kind) for number, one in enumerate(every.FAULTS)
]

FAULTS: dict[str, Fault] = {one.name: one for one in (*OUTSIDE, *INSIDE, *WIRE)}
EVERY: dict[str, Fault] = {**FAULTS, **{one.name: one for one in MUTANTS}}
