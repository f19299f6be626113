"""Falcon finds only request headers whose names are in lower case."""

import asyncio

from falcon.asgi import App

app = App()
found = []


class Root:
    async def on_get(self, req, resp):
        found.append(req.content_type)


async def main():
    app.add_route("/", Root())
    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1"}
    scope.update(method="GET", path="/", query_string=b"", headers=[(b"Content-Type", b"text/plain")])

    async def receive():
        return {"type": "http.request"}

    async def send(event):
        pass

    await app(scope, receive, send)
    print("content type:", found[0])
    print("OK" if found[0] else "BUG")


asyncio.run(main())
