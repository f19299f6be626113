"""A pure ASGI page in two pieces, with an entity tag."""

from asgi_etags import ETagMiddleware

HEADERS = [(b"content-type", b"text/plain")]


async def page(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b"one", "more_body": True})
    await send({"type": "http.response.body", "body": b"two"})


app = ETagMiddleware(page, lambda body: "tag")
