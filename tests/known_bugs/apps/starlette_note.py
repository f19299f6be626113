"""Takes notes in plain text, and nothing else."""

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def note(request):
    if request.headers.get("content-type") != "text/plain":
        return PlainTextResponse("plain text, please", status_code=415)
    return PlainTextResponse(await request.body())


app = Starlette(routes=[Route("/", note, methods=["POST"])])
