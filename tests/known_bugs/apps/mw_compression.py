"""A long pure ASGI page, compressed."""

from asgi_compression import CompressionMiddleware, GzipAlgorithm

HEADERS = [(b"content-type", b"text/plain")]
PAGE = b"the page " * 200


async def page(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": PAGE})


app = CompressionMiddleware(page, algorithms=[GzipAlgorithm()])
