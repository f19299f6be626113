"""Counts what it is sent, and every request is logged."""

from litestar import Litestar, Request, post
from litestar.middleware.logging import LoggingMiddlewareConfig


@post("/")
async def keep(request: Request) -> dict:
    return {"kept": len(await request.body())}


app = Litestar([keep], middleware=[LoggingMiddlewareConfig().middleware])
