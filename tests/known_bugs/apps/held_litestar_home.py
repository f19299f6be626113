"""One page and one socket."""

from litestar import Litestar, get, websocket_listener


@get("/")
async def home() -> str:
    return "Hello, world!"


@websocket_listener("/echo")
async def echo(data: str) -> str:
    return data


app = Litestar([home, echo])
