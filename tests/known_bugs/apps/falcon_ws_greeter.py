"""Greets whoever opens a WebSocket."""

import falcon.asgi


class Greeter:
    async def on_websocket(self, req, ws):
        await ws.accept()
        await ws.send_text("hello")
        await ws.send_text("goodbye")


app = falcon.asgi.App()
app.add_route("/", Greeter())
