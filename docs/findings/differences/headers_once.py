"""Headers that can be iterated once: Sanic sends them so, and gunicorn sends none of them."""

from _pairs import chosen, main


def starlette():
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    return Starlette(routes=[Route("/", lambda request: PlainTextResponse("x", headers={"x-own": "1"}))])


def sanic():
    from sanic import Sanic
    from sanic.response import text

    app = Sanic("page", configure_logging=False)

    @app.get("/")
    async def own(request):
        return text("x", headers={"x-own": "1"})

    return app


app = chosen(starlette=starlette, sanic=sanic)


def look(pair):
    return "arrives" if b"x-own: 1" in pair.ask().lower() else "is lost"


if __name__ == "__main__":
    told = {
        "starlette:gunicorn": "arrives",
        "sanic:gunicorn": "is lost",
        "sanic:uvicorn": "arrives",
        "sanic:hypercorn": "arrives",
        "sanic:granian": "arrives",
    }
    main(__file__, look, told)
