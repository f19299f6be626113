"""The contract in Django, with Channels for WebSocket."""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import django
from django.conf import settings

# Before the imports below, which read the settings.
if not settings.configured:
    settings.configure(
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="the test bed keeps no secrets",
        USE_TZ=True,
        LOGGING_CONFIG=None,
        DATA_UPLOAD_MAX_MEMORY_SIZE=None,
    )
    django.setup()

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncJsonWebsocketConsumer, AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
    QueryDict,
    StreamingHttpResponse,
)
from django.urls import path
from django.views.decorators.http import require_POST

from asgisim.frameworks import asked, contract
from asgisim.frameworks.raw import dumps, raw, report_scope
from asgisim.frameworks.record import STATE, Record

record = Record()
running: set[asyncio.Task[None]] = set()  # Django has no background tasks; the loop keeps weak references


def text(body: str | bytes, status: int = 200) -> HttpResponse:
    return HttpResponse(body, content_type="text/plain", status=status)


async def root(request: HttpRequest) -> HttpResponse:
    return text(contract.GREETING)


async def health(request: HttpRequest) -> HttpResponse:
    return text("OK")


async def scope(request: Any) -> HttpResponse:
    return HttpResponse(dumps(report_scope(request.scope)), content_type="application/json")


@require_POST
async def echo(request: HttpRequest) -> HttpResponse:
    kind = request.headers.get("content-type") or "application/octet-stream"
    return HttpResponse(request.body, content_type=kind)


async def headers(request: HttpRequest) -> HttpResponse:
    return JsonResponse({name.lower(): value for name, value in request.headers.items()})


async def status(request: HttpRequest, code: str) -> HttpResponse:
    wanted = asked.status(code)
    if wanted is None:
        raise Http404
    return HttpResponse(status=wanted) if wanted in contract.NO_BODY else text(f"Status: {wanted}", wanted)


async def parts(bodies: tuple[bytes, ...], pause: float = 0) -> AsyncIterator[bytes]:
    for body in bodies:
        yield body
        await asyncio.sleep(pause)


def stream(bodies: AsyncIterator[bytes], kind: str = "text/plain") -> StreamingHttpResponse:
    return StreamingHttpResponse(bodies, content_type=kind)


async def streaming(request: HttpRequest) -> HttpResponseBase:
    return stream(parts(contract.LINES, contract.PAUSE))


async def sse(request: HttpRequest) -> HttpResponseBase:
    return stream(parts(contract.SSE_EVENTS, contract.PAUSE), "text/event-stream")


async def large(request: HttpRequest) -> HttpResponse:
    return text(b"x" * asked.size(request.GET.get("size")))


async def delay(request: HttpRequest) -> HttpResponse:
    seconds = asked.seconds(request.GET.get("seconds"))
    await asyncio.sleep(seconds)
    return text(f"waited {seconds} s")


@require_POST
async def upload(request: HttpRequest) -> HttpResponse:
    count, digest = 0, hashlib.sha256()
    while part := request.read(65536):
        count += len(part)
        digest.update(part)
    return JsonResponse({"count": count, "sha256": digest.hexdigest()})


@require_POST
async def noread(request: HttpRequest) -> HttpResponse:
    return text("not read")


async def redirect(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect("/health")


async def cookie(request: HttpRequest) -> HttpResponse:
    response = text("cookies")
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


def sync(request: HttpRequest) -> HttpResponse:
    return text("sync")


async def fail(request: HttpRequest) -> HttpResponse:
    raise contract.Refused("before the response")


async def raise_mid_stream(request: HttpRequest) -> HttpResponseBase:
    async def one_then_error() -> AsyncIterator[bytes]:
        yield b"one"
        raise contract.Refused("in mid-stream")

    return stream(one_then_error())


async def background(request: HttpRequest) -> HttpResponse:
    async def work() -> None:
        record.done_in_background()

    task = asyncio.create_task(work())
    running.add(task)
    task.add_done_callback(running.discard)
    return text("later")


async def stream_empty(request: HttpRequest) -> HttpResponseBase:
    return stream(parts(()))


async def stream_with_empty(request: HttpRequest) -> HttpResponseBase:
    return stream(parts(contract.WITH_EMPTY))


async def endless(request: HttpRequest) -> HttpResponseBase:
    async def lines() -> AsyncIterator[bytes]:
        while True:
            yield b"line\n"
            await asyncio.sleep(contract.PAUSE)

    return stream(lines())


def file(request: HttpRequest) -> HttpResponseBase:
    return FileResponse(contract.FILE_PATH.open("rb"))


@require_POST
async def parse_json(request: HttpRequest) -> HttpResponse:
    try:
        data = asked.strict_json(json.loads(request.body))
    except (ValueError, RecursionError):
        return HttpResponseBadRequest("not JSON")
    return JsonResponse({"received": data})


@require_POST
async def form(request: HttpRequest) -> HttpResponse:
    return JsonResponse(request.POST.dict())


async def info(request: HttpRequest) -> HttpResponse:
    return JsonResponse(
        {
            "method": request.method,
            "url": request.build_absolute_uri(),
            "full_path": request.get_full_path(),
            "path": request.path,
            "query": dict(request.GET.lists()),
            "client": request.META.get("REMOTE_ADDR"),
            "cookies": request.COOKIES,
            "host": request.get_host(),
            "port": request.get_port(),
            "scheme": request.scheme,
            "content_type": request.content_type,
        }
    )


async def lifespan_state(request: HttpRequest) -> HttpResponse:
    return JsonResponse(record.to_json())


async def lifespan_counter(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"counter": record.count()})


