"""A WebSocket clock behind a list of trusted hosts."""

from starlette.applications import Starlette
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import WebSocketRoute


async def clock(websocket):
    await websocket.accept()
    await websocket.send_text("noon")
    await websocket.close()


app = Starlette(routes=[WebSocketRoute("/", clock)])
app.add_middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "*.example.com"])
