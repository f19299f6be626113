"""An empty part in the middle of a stream: to BlackSheep that is its end."""

from _pairs import chosen, main


async def parts():
    for part in (b"one", b"", b"two"):
        yield part


def starlette():
    from starlette.applications import Starlette
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    return Starlette(routes=[Route("/", lambda request: StreamingResponse(parts()))])


def blacksheep():
    from blacksheep import Application, Response, StreamedContent

    app = Application()

    @app.router.get("/")
    async def stream():
        return Response(200, content=StreamedContent(b"text/plain", parts))

    return app


app = chosen(starlette=starlette, blacksheep=blacksheep)


def look(pair):
    answer = pair.ask()
    return " ".join(part for part in ("one", "two") if part.encode() in answer)


if __name__ == "__main__":
    told = {
        "starlette:uvicorn": "one two",
        "blacksheep:uvicorn": "one",
        "blacksheep:hypercorn": "one",
        "blacksheep:granian": "one",
    }
    main(__file__, look, told)
