"""The contract in Litestar."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio
from litestar import Litestar, MediaType, Request, Response, WebSocket, get, post
from litestar.background_tasks import BackgroundTask
from litestar.datastructures import Cookie, State
from litestar.enums import RequestEncodingType
from litestar.exceptions import (
    ClientException,
    NotAuthorizedException,
    NotFoundException,
    SerializationException,
    WebSocketDisconnect,
)
from litestar.handlers import websocket
from litestar.params import Body, FromPath, FromQuery
from litestar.response import File, Redirect, Stream

from asgisim.frameworks import asked, contract
from asgisim.frameworks.raw import dumps, raw, report_scope
from asgisim.frameworks.record import Record

record = Record()
Ask = Request[Any, Any, State]
Socket = WebSocket[Any, Any, State]


async def startup(app: Litestar) -> None:
    record.startup()


async def shutdown(app: Litestar) -> None:
    record.shutdown()


@get("/", media_type=MediaType.TEXT)
async def root() -> str:
    return contract.GREETING.decode()


@get("/health", media_type=MediaType.TEXT)
async def health() -> str:
    return "OK"


@get("/scope")
async def scope(request: Ask) -> Response[bytes]:
    return Response(dumps(report_scope(dict(request.scope))).encode(), media_type=MediaType.JSON)


@post("/echo", status_code=200)
async def echo(request: Ask) -> Response[bytes]:
    kind = request.headers.get("content-type", "application/octet-stream")
    return Response(await request.body(), media_type=kind)


@get("/headers")
async def headers(request: Ask) -> dict[str, str]:
    return dict(request.headers)


@get("/status/{code:str}")
async def status(code: FromPath[str]) -> Response[str]:
    wanted = asked.status(code)
    if wanted is None:
        raise NotFoundException
    if wanted in contract.NO_BODY:
        return Response("", status_code=wanted, media_type=MediaType.TEXT)
    return Response(f"Status: {wanted}", status_code=wanted, media_type=MediaType.TEXT)


async def parts(bodies: tuple[bytes, ...], pause: float = 0) -> AsyncIterator[bytes]:
    for body in bodies:
        yield body
        await anyio.sleep(pause)


@get("/streaming")
async def streaming() -> Stream:
    return Stream(parts(contract.LINES, contract.PAUSE), media_type=MediaType.TEXT)


@get("/sse")
async def sse() -> Stream:
    return Stream(parts(contract.SSE_EVENTS, contract.PAUSE), media_type="text/event-stream")


@get("/large", media_type=MediaType.TEXT)
async def large(size: FromQuery[str | None] = None) -> str:
    return "x" * asked.size(size)


@get("/delay", media_type=MediaType.TEXT)
async def delay(seconds: FromQuery[str | None] = None) -> str:
    wait = asked.seconds(seconds)
    await anyio.sleep(wait)
    return f"waited {wait} s"


@post("/upload", status_code=200)
async def upload(request: Ask) -> dict[str, Any]:
    count, digest = 0, hashlib.sha256()
    async for part in request.stream():
        count += len(part)
        digest.update(part)
    return {"count": count, "sha256": digest.hexdigest()}


@post("/noread", status_code=200, media_type=MediaType.TEXT)
async def noread() -> str:
    return "not read"


@get("/redirect", status_code=302)
async def redirect() -> Redirect:
    return Redirect("/health", status_code=302)


@get("/cookie")
async def cookie() -> Response[str]:
    return Response(
        "cookies",
        media_type=MediaType.TEXT,
        cookies=[Cookie(key="one", value="1"), Cookie(key="two", value="2")],
    )


@get("/sync", media_type=MediaType.TEXT, sync_to_thread=True)
def sync() -> str:
    return "sync"


@get("/raise")
async def fail() -> None:
    raise contract.Refused("before the response")


@get("/raise-mid-stream")
async def raise_mid_stream() -> Stream:
    async def one_then_error() -> AsyncIterator[bytes]:
        yield b"one"
        raise contract.Refused("in mid-stream")

    return Stream(one_then_error(), media_type=MediaType.TEXT)


async def work() -> None:
    record.done_in_background()


@get("/background")
async def background() -> Response[str]:
    return Response("later", media_type=MediaType.TEXT, background=BackgroundTask(work))


@get("/stream-empty")
async def stream_empty() -> Stream:
    return Stream(parts(()), media_type=MediaType.TEXT)


@get("/stream-with-empty")
async def stream_with_empty() -> Stream:
    return Stream(parts(contract.WITH_EMPTY), media_type=MediaType.TEXT)


@get("/endless")
async def endless() -> Stream:
    async def lines() -> AsyncIterator[bytes]:
        while True:
            yield b"line\n"
            await anyio.sleep(contract.PAUSE)

    return Stream(lines(), media_type=MediaType.TEXT)


@get("/file")
async def file() -> File:
    return File(contract.FILE_PATH)


@post("/json", status_code=200)
async def parse_json(request: Ask) -> dict[str, Any]:
    try:
        return {"received": await request.json()}
    except (SerializationException, ValueError, RecursionError):
        raise ClientException("not JSON") from None


@post("/form", status_code=200)
async def form(
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> dict[str, str]:
    return data


@get("/info")
async def info(request: Ask) -> dict[str, Any]:
    return {
        "method": request.method,
        "url": str(request.url),
        "base_url": str(request.base_url),
        "path": request.url.path,
        "query": request.query_params.dict(),
        "client": request.client.host if request.client else None,
        "cookies": request.cookies,
        "host": request.headers.get("host"),
        "hostname": request.url.hostname,
        "content_type": list(request.content_type),
        "accept": str(request.accept),
    }


@get("/lifespan/state")
async def lifespan_state() -> dict[str, Any]:
    return record.to_json()


@get("/lifespan/counter")
async def lifespan_counter() -> dict[str, int]:
    return {"counter": record.count()}


@get("/scope-state")
async def scope_state(request: Ask) -> Any:
    return raw(request.scope.get("state"))


async def messages(socket: Socket) -> AsyncIterator[str | bytes]:
    """Both kinds, which no helper of Litestar gives in one loop."""
    while True:
        event: dict[str, Any] = dict(await socket.receive())
        if event["type"] == "websocket.disconnect":
            return
        text = event.get("text")
        yield event["bytes"] if text is None else text


@websocket("/ws/echo")
async def ws_echo(socket: Socket) -> None:
    await socket.accept()
    async for message in messages(socket):
        if isinstance(message, str):
            await socket.send_text(message)
        else:
            await socket.send_bytes(message)


@websocket("/ws/echo-binary")
async def ws_echo_binary(socket: Socket) -> None:
    await socket.accept()
    async for message in messages(socket):
        await socket.send_bytes(message.encode() if isinstance(message, str) else message)


@websocket("/ws/scope")
async def ws_scope(socket: Socket) -> None:
    await socket.accept()
    await socket.send_text(dumps(report_scope(dict(socket.scope))))
    await socket.close()


@websocket("/ws/subprotocol")
async def ws_subprotocol(socket: Socket) -> None:
    requested = list(socket.scope.get("subprotocols", ()))
    selected = requested[0] if requested else None
    await socket.accept(subprotocols=selected)
    await socket.send_json({"requested": requested, "selected": selected})
    await socket.close()


@websocket("/ws/close")
async def ws_close(socket: Socket) -> None:
    await socket.accept()
    query = socket.query_params
    await socket.close(asked.close_code(query.get("code")), asked.close_reason(query.get("reason")))


@websocket("/ws/reject")
async def ws_reject(socket: Socket) -> None:
    await socket.close(contract.POLICY)


@websocket("/ws/denial")
async def ws_denial(socket: Socket) -> None:
    raise NotAuthorizedException(contract.DENIED.decode())


@websocket("/ws/raise-before-accept")
async def ws_raise_before_accept(socket: Socket) -> None:
    raise contract.Refused("before accept")


@websocket("/ws/raise-after-accept")
async def ws_raise_after_accept(socket: Socket) -> None:
    await socket.accept()
    raise contract.Refused("after accept")


@websocket("/ws/return")
async def ws_return(socket: Socket) -> None:
    return


@websocket("/ws/endless")
async def ws_endless(socket: Socket) -> None:
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


@websocket("/ws/json")
async def ws_json(socket: Socket) -> None:
    await socket.accept()
    try:
        while True:
            await socket.send_json(await socket.receive_json())
    except WebSocketDisconnect:
        return
    except (SerializationException, ValueError, RecursionError):
        await socket.close(contract.NOT_JSON)


HTTP = [root, health, scope, echo, headers, status, streaming, sse, large, delay, upload, noread, redirect]
HTTP += [cookie, sync, fail, raise_mid_stream, background, stream_empty, stream_with_empty, endless, file]
HTTP += [parse_json, form, info, lifespan_state, lifespan_counter, scope_state]
WEBSOCKET = [ws_echo, ws_echo_binary, ws_scope, ws_subprotocol, ws_close, ws_reject, ws_denial]
WEBSOCKET += [ws_raise_before_accept, ws_raise_after_accept, ws_return, ws_endless, ws_json]

app = Litestar([*HTTP, *WEBSOCKET], on_startup=[startup], on_shutdown=[shutdown])
