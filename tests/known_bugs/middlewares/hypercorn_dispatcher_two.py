"""The app at the top, and another one with a lifespan of its own."""

from hypercorn.middleware import DispatcherMiddleware


async def other(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"the other"})


def make(app):
    return DispatcherMiddleware({"/other": other, "/": app})
