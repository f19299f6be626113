"""When its RESPONSE_TIMEOUT (60 s) is over, Quart sends nothing more, and does not raise."""

import asyncio

from quart import Quart

app = Quart(__name__)
app.config["RESPONSE_TIMEOUT"] = 0.1  # so that nobody has to wait a minute


@app.get("/")
async def endpoint():
    return "text"


async def main():
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": "/"}
    scope.update(scheme="http", query_string=b"", headers=[])
    sent = []

    async def receive():
        await asyncio.sleep(3600)

    async def send(event):
        sent.append(event["type"])
        await asyncio.sleep(1)  # a slow reader

    call = asyncio.create_task(app(scope, receive, send))
    await asyncio.wait([call], timeout=2)
    print("returned" if call.done() else "waits on", "after", sent)
    print("BUG" if sent == ["http.response.start"] else "OK")
    call.cancel()


asyncio.run(main())
