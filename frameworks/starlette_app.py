"""The contract in Starlette."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from asgisim.frameworks import asked, contract
from asgisim.frameworks.raw import dumps, raw, report_scope
from asgisim.frameworks.record import STATE, Record

record = Record()


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
    record.startup()
    yield dict(STATE)
    record.shutdown()


async def root(request: Request) -> Response:
    return PlainTextResponse(contract.GREETING)


async def health(request: Request) -> Response:
    return PlainTextResponse("OK")


async def scope(request: Request) -> Response:
    return Response(dumps(report_scope(request.scope)), media_type="application/json")


async def echo(request: Request) -> Response:
    kind = request.headers.get("content-type", "application/octet-stream")
    return Response(await request.body(), media_type=kind)


async def headers(request: Request) -> Response:
    return JSONResponse(dict(request.headers))


async def status(request: Request) -> Response:
    code = asked.status(request.path_params["code"])
    if code is None:
        raise HTTPException(404)
    if code in contract.NO_BODY:
        return Response(status_code=code)
    return PlainTextResponse(f"Status: {code}", status_code=code)


async def parts(bodies: tuple[bytes, ...], pause: float = 0) -> AsyncIterator[bytes]:
    for body in bodies:
        yield body
        await anyio.sleep(pause)


async def streaming(request: Request) -> Response:
    return StreamingResponse(parts(contract.LINES, contract.PAUSE), media_type="text/plain")


async def sse(request: Request) -> Response:
    return StreamingResponse(parts(contract.SSE_EVENTS, contract.PAUSE), media_type="text/event-stream")


async def large(request: Request) -> Response:
    return PlainTextResponse(b"x" * asked.size(request.query_params.get("size")))


async def delay(request: Request) -> Response:
    seconds = asked.seconds(request.query_params.get("seconds"))
    await anyio.sleep(seconds)
    return PlainTextResponse(f"waited {seconds} s")


async def upload(request: Request) -> Response:
    count, digest = 0, hashlib.sha256()
    async for part in request.stream():
        count += len(part)
        digest.update(part)
    return JSONResponse({"count": count, "sha256": digest.hexdigest()})


async def noread(request: Request) -> Response:
    return PlainTextResponse("not read")


async def redirect(request: Request) -> Response:
    return RedirectResponse("/health", status_code=302)


async def cookie(request: Request) -> Response:
    response = PlainTextResponse("cookies")
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


def sync(request: Request) -> Response:
    return PlainTextResponse("sync")


async def fail(request: Request) -> Response:
    raise contract.Refused("before the response")


async def raise_mid_stream(request: Request) -> Response:
    async def one_then_error() -> AsyncIterator[bytes]:
        yield b"one"
        raise contract.Refused("in mid-stream")

    return StreamingResponse(one_then_error(), media_type="text/plain")


async def background(request: Request) -> Response:
    return PlainTextResponse("later", background=BackgroundTask(record.done_in_background))


async def stream_empty(request: Request) -> Response:
    return StreamingResponse(parts(()), media_type="text/plain")


async def stream_with_empty(request: Request) -> Response:
    return StreamingResponse(parts(contract.WITH_EMPTY), media_type="text/plain")


async def endless(request: Request) -> Response:
    async def lines() -> AsyncIterator[bytes]:
        while True:
            yield b"line\n"
            await anyio.sleep(contract.PAUSE)

    return StreamingResponse(lines(), media_type="text/plain")


async def file(request: Request) -> Response:
    return FileResponse(contract.FILE_PATH)


async def parse_json(request: Request) -> Response:
    try:
        data = asked.strict_json(await request.json())
    except (ValueError, RecursionError):
        raise HTTPException(400, "not JSON") from None
    return JSONResponse({"received": data})


async def form(request: Request) -> Response:
    async with request.form() as fields:
        return JSONResponse({name: value for name, value in fields.items() if isinstance(value, str)})


async def info(request: Request) -> Response:
    query = request.query_params
    return JSONResponse(
        {
            "method": request.method,
            "url": str(request.url),
            "base_url": str(request.base_url),
            "path": request.url.path,
            "query": {name: query.getlist(name) for name in query},
            "client": request.client.host if request.client else None,
            "cookies": request.cookies,
            "host": request.headers.get("host"),
            "hostname": request.url.hostname,
            "content_type": request.headers.get("content-type"),
        }
    )


async def lifespan_state(request: Request) -> Response:
    return JSONResponse(record.to_json())


async def lifespan_counter(request: Request) -> Response:
    return JSONResponse({"counter": record.count()})


async def scope_state(request: Request) -> Response:
    return JSONResponse(raw(request.scope.get("state")))


async def messages(socket: WebSocket) -> AsyncIterator[str | bytes]:
    """Both kinds, which no helper of Starlette gives in one loop."""
    while True:
        event = await socket.receive()
        if event["type"] == "websocket.disconnect":
            return
        text = event.get("text")
        yield event["bytes"] if text is None else text


async def ws_echo(socket: WebSocket) -> None:
    await socket.accept()
    async for message in messages(socket):
        if isinstance(message, str):
            await socket.send_text(message)
        else:
            await socket.send_bytes(message)


async def ws_echo_binary(socket: WebSocket) -> None:
    await socket.accept()
    async for message in messages(socket):
        await socket.send_bytes(message.encode() if isinstance(message, str) else message)


async def ws_scope(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(dumps(report_scope(socket.scope)))
    await socket.close()


async def ws_subprotocol(socket: WebSocket) -> None:
    requested = list(socket.scope.get("subprotocols", ()))
    selected = requested[0] if requested else None
    await socket.accept(selected)
    await socket.send_json({"requested": requested, "selected": selected})
    await socket.close()


async def ws_close(socket: WebSocket) -> None:
    await socket.accept()
    query = socket.query_params
    await socket.close(asked.close_code(query.get("code")), asked.close_reason(query.get("reason")))


async def ws_reject(socket: WebSocket) -> None:
    await socket.close(contract.POLICY)


async def ws_denial(socket: WebSocket) -> None:
    raise HTTPException(401, contract.DENIED.decode())


async def ws_raise_before_accept(socket: WebSocket) -> None:
    raise contract.Refused("before accept")


async def ws_raise_after_accept(socket: WebSocket) -> None:
    await socket.accept()
    raise contract.Refused("after accept")


async def ws_return(socket: WebSocket) -> None:
    return


async def ws_endless(socket: WebSocket) -> None:
    async def texts() -> None:
        with contextlib.suppress(Exception):  # the client has left: the other side tells
            while True:
                await socket.send_text("line")
                await anyio.sleep(contract.PAUSE)

    await socket.accept()
    async with anyio.create_task_group() as group:
        group.start_soon(texts)
        async for _ in messages(socket):
            pass
        group.cancel_scope.cancel()


async def ws_json(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            await socket.send_json(asked.strict_json(await socket.receive_json()))
    except WebSocketDisconnect:
        return
    except (ValueError, KeyError, TypeError, RecursionError):  # not JSON, or not text, which it alone reads
        await socket.close(contract.NOT_JSON)


app = Starlette(
    lifespan=lifespan,
    routes=[
        Route("/", root),
        Route("/health", health),
        Route("/scope", scope),
        Route("/echo", echo, methods=["POST"]),
        Route("/headers", headers),
        Route("/status/{code}", status),
        Route("/streaming", streaming),
        Route("/sse", sse),
        Route("/large", large),
        Route("/delay", delay),
        Route("/upload", upload, methods=["POST"]),
        Route("/noread", noread, methods=["POST"]),
        Route("/redirect", redirect),
        Route("/cookie", cookie),
        Route("/sync", sync),
        Route("/raise", fail),
        Route("/raise-mid-stream", raise_mid_stream),
        Route("/background", background),
        Route("/stream-empty", stream_empty),
        Route("/stream-with-empty", stream_with_empty),
        Route("/endless", endless),
        Route("/file", file),
        Route("/json", parse_json, methods=["POST"]),
        Route("/form", form, methods=["POST"]),
        Route("/info", info),
        Route("/lifespan/state", lifespan_state),
        Route("/lifespan/counter", lifespan_counter),
        Route("/scope-state", scope_state),
        WebSocketRoute("/ws/echo", ws_echo),
        WebSocketRoute("/ws/echo-binary", ws_echo_binary),
        WebSocketRoute("/ws/scope", ws_scope),
        WebSocketRoute("/ws/subprotocol", ws_subprotocol),
        WebSocketRoute("/ws/close", ws_close),
        WebSocketRoute("/ws/reject", ws_reject),
        WebSocketRoute("/ws/denial", ws_denial),
        WebSocketRoute("/ws/raise-before-accept", ws_raise_before_accept),
        WebSocketRoute("/ws/raise-after-accept", ws_raise_after_accept),
        WebSocketRoute("/ws/return", ws_return),
        WebSocketRoute("/ws/endless", ws_endless),
        WebSocketRoute("/ws/json", ws_json),
    ],
)
