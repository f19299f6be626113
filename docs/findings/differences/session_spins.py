"""recv of a Sanic session gives None once its client has left: a loop that passes over that spins where
receive gives websocket.disconnect again and again, and its process is never at rest."""

import time

from _pairs import chosen, frame, main, note


def sanic():
    from sanic import Sanic
    from sanic.response import text

    app = Sanic("page", configure_logging=False)

    @app.websocket("/")
    async def feed(request, socket):
        turns = 0
        while True:
            if await socket.recv() is None:
                turns += 1
            if turns == 10_000:
                note("ten thousand times")

    @app.get("/other")
    async def other(request):
        return text("x")

    return app


app = chosen(sanic=sanic)


def look(pair):
    client, _ = pair.websocket()
    client.sendall(frame(8, b"\x03\xe8"))
    client.recv(100)
    client.close()
    time.sleep(0.5)
    spins = pair.noted(wait=3)
    status = pair.ask(b"GET /other HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 3)[9:12].decode()
    return f"{'spins' if spins else 'rests'}, another request: {status or 'no answer'}"


if __name__ == "__main__":
    told = {
        "sanic:uvicorn": "rests, another request: 200",
        "sanic:hypercorn": "rests, another request: 200",
        "sanic:granian": "spins, another request: 200",
        "sanic:gunicorn": "rests, another request: 200",
    }
    main(__file__, look, told)
