"""An Engine.IO server that echoes, reached whatever the path; the app has the lifespan."""

import engineio

QUERIES = {"http": b"EIO=4&transport=polling", "websocket": b"EIO=4&transport=websocket"}


def make(app):
    server = engineio.AsyncServer(async_mode="asgi", monitor_clients=False)

    @server.on("message")
    async def echo(sid, data):
        await server.send(sid, data)

    wrapped = engineio.ASGIApp(server)

    async def routed(scope, receive, send):
        if scope["type"] not in QUERIES:
            return await app(scope, receive, send)

        async def packets():
            """Text becomes a packet of Engine.IO: its messages begin with a 4."""
            event = await receive()
            return {**event, "text": f"4{event['text']}"} if event.get("text") else event

        query = scope.get("query_string") or QUERIES[scope["type"]]
        await wrapped({**scope, "path": "/engine.io/", "query_string": query}, packets, send)

    return routed
