"""Logs the length of each body before the endpoint reads it."""

import logging

from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route


class Lengths(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        logging.getLogger("lengths").info("%d bytes", len(await request.body()))
        return await call_next(request)


async def echo(request):
    return PlainTextResponse(await request.body())


app = Starlette(routes=[Route("/", echo, methods=["POST"])])
app.add_middleware(Lengths)
