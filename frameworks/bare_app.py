"""The contract in plain ASGI, without a framework: the app that every other one is compared with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from asgisim.frameworks import asked, contract
from asgisim.frameworks.raw import dumps, raw, report_scope
from asgisim.frameworks.record import STATE, Record
from asgisim.frameworks.waiting import either, in_thread, sleep

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

record = Record()


class ClientLeft(Exception):
    """The client went away while its body was being read."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The application. Raises ValueError for a scope type that it does not know, as the text asks."""
    kind = scope["type"]
    if kind == "http":
        try:
            await HTTP.get(_route(path_of(scope)), not_found)(scope, receive, send)
        except ClientLeft:
            return
    elif kind == "websocket":
        await WEBSOCKET.get(path_of(scope), ws_not_found)(scope, receive, send)
    elif kind == "lifespan":
        await lifespan(scope, receive, send)
    else:
        raise ValueError(f"expected http, websocket or lifespan, but got {kind!r}")


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            record.startup()
            if "state" in scope:
                scope["state"].update(STATE)
            await send({"type": "lifespan.startup.complete"})
        elif event["type"] == "lifespan.shutdown":
            record.shutdown()
            await send({"type": "lifespan.shutdown.complete"})
            return


# What a framework would bring.


def path_of(scope: Scope) -> str:
    """The path below the prefix that the app is mounted at; some servers leave the prefix out of path."""
    path, root = str(scope["path"]), scope.get("root_path", "").rstrip("/")
    return path.removeprefix(root) if path == root or path.startswith(f"{root}/") else path


def _route(path: str) -> str:
    return "/status/{code}" if path.startswith("/status/") else path


def query_of(scope: Scope) -> dict[str, list[str]]:
    text = (scope.get("query_string") or b"").decode("latin-1")  # a WebSocket scope may have None
    return parse_qs(text, keep_blank_values=True, errors="replace")


def parameter(scope: Scope, name: str) -> str | None:
    return query_of(scope).get(name, [None])[0]


def header(scope: Scope, name: bytes) -> str | None:
    for key, value in scope["headers"]:
        if key.lower() == name:
            return bytes(value).decode("latin-1")
    return None


def cookies_of(scope: Scope) -> dict[str, str]:
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(header(scope, b"cookie") or "")
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


async def body_parts(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise ClientLeft
        yield event.get("body", b"")
        if not event.get("more_body", False):
            return


async def read(receive: Receive) -> bytes:
    return b"".join([part async for part in body_parts(receive)])


async def respond(
    send: Send, body: bytes = b"", kind: bytes = b"text/plain", status: int = 200, more: Headers | None = None
) -> None:
    headers = list(more or ())
    if status not in contract.NO_BODY:
        headers += [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def respond_json(send: Send, data: Any, status: int = 200) -> None:
    await respond(send, dumps(data).encode(), b"application/json", status)


async def begin(send: Send, kind: bytes = b"text/plain") -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})


async def part(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def stream(send: Send, parts: tuple[bytes, ...], pause: float, kind: bytes = b"text/plain") -> None:
    await begin(send, kind)
    for body in parts:
        await part(send, body)
        await sleep(pause)
    await send({"type": "http.response.body"})


async def gone(receive: Receive) -> None:
    """Return when the client has left, whatever it still sends before."""
    while True:
        event = await receive()
        if event["type"] in ("http.disconnect", "websocket.disconnect"):
            return


# The endpoints.


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, b"not found", status=404)


async def root(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, contract.GREETING)


async def health(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, b"OK")


async def scope_report(scope: Scope, receive: Receive, send: Send) -> None:
    await respond_json(send, report_scope(scope))


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    kind = (header(scope, b"content-type") or "application/octet-stream").encode("latin-1")
    await respond(send, await read(receive), kind)


async def headers(scope: Scope, receive: Receive, send: Send) -> None:
    pairs = [(bytes(name), bytes(value)) for name, value in scope["headers"]]
    await respond_json(
        send, {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in pairs}
    )


