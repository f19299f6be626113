"""http.scope.headers.app-case-blind: `request.url` knows Host only if its name is in lower case."""

import asyncio

from litestar import Litestar, Request, get


@get("/")
async def page(request: Request) -> list[str]:
    return [str(request.url), request.headers["host"]]


async def main():
    app, bodies = Litestar([page]), []

    async def receive():
        return {"type": "http.request"}

    async def send(event):
        if event["type"] == "http.response.body":
            bodies.append(event["body"])

    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1"}
    scope |= {"method": "GET", "path": "/", "query_string": b"", "server": ("127.0.0.1", 80)}
    for name in (b"host", b"Host"):
        await app(scope | {"headers": [(name, b"example.org")]}, receive, send)
    print(*bodies)
    print("OK" if bodies[0] == bodies[1] else "BUG")


asyncio.run(main())
