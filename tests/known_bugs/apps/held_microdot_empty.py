"""Takes a note and has nothing to say."""

from microdot_asgi import Microdot

app = Microdot()


@app.route("/", methods=["GET", "POST"])
async def take(request):
    return "", 204
