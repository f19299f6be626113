"""Turns every WebSocket away, politely."""

import falcon.asgi


class Closed:
    async def on_websocket(self, req, ws):
        await ws.accept()
        await ws.close(1001)


app = falcon.asgi.App()
app.add_route("/", Closed())
