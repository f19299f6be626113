"""Apps that are wrong."""

from __future__ import annotations

from tests.grid.faults.layers import (
    ACCEPT,
    BODY,
    SEND,
    START,
    WS,
    _failing,
    _limit,
    _no_lifespan,
    _typed,
    _without,
    answer,
    body,
    buffered,
    deaf,
    floods,
    goes_on,
    headers,
    lifespan,
    reversed_parts,
    said,
    silent,
    status,
    swallows,
)
from tests.grid.faulty import Fault, answers, instead, nothing, replies
from tests.mutants.servers.parts import put, scope, sends

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
    Fault("bodies of str", inside=body(lambda b: b.decode("latin-1"))),
    Fault("app returns without an answer", inside=instead("/", silent)),
    Fault(
        "startup is complete twice",
        inside=replies(
            lambda g, b: [b[-1], b[-1]] if b[-1]["type"] == "lifespan.startup.complete" else [b[-1]]
        ),
    ),
    Fault(
        "events have a type that is none",
        inside=replies(lambda g, b: [{"type": 3}, b[-1]] if g.get("path") == "/" else [b[-1]]),
    ),
    Fault("receive is called without end", inside=instead("/", floods)),
    Fault(
        "a WebSocket event in a request",
        inside=replies(
            lambda g, b: [{"type": SEND, "text": "x"}, b[-1]] if g.get("path") == "/" else [b[-1]]
        ),
    ),
]
