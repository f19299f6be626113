"""Says for which path it was asked."""

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def home(request):
    return PlainTextResponse(request.url.path)


app = Starlette(routes=[Route("/", home)])
