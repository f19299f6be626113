"""A socket beside a page, watched by Elastic's agent, which reports to nobody."""

from elasticapm.contrib.starlette import ElasticAPM, make_apm_client
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse

client = make_apm_client(
    {
        "SERVICE_NAME": "echo",
        "DISABLE_SEND": True,
        "CENTRAL_CONFIG": False,
        "METRICS_INTERVAL": "0ms",
        "CLOUD_PROVIDER": "none",
    }
)
app = Starlette()
app.add_middleware(ElasticAPM, client=client)


@app.route("/")
async def home(request):
    return PlainTextResponse("Hello, world!")


@app.websocket_route("/echo")
async def echo(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)
