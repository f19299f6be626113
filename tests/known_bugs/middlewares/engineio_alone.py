"""An Engine.IO server with no app but itself."""

import engineio


def make(app):
    return engineio.ASGIApp(engineio.AsyncServer(async_mode="asgi"))
