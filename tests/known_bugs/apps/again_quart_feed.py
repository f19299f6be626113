"""One page, and a feed over a websocket for those who have a token."""

from quart import Quart, abort, websocket

app = Quart(__name__)


@app.route("/")
async def home():
    return "Hello, world!"


@app.websocket("/")
async def feed():
    if "token" not in websocket.args:
        abort(403)
    while True:
        await websocket.send(await websocket.receive())
