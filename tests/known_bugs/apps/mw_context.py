"""A WebSocket greeter that keeps the ids of its requests."""

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette_context.middleware import RawContextMiddleware
from starlette_context.plugins import CorrelationIdPlugin, RequestIdPlugin


async def greet(websocket):
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


app = Starlette(routes=[WebSocketRoute("/", greet)])
app.add_middleware(RawContextMiddleware, plugins=(RequestIdPlugin(), CorrelationIdPlugin()))
