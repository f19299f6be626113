"""Falcon streams on after http.disconnect where send does not raise, as it need not before 2.4."""

import asyncio

from falcon.asgi import App

app = App()


class Endless:
    async def on_get(self, req, resp):
        async def lines():
            while True:
                yield b"line\n"
                await asyncio.sleep(0.01)

        resp.stream = lines()


async def main():
    app.add_route("/", Endless())
    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1"}
    scope.update(method="GET", path="/", query_string=b"", headers=[])
    events, sent = [{"type": "http.request"}], []

    async def receive():
        return events.pop() if events else {"type": "http.disconnect"}  # gone since the request was read

    async def send(event):
        sent.append(event["type"])

    call = asyncio.create_task(app(scope, receive, send))
    await asyncio.wait([call], timeout=1)
    print(len(sent), "events sent, ended:", call.done())
    print("OK" if call.done() else "BUG")
    call.cancel()


asyncio.run(main())
