"""HTTP/1.0 behind granian has the http_version "1": Falcon then answers 500."""

from _pairs import chosen, main


def starlette():
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    return Starlette(routes=[Route("/", lambda request: PlainTextResponse(request.scope["http_version"]))])


def falcon():
    from falcon.asgi import App

    class Version:
        async def on_get(self, request, response):
            response.text = request.scope["http_version"]

    app = App()
    app.add_route("/", Version())
    return app


app = chosen(starlette=starlette, falcon=falcon)


def look(pair):
    answer = pair.ask(b"GET / HTTP/1.0\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1].decode()
    return f"{status}, http_version {body.decode()}" if status == "200" else status


if __name__ == "__main__":
    told = {
        "starlette:uvicorn": "200, http_version 1.0",
        "falcon:uvicorn": "200, http_version 1.0",
        "starlette:granian": "200, http_version 1",
        "falcon:granian": "500",
    }
    main(__file__, look, told)
