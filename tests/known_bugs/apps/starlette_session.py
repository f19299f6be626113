"""A counter that is kept in the session."""

from starlette.applications import Starlette
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def count(request):
    visits = request.session.get("visits", 0) + 1
    request.session["visits"] = visits
    return PlainTextResponse(f"visit {visits}")


app = Starlette(routes=[Route("/", count)])
app.add_middleware(SessionMiddleware, secret_key="not a secret")
