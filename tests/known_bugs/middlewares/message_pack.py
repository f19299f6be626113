"""MessagePack for clients that like it."""

from msgpack_asgi import MessagePackMiddleware


def make(app):
    return MessagePackMiddleware(app)
