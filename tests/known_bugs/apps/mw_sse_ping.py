"""A short stream of events, with a sign of life each second."""

from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.routing import Route


async def events():
    yield "one"


async def stream(request):
    return EventSourceResponse(events(), ping=1)


app = Starlette(routes=[Route("/", stream)])
