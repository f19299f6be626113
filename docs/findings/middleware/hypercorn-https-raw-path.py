"""http.scope.raw-path.default: without raw_path, which is optional, the request fails."""

from _run import BODY, START, exchange, inner, types, verdict
from hypercorn.middleware import HTTPToHTTPSRedirectMiddleware

app = HTTPToHTTPSRedirectMiddleware(inner(START, BODY), "example.org")
how, sent, _ = exchange(app, without=["raw_path"])
verdict(how.startswith("raised"), how, types(sent))
