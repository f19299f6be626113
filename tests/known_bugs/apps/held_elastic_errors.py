"""An app that is watched by Elastic's agent, bodies of errors included; it reports to nobody."""

from elasticapm.contrib.starlette import ElasticAPM, make_apm_client
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse

client = make_apm_client(
    {
        "SERVICE_NAME": "orders",
        "CAPTURE_BODY": "errors",
        "DISABLE_SEND": True,
        "CENTRAL_CONFIG": False,
        "METRICS_INTERVAL": "0ms",
        "CLOUD_PROVIDER": "none",
    }
)
app = Starlette()
app.add_middleware(ElasticAPM, client=client)


@app.route("/", methods=["POST"])
async def order(request):
    body = await request.body()
    if not body.isdigit():
        raise ValueError("how many?")
    return PlainTextResponse("thank you")
