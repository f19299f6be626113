"""Watched by New Relic's agent, which reports to nobody."""

import os
import tempfile

os.environ.update(
    NEW_RELIC_DEVELOPER_MODE="true",
    NEW_RELIC_LICENSE_KEY="0" * 40,
    NEW_RELIC_APP_NAME="app",
    NEW_RELIC_LOG=os.path.join(tempfile.mkdtemp(), "log"),
    NEW_RELIC_BROWSER_MONITORING_AUTO_INSTRUMENT="false",
)
import newrelic.agent

newrelic.agent.initialize()
newrelic.agent.register_application(timeout=5.0)


def make(app):
    return newrelic.agent.ASGIApplicationWrapper(app)
