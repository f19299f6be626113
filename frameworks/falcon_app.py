"""The contract in Falcon."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import falcon
from falcon.asgi import App, Request, Response, SSEvent, WebSocket
from falcon.errors import WebSocketDisconnected
from falcon.media import BinaryBaseHandlerWS, TextBaseHandlerWS

from asgisim.frameworks import asked, contract
from asgisim.frameworks.raw import dumps, raw, report_scope
from asgisim.frameworks.record import STATE, Record

record = Record()
in_thread: Any = falcon.sync_to_async


class Lifespan:
    """The lifespan as Falcon has it: a middleware."""

    async def process_startup(self, scope: dict[str, Any], event: dict[str, Any]) -> None:
        record.startup()
        if "state" in scope:
            scope["state"].update(STATE)

    async def process_shutdown(self, scope: dict[str, Any], event: dict[str, Any]) -> None:
        record.shutdown()


class PlainText(TextBaseHandlerWS):
    """Text as it is, so that receive_media gives both kinds of message."""

    def serialize(self, media: object) -> str:
        return str(media)

    def deserialize(self, payload: str) -> object:
        return payload


class PlainBytes(BinaryBaseHandlerWS):
    """Bytes as they are."""

    def serialize(self, media: object) -> bytes:
        assert isinstance(media, bytes)
        return media

    def deserialize(self, payload: bytes) -> object:
        return payload


async def parts(bodies: tuple[bytes, ...], pause: float = 0) -> AsyncIterator[bytes]:
    for body in bodies:
        yield body
        await asyncio.sleep(pause)


def text(resp: Response, body: str) -> None:
    resp.content_type = falcon.MEDIA_TEXT
    resp.text = body


def stream(resp: Response, body: AsyncIterator[bytes]) -> None:
    resp.content_type = falcon.MEDIA_TEXT
    resp.stream = body


class Http:
    """The HTTP endpoints; the router picks the method by its suffix."""

    async def on_get_root(self, req: Request, resp: Response) -> None:
        text(resp, contract.GREETING.decode())

    async def on_get_health(self, req: Request, resp: Response) -> None:
        text(resp, "OK")

    async def on_get_scope(self, req: Request, resp: Response) -> None:
        resp.content_type = falcon.MEDIA_JSON
        resp.text = dumps(report_scope(req.scope))

    async def on_post_echo(self, req: Request, resp: Response) -> None:
        resp.content_type = req.content_type or "application/octet-stream"
        resp.data = await req.stream.read()

    async def on_get_headers(self, req: Request, resp: Response) -> None:
        resp.media = {name.lower(): value for name, value in req.headers.items()}

    async def on_get_status(self, req: Request, resp: Response, code: str) -> None:
        wanted = asked.status(code)
        if wanted is None:
            raise falcon.HTTPNotFound
        resp.status = wanted
        if wanted not in contract.NO_BODY:
            text(resp, f"Status: {wanted}")

    async def on_get_streaming(self, req: Request, resp: Response) -> None:
        stream(resp, parts(contract.LINES, contract.PAUSE))

    async def on_get_sse(self, req: Request, resp: Response) -> None:
        async def events() -> AsyncIterator[SSEvent | None]:
            for n in range(5):
                yield SSEvent(event="message", text=f'{{"count": {n}}}')
                await asyncio.sleep(contract.PAUSE)
            yield SSEvent(event="done", text="{}")

        resp.sse = events()

    async def on_get_large(self, req: Request, resp: Response) -> None:
        text(resp, "x" * asked.size(req.get_param("size")))

    async def on_get_delay(self, req: Request, resp: Response) -> None:
        seconds = asked.seconds(req.get_param("seconds"))
        await asyncio.sleep(seconds)
        text(resp, f"waited {seconds} s")

    async def on_post_upload(self, req: Request, resp: Response) -> None:
        count, digest = 0, hashlib.sha256()
        async for part in req.stream:
            count += len(part)
            digest.update(part)
        resp.media = {"count": count, "sha256": digest.hexdigest()}

    async def on_post_noread(self, req: Request, resp: Response) -> None:
        text(resp, "not read")

    async def on_get_redirect(self, req: Request, resp: Response) -> None:
        raise falcon.HTTPFound("/health")

    async def on_get_cookie(self, req: Request, resp: Response) -> None:
        resp.set_cookie("one", "1")
        resp.set_cookie("two", "2")
        text(resp, "cookies")

    async def on_get_sync(self, req: Request, resp: Response) -> None:
        text(resp, await in_thread(str, "sync"))

    async def on_get_raise(self, req: Request, resp: Response) -> None:
        raise contract.Refused("before the response")

    async def on_get_raise_mid_stream(self, req: Request, resp: Response) -> None:
        async def one_then_error() -> AsyncIterator[bytes]:
            yield b"one"
            raise contract.Refused("in mid-stream")

        stream(resp, one_then_error())

    async def on_get_background(self, req: Request, resp: Response) -> None:
        async def work() -> None:
            record.done_in_background()

        resp.schedule(work)
        text(resp, "later")

    async def on_get_stream_empty(self, req: Request, resp: Response) -> None:
        stream(resp, parts(()))

    async def on_get_stream_with_empty(self, req: Request, resp: Response) -> None:
        stream(resp, parts(contract.WITH_EMPTY))

    async def on_get_endless(self, req: Request, resp: Response) -> None:
        async def lines() -> AsyncIterator[bytes]:
            while True:
                yield b"line\n"
                await asyncio.sleep(contract.PAUSE)

        stream(resp, lines())

    async def on_get_file(self, req: Request, resp: Response) -> None:
        resp.content_type = falcon.MEDIA_TEXT
        resp.data = await in_thread(contract.FILE_PATH.read_bytes)

    async def on_post_json(self, req: Request, resp: Response) -> None:
        try:
            resp.media = {"received": asked.strict_json(await req.get_media())}
        except (ValueError, TypeError, RecursionError):  # a multipart form is media too
            raise falcon.HTTPBadRequest(title="not JSON") from None

    async def on_post_form(self, req: Request, resp: Response) -> None:
        if (req.content_type or "").split(";")[0].strip() != falcon.MEDIA_URLENCODED:
            raise falcon.HTTPUnsupportedMediaType
        resp.media = dict(await req.get_media())

    async def on_get_info(self, req: Request, resp: Response) -> None:
        query = {name: req.get_param_as_list(name) for name in req.params}
        resp.media = {
            "method": req.method,
            "url": req.uri,
            "prefix": req.prefix,
            "path": req.path,
            "query": query,
            "client": req.remote_addr,
            "cookies": dict(req.cookies),
            "host": req.host,
            "port": req.port,
            "content_type": req.content_type,
            "content_length": req.content_length,
            "range": req.range,
            "accept": req.accept,
            "forwarded": req.forwarded_uri,
        }

    async def on_get_lifespan_state(self, req: Request, resp: Response) -> None:
        resp.media = record.to_json()

    async def on_get_lifespan_counter(self, req: Request, resp: Response) -> None:
        resp.media = {"counter": record.count()}

    async def on_get_scope_state(self, req: Request, resp: Response) -> None:
        resp.content_type = falcon.MEDIA_JSON
        resp.text = dumps(raw(req.scope.get("state")))


class Sockets:
    """The WebSocket endpoints."""

    async def on_websocket_echo(self, req: Request, ws: WebSocket) -> None:
        await ws.accept()
        while True:
            message = await ws.receive_media()
            if isinstance(message, str):
                await ws.send_text(message)
            elif isinstance(message, bytes):
                await ws.send_data(message)

    async def on_websocket_echo_binary(self, req: Request, ws: WebSocket) -> None:
        await ws.accept()
        while True:
            message = await ws.receive_media()
            if isinstance(message, str | bytes):
                await ws.send_data(message.encode() if isinstance(message, str) else message)

    async def on_websocket_scope(self, req: Request, ws: WebSocket) -> None:
        await ws.accept()
        await ws.send_text(dumps(report_scope(req.scope)))
        await ws.close()

    async def on_websocket_subprotocol(self, req: Request, ws: WebSocket) -> None:
        requested = list(ws.subprotocols)
        selected = requested[0] if requested else None
        await ws.accept(subprotocol=selected)
        await ws.send_text(dumps({"requested": requested, "selected": selected}))
        await ws.close()

    async def on_websocket_close(self, req: Request, ws: WebSocket) -> None:
        await ws.accept()
        await ws.close(asked.close_code(req.get_param("code")), asked.close_reason(req.get_param("reason")))

    async def on_websocket_reject(self, req: Request, ws: WebSocket) -> None:
        await ws.close(contract.POLICY)

    async def on_websocket_denial(self, req: Request, ws: WebSocket) -> None:
        raise falcon.HTTPUnauthorized(description=contract.DENIED.decode())

    async def on_websocket_raise_before_accept(self, req: Request, ws: WebSocket) -> None:
        raise contract.Refused("before accept")

    async def on_websocket_raise_after_accept(self, req: Request, ws: WebSocket) -> None:
        await ws.accept()
        raise contract.Refused("after accept")

    async def on_websocket_return(self, req: Request, ws: WebSocket) -> None:
        return

    async def on_websocket_endless(self, req: Request, ws: WebSocket) -> None:
        await ws.accept()
        while True:
            await ws.send_text("line")
            await asyncio.sleep(contract.PAUSE)

    async def on_websocket_json(self, req: Request, ws: WebSocket) -> None:
        await ws.accept()
        while True:
            try:
                data = asked.strict_json(json.loads(await ws.receive_text()))
            except WebSocketDisconnected:
                return
            except (ValueError, RecursionError):
                await ws.close(contract.NOT_JSON)
                return
            await ws.send_text(dumps(data))


def build() -> Any:
    """The app with its routes, from the contract's table."""
    lifespan: Any = Lifespan()
    made: Any = App(middleware=[lifespan])
    made.ws_options.media_handlers[falcon.WebSocketPayloadType.TEXT] = PlainText()
    made.ws_options.media_handlers[falcon.WebSocketPayloadType.BINARY] = PlainBytes()
    resources: dict[str, object] = {"http": Http(), "websocket": Sockets()}
    for endpoint in contract.ENDPOINTS:
        suffix = endpoint.name.removeprefix("ws/").replace("/", "_").replace("-", "_")
        made.add_route(endpoint.path, resources[endpoint.protocol], suffix=suffix)
    return made


app = build()
