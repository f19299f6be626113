"""Watched by Elastic's agent, bodies included; it reports to nobody."""

import os

os.environ.update(
    ELASTIC_APM_ENABLED="true",
    ELASTIC_APM_DISABLE_SEND="true",
    ELASTIC_APM_CENTRAL_CONFIG="false",
    ELASTIC_APM_METRICS_INTERVAL="0ms",
    ELASTIC_APM_CLOUD_PROVIDER="none",
    ELASTIC_APM_INSTRUMENT="false",
)
from elasticapm.contrib.starlette import ElasticAPM, make_apm_client
from starlette.applications import Starlette

client = make_apm_client({"SERVICE_NAME": "app", "CAPTURE_BODY": "all"})
starlette = Starlette()


def make(app):
    watched = ElasticAPM(app, client=client)

    async def inside_starlette(scope, receive, send):
        await watched({**scope, "app": starlette} if scope["type"] == "http" else scope, receive, send)

    return inside_starlette
