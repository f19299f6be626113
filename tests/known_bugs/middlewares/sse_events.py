"""A short stream of events, with a sign of life each second; the rest is the app's."""

from sse_starlette.sse import EventSourceResponse


async def events():
    yield "one"


def make(app):
    async def streaming(scope, receive, send):
        if scope["type"] == "http":
            await EventSourceResponse(events(), ping=1)(scope, receive, send)
        else:
            await app(scope, receive, send)

    return streaming
