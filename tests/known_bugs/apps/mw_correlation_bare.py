"""A pure ASGI app with nothing to say, and an id for each request."""

from asgi_correlation_id import CorrelationIdMiddleware


async def nothing(scope, receive, send):
    await send({"type": "http.response.start", "status": 204})
    await send({"type": "http.response.body"})


app = CorrelationIdMiddleware(nothing)
