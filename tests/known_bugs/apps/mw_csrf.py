"""A pure ASGI page, guarded against forged requests."""

from asgi_csrf import asgi_csrf


async def page(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"the page"})


app = asgi_csrf(page, signing_secret="secret")
