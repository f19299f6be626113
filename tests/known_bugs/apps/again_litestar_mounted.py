"""An ASGI app in its shortest form, mounted; every response is logged."""

from litestar import Litestar, asgi
from litestar.middleware.logging import LoggingMiddlewareConfig
from litestar.types import Receive, Scope, Send


@asgi("/", is_mount=True)
async def page(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"Hello, world!"})


app = Litestar([page], middleware=[LoggingMiddlewareConfig().middleware])
