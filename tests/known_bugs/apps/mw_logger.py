"""A pure ASGI page, logged."""

from asgi_logger import AccessLoggerMiddleware


async def page(scope, receive, send):
    if (await receive())["type"] == "http.disconnect":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"the page"})


app = AccessLoggerMiddleware(page)
