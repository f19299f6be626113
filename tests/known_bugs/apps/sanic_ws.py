"""A WebSocket echo."""

from sanic_setup import make

app = make("echo")


@app.websocket("/")
async def echo(request, ws):
    while (message := await ws.recv()) is not None:
        await ws.send(message)
