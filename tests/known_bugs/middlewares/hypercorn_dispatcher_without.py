"""The app at the top, and another one that has no lifespan and says so as the text asks: it raises."""

from hypercorn.middleware import DispatcherMiddleware


async def other(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError("http only")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"the other"})


def make(app):
    return DispatcherMiddleware({"/other": other, "/": app})
