"""between.send.walked-once: headers that can be walked once do not reach the server."""

import os

os.environ.update(ELASTIC_APM_DISABLE_SEND="true", ELASTIC_APM_CENTRAL_CONFIG="false")

from _run import BODY, PLAIN, START, exchange, inner, names, verdict
from elasticapm.contrib.asgi import ASGITracingMiddleware

app = ASGITracingMiddleware(inner({**START, "headers": (pair for pair in PLAIN)}, BODY))
how, sent, _ = exchange(app)
verdict(not names(sent), how, "headers that the server gets:", names(sent))
