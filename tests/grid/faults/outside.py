"""Servers that look wrong from inside."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from tests.grid.faults.layers import (
    RECEIVE,
    REQUEST,
    SEND,
    WS,
    _early,
    _limit,
    _no_lifespan,
    _shut_at_once,
    _twice_lifespan,
    _without,
    called_twice,
    cut_is_whole,
    denied,
    headers,
    lifespan,
    message,
    path,
    query,
    raises_own,
    said,
    serial,
    twice,
)
from tests.grid.faulty import Fault, instead
from tests.mutants.servers import compat
from tests.mutants.servers.parts import asgi, drop, event, put, scope, sends

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
    Fault("send raises what is no OSError", outside=raises_own),
    Fault("denial is not listed", outside=put("extensions", {}, WS), inside=instead("/ws/denial", denied)),
]
