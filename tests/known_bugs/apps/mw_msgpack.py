"""A pure ASGI app with nothing to say, for clients that like MessagePack."""

from msgpack_asgi import MessagePackMiddleware


async def nothing(scope, receive, send):
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


app = MessagePackMiddleware(nothing)
