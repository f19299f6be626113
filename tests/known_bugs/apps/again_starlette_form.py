"""Says which fields a form had."""

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


async def fields(request):
    form = await request.form()
    return JSONResponse(sorted(form.keys()))


app = Starlette(routes=[Route("/", fields, methods=["POST"])])
