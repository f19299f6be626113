"""BlackSheep's `is_disconnected` gives receive one pass of the loop: a slower one is never heard."""

import asyncio

from blacksheep import Application, Request, Response, StreamedContent

app = Application()


@app.router.get("/")
async def page(request: Request):
    async def lines():
        while not await request.is_disconnected():
            yield b"line"
            await asyncio.sleep(0.01)

    return Response(200, content=StreamedContent(b"text/plain", lines))


async def play(scope, *events):
    """What the app sends for one exchange, and what it raises."""
    events, sent = list(events), []

    async def receive():
        for _ in range(passes):
            await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    async def send(event):
        await asyncio.sleep(0)
        sent.append(event)
        if len(sent) > 50:
            raise OSError("enough")  # a cancel could be swallowed, see blacksheep-cancel.py

    await app.start()
    try:
        await asyncio.wait_for(app({"asgi": {"version": "3.0"}, **scope}, receive, send), 30)
        return sent, None
    except Exception as error:
        return sent, error


PLAIN = {"type": "http", "http_version": "1.1", "method": "GET", "path": "/", "headers": []}
HTTP = {**PLAIN, "query_string": b""}
ends = []
for passes in (0, 3):
    sent, error = asyncio.run(play(HTTP))
    ends.append(error)
    print(f"receive takes {passes} passes:", "goes on for ever" if error else "ends")
print("BUG" if any(ends) else "OK")
