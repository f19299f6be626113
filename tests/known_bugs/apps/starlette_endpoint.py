"""A class-based endpoint."""

from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.responses import PlainTextResponse
from starlette.routing import Route


class Home(HTTPEndpoint):
    async def get(self, request):
        return PlainTextResponse("home")

    async def post(self, request):
        return PlainTextResponse(await request.body())


app = Starlette(routes=[Route("/", Home)])
