"""Refuses a WebSocket with a page that is streamed, where the server can do that."""

from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import WebSocketRoute


async def page():
    yield b"not "
    yield b"today"


async def closed(websocket):
    if "websocket.http.response" in websocket.scope.get("extensions", {}):
        await websocket.send_denial_response(StreamingResponse(page(), status_code=401))
    else:
        await websocket.close()


app = Starlette(routes=[WebSocketRoute("/", closed)])