async def status(scope: Scope, receive: Receive, send: Send) -> None:
    code = asked.status(path_of(scope).removeprefix("/status/"))
    if code is None:
        await not_found(scope, receive, send)
    elif code in contract.NO_BODY:
        await respond(send, status=code)
    else:
        await respond(send, f"Status: {code}".encode(), status=code)


async def streaming(scope: Scope, receive: Receive, send: Send) -> None:
    await stream(send, contract.LINES, contract.PAUSE)


async def sse(scope: Scope, receive: Receive, send: Send) -> None:
    await stream(send, contract.SSE_EVENTS, contract.PAUSE, b"text/event-stream")


async def large(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, b"x" * asked.size(parameter(scope, "size")))


async def delay(scope: Scope, receive: Receive, send: Send) -> None:
    seconds = asked.seconds(parameter(scope, "seconds"))
    await sleep(seconds)
    await respond(send, f"waited {seconds} s".encode())


async def upload(scope: Scope, receive: Receive, send: Send) -> None:
    count, digest = 0, hashlib.sha256()
    async for body in body_parts(receive):
        count += len(body)
        digest.update(body)
    await respond_json(send, {"count": count, "sha256": digest.hexdigest()})


async def noread(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, b"not read")


async def redirect(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, status=302, more=[(b"location", b"/health")])


async def cookie(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, b"cookies", more=[(b"set-cookie", b"one=1"), (b"set-cookie", b"two=2")])


async def sync(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, await in_thread(lambda: b"sync"))


async def fail(scope: Scope, receive: Receive, send: Send) -> None:
    raise contract.Refused("before the response")


async def raise_mid_stream(scope: Scope, receive: Receive, send: Send) -> None:
    await begin(send)
    await part(send, b"one")
    raise contract.Refused("in mid-stream")


async def background(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, b"later")
    await sleep(0)
    record.done_in_background()


async def stream_empty(scope: Scope, receive: Receive, send: Send) -> None:
    await stream(send, (), 0)


async def stream_with_empty(scope: Scope, receive: Receive, send: Send) -> None:
    await stream(send, contract.WITH_EMPTY, 0)


async def endless(scope: Scope, receive: Receive, send: Send) -> None:
    async def lines() -> None:
        await begin(send)
        while True:
            await part(send, b"line\n")
            await sleep(contract.PAUSE)

    await either(lambda: gone(receive), lines)


async def file(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, await in_thread(contract.FILE_PATH.read_bytes))


async def parse_json(scope: Scope, receive: Receive, send: Send) -> None:
    try:
        data = json.loads(await read(receive))
    except (ValueError, RecursionError):
        await respond(send, b"not JSON", status=400)
    else:
        await respond_json(send, {"received": data})


async def form(scope: Scope, receive: Receive, send: Send) -> None:
    text = (await read(receive)).decode("utf-8", "replace")
    await respond_json(send, dict(parse_qsl(text, keep_blank_values=True, errors="replace")))


async def info(scope: Scope, receive: Receive, send: Send) -> None:
    client = scope.get("client")
    await respond_json(
        send,
        {
            "method": scope["method"],
            "scheme": scope.get("scheme", "http"),
            "path": scope["path"],
            "query": query_of(scope),
            "client": client[0] if client else None,
            "cookies": cookies_of(scope),
            "host": header(scope, b"host"),
            "content_type": header(scope, b"content-type"),
        },
    )


async def lifespan_state(scope: Scope, receive: Receive, send: Send) -> None:
    await respond_json(send, record.to_json())


async def lifespan_counter(scope: Scope, receive: Receive, send: Send) -> None:
    await respond_json(send, {"counter": record.count()})


async def scope_state(scope: Scope, receive: Receive, send: Send) -> None:
    await respond_json(send, raw(scope.get("state")))


async def accept(receive: Receive, send: Send, subprotocol: str | None = None) -> None:
    await receive()  # websocket.connect
    event: dict[str, Any] = {"type": "websocket.accept"}
    await send(event if subprotocol is None else {**event, "subprotocol": subprotocol})


async def messages(receive: Receive) -> AsyncIterator[str | bytes]:
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        text = event.get("text")
        yield event["bytes"] if text is None else text


