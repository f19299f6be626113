"""The contract in FastAPI."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from fastapi import BackgroundTasks, FastAPI, HTTPException, Query, Request, Response, WebSocket
from fastapi import WebSocketDisconnect as Disconnect
from fastapi.responses import FileResponse, PlainTextResponse, RedirectResponse, StreamingResponse

from asgisim.frameworks import asked, contract
from asgisim.frameworks.raw import dumps, raw, report_scope
from asgisim.frameworks.record import STATE, Record

record = Record()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    record.startup()
    yield dict(STATE)
    record.shutdown()


app = FastAPI(title="asgisim test bed", lifespan=lifespan)


@app.get("/", response_class=PlainTextResponse)
async def root() -> str:
    return contract.GREETING.decode()


@app.get("/health", response_class=PlainTextResponse)
async def health() -> str:
    return "OK"


@app.get("/scope")
async def scope(request: Request) -> Response:
    return Response(dumps(report_scope(request.scope)), media_type="application/json")


@app.post("/echo")
async def echo(request: Request) -> Response:
    kind = request.headers.get("content-type", "application/octet-stream")
    return Response(await request.body(), media_type=kind)


@app.get("/headers")
async def headers(request: Request) -> dict[str, str]:
    return dict(request.headers)


@app.get("/status/{code}")
async def status(code: str) -> Response:
    wanted = asked.status(code)
    if wanted is None:
        raise HTTPException(404)
    if wanted in contract.NO_BODY:
        return Response(status_code=wanted)
    return PlainTextResponse(f"Status: {wanted}", status_code=wanted)


async def parts(bodies: tuple[bytes, ...], pause: float = 0) -> AsyncIterator[bytes]:
    for body in bodies:
        yield body
        await anyio.sleep(pause)


@app.get("/streaming")
async def streaming() -> StreamingResponse:
    return StreamingResponse(parts(contract.LINES, contract.PAUSE), media_type="text/plain")


@app.get("/sse")
async def sse() -> StreamingResponse:
    return StreamingResponse(parts(contract.SSE_EVENTS, contract.PAUSE), media_type="text/event-stream")


@app.get("/large", response_class=PlainTextResponse)
async def large(size: str | None = None) -> str:
    return "x" * asked.size(size)


@app.get("/delay", response_class=PlainTextResponse)
async def delay(seconds: str | None = None) -> str:
    wait = asked.seconds(seconds)
    await anyio.sleep(wait)
    return f"waited {wait} s"


@app.post("/upload")
async def upload(request: Request) -> dict[str, Any]:
    count, digest = 0, hashlib.sha256()
    async for part in request.stream():
        count += len(part)
        digest.update(part)
    return {"count": count, "sha256": digest.hexdigest()}


@app.post("/noread", response_class=PlainTextResponse)
async def noread() -> str:
    return "not read"


@app.get("/redirect")
async def redirect() -> RedirectResponse:
    return RedirectResponse("/health", status_code=302)


@app.get("/cookie")
async def cookie(response: Response) -> dict[str, bool]:
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return {"cookies": True}


@app.get("/sync", response_class=PlainTextResponse)
def sync() -> str:
    return "sync"


@app.get("/raise")
async def fail() -> None:
    raise contract.Refused("before the response")


@app.get("/raise-mid-stream")
async def raise_mid_stream() -> StreamingResponse:
    async def one_then_error() -> AsyncIterator[bytes]:
        yield b"one"
        raise contract.Refused("in mid-stream")

    return StreamingResponse(one_then_error(), media_type="text/plain")


@app.get("/background", response_class=PlainTextResponse)
async def background(tasks: BackgroundTasks) -> str:
    tasks.add_task(record.done_in_background)
    return "later"


@app.get("/stream-empty")
async def stream_empty() -> StreamingResponse:
    return StreamingResponse(parts(()), media_type="text/plain")


@app.get("/stream-with-empty")
async def stream_with_empty() -> StreamingResponse:
    return StreamingResponse(parts(contract.WITH_EMPTY), media_type="text/plain")


@app.get("/endless")
async def endless() -> StreamingResponse:
    async def lines() -> AsyncIterator[bytes]:
        while True:
            yield b"line\n"
            await anyio.sleep(contract.PAUSE)

    return StreamingResponse(lines(), media_type="text/plain")


@app.get("/file")
async def file() -> FileResponse:
    return FileResponse(contract.FILE_PATH)


@app.post("/json")
async def parse_json(request: Request) -> dict[str, Any]:
    try:
        return {"received": asked.strict_json(await request.json())}
    except (ValueError, RecursionError):
        raise HTTPException(400, "not JSON") from None


@app.post("/form")
async def form(request: Request) -> dict[str, str]:
    async with request.form() as fields:
        return {name: value for name, value in fields.items() if isinstance(value, str)}


@app.get("/info")
async def info(request: Request, q: list[str] = Query(default=[])) -> dict[str, Any]:  # noqa: B008
    query = request.query_params
    return {
        "method": request.method,
        "url": str(request.url),
        "base_url": str(request.base_url),
        "path": request.url.path,
        "query": {name: query.getlist(name) for name in query},
        "q": q,
        "client": request.client.host if request.client else None,
        "cookies": request.cookies,
        "host": request.headers.get("host"),
        "hostname": request.url.hostname,
        "content_type": request.headers.get("content-type"),
    }


@app.get("/lifespan/state")
async def lifespan_state() -> dict[str, Any]:
    return record.to_json()


@app.get("/lifespan/counter")
async def lifespan_counter() -> dict[str, int]:
    return {"counter": record.count()}


@app.get("/scope-state")
async def scope_state(request: Request) -> Any:
    return raw(request.scope.get("state"))


async def messages(socket: WebSocket) -> AsyncIterator[str | bytes]:
    """Both kinds, which no helper of FastAPI gives in one loop."""
    while True:
        event = await socket.receive()
        if event["type"] == "websocket.disconnect":
            return
        text = event.get("text")
        yield event["bytes"] if text is None else text


@app.websocket("/ws/echo")
async def ws_echo(socket: WebSocket) -> None:
    await socket.accept()
    async for message in messages(socket):
        if isinstance(message, str):
            await socket.send_text(message)
        else:
            await socket.send_bytes(message)


@app.websocket("/ws/echo-binary")
async def ws_echo_binary(socket: WebSocket) -> None:
    await socket.accept()
    async for message in messages(socket):
        await socket.send_bytes(message.encode() if isinstance(message, str) else message)


@app.websocket("/ws/scope")
async def ws_scope(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(dumps(report_scope(socket.scope)))
    await socket.close()


@app.websocket("/ws/subprotocol")
async def ws_subprotocol(socket: WebSocket) -> None:
    requested = list(socket.scope.get("subprotocols", ()))
    selected = requested[0] if requested else None
    await socket.accept(selected)
    await socket.send_json({"requested": requested, "selected": selected})
    await socket.close()


@app.websocket("/ws/close")
async def ws_close(socket: WebSocket, code: str | None = None, reason: str | None = None) -> None:
    await socket.accept()
    await socket.close(asked.close_code(code), asked.close_reason(reason))


@app.websocket("/ws/reject")
async def ws_reject(socket: WebSocket) -> None:
    await socket.close(contract.POLICY)


@app.websocket("/ws/denial")
async def ws_denial(socket: WebSocket) -> None:
    if "websocket.http.response" in socket.scope.get("extensions", {}):
        await socket.send_denial_response(PlainTextResponse(contract.DENIED, status_code=401))
    else:
        await socket.close(contract.POLICY)


@app.websocket("/ws/raise-before-accept")
async def ws_raise_before_accept(socket: WebSocket) -> None:
    raise contract.Refused("before accept")


@app.websocket("/ws/raise-after-accept")
async def ws_raise_after_accept(socket: WebSocket) -> None:
    await socket.accept()
    raise contract.Refused("after accept")


@app.websocket("/ws/return")
async def ws_return(socket: WebSocket) -> None:
    return


@app.websocket("/ws/endless")
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


@app.websocket("/ws/json")
async def ws_json(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            await socket.send_json(asked.strict_json(await socket.receive_json()))
    except Disconnect:
        return
    except (ValueError, KeyError, TypeError, RecursionError):  # not JSON, or not text, which it alone reads
        await socket.close(contract.NOT_JSON)
