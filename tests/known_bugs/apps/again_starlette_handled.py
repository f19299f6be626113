"""A middleware that turns an error of the application into an answer of its own."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route


class Missing(Exception):
    pass


async def answer_errors(request, call_next):
    try:
        return await call_next(request)
    except Missing:
        return JSONResponse({"error": "no such thing"}, status_code=404)


async def home(request):
    raise Missing


app = Starlette(
    routes=[Route("/", home)],
    middleware=[Middleware(BaseHTTPMiddleware, dispatch=answer_errors)],
)
