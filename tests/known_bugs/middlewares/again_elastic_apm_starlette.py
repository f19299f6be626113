"""A Starlette that Elastic's agent watches, with the app in it; the agent reports to nobody."""

import os

os.environ.update(ELASTIC_APM_SERVER_URL="http://127.0.0.1:9", ELASTIC_APM_CENTRAL_CONFIG="false")
from elasticapm.contrib.starlette import ElasticAPM, make_apm_client
from starlette.applications import Starlette
from starlette.routing import Mount

client = make_apm_client({"SERVICE_NAME": "app"})


def make(app):
    outer = Starlette(routes=[Mount("/", app)])
    outer.add_middleware(ElasticAPM, client=client)
    return outer
