"""The scheme may be left out of a WebSocket scope: daphne does so, and Quart needs it."""

from _pairs import chosen, main, note


def starlette():
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute

    async def take(socket):
        await socket.accept()
        await socket.close()

    return Starlette(routes=[WebSocketRoute("/", take)])


def quart():
    from quart import Quart, websocket

    app = Quart("page")

    @app.websocket("/")
    async def take():
        await websocket.accept()

    return app


def plain():
    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        note(scope.get("scheme", "no scheme"))
        await receive()
        await send({"type": "websocket.close"})

    return app


app = chosen(starlette=starlette, quart=quart, plain=plain)


def look(pair):
    client, status = pair.websocket()
    client.close()
    noted = pair.noted(wait=0.3)
    return ", ".join([status, *noted])


if __name__ == "__main__":
    told = {
        "starlette:daphne": "101",
        "quart:daphne": "500",
        "quart:uvicorn": "101",
        "plain:daphne": "403, no scheme",
        "plain:uvicorn": "403, ws",
    }
    main(__file__, look, told)
