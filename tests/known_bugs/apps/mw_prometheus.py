"""A pure ASGI app without headers, counted."""

from prometheus_fastapi_instrumentator.middleware import PrometheusInstrumentatorMiddleware
from starlette.applications import Starlette
from starlette.routing import Mount


async def nothing(scope, receive, send):
    await send({"type": "http.response.start", "status": 204})
    await send({"type": "http.response.body"})


app = Starlette(routes=[Mount("/", app=nothing)])
app.add_middleware(PrometheusInstrumentatorMiddleware)
