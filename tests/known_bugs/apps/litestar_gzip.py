"""A pure ASGI app that sets no headers, under compression."""

from litestar import Litestar, asgi
from litestar.config.compression import CompressionConfig
from litestar.types import Receive, Scope, Send

PAGE = b"the page " * 200


@asgi("/")
async def page(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": PAGE, "more_body": False})


app = Litestar([page], compression_config=CompressionConfig(backend="gzip"))
