"""A WebSocket ends, by a close frame or without one: the code that the app is told, server by server."""

from _pairs import chosen, frame, main, note


def plain():
    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        await receive()
        await send({"type": "websocket.accept"})
        note((await receive()).get("code"))

    return app


app = chosen(plain=plain)


def look(pair):
    client, _ = pair.websocket()
    client.sendall(frame(8, (4001).to_bytes(2, "big")))
    closed = pair.noted()
    client.close()
    client, _ = pair.websocket()
    client.close()
    return f"{closed[0]} for 4001, {pair.noted(2)[-1]} for a loss"


if __name__ == "__main__":
    told = {
        "plain:uvicorn": "4001 for 4001, 1005 for a loss",
        "plain:hypercorn": "1006 for 4001, 1006 for a loss",
        "plain:daphne": "4001 for 4001, 1006 for a loss",
        "plain:granian": "4001 for 4001, 1005 for a loss",
        "plain:gunicorn": "4001 for 4001, 1006 for a loss",
    }
    main(__file__, look, told)
