"""A page for members only; a middleware turns everyone else away."""

from sanic.exceptions import Forbidden
from sanic.response import text
from sanic_setup import make

app = make("closed")


@app.on_request
async def members(request):
    if "token" not in request.args:
        raise Forbidden("members only")


@app.get("/")
async def home(request):
    return text("Hello, member!")
