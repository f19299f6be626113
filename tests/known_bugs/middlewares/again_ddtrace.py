"""Watched over by Datadog's library, application security and all; it reports to nobody."""

import os

os.environ.update(
    DD_APPSEC_ENABLED="true",
    DD_INSTRUMENTATION_TELEMETRY_ENABLED="false",
    DD_REMOTE_CONFIGURATION_ENABLED="false",
    DD_TRACE_STARTUP_LOGS="false",
    DD_AGENT_PORT="9",
)
import ddtrace.auto  # noqa: F401
from ddtrace.contrib.asgi import TraceMiddleware


def make(app):
    return TraceMiddleware(app)
