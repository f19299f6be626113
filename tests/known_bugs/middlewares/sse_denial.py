"""WebSockets are refused with a stream of events, where the server can do that; the rest is the app's."""

from sse_starlette.sse import EventSourceResponse


async def events():
    yield "not today"


def make(app):
    async def refusing(scope, receive, send):
        if "websocket.http.response" in scope.get("extensions", {}):
            await receive()
            await EventSourceResponse(events())(scope, receive, send)
        else:
            await app(scope, receive, send)

    return refusing