async def say(send: Send, message: str | bytes) -> None:
    key = "text" if isinstance(message, str) else "bytes"
    await send({"type": "websocket.send", key: message})


async def close(send: Send, code: int = 1000, reason: str = "") -> None:
    await send({"type": "websocket.close", "code": code, "reason": reason})


async def ws_not_found(scope: Scope, receive: Receive, send: Send) -> None:
    await ws_reject(scope, receive, send)


async def ws_echo(scope: Scope, receive: Receive, send: Send) -> None:
    await accept(receive, send)
    async for message in messages(receive):
        await say(send, message)


async def ws_echo_binary(scope: Scope, receive: Receive, send: Send) -> None:
    await accept(receive, send)
    async for message in messages(receive):
        await say(send, message.encode() if isinstance(message, str) else message)


async def ws_scope(scope: Scope, receive: Receive, send: Send) -> None:
    await accept(receive, send)
    await say(send, dumps(report_scope(scope)))
    await close(send)


async def ws_subprotocol(scope: Scope, receive: Receive, send: Send) -> None:
    requested = list(scope.get("subprotocols", ()))
    selected = requested[0] if requested else None
    await accept(receive, send, selected)
    await say(send, dumps({"requested": requested, "selected": selected}))
    await close(send)


async def ws_close(scope: Scope, receive: Receive, send: Send) -> None:
    await accept(receive, send)
    code, reason = parameter(scope, "code"), parameter(scope, "reason")
    await close(send, asked.close_code(code), asked.close_reason(reason))


async def ws_reject(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await close(send, contract.POLICY)


async def ws_denial(scope: Scope, receive: Receive, send: Send) -> None:
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await ws_reject(scope, receive, send)
        return
    await receive()
    await send(
        {
            "type": "websocket.http.response.start",
            "status": 401,
            "headers": [(b"content-type", b"text/plain")],
        }
    )
    await send({"type": "websocket.http.response.body", "body": contract.DENIED})


async def ws_raise_before_accept(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    raise contract.Refused("before accept")


async def ws_raise_after_accept(scope: Scope, receive: Receive, send: Send) -> None:
    await accept(receive, send)
    raise contract.Refused("after accept")


async def ws_return(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()


async def ws_endless(scope: Scope, receive: Receive, send: Send) -> None:
    await accept(receive, send)

    async def texts() -> None:
        while True:
            await say(send, "line")
            await sleep(contract.PAUSE)

    await either(lambda: gone(receive), texts)


async def ws_json(scope: Scope, receive: Receive, send: Send) -> None:
    await accept(receive, send)
    async for message in messages(receive):
        try:
            data = json.loads(message)
        except (ValueError, RecursionError):
            await close(send, contract.NOT_JSON)
            return
        await say(send, dumps(data))


HTTP = {
    "/": root,
    "/health": health,
    "/scope": scope_report,
    "/echo": echo,
    "/headers": headers,
    "/status/{code}": status,
    "/streaming": streaming,
    "/sse": sse,
    "/large": large,
    "/delay": delay,
    "/upload": upload,
    "/noread": noread,
    "/redirect": redirect,
    "/cookie": cookie,
    "/sync": sync,
    "/raise": fail,
    "/raise-mid-stream": raise_mid_stream,
    "/background": background,
    "/stream-empty": stream_empty,
    "/stream-with-empty": stream_with_empty,
    "/endless": endless,
    "/file": file,
    "/json": parse_json,
    "/form": form,
    "/info": info,
    "/lifespan/state": lifespan_state,
    "/lifespan/counter": lifespan_counter,
    "/scope-state": scope_state,
}

WEBSOCKET = {
    "/ws/echo": ws_echo,
    "/ws/echo-binary": ws_echo_binary,
    "/ws/scope": ws_scope,
    "/ws/subprotocol": ws_subprotocol,
    "/ws/close": ws_close,
    "/ws/reject": ws_reject,
    "/ws/denial": ws_denial,
    "/ws/raise-before-accept": ws_raise_before_accept,
    "/ws/raise-after-accept": ws_raise_after_accept,
    "/ws/return": ws_return,
    "/ws/endless": ws_endless,
    "/ws/json": ws_json,
}
