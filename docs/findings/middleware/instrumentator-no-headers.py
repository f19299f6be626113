"""robust.crash: a start without headers, which are optional, fails the request."""

from _run import BODY, exchange, inner, types, verdict
from prometheus_fastapi_instrumentator.middleware import PrometheusInstrumentatorMiddleware
from starlette.applications import Starlette

app = PrometheusInstrumentatorMiddleware(inner({"type": "http.response.start", "status": 200}, BODY))
how, sent, _ = exchange(app, **{"app": Starlette()})
verdict(how.startswith("raised"), how, types(sent))
