"""One page."""

from microdot_asgi import Microdot

app = Microdot()


@app.route("/")
async def home(request):
    return "Hello, world!"
