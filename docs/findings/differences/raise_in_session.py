"""An app raises in a WebSocket session: what its client hears of that."""

from _pairs import chosen, main, rest


def starlette():
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute

    async def fail(socket):
        await socket.accept()
        raise RuntimeError("as told")

    return Starlette(routes=[WebSocketRoute("/", fail)])


def quart():
    from quart import Quart, websocket

    app = Quart("page")

    @app.websocket("/")
    async def fail():
        await websocket.accept()
        raise RuntimeError("as told")

    return app


def litestar():
    from litestar import Litestar, WebSocket, websocket

    async def fail(socket: WebSocket) -> None:
        await socket.accept()
        raise RuntimeError("as told")

    return Litestar([websocket("/")(fail)])


app = chosen(starlette=starlette, quart=quart, litestar=litestar)


def look(pair):
    client, _ = pair.websocket()
    heard = rest(client)
    if heard[:1] != b"\x88":
        return "the end of the connection"
    return f"close {int.from_bytes(heard[2:4], 'big')}" if heard[1] else "close without a code"


if __name__ == "__main__":
    told = {
        "starlette:uvicorn": "the end of the connection",
        "starlette:hypercorn": "close 1011",
        "starlette:daphne": "close 1011",
        "starlette:granian": "close without a code",
        "starlette:gunicorn": "close 1011",
        "quart:uvicorn": "close 1000",
        "litestar:uvicorn": "close 4500",
    }
    main(__file__, look, told)
