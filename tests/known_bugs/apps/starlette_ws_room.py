"""A WebSocket room, which may be named in the query."""

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute


async def room(websocket):
    name = websocket.query_params.get("room", "hall")
    await websocket.accept()
    await websocket.send_text(f"welcome to the {name}")
    await websocket.close()


app = Starlette(routes=[WebSocketRoute("/", room)])
