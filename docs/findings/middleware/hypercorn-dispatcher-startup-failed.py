"""lifespan.startup.answered: an app says that its startup failed, and the server is not told."""

from _run import exchange, inner, verdict
from hypercorn.middleware import DispatcherMiddleware

app = DispatcherMiddleware({"/": inner({"type": "lifespan.startup.failed", "message": "no database"})})
how, sent, _ = exchange(app, [{"type": "lifespan.startup"}], type="lifespan")
verdict(not sent, how, sent)
