"""An app whose requests are traced, with the name of the client; the spans go nowhere."""

from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.trace import TracerProvider


async def hello(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError("HTTP alone")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"Hello, world!"})


app = OpenTelemetryMiddleware(
    hello, tracer_provider=TracerProvider(), http_capture_headers_server_request=["user-agent"]
)
