"""A WebSocket echo."""

from sanic_setup import make

app = make("echo")


@app.websocket("/")
async def echo(request, ws):
    while True:
        await ws.send(await ws.recv())
