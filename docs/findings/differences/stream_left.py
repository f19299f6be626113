"""A client leaves a stream: some frameworks go on for ever behind servers whose send then does nothing."""

import asyncio
import time

from _pairs import GET, chosen, main, note


async def parts():
    for number in range(10_000):
        note(time.monotonic())
        yield f"part {number}\n".encode()
        await asyncio.sleep(0.05)


def starlette():
    from starlette.applications import Starlette
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    return Starlette(routes=[Route("/", lambda request: StreamingResponse(parts()))])


def falcon():
    from falcon.asgi import App

    class Stream:
        async def on_get(self, request, response):
            response.stream = parts()

    app = App()
    app.add_route("/", Stream())
    return app


def sanic():
    from sanic import Sanic

    app = Sanic("page", configure_logging=False)

    @app.get("/")
    async def stream(request):
        response = await request.respond()
        async for part in parts():
            await response.send(part)

    return app


app = chosen(starlette=starlette, falcon=falcon, sanic=sanic)


def look(pair):
    with pair.connect() as client:
        client.sendall(GET)
        client.recv(65536)
    left = time.monotonic()
    time.sleep(6)
    late = float(pair.noted()[-1]) - left
    return "stops at once" if late < 2 else "stops after some seconds" if late < 5 else "goes on"


if __name__ == "__main__":
    told = {
        "starlette:uvicorn": "stops at once",
        "falcon:uvicorn": "goes on",
        "sanic:uvicorn": "goes on",
        "falcon:hypercorn": "goes on",
        "falcon:granian": "goes on",
        "falcon:gunicorn": "stops after some seconds",
    }
    main(__file__, look, told)
