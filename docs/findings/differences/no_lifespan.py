"""daphne does not speak lifespan: Sanic, which starts with nothing else, answers every request with 500."""

from _pairs import chosen, main


def starlette():
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    return Starlette(routes=[Route("/", lambda request: PlainTextResponse("x"))])


def blacksheep():
    from blacksheep import Application, text

    app = Application()

    @app.router.get("/")
    async def index():
        return text("x")

    return app


def sanic():
    from sanic import Sanic
    from sanic.response import text

    app = Sanic("page", configure_logging=False)

    @app.get("/")
    async def index(request):
        return text("x")

    return app


app = chosen(starlette=starlette, blacksheep=blacksheep, sanic=sanic)


def look(pair):
    return pair.status()


if __name__ == "__main__":
    told = {
        "starlette:daphne": "200",
        "blacksheep:daphne": "200",
        "sanic:daphne": "500",
        "sanic:uvicorn": "200",
    }
    main(__file__, look, told)
