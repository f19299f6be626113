"""between.send.walked-once: headers that can be walked once do not reach the server."""

from _run import BODY, PLAIN, START, exchange, inner, names, verdict
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware

app = OpenTelemetryMiddleware(inner({**START, "headers": (pair for pair in PLAIN)}, BODY))
how, sent, _ = exchange(app)
verdict(not names(sent), how, "headers that the server gets:", names(sent))
