"""Tells the client where it is."""

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def here(request):
    return PlainTextResponse(str(request.url))


app = Starlette(routes=[Route("/", here)])
