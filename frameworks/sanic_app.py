"""The contract in Sanic, in its ASGI mode."""

from __future__ import annotations

import asyncio
import hashlib
import json as stdlib_json
from typing import Any

from sanic import Request, Sanic, Websocket
from sanic.exceptions import BadRequest, NotFound, SanicException
from sanic.response import HTTPResponse, empty, json, redirect, text
from sanic.response import file as file_response
from sanic.response import raw as bytes_response

from asgisim.frameworks import asked, contract
from asgisim.frameworks.raw import dumps, raw, report_scope
from asgisim.frameworks.record import Record

record = Record()
app = Sanic("asgisim_testbed", configure_logging=False)


@app.before_server_start
async def startup(application: Any) -> None:
    record.startup()


@app.after_server_stop
async def shutdown(application: Any) -> None:
    record.shutdown()


@app.get("/")
async def root(request: Request) -> HTTPResponse:
    return text(contract.GREETING.decode())


@app.get("/health")
async def health(request: Request) -> HTTPResponse:
    return text("OK")


@app.get("/scope")
async def scope(request: Request) -> HTTPResponse:
    return bytes_response(dumps(report_scope(request.scope)), content_type="application/json")


@app.post("/echo")
async def echo(request: Request) -> HTTPResponse:
    kind = request.headers.get("content-type", "application/octet-stream")
    return bytes_response(request.body, content_type=kind)


@app.get("/headers")
async def headers(request: Request) -> HTTPResponse:
    return json({name.lower(): value for name, value in request.headers.items()})


@app.get("/status/<code:str>")
async def status(request: Request, code: str) -> HTTPResponse:
    wanted = asked.status(code)
    if wanted is None:
        raise NotFound
    return empty(wanted) if wanted in contract.NO_BODY else text(f"Status: {wanted}", wanted)


async def stream(
    request: Request, bodies: tuple[bytes, ...], pause: float = 0, kind: str = "text/plain"
) -> None:
    response = await request.respond(content_type=kind)
    for body in bodies:
        await response.send(body)
        await asyncio.sleep(pause)
    await response.eof()


@app.get("/streaming")
async def streaming(request: Request) -> None:
    await stream(request, contract.LINES, contract.PAUSE)


@app.get("/sse")
async def sse(request: Request) -> None:
    await stream(request, contract.SSE_EVENTS, contract.PAUSE, "text/event-stream")


@app.get("/large")
async def large(request: Request) -> HTTPResponse:
    return text("x" * asked.size(request.args.get("size")))


@app.get("/delay")
async def delay(request: Request) -> HTTPResponse:
    seconds = asked.seconds(request.args.get("seconds"))
    await asyncio.sleep(seconds)
    return text(f"waited {seconds} s")


@app.post("/upload", stream=True)
async def upload(request: Request) -> HTTPResponse:
    count, digest = 0, hashlib.sha256()
    body: Any = request.stream
    async for part in body:
        count += len(part)
        digest.update(part)
    return json({"count": count, "sha256": digest.hexdigest()})


@app.post("/noread", stream=True)
async def noread(request: Request) -> HTTPResponse:
    return text("not read")


@app.get("/redirect")
async def to_health(request: Request) -> HTTPResponse:
    return redirect("/health")


@app.get("/cookie")
async def cookie(request: Request) -> HTTPResponse:
    response = text("cookies")
    response.add_cookie("one", "1")
    response.add_cookie("two", "2")
    return response


@app.get("/sync")
def sync(request: Request) -> HTTPResponse:
    return text("sync")


@app.get("/raise")
async def fail(request: Request) -> HTTPResponse:
    raise contract.Refused("before the response")


@app.get("/raise-mid-stream")
async def raise_mid_stream(request: Request) -> None:
    response = await request.respond(content_type="text/plain")
    await response.send(b"one")
    raise contract.Refused("in mid-stream")


@app.get("/background")
async def background(request: Request) -> HTTPResponse:
    async def work() -> None:
        record.done_in_background()

    request.app.add_task(work())
    return text("later")


@app.get("/stream-empty")
async def stream_empty(request: Request) -> None:
    await stream(request, ())


