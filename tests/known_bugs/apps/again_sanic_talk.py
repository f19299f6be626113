"""Says back over a websocket what it hears."""

from sanic_setup import make

app = make("talk")


@app.websocket("/", subprotocols=["talk"])
async def talk(request, ws):
    while (message := await ws.recv()) is not None:
        await ws.send(message)
