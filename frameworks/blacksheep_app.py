"""The contract in BlackSheep."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from blacksheep import Application, Content, Cookie, Request, Response, StreamedContent, WebSocket
from blacksheep.exceptions import BadRequest, NotFound
from blacksheep.server.responses import file as file_response
from blacksheep.server.responses import json, redirect, text
from blacksheep.server.websocket import WebSocketDisconnectError

from asgisim.frameworks import asked, contract
from asgisim.frameworks.raw import dumps, raw, report_scope
from asgisim.frameworks.record import Record

record = Record()
app = Application()
router = app.router


@app.on_start
async def startup(application: Application) -> None:
    record.startup()


@app.on_stop
async def shutdown(application: Application) -> None:
    record.shutdown()


def first(request: Request | WebSocket, name: str) -> str | None:
    values = request.query.get(name)
    return values[0] if values else None


def parts(bodies: tuple[bytes, ...], pause: float = 0) -> Callable[[], AsyncIterator[bytes]]:
    async def provide() -> AsyncIterator[bytes]:
        for body in bodies:
            yield body
            await asyncio.sleep(pause)

    return provide


def stream(provider: Callable[[], AsyncIterator[bytes]], kind: bytes = b"text/plain") -> Response:
    return Response(200, content=StreamedContent(kind, provider))


@router.get("/")
async def root() -> Response:
    return text(contract.GREETING.decode())


@router.get("/health")
async def health() -> Response:
    return text("OK")


@router.get("/scope")
async def scope(request: Request) -> Response:
    return Response(200, content=Content(b"application/json", dumps(report_scope(request.scope)).encode()))


@router.post("/echo")
async def echo(request: Request) -> Response:
    kind = request.content_type() or b"application/octet-stream"
    return Response(200, content=Content(kind, await request.read() or b""))


@router.get("/headers")
async def headers(request: Request) -> Response:
    return json({name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers})


@router.get("/status/{code}")
async def status(code: str) -> Response:
    wanted = asked.status(code)
    if wanted is None:
        raise NotFound
    return Response(wanted) if wanted in contract.NO_BODY else text(f"Status: {wanted}", wanted)


@router.get("/streaming")
async def streaming() -> Response:
    return stream(parts(contract.LINES, contract.PAUSE))


@router.get("/sse")
async def sse() -> Response:
    return stream(parts(contract.SSE_EVENTS, contract.PAUSE), b"text/event-stream")


@router.get("/large")
async def large(request: Request) -> Response:
    return text("x" * asked.size(first(request, "size")))


@router.get("/delay")
async def delay(request: Request) -> Response:
    seconds = asked.seconds(first(request, "seconds"))
    await asyncio.sleep(seconds)
    return text(f"waited {seconds} s")


@router.post("/upload")
async def upload(request: Request) -> Response:
    count, digest = 0, hashlib.sha256()
    body: Any = request.stream()
    async for part in body:
        count += len(part)
        digest.update(part)
    return json({"count": count, "sha256": digest.hexdigest()})


@router.post("/noread")
async def noread() -> Response:
    return text("not read")


@router.get("/redirect")
async def to_health() -> Response:
    return redirect("/health")


@router.get("/cookie")
async def cookie() -> Response:
    response = text("cookies")
    response.set_cookies([Cookie("one", "1"), Cookie("two", "2")])
    return response


@router.get("/sync")
def sync() -> Response:
    return text("sync")


@router.get("/raise")
async def fail() -> Response:
    raise contract.Refused("before the response")


@router.get("/raise-mid-stream")
async def raise_mid_stream() -> Response:
    async def one_then_error() -> AsyncIterator[bytes]:
        yield b"one"
        raise contract.Refused("in mid-stream")

    return stream(one_then_error)


@router.get("/background")
async def background() -> Response:
    async def work() -> None:
        record.done_in_background()

    task = asyncio.create_task(work())
    running.add(task)
    task.add_done_callback(running.discard)
    return text("later")


running: set[asyncio.Task[None]] = set()  # BlackSheep has no background tasks; the loop keeps weak references


@router.get("/stream-empty")
async def stream_empty() -> Response:
    return stream(parts(()))


@router.get("/stream-with-empty")
async def stream_with_empty() -> Response:
    return stream(parts(contract.WITH_EMPTY))


@router.get("/endless")
async def endless(request: Request) -> Response:
    async def lines() -> AsyncIterator[bytes]:
        while not await request.is_disconnected():
            yield b"line\n"
            await asyncio.sleep(contract.PAUSE)

    return stream(lines)


@router.get("/file")
async def file() -> Response:
    return file_response(str(contract.FILE_PATH), "text/plain")


@router.post("/json")
async def parse_json(request: Request) -> Response:
    try:
        data = await request.json()
    except (ValueError, RecursionError):
        raise BadRequest("not JSON") from None
    return json({"received": data})


@router.post("/form")
async def form(request: Request) -> Response:
    fields = await request.form() or {}
    return json({name: value for name, value in fields.items() if isinstance(value, str)})


@router.get("/info")
async def info(request: Request) -> Response:
    return json(
        {
            "method": request.method,
            "url": str(request.url),
            "base_path": request.base_path,
            "path": request.path,
            "query": request.query,
            "client": request.client_ip,
            "cookies": dict(request.cookies),
            "host": request.host,
            "scheme": request.scheme,
            "charset": request.charset,
        }
    )


@router.get("/lifespan/state")
async def lifespan_state() -> Response:
    return json(record.to_json())


@router.get("/lifespan/counter")
async def lifespan_counter() -> Response:
    return json({"counter": record.count()})


@router.get("/scope-state")
async def scope_state(request: Request) -> Response:
    return json(raw(request.scope.get("state")))


async def messages(socket: WebSocket) -> AsyncIterator[str | bytes]:
    """Both kinds, which no helper of BlackSheep gives in one loop."""
    while True:
        try:
            event: dict[str, Any] = dict(await socket.receive())
        except WebSocketDisconnectError:
            return
        message = event.get("text")
        yield event["bytes"] if message is None else message


@router.ws("/ws/echo")
async def ws_echo(socket: WebSocket) -> None:
    await socket.accept()
    async for message in messages(socket):
        if isinstance(message, str):
            await socket.send_text(message)
        else:
            await socket.send_bytes(message)


@router.ws("/ws/echo-binary")
async def ws_echo_binary(socket: WebSocket) -> None:
    await socket.accept()
    async for message in messages(socket):
        await socket.send_bytes(message.encode() if isinstance(message, str) else message)


@router.ws("/ws/scope")
async def ws_scope(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(dumps(report_scope(socket.scope)))
    await socket.close()


@router.ws("/ws/subprotocol")
async def ws_subprotocol(socket: WebSocket) -> None:
    offered: Any = socket.scope.get("subprotocols", ())
    requested = list(offered)
    selected = requested[0] if requested else None
    await socket.accept(subprotocol=selected)
    await socket.send_json({"requested": requested, "selected": selected})
    await socket.close()


@router.ws("/ws/close")
async def ws_close(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close(asked.close_code(first(socket, "code")), asked.close_reason(first(socket, "reason")))


@router.ws("/ws/reject")
async def ws_reject(socket: WebSocket) -> None:
    await socket.close(contract.POLICY)


@router.ws("/ws/denial")
async def ws_denial(socket: WebSocket) -> None:
    await socket.close(contract.POLICY)


@router.ws("/ws/raise-before-accept")
async def ws_raise_before_accept(socket: WebSocket) -> None:
    raise contract.Refused("before accept")


@router.ws("/ws/raise-after-accept")
async def ws_raise_after_accept(socket: WebSocket) -> None:
    await socket.accept()
    raise contract.Refused("after accept")


@router.ws("/ws/return")
async def ws_return(socket: WebSocket) -> None:
    return


@router.ws("/ws/endless")
async def ws_endless(socket: WebSocket) -> None:
    async def texts() -> None:
        while True:
            await socket.send_text("line")
            await asyncio.sleep(contract.PAUSE)

    await socket.accept()
    sender = asyncio.create_task(texts())
    try:
        async for _ in messages(socket):
            pass
    finally:
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)


@router.ws("/ws/json")
async def ws_json(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            await socket.send_json(await socket.receive_json())
    except WebSocketDisconnectError:
        return
    except ValueError:
        await socket.close(contract.NOT_JSON)
