"""A WebSocket for members only: without a token in the query it is refused."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import WebSocketRoute


async def members(websocket):
    if "token" not in websocket.query_params:
        raise HTTPException(status_code=403)
    await websocket.accept()
    await websocket.close()


app = Starlette(routes=[WebSocketRoute("/", members)])
