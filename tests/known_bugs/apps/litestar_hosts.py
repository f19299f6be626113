"""A WebSocket clock behind a list of allowed hosts."""

from litestar import Litestar, WebSocket, websocket
from litestar.config.allowed_hosts import AllowedHostsConfig


@websocket("/")
async def clock(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("noon")
    await socket.close()


app = Litestar([clock], allowed_hosts=AllowedHostsConfig(allowed_hosts=["localhost", "*.example.com"]))
