"""Engine.IO beside the app."""

import engineio


def make(app):
    return engineio.ASGIApp(engineio.AsyncServer(async_mode="asgi"), app)
