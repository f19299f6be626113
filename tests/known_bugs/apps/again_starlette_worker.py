"""A middleware that adds a header, and work that is done after the answer."""

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse


class AddHeader(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        response = await call_next(request)
        if request.headers.get("x-version") == "0":
            return PlainTextResponse("too old", status_code=400)
        return response


async def work():
    pass


async def home(request):
    return PlainTextResponse("done", background=BackgroundTask(work))


app = Starlette()
app.add_middleware(AddHeader)
app.add_route("/", home)
