"""A binary message behind hypercorn has text as well (None), and Sanic reads that."""

from _pairs import chosen, frame, main, note


def starlette():
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute

    async def take(socket):
        await socket.accept()
        note(await socket.receive_bytes())

    return Starlette(routes=[WebSocketRoute("/", take)])


def sanic():
    from sanic import Sanic

    app = Sanic("page", configure_logging=False)

    @app.websocket("/")
    async def take(request, socket):
        note(await socket.recv())

    return app


def plain():
    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        await receive()
        await send({"type": "websocket.accept"})
        note(sorted((await receive()).items()))
        await send({"type": "websocket.close"})

    return app


app = chosen(starlette=starlette, sanic=sanic, plain=plain)


def look(pair):
    client, _ = pair.websocket()
    client.sendall(frame(2, b"abc"))
    return ", ".join(pair.noted())


if __name__ == "__main__":
    message = "[('bytes', b'abc'), {}('type', 'websocket.receive')]"
    told = {
        "starlette:hypercorn": "b'abc'",
        "sanic:hypercorn": "None",
        "sanic:uvicorn": "b'abc'",
        "plain:hypercorn": message.format("('text', None), "),
        "plain:granian": message.format(""),
    }
    main(__file__, look, told)