async def scope_state(request: Any) -> HttpResponse:
    return JsonResponse(raw(request.scope.get("state")), safe=False)


urlpatterns = [
    path("", root),
    path("health", health),
    path("scope", scope),
    path("echo", echo),
    path("headers", headers),
    path("status/<str:code>", status),
    path("streaming", streaming),
    path("sse", sse),
    path("large", large),
    path("delay", delay),
    path("upload", upload),
    path("noread", noread),
    path("redirect", redirect),
    path("cookie", cookie),
    path("sync", sync),
    path("raise", fail),
    path("raise-mid-stream", raise_mid_stream),
    path("background", background),
    path("stream-empty", stream_empty),
    path("stream-with-empty", stream_with_empty),
    path("endless", endless),
    path("file", file),
    path("json", parse_json),
    path("form", form),
    path("info", info),
    path("lifespan/state", lifespan_state),
    path("lifespan/counter", lifespan_counter),
    path("scope-state", scope_state),
]


class Echo(AsyncWebsocketConsumer):
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.send(text_data, bytes_data)


class EchoBinary(AsyncWebsocketConsumer):
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.send(bytes_data=bytes_data if text_data is None else text_data.encode())


class ScopeReport(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.accept()
        await self.send(dumps(report_scope(self.scope)))
        await self.close()


class Subprotocol(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        requested = list(self.scope.get("subprotocols", ()))
        selected = requested[0] if requested else None
        await self.accept(selected)
        await self.send(dumps({"requested": requested, "selected": selected}))
        await self.close()


class Close(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        query = QueryDict(self.scope.get("query_string", b""))
        await self.accept()
        await self.close(asked.close_code(query.get("code")), asked.close_reason(query.get("reason")))


class Reject(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.close(contract.POLICY)


class RaiseBeforeAccept(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        raise contract.Refused("before accept")


class RaiseAfterAccept(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.accept()
        raise contract.Refused("after accept")


class Return(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        raise StopConsumer


class Endless(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.accept()
        self.sender = asyncio.create_task(self.texts())

    async def texts(self) -> None:
        while True:
            await self.send("line")
            await asyncio.sleep(contract.PAUSE)

    async def disconnect(self, code: int) -> None:
        self.sender.cancel()
        await asyncio.gather(self.sender, return_exceptions=True)


class Json(AsyncJsonWebsocketConsumer):
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any
    ) -> None:
        try:
            await super().receive(text_data, bytes_data, **kwargs)
        except ValueError:
            await self.close(contract.NOT_JSON)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.send_json(content)


async def lifespan(
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
) -> None:
    """Neither Django nor Channels answers lifespan; this is what people put beside them."""
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


app = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": URLRouter(
            [
                path("ws/echo", Echo.as_asgi()),
                path("ws/echo-binary", EchoBinary.as_asgi()),
                path("ws/scope", ScopeReport.as_asgi()),
                path("ws/subprotocol", Subprotocol.as_asgi()),
                path("ws/close", Close.as_asgi()),
                path("ws/reject", Reject.as_asgi()),
                path("ws/denial", Reject.as_asgi()),
                path("ws/raise-before-accept", RaiseBeforeAccept.as_asgi()),
                path("ws/raise-after-accept", RaiseAfterAccept.as_asgi()),
                path("ws/return", Return.as_asgi()),
                path("ws/endless", Endless.as_asgi()),
                path("ws/json", Json.as_asgi()),
            ]
        ),
        "lifespan": lifespan,
    }
)
