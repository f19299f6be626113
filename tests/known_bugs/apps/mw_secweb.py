"""A pure ASGI page that may not be framed."""

from Secweb.middleware import SetMiddleware

HEADERS = ((b"content-type", b"text/plain"),)


async def page(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b"the page"})


app = SetMiddleware(page, [(b"x-frame-options", b"DENY")])
