"""A pure ASGI app under a path of its own, and nothing else."""

from hypercorn.middleware import DispatcherMiddleware


async def api(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


app = DispatcherMiddleware({"/api": api})
