"""The contract in Quart."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

from quart import Quart, Response, abort, jsonify, redirect, request, send_file, websocket
from werkzeug.exceptions import BadRequest

from asgisim.frameworks import asked, contract
from asgisim.frameworks.raw import dumps, raw, report_scope
from asgisim.frameworks.record import STATE, Record

record = Record()
app = Quart(__name__)
TEXT = {"Content-Type": "text/plain"}


@app.before_serving
async def startup() -> None:
    record.startup()


@app.after_serving
async def shutdown() -> None:
    record.shutdown()


@app.get("/")
async def root() -> Any:
    return contract.GREETING, TEXT


@app.get("/health")
async def health() -> Any:
    return "OK", TEXT


@app.get("/scope")
async def scope() -> Any:
    return dumps(report_scope(request.scope)), {"Content-Type": "application/json"}


@app.post("/echo")
async def echo() -> Any:
    kind = request.headers.get("Content-Type", "application/octet-stream")
    return await request.get_data(), {"Content-Type": kind}


@app.get("/headers")
async def headers() -> Any:
    return jsonify({name.lower(): value for name, value in request.headers.items()})


@app.get("/status/<code>")
async def status(code: str) -> Any:
    wanted = asked.status(code)
    if wanted is None:
        abort(404)
    return ("", wanted) if wanted in contract.NO_BODY else (f"Status: {wanted}", wanted, TEXT)


async def parts(bodies: tuple[bytes, ...], pause: float = 0) -> AsyncIterator[bytes]:
    for body in bodies:
        yield body
        await asyncio.sleep(pause)


@app.get("/streaming")
async def streaming() -> Any:
    return parts(contract.LINES, contract.PAUSE), TEXT


@app.get("/sse")
async def sse() -> Any:
    return parts(contract.SSE_EVENTS, contract.PAUSE), {"Content-Type": "text/event-stream"}


@app.get("/large")
async def large() -> Any:
    return b"x" * asked.size(request.args.get("size")), TEXT


@app.get("/delay")
async def delay() -> Any:
    seconds = asked.seconds(request.args.get("seconds"))
    await asyncio.sleep(seconds)
    return f"waited {seconds} s", TEXT


@app.post("/upload")
async def upload() -> Any:
    count, digest = 0, hashlib.sha256()
    async for part in request.body:
        count += len(part)
        digest.update(part)
    return {"count": count, "sha256": digest.hexdigest()}


@app.post("/noread")
async def noread() -> Any:
    return "not read", TEXT


@app.get("/redirect")
async def to_health() -> Any:
    return redirect("/health")


@app.get("/cookie")
async def cookie() -> Any:
    response = Response("cookies", mimetype="text/plain")
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


@app.get("/sync")
def sync() -> Any:
    return "sync", TEXT


@app.get("/raise")
async def fail() -> Any:
    raise contract.Refused("before the response")


@app.get("/raise-mid-stream")
async def raise_mid_stream() -> Any:
    async def one_then_error() -> AsyncIterator[bytes]:
        yield b"one"
        raise contract.Refused("in mid-stream")

    return one_then_error(), TEXT


@app.get("/background")
async def background() -> Any:
    async def work() -> None:
        record.done_in_background()

    app.add_background_task(work)
    return "later", TEXT


@app.get("/stream-empty")
async def stream_empty() -> Any:
    return parts(()), TEXT


@app.get("/stream-with-empty")
async def stream_with_empty() -> Any:
    return parts(contract.WITH_EMPTY), TEXT


@app.get("/endless")
async def endless() -> Any:
    async def lines() -> AsyncIterator[bytes]:
        while True:
            yield b"line\n"
            await asyncio.sleep(contract.PAUSE)

    response = Response(lines(), mimetype="text/plain")
    response.timeout = None
    return response


@app.get("/file")
async def file() -> Any:
    return await send_file(contract.FILE_PATH)


@app.post("/json")
async def parse_json() -> Any:
    try:
        data = asked.strict_json(await request.get_json(force=True))
    except (BadRequest, ValueError, RecursionError):
        abort(400)
    return jsonify({"received": data})


@app.post("/form")
async def form() -> Any:
    return jsonify((await request.form).to_dict())


@app.get("/info")
async def info() -> Any:
    return {
        "method": request.method,
        "url": request.url,
        "base_url": request.base_url,
        "path": request.path,
        "query": request.args.to_dict(flat=False),
        "client": request.remote_addr,
        "cookies": request.cookies.to_dict(),
        "host": request.host,
        "content_type": request.content_type,
        "content_length": request.content_length,
        "range": str(request.range),
        "accept": str(request.accept_mimetypes),
    }


@app.get("/lifespan/state")
async def lifespan_state() -> Any:
    return record.to_json()


@app.get("/lifespan/counter")
async def lifespan_counter() -> Any:
    return {"counter": record.count()}


@app.get("/scope-state")
async def scope_state() -> Any:
    return jsonify(raw(request.scope.get("state")))


@app.websocket("/ws/echo")
async def ws_echo() -> None:
    await websocket.accept()
    while True:
        await websocket.send(await websocket.receive())


@app.websocket("/ws/echo-binary")
async def ws_echo_binary() -> None:
    await websocket.accept()
    while True:
        message = await websocket.receive()
        await websocket.send(message.encode() if isinstance(message, str) else message)


@app.websocket("/ws/scope")
async def ws_scope() -> None:
    await websocket.accept()
    await websocket.send(dumps(report_scope(websocket.scope)))
    await websocket.close(1000)


@app.websocket("/ws/subprotocol")
async def ws_subprotocol() -> None:
    requested = list(websocket.requested_subprotocols)
    selected = requested[0] if requested else None
    await websocket.accept(subprotocol=selected)
    await websocket.send_json({"requested": requested, "selected": selected})
    await websocket.close(1000)


@app.websocket("/ws/close")
async def ws_close() -> None:
    await websocket.accept()
    query = websocket.args
    await websocket.close(asked.close_code(query.get("code")), asked.close_reason(query.get("reason")))


@app.websocket("/ws/reject")
async def ws_reject() -> None:
    await websocket.close(contract.POLICY)


@app.websocket("/ws/denial")
async def ws_denial() -> Any:
    return contract.DENIED, 401, TEXT


@app.websocket("/ws/raise-before-accept")
async def ws_raise_before_accept() -> None:
    raise contract.Refused("before accept")


@app.websocket("/ws/raise-after-accept")
async def ws_raise_after_accept() -> None:
    await websocket.accept()
    raise contract.Refused("after accept")


@app.websocket("/ws/return")
async def ws_return() -> None:
    return


@app.websocket("/ws/endless")
async def ws_endless() -> None:
    await websocket.accept()
    while True:
        await websocket.send("line")
        await asyncio.sleep(contract.PAUSE)


@app.websocket("/ws/json")
async def ws_json() -> None:
    await websocket.accept()
    while True:
        try:
            data = asked.strict_json(json.loads(await websocket.receive()))
        except (ValueError, RecursionError):
            await websocket.close(contract.NOT_JSON)
            return
        await websocket.send_json(data)


__all__ = ["STATE", "app", "record"]
