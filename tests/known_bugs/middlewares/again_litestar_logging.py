"""Litestar around the app, with its log of requests and responses."""

from litestar import Litestar, asgi
from litestar.middleware.logging import LoggingMiddlewareConfig
from litestar.types import Receive, Scope, Send


def make(app):
    @asgi("/", is_mount=True, copy_scope=True)
    async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)

    return Litestar([mounted], middleware=[LoggingMiddlewareConfig().middleware])
