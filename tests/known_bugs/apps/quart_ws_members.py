"""A WebSocket that is not for everybody."""

from quart import Quart, websocket

app = Quart(__name__)


@app.websocket("/")
async def members():
    if "token" not in websocket.args:
        return
    await websocket.accept()
    await websocket.send("welcome")
