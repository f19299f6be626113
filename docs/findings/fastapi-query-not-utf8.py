"""robust.crash: bytes in the query string that are not UTF-8 make `request.url` raise."""

import asyncio

from fastapi import FastAPI, Request

app = FastAPI()


@app.get("/")
async def page(request: Request):
    return str(request.url)


async def main():
    outcome, sent = "", []

    async def receive():
        return {"type": "http.request"}

    async def send(event):
        sent.append(event)

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET"}
    scope |= {"path": "/", "query_string": b"\xe9", "headers": [(b"host", b"localhost")]}
    try:
        await app(scope, receive, send)
    except UnicodeDecodeError as error:
        outcome = f", raised {error!r}"
    print(f"status {sent[0]['status']}{outcome}")
    print("BUG" if sent[0]["status"] == 500 else "OK")


asyncio.run(main())
