"""http.scope.root-path.default: without root_path, which is optional, the request fails."""

from _run import BODY, START, exchange, inner, types, verdict
from hypercorn.middleware import DispatcherMiddleware

how, sent, _ = exchange(DispatcherMiddleware({"/": inner(START, BODY)}), without=["root_path"])
verdict(how.startswith("raised"), how, types(sent))
