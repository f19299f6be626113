"""Answers at once and writes the audit log afterwards."""

import asyncio

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

audit = []


class Marked(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        return await call_next(request)


async def write(line):
    await asyncio.sleep(0.05)
    audit.append(line)


async def order(request):
    return PlainTextResponse("ordered", background=BackgroundTask(write, "order"))


app = Starlette(routes=[Route("/", order)])
app.add_middleware(Marked)
