"""Watched by Elastic's agent, which reports to nobody."""

import os

os.environ.update(ELASTIC_APM_SERVER_URL="http://127.0.0.1:9", ELASTIC_APM_CENTRAL_CONFIG="false")
from elasticapm.contrib.starlette import ElasticAPM, make_apm_client

client = make_apm_client({"SERVICE_NAME": "app", "CAPTURE_BODY": "all"})


def make(app):
    return ElasticAPM(app, client=client)
