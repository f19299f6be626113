"""A WebSocket that is refused with a stream of events, where the server can do that."""

from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute


async def events():
    yield "not today"


async def closed(websocket):
    if "websocket.http.response" in websocket.scope.get("extensions", {}):
        await websocket.send_denial_response(EventSourceResponse(events()))
    else:
        await websocket.close()


app = Starlette(routes=[WebSocketRoute("/", closed)])
