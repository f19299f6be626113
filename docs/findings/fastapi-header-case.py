"""http.scope.headers.app-case-blind: `dict(request.headers)` raises if a name has a capital letter."""

import asyncio

from fastapi import FastAPI, Request

app = FastAPI()


@app.get("/")
async def page(request: Request):
    return dict(request.headers)


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
