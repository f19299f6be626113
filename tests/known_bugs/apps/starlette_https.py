"""Everything goes to https."""

from starlette.applications import Starlette
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def home(request):
    return PlainTextResponse("home")


app = Starlette(routes=[Route("/", home)])
app.add_middleware(HTTPSRedirectMiddleware)
