"""Falcon looks for its routes in the whole path, root_path included."""

import asyncio

from falcon.asgi import App

app = App()


class Root:
    async def on_get(self, req, resp):
        resp.text = req.root_path


async def main():
    app.add_route("/", Root())
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET"}
    scope.update(root_path="/mount", path="/mount/", query_string=b"", headers=[])
    sent = []

    async def receive():
        return {"type": "http.request"}

    async def send(event):
        sent.append(event)

    await app(scope, receive, send)
    print("status", sent[0]["status"])
    print("OK" if sent[0]["status"] == 200 else "BUG")


asyncio.run(main())
