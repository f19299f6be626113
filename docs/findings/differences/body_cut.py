"""A body that was cut: http.disconnect in place of its end, and some frameworks take that for its end."""

from _pairs import chosen, main

CUT = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n"


def starlette():
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Route

    async def echo(request):
        return Response(await request.body())

    return Starlette(routes=[Route("/", echo, methods=["POST"])])


def falcon():
    from falcon.asgi import App

    class Echo:
        async def on_post(self, request, response):
            response.data = await request.stream.read()

    app = App()
    app.add_route("/", Echo())
    return app


def sanic():
    from sanic import Sanic
    from sanic.response import raw

    app = Sanic("page", configure_logging=False)

    @app.post("/")
    async def echo(request):
        return raw(request.body)

    return app


app = chosen(starlette=starlette, falcon=falcon, sanic=sanic)


def look(pair):
    answer = pair.ask(CUT, 2)
    return "200 for the part" if b" 200 " in answer and b"abc" in answer else "no answer of 2xx"


if __name__ == "__main__":
    told = {
        "starlette:granian": "no answer of 2xx",
        "falcon:granian": "200 for the part",
        "sanic:granian": "200 for the part",
        "falcon:uvicorn": "no answer of 2xx",
    }
    main(__file__, look, told)
