"""A page into which New Relic's agent puts its script, reporting to nobody; the rest is the app's."""

import os
import tempfile

os.environ.update(
    NEW_RELIC_DEVELOPER_MODE="true",
    NEW_RELIC_LICENSE_KEY="0" * 40,
    NEW_RELIC_APP_NAME="app",
    NEW_RELIC_LOG=os.path.join(tempfile.mkdtemp(), "log"),
    NEW_RELIC_BROWSER_MONITORING_AUTO_INSTRUMENT="true",
)
import newrelic.agent

newrelic.agent.initialize()
newrelic.agent.register_application(timeout=5.0)


async def page(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    body = b"<html><head><title>the page</title></head><body>the page</body></html>"
    await send({"type": "http.response.body", "body": body})


def make(app):
    watched = newrelic.agent.ASGIApplicationWrapper(page)

    async def both(scope, receive, send):
        await (watched if scope["type"] == "http" else app)(scope, receive, send)

    return both