@app.get("/stream-with-empty")
async def stream_with_empty(request: Request) -> None:
    await stream(request, contract.WITH_EMPTY)


@app.get("/endless")
async def endless(request: Request) -> None:
    response = await request.respond(content_type="text/plain")
    while True:
        await response.send(b"line\n")
        await asyncio.sleep(contract.PAUSE)


@app.get("/file")
async def file(request: Request) -> HTTPResponse:
    return await file_response(contract.FILE_PATH)


@app.post("/json")
async def parse_json(request: Request) -> HTTPResponse:
    try:
        data = request.json
    except RecursionError:
        raise BadRequest("not JSON") from None
    return json({"received": data})


@app.post("/form")
async def form(request: Request) -> HTTPResponse:
    fields: Any = request.form or {}
    return json({name: fields.get(name) for name in fields})


@app.get("/info")
async def info(request: Request) -> HTTPResponse:
    return json(
        {
            "method": request.method,
            "url": request.url,
            "path": request.path,
            "query": dict(request.args),
            "client": request.remote_addr or request.ip,
            "cookies": {name: request.cookies.get(name) for name in request.cookies},
            "host": request.host,
            "server_name": request.server_name,
            "server_port": request.server_port,
            "content_type": request.content_type,
            "accept": str(request.accept),
        }
    )


@app.get("/lifespan/state")
async def lifespan_state(request: Request) -> HTTPResponse:
    return json(record.to_json())


@app.get("/lifespan/counter")
async def lifespan_counter(request: Request) -> HTTPResponse:
    return json({"counter": record.count()})


@app.get("/scope-state")
async def scope_state(request: Request) -> HTTPResponse:
    return json(raw(request.scope.get("state")))


@app.websocket("/ws/echo")
async def ws_echo(request: Request, ws: Websocket) -> None:
    # None: the client has left. Sanic does not end the loop, and some servers never suspend such a receive.
    while (message := await ws.recv()) is not None:
        await ws.send(message)


@app.websocket("/ws/echo-binary")
async def ws_echo_binary(request: Request, ws: Websocket) -> None:
    while (message := await ws.recv()) is not None:
        await ws.send(message.encode() if isinstance(message, str) else message)


@app.websocket("/ws/scope")
async def ws_scope(request: Request, ws: Websocket) -> None:
    await ws.send(dumps(report_scope(request.scope)))
    await ws.close()


@app.websocket("/ws/subprotocol", subprotocols=["chat", "other"])
async def ws_subprotocol(request: Request, ws: Websocket) -> None:
    requested = list(request.scope.get("subprotocols", ()))
    selected = next((name for name in ("chat", "other") if name in requested), None)
    await ws.send(dumps({"requested": requested, "selected": selected}))
    await ws.close()


@app.websocket("/ws/close")
async def ws_close(request: Request, ws: Websocket) -> None:
    code, reason = request.args.get("code"), request.args.get("reason")
    await ws.close(asked.close_code(code), asked.close_reason(reason))


@app.websocket("/ws/reject")
async def ws_reject(request: Request, ws: Websocket) -> None:
    await ws.close(contract.POLICY)


@app.websocket("/ws/denial")
async def ws_denial(request: Request, ws: Websocket) -> None:
    raise SanicException(contract.DENIED.decode(), status_code=401)


@app.websocket("/ws/raise-before-accept")
async def ws_raise_before_accept(request: Request, ws: Websocket) -> None:
    raise contract.Refused("before accept")


@app.websocket("/ws/raise-after-accept")
async def ws_raise_after_accept(request: Request, ws: Websocket) -> None:
    raise contract.Refused("after accept")


@app.websocket("/ws/return")
async def ws_return(request: Request, ws: Websocket) -> None:
    return


@app.websocket("/ws/endless")
async def ws_endless(request: Request, ws: Websocket) -> None:
    while True:
        await ws.send("line")
        await asyncio.sleep(contract.PAUSE)


@app.websocket("/ws/json")
async def ws_json(request: Request, ws: Websocket) -> None:
    while (message := await ws.recv()) is not None:
        try:
            data = stdlib_json.loads(message)
        except (ValueError, RecursionError):
            await ws.close(contract.NOT_JSON)
            return
        await ws.send(dumps(data))
