"""http.scope.headers.app-case-blind: `dict(request.headers)` raises if a name has a capital letter."""

import asyncio

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


async def page(request):
    return JSONResponse(dict(request.headers))


app = Starlette(routes=[Route("/", page)])


async def main():
    outcome, sent = "", []

    async def receive():
        return {"type": "http.request"}

    async def send(event):
        sent.append(event)

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET"}
    scope |= {"path": "/", "query_string": b"", "headers": [(b"X-One", b"1")]}
    try:
        await app(scope, receive, send)
    except KeyError as error:
        outcome = f", raised {error!r}"
    print(f"status {sent[0]['status']}{outcome}")
    print("BUG" if sent[0]["status"] == 500 else "OK")


asyncio.run(main())
