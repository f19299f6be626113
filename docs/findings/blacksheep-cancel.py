"""BlackSheep's `is_disconnected` swallows it when the server cancels the call: the stream goes on."""

import asyncio

from blacksheep import Application, Request, Response, StreamedContent

app = Application()


@app.router.get("/")
async def page(request: Request):
    async def lines():
        while not await request.is_disconnected():
            yield b"line"

    return Response(200, content=StreamedContent(b"text/plain", lines))


async def main():
    sent, calls = [], []

    async def receive():
        if len(sent) == 3:  # the server ends the call while the app waits in receive
            sent.append("cancelled")
            calls[0].cancel()
        await asyncio.sleep(3600)

    async def send(event):
        await asyncio.sleep(0)
        sent.append(event)
        if len(sent) > 204:
            raise OSError("enough")  # a further cancel could be swallowed as well

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET"}
    scope |= {"path": "/", "query_string": b"", "headers": []}
    await app.start()
    calls.append(asyncio.create_task(app(scope, receive, send)))
    await asyncio.gather(*calls, return_exceptions=True)
    print("events sent after it was cancelled:", "more than 100" if len(sent) > 104 else len(sent) - 4)
    print("BUG" if len(sent) > 104 else "OK")


asyncio.run(main())
