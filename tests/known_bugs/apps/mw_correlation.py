"""A pure ASGI page, and an id for each request."""

from asgi_correlation_id import CorrelationIdMiddleware

HEADERS = [(b"content-type", b"text/plain")]


async def page(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b"the page"})


app = CorrelationIdMiddleware(page)
