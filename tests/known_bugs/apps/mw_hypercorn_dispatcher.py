"""Two pure ASGI apps, by path."""

from hypercorn.middleware import DispatcherMiddleware


async def site(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"the site"})


async def api(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


app = DispatcherMiddleware({"/api": api, "/": site})
