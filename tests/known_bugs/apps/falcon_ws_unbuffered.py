"""A WebSocket echo without a receive buffer."""

import falcon.asgi


class Echo:
    async def on_websocket(self, req, ws):
        await ws.accept()
        try:
            while True:
                await ws.send_text(await ws.receive_text())
        except falcon.WebSocketDisconnected:
            pass
        except falcon.PayloadTypeError:
            await ws.close()


app = falcon.asgi.App()
app.ws_options.max_receive_queue = 0
app.add_route("/", Echo())
