"""http.scope.scheme.default: without scheme, which is optional, the request fails."""

from _run import BODY, START, exchange, inner, types, verdict
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware

how, sent, _ = exchange(HTTPSRedirectMiddleware(inner(START, BODY)), without=["scheme"])
verdict(how.startswith("raised"), how, types(sent))
